"""Orders move as time goes by, always in the same way, and the money follows them."""

from __future__ import annotations

from decimal import Decimal

STAGES = ["Pending", "Processing", "In progress"]
FINAL = ["Completed", "Partial", "Canceled"]


def statuses(client, numbers):
    return client.ask("status", orders=",".join(map(str, numbers)))


def test_orders_move_forward_to_an_end(client, clock):
    """Through every stage, never back, within a minute or so."""
    numbers = [client.order(number) for number in range(60)]
    ranks = dict.fromkeys(map(str, numbers), 0)
    seen = set()
    order_of = {status: rank for rank, status in enumerate(STAGES)} | dict.fromkeys(FINAL, 3)
    for _ in range(60):
        for number, status in statuses(client, numbers).items():
            assert order_of[status["status"]] >= ranks[number]
            ranks[number] = order_of[status["status"]]
            seen.add(status["status"])
        clock.now += 1
    assert seen == {*STAGES, *FINAL}
    assert set(ranks.values()) == {3}


def test_some_are_partial_and_some_canceled(client, clock):
    """About one in fifteen and one in twenty-five, by their IDs."""
    numbers = [client.order(number) for number in range(75)]
    clock.now += 100
    ends = {number: status["status"] for number, status in statuses(client, numbers).items()}
    assert [number for number, end in ends.items() if end == "Canceled"] == ["23525", "23550", "23575"]
    partial = [number for number, end in ends.items() if end == "Partial"]
    assert partial == ["23512", "23527", "23542", "23557", "23572"]


def test_the_balance_agrees_with_the_charges_at_every_moment(client, clock):
    """What is gone from the balance is what the orders say they cost: refunds are exact."""
    numbers = [client.order(number, quantity=50 + number) for number in range(75)]
    for _ in range(7):
        charged = sum(Decimal(status["charge"]) for status in statuses(client, numbers).values())
        assert Decimal(client.ask("balance")["balance"]) == 500 - charged
        clock.now += 10


def test_balance_alone_sees_the_refunds(client, clock):
    """Nobody has to ask for the orders first."""
    for number in range(25):
        client.order(number)
    assert client.ask("balance")["balance"] == "497.75000"
    clock.now += 100
    assert Decimal(client.ask("balance")["balance"]) > Decimal("497.84")


def test_refunds_can_be_spent(client, clock):
    """An order that the balance would not pay is paid from what came back in the meantime."""
    client.order(service=202, quantity=30_000_000)
    order = client.order(service=303, quantity=100_000)
    client.ask("cancel", orders=order)
    answer = client.ask("add", service=202, link="https://example.com/x", quantity=19_000_000)
    assert answer == {"error": "Not enough funds on balance"}
    clock.now += 4
    answer = client.ask("add", service=202, link="https://example.com/x", quantity=19_000_000)
    assert "order" in answer


def test_the_remains_of_a_partial_order_were_not_paid(client, clock):
    """charge is rate times what was delivered."""
    numbers = [client.order(number, quantity=1000) for number in range(12)]
    clock.now += 100
    status = client.ask("status", order=numbers[-1])
    assert status["status"] == "Partial"
    delivered = 1000 - int(status["remains"])
    assert 0 < delivered < 1000
    assert Decimal(status["charge"]) == Decimal("0.9") * delivered / 1000


def test_delivery_shows(client, clock):
    """start_count appears and remains falls to nothing."""
    order = client.order(quantity=1000)
    remains = []
    for _ in range(60):
        status = client.ask("status", order=order)
        remains.append(int(status["remains"]))
        clock.now += 1
    assert remains == sorted(remains, reverse=True)
    assert remains[0] == 1000
    assert remains[-1] == 0
    assert len(set(remains)) > 5
    assert int(status["start_count"]) > 0


def test_subscriptions_are_active_and_then_end(client, clock):
    """Completed when the posts were counted, Expired otherwise; they cost nothing by themselves."""
    form = {"service": 126, "username": "ann", "min": 50, "max": 90, "delay": 30}
    counted = client.ask("add", **form, posts=5)["order"]
    unlimited = client.ask("add", **form)["order"]
    before = statuses(client, [counted, unlimited])
    assert [status["status"] for status in before.values()] == ["Active", "Active"]
    clock.now += 100
    after = statuses(client, [counted, unlimited])
    assert [status["status"] for status in after.values()] == ["Completed", "Expired"]
    assert {status["charge"] for status in after.values()} == {"0.00000"}


def test_speed_multiplies_time(start, clock):
    """At speed 100, one second is enough."""
    client = start(speed=100)
    order = client.order()
    clock.now += 1
    assert client.ask("status", order=order)["status"] == "Completed"


def test_final_stays_final_at_any_speed(start, clock):
    """What was once seen Completed is never in progress again."""
    quick, slow, stopped = start(speed=100), start(speed=1), start(speed=0)
    order = quick.order()
    clock.now += 1
    assert slow.ask("status", order=order)["status"] == "Pending"
    assert quick.ask("status", order=order)["status"] == "Completed"
    assert slow.ask("status", order=order)["status"] == "Completed"
    assert stopped.ask("status", order=order)["status"] == "Completed"


def test_the_same_orders_take_the_same_way(tmp_path, clock):
    """In other books, on another day: only the ID decides."""
    from bulkorders.sandbox.books import Order
    from bulkorders.sandbox.progress import order_progress

    def at(received):
        order = Order(
            id=23512,
            received=received,
            service=1,
            link="",
            form={},
            quantity=100,
            charge=Decimal("0.09"),
            cancel_asked=None,
            settled=False,
        )
        return [order_progress(order, received + age, 1.0) for age in range(60)]

    assert at(0.0) == at(86_400.0)
