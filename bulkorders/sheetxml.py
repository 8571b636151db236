"""What python-calamine does not tell of a workbook: a pass over the XML of the sheet that is read.

calamine shows an error cell and a formula that was never calculated as empty, and every number as a float;
so an order would be sent without its limit, or with other digits. This pass finds those cells with their
addresses. It is a few regular expressions over the inflated bytes (0.15 s for 100,000 rows); a sheet that
is written in a way they do not understand (prefixes, single quotes, cells without addresses) goes through a
slower parser that knows all of XML.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

CHUNK = 4 << 20
EXACT_BELOW = 10**15
"""A number from here on has more digits than a number cell keeps (Excel: 15)."""

Place = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A cell whose value calamine does not give: its problem's code, and what the person sees there."""

    code: str
    shown: str


@dataclass(slots=True)
class Findings:
    """`hidden` cells are problems, `exact` cells have another text than the number that is stored."""

    hidden: dict[Place, Hidden] = field(default_factory=dict)
    exact: dict[Place, str] = field(default_factory=dict)


class Unusual(Exception):
    """The regular expressions cannot be trusted with this sheet."""


class Forbidden(Exception):
    """The XML declares entities of its own: no spreadsheet program writes that."""


def look_through(package: zipfile.ZipFile, sheet: str) -> Findings:
    """Find the cells of a sheet that must not be taken as calamine shows them.

    Raises:
        Forbidden: the XML has a document type of its own.
        KeyError, ET.ParseError, expat.ExpatError: the package is broken.
    """
    path = _path_of(package, sheet)
    padded = _padded_styles(package)
    try:
        with package.open(path) as stream:
            return _fast(stream, padded)
    except Unusual:
        with package.open(path) as stream:
            return _exact(stream, padded)


def _parse(package: zipfile.ZipFile, path: str) -> ET.Element:
    content = package.read(path)
    if b"<!DOCTYPE" in content:
        raise Forbidden
    return ET.fromstring(content)


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _path_of(package: zipfile.ZipFile, sheet: str) -> str:
    """The path of a sheet's XML inside the package: by its name in workbook.xml, through the relations."""
    main = "xl/workbook.xml"
    book = _parse(package, main)
    relation = next(
        value
        for element in book.iter()
        if _local(element.tag) == "sheet" and element.get("name") == sheet
        for name, value in element.attrib.items()
        if _local(name) == "id" and name != "id"
    )
    for element in _parse(package, "xl/_rels/workbook.xml.rels"):
        if element.get("Id") == relation:
            target = element.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    raise KeyError(sheet)


def _padded_styles(package: zipfile.ZipFile) -> dict[str, int]:
    """The cell styles that show a number with leading zeros (`0000`), and how many digits each shows."""
    if "xl/styles.xml" not in package.namelist():
        return {}
    styles = _parse(package, "xl/styles.xml")
    formats = {e.get("numFmtId"): e.get("formatCode", "") for e in styles.iter() if _local(e.tag) == "numFmt"}
    cells = next((e for e in styles if _local(e.tag) == "cellXfs"), ())
    codes = {str(index): formats.get(style.get("numFmtId"), "") for index, style in enumerate(cells)}
    return {index: len(code) for index, code in codes.items() if re.fullmatch("0{2,}", code)}


# --- the fast way ---------------------------------------------------------------------------------

_FORMULA = rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)"
_ERROR = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>(?:' + _FORMULA + rb")?(?:<v>([^<]*)</v>)?")
_NO_VALUE = re.compile(rb"<c\b([^>]*)>" + _FORMULA + rb"(<v\s*/>|<v></v>)?</c>")
_LONG = re.compile(rb"<c\b([^>]*)>(?:" + _FORMULA + rb")?<v>(-?[0-9]{16,}(?:\.[0-9]+)?|-?[0-9.]+[Ee]\+?[0-9]+)</v>")
_PADDED = re.compile(rb'<c\b([^>]*\bs="([0-9]+)"[^>]*)>(?:' + _FORMULA + rb")?<v>([0-9]+)</v>")
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_UNUSUAL = re.compile(rb"<\w+:(?:worksheet|row|c)\b|<(?:c|row)\b[^>]*=\s*'|<c\b[^>]*\s=|<[cv]\s*>\s+<")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The XML in pieces that end between two rows."""
    rest = b""
    while piece := stream.read(CHUNK):
        whole = rest + piece
        cut = whole.rfind(b"<row")
        if cut > 0:
            yield whole[:cut]
            rest = whole[cut:]
        else:
            rest = whole
    yield rest


def _fast(stream: IO[bytes], padded: dict[str, int]) -> Findings:
    found = Findings()
    for number, chunk in enumerate(_chunks(stream)):
        if b"<!DOCTYPE" in chunk[:4096]:
            raise Forbidden
        if number == 0 and _UNUSUAL.search(chunk[:65536]):
            raise Unusual
        _scan(chunk, padded, found)
    return found


def _scan(chunk: bytes, padded: dict[str, int], found: Findings) -> None:
    if b't="e"' in chunk:
        for match in _ERROR.finditer(chunk):
            found.hidden[_place(match[1])] = Hidden("error_cell", (match[2] or b"").decode())
    if b"<f" in chunk:
        for match in _NO_VALUE.finditer(chunk):
            if not (match[2] and b't="str"' in match[1]):
                found.hidden.setdefault(_place(match[1]), Hidden("formula_without_value", ""))
    for match in _LONG.finditer(chunk):
        if b't="' not in match[1] or b't="n"' in match[1]:
            _long_number(found, _place(match[1]), match[2].decode())
    if padded:
        for match in _PADDED.finditer(chunk):
            digits = padded.get(match[2].decode())
            if digits and b't="' not in match[1]:
                found.exact[_place(match[1])] = match[3].decode().zfill(digits)


def _long_number(found: Findings, place: Place, stored: str) -> None:
    """Plain digits are kept to the last; a number in powers of ten has lost some."""
    if abs(float(stored)) < EXACT_BELOW:
        return
    if re.fullmatch(r"-?[0-9]+", stored):
        found.exact[place] = stored
    else:
        found.hidden[place] = Hidden("long_number", stored)


def _place(attributes: bytes) -> Place:
    match = _ADDRESS.search(attributes)
    if match is None:
        raise Unusual
    return int(match[2]), column_number(match[1].decode())


def column_number(letters: str) -> int:
    """`A` is 1, `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 is `A`, 27 is `AA`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- the slow way ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """The same findings, element by element; cells without an address follow their neighbour."""

    padded: dict[str, int]
    found: Findings = field(default_factory=Findings)
    row: int = 0
    column: int = 0
    cell: dict[str, str] = field(default_factory=dict)
    formula: bool = False
    value: str | None = None
    inside: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rsplit(":", 1)[-1]:
            case "row":
                self.row = int(attributes.get("r", self.row + 1))
                self.column = 0
            case "c":
                self._address(attributes.get("r"))
                self.cell, self.formula, self.value = attributes, False, None
            case "f":
                self.formula = True
            case "v":
                self.inside, self.value = True, ""

    def _address(self, address: str | None) -> None:
        if address is None:
            self.column += 1
            return
        letters = address.rstrip("0123456789")
        self.row, self.column = int(address[len(letters) :]), column_number(letters)

    def text(self, data: str) -> None:
        if self.inside:
            self.value = (self.value or "") + data

    def end(self, tag: str) -> None:
        match tag.rsplit(":", 1)[-1]:
            case "v":
                self.inside = False
            case "c":
                self._finish()

    def _finish(self) -> None:
        place, kind, value = (self.row, self.column), self.cell.get("t", "n"), self.value or ""
        digits = self.padded.get(self.cell.get("s", ""))
        if kind == "e":
            self.found.hidden[place] = Hidden("error_cell", value)
        elif self.formula and not value and not (kind == "str" and self.value is not None):
            self.found.hidden[place] = Hidden("formula_without_value", "")
        elif kind == "n" and re.fullmatch(r"-?[0-9]{16,}(\.[0-9]+)?|-?[0-9.]+[Ee]\+?[0-9]+", value):
            _long_number(self.found, place, value)
        elif kind == "n" and digits and value.isdigit():
            self.found.exact[place] = value.zfill(digits)


def _exact(stream: IO[bytes], padded: dict[str, int]) -> Findings:
    reader, parser = _Reader(padded), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _forbid
    parser.ParseFile(stream)
    return reader.found


def _forbid(*declaration: object) -> None:
    raise Forbidden
