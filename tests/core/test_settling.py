"""Which rows a person may settle, and what speaks against the order that is named for one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bulkorders.core.model import Entry, Order, OrderStatus
from bulkorders.core.settling import doubts, may_settle, order_told
from bulkorders.core.states import OrderState


def entry(state: OrderState = OrderState.UNCONFIRMED, *, reason: str = "", order_id: str = "") -> Entry:
    """An order of 100 likes that costs 0.45."""
    form = (("link", "https://example.com/7"), ("quantity", "100"))
    order = Order(
        service="122",
        service_name="Likes",
        service_type="Default",
        form=form,
        target="https://example.com/7",
        quantity=100,
        cost=Decimal("0.45"),
    )
    return Entry(ref="", content="c", copy=1, row=7, order=order, state=state, reason=reason, order_id=order_id)


LOST, WORD = ["SendStarted", "AnswerLost"], ["SendStarted", "AnswerLost", "ConfirmedAbsent"]
MAY: list[tuple[Entry, list[str], bool]] = [
    (entry(), LOST, True),
    (entry(), ["AdoptedUnsure"], True),
    (entry(OrderState.PLACED, reason="settled"), [*LOST, "Settled"], True),
    (entry(OrderState.READY, reason="settled"), WORD, True),
    (entry(OrderState.PLACED), ["SendStarted", "Accepted"], False),
    (entry(OrderState.PLACED), [*WORD, "SendStarted", "Accepted"], False),
    (entry(OrderState.REFUSED, reason="service"), [*WORD, "SendStarted", "Refused"], False),
    (entry(OrderState.READY, reason="busy"), ["SendStarted", "Postponed"], False),
    (entry(OrderState.SENDING), ["SendStarted"], False),
]


@pytest.mark.parametrize(("order", "events", "may"), MAY)
def test_a_word_counts_where_it_is_all_there_is(order: Entry, events: list[str], may: bool) -> None:
    """Only an order whose answer was lost, and of which the panel has said nothing since, is for a person to settle."""
    assert may_settle(order, events) is may


DOUBTS: dict[str, tuple[OrderStatus, str, str]] = {
    "all fits": (OrderStatus(status="In progress", charge=Decimal("0.45"), currency="USD", remains=40), "23502", ""),
    "nothing is told": (OrderStatus(status="Pending"), "ord_01HG9X", ""),
    "not charged yet": (OrderStatus(status="Pending", charge=Decimal(0)), "23502", ""),
    "another price": (
        OrderStatus(status="Completed", charge=Decimal("12")),
        "23502",
        "The panel charged 12.00 USD for it, and this row costs 0.45 USD.",
    ),
    "far less": (
        OrderStatus(status="Completed", charge=Decimal("0.01")),
        "23502",
        "The panel charged 0.01 USD for it, and this row costs 0.45 USD.",
    ),
    "a part was given back": (OrderStatus(status="Partial", charge=Decimal("0.01")), "23502", ""),
    "another currency": (
        OrderStatus(status="Pending", currency="EUR"),
        "23502",
        "It was charged in EUR, and the account's currency is USD.",
    ),
    "a larger order": (
        OrderStatus(status="Pending", remains=5000),
        "23502",
        "5,000 are still to be delivered, and this row orders 100.",
    ),
    "an older order": (
        OrderStatus(status="Pending"),
        "23400",
        "Its number is not above 23501, which was there before this row was sent.",
    ),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_what_speaks_against_an_order(case: str) -> None:
    """Charge, currency, what remains and the panel's numbering are compared with the row."""
    status, order_id, told = DOUBTS[case]
    before = entry(OrderState.PLACED, order_id="23501")
    assert " ".join(doubts(entry(), order_id, status, currency="USD", before=before)) == told


def test_an_order_in_one_line() -> None:
    """Service, link, quantity and cost."""
    assert order_told(entry(), "USD") == "service 122 Likes, https://example.com/7, 100, costs 0.45 USD"
