"""What a workbook's own XML says, and the reader of cells (calamine) does not tell.

calamine is fast and quiet: an error cell and a formula without a stored value come as nothing, long numbers lose
digits, `0007` comes as 7, and a single value in the last row makes it ask for room for every cell above. So each sheet
is looked through first. Rows in which every cell is plain, nearly all, are skipped by one regular expression;
what it does not recognise goes through expat; where even that makes no sense of a piece, expat reads the whole sheet.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from bulkorders.core.limits import LIMITS
from bulkorders.errors import FileError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

SAVE_AGAIN = "Open it in Excel or LibreOffice and save it as .xlsx."
WORKBOOK = "xl/workbook.xml"
_TEXTS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_OTHER_KINDS = ("xl/workbook.bin", "content.xml")
"""What calamine could take for the workbook instead, unseen by this module."""

_CHUNK = 1 << 20
_LONGEST_HEAD = 4 * _CHUNK
_LONGEST_ROW = 4 * _CHUNK
_LONGEST_TAG = 8 * _CHUNK
_DEEPEST = 100
"""Elements inside each other. expat remembers every open one, and those of a workbook are ten deep."""

_TRUSTED_DIGITS = 15
_LOST_FROM = 1e15


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that calamine does not tell as it is.

    `code` names the problem ("" where `shown` puts it right), `shown` is the text that a person sees (None: what
    calamine tells), `stored` what the file holds.
    """

    code: str
    shown: str | None
    stored: str


@dataclass(frozen=True, slots=True)
class Styles:
    """What to know of a workbook before one of its sheets is looked through.

    `padded` are the cell styles whose number format is only zeros, such as 0000, and how many digits each shows.
    `uncalculated`: its writer asks for every formula to be calculated when it is opened. XlsxWriter does, and stores 0
    for results. No shared text has more bytes than `longest_text`. Its sheets may hold `room` times what others may.
    """

    padded: Mapping[str, int] = field(default_factory=dict)
    uncalculated: bool = False
    longest_text: int = 0
    room: int = 1


@dataclass(slots=True)
class Scan:
    """What a look through one sheet found: the odd cells by row and column (from 0), and how far the sheet reaches.

    `filled` cells, among them `shared` whose text stands in the list of shared texts (never too few), and `odds` that
    are odd. `text` counts the characters of the shared ones, where it was asked for.
    """

    odd: dict[int, dict[int, Odd]] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    filled: int = 0
    shared: int = 0
    odds: int = 0
    text: int = 0


class _UnlikeError(Exception):
    """The XML is not laid out as the quick look expects; not an error of the file."""


# --- the package: a zip of XML parts ---------------------------------------------------------------------------------


def damaged(name: str) -> FileError:
    """The sentence for a workbook that cannot be understood."""
    return FileError(f"{name} is damaged, or is no Excel workbook inside.", SAVE_AGAIN)


def too_large(name: str, what: str, room: int = 1, **words: object) -> FileError:
    """The sentence for a file beyond one of LIMITS; with `room`, for one that may hold so many times as much."""
    limit = LIMITS[what]
    return FileError(f"{limit.message(name, room, **words)}.", limit.advice)


@contextmanager
def damage_told(name: str) -> Iterator[None]:
    """Turn whatever unpacking and parsing raise over a damaged file into one sentence."""
    from xml.parsers.expat import ExpatError
    from zipfile import BadZipFile

    # RuntimeError: an encrypted part, an unknown compression. LookupError: an unknown encoding, a missing part.
    troubles = (BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, LookupError, ValueError)
    try:
        yield
    except (*troubles, ExpatError, OverflowError) as error:
        raise damaged(name) from error


def check_package(archive: ZipFile, name: str) -> None:
    """Refuse a zip that is no workbook or unpacks to far too much, before anything reads it whole.

    Raises:
        FileError: one of these.
    """
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    parts = archive.infolist()
    if len({p.filename.lower() for p in parts}) != len(parts):
        raise damaged(name)
    if sum(p.file_size for p in parts) > LIMITS["unpacked"].most:
        raise too_large(name, "unpacked")
    if any(p.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for p in parts):
        raise damaged(name)
    if _part(archive, WORKBOOK) is None or any(_part(archive, path) for path in _OTHER_KINDS):
        raise FileError(f"{name} is no Excel workbook inside, whatever its name says.", SAVE_AGAIN)
    for part in parts:
        if _is_loaded(part.filename.lower()):
            for _ in stream_part(archive, part, name):
                pass


def check_count(stream: BinaryIO, name: str) -> None:
    """Refuse a zip with far too many parts before its directory is read: each takes ten times its own bytes there.

    Raises:
        FileError: it is one.
    """
    parts = sum(piece.count(_PART_MARK) for piece in iter(lambda: stream.read(_CHUNK), b""))
    stream.seek(0)
    if parts > LIMITS["parts"].most:
        raise too_large(name, "parts")


_PART_MARK = b"PK\x01\x02"


def _is_loaded(path: str) -> bool:
    """Whether calamine reads the part whole; the shared texts have a check of their own (`_longest_text`)."""
    return posixpath.dirname(path) in ("xl", "xl/_rels") and path.endswith((".xml", ".rels")) and path != _TEXTS.lower()


def _part(archive: ZipFile, path: str) -> ZipInfo | None:
    return next((p for p in archive.infolist() if p.filename.lower() == path.lower()), None)


def stream_part(archive: ZipFile, part: ZipInfo, name: str) -> Iterator[bytes]:
    """The part in pieces, to its true end.

    The directory of the zip may lie about the size: zipfile would stop there, calamine would go on.
    """
    believed, part = part.file_size, copy(part)
    part.file_size = LIMITS["unpacked"].most
    with archive.open(part) as stream:
        while piece := stream.read(_CHUNK):
            believed -= len(piece)
            if believed < 0:
                raise damaged(name)
            yield piece
    if believed:
        raise damaged(name)


def _small_part(archive: ZipFile, path: str, name: str) -> Iterator[bytes]:
    """A part that is a list of a few things; nothing where it is missing."""
    part = _part(archive, path)
    if part is None:
        return iter(())
    if part.file_size > LIMITS["list"].most:
        raise too_large(name, "list")
    return stream_part(archive, part, name)


# --- small parts: sheets, formats, properties ------------------------------------------------------------------------


@dataclass(slots=True)
class Element:
    """An XML element, without the prefixes of its names."""

    parent: Element | None
    tag: str
    attributes: dict[str, str]
    text: str = ""


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*_: Any) -> None:
    raise ValueError("entities of its own, an encoding other than UTF-8, or something without end")


def _check_encoding(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
        _refuse()


def _new_parser() -> Any:
    """A parser that refuses a document with definitions of its own (entities can grow without end)."""
    from xml.parsers.expat import ParserCreate

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.XmlDeclHandler = _check_encoding
    return parser


def _feed(parser: Any, pieces: Iterable[bytes]) -> Iterator[int]:
    """Parse piece after piece, and yield after each; a tag without end would fill expat's memory."""
    fed = 0
    for piece in pieces:
        parser.Parse(piece)
        fed += len(piece)
        if fed - parser.CurrentByteIndex > _LONGEST_TAG:
            _refuse()
        yield fed
    parser.Parse(b"", True)
    yield fed


def elements(pieces: Iterable[bytes]) -> Iterator[Element]:
    """The elements of a part, each when it ends and so is complete; none of them is kept."""
    found: list[Element] = []
    inside: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = {_local(k): v for k, v in attributes.items()}
        inside.append(Element(inside[-1] if inside else None, _local(tag), local))
        if len(inside) > _DEEPEST:
            _refuse()

    def text(piece: str) -> None:
        inside[-1].text += piece
        if len(inside[-1].text) > LIMITS["characters"].most:
            _refuse()

    pieces = iter(pieces)
    first = next(pieces, b"")
    if not first:
        return
    parser = _new_parser()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda tag: found.append(inside.pop())
    for _ in _feed(parser, chain([first], pieces)):
        yield from found
        found.clear()


def sheet_parts(archive: ZipFile, name: str) -> dict[str, ZipInfo]:
    """The part of each sheet, by the sheet's name. No name and no part may stand for two, or one would go unseen."""
    relations = elements(_small_part(archive, "xl/_rels/workbook.xml.rels", name))
    targets = _unlike((e.attributes["Id"], e.attributes["Target"]) for e in relations if e.tag == "Relationship")
    listed = elements(_small_part(archive, WORKBOOK, name))
    sheets = _unlike((e.attributes["name"], e.attributes.get("id", "")) for e in listed if e.tag == "sheet")
    parts = {part.filename.lower(): part for part in archive.infolist()}
    paths = {sheet: _path(targets[key]).lower() for sheet, key in sheets.items() if key in targets}
    found = {sheet: parts[path] for sheet, path in paths.items() if path in parts}
    _unlike((part.filename, sheet) for sheet, part in found.items())
    return found


def _unlike(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key} stands for two")
        found[key] = value
    return found


def _path(target: str) -> str:
    """A relation's target, which is relative to the workbook or starts at the top."""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def custom_properties(archive: ZipFile, name: str) -> tuple[tuple[str, str], ...]:
    """The workbook's own document properties."""
    return tuple(
        (element.parent.attributes.get("name", ""), element.text)
        for element in elements(_small_part(archive, "docProps/custom.xml", name))
        if element.parent is not None and element.parent.tag == "property"
    )


def read_styles(archive: ZipFile, name: str, room: int = 1) -> Styles:
    """The styles of the workbook's cells, whether its formulas were calculated, and how long its shared texts are."""

    def found(path: str, tag: str) -> Iterator[Element]:
        return (e for e in elements(_small_part(archive, path, name)) if e.tag == tag)

    shapes = ((e.attributes.get("numFmtId", ""), e.attributes.get("formatCode", "")) for e in found(_STYLES, "numFmt"))
    digits = {number: len(zeros[1]) for number, code in shapes if (zeros := _ZEROS.fullmatch(code))}
    cells = (e.attributes.get("numFmtId", "") for e in found(_STYLES, "xf") if e.parent and e.parent.tag == "cellXfs")
    return Styles(
        padded={str(style): digits[number] for style, number in enumerate(cells) if number in digits},
        uncalculated=any(e.attributes.get("fullCalcOnLoad") in ("1", "true") for e in found(WORKBOOK, "calcPr")),
        longest_text=_longest_text(archive, name, room),
        room=room,
    )


_ZEROS = re.compile(r"(?:\[[A-Za-z]+\])?(00+)(?:;[^;]*)?")
"""A number format for leading zeros: a colour may come before, and a form for negative numbers after."""


# --- shared texts ----------------------------------------------------------------------------------------------------


def _longest_text(archive: ZipFile, name: str, room: int) -> int:
    """A number of bytes that no shared text passes.

    Raises:
        FileError: there are too many, or calamine would die of them.
    """
    part = _part(archive, _TEXTS)
    if part is None:
        return 0
    if part.file_size > 2 * room * LIMITS["text"].most:
        raise too_large(name, "text", room)
    longest = texts = unended = 0
    for piece in stream_part(archive, part, name):
        texts += piece.count(b"<si") + piece.count(b":si")
        if texts > LIMITS["filled"].most * room:
            raise too_large(name, "filled", room)
        if b"!" in piece and b"<!" in piece:  # a comment may hide where texts end
            unended = part.file_size
        first, *others = map(len, piece.split(b"</si>"))
        longest = max(longest, unended + first, *others)
        unended = others[-1] if others else unended + first
    if _promised(stream_part(archive, part, name)) > min(part.file_size, LIMITS["filled"].most * room):
        raise damaged(name)
    return longest


def _text_lengths(archive: ZipFile, name: str) -> Sequence[int]:
    """How many characters each shared text has."""
    lengths = array("Q")

    def start(tag: str, _: dict[str, str]) -> None:
        if _local(tag) == "si":
            lengths.append(0)

    def data(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    part = _part(archive, _TEXTS)
    parser = _new_parser()
    parser.StartElementHandler, parser.CharacterDataHandler = start, data
    for _ in _feed(parser, stream_part(archive, part, name) if part else [b"<sst/>"]):
        pass
    return lengths


def _promised(pieces: Iterable[bytes]) -> int:
    """How many shared texts the list of them claims to hold: calamine makes room for as many, and dies of too many."""
    counts: list[int] = []
    parser = _new_parser()
    parser.StartElementHandler = lambda _, attributes: counts.append(int(attributes.get("uniqueCount", 0)))
    for _ in _feed(parser, pieces):
        if counts:
            break
    return max(counts, default=0)


# --- the sheet -------------------------------------------------------------------------------------------------------


def scan_sheet(archive: ZipFile, part: ZipInfo, styles: Styles, name: str) -> Scan:
    """Look through a sheet for the cells that calamine does not tell as they are.

    Raises:
        FileError: it is damaged, reaches too far, or would take too much memory.
    """
    if part.file_size > LIMITS["text"].most:
        _check_own_text(stream_part(archive, part, name), name, styles.room)
    try:
        scan = _skim(_row_blocks(stream_part(archive, part, name)), styles, name)
    except _UnlikeError:
        scan = _read_all(stream_part(archive, part, name), styles, name)
    if scan.rows * scan.columns > LIMITS["area"].most * styles.room:
        raise too_large(name, "area", rows=scan.rows, columns=scan.columns)
    if scan.shared * styles.longest_text > LIMITS["text"].most * styles.room:
        _read_all(stream_part(archive, part, name), styles, name, _text_lengths(archive, name))
    return scan


def check_lists(archive: ZipFile, part: ZipInfo, scan: Scan, styles: Styles, name: str) -> None:
    """Hold the sheet Lists, which is in the memory beside that of the orders, to its own limits.

    Raises:
        FileError: it is beyond them.
    """
    most = LIMITS["lists_text"].most
    cells = LIMITS["lists_cells"].most
    if scan.filled > cells:
        raise too_large(name, "lists_cells")
    if scan.rows * scan.columns > cells * _LETTERS:
        raise too_large(name, "area", rows=scan.rows, columns=scan.columns)
    own, shared = part.file_size, scan.shared * styles.longest_text
    if shared > most:
        shared = _read_all(stream_part(archive, part, name), styles, name, _text_lengths(archive, name)).text
    if max(own - cells * _CELL_BYTES, shared) > most:
        raise too_large(name, "lists_text")


_CELL_BYTES = 100
"""What a cell takes at most in a sheet's XML, beside its text."""


def _check_scan(scan: Scan, name: str, room: int) -> None:
    """Stop at a limit while the sheet is still being looked through."""
    for what, there in (
        ("rows", scan.rows),
        ("columns", scan.columns),
        ("filled", scan.filled),
        ("odd", scan.odds),
        ("text", scan.text),
    ):
        if there > LIMITS[what].most * room:
            raise too_large(name, what, room)


def _check_own_text(pieces: Iterable[bytes], name: str, room: int) -> None:
    """Count what a large sheet holds between its tags."""
    text = 0
    for piece in pieces:
        text += len(_TAG.sub(b"", piece))
        if text > LIMITS["text"].most * room:
            raise too_large(name, "text", room)


_TAG = re.compile(rb"<[^<>]*+>")


def _row_blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The inside of <sheetData>, cut between rows. Reads on to the end, so that the zip's checksum is checked."""
    stream, rest = iter(pieces), b""
    for piece in stream:
        rest += piece
        head, tag, inside = rest.partition(b"<sheetData>")
        if tag:
            rest = inside
            break
        if len(rest) > _LONGEST_HEAD:
            raise _UnlikeError
    else:
        raise _UnlikeError
    if b"<!" in head or (b"encoding=" in head and b"utf-8" not in head.lower()):
        raise _UnlikeError
    while b"</sheetData>" not in rest:
        cut = rest.rfind(b"</row>") + 6
        if cut >= 6:
            yield rest[:cut]
            rest = rest[cut:]
        piece = next(stream, b"")
        if not piece or len(rest) > _LONGEST_ROW:
            raise _UnlikeError
        rest += piece
    yield rest.partition(b"</sheetData>")[0]
    for _ in stream:
        pass


_FORMULA = rb"(?:<f[^>]*+>(?:(?<=/>)|[^<]*+</f>){calculated})?+"
_PLAIN = (
    rb' t="s"{style}><v>[0-9]{1,9}</v>',
    rb'(?: t="n"{style})?+>{formula}<v>-?+[0-9]{1,15}(?:\.[0-9]++)?+(?:E-[0-9]++)?+</v>',
    rb' t="b"{style}>{formula}<v>[01]</v>',
    rb' t="str"{style}>{formula}<v(?: [^>]*+)?+>[^<]*+</v>',
    rb' t="inlineStr"{style}><is><t(?: [^>]*+)?+>[^<]*+</t></is>',
    rb">",
)
"""What may stand in a cell that calamine tells as it is. A number has a value below 1e15."""

_ROWS = (
    rb'(?:<row r="(?P<row>[0-9]{1,7})"[^>]*+>(?:(?<=/>)|'
    rb'(?:<c r="[A-Z]{1,2}(?P=row)"{style}(?:/>|(?:{plain})</c>))*+</row>))++'
)
_FILLED_ROW = re.compile(rb'<row r="([0-9]{1,7})"[^>]*+><c ')
_WIDE = re.compile(rb'<c r="([A-Z]{2})[0-9]+"[^>]*+(?<!/)>')
_LETTERS = 26


def _plain_rows(styles: Styles) -> re.Pattern[bytes]:
    """Rows of plain cells: none in a style that shows leading zeros, no formula that was not calculated."""
    barred = rb'(?!(?:%s)")' % "|".join(styles.padded).encode() if styles.padded else b""
    named = rb' s="%s[0-9]++"' % barred
    pattern = _ROWS.replace(b"{plain}", b"|".join(_PLAIN)).replace(b"{formula}", _FORMULA)
    pattern = pattern.replace(b"{calculated}", rb"(?!<v>0</v>)" if styles.uncalculated else b"")
    # A cell that names no style is in style 0.
    return re.compile(pattern.replace(b"{style}", named if "0" in styles.padded else b"(?:%s)?+" % named))


def _skim(blocks: Iterable[bytes], styles: Styles, name: str) -> Scan:
    """Skip the plain rows, and look closely at the others."""
    reader, plain = _Reader(styles, name), _plain_rows(styles)
    scan = reader.scan
    for block in blocks:
        done = 0
        for rows in plain.finditer(block):
            reader.read_piece(block[done : rows.start()])
            reader.row, done = int(rows["row"]), rows.end()
            scan.filled += block.count(b"</c>", rows.start(), done)
        reader.read_piece(block[done:])
        scan.shared += block.count(b' t="s"')
        scan.rows = max(scan.rows, max(map(int, _FILLED_ROW.findall(block)), default=0))
        scan.columns = max(scan.columns, _LETTERS, 1 + max(map(_column, set(_WIDE.findall(block))), default=0))
        _check_scan(scan, name, styles.room)
    return scan


def _read_all(pieces: Iterable[bytes], styles: Styles, name: str, lengths: Sequence[int] = ()) -> Scan:
    """Look at every cell with expat: slower, and never wrong about what is a cell.

    With the `lengths` of the shared texts, their characters are counted wherever a cell shows them.
    """
    reader = _Reader(styles, name, lengths)
    for _ in _feed(reader.new_parser(), pieces):
        _check_scan(reader.scan, name, styles.room)
    return reader.scan


def _column(letters: bytes | str) -> int:
    """A=0, B=1 ... AA=26."""
    text = letters.decode() if isinstance(letters, bytes) else letters
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


_UNNAMED_ERROR = "#VALUE!"
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class _Reader:
    """Handlers for expat that keep where they are in the sheet, and note every odd cell."""

    def __init__(self, styles: Styles, name: str, lengths: Sequence[int] = ()) -> None:
        self.scan = Scan()
        self.row = 0
        self._styles = styles
        self._name = name
        self._lengths = lengths
        self._depth = self._characters = 0
        self._next = self._column = 0
        self._cell_row = 0
        self._attributes: dict[str, str] = {}
        self._formula = self._filled = self._in_value = False
        self._text: str | None = None

    def new_parser(self) -> Any:
        """A parser that calls this reader."""
        parser = _new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartCdataSectionHandler = self._mark
        return parser

    def read_piece(self, rows: bytes) -> None:
        """Look at some whole rows that were cut out of a sheet."""
        from xml.parsers.expat import ExpatError

        if not rows.strip():
            return
        self._depth = 0
        try:
            self.new_parser().Parse(b"<sheetData>" + rows + b"</sheetData>", True)
        except ExpatError:
            raise _UnlikeError from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._characters = 0
        if self._depth > _DEEPEST:
            _refuse()
        match _local(tag):
            case "row":
                self.row = int(attributes.get("r", self.row + 1))
                self._next = 0
            case "c":
                self._open_cell(attributes)
            case "f":
                self._formula = self._filled = True
            case "v":
                self._in_value = self._filled = True
                self._text = self._text or ""
            case "is":
                self._filled = True

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._cell_row, self._column = self.row, self._next
        if "r" in attributes:
            place = _REFERENCE.fullmatch(attributes["r"])
            if place is None:
                raise ValueError(attributes["r"])
            self._cell_row, self._column = int(place[2]), _column(place[1])
        self._next = self._column + 1
        self._attributes, self._text = attributes, None
        self._formula = self._filled = False

    def _data(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > LIMITS["characters"].most:
            raise too_large(self._name, "characters", place=f" in row {self._cell_row:,}")
        if self._in_value:
            self._text = (self._text or "") + text

    def _mark(self, *_: str) -> None:
        """calamine stops reading a value there, or does not see it at all."""
        if self._in_value:
            raise ValueError("markup inside a value")

    def _end(self, tag: str) -> None:
        self._depth -= 1
        local = _local(tag)
        if local == "v":
            self._in_value = False
        elif local == "c" and self._filled:
            self._close_cell()

    def _close_cell(self) -> None:
        scan, row = self.scan, self._cell_row
        scan.rows, scan.columns = max(scan.rows, row), max(scan.columns, self._column + 1)
        kind, style = self._attributes.get("t", "n"), self._attributes.get("s", "0")
        scan.filled += 1
        if kind == "s":
            scan.shared += 1
            if self._lengths:
                scan.text += self._lengths[int(self._text or 0)]
        if self._formula and not _has_result(kind, self._text, self._styles.uncalculated):
            odd: Odd | None = Odd("formula_without_value", None, "")
        else:
            odd = _odd_cell(kind, self._text or "", self._styles.padded.get(style, 0))
        if odd is not None:
            scan.odds += 1
            scan.odd.setdefault(row, {})[self._column] = odd


def _has_result(kind: str, text: str | None, uncalculated: bool) -> bool:
    """Whether a formula's result is stored (None: nothing is). It may be a text without letters."""
    if not text:
        return kind == "str" and text is not None
    return not (uncalculated and kind == "n" and text in ("0", "0.0"))


def _odd_cell(kind: str, text: str, digits: int) -> Odd | None:
    """What is odd about a cell of this type, stored value, and digits to show."""
    if kind == "e":
        return Odd("error_cell", text or _UNNAMED_ERROR, text or _UNNAMED_ERROR)
    return _odd_number(text.strip(), digits) if kind == "n" else None


def _odd_number(text: str, digits: int) -> Odd | None:
    """A number with leading zeros to show, or one that is too long for a spreadsheet program.

    Those keep 15 digits and put zeros for the others. Where a later digit is not zero, another program wrote all of
    them: they are the text.
    """
    try:
        value = float(text)
    except ValueError:
        return None
    if abs(value) >= _LOST_FROM:
        whole = re.fullmatch(r"-?[0-9]+", text)
        kept = whole and text.lstrip("-0")[_TRUSTED_DIGITS:].strip("0")
        return Odd("", text, text) if kept else Odd("long_number", None, text)
    if digits and value >= 0 and value.is_integer() and len(str(int(value))) < digits:
        return Odd("", str(int(value)).zfill(digits), text)
    return None
