"""Figures and sentences of the Summary."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bulkorders.core.columns import NEEDS_PERSON, Report, Result
from bulkorders.core.model import Row
from bulkorders.core.states import RowState
from bulkorders.core.summary import (
    MEANING,
    PERSON,
    charged,
    counts,
    estimated,
    headline,
    lines,
    running,
    spend_by_service,
    to_do,
)


def rows(*states: RowState, **more: object) -> list[Result]:
    """One row of each of these states, costing 1.00."""
    return [
        Result(row=Row(number=n, cells=()), state=s, estimated_cost=Decimal(1), **more)  # type: ignore[arg-type]
        for n, s in enumerate(states, start=2)
    ]


def report(results: list[Result], **more: object) -> Report:
    """A report on them."""
    made = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
    return Report(file="o.xlsx", panel="p", made_at=made, headings=(), results=results, currency="USD", **more)  # type: ignore[arg-type]


P, R, W, H, S, U, F = (
    RowState.PLACED,
    RowState.READY,
    RowState.WAITING,
    RowState.HELD,
    RowState.SKIPPED,
    RowState.UNCONFIRMED,
    RowState.INVALID,
)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ((P, P), "All 2 rows are ordered."),
        ((P,), "The only row is ordered."),
        ((P, S), "All is well: 1 row is ordered, 1 skipped."),
        ((S, S), "Nothing was to be ordered: 2 rows skipped."),
        ((), "There are no rows to order."),
        ((P, H), "1 row needs a person: 1 held back. 1 of 2 rows ordered."),
        ((P, H, U, W), "2 rows need a person: 1 held back, 1 to check. 1 of 4 rows ordered. 1 waiting."),
        ((F, F, RowState.REFUSED), "3 rows need a person: 2 to fix, 1 refused. 0 of 3 rows ordered."),
        ((P, W), "Not finished yet: 1 row ordered, 1 waiting for the next run."),
        ((R, R), "2 rows can be ordered; nothing is wrong."),
    ],
)
def test_the_headline(states: tuple[RowState, ...], told: str) -> None:
    """One sentence says whether everything is all right."""
    assert headline(report(rows(*states))) == told


def test_every_state_is_counted_and_explained() -> None:
    """All eight states are in the counts, and each has its meaning in words."""
    found = counts(report(rows(*RowState)))
    assert set(found) == set(MEANING) == set(RowState)
    assert sum(found.values()) == len(RowState)


def test_money_is_exact() -> None:
    """Only what was or may be spent is estimated; charges are what the panel told."""
    results = [*rows(P, U, W, R, charge=Decimal("0.1")), *rows(F, H, S, RowState.REFUSED)]
    assert estimated(report(results)) == 4
    assert charged(report(results)) == Decimal("0.4")


def test_rows_that_went_astray_are_to_do() -> None:
    """An ordered row with something to do is listed; one without is not."""
    results = rows(P, what_to_do="Order it again.") + rows(P)
    assert len(to_do(report(results))) == 1
    told = headline(report(results))
    assert told == "1 row needs a person: 1 ordered but not as planned. 2 of 2 rows ordered."
    assert len(running(report(rows(P) + rows(P, final=True)))) == 1


def test_many_services_are_added_up() -> None:
    """The dearest fourteen by name, the others in one line; nothing is lost from the sum."""
    results = [
        Result(row=Row(number=n, cells=()), state=P, service=str(n), estimated_cost=Decimal(n)) for n in range(1, 31)
    ]
    spent = spend_by_service(report(results))
    assert len(spent) == 15
    assert spent[0].service == "30"
    assert spent[-1].service == "16 other services"
    assert sum(s.estimated for s in spent) == estimated(report(results))


def test_the_lines_say_when_and_from_what() -> None:
    """What to do first; at the end when it was made, in which zone, and from which file."""
    told = lines(report(rows(P, H), stopped="Stopped.", notes=["A note."]))
    assert told[0].startswith("Please look at 1 row")
    assert "Stopped." in told
    assert any("3 November 2026 at 14:30 (UTC" in line and "o.xlsx" in line for line in told)
    assert told[-1] == "Note: A note."


@pytest.mark.parametrize("states", [(P, H), (P, W, F), (R, U), (H,)])
@pytest.mark.parametrize("wrong", [0, 2])
def test_headline_and_first_line_count_the_same_rows(states: tuple[RowState, ...], wrong: int) -> None:
    """What needs a person is one number, wherever it is told."""
    told = report(rows(*states) + rows(*[P] * wrong, what_to_do="Order it again."))
    todo = len(to_do(told))
    assert (str(todo) in headline(told).split(" ", 1)[0]) == bool(todo)
    assert (f"look at {todo} row" in lines(told)[0]) == bool(todo)


def test_every_state_that_needs_a_person_has_its_words() -> None:
    """The headline can say what each of them is."""
    assert set(PERSON) == NEEDS_PERSON | {P}


@pytest.mark.parametrize(
    ("states", "more", "told"),
    [
        ((P,), {}, "Estimated cost 1.00 USD; charged so far 0.00 USD."),
        ((U,), {}, "Estimated cost 1.00 USD; charged so far 0.00 USD."),
        ((R, W), {}, "Nothing has been ordered yet; it will cost about 2.00 USD."),
        ((F,), {}, "Nothing has been ordered."),
        ((P,), {"balance": Decimal("9.5")}, "charged so far 0.00 USD. The account has 9.50 USD left."),
    ],
)
def test_money_is_told_in_the_right_tense(states: tuple[RowState, ...], more: dict[str, object], told: str) -> None:
    """What was not ordered has not cost anything: it will."""
    assert lines(report(rows(*states), **more))[1].endswith(told)


def test_what_is_still_running_is_told() -> None:
    """How many rows can still change; and, where all are final, that none does."""
    assert lines(report(rows(P, P)))[2].startswith("2 rows ordered and still being delivered.")
    assert lines(report(rows(P, final=True)))[2] == "No order is still running."
    assert not [line for line in lines(report(rows(R))) if "running" in line or "delivered" in line]
