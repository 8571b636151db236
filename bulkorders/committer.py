"""Group commit: while orders are placed, the writes of all workers share the price of the disk."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from bulkorders.core.states import IllegalEvent
from bulkorders.ledgerfile import connect, told_in_words, transaction

PLACING_BUSY_MS = 120_000
"""How long to wait for a ledger that another program holds: longer than elsewhere, since answers are to be recorded."""

COMPANY_SECONDS = 0.001
"""Where the last commit was shared, the next one waits so long for company: half as many commits for the same
orders, and nothing beside the way to a panel and back. A lone order never waits.
"""

T = TypeVar("T")

_Waiting = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]


class Committer:
    """Gathers the writes of many workers: all that came while the last commit ran go into the next one.

    `await committer.write(w)` comes back when `w` is on disk. A thread of its own does the committing,
    because an fsync in the event loop would hold every answer back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def write(self, write: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """Hand a write over; await the answer to know that it is on disk.

        Raises (from the await): `IllegalEvent` where the write is not allowed, `CommandError` where the disk is.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((write, future))
        return future

    def _serve(self) -> None:
        open_, company = True, False
        while open_:
            gathered = [self._queue.get()]
            if company:
                time.sleep(COMPANY_SECONDS)
            while not self._queue.empty():
                gathered.append(self._queue.get())
            open_ = None not in gathered
            batch = [waiting for waiting in gathered if waiting is not None]
            company = len(batch) > 1
            results = self._commit([write for write, _ in batch])
            self._loop.call_soon_threadsafe(_deliver, [future for _, future in batch], results)
        if self._db is not None:
            self._db.close()

    def _commit(self, writes: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        try:
            with told_in_words(self._path):
                if self._db is None:
                    self._db = connect(self._path, busy_ms=PLACING_BUSY_MS)
                with transaction(self._db) as db:
                    return [_one(db, write) for write in writes]
        except Exception as error:  # whatever it is, nobody may wait for ever, and nothing of it is on disk
            return [error] * len(writes)


def _one(db: sqlite3.Connection, write: Callable[[sqlite3.Connection], Any]) -> Any:
    """A write that is not allowed changes nothing and must not take its neighbours with it."""
    try:
        return write(db)
    except IllegalEvent as error:
        return error


def _deliver(futures: Sequence[asyncio.Future[Any]], results: Sequence[Any]) -> None:
    for future, result in zip(futures, results, strict=True):
        if future.done():  # its worker was cancelled; the write stands all the same
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
