"""Prices that moved since a person last looked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from bulkorders.core.model import Order, Service
from bulkorders.core.prices import change_told, price_changes, row_told, total_difference

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _order(service: str, cost: str) -> Order:
    return Order(
        service=service,
        service_name="Likes",
        service_type="Default",
        form=(),
        target="",
        quantity=1,
        cost=Decimal(cost),
    )


def _services(**rates: str) -> dict[str, Service]:
    return {
        i[1:]: Service(
            id=i[1:],
            name="Likes",
            type="Default",
            category="",
            rate=Decimal(rate),
            min=1,
            max=None,
            refill=False,
            cancel=False,
        )
        for i, rate in rates.items()
    }


def test_what_moved_and_by_how_much() -> None:
    """Dearer first, then cheaper, each with what it makes for these rows; new and unmoved services are not told."""
    orders = [_order("1", "12"), _order("1", "4"), _order("2", "3"), _order("3", "1"), _order("4", "1")]
    shown = {s: (Decimal(rate), MONDAY) for s, rate in {"1": "0.90", "2": "2", "3": "1"}.items()}
    found = price_changes(orders, _services(s1="1.20", s2="1", s3="1", s4="1"), shown)
    assert [change_told(c, "USD", UTC) for c in found] == [
        "The price of service 1 (Likes) rose from 0.90 to 1.20 USD since you looked on 23 November 2026: "
        "these rows cost 4.00 USD more.",
        "The price of service 2 (Likes) fell from 2.00 to 1.00 USD since you looked on 23 November 2026: "
        "these rows cost 3.00 USD less.",
    ]
    assert total_difference(found) == Decimal(1)


def test_a_service_that_costs_nothing_now() -> None:
    """A rate of 0 is no reason to fail."""
    (change,) = price_changes([_order("1", "0")], _services(s1="0"), {"1": (Decimal(1), MONDAY)})
    assert change.difference == 0
    told = "The price fell from 1.00 to 0.00 USD since you looked on 23 November 2026."
    assert row_told(change.move, Decimal(0), "USD", UTC) == told


def test_what_a_row_says_of_its_price() -> None:
    """What it was and what it is; only the price, where the row costs too little to see a difference."""
    (change,) = price_changes([_order("1", "12")], _services(s1="1.20"), {"1": (Decimal("0.90"), MONDAY)})
    told = "The price rose from 0.90 to 1.20 USD since you looked on 23 November 2026"
    assert row_told(change.move, Decimal(12), "USD", UTC) == f"{told}: 9.00 becomes 12.00 USD."
    assert row_told(change.move, Decimal(0), "USD", UTC) == f"{told}."
