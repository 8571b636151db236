"""Figures and sentences of the Summary."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bulkorders.core.columns import Report, Result
from bulkorders.core.model import Row
from bulkorders.core.states import RowState
from bulkorders.core.summary import (
    MEANING,
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
        ((P, P), "All is well: 2 rows ordered."),
        ((P, S), "All is well: 1 row ordered."),
        ((P, H), "1 row needs a person. 1 of 2 rows ordered."),
        ((P, H, U, W), "2 rows need a person. 1 of 4 rows ordered. 1 waiting."),
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
    assert headline(report(results)) == "2 rows ordered; 1 of them did not go as planned."
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
