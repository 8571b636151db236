"""`history --save`: a workbook that looks like the others, a CSV, or the object that `--json` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkorders.core.history import ORDER_COLUMNS, TOTAL_COLUMNS, Column, PastOrder, Told
from bulkorders.errors import FileError
from bulkorders.workbook import MOST_ROWS, clean, harmless, library_files, library_options, whole_or_not_at_all

if TYPE_CHECKING:
    from bulkorders.core.sheets import Line, Page
    from bulkorders.history import Answer

KINDS = (".xlsx", ".csv", ".json")
OTHER_PLACE = "Name another file with --save."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One line of the table of events."""

    order: PastOrder
    told: Told


EVENT_COLUMNS: tuple[Column, ...] = (
    Column(name="row", heading="Row", width=7, look="row", value=lambda e: e.order.row),
    Column(name="job", heading="File", width=24, value=lambda e: e.order.job),
    Column(name="order_id", heading="Order ID", width=14, value=lambda e: e.order.order_id),
    Column(name="at", heading="Time", width=17, look="date", value=lambda e: e.told.at),
    Column(name="run", heading="Run", width=8, look="number", value=lambda e: e.told.run),
    Column(name="event", heading="What happened", width=80, value=lambda e: e.told.told),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One table of the answer: the name of its sheet, its columns and its rows."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Any]


def check_kind(path: Path, *, tables: int) -> None:
    """See, before anything is read, that so many tables beside the list can be saved there.

    Raises:
        FileError: they cannot.
    """
    kind = path.suffix.casefold()
    if kind not in KINDS:
        raise FileError(f"{path.name} is neither .xlsx nor .csv nor .json.", "Name the file with one of these endings.")
    if kind == ".csv" and tables > 1:
        raise FileError("A CSV holds one table, not events and totals.", "Leave one of them out, or save as .xlsx.")


def save_history(answer: Answer, path: Path, *, practice: bool) -> Path:
    """Write the answer to a file of one of KINDS; a CSV holds the events or totals where they were asked for.

    Returns the path that it really has: a numbered one where `path` is open in Excel.

    Raises:
        FileError: it cannot be written there; whatever was there before is unharmed.
    """
    tables = _tables(answer)
    with whole_or_not_at_all(path, advice=OTHER_PLACE) as target:
        match path.suffix.casefold():
            case ".json":
                text = json.dumps(answer.as_json(), ensure_ascii=False, indent=1)
                target.temporary.write_text(f"{text}\n", "utf-8", errors="replace")
            case ".csv":
                _to_csv(tables[-1], target.temporary)
            case _:
                _to_workbook(tables, target.temporary, practice=practice)
    return target.path


def _tables(answer: Answer) -> list[_Table]:
    found = [_Table(name="History", columns=ORDER_COLUMNS, rows=answer.orders)]
    if answer.totals is not None:
        found.append(_Table(name="Totals", columns=TOTAL_COLUMNS, rows=answer.totals))
    if answer.stories is not None:
        events = [
            _Event(order=order, told=told)
            for order, story in zip(answer.orders, answer.stories, strict=True)
            for told in story
        ]
        found.append(_Table(name="Events", columns=EVENT_COLUMNS, rows=events))
    return found


def _to_csv(table: _Table, path: Path) -> None:
    import csv

    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.heading for column in table.columns])
        writer.writerows([_text(column.value(row)) for column in table.columns] for row in table.rows)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
        case int():
            return str(value)
        case _:
            return harmless(clean(value))


def _to_workbook(tables: Sequence[_Table], path: Path, *, practice: bool) -> None:
    import xlsxwriter

    from bulkorders.core.columns import Report
    from bulkorders.rowsheet import Book, draw_page

    too_long = next((table for table in tables if len(table.rows) > MOST_ROWS), None)
    if too_long is not None:
        raise FileError(
            f"A sheet has room for {MOST_ROWS:,} rows; these are {len(too_long.rows):,}.",
            "Save it as .csv, or narrow it down with --since or --file.",
        )
    now = datetime.now().astimezone()
    with library_files() as folder:
        report = Report(file="history", panel="", made_at=now, headings=(), results=(), practice=practice)
        book = Book(xlsxwriter.Workbook(str(path), library_options(folder)), report)
        told = {"title": "History", "comments": "Made by bulkorders"}
        book.book.set_properties(told | {"created": now.astimezone(UTC).replace(tzinfo=None)})
        for table in tables:
            draw_page(book, _page(table))
        book.book.close()


def _page(table: _Table) -> Page:
    from bulkorders.core.sheets import Page

    headings = [column.heading for column in table.columns]
    return Page(
        name=table.name,
        widths=[column.width for column in table.columns],
        lines=_lines(table.columns, table.rows),
        heading=headings,
        rows=len(table.rows),
        state_at=headings.index("Result") if "Result" in headings else -1,
    )


def _lines(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[Line]:
    from bulkorders.core.sheets import Line, Shown

    for row in rows:
        values = [(column.value(row), column.look) for column in columns]
        yield Line([None if value is None or value == "" else Shown(_local(value), look) for value, look in values])


def _local(value: Any) -> Any:
    """A time as the clock of this computer showed it on that day: the summer's in summer."""
    return value.astimezone().replace(tzinfo=None) if isinstance(value, datetime) else value
