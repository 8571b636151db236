"""The built-in practice panel: a whole panel API v2 over real HTTP on loopback (product.md section 5).

It imports nothing of bulkorders outside this package, so that client and panel are not wrong together.
Importing this package is cheap; the server and its database are imported when a panel starts.

Where to look: `catalog` (the services it sells), `ordertypes` (what an order needs and costs),
`progress` (how an order moves), `actions` (the answers), `books` (what it remembers),
`faults` (what can go wrong on purpose), `server` (HTTP).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bulkorders.sandbox.faults import FAULT_NAMES, FaultSpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bulkorders.sandbox.books import Arrival, Order, Refill
    from bulkorders.sandbox.server import PracticePanel

__all__ = ["FAULT_NAMES", "KEY", "FaultSpecError", "orders", "practice_panel", "refills", "requests"]

KEY = "sandbox"
"""The only API key that the practice panel accepts."""


@contextmanager
def practice_panel(
    books: Path,
    *,
    port: int = 0,
    faults: str = "none",
    speed: float = 1.0,
    clock: Callable[[], float] = time.time,
) -> Iterator[PracticePanel]:
    """Serve a practice panel on loopback, in a daemon thread, until the with-block ends.

    `books` is the SQLite file that remembers orders and balance between runs; it is made if need be.
    `port` 0 takes a free one; a port that is taken raises OSError. `faults` is read as `faults.py`
    describes it (FaultSpecError). `speed` multiplies the time that orders live in. `clock` gives
    seconds since 1970.
    """
    from bulkorders.sandbox.server import serve

    with serve(books, key=KEY, port=port, faults=faults, speed=speed, clock=clock) as panel:
        yield panel


def orders(books: Path) -> list[Order]:
    """Every order in the books, oldest first; none when there are no books yet."""
    from bulkorders.sandbox.books import read_books

    return read_books(books, lambda opened: opened.orders())


def refills(books: Path) -> list[Refill]:
    """Every refill in the books, oldest first."""
    from bulkorders.sandbox.books import read_books

    return read_books(books, lambda opened: opened.all_refills())


def requests(books: Path) -> list[Arrival]:
    """Every request that reached a panel with these books, in order of arrival."""
    from bulkorders.sandbox.books import read_books

    return read_books(books, lambda opened: opened.arrivals())
