"""Hostile inputs: files of a few kilobytes, or sparse ones, that ask for gigabytes; and how much memory a command took.

CASES is shared by the tests and by `python -m tests.benchmarks.hostile`, which prints what each one costs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import repeat
from pathlib import Path
from threading import Thread

from tests import peak

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGED = "http://schemas.openxmlformats.org/package/2006/relationships"
MB = 1_000_000
HEADING = "<row><c t='inlineStr'><is><t>Service</t></is></c><c t='inlineStr'><is><t>Link</t></is></c></row>"
_LAUGH = "".join(f"<!ENTITY b{n + 1} '" + f"&b{n};" * 9 + "'>" for n in range(9))
LAUGHS = f'<!DOCTYPE a [<!ENTITY b0 "ha">{_LAUGH}]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


# --- workbooks that unpack to far more than they weigh ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a workbook: `body` stands `times` times between `head` and `tail`.

    `told`: the size that the zip's directory gives, where it lies about it.
    """

    head: str
    body: str = ""
    times: int = 0
    tail: str = ""
    told: int | None = None


def workbook(path: Path, **parts: Part | str) -> None:
    """Write a workbook with these parts changed or added; `sheet`, `texts`, `styles`, `book`, ... are short names."""
    whole = {
        _PLACES.get(name, name): part if isinstance(part, Part) else Part(part)
        for name, part in (_USUAL | parts).items()
    }
    path.write_bytes(_zip(whole))


_PLACES = {
    "types": "[Content_Types].xml",
    "top": "_rels/.rels",
    "book": "xl/workbook.xml",
    "relations": "xl/_rels/workbook.xml.rels",
    "styles": "xl/styles.xml",
    "texts": "xl/sharedStrings.xml",
    "properties": "docProps/custom.xml",
    "sheet": "xl/worksheets/sheet1.xml",
}
_USUAL: Mapping[str, Part | str] = {
    "types": f'{DECLARED}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "top": f'{DECLARED}<Relationships xmlns="{PACKAGED}"><Relationship Id="rId1" '
    f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "book": f'{DECLARED}<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>'
    '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "relations": f'{DECLARED}<Relationships xmlns="{PACKAGED}"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "styles": f"{DECLARED}<styleSheet {MAIN}/>",
    "texts": f"{DECLARED}<sst {MAIN}/>",
    "sheet": f"{DECLARED}<worksheet {MAIN}><sheetData>{HEADING}</sheetData></worksheet>",
}


def rows(body: str, times: int, *, before: str = HEADING, told: int | None = None) -> Part:
    """A sheet of the same rows again and again."""
    head = f"{DECLARED}<worksheet {MAIN}><sheetData>{before}"
    return Part(head, body, times, "</sheetData></worksheet>", told)


def texts(body: str, times: int = 1) -> Part:
    """The list of shared texts: `Service`, `Link`, and then these."""
    head = f"{DECLARED}<sst {MAIN}><si><t>Service</t></si><si><t>Link</t></si>"
    return Part(head, body, times, "</sst>")


def _zip(parts: Mapping[str, Part]) -> bytes:
    """A zip whose repeated parts were compressed once: a gigabyte is written in a few milliseconds."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, part in parts.items():
            packed, size, crc = _packed(part)
            info = zipfile.ZipInfo(path)
            archive.writestr(info, packed)
            info.compress_type, info.file_size, info.CRC = zipfile.ZIP_DEFLATED, part.told or size, crc
    changed = bytearray(content.getvalue())
    for info in archive.infolist():  # what stands before each part must say the same as the directory at the end
        changed[info.header_offset + 8 : info.header_offset + 10] = (8).to_bytes(2, "little")
        changed[info.header_offset + 14 : info.header_offset + 18] = info.CRC.to_bytes(4, "little")
        changed[info.header_offset + 22 : info.header_offset + 26] = info.file_size.to_bytes(4, "little")
    return bytes(changed)


_BLOCK = 1 << 20


def _packed(part: Part) -> tuple[bytes, int, int]:
    """The part compressed, its size, and its checksum."""
    head, body, tail = part.head.encode(), part.body.encode(), part.tail.encode()
    block = body * max(1, min(part.times, _BLOCK // max(1, len(body))))
    blocks, rest = divmod(len(body) * part.times, len(block)) if body else (0, 0)
    pieces = (_block(head), _block(block) * blocks, _block(block[:rest]), _block(tail, zlib.Z_FINISH))
    size = len(head) + len(body) * part.times + len(tail)
    return b"".join(pieces), size, _checksum(head, *repeat(block, blocks), block[:rest], tail) if size < _FAR else 0


_FAR = 400 * MB
"""Nobody gets as far as the checksum of a part that is larger."""


def _checksum(*pieces: bytes) -> int:
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
    return crc


def _block(data: bytes, end: int = zlib.Z_FULL_FLUSH) -> bytes:
    """Compressed data that needs nothing before it, so that it can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(end)


# --- a command and its memory ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """How a command ended, what it said, and its peak of memory in MB (0 where the system does not tell)."""

    code: int
    told: str
    peak: int


def measured(arguments: Sequence[str], **environment: str) -> Measured:
    """Run `python -m bulkorders ARGUMENTS` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-P", peak.__file__, *arguments],
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    told, _, most = done.stderr.rpartition("peak ")
    return Measured(done.returncode, told.strip(), int(most))


# --- a panel that lists too much -------------------------------------------------------------------------------------


@contextmanager
def listing(body: bytes, times: int = 1, head: bytes = b"", tail: bytes = b"") -> Iterator[str]:
    """A panel whose service list is `body`, `times` times between `head` and `tail`; its address."""
    length = len(head) + len(body) * times + len(tail)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            listed = b"action=services" in asked
            answer = (head, body, times, tail) if listed else (b'{"balance": "5", "currency": "USD"}', b"", 0, b"")
            self.send_response(200)
            self.send_header("Content-Length", str(length if listed else len(answer[0])))
            self.end_headers()
            with suppress(OSError):  # the client has read enough
                for piece in (answer[0], *repeat(answer[1], answer[2]), answer[3]):
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api/v2"
        server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: the client goes away in the middle of an answer."""


# --- the cases -------------------------------------------------------------------------------------------------------

Make = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Case:
    """A hostile file: what it is called, how it is made, what the program says of it, and the most memory it may take.

    A file that is read gives exit code 0 or 1; any other is refused (2). Memory is in MB.
    """

    name: str
    make: Make
    told: str
    code: int = 2
    most: int = 250


def _text(body: str, times: int = 1, before: str = "Service,Link\n") -> Make:
    def make(path: Path) -> None:
        path.write_bytes((before + body * times).encode())

    return make


def _sparse(before: bytes, size: int = 2_000 * MB) -> Make:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(before)
            file.truncate(size)

    return make


def _book(**parts: Part | str) -> Make:
    return lambda path: workbook(path, **parts)


def _sheets(count: int, *, own: bool) -> Make:
    """A workbook of so many sheets and, last, Orders; each with a part of its own, or all with the same one."""
    numbers = range(2, count + 2)
    named = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    led = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n if own else 1}.xml"/>'
        for n in numbers
    )
    book = str(_USUAL["book"]).replace("<sheets>", f"<sheets>{named}")
    relations = str(_USUAL["relations"]).replace("</Rel", f"{led}</Rel")
    empty = f"<worksheet {MAIN}><sheetData/></worksheet>"
    more = {f"xl/worksheets/sheet{n}.xml": empty for n in numbers} if own else {}
    return _book(book=book, relations=relations, sheet=rows(LINE, 1), **more)


def with_entities(place: str, definitions: str) -> Make:
    """The usual workbook with these definitions before the first element of one part."""
    part = _USUAL.get(place, "<Properties/>")
    opening = OPENINGS[place]
    return _book(**{place: str(part).replace(opening, f"{definitions}{opening}", 1)})


OPENINGS = {
    "sheet": "<worksheet",
    "texts": "<sst",
    "styles": "<styleSheet",
    "book": "<workbook",
    "relations": "<Relationships",
    "properties": "<Properties",
}
"""How the first element begins of each part that is read."""


def _inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


LINE = f"<row>{_inline('x')}{_inline('y')}</row>"
SHARED = '<row><c t="s"><v>2</v></c></row>'
GIGABYTES = 2_000
LONG = "x" * MB
STYLES = f"{DECLARED}<styleSheet {MAIN}><cellXfs>", "<xf/>"
SHEETS = f"{DECLARED}<workbook {MAIN} xmlns:r='{RELATIONS}'><sheets>", '<sheet name="S" sheetId="1" r:id="rId1"/>'


def _bombs() -> Iterator[Case]:
    """Each part of a workbook that is read, as one that unpacks to gigabytes: honestly, and in secret."""
    for place, (head, body) in {
        "sheet": (f"<worksheet {MAIN}><sheetData>", LINE),
        "texts": (f"<sst {MAIN}>", "<si><t>x</t></si>"),
        "styles": STYLES,
        "book": SHEETS,
    }.items():
        times = GIGABYTES * MB // len(body)
        yield Case(
            f"gigabytes of {place}.xlsx", _book(**{place: Part(head, body, times)}), "unpacks to more than 1,000 MB"
        )
        hidden = Part(head, body, times, told=1_000)
        yield Case(f"hidden gigabytes of {place}.xlsx", _book(**{place: hidden}), "damaged")


CASES: Sequence[Case] = (
    *_bombs(),
    Case(
        "150 MB of sheet.xlsx", _book(sheet=rows(f"<row>{_inline(LONG[:30_000])}</row>", 5_000)), "characters of text"
    ),
    Case("300 MB of shared texts.xlsx", _book(texts=texts(f"<si><t>{LONG}</t></si>", 300)), "characters of text"),
    Case("6 million shared texts.xlsx", _book(texts=texts("<si/>", 6 * MB)), "5,000,000 filled cells"),
    Case("60 MB of styles.xlsx", _book(styles=Part(*STYLES, 12 * MB)), "overgrown list"),
    Case("60 MB of sheet names.xlsx", _book(book=Part(*SHEETS, MB)), "overgrown list"),
    Case(
        "one shared text in 1,000 cells.xlsx",
        _book(texts=texts(f"<si><t>{LONG}</t></si>"), sheet=rows(SHARED, 1_000)),
        "more than 100,000,000 characters of text",
    ),
    Case("elements inside each other.xlsx", _book(sheet=rows("<a>", 8 * MB)), "damaged"),
    Case(
        "a tag without end.xlsx", _book(sheet=Part(f"<worksheet {MAIN}><sheetData><row a='", "x", 90 * MB)), "damaged"
    ),
    Case("a value without end.xlsx", _book(sheet=rows("1", 9 * MB, before=f"{HEADING}<row><c><v>")), "in row 2"),
    Case("a million columns.xlsx", _book(sheet=rows("<c><v>1</v></c>", MB, before=HEADING + "<row>")), "1,000 columns"),
    Case(
        "two far corners.xlsx",
        _book(sheet=rows('<row r="39000"><c r="ALL39000"><v>1</v></c></row>', 1)),
        "39,000 rows and 1,000 columns",
    ),
    Case(
        "a value in the last row.xlsx",
        _book(sheet=rows('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', 1)),
        "row 1048576",
        code=1,
    ),
    Case("3,000 sheets.xlsx", _sheets(3_000, own=True), "Orders: 1 row", code=1),
    Case("3,000 sheets in one.xlsx", _sheets(3_000, own=False), "damaged"),
    Case("12,000 sheets.xlsx", _sheets(12_000, own=True), "10,000 parts"),
    Case("a billion laughs.xlsx", with_entities("sheet", LAUGHS), "damaged"),
    Case("a billion laughs in shared texts.xlsx", with_entities("texts", LAUGHS), "damaged"),
    Case("a heading of a million fields.csv", _text(",x", MB, "Service"), "1,000 columns"),
    Case("a row of a million fields.csv", _text(",x", MB, "Service,Link\n1"), "1000001 cells", code=1, most=300),
    Case("a row of 15 million fields.csv", _text("ab,", 15 * MB), "4,000,000 characters in row 2"),
    Case("a record without end.csv", _text('"a\n",', 10 * MB), "4,000,000 characters in row 2"),
    Case("a quotation mark that is not closed.csv", _text("1,x\n", 10 * MB, 'Service,Link\n1,"x'), "not closed"),
    Case("a line without end.txt", _text("ab|", 15 * MB, ""), "4,000,000 characters in row 1"),
    Case("more rows than a sheet.csv", _text("\n", 1_048_576), "1,048,576 rows"),
    Case("more orders than memory.csv", _text("1,x\n", 300_001), "300,000 filled rows", most=400),
    Case("2 GB.csv", _sparse(b"Service,Link\n1,x\n"), "larger than 100 MB"),
    Case("2 GB.tsv", _sparse(b"Service\tLink\n1\tx\n"), "larger than 100 MB"),
    Case("2 GB.txt", _sparse(b"1|x|2\n"), "larger than 100 MB"),
    Case("2 GB.xlsx", _sparse(b"PK\x03\x04"), "larger than 200 MB"),
)
"""Files that a few milliseconds make, and how each ends."""

WIDE = "Service,Link,Quantity,Runs,Interval,Comments,Usernames,Username,Min,Max,Posts,Delay,Expiry,Hashtags,Hashtag\n"
HEAVY: Sequence[Case] = (
    Case("nothing but errors.xlsx", _book(sheet=rows('<row><c t="e"><v>#N/A</v></c></row>', 301_000)), "with an error"),
    Case("all wrong.csv", _text("1" + ",é é" * 14 + "\n", 299_999, WIDE), "299,999 to fix", code=1, most=1_300),
    Case("90 MB of text.csv", _text(f'1,"{LONG[:300_000]}😀"\n', 300), "300 to fix", code=1, most=600),
    Case("all filled.xlsx", _book(sheet=rows(f"<row>{_inline('xyz') * 16}</row>", 299_000)), "", code=1, most=1_300),
    Case("overfilled.xlsx", _book(sheet=rows(f"<row>{_inline('xyz') * 20}</row>", 299_000)), "filled cells"),
    Case(
        "90 million characters of one text.xlsx",
        _book(texts=texts(f"<si><t>{LONG[:32_000]}😀</t></si>"), sheet=rows(SHARED, 2_800)),
        "2,800 to fix",
        code=1,
        most=700,
    ),
    Case(
        "a value at the end of the last row.xlsx",
        _book(sheet=rows('<row r="1048576"><c r="AB1048576"><v>1</v></c></row>', 1)),
        "1 to fix",
        code=1,
        most=1_100,
    ),
)
"""Files just below the limits: what the limits hold the memory to."""
