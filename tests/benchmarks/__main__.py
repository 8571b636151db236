"""One command, one table: for each stage our figure, a peer's or a floor's from the same run, their ratio and the goal.

Only the ratios are worth a goal: the machine may be busy. Stages are in stages.py; a new module with stages is imported
here.
"""

from __future__ import annotations

import compileall
import tempfile
from pathlib import Path

import click

import bulkorders
from tests.benchmarks import stages  # noqa: F401  (a module enters its stages when it is imported)
from tests.benchmarks.table import HEADINGS, STAGES, Bench, machine, printed, ruler


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each pair is measured (fewer what takes long).")
@click.option("--only", "names", multiple=True, type=click.Choice(list(STAGES)), help="Measure this stage; repeatable.")
@click.option("--small", is_flag=True, help="A handful of rows and one round: only to see that everything works.")
@click.option("--markdown", is_flag=True, help="Print the table as the README has it.")
def main(rounds: int, names: tuple[str, ...], small: bool, markdown: bool) -> None:
    """Measure every stage beside its peer and print one table (about ten minutes)."""
    compileall.compile_dir(bulkorders.__path__[0], quiet=1)  # as pip leaves every program: nobody waits for a compiler
    click.echo(f"{machine()}\n")
    click.echo(printed(HEADINGS, markdown=markdown))
    click.echo(ruler(markdown=markdown))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder=Path(folder), rounds=rounds, small=small)
        for name in names or STAGES:
            for line in STAGES[name](bench):
                click.echo(printed(line.cells(), markdown=markdown))


if __name__ == "__main__":
    main()
