"""Every fault of the practice panel x every point of an order's life x concurrency: killed, resumed, compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bulkorders.sandbox import FAULT_NAMES, orders, practice_panel, requests
from tests.reliability.killed import KILL, POINTS
from tests.reliability.program import FINISHED, Program
from tests.reliability.verdict import Verdict, judge

FAULTS = ("none", *FAULT_NAMES)
CONCURRENCIES = (1, 8)
ANSWERED = frozenset({"", "refuse", "busy", "wait"})
"""The faults that are definite answers; every other one loses the answer of the order that it strikes."""

IN_FLIGHT = frozenset({"intent", "mid-request", "answer"})
"""The points at which the killed order itself is in flight."""

ROWS = 10
MOST_RUNS = 6
"""After a kill two runs finish the file, or three when the fault strikes only then; more make no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One case: the order that is the N-th to pass the point is killed there, and the N-th to arrive has the fault."""

    fault: str
    point: str
    concurrency: int

    def position(self, rows: int, seed: int) -> int:
        """N: never the first or the last order, otherwise as the seed says."""
        return Random(f"{seed} {self.fault} {self.point} {self.concurrency}").randint(2, rows - 1)

    def spec(self, position: int) -> str:
        """The panel's faults; the latency makes room for eight orders at a time."""
        return "latency=5ms," + ("none" if self.fault == "none" else f"{self.fault}@{position}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a cell. `at_most` bounds the unconfirmed rows: in flight at the kill, or lost by the fault."""

    cell: Cell
    killed: bool
    verdict: Verdict
    at_most: int

    @property
    def troubles(self) -> Iterator[str]:
        """A sentence for everything that must not be."""
        if not self.killed:
            yield "the program was not killed at that point"
        yield from self.verdict.duplicates
        yield from self.verdict.losses
        if self.verdict.unconfirmed > self.at_most:
            yield f"{self.verdict.unconfirmed} rows are unconfirmed, and {self.at_most} can be"


def all_cells() -> list[Cell]:
    """The whole matrix."""
    return [Cell(fault=f, point=p, concurrency=c) for f in FAULTS for p in POINTS for c in CONCURRENCIES]


def covering_cells() -> list[Cell]:
    """Every fault at every point, and each of the two with both concurrencies: half of the matrix."""
    return [
        Cell(fault=fault, point=point, concurrency=CONCURRENCIES[(row + column) % 2])
        for row, fault in enumerate(FAULTS)
        for column, point in enumerate(POINTS)
    ]


def run_cell(cell: Cell, *, rows: int = ROWS, seed: int = 1, bug: str = "") -> Outcome:
    """Kill the program in the middle of the file, resume it until nothing is left to send, and compare."""
    position = cell.position(rows, seed)
    with tempfile.TemporaryDirectory() as name:
        folder, books = Path(name), Path(name) / "panel" / "books.sqlite3"
        with practice_panel(books, faults=cell.spec(position), speed=FINISHED) as panel:
            program = Program(folder=folder, url=panel.url, rows=rows, options=_options(cell))
            program.write_file()
            killed = _kill(program, cell, position, bug)
            _resume(program)
        # Leaving the panel lets requests end that were under way at the kill: only now the books are closed.
        booked = [(order.link, str(order.id)) for order in orders(books)]
        lost = sum(arrived.fault not in ANSWERED for arrived in requests(books))
        return Outcome(
            cell=cell,
            killed=killed,
            verdict=judge(program.links, booked, program.told()),
            at_most=cell.concurrency - 1 + (cell.point in IN_FLIGHT) + lost,
        )


def _options(cell: Cell) -> tuple[str, ...]:
    # Where nobody keeps silent, no answer may be lost because the machine is busy.
    timeout = "1" if cell.fault.startswith("silence") else "30"
    return ("--rate", "0", "--timeout", timeout, "--concurrency", str(cell.concurrency))


def _kill(program: Program, cell: Cell, position: int, bug: str) -> bool:
    """Whether the program ended as by the kill, and not by itself."""
    planted = ("--bug", bug) if bug else ()
    launcher = ("tests.reliability.killed", cell.point, str(position), *planted, "--")
    return program.ended(program.start(*launcher)).code in (-KILL, KILL)


def _resume(program: Program) -> None:
    for _ in range(MOST_RUNS):
        if not program.ended(program.start()).left:
            return


def run_cells(cells: Iterable[Cell], *, jobs: int, rows: int = ROWS, seed: int = 1, bug: str = "") -> Iterator[Outcome]:
    """The outcomes in the order of the cells, so many at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda cell: run_cell(cell, rows=rows, seed=seed, bug=bug), cells)


# --- the table ------------------------------------------------------------------------------------------------------

_HEADING = (*POINTS, "cells", "orders", "duplicates", "losses", "unconfirmed", "at most")


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One line a fault: the unconfirmed rows at each point (one after the other/several at a time), and the sums."""
    yield _line("fault", _HEADING)
    for fault in dict.fromkeys(o.cell.fault for o in outcomes):
        ours = [o for o in outcomes if o.cell.fault == fault]
        yield _line(fault, [*(_at(point, ours) for point in POINTS), *_sums(ours)])
    yield _line("all", [*(_at(point, outcomes) for point in POINTS), *_sums(outcomes)])


def _line(name: str, values: Iterable[object]) -> str:
    return f"{name:<15}" + "".join(f"{value!s:>{len(head) + 2}}" for head, value in zip(_HEADING, values, strict=True))


def _at(point: str, outcomes: Sequence[Outcome]) -> str:
    """The unconfirmed rows at a point, for each concurrency."""
    here = [o for o in outcomes if o.cell.point == point]
    by_concurrency = ([o for o in here if o.cell.concurrency == c] for c in CONCURRENCIES)
    return "/".join(str(sum(o.verdict.unconfirmed for o in some)) if some else "-" for some in by_concurrency)


def _sums(outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    verdicts = [o.verdict for o in outcomes]
    return (
        len(outcomes),
        sum(v.orders for v in verdicts),
        sum(len(v.duplicates) for v in verdicts),
        sum(len(v.losses) for v in verdicts),
        sum(v.unconfirmed for v in verdicts),
        sum(o.at_most for o in outcomes),
    )


def troubles(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A sentence for everything that must not be, with the cell that shows it."""
    for o in outcomes:
        for trouble in o.troubles:
            yield f"{o.cell.fault}, {o.cell.point}, concurrency {o.cell.concurrency}: {trouble}"
