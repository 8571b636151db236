"""Group commit: while orders are placed, the writes of all workers share the price of the disk."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from bulkorders.core.states import IllegalEvent
from bulkorders.ledgerfile import connect, told_in_words

PLACING_BUSY_MS = 120_000
"""How long to wait for a ledger that another program holds: longer than elsewhere, since answers are to be recorded."""

AGAIN_SECONDS = 0.005
"""A ledger that another program holds is tried again so soon."""

T = TypeVar("T")

_Waiting = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]


class Committer:
    """Gathers the writes of many workers: all that came while the last commit ran go into the next one.

    `await committer.write(w)` comes back when `w` is on disk. The writes are carried out in the event loop, where a
    statement takes some microseconds: in another thread each would wait for the interpreter before and after, and cost
    more by that than by itself. Only the commit is handed to a thread, because an fsync in the event loop would hold
    every answer back. The two take turns, so that the connection never serves both at once.
    """

    def __init__(self, path: Path, *, busy_ms: int = PLACING_BUSY_MS) -> None:
        self._path = path
        self._busy_ms = busy_ms
        self._waiting: list[_Waiting] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._to_commit: queue.SimpleQueue[tuple[list[_Waiting], list[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        with told_in_words(self._path):
            self._db = await asyncio.to_thread(connect, self._path, busy_ms=self._busy_ms, shared=True)
            self._db.execute("PRAGMA busy_timeout = 0")  # the event loop does not wait: `_next` tries again
        self._thread.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self._idle.wait()
        finally:
            self._to_commit.put(None)
            await asyncio.to_thread(self._thread.join)
            self._db.close()

    def write(self, write: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """Hand a write over; await the answer to know that it is on disk.

        Raises (from the await): `IllegalEvent` where the write is not allowed, `CommandError` where the disk is.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((write, future))
        if self._idle.is_set():
            self._idle.clear()
            self._soon()
        return future

    def _soon(self) -> None:
        """Go on when whoever is ready to run has had a turn, and may have handed over a write."""
        self._loop.call_soon(self._next, self._loop.time() + self._busy_ms / 1000)

    def _next(self, patience_ends: float) -> None:
        """Carry out all that waits, and hand it to the thread."""
        batch = self._waiting
        if not batch:
            self._idle.set()
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            results = [_one(self._db, write) for write, _ in batch]
        except Exception as error:  # whatever it is, nobody may wait for ever
            told = self._undone(error)
            if _is_busy(error) and self._loop.time() < patience_ends:
                self._loop.call_later(AGAIN_SECONDS, self._next, patience_ends)
                return
            self._waiting = []
            self._deliver(batch, [told] * len(batch))
            return
        self._waiting = []
        self._to_commit.put((batch, results))

    def _serve(self) -> None:
        while (handed := self._to_commit.get()) is not None:
            batch, results = handed
            try:
                self._db.execute("COMMIT")
            except Exception as error:
                results = [self._undone(error)] * len(batch)
            self._loop.call_soon_threadsafe(self._deliver, batch, results)

    def _undone(self, error: Exception) -> Exception:
        """Take the transaction back, so that nothing of it is on disk; gives what is told of the error."""
        if self._db.in_transaction:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
        try:
            with told_in_words(self._path):
                raise error
        except Exception as told:
            return told

    def _deliver(self, batch: Sequence[_Waiting], results: Sequence[Any]) -> None:
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():  # its worker was cancelled; the write stands all the same
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        self._soon()


def _one(db: sqlite3.Connection, write: Callable[[sqlite3.Connection], Any]) -> Any:
    """A write that is not allowed changes nothing and must not take its neighbours with it."""
    try:
        return write(db)
    except IllegalEvent as error:
        return error


def _is_busy(error: Exception) -> bool:
    """Whether another program holds the ledger; the low byte of the code tells, the rest of it why."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
