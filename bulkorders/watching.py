"""`status --watch`: look at the orders of one file again and again until every one is final. Places nothing.

Theory of operation. Each look is a `status` of its own: it opens the ledger, holds the panel, asks, and lets go of both
before it sleeps, so that `run` can go in between and a kill finds nothing half done. What lasts from look to look is
what was told (`known`), what the workbook says (`written`), the service list, and the file as it was last read.

A look that fails is tried again for as long as it takes; only a refused key, and a file, ledger or option that is wrong
from the start, end the watch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bulkorders.account import connected, stopped_by
from bulkorders.config import Settings
from bulkorders.consent import remember_prices
from bulkorders.core.headings import Headings
from bulkorders.core.listing import Listing
from bulkorders.core.model import Entry, Sheet
from bulkorders.core.plan import key_of_entry
from bulkorders.core.refusals import Kind
from bulkorders.core.watching import (
    PRACTICE_PACE,
    SHORTEST,
    Standings,
    after_trouble,
    changes,
    open_told,
    pace,
    standings,
    youngest,
)
from bulkorders.errors import (
    CommandError,
    FileError,
    HeldError,
    InterruptError,
    KeyRefusedError,
    StoppedError,
    UsageError,
)
from bulkorders.job import STDIN, at_work, interrupts, prepare, read_input, refresh_all
from bulkorders.ledger import Ledger
from bulkorders.lock import panel_lock
from bulkorders.panel import Panel, PanelError
from bulkorders.progress import Face
from bulkorders.run import Stop
from bulkorders.telling import fingerprint, finish, tell_plan
from bulkorders.work import STATUS, Finished, Options, Work
from bulkorders.workbook import file_digest

Emit = Callable[[Mapping[str, Any]], None]
"""Takes each change for a program (README, "Watching")."""


async def watch(settings: Settings, options: Options, every: float | None, face: Face, emit: Emit) -> Finished:
    """Look at the orders of a file until all are final; `every` is the seconds between two looks (None: by their age).

    Raises:
        CommandError: it cannot begin, the key is refused, or it was interrupted before it knew anything.
    """
    stamp, reading = _stamp(options), read_input(options)
    async with connected(settings, face) as panel:
        if every is None and settings.sandbox:
            every = PRACTICE_PACE
        often = every is not None and every < SHORTEST
        if often and not panel.is_on_this_computer:
            raise UsageError(
                "--every is too short: a panel is asked once a minute at most.", "Write --every 1m, or more."
            )
        watching = _Watch(
            settings=settings,
            options=options,
            every=every,
            shortest=0.0 if often else SHORTEST,
            face=face,
            emit=emit,
            panel=panel,
            reading=reading,
            stamp=stamp,
        )
        with interrupts(lambda: watching.stop, watching.wind_up):
            return await watching.until_final()


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What lasts from look to look. `moved` is where the results went while their own place was locked, and what was
    written there; `failures` are the looks in a row that failed, `held` whether another run kept us from looking.
    """

    settings: Settings
    options: Options
    every: float | None
    shortest: float
    face: Face
    emit: Emit
    panel: Panel
    reading: tuple[Sheet, Headings]
    stamp: tuple[int, int]
    unread: bool = False
    listed: Listing | None = None
    older: Listing | None = None
    known: Standings | None = None
    written: str = ""
    moved: tuple[Path, str] | None = None
    last: Work | None = None
    began: bool = False
    failures: int = 0
    held: bool = False
    stop: Stop = field(default_factory=Stop)
    _look: asyncio.Task[Finished | None] | None = None

    async def until_final(self) -> Finished:
        """One look after the other; gives how the last one ended."""
        while not self.stop:
            try:
                finished = await self._look_unless_stopped()
            except KeyRefusedError as error:
                if self.last is None:
                    raise
                return self._conclude(str(Kind.KEY), error.message)
            except (HeldError, StoppedError, FileError) as error:
                if self.last is None and isinstance(error, FileError):
                    raise
                self._put_off(error)
            else:
                if finished is not None:
                    return finished
            await self.stop.sleep(self._until_next())
        return self._conclude(self.stop.kind)

    def wind_up(self) -> None:
        """Ctrl-C: nothing of ours is under way that could cost anything, so a look ends where it is."""
        self.face.news("Stopping. Ctrl-C again leaves at once.")
        self.stop.ask("interrupted")
        if self._look is not None:
            self._look.cancel()

    async def _look_unless_stopped(self) -> Finished | None:
        self._look = asyncio.create_task(self._once())
        try:
            return await self._look
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self.stop or (task and task.cancelling()):
                raise
            return None

    async def _once(self) -> Finished | None:
        """One look; gives how the watch ended when nothing is open any more."""
        self._read_again()
        with at_work(self.settings, self.options, STATUS, self.face, self.panel, self.reading) as work:
            work.listed, work.older = self.listed, self.older
            await prepare(work)
            self.listed, self.older = work.listed, work.older
            if self.known is None:
                tell_plan(work)
                remember_prices(work)
                self.known = self._standings(work, [p.entry for p in work.plan if p.entry])
            self.last = work
            await refresh_all(work)
            self.face.quiet = True
            if not work.stop:
                self._goes_on()
            self._tell(work)
            if work.stop:
                kind, text, work.stop = work.stop.kind, work.stop.text, Stop()
                self._write(work)  # what was heard before the look was broken off
                raise stopped_by(PanelError(kind, text))
            return self._settle(work)

    def _settle(self, work: Work) -> Finished | None:
        assert self.known is not None
        self.options = replace(self.options, refresh_all=False)  # what is finished is asked about once
        going = [s for s in self.known.values() if s.open]
        if not going:
            self.face.news("Everything is final." if self.began else "No order is open: there is nothing to watch.")
            return self._end(work)
        self._write(work)
        if not self.began:
            self.face.news(f"Watching {open_told(going)} until all is final: {self._pace_told()}. Ctrl-C ends it.")
        self.began = True
        return None

    def _pace_told(self) -> str:
        if self.every is None:
            return "looking every minute at first, and less often as they age"
        told = f"{self.every:g} seconds" if self.every < 2 * SHORTEST else f"{self.every / 60:g} minutes"
        return f"looking every {told}"

    # what is read and told

    def _read_again(self) -> None:
        """Take up a file that was changed; as long as it cannot be read, what was read before counts."""
        stamp = _stamp(self.options)
        if stamp == self.stamp and not self.unread:
            return
        try:
            self.reading, self.stamp, self.unread = read_input(self.options), stamp, False
            self.listed = self.older = None
        except FileError as error:
            if not self.unread:
                self._say(f"{error.message} Going on with the file as it was read before.")
            self.unread = True

    def _standings(self, work: Work, entries: Sequence[Entry]) -> Standings:
        by_key = {key_of_entry(e): e.id for e in entries}
        numbered = ((p.entry.id if p.entry else by_key.get(p.key), p.checked.row.number) for p in work.plan)
        rows = {entry: row for entry, row in numbered if entry is not None}
        asks = work.ledger.asks(work.job) if work.job else {}
        return standings(rows, entries, asks, refills=work.refills_told)

    def _tell(self, work: Work) -> None:
        """Say what has changed since it was last told; another run may have had a part in it."""
        now = self._standings(work, work.entries())
        for change in changes(self.known or {}, now, datetime.now().astimezone()):
            self.face.news(change.as_text())
            self.emit(change.as_json())
        self.known = now

    def _say(self, sentence: str) -> None:
        self.face.news(f"{datetime.now():%H:%M} {sentence}")

    # the workbook

    def _write(self, work: Work) -> None:
        """Write the workbook when it would tell something new; where that fails, the next look tries again."""
        told = fingerprint(work)
        if told == self.written:
            return
        finished = finish(work)
        if finished.trouble is not None:
            self.face.news(f"{finished.trouble.message} The orders are safe; the next look tries again.")
            return
        self.written = told
        self._remember_place(work, finished)

    def _remember_place(self, work: Work, finished: Finished) -> None:
        """A workbook that is open in Excel gets one numbered neighbour at a time, however often it is written."""
        if not finished.summary["results"]:
            return
        path, before = Path(finished.summary["results"]), self.moved
        self.moved = None if path == work.target else (path, file_digest(path))
        if before is None and self.moved is not None:
            self._say(f"{work.target.name} is open in another program; until it is closed, the results are in {path}.")
        if before is not None and before[0] != path:
            with suppress(OSError):  # it may be open, too
                if file_digest(before[0]) == before[1]:  # else a person has written in it
                    before[0].unlink()

    def _end(self, work: Work) -> Finished:
        self.face.quiet = False
        finished = finish(work)
        self._remember_place(work, finished)
        return finished

    def _conclude(self, kind: str, text: str = "") -> Finished:
        """Write the workbook as the ledger stands, although not everything is final.

        Raises:
            InterruptError: there is nothing to write yet.
        """
        work = self.last
        if work is None:
            raise InterruptError(
                "Interrupted before the panel had answered; the results workbook is as it was.",
                "Run the same command again to go on; nothing is ordered twice.",
            )
        work.stop = Stop()
        work.stop.ask(kind, text)
        with Ledger(self.settings.ledger) as ledger:
            work.ledger = ledger
            try:
                with panel_lock(self.settings.locks, self.settings.panel, work.name):
                    self._tell(work)
                    if self._has_news(work):
                        self._say(f"{work.target.name} was changed since it was written, and is left as it is.")
                        work.options = replace(work.options, write=False)
                    return self._end(work)
            except HeldError as error:
                self._say(f"{error.message} It writes the results workbook when it has finished.")
                work.options = replace(work.options, write=False)
                return self._end(work)

    def _has_news(self, work: Work) -> bool:
        """Whether a person has worked in the results workbook since: a look reads that first, but there is none now."""
        job = work.ledger.find_job(self.settings.panel, [work.code])
        return work.target.is_file() and (job is None or file_digest(work.target) != job.results_digest)

    # trouble

    def _put_off(self, error: CommandError) -> None:
        if isinstance(error, HeldError):
            if not self.held:
                self._say(f"{error.message} Looking again when it has finished.")
            self.held = True
            return
        self.failures += 1
        if self.failures == 1:
            self._say(f"{error.message} Trying again until it works. Ctrl-C ends the watching.")

    def _goes_on(self) -> None:
        if self.failures or self.held:
            self._say("It works again; going on." if self.failures else "The other run has finished; going on.")
        self.failures, self.held = 0, False

    def _until_next(self) -> float:
        age = youngest((self.known or {}).values(), datetime.now().astimezone())
        usual = pace(age) if self.every is None else self.every
        return after_trouble(usual, self.failures, self.shortest)


def _stamp(options: Options) -> tuple[int, int]:
    """What tells that a file was changed; standing still where it is standard input, or not there."""
    if options.file == STDIN:
        return 0, 0
    try:
        about = Path(options.file).stat()
    except OSError:
        return -1, -1
    return about.st_mtime_ns, about.st_size
