"""Lists longer than a cell: `@comments.txt` is a file beside the sheet, `@Heading` a column of the sheet Lists.

A cell that names one is replaced by what stands there before anything is checked, so that the list itself is what is
checked, ordered and remembered; the row keeps what was typed. The file is read elsewhere (listfile.py). An entry may
begin with @ as well (`@anna`), so only what names a list exactly is taken for one. What misses a list that is there by
a slip stops the row, because it would stand under a post as it is; what may be meant for one is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bulkorders.core import fields
from bulkorders.core.fields import READERS, Fault, flat, shown
from bulkorders.core.headings import column_letters, fills_itself, plain, read_headings, slipped
from bulkorders.core.model import Cell, Level, ListSheet, Problem, Row, Sheet, TakenList, cell_text, count_told

SHEET = "Lists"
"""The sheet of a workbook whose columns are lists; its headings stand in its first filled row."""

ENDING = ".txt"

LIST_FIELDS: tuple[str, ...] = tuple(name for name, reader in READERS.items() if reader in (fields.lines, fields.names))
"""The fields whose cell is a list, one entry a line."""


def is_lists(title: str) -> bool:
    """Whether a sheet of this name holds lists, and so never orders."""
    return title.strip().casefold() == SHEET.casefold()


def has_lists(sheet: ListSheet) -> bool:
    """Whether anything stands in the sheet Lists besides the words of the form."""
    own = {at for at, cell in enumerate(headings_of(sheet)[1]) if fills_itself(cell_text(cell))}
    return any(cell != "" for row in sheet.rows for at, cell in enumerate(row) if at not in own)


def headings_of(sheet: ListSheet) -> tuple[int, Sequence[Cell]]:
    """The first row in which anything stands, and its place."""
    return next(((at, row) for at, row in enumerate(sheet.rows) if any(map(cell_text, row))), (0, ()))


# --- what can be wrong with it ---------------------------------------------------------------------------------------


def _error(code: str, message: str, advice: str) -> Fault:
    return Fault(code=code, message=f"{{heading}} is {{value}}; {message}", advice=advice)


def _warning(code: str, message: str, advice: str) -> Fault:
    return Fault(code=code, message=message, advice=advice, level=Level.WARNING)


OUTSIDE = _error(
    "list_outside",
    "a list comes only from a file in the folder of the sheet, and is named without any folder.",
    "Put the file beside the sheet, and write @ and its bare name, such as @comments.txt.",
)
DEVICE_NAME = _error(
    "list_name", "a file cannot be called like that on every computer.", "Give the file another name, and write that."
)
NO_FOLDER = _error(
    "list_no_folder",
    "what comes from standard input has no folder in which a file could be.",
    "Save the orders as a file beside the list, and name that file in the command.",
)
NO_SUCH_FILE = _error(
    "list_missing",
    "there is no file {name} in the folder of the sheet.{nearest}",
    "Put the file beside the sheet, or correct its name in the cell.",
)
SECOND_NAME = _error(
    "list_outside",
    "{name} is a second name of a file that lies somewhere else as well (a hard link).",
    "Put a copy of the file beside the sheet.",
)
LINKED_OUT = _error(
    "list_outside",
    "{name} is a link that leads out of the folder of the sheet.",
    "Put the file itself beside the sheet.",
)
NO_PLAIN_FILE = _error(
    "list_unreadable",
    "{name} is a folder or a device, and no file with text.",
    "Name a text file with one entry a line.",
)
UNREADABLE = _error(
    "list_unreadable",
    "{name} cannot be read ({why}).",
    "Close the program that has it open, and check that you may read it.",
)
NOT_UTF8 = _error(
    "list_not_utf8",
    "{name} is no text in UTF-8.",
    "Open it in an editor (on Windows: Notepad, Save as, Encoding) and save it as text with the encoding UTF-8.",
)
TOO_LARGE = _error("list_too_large", "{told}.", "{advice}")
EMPTY = _error("list_empty", "there is no entry in that list.", "Write one entry a line there.")
TWO_LISTS = _error(
    "list_twice", "the sheet Lists has two columns of that name, {near}.", "Rename the one that should not be used."
)
WRONG_CELL = _error("list_cell", "in that list, {told}", "{advice}")
TWO_PLACES = _error(
    "list_twice",
    "that may be a file beside the sheet, and it is a heading of the sheet Lists.",
    "Give the list in the sheet Lists another name, one without .txt.",
)
NEAR_LIST = _error(
    "list_near",
    'the sheet Lists has no such heading. Did you mean "@{near}"?',
    "Correct the cell. If this very text is to be sent, write it into a list, alone, and name that.",
)
NEAR_FILE = _error(
    "list_near",
    'a file beside the sheet is called {near}. Did you mean "@{near}"?',
    "Correct the cell. If this very text is to be sent, write it into a list, alone, and name that.",
)
BEGINS_ALIKE = _warning(
    "list_near",
    '{heading} is {value}, which is sent as it is; the sheet Lists has no such heading. Did you mean "@{near}"?',
    "Correct the cell, or the heading in Lists, if the list is meant.",
)
LIKE_A_FILE = _warning(
    "list_near",
    "{heading} is {value}, which is sent as it is: only a name that ends in .txt is taken for a file.",
    "If the file is meant, save it as text (.txt, UTF-8) beside the sheet and write its name with .txt.",
)
AMONG_OTHERS = Fault(
    code="list_among_others",
    message="{heading} has the line {line} among others; a list is taken only where it stands alone in the cell.",
    advice="Put the other lines into the list, too, and write only its name in the cell.",
)


UNREAD = frozenset(
    fault.code
    for fault in (
        *(OUTSIDE, DEVICE_NAME, NO_FOLDER, NO_SUCH_FILE, LINKED_OUT, SECOND_NAME, NO_PLAIN_FILE, UNREADABLE, NOT_UTF8),
        TOO_LARGE,
        *(EMPTY, TWO_LISTS, TWO_PLACES, WRONG_CELL),
    )
)
"""The problems that say that a cell's list could not be had."""


class RefusedError(Exception):
    """A list that cannot be had: `fault` says why, `words` are what its sentences need."""

    def __init__(self, fault: Fault, **words: object) -> None:
        super().__init__(fault.code)
        self.fault, self.words = fault, words


# --- what a cell names -----------------------------------------------------------------------------------------------

_OTHER_FILE = re.compile(
    r"@[^\n]*[^\s.]\.(?:csv|tsv|text|te?xt?\.?|tt|rtf|md|docx?|odt|pdf|xls[xm]?|ods)", re.IGNORECASE
)
"""What may be the name of a file that is none, or of one whose ending was mistyped."""

_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
"""The names that Windows keeps for devices, whatever ending they have (learn.microsoft.com, "Naming files")."""


_AT = re.compile(r"'?[@\uff20](.+)")
"""How a name begins: with the @ of any keyboard, and before it perhaps the apostrophe by which Excel keeps it text."""

_QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019"


def name_in(text: str) -> str:
    """What a cell of one line may name, without its @ and any quotes; "" for any other text."""
    found = _AT.fullmatch(text.strip())
    return found[1].strip().strip(_QUOTES).strip() if found else ""


def file_named(text: str) -> str | None:
    """The file that a cell names: it is one line, begins with @ and ends in .txt; None for any other text."""
    name = name_in(text)
    return name if name.casefold().endswith(ENDING) and len(text.strip().splitlines()) == 1 else None


def check_name(name: str) -> None:
    """See that a name can only be that of a file in the folder itself, on every operating system.

    Raises:
        RefusedError: it is not.
    """
    if any(sign in name for sign in "/\\:"):
        raise RefusedError(OUTSIDE)
    if not name.isprintable() or _DEVICES.fullmatch(name.partition(".")[0].strip()):
        raise RefusedError(DEVICE_NAME)


@dataclass(frozen=True, slots=True)
class _Found:
    """A list: where it comes from, its text, and how many entries that has."""

    source: str
    text: str
    lines: int


@dataclass(slots=True)
class _Shelf:
    """All the lists that a sheet's cells can name. Each is fetched once, whether it can be had or not.

    `names` gives the text files beside the sheet, by their names without capitals. `columns` are the places (from 0) of
    the sheet Lists by heading, `top` is its row of headings.
    """

    sheet: ListSheet
    read: Callable[[str], str]
    names: Callable[[], Mapping[str, str]]
    columns: dict[str, list[int]] = field(default_factory=dict)
    top: int = 0
    fetched: dict[str, _Found | RefusedError | None] = field(default_factory=dict)
    nearest: dict[str, tuple[Fault, str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.top, headings = headings_of(self.sheet)
        for column, cell in enumerate(headings):
            heading = cell_text(cell)
            if plain(heading) and not fills_itself(heading):
                self.columns.setdefault(plain(heading), []).append(column)

    def fetch(self, text: str) -> _Found | RefusedError | None:
        """The list that a cell of one line names, why it cannot be had, or None where it names none."""
        if text not in self.fetched:
            try:
                self.fetched[text] = self._fetch(text)
            except RefusedError as error:
                self.fetched[text] = error
        return self.fetched[text]

    def _fetch(self, text: str) -> _Found | None:
        at = self.columns.get(plain(name_in(text)))
        if name := file_named(text):
            check_name(name)
            if at:
                raise RefusedError(TWO_PLACES)
            return _counted(name, self.read(name))
        if not at:
            return None
        if len(at) > 1:
            raise RefusedError(TWO_LISTS, near=" and ".join(column_letters(column) for column in at))
        return _counted(f"the list {shown(self._heading(at[0]))}", "\n".join(self._entries(at[0])))

    def _heading(self, column: int) -> str:
        return cell_text(self.sheet.rows[self.top][column])

    def _entries(self, column: int) -> Iterator[str]:
        """The filled cells below a heading, each readable exactly."""
        for at, cells in enumerate(self.sheet.rows[self.top + 1 :], start=self.top + 1):
            cell = cells[column] if column < len(cells) else ""
            if (at, column) in self.sheet.wrong:
                told, advice = self.sheet.wrong[at, column]
                raise RefusedError(WRONG_CELL, told=told, advice=advice)
            if type(cell) is not str and (fault := fields.lines(cell)[1]):
                place = {"heading": f"{column_letters(column)}{at + 1} of the sheet Lists", "value": _quoted(cell)}
                told, advice = (sentence.format_map(place) for sentence in (fault.message, fault.advice))
                raise RefusedError(WRONG_CELL, told=told, advice=advice)
            if text := cell_text(cell):
                yield text

    def near(self, text: str) -> tuple[Fault, str] | None:
        """The list that a cell of one line nearly names, and how near it comes; None where it comes near to none."""
        if text not in self.nearest:
            self.nearest[text] = self._near(plain(name_in(text)))
        return self.nearest[text]

    def _near(self, name: str) -> tuple[Fault, str] | None:
        if known := next((k for k in self.columns if slipped(name, k)), None):
            return NEAR_LIST, self._heading(self.columns[known][0])
        files = islice(self.names().values(), MOST_COMPARED) if name else ()
        if known := next((f for f in files if _misses(name, f)), None):
            return NEAR_FILE, known
        known = next((k for k in self.columns if _begins(name, k)), None)
        return (BEGINS_ALIKE, self._heading(self.columns[known][0])) if known else None

    def names_one(self, line: str) -> bool:
        """Whether a line among others is the name of a list, and hardly an entry."""
        name = name_in(line)
        return plain(name) in self.columns or (" " not in name and file_named(line) is not None)


MOST_COMPARED = 500
"""So many files are looked at for the one that was meant."""


def _misses(name: str, file: str) -> bool:
    known = (plain(file), plain(file[: -len(ENDING)]))
    return name in known or any(slipped(name, k) for k in known)


_SURE = 4
"""From so many letters on, a word that begins like another may be meant for it."""


def _begins(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _SURE and (one.startswith(other) or other.startswith(one))


def _quoted(cell: Cell) -> str:
    return shown(cell_text(cell))


def _counted(source: str, text: str) -> _Found:
    lines = fields.count_lines(fields.lines(text)[0])
    if not lines:
        raise RefusedError(EMPTY)
    return _Found(source, text, lines)


# --- the sheet with the lists in their place -------------------------------------------------------------------------


def take_in(sheet: Sheet, read: Callable[[str], str], names: Callable[[], Mapping[str, str]]) -> Sheet:
    """The sheet with each cell that names a list replaced by it.

    `read` gives the text of a file beside the sheet, or raises RefusedError; `names` gives the names of the text files
    there, by the same without capitals. A list that cannot be had is a problem of its row, and the cell stays.
    """
    at = read_headings(sheet.headings).at
    columns = [at[name] for name in LIST_FIELDS if name in at]
    if not columns:
        return sheet
    shelf = _Shelf(sheet.lists, read, names)
    rows, problems, taken = list(sheet.rows), list(sheet.problems), list(sheet.taken)
    for index, row in enumerate(rows):
        for column in columns:
            cell = row.cells[column]
            if type(cell) is not str or ("@" not in cell and "\uff20" not in cell):
                continue
            heading, text = sheet.headings[column], cell.strip()
            found = shelf.fetch(text) if name_in(text) and len(text.splitlines()) == 1 else None
            if isinstance(found, _Found):
                rows[index] = row = _with(row, column, found.text)
                text = found.text
                taken.append(_use(row, heading, found))
            doubts = _doubts(shelf, found, text)
            problems += [_problem(fault, row.number, heading, text, words) for fault, words in doubts]
    return replace(sheet, rows=rows, problems=problems, taken=taken)


def _use(row: Row, heading: str, found: _Found) -> TakenList:
    return TakenList(
        row=row.number, heading=heading, source=found.source, lines=found.lines, characters=len(found.text)
    )


def _with(row: Row, column: int, text: str) -> Row:
    cells = (*row.cells[:column], text, *row.cells[column + 1 :])
    return Row(number=row.number, cells=cells, typed=row.typed or row.cells)


Doubt = tuple[Fault, Mapping[str, object]]


def _doubts(shelf: _Shelf, found: _Found | RefusedError | None, text: str) -> Iterator[Doubt]:
    """What is wrong with a cell with an @ in it, or with the list that it names."""
    if isinstance(found, RefusedError):
        yield found.fault, found.words
        return
    lines = text.splitlines()
    if len(lines) == 1 and found is None:
        if name_in(text) and (near := shelf.near(text)):
            yield near[0], {"near": flat(near[1])}
        elif _OTHER_FILE.fullmatch(text):
            yield LIKE_A_FILE, {}
    elif found is None and (named := next(filter(shelf.names_one, lines), None)):
        yield AMONG_OTHERS, {"line": shown(named.strip())}


def _problem(fault: Fault, row: int, heading: str, text: str, words: Mapping[str, object]) -> Problem:
    words = {"heading": flat(heading), "value": shown(text), **words}
    return Problem(
        row=row,
        column=heading,
        code=fault.code,
        message=fault.message.format_map(words),
        advice=fault.advice.format_map(words),
        level=fault.level,
    )


# --- what is told of it ----------------------------------------------------------------------------------------------

MOST_TOLD = 5
"""So many lists, and so many rows of each, are named in the plan."""


def taken_told(taken: Sequence[TakenList]) -> list[str]:
    """Which cells are lists from elsewhere: `Comments of rows 3 and 4 come from comments.txt (1,500 lines).`"""
    rows: dict[tuple[str, str, int], list[int]] = {}
    for use in taken:
        rows.setdefault((flat(use.heading), use.source, use.lines), []).append(use.row)
    told = [
        f"{heading} of {_rows(at)} come from {flat(source)} ({count_told(count, 'line')})."
        for (heading, source, count), at in rows.items()
    ]
    more = len(told) - MOST_TOLD
    return told if more <= 0 else [*told[:MOST_TOLD], f"... and {count_told(more, 'more list')}."]


def _rows(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    few = [str(number) for number in numbers[:MOST_TOLD]]
    last = f"{len(numbers) - MOST_TOLD:,} more" if len(numbers) > MOST_TOLD else few.pop()
    return f"rows {', '.join(few)} and {last}"
