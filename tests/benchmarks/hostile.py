"""Every hostile file, and those just below the limits: how `bulkorders check` ends, in what time and memory.

`python -m tests.benchmarks.hostile` prints one table (about three minutes).
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from tests.hostile import CASES, HEAVY, Case, measured


def _line(case: Case, folder: Path) -> str:
    path = folder / case.name
    case.make(path)
    size, began = path.stat().st_size, time.perf_counter()
    ran = measured(
        ["--sandbox", "--ledger", str(folder / "ledger.sqlite3"), "check", str(path), "--no-results"],
        XDG_DATA_HOME=str(folder),
    )
    seconds = time.perf_counter() - began
    path.unlink()
    assert ran.code == case.code, ran.told
    assert case.told in ran.told, ran.told
    what = "refused" if ran.code == 2 else "read"
    return f"{case.name:<46} {size / 1e6:>9,.1f} MB {what:>8} {seconds:>6.1f} s {ran.peak:>6,} MB"


def main() -> None:
    """Print the table."""
    click.echo(f"{'file':<46} {'size':>12} {'':>8} {'time':>8} {'memory':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for case in (*CASES, *HEAVY):
            click.echo(_line(case, Path(folder)))


if __name__ == "__main__":
    main()
