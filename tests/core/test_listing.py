"""A service list as it is kept and saved: read again as it was, or refused; its age; and what is looked for in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from bulkorders.core.actions import decode
from bulkorders.core.listing import Listing, NoListError, Wanted, age_told, read_json, read_rows, read_told
from bulkorders.core.model import Service

NOW = datetime(2026, 11, 3, 14, 2, 7, tzinfo=UTC)
LIKES = Service(
    id="007",
    name="=Likes &lt; 'fast' 👩‍💻",
    type="Default",
    category="Instagram",
    rate=Decimal("0.10"),
    min=10,
    max=None,
    refill=True,
    cancel=False,
)
LISTING = Listing(panel="panel.example", fetched_at=NOW, currency="USD", services=(LIKES,), listed=1, unreadable=2)
MISSING = object()


def test_json_gives_the_list_again() -> None:
    """Every field exactly, the rate with its zeros; the time whatever zone it was told in."""
    told = replace(LISTING, fetched_at=NOW.astimezone(timezone(timedelta(hours=-7))))
    read = read_json(decode(json.dumps(told.as_json()).encode()))
    assert read == LISTING
    assert str(read.services[0].rate) == "0.10"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("panel", MISSING, "which panel's list"),
        ("panel", "", "which panel's list"),
        ("panel", "x\x1b[2J", "which panel's list"),
        ("fetched_at", "2026-11-03T14:02:07", "from when"),
        ("fetched_at", "yesterday", "from when"),
        ("fetched_at", 5, "from when"),
        ("currency", None, "from when"),
        ("listed", True, "from when"),
        ("unreadable", -1, "from when"),
        ("services", {}, "no services"),
        ("listed", 2, "has 1 of the 2 services"),
        ("listed", 0, "has 1 of the 0 services"),
    ],
)
def test_json_that_is_no_list(field: str, value: Any, said: str) -> None:
    """What is missing or of another kind is told."""
    fields = LISTING.as_json() | {field: value}
    with pytest.raises(NoListError, match=said):
        read_json({name: kept for name, kept in fields.items() if kept is not MISSING})


@pytest.mark.parametrize("other", [None, [], "text", 5, [LISTING.as_json()], {"error": "no"}])
def test_another_json(other: Any) -> None:
    """Anything else is refused; so is a panel's bare answer, which names neither panel nor time."""
    with pytest.raises(NoListError):
        read_json(other)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 7),
        ("id", ""),
        ("id", "a b"),
        ("name", ""),
        ("name", "x\ny"),
        ("name", "x" * 301),
        ("name", None),
        ("type", ""),
        ("category", "\u202etxet"),
        ("rate", 0.1),
        ("rate", "-1"),
        ("rate", "1e9"),
        ("rate", "NaN"),
        ("rate", "0.12345678901"),
        ("rate", "٣"),
        ("min", "10"),
        ("min", -1),
        ("min", 10**15),
        ("min", True),
        ("max", 0),
        ("max", "no"),
        ("refill", None),
        ("cancel", 1),
        ("dripfeed", "yes"),
        ("more", "x"),
    ],
)
def test_an_entry_that_is_damaged(field: str, value: Any) -> None:
    """The whole list is refused, and the entry named: a row must not be judged by a part of it."""
    good = LISTING.as_json()["services"][0]
    fields = LISTING.as_json() | {"services": [good, good | {"id": "8"} | {field: value}], "listed": 2}
    with pytest.raises(NoListError, match="cannot be read in entry 2"):
        read_json(fields)


def test_a_service_that_is_there_twice() -> None:
    """Nobody knows which of the two counts."""
    good = LISTING.as_json()["services"][0]
    with pytest.raises(NoListError, match="has service 007 twice"):
        read_json(LISTING.as_json() | {"services": [good, good], "listed": 2})


def test_whose_list_a_table_has() -> None:
    """What each row says of it is read again, and nothing else is taken for it."""
    told = replace(LISTING, panel="a, b/api", listed=5586).told()
    assert read_told(told) == ("a, b/api", 5586, NOW)
    for wrong in ("", told + ".", told.replace("-11-03", "-11-31"), told.replace(" UTC", "")):
        assert read_told(wrong) is None


HEADINGS = ["Service ID", "Name", "Category", "Type", "Price per 1000", "Min", "Max"]
HEADINGS += ["Refill", "Cancel", "Drip-feed", "List", "Mine"]


def row(service_id: str, **changed: str) -> list[str]:
    """The cells of a row, by heading."""
    cells = [service_id, "Likes", "", "Default", "0.1", "10", "500", "yes", "no", "", replace(LISTING, listed=2).told()]
    return [changed.get(name, cell) for name, cell in zip(HEADINGS, [*cells, "x"], strict=True)]


def test_a_table_gives_the_list_again() -> None:
    """Columns in any order, and others beside them."""
    order = [11, 10, 3, 4, 0, 1, 2, 5, 6, 7, 8, 9]
    rows = [(n, [row(i)[at] for at in order]) for n, i in ((2, "1"), (3, "2"))]
    listing = read_rows([HEADINGS[at] for at in order], rows)
    assert (listing.currency, listing.listed, listing.fetched_at) == ("", 2, NOW)
    assert [s.id for s in listing.services] == ["1", "2"]
    assert (listing.services[0].max, listing.services[0].dripfeed, listing.services[0].refill) == (500, None, True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Price per 1000": "0,1"}, "cannot be read in row 3"),
        ({"Max": "1,000"}, "cannot be read in row 3"),
        ({"Refill": "perhaps"}, "cannot be read in row 3"),
        ({"Drip-feed": "TRUE"}, "cannot be read in row 3"),
        ({"List": "another"}, 'in its column "List"'),
    ],
)
def test_a_table_that_was_changed(changed: dict[str, str], said: str) -> None:
    """The row is named as Excel numbers it."""
    with pytest.raises(NoListError, match=said):
        read_rows(HEADINGS, [(2, row("1")), (3, row("2", **changed))])


def test_a_table_with_rows_or_columns_missing() -> None:
    """A list that was narrowed, or from which rows were deleted, would call good services wrong."""
    with pytest.raises(NoListError, match="has 1 of the 2 services"):
        read_rows(HEADINGS, [(2, row("1"))])
    with pytest.raises(NoListError, match="has no column"):
        read_rows(HEADINGS[:-2], [(2, row("1")[:-2])])
    with pytest.raises(NoListError, match="which panel's list"):
        read_rows(HEADINGS, [])


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than a minute ago"),
        (-100, "less than a minute ago"),
        (-121, "by a clock that is ahead of this computer's"),
        (60, "1 minute ago"),
        (7_199, "1 hour ago"),
        (3 * 3_600, "3 hours ago"),
        (50 * 3_600, "2 days ago"),
    ],
)
def test_an_age(seconds: int, told: str) -> None:
    """In the largest unit that it fills."""
    assert age_told(NOW, NOW + timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Wanted(search="fast LIKES"), ["007", "17", "7"]),
        (Wanted(search="instagram 8"), ["8"]),
        (Wanted(search="7"), ["7", "007", "17"]),
        (Wanted(min_rate=Decimal("0.1")), ["007", "17", "7"]),
        (Wanted(max_rate=Decimal("0.1")), ["007", "8"]),
        (Wanted(min_rate=Decimal("0.10000001")), ["17", "7"]),
        (Wanted(min_rate=Decimal("0.3"), max_rate=Decimal("0.30")), ["17"]),
        (Wanted(type="DEFAULT", category="gram"), ["007", "8", "17", "7"]),
    ],
)
def test_what_is_wanted(wanted: Wanted, ids: list[str]) -> None:
    """Words in any order, in ID, name and category; limits exact and included; an ID that was typed comes first."""
    services = [
        LIKES,
        replace(LIKES, id="8", name="Views", rate=Decimal("0.0999999999")),
        replace(LIKES, id="17", rate=Decimal("0.3")),
        replace(LIKES, id="7", rate=Decimal(90)),
    ]
    assert [s.id for s in wanted.of(services)] == ids
