"""The stages, in the order of the table."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.request import urlopen

from tests.benchmarks.table import Bench, Goal, Line, Pair, Side, Took, at_least, at_most, stage

MANY = 100_000
FEW = 3
"""Rounds of what takes long."""


def _told(rows: int) -> str:
    return f"{rows:,} rows"


@stage("help")
def help_(bench: Bench) -> Iterator[Line]:
    """What every command waits for before it begins."""
    pair = bench.pair(
        bench.process(sys.executable, "-m", "bulkorders", "--help"), bench.process(sys.executable, "-c", "import click")
    )
    yield pair.line("--help", "import click", at_most(1.3))


@stage("read-xlsx")
def read_xlsx(bench: Bench) -> Iterator[Line]:
    """A workbook to rows of text, with what calamine hides put in."""
    rows = bench.rows(MANY)
    path = bench.sheet("xlsx", rows)
    pair = bench.pair(bench.peer("read", path), bench.peer("openpyxl_rows", path))
    yield pair.line(f"read {_told(rows)} of .xlsx to text", "openpyxl, read only", at_most(0.15))


@stage("read-csv")
def read_csv(bench: Bench) -> Iterator[Line]:
    """A text file to rows, with every field counted."""
    rows = bench.rows(MANY)
    path = bench.sheet("csv", rows)
    pair = bench.pair(bench.peer("read", path), bench.peer("csv_rows", path))
    yield pair.line(f"read {_told(rows)} of .csv to text", "csv.reader", at_most(1.5))


@stage("check")
def check(bench: Bench) -> Iterator[Line]:
    """Rows in memory to orders and messages."""
    rows = bench.rows(MANY)
    path = bench.sheet("csv", rows)
    pair = bench.pair(bench.peer("check", path), bench.peer("plain_check", path))
    for one, other in pair.rounds:
        assert one.found == other.found, f"the two sides found different things: {one.found}; {other.found}"
    yield pair.line(f"check {_told(rows)}, every fault told", "a plain loop, the same rules", at_most(1.5))


@stage("check-command")
def check_command(bench: Bench) -> Iterator[Line]:
    """The whole command, start and panel included."""
    rows = bench.rows(MANY)
    path = bench.sheet("xlsx", rows)
    with bench.panel() as url:
        ours = bench.bulkorders("check", path, "--no-results", url=url, ledger=bench.folder / "check.sqlite3")
        pair = bench.pair(ours, bench.peer("pandas_alone", path))
    yield pair.line(f"`check --no-results` of {_told(rows)} of .xlsx", "pandas.read_excel alone", at_most(0.2))


@stage("place")
def place(bench: Bench) -> Iterator[Line]:
    """CPU for each order: form, pacing, intent and outcome on disk, POST, answer, log."""
    orders = bench.rows(2_000)
    with bench.panel() as url:
        ours = bench.peer("place", url, orders, 10, bench.folder / "place")
        pair = bench.pair(ours, bench.peer("bare_client", url, orders, 10), what="cpu")
        floor = bench.pair(ours, bench.peer("bare_transport", url, orders, 10), what="cpu")
    yield pair.line("CPU for an order placed, 10 in flight", "bare httpx, a client each", at_most(1.3), per=orders)
    yield floor.line("the same", "bare transport of httpx", at_most(1.3), per=orders)


@stage("in-flight")
def in_flight(bench: Bench) -> Iterator[Line]:
    """What more orders in flight cost."""
    orders = bench.rows(2_000)
    with bench.panel() as url:
        fifty, ten = (bench.peer("place", url, orders, flight, bench.folder / "place") for flight in (50, 10))
        pair = bench.pair(fifty, ten, what="cpu")
    yield pair.line("CPU for an order placed, 50 in flight", "10 in flight", at_most(1.15), per=orders)


@stage("recording")
def recording(bench: Bench) -> Iterator[Line]:
    """What it costs in speed that every step is on disk first."""
    orders = bench.rows(3_000)
    with bench.panel(latency_ms=50) as url:
        sides = [bench.peer("place", url, orders, 50, bench.folder / "place", kept) for kept in ("recorded", "not")]
        pair = bench.pair(*sides)
    ours, theirs = orders / pair.ours, orders / pair.theirs
    yield Line(
        stage="orders a second, 50 in flight, 50 ms to each answer",
        ours=f"{ours:.0f}/s",
        beside=f"recording nothing: {theirs:.0f}/s",
        ratio=1 / pair.ratio,
        goal=at_least(0.95),
    )


@stage("rate")
def rate(bench: Bench) -> Iterator[Line]:
    """What the panel sees of `--rate 50`, with 10 in flight and 50 ms to each answer."""
    orders = bench.rows(500)
    path = bench.good(orders)
    with bench.panel(latency_ms=50) as url:
        ledger = bench.folder / "rate.sqlite3"
        run = ("run", path, "--yes", "--rate", 50, "--concurrency", 10, "--results", bench.folder / "rate.xlsx")
        bench.bulkorders(*run, url=url, ledger=ledger)()
        arrived = _arrivals(url)
    assert len(arrived) == orders
    reached = (orders - 1) / (arrived[-1] - arrived[0])
    most = max(sum(start <= at < start + 1 for at in arrived) for start in arrived)
    goal = Goal(low=0.98, high=1.0)
    yield Line(
        stage="rate reached, 10 in flight", ours=f"{reached:.1f}/s", beside="--rate 50", ratio=reached / 50, goal=goal
    )
    yield Line(
        stage="most orders in any second",
        ours=f"{most}",
        beside="50 and one more: 51",
        ratio=most / 51,
        goal=at_most(1.0),
    )


def _arrivals(url: str) -> list[float]:
    with urlopen(url, data=b"action=arrivals") as answer:
        return list(json.load(answer))


@stage("refresh")
def refresh(bench: Bench) -> Iterator[Line]:
    """Every open order asked about, 100 a request."""
    rows = bench.rows(MANY)
    with bench.panel(status="In progress") as url:
        ours = bench.peer("refresh", url, rows, bench.folder / "refresh")
        pair = bench.pair(ours, bench.peer("bare_refresh", url, rows))
    yield pair.line(f"refresh {rows:,} orders, recorded", "bare httpx and json.loads", at_most(2.0))


@stage("results")
def results(bench: Bench) -> Iterator[Line]:
    """The results workbook, with every style, link, rule and sheet."""
    rows = bench.rows(MANY)
    ours = bench.peer("results", rows, bench.folder / "ours.xlsx")
    pair = bench.pair(ours, bench.peer("results_bare", rows, bench.folder / "bare.xlsx"), rounds=FEW)
    yield pair.line(f"the results workbook of {_told(rows)}", "bare XlsxWriter, the same cells", at_most(0.5))


@stage("job")
def job(bench: Bench) -> Iterator[Line]:
    """A whole job without a rate limit, and the script that people write first."""
    for usual, goal, rounds in ((1_000, 0.2, FEW), (3_000, 0.12, 1)):
        rows = bench.rows(usual)
        path = bench.good(rows)
        with bench.panel() as url:
            ours = _whole_job(bench, path, url)
            script = bench.process(sys.executable, "-m", "tests.benchmarks.firstscript", str(path), url)
            pair = bench.pair(ours, script, rounds=rounds)
        yield pair.line(f"a whole job of {_told(rows)}, no rate limit", "the script people write first", at_most(goal))


_numbers = count()


def _whole_job(bench: Bench, path: Path, url: str) -> Side:
    """`run` with 20 in flight, each time with a new ledger."""

    def run() -> Took:
        new = bench.folder / f"job{next(_numbers)}"
        fast = ("--yes", "--concurrency", 20, "--results", new.with_suffix(".xlsx"))
        return bench.bulkorders("run", path, *fast, url=url, ledger=new.with_suffix(".sqlite3"))()

    return run


def _ordered(bench: Bench, rows: int, url: str, status: str = "Completed") -> tuple[Path, Path]:
    """A file all of whose good rows were ordered, with its results, and its ledger."""
    ledger = bench.folder / f"ordered{next(_numbers)}.sqlite3"
    path = ledger.with_suffix(".xlsx")  # a file of its own: the results beside another one are another panel's
    shutil.copy(bench.sheet("xlsx", rows), path)
    first = ("run", path, "--yes", "--skip-invalid", "--limit", 1)
    bench.bulkorders(*first, url=url, ledger=ledger)()
    bench.peer("ordered", ledger, path, status)()
    bench.bulkorders("run", path, "--yes", "--skip-invalid", url=url, ledger=ledger)()
    return path, ledger


@stage("again")
def again(bench: Bench) -> Iterator[Line]:
    """A job whose orders are all finished, run once more."""
    rows = bench.rows(MANY)
    with bench.panel() as url:
        path, ledger = _ordered(bench, rows, url)
        ours = bench.bulkorders("run", path, "--yes", "--skip-invalid", url=url, ledger=ledger)
        pair = bench.pair(ours, bench.peer("read_and_check", path), rounds=FEW)
    yield pair.line(f"`run` of {_told(rows)} with nothing new", "reading and checking that file", at_most(2.0))


@stage("memory")
def memory(bench: Bench) -> Iterator[Line]:
    """The most memory that commands take."""
    rows = bench.rows(MANY)
    with bench.panel() as url:
        path, ledger = _ordered(bench, rows, url)
        results = path.with_suffix(".results.xlsx")
        commands = {
            "check --no-results": ("check", path, "--no-results"),
            "run": ("run", path, "--yes", "--skip-invalid"),
            "status --all": ("status", path, "--all"),
            "audit": ("audit", results),
            "check": ("check", path, "--results", bench.folder / "memory.xlsx"),
        }
        for name, command in commands.items():
            ours = bench.bulkorders(*command, url=url, ledger=ledger)
            pair = bench.pair(ours, bench.peer("pandas_alone", path), what="peak", rounds=1)
            yield pair.line(f"memory of `{name}`, {_told(rows)}", "pandas.read_excel", at_most(0.7))


@stage("memory-1m")
def memory_1m(bench: Bench) -> Iterator[Line]:
    """The writer's memory must not grow with the rows: they are streamed."""
    large, small = bench.rows(1_000_000), bench.rows(MANY)
    sides = [bench.peer("results", rows, bench.folder / "memory.xlsx", 1_000) for rows in (large, small)]
    pair = bench.pair(*sides, what="peak", rounds=1)
    yield pair.line(f"memory of the results workbook, {_told(large)}", _told(small), at_most(1.2))
    growth = Pair(pair.rounds)
    yield growth.line(f"time of the results workbook, {_told(large)}", _told(small), at_most(11))


@stage("growth")
def growth(bench: Bench) -> Iterator[Line]:
    """Ten times the rows take at most eleven times the time, at every stage."""
    large = bench.rows(MANY)
    with bench.panel() as url, bench.panel(status="In progress") as busy:
        for name, side, rows in (
            ("read .xlsx", lambda n: bench.peer("read", bench.sheet("xlsx", n)), large),
            ("read .csv", lambda n: bench.peer("read", bench.sheet("csv", n)), large),
            ("check", lambda n: bench.peer("check", bench.sheet("csv", n)), large),
            ("place", lambda n: bench.peer("place", url, n, 10, bench.folder / "place"), bench.rows(10_000)),
            ("refresh", lambda n: bench.peer("refresh", busy, n, bench.folder / "refresh"), large),
            ("results workbook", lambda n: bench.peer("results", n, bench.folder / "ours.xlsx"), large),
            ("the whole `check`", lambda n: _checking(bench, n, url), large),
            ("the whole `run`, nothing new", lambda n: _running_again(bench, n, url), large),
        ):
            pair = bench.pair(side(rows), side(rows // 10), rounds=FEW)
            yield pair.line(f"growth of {name}: {rows:,} rows", _told(rows // 10), at_most(11))


def _checking(bench: Bench, rows: int, url: str) -> Side:
    path = bench.sheet("xlsx", rows)
    results = bench.folder / f"growth{rows}.xlsx"
    return bench.bulkorders("check", path, "--results", results, url=url, ledger=bench.folder / "growth.sqlite3")


def _running_again(bench: Bench, rows: int, url: str) -> Side:
    path, ledger = _ordered(bench, rows, url)
    return bench.bulkorders("run", path, "--yes", "--skip-invalid", url=url, ledger=ledger)
