"""Killed at every point of an order's life under every fault: nothing twice, nothing lost, a true workbook."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from tests.reliability.__main__ import cli
from tests.reliability.killed import BUGS, POINTS
from tests.reliability.matrix import FAULTS, Cell, covering_cells, run_cell, run_cells, troubles
from tests.reliability.verdict import Told, judge

JOBS = os.cpu_count() or 1
COVERING = covering_cells()


@pytest.mark.parametrize("fault", FAULTS)
def test_killed_at_every_point(fault: str) -> None:
    """Whatever the panel did to the order that was killed: no duplicate, no loss, and only what was in flight is
    unconfirmed.
    """
    cells = [cell for cell in COVERING if cell.fault == fault]
    assert {cell.point for cell in cells} == set(POINTS)
    assert list(troubles(run_cells(cells, jobs=JOBS))) == []


@pytest.mark.parametrize(
    ("point", "orders", "unconfirmed"),
    [("before-intent", 6, 0), ("intent", 5, 1), ("mid-request", 6, 1), ("answer", 6, 1), ("recorded", 6, 0)],
)
def test_the_points_are_where_they_say(point: str, orders: int, unconfirmed: int) -> None:
    """One order at a time and no fault: the killed order is unconfirmed exactly from its intent to its record, and
    the panel has it as soon as its request was written.
    """
    verdict = run_cell(Cell(fault="none", point=point, concurrency=1), rows=6).verdict
    assert verdict.unconfirmed == unconfirmed
    if os.name == "posix" or point != "mid-request":  # Windows may take back what a killed process wrote last
        assert verdict.orders == orders


@pytest.mark.parametrize(
    ("bug", "fault", "point"), [("late-intent", "none", "answer"), ("lost-is-later", "reset-after", "recorded")]
)
def test_a_planted_bug_is_found(bug: str, fault: str, point: str) -> None:
    """The matrix fails, names the link and counts the duplicate, when the program has a bug that orders twice."""
    assert bug in BUGS
    options = ["--fault", fault, "--point", point, "--concurrency", "1", "--bug", bug]
    done = CliRunner().invoke(cli, ["matrix", *options])
    assert done.exit_code == 1
    assert "was ordered as 235" in done.stdout
    (sums,) = [line.split() for line in done.stdout.splitlines() if line.startswith("all")]
    cells, placed, duplicates = sums[-6:-3]
    assert (cells, placed, duplicates) == ("1", "11", "1")


def test_the_command_is_content_when_all_is_well() -> None:
    """Exit code 0, and the table says what was looked at."""
    done = CliRunner().invoke(cli, ["matrix", "--fault", "refuse", "--point", "recorded", "--concurrency", "1"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1].split() == ["refuse", "-/-", "-/-", "-/-", "-/-", "0/-", "1", "10", *"0000"]


BOOKED = [("a", "1"), ("b", "2")]
FINE = {"a": Told("Ordered", "1"), "b": Told("Ordered", "2")}


@pytest.mark.parametrize(
    ("booked", "told", "duplicates", "losses"),
    [
        (BOOKED, FINE, 0, 0),
        (BOOKED, FINE | {"b": Told("Check", "")}, 0, 0),
        (BOOKED[:1], FINE | {"b": Told("Check", "")}, 0, 0),
        ([*BOOKED, ("a", "3")], FINE, 1, 0),
        ([*BOOKED, ("a", "3")], FINE | {"a": Told("Check", "")}, 1, 0),
        (BOOKED[:1], FINE, 0, 1),
        (BOOKED, FINE | {"b": Told("Ordered", "1")}, 0, 1),
        (BOOKED, FINE | {"b": Told("Waiting", "")}, 0, 1),
        (BOOKED[:1], FINE | {"b": Told("Refused", "")}, 0, 1),
        (BOOKED, {"a": FINE["a"]}, 0, 1),
        ([*BOOKED, ("c", "3")], FINE, 0, 1),
        (BOOKED, {}, 0, 2),
    ],
)
def test_books_and_workbook_compared(
    booked: list[tuple[str, str]], told: dict[str, Told], duplicates: int, losses: int
) -> None:
    """A second order on a link is a duplicate; what the workbook does not tell, or tells untruly, is a loss."""
    verdict = judge(["a", "b"], booked, told)
    assert (len(verdict.duplicates), len(verdict.losses)) == (duplicates, losses)
