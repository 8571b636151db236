"""One command, one table: for each stage our figure, the peer's from the same run, and their ratio.

Pairs run in turn (ours, theirs, ours, theirs ...), each as a process of its own; the figures are medians. Only the
ratios are worth a goal: the machine may be busy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import click

from bulkorders.sandbox import requests
from tests.benchmarks import inputs

PEER = (sys.executable, "-m", "tests.benchmarks.peers")
OURS = (sys.executable, "-m", "bulkorders")


def _timed(command: Sequence[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds and peak memory (MB; 0 where the system does not tell) of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if hasattr(os, "wait4"):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    else:
        process.wait()
        peak = 0.0
    return time.perf_counter() - began, peak


@contextmanager
def _served(*peer: str) -> Iterator[str]:
    """A panel in a process of its own, and its address."""
    command = (*PEER, *peer)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def _arrivals(books: Path) -> list[float]:
    """When each order arrived at the panel (seconds)."""
    return sorted(r.perf for r in requests(books) if r.action == "add")


def _placing(folder: Path, rows: int, command: Callable[[str], Sequence[str]], name: str, faults: str) -> list[float]:
    """Place the rows against a panel with new books and give the arrivals back."""
    books = folder / f"{name}.books.sqlite3"
    for results in folder.glob("*.results.xlsx"):
        results.unlink()  # it would rightly hold the rows back: they were ordered at the panel of the last round
    with _served("panel", str(books), faults) as url:
        environment = {"BULKORDERS_URL": url, "BULKORDERS_KEY": "sandbox"}
        environment["BULKORDERS_LEDGER"] = str(folder / f"{name}.ledger.sqlite3")
        _timed(command(url), environment)
    arrived = _arrivals(books)
    assert len(arrived) == rows, f"{name}: {len(arrived)} of {rows} orders arrived"
    return arrived


def _line(stage: str, ours: str, peer: str, ratio: float, goal: str) -> None:
    click.echo(f"{stage:<52} {ours:>18} {peer:>18} {ratio:>8.2f}  {goal}")


def _pair(stage: str, ours: Sequence[str], peer: Sequence[str], rounds: int, goal: str) -> None:
    """Two commands in turn; the first round warms the disk and does not count."""
    measured = [(_timed(ours), _timed(peer)) for _ in range(rounds + 1)][1:]
    (a, a_mb), (b, b_mb) = (
        (median(pair[side][0] for pair in measured), max(pair[side][1] for pair in measured)) for side in (0, 1)
    )
    _line(stage, f"{a:.2f} s {a_mb:.0f} MB", f"{b:.2f} s {b_mb:.0f} MB", a / b, goal)


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Rows to read and check.")
@click.option("--orders", default=2_000, show_default=True, help="Orders to place (at most --rows).")
@click.option("--rounds", default=3, show_default=True)
def main(rows: int, orders: int, rounds: int) -> None:
    """Measure every stage beside its peer and print one table."""
    orders = min(orders, rows)
    click.echo(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {rows:,} rows, {orders:,} orders")
    click.echo(f"{'stage':<52} {'ours':>18} {'peer':>18} {'ratio':>8}  goal")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pair("--help / import click", (*OURS, "--help"), (sys.executable, "-c", "import click"), rounds * 5, "1.5")
        many = folder / "many.xlsx"
        inputs.many_services(many, rows)
        _pair(
            "read and check / pandas.read_excel alone",
            (*PEER, "read_and_check", str(many)),
            (*PEER, "pandas_alone", str(many)),
            rounds,
            "0.35",
        )
        _pair(
            "results workbook / bare XlsxWriter, constant memory",
            (*PEER, "results", str(rows), str(folder / "ours.xlsx")),
            (*PEER, "results_bare", str(rows), str(folder / "bare.xlsx")),
            rounds,
            "1.20",
        )
        _check(folder)
        _place(folder, orders, rounds)
        _rate(folder, min(orders, 250))


def _check(folder: Path) -> None:
    """The whole command with its annotated workbook, beside the bare reading of the same file by pandas."""
    path = folder / "many.xlsx"
    with _served("catalogue") as url:
        environment = {"BULKORDERS_URL": url, "BULKORDERS_KEY": "sandbox"}
        environment["BULKORDERS_LEDGER"] = str(folder / "check.ledger.sqlite3")
        ours, mb = _timed((*OURS, "check", str(path)), environment)
    peer, peer_mb = _timed((*PEER, "pandas_alone", str(path)))
    figures = f"{ours:.2f} s {mb:.0f} MB", f"{peer:.2f} s {peer_mb:.0f} MB"
    _line("check with workbook / pandas.read_excel alone", *figures, ours / peer, "-")


def _place(folder: Path, orders: int, rounds: int) -> None:
    """First to last order as the panel saw them: ours, durably recorded, and a bare loop."""
    path = folder / "place.xlsx"
    inputs.one_service(path, orders)
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    commands: dict[str, Callable[[str], Sequence[str]]] = {
        "ours": lambda url: (*OURS, "run", str(path), "--yes", "--rate", "0", "--concurrency", "10"),
        "bare": lambda url: (*PEER, "bare_loop", url, str(orders), "10"),
    }
    for number in range(rounds):
        for side, command in commands.items():
            arrived = _placing(folder, orders, command, f"{side}{number}", "none")
            took[side].append(arrived[-1] - arrived[0])
    ours, bare = median(took["ours"]), median(took["bare"])
    _line("placing, 10 in flight / bare httpx loop", f"{ours:.2f} s", f"{bare:.2f} s", ours / bare, "1.5")


def _rate(folder: Path, orders: int) -> None:
    """What the panel sees of --rate 50 with 10 in flight and 50 ms to each answer."""
    path = folder / "rate.xlsx"
    inputs.one_service(path, orders)
    command = (*OURS, "run", str(path), "--yes", "--rate", "50", "--concurrency", "10")
    arrived = _placing(folder, orders, lambda url: command, "rate", "latency=50ms")
    reached = (len(arrived) - 1) / (arrived[-1] - arrived[0])
    worst = max(sum(start <= t < start + 1 for t in arrived) for start in arrived)
    _line("rate reached / asked (50 a second)", f"{reached:.1f}/s", "50/s", reached / 50, "0.90 to 1.00")
    _line("most orders in any second / allowed", f"{worst}", "51", worst / 51, "1.00")


if __name__ == "__main__":
    main()
