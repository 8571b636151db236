"""The results workbook: Summary, Orders and To do, whole or not at all.

XlsxWriter loses data quietly in four ways (a refused link, an over-long text, a table with two equal headings, a table
in constant-memory mode), so every write goes through `_Page`, which looks at what the library answers.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from datetime import time as day_time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bulkorders.core import summary
from bulkorders.core.columns import COLUMNS, NEEDS_PERSON, ROW_HEADING, WORDS, Kind, Report
from bulkorders.core.headings import field_named, plain
from bulkorders.core.model import Cell, money
from bulkorders.core.states import RowState
from bulkorders.errors import FileError

MOST_TABLE_ROWS = 20_000
"""Up to so many rows Orders is a real Excel table; beyond, the library streams rows to disk, where it has no tables."""

PAGE_WIDTH = 210
"""Signs that can still be read side by side on a printed landscape page; wider sheets take more pages across."""

LINE_HEIGHT, MOST_LINES = 15, 4
"""Points of a line, and how many lines of a list are shown; the others are there when the row is opened wider."""

MOST_ROWS = 1_048_575
MOST_LINKS = 65_000
LONGEST_LINK = 2_079
LONGEST_TEXT = 32_767
"""Excel's limits: rows under the heading, links in a sheet (65,530), signs in a link and in a cell."""

ENDING, PRACTICE_ENDING = ".results.xlsx", ".practice.results.xlsx"
LOCKED_WAITS = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds between tries to replace a file that another program holds for a moment (Windows), 2.5 in all."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = frozenset(
    {"quantity", "runs", "interval", "min", "max", "posts", "old_posts", "delay", "answer_number", "type_of_traffic"}
)
_LINKS = frozenset({"link", "media", "referring_url", "username"})


def results_path(input_path: Path, *, practice: bool) -> Path:
    """Where the results of an input go: `orders.xlsx` to `orders.results.xlsx`; a results workbook to itself."""
    name = input_path.name
    for ending in (PRACTICE_ENDING, ENDING):
        if name.casefold().endswith(ending):
            stem = name[: -len(ending)]
            break
    else:
        stem = input_path.stem
    return input_path.with_name(stem + (PRACTICE_ENDING if practice else ENDING))


def file_digest(path: Path) -> str:
    """A fingerprint of a file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


def write_results(report: Report, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> Path:
    """Write the results workbook and return the path that it really has: a numbered one where `path` is locked.

    Raises:
        FileError: it cannot be written there; whatever was there before is unharmed.
    """
    if len(report.results) > MOST_ROWS:
        raise FileError(
            f"The results have {len(report.results):,} rows; a sheet has room for {MOST_ROWS:,}.",
            "Split the file and run the parts.",
        )
    with whole_or_not_at_all(path, sleep=sleep) as target:
        _build(report, target.temporary)
    return target.path


# --- whole or not at all ------------------------------------------------------------------------------


@dataclass(slots=True)
class Target:
    """Where a file is made (`temporary`) and where it ends up (`path`, perhaps numbered)."""

    path: Path
    temporary: Path


def check_place(path: Path) -> None:
    """See, before money is spent, that a results workbook can be written there.

    Raises:
        FileError: it cannot.
    """
    if path.suffix.casefold() != ".xlsx":
        raise FileError(f"{path.name} is no name for the results.", "Give it the ending .xlsx.")
    with whole_or_not_at_all(path, keep=False) as target:
        target.temporary.touch()


def _temporary(path: Path) -> Path:
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}.", "Make it, or name another place with --results.")
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextmanager
def whole_or_not_at_all(
    path: Path, *, keep: bool = True, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Target]:
    """Make a file beside its place and move it there when it is complete and on disk (only with `keep`).

    Raises:
        FileError: the folder or the disk does not allow it.
    """
    target = Target(path, _temporary(path))
    try:
        yield target
        if keep:
            with target.temporary.open("rb+") as file:
                os.fsync(file.fileno())
            target.path = _replace(target.temporary, path, sleep)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror or error}).", "Name another place with --results."
        ) from None
    finally:
        with suppress(OSError):
            target.temporary.unlink(missing_ok=True)


def _replace(temporary: Path, path: Path, sleep: Callable[[float], None]) -> Path:
    """Move the file to its place; where that is locked (open in Excel), to the next free number."""
    for wait in (*LOCKED_WAITS, None):
        try:
            os.replace(temporary, path)
            return path
        except (PermissionError, IsADirectoryError):
            if wait is not None and os.name == "nt":
                sleep(wait)
    number = 2
    while (numbered := path.with_name(f"{path.stem} ({number}){path.suffix}")).exists():
        number += 1
    os.replace(temporary, numbered)
    return numbered


# --- one sheet, written so that nothing is lost -------------------------------------------------------


def clean(text: str) -> str:
    """Text that a cell can hold: no control characters, and cut with a mark where it is longer than Excel allows."""
    kept = _CONTROL.sub("", text)
    return kept if len(kept) <= LONGEST_TEXT else kept[: LONGEST_TEXT - 12] + " ... (cut)"


@dataclass(slots=True)
class _Page:
    """A sheet, its formats, and how many links it has left."""

    sheet: Any
    formats: Any
    zone: tzinfo | None
    links: int = MOST_LINKS

    def text(self, row: int, column: int, text: str, look: str = "text") -> None:
        """Text as text, whatever it looks like."""
        text = clean(text)
        if text:
            if look == "text":
                look = "risky" if text.startswith(RISKY) else "wrapped" if "\n" in text else look
            self._done(self.sheet.write_string(row, column, text, self.formats[look]))

    def number(self, row: int, column: int, number: float | Decimal, look: str = "number") -> None:
        """A number as a number."""
        self._done(self.sheet.write_number(row, column, number, self.formats[look]))

    def link(self, row: int, column: int, text: str) -> None:
        """A web address that can be clicked, within Excel's limits; else the text."""
        text = clean(text)
        if self.links and len(text) <= LONGEST_LINK and re.match(r"https?://[^\s\"<>]+$", text):
            self.links -= 1
            if self.sheet.write_url(row, column, text, self.formats["link"], string=text) == 0:
                return
        self.text(row, column, text)

    def cell(self, row: int, column: int, cell: Cell) -> None:
        """A cell of the person's own, as it was."""
        match cell:
            case str():
                self.text(row, column, cell)
            case bool():
                self._done(self.sheet.write_boolean(row, column, cell, self.formats["plain"]))
            case int() | float():
                if abs(cell) < 10**15:
                    self.number(row, column, cell, "plain")
                else:
                    self.text(row, column, str(cell))
            case datetime() | date() | day_time():
                self.date(row, column, cell)

    def date(self, row: int, column: int, moment: datetime | date | day_time) -> None:
        """A date; one with a zone is shown in the zone of the report."""
        if isinstance(moment, datetime):
            local = moment.astimezone(self.zone).replace(tzinfo=None) if moment.tzinfo else moment
            self._done(self.sheet.write_datetime(row, column, local, self.formats["date"]))
        elif isinstance(moment, date):
            self._done(self.sheet.write_datetime(row, column, moment, self.formats["day"]))
        else:
            self._done(self.sheet.write_datetime(row, column, moment, self.formats["time"]))

    @staticmethod
    def _done(answer: int) -> None:
        assert answer == 0, f"the workbook library refused a cell ({answer})"


_INK, _PAPER, _HEAD = "#1F1F1F", "#FFFFFF", "#23395B"
_LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "row": {"align": "center"},
    "text": {"num_format": "@"},
    "risky": {"num_format": "@", "quote_prefix": True},
    "number": {"num_format": "#,##0"},
    "money": {"num_format": "#,##0.00###"},
    "date": {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
    "time": {"num_format": "hh:mm:ss", "align": "left"},
    "link": {"font_color": "#0B5394", "underline": 1, "num_format": "@"},
    "heading": {"bold": True, "font_color": _PAPER, "bg_color": _HEAD, "border": 1, "num_format": "@"},
    "title": {"bold": True, "font_size": 18, "font_color": _HEAD},
    "first": {"bold": True, "font_size": 13},
    "section": {"bold": True, "font_size": 12, "font_color": _HEAD, "bottom": 1},
    "wrapped": {"text_wrap": True, "num_format": "@"},
}
_FILLS: tuple[tuple[frozenset[RowState], dict[str, Any]], ...] = (
    (frozenset({RowState.UNCONFIRMED}), {"bg_color": "#4B2E83", "font_color": _PAPER, "bold": True}),
    (NEEDS_PERSON - {RowState.UNCONFIRMED}, {"bg_color": "#F0A04B", "font_color": _INK}),
    (frozenset({RowState.READY, RowState.WAITING}), {"bg_color": "#A9D3EE", "font_color": _INK}),
)
"""Colour answers one question only: does a person have to do something? These were measured to be told apart by
colour-blind people and in grey; the word beside them says the rest."""


@dataclass(slots=True)
class _Book:
    """The workbook under construction."""

    book: Any
    report: Report
    formats: dict[str, Any] = field(default_factory=dict)

    def page(self, name: str) -> _Page:
        """A new sheet."""
        return _Page(self.book.add_worksheet(name), self.formats, self.report.made_at.tzinfo)


def _build(report: Report, path: Path) -> None:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    streamed = len(report.results) > MOST_TABLE_ROWS
    options = {
        "constant_memory": streamed,
        "strings_to_urls": False,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
    }
    book = _Book(xlsxwriter.Workbook(str(path), options), report)
    book.formats = {name: book.book.add_format({"valign": "top"} | look) for name, look in _LOOKS.items()}
    _properties(book)
    _summary(book)
    _orders(book, streamed)
    if summary.to_do(report):
        _to_do(book)
    try:
        book.book.close()
    except FileCreateError as error:
        raise OSError(getattr(error.args[0], "strerror", str(error))) from None


def _properties(book: _Book) -> None:
    title = f"Results of {clean(book.report.file)}"
    book.book.set_properties({"title": title, "comments": "Made by bulkorders"})
    for name, value in book.report.properties:
        book.book.set_custom_property(name, clean(value), "text")


# --- Orders -------------------------------------------------------------------------------------------


def unique_headings(own: Sequence[str]) -> tuple[list[str], list[str]]:
    """The person's headings and ours, no two alike: Excel refuses a table otherwise. Ours step aside for theirs."""
    taken: set[str] = {plain(ROW_HEADING)}
    theirs = [_free(heading, taken) for heading in own]
    return theirs, [_free(column.heading, taken) for column in COLUMNS]


def _free(heading: str, taken: set[str]) -> str:
    heading = clean(heading)[:240] or "Column"
    name, number = heading, 2
    while (plain(name) or name) in taken:
        name, number = f"{heading} ({number})", number + 1
    taken.add(plain(name) or name)
    return name


def _orders(book: _Book, streamed: bool) -> None:
    report, page = book.report, book.page("Orders")
    theirs, ours = unique_headings(report.headings)
    headings = [ROW_HEADING, *theirs, *ours]
    rows, last = len(report.results), len(headings) - 1
    width = _widths(page, report, theirs)
    if streamed or not rows:
        for column, heading in enumerate(headings):
            page.text(0, column, heading, "heading")
        page.sheet.autofilter(0, 0, rows, last)
    write_own = [_writer(heading) for heading in report.headings]
    for number, result in enumerate(report.results, start=1):
        lines = max((cell.count("\n") for cell in result.row.cells if isinstance(cell, str)), default=0) + 1
        if lines > 1:
            page.sheet.set_row(number, min(lines, MOST_LINES) * LINE_HEIGHT)
        page.number(number, 0, result.row.number, "row")
        for column, (cell, write) in enumerate(zip(result.row.cells, write_own, strict=True), start=1):
            if cell != "":
                write(page, number, column, cell)
        for column, ours_column in enumerate(COLUMNS, start=1 + len(theirs)):
            _value(page, number, column, ours_column.kind, ours_column.value(result))
    if rows and not streamed:
        _table(page, book.formats, headings, rows)
    _dress_orders(book, page, 1 + len(theirs), width)


def _table(page: _Page, formats: dict[str, Any], headings: Sequence[str], rows: int) -> None:
    columns = [{"header": h, "header_format": formats["heading"]} for h in headings]
    options = {"name": "Orders", "columns": columns, "style": "Table Style Light 1"}
    answer = page.sheet.add_table(0, 0, rows, len(headings) - 1, options)
    assert answer == 0, f"the workbook library refused the table ({answer})"


def _writer(heading: str) -> Callable[[_Page, int, int, Cell], None]:
    """How the cells of one of the person's columns are written."""
    name = field_named(heading)
    if name in _NUMBERS:
        return _count
    return _link if name in _LINKS else _Page.cell


def _link(page: _Page, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, str):
        page.link(row, column, cell.strip())
    else:
        page.cell(row, column, cell)


def _count(page: _Page, row: int, column: int, cell: Cell) -> None:
    """A count that came as text (from a CSV) is a number again, where not a sign of it changes."""
    if isinstance(cell, str) and re.fullmatch(r"0|[1-9][0-9]{0,10}", cell):
        page.number(row, column, int(cell), "plain")
    else:
        page.cell(row, column, cell)


def _value(page: _Page, row: int, column: int, kind: Kind, value: Any) -> None:
    if value is None or value == "":
        return
    match kind:
        case Kind.TEXT | Kind.STATE:
            page.text(row, column, value)
        case Kind.NUMBER:
            page.number(row, column, value)
        case Kind.MONEY:
            page.number(row, column, value, "money")
        case Kind.DATE:
            page.date(row, column, value)


def _widths(page: _Page, report: Report, theirs: Sequence[str]) -> int:
    """Wide enough for the first 200 rows, and never too wide to see the neighbours. Returns the sum."""
    sample = report.results[:200]
    widths = [6]
    for index, heading in enumerate(theirs):
        lengths = [max(map(len, str(r.row.cells[index]).split("\n"))) for r in sample]
        widths.append(min(max([len(heading) + 4, *lengths]) + 1, 42))
    widths += [column.width for column in COLUMNS]
    for index, width in enumerate(widths):
        page.sheet.set_column(index, index, width)
    return sum(widths)


def _dress_orders(book: _Book, page: _Page, state_at: int, widths: int) -> None:
    rows = len(book.report.results)
    page.sheet.freeze_panes(1, 2 if len(book.report.headings) else 1)
    page.sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{rows + 1}"})
    for states, look in _FILLS:
        for state in sorted(states):
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{WORDS[state]}"',
                "format": book.book.add_format(look),
            }
            page.sheet.conditional_format(1, state_at, max(rows, 1), state_at, rule)
    _print_wide(page, book.report, pages=-(-widths // PAGE_WIDTH))
    page.sheet.repeat_columns(0, 1)


def _print_wide(page: _Page, report: Report, *, pages: int = 1) -> None:
    page.sheet.set_landscape()
    page.sheet.set_paper(9)  # A4
    page.sheet.fit_to_pages(pages, 0)
    page.sheet.repeat_rows(0)
    page.sheet.set_footer(f"&L{clean(report.file).replace('&', '&&')[:100]}&RPage &P of &N")


# --- To do --------------------------------------------------------------------------------------------

_TO_DO_WIDTHS = {"ref": 14, "service": 10, "link": 36}
HAPPENED_WIDTH, ADVICE_WIDTH = 64, 48


def _height(happened: str, advice: str) -> int:
    """The height of a row of wrapped text: not every program works it out when the file is opened."""
    lines = max(len(happened) // (HAPPENED_WIDTH - 6), len(advice) // (ADVICE_WIDTH - 6)) + 1
    return min(lines, 20) * LINE_HEIGHT


def _to_do(book: _Book) -> None:
    report, page = book.report, book.page("To do")
    fields = [field_named(h) for h in report.headings]
    shown_fields = [name for name in _TO_DO_WIDTHS if name in fields]
    shown = [fields.index(name) for name in shown_fields]
    names = [ROW_HEADING, *(report.headings[i] for i in shown), "Result", "What happened", "What to do"]
    for column, name in enumerate(names):
        page.text(0, column, name, "heading")
    place = {id(result): number for number, result in enumerate(report.results, start=2)}
    for number, result in enumerate(summary.to_do(report), start=1):
        target = f"internal:'Orders'!A{place[id(result)]}"
        if number > MOST_LINKS or page.sheet.write_url(
            number, 0, target, book.formats["link"], string=str(result.row.number), tip="Go to this row"
        ):
            page.number(number, 0, result.row.number, "plain")
        for column, index in enumerate(shown, start=1):
            page.text(number, column, str(result.row.cells[index]))
        told = (WORDS[result.state], result.happened, result.what_to_do)
        for column, text in enumerate(told, start=1 + len(shown)):
            page.text(number, column, text, "wrapped")
        page.sheet.set_row(number, _height(result.happened, result.what_to_do))
    for column, width in enumerate([6, *[_TO_DO_WIDTHS[i] for i in shown_fields], 10, HAPPENED_WIDTH, ADVICE_WIDTH]):
        page.sheet.set_column(column, column, width)
    page.sheet.freeze_panes(1, 1)
    page.sheet.autofilter(0, 0, len(place), len(names) - 1)
    _print_wide(page, report)


# --- Summary ------------------------------------------------------------------------------------------


def _summary(book: _Book) -> None:
    report, page = book.report, book.page("Summary")
    page.sheet.hide_gridlines(2)
    for column, width in enumerate((56, 10, 16, 16, 4)):
        page.sheet.set_column(column, column, width)
    practice = "Practice, nothing was bought: " if report.practice else ""
    page.text(0, 0, f"{practice}{report.file}", "title")
    page.text(1, 0, summary.headline(report), "first")
    for row, height in enumerate((30, 22)):
        page.sheet.set_row(row, height)
    row = 2
    for line in summary.lines(report):
        page.text(row, 0, line, "plain")
        row += 1
    if summary.to_do(report):
        page.sheet.write_url(2, 0, "internal:'To do'!A1", book.formats["link"], string=summary.lines(report)[0])
    row = _state_block(book, page, row + 1)
    _spend_block(book, page, row + 1)
    page.sheet.set_landscape()
    page.sheet.set_paper(9)
    page.sheet.fit_to_pages(1, 0)


def _block(page: _Page, row: int, headings: Sequence[str], rows: Sequence[Sequence[Any]], looks: Sequence[str]) -> int:
    """A small table; returns the row after it."""
    for column, heading in enumerate(headings):
        page.text(row, column, heading, "heading")
    for number, values in enumerate(rows, start=row + 1):
        for column, (value, look) in enumerate(zip(values, looks, strict=True)):
            if look == "text":
                page.text(number, column, str(value))
            else:
                page.number(number, column, value, look)
    return row + 1 + len(rows)


def _state_block(book: _Book, page: _Page, row: int) -> int:
    report = book.report
    found, costs = summary.counts(report), summary.cost_by_state(report)
    rows = [(f"{WORDS[s]} ({summary.MEANING[s]})", count, costs[s]) for s, count in found.items() if count]
    page.text(row, 0, "What became of the rows", "section")
    end = _block(page, row + 1, ("Result", "Rows", "Estimated cost"), rows, ("text", "number", "money"))
    told = ", ".join(f"{WORDS[s]} {count:,}" for s, count in found.items() if count)
    names = [WORDS[s] for s, count in found.items() if count]
    _chart(book, page, ("Rows by result", f"Rows by result: {told}"), (row + 2, end - 1, 1), row, names)
    return max(end, row + 12)


def _spend_block(book: _Book, page: _Page, row: int) -> None:
    spent = summary.spend_by_service(book.report)
    if not spent:
        return
    page.text(row, 0, "What it costs, by service", "section")
    rows = [(s.service, s.rows, s.estimated, s.charged) for s in spent]
    headings = ("Service", "Rows", "Estimated cost", "Charged so far")
    end = _block(page, row + 1, headings, rows, ("text", "number", "money", "money"))
    told = ", ".join(f"{s.service} {money(s.estimated)}" for s in spent[:5])
    title = f"Estimated cost by service ({book.report.currency})" if book.report.currency else "Estimated cost"
    _chart(book, page, (title, f"{title}: {told}"), (row + 2, end - 1, 2), row, [s.service[:40] for s in spent])


def _chart(
    book: _Book, page: _Page, told: tuple[str, str], where: tuple[int, int, int], row: int, names: Sequence[str]
) -> None:
    """Bars beside their table, dark on white, with their values: readable in black and white."""
    first, last, column = where
    chart = book.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, column, last, column],
            "fill": {"color": _HEAD},
            "data_labels": {"value": True},
            "gap": 40,
            "categories_data": list(names),
        }
    )
    chart.set_title({"name": told[0], "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_size({"width": 620, "height": max(180, 60 + 26 * (last - first + 1))})
    page.sheet.insert_chart(row, 5, chart, {"description": told[1][:400], "object_position": 2})
