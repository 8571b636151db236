"""The page How to of the order form: what to do, what the colours mean, and an example for each type of service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bulkorders.core.catalog import choice
from bulkorders.core.headings import AUTO, HEADING_OF
from bulkorders.core.orderform import ALLOWED, Listed
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE

STEPS: tuple[str, ...] = (
    "On the sheet Orders, use one row for each order.",
    "Service: choose from the list, or type the number. The sheet Services has them all, with filters.",
    "Fill in the orange cells of the row. Leave the grey ones empty: this service does not use them.",
    "A list too long for its cell: put it on the sheet Lists, or into a text file beside this one. Lists says how.",
    "Columns that end in (auto) fill themselves. Check says Ready when a row is complete.",
    "Save the file and hand it to whoever runs bulkorders. It is all checked again before anything is ordered.",
    "You get a results workbook back. Its sheet To do says what must be corrected.",
)

LISTS: tuple[str, ...] = (
    "Only for lists that are too long for a cell of Orders.",
    "Type a name over one of the columns here, such as Praise,",
    "and the entries below it: one in each cell.",
    "In the cell of Orders (Comments, Usernames ...) write only @ and that name: @Praise",
    "",
    "Or leave this sheet empty, and put the entries into a text file beside this workbook:",
    "one a line, saved as UTF-8, with a name that ends in .txt.",
    "In the cell of Orders write only @ and the name of the file: @comments.txt",
    "",
    "An entry that begins with @, such as @anna, stays an entry,",
    "as long as no list is called anna.",
)
"""What the sheet Lists says of itself, in a column that is no list: short lines, for its rows are not to grow."""

LISTS_HEADING = f"How to{AUTO}"
LIST_HINT = "The name of a list. Its entries stand below, one in each cell; Orders names it with an @ before."

HINTS: Mapping[str, str] = {
    "ref": "Your own key for the row, each only once. May stay empty.",
    "service": "Choose from the list, or type the number. Many programs search the list by what you type.",
    "link": "Where to: the whole web address, without spaces.",
    "quantity": "A whole number between At least and At most, without commas or points.",
    "runs": "Only to deliver in several runs: how many. Each run has the whole quantity.",
    "interval": "Only with Runs: the minutes between two runs.",
    "comments": "One comment a line (Alt+Enter starts a new line). Many: see the sheet Lists.",
    "usernames": "One name a line (Alt+Enter starts a new line). Many: see the sheet Lists.",
    "username": "One name or link: whose followers, whose comment, or who is subscribed to.",
    "min": "Subscription: the smallest quantity for each new post.",
    "max": "Subscription: the largest quantity for each new post.",
    "posts": "Subscription: how many new posts. Empty: until it is ended.",
    "old_posts": "Subscription: how many posts that are there already.",
    "hashtags": "One hashtag a line (Alt+Enter starts a new line). Many: see the sheet Lists.",
    "hashtag": "One hashtag.",
    "media": "The web address of the post whose likers are meant.",
    "answer_number": "The number of the answer in the poll: 1 for the first.",
    "groups": "One group a line (Alt+Enter starts a new line). Many: see the sheet Lists.",
    "keywords": "One keyword a line (Alt+Enter starts a new line). Many: see the sheet Lists.",
    "country": "The country that the visits come from, as the panel writes it.",
    "device": "The kind of device, as the panel writes it.",
    "type_of_traffic": "1: from a search (fill in Google keyword). 2: from a page (fill in Referring URL).",
    "google_keyword": "Only for type of traffic 1: what is searched for.",
    "referring_url": "Only for type of traffic 2: the page that the visits come from.",
    "expiry": "A day after today.",
    "delay": "Minutes; choose from the list.",
    "action": "Empty: order it. skip: leave the row out.",
}

_LINES: Mapping[str, tuple[str, ...]] = {
    "comments": ("Lovely picture!", "Where was this taken?", "Great colours."),
    "usernames": ("rose_fan", "tulip_fan", "lily_fan"),
    "hashtags": ("garden", "roses"),
    "groups": ("https://example.com/group/1",),
    "keywords": ("garden club", "roses"),
}
_ONE: Mapping[str, str] = {
    "link": "https://example.com/p/1",
    "username": "garden_club",
    "delay": "10",
    "hashtag": "garden",
    "media": "https://example.com/p/2",
    "answer_number": "2",
    "country": "NL",
    "device": "1",
    "type_of_traffic": "1",
    "google_keyword": "garden club",
}
_USUAL_QUANTITY, _USUAL_MIN, _USUAL_MAX = 1000, 50, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A filled row for one type of service: the cells by field, with lists cut to a few lines for the page."""

    kind: str
    service: str
    cells: Mapping[str, str]
    shown: tuple[str, ...]
    may_have: tuple[str, ...]


def examples(services: Sequence[Listed]) -> Iterator[Example]:
    """An example for each type that is in the list, with a service of it."""
    for kind in ORDER_TYPES:
        offered = next((o for o in services if o.kind is kind and not o.note), None)
        if offered is not None:
            yield _example(offered)


def _example(offered: Listed) -> Example:
    kind = offered.kind
    assert kind is not None
    cells = {name: _value(offered, name) for name in kind.required}
    cells |= {when.needs: _ONE[when.needs] for when in kind.when if cells[when.field] == str(when.value)}
    letters = zip(SENDABLE, offered.requirements, strict=True)
    return Example(
        kind=kind.name,
        service=choice(offered.service),
        cells=cells,
        shown=tuple(f"{HEADING_OF[name]}: {_cut(text)}" for name, text in cells.items()),
        may_have=tuple(HEADING_OF[n] for n, letter in letters if letter == ALLOWED),
    )


def _value(offered: Listed, name: str) -> str:
    if name in _LINES:
        few = _LINES[name]
        wanted = max(len(few), offered.service.min) if offered.limits == HEADING_OF[name] else len(few)
        return "\n".join((*few, *(_more(few[n % len(few)], n + 1) for n in range(len(few), wanted))))
    usual = {"quantity": _USUAL_QUANTITY, "min": _USUAL_MIN, "max": _USUAL_MAX}
    return str(_within(offered, usual[name])) if name in usual else _ONE[name]


def _more(entry: str, number: int) -> str:
    """Another entry of a list; a name stays one without spaces."""
    return f"{entry}{' ' if ' ' in entry else '_'}{number}"


def _within(offered: Listed, number: int) -> int:
    low, high = max(1, offered.service.min), offered.service.max
    return max(low, number if high is None else min(number, high))


def _cut(text: str) -> str:
    """A list on one line, with its first two entries."""
    lines = text.split("\n")
    more = (f"... ({len(lines):,} lines)",) if len(lines) > 2 else ()
    return " / ".join((*lines[:2], *more))
