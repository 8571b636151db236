"""The sheet Orders: the person's own columns as they were, then COLUMNS, one row for each row of the input.

And the sheet Lists, which the cells of Orders may name, as it was: without it, they would name nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from bulkorders.core.columns import COLUMNS, ROW_HEADING, Kind, Report, Result, widths_of
from bulkorders.core.headings import HEADING_OF, field_named, plain
from bulkorders.core.lists import SHEET, headings_of
from bulkorders.core.looks import ASKED_IN, ASKS, BAR, SHEET_ACTIONS, money_look
from bulkorders.core.model import Cell, ListSheet, cell_text
from bulkorders.core.sheets import LINE_HEIGHT, acting, wrapped
from bulkorders.rowsheet import Book, Cells, heading_row, row_xml
from bulkorders.workbook import LONGEST_HEADING, clean, done

PAGE_WIDTH = 345
"""Signs side by side on a landscape page in letters of 5 points; a wider sheet takes more pages across."""

MOST_LINES, MOST_TOLD = 6, 16
"""How many lines of a person's cell are shown, and of what we tell; the rest is there when the row is opened wider."""

WIDEST, WIDEST_LIST = 42, 84
SAMPLE = 200
"""So many rows say how wide the columns are."""

NUMBERS = frozenset(
    {"quantity", "runs", "interval", "min", "max", "posts", "old_posts", "delay", "answer_number", "type_of_traffic"}
)
LINKS = frozenset({"link", "media", "referring_url", "username"})

Writer = Callable[[Cells, str, tuple[int, int], Cell], str]


def own_headings(report: Report) -> tuple[str, ...]:
    """The person's own columns, and Action where they have none: the cell in which a row can be left out."""
    action = () if acting(report.headings, "action") is not None else (HEADING_OF["action"],)
    return (*report.headings, *action)


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


def column_at(report: Report, act: str) -> int | None:
    """The column (from 0) of the sheet in which a row is acted on, by its field or heading."""
    own = own_headings(report)
    if act == "order_id":
        return 1 + len(own) + next(i for i, c in enumerate(COLUMNS) if c.heading == HEADING_OF[act])
    at = acting(own, act)
    return None if at is None else 1 + at


def draw_orders(book: Book) -> None:
    """Put the sheet Orders into the workbook."""
    report, cells = book.report, book.sheet("Orders")
    theirs, ours = unique_headings(own_headings(report))
    headings, rows = [ROW_HEADING, *theirs, *ours], len(report.results)
    widths = _widths(report, theirs)
    for column, width in enumerate(widths):
        done(cells.sheet.set_column(column, column, width))
    if rows:
        book.table(cells, "Orders", headings, rows)
    else:
        done(cells.sheet._check_dimensions(0, len(headings) - 1))
    cells.sheet.rows = _rows(cells, report, headings, widths)
    cells.sheet.freeze_panes(1, 2)
    book.colour(cells, 1 + len(theirs), rows)
    _ask(book, cells, 1 + len(theirs))
    _bars(cells, 1 + len(theirs), rows)
    book.hairlines(cells, rows, len(headings))
    book.print_wide(cells, pages=-(-sum(widths) // PAGE_WIDTH))
    cells.sheet.repeat_rows(0)
    done(cells.sheet.repeat_columns(0, 1))


def draw_lists(book: Book) -> None:
    """Put the sheet Lists of the input into the workbook: each cell at its place."""
    cells, lists = book.sheet(SHEET), book.report.lists
    rows, (top, _) = lists.rows, headings_of(lists)
    columns = max(map(len, rows))
    done(cells.sheet._check_dimensions(len(rows) - 1, columns - 1))
    for column in range(columns):
        longest = max((longest_line(cell_text(row[column])) for row in rows[:SAMPLE] if column < len(row)), default=0)
        done(cells.sheet.set_column(column, column, min(max(longest + 4, 12), WIDEST_LIST)))
    cells.sheet.rows = _list_rows(cells, lists, top)
    cells.sheet.freeze_panes(top + 1, 0)
    book.print_wide(cells)
    cells.sheet.repeat_rows(top)


def _list_rows(cells: Cells, lists: ListSheet, top: int) -> Iterator[str]:
    for row, values in enumerate(lists.rows):
        drawn = []
        for column, cell in enumerate(values):
            at = f"{xl_col_to_name(column)}{row + 1}"
            if (row, column) in lists.wrong:  # as text, it would be an entry when the results are fed back in
                drawn.append(cells.error(at))
            elif cell != "":
                drawn.append(cells.text(at, cell_text(cell), "heading") if row == top else cells.cell(at, cell))
        yield row_xml(row + 1, drawn)


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(cells: Cells, report: Report, headings: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    letters = [xl_col_to_name(column) for column in range(len(headings))]
    own = [(column, letters[column], _writer(h, widths[column])) for column, h in enumerate(report.headings, start=1)]
    first = len(headings) - len(COLUMNS)
    ours = [(letters[first + at], column.value, _PUT[column.kind]) for at, column in enumerate(COLUMNS)]
    texts = [(at, widths[at + 1]) for at, h in enumerate(report.headings) if field_named(h) not in LINKS]
    yield heading_row(cells, headings)
    added = None if len(own_headings(report)) == len(report.headings) else letters[1 + len(report.headings)]
    for number, result in enumerate(report.results, start=2):
        drawn = [cells.number(f"A{number}", result.row.number, "row")]
        for (column, letter, write), cell in zip(own, result.row.cells, strict=True):
            if cell != "":
                drawn.append(write(cells, f"{letter}{number}", (number - 1, column), cell))
        if added and result.action:
            drawn.append(cells.text(f"{added}{number}", result.action))
        for letter, told, put in ours:
            value = told(result)
            if value is not None and value != "":
                drawn.append(put(cells, f"{letter}{number}", value, result, report))
        lines = _lines(result, texts)
        yield row_xml(number, drawn, lines * LINE_HEIGHT if lines > 1 else None)


def _lines(result: Result, texts: Sequence[tuple[int, int]]) -> int:
    """How many lines the row takes; `texts` are the places and widths of the columns that are wrapped."""
    lines = 1
    for at, width in texts:
        cell = result.row.cells[at]
        if type(cell) is str and (len(cell) > width or "\n" in cell):
            lines = max(lines, min(wrapped(cell, width), MOST_LINES))
    if result.happened or result.what_to_do:
        told = wrapped(f"{result.happened} {result.what_to_do}", COLUMNS[-1].width)
        lines = max(lines, min(told, MOST_TOLD))
    return lines


def _writer(heading: str, width: int) -> Writer:
    """How the cells of one of the person's columns are written; a text that is wider than its column is wrapped."""
    name = field_named(heading)
    if name in NUMBERS:
        return _count
    if name in LINKS:
        return _link

    def write(cells: Cells, at: str, place: tuple[int, int], cell: Cell) -> str:
        return (
            cells.text(at, cell, "wrapped" if len(cell) > width else "text")
            if type(cell) is str
            else cells.cell(at, cell)
        )

    return write


def _link(cells: Cells, at: str, place: tuple[int, int], cell: Cell) -> str:
    return cells.link(at, place, cell) if isinstance(cell, str) else cells.cell(at, cell)


def _count(cells: Cells, at: str, place: tuple[int, int], cell: Cell) -> str:
    """A count that came as text (from a CSV) is a number again, where not a sign of it changes."""
    if isinstance(cell, str) and re.fullmatch(r"0|[1-9][0-9]{0,10}", cell):
        return cells.number(at, int(cell), "whole")
    return cells.cell(at, cell)


Put = Callable[[Cells, str, Any, Result, Report], str]

_PUT: dict[Kind, Put] = {
    Kind.TEXT: lambda cells, at, value, result, report: cells.text(at, value),
    Kind.STATE: lambda cells, at, value, result, report: cells.text(at, value),
    Kind.SENTENCES: lambda cells, at, value, result, report: cells.text(at, value, "wrapped"),
    Kind.NUMBER: lambda cells, at, value, result, report: cells.number(at, value),
    Kind.PROGRESS: lambda cells, at, value, result, report: cells.number(at, value, "progress"),
    Kind.MONEY: lambda cells, at, value, result, report: _amount(cells, at, value, report.currency),
    Kind.CHARGE: lambda cells, at, value, result, report: _amount(cells, at, value, result.currency),
    Kind.DATE: lambda cells, at, value, result, report: cells.date(at, value),
}


def _amount(cells: Cells, at: str, amount: Any, currency: str) -> str:
    look = money_look(currency)
    return cells.number(at, amount, look if look in cells.styles else "money")


# --- the sheet around them -------------------------------------------------------------------------------------------


def _widths(report: Report, theirs: Sequence[str]) -> list[int]:
    """Wide enough for the first rows, and never too wide to see the neighbours."""
    sample = report.results[:SAMPLE]
    widths = [6]
    for index, heading in enumerate(theirs):
        lengths = [max(map(len, str(r.row.cells[index]).split("\n"))) for r in sample if index < len(r.row.cells)]
        widths.append(min(max([longest_line(heading) + 4, *lengths]) + 1, WIDEST))
    return widths + widths_of(report.results)


def longest_line(text: str) -> int:
    """The length of the longest line."""
    return max(map(len, text.split("\n")))


def _ask(book: Book, cells: Cells, state_at: int) -> None:
    """The two cells of a row that a person may fill in say what they take, and light up where they are asked for."""
    rows = len(book.report.results)
    for act, (state, told) in ASKED_IN.items():
        at = column_at(book.report, act)
        assert at is not None
        hint = {"input_title": HEADING_OF[act], "input_message": told}
        rule = {"validate": "list", "source": list(SHEET_ACTIONS), "error_type": "warning"}
        rule |= {"error_title": "Please check", "error_message": f"Choose one of: {', '.join(SHEET_ACTIONS)}."}
        chosen = rule if act == "action" else {"validate": "any"}
        done(cells.sheet.data_validation(1, at, max(rows, 1), at, chosen | hint))
        book.light_up(cells, (state_at, at), state, rows, ASKS)


def _bars(cells: Cells, state_at: int, rows: int) -> None:
    """A bar behind the percentage, where the program draws them; the number says it everywhere."""
    at = state_at + next(i for i, c in enumerate(COLUMNS) if c.kind is Kind.PROGRESS)
    bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "data_bar_2010": True}
    bar |= {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1}
    done(cells.sheet.conditional_format(1, at, max(rows, 1), at, bar))
