"""The benchmarks work; what they find is for people to read, and fails no test."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from tests.benchmarks.__main__ import main
from tests.benchmarks.table import STAGES, Line, Pair, Took, at_least, at_most


@pytest.mark.parametrize("name", ["read-csv", "place"])
def test_a_stage_measures_both_sides(name: str) -> None:
    """With `--small` a stage gives lines with two figures, their ratio, the goal, and whether it is met."""
    done = CliRunner().invoke(main, ["--small", "--markdown", "--only", name], catch_exceptions=False)
    lines = done.stdout.splitlines()[4:]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\| .+ \| [\d,.]+ \S+ \| .+: [\d,.]+ \S+ \| [\d.]+ \| at most [\d.]+ \| (yes|no) \|", line)


def test_every_stage_of_the_issue_is_there() -> None:
    """The sixteen rows of the issue, some of which share a stage; others may be added."""
    wanted = "help read-xlsx read-csv check check-command place in-flight recording rate refresh results job again"
    assert set(STAGES) >= {*wanted.split(), "memory", "memory-1m", "growth"}


def test_figures_are_medians_and_ratios_those_of_the_rounds() -> None:
    """One round on a busy machine changes neither."""
    pair = Pair([(Took(1.0), Took(2.0)), (Took(30.0), Took(60.0)), (Took(1.2), Took(2.0))])
    assert (pair.ours, pair.theirs, pair.ratio) == (1.2, 2.0, 0.5)


@pytest.mark.parametrize(("goal", "ratio", "met"), [(at_most(1.3), 1.304, "yes"), (at_least(0.95), 0.94, "no")])
def test_a_goal_is_met_or_not(goal: object, ratio: float, met: str) -> None:
    """The ratio counts as it is printed."""
    line = Line(stage="s", ours="1", beside="2", ratio=ratio, goal=goal)  # type: ignore[arg-type]
    assert line.cells()[-1] == met
