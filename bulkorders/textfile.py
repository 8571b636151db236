"""Orders as text: CSV and its relatives, and pasted mass-order lines.

A row's number is that of its record, which is what Excel shows when it opens the file; a cell of several lines is
one record.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from itertools import chain, islice
from typing import BinaryIO

from bulkorders.core.fields import shown
from bulkorders.core.headings import HEADING_ROWS, field_named, heading_place
from bulkorders.core.limits import LIMITS
from bulkorders.core.model import Problem
from bulkorders.errors import FileError
from bulkorders.sheetxml import too_large

DELIMITERS = (",", ";", "\t")
MASS_HEADINGS = ("Service", "Link", "Quantity")

_CHUNK = _START = 1 << 20
_SAVE_AS_TEXT = "Save it as a CSV file with UTF-8 encoding, or as .xlsx."
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks; that of UTF-32 begins like that of UTF-16, so it comes first."""


@dataclass(slots=True)
class Table:
    """Records with their numbers, the heading first, and what is wrong with them; filled while it is read."""

    records: Iterator[tuple[int, Sequence[str]]]
    problems: list[Problem] = field(default_factory=list)


def read_table(stream: BinaryIO, name: str, *, lines_allowed: bool) -> Table:
    """The records of a text file; `lines_allowed`: it may be mass-order lines instead.

    Raises:
        FileError: it is no text, or not laid out as a table.
    """
    text = TextIOWrapper(stream, encoding=_encoding(stream, name), newline="")
    start = text.read(_START)
    text.seek(0)
    if declared := re.match("sep=(.)\r?\n", start):  # Excel's own mark, which it does not show as a row
        text.readline()
        return _delimited(text, declared[1], name)
    delimiter, known = _delimiter(start)
    if lines_allowed and not known and "|" in _first_line(start):
        return _mass_lines(text, name)
    return _delimited(text, delimiter, name)


# --- characters ------------------------------------------------------------------------------------------------------


def _encoding(stream: BinaryIO, name: str) -> str:
    """The encoding in which the whole file can be read; the stream is at its start again afterwards."""
    head = stream.read(4096)
    marked = [encoding for mark, encoding in _MARKS if head.startswith(mark)]
    for encoding in marked[:1] or _guesses(head):
        if _decodes(stream, encoding):
            return encoding
    raise FileError(f"{name} is no text, or its letters cannot be read.", _SAVE_AS_TEXT)


def _guesses(head: bytes) -> tuple[str, ...]:
    """A Latin letter in UTF-16 has a zero beside it; text in no other encoding has any."""
    if head[:1] == b"\0":
        return ("utf-16-be",)
    return ("utf-16-le",) if head[1:2] == b"\0" else ("utf-8", "cp1252")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while piece := stream.read(_CHUNK):
            if "\0" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


# --- delimited -------------------------------------------------------------------------------------------------------


def _first_line(start: str) -> str:
    return start.lstrip().partition("\n")[0]


def _delimiter(start: str) -> tuple[str, bool]:
    """The delimiter that makes the most of the heading, and whether a Service column came out."""
    headings = {d: _heading(start, d) for d in DELIMITERS}

    def worth(delimiter: str) -> tuple[int, int]:
        return sum(field_named(h) is not None for h in headings[delimiter]), len(headings[delimiter])

    best = max(DELIMITERS, key=worth)
    return best, any(field_named(h) == "service" for h in headings[best])


def _heading(start: str, delimiter: str) -> list[str]:
    import csv

    rows: list[list[str]] = []
    with suppress(csv.Error):  # what could be read before it decides
        rows.extend(islice(csv.reader(StringIO(start, newline=""), delimiter=delimiter, strict=True), HEADING_ROWS))
    return rows[heading_place(rows)] if rows else []


def _delimited(text: TextIOWrapper, delimiter: str, name: str) -> Table:
    table = Table(iter(()))
    table.records = _within(_checked(_records(text, delimiter, name), table.problems), name)
    return table


class _Lines:
    """The lines of a text, as long as a record does not go on without end: csv would collect all of it first."""

    def __init__(self, text: TextIOWrapper, name: str) -> None:
        self._text = text
        self._name = name
        self.next_record(1)

    def next_record(self, number: int) -> None:
        """A record has ended; what follows belongs to the next one."""
        self._number, self._left = number, LIMITS["record"].most

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(self._left + 1):
            self._left -= len(line)
            if self._left < 0:
                raise too_large(self._name, "record", place=f" in row {self._number:,}")
            yield line


def _records(text: TextIOWrapper, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each record and its number.

    Raises:
        FileError: a quotation mark is where none can be.
    """
    import csv

    csv.field_size_limit(LIMITS["characters"].most)
    lines = _Lines(text, name)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = line = 0
    try:
        for number, record in enumerate(reader, 1):
            lines.next_record(number + 1)
            yield number, record
            line = reader.line_num
    except csv.Error as error:
        raise _bad_record(name, number + 1, line + 1, str(error)) from None


def _bad_record(name: str, row: int, line: int, error: str) -> FileError:
    where = f"line {line}" if row == line else f"row {row} (line {line})"
    if "field limit" in error:
        message = LIMITS["characters"].message(name, place=f" in {where}")
        return FileError(f"{message}.", LIMITS["record"].advice)
    message = f'{name} has a quotation mark (") in {where} that is not closed, or stands inside a cell.'
    return FileError(message, "Correct that line, or save the file as .xlsx.")


def _checked(records: Iterator[tuple[int, list[str]]], problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Count each record's cells against the heading: what stands beyond it belongs to no column."""
    first = list(islice(records, HEADING_ROWS))
    place = heading_place([cells for _, cells in first])
    width = len(first[place][1]) if first else 0
    yield from first[: place + 1]
    for number, cells in chain(first[place + 1 :], records):
        if len(cells) > width:
            if any(map(str.strip, cells[width:])):
                problems.append(_too_many(number, len(cells), width))
            cells = cells[:width]
        yield number, cells


def _too_many(row: int, cells: int, width: int) -> Problem:
    return Problem(
        row=row,
        column="",
        code="too_many_cells",
        message=f"The row has {cells} cells, and the heading row has {width}; it cannot be told which belongs where.",
        advice='Put cells with a comma or semicolon in them between quotation marks ("), or save the file as .xlsx.',
    )


def _within(records: Iterable[tuple[int, Sequence[str]]], name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Stop where no sheet goes on, before the memory is full."""
    rows, area, cells = LIMITS["rows"].most, LIMITS["area"].most, 0
    for record in records:
        cells += len(record[1])
        if record[0] > rows:
            raise too_large(name, "rows")
        if cells > area:
            raise too_large(name, "area", rows=record[0], columns=len(record[1]))
        yield record


# --- mass-order lines ------------------------------------------------------------------------------------------------

_COUNT = re.compile(r"[0-9][0-9.,' ]*")
_LINK = re.compile(r"https?://|www\.|@|.*/", re.IGNORECASE)


def _mass_lines(text: TextIOWrapper, name: str) -> Table:
    table = Table(iter(()))
    table.records = _within(_mass_records(_Lines(text, name), table.problems), name)
    return table


def _mass_records(lines: _Lines, problems: list[Problem]) -> Iterator[tuple[int, Sequence[str]]]:
    """The headings as record 0, and then one record a line, numbered as the lines are."""
    yield 0, MASS_HEADINGS
    for number, line in enumerate(lines, 1):
        lines.next_record(number + 1)
        fields = [f.strip() for f in line.split("|")]
        if not line.strip() or (number == 1 and field_named(fields[0]) == "service"):
            continue
        cells = _apart(fields)
        if cells is None:
            problems.append(_unclear_line(number, line.strip(), len(fields)))
            cells = (fields[0], " | ".join(fields[1:]), "")
        yield number, cells


def _apart(fields: Sequence[str]) -> tuple[str, str, str] | None:
    """Service, link and quantity, whichever order the last two stand in; None where nobody can say."""
    if len(fields) != 3:
        return None
    service, second, third = fields
    for told, by in ((_COUNT.fullmatch, -1), (_LINK.match, 1)):
        is_second, is_third = told(second) is not None, told(third) is not None
        if is_second != is_third:
            return (service, second, third) if is_second == (by > 0) else (service, third, second)
    return None


def _unclear_line(row: int, line: str, fields: int) -> Problem:
    wrong = f"has {fields} parts" if fields != 3 else "does not show which part is the link and which the quantity"
    return Problem(
        row=row,
        column="",
        code="unclear_line",
        message=f"The line {shown(line)} {wrong}; it must be service|link|quantity or service|quantity|link.",
        advice="Correct the line.",
    )
