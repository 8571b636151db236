"""Stages and their table. A stage is a function that measures; `@stage("name")` enters it.

    @stage("read-csv")
    def read_csv(bench: Bench) -> Iterator[Line]:
        path = bench.sheet("csv", 100_000)
        pair = bench.pair(bench.peer("read_csv", path), bench.peer("bare_csv", path))
        yield pair.line("read 100,000 rows of .csv", "bare csv.reader", at_most(1.5))

Every side of a pair is a process of its own, and the two run in turn. A figure is the median over the rounds, and so is
the ratio, which is taken within each round: whatever else the machine does meets both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests import peak
from tests.benchmarks import inputs

SMALL = 200
"""Rows in place of a hundred thousand with `--small`: it is only to be seen that everything works."""

FEWEST = 20
"""No stage measures fewer rows than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a ratio should be: between `low` and `high`."""

    low: float = 0.0
    high: float = float("inf")

    def __str__(self) -> str:
        if self.low and self.high < float("inf"):
            return f"{self.low:.2f} to {self.high:.2f}"
        return f"{self.low:.2f} or more" if self.low else f"at most {self.high:.2f}"

    def met(self, ratio: float) -> bool:
        """Whether the ratio, as it is printed, is one of those."""
        return self.low <= round(ratio, 2) <= self.high


def at_most(high: float) -> Goal:
    """The usual goal."""
    return Goal(high=high)


def at_least(low: float) -> Goal:
    """The goal where more is better."""
    return Goal(low=low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: a stage, our figure, what it is compared with, their ratio and the goal."""

    stage: str
    ours: str
    beside: str
    ratio: float
    goal: Goal

    def cells(self) -> tuple[str, ...]:
        """The cells as they are printed."""
        met = "yes" if self.goal.met(self.ratio) else "no"
        return self.stage, self.ours, self.beside, f"{self.ratio:.2f}", str(self.goal), met


HEADINGS = ("stage", "bulkorders", "beside", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Took:
    """What one process took: wall seconds, CPU seconds and its peak of memory in MB (0: not known).

    `found` is what it came to, where both sides of a pair must come to the same.
    """

    seconds: float
    cpu: float = 0.0
    peak: float = 0.0
    found: str = ""


Side = Callable[[], Took]
"""One side of a pair: run it once, and say what it took."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The rounds of a pair, and what of each round is compared (an attribute of `Took`)."""

    rounds: Sequence[tuple[Took, Took]]
    what: str = "seconds"

    def _values(self, side: int) -> list[float]:
        return [getattr(took[side], self.what) for took in self.rounds]

    @property
    def ours(self) -> float:
        """The median of ours."""
        return median(self._values(0))

    @property
    def theirs(self) -> float:
        """The median of the peer's."""
        return median(self._values(1))

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios; 0 where the system tells nothing."""
        return median(a / b if b else 0.0 for a, b in zip(self._values(0), self._values(1), strict=True))

    def line(self, stage: str, peer: str, goal: Goal, *, per: int = 0) -> Line:
        """The table's line; with `per`, the figures are microseconds for each of so many."""
        ours, theirs = (self._told(value, per) for value in (self.ours, self.theirs))
        return Line(stage=stage, ours=ours, beside=f"{peer}: {theirs}", ratio=self.ratio, goal=goal)

    def _told(self, value: float, per: int) -> str:
        if self.what == "peak":
            return f"{value:,.0f} MB"
        return f"{value / per * 1e6:,.0f} us" if per else f"{value:,.3g} s"


@dataclass(slots=True)
class Bench:
    """What stages measure with: a folder, how often, and how much. Inputs are seeded, and made once."""

    folder: Path
    rounds: int = 5
    small: bool = False
    _made: dict[str, Path] = field(default_factory=dict)

    def rows(self, usual: int) -> int:
        """So many rows, or fewer with `--small`."""
        return max(usual * SMALL // 100_000, FEWEST) if self.small else usual

    def sheet(self, ending: str, rows: int) -> Path:
        """A file of so many rows over thousands of services, two in a hundred with a mistake."""
        return self._file(f"many{rows}.{ending}", lambda path: inputs.many_services(path, rows))

    def good(self, rows: int) -> Path:
        """A workbook of so many rows without a mistake, of one service."""
        return self._file(f"good{rows}.xlsx", lambda path: inputs.one_service(path, rows))

    def _file(self, name: str, make: Callable[[Path], None]) -> Path:
        if name not in self._made:
            make(self.folder / name)
            self._made[name] = self.folder / name
        return self._made[name]

    def pair(self, ours: Side, theirs: Side, *, what: str = "seconds", rounds: int = 0) -> Pair:
        """Two sides in turn; `rounds` only where a round takes so long that fewer must do."""
        count = 1 if self.small else min(self.rounds, rounds or self.rounds)
        return Pair([(ours(), theirs()) for _ in range(count)], what)

    def peer(self, name: str, *arguments: object) -> Side:
        """A function of peers.py in a process of its own, which measures itself."""
        command = [sys.executable, "-m", "tests.benchmarks.peers", name, *map(str, arguments)]
        return lambda: Took(**json.loads(_run(command).stdout))

    def process(self, *command: str) -> Side:
        """Any command, from its start to its end."""
        return lambda: _timed(lambda: _run(command))

    def bulkorders(self, *arguments: object, url: str = "", ledger: Path | None = None) -> Side:
        """Our program, from its start to its end, with its peak of memory."""
        command = [sys.executable, "-P", peak.__file__, *map(str, arguments)]
        environment = self._environment(url, ledger)

        def run() -> Took:
            began = time.perf_counter()
            done = _run(command, environment, (0, 1))
            seconds = time.perf_counter() - began
            return Took(seconds, peak=float(done.stderr.rpartition("peak ")[2]))

        return run

    def _environment(self, url: str, ledger: Path | None) -> dict[str, str]:
        home = str(self.folder / "home")
        told = {"BULKORDERS_URL": url, "BULKORDERS_KEY": "sandbox", "BULKORDERS_RATE": "0"}
        told |= {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
        return told | ({"BULKORDERS_LEDGER": str(ledger)} if ledger else {})

    @contextmanager
    def panel(self, latency_ms: float = 0, status: str = "Completed") -> Iterator[str]:
        """A quick panel in a process of its own, and its address."""
        command = [sys.executable, "-m", "tests.benchmarks.quickpanel", str(latency_ms), status]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
            assert process.stdin is not None
            process.stdin.close()


def _run(
    command: Sequence[str], environment: dict[str, str] | None = None, codes: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=os.environ | (environment or {}), capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done


def _timed(run: Callable[[], object]) -> Took:
    began = time.perf_counter()
    run()
    return Took(time.perf_counter() - began)


Stage = Callable[[Bench], Iterable[Line]]
STAGES: dict[str, Stage] = {}
"""Every stage by the name that `--only` takes, in the order of the table."""


def stage(name: str) -> Callable[[Stage], Stage]:
    """Enter a stage under this name."""

    def enter(measure: Stage) -> Stage:
        STAGES[name] = measure
        return measure

    return enter


# --- printing --------------------------------------------------------------------------------------------------------


def machine() -> str:
    """The machine, by what matters and nothing else."""
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB"
    return f"{os.cpu_count()} cores{memory}, Python {'.'.join(map(str, sys.version_info[:2]))}"


WIDTHS = (60, 12, 46, 6, 14, 3)


def printed(cells: Sequence[str], *, markdown: bool) -> str:
    """One line of the table."""
    if markdown:
        return f"| {' | '.join(cells)} |"
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def ruler(*, markdown: bool) -> str:
    """What stands under the headings."""
    return printed(["---" if markdown else "-" * width for width in WIDTHS], markdown=markdown)
