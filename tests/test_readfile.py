"""Reading: what a person sees in a file is what arrives, or it is a problem; an unusable file is one sentence."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkorders.core.limits import LIMITS
from bulkorders.core.model import Cell, Level, Sheet
from bulkorders.errors import FileError
from bulkorders.readfile import SPREADSHEETS, _calamine, read_properties, read_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGED = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADINGS = ("Service", "Link", "Quantity")
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="0000"/>'
    '<numFmt numFmtId="165" formatCode="0.00"/></numFmts><fills><fill/></fills>'
    '<cellStyleXfs><xf numFmtId="164"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def sheet_xml(rows: str, dimension: str = "A1") -> str:
    """The XML of a worksheet around its rows."""
    return f'{DECLARED}<worksheet {MAIN}><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'


def text_cell(place: str, text: str) -> str:
    """A cell with text in it, as many programs write it."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADING_ROW = '<row r="1">' + "".join(text_cell(f"{c}1", h) for c, h in zip("ABC", HEADINGS, strict=True)) + "</row>"


def package(sheet: str | bytes, more: Mapping[str, str | bytes] | None = None, without: str = "") -> bytes:
    """A workbook written part by part, with the sheet Orders."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARED}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{DECLARED}<Relationships xmlns="{PACKAGED}"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{DECLARED}<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{DECLARED}<Relationships "
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": sheet,
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, part in (parts | dict(more or {})).items():
            if path != without:
                archive.writestr(path, part)
    return content.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Sheet]:
    """Reads bytes as a file of that name."""

    def reader(name: str, content: bytes | str, sheet: str | None = None) -> Sheet:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_sheet(path, sheet=sheet)

    return reader


@pytest.fixture
def read_rows(read: Callable[..., Sheet]) -> Callable[[str], Sheet]:
    """Reads the XML of some rows as a sheet with the usual headings."""
    return lambda rows: read("orders.xlsx", package(sheet_xml(HEADING_ROW + rows)))


@pytest.fixture
def read_book(tmp_path: Path) -> Callable[..., Sheet]:
    """Reads a workbook of these sheets, as xlsxwriter writes them."""

    def reader(sheets: Mapping[str, list[tuple[object, ...]]], sheet: str | None = None) -> Sheet:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
            for title, rows in sheets.items():
                written = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    written.write_row(number, 0, row)
        return read_sheet(path, sheet=sheet)

    return reader


def cells_of(sheet: Sheet) -> list[tuple[Cell, ...]]:
    """The cells of every row."""
    return [row.cells for row in sheet.rows]


# --- what the fidelity table asks ------------------------------------------------------------------------------------

AS_SEEN: Mapping[str, tuple[str, Cell]] = {
    "text with leading zeros": (text_cell("B2", "007"), "007"),
    "18 digits as text": (text_cell("B2", "123456789012345678"), "123456789012345678"),
    "a number shown as 0007": ('<c r="B2" s="1"><v>7</v></c>', "0007"),
    "a number shown as 0007, stored with a point": ('<c r="B2" s="1"><v>7.0</v></c>', "0007"),
    "a padded number that is wide enough": ('<c r="B2" s="1"><v>12345</v></c>', 12345),
    "a padded fraction": ('<c r="B2" s="1"><v>0.5</v></c>', 0.5),
    "a whole number": ('<c r="B2"><v>100</v></c>', 100),
    "a whole number with a point": ('<c r="B2" s="3"><v>100.0</v></c>', 100),
    "18 digits as other writers store them": ('<c r="B2"><v>123456789012345678</v></c>', "123456789012345678"),
    "16 digits, the last not lost": ('<c r="B2"><v>1234567890123456</v></c>', "1234567890123456"),
    "a negative number of 18 digits": ('<c r="B2"><v>-123456789012345678</v></c>', "-123456789012345678"),
    "15 digits": ('<c r="B2"><v>999999999999999</v></c>', 999999999999999),
    "a power of ten within 15 digits": ('<c r="B2"><v>1E+3</v></c>', 1000),
    "0.1 + 0.2": ('<c r="B2"><v>0.30000000000000004</v></c>', 0.1 + 0.2),
    "a small number": ('<c r="B2"><v>1.5E-5</v></c>', 1.5e-5),
    "a date": ('<c r="B2" s="2"><v>46447</v></c>', date(2027, 3, 1)),
    "a date in ISO": ('<c r="B2" t="d"><v>2027-03-01</v></c>', date(2027, 3, 1)),
    "TRUE": ('<c r="B2" t="b"><v>1</v></c>', True),
    "the text TRUE": (text_cell("B2", "TRUE"), "TRUE"),
    "NA": (text_cell("B2", "NA"), "NA"),
    "null": (text_cell("B2", "null"), "null"),
    "a text date": (text_cell("B2", "31/12/2027"), "31/12/2027"),
    "spaces around text": ('<c r="B2" t="str"><v xml:space="preserve"> a </v></c>', " a "),
    "an escaped carriage return": ('<c r="B2" t="str"><v>a_x000D_</v></c>', "a\r"),
    "several lines": (text_cell("B2", "one\ntwo"), "one\ntwo"),
    "a HYPERLINK formula": (
        '<c r="B2" t="str"><f>HYPERLINK("https://example.com","click here")</f><v>click here</v></c>',
        "click here",
    ),
    "a formula with a value": ('<c r="B2"><f>1+2</f><v>3</v></c>', 3),
    "a shared formula with a value": ('<c r="B2"><f t="shared" si="0"/><v>3</v></c>', 3),
    "a formula whose result is no text": ('<c r="B2" t="str"><f>IF(1,"","")</f><v></v></c>', ""),
    "a formula whose result is true": ('<c r="B2" t="b"><f>1=1</f><v>1</v></c>', True),
    "a styled cell without a value": ('<c r="B2" s="3"/>', ""),
    "rich text": ('<c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', "ab"),
    "text that looks like an error cell": (text_cell("B2", '&lt;c r="B2" t="e">'), '<c r="B2" t="e">'),
    "a cell as long as Excel allows": (text_cell("B2", "x" * 32_767), "x" * 32_767),
}


@pytest.mark.parametrize(("cell", "expected"), AS_SEEN.values(), ids=AS_SEEN.keys())
def test_cells_arrive_as_seen(read_rows: Callable[[str], Sheet], cell: str, expected: Cell) -> None:
    """Every kind of stored cell arrives as the person sees it, without a problem."""
    sheet = read_rows(f'<row r="2"><c r="A2"><v>1</v></c>{cell}</row>')
    (row,) = sheet.rows
    assert (row.cells[1], type(row.cells[1])) == (expected, type(expected))
    assert not sheet.problems


UNREADABLE: Mapping[str, tuple[str, str, Cell]] = {
    "an error": ('<c r="{}2" t="e"><v>#REF!</v></c>', "error_cell", "#REF!"),
    "an error of a formula": ('<c r="{}2" t="e"><f>NA()</f><v>#N/A</v></c>', "error_cell", "#N/A"),
    "a formula without a value": ('<c r="{}2"><f>1+2</f></c>', "formula_without_value", ""),
    "a text formula without a value": ('<c r="{}2" t="str"><f>A2</f></c>', "formula_without_value", ""),
    "an error without a name": ('<c r="{}2" t="e"><v></v></c>', "error_cell", "#VALUE!"),
    "a formula with an empty value": ('<c r="{}2"><f>1+2</f><v></v></c>', "formula_without_value", ""),
    "a formula with an empty value element": ('<c r="{}2"><f>1+2</f><v/></c>', "formula_without_value", ""),
    "a number as Excel stores 18 digits": ("<c r='{}2'><v>1.2345678901234499E+17</v></c>", "long_number", None),
    "16 digits with a lost one": ('<c r="{}2"><v>1234567890123450</v></c>', "long_number", 1234567890123450),
    "10 to the 15th": ('<c r="{}2"><v>1E+15</v></c>', "long_number", 10**15),
    "16 digits and a fraction": ('<c r="{}2"><v>1234567890123456.5</v></c>', "long_number", None),
    "a number without end": ('<c r="{}2"><v>1E+400</v></c>', "long_number", "inf"),
    "a negative long number": ('<c r="{}2"><v>-1E+16</v></c>', "long_number", -(10**16)),
}
PLACES = {"a known column": ("C", "Quantity", Level.ERROR), "a person's own column": ("D", "Notes", Level.WARNING)}


@pytest.mark.parametrize(("letter", "heading", "level"), PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize(("cell", "code", "shown"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_cells_that_cannot_be_read_are_problems(
    read: Callable[..., Sheet], cell: str, code: str, shown: Cell | None, letter: str, heading: str, level: Level
) -> None:
    """An error, a formula without a result and a number without all its digits are told with row and heading."""
    headings = HEADING_ROW.replace("</row>", text_cell("D1", "Notes") + "</row>")
    rows = f'{headings}<row r="2"><c r="A2"><v>1</v></c>{cell.format(letter)}</row>'
    sheet = read("orders.xlsx", package(sheet_xml(rows)))
    (problem,) = sheet.problems
    assert (problem.row, problem.column, problem.code, problem.level) == (2, heading, code, level)
    assert problem.message.startswith(heading)
    assert problem.advice
    if shown is not None:
        assert sheet.rows[0].cells[sheet.headings.index(heading)] == shown


WRITERS: Mapping[str, tuple[Any, str]] = {
    "calculated": (5, ""),
    "calculated as text": ("five", ""),
    "not calculated": (0, "formula_without_value"),
}


@pytest.mark.parametrize(("value", "code"), WRITERS.values(), ids=WRITERS.keys())
def test_a_formula_that_xlsxwriter_did_not_calculate_is_a_problem(tmp_path: Path, value: Any, code: str) -> None:
    """XlsxWriter stores 0 for the result that it does not know; any other value was given to it."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, HEADINGS)
        written.write(1, 0, 0)
        written.write_formula(1, 2, "=A2*5", None, value)
    sheet = read_sheet(path)
    assert cells_of(sheet) == [(0, "", value)]
    assert [p.code for p in sheet.problems] == ([code] if code else [])


def test_a_formula_of_openpyxls_is_a_problem(tmp_path: Path) -> None:
    """openpyxl stores no result at all."""
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    book.active.append((1, '=HYPERLINK("https://example.com")', "=1+2"))
    book.save(path)
    assert [(p.row, p.column, p.code) for p in read_sheet(path).problems] == [
        (2, "Link", "formula_without_value"),
        (2, "Quantity", "formula_without_value"),
    ]


SHARED: Mapping[str, tuple[str, str]] = {
    "plain": ("<t>a</t>", "a"),
    "kept spaces": ('<t xml:space="preserve"> a </t>', " a "),
    "rich text": ('<r><t>a</t></r><r><rPr><b/></rPr><t xml:space="preserve"> b</t></r>', "a b"),
    "reading aids": ('<t>a</t><rPh sb="0" eb="1"><t>x</t></rPh><phoneticPr fontId="1"/>', "a"),
    "unescaped signs": ("<t><![CDATA[a<b]]></t>", "a<b"),
    "escaped signs": ("<t>a&#10;b&amp;_x005F_x000D_</t>", "a\nb&_x000D_"),
    "nothing": ("<t/>", ""),
}


@pytest.mark.parametrize(("text", "expected"), SHARED.values(), ids=SHARED.keys())
def test_shared_texts(read: Callable[..., Sheet], text: str, expected: str) -> None:
    """A text that several cells share arrives as it is shown."""
    rows = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>1</v></c></row>'
    more = {"xl/sharedStrings.xml": f"<sst {MAIN}><si><t>first</t></si><si>{text}</si></sst>"}
    assert cells_of(read("orders.xlsx", package(sheet_xml(HEADING_ROW + rows), more))) == [(1, expected, "")]


def test_a_style_that_every_cell_has_may_show_leading_zeros(read: Callable[..., Sheet]) -> None:
    """A cell that names no style has the first one."""
    styles = STYLES.replace('<cellXfs><xf numFmtId="0"/>', '<cellXfs><xf numFmtId="164"/>')
    content = package(sheet_xml(f'{HEADING_ROW}<row r="2"><c r="A2"><v>7</v></c></row>'), {"xl/styles.xml": styles})
    assert cells_of(read("orders.xlsx", content)) == [("0007", "", "")]


def test_a_row_with_nothing_but_an_uncalculated_formula_is_kept(read_rows: Callable[[str], Sheet]) -> None:
    """It is a problem, not an empty row, also below and beside everything that has a value."""
    sheet = read_rows('<row r="2"><c r="A2"><v>1</v></c></row><row r="9"><c r="F9"><f>A2</f></c></row>')
    assert [row.number for row in sheet.rows] == [2, 9]
    assert sheet.headings == (*HEADINGS, "Column F")
    assert [(p.row, p.column) for p in sheet.problems] == [(9, "Column F")]


@pytest.mark.parametrize("cell", ['<c r="D1" t="e"><v>#REF!</v></c>', '<c r="D1"><f>A2</f></c>'])
def test_a_heading_that_cannot_be_read_refuses_the_file(read: Callable[..., Sheet], cell: str) -> None:
    """It may be the heading of any column: an order could be sent without its limit."""
    rows = HEADING_ROW.replace("</row>", f"{cell}</row>") + '<row r="2"><c r="D2"><v>1</v></c></row>'
    with pytest.raises(FileError, match="heading of column D"):
        read("orders.xlsx", package(sheet_xml(rows)))


BAD_CELLS = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c><c r="C2"><f>1+2</f></c></row>'
LAYOUTS: Mapping[str, Callable[[str], str | bytes]] = {
    "as Excel": lambda xml: xml,
    "single quotes": lambda xml: xml.replace('"', "'"),
    "namespace prefix": lambda xml: (
        xml.replace("</", "</~")
        .replace("<", "<x:")
        .replace("<x:/~", "</x:")
        .replace("<x:?", "<?")
        .replace("xmlns=", "xmlns:x=")
    ),
    "line breaks between elements": lambda xml: xml.replace("><", ">\n  <"),
    "line breaks in tags": lambda xml: xml.replace("<c ", "<c\n").replace('" t=', '"\n\tt='),
    "spaces around =": lambda xml: xml.replace('t="e"', 't = "e"'),
    "a comment before": lambda xml: xml.replace("<dimension", "<!-- <sheetData></sheetData> --><dimension"),
    "a comment with rows": lambda xml: xml.replace(BAD_CELLS, f'<!-- <row r="5"></row> -->{BAD_CELLS}'),
    "a comment that ends the data": lambda xml: xml.replace(BAD_CELLS, f"<!-- </sheetData> -->{BAD_CELLS}"),
    "another order of attributes": lambda xml: xml.replace('<c r="B2" t="e">', '<c t="e" cm="1" r="B2">'),
    "no places": lambda xml: (
        xml.replace(' r="A2"', "").replace(' r="B2"', "").replace(' r="C2"', "").replace(' r="2"', "")
    ),
    "a byte-order mark": lambda xml: b"\xef\xbb\xbf" + xml.encode(),
    "attributes with >": lambda xml: xml.replace('<row r="2"', '<row x=">" r="2"'),
    "no spaces kept": lambda xml: xml.replace("<sheetData>", "<sheetData >"),
    "rows in disorder": lambda xml: xml.replace(BAD_CELLS, "").replace("<sheetData>", f"<sheetData>{BAD_CELLS}"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_no_layout_of_the_xml_blinds_the_reader(
    read: Callable[..., Sheet], layout: Callable[[str], str | bytes]
) -> None:
    """However a program writes the sheet, errors and uncalculated formulas are found at their places."""
    sheet = read("orders.xlsx", package(layout(sheet_xml(HEADING_ROW + BAD_CELLS))))
    assert [(p.row, p.column, p.code) for p in sheet.problems] == [
        (2, "Link", "error_cell"),
        (2, "Quantity", "formula_without_value"),
    ]
    assert cells_of(sheet) == [(1, "#N/A", "")]


# --- places ----------------------------------------------------------------------------------------------------------


def test_a_wrong_dimension_loses_no_rows(read_rows: Callable[[str], Sheet]) -> None:
    """The sheet says A1, and every row is read all the same."""
    sheet = read_rows("".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 50)))
    assert [row.number for row in sheet.rows] == list(range(2, 50))


def test_rows_keep_the_number_that_excel_shows(read_book: Callable[..., Sheet]) -> None:
    """Blank rows are skipped and counted; one that holds only spaces is blank."""
    rows = [HEADINGS, (), (7, "a", 1), (), ("  ", "", " "), (8, "b", 2)]
    sheet = read_book({"Orders": rows})
    assert [(row.number, row.cells) for row in sheet.rows] == [(3, (7, "a", 1)), (6, (8, "b", 2))]


def test_the_heading_may_stand_below_a_title(read_book: Callable[..., Sheet], read: Callable[..., Sheet]) -> None:
    """What is above it is no order, and the rows keep their numbers; in a text file as well."""
    rows = [["Our orders", "", "", "spring"], [], ["Service", "Link", "Quantity"], [1, "x", 5], [2, "y", 6]]
    text = "Our orders,,,spring\n\nService,Link,Quantity\n1,x,5\n2,y,6\n2,y,6,7\n"
    for sheet, cells in ((read_book({"Orders": rows}), (1, "x", 5)), (read("o.csv", text), ("1", "x", "5"))):
        assert sheet.headings == ("Service", "Link", "Quantity")
        assert [row.number for row in sheet.rows[:2]] == [4, 5]
        assert sheet.rows[0].cells == cells
    [problem] = sheet.problems
    assert (problem.row, problem.code) == (6, "too_many_cells")


def test_the_delimiter_is_that_of_the_heading_below_a_title(read: Callable[..., Sheet]) -> None:
    """A title with commas in it does not decide."""
    sheet = read("o.csv", "Orders, for spring, and summer\nService;Link;Quantity\n1;x;5\n")
    assert (sheet.headings, sheet.rows[0].cells) == (("Service", "Link", "Quantity"), ("1", "x", "5"))


def test_the_order_forms_own_columns_are_left_out(read_book: Callable[..., Sheet], tmp_path: Path) -> None:
    """They make no row of an empty one, no column, and no problem where they were never calculated."""
    path = tmp_path / "form.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, ["Order form"])
        sheet.write_formula(1, 0, "=COUNTA(A4:A9)")
        sheet.write_row(2, 0, ["Service", "Check (auto)", "Link", "Type", "Name (auto)"])
        for row in range(3, 9):
            sheet.write_formula(row, 1, f"=A{row + 1}*2", None, "")
            sheet.write_formula(row, 4, "=NA()", None, "#N/A")
        sheet.write_row(3, 2, ["x", "mine"])
        sheet.write(3, 0, 1)
    read = read_sheet(path)
    assert read.headings == ("Service", "Link", "Type")
    assert [(row.number, row.cells) for row in read.rows] == [(4, (1, "x", "mine"))]
    assert read.problems == ()


def test_example_rows_are_left_out_and_said(read_book: Callable[..., Sheet]) -> None:
    """A row whose Ref is "example" only shows how the form is filled in."""
    rows = [["Ref", "Service"], ["Example ", 1], ["A-1", 2], ["an example", 3], ["example", 4]]
    sheet = read_book({"Orders": rows})
    assert [row.number for row in sheet.rows] == [3, 4]
    [problem] = sheet.problems
    assert (problem.row, problem.level) == (None, Level.WARNING)
    assert '2 rows were left out, because Ref says "example"' in problem.message


def test_empty_columns_are_left_out_and_unnamed_ones_get_a_name(read_book: Callable[..., Sheet]) -> None:
    """Leading, middle and trailing columns without anything are dropped; a filled one is called after its letter."""
    sheet = read_book(
        {"Orders": [("", " Service ", "", "Link", "", "Column E"), ("", 7, "", "a", "note", "x", "", " ")]}
    )
    assert sheet.headings == ("Service", "Link", "Column E (2)", "Column E")
    assert cells_of(sheet) == [(7, "a", "note", "x")]


def test_problems_name_the_right_column_when_columns_are_left_out(read: Callable[..., Sheet]) -> None:
    """A sheet that begins in column C keeps headings, cells and problems together."""
    rows = (
        f'<row r="1">{text_cell("C1", "Service")}{text_cell("E1", "Quantity")}</row>'
        '<row r="2"><c r="C2"><v>1</v></c><c r="E2" t="e"><v>#DIV/0!</v></c></row>'
    )
    sheet = read("orders.xlsx", package(sheet_xml(rows)))
    assert (sheet.headings, cells_of(sheet)) == (("Service", "Quantity"), [(1, "#DIV/0!")])
    assert [(p.row, p.column) for p in sheet.problems] == [(2, "Quantity")]


def test_hidden_rows_merged_cells_and_links_are_read_as_text(tmp_path: Path) -> None:
    """A filtered row counts, a merged cell has its value once, and a link shows its text."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, HEADINGS)
        written.write_url(1, 1, "https://example.com/", string="click here")
        written.merge_range(2, 0, 3, 0, 7)
        written.write(3, 1, "below")
        written.set_row(1, None, None, {"hidden": True})
    sheet = read_sheet(path)
    assert [(r.number, r.cells) for r in sheet.rows] == [
        (2, ("", "click here", "")),
        (3, (7, "", "")),
        (4, ("", "below", "")),
    ]


def test_dates_counted_from_1904(tmp_path: Path) -> None:
    """Old Mac workbooks count days from another year."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, ("Service", "Expiry"))
        written.write_datetime(1, 1, date(2027, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    assert cells_of(read_sheet(path)) == [("", date(2027, 3, 1))]


NO_DATES = ("General", "0%", '0 "days"', "[Red]0", "[$-409]0", "#,##0\\ _D_M", '#,##0 "stk."', "0\\d", "0.00E+00")


@pytest.mark.parametrize("shape", NO_DATES)
def test_a_number_stays_one_whatever_letters_its_format_has(tmp_path: Path, shape: str) -> None:
    """A day, month or year that is only written beside a number makes no date of it."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, ("Service", "Quantity"))
        written.write_number(1, 1, 500, book.add_format({"num_format": shape}))
    assert cells_of(read_sheet(path)) == [("", 500)]


def test_dates_times_and_durations(tmp_path: Path) -> None:
    """A date is a date, a moment a datetime, a time a time, and a duration the text that is shown."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, ("Service", "a", "b", "c", "d"))
        for column, (value, shape) in enumerate(
            (
                (date(2027, 3, 1), "yyyy-mm-dd"),
                (datetime(2027, 3, 1, 12, 30), "yyyy-mm-dd hh:mm"),
                (time(12, 30), "hh:mm"),
                (timedelta(hours=25, minutes=3), "[h]:mm:ss"),
            )
        ):
            written.write_datetime(1, column + 1, value, book.add_format({"num_format": shape}))
    assert cells_of(read_sheet(path)) == [
        ("", date(2027, 3, 1), datetime(2027, 3, 1, 12, 30), time(12, 30), "25:03:00"),
    ]


# --- which sheet -----------------------------------------------------------------------------------------------------

OTHER, ORDERS = [("Name",), ("x",)], [HEADINGS, (7, "a", 1)]
CHOICES: Mapping[str, tuple[Mapping[str, list[tuple[object, ...]]], str | None, str]] = {
    "the only one": ({"Sheet1": ORDERS}, None, "Sheet1"),
    "Orders in any spelling": ({"Old": ORDERS, "ORDERS": ORDERS}, None, "ORDERS"),
    "the first with services": ({"Notes": OTHER, "Empty": [], "March": ORDERS, "April": ORDERS}, None, "March"),
    "the one asked for": ({"Orders": ORDERS, "March": ORDERS}, "March", "March"),
    "asked for with its spaces": ({"Orders": ORDERS, " March ": ORDERS}, " March ", " March "),
    "asked for in another spelling": ({"Orders": ORDERS, "March": ORDERS}, " march", "March"),
}


@pytest.mark.parametrize(("sheets", "wanted", "chosen"), CHOICES.values(), ids=CHOICES.keys())
def test_the_sheet_is_chosen(
    read_book: Callable[..., Sheet], sheets: Mapping[str, list[tuple[object, ...]]], wanted: str | None, chosen: str
) -> None:
    """--sheet, else Orders, else the first with a Service column; the names of the others are kept."""
    sheet = read_book(sheets, wanted)
    assert sheet.name == chosen
    assert sheet.other_sheets == tuple(n for n in sheets if n != chosen)
    assert sheet.headings == HEADINGS


def test_a_hidden_sheet_counts_like_others(tmp_path: Path) -> None:
    """Orders may be hidden."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Shown").write_row(0, 0, HEADINGS)
        hidden = book.add_worksheet("Orders")
        hidden.write_row(0, 0, HEADINGS)
        hidden.hide()
    assert read_sheet(path).name == "Orders"


def test_custom_properties_come_along(tmp_path: Path) -> None:
    """A results workbook says there which job it belongs to."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, 0, HEADINGS)
        book.set_custom_property("bulkorders panel", "https://panel.example/?a=1&b=2")
        book.set_custom_property("bulkorders job", "7c")
    told = {"bulkorders panel": "https://panel.example/?a=1&b=2", "bulkorders job": "7c"}
    assert dict(read_sheet(path).properties) == told
    assert read_properties(path) == told


@pytest.mark.parametrize("name", ["none.xlsx", "broken.xlsx", "text.csv"])
def test_what_is_no_workbook_has_no_properties(tmp_path: Path, name: str) -> None:
    """Asking for properties never fails."""
    if not name.startswith("none"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 broken")
    assert read_properties(tmp_path / name) == {}


# --- unusable files --------------------------------------------------------------------------------------------------


def zip_flagged(content: bytes) -> bytes:
    """The same zip, each part marked as encrypted."""
    changed = bytearray(content)
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            changed[place + flag] |= 1
    return bytes(changed)


def charts_only() -> bytes:
    """A workbook with a chart sheet and nothing else."""
    relation = (
        f'<Relationships xmlns="{PACKAGED}"><Relationship Id="rId1" Type="{RELATIONS}/chartsheet" '
        'Target="chartsheets/sheet1.xml"/></Relationships>'
    )
    parts = {"xl/_rels/workbook.xml.rels": relation, "xl/chartsheets/sheet1.xml": f"<chartsheet {MAIN}/>"}
    return package("", parts, without="xl/worksheets/sheet1.xml")


GOOD = package(sheet_xml(HEADING_ROW + '<row r="2"><c r="A2"><v>1</v></c></row>'))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FAR = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
BOMB = f'<!DOCTYPE a [<!ENTITY b "{"x" * 99}">]>'
UNUSABLE: Mapping[str, tuple[str, bytes | str, str]] = {
    "empty workbook": ("a.xlsx", b"", "is empty"),
    "empty text": ("a.csv", b"", "is empty"),
    "old format": ("a.xls", OLE, r"save it as \.xlsx"),
    "OpenDocument": ("a.ods", GOOD, r"save it as \.xlsx"),
    "binary workbook": ("a.xlsb", GOOD, r"save it as \.xlsx"),
    "a document": ("a.pdf", b"%PDF-1.7", r"save it as \.xlsx"),
    "Numbers": ("a.numbers", GOOD, r"save it as \.xlsx"),
    "no suffix": ("orders", GOOD, r"save it as \.xlsx"),
    "old format renamed": ("a.xlsx", OLE + bytes(600), r"old Excel file.*save it as \.xlsx"),
    "password": ("a.xlsx", OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "picture": ("a.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    "PDF": ("a.xlsx", b"%PDF-1.7", "PDF"),
    "text named .xlsx": ("a.xlsx", "Service,Link\n1,a\n", "damaged, or is no Excel workbook"),
    "broken zip": ("a.xlsx", GOOD[:-60], "damaged"),
    "damaged inside": ("a.xlsx", GOOD[:900] + b"\xff\xff\xff\xff" + GOOD[904:], "damaged"),
    "another zip": ("a.xlsx", package("", without="xl/workbook.xml"), "no Excel workbook inside"),
    "a document renamed": (
        "a.xlsx",
        package("", {"word/document.xml": "<document/>"}, without="xl/workbook.xml"),
        "no Excel workbook inside",
    ),
    "parts with a password": ("a.xlsx", zip_flagged(GOOD), "damaged"),
    "only charts": ("a.xlsx", charts_only(), "only charts"),
    "an error that the reader of cells does not know": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW + '<row r="2"><c r="B2" t="e"><v>#SPILL!</v></c></row>')),
        'B2 of the sheet "Orders" shows #SPILL!',
    ),
    "a value cut by a comment": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW + '<row r="2"><c r="C2"><v>1<!-- -->2</v></c></row>')),
        "damaged",
    ),
    "more shared texts promised than there can be": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW), {"xl/sharedStrings.xml": f'<sst {MAIN} uniqueCount="4294967295"/>'}),
        "damaged",
    ),
    "sheet missing": ("a.xlsx", package("", without="xl/worksheets/sheet1.xml"), "damaged"),
    "sheet cut off": ("a.xlsx", package(sheet_xml(HEADING_ROW)[:-40]), "damaged"),
    "text outside the shared strings": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW + '<row r="2"><c r="A2" t="s"><v>5</v></c></row>')),
        "damaged",
    ),
    "no headings": ("a.xlsx", package(sheet_xml('<row r="2"><c r="A2"><v>1</v></c></row>')), "no headings"),
    "nothing in the sheet": ("a.xlsx", package(sheet_xml("")), "no headings"),
    "no Service column": (
        "a.xlsx",
        package(sheet_xml(f'<row r="1">{text_cell("A1", "Name")}{text_cell("B1", "Town")}</row>')),
        '"Service".*"Name", "Town"',
    ),
    "lock file": ("~$a.xlsx", b"owner", r"Use a\.xlsx instead"),
    "entities in the sheet": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW).replace("<worksheet", BOMB + "<worksheet")),
        "damaged",
    ),
    "entities in the properties": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW), {"docProps/custom.xml": BOMB + "<a/>"}),
        "damaged",
    ),
    "another encoding": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW).replace("UTF-8", "UTF-16").encode("utf-16")),
        "damaged",
    ),
    "too many columns": (
        "a.xlsx",
        package(sheet_xml(HEADING_ROW + '<row r="2"><c r="ALN2"><v>1</v></c></row>')),
        "columns",
    ),
    "a value beyond Excel's last row": (
        "a.xlsx",
        package(sheet_xml('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')),
        "rows",
    ),
    "a row number without end": ("a.xlsx", package(sheet_xml('<row r="4294967295"><c><v>1</v></c></row>')), "rows"),
    "two far corners": ("a.xlsx", package(sheet_xml('<row r="1"><c r="ZZ1"><v>1</v></c></row>' + FAR)), "702 columns"),
    "two far corners, hidden in disorder": (
        "a.xlsx",
        package(sheet_xml(f'{FAR}<row r="1"><c r="ZZ1"><v>1</v></c><c r="A1"><v>1</v></c></row>')),
        "702 columns",
    ),
    "CSV without headings": ("a.csv", "\n1,2\n", "no headings"),
    "CSV without services": ("a.csv", "Name,Town\nx,y\n", '"Name", "Town"'),
    "CSV with an open quotation mark": ("a.csv", 'Service,Link\n1,a\n2,"b\n3,c\n', "line 3"),
    "CSV with a quotation mark inside": ("a.csv", 'Service,Link\n1,"a"b\n', "line 2"),
    "CSV with an endless cell": ("a.csv", "Service,Link\n1," + "x" * 1_000_001, "1,000,000 characters"),
    "CSV with too many columns": ("a.csv", "Service" + ",x" * 1001, "1,000 columns"),
    "a workbook named .csv": ("a.csv", GOOD, "no text but a workbook"),
    "a picture named .csv": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    "zeros named .txt": ("a.txt", b"1|a|2\0\1\0", "no text"),
    "bytes that no encoding has": ("a.csv", b"Service\n\x81\x8d\xff\n", "letters cannot be read"),
}


@pytest.mark.parametrize(("name", "content", "told"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_file_is_one_sentence(
    read: Callable[..., Sheet], name: str, content: bytes | str, told: str
) -> None:
    """It names the file, says what is wrong, and what to do."""
    with pytest.raises(FileError, match=told) as caught:
        read(name, content)
    assert name in caught.value.message
    assert caught.value.advice
    assert caught.value.exit_code == 2


def test_a_missing_path_and_a_folder(tmp_path: Path) -> None:
    """Each has its sentence, also a path that no system allows."""
    for path, told in (
        (tmp_path / "none.xlsx", "There is no file"),
        (tmp_path, "is a folder"),
        (tmp_path / ("x" * 5000 + ".xlsx"), "There is no file"),
        (Path("a\0b.xlsx"), "There is no file"),
    ):
        with pytest.raises(FileError, match=told):
            read_sheet(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says is told, and what usually helps."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.csv").write_text("Service\n1\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"cannot be read \(Permission denied\).*Close the program"):
        read_sheet(tmp_path / "a.csv")


def test_a_sheet_that_is_not_there(read_book: Callable[..., Sheet], read: Callable[..., Sheet]) -> None:
    """The sheets that are there are listed; text has none."""
    with pytest.raises(FileError, match=r'no sheet "May".*"March", "April"'):
        read_book({"March": ORDERS, "April": ORDERS}, "May")
    with pytest.raises(FileError, match="has no sheets"):
        read("a.csv", "Service\n1\n", "May")


@pytest.mark.parametrize(
    ("limit", "told"), [("workbook", "larger than"), ("unpacked", "unpacks"), ("parts", "more than 5")]
)
def test_limits_of_size(read: Callable[..., Sheet], monkeypatch: pytest.MonkeyPatch, limit: str, told: str) -> None:
    """A file that is too large, packed or unpacked, is refused before it is read."""
    monkeypatch.setitem(LIMITS, limit, replace(LIMITS[limit], most=5))  # type: ignore[arg-type]
    with pytest.raises(FileError, match=told):
        read("a.xlsx", GOOD)


@pytest.mark.parametrize(("limit", "lines"), [("rows", 5), ("orders", 6), ("filled", 6)])
def test_too_many_rows_of_text(
    read: Callable[..., Sheet], monkeypatch: pytest.MonkeyPatch, limit: str, lines: int
) -> None:
    """Text has as many rows as a sheet can have, at most, and no more filled ones than there is memory for."""
    monkeypatch.setitem(LIMITS, limit, replace(LIMITS[limit], most=5))  # type: ignore[arg-type]
    assert len(read("a.csv", "Service\n" + "1\n" * (lines - 1)).rows) == lines - 1
    for name, content in (("a.csv", "Service\n" + "1\n" * lines), ("a.txt", "1|@a|2\n" * 6)):
        with pytest.raises(FileError, match="more than 5"):
            read(name, content)


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_a_part_larger_than_the_zip_says_is_refused(read: Callable[..., Sheet], part: str) -> None:
    """The directory of a zip can lie; what is unpacked is counted."""
    more = {"xl/sharedStrings.xml": f"<sst {MAIN}>{'<si><t>x</t></si>' * 5000}</sst>"}
    content = bytearray(package(sheet_xml(HEADING_ROW), more))
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(part.encode()))
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(FileError, match="damaged"):
        read("a.xlsx", bytes(content))


def test_styled_cells_without_values_are_no_columns(read_rows: Callable[[str], Sheet]) -> None:
    """LibreOffice formats whole rows and marks the last row of a sheet; neither makes a sheet too large."""
    styled = "".join(f'<c r="{c}2" s="1"/>' for c in ("B", "AZ", "AMJ", "XFD"))
    sheet = read_rows(f'<row r="2"><c r="A2"><v>1</v></c>{styled}</row><row r="1048576" ht="12.8"/>')
    assert cells_of(sheet) == [(1, "", "")]


# --- text ------------------------------------------------------------------------------------------------------------

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(read: Callable[..., Sheet], encoding: str) -> None:
    """Letters arrive whatever they are stored in."""
    sheet = read("a.csv", "Service;Link;Café\r\n007;näher;€\r\n".encode(encoding))
    assert sheet.headings == ("Service", "Link", "Café")
    assert cells_of(sheet) == [("007", "näher", "€")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.CSV"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(read: Callable[..., Sheet], delimiter: str, name: str, ending: str) -> None:
    """The heading line tells the delimiter, whatever else its cells hold and whatever the file is called."""
    lines = ["Client, or; name|Service ID|Qty".replace("|", delimiter), 'x|7|"1,0;0"'.replace("|", delimiter)]
    lines[0] = lines[0].replace("Client, or; name", '"Client, or; name"')
    sheet = read(name, ending.join(lines))
    assert sheet.headings == ("Client, or; name", "Service ID", "Qty")
    assert cells_of(sheet) == [("x", "7", "1,0;0")]


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_excels_own_mark_for_the_delimiter(read: Callable[..., Sheet], name: str) -> None:
    """`sep=;` in the first line is not shown by Excel, and is no row."""
    sheet = read(name, "sep=|\r\nService|Link\r\n7|a,b\r\n")
    assert [(r.number, r.cells) for r in sheet.rows] == [(2, ("7", "a,b"))]


HEADINGS_OF_LINES = {
    "comma": '"Client;a;b;c\nname",Service,Link\n1,2,3\n',
    "semicolon": '"Client,a,b,c\r\nname";Service;Link\r\n1;2;3\r\n',
    "tab": '"Client|a,b\nname"\tService\tLink\n1\t2\t3\n',
}


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
@pytest.mark.parametrize("content", HEADINGS_OF_LINES.values(), ids=HEADINGS_OF_LINES.keys())
def test_a_heading_may_have_several_lines(read: Callable[..., Sheet], content: str, name: str) -> None:
    """The whole heading record tells the delimiter, not its first line."""
    sheet = read(name, content)
    assert sheet.headings[1:] == ("Service", "Link")
    assert [(r.number, r.cells) for r in sheet.rows] == [(2, ("1", "2", "3"))]


def test_rows_of_text_are_numbered_as_excel_numbers_them(read: Callable[..., Sheet]) -> None:
    """A cell of several lines is one row; blank lines count and are skipped."""
    sheet = read("a.csv", 'Service,Comments\n1,"one\ntwo"\n\n,\n2,three\n')
    assert [(r.number, r.cells) for r in sheet.rows] == [(2, ("1", "one\ntwo")), (5, ("2", "three"))]


def test_short_rows_are_filled_up_and_long_ones_are_problems(read: Callable[..., Sheet]) -> None:
    """No column ever shifts: what stands beyond the heading makes its row a problem, unless it is empty."""
    sheet = read("a.csv", "Service,Link\n1\n2,b,,\n3,c,d\n")
    assert cells_of(sheet) == [("1", ""), ("2", "b"), ("3", "c")]
    (problem,) = sheet.problems
    assert (problem.row, problem.code, problem.level) == (4, "too_many_cells", Level.ERROR)


def test_text_is_left_as_it_is(read: Callable[..., Sheet]) -> None:
    """Nothing in a CSV becomes a number, a date, a truth or a missing value."""
    cells = ("007", "NA", "null", "TRUE", "1.0", "2027-03-01", " a ", "123456789012345678")
    sheet = read("a.csv", f"Service,{','.join('abcdefg')}\n{','.join(cells)}\n")
    assert cells_of(sheet) == [cells]


LINES: Mapping[str, tuple[str, tuple[str, str, str]]] = {
    "link first": ("12|https://example.com/a|100", ("12", "https://example.com/a", "100")),
    "quantity first": ("12|100|https://example.com/a", ("12", "https://example.com/a", "100")),
    "spaces": (" 12 | @name | 100 ", ("12", "@name", "100")),
    "a bare name": ("12|100|some.name", ("12", "some.name", "100")),
    "thousands": ("12|1,000|example.com/a", ("12", "example.com/a", "1,000")),
    "a quantity in words": ("12|many|https://example.com/a", ("12", "https://example.com/a", "many")),
    "no quantity": ("12|https://example.com/a|", ("12", "https://example.com/a", "")),
}


@pytest.mark.parametrize(("line", "cells"), LINES.values(), ids=LINES.keys())
def test_mass_order_lines(read: Callable[..., Sheet], line: str, cells: tuple[str, str, str]) -> None:
    """Link and quantity are told apart on each line, whichever comes first."""
    sheet = read("a.txt", f"1|100|https://example.com/first\n\n{line}\n")
    assert (sheet.headings, sheet.problems) == (HEADINGS, ())
    assert [(r.number, r.cells) for r in sheet.rows] == [(1, ("1", "https://example.com/first", "100")), (3, cells)]


@pytest.mark.parametrize("line", ["12|100|200", "12|100", "12|a|b", "https://example.com/" + "x" * 90, "1|2|3|@a"])
def test_an_unclear_line_is_a_problem_on_its_row(read: Callable[..., Sheet], line: str) -> None:
    """It is quoted, shortened, and never dropped."""
    sheet = read("a.txt", f"1|@a|2\n{line}\n")
    (problem,) = sheet.problems
    assert (problem.row, problem.code, problem.level) == (2, "unclear_line", Level.ERROR)
    assert line[:40] in problem.message
    assert len(problem.message) < 200
    assert [r.number for r in sheet.rows] == [1, 2]
    assert sheet.rows[1].cells[0] == line.split("|")[0]


def test_pasted_lines_may_have_headings(read: Callable[..., Sheet]) -> None:
    """A first line of column names is no order; and a .txt may be a table, as Excel saves it."""
    assert [r.number for r in read("a.txt", "service|link|quantity\n1|@a|2\n").rows] == [2]
    assert cells_of(read("a.txt", "Service\tLink\n1\t@a\n")) == [("1", "@a")]


INPUTS = {"a table": ("Service,Link\n1,@a\n", ("1", "@a")), "pasted lines": ("1|5|@a\n", ("1", "@a", "5"))}


@pytest.mark.parametrize(("text", "cells"), INPUTS.values(), ids=INPUTS.keys())
def test_standard_input(monkeypatch: pytest.MonkeyPatch, text: str, cells: tuple[str, ...]) -> None:
    """`-` reads a table or pasted lines."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert cells_of(read_sheet("-")) == [cells]


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing piped in is said."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(FileError, match="Standard input is empty"):
        read_sheet("-")
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it where a program was started without one
    with pytest.raises(FileError, match="Standard input is empty"):
        read_sheet("-")


class PanicException(BaseException):
    """Named and derived as the one that a crash inside calamine raises; no damage to a file was found that does."""


@pytest.mark.parametrize(("raised", "told"), [(PanicException, FileError), (KeyboardInterrupt, KeyboardInterrupt)])
def test_a_crash_inside_calamine_is_damage_and_an_interrupt_is_not(
    raised: type[BaseException], told: type[BaseException]
) -> None:
    """Neither is swallowed, and only the person's own goes on as it is."""
    with pytest.raises(told), _calamine(io.BytesIO(GOOD), "a.xlsx"):
        raise raised


# --- second opinions -------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("\n _x0D"), max_size=12)
VALUES = st.one_of(
    st.none(),
    TEXTS.filter(lambda t: not t.startswith("=")),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda f: round(f, 6)),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2099, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)
ONE_BY_ONE = settings(
    max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _same(ours: Cell, theirs: Any) -> bool:
    if theirs is None:
        return ours == ""
    if isinstance(theirs, datetime) and type(ours) is date:
        return theirs == datetime(ours.year, ours.month, ours.day)
    if isinstance(theirs, float):
        return isinstance(ours, int | float) and abs(ours - theirs) < 1e-6
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=8))
@ONE_BY_ONE
def test_openpyxl_reads_the_same(tmp_path: Path, rows: list[list[Any]]) -> None:
    """A workbook of openpyxl's arrives as openpyxl itself reads it, row by row under the same numbers."""
    path = tmp_path / "random.xlsx"
    book = openpyxl.Workbook()
    for row in [list(HEADINGS), *rows]:
        book.active.append(row)
    book.save(path)
    theirs = dict(enumerate(openpyxl.load_workbook(path).active.iter_rows(values_only=True), 1))
    ours = {1: HEADINGS} | {row.number: row.cells for row in read_sheet(path).rows}
    for number, row in theirs.items():
        cells = ours.get(number, ("", "", ""))
        if number not in ours:
            assert not any(v is not None and str(v).strip() for v in row)
            continue
        assert all(map(_same, cells, row)), (cells, row)
    assert ours.keys() <= theirs.keys()


NUMBERS = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,5})?(E[+-]?[0-9]{1,2})?", fullmatch=True)


@given(NUMBERS)
@ONE_BY_ONE
def test_no_number_loses_digits_without_a_word(tmp_path: Path, stored: str) -> None:
    """A stored number arrives exactly as Python reads it, or as its own text, or as a problem."""
    path = tmp_path / "number.xlsx"
    path.write_bytes(package(sheet_xml(f'{HEADING_ROW}<row r="2"><c r="C2"><v>{stored}</v></c></row>')))
    sheet = read_sheet(path)
    cell = sheet.rows[0].cells[2]
    if not sheet.problems:
        assert cell == (stored if isinstance(cell, str) else float(stored))
        assert isinstance(cell, str) or abs(cell) < 1e15  # type: ignore[arg-type]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
@settings(ONE_BY_ONE, max_examples=150)
def test_any_bytes_give_a_sheet_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    """Whatever a file of a known name holds, reading it never fails in another way."""
    for suffix in SPREADSHEETS:
        for start in (b"", b"Service,Link\n", b"PK\x03\x04"):
            path = tmp_path / f"any{suffix}"
            path.write_bytes(start + content)
            with suppress(FileError):
                assert isinstance(read_sheet(path), Sheet)


@given(st.sampled_from(sorted(zipfile.ZipFile(io.BytesIO(GOOD)).namelist())), st.data())
@settings(ONE_BY_ONE, max_examples=200)
def test_any_damage_inside_a_workbook_gives_a_sheet_or_a_sentence(
    tmp_path: Path, part: str, data: st.DataObject
) -> None:
    """Bytes changed, taken out or put in anywhere in any part of a workbook never crash the reader."""
    archive = zipfile.ZipFile(io.BytesIO(package(sheet_xml(HEADING_ROW + BAD_CELLS))))
    parts = {n: archive.read(n) for n in archive.namelist()}
    whole = parts[part]
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 12)))
    parts[part] = (
        whole[:start]
        + data.draw(st.binary(max_size=6) | st.sampled_from([b"<c ", b"</row>", b'"', b"9"]))
        + whole[end:]
    )
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(package(parts.pop("xl/worksheets/sheet1.xml"), parts))
    with suppress(FileError):
        assert isinstance(read_sheet(path), Sheet)
