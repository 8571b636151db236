"""--keep-layout: the results in a copy of the person's own workbook, whose own sheets stay what they were."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from bulkorders.core.columns import COLUMNS
from bulkorders.keptbook import SHEETS_PROPERTY
from bulkorders.readfile import read_properties, read_sheet
from tests.desk import Desk
from tests.test_run import FAST, states
from tests.test_workbook import check_package, parts

OURS = [c.heading for c in COLUMNS]
OPTIONS = {"strings_to_urls": False}


def picture() -> BytesIO:
    """A PNG of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header, dot = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0), zlib.compress(b"\x00\x80")
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", dot) + chunk(b"IEND", b""))


def office_book(path: Path, *, filtered: str = "table", extras: bool = False) -> Path:
    """A workbook as an office has it: two sheets, formulas with results, colours, widths, a table or a filter."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        bold = book.add_format({"bold": True, "bg_color": "#FFD966", "border": 2})
        sheet, other = book.add_worksheet("Bestellungen"), book.add_worksheet("Summary")
        heads = ("Kunde", "Service", "Link", "Quantity", "Doppelt")
        for row in range(1, 5):
            sheet.write_row(row, 0, (f"Kunde {row}", 120, f"https://example.com/p/{row}", 60 + row))
            sheet.write_formula(row, 4, f"=(D{row + 1}-61)*2", None, 2 * (row - 1))
        if filtered == "table":
            columns = [{"header": h, "header_format": bold} for h in heads]
            sheet.add_table(0, 0, 4, 4, {"columns": columns, "name": "Liste"})
        else:
            sheet.write_row(0, 0, heads, bold)
            if filtered == "filter":
                sheet.autofilter(0, 0, 4, 4)
        sheet.set_column(0, 0, 33)
        sheet.freeze_panes(1, 1)
        sheet.data_validation(1, 3, 50, 3, {"validate": "integer", "criteria": ">", "value": 0})
        other.write_formula(0, 0, "=SUM(Bestellungen!D2:D5)", None, 250)
        other.write_formula(1, 0, '="Tag "&1', None, "Tag 1")
        if extras:
            sheet.insert_image(8, 0, "dot.png", {"image_data": picture()})
            sheet.insert_textbox(9, 0, "A note.")
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": "=Bestellungen!$D$2:$D$5"})
            other.insert_chart("C3", chart)
    with zipfile.ZipFile(path) as package:
        files = {name: package.read(name) for name in package.namelist()}
    files["xl/workbook.xml"] = files["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")  # as Excel stores it
    with zipfile.ZipFile(path, "w") as package:
        for name, data in files.items():
            package.writestr(name, data)
    return path


def kept(desk: Desk, source: Path, *more: str) -> Path:
    """The copy that a run with --keep-layout writes."""
    ran = desk.run("run", str(source), *FAST, "--keep-layout", *more)
    return Path(ran.json["results"])


def heads(sheet: Any) -> list[str]:
    """The heading row."""
    return [cell.value for cell in sheet[1]]


@pytest.mark.parametrize("filtered", ["table", "filter", "plain"])
def test_the_persons_sheets_stay_and_the_results_stand_beside_them(desk: Desk, filtered: str) -> None:
    """Cells, formulas, styles, widths, panes and rules are as they were; a table or filter takes our columns in."""
    source = office_book(desk.folder / "orders.xlsx", filtered=filtered)
    before = source.read_bytes()
    path = kept(desk, source)
    assert source.read_bytes() == before
    was, now = openpyxl.load_workbook(source), openpyxl.load_workbook(path)
    assert now.sheetnames == ["Summary (2)", "Bestellungen", "Summary"]
    for name in was.sheetnames:
        for row in was[name].iter_rows():
            for cell in row:
                copied = now[name][cell.coordinate]
                assert (copied.value, copied.number_format, copied.font.b, copied.fill.fgColor.rgb) == (
                    *(cell.value, cell.number_format, cell.font.b, cell.fill.fgColor.rgb),
                )
    sheet = now["Bestellungen"]
    assert heads(sheet) == ["Kunde", "Service", "Link", "Quantity", "Doppelt", "Action", *OURS]
    assert {sheet.cell(row, 7).value for row in range(2, 6)} == {"Ordered"}
    assert sheet.column_dimensions["A"].width == was["Bestellungen"].column_dimensions["A"].width
    assert (sheet.freeze_panes, len(sheet.data_validations.dataValidation)) == ("B2", 3)
    reach = f"A1:{sheet.cell(1, 6 + len(OURS)).column_letter}5"
    if filtered == "table":
        assert (sheet.tables["Liste"].ref, sheet.tables["Liste"].autoFilter.ref) == (reach, reach)
        assert [c.name for c in sheet.tables["Liste"].tableColumns] == heads(sheet)
    if filtered == "filter":
        assert sheet.auto_filter.ref == reach
    check_package(path)


def test_the_results_of_formulas_are_still_there(desk: Desk) -> None:
    """Whoever reads the copy without calculating sees what the person saw, and we read our own copy."""
    path = kept(desk, office_book(desk.folder / "orders.xlsx"))
    values = openpyxl.load_workbook(path, data_only=True)
    assert [values["Bestellungen"].cell(row, 5).value for row in range(2, 6)] == [0, 2, 4, 6]
    assert [cell.value for cell in values["Summary"]["A"]] == [250, "Tag 1"]
    assert not read_sheet(path).problems


def test_the_charts_that_are_added_are_told_in_words(desk: Desk) -> None:
    """Whoever cannot see the chart of the added Summary reads its figures; the person's own chart is not touched."""
    path = kept(desk, office_book(desk.folder / "orders.xlsx", extras=True))
    told = b"".join(data for name, data in parts(path).items() if name.startswith("xl/drawings/drawing"))
    assert re.findall(rb'descr="([^"]*)"', told) == [
        b"Rows by result: Ordered 4",
        b"Estimated cost by service (USD): 120 Instagram Likes | Refill 30 days | Instant 0.0625",
    ]


def test_a_copy_that_is_fed_back_in_orders_nothing_twice_and_stays_a_copy(desk: Desk) -> None:
    """It is a results workbook: known, refreshed in place, with one Summary and one set of columns of ours."""
    path = kept(desk, office_book(desk.folder / "orders.xlsx"))
    assert read_properties(path)[SHEETS_PROPERTY] == "Summary (2)"
    again = desk.run("run", str(path), *FAST)
    assert (again.json["placed_now"], again.json["placed"], again.json["results"]) == (0, 4, str(path))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Summary (2)", "Bestellungen", "Summary"]
    assert heads(book["Bestellungen"]) == ["Kunde", "Service", "Link", "Quantity", "Doppelt", "Action", *OURS]
    elsewhere = desk.run("run", str(path), *FAST, "--ledger", str(desk.folder / "new.sqlite3"))
    assert (elsewhere.json["placed_now"], elsewhere.json["placed"]) == (0, 4)


def test_what_is_to_be_done_leads_to_the_row_in_the_persons_own_sheet(desk: Desk) -> None:
    """To do is added where a row needs a person, and names the cell: here the quantity that is wrong."""
    source = office_book(desk.folder / "orders.xlsx", filtered="plain")
    book = openpyxl.load_workbook(source)
    book["Bestellungen"]["D3"] = "=1+"  # a text that starts like a formula, and no number
    book["Bestellungen"]["D3"].data_type = "s"
    book.save(source)
    path = kept(desk, source, "--skip-invalid")
    sheet = openpyxl.load_workbook(path)["To do"]
    row = dict(zip(heads(sheet), sheet[2], strict=True))
    assert (row["Row"].value, row["Row"].hyperlink.location) == (3, "'Bestellungen'!A3")
    assert (row["Where"].value, row["Where"].hyperlink.location) == ("Quantity: D3", "'Bestellungen'!D3")
    assert row["Result"].value == "Fix"


def test_an_order_id_column_of_the_persons_own_is_filled_in(desk: Desk) -> None:
    """There is one column for order IDs, not two, whether it was theirs or is ours."""
    source = desk.sheet(
        "orders.xlsx", [["Order ID", "Service", "Link", "Quantity"], ["", 120, "https://example.com/1", 60]]
    )
    path = kept(desk, source)
    sheet = openpyxl.load_workbook(path)["Orders"]
    assert heads(sheet)[:4] == ["Order ID", "Service", "Link", "Quantity"]
    assert heads(sheet).count("Order ID") == 1
    assert sheet["A2"].value
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 0


def test_what_a_copy_cannot_keep_is_said_before_anything_is_ordered(desk: Desk) -> None:
    """Pictures, shapes and charts are named; without them nothing is said."""
    source = office_book(desk.folder / "orders.xlsx", extras=True)
    told = desk.run("run", str(source), *FAST, "--keep-layout").err
    sentence = (
        "Note: The results go into a copy of orders.xlsx, which cannot keep: pictures, charts (only their plain form "
        "stays), shapes and text boxes. orders.xlsx itself stays as it is."
    )
    assert sentence in told
    assert told.index(sentence) < told.index("Ready")
    plain = office_book(desk.folder / "plain.xlsx")
    assert "cannot keep" not in desk.run("check", str(plain), "--keep-layout").err


@pytest.mark.parametrize("name", ["orders.csv", "-"])
def test_a_text_file_has_no_layout(desk: Desk, name: str) -> None:
    """A sentence on the usage, and nothing is ordered."""
    text = "Service,Link,Quantity\n120,https://example.com/1,60\n"
    (desk.folder / "orders.csv").write_text(text, "utf-8")
    file = name if name == "-" else str(desk.folder / name)
    ran = desk.run("run", file, "--yes", "--keep-layout", "--results", str(desk.folder / "r.xlsx"), stdin=text)
    assert ran.code == 2
    assert "has no layout to keep" in ran.err
    assert not (desk.folder / "r.xlsx").exists()


def test_check_and_status_keep_the_layout_too(desk: Desk) -> None:
    """The option means the same wherever a results workbook is written."""
    source = office_book(desk.folder / "orders.xlsx")
    assert states(desk.run("check", str(source), "--keep-layout", "--json")) == {"ready": 4}
    path = kept(desk, source)
    desk.run("status", str(source), "--keep-layout")
    assert openpyxl.load_workbook(path).sheetnames[1] == "Bestellungen"


def test_a_form_whose_headings_stand_further_down(desk: Desk) -> None:
    """Our headings stand beside the person's own, so that the copy can be read again, beside the file and fed in."""
    path = desk.folder / "orders.xlsx"
    desk.run("template", str(path))
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    (at,) = [n for n in range(1, 6) if "Link" in [c.value for c in sheet[n]]]
    heading = [c.value for c in sheet[at]]
    for name, value in (("Service", 1), ("Link", "https://example.com/1"), ("Quantity", 100)):
        sheet.cell(at + 1, heading.index(name) + 1, value)
    book.save(path)
    ran = desk.run("run", str(path), *FAST, "--keep-layout")
    assert (ran.code, states(ran)) == (0, {"placed": 1}), ran.err
    kept = Path(ran.json["results"])
    told = [c.value for c in openpyxl.load_workbook(kept)["Orders"][at]]
    assert told[: len(heading)] == heading
    assert {"Result", "Order ID"} <= set(told)
    for file in (kept, path):
        ran = desk.run("run", str(file), *FAST, "--ledger", str(desk.folder / f"{file.stem}.sqlite3"))
        assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 1}, 0), ran.err
