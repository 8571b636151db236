"""FIELDS: the columns that an input may have, and which heading of a sheet is which of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bulkorders.core.columns import COLUMNS, ROW_HEADING
from bulkorders.core.fields import flat, shown
from bulkorders.core.model import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One known column: its name in code (the API's parameter where it is sent), heading, and other spellings."""

    name: str
    heading: str
    synonyms: tuple[str, ...] = ()


def _field(name: str, heading: str, *synonyms: str) -> Field:
    return Field(name=name, heading=heading, synonyms=synonyms)


FIELDS: tuple[Field, ...] = (
    _field("ref", "Ref", "Reference", "Ref no", "Ref ID", "Reference ID", "Your ref"),
    _field("service", "Service", "Service ID", "Service no", "Service number"),
    _field("link", "Link", "URL", "Links", "Target", "Target URL", "Post link", "Profile link", "Link to page"),
    _field("quantity", "Quantity", "Qty", "Quantities", "Needed quantity"),
    _field("runs", "Runs", "Drip-feed runs"),
    _field("interval", "Interval", "Interval minutes", "Interval in minutes", "Drip-feed interval"),
    _field("comments", "Comments", "Comment", "Custom comments", "Comment list", "Comments list"),
    _field("usernames", "Usernames", "Username list", "Usernames list"),
    _field("username", "Username", "User"),
    _field("min", "Min", "Minimum", "Min quantity", "Quantity min"),
    _field("max", "Max", "Maximum", "Max quantity", "Quantity max"),
    _field("posts", "Posts", "New posts", "Future posts"),
    _field("old_posts", "Old posts", "Existing posts"),
    _field("delay", "Delay", "Delay minutes", "Delay in minutes"),
    _field("expiry", "Expiry", "Expiry date", "Expires", "Expiration date"),
    _field("hashtags", "Hashtags", "Hashtag list"),
    _field("hashtag", "Hashtag"),
    _field("media", "Media", "Media URL", "Media link"),
    _field("answer_number", "Answer number", "Answer", "Poll answer"),
    _field("groups", "Groups", "Group list"),
    _field("keywords", "Keywords", "Keyword", "Keyword list"),
    _field("country", "Country"),
    _field("device", "Device"),
    _field("type_of_traffic", "Type of traffic", "Traffic type"),
    _field("google_keyword", "Google keyword"),
    _field("referring_url", "Referring URL", "Referrer"),
    _field("action", "Action"),
    _field("order_id", "Order ID", "Order no", "Order number", "Panel order ID"),
)

HEADING_OF: Mapping[str, str] = {f.name: f.heading for f in FIELDS}


AUTO = " (auto)"
"""How the headings of the order form's own columns end: their cells fill themselves while a person types."""

AUTO_HEADINGS: tuple[str, ...] = tuple(
    f"{name}{AUTO}"
    for name in (
        *("Check", "Needs", "Name", "Type", "At least", "At most", "Counted", "Price", "Price for", "Estimated cost"),
        *("Place", "Cells", "Limits", "Note", "Lines", "Missing", "How to"),
    )
)
"""The order form's own columns. They are neither fields nor the person's own: a reader leaves them out."""

HEADING_ROWS = 20
"""The heading is looked for in so many rows: a form has its title and totals above it."""

EXAMPLE = "example"
"""What is written under Ref in a row that only shows how a form is filled in; such a row is left out."""


def plain(heading: str) -> str:
    """A heading without case, spaces, underscores and signs: what two spellings are compared by."""
    return re.sub(r"[\W_]+", "", heading.casefold())


_BY_SPELLING: Mapping[str, str] = {plain(s): f.name for f in FIELDS for s in (f.heading, f.name, *f.synonyms)}
_SPELLINGS: Mapping[str, str] = {plain(s): s for f in FIELDS for s in (f.heading, *f.synonyms)}
_AUTO_SPELLINGS = frozenset(map(plain, AUTO_HEADINGS))
_RESULT_SPELLINGS = tuple(plain(c.heading) for c in COLUMNS)
_FIRST_SPELLINGS = frozenset(plain(c.heading) for c in COLUMNS if not c.later)


def field_named(heading: str) -> str | None:
    """The known field that a heading means, or None for a column of the person's own."""
    return _BY_SPELLING.get(plain(heading))


MEANT_OTHERWISE: frozenset[str] = frozenset(
    {
        *("post", "costs", "hosts", "ports", "lines", "main", "group", "county", "internal", "ordered"),
        *("expired", "median", "preference", "auction", "relay"),
    }
)
"""Usual headings that are one letter away from a known one, and that nobody means by it."""

_SURE = 5
"""From so many letters on, a word with one slip is hardly another word."""


def nearly(heading: str) -> str | None:
    """The known spelling that a heading misses by one slip, such as `Quantity` for `Quantiy`; None for any other.

    A slip is a letter too many, missing, or another one, or two that changed places. Shorter words must keep their
    ends: `Qnty` and `Lnk` are slips, `Line` and `Run` may be words of the person's own. So is a number: `Link 2`.
    """
    name = plain(heading)
    if name in _BY_SPELLING or name in MEANT_OTHERWISE or name[-1:].isdigit():
        return None
    return next((spelling for known, spelling in _SPELLINGS.items() if slipped(name, known)), None)


def field_meant(heading: str) -> str | None:
    """The field that a heading means, though it may be misspelt."""
    return field_named(nearly(heading) or heading)


def slipped(name: str, known: str) -> bool:
    """Whether a plain name misses a known one by one slip (`nearly`)."""
    if abs(len(name) - len(known)) > 1 or min(len(name), len(known)) < 3:
        return False
    start = _same(name, known)
    mine, right = name[start:], known[start:]
    end = _same(mine[::-1], right[::-1])
    mine, right = mine[: len(mine) - end], right[: len(right) - end]
    if len(mine) == len(right) == 2:
        return mine == right[::-1]
    if len(known) < _SURE and (len(mine) == len(right) or name[0] != known[0] or name[-1] != known[-1]):
        return False
    return max(len(mine), len(right)) == 1


def _same(one: str, other: str) -> int:
    """How many letters two words have in common from their start."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def column_letters(column: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    more, letter = divmod(column, 26)
    return (column_letters(more - 1) if more else "") + chr(65 + letter)


def fills_itself(heading: str) -> bool:
    """Whether a column is one of the order form's own."""
    return heading.rstrip().endswith(")") and plain(heading) in _AUTO_SPELLINGS


def heading_place(rows: Sequence[Sequence[str]]) -> int:
    """Which of a sheet's first rows is the heading: the first with a Service column or with two known ones, else the
    first with two that are misspelt, else the first.

    Below the first row, a second known column must be beside Service: there the word may also be a value. Rows below a
    heading in which only Service is missing or misspelt are orders, and not what stands above the heading.
    """
    for meant in (field_named, field_meant):
        for place, names in enumerate(rows[:HEADING_ROWS]):
            known = set(map(meant, names)) - {None}
            if len(known) > 1 or (place == 0 and "service" in known):
                return place
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """Which column of a sheet is what.

    `at` gives the column index of each known field. `shown` are the indexes of the input's own columns,
    which come back in the results. `result_at` and `refill_at` are, in a results workbook that is fed back in, its
    columns `Result` and `Refill`.
    """

    names: tuple[str, ...]
    at: Mapping[str, int]
    shown: tuple[int, ...]
    is_results: bool = False
    result_at: int | None = None
    refill_at: int | None = None
    problems: tuple[Problem, ...] = ()

    def heading(self, field: str) -> str:
        """The person's own heading for a field, or the usual one where the sheet has no such column."""
        return self.names[self.at[field]] if field in self.at else HEADING_OF[field]

    def told(self, field: str) -> str:
        """The same as it can stand in a sentence: a heading may have several lines."""
        return _flat(self.heading(field))

    def understood(self) -> str:
        """What was read as what, where that is not plain to see: `Qty is read as Quantity. Yours: Client, Notes.`"""
        read = [
            f"{self.told(name)} is read as {HEADING_OF[name]}"
            for name in self.at
            if plain(self.heading(name)) != plain(HEADING_OF[name])
        ]
        known = set(self.at.values())
        own = [_flat(self.names[i]) for i in self.shown if i not in known]
        yours = f"Yours, and not sent: {_listed(own)}." if own else ""
        return " ".join(filter(None, (f"{_listed(read)}." if read else "", yours)))


MOST_TOLD = 12
"""So many headings are named in one line."""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return ", ".join(names[:MOST_TOLD]) + more


_flat = lru_cache(1_000)(flat)  # a file has few headings, and may have a million mistakes under them


def read_headings(names: Sequence[str]) -> Headings:
    """Tell the known fields, the person's own columns and (in a results workbook) our own columns apart."""
    ours = _result_columns(names)
    at: dict[str, int] = {}
    problems: list[Problem] = []
    for index, name in enumerate(names):
        field = field_named(name)
        if index in ours and field != "order_id":
            continue
        if field is None:
            problems.extend(_misspelt(name))
        elif field in at:
            problems.append(_twice(names[at[field]], name, HEADING_OF[field]))
        else:
            at[field] = index
    if "service" not in at and not problems:
        problems.append(_no_service(names))
    shown = tuple(i for i in range(len(names)) if i not in ours and i != at.get("order_id"))
    return Headings(
        names=tuple(names),
        at=at,
        shown=shown,
        is_results=bool(ours),
        result_at=_place_of("Result", names, ours),
        refill_at=_place_of("Refill", names, ours),
        problems=tuple(problems),
    )


def _place_of(heading: str, names: Sequence[str], ours: frozenset[int]) -> int | None:
    return next((i for i in sorted(ours, reverse=True) if _plain_ours(names[i]) == plain(heading)), None)


def _result_columns(names: Sequence[str]) -> frozenset[int]:
    """The columns that an earlier run wrote: all of COLUMNS must be there, the rightmost of each name.

    A later addition counts where it stands among the others: left of them it is a column of the person's own.
    """
    last = {_plain_ours(name): index for index, name in enumerate(names)}
    if not all(spelling in last for spelling in _FIRST_SPELLINGS):
        return frozenset()
    row = {0} if plain(names[0]) == plain(ROW_HEADING) else set()
    first = last[_RESULT_SPELLINGS[0]]
    later = {last[s] for s in _RESULT_SPELLINGS if s not in _FIRST_SPELLINGS and last.get(s, -1) > first}
    return frozenset(row | later | {last[spelling] for spelling in _FIRST_SPELLINGS})


def _plain_ours(name: str) -> str:
    """A heading of ours, also where it had to step aside for one of the person's own: `Status (2)`."""
    return plain(re.sub(r" \(\d+\)$", "", name))


def _twice(first: str, second: str, heading: str) -> Problem:
    same = (
        f"Two columns are both called {shown(first)}"
        if first == second
        else f"The columns {shown(first)} and {shown(second)} are both read as {heading}"
    )
    return Problem(
        row=None,
        column=second,
        code="heading_twice",
        message=f"{same}; only one is allowed.",
        advice="Rename the one that should not be used.",
    )


def _misspelt(name: str) -> list[Problem]:
    meant = nearly(name)
    if meant is None:
        return []
    return [
        Problem(
            row=None,
            column=name,
            code="heading_misspelt",
            message=f'The heading {shown(name)} is not known. Did you mean "{meant}"?',
            advice="Nothing is ordered until it is renamed; a column of your own needs a name that is less alike.",
        )
    ]


def _no_service(names: Sequence[str]) -> Problem:
    found = ", ".join(shown(n) for n in names if n)[:200] or "nothing"
    return Problem(
        row=None,
        column="",
        code="no_service_column",
        message=f'The heading row has no column "Service"; found: {found}.',
        advice='Name the column with the service numbers "Service", in the heading row.',
    )
