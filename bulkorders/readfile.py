"""Any spreadsheet to rows of cells, numbered as Excel numbers them, with every value as the person sees it.

Workbooks are read by python-calamine (a tenth of openpyxl's time) and by a pass over the sheet's XML for
what calamine hides (sheetxml.py); text files by the csv module, strict, because it neither shifts columns
nor swallows lines.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bulkorders.core.headings import field_named
from bulkorders.core.model import Cell, Level, Problem, Row, Sheet
from bulkorders.errors import FileError
from bulkorders.sheetxml import Findings, Forbidden, Hidden, column_letters, look_through

LARGEST_FILE = 500 << 20
LARGEST_PACKAGE = 2 << 30
MOST_COLUMNS = 1_000
LONGEST_FIELD = 1 << 20
"""Bytes of a file, bytes of a workbook when inflated, columns, and signs in one field of a CSV: beyond, it
is refused.
"""

ORDERS = "orders"
STDIN = "-"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_sheet(source: str | Path, *, sheet: str | None = None) -> Sheet:
    """Read an input file; `-` reads CSV (or pasted lines) from standard input.

    Raises:
        FileError: the file cannot be used as it is; says why and what to do.
    """
    if str(source) == STDIN:
        return _text_sheet("standard input", sys.stdin.buffer.read(LARGEST_FILE), ",")
    path = Path(source)
    reader = READERS.get(path.suffix.casefold())
    _refuse_useless(path, reader is not None)
    assert reader is not None
    try:
        return reader(path, sheet)
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).", "Check that you may open it.") from None
    except MemoryError:
        raise FileError(f"{path} is too large for this computer's memory.", "Split it into smaller files.") from None


def _refuse_useless(path: Path, known: bool) -> None:
    """Say what is wrong with a path before anything is read."""
    if path.is_dir():
        raise FileError(f"{path} is a folder.", "Name a file in it.")
    if path.name.startswith("~$"):
        raise FileError(f"{path} is only a mark that Excel has the file open.", f"Name {path.name[2:]} instead.")
    if not known:
        kinds = ", ".join(READERS)
        raise FileError(
            f"{path.name} is of a kind that cannot be read (known are {kinds}).",
            "Open it in your spreadsheet program and save it as .xlsx.",
        )
    if not path.exists():
        raise FileError(f"There is no file {path}.", "Check the name and the folder.")
    if path.stat().st_size == 0:
        raise FileError(f"{path} is empty.", "Save the orders in it first.")
    if path.stat().st_size > LARGEST_FILE:
        raise FileError(f"{path} is larger than {LARGEST_FILE >> 20} MB.", "Split it into smaller files.")


# --- workbooks ------------------------------------------------------------------------------------


def _workbook(path: Path, wanted: str | None) -> Sheet:
    import python_calamine as calamine

    with _package(path) as package:
        try:
            book = calamine.CalamineWorkbook.from_path(str(path))
            table, heading = _choose(book, wanted, path)
            found = look_through(package, table.name)
            properties = tuple(_properties(package).items())
        except FileError:
            raise
        except Forbidden:
            raise FileError(f"{path} holds XML that no spreadsheet program writes.", "Save it anew as .xlsx.") from None
        except Exception as error:  # calamine and the parsers have many names for a broken package
            kind = type(error).__name__
            raise FileError(f"{path} is damaged ({kind}).", "Open it and save it anew as .xlsx.") from None
        return _sheet(table, heading, found, properties, tuple(n for n in book.sheet_names if n != table.name))


def _package(path: Path) -> zipfile.ZipFile:
    """The workbook as a zip, refused if it is none or would be enormous."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLE:
        raise FileError(
            f"{path} is protected with a password, or an old .xls file under a new name.",
            "Open it, remove the password, and save it as .xlsx.",
        )
    if not start.startswith(_ZIP):
        raise FileError(f"{path} is no workbook, whatever its name says.", "Save the orders as .xlsx.")
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise FileError(f"{path} is damaged: it ends too early.", "Get a fresh copy of it.") from None
    if sum(entry.file_size for entry in package.infolist()) > LARGEST_PACKAGE:
        package.close()
        raise FileError(f"{path} would be enormous when unpacked.", "Save only the orders, in a file of their own.")
    return package


def _choose(book: Any, wanted: str | None, path: Path) -> tuple[Any, list[Any]]:
    """The sheet to read and its first row: `--sheet`, else Orders, else the first with a service column."""
    names = list(book.sheet_names)
    if wanted is not None:
        name = next((n for n in names if n == wanted), None) or _same(names, wanted)
        if name is None:
            raise FileError(f'{path} has no sheet "{wanted}".', f"Its sheets are: {', '.join(names)}.")
        return _with_heading(book, name)
    if (name := _same(names, ORDERS)) is not None:
        return _with_heading(book, name)
    headings = {}
    for name in names[:MOST_COLUMNS]:
        table, heading = _with_heading(book, name)
        if any(field_named(str(cell)) == "service" for cell in heading):
            return table, heading
        headings[name] = heading
    found = ", ".join(f'"{cell}"' for heading in headings.values() for cell in heading if cell != "")[:200]
    raise FileError(
        f'{path} has no sheet with a column "Service" in its first row (found: {found or "nothing"}).',
        'Name the column with the service numbers "Service".',
    )


def _same(names: Sequence[str], wanted: str) -> str | None:
    return next((n for n in names if n.strip().casefold() == wanted.strip().casefold()), None)


def _with_heading(book: Any, name: str) -> tuple[Any, list[Any]]:
    table = book.get_sheet_by_name(name)
    if table.end is not None and table.end[1] >= MOST_COLUMNS:
        raise FileError(
            f'The sheet "{name}" reaches to column {column_letters(table.end[1] + 1)}.', "Delete what stands out there."
        )
    return table, next(iter(table.iter_rows()), [])


def _sheet(
    table: Any, first: Sequence[Any], found: Findings, properties: tuple[tuple[str, str], ...], others: tuple[str, ...]
) -> Sheet:
    left = table.start[1] if table.start else 0
    patches = _patches(found, left)
    rows = []
    for number, cells in enumerate(table.iter_rows(), start=1):
        values = [_cell(v) if type(v) is not str else v for v in cells]
        if number in patches:
            for column, text in patches[number].items():
                if column < len(values):
                    values[column] = text
        if number > 1 and any(v != "" for v in values):
            rows.append(Row(number=number, cells=tuple(values)))
    if not any(cell != "" for cell in first):
        raise FileError(f'The first row of the sheet "{table.name}" is empty.', "Put the headings there.")
    headings, rows = _named(first, rows, left)
    problems = [_hidden_problem(p, h, headings, left) for p, h in sorted(found.hidden.items()) if p[0] > 1]
    return Sheet(
        name=table.name,
        headings=headings,
        rows=rows,
        problems=[p for p in problems if p is not None],
        properties=properties,
        other_sheets=others,
    )


def _patches(found: Findings, left: int) -> dict[int, dict[int, str]]:
    """By row number and column index: the text that stands instead of what calamine gives."""
    patches: dict[int, dict[int, str]] = {}
    texts = {place: hidden.shown for place, hidden in found.hidden.items()} | found.exact
    for (row, column), text in texts.items():
        if column - 1 - left >= 0:
            patches.setdefault(row, {})[column - 1 - left] = text
    return patches


def _cell(value: Any) -> Cell:
    """A whole number is an int; a span of time is its text; anything else is as it came."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, timedelta):
        return str(value)
    cell: Cell = value
    return cell


def _named(first: Sequence[Any], rows: list[Row], left: int = 0) -> tuple[tuple[str, ...], list[Row]]:
    """Headings as text. A column without one is called after its letter if it holds anything, else left out."""
    width = max([len(first), *(len(row.cells) for row in rows)])
    texts = [_heading(first[i]) if i < len(first) else "" for i in range(width)]
    filled = {i for i in range(width) if texts[i] or any(i < len(r.cells) and r.cells[i] != "" for r in rows)}
    names = tuple(texts[i] or f"Column {column_letters(i + 1 + left)}" for i in sorted(filled))
    if len(filled) == width:
        return names, rows
    kept = sorted(filled)
    shorter = [Row(number=r.number, cells=tuple(r.cells[i] if i < len(r.cells) else "" for i in kept)) for r in rows]
    return names, shorter


def _heading(cell: Any) -> str:
    return str(_cell(cell)).strip()


_HIDDEN: dict[str, tuple[str, str]] = {
    "error_cell": ("{heading} shows the error {shown}.", "Correct the formula, or type the value in."),
    "formula_without_value": (
        "{heading} holds a formula that was never calculated.",
        "Open the file in your spreadsheet program and save it, or type the value in.",
    ),
    "long_number": (
        "{heading} is stored as the number {shown}, which has lost its last digits.",
        "Format the column as text and type the number in again.",
    ),
}
"""What is told of a cell that cannot be read as it is seen, and what to do."""


def _hidden_problem(place: tuple[int, int], hidden: Hidden, headings: Sequence[str], left: int) -> Problem | None:
    index = place[1] - 1 - left
    heading = headings[index] if 0 <= index < len(headings) else f"Column {column_letters(place[1])}"
    message, advice = _HIDDEN[hidden.code]
    return Problem(
        row=place[0],
        column=heading,
        code=hidden.code,
        message=message.format(heading=heading, shown=hidden.shown),
        advice=advice,
        level=Level.ERROR if field_named(heading) else Level.WARNING,
    )


def read_properties(path: Path) -> dict[str, str]:
    """The custom document properties of a workbook; none for a file that is no workbook."""
    try:
        with zipfile.ZipFile(path) as package:
            return _properties(package)
    except (OSError, zipfile.BadZipFile, ValueError):
        return {}


def _properties(package: zipfile.ZipFile) -> dict[str, str]:
    from xml.etree import ElementTree as ET

    name = "docProps/custom.xml"
    if name not in package.namelist() or package.getinfo(name).file_size > 1 << 20:
        return {}
    content = package.read(name)
    if b"<!DOCTYPE" in content:
        return {}
    try:
        return {e.get("name", ""): "".join(e.itertext()) for e in ET.fromstring(content)}
    except ET.ParseError:
        return {}


# --- text files -----------------------------------------------------------------------------------


def _delimited(path: Path, wanted: str | None) -> Sheet:
    return _text_sheet(path.name, path.read_bytes(), "\t" if path.suffix.casefold() == ".tsv" else ",")


def _pasted_file(path: Path, wanted: str | None) -> Sheet:
    return _pasted(_decode(path.read_bytes(), path.name), path.name)


def _text_sheet(name: str, content: bytes, usual: str) -> Sheet:
    """CSV with whatever delimiter it has, or pasted mass-order lines where there is no heading."""
    text = _decode(content, name)
    if not text.strip():
        raise FileError(f"{name} is empty.", "Put a heading row and the orders in it.")
    if name == "standard input" and "|" in text.split("\n", 1)[0]:
        return _pasted(text, name)
    return _csv(text, name, usual)


def _decode(content: bytes, name: str) -> str:
    """UTF-8 with or without its mark, UTF-16, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[1:2] == b"\0" or content[:1] == b"\0":
        encodings = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileError(f"{name} is no text file, whatever its name says.", "Save the orders as .xlsx or .csv.")


def _csv(text: str, name: str, usual: str) -> Sheet:
    csv.field_size_limit(LONGEST_FIELD)
    text, delimiter = _delimiter(text, usual)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    try:
        first = next(lines, [])
        if not any(cell.strip() for cell in first):
            raise FileError(f"The first line of {name} is empty.", "Put the headings there.")
        width = len(first)
        rows = []
        for number, cells in enumerate(lines, start=2):
            if not any(cells):
                continue
            if len(cells) > width and any(cells[width:]):
                problems.append(_too_many(number, len(cells), width))
            rows.append(Row(number=number, cells=tuple(cells[:width] + [""] * (width - len(cells)))))
    except csv.Error as error:
        raise FileError(
            f"{name} cannot be read from line {lines.line_num} on ({error}).",
            "Look for a quotation mark that is opened and not closed, or save the orders as .xlsx.",
        ) from None
    if width > MOST_COLUMNS:
        raise FileError(f"{name} has {width:,} columns.", "Delete those that are not needed.")
    headings, rows = _named(first, rows)
    return Sheet(name=name, headings=headings, rows=rows, problems=problems)


def _too_many(number: int, found: int, width: int) -> Problem:
    return Problem(
        row=number,
        column="",
        code="too_many_fields",
        message=f"The row has {found} fields and the heading only {width}, so nobody can say which is which.",
        advice="Put quotation marks around a text with the delimiter in it, or save the orders as .xlsx.",
    )


def _delimiter(text: str, usual: str) -> tuple[str, str]:
    """The text and its delimiter: the one that gives a service column, else the one that gives most columns."""
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:
        return rest, first.strip()[4]

    def fields(delimiter: str) -> tuple[bool, int, bool]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return any(field_named(cell) == "service" for cell in cells), len(cells), delimiter == usual

    return text, max((",", ";", "\t"), key=fields)


def _pasted(text: str, name: str) -> Sheet:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        fields = [part.strip() for part in line.split("|")]
        ordered = _pasted_order(fields)
        if ordered is None:
            problems.append(_unclear(number, line))
        rows.append(Row(number=number, cells=ordered or tuple([*fields, "", "", ""][:3])))
    if not rows:
        raise FileError(f"{name} is empty.", "Paste lines like 120|https://example.com/page|100 into it.")
    return Sheet(name=name, headings=("Service", "Link", "Quantity"), rows=rows, problems=problems)


def _pasted_order(fields: Sequence[str]) -> tuple[str, str, str] | None:
    """Service, link and quantity, told apart: one of the last two is a whole number, the other is the link."""
    if len(fields) != 3:
        return None
    service, second, third = fields
    if second.isdecimal() == third.isdecimal():
        return None
    return (service, third, second) if second.isdecimal() else (service, second, third)


def _unclear(number: int, line: str) -> Problem:
    shown = line.strip() if len(line) <= 60 else line.strip()[:57] + "..."
    return Problem(
        row=number,
        column="",
        code="unclear_line",
        message=f'The line "{shown}" is not service|link|quantity or service|quantity|link.',
        advice="Correct the line.",
    )


READERS: dict[str, Callable[[Path, str | None], Sheet]] = {
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _pasted_file,
}
INPUT_SUFFIXES: Iterable[str] = tuple(READERS)
"""The kinds of files that can be read."""
