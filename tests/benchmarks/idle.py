"""Servers that close idle connections: `python -m tests.benchmarks.idle [--seconds N]`.

For each idle time of the server many clients order at unlucky paces: at the very moment when it closes, and around the
moment when the client itself gives a connection up. No order may be lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import cast

import click

from bulkorders.core.states import Accepted, Outcome
from bulkorders.panel import IDLE_SECONDS, Panel
from bulkorders.sandbox import KEY
from tests.wire import ORDER, Idleness, Wire, served

LIMITS = (1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0)
STEPS = tuple(step / 250 for step in range(-8, 9))


def _paces(limit: float) -> Sequence[float]:
    """Seconds between two orders of one client."""
    return [around + step for around in (IDLE_SECONDS, limit) for step in STEPS]


async def _order(url: str, pace: float, until: float) -> list[Outcome]:
    outcomes = []
    async with Panel(url, KEY) as panel:
        while time.monotonic() < until:
            outcomes.append(await panel.place(ORDER))
            await asyncio.sleep(pace)
    return outcomes


async def _all(urls: Sequence[str], seconds: float) -> list[list[Outcome]]:
    until = time.monotonic() + seconds
    clients = [[_order(url, pace, until) for pace in _paces(limit)] for url, limit in zip(urls, LIMITS, strict=True)]
    found = await asyncio.gather(*(asyncio.gather(*group) for group in clients))
    return [
        [outcome for outcomes in group for outcome in outcomes] for group in cast("list[list[list[Outcome]]]", found)
    ]


@click.command()
@click.option("--seconds", default=60.0, show_default=True)
def main(seconds: float) -> None:
    """Order for so long, and tell what the servers saw."""
    watches = [Idleness(time.monotonic) for _ in LIMITS]
    with ExitStack() as stack:
        servers = [
            stack.enter_context(served(Wire(lambda _form, watch=watch: watch, idle=limit)))
            for watch, limit in zip(watches, LIMITS, strict=True)
        ]
        found = asyncio.run(_all([server.url for server in servers], seconds))
    print("closes after   orders   unconfirmed   connections   longest idle when an order came")
    lost = 0
    for limit, server, watch, outcomes in zip(LIMITS, servers, watches, found, strict=True):
        missing = sum(not isinstance(outcome, Accepted) for outcome in outcomes)
        lost += missing
        longest = max(watch.seconds, default=0.0)
        print(f"{limit:>10.2f} s {len(outcomes):>8,} {missing:>13,} {server.connections:>13,} {longest:>10.3f} s")
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
