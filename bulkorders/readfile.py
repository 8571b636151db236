"""Any file of orders to rows of cells, numbered as Excel numbers them.

The kinds of files are the rows of SPREADSHEETS. Workbooks are read by python-calamine, and beside it the workbook's own
XML is looked through for what calamine does not tell (sheetxml.py); text files are textfile.py's. Nothing is
dropped or changed without a word: a cell that cannot be read exactly becomes a `Problem`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bulkorders.core.fields import ERRORS, flat, shown
from bulkorders.core.formtotals import tally_of
from bulkorders.core.headings import (
    EXAMPLE,
    HEADING_ROWS,
    column_letters,
    field_meant,
    field_named,
    fills_itself,
    heading_place,
)
from bulkorders.core.limits import LIMITS
from bulkorders.core.lists import is_lists
from bulkorders.core.model import Cell, Level, ListSheet, Problem, Row, Sheet, cell_text
from bulkorders.errors import FileError
from bulkorders.listfile import with_lists
from bulkorders.sheetxml import (
    SAVE_AGAIN,
    check_count,
    check_lists,
    check_package,
    custom_properties,
    damage_told,
    damaged,
    read_styles,
    scan_sheet,
    sheet_parts,
    too_large,
)
from bulkorders.textfile import read_table

if TYPE_CHECKING:
    from zipfile import ZipFile

    from python_calamine import CalamineSheet, CalamineWorkbook

    from bulkorders.sheetxml import Odd, Scan, Styles

STDIN = "-"
FAVOURITE_SHEET = "orders"
WORKBOOKS = (".xlsx", ".xlsm")
OURS = "bulkorders "
"""How the properties of a results workbook begin (work.py)."""

Record = tuple[int, Sequence[Cell]]
"""A row's number and its cells, empty ones included."""


def read_sheet(source: str | Path, *, sheet: str | None = None, folder: Path | None = None) -> Sheet:
    """Read the sheet with the orders from a file, or as text from standard input where `source` is "-".

    Cells that name a list have it in their place (core/lists.py). Files of lists are looked for in `folder` (None:
    beside the source).

    Raises:
        FileError: the file cannot be used as it is; the sentence says why and what to do.
    """
    if str(source) == STDIN:
        with _standard_input() as stream:
            found = _read_text(stream, "Standard input", sheet, lines_allowed=True)
        return with_lists(found, None, "Standard input")
    path = Path(source)
    with _opened(path) as stream:
        found = SPREADSHEETS[path.suffix.lower()](stream, path.name, sheet)
    return with_lists(found, folder or path.absolute().parent, path.name)


def read_properties(path: Path) -> Mapping[str, str]:
    """The custom document properties of a workbook; none where it cannot be read."""
    try:
        with _opened(path) as stream, _package(stream, path.name) as archive:
            return dict(custom_properties(archive, path.name))
    except FileError:
        return {}


# --- the file --------------------------------------------------------------------------------------------------------

_KINDS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)"),
    (b"PK\x03\x04", "a workbook or another zip file"),
)
"""How files begin that carry another file's name."""

_PASSWORD = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, once its name and size promise something that can be read."""
    _check_name(path)
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            if not size:
                raise FileError(f"{path.name} is empty.", "Fill it in and save it, or choose another file.")
            what = "workbook" if path.suffix.lower() in WORKBOOKS else "file"
            if size > LIMITS[what].most:
                raise too_large(path.name, what)
            yield stream
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror or 'unknown reason'}).",
            "Close the program that has it open, and check that you may read it.",
        ) from error


def _check_name(path: Path) -> None:
    if path.name.startswith("~$"):
        raise FileError(
            f"{path.name} is only the mark that Excel leaves beside an open file.", f"Use {path.name[2:]} instead."
        )
    try:
        folder, there = path.is_dir(), path.exists()
    except (OSError, ValueError):  # a name too long, or with a character that no name may have
        folder = there = False
    if folder:
        raise FileError(f"{path} is a folder.", "Name the file with the orders in it.")
    if not there:
        raise FileError(f"There is no file {path}.", "Check the name and the folder.")
    if path.suffix.lower() not in SPREADSHEETS:
        raise FileError(f"{path.name} is not a kind of file that can be read ({', '.join(SPREADSHEETS)}).", SAVE_AGAIN)


@contextmanager
def _standard_input() -> Iterator[BinaryIO]:
    data = sys.stdin.buffer.read(LIMITS["file"].most + 1) if sys.stdin else b""
    if not data:
        raise FileError("Standard input is empty.", "Pipe a CSV file into the command.")
    if len(data) > LIMITS["file"].most:
        raise too_large("Standard input", "file")
    yield BytesIO(data)


def _kind(stream: BinaryIO) -> str:
    """What a file is by its first bytes, where it is one of the usual mistakes; "" otherwise."""
    head = stream.read(8)
    stream.seek(0)
    return next((kind for mark, kind in _KINDS if head.startswith(mark)), "")


# --- text ------------------------------------------------------------------------------------------------------------


def _read_text(stream: BinaryIO, name: str, sheet: str | None, *, lines_allowed: bool = False) -> Sheet:
    if kind := _kind(stream):
        raise FileError(f"{name} is no text but {kind}.", SAVE_AGAIN)
    if sheet is not None:
        raise FileError(f"{name} is text and has no sheets.", "Leave --sheet out.")
    table = read_table(stream, name, lines_allowed=lines_allowed)
    grid = _grid(table.records, name)
    _check_headings(grid.headings, name)
    return Sheet(
        name=Path(name).stem, headings=grid.headings, rows=grid.rows, problems=(*table.problems, *grid.problems)
    )


def _read_pasted(stream: BinaryIO, name: str, sheet: str | None) -> Sheet:
    return _read_text(stream, name, sheet, lines_allowed=True)


# --- workbooks -------------------------------------------------------------------------------------------------------


def _read_workbook(stream: BinaryIO, name: str, sheet: str | None) -> Sheet:
    with _package(stream, name) as archive:
        properties = custom_properties(archive, name)
        styles = read_styles(archive, name, 2 if any(key.startswith(OURS) for key, _ in properties) else 1)
        with damage_told(name), _calamine(stream, name) as book:
            chosen, grid, scan = _choose(book, archive, styles, name, sheet)
            lists = _lists(book, archive, styles, name)
        others = tuple(n for n in book.sheet_names if n != chosen)
    return Sheet(
        name=chosen,
        headings=grid.headings,
        rows=grid.rows,
        problems=(*_problems(scan, grid), *grid.problems),
        properties=properties,
        other_sheets=others,
        heading_row=grid.number,
        lists=lists,
    )


@contextmanager
def _package(stream: BinaryIO, name: str) -> Iterator[ZipFile]:
    """The workbook as a zip whose parts can be read without harm."""
    from zipfile import ZipFile

    kind = _kind(stream)
    if kind.startswith("an old Excel file"):
        locked = _PASSWORD in stream.read()
        told = "is protected by a password" if locked else "is an old Excel file (.xls) under a new name"
        advice = "Open it in Excel, take the password off, and save it." if locked else SAVE_AGAIN
        raise FileError(f"{name} {told}.", advice)
    if kind and not kind.startswith("a workbook"):
        raise FileError(f"{name} is {kind}, whatever its name says.", "Choose the file with the orders in it.")
    check_count(stream, name)
    with damage_told(name), ZipFile(stream) as archive:
        check_package(archive, name)
        yield archive


@contextmanager
def _calamine(stream: BinaryIO, name: str) -> Iterator[CalamineWorkbook]:
    """The workbook opened by calamine, whose every failure, a crash of its own included, is one sentence."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        stream.seek(0)
        yield CalamineWorkbook.from_filelike(stream)
    except CalamineError as error:
        raise damaged(name) from error
    except BaseException as error:
        # A panic of a Rust library is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(name) from error


def _choose(
    book: CalamineWorkbook, archive: ZipFile, styles: Styles, name: str, wanted: str | None
) -> tuple[str, _Grid, Scan]:
    """The sheet with the orders: the wanted one, else Orders, else the first with a Service column."""
    parts = sheet_parts(archive, name)
    first: tuple[str, ...] | None = None
    for title in _candidates(book, name, wanted):
        scan = scan_sheet(archive, parts[title], styles, name)
        _check_errors(scan, title, name)
        grid = _grid(_records(book.get_sheet_by_name(title), scan), name, scan.odd, styles.room)
        if _has_service(grid.headings):
            return title, grid, scan
        first = grid.headings if first is None else first
    _check_headings(first or (), name)
    raise AssertionError("a sheet without a Service column passed")


def _check_errors(scan: Scan, title: str, name: str) -> None:
    """Tell where an error stands over which calamine would give up the sheet without a word about the place."""
    for row, odd in sorted(scan.odd.items()):
        for column, cell in sorted(odd.items()):
            if cell.code == "error_cell" and cell.stored not in ERRORS:
                place = f"{column_letters(column)}{row} of the sheet {shown(title)}"
                raise FileError(
                    f"{name}: {place} shows {flat(cell.stored, 40)}, an error of the spreadsheet program.",
                    "Correct the formula in this cell, or type the value.",
                )


def _worksheets(book: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum

    return [m.name for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]


def _candidates(book: CalamineWorkbook, name: str, wanted: str | None) -> Sequence[str]:
    titles = _worksheets(book)
    if not titles:
        raise FileError(f"{name} has no sheet with cells, only charts.", "Choose the file with the orders in it.")
    if wanted is not None and is_lists(wanted):
        raise FileError(f"The sheet {shown(wanted)} is for lists, and never has orders.", _NO_LISTS)
    titles = [t for t in titles if not is_lists(t)]
    if not titles:
        raise FileError(f"{name} has only a sheet Lists, which never has orders.", _NO_LISTS)
    if wanted is None:
        return [t for t in titles if t.strip().casefold() == FAVOURITE_SHEET][:1] or titles
    same = [t for t in titles if t == wanted] or [t for t in titles if t.casefold() == wanted.strip().casefold()]
    if not same:
        there = ", ".join(map(shown, titles[:20])) or "none"
        raise FileError(
            f"{name} has no sheet {shown(wanted)}; its sheets are: {there}.", "Name one of these with --sheet."
        )
    return same[:1]


_NO_LISTS = "Name the sheet with the orders; if they stand in this one, call it Orders."


def _lists(book: CalamineWorkbook, archive: ZipFile, styles: Styles, name: str) -> ListSheet:
    """The workbook's sheet Lists, as it is; an empty one where there is none."""
    title = next(filter(is_lists, _worksheets(book)), None)
    if title is None:
        return ListSheet()
    part = sheet_parts(archive, name)[title]
    scan = scan_sheet(archive, part, styles, name)
    check_lists(archive, part, scan, styles, name)
    _check_errors(scan, title, name)
    wrong = {
        (row - 1, column): _odd_told(f"{column_letters(column)}{row} of the sheet {title}", cell)
        for row, odd in scan.odd.items()
        for column, cell in odd.items()
        if cell.code
    }
    rows = {number: tuple(cells) for number, cells in _records(book.get_sheet_by_name(title), scan)}
    return ListSheet(rows=[rows.get(number, ()) for number in range(1, max(rows, default=0) + 1)], wrong=wrong)


def _records(sheet: CalamineSheet, scan: Scan) -> Iterator[Record]:
    """Every row from the first one on, from column A on, with what calamine hides put in."""
    start, end = sheet.start or (0, 0), sheet.end or (0, -1)
    width = max([end[1] + 1, *(column + 1 for odd in scan.odd.values() for column in odd)])
    left, right = [""] * start[1], [""] * (width - end[1] - 1)
    number = 0
    for number, values in enumerate(sheet.iter_rows() if sheet.start else (), 1):
        cells: list[Cell] = [
            v if type(v) is str else int(v) if type(v) is float and v.is_integer() else _cell(v) for v in values
        ]
        if left or right:
            cells = [*left, *cells, *right]
        yield number, _corrected(cells, scan.odd[number]) if number in scan.odd else cells
    for beyond in sorted(row for row in scan.odd if row > number):
        yield beyond, _corrected([""] * width, scan.odd[beyond])


def _corrected(cells: list[Cell], odd: Mapping[int, Odd]) -> list[Cell]:
    for column, cell in odd.items():
        if cell.shown is not None:
            cells[column] = cell.shown
    return cells


def _cell(value: Cell | timedelta) -> Cell:
    """A rarer value as the model has it: a duration is the text that Excel shows."""
    if type(value) is float and value - value != 0:  # endless: no number that could be sent
        return str(value)
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value


_ODD_SENTENCES: Mapping[str, tuple[str, str]] = {
    "error_cell": (
        "{heading} shows {stored}, an error of the spreadsheet program; it must be a value.",
        "Correct the formula in this cell, or type the value.",
    ),
    "formula_without_value": (
        "{heading} is a formula whose result is not stored in the file.",
        "Open the file in Excel or LibreOffice, save it, and use it again.",
    ),
    "long_number": (
        "{heading} holds the number {stored}; spreadsheet programs keep only 15 digits of a number.",
        "Format the cell as Text and type all digits again.",
    ),
}


def _odd_told(where: str, cell: Odd) -> tuple[str, str]:
    """What is wrong with a cell, and what to do; `where` is what it is called."""
    message, advice = _ODD_SENTENCES[cell.code]
    return message.format(heading=where, stored=flat(cell.stored, 40)), advice


def _problems(scan: Scan, grid: _Grid) -> Iterator[Problem]:
    """One problem for each cell that could not be read exactly."""
    names = dict(zip(grid.columns, grid.headings, strict=True))
    for row, odd in sorted(scan.odd.items()):
        for column, cell in sorted(odd.items()):
            if row > grid.number and cell.code and column in names:
                yield _problem(row, names[column], cell)


def _problem(row: int, heading: str, cell: Odd) -> Problem:
    message, advice = _odd_told(flat(heading), cell)
    return Problem(
        row=row,
        column=heading,
        code=cell.code,
        message=message,
        advice=advice,
        level=Level.ERROR if field_named(heading) else Level.WARNING,
    )


# --- headings and rows -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Headings and filled rows.

    `columns` are the places in the file (from 0) of the columns that were kept, `number` that of the heading row.
    """

    headings: tuple[str, ...] = ()
    rows: Sequence[Row] = ()
    columns: Sequence[int] = ()
    number: int = 1
    problems: Sequence[Problem] = ()


Odds = Mapping[int, Mapping[int, "Odd"]]
"""The odd cells of a sheet, by row and column (from 0)."""


def _grid(records: Iterable[Record], name: str, odd: Odds | None = None, room: int = 1) -> _Grid:
    """Find the headings and make rows of what is below; what is empty all through is left out."""
    rest = iter(records)
    first = list(islice(rest, HEADING_ROWS))
    place = heading_place([[cell_text(cell) for cell in cells] for _, cells in first])
    number, heading = first[place] if first else (1, ())
    names = _names(heading, (odd or {}).get(number, {}), name, room)
    if not any(names):
        return _Grid()
    odd = {row: cells for row, cells in (odd or {}).items() if row > number}
    tally = tally_of(names, first[place - 1]) if place else None
    records = chain(first[place + 1 :], rest)
    names, below, odd = _without_own(names, tally.counting(records) if tally else records, odd)
    width = len(names)
    rows = [
        Row(number=at, cells=(*cells, *[""] * (width - len(cells))) if len(cells) < width else tuple(cells))
        for at, cells in _filled(below, odd, name, room)
    ]
    rows, problems = _without_examples(rows, names)
    used = {column for cells in odd.values() for column in cells}
    kept = [i for i, n in enumerate(names) if n or i in used or any(_shows(row.cells[i]) for row in rows)]
    if len(kept) < width:
        rows = [Row(number=row.number, cells=tuple([row.cells[i] for i in kept])) for row in rows]
    headings = tuple(_invented(names, kept))
    problems += tally.problems() if tally else ()
    return _Grid(headings=headings, rows=rows, columns=kept, number=number, problems=problems)


def _without_own(names: list[str], rows: Iterator[Record], odd: Odds) -> tuple[list[str], Iterator[Record], Odds]:
    """Empty the columns of the order form's own: what they say follows from the others."""
    own = {index for index, text in enumerate(names) if fills_itself(text)}
    if not own:
        return names, rows, odd
    return (
        ["" if index in own else text for index, text in enumerate(names)],
        ((at, ["" if index in own else cell for index, cell in enumerate(cells)]) for at, cells in rows),
        {row: kept for row, cells in odd.items() if (kept := {c: o for c, o in cells.items() if c not in own})},
    )


def _without_examples(rows: list[Row], names: Sequence[str]) -> tuple[list[Row], tuple[Problem, ...]]:
    """Leave out the rows that only show how a form is filled in, and say so."""
    ref = next((index for index, name in enumerate(names) if field_named(name) == "ref"), None)
    if ref is None:
        return rows, ()
    kept = [row for row in rows if cell_text(row.cells[ref]).casefold() != EXAMPLE]
    if len(kept) == len(rows):
        return rows, ()
    left_out, column = len(rows) - len(kept), names[ref]
    were = "row was" if left_out == 1 else "rows were"
    told = f'{left_out} {were} left out, because {column} says "{EXAMPLE}".'
    advice = f"If that should be ordered, write something else under {column}."
    problem = Problem(row=None, column=column, code="example", message=told, advice=advice, level=Level.WARNING)
    return kept, (problem,)


def _filled(records: Iterable[Record], odd: Mapping[int, Mapping[int, Odd]], name: str, room: int) -> Iterator[Record]:
    """The filled records, as far as the memory goes: what is known of an order takes twenty times its line."""
    orders, most = LIMITS["orders"].most, LIMITS["filled"].most * room
    count = filled = 0
    for number, cells in records:
        if not any(map(_shows, cells)) and number not in odd:
            continue
        count += 1
        filled += len(cells) - cells.count("")
        if count > orders:
            raise too_large(name, "orders")
        if filled > most:
            raise too_large(name, "filled", room)
        yield number, cells


def _names(heading: Sequence[Cell], odd: Mapping[int, Odd], name: str, room: int) -> list[str]:
    """The headings as text. One that cannot be read could be that of any column: guessing would cost money."""
    if len(heading) > LIMITS["columns"].most * room:
        raise too_large(name, "columns", room)
    for column, cell in sorted(odd.items()):
        if cell.code in ("error_cell", "formula_without_value"):
            wrong = (
                f"shows {flat(cell.stored, 40)}"
                if cell.stored
                else "is a formula whose result is not stored in the file"
            )
            raise FileError(
                f"{name}: the heading of column {column_letters(column)} {wrong}.", "Type the heading as text."
            )
    return [cell_text(cell) for cell in heading]


def _shows(cell: Cell) -> bool:
    """Whether a person sees anything in the cell."""
    return type(cell) is not str or (cell != "" and not cell.isspace())


def _invented(names: Sequence[str], kept: Sequence[int]) -> Iterator[str]:
    """The headings that are kept; one that is empty above filled cells is called after its place: Column D."""
    taken = set(names)
    for index in kept:
        name, number = names[index] or f"Column {column_letters(index)}", 1
        while not names[index] and name in taken:
            number += 1
            name = f"Column {column_letters(index)} ({number})"
        taken.add(name)
        yield name


def _has_service(headings: Sequence[str]) -> bool:
    """Whether one is Service, or a misspelt one beside others that are known: that stops the file, and no other sheet
    is taken for it.
    """
    if any(field_named(h) == "service" for h in headings):
        return True
    meant = set(map(field_meant, headings)) - {None}
    return "service" in meant and len(meant) > 1


def _check_headings(headings: Sequence[str], name: str) -> None:
    """Without a Service column nothing in a file can be an order."""
    if _has_service(headings):
        return
    advice = 'Name the column with the service numbers "Service", in the heading row.'
    if not any(headings):
        raise FileError(f"{name} has no headings in its first row.", advice)
    found = ", ".join(map(shown, headings))
    told = found if len(found) <= 200 else f"{found[:199]}…"
    raise FileError(f'{name} has no column "Service"; its headings are: {told}.', advice)


Reader = Callable[[BinaryIO, str, str | None], Sheet]

SPREADSHEETS: Mapping[str, Reader] = {
    **dict.fromkeys(WORKBOOKS, _read_workbook),
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_pasted,
}
"""The kinds of files that can be read, by the end of their names, and who reads each."""

INPUT_SUFFIXES = tuple(SPREADSHEETS)
