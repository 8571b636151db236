"""What stands on the sheets Summary and To do, cell for cell, whoever draws it: a new workbook or a copy of a person's.

A page is a stream of lines, each of cells with the name of their look (looks.py), and the charts beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from heapq import nsmallest

from bulkorders.core import summary
from bulkorders.core.columns import ROW_HEADING, WORDS, Report, Result
from bulkorders.core.headings import HEADING_OF, field_named
from bulkorders.core.looks import money_look
from bulkorders.core.model import cell_text, money
from bulkorders.core.states import RowState

SUMMARY, TO_DO = "Summary", "To do"
PRACTICE = "Practice - nothing was bought"
LINE_HEIGHT = 15
"""Points of a line of text."""

MOST_NAMED = 8
"""So many kinds of work, and so many open orders, are named in the Summary; the sheets behind it have all."""

LONGEST_WHY = 160
"""So long may a sentence on what happened be to stand in the Summary."""

MOST_NUMBERS = 6
"""So many rows are named in one line."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: what it shows, its look, and the place in this workbook where a click leads ("": nowhere)."""

    value: str | int | Decimal | datetime
    look: str = "line"
    target: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a page: its cells from the left (None: empty), and its height in points (None: as usual)."""

    cells: Sequence[Shown | None] = ()
    height: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart beside its figures: `first` is the row (from 1) of the first name, `column` (from 0) that of the numbers.

    The names stand in the first column. `description` tells the figures in words, for those who cannot see them.
    """

    title: str
    first: int
    column: int
    names: Sequence[str]
    numbers: Sequence[int | Decimal]
    description: str

    @property
    def height(self) -> int:
        """In pixels: room for every bar."""
        return 60 + sum(38 if len(name) > _ONE_LINE else 24 for name in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole sheet. `heading`: the first line is the heading of a table with so many rows under it."""

    name: str
    widths: Sequence[int]
    lines: Iterable[Line]
    charts: Sequence[Bars] = ()
    heading: Sequence[str] = ()
    rows: int = 0
    state_at: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the rows and cells of the report stand in the workbook, and which sheet tells what is to be done.

    `row` gives the row in the sheet `orders` of the result with an index; `cell` the letters and the heading of a
    column that a result names as the one to act in (None: there is no such column).
    """

    orders: str
    row: Callable[[int], int]
    cell: Callable[[str], tuple[str, str] | None]
    to_do: str = TO_DO

    def to(self, index: int, letters: str = "A") -> str:
        """The cell of a result's row."""
        return f"{quoted(self.orders)}!{letters}{self.row(index)}"


def quoted(sheet: str) -> str:
    """A sheet's name as it stands in a reference."""
    return "'" + sheet.replace("'", "''") + "'"


def acting(headings: Sequence[str], act: str) -> int | None:
    """The column (from 0) of a person's own in which a row is acted on: its heading, or the field it is known as."""
    if act in headings:
        return headings.index(act)
    return next((i for i, heading in enumerate(headings) if act and field_named(heading) == act), None)


# --- Summary ---------------------------------------------------------------------------------------------------------

SUMMARY_WIDTHS = (64, 12, 21, 21, 3)
CHART_AT = len(SUMMARY_WIDTHS)
"""The column where the charts stand, right of their figures."""

_PIXELS = 20
_ONE_LINE = 46
"""Pixels of a line of text, and how long a name can be to stand in one line beside its bar."""

MOST_CONTEXT = 100
"""Signs of a cell that is shown again in To do; the whole is in the row."""


@dataclass(slots=True)
class _Sheet:
    """The Summary under construction."""

    report: Report
    places: Places
    lines: list[Line] = field(default_factory=list)
    charts: list[Bars] = field(default_factory=list)

    @property
    def amount(self) -> str:
        """The look of money."""
        return money_look(self.report.currency)

    def tell(self, text: str, look: str = "line", target: str = "", height: float | None = None) -> None:
        """One line of text."""
        self.lines.append(Line((Shown(text, f"{look} link" if target else look, target),), height))

    def section(self, title: str) -> None:
        """A title with air above it."""
        self.lines.append(Line())
        cells = [Shown(title, "section"), *[Shown("", "section")] * 3]
        self.lines.append(Line(cells, 20))

    def table(self, headings: Sequence[str], looks: Sequence[str], rows: Sequence[Sequence[Shown]]) -> None:
        """Figures under their headings."""
        above = ["heading" if look in ("text", "date") else "number heading" for look in looks]
        self.lines.append(Line([Shown(h, look) for h, look in zip(headings, above, strict=True)]))
        for cells in rows:
            tall = wrapped(str(cells[0].value), SUMMARY_WIDTHS[0] + 8)
            self.lines.append(Line(cells, tall * LINE_HEIGHT if tall > 1 else None))

    def chart(self, title: str, column: int, names: Sequence[str], numbers: Sequence[int | Decimal], told: str) -> None:
        """The chart of the table that was written last, and as much room as it needs."""
        first = len(self.lines) - len(names) + 1
        bars = Bars(
            title=title, first=first, column=column, names=names, numbers=numbers, description=f"{title}: {told}"
        )
        self.charts.append(bars)
        missing = -(-bars.height // _PIXELS) - len(names) - 1
        self.lines += [Line()] * max(missing, 0)


def summary_page(report: Report, places: Places, name: str = SUMMARY) -> Page:
    """The answers in the order of the questions: is all right; what must I do; what does it cost; what is open."""
    sheet = _Sheet(report, places)
    sheet.tell(title(report), "title", height=30)
    sheet.tell(summary.headline(report), "first", height=22)
    _must_do(sheet)
    _ordered(sheet)
    _open(sheet)
    sheet.section("About this workbook")
    sheet.tell(summary.made_told(report))
    for note in report.notes:
        sheet.tell(f"Note: {note}")
    return Page(name=name, widths=SUMMARY_WIDTHS, lines=sheet.lines, charts=sheet.charts)


def title(report: Report) -> str:
    """What the workbook is called; practice says practice."""
    return f"{PRACTICE}: {report.file}" if report.practice else f"Results of {report.file}"


def _must_do(sheet: _Sheet) -> None:
    report, todo = sheet.report, len(summary.to_do(sheet.report))
    sheet.section("What you must do")
    for told in filter(None, (report.stopped, summary.overcharged_told(report))):
        sheet.tell(told)
    if not todo:
        sheet.tell("There is nothing that you must do." if not report.stopped else "No row needs you.")
        return
    told = f"Please look at {summary.rows_told(todo)}: the sheet {sheet.places.to_do} has each of them."
    sheet.tell(told, target=f"{quoted(sheet.places.to_do)}!A1")
    for text, index in work_told(report):
        sheet.tell(text, target=sheet.places.to(index))


def work_told(report: Report) -> list[tuple[str, int]]:
    """Rows with the same thing to do in one line, and the index of the first of them."""
    groups: dict[tuple[RowState, str], list[int]] = {}
    for index, result in enumerate(report.results):
        if summary.needs_person(result):
            groups.setdefault((result.state, result.what_to_do), []).append(index)
    told = []
    for (state, what_to_do), found in list(groups.items())[:MOST_NAMED]:
        numbers = ", ".join(str(report.results[i].row.number) for i in found[:MOST_NUMBERS])
        more = f" and {len(found) - MOST_NUMBERS:,} more" if len(found) > MOST_NUMBERS else ""
        rows = "Row" if len(found) == 1 else "Rows"
        told.append((f"{rows} {numbers}{more} ({WORDS[state]}): {_why(report, found)}{what_to_do}".rstrip(), found[0]))
    return told


def _why(report: Report, found: Sequence[int]) -> str:
    """What happened, where that is the same for all of these rows and not a long story."""
    happened = {report.results[i].happened for i in found}
    why = happened.pop() if len(happened) == 1 else ""
    return f"{why} " if 0 < len(why) <= LONGEST_WHY else ""


def _ordered(sheet: _Sheet) -> None:
    report = sheet.report
    sheet.section("What was ordered and what it costs")
    sheet.tell(summary.cost_told(report))
    for told in summary.asked_told(report):
        sheet.tell(told)
    _states(sheet)
    _services(sheet)


def _states(sheet: _Sheet) -> None:
    found = {state: count for state, count in summary.counts(sheet.report).items() if count}
    if not found:
        return
    costs = summary.cost_by_state(sheet.report)
    names = [f"{WORDS[s]} ({summary.MEANING[s]})" for s in found]
    rows = [
        (Shown(name, "wrapped"), Shown(count, "number"), Shown(costs[s], sheet.amount))
        for name, (s, count) in zip(names, found.items(), strict=True)
    ]
    sheet.table(("Result", "Rows", "Estimated cost"), ("text", "number", "money"), rows)
    told = ", ".join(f"{WORDS[s]} {count:,}" for s, count in found.items())
    sheet.chart("Rows by result", 1, names, list(found.values()), told)


def _services(sheet: _Sheet) -> None:
    spent = summary.spend_by_service(sheet.report)
    if not spent:
        return
    sheet.lines.append(Line())
    rows = [
        (
            Shown(s.service, "wrapped"),
            Shown(s.rows, "number"),
            Shown(s.estimated, sheet.amount),
            Shown(s.charged, sheet.amount),
        )
        for s in spent
    ]
    headings = ("Service", "Rows", "Estimated cost", "Charged so far")
    sheet.table(headings, ("text", "number", "money", "money"), rows)
    if any(s.estimated for s in spent):
        currency = sheet.report.currency
        name = f"Estimated cost by service ({currency})" if currency else "Estimated cost by service"
        told = ", ".join(f"{s.service} {money(s.estimated)}" for s in spent)
        sheet.chart(name, 2, [s.service for s in spent], [s.estimated for s in spent], told)


def _open(sheet: _Sheet) -> None:
    report = sheet.report
    sheet.section("What is still open, and since when")
    for told in summary.open_told(report):
        sheet.tell(told)
    going = ((r.ordered_at, i) for i, r in enumerate(report.results) if r.ordered_at and summary.is_running(r))
    oldest = [i for _, i in nsmallest(MOST_NAMED + 1, going)]
    if oldest:
        first = "The oldest of them" if len(oldest) > MOST_NAMED else "Orders"
        headings, looks = (first, "Progress", "Ordered at", "Status"), ("text", "percent", "date", "text")
        sheet.table(headings, looks, [_open_row(sheet, i) for i in oldest[:MOST_NAMED]])


def _open_row(sheet: _Sheet, index: int) -> list[Shown]:
    result = sheet.report.results[index]
    name = f"Row {result.row.number}: {result.service} {result.service_name}".rstrip()
    progress = Shown("", "text") if result.progress is None else Shown(result.progress, "percent")
    when = Shown(result.ordered_at or "", "date")
    return [Shown(name, "wrapped link", sheet.places.to(index)), progress, when, Shown(result.status, "text")]


# --- To do -----------------------------------------------------------------------------------------------------------

_CONTEXT = {"ref": 14, "service": 10, "link": 36}
"""The columns of the person's own that are shown again, so that a row is recognised, and their widths."""

HAPPENED_WIDTH, ADVICE_WIDTH, WHERE_WIDTH = 54, 54, 24
MOST_HEIGHT = 400
"""Points: a row cannot be higher in any program."""


def to_do_page(report: Report, places: Places) -> Page:
    """One line for each row that needs a person: what happened, what to do next, and the cell where it is done."""
    fields = [field_named(h) for h in report.headings]
    known = [name for name in _CONTEXT if name in fields]
    shown = [fields.index(name) for name in known]
    heading = (
        ROW_HEADING,
        *[HEADING_OF[name] for name in known],
        *("Result", "What happened", "What to do", "Where"),
    )
    widths = (7, *[_CONTEXT[name] for name in known], 11, HAPPENED_WIDTH, ADVICE_WIDTH, WHERE_WIDTH)
    return Page(
        name=places.to_do,
        widths=widths,
        lines=_to_do_lines(report, places, shown, widths),
        heading=heading,
        rows=len(summary.to_do(report)),
        state_at=1 + len(shown),
    )


def _to_do_lines(report: Report, places: Places, shown: Sequence[int], widths: Sequence[int]) -> Iterator[Line]:
    for index, result in enumerate(report.results):
        if summary.needs_person(result):
            context = [Shown(_short(cell_text(result.row.cells[i])), "wrapped") for i in shown]
            cells = [
                Shown(result.row.number, "row link", places.to(index)),
                *context,
                Shown(WORDS[result.state], "text"),
                Shown(result.happened, "wrapped"),
                Shown(result.what_to_do, "wrapped"),
                _where(result, places, index),
            ]
            yield Line(cells, _height(cells, widths))


def _short(text: str) -> str:
    return text if len(text) <= MOST_CONTEXT else f"{text[:MOST_CONTEXT]} ..."


def _where(result: Result, places: Places, index: int) -> Shown:
    """The one cell in which the person acts; where there is none, the row."""
    place = places.cell(result.act) if result.act else None
    if place is None:
        return Shown(f"Row {places.row(index)}", "link", places.to(index))
    letters, heading = place
    return Shown(f"{heading[:30]}: {letters}{places.row(index)}", "link", places.to(index, letters))


def _height(cells: Sequence[Shown], widths: Sequence[int]) -> float:
    lines = max(wrapped(str(cell.value), width) for cell, width in zip(cells, widths, strict=True))
    return float(min(lines * LINE_HEIGHT, MOST_HEIGHT))


def wrapped(text: str, width: int) -> int:
    """About how many lines a text takes in a column: not every program works it out when a file is opened."""
    room = max(width - 6, width * 3 // 4)
    return sum(max(1, -(-len(line) // room)) for line in text.split("\n"))
