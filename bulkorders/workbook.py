"""The results workbook: Summary, Orders and To do, whole or not at all.

XlsxWriter loses data quietly in four ways (a refused link, an over-long text, a table with two equal headings, a table
in constant-memory mode), so every write goes through `_Page`, which looks at what the library answers.
"""

from __future__ import annotations

import math
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from datetime import time as day_time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bulkorders.core import summary
from bulkorders.core.columns import COLUMNS, NEEDS_PERSON, ROW_HEADING, WORDS, Kind, Report, Result
from bulkorders.core.headings import field_named, plain
from bulkorders.core.model import Cell, cell_text, money
from bulkorders.core.states import RowState
from bulkorders.errors import FileError

MOST_TABLE_ROWS = 20_000
"""Up to so many rows Orders is a real Excel table; beyond, the library streams rows to disk, where it has no tables."""

PAGE_WIDTH = 345
"""Signs side by side on a landscape page in letters of 5 points; a wider sheet takes more pages across."""

LINE_HEIGHT, MOST_LINES = 15, 6
"""Points of a line, and how many lines of a cell are shown; the others are there when the row is opened wider."""

MOST_ROWS = 1_048_575
MOST_LINKS = 65_000
LONGEST_LINK = 2_079
LONGEST_TEXT = 32_767
LONGEST_HEADING = 255
CUT = " ... (cut)"
MOST_DIGITS = 15
FIRST_DAY = date(1900, 3, 1)
"""Excel's limits: rows under the heading, links in a sheet (65,530), signs in a link, a cell and a heading, digits of
a number, and the first day that all programs count alike."""

ENDING, PRACTICE_ENDING = ".results.xlsx", ".practice.results.xlsx"
PRACTICE = "Practice - nothing was bought"
LOCKED_WAITS = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds between tries to replace a file that another program holds for a moment (Windows), 2.5 in all."""

OTHER_PLACE = "Name another place with --results."

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


def _temporary(path: Path, advice: str) -> Path:
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}.", f"Make it, or: {advice[0].lower()}{advice[1:]}")
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextmanager
def whole_or_not_at_all(
    path: Path,
    *,
    keep: bool = True,
    sleep: Callable[[float], None] = time.sleep,
    advice: str = OTHER_PLACE,
) -> Iterator[Target]:
    """Make a file beside its place and move it there when it is complete and on disk (only with `keep`).

    Raises:
        FileError: the folder or the disk does not allow it; `advice` says what to do then.
    """
    target = Target(path, _temporary(path, advice))
    try:
        yield target
        if keep:
            with target.temporary.open("rb+") as file:
                os.fsync(file.fileno())
            target.path = _replace(target.temporary, path, sleep)
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror or error}).", advice) from None
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


@contextmanager
def library_files() -> Iterator[str]:
    """A folder for the library's own temporary files, gone afterwards; what it says of a full disk is an OSError.

    The library leaves its files behind when it is interrupted, and its two errors for files are no OSErrors.
    """
    from xlsxwriter.exceptions import XlsxFileError

    with tempfile.TemporaryDirectory(prefix="bulkorders-", ignore_cleanup_errors=True) as folder:
        try:
            yield folder
        except XlsxFileError as error:
            cause = error.args[0] if error.args else ""
            raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from None


def library_options(folder: str) -> dict[str, Any]:
    """How every workbook is begun: no text is anything but text, and a temporary file is in `folder`."""
    return {
        "strings_to_urls": False,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "tmpdir": folder,
    }


# --- one sheet, written so that nothing is lost -------------------------------------------------------


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text that a cell can hold: no control characters, and cut with a mark where it is longer than Excel allows."""
    kept = _CONTROL.sub("", text)
    if len(kept) * 2 <= longest or _signs(kept) <= longest:
        return kept
    kept = kept[: longest - len(CUT)]
    while _signs(kept) > longest - len(CUT):  # Excel counts a sign beyond the first 65,536 twice
        kept = kept[: -(-(_signs(kept) - longest + len(CUT)) // 2)]
    return kept + CUT


def _signs(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def done(answer: int | None) -> None:
    """Insist that the workbook library did what it was asked to: it says no with a number, and goes on."""
    assert not answer, f"the workbook library refused something ({answer})"


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
            if look == "text" and "\n" in text:
                look = "wrapped"
            if text.startswith(RISKY):
                look += QUOTED
            done(self.sheet.write_string(row, column, text, self.formats[look]))

    def number(self, row: int, column: int, number: float | Decimal, look: str = "number") -> None:
        """A number as a number, and what no number cell can hold as text."""
        if math.isfinite(number) and not (isinstance(number, int) and abs(number) >= 10**MOST_DIGITS):
            done(self.sheet.write_number(row, column, number, self.formats[look]))
        else:
            self.text(row, column, str(number))

    def link(self, row: int, column: int, text: str) -> None:
        """A web address that can be clicked, within Excel's limits; else the text."""
        text = clean(text)
        if len(text) <= LONGEST_LINK and re.fullmatch(r"https?://[^\s\"<>]+", text) and self.leads(row, column, text):
            return
        self.text(row, column, text)

    def leads(self, row: int, column: int, target: str, text: str = "", look: str = "link") -> bool:
        """Try to write text that leads to an address or a place in this workbook; say whether there was room for it."""
        if not self.links:
            return False
        self.links -= 1
        answer: int = self.sheet.write_url(row, column, target, self.formats[look], string=text or target)
        return answer == 0

    def cell(self, row: int, column: int, cell: Cell) -> None:
        """A cell of the person's own, as it was."""
        match cell:
            case str():
                self.text(row, column, cell)
            case bool():
                done(self.sheet.write_boolean(row, column, cell, self.formats["plain"]))
            case int():
                self.number(row, column, cell, "whole")
            case float():
                self.number(row, column, cell, "plain")
            case datetime() | date() | day_time():
                self.date(row, column, cell)

    def date(self, row: int, column: int, moment: datetime | date | day_time) -> None:
        """A date; one with a zone is shown in the zone of the report, one before Excel's calendar as text."""
        look = "time"
        if isinstance(moment, datetime):
            moment = moment.astimezone(self.zone).replace(tzinfo=None) if moment.tzinfo else moment
            look, day = "date", moment.date()
        elif isinstance(moment, date):
            look, day = "day", moment
        else:
            moment, day = moment.replace(tzinfo=None), FIRST_DAY
        if day < FIRST_DAY:
            self.text(row, column, cell_text(moment))
        else:
            done(self.sheet.write_datetime(row, column, moment, self.formats[look]))


_INK, _PAPER, _HEAD = "#1F1F1F", "#FFFFFF", "#23395B"
_HEADING = {"bold": True, "font_color": _PAPER, "bg_color": _HEAD, "border": 1}
_LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "row": {"align": "center"},
    "row link": {"align": "center", "font_color": "#0B5394", "underline": 1},
    "text": {"num_format": "@", "align": "left", "indent": 1},
    "whole": {"num_format": "0"},
    "number": {"num_format": "#,##0"},
    "money": {"num_format": "#,##0.00###"},
    "date": {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "indent": 1},
    "day": {"num_format": "yyyy-mm-dd", "align": "left", "indent": 1},
    "time": {"num_format": "hh:mm:ss", "align": "left", "indent": 1},
    "link": {"font_color": "#0B5394", "underline": 1, "num_format": "@", "align": "left", "indent": 1},
    "heading": _HEADING | {"num_format": "@", "align": "left", "indent": 1},
    "number heading": _HEADING | {"align": "right"},
    "title": {"bold": True, "font_size": 18, "font_color": _HEAD},
    "first": {"bold": True, "font_size": 13},
    "line": {},
    "line link": {"font_color": "#0B5394", "underline": 1},
    "section": {"bold": True, "font_size": 12, "font_color": _HEAD, "bottom": 1},
    "wrapped": {"text_wrap": True, "num_format": "@", "align": "left", "indent": 1},
}
QUOTED = " quoted"
"""Of each look, the one for text that could be taken for a formula: it stays text when a person edits the cell."""
_FILLS: tuple[tuple[frozenset[RowState], dict[str, Any]], ...] = (
    (frozenset({RowState.UNCONFIRMED}), {"bg_color": "#4B2E83", "font_color": _PAPER, "bold": True}),
    (NEEDS_PERSON - {RowState.UNCONFIRMED}, {"bg_color": "#F0A04B", "font_color": _INK}),
    (frozenset({RowState.READY, RowState.WAITING}), {"bg_color": "#A9D3EE", "font_color": _INK}),
)
"""Colour answers one question only: does a person have to do something? These were measured to be told apart by
colour-blind people and in grey; the word beside them says the rest."""


@dataclass(slots=True)
class _Book:
    """The workbook under construction; with `streamed` a row is gone to disk when the next one begins."""

    book: Any
    report: Report
    streamed: bool
    formats: dict[str, Any] = field(default_factory=dict)

    def page(self, name: str) -> _Page:
        """A new sheet."""
        return _Page(self.book.add_worksheet(name), self.formats, self.report.made_at.tzinfo)


def _build(report: Report, path: Path) -> None:
    import xlsxwriter

    streamed = len(report.results) > MOST_TABLE_ROWS
    with library_files() as folder:
        options = library_options(folder) | {"constant_memory": streamed}
        book = _Book(xlsxwriter.Workbook(str(path), options), report, streamed)
        for name, look in _LOOKS.items():
            book.formats[name] = book.book.add_format({"valign": "top"} | look)
            book.formats[name + QUOTED] = book.book.add_format(
                {"valign": "top"} | look | {"num_format": "@", "quote_prefix": True}
            )
        _properties(book)
        _summary(book)
        _orders(book)
        if summary.to_do(report):
            _to_do(book)
        book.book.close()


def _properties(book: _Book) -> None:
    report = book.report
    told = {
        "title": _title(report),
        "comments": "Made by bulkorders",
        "created": report.made_at.astimezone(UTC).replace(tzinfo=None),
    }
    book.book.set_properties(told)
    for name, value in report.properties:
        done(book.book.set_custom_property(name, clean(value), "text"))


def _title(report: Report) -> str:
    return clean(f"{PRACTICE}: {report.file}" if report.practice else f"Results of {report.file}")


# --- Orders -------------------------------------------------------------------------------------------


def unique_headings(own: Sequence[str]) -> tuple[list[str], list[str]]:
    """The person's headings and ours, no two alike: Excel refuses a table otherwise. Ours step aside for theirs."""
    taken: set[str] = {plain(ROW_HEADING)}
    theirs = [_free(heading, taken) for heading in own]
    return theirs, [_free(column.heading, taken) for column in COLUMNS]


def _free(heading: str, taken: set[str]) -> str:
    heading = re.sub(r"[\t\r]", " ", heading.replace("\r\n", "\n"))  # a table's list of headings cannot hold them
    heading = clean(heading, LONGEST_HEADING) or "Column"
    name, number = heading, 2
    while (plain(name) or name) in taken:
        name, number = f"{clean(heading, LONGEST_HEADING - 10)} ({number})", number + 1
    taken.add(plain(name) or name)
    return name


def _orders(book: _Book) -> None:
    report, page = book.report, book.page("Orders")
    theirs, ours = unique_headings(report.headings)
    headings = [ROW_HEADING, *theirs, *ours]
    rows, last = len(report.results), len(headings) - 1
    width = _widths(page, report, theirs)
    if book.streamed or not rows:
        for column, heading in enumerate(headings):
            page.text(0, column, heading, "heading")
        done(page.sheet.autofilter(0, 0, rows, last))
    write_own = [_writer(heading) for heading in report.headings]
    for number, result in enumerate(report.results, start=1):
        lines = _lines(result)
        if lines > 1:
            done(page.sheet.set_row(number, min(lines, MOST_LINES) * LINE_HEIGHT))
        page.number(number, 0, result.row.number, "row")
        for column, (cell, write) in enumerate(zip(result.row.cells, write_own, strict=True), start=1):
            if cell != "":
                write(page, number, column, cell)
        for column, ours_column in enumerate(COLUMNS, start=1 + len(theirs)):
            _value(page, number, column, ours_column.kind, ours_column.value(result))
    if rows and not book.streamed:
        _table(page, book.formats, headings, rows)
    _dress_orders(book, page, 1 + len(theirs), width)


def _lines(result: Result) -> int:
    """How many lines the row takes: not every program works it out when the file is opened."""
    own = max((cell.count("\n") for cell in result.row.cells if isinstance(cell, str)), default=0) + 1
    return max(own, _wrapped(result.happened + " " + result.what_to_do, COLUMNS[-1].width))


def _wrapped(text: str, width: int) -> int:
    return len(text) // (width - 6) + 1


def _table(page: _Page, formats: dict[str, Any], headings: Sequence[str], rows: int) -> None:
    looks = [formats["heading" + QUOTED if h.startswith(RISKY) else "heading"] for h in headings]
    columns = [{"header": h, "header_format": look} for h, look in zip(headings, looks, strict=True)]
    options = {"name": "Orders", "columns": columns, "style": "Table Style Light 1"}
    done(page.sheet.add_table(0, 0, rows, len(headings) - 1, options))


def _writer(heading: str) -> Callable[[_Page, int, int, Cell], None]:
    """How the cells of one of the person's columns are written."""
    name = field_named(heading)
    if name in _NUMBERS:
        return _count
    return _link if name in _LINKS else _Page.cell


def _link(page: _Page, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, str):
        page.link(row, column, cell)
    else:
        page.cell(row, column, cell)


def _count(page: _Page, row: int, column: int, cell: Cell) -> None:
    """A count that came as text (from a CSV) is a number again, where not a sign of it changes."""
    if isinstance(cell, str) and re.fullmatch(r"0|[1-9][0-9]{0,10}", cell):
        page.number(row, column, int(cell), "whole")
    else:
        page.cell(row, column, cell)


def _value(page: _Page, row: int, column: int, kind: Kind, value: Any) -> None:
    if value is None or value == "":
        return
    match kind:
        case Kind.TEXT | Kind.STATE:
            page.text(row, column, value)
        case Kind.SENTENCES:
            page.text(row, column, value, "wrapped")
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
        done(page.sheet.set_column(index, index, width))
    return sum(widths)


def _dress_orders(book: _Book, page: _Page, state_at: int, widths: int) -> None:
    rows = len(book.report.results)
    page.sheet.freeze_panes(1, 2 if len(book.report.headings) else 1)
    _colour(book, page, state_at, rows)
    _print_wide(page, book.report, pages=-(-widths // PAGE_WIDTH))
    done(page.sheet.repeat_columns(0, 1))


def _colour(book: _Book, page: _Page, column: int, rows: int) -> None:
    """Colour the words of the results by a rule, so that it stays right when a person sorts or edits."""
    page.sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{rows + 1}"})
    for states, look in _FILLS:
        colour = book.book.add_format(look)
        for state in sorted(states):
            rule = {"type": "cell", "criteria": "==", "value": f'"{WORDS[state]}"', "format": colour}
            done(page.sheet.conditional_format(1, column, max(rows, 1), column, rule))


def _print_wide(page: _Page, report: Report, *, pages: int = 1) -> None:
    page.sheet.set_landscape()
    page.sheet.set_paper(9)  # A4
    page.sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    page.sheet.fit_to_pages(pages, 0)
    page.sheet.repeat_rows(0)
    file = clean(f"{report.file} ({PRACTICE})" if report.practice else report.file)[:100]
    done(page.sheet.set_footer(f"&L{file.replace('&', '&&')}&RPage &P of &N"))


# --- To do --------------------------------------------------------------------------------------------

_TO_DO_WIDTHS = {"ref": 14, "service": 10, "link": 36}
HAPPENED_WIDTH, ADVICE_WIDTH = 64, 48


def _to_do(book: _Book) -> None:
    report, page = book.report, book.page("To do")
    fields = [field_named(h) for h in report.headings]
    shown_fields = [name for name in _TO_DO_WIDTHS if name in fields]
    shown = [fields.index(name) for name in shown_fields]
    names = [ROW_HEADING, *(report.headings[i] for i in shown), "Result", "What happened", "What to do"]
    for column, width in enumerate([7, *[_TO_DO_WIDTHS[i] for i in shown_fields], 11, HAPPENED_WIDTH, ADVICE_WIDTH]):
        done(page.sheet.set_column(column, column, width))
    for column, name in enumerate(names):
        page.text(0, column, name, "heading")
    places = [(place, r) for place, r in enumerate(report.results, start=2) if summary.needs_person(r)]
    for number, (place, result) in enumerate(places, start=1):
        lines = max(_wrapped(result.happened, HAPPENED_WIDTH), _wrapped(result.what_to_do, ADVICE_WIDTH))
        done(page.sheet.set_row(number, min(lines, 20) * LINE_HEIGHT))
        _lead_to_row(page, number, place, result)
        cells = [result.row.cells[i] for i in shown]
        told = (*map(cell_text, cells), WORDS[result.state], result.happened, result.what_to_do)
        for column, text in enumerate(told, start=1):
            page.text(number, column, text, "text" if column == len(shown) + 1 else "wrapped")
    page.sheet.freeze_panes(1, 1)
    done(page.sheet.autofilter(0, 0, len(places), len(names) - 1))
    _colour(book, page, 1 + len(shown), len(places))
    _print_wide(page, report)


def _lead_to_row(page: _Page, number: int, place: int, result: Result) -> None:
    """The row's number, which leads to the row in Orders; a number in a cell keeps the link of the text before it."""
    shown = str(result.row.number)
    leads = page.leads(number, 0, f"internal:'Orders'!A{place}", shown, "row link")
    page.number(number, 0, result.row.number, "row link" if leads else "row")


# --- Summary ------------------------------------------------------------------------------------------

_CHART_AT = 5
"""The column where the charts stand, right of their tables."""


def _summary(book: _Book) -> None:
    report, page = book.report, book.page("Summary")
    page.sheet.hide_gridlines(2)
    for column, width in enumerate((56, 10, 17, 17, 3)):
        done(page.sheet.set_column(column, column, width))
    for row, height in enumerate((30, 22)):
        done(page.sheet.set_row(row, height))
    page.text(0, 0, f"{PRACTICE}: {report.file}" if report.practice else report.file, "title")
    page.text(1, 0, summary.headline(report), "first")
    lines = summary.lines(report)
    for row, line in enumerate(lines, start=2):
        if row > 2 or not summary.to_do(report) or not page.leads(row, 0, "internal:'To do'!A1", line, "line link"):
            page.text(row, 0, line, "line")
    row = _state_block(book, page, 3 + len(lines))
    _spend_block(book, page, row)
    _print_wide(page, report)


def _block(page: _Page, row: int, headings: Sequence[str], rows: Sequence[Sequence[Any]], looks: Sequence[str]) -> int:
    """A small table; returns the row after it."""
    for column, (heading, look) in enumerate(zip(headings, looks, strict=True)):
        page.text(row, column, heading, "heading" if look == "text" else "number heading")
    for number, values in enumerate(rows, start=row + 1):
        for column, (value, look) in enumerate(zip(values, looks, strict=True)):
            if look == "text":
                page.text(number, column, str(value))
            else:
                page.number(number, column, value, look)
    return row + 1 + len(rows)


def _state_block(book: _Book, page: _Page, row: int) -> int:
    """How many rows are in each state; returns the row where the next block has room. Nothing where no row is."""
    found = {state: count for state, count in summary.counts(book.report).items() if count}
    if not found:
        return row
    costs = summary.cost_by_state(book.report)
    rows = [(f"{WORDS[s]} ({summary.MEANING[s]})", count, costs[s]) for s, count in found.items()]
    page.text(row, 0, "What became of the rows", "section")
    end = _block(page, row + 1, ("Result", "Rows", "Estimated cost"), rows, ("text", "number", "money"))
    bars = _Bars("Rows by result", [r[0] for r in rows], list(found.values()), 1)
    told = [f"{WORDS[state]} {count:,}" for state, count in found.items()]
    _chart(book, page, row, bars, told)
    return max(end + 1, row + 12)


def _spend_block(book: _Book, page: _Page, row: int) -> None:
    spent = summary.spend_by_service(book.report)
    if not spent:
        return
    page.text(row, 0, "What it costs, by service", "section")
    rows = [(s.service, s.rows, s.estimated, s.charged) for s in spent]
    headings = ("Service", "Rows", "Estimated cost", "Charged so far")
    _block(page, row + 1, headings, rows, ("text", "number", "money", "money"))
    if any(s.estimated for s in spent):
        currency = book.report.currency
        title = f"Estimated cost by service ({currency})" if currency else "Estimated cost by service"
        bars = _Bars(title, [s.service for s in spent], [s.estimated for s in spent], 2)
        _chart(book, page, row, bars, [f"{s.service} {money(s.estimated)}" for s in spent])


@dataclass(frozen=True, slots=True)
class _Bars:
    """What a chart shows: the names and the numbers of the table beside it, and the column of the numbers."""

    title: str
    names: Sequence[str]
    numbers: Sequence[int | Decimal]
    column: int


def _chart(book: _Book, page: _Page, row: int, bars: _Bars, told: Sequence[str]) -> None:
    """Bars beside the table that begins at `row`, dark on white, with their values: readable in black and white.

    The values are handed over as well: a streamed sheet cannot be read for them, and previewers do not calculate.
    """
    first, last = row + 2, row + 1 + len(bars.names)
    chart = book.book.add_chart({"type": "bar"})
    series = {
        "categories": [page.sheet.name, first, 0, last, 0],
        "values": [page.sheet.name, first, bars.column, last, bars.column],
        "fill": {"color": _HEAD},
        "data_labels": {"value": True},
        "gap": 40,
        "categories_data": [clean(name) for name in bars.names],
        "values_data": [str(number) for number in bars.numbers],
    }
    chart.add_series(series)
    chart.set_title({"name": bars.title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_size({"width": 620, "height": max(180, 60 + 26 * len(bars.names))})
    description = clean(f"{bars.title}: {', '.join(told)}")
    done(page.sheet.insert_chart(row, _CHART_AT, chart, {"description": description, "object_position": 2}))
