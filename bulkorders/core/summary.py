"""The figures and sentences of the Summary and To do sheets, and of the last lines in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bulkorders.core.columns import NEEDS_PERSON, Report, Result
from bulkorders.core.model import money
from bulkorders.core.states import RowState

COSTING = frozenset({RowState.READY, RowState.PLACED, RowState.WAITING, RowState.UNCONFIRMED})
"""The states whose estimates are money that was spent or may be."""

MOST_SERVICES = 15
"""So many services are named; the rest are added up in one line."""

MEANING: dict[RowState, str] = {
    RowState.READY: "checked, not ordered yet",
    RowState.PLACED: "the panel has taken the order",
    RowState.INVALID: "something in the row is wrong; nothing was ordered",
    RowState.HELD: "it repeats or changes an earlier order; nothing was ordered",
    RowState.WAITING: "not ordered yet; the next run orders it",
    RowState.REFUSED: "the panel said no",
    RowState.UNCONFIRMED: "sent, but nobody knows whether it was ordered",
    RowState.SKIPPED: "left out, as the Action cell says",
}
"""What each word of the Result column means, for the Summary."""


def counts(report: Report) -> dict[RowState, int]:
    """How many rows are in each of the eight states."""
    found = Counter(r.state for r in report.results)
    return {state: found[state] for state in RowState}


def total(amounts: Sequence[Decimal | None]) -> Decimal:
    """The sum of what is known; 0 for nothing."""
    return sum((a for a in amounts if a is not None), Decimal(0))


def cost_by_state(report: Report) -> dict[RowState, Decimal]:
    """Estimated cost of the rows in each state, in account currency."""
    return {s: total([r.estimated_cost for r in report.results if r.state is s]) for s in RowState}


def estimated(report: Report) -> Decimal:
    """What the rows cost that were ordered, will be, or may have been, in account currency."""
    return total([r.estimated_cost for r in report.results if r.state in COSTING])


def charged(report: Report) -> Decimal:
    """What the panel says it has charged so far, in account currency."""
    return total([r.charge for r in report.results])


def running(report: Report) -> list[Result]:
    """The ordered rows whose order can still change."""
    return [r for r in report.results if r.state is RowState.PLACED and not r.final]


def to_do(report: Report) -> list[Result]:
    """The rows that need a person: not ordered and not by themselves, or ordered and gone wrong."""
    return [r for r in report.results if r.state in NEEDS_PERSON or (r.state is RowState.PLACED and r.what_to_do)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What goes to one service: so many rows, their estimated cost, and what was charged (account currency)."""

    service: str
    rows: int
    estimated: Decimal
    charged: Decimal


def spend_by_service(report: Report) -> list[Spend]:
    """The dearest services first; beyond the first fifteen, one line for all others."""
    groups: dict[str, list[Result]] = {}
    for result in report.results:
        if result.state in COSTING:
            groups.setdefault(f"{result.service} {result.service_name}".strip(), []).append(result)
    spent = sorted((_spend(name, group) for name, group in groups.items()), key=lambda s: (-s.estimated, s.service))
    if len(spent) <= MOST_SERVICES:
        return spent
    rest = spent[MOST_SERVICES - 1 :]
    others = Spend(
        service=f"{len(rest)} other services",
        rows=sum(s.rows for s in rest),
        estimated=total([s.estimated for s in rest]),
        charged=total([s.charged for s in rest]),
    )
    return [*spent[: MOST_SERVICES - 1], others]


def _spend(name: str, group: Sequence[Result]) -> Spend:
    return Spend(
        service=name,
        rows=len(group),
        estimated=total([r.estimated_cost for r in group]),
        charged=total([r.charge for r in group]),
    )


def rows_told(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return "1 row" if count == 1 else f"{count:,} rows"


def needs(count: int) -> str:
    """`1 row needs`, `3 rows need`."""
    return f"{rows_told(count)} need{'s' if count == 1 else ''}"


def headline(report: Report) -> str:
    """One sentence or two: is everything all right?"""
    found, count = counts(report), len(report.results)
    placed, waiting = found[RowState.PLACED], found[RowState.WAITING]
    person = sum(n for state, n in found.items() if state in NEEDS_PERSON)
    if person:
        rest = f" {placed:,} of {rows_told(count)} ordered." if report.placing else ""
        return f"{needs(person)} a person.{rest}" + (f" {waiting:,} waiting." if waiting else "")
    if waiting:
        return f"Not finished yet: {rows_told(placed)} ordered, {waiting:,} waiting for the next run."
    if found[RowState.READY]:
        return f"{rows_told(found[RowState.READY])} can be ordered; nothing is wrong."
    if astray := len(to_do(report)):
        return f"{rows_told(placed)} ordered; {astray:,} of them did not go as planned."
    return f"All is well: {rows_told(placed)} ordered."


def lines(report: Report) -> list[str]:
    """The sentences at the top of the Summary: what to do, what it costs, what is still running, whence it comes."""
    todo, going, currency = to_do(report), running(report), report.currency
    told = [
        f"Please look at {rows_told(len(todo))}: see the sheet To do." if todo else "There is nothing that you must do."
    ]
    told.append(
        f"Estimated cost {money(estimated(report), currency)}; charged so far {money(charged(report), currency)}."
    )
    if report.balance is not None:
        told[-1] += f" The account has {money(report.balance, currency)} left."
    if going:
        told.append(
            f"{rows_told(len(going))} ordered and still being delivered. Run the file again to see how far they are."
        )
    if report.stopped:
        told.append(report.stopped)
    zone = report.made_at.tzname() or ""
    told.append(
        f"Made on {report.made_at.day} {report.made_at:%B %Y at %H:%M} ({zone} time, as all times here) "
        f"from {report.file}, panel {report.panel}."
    )
    return told + [f"Note: {note}" for note in report.notes]
