"""The pace of watching, and the words for what has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bulkorders.core.watching import (
    LONGEST_BACKOFF,
    PACE,
    SHORTEST,
    Change,
    Standing,
    after_trouble,
    changes,
    pace,
    read_duration,
    youngest,
)

NOW = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)


def standing(**given: object) -> Standing:
    """An order of row 17 that goes on."""
    usual = {"row": 17, "ref": "A", "order_id": "5", "word": "In progress", "open": True, "since": NOW}
    return Standing(**usual | given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("until", "seconds"), PACE)
def test_older_orders_are_looked_at_less_often(until: timedelta, seconds: float) -> None:
    """The pace never rises with age, and never beats once a minute."""
    assert pace(until) == seconds >= SHORTEST
    later = [pace(age) for age, _ in PACE if age > until]
    assert all(seconds < s for s in later)


def test_trouble_is_tried_again_more_and_more_rarely() -> None:
    """Twice as long each time, up to a quarter of an hour, and never sooner than usual."""
    waits = [after_trouble(60, failures, SHORTEST) for failures in range(9)]
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-1] == LONGEST_BACKOFF
    assert after_trouble(3600, 3, SHORTEST) == 3600
    assert after_trouble(0.02, 5000, 0.0) == 0.02


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("2h", 7200), ("10", 600), (" 1.5 H", 5400), ("0", None), ("-1m", None), ("9999h", None)]
    + [(text, None) for text in ("", "m", "1d", "\u0661m", "1e3", "5m5s", "nan")],
)
def test_durations(text: str, seconds: float | None) -> None:
    """What a person writes for a time span."""
    assert read_duration(text) == seconds


def test_the_youngest_open_one_counts() -> None:
    """What is final does not count, and a clock that was set back makes nobody wait."""
    old, new = standing(since=NOW - timedelta(hours=3)), standing(since=NOW - timedelta(hours=1))
    assert youngest([old, new, standing(open=False)], NOW) == timedelta(hours=1)
    assert youngest([standing(since=NOW + timedelta(days=1))], NOW) == timedelta()
    assert youngest([standing(since=None)], NOW) == timedelta()


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            standing(),
            standing(word="Completed", open=False, quantity=1000, remains=0),
            "14:05 row 17: In progress → Completed, 1,000 delivered",
        ),
        (
            standing(),
            standing(word="Partial", open=False, quantity=1000, remains=400),
            "14:05 row 17: In progress → Partial, 600 of 1,000 delivered",
        ),
        (standing(word="Pending"), standing(quantity=1000, remains=1000), "14:05 row 17: Pending → In progress"),
        (
            standing(refill="8", word="asked for"),
            standing(refill="8"),
            "14:05 row 17, refill 8: asked for → In progress",
        ),
        (None, standing(word="Pending"), "14:05 row 17: ordered as 5, Pending"),
        (None, standing(word="Check", order_id=""), "14:05 row 17: Check"),
    ],
)
def test_changes_are_told(before: Standing | None, now: Standing, told: str) -> None:
    """One line for each word that has become another."""
    found = list(changes({(1, 0): before} if before else {}, {(1, 0): now}, NOW))
    assert [change.as_text() for change in found] == [told]


@pytest.mark.parametrize("now", [standing(remains=3, quantity=10), standing(word="")])
def test_what_is_no_change(now: Standing) -> None:
    """Figures alone are for the workbook, and a row that is not ordered has no word."""
    assert not list(changes({(1, 0): standing()}, {(1, 0): now}, NOW))


def test_a_change_for_programs() -> None:
    """Counts are numbers, money is text, and what is not known is null."""
    told = Change(at=NOW, before="", now=standing(quantity=10, remains=None)).as_json()
    assert told["time"] == "2026-11-03T14:05:00+00:00"
    assert [told[name] for name in ("from", "to", "delivered", "charge", "refill")] == [
        None,
        "In progress",
        *[None] * 3,
    ]
