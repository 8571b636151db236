"""The results workbook, read back by two other libraries and looked at as the package of XML that it is."""

from __future__ import annotations

import re
import subprocess
import sys
import time as time_module
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import python_calamine

from bulkorders.core.columns import COLUMNS, NEEDS_PERSON, ROW_HEADING, WORDS, Report, Result
from bulkorders.core.headings import read_headings
from bulkorders.core.model import Cell, Row
from bulkorders.core.states import RowState
from bulkorders.errors import FileError
from bulkorders.readfile import read_properties, read_sheet
from bulkorders.workbook import (
    LONGEST_TEXT,
    MOST_ROWS,
    MOST_TABLE_ROWS,
    RISKY,
    clean,
    results_path,
    unique_headings,
    whole_or_not_at_all,
    write_results,
)

ZONE = timezone(timedelta(hours=2), "CEST")
MADE = datetime(2026, 11, 3, 14, 30, tzinfo=ZONE)
OURS = [c.heading for c in COLUMNS]
FORMULAS = ["=1+1", "=cmd|'/c calc'!A1", "+1+1", "-1", "@SUM(1)", "{=1}", "\t=1", '=HYPERLINK("http://example.com")']
FORMULAS += ["=1\n=2"]


def result(number: int = 2, state: RowState = RowState.PLACED, cells: Sequence[Cell] = (), **more: Any) -> Result:
    """A row of the results."""
    told: dict[str, Any] = (
        {"happened": "Something happened.", "what_to_do": "Do this."} if state in NEEDS_PERSON else {}
    )
    return Result(row=Row(number=number, cells=tuple(cells)), state=state, service="1", **(told | more))


def report(results: Sequence[Result], headings: Sequence[str] = (), **more: Any) -> Report:
    """A report on these rows."""
    values: dict[str, Any] = {"file": "orders.xlsx", "panel": "p.example", "made_at": MADE, "currency": "USD"}
    return Report(headings=tuple(headings), results=results, **(values | more))


def written(tmp_path: Path, report: Report) -> Path:
    """The workbook of a report."""
    return write_results(report, tmp_path / "orders.results.xlsx")


def table(path: Path, sheet: str = "Orders") -> list[dict[str, Any]]:
    """The rows of a sheet by heading, as openpyxl reads them."""
    heading, *rows = list(openpyxl.load_workbook(path)[sheet].values)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def parts(path: Path) -> dict[str, bytes]:
    """The files in the package."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("state", RowState)
def test_each_state_has_its_word(tmp_path: Path, state: RowState) -> None:
    """The Result column has the word of the state, and To do is there when a person is needed."""
    path = written(tmp_path, report([result(state=state)]))
    assert table(path)[0]["Result"] == WORDS[state]
    assert ("To do" in openpyxl.load_workbook(path).sheetnames) == (state in NEEDS_PERSON)


def test_every_column_has_its_kind(tmp_path: Path) -> None:
    """Money and counts are numbers, dates are dates in the report's zone, order IDs are text."""
    full = result(
        order_id="00123456789012345678",
        status="In progress",
        charge=Decimal("0.27819"),
        currency="USD",
        quantity=100,
        start_count=3572,
        remains=30,
        estimated_cost=Decimal("1234.5"),
        ordered_at=datetime(2026, 11, 3, 11, 0, tzinfo=UTC),
        updated_at=datetime(2026, 11, 3, 12, 0, 30, tzinfo=UTC),
        refill="Pending",
    )
    (row,) = table(written(tmp_path, report([full])))
    assert row == {
        "Row": 2,
        "Result": "Ordered",
        "Order ID": "00123456789012345678",
        "Status": "In progress",
        "Charge": 0.27819,
        "Currency": "USD",
        "Start count": 3572,
        "Delivered": 70,
        "Remains": 30,
        "Estimated cost": 1234.5,
        "Ordered at": datetime(2026, 11, 3, 13, 0),
        "Updated at": datetime(2026, 11, 3, 14, 0, 30),
        "Refill": "Pending",
        "What to do": None,
    }


CELLS: list[tuple[Cell, Any]] = [
    ("007", "007"),
    ("123456789012345678", "123456789012345678"),
    (12345678901234567890, "12345678901234567890"),
    (42, 42),
    (0.25, 0.25),
    (True, True),
    (123456789012345, 123456789012345),
    (1234567890123456, "1234567890123456"),
    (float("inf"), "inf"),
    (date(1899, 12, 31), "1899-12-31"),
    (datetime(1850, 1, 1, 8), "1850-01-01 08:00:00"),
    (date(2027, 3, 1), datetime(2027, 3, 1)),
    (datetime(2027, 3, 1, 12, 30), datetime(2027, 3, 1, 12, 30)),
    (time(8, 15), time(8, 15)),
    ("a\nb\nc", "a\nb\nc"),
    ("Grüße 😀 שלום", "Grüße 😀 שלום"),
    ("NA", "NA"),
    ("_x000D_", "_x000D_"),
    ("a\x00b\x0bc\ud800", "abc"),
    ("", None),
]


@pytest.mark.parametrize(("cell", "shown"), CELLS, ids=[repr(c) for c, _ in CELLS])
def test_a_cell_of_the_persons_own_comes_back(tmp_path: Path, cell: Cell, shown: Any) -> None:
    """Text stays text, numbers numbers, dates dates; only what XML cannot hold is dropped."""
    path = written(tmp_path, report([result(cells=[cell, 1])], ["Notes", "Service"]))
    assert table(path)[0]["Notes"] == shown
    again = read_sheet(path).rows[0].cells[1]
    assert again == ("" if shown is None else shown) or isinstance(cell, date)
    assert "E+" not in str(again)


@pytest.mark.parametrize(
    ("heading", "cell", "shown"),
    [("Quantity", "100", 100), ("Quantity", "0100", "0100"), ("Qty", "1e3", "1e3"), ("Notes", "100", "100")],
)
def test_counts_from_a_text_file_are_numbers_again(tmp_path: Path, heading: str, cell: str, shown: Any) -> None:
    """Only in columns of counts, and only where not a sign changes."""
    assert table(written(tmp_path, report([result(cells=[cell])], [heading])))[0][heading] == shown


def test_nothing_becomes_a_formula(tmp_path: Path) -> None:
    """Formulas of a person or a panel are text wherever they stand: cells, headings, statuses, notes, file name."""
    results = [
        result(n, RowState.HELD, cells=[f, f], service_name=f, status=f, order_id=f, happened=f, what_to_do=f)
        for n, f in enumerate(FORMULAS, start=2)
    ]
    told = report(results, ["=heading()", "Link"], file="=file.xlsx", panel="=panel", notes=FORMULAS)
    path = written(tmp_path, told)
    assert not [name for name, xml in parts(path).items() if b"<f>" in xml or b"<f " in xml]
    assert [row["=heading()"] for row in table(path)] == FORMULAS
    assert [row["Status"] for row in table(path)] == FORMULAS
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Orders").to_python()
    assert [row[1] for row in rows[1:]] == FORMULAS
    for sheet in openpyxl.load_workbook(path):
        risky = [c for row in sheet for c in row if str(c.value).startswith(RISKY) and c.data_type == "s"]
        assert risky
        assert all(cell.quotePrefix and cell.number_format == "@" for cell in risky)


@pytest.mark.parametrize("text", ["x" * 32_767, "x" * 32_768, "\U0001f600" * 16_384, "x" + "\U0001f600" * 20_000])
def test_a_cut_text_fits_and_says_so(text: str) -> None:
    """Excel counts signs as UTF-16 does; what fits is not touched, what does not ends with the mark."""
    signs = len(text.encode("utf-16-le")) // 2
    kept = clean(text)
    assert (kept == text) == (signs <= LONGEST_TEXT)
    assert len(kept.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert kept == text or (kept.endswith("(cut)") and text.startswith(kept.removesuffix(" ... (cut)")))


def test_a_text_that_is_too_long_is_cut_with_a_mark(tmp_path: Path) -> None:
    """Excel holds 32,767 signs in a cell; what is cut says so."""
    path = written(tmp_path, report([result(cells=["x" * 40_000])], ["Notes"]))
    text = table(path)[0]["Notes"]
    assert len(text) <= LONGEST_TEXT
    assert text.endswith("(cut)")


@pytest.mark.parametrize(
    ("text", "clickable"),
    [
        ("https://example.com/a?b=c#d", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("mailto:a@example.com", False),
        ("example.com/page", False),
        ("https://example.com/" + "x" * 2100, False),
    ],
)
def test_only_web_addresses_can_be_clicked(tmp_path: Path, text: str, clickable: bool) -> None:
    """The text is always there; the link only where it is http(s) and within Excel's limits."""
    path = written(tmp_path, report([result(cells=[text])], ["Link"]))
    cell = openpyxl.load_workbook(path)["Orders"]["B2"]
    assert cell.value == text
    assert (cell.hyperlink is not None) == clickable


def test_more_links_than_excel_allows_lose_no_cell(tmp_path: Path) -> None:
    """Beyond the limit of a sheet the addresses are text; and beyond 20,000 rows the sheet is written as a stream."""
    count = 65_600
    results = [result(n + 2, cells=[f"https://example.com/{n}"]) for n in range(count)]
    path = written(tmp_path, report(results, ["Link"]))
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Orders").to_python()
    assert [row[1] for row in rows[1:]] == [f"https://example.com/{n}" for n in range(count)]
    assert parts(path)["xl/worksheets/sheet2.xml"].count(b"<hyperlink ") <= 65_530
    assert not [name for name in parts(path) if "tables" in name]


def test_a_link_with_spaces_around_it_comes_back_as_it_was(tmp_path: Path) -> None:
    """A cell of the person's own is never changed, not even to make it clickable."""
    assert table(written(tmp_path, report([result(cells=[" https://example.com "])], ["Link"])))[0]["Link"] == (
        " https://example.com "
    )


CLASHES = [
    ["Status", "Row", "Result", "What to do"],
    ["Notes", "notes", "NOTES "],
    ["Notes", "Notes"],
    ["Column", "", "  "],
    ["😀", "😀"],
    ["x" * 300, "x" * 300],
    ["Status (2)", "Status"],
    ["two\nlines", "\ttab", "a\r\nb", "a\rb"],
    ["=1+1", "+1", "-1", "@x"],
]


@pytest.mark.parametrize("own", CLASHES, ids=lambda own: own[0][:10])
def test_headings_that_clash_make_a_table_all_the_same(tmp_path: Path, own: list[str]) -> None:
    """No two headings of the table are alike, the person's own cells are there, and the workbook is recognised."""
    path = written(tmp_path, report([result(cells=[str(n) for n in range(len(own))])], ["Service", *own][1:]))
    (heading, row), xml = list(openpyxl.load_workbook(path)["Orders"].values), parts(path)["xl/tables/table1.xml"]
    assert [str(cell) for cell in row[1 : 1 + len(own)]] == [str(n) for n in range(len(own))]
    names = [e.get("name", "") for e in ET.fromstring(xml).iter() if e.tag.endswith("tableColumn")]
    assert names == list(heading)
    assert len({n.casefold() for n in names}) == len(names)
    found = read_headings([str(h) for h in heading])
    assert found.is_results
    assert found.shown == tuple(range(1, 1 + len(own)))


def test_unique_headings_leave_a_plain_sheet_alone() -> None:
    """Without a clash all headings are exactly those of the contract."""
    assert unique_headings(["Ref", "Link"]) == (["Ref", "Link"], OURS)


@pytest.mark.parametrize("rows", [1, 2, MOST_TABLE_ROWS, MOST_TABLE_ROWS + 1])
def test_the_package_is_what_excel_accepts(tmp_path: Path, rows: int) -> None:
    """Valid XML, a table that covers its rows, short sheet names, no part that is not declared."""
    results = [result(n + 2, RowState.HELD if n == 0 else RowState.PLACED, cells=["x"]) for n in range(rows)]
    files = parts(written(tmp_path, report(results, ["Notes"])))
    for name, xml in files.items():
        if name.endswith((".xml", ".rels")):
            ET.fromstring(xml)
    book = ET.fromstring(files["xl/workbook.xml"])
    names = [e.get("name", "") for e in book.iter() if e.tag.endswith("}sheet")]
    assert names == ["Summary", "Orders", "To do"]
    types = files["[Content_Types].xml"].decode()
    assert all(f'"/{n}"' in types for n in files if re.match(r"xl/(worksheets|charts|tables)/\w+\.xml", n))
    if rows <= MOST_TABLE_ROWS:
        ref = ET.fromstring(files["xl/tables/table1.xml"]).get("ref")
        assert ref == f"A1:{openpyxl.utils.get_column_letter(2 + len(OURS))}{rows + 1}"
    footers = re.findall(rb"<oddFooter>(.*?)</oddFooter>", files["xl/worksheets/sheet2.xml"])
    assert all(len(footer) <= 255 for footer in footers)


def test_orders_can_be_printed_and_scrolled(tmp_path: Path) -> None:
    """Heading and first columns stay, the heading is on every page, landscape."""
    sheet = openpyxl.load_workbook(written(tmp_path, report([result(cells=["x"])], ["Notes"])))["Orders"]
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert len(sheet.conditional_formatting) == 1


def test_to_do_leads_to_the_row(tmp_path: Path) -> None:
    """Only rows that need a person, each with a link to its row in Orders, what happened, and what to do."""
    states = [RowState.PLACED, RowState.INVALID, RowState.SKIPPED, RowState.UNCONFIRMED]
    results = [result(n + 10, state, cells=[f"R{n}"]) for n, state in enumerate(states)]
    path = written(tmp_path, report(results, ["Ref"]))
    rows = table(path, "To do")
    assert [(r["Row"], r["Ref"], r["Result"]) for r in rows] == [(11, "R1", "Fix"), (13, "R3", "Check")]
    assert {r["What happened"] for r in rows} == {"Something happened."}
    assert {r["What to do"] for r in rows} == {"Do this."}
    sheet = openpyxl.load_workbook(path)["To do"]
    assert [sheet[f"A{n}"].hyperlink.location for n in (2, 3)] == ["'Orders'!A3", "'Orders'!A5"]


def test_the_summary_tells_the_figures(tmp_path: Path) -> None:
    """Headline, what to do, money, rows per state, spend per service, and charts that say their figures in words."""
    results = [
        result(2, estimated_cost=Decimal("1.50"), charge=Decimal("1.25"), service_name="Likes"),
        result(3, RowState.INVALID),
    ]
    told = report(results, balance=Decimal("98.75"), notes=["Mind the gap."], stopped="Stopped: no money.")
    path = written(tmp_path, told)
    text = "\n".join(str(c) for row in openpyxl.load_workbook(path)["Summary"].values for c in row if c is not None)
    for part in ("1 row needs a person", "1.50 USD", "1.25 USD", "98.75 USD", "Mind the gap.", "Stopped: no money."):
        assert part in text
    assert "3 November 2026 at 14:30 (CEST" in text
    assert "Skipped" not in text, "states without rows are left out"
    drawing = parts(path)["xl/drawings/drawing1.xml"].decode()
    assert "Rows by result: Ordered 1, Fix 1" in drawing
    assert "Estimated cost by service (USD): 1 Likes 1.50" in drawing


@pytest.mark.parametrize("rows", [2, MOST_TABLE_ROWS + 1])
def test_the_summary_is_whole_in_both_modes(tmp_path: Path, rows: int) -> None:
    """Also where rows are streamed: the link to To do is there, and the charts carry their names and numbers."""
    results = [
        result(n + 2, RowState.HELD if n else RowState.PLACED, estimated_cost=Decimal("0.25")) for n in range(rows)
    ]
    path = written(tmp_path, report(results))
    sheet = openpyxl.load_workbook(path)["Summary"]
    assert sheet["A3"].hyperlink.location == "'To do'!A1"
    assert sheet["A3"].value.startswith("Please look at")
    chart = parts(path)["xl/charts/chart1.xml"].decode()
    assert f"<c:v>{rows - 1}</c:v>" in chart
    assert "<c:v>Ordered (the panel has taken the order)</c:v>" in chart


@pytest.mark.parametrize(
    ("results", "charts"),
    [([], 0), ([result(state=RowState.SKIPPED)], 1), ([result()], 1), ([result(estimated_cost=Decimal(1))], 2)],
)
def test_no_block_is_empty(tmp_path: Path, results: list[Result], charts: int) -> None:
    """A chart of nothing is no chart, a table without rows no table."""
    path = written(tmp_path, report(results, ["Notes"] if not results else []))
    assert len([name for name in parts(path) if name.startswith("xl/charts/chart")]) == charts
    told = [row[0] for row in openpyxl.load_workbook(path)["Summary"].values]
    assert ("What became of the rows" in told) == bool(results)
    assert openpyxl.load_workbook(path)["Orders"]["A1"].value == "Row"


def test_a_row_that_stands_there_twice_leads_to_its_own_place(tmp_path: Path) -> None:
    """Two equal results are two rows: each To do line leads to the one that it tells of."""
    path = written(tmp_path, report([result(state=RowState.HELD)] * 3))
    sheet = openpyxl.load_workbook(path)["To do"]
    assert [sheet[f"A{n}"].hyperlink.location for n in (2, 3, 4)] == [f"'Orders'!A{n}" for n in (2, 3, 4)]
    assert sheet.auto_filter.ref == "A1:D4"


def test_practice_is_told(tmp_path: Path) -> None:
    """Nobody may take a practice run for orders."""
    path = written(tmp_path, report([result()], practice=True))
    assert openpyxl.load_workbook(path)["Summary"]["A1"].value == "Practice - nothing was bought: orders.xlsx"
    assert b"nothing was bought" in parts(path)["docProps/core.xml"]
    assert b"nothing was bought" in re.findall(rb"<oddFooter>(.*?)<", parts(path)["xl/worksheets/sheet2.xml"])[0]


def test_the_workbook_says_where_it_belongs(tmp_path: Path) -> None:
    """The custom properties come back; the document's own say no user and no path."""
    path = written(tmp_path, report([result()], properties=(("bulkorders job", "abc"), ("bulkorders panel", "p"))))
    assert read_properties(path) == {"bulkorders job": "abc", "bulkorders panel": "p"}
    assert str(tmp_path) not in parts(path)["docProps/core.xml"].decode()


# --- whole or not at all ------------------------------------------------------------------------------


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    """When the writing breaks off, what was there before is there still, and nothing else."""
    path = tmp_path / "r.xlsx"
    path.write_bytes(b"old")

    def break_off() -> None:
        with whole_or_not_at_all(path) as target:
            target.temporary.write_bytes(b"half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_report_makes_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the moment or the machine gets in."""
    told = report([result(cells=["x"], estimated_cost=Decimal(1))], ["Notes"])
    first, second = (write_results(told, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
    created = openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created
    assert created == MADE.astimezone(UTC).replace(tzinfo=None)


WRITING = """
import os, resource, sys, tempfile
from pathlib import Path
sys.path.insert(0, {top!r})
tempfile.tempdir = {scratch!r}
from tests.test_workbook import report, result, write_results
results = [result(n, cells=["x" * 200 + str(n)]) for n in range(2, {rows})]
print("ready", flush=True)
{limit}
try:
    write_results(report(results, ["Notes"]), Path({path!r}))
except Exception as error:
    sys.exit(f"{{type(error).__name__}}: {{error}}")
"""


@pytest.fixture
def writing(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Another process that writes many rows over a file that is there already."""

    def start(rows: int, limit: str = "") -> subprocess.Popen[str]:
        (tmp_path / "out").mkdir()
        (tmp_path / "scratch").mkdir()
        path = tmp_path / "out" / "r.xlsx"
        path.write_bytes(b"old")
        top = Path(__file__).parent.parent
        code = WRITING.format(top=str(top), scratch=str(tmp_path / "scratch"), rows=rows, limit=limit, path=str(path))
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


@pytest.mark.parametrize("rows", [5_000, MOST_TABLE_ROWS + 2_000])
@pytest.mark.skipif(sys.platform == "win32", reason="the limit on a file's size is a thing of POSIX")
def test_a_disk_that_is_full_leaves_the_old_file(
    tmp_path: Path, writing: Callable[..., subprocess.Popen[str]], rows: int
) -> None:
    """A sentence, the file of before, and no leftover, neither beside it nor where the library keeps its own."""
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    with writing(rows, limit) as process:
        _, told = process.communicate()
    assert told.startswith("FileError: ")
    assert "cannot be written" in told
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["r.xlsx"]
    assert (tmp_path / "out" / "r.xlsx").read_bytes() == b"old"
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.8])
def test_a_kill_leaves_the_old_file(
    tmp_path: Path, writing: Callable[..., subprocess.Popen[str]], seconds: float
) -> None:
    """Whenever it is killed, the name has the old file or the whole new one."""
    with writing(MOST_TABLE_ROWS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time_module.sleep(seconds)
        process.kill()
    path = tmp_path / "out" / "r.xlsx"
    assert path.read_bytes() == b"old" or len(table(path)) == MOST_TABLE_ROWS - 2


def test_a_place_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    """Where the name cannot be replaced, the next free number is used and told."""
    path = tmp_path / "orders.results.xlsx"
    path.mkdir()
    (tmp_path / "orders.results (2).xlsx").write_bytes(b"kept")
    assert write_results(report([result()]), path).name == "orders.results (3).xlsx"
    assert (tmp_path / "orders.results (2).xlsx").read_bytes() == b"kept"


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """The sentence names the folder."""
    with pytest.raises(FileError, match="There is no folder"):
        write_results(report([result()]), tmp_path / "none" / "r.xlsx")


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    """Beyond Excel's last row: a sentence, and nothing is written."""
    with pytest.raises(FileError, match="1,048,575"):
        write_results(report([result()] * (MOST_ROWS + 1)), tmp_path / "r.xlsx")
    assert not list(tmp_path.glob("*"))


@pytest.mark.parametrize(
    ("name", "practice", "expected"),
    [
        ("orders.xlsx", False, "orders.results.xlsx"),
        ("orders.csv", True, "orders.practice.results.xlsx"),
        ("orders.results.xlsx", False, "orders.results.xlsx"),
        ("orders.practice.results.xlsx", True, "orders.practice.results.xlsx"),
        ("orders.practice.results.xlsx", False, "orders.results.xlsx"),
        ("a.b.xlsx", False, "a.b.results.xlsx"),
    ],
)
def test_where_results_go(name: str, practice: bool, expected: str) -> None:
    """Beside the input; a results workbook goes to itself; the endings never pile up."""
    assert results_path(Path("folder") / name, practice=practice) == Path("folder") / expected


def test_delivered_is_told_where_it_is_known() -> None:
    """Ordered less remaining, never under 0 or over what was ordered; nothing where the panel told nothing."""
    base = result(quantity=100)
    delivered = [replace(base, remains=r).delivered for r in (None, 30, 0, -5, 100, 130)]
    assert delivered == [None, 70, 100, 100, 0, 0]
    assert ROW_HEADING == "Row"


def test_a_count_longer_than_a_number_can_be_is_text(tmp_path: Path) -> None:
    """Excel keeps fifteen digits: what a panel counts beyond that is shown whole all the same."""
    (row,) = table(written(tmp_path, report([result(start_count=12345678901234567, remains=10**14)])))
    assert (row["Start count"], row["Remains"]) == ("12345678901234567", 10**14)
