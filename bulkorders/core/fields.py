"""One function for each kind of cell: the cell as a person filled it in, to the text that is sent.

A reader gives the canonical text and no fault, or the text as typed and what is wrong with it. Two
spellings of one value have one canonical text, because a row is known by what it sends. Nothing is
guessed that could be read in two ways: asking again is free, a wrong order is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bulkorders.core.model import Cell, Level, cell_text

ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
"""What a cell says whose formula went wrong; in a CSV, or where values were copied, it is a text like any other. These
are also all that calamine knows: over any other error it gives up the whole sheet.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that can be wrong in a row: a stable code, and the sentences that a person reads.

    In `message` and `advice`, `{heading}` stands for the person's own heading and `{value}` for the cell;
    other names are given where the fault is found.
    """

    code: str
    message: str
    advice: str
    level: Level = Level.ERROR


Read = tuple[str, Fault | None]
"""What came of a cell: the text, "" for an empty cell, and what is wrong with it."""

Reader = Callable[[Cell], Read]

DELAYS = (0, 5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600)
"""The minutes that a subscription may wait (panel-api.md section 2)."""

NOT_WHOLE = Fault(
    code="not_whole_number",
    message="{heading} is {value}; it must be a whole number.",
    advice="Write a whole number with the digits 0 to 9, such as 1000.",
)
UNCLEAR_NUMBER = Fault(
    code="unclear_number",
    message="{heading} is {value}; with a separator it can be read as thousands or as a fraction.",
    advice="Write the number with digits only, such as 1000.",
)
HUGE_NUMBER = Fault(
    code="huge_number",
    message="{heading} is {value}; at most 18 digits are allowed.",
    advice="Write a smaller number.",
)
ZERO = Fault(
    code="zero",
    message="{heading} is 0; it must be at least 1, or empty.",
    advice="Put 1 or more, or empty the cell.",
)
NOT_A_DELAY = Fault(
    code="not_a_delay",
    message=f"{{heading}} is {{value}}; allowed are {', '.join(map(str, DELAYS))} minutes.",
    advice="Put one of these numbers.",
)
UNCLEAR_DATE = Fault(
    code="unclear_date",
    message="{heading} is {value}; it must be a date as day/month/year.",
    advice="Write it like 31/12/2027, or 2027-12-31.",
)
BECAME_DATE = Fault(
    code="became_date",
    message="{heading} holds the date or time {value}; spreadsheet programs turn some texts into dates.",
    advice="Format the cell as Text and type it again.",
)
LOST_DIGITS = Fault(
    code="lost_digits",
    message="{heading} holds the number {value}; spreadsheet programs keep only 15 digits of a number.",
    advice="Format the cell as Text and type all digits again.",
)
BAD_CHARACTER = Fault(
    code="bad_character",
    message="{heading} is {value}; it holds an invisible character that cannot be sent.",
    advice="Type the text again instead of pasting it.",
)
SEVERAL_LINES = Fault(
    code="several_lines",
    message="{heading} has more than one line: {value}; only one is allowed.",
    advice="Keep one line, and put the others in rows of their own.",
)
SPACES_INSIDE = Fault(
    code="spaces_inside",
    message="{heading} is {value}; it must be one entry without spaces.",
    advice="Take the spaces out, or put each entry in a row of its own.",
)
SEVERAL_LINKS = Fault(
    code="several_links",
    message="{heading} is {value}; only one link is allowed, without spaces.",
    advice="Put each link in a row of its own.",
)
DOUBTFUL_LINK = Fault(
    code="doubtful_link",
    message="{heading} is {value}; that looks like neither a web address nor an @name.",
    advice="Check that the panel will understand it; it is sent as it is.",
    level=Level.WARNING,
)
NOT_ONE_A_LINE = Fault(
    code="not_one_a_line",
    message="{heading} has a line with several entries: {value}; one a line is allowed, without spaces.",
    advice="Put each entry on a line of its own (Alt+Enter in a cell).",
)

_DIGITS_MOST = 18
_MOST = 10**_DIGITS_MOST
_WHOLE = re.compile(r"([0-9]{1,18})(?:\.0)?")
_DIGITS = re.compile(r"[0-9]+")
_SEPARATED = re.compile(r"[0-9]{1,3}(?:[.,' \u2019\u00a0\u202f][0-9]{3})+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACE = re.compile(r"\s")
_TYPED_NUMBER = (str, int, float)
_NEXT_LINK = re.compile(r"\s\S*://|[,;|]https?://", re.IGNORECASE)
_CLEAR_LINK = re.compile(
    r"(?![0-9.]+$)(?:https?://[^\s/?#@.:]+(?:\.[^\s/?#@.:]+)+|[\w\-]+(?:\.[\w\-]+)+)(?::[0-9]+)?(?:[/?#].*)?(?<![,;])"
    r"|@[\w.\-]+",
    re.IGNORECASE,
)
_SEVERAL_NAMES = re.compile(r"[\s,;]")
_DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


def whole_number(cell: Cell) -> Read:
    """A whole number from 0 up, of at most 18 digits, without separators.

    The text `100.0` is 100, as other programs write a whole number to a CSV; `1,000` and `1.000` are refused.
    """
    if type(cell) is int and 0 <= cell < _MOST:
        return str(cell), None
    if type(cell) is str and cell.isascii() and cell.isdigit() and cell[0] != "0" and len(cell) <= _DIGITS_MOST:
        return cell, None
    text = cell_text(cell)
    if type(cell) in _TYPED_NUMBER and (found := _WHOLE.fullmatch(text)):
        return str(int(found[1])), None
    if not text:
        return "", None
    if _SEPARATED.fullmatch(text):
        return text, UNCLEAR_NUMBER
    return text, HUGE_NUMBER if _DIGITS.fullmatch(text) else NOT_WHOLE


def positive(cell: Cell) -> Read:
    """A whole number from 1 up, for a cell that may be empty: 0 posts is "no limit" to some panels."""
    text, fault = whole_number(cell)
    return text, ZERO if text == "0" else fault


def delay(cell: Cell) -> Read:
    """The minutes that a subscription waits: one of DELAYS."""
    text, fault = whole_number(cell)
    if fault or not text or int(text) in DELAYS:
        return text, fault
    return text, NOT_A_DELAY


def expiry(cell: Cell) -> Read:
    """A date, sent as d/m/Y: a real date cell, or the text `31/12/2027` or `2027-12-31`."""
    text = cell_text(cell)
    day = cell if isinstance(cell, date) else _typed_day(text) if isinstance(cell, str) else None
    if day is None:
        return text, UNCLEAR_DATE if text else None
    return f"{day.day:02}/{day.month:02}/{day.year:04}", None


def expiry_day(text: str) -> date:
    """The day that a canonical expiry names."""
    return date(int(text[6:]), int(text[3:5]), int(text[:2]))


def _typed_day(text: str) -> date | None:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def text_line(cell: Cell) -> Read:
    """One line of any text."""
    text, fault = _text(cell)
    if fault is None and len(text.splitlines()) > 1:
        fault = SEVERAL_LINES
    return text, fault


def name(cell: Cell) -> Read:
    """One user name, hashtag or the like: no spaces."""
    if type(cell) is str and (text := cell.strip()).isprintable() and " " not in text:
        return text, None
    text, fault = _text(cell)
    if fault or (text.isprintable() and " " not in text):
        return text, fault
    if _SPACE.search(text):
        return text, SPACES_INSIDE
    return text, BAD_CHARACTER if _INVISIBLE.search(text) else None


def link(cell: Cell) -> Read:
    """One link or name without spaces; what is no http(s) address, `@name` or `domain/path` is doubtful."""
    text, fault = name(cell)
    if fault is BECAME_DATE or not text:
        return text, fault
    if text.count("://") > 1 and _NEXT_LINK.search(text):
        return text, SEVERAL_LINKS
    if fault is None and not _CLEAR_LINK.fullmatch(text):
        fault = DOUBTFUL_LINK
    return text, fault


def lines(cell: Cell) -> Read:
    """A list, one entry a line: every line trimmed, blank ones dropped (panels charge for blank lines)."""
    text, fault = _text(cell)
    if fault:
        return text, fault
    return "\n".join(filter(None, map(str.strip, text.splitlines()))), None


def names(cell: Cell) -> Read:
    """A list of names, one a line: no spaces or commas inside a line."""
    text, fault = lines(cell)
    if fault is None and any(map(_SEVERAL_NAMES.search, text.split("\n"))):
        fault = NOT_ONE_A_LINE
    return text, fault


def _text(cell: Cell) -> Read:
    """The text of a cell, unless a spreadsheet program made something else of what was typed."""
    text = cell_text(cell)
    if isinstance(cell, str):
        unsendable = _UNSENDABLE.search("".join(text.splitlines())) if not text.isprintable() else None
        return text, BAD_CHARACTER if unsendable else None
    if isinstance(cell, date | datetime | time):
        return text, BECAME_DATE
    return text, LOST_DIGITS if len(text) > 15 and _DIGITS.fullmatch(text) else None


READERS: Mapping[str, Reader] = {
    "link": link,
    "quantity": whole_number,
    "runs": positive,
    "interval": positive,
    "comments": lines,
    "usernames": names,
    "username": name,
    "min": whole_number,
    "max": whole_number,
    "posts": positive,
    "old_posts": whole_number,
    "delay": delay,
    "expiry": expiry,
    "hashtags": names,
    "hashtag": name,
    "media": link,
    "answer_number": whole_number,
    "groups": lines,
    "keywords": lines,
    "country": text_line,
    "device": text_line,
    "type_of_traffic": whole_number,
    "google_keyword": text_line,
    "referring_url": link,
}
"""How the cell of each field that is sent is read."""


def count_lines(text: str) -> int:
    """The number of entries in a canonical list."""
    return text.count("\n") + 1 if text else 0


def shown(text: str, length: int = 60) -> str:
    """A cell as sentences quote it: on one line, and shortened."""
    return f'"{flat(text, length)}"'


def flat(text: str, length: int = 60) -> str:
    """A text as it can stand in a sentence: on one line, shortened, without what would upset a terminal."""
    line = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text[: length * 4])).strip()
    cut = len(line) > length or len(text) > length * 4
    return f"{line[:length].rstrip()}…" if cut else line


def told_apart(one: str, other: str, length: int = 60) -> tuple[str, str]:
    """Two texts that differ as sentences quote them: long ones that begin alike from the line on in which they part."""
    first, second = _lines_told(one, length), _lines_told(other, length)
    if first != second:
        return first, second
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(one.rfind("\n", 0, at) + 1, at - length // 2)
    first, second = (_lines_told(text[start:], length) or "(no more)" for text in (one, other))
    return f"… {first}", f"… {second}"


def _lines_told(text: str, length: int) -> str:
    return flat(" / ".join(text.splitlines()), length)
