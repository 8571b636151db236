"""The other side of each pair, run as a process of its own: `python -m tests.benchmarks.peers NAME ARGS`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path


def pandas_alone(path: str) -> None:
    """What reading the sheet costs with pandas, and nothing else."""
    import pandas

    pandas.read_excel(path, dtype=str)


def read_and_check(path: str) -> None:
    """What reading and checking costs with us, without writing and without the panel."""
    import gc
    from datetime import date

    from bulkorders.core.catalog import Catalog
    from bulkorders.core.headings import read_headings
    from bulkorders.core.validate import check_rows
    from bulkorders.readfile import read_sheet
    from tests.benchmarks.inputs import services

    gc.set_threshold(100_000, 20, 20)  # as the program does
    sheet = read_sheet(path)
    check_rows(sheet, read_headings(sheet.headings), Catalog(services()), today=date(2026, 11, 1))


def bare_loop(url: str, rows: str, concurrency: str) -> None:
    """The same requests over one shared httpx.AsyncClient, recording nothing."""
    import httpx

    async def main() -> None:
        numbers = iter(range(1, int(rows) + 1))

        async def work(client: httpx.AsyncClient) -> None:
            for number in numbers:
                form = {"key": "sandbox", "action": "add", "service": "122"}
                form |= {"link": f"https://example.com/{number}", "quantity": "100"}
                answer = await client.post(url, data=form)
                assert answer.json()["order"]

        async with httpx.AsyncClient(timeout=60) as client:
            await asyncio.gather(*(work(client) for _ in range(int(concurrency))))

    asyncio.run(main())


def panel(books: str, faults: str) -> None:
    """A practice panel in a process of its own; prints its address and serves until standard input ends."""
    from bulkorders.sandbox import practice_panel

    with practice_panel(Path(books), faults=faults) as practice:
        print(practice.url, flush=True)
        sys.stdin.read()


PEERS: dict[str, Callable[..., None]] = {f.__name__: f for f in (pandas_alone, read_and_check, bare_loop, panel)}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
