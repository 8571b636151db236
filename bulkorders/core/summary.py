"""The figures and sentences of the Summary and To do sheets, and of the last lines in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bulkorders.core.asks import AskAction, is_open
from bulkorders.core.askstold import WISHES, cancel_word, last_of, refill_word
from bulkorders.core.columns import NEEDS_PERSON, Report, Result
from bulkorders.core.model import count_told, money
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

PERSON: dict[RowState, str] = {
    RowState.INVALID: "to fix",
    RowState.HELD: "held back",
    RowState.REFUSED: "refused",
    RowState.UNCONFIRMED: "to check",
    RowState.PLACED: "ordered but not as wanted",
}
"""What the rows in need of a person are told as, by their state."""


def counts(report: Report) -> dict[RowState, int]:
    """How many rows are in each of the eight states."""
    found = Counter(r.state for r in report.results)
    return {state: found[state] for state in RowState}


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of what is known; 0 for nothing."""
    return sum((a for a in amounts if a is not None), Decimal(0))


def cost_by_state(report: Report) -> dict[RowState, Decimal]:
    """Estimated cost of the rows in each state, in account currency."""
    return {s: total(r.estimated_cost for r in report.results if r.state is s) for s in RowState}


def estimated(report: Report) -> Decimal:
    """What the rows cost that were ordered, will be, or may have been, in account currency."""
    return total(r.estimated_cost for r in report.results if r.state in COSTING)


def charged(report: Report) -> Decimal:
    """What the panel says it has charged so far, in account currency."""
    return total(r.charge for r in report.results)


def running(report: Report) -> list[Result]:
    """The ordered rows whose order can still change."""
    return [r for r in report.results if is_running(r)]


def is_running(result: Result) -> bool:
    """Whether the row is ordered and its order can still change."""
    return result.state is RowState.PLACED and not result.final


def needs_person(result: Result) -> bool:
    """Whether a person must look at the row: it is not ordered and will not be by itself, or it went wrong."""
    return result.state in NEEDS_PERSON or went_wrong(result)


def went_wrong(result: Result) -> bool:
    """Whether the row is ordered and something is to be done about it (failed, canceled, delivered in part ...)."""
    return result.state is RowState.PLACED and bool(result.what_to_do)


def to_do(report: Report) -> list[Result]:
    """The rows that need a person."""
    return [r for r in report.results if needs_person(r)]


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
        estimated=total(s.estimated for s in rest),
        charged=total(s.charged for s in rest),
    )
    return [*spent[: MOST_SERVICES - 1], others]


def _spend(name: str, group: Sequence[Result]) -> Spend:
    return Spend(
        service=name,
        rows=len(group),
        estimated=total(r.estimated_cost for r in group),
        charged=total(r.charge for r in group),
    )


def rows_told(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return count_told(count, "row")


def needs(count: int) -> str:
    """`1 row needs`, `3 rows need`."""
    return f"{rows_told(count)} need{'s' if count == 1 else ''}"


def headline(report: Report) -> str:
    """One sentence or two: is everything all right?"""
    found, count = counts(report), len(report.results)
    placed, waiting = found[RowState.PLACED], found[RowState.WAITING]
    if todo := to_do(report):
        rest = f" {placed:,} of {rows_told(count)} ordered." if report.placing else ""
        return f"{needs(len(todo))} a person: {_kinds(todo)}.{rest}" + (f" {waiting:,} waiting." if waiting else "")
    if waiting:
        return f"Not finished yet: {rows_told(placed)} ordered, {waiting:,} waiting for the next run."
    if found[RowState.READY]:
        return f"{rows_told(found[RowState.READY])} can be ordered; nothing is wrong."
    return _all_well(placed, found[RowState.SKIPPED])


def _kinds(todo: Sequence[Result]) -> str:
    """`2 to fix, 1 to check`."""
    found = Counter(r.state for r in todo)
    return ", ".join(f"{found[state]:,} {told}" for state, told in PERSON.items() if found[state])


def _all_well(placed: int, skipped: int) -> str:
    are = "is" if placed == 1 else "are"
    if not placed:
        return f"Nothing was to be ordered: {rows_told(skipped)} skipped." if skipped else "There are no rows to order."
    if skipped:
        return f"All is well: {rows_told(placed)} {are} ordered, {skipped:,} skipped."
    return "The only row is ordered." if placed == 1 else f"All {rows_told(placed)} are ordered."


def cost_told(report: Report) -> str:
    """What it costs, in the right tense, and what is left."""
    cost, sent = money(estimated(report), report.currency), {RowState.PLACED, RowState.UNCONFIRMED}
    if any(r.state in sent for r in report.results):
        told = f"Estimated cost {cost}; charged so far {money(charged(report), report.currency)}."
    elif estimated(report):
        told = f"Nothing has been ordered yet; it will cost about {cost}."
    else:
        told = "Nothing has been ordered."
    return told if report.balance is None else f"{told} The account has {money(report.balance, report.currency)} left."


def overcharged_told(report: Report) -> str:
    """The rows for which the panel charged many times what it should; "" where there are none."""
    dear = [r for r in report.results if r.overcharged]
    if not dear:
        return ""
    charge, estimate = total(r.charge for r in dear), total(r.estimated_cost for r in dear)
    return (
        f"The panel charged {money(charge, report.currency)} for {rows_told(len(dear))} that should cost "
        f"{money(estimate)}: ask the panel why."
    )


def asked_told(report: Report) -> list[str]:
    """What became of the refills and cancellations that were asked for: `Refills: 3 Completed, 1 In progress.`"""
    told = {AskAction.REFILL: Counter[str](), AskAction.CANCEL: Counter[str]()}
    for result in report.results:
        if last := last_of(AskAction.REFILL, result.asks):
            told[AskAction.REFILL][refill_word(last)] += 1
        if last := last_of(AskAction.CANCEL, result.asks):
            told[AskAction.CANCEL][cancel_word(last, result.status)] += 1
    return [
        f"{WISHES[action].capitalize()}s asked for: {', '.join(f'{n:,} {word}' for word, n in words.most_common())}."
        for action, words in told.items()
        if words
    ]


def open_told(report: Report) -> list[str]:
    """What is not finished yet, and since when: delivery, refills, waiting rows, rows of which nobody knows."""
    found, going = counts(report), running(report)
    told = []
    if going:
        are = "order is" if len(going) == 1 else "orders are"
        told.append(
            f"{len(going):,} {are} still being delivered{_since(report, going)}. "
            "Run the file again to see how far they are."
        )
    if refilling := sum(is_open(ask) for result in report.results for ask in result.asks):
        are = "refill is" if refilling == 1 else "refills are"
        told.append(f"{refilling:,} {are} not finished yet. Run the file again to see how far they are.")
    if unsure := [r for r in report.results if r.state is RowState.UNCONFIRMED]:
        are = "was" if len(unsure) == 1 else "were"
        sent = _since(report, unsure, "on")
        told.append(
            f"{rows_told(len(unsure))} {are} sent{sent}, and nobody knows yet whether the panel took the order."
        )
    if found[RowState.WAITING]:
        waits, costs = ("waits", "costs") if found[RowState.WAITING] == 1 else ("wait", "cost")
        told.append(f"{rows_told(found[RowState.WAITING])} {waits} for the next run and {costs} nothing until then.")
    if found[RowState.READY]:
        told.append(f"{rows_told(found[RowState.READY])} can be ordered: nothing of this was ordered yet.")
    return told or ["Nothing is open: no order is still running."]


def _since(report: Report, results: Sequence[Result], word: str = "since") -> str:
    """`, the oldest since 3 November 2026 at 14:02 (row 7)` or ` on 3 November ...`, where it is known."""
    known = ((moment, r.row.number) for r in results if (moment := r.ordered_at or r.updated_at))
    first = min(known, default=None)
    if first is None:
        return ""
    moment, number = first
    many = ", the oldest" if len(results) > 1 else "," if word == "since" else ""
    return f"{many} {word} {at_time(moment.astimezone(report.made_at.tzinfo))} (row {number})"


def at_time(moment: datetime) -> str:
    """`3 November 2026 at 14:02`."""
    return f"{moment.day} {moment:%B %Y at %H:%M}"


def made_told(report: Report) -> str:
    """When this was made, from which file and on which panel; and the one zone of all times."""
    zone = report.made_at.tzname() or ""
    return f"Made on {at_time(report.made_at)} ({zone}, as all times here) from {report.file}, panel {report.panel}."
