"""Three commands, each with a table of figures; exit code 1 when the promise was broken."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from tests.reliability import matrix
from tests.reliability.caps import Caps, hold
from tests.reliability.killed import BUGS, POINTS
from tests.reliability.soak import Plan, soak


@click.group()
def cli() -> None:
    """Kill the program on the worst of days, resume it, and compare the panel's books with the results workbook."""


@cli.command("matrix")
@click.option("--rows", default=matrix.ROWS, show_default=True, type=click.IntRange(min=3), help="Rows of each file.")
@click.option("--seed", default=1, show_default=True, help="Which order of each file is killed.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Cells at a time.")
@click.option("--fault", multiple=True, type=click.Choice(matrix.FAULTS), help="Only this fault.")
@click.option("--point", multiple=True, type=click.Choice(list(POINTS)), help="Only this point.")
@click.option("--concurrency", multiple=True, type=click.Choice([str(c) for c in matrix.CONCURRENCIES]))
@click.option("--bug", default="", type=click.Choice(["", *BUGS]), help="Plant this bug in the run that is killed.")
def matrix_command(
    rows: int, seed: int, jobs: int, fault: Sequence[str], point: Sequence[str], concurrency: Sequence[str], bug: str
) -> None:
    """Every fault at every point of an order's life, one order after the other and eight at a time."""
    began = time.monotonic()
    cells = [
        cell
        for cell in matrix.all_cells()
        if cell.fault in (fault or matrix.FAULTS)
        and cell.point in (point or POINTS)
        and str(cell.concurrency) in (concurrency or str(cell.concurrency))
    ]
    with click.progressbar(length=len(cells), label="cells", file=sys.stderr) as bar:
        outcomes = []
        for outcome in matrix.run_cells(cells, jobs=jobs, rows=rows, seed=seed, bug=bug):
            outcomes.append(outcome)
            bar.update(1)
    for line in matrix.table(outcomes):
        click.echo(line)
    click.echo(f"{time.monotonic() - began:.0f} seconds, {jobs} at a time")
    _finish(list(matrix.troubles(outcomes)))


@cli.command("soak")
@click.option("--rows", default=20_000, show_default=True, type=click.IntRange(min=2))
@click.option("--every", default=100, show_default=True, type=click.IntRange(min=1), help="Requests between two kills.")
@click.option("--seed", default=1, show_default=True, help="Other moments, other faults.")
@click.option("--away", default=10.0, show_default=True, help="Seconds that the panel is away, once.")
@click.option(
    "--folder", type=click.Path(file_okay=False, resolve_path=True, path_type=Path), help="Keep all in this new folder."
)
def soak_command(folder: Path | None, **plan: Any) -> None:
    """Thousands of orders with faults on, and a kill every few seconds, to the end."""
    with tempfile.TemporaryDirectory() as name:
        figures = soak(folder or Path(name), Plan(**plan), lambda sentence: click.echo(sentence, err=True))
    for line in figures.lines():
        click.echo(line)
    _finish(list(figures.troubles))


@cli.command("caps")
@click.option("--kills", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--cap", default="10.00", show_default=True, help="What a day may cost.")
@click.option("--every", default=5, show_default=True, type=click.IntRange(min=1), help="Requests between two kills.")
@click.option("--seed", default=1, show_default=True, help="Other moments, other faults.")
def caps_command(cap: str, **caps: Any) -> None:
    """Runs with a cap for the day, killed at random moments: the panel's books never pass the cap."""
    with tempfile.TemporaryDirectory() as name:
        figures = hold(Path(name), Caps(cap=Decimal(cap), **caps))
    for line in figures.lines():
        click.echo(line)
    _finish(figures.troubles)


def _finish(troubles: Sequence[str]) -> None:
    for trouble in troubles:
        click.echo(trouble)
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    cli(prog_name="python -m tests.reliability")
