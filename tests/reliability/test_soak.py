"""A small soak: the command that README names, with fewer orders."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from tests.reliability.__main__ import cli


def test_a_small_soak(tmp_path: Path) -> None:
    """300 orders with faults on, several kills, the panel gone once: nothing twice, nothing lost, nothing left."""
    plan = ["--rows", "300", "--every", "60", "--away", "0", "--folder", str(tmp_path)]
    done = CliRunner().invoke(cli, ["soak", *plan])
    assert done.exit_code == 0, done.output
    lines = (line.rsplit(maxsplit=1) for line in done.stdout.splitlines())
    told = {name.strip(): float(figure) for name, figure in lines}
    assert told["rows Ordered"] + told["rows Check"] == 300
    assert (told["duplicates"], told["losses"], told["outages"]) == (0, 0, 1)
    assert told["kills"] >= 3
    assert told["faults served"] > 0
