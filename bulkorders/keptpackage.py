"""What copying a workbook with openpyxl loses, told beforehand; and what of it can be put back into the package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from bulkorders.sheetxml import sheet_parts

_LOST_PARTS: tuple[tuple[str, str], ...] = (
    (r"xl/vbaProject\.bin", "macros"),
    (r"xl/media/", "pictures"),
    (r"xl/charts/", "charts (only their plain form stays)"),
    (r"xl/diagrams/", "diagrams"),
    (r"xl/embeddings/", "embedded documents"),
    (r"xl/(ctrlProps|activeX)/", "buttons and other controls"),
    (r"xl/(slicers|timelines)/", "slicers"),
    (r"xl/threadedComments/", "conversations (they stay as notes)"),
    (r"xl/(connections\.xml|queryTables/)", "connections to other data"),
    (r"xl/richData/", "linked data types"),
)
_LOST_PIECES: tuple[tuple[str, bytes, str], ...] = (
    (r"xl/drawings/", b"<xdr:sp", "shapes and text boxes"),
    (r"xl/worksheets/", b"sparklineGroup", "sparklines"),
    (r"xl/worksheets/", b"x14:dataValidation ", "drop-down lists that take their values from another sheet"),
    (r"xl/worksheets/", b"x14:cfRule", "newer kinds of data bars and icons"),
)
"""What openpyxl drops or simplifies: by a part of the package, or by what stands in a part."""


def losses(data: bytes) -> list[str]:
    """What a copy cannot keep of this workbook, in a person's words."""
    with ZipFile(BytesIO(data)) as package:
        names = package.namelist()
        lost = [told for part, told in _LOST_PARTS if any(re.match(part, name) for name in names)]
        for part, piece, told in _LOST_PIECES:
            if any(re.match(part, name) and piece in package.read(name) for name in names):
                lost.append(told)
    return lost


def losses_told(name: str, lost: Sequence[str]) -> str:
    """The sentence on what a copy cannot keep."""
    return f"The results go into a copy of {name}, which cannot keep: {', '.join(lost)}. {name} itself stays as it is."


_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f[^>]*(?:/>|>.*?</f>))<v ?/?>(?:</v>)?</c>', re.DOTALL)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def mended(made: bytes, original: bytes, page: str, charts: Sequence[str]) -> bytes:
    """The package with the stored results of the person's formulas, and with words for those who see no charts.

    `charts` are the words for the charts of the sheet `page`, in their order.
    """
    result = BytesIO()
    with ZipFile(BytesIO(made)) as package, ZipFile(BytesIO(original)) as before:
        then = {title: part.filename for title, part in sheet_parts(before, "the original").items()}
        now = {title: part.filename for title, part in sheet_parts(package, "the copy").items()}
        values = {part: _stored(before, then[title]) for title, part in now.items() if title in then}
        told = _drawing_of(package, now[page])
        with ZipFile(result, "w", ZIP_DEFLATED) as copied:
            for item in package.infolist():
                data = _with_results(package.read(item.filename), values.get(item.filename, {}))
                if item.filename == told:
                    data = _described(data, charts)
                elif item.filename == "xl/workbook.xml" and b"fullCalcOnLoad" not in before.read("xl/workbook.xml"):
                    data = data.replace(b' fullCalcOnLoad="1"', b"")
                copied.writestr(item.filename, data)
    return result.getvalue()


def _stored(package: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """The type and the stored result of every cell with a formula."""
    found = {}
    with package.open(part) as stream:
        for _, element in ET.iterparse(stream):
            if element.tag == f"{_MAIN}c":
                value = element.find(f"{_MAIN}v")
                if element.find(f"{_MAIN}f") is not None and value is not None and value.text:
                    found[element.get("r", "")] = element.get("t", "n"), value.text
            elif element.tag == f"{_MAIN}row":
                element.clear()
    return found


def _with_results(sheet: bytes, values: Mapping[str, tuple[str, str]]) -> bytes:
    return _FORMULA.sub(lambda found: _calculated(found, values), sheet) if values else sheet


def _calculated(found: re.Match[bytes], values: Mapping[str, tuple[str, str]]) -> bytes:
    at, attributes, formula = found.groups()
    if at.decode() not in values:
        return found[0]
    kind, value = values[at.decode()]
    typed = b"" if kind == "n" else f" t={quoteattr(kind)}".encode()
    return b'<c r="%b"%b%b>%b<v>%b</v></c>' % (at, attributes, typed, formula, escape(value).encode())


def _drawing_of(package: ZipFile, part: str) -> str:
    """The part with the drawings of a sheet; "" where it has none."""
    folder, _, name = part.rpartition("/")
    try:
        rels = package.read(f"{folder}/_rels/{name}.rels").decode()
    except KeyError:
        return ""
    found = re.search(r'Target="/?(?:\.\./)?(?:xl/)?(drawings/drawing[0-9]+\.xml)"', rels)
    return f"xl/{found[1]}" if found else ""


def _described(drawing: bytes, told: Sequence[str]) -> bytes:
    """Each chart gets its figures in words."""
    left = iter(told)

    def describe(found: re.Match[bytes]) -> bytes:
        words = next(left, "")
        return found[1] + f" descr={quoteattr(words)}".encode() if words else found[0]

    return re.sub(rb'(<(?:xdr:)?cNvPr id="[0-9]+" name="Chart [0-9]+")', describe, drawing)
