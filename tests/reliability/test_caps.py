"""A small run of the proof for caps: the command that README names, with fewer kills."""

from __future__ import annotations

from decimal import Decimal

from click.testing import CliRunner

from tests.reliability.__main__ import cli
from tests.reliability.caps import Caps, Figures


def test_a_cap_holds_under_kills() -> None:
    """Killed at random moments at eight at a time, with answers lost: the books of no day pass the cap."""
    done = CliRunner().invoke(cli, ["caps", "--kills", "4", "--cap", "2.00", "--every", "10"])
    assert done.exit_code == 0, done.output
    told = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines())
    assert told["kills"] == "4"
    assert int(told["runs that the cap stopped"]) >= 1
    assert Decimal("1.00") < Decimal(told["most in the books of a day"]) <= Decimal("2.00")


def test_a_day_over_the_cap_is_told() -> None:
    """The figures name the day, and the command would fail."""
    figures = Figures(Caps(kills=1, cap=Decimal("1"), every=1, seed=1), spent=[Decimal("1.02")])
    figures.judge("day 1")
    assert figures.troubles == ["day 1: the books have 1.02, and the cap is 1"]
