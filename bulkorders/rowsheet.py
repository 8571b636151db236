"""Sheets whose rows are streamed into an XlsxWriter workbook as XML of our own.

XlsxWriter is right about everything around the rows: formats, tables, links, rules, charts, the package. Its way of
writing rows costs four times what the format needs, and its bounded-memory mode has no tables. So a `RowSheet` takes
its rows from a generator, when the workbook is closed: a real table of any length, in bounded memory. The library's
private names that this leans on are `_write_sheet_data`, `_write_hyperlinks`, `hyperlinks`, `_check_dimensions`,
`tables` and `_get_xf_index`.

It also loses data quietly in four ways (a refused link, an over-long text, two equal headings, text as a formula): so
`Cells` looks at what it answers, and everything that is text is written as text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from bulkorders.core.columns import WORDS, Report
from bulkorders.core.looks import FILLS, HAIRLINE, HEAD, PAPER, all_looks
from bulkorders.core.model import Cell, cell_text
from bulkorders.core.sheets import CHART_AT, LINE_HEIGHT, PRACTICE, Bars, Line, Page, Shown
from bulkorders.core.states import RowState
from bulkorders.workbook import FIRST_DAY, LONGEST_LINK, LONGEST_PLACE, MOST_DIGITS, MOST_LINKS, RISKY, clean, done

QUOTED = " quoted"
"""Of each look, the one for text that could be taken for a formula: it stays text when a person edits the cell."""

HEADING_AIR = 4
"""Points that a heading is taller than its text."""

_DAY_ZERO = datetime(1899, 12, 30)
_SECONDS = 86_400
_TOO_LARGE = 10**MOST_DIGITS
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_ADDRESS = re.compile(r"https?://[^\s\"<>]+")


class RowSheet(Worksheet):  # type: ignore[misc]
    """A sheet whose rows come from `rows`, as finished XML, when the workbook is closed."""

    rows: Iterable[str] = ()

    def _write_sheet_data(self) -> None:
        self.fh.write("<sheetData>")
        for row in self.rows:
            self.fh.write(row)
        self.fh.write("</sheetData>")

    def _write_hyperlinks(self) -> None:
        super()._write_hyperlinks()
        self.hyperlinks.clear()  # all that is needed from here on are their addresses; a link takes half a kilobyte

    def add_long_table(self, rows: int, columns: int, options: dict[str, Any]) -> None:
        """A table from A1 on. The library would go through every cell of it for the sake of its own way of writing."""
        done(self.add_table(0, 0, min(rows, 1), columns - 1, options))
        reach = xl_range(0, 0, rows, columns - 1)
        self.tables[-1] |= {"range": reach, "a_range": reach, "autofilter": reach}
        done(self._check_dimensions(rows, columns - 1))


@dataclass(slots=True)
class Cells:
    """Cells of one sheet as XML, and how many links it has left. `at` is a cell's name, as in B7."""

    sheet: RowSheet
    styles: Mapping[str, int]
    zone: tzinfo | None
    links: int = MOST_LINKS

    def text(self, at: str, text: str, look: str = "text") -> str:
        """Text as text, whatever it looks like."""
        if not (text.isascii() and text.isprintable()) or len(text) > LONGEST_LINK:
            text = clean(text)
            look = "wrapped" if look == "text" and "\n" in text else look
        if not text:
            return ""
        if text.startswith(RISKY):
            look += QUOTED
        space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
        return f'<c r="{at}" s="{self.styles[look]}" t="inlineStr"><is><t{space}>{_escaped(text)}</t></is></c>'

    def number(self, at: str, number: float | Decimal, look: str = "number") -> str:
        """A number as a number, and what no number cell can hold as text."""
        if -_TOO_LARGE < number < _TOO_LARGE if type(number) is int else math.isfinite(number):
            shown = f"{number:f}" if isinstance(number, Decimal) else number
            return f'<c r="{at}" s="{self.styles[look]}"><v>{shown}</v></c>'
        return self.text(at, str(number))

    def link(self, at: str, place: tuple[int, int], text: str) -> str:
        """A web address that can be clicked, within Excel's limits; else the text."""
        if _ADDRESS.fullmatch(text) and self.leads(place, text):
            return self.text(at, text, "link")
        return self.text(at, text)

    def leads(self, place: tuple[int, int], target: str) -> bool:
        """Make the cell at row and column (from 0) lead to an address or a place; say whether there was room for it."""
        address, _, within = target.partition("#")
        if not self.links or len(address) > LONGEST_LINK or len(within) > LONGEST_PLACE or clean(target) != target:
            return False
        self.links -= 1
        done(self.sheet.write_url(*place, target))
        return True

    def cell(self, at: str, cell: Cell) -> str:
        """A cell of the person's own, as it was."""
        match cell:
            case str():
                return self.text(at, cell)
            case bool():
                return f'<c r="{at}" s="{self.styles["plain"]}" t="b"><v>{int(cell)}</v></c>'
            case int():
                return self.number(at, cell, "whole")
            case float():
                return self.number(at, cell, "plain")
            case datetime() | date() | time():
                return self.date(at, cell)

    def error(self, at: str) -> str:
        """A cell whose value nobody knows."""
        return f'<c r="{at}" s="{self.styles["plain"]}" t="e"><v>#N/A</v></c>'

    def date(self, at: str, moment: datetime | date | time) -> str:
        """A date; one with a zone is shown in the zone of the report, one before Excel's calendar as text."""
        if isinstance(moment, time):
            return self.number(at, (datetime.combine(_DAY_ZERO, moment) - _DAY_ZERO).total_seconds() / _SECONDS, "time")
        look = "date" if isinstance(moment, datetime) else "day"
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if moment.tzinfo:
            moment = moment.astimezone(self.zone).replace(tzinfo=None)
        if moment.date() < FIRST_DAY:
            return self.text(at, cell_text(moment))
        gone = moment - _DAY_ZERO
        return self.number(at, gone.days + gone.seconds / _SECONDS + gone.microseconds / 1e6 / _SECONDS, look)

    def shown(self, at: str, place: tuple[int, int], shown: Shown) -> str:
        """A cell of a page; where there is no room for its link, it is a cell like any other."""
        look = shown.look
        if shown.target and not self.leads(place, f"internal:{shown.target}"):
            look = {"link": "text"}.get(look, look.removesuffix(" link"))
        match shown.value:
            case str() if shown.value:
                return self.text(at, shown.value, look)
            case str():
                return f'<c r="{at}" s="{self.styles[look]}"/>'
            case datetime():
                return self.date(at, shown.value)
            case int() | Decimal():
                return self.number(at, shown.value, look)


def _escaped(text: str) -> str:
    if text.isalnum():
        return text
    if "_x" in text:  # what looks like one of the format's own escapes is escaped itself
        text = _ESCAPED.sub(lambda found: f"_x005F{found[0]}", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "_x000D_")


def row_xml(number: int, cells: Iterable[str], height: float | None = None) -> str:
    """One row (numbered from 1) of finished cells."""
    tall = f' ht="{height:g}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}>{"".join(cells)}</row>'


# --- the book --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Book:
    """The workbook under construction: its formats, and how a sheet is begun, dressed and printed."""

    book: Any
    report: Report
    formats: dict[str, Any] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, look in all_looks(self.report).items():
            self._add(name, {"valign": "top"} | dict(look))
            self._add(name + QUOTED, {"valign": "top"} | dict(look) | {"num_format": "@", "quote_prefix": True})

    def _add(self, name: str, look: dict[str, Any]) -> None:
        self.formats[name] = self.book.add_format(look)
        self.styles[name] = self.formats[name]._get_xf_index()

    def sheet(self, name: str) -> Cells:
        """A new sheet, empty."""
        sheet = self.book.add_worksheet(name, worksheet_class=RowSheet)
        sheet.ignore_write_string = True  # a link's text is a cell of ours
        return Cells(sheet, self.styles, self.report.made_at.tzinfo)

    def table(self, cells: Cells, name: str, headings: Sequence[str], rows: int) -> None:
        """A real table with a heading row: sortable, filterable, banded."""
        looks = [self.formats["heading" + QUOTED if h.startswith(RISKY) else "heading"] for h in headings]
        columns = [{"header": h, "header_format": look} for h, look in zip(headings, looks, strict=True)]
        options = {"name": name, "columns": columns, "style": "Table Style Light 1"}
        cells.sheet.add_long_table(rows, len(headings), options)

    def hairlines(self, cells: Cells, rows: int, columns: int) -> None:
        """A thin line under every row: not every program draws the bands of a table."""
        line = self.book.add_format({"bottom": 1, "bottom_color": HAIRLINE})
        rule = {"type": "formula", "criteria": "=LEN($A2)>0", "format": line}
        done(cells.sheet.conditional_format(1, 0, max(rows, 1), columns - 1, rule))

    def colour(self, cells: Cells, column: int, rows: int) -> None:
        """Colour the words of the results by a rule, so that it stays right when a person sorts or edits.

        `column` is where they stand (-1: nowhere).
        """
        cells.sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{rows + 1}"})
        for states, look in FILLS if column >= 0 else ():
            colour = self.book.add_format(dict(look))
            for state in sorted(states):
                rule = {"type": "cell", "criteria": "==", "value": f'"{WORDS[state]}"', "format": colour}
                done(cells.sheet.conditional_format(1, column, max(rows, 1), column, rule))

    def light_up(self, cells: Cells, columns: tuple[int, int], state: RowState, rows: int, colour: str) -> None:
        """An empty cell that waits for a person is lit up; `columns` are those of the word and of the cell."""
        word, cell = (f"${xl_col_to_name(column)}2" for column in columns)
        look = self.book.add_format({"bg_color": colour, "border": 1})
        rule = {"type": "formula", "criteria": f'=AND({word}="{WORDS[state]}",LEN({cell})=0)', "format": look}
        done(cells.sheet.conditional_format(1, columns[1], max(rows, 1), columns[1], rule))

    def print_wide(self, cells: Cells, *, pages: int = 1, down: int = 0) -> None:
        """Landscape, so many pages across (and down, where it is not 0), and where it comes from below."""
        sheet, report = cells.sheet, self.report
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
        sheet.fit_to_pages(pages, down)
        file = clean(f"{report.file} ({PRACTICE})" if report.practice else report.file)[:100]
        done(sheet.set_footer(f"&L{file.replace('&', '&&')}&C&A&RPage &P of &N"))


# --- pages -----------------------------------------------------------------------------------------------------------


def draw_page(book: Book, page: Page) -> None:
    """Put a page into the workbook."""
    cells = book.sheet(page.name)
    for column, width in enumerate(page.widths):
        done(cells.sheet.set_column(column, column, width))
    book.print_wide(cells, down=0 if page.heading else 1)
    if page.heading:
        _draw_table(book, cells, page)
    else:
        cells.sheet.hide_gridlines(2)
        lines = list(page.lines)
        done(cells.sheet._check_dimensions(len(lines), len(page.widths)))
        cells.sheet.rows = _line_rows(cells, lines, 1)
    for bars in page.charts:
        _draw_chart(book, cells, bars)


def _draw_table(book: Book, cells: Cells, page: Page) -> None:
    book.table(cells, page.name.title().replace(" ", ""), page.heading, page.rows)
    cells.sheet.rows = _table_rows(cells, page)
    cells.sheet.freeze_panes(1, 1)
    cells.sheet.repeat_rows(0)
    book.colour(cells, page.state_at, page.rows)
    book.hairlines(cells, page.rows, len(page.heading))


def heading_row(cells: Cells, headings: Sequence[str]) -> str:
    """The first row of a table."""
    drawn = [cells.text(f"{xl_col_to_name(c)}1", h, "heading") for c, h in enumerate(headings)]
    return row_xml(1, drawn, HEADING_AIR + LINE_HEIGHT * max(h.count("\n") + 1 for h in headings))


def _table_rows(cells: Cells, page: Page) -> Iterator[str]:
    yield heading_row(cells, page.heading)
    yield from _line_rows(cells, page.lines, 2)


def _line_rows(cells: Cells, lines: Iterable[Line], first: int) -> Iterator[str]:
    for number, line in enumerate(lines, start=first):
        drawn = [
            cells.shown(f"{xl_col_to_name(column)}{number}", (number - 1, column), shown)
            for column, shown in enumerate(line.cells)
            if shown is not None
        ]
        if drawn or line.height:
            yield row_xml(number, drawn, line.height)


def _draw_chart(book: Book, cells: Cells, bars: Bars) -> None:
    """Bars beside their figures, dark on white, with their values: readable in black and white.

    The values are handed over as well, since previewers do not calculate.
    """
    first, last = bars.first - 1, bars.first + len(bars.names) - 2
    chart = book.book.add_chart({"type": "bar"})
    series = {
        "categories": [cells.sheet.name, first, 0, last, 0],
        "values": [cells.sheet.name, first, bars.column, last, bars.column],
        "fill": {"color": HEAD},
        "border": {"color": HEAD},
        "data_labels": {"value": True, "num_format": "#,##0.00###" if bars.column > 1 else "#,##0"},
        "gap": 40,
        "categories_data": [clean(name) for name in bars.names],
        "values_data": [str(number) for number in bars.numbers],
    }
    chart.add_series(series)
    chart.set_title({"name": bars.title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_chartarea({"fill": {"color": PAPER}, "border": {"color": HAIRLINE}})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}, "interval_unit": 1})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_size({"width": 620, "height": bars.height})
    options = {"description": clean(bars.description), "object_position": 2}
    done(cells.sheet.insert_chart(bars.first - 2, CHART_AT, chart, options))
