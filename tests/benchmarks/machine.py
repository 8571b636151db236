"""The machine of tests/test_machine.py, for longer: `python -m tests.benchmarks.machine`.

It begins with the same machines as the test and goes on to others. What was found is printed as the steps that lead
there, shortened with `--shorten` (which takes minutes); the exit code is 1 then.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

import click
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.test_machine import EXAMPLES, Machine, machine_settings, open_town


@click.command()
@click.option("--machines", default=50 * EXAMPLES, show_default=True, help="Machines, of up to fifty steps each.")
@click.option("--shorten", is_flag=True, help="Look for the shortest way to what was found.")
def main(machines: int, shorten: bool) -> None:
    """Run the machine and say how often what happened."""
    phases = [Phase.generate, Phase.shrink] if shorten else [Phase.generate]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, open_town(Path(folder)) as town:
        try:
            run_state_machine_as_test(
                partial(Machine, town), settings=settings(machine_settings(machines), phases=phases)
            )
        finally:
            for what, count in sorted(town.seen.items()):
                click.echo(f"{what:<50} {count:>8,}")
            seconds = time.perf_counter() - began
            click.echo(f"{town.steps:,} steps of {town.machines:,} machines in {seconds:,.0f} seconds")
    click.echo("No order too many, and no untrue word.")


if __name__ == "__main__":
    main()
