"""`audit`: every row of a results workbook against what the ledger knows. Asks no panel, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bulkorders.config import Settings
from bulkorders.core.asks import Ask
from bulkorders.core.catalog import Catalog
from bulkorders.core.columns import COLUMNS, WORDS, Column, Kind, Result, Value
from bulkorders.core.fields import told_apart
from bulkorders.core.headings import Headings, read_headings
from bulkorders.core.model import Cell, Entry, Sheet, cell_text, exact, money
from bulkorders.core.plan import SENT, Circumstances, Planned, is_unread, keys_of, make_plan
from bulkorders.core.results import Showing, results_of
from bulkorders.core.states import RowState
from bulkorders.core.summary import rows_told
from bulkorders.core.validate import check_rows
from bulkorders.errors import UsageError
from bulkorders.ledger import Job, Ledger
from bulkorders.readfile import read_sheet
from bulkorders.work import PROPERTIES
from bulkorders.workbook import clean, results_path

FACTS = tuple(column.heading for column in COLUMNS if column.heading != "What to do")
"""The columns that follow from the ledger. What to do tells of the run, too."""

DELIVERED = ("Status", "Progress", "Charge", "Start count", "Delivered", "Remains", "Ordered at")
"""The columns that are empty in a row that was not ordered."""

SAME_MOMENT = timedelta(seconds=1)
FINEST = Decimal("0.0000001")
"""Workbooks keep times and money as floating point numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell that says something else than the ledger."""

    row: int
    column: str
    workbook: str
    ledger: str

    def as_text(self) -> str:
        """One line."""
        return f"Row {self.row}, {self.column}: the workbook says {self.workbook}, the ledger {self.ledger}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What came of it: the workbook, how many rows were compared, and where the two differ."""

    file: str
    rows: int
    differences: Sequence[Difference]

    def as_text(self) -> str:
        """A line for each difference, and one for the whole."""
        if not self.differences:
            return f"{rows_told(self.rows)} of {self.file} agree with the ledger."
        rows = len({d.row for d in self.differences})
        do = "does" if rows == 1 else "do"
        ending = f"{rows_told(rows)} of {self.rows:,} in {self.file} {do} not agree with the ledger."
        return "\n".join([*(d.as_text() for d in self.differences), ending])

    def as_json(self) -> dict[str, Any]:
        """One object."""
        return {"file": self.file, "rows": self.rows, "differences": [asdict(d) for d in self.differences]}


def audit(settings: Settings, file: str) -> Audited:
    """Compare a results workbook (or that beside an input) with the ledger, row by row.

    Raises:
        CommandError: it is no results workbook, or the ledger does not know its job.
    """
    path, sheet, headings = _results_sheet(Path(file), practice=settings.sandbox)
    told = dict(sheet.properties)
    with Ledger(settings.ledger) as ledger:
        job = ledger.find_job(told.get(PROPERTIES[0], ""), [told.get(PROPERTIES[1], "")])
        if job is None:
            raise UsageError(
                f"The ledger {settings.ledger} does not know the job of {path.name}.",
                "Name the ledger that it was made with (--ledger), or run the file once with its results beside it.",
            )
        plan, entries = _planned(ledger, job, sheet, headings)
        asks = ledger.asks(job)
    return Audited(file=path.name, rows=len(plan), differences=list(_compared(sheet, headings, plan, entries, asks)))


def _results_sheet(path: Path, *, practice: bool) -> tuple[Path, Sheet, Headings]:
    for candidate in (path, results_path(path, practice=practice)):
        if candidate.is_file():
            sheet = read_sheet(candidate)
            headings = read_headings(sheet.headings)
            if headings.result_at is not None and PROPERTIES[1] in dict(sheet.properties):
                return candidate, sheet, headings
    raise UsageError(f"{path} is no results workbook, and there is none beside it.", "Name the results workbook.")


def _planned(ledger: Ledger, job: Job, sheet: Sheet, headings: Headings) -> tuple[list[Planned], Mapping[int, Entry]]:
    """Which order of the ledger each row is; the services are those that the orders themselves remember.

    An order that a row with other cells names belongs to that one, and to no other of the same cells.
    """
    today = datetime.now().astimezone()
    checked = check_rows(sheet, headings, Catalog((), ledger.remembered_services(job)), today=today.date())
    entries = ledger.entries(job)
    rows = [(row, key) for row, key in zip(checked, keys_of(checked), strict=True) if not is_unread(row)]
    named = {row.claimed_id: key.content for row, key in rows if row.claimed_id}
    free = [e for e in entries if named.get(e.order_id, e.content) == e.content]
    plan = make_plan(checked, Circumstances(entries=free, zone=today.tzinfo))
    return plan, {e.id: e for e in entries}


def _compared(
    sheet: Sheet,
    headings: Headings,
    plan: Sequence[Planned],
    entries: Mapping[int, Entry],
    asks: Mapping[int, Sequence[Ask]],
) -> Iterator[Difference]:
    zone = datetime.now().astimezone().tzinfo
    showing = Showing(shown=(), currency="", zone=zone, tried=False, asks=asks)
    at, by_id = _places(headings), {e.order_id: e for e in entries.values() if e.order_id}
    for row, planned, result in zip(sheet.rows, plan, results_of(plan, entries, showing), strict=True):
        cells = {name: row.cells[i] if i < len(row.cells) else "" for name, i in at.items()}
        number = _row_number(sheet, row.cells, row.number)
        sent = planned.entry is not None and planned.entry.state in SENT
        if sent:
            yield from _facts_differ(number, cells, result)
            continue
        says_ordered = cell_text(cells["Result"]) == WORDS[RowState.PLACED]
        order = by_id.get(planned.checked.claimed_id) if says_ordered else None
        changed = list(_cells_differ(number, headings, planned, order)) if order else []
        yield from changed or _claims(number, cells)


def _places(headings: Headings) -> dict[str, int]:
    """Where the columns of the results stand: from `Result` on, whatever the person's own are called."""
    assert headings.result_at is not None
    after = {name.rstrip("0123456789() "): i for i, name in enumerate(headings.names) if i >= headings.result_at}
    return {
        column: i for column in FACTS for name, i in after.items() if name == column or name.startswith(f"{column} (")
    }


def _row_number(sheet: Sheet, cells: Sequence[Cell], otherwise: int) -> int:
    """The row of the input, which the first column names."""
    return int(cells[0]) if sheet.headings[0] == "Row" and isinstance(cells[0], int | float) else otherwise


def _facts_differ(row: int, cells: Mapping[str, Cell], result: Result) -> Iterator[Difference]:
    for column in COLUMNS:
        if column.heading not in cells or (column.heading == "Currency" and result.charge is None):
            continue
        cell, value = cells[column.heading], column.value(result)
        if not _same(cell, value):
            yield Difference(row=row, column=column.heading, workbook=_told(cell), ledger=_value_told(column, value))


def _cells_differ(row: int, headings: Headings, planned: Planned, entry: Entry) -> Iterator[Difference]:
    """A row that says Ordered, under an order of other cells than it has now."""
    ordered = {"ref": entry.ref, "service": entry.order.service, **dict(entry.order.form)}
    shown = {"ref": planned.checked.ref, "service": planned.checked.service, **dict(planned.checked.form)}
    for name in dict.fromkeys([*ordered, *shown]):
        was, says = ordered.get(name, ""), shown.get(name, "")
        if was != says:
            workbook, ledger = told_apart(says, was)
            yield Difference(
                row=row, column=headings.told(name), workbook=workbook or "nothing", ledger=ledger or "nothing"
            )


def _claims(row: int, cells: Mapping[str, Cell]) -> Iterator[Difference]:
    """A row that was not sent must not say that it was."""
    word = cell_text(cells.get("Result", ""))
    if word in (WORDS[RowState.PLACED], WORDS[RowState.UNCONFIRMED]):
        yield Difference(row=row, column="Result", workbook=word, ledger="that it was not ordered")
    for column in DELIVERED:
        if said := cell_text(cells.get(column, "")):
            yield Difference(row=row, column=column, workbook=said, ledger="that it was not ordered")


def _same(cell: Cell, value: Value) -> bool:
    match value:
        case None:
            return cell == ""
        case Decimal() | int() if isinstance(cell, int | float):
            return abs(Decimal(repr(cell)) - value) <= FINEST * max(Decimal(1), abs(Decimal(value)))
        case datetime() if isinstance(cell, datetime):
            return abs(cell - value.replace(tzinfo=None)) <= SAME_MOMENT
        case _:
            return cell_text(cell) == clean(str(value)).strip()


def _told(cell: Cell) -> str:
    return cell_text(cell) or "nothing"


def _value_told(column: Column, value: Value) -> str:
    if isinstance(value, Decimal):
        return exact(value) if column.kind is Kind.PROGRESS else money(value)
    return "nothing" if value in (None, "") else str(value).split(".")[0] if isinstance(value, datetime) else str(value)
