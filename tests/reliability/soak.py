"""Thousands of orders on a day when everything goes wrong: killed every few seconds, restarted, to the end."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bulkorders.sandbox import FAULT_NAMES, orders, requests
from tests.reliability.matrix import ANSWERED
from tests.reliability.program import FINISHED, ROOT, Program, environment
from tests.reliability.verdict import Verdict, judge

CONCURRENCY = 8
SLOW = frozenset({"busy", "wait", "silence", "silence-before"})
"""Faults that hold a worker, or all of them, for seconds: they come more seldom."""

SHARES = {name: 0.05 if name in SLOW else 0.3 for name in FAULT_NAMES}
"""Percent of the orders that each fault strikes."""

ELSEWHERE = "services.error-before=1%,balance.html=1%,status.half=1%,status.reset-before=1%"
SPEC = ",".join(["latency=3ms", *(f"{name}={share}%" for name, share in SHARES.items()), ELSEWHERE])
OPTIONS = ("--rate", "0", "--timeout", "3", "--concurrency", str(CONCURRENCY))
ENDS = 10
"""A fault in a request that is no order ends a run early; so many of these one after the other are no accident."""

LOOK_SECONDS = 0.005


@dataclass(slots=True)
class PanelProcess:
    """The practice panel as a process of its own, which can really go away and come back at the same address."""

    folder: Path
    seed: int
    url: str = ""
    _process: subprocess.Popen[str] | None = None

    @property
    def books(self) -> Path:
        """Where it keeps its books."""
        return self.folder / "ledger" / "practice-panel.sqlite3"

    def come(self) -> None:
        """Serve, at the address of the first time."""
        port = self.url.rpartition(":")[2].partition("/")[0] or "0"
        faults = f"{SPEC},seed={self.seed}"
        command = ["sandbox", "--port", port, "--faults", faults, "--speed", str(FINISHED)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bulkorders", *command],
            env=environment(self.folder),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        self.url = next(word for word in self._process.stderr.readline().split() if word.startswith("http://"))

    def go(self) -> None:
        """Be gone at once, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a soak does: it kills each run when the panel has seen 1 to 2 x `every` more requests, and takes the
    panel away for `away` seconds about half way.
    """

    rows: int
    every: int
    seed: int
    away: float


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was done so far."""

    runs: int = 0
    kills: int = 0
    outages: int = 0
    ends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a soak went. `faults` counts those that the panel served."""

    verdict: Verdict
    counts: Counts
    requests: int
    faults: Counter[str]
    seconds: float

    @property
    def at_most(self) -> int:
        """How many rows can be unconfirmed: in flight at a kill or when the panel went, or lost by a fault.

        When the panel goes away, each worker may lose two: the first two lost answers do not stop it yet.
        """
        lost = sum(count for name, count in self.faults.items() if name not in ANSWERED)
        return CONCURRENCY * (self.counts.kills + 2 * self.counts.outages) + lost

    @property
    def troubles(self) -> Iterator[str]:
        """A sentence for everything that must not be."""
        yield from self.verdict.duplicates
        yield from self.verdict.losses
        if self.verdict.unconfirmed > self.at_most:
            yield f"{self.verdict.unconfirmed} rows are unconfirmed, and {self.at_most} can be"

    def lines(self) -> Iterator[str]:
        """The figures, one a line."""
        told = {
            "orders in the panel's books": self.verdict.orders,
            "rows Ordered": self.verdict.ordered,
            "rows Check": self.verdict.unconfirmed,
            "at most": self.at_most,
            "kills": self.counts.kills,
            "runs": self.counts.runs,
            "outages": self.counts.outages,
            "requests": self.requests,
            "faults served": self.faults.total(),
            "duplicates": len(self.verdict.duplicates),
            "losses": len(self.verdict.losses),
        }
        yield from (f"{name:<30}{value:>10,}" for name, value in told.items())
        yield f"{'minutes':<30}{self.seconds / 60:>10.1f}"


def soak(folder: Path, plan: Plan, tell: Callable[[str], None]) -> Figures:
    """Start the program again and again until it says that nothing is left to send; then compare."""
    began, counts = time.monotonic(), Counts()
    panel = PanelProcess(folder / "panel", plan.seed)
    panel.come()
    try:
        program = Program(folder=folder, url=panel.url, rows=plan.rows, options=OPTIONS)
        program.write_file()
        with closing(sqlite3.connect(f"{panel.books.as_uri()}?mode=ro", uri=True)) as books:
            _Soaking(plan, counts, panel, program, books, Random(plan.seed), tell).work()
    finally:
        panel.go()
    seconds = time.monotonic() - began
    arrived = requests(panel.books)
    booked = [(order.link, str(order.id)) for order in orders(panel.books)]
    return Figures(
        verdict=judge(program.links, booked, program.told()),
        counts=counts,
        requests=len(arrived),
        faults=Counter(r.fault for r in arrived if r.fault),
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class _Soaking:
    """What the steps of one soak share."""

    plan: Plan
    counts: Counts
    panel: PanelProcess
    program: Program
    books: sqlite3.Connection
    chance: Random
    tell: Callable[[str], None]

    def work(self) -> None:
        while self.counts.ends < ENDS:
            self.counts.runs += 1
            process = self.program.start()
            try:
                killed = self._killed(process)
            finally:
                process.kill()
                ended = self.program.ended(process)
            if not ended.left:
                return
            self.counts.ends = 0 if killed else self.counts.ends + 1
            if not killed:
                self.tell(f"Run {self.counts.runs} ended with rows left: {(ended.err.splitlines() or [''])[-1]}")

    def _killed(self, process: subprocess.Popen[bytes]) -> bool:
        """Let a run work for a while and kill it; False when it ended by itself before that."""
        until = self._seen() + self.chance.randint(1, 2 * self.plan.every)
        while self._seen() < until:
            if not self.counts.outages and self._seen() >= self.plan.rows / 2:
                self._outage(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
                return False
        process.kill()
        self.counts.kills += 1
        if self.counts.kills % 20 == 0:
            self.tell(f"{self.counts.kills} kills, {self._seen():,} requests")
        return True

    def _outage(self, process: subprocess.Popen[bytes]) -> None:
        self.tell(f"The panel is away for {self.plan.away:g} seconds")
        self.counts.outages += 1
        self.panel.go()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.plan.away)
        self.panel.come()

    def _seen(self) -> int:
        """How many requests the panel has seen."""
        (last,) = self.books.execute("SELECT COALESCE(MAX(id), 0) FROM requests").fetchone()
        return int(last)
