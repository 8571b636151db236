"""The results workbook, read back by two other libraries and looked at as the package of XML that it is."""

from __future__ import annotations

import os
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
from openpyxl.utils import range_boundaries
from openpyxl.utils.escape import unescape

from bulkorders.core.asks import Ask, AskAction, AskState
from bulkorders.core.columns import COLUMNS, NEEDS_PERSON, ROW_HEADING, WORDS, Report, Result
from bulkorders.core.headings import read_headings
from bulkorders.core.model import Cell, Row
from bulkorders.core.states import RowState
from bulkorders.errors import FileError
from bulkorders.orderssheet import unique_headings
from bulkorders.readfile import read_properties, read_sheet
from bulkorders.resultsbook import write_results
from bulkorders.sandbox import requests
from bulkorders.workbook import (
    LONGEST_TEXT,
    MOST_ROWS,
    RISKY,
    clean,
    results_path,
    whole_or_not_at_all,
)
from tests.desk import Desk

ZONE = timezone(timedelta(hours=2), "CEST")
MADE = datetime(2026, 11, 3, 14, 30, tzinfo=ZONE)
OURS = [c.heading for c in COLUMNS]
FORMULAS = ["=1+1", "=cmd|'/c calc'!A1", "+1+1", "-1", "@SUM(1)", "{=1}", "\t=1", '=HYPERLINK("http://example.com")']
FORMULAS += ["=1\n=2"]


REFILL = Ask(
    entry=1,
    action=AskAction.REFILL,
    state=AskState.TAKEN,
    from_cell=True,
    refill_id="55",
    status="Pending",
    asked_at=MADE,
)


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


def check_package(path: Path) -> None:
    """Insist on what Excel insists on when it opens a workbook."""
    files = parts(path)
    for name, xml in files.items():
        if name.endswith((".xml", ".rels")):
            ET.fromstring(xml)
    types = files["[Content_Types].xml"].decode()
    told = re.compile(r"xl/(worksheets|charts|drawings|tables)/\w+\.xml")
    assert all(f'"/{name}"' in types for name in files if told.match(name)), "a part that is not declared"
    for name in files:
        if name.endswith(".rels"):
            _check_targets(name, files)
    sheets = [e.get("name", "") for e in ET.fromstring(files["xl/workbook.xml"]).iter() if e.tag.endswith("}sheet")]
    assert len({name.casefold() for name in sheets}) == len(sheets)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in sheets)
    _check_tables(files)
    for name in files:
        if name.startswith("xl/worksheets/sheet"):
            assert files[name].count(b"<hyperlink ") <= 65_530


def _check_targets(name: str, files: dict[str, bytes]) -> None:
    """Each target is a part of the package or lies outside; no two have the same number."""
    folder = Path(name).parent.parent
    links = list(ET.fromstring(files[name]))
    assert len({link.get("Id") for link in links}) == len(links)
    for link in links:
        target = link.get("Target", "")
        if link.get("TargetMode") == "External":
            assert target.startswith(("http://", "https://"))
            continue
        where = target[1:] if target.startswith("/") else os.path.normpath(folder / target).replace(os.sep, "/")
        assert where in files, f"{name} leads to {target}"


def _check_tables(files: dict[str, bytes]) -> None:
    """Names and numbers of tables, and headings within each, are unique; each heading is what stands in its cell."""
    tables = [ET.fromstring(xml) for name, xml in files.items() if name.startswith("xl/tables/")]
    assert len({t.get("displayName", "").casefold() for t in tables}) == len(tables)
    assert len({t.get("id") for t in tables}) == len(tables)
    for table in tables:
        named = [e for e in table.iter() if e.tag.endswith("}tableColumn")]
        assert len({e.get("name", "").casefold() for e in named}) == len(named)
        assert len({e.get("id") for e in named}) == len(named)
        left, top, right, bottom = range_boundaries(table.get("ref", ""))
        assert (right - left + 1, top < bottom) == (len(named), True)


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
        asks=[REFILL],
    )
    (row,) = table(written(tmp_path, report([full])))
    assert row == {
        "Row": 2,
        "Action": None,
        "Result": "Ordered",
        "Order ID": "00123456789012345678",
        "Status": "In progress",
        "Progress": 0.7,
        "Charge": 0.27819,
        "Currency": "USD",
        "Start count": 3572,
        "Delivered": 70,
        "Remains": 30,
        "Estimated cost": 1234.5,
        "Ordered at": datetime(2026, 11, 3, 13, 0),
        "Updated at": datetime(2026, 11, 3, 14, 0, 30),
        "Refill": "Pending (55)",
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
    found = table(path)[0]["Notes"]
    assert (unescape(found) if isinstance(found, str) else found) == shown
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
    for sheet in openpyxl.load_workbook(path).worksheets[1:]:
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
    """Beyond the limit of a sheet the addresses are text; the table covers all rows all the same."""
    count = 65_600
    results = [result(n + 2, cells=[f"https://example.com/{n}"]) for n in range(count)]
    path = written(tmp_path, report(results, ["Link"]))
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Orders").to_python()
    assert [row[1] for row in rows[1:]] == [f"https://example.com/{n}" for n in range(count)]
    assert parts(path)["xl/worksheets/sheet2.xml"].count(b"<hyperlink ") <= 65_530
    assert f'ref="A1:Q{count + 1}"'.encode() in parts(path)["xl/tables/table1.xml"]


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
    assert found.shown == tuple(range(1, 2 + len(own))), "the person's own, and the Action that was added"


def test_unique_headings_leave_a_plain_sheet_alone() -> None:
    """Without a clash all headings are exactly those of the contract."""
    assert unique_headings(["Ref", "Link"]) == (["Ref", "Link"], OURS)


@pytest.mark.parametrize("rows", [1, 2, 3_000])
def test_the_package_is_what_excel_accepts(tmp_path: Path, rows: int) -> None:
    """Valid XML and relationships, unique names, a table that covers its rows, footers that are not too long."""
    results = [
        result(n + 2, RowState.HELD if n == 0 else RowState.PLACED, cells=["x", f"https://example.com/{n}"])
        for n in range(rows)
    ]
    path = written(tmp_path, report(results, ["Notes", "Link"]))
    check_package(path)
    files = parts(path)
    book = ET.fromstring(files["xl/workbook.xml"])
    names = [e.get("name", "") for e in book.iter() if e.tag.endswith("}sheet")]
    assert names == ["Summary", "Orders", "To do"]
    ref = ET.fromstring(files["xl/tables/table1.xml"]).get("ref")
    assert ref == f"A1:{openpyxl.utils.get_column_letter(4 + len(OURS))}{rows + 1}"
    footers = re.findall(rb"<oddFooter>(.*?)</oddFooter>", files["xl/worksheets/sheet2.xml"])
    assert all(len(footer) <= 255 for footer in footers)


def test_orders_can_be_printed_and_scrolled(tmp_path: Path) -> None:
    """Heading and first columns stay, the heading is on every page, landscape."""
    sheet = openpyxl.load_workbook(written(tmp_path, report([result(cells=["x"])], ["Notes"])))["Orders"]
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"


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


ACTS = [
    (RowState.UNCONFIRMED, "order_id", "Order ID: G2", "'Orders'!G2"),
    (RowState.HELD, "action", "Action: E2", "'Orders'!E2"),
    (RowState.INVALID, "Menge", "Menge: D2", "'Orders'!D2"),
    (RowState.REFUSED, "link", "URL: C2", "'Orders'!C2"),
    (RowState.INVALID, "Comments", "Row 2", "'Orders'!A2"),
    (RowState.PLACED, "", "Row 2", "'Orders'!A2"),
]


@pytest.mark.parametrize(("state", "act", "shown", "target"), ACTS, ids=[a[2] for a in ACTS])
def test_to_do_names_the_one_cell_to_act_in(tmp_path: Path, state: RowState, act: str, shown: str, target: str) -> None:
    """Nothing is typed in To do itself: it leads to the cell in Orders, by field or by heading, else to the row."""
    one = result(2, state, cells=["A", "https://example.com", 5], act=act, happened="So.", what_to_do="Do this.")
    path = written(tmp_path, report([one], ["Ref", "URL", "Menge"]))
    (cell,) = openpyxl.load_workbook(path)["To do"]["G"][1:]
    assert (cell.value, cell.hyperlink.location) == (shown, target)


def test_a_real_run_leads_to_the_cells(desk: Desk) -> None:
    """A quantity that is too small, and the same order twice: each line of To do leads to its cell."""
    link = "https://example.com/1"
    rows = [["Service", "Link", "Qty"], [120, link, 60], [120, link, 60], [120, f"{link}0", 5], [120, f"{link}1", 60]]
    desk.run("run", str(desk.sheet("orders.xlsx", rows)), "--yes", "--skip-invalid", "--rate", "0")
    where = {row["Row"]: row["Where"] for row in table(desk.folder / "orders.results.xlsx", "To do")}
    assert where == {3: "Action: E3", 4: "Qty: D4"}


def test_the_cells_that_a_person_fills_in_say_what_they_take(tmp_path: Path) -> None:
    """Action is there for all, with its list; Order ID has a hint; both light up only where they are asked for."""
    path = written(tmp_path, report([result(state=RowState.HELD), result(3, RowState.UNCONFIRMED)]))
    sheet = openpyxl.load_workbook(path)["Orders"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert (rules["B2:B3"].type, rules["B2:B3"].formula1) == ("list", '"order,skip,refill,cancel"')
    assert "not placed" in rules["D2:D3"].prompt
    lit = {
        str(area.sqref): rule.formula for area in sheet.conditional_formatting for rule in area.rules if rule.formula
    }
    assert lit["B2:B3"] == ['AND($C2="Held",LEN($B2)=0)']
    assert lit["D2:D3"] == ['AND($C2="Check",LEN($D2)=0)']


def test_money_has_its_currency_and_all_its_decimals(tmp_path: Path) -> None:
    """In the account's currency; a charge in the one that the panel names; a name that is no currency is left out."""
    results = [
        result(2, charge=Decimal("0.27819"), currency="EUR", estimated_cost=Decimal(1234)),
        result(3, charge=Decimal(1), currency='";[Red]x'),
    ]
    sheet = openpyxl.load_workbook(written(tmp_path, report(results)))["Orders"]
    first, second = ({h.value: cell for h, cell in zip(sheet[1], sheet[row], strict=True)} for row in (2, 3))
    assert (first["Charge"].value, first["Charge"].number_format) == (0.27819, '#,##0.00###" EUR"')
    assert first["Estimated cost"].number_format == '#,##0.00###" USD"'
    assert second["Charge"].number_format == "#,##0.00###"


def test_a_number_is_never_shown_as_a_fence(tmp_path: Path) -> None:
    """Columns are as wide as their largest number and their longest order ID."""
    huge = result(2, order_id="1" * 18, charge=Decimal("-123456789012.34567"), quantity=10**14, remains=0)
    sheet = openpyxl.load_workbook(written(tmp_path, report([huge])))["Orders"]
    width = {h.value: sheet.column_dimensions[h.column_letter].width for h in sheet[1]}
    assert width["Order ID"] >= 18 + 2
    assert width["Charge"] >= len("-123,456,789,012.34567 USD")
    assert width["Delivered"] >= len("100,000,000,000,000")


def test_a_long_text_is_wrapped_and_its_row_is_tall(tmp_path: Path) -> None:
    """It stays in its own column, and six lines of it are seen; a long link stays in one line."""
    told = report([result(cells=["word " * 100, "https://example.com/" + "x" * 300])], ["Notes", "Link"])
    sheet = openpyxl.load_workbook(written(tmp_path, told))["Orders"]
    assert (sheet["B2"].alignment.wrap_text, sheet["C2"].alignment.wrap_text) == (True, None)
    assert sheet.row_dimensions[2].height == 6 * 15


def test_progress_is_a_number_with_a_bar(tmp_path: Path) -> None:
    """Every program can sort by it; where the program draws bars, one stands behind it."""
    sheet = openpyxl.load_workbook(written(tmp_path, report([result(quantity=200, remains=80)])))["Orders"]
    at = next(h.column_letter for h in sheet[1] if h.value == "Progress")
    assert (sheet[f"{at}2"].value, sheet[f"{at}2"].number_format) == (0.6, "0%")
    kinds = {str(area.sqref): [rule.type for rule in area.rules] for area in sheet.conditional_formatting}
    assert kinds[f"{at}2"] == ["dataBar"] or kinds[f"{at}2:{at}2"] == ["dataBar"]


def test_every_sheet_is_ready_for_the_printer(tmp_path: Path) -> None:
    """Landscape, fitted, numbered pages; the heading again on each; the Summary on one page."""
    book = openpyxl.load_workbook(written(tmp_path, report([result(state=RowState.HELD)])))
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)
        assert "&P" in sheet.oddFooter.right.text or "Page" in sheet.oddFooter.right.text
    assert (book["Summary"].page_setup.fitToWidth or 1, book["Summary"].page_setup.fitToHeight or 1) == (1, 1)
    assert [book[name].print_title_rows for name in ("Orders", "To do")] == ["$1:$1", "$1:$1"]
    assert book.properties.title == "Results of orders.xlsx"


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


def test_the_summary_leads_to_the_work(tmp_path: Path) -> None:
    """Its lines lead to the sheet To do and to the first row of each kind; the charts carry their names and numbers."""
    results = [result(n + 2, RowState.HELD if n else RowState.PLACED, estimated_cost=Decimal("0.25")) for n in range(9)]
    path = written(tmp_path, report(results))
    sheet = openpyxl.load_workbook(path)["Summary"]
    leads = {str(cell.value)[:14]: cell.hyperlink.location for (cell, *_) in sheet if cell.hyperlink}
    assert leads == {"Please look at": "'To do'!A1", "Rows 3, 4, 5, ": "'Orders'!A3"}
    chart = parts(path)["xl/charts/chart1.xml"].decode()
    assert "<c:v>8</c:v>" in chart
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
    assert ("Result" in told) == bool(results)
    assert openpyxl.load_workbook(path)["Orders"]["A1"].value == "Row"


def test_a_row_that_stands_there_twice_leads_to_its_own_place(tmp_path: Path) -> None:
    """Two equal results are two rows: each To do line leads to the one that it tells of."""
    path = written(tmp_path, report([result(state=RowState.HELD)] * 3))
    sheet = openpyxl.load_workbook(path)["To do"]
    assert [sheet[f"A{n}"].hyperlink.location for n in (2, 3, 4)] == [f"'Orders'!A{n}" for n in (2, 3, 4)]
    assert sheet.tables["ToDo"].ref == "A1:E4"


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


@pytest.mark.parametrize("rows", [5_000, 22_000])
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
    with writing(20_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time_module.sleep(seconds)
        process.kill()
    path = tmp_path / "out" / "r.xlsx"
    assert path.read_bytes() == b"old" or len(table(path)) == 20_000 - 2


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


def test_a_file_whose_results_do_not_fit_orders_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before the panel is asked anything; a check that writes nothing may look at it all the same."""
    monkeypatch.setattr("bulkorders.resultsbook.MOST_ROWS", 2)
    rows = [["Service", "Link", "Quantity"], *([120, f"https://example.com/{n}", 60] for n in range(3))]
    path = str(desk.sheet("orders.xlsx", rows))
    ran = desk.run("run", path, "--yes")
    assert (ran.code, "room for 2. Nothing was ordered. Split the file" in ran.err) == (2, True)
    assert not requests(desk.books)
    assert desk.run("check", path, "--no-results").code == 0


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
