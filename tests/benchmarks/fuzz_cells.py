"""The properties of cells (tests/fuzz_cells.py), ten thousand examples each.

`python -m tests.benchmarks.fuzz_cells` prints a line for each (about a quarter of an hour; `--examples N` for less).
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from tests.fuzz_cells import PROPERTIES, try_property


@click.command()
@click.option("--examples", default=10_000, show_default=True, help="Examples of each property.")
@click.option("--only", type=click.Choice(list(PROPERTIES)), multiple=True, help="Only these properties.")
def main(examples: int, only: tuple[str, ...]) -> None:
    """Try each property; the first example that breaks one is shown as small as it can be made."""
    for what in only or PROPERTIES:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            tried = try_property(what, Path(folder), examples)
        click.echo(f"{what:<32} {tried:>8,} examples {time.perf_counter() - began:>7.0f} s  all hold")


if __name__ == "__main__":
    main()
