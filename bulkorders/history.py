"""`history`: what the ledger knows of every order. Needs no key and no network, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bulkorders.config import Settings
from bulkorders.core.columns import WORDS
from bulkorders.core.glance import glance, of_orders, of_totals, plain
from bulkorders.core.history import (
    ORDER_COLUMNS,
    TOTAL_COLUMNS,
    Column,
    Filter,
    PastOrder,
    Told,
    Total,
    since_when,
    states_named,
    sums_of,
    totals_of,
)
from bulkorders.core.jobcodes import file_codes, job_code, results_stem
from bulkorders.core.model import count_told, money
from bulkorders.core.states import RowState
from bulkorders.errors import UsageError
from bulkorders.pastorders import PastOrders, opened

SHOWN = 20
"""So many orders are listed where nothing else is asked for."""

MOST_JOBS = 5
"""So many files are named to somebody who has named one that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the person asked for on the command line (README, "Looking back").

    `panel`: only the panel of the settings. `whole`: all that fits is wanted where there is no `limit`.
    """

    file: str | None = None
    row: int | None = None
    panel: bool = False
    state: str | None = None
    status: str | None = None
    link: str | None = None
    service: str | None = None
    since: str | None = None
    order: str | None = None
    limit: int | None = None
    events: bool = False
    totals: bool = False
    save: Path | None = None
    whole: bool = False

    @property
    def most(self) -> int | None:
        """How many orders are wanted at most; None: all, since a program, a file or the log of a row is not skimmed."""
        skimmed = not (self.whole or self.events or self.save)
        return SHOWN if self.limit is None and skimmed else self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the ledger says: the orders that are listed, of `matching` that fit; the others where they were asked for.

    `stories` are the events of each listed order, `runs` when the runs in them began. `new`: the ledger has no orders.
    `saved` is the file in which it all is (None: it was not saved).
    """

    ledger: Path
    new: bool
    orders: Sequence[PastOrder]
    matching: int
    totals: Sequence[Total] | None
    stories: Sequence[Sequence[Told]] | None
    runs: Mapping[int, datetime]
    saved: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """One object: money as decimal strings, times in UTC."""
        orders = [_object(ORDER_COLUMNS, order) | {"state": order.row_state.value} for order in self.orders]
        for order, story in zip(orders, self.stories or (), strict=False):
            order["events"] = [{"at": told.at.isoformat(), "run": told.run, "event": told.told} for told in story]
        answer: dict[str, Any] = {"ledger": str(self.ledger), "matching": self.matching, "orders": orders}
        if self.totals is not None:
            answer["totals"] = [_object(TOTAL_COLUMNS, total) for total in self.totals]
            answer["sums"] = [_object(_SUM_COLUMNS, total) for total in sums_of(self.totals)]
        return answer

    def as_text(self, width: int | None) -> str:
        """What a person reads, within so many signs a line (None: as wide as it is)."""
        if self.new:
            return f"Nothing was ordered yet: there are no orders in the ledger {self.ledger}."
        if not self.matching:
            return "No order fits: leave out or change one of the options that narrow it down."
        totals = [] if self.totals is None else [_totals(self.totals, width)]
        return (
            "\n\n".join([*self._orders(width), *totals])
            or f"{count_told(self.matching, 'order')}; --limit or --save shows them."
        )

    def _orders(self, width: int | None) -> list[str]:
        if self.saved:
            return [f"{count_told(len(self.orders), 'order')} saved to {self.saved}."]
        if self.stories is not None:
            return [_story(order, story, self.runs) for order, story in zip(self.orders, self.stories, strict=True)]
        if not self.orders:
            return []
        more = self.matching - len(self.orders)
        cut = [f"… {more:,} more; --limit or --save shows all"] if more else []
        return ["\n".join([*glance(of_orders(self.orders), width), *cut])]


def look_back(settings: Settings, question: Question) -> Answer:
    """Read from the ledger what was asked for, and save it where a file is named.

    Raises:
        CommandError: the question has a word that means nothing, the ledger cannot be read, or the file not be written.
    """
    if question.events and not (question.order or (question.file and question.row)):
        raise UsageError(
            "--events tells what happened to one row.", "Name it with --file FILE --row N, or with --order ID."
        )
    if question.row is not None and not question.file:
        raise UsageError("--row is a row of a file.", "Name the file with --file FILE.")
    _check_save(question)
    with opened(settings.ledger) as past:
        answer = _answer(settings, question, past)
    if question.save is None:
        return answer
    from bulkorders.historyfile import save_history

    return replace(answer, saved=save_history(answer, question.save, practice=settings.sandbox))


def _check_save(question: Question) -> None:
    if question.save is None:
        return
    from bulkorders.historyfile import check_kind

    check_kind(question.save, tables=question.events + question.totals)


def _answer(settings: Settings, question: Question, past: PastOrders) -> Answer:
    new = not past.newest(Filter(), 1)
    wanted = Filter() if new else _filter(settings, question, past)
    most = question.most
    orders = past.newest(wanted, most) if most != 0 else []
    matching = len(orders) if most is None or len(orders) < most else past.count(wanted)
    stories = [past.story(order) for order in orders] if question.events else None
    runs = {told.run for story in stories or () for told in story if told.run is not None}
    return Answer(
        ledger=settings.ledger,
        new=new,
        orders=orders,
        matching=matching,
        totals=totals_of(past.counted(wanted)) if question.totals else None,
        stories=stories,
        runs=past.runs(sorted(runs)),
    )


# --- filters ---------------------------------------------------------------------------------------------------------


def _filter(settings: Settings, question: Question, past: PastOrders) -> Filter:
    return Filter(
        jobs=_jobs(question.file, past) if question.file else None,
        row=question.row,
        panel=settings.panel if question.panel else "",
        states=_states(question.state) if question.state else frozenset(),
        status=question.status or "",
        link=question.link or "",
        service=question.service or "",
        since=_since(question.since) if question.since else None,
        order_id=question.order or "",
    )


def _jobs(file: str, past: PastOrders) -> list[int]:
    """The jobs of a file, by its path, else by its name; or of a `--job` name."""
    path = Path(file)
    stem = results_stem(path.name)
    suffixes = () if stem is None else _suffixes()
    names = [path.name] if stem is None else [f"{stem}{suffix}" for suffix in suffixes]
    if found := past.jobs([*file_codes(str(path.resolve()), suffixes), job_code(file)], names):
        return found
    known = ", ".join(past.newest_jobs(MOST_JOBS))
    raise UsageError(
        f"The ledger knows no file {file}.",
        f"The last ones that it knows: {known}." if known else "Nothing was ordered from a file yet.",
    )


def _suffixes() -> Sequence[str]:
    from bulkorders.readfile import INPUT_SUFFIXES

    return INPUT_SUFFIXES


def _states(name: str) -> frozenset[Any]:
    states = states_named(name)
    if states:
        return states
    named = (RowState.PLACED, RowState.UNCONFIRMED, RowState.WAITING, RowState.REFUSED)
    allowed = ", ".join(f"{WORDS[state]} ({state})" for state in named)
    if states is None:
        raise UsageError(f'--state is "{name}"; allowed are {allowed}.', "Choose one of these.")
    raise UsageError(
        f'A row that is "{name}" is no order, so the ledger has none.',
        f"Look for it in the results workbook. Orders are {allowed}.",
    )


def _since(text: str) -> datetime:
    moment = since_when(text, datetime.now().astimezone())
    if moment is None:
        raise UsageError(
            f'--since is "{text}"; allowed are a date like 2026-11-03, with a time like "2026-11-03 14:00" if you '
            "like, or how long ago: 12h, 7d, 4w.",
            "Write it like one of these.",
        )
    return moment


# --- words -----------------------------------------------------------------------------------------------------------

_SUM_COLUMNS = tuple(column for column in TOTAL_COLUMNS if column.name not in ("day", "service", "service_name"))


def _object(columns: Sequence[Column], row: PastOrder | Total) -> dict[str, Any]:
    return {column.name: _json(column.value(row)) for column in columns}


def _json(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat()
        case _:
            return value


def _story(order: PastOrder, story: Sequence[Told], runs: Mapping[int, datetime]) -> str:
    """The order as it stands, and each thing that happened to it."""
    lines = [_standing(order)]
    for told in story:
        run = f"run {told.run}" if told.run is not None else ""
        lines.append(f"  {told.at.astimezone():%Y-%m-%d %H:%M:%S}  {run:<{_RUN}}  {plain(told.told)}")
    if not story:
        lines.append("  Nothing was sent to the panel yet.")
    own = {told.run for told in story}
    lines += [f"  Run {n} began at {at.astimezone():%Y-%m-%d %H:%M:%S}." for n, at in runs.items() if n in own]
    return "\n".join(lines)


_RUN = 9
"""The width of a run's number in a story."""


def _standing(order: PastOrder) -> str:
    """Which order it is and how it stands, in two lines."""
    quantity = f", quantity {order.quantity:,}" if order.quantity is not None else ""
    about = f"service {order.service} {order.service_name}, {order.link}{quantity}"
    facts = [
        WORDS[order.row_state] + (f" as {order.order_id}" if order.order_id else ""),
        order.status,
        "" if order.charge is None else f"charged {money(order.charge, order.currency)}",
        f"estimated {money(order.cost)}" if order.charge is None else "",
        "" if order.remains is None else f"{order.remains:,} remain",
        f"last news {order.updated_at.astimezone():%Y-%m-%d %H:%M:%S}" if order.updated_at else "",
    ]
    return f"{plain(f'{order.job}, row {order.row} ({order.panel}): {about}')}\n{plain(', '.join(filter(None, facts)))}"


def _totals(totals: Sequence[Total], width: int | None) -> str:
    """A table for each panel and currency, with its sum."""
    if not totals:
        return "Nothing of this has cost anything."
    parts = []
    for total in sums_of(totals):
        own = [t for t in totals if (t.panel, t.currency) == (total.panel, total.currency)]
        title = f"{total.panel}, in {total.currency}" if total.currency else total.panel
        parts.append("\n".join([plain(title), *glance(of_totals(own, total), width)]))
    return "\n\n".join(parts)
