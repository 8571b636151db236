"""Placing on a virtual clock: what rate, concurrency and latency give, and how well the rate is kept.

`python -m tests.benchmarks.simulation` prints both tables. The pacing core is the program's own (`Pace`), and so is the
order of things in `Placing`: one sleeper at a time, as many requests in flight as there are workers, a request that was
told to slow down is tried again. No time passes: the clock is a number.

On paper: no more than R orders a second are sent, and no more than C can be under way, each for L seconds; so N orders
take N / min(R, C / L) seconds, and R is run a hundredth under (`MARGIN`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import click

from bulkorders.core.pacing import MARGIN, Pace

Busy = Callable[[float], float | None]
"""Whether the panel is busy at a moment: the wait that it asks for (0: none is named), or None: it takes the order."""

LATE = 0.0005
"""How late a timer wakes (seconds)."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the panel saw: when each order was taken, and how often it said "too many"."""

    taken: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def seconds(self) -> float:
        """From the start to the last order."""
        return self.taken[-1]


def simulate(
    *,
    rate: float,
    concurrency: int,
    latency: float,
    orders: float = float("inf"),
    until: float = float("inf"),
    busy: Busy = lambda now: None,
) -> Seen:
    """Place so many orders, or for so many seconds."""
    pace, seen = Pace(rate), Seen()
    free = [0.0] * concurrency  # when each worker wants its next turn
    answers: list[
        tuple[float, float, float | None]
    ] = []  # those under way: when they come, when their turn was booked, the wait
    turns = 0.0  # the sleeper before has awoken
    left = orders
    while left > 0:
        now = max(heappop(free), turns)
        while answers and answers[0][0] <= now:
            _hear(pace, *heappop(answers))
        sent = pace.turn(now)
        turns = sent = sent + LATE if sent > now else now
        if sent >= until:
            break
        wait = busy(sent)
        if wait is None:
            seen.taken.append(sent)
            left -= 1
        else:
            seen.refused += 1
        heappush(answers, (sent + latency, now, wait))
        heappush(free, sent + latency)
    return seen


def _hear(pace: Pace, now: float, booked: float, wait: float | None) -> None:
    if wait is None:
        pace.recover()
    else:
        pace.slow_down(now, wait or None, booked)


def limited(limit: float) -> Busy:
    """A panel that takes so many orders in any second, and answers the others with 429 and no time."""
    window: list[float] = []

    def busy(now: float) -> float | None:
        while window and window[0] <= now - 1:
            window.pop(0)
        if len(window) >= limit:
            return 0.0
        window.append(now)
        return None

    return busy


def upset(moments: Iterable[float], seconds: float, wait: float) -> Busy:
    """A panel that from each of these moments on answers everything with 429 for so many seconds."""
    moments = sorted(moments)
    return lambda now: wait if any(moment <= now < moment + seconds for moment in moments) else None


HOUR = 3600.0
OFTEN = [m * 60.0 for m in range(10, 60, 10)]
HOURS: tuple[tuple[str, Callable[[], Busy], float], ...] = (
    ("no 429 at all", lambda: lambda now: None, 0.0),
    ("a second of 429s every ten minutes", lambda: upset(OFTEN, 1.0, 0.0), len(OFTEN) * 1.0),
    ('"wait 10 seconds" every ten minutes', lambda: upset(OFTEN, 1.0, 10.0), len(OFTEN) * 10.0),
)
"""An hour at the panel: what it is like, and the seconds of it in which it took nothing or asked to wait."""


def share_of_an_hour(rate: float, concurrency: int, latency: float, busy: Busy, lost: float) -> float:
    """The part of the rate that was reached in the time in which the panel took orders."""
    seen = simulate(rate=rate, concurrency=concurrency, latency=latency, until=HOUR, busy=busy)
    return len(seen.taken) / (rate * (HOUR - lost))


CASES = ((2.0, 4, 0.5), (10.0, 10, 0.5), (50.0, 10, 0.05), (50.0, 50, 0.5))
"""Rate, orders in flight, seconds to each answer."""


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


@click.command()
@click.option("--most", default=1_000_000, show_default=True, help="So many orders in the longest column.")
def main(most: int) -> None:
    """Print both tables."""
    sizes = [n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= most]
    click.echo("how long it takes (on paper)\n")
    click.echo("| rate | in flight | to each answer | " + " | ".join(f"{n:,} orders" for n in sizes) + " |")
    click.echo("|---" * (3 + len(sizes)) + "|")
    for rate, concurrency, latency in CASES:
        on_paper = min(rate * MARGIN, concurrency / latency)
        took = [simulate(rate=rate, concurrency=concurrency, latency=latency, orders=n).seconds for n in sizes]
        cells = [f"{_time(t)} ({_time(n / on_paper)})" for t, n in zip(took, sizes, strict=True)]
        click.echo(f"| {rate:g}/s | {concurrency} | {latency * 1000:g} ms | {' | '.join(cells)} |")
    click.echo("\nthe part of the rate that is reached over an hour\n")
    click.echo(
        "| the panel's hour | " + " | ".join(f"{r:g}/s, {c} in flight, {w * 1000:g} ms" for r, c, w in CASES) + " |"
    )
    click.echo("|---" * (1 + len(CASES)) + "|")
    for name, busy, lost in HOURS:
        shares = [share_of_an_hour(*case, busy(), lost) for case in CASES]
        click.echo(f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} |")


if __name__ == "__main__":
    main()
