"""A cap for the day under kills: the program is killed at random moments, and the panel's books never pass the cap."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

from bulkorders.sandbox import orders, practice_panel
from tests.reliability.program import FINISHED, Program

CONCURRENCY = 8
QUANTITY, PRICE = 1_000, Decimal("0.02")
"""What each row orders, and what the practice panel takes for it."""

FAULTS = "latency=3ms,reset-after=5%,error-before=2%,silence=1%"
LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """So many `kills`, each when the panel has seen 1 to 2 x `every` more requests, under a cap of `cap` a day."""

    kills: int
    cap: Decimal
    every: int
    seed: int

    @property
    def rows(self) -> int:
        """Half as many again as the cap allows."""
        return int(self.cap / PRICE * 3 / 2) + CONCURRENCY


@dataclass(slots=True)
class Figures:
    """What came of it: `spent` is what the panel's books had at the end of each day."""

    caps: Caps
    kills: int = 0
    runs: int = 0
    refused: int = 0
    spent: list[Decimal] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def judge(self, day: str) -> None:
        """Compare what the last day's books have with the cap."""
        if self.spent[-1] > self.caps.cap:
            self.troubles.append(f"{day}: the books have {self.spent[-1]}, and the cap is {self.caps.cap}")

    def lines(self) -> Iterator[str]:
        """The figures, one a line."""
        told = {
            "kills": self.kills,
            "runs": self.runs,
            "days": len(self.spent),
            "runs that the cap stopped": self.refused,
            "the cap": self.caps.cap,
            "most in the books of a day": max(self.spent),
            "least in the books of a day": min(self.spent),
            "orders in the books": int(sum(self.spent) / PRICE),
            "days over the cap": len(self.troubles),
        }
        yield from (f"{name:<30}{value!s:>10}" for name, value in told.items())
        yield f"{'minutes':<30}{self.seconds / 60:>10.1f}"


def hold(folder: Path, caps: Caps) -> Figures:
    """Kill runs until there were enough; a day ends when a run is stopped by the cap, and the next has new books."""
    began, figures, chance = time.monotonic(), Figures(caps), Random(caps.seed)
    while figures.kills < caps.kills:
        _day(folder / f"day {len(figures.spent) + 1}", figures, chance)
    figures.seconds = time.monotonic() - began
    return figures


def _day(folder: Path, figures: Figures, chance: Random) -> None:
    caps, books = figures.caps, folder / "panel" / "books.sqlite3"
    options = ("--rate", "0", "--timeout", "2", "--concurrency", str(CONCURRENCY), "--max-day-cost", str(caps.cap))
    faults = f"{FAULTS},seed={chance.randrange(1_000_000)}"
    with practice_panel(books, faults=faults, speed=FINISHED) as panel:
        program = Program(folder=folder, url=panel.url, rows=caps.rows, options=options, quantity=QUANTITY)
        program.write_file()
        stopped = False
        while not stopped:
            figures.runs += 1
            process = program.start()
            if figures.kills < caps.kills and _killed(process, books, chance.randint(1, 2 * caps.every)):
                figures.kills += 1
            ended = program.ended(process)
            stopped = bool(ended.out.strip()) and json.loads(ended.out).get("stopped") == "day_cap"
    figures.refused += stopped
    # Leaving the panel lets requests end that were under way at a kill: only now the books are closed.
    figures.spent.append(len(orders(books)) * PRICE)
    figures.judge(folder.name)


def _killed(process: subprocess.Popen[bytes], books: Path, more: int) -> bool:
    """Kill a run when the panel has seen so many more requests; False when it ended by itself before that."""
    with closing(sqlite3.connect(f"{books.as_uri()}?mode=ro", uri=True)) as opened:

        def seen() -> int:
            (last,) = opened.execute("SELECT COALESCE(MAX(id), 0) FROM requests").fetchone()
            return int(last)

        until = seen() + more
        while seen() < until:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
                return False
    process.kill()
    return True
