"""What holds for any cell: properties that the tests try hundreds of times, and the benchmarks ten thousand times.

Whatever a person types, pastes or damages gives values or problems that say where and what to do, or one sentence that
ends the command; never another exception, and never a character in a sentence that would upset a terminal.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkorders.core.catalog import Catalog
from bulkorders.core.headings import EXAMPLE, FIELDS, read_headings
from bulkorders.core.model import Cell, Entry, Problem, Row, Sheet
from bulkorders.core.plan import Circumstances, keys_of, make_plan
from bulkorders.core.states import OrderState
from bulkorders.core.validate import Checked, check_rows
from bulkorders.errors import CommandError
from bulkorders.readfile import read_sheet
from tests.hostile import rows, workbook
from tests.practice_services import practice_services

TODAY = date(2027, 1, 1)
HEADINGS = tuple(f.heading for f in FIELDS)
SERVICE = HEADINGS.index("Service")


@cache
def catalog() -> Catalog:
    """The practice panel's own list, which has services of every type."""
    return Catalog(practice_services())


# --- what may stand in cells -----------------------------------------------------------------------------------------

ODD = (
    *(
        "",
        EXAMPLE,
        " ",
        "\u00a0",
        "0",
        "00",
        "007",
        "1",
        "100",
        "-5",
        "+5",
        "1.0",
        "1.5",
        "1,000",
        "1.000",
        "1 000",
        "1e5",
        "\uff11\uff12",
    ),
    *("9" * 18, "9" * 19, "9" * 400, "NaN", "inf", "TRUE", "NA", "#REF!", "=1+1", "@a", "'5", "https://example.com/p"),
    *("https://example.com/a https://example.com/b", "www.example.com", "a,b", "a;b", "a|b", "not placed", "skip"),
    *("31/12/2099", "2099-12-31", "31/02/2099", "99/99/9999", "2099-13-01", "1/1/0000", "example"),
    *(
        "a\nb",
        "a\r\nb",
        "a\rb",
        "\n\n",
        "a\tb",
        "a\u2028b",
        "\x1b[31m",
        "\x07",
        "\x85",
        "\u202eb",
        "\ufeff",
        "\U0001f600",
    ),
    *("x" * 32_767, "a\n" * 300, '"', '""', "'", "{value}", "{", "%s", "\\", "\u0130", "\ud7ff", "\ufffe"),
)
TEXT = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SERVICES = st.sampled_from([s.id for s in catalog()._live.values()])
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
DATES = st.dates(date(1900, 3, 1)) | st.datetimes(datetime(1900, 3, 1)) | st.times()
VALUES: st.SearchStrategy[Cell] = TEXT | NUMBERS | st.booleans() | DATES
TITLES = st.permutations(HEADINGS) | st.lists(st.sampled_from(HEADINGS) | TEXT, min_size=1, max_size=12)
FOUND_TITLES = TITLES.filter(lambda titles: "Service" in titles and titles[-1].strip() != "")
BYTES = st.binary(max_size=400) | TEXT.map(lambda t: t.encode("utf-8", "surrogatepass"))


GOOD: Mapping[str, str] = {
    **{
        "Link": "https://example.com/p",
        "Quantity": "1000",
        "Username": "anna",
        "Min": "100",
        "Max": "500",
        "Delay": "5",
    },
    **{
        "Comments": "Nice\n" * 12,
        "Usernames": "anna\n" * 12,
        "Hashtags": "a\nb",
        "Hashtag": "a",
        "Media": "www.example.com",
    },
    **{"Answer number": "1", "Groups": "g", "Keywords": "k", "Country": "c", "Device": "d", "Type of traffic": "3"},
}
"""A row that is good for nearly every type: what a fuzzed cell stands among."""


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[Any]) -> list[list[Any]]:
    """A heading, most often with a Service column, and a few rows: odd all over, or good but for two cells."""
    titles = list(draw(FOUND_TITLES | FOUND_TITLES | FOUND_TITLES | TITLES))
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            line = draw(st.lists(cells, min_size=len(titles), max_size=len(titles)))
        else:
            line = [GOOD.get(title, "") for title in titles]
            for column in draw(st.lists(st.integers(0, len(titles) - 1), max_size=2)):
                line[column] = draw(cells)
        if "Service" in titles and draw(st.integers(0, 4)):
            line[titles.index("Service")] = draw(SERVICES)
        lines.append(line)
    return [titles, *lines]


# --- what must hold --------------------------------------------------------------------------------------------------


def fit(sentence: str) -> bool:
    """Whether a sentence can be shown anywhere: on one line, without control characters or halves of letters."""
    bidirectional = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in bidirectional for c in sentence)


def sound(problems: Iterable[Problem]) -> None:
    """Each problem says where, what and what to do, in words that can be shown, and not at any length."""
    for problem in problems:
        assert problem.code
        assert problem.message, problem
        assert problem.advice, problem
        assert fit(problem.message), problem
        assert fit(problem.advice), problem
        assert len(problem.message) < 2_000, problem


def refused(error: CommandError) -> None:
    """A sentence, and what to do."""
    assert error.message
    assert error.advice
    assert fit(str(error)), str(error)
    assert len(str(error)) < 1_500


def checked(sheet: Sheet) -> list[Checked]:
    """Everything that a command does with a sheet before it asks a person."""
    sound(sheet.problems)
    headings = read_headings(sheet.headings)
    sound(headings.problems)
    done = check_rows(sheet, headings, catalog(), today=TODAY, max_row_cost=Decimal(50), currency="USD")
    assert len(keys_of(done)) == len(done) == len(sheet.rows)
    for row in done:
        sound(row.problems)
        assert row.order is None or all(text for _, text in row.order.form)
        assert (row.order is None) == (row.action == "skip" or any(p.level == "error" for p in row.problems))
    planned(done)
    return done


def planned(done: Sequence[Checked]) -> None:
    """The plan of the rows: new ones, and such as were ordered before in other words or by another file."""
    keys = keys_of(done)
    orders = [(row, key, row.order) for row, key in zip(done, keys, strict=True) if row.order]
    before = [
        Entry(id=n, job_name=row.ref, ref=key.ref, content=f"not {key.content}", copy=0, row=row.row.number,
              order=replace(order, form=(("link", "before"),)), state=OrderState.PLACED, order_id=str(n))
        for n, (row, key, order) in enumerate(orders, 1)
    ]  # fmt: skip
    repeats = {key.content: entry for (_, key, _), entry in zip(orders, before, strict=True)}
    for around in (Circumstances(), Circumstances(entries=before), Circumstances(repeats=repeats)):
        for row in make_plan(done, around):
            assert fit(row.sentence.happened), row.sentence
            assert fit(row.sentence.what_to_do), row.sentence


def read_and_check(path: Path) -> Sheet | None:
    """Read a file and check its rows; None where one sentence refuses it."""
    try:
        sheet = read_sheet(path)
    except CommandError as error:
        refused(error)
        return None
    checked(sheet)
    return sheet


# --- the properties --------------------------------------------------------------------------------------------------

Property = Callable[[Path, Any], None]


def any_cells(folder: Path, table: Sequence[Sequence[Cell]]) -> None:
    """Any values in any columns, as a reader could hand them over."""
    titles, *lines = table
    sheet = Sheet(
        name="Orders",
        headings=tuple(str(title) for title in titles),
        rows=[Row(number=n, cells=tuple(line)) for n, line in enumerate(lines, 2)],
    )
    checked(sheet)


def delimited(delimiter: str, suffix: str) -> Property:
    """Any text in the cells of a CSV file or its relatives arrives as it was written."""

    def cells_of_text(folder: Path, table: Sequence[Sequence[str]]) -> None:
        stream = StringIO(newline="")
        csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
        path = folder / f"cells{suffix}"
        path.write_bytes(stream.getvalue().encode())
        sheet = read_and_check(path)
        if sheet is not None:
            _arrived(sheet, table)

    cells_of_text.__doc__ = delimited.__doc__
    return cells_of_text


def _arrived(sheet: Sheet, table: Sequence[Sequence[Any]]) -> None:
    """Every text of a filled row stands in the sheet, unless something was said of the row, or of example rows."""
    told = {problem.row for problem in sheet.problems}
    examples = any(problem.code == "example" for problem in sheet.problems)
    arrived = {row.number: row.cells for row in sheet.rows}
    for number, line in enumerate(table[1:], 2):
        if examples and number not in arrived and any(str(cell).strip().casefold() == EXAMPLE for cell in line):
            continue
        cells = arrived.get(number, ())
        for text in line:
            assert number in told or not str(text).strip() or not isinstance(text, str) or text in cells, text


def pasted_lines(folder: Path, lines: Sequence[str]) -> None:
    """Any lines as pasted mass orders."""
    path = folder / "lines.txt"
    path.write_bytes("\n".join(lines).encode())
    read_and_check(path)


def workbook_cells(folder: Path, table: Sequence[Sequence[Cell]]) -> None:
    """Any text, number, date, truth value or error in the cells of a workbook, as XlsxWriter stores it."""
    path = folder / "cells.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Orders")
        for number, line in enumerate(table):
            for column, cell in enumerate(line):
                _write(sheet, number, column, cell)
    read_and_check(path)


def _write(sheet: Any, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, str) and cell.startswith("#"):
        sheet.write_formula(row, column, "=1/0", value=cell)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell)
    else:
        sheet.write(row, column, cell)


def raw_cells(folder: Path, cells: Sequence[tuple[str, str]]) -> None:
    """Any kind of cell with any stored value in it, as no spreadsheet program would write it."""
    line = "".join(f'<c t="{kind}"><v>{_escaped(value)}</v></c>' for kind, value in cells)
    heading = "".join(f'<c t="str"><v>{title}</v></c>' for title in HEADINGS)
    workbook(folder / "raw.xlsx", sheet=rows(f"<row>{line}</row>", 1, before=f"<row>{heading}</row>"))
    read_and_check(folder / "raw.xlsx")


def _escaped(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else f"&#{ord(c)};" for c in text if c in "\t\n\r" or c >= " ")


def any_bytes(folder: Path, content: tuple[str, bytes, bytes]) -> None:
    """Any bytes as a file of any kind, with or without a heading that fits."""
    suffix, start, rest = content
    path = folder / f"bytes{suffix}"
    path.write_bytes(start + rest)
    read_and_check(path)


STARTS = (b"", b"Service,Link\n", b"Service,Link,Quantity,Username\r\n1,", b"\xef\xbb\xbfService;Link\n1;")
MORE_STARTS = (*STARTS, "Service\tLink\n1\t".encode("utf-16"), b"sep=|\nService|Link\n", b"1|@a|", b"PK\x03\x04")
KINDS = st.sampled_from(("n", "s", "str", "b", "e", "d", "inlineStr", "x"))

PROPERTIES: Mapping[str, tuple[st.SearchStrategy[Any], Property]] = {
    "any values": (tables(VALUES), any_cells),
    "cells of a .csv": (tables(TEXT), delimited(",", ".csv")),
    "cells of a .csv with semicolons": (tables(TEXT), delimited(";", ".csv")),
    "cells of a .tsv": (tables(TEXT), delimited("\t", ".tsv")),
    "lines of a .txt": (
        st.lists(TEXT | st.lists(TEXT | SERVICES, min_size=2, max_size=4).map("|".join), max_size=4),
        pasted_lines,
    ),
    "cells of an .xlsx": (tables(VALUES), workbook_cells),
    "stored values of an .xlsx": (
        st.lists(st.tuples(KINDS, TEXT | NUMBERS.map(str)), min_size=1, max_size=len(HEADINGS)),
        raw_cells,
    ),
    "bytes of any file": (
        st.tuples(st.sampled_from((".csv", ".tsv", ".txt", ".xlsx")), st.sampled_from(MORE_STARTS), BYTES),
        any_bytes,
    ),
}
"""What is tried, and what must hold of it."""


def try_property(what: str, folder: Path, examples: int) -> int:
    """Try one property, always with the same examples; how many there were."""
    strategy, holds = PROPERTIES[what]
    tried = 0

    def once(drawn: Any) -> None:
        nonlocal tried
        tried += 1
        holds(folder, drawn)

    same = settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=CALM)
    same(given(strategy)(once))()
    return tried


CALM = list(HealthCheck)
"""Long texts are slow to draw, and that is no fault of what is tried."""
