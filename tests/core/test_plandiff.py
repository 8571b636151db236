"""What is another thing in a plan than when it was approved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bulkorders.core.headings import HEADING_OF
from bulkorders.core.plandiff import MOST_NAMED, Plan, PlanRow, differences_told, read_plan


def row(number: int, quantity: str = "100", *, ref: str = "", link: str = "", **more: str) -> PlanRow:
    """A row of service 1."""
    form = {"link": link or f"https://example.com/{number}", "quantity": quantity}
    return PlanRow(number=number, ref=ref, content=f"{form}", copy=1, service="1", form=form, **more)


def plan(*rows: PlanRow, **prices: str) -> Plan:
    """A plan that costs 1.00; `s1` is the price of service 1."""
    rates = {service[1:]: Decimal(rate) for service, rate in prices.items()}
    return Plan(panel="panel", job="job", file="orders.xlsx", rows=rows, prices=rates, total=Decimal(1))


def told(then: Plan, now: Plan) -> str:
    """The differences from a plan that was kept and read again."""
    return differences_told(read_plan(then.as_text()), now, HEADING_OF.__getitem__, "USD")


A, B, C = row(2), row(3, ref="A"), row(4, "50")
THEN = plan(A, B, C, s1="0.90")


@pytest.mark.parametrize(
    ("rows", "difference"),
    [
        ([A, B, C], ""),
        ([A, C, replace(B, number=9)], ""),
        ([A, B, C, row(5, standing="Fix")], ""),
        (
            [A, row(8, "70", ref="A"), C],
            "row 8: Link was https://example.com/3 and is https://example.com/8 now, Quantity was 100 and is 70 now",
        ),
        ([A, B, row(4, "")], "row 4: Quantity was 50 and is empty now"),
        ([A, B, row(4, "5", standing="Fix")], "row 4: Quantity was 50 and is 5 now"),
        ([A, replace(B, standing="Held"), C], "row 3 is not ordered now (Held)"),
        ([A, replace(B, action="cancel"), C], "row 3: Action was empty and is cancel now"),
        ([A, replace(B, ref="B"), C], "row 3: Ref was A and is B now"),
        (
            [A, B, replace(C, service="7", form={}, content="x")],
            "row 4 (service 1, https://example.com/4) is missing; row 4 (service 7) was added",
        ),
    ],
)
def test_rows_that_changed(rows: list[PlanRow], difference: str) -> None:
    """Sorting is none; a row is found again by its Ref, or in its place, and its cells are named."""
    assert told(THEN, replace(THEN, rows=rows)) == difference


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"panel": "other"}, "it was made for the panel panel, and this is other"),
        ({"job": "x", "file": "b.csv"}, "it was made for orders.xlsx"),
        ({"job": "x"}, "it was made for another file of the name orders.xlsx"),
        ({"prices": {"1": Decimal(2)}, "total": Decimal(2)}, "the price of service 1 was 0.90 and is 2.00 USD now"),
        ({"total": Decimal(2)}, "together it was 1.00 and is 2.00 USD now"),
    ],
)
def test_what_else_changed(changed: dict[str, object], difference: str) -> None:
    """The panel, the file, the price; the sum only where nothing explains it."""
    assert told(THEN, replace(THEN, **changed)) == difference  # type: ignore[arg-type]


def test_many_differences_are_counted() -> None:
    """A file that is another one altogether is not listed to its end."""
    found = told(plan(*map(row, range(2, 22))), plan())
    assert found.count("is missing") == MOST_NAMED
    assert found.endswith("; and 15 more differences")
