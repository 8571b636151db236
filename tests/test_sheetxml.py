"""The look through a workbook's own XML: the quick way and the slow one find the same, and no size is trusted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkorders import sheetxml
from bulkorders.core.limits import LIMITS
from bulkorders.errors import FileError
from bulkorders.sheetxml import (
    Odd,
    Scan,
    Styles,
    check_package,
    custom_properties,
    read_styles,
    scan_sheet,
    sheet_parts,
    stream_part,
)

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PART = "xl/worksheets/sheet1.xml"
STYLES = {
    "none": Styles(),
    "leading zeros": Styles(padded={"1": 4, "12": 6}),
    "leading zeros everywhere": Styles(padded={"0": 3}),
    "not calculated": Styles(padded={"1": 4}, uncalculated=True),
}


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> ZipFile:
    """A zip of these parts."""
    content = io.BytesIO()
    with ZipFile(content, "w", method) as archive:
        for path, part in parts.items():
            archive.writestr(path, part)
    return ZipFile(content)


def scan(rows: str, styles: Styles | None = None, *, around: str = "<worksheet>{}</worksheet>") -> Scan:
    """What a look through these rows finds."""
    archive = zipped({PART: around.format(f"<sheetData>{rows}</sheetData>")})
    return scan_sheet(archive, archive.getinfo(PART), styles or Styles(), "a.xlsx")


# --- the quick way and the slow way ----------------------------------------------------------------------------------

KINDS = (
    '<c r="{p}"{s}/>',
    '<c r="{p}"{s}></c>',
    '<c r="{p}"{s}><v>{n}</v></c>',
    '<c r="{p}"{s} t="n"><v>{n}</v></c>',
    '<c r="{p}" t="n"{s}><f>1+2</f><v>{n}</v></c>',
    '<c r="{p}"{s}><f>1+2</f><v>{n}</v></c>',
    '<c r="{p}"{s}><f t="shared" si="0"/><v>0</v></c>',
    '<c r="{p}"{s}><f>1+2</f><v>0</v></c>',
    '<c r="{p}"{s}><f>1+2</f></c>',
    '<c r="{p}"{s}><f>1+2</f><v/></c>',
    '<c r="{p}"{s} t="str"><f>1+2</f></c>',
    '<c r="{p}"{s} t="str"><f>1+2</f><v></v></c>',
    '<c r="{p}"{s} t="str"><f>1+2</f><v>a</v></c>',
    '<c r="{p}"{s} t="s"><v>5</v></c>',
    '<c r="{p}"{s} t="b"><f>1=1</f><v>1</v></c>',
    '<c r="{p}"{s} t="e"><v>#N/A</v></c>',
    '<c r="{p}"{s} t="e"><f>NA()</f><v>#REF!</v></c>',
    '<c r="{p}"{s} t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>',
    '<c r="{p}"{s} t="inlineStr"><is><r><t>a</t></r></is></c>',
    '<c r="{p}"{s} cm="1"><v>{n}</v></c>',
)
NUMBERS = st.sampled_from(("0", "7", "-7", "007", "0.5", "12345", "1E-5", "1E+15", "1.5E3", "9" * 15, "1" + "2" * 17))
CELLS = st.tuples(st.sampled_from(KINDS), st.sampled_from(("", ' s="0"', ' s="1"', ' s="12"', ' s="2"')), NUMBERS)
ROWS = st.lists(st.lists(CELLS, max_size=5), max_size=6)


def written(rows: list[list[tuple[str, str, str]]]) -> str:
    """The rows as XML, every second one of the sheet."""
    return "".join(
        f'<row r="{2 * number}" spans="1:5">'
        + "".join(kind.format(p=f"{chr(65 + column)}{2 * number}", s=s, n=n) for column, (kind, s, n) in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, 1)
    )


@pytest.mark.parametrize("styles", STYLES.values(), ids=STYLES.keys())
@given(rows=ROWS)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_both_ways_find_the_same(styles: Styles, rows: list[list[tuple[str, str, str]]]) -> None:
    """Rows that are skipped as plain have nothing that a look at every cell would find."""
    quick, slow = scan(written(rows), styles), scan(written(rows).replace('"', "'"), styles)
    assert quick.odd == slow.odd
    assert quick.rows >= slow.rows
    assert quick.columns >= slow.columns


def test_the_pieces_of_a_large_sheet_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a piece of the part ends, each row is seen once and whole."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="e"><v>#N/A</v></c></row>' for n in range(1, 99)
    )
    whole = scan(rows)
    assert sorted(whole.odd) == list(range(1, 99))
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(sheetxml, "_CHUNK", size)
        assert scan(rows) == whole
        assert scan(rows.replace('"', "'")).odd == whole.odd


@pytest.mark.parametrize("limit", ["_LONGEST_HEAD", "_LONGEST_ROW"])
def test_what_is_too_long_for_the_quick_way_goes_the_slow_one(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """A long head, or a row that does not end, does not fill the memory."""
    monkeypatch.setattr(sheetxml, "_CHUNK", 10)
    monkeypatch.setattr(sheetxml, limit, 30)
    cell = '<c r="A1" t="e"><v>#N/A</v></c>'
    found = scan(
        f'<row r="1">{cell}{"<c/>" * 20}</row>', around="<worksheet><cols>" + " " * 50 + "</cols>{}</worksheet>"
    )
    assert found.odd == {1: {0: Odd("error_cell", "#N/A", "#N/A")}}
    assert found.columns == 1


MARKUP = ("1<!-- -->2", "<![CDATA[12]]>", "1<?a b?>2")


@pytest.mark.parametrize("value", MARKUP)
@pytest.mark.parametrize("kind", ["n", "str"])
def test_markup_inside_a_value_is_refused(kind: str, value: str) -> None:
    """calamine reads 1 where 12 stands, or nothing."""
    with pytest.raises(ValueError, match="markup"):
        scan(f'<row r="2"><c r="B2" t="{kind}"><v>{value}</v></c></row>')


@pytest.mark.parametrize("text", ["a<!-- b -->c", "<![CDATA[a]]>"])
def test_markup_inside_an_inline_text_is_no_harm(text: str) -> None:
    """calamine reads it as it is meant."""
    assert scan(f'<row r="2"><c r="B2" t="inlineStr"><is><t>{text}</t></is></c></row>').odd == {}


# --- formats, formulas, sheets ---------------------------------------------------------------------------------------

FORMATS: Mapping[str, int | None] = {
    "0000": 4,
    "00": 2,
    "0000;-0000": 4,
    "00000;[Red]-00000": 5,
    "[Blue]000": 3,
    "0": None,
    "0.00": None,
    "0000.0": None,
    "0000;;": None,
    "General": None,
    "@": None,
    "yyyy": None,
}


@pytest.mark.parametrize(("shape", "digits"), FORMATS.items())
def test_formats_that_show_leading_zeros(shape: str, digits: int | None) -> None:
    """A format of zeros alone, with a colour and a negative form or without, shows as many digits."""
    styles = (
        f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="170" formatCode="{shape}"/></numFmts>'
        '<cellXfs><xf/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    assert read_styles(zipped({"xl/styles.xml": styles}), "a.xlsx").padded == ({} if digits is None else {"1": digits})


@pytest.mark.parametrize(
    ("told", "uncalculated"),
    [
        ("", False),
        ('<calcPr calcId="1"/>', False),
        ('<calcPr fullCalcOnLoad="1"/>', True),
        ('<calcPr fullCalcOnLoad="0"/>', False),
    ],
)
def test_a_workbook_may_say_that_its_formulas_were_not_calculated(told: str, uncalculated: bool) -> None:
    """XlsxWriter stores 0 for every result, and asks the spreadsheet program to calculate when it opens the file."""
    archive = zipped({sheetxml.WORKBOOK: f"<workbook {MAIN}>{told}</workbook>"})
    assert read_styles(archive, "a.xlsx").uncalculated is uncalculated


TARGETS = {
    "worksheets/sheet1.xml": True,
    "/xl/worksheets/sheet1.xml": True,
    "WORKSHEETS/Sheet1.XML": True,
    "other.xml": False,
}


@pytest.mark.parametrize(("target", "found"), TARGETS.items())
def test_the_part_of_a_sheet_is_found_by_its_relation(target: str, found: bool) -> None:
    """From the workbook's folder or from the top, in any case of letters; a name may hold signs."""
    parts = {
        sheetxml.WORKBOOK: '<a xmlns:r="x"><sheets><sheet name="R&amp;D &lt;1&gt;" r:id="r1"/></sheets></a>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Target="{target}"/></Relationships>',
        PART: "",
    }
    archive = zipped(parts)
    assert sheet_parts(archive, "a.xlsx") == ({"R&D <1>": archive.getinfo(PART)} if found else {})


def test_properties_of_every_type_are_text() -> None:
    """A number, a date and a truth among a workbook's properties come as they are stored."""
    values = {"a": ("lpwstr", "x &amp; y"), "b": ("i4", "7"), "c": ("bool", "true"), "d": ("lpwstr", "")}
    stored = "".join(f'<property name="{n}"><vt:{kind}>{v}</vt:{kind}></property>' for n, (kind, v) in values.items())
    archive = zipped({"docProps/custom.xml": f'<Properties xmlns:vt="x">{stored}</Properties>'})
    assert custom_properties(archive, "a.xlsx") == (("a", "x & y"), ("b", "7"), ("c", "true"), ("d", ""))


# --- the package -----------------------------------------------------------------------------------------------------

BOOK = {sheetxml.WORKBOOK: f"<workbook {MAIN}/>"}


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_the_usual_compression_is_unpacked(method: int) -> None:
    """No program packs a workbook in another way."""
    with pytest.raises(FileError, match="damaged"):
        check_package(zipped(BOOK, method), "a.xlsx")


@pytest.mark.parametrize("attribute", ['uniqueCount="4294967295"', "uniqueCount='99999'"])
def test_a_promise_of_more_texts_than_bytes_is_refused(attribute: str) -> None:
    """calamine makes room for all of them at once, and the whole process ends."""
    texts = f"<sst {MAIN} {attribute}><si><t>a</t></si></sst>"
    with pytest.raises(FileError, match="damaged"):
        read_styles(zipped(BOOK | {"xl/sharedStrings.xml": texts}), "a.xlsx")


@pytest.mark.parametrize("attribute", ['count="4294967295"', 'uniqueCount="9"', ""])
def test_a_wrong_count_of_texts_is_no_harm(attribute: str) -> None:
    """Some programs count wrongly; the number of uses may be any."""
    read_styles(zipped(BOOK | {"xl/sharedStrings.xml": f"<sst {MAIN} {attribute}><si/></sst>"}), "a.xlsx")


@pytest.mark.parametrize(("told", "pieces"), [(25, 2), (40, 4), (90, 4)])
def test_a_part_is_as_large_as_the_zip_says(monkeypatch: pytest.MonkeyPatch, told: int, pieces: int) -> None:
    """A part that goes on beyond its size is refused before it fills anything, and so is one that ends too soon."""
    monkeypatch.setattr(sheetxml, "_CHUNK", 10)
    archive = zipped({PART: bytes(40)})
    part = archive.getinfo(PART)
    part.file_size = told
    seen: list[int] = []
    with nullcontext() if told == 40 else pytest.raises(FileError, match="damaged"):
        for piece in stream_part(archive, part, "a.xlsx"):
            seen.append(len(piece))
    assert seen == [10] * pieces


def test_two_parts_that_differ_in_case_are_refused() -> None:
    """Nobody can say which of them another program would read."""
    with pytest.raises(FileError, match="damaged"):
        check_package(zipped(BOOK | {"XL/Workbook.xml": ""}), "a.xlsx")


def test_a_zip_that_promises_to_unpack_to_too_much_is_refused() -> None:
    """What its directory says is enough; nothing is unpacked."""
    archive = zipped(BOOK)
    archive.infolist()[0].file_size = LIMITS["unpacked"].most + 1
    with pytest.raises(FileError, match="more than 1,000 MB"):
        check_package(archive, "a.xlsx")
