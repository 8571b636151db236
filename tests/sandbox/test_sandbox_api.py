"""The seven actions answer in the reference's shapes, over plain HTTP."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from bulkorders.sandbox import orders, practice_panel, requests

STATUS_FIELDS = ["charge", "start_count", "status", "remains", "currency"]


def test_services_have_the_fields_of_the_reference(client):
    """The first service is the reference's own example."""
    first = client.ask("services")[0]
    assert first == {
        "service": 1,
        "name": "Instagram Followers | Refill 30 days",
        "type": "Default",
        "category": "Instagram Followers",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": True,
        "cancel": True,
        "dripfeed": True,
    }


def test_add_answers_with_an_order_id(client):
    """As the reference's example does, down to the number."""
    assert client.ask("add", service=1, link="https://example.com/a", quantity=100) == {"order": 23501}


def test_the_same_request_number_is_the_same_order(client, books, clock):
    """A request number that was seen before gives its order back, whatever became of it; nothing is charged again."""
    first = client.order(request_id="n1")
    assert client.order(request_id="n1") == first
    clock.now += 100  # the order is final
    assert client.order(request_id="n1") == first
    assert client.order(request_id="n2") != first
    assert client.order(3, request_id="") != client.order(4, request_id="")
    assert len(orders(books)) == 4


def test_status_of_one_order(client):
    """Five fields, the numbers among them written as strings."""
    order = client.order()
    status = client.ask("status", order=order)
    assert list(status) == STATUS_FIELDS
    assert status["charge"] == "0.09000"
    assert status["remains"] == "100"
    assert status["currency"] == "USD"


def test_status_of_many_orders(client):
    """An object by ID, in which a wrong ID has its own error."""
    order = client.order()
    answer = client.ask("status", orders=f"{order},10,x")
    assert list(answer) == [str(order), "10", "x"]
    assert list(answer[str(order)]) == STATUS_FIELDS
    assert answer["10"] == answer["x"] == {"error": "Incorrect order ID"}


@pytest.mark.parametrize("number", ["", "0", "-1", "23 501", "9" * 30, "²"])
def test_status_of_no_order(client, number):
    """A wrong ID is an error, whatever it looks like."""
    assert client.ask("status", order=number) == {"error": "Incorrect order ID"}


@pytest.mark.parametrize(
    ("action", "field"), [("status", "orders"), ("refill", "orders"), ("refill_status", "refills")]
)
def test_more_than_a_hundred_ids_are_refused(client, action, field):
    """The reference allows up to 100 IDs a request."""
    numbers = [str(number) for number in range(1, 102)]
    assert "error" in client.ask(action, **{field: ",".join(numbers)})
    assert "error" not in client.ask(action, **{field: ",".join(numbers[:100])})


def test_refill_of_one_and_of_many(client, clock):
    """One refill ID is a string, many are numbers: so says the reference."""
    first, second = client.order(1), client.order(2)
    clock.now += 100
    assert client.ask("refill", order=first) == {"refill": "1"}
    assert client.ask("refill", orders=f"{second},3") == [
        {"order": second, "refill": 2},
        {"order": 3, "refill": {"error": "Incorrect order ID"}},
    ]


def test_refill_status_of_one_and_of_many(client, clock):
    """Refills move, too."""
    order = client.order()
    clock.now += 100
    client.ask("refill", order=order)
    assert client.ask("refill_status", refill=1) == {"status": "Pending"}
    clock.now += 10
    assert client.ask("refill_status", refill=1) == {"status": "In progress"}
    clock.now += 100
    assert client.ask("refill_status", refills="1,3") == [
        {"refill": 1, "status": "Completed"},
        {"refill": 3, "status": {"error": "Refill not found"}},
    ]
    assert client.ask("refill_status", refill=3) == {"error": "Refill not found"}


def test_every_tenth_refill_is_rejected(client, clock):
    """So that both ends can be seen."""
    numbers = [client.order(number) for number in range(10)]
    clock.now += 100
    client.ask("refill", orders=",".join(map(str, numbers)))
    clock.now += 100
    answer = client.ask("refill_status", refills=",".join(map(str, range(1, 11))))
    assert [row["status"] for row in answer] == ["Completed"] * 9 + ["Rejected"]


def test_refill_is_refused_where_it_makes_no_sense(client, clock):
    """Without refill on the service, before the end of the order, and twice at once."""
    without = client.order(service=121)
    order = client.order()
    error = {"error": "Refill is not available for this service"}
    assert client.ask("refill", order=without) == error
    assert client.ask("refill", order=order) == {"error": "Refill is available for completed orders only"}
    clock.now += 100
    assert client.ask("refill", order=order) == {"refill": "1"}
    assert client.ask("refill", order=order) == {"error": "Refill is already in progress"}
    clock.now += 100
    assert client.ask("refill", order=order) == {"refill": "2"}


def test_cancel_answers_for_each_order(client, clock):
    """Where the service allows it, and once; the money is back when the order is Canceled."""
    order, without = client.order(service=1), client.order(service=102)
    assert client.ask("cancel", orders=f"9,{order},{without}") == [
        {"order": 9, "cancel": {"error": "Incorrect order ID"}},
        {"order": order, "cancel": 1},
        {"order": without, "cancel": {"error": "Cancel is not available for this service"}},
    ]
    again = [{"order": order, "cancel": {"error": "The order cannot be canceled"}}]
    assert client.ask("cancel", orders=order) == again
    assert client.ask("status", order=order)["status"] == "Pending"
    clock.now += 4
    status = client.ask("status", order=order)
    assert (status["status"], status["charge"], status["remains"]) == ("Canceled", "0.00000", "100")
    assert client.ask("cancel", orders=order) == again
    assert client.ask("balance")["balance"] == "499.81500"


def test_balance_falls_by_what_was_ordered(client):
    """Exactly, to the last decimal."""
    assert client.ask("balance") == {"balance": "500.00000", "currency": "USD"}
    client.order(service=121, quantity=21)
    assert client.ask("balance") == {"balance": "499.9990928", "currency": "USD"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "API key is required"),
        ({"key": "wrong", "action": "balance"}, "Invalid API key"),
        ({"key": "sandbox"}, "Incorrect request"),
        ({"key": "sandbox", "action": "orders"}, "Incorrect request"),
    ],
)
def test_key_and_action_are_checked(client, form, error):
    """With HTTP 200, as most panels do."""
    response = client.http.post(client.url, data=form)
    assert (response.status_code, response.json()) == (200, {"error": error})


def test_json_bodies_are_not_understood(client):
    """Like many panels, this one reads forms only."""
    response = client.http.post(client.url, json={"key": "sandbox", "action": "balance"})
    assert response.json() == {"error": "API key is required"}


def test_only_post_to_the_api_is_served(client):
    """At /api/v2 and at /; everything else is a client's mistake."""
    root = client.url.removesuffix("/api/v2")
    form = {"key": "sandbox", "action": "balance"}
    assert client.http.post(root + "/", data=form).status_code == 200
    assert client.http.post(root + "/api/v2/", data=form).status_code == 200
    assert client.http.post(root + "/api/v1", data=form).status_code == 404
    assert client.http.get(client.url).status_code == 405


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"POST /api/v2 HTTP/1.1\r\nnonsense\r\n\r\n",
        b"POST /api/v2 HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /api/v2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(client, request_bytes):
    """With HTTP 400 and the end of the connection."""
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request_bytes)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


def test_one_connection_serves_many_requests(client):
    """Keep-alive: three answers, one after the other, on one socket."""
    address = urlsplit(client.url)
    body = b"key=sandbox&action=balance"
    head = f"POST /api/v2 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall((head.encode() + b"\r\n" + body) * 2)
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
        assert connection.makefile("rb").read().count(b'"currency": "USD"') == 3


def test_nothing_is_printed(client, capfd):
    """Every request holds a key, and so no request is logged."""
    client.order()
    client.ask("nothing")
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_an_error(client, tmp_path):
    """It is never shared with whoever has it."""
    port = urlsplit(client.url).port
    with pytest.raises(OSError), practice_panel(tmp_path / "other.db", port=port):  # noqa: PT011 - any OSError
        pass


def test_the_panel_is_gone_after_the_with_block(books):
    """Also for a client that still holds a connection."""
    with httpx.Client(trust_env=False) as http:
        with practice_panel(books) as panel:
            assert http.post(panel.url).status_code == 200
        with pytest.raises(httpx.TransportError):
            http.post(panel.url)
        with pytest.raises(httpx.ConnectError):
            http.post(panel.url)


def test_the_books_keep_what_came(client, books, clock):
    """Every field of an order but the key, and every request."""
    client.ask("add", service=" 1 ", link=" https://example.com/ä ", quantity=100, extra="kept")
    client.ask("nonsense")
    [order] = orders(books)
    assert order.form == {
        "action": "add",
        "service": " 1 ",
        "link": " https://example.com/ä ",
        "quantity": "100",
        "extra": "kept",
    }
    assert (order.id, order.service, order.link) == (23501, 1, "https://example.com/ä")
    assert order.received == clock.now
    assert str(order.charge) == "0.09000"
    assert [(seen.action, seen.fault, seen.at) for seen in requests(books)] == [
        ("add", "", clock.now),
        ("unknown", "", clock.now),
    ]
