"""The engine: place orders, with every step in the ledger.

Theory of operation. A worker takes a chain of orders (those with the same service and link go one after the
other; nearly all chains have one link), waits for its turn, and for each order does three things:

    await record(SendStarted)         on disk before a byte leaves
    event = await panel.place(order)  Accepted, Refused, Postponed, NotSent or AnswerLost
    await record(event)               on disk before anything else happens to this row

Then `_react` says what the event means for the run. Trouble that concerns the panel as a whole closes the gate:
one worker (the scout) asks for the balance until the panel answers, then tries one order, and only a definite
answer to that one opens the gate for the others. So a broken panel makes a handful of unconfirmed rows.

An UNCONFIRMED order comes here only where the panel knows an idempotency field: it is sent again under the number
that it was sent with (RepeatStarted), and its money is counted already.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from time import monotonic
from typing import Protocol

from bulkorders.committer import Committer
from bulkorders.core.model import Entry
from bulkorders.core.pacing import Pace, backoff
from bulkorders.core.refusals import Kind
from bulkorders.core.states import (
    Accepted,
    AnswerLost,
    Event,
    NotSent,
    OrderState,
    Outcome,
    Postponed,
    Refused,
    RepeatStarted,
    SendStarted,
)
from bulkorders.errors import CommandError
from bulkorders.ledger import RecordEvent, utc_now
from bulkorders.panel import UNREACHABLE, Panel, PanelError

LOST_IN_A_ROW = 3
"""After so many lost answers in a row, placing pauses until the panel answers a harmless question."""

TRIALS = 3
"""So many orders that the scout tried were lost, too: the run stops."""


class Watcher(Protocol):
    """Who is told how it goes (progress.py): `say` is for sentences, `placed` for figures, and `waiting` for what
    keeps everything up ("" when it goes on).
    """

    def say(self, sentence: str) -> None: ...
    def placed(self, entry: Entry, event: Event) -> None: ...
    def waiting(self, why: str) -> None: ...


class Then(Enum):
    """After an outcome: go on to the next order, try this one again, or leave the rest of its chain alone."""

    NEXT = auto()
    AGAIN = auto()
    LEAVE = auto()


@dataclass(slots=True)
class Stop:
    """Why a run ends early, if it does: the first reason stays. `kind` is "" while it goes on."""

    kind: str = ""
    text: str = ""
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self, kind: str, text: str = "") -> None:
        """End politely: nothing new is sent, answers in flight are awaited."""
        if not self.kind:
            self.kind, self.text = kind, text
        self._asked.set()

    def __bool__(self) -> bool:
        return bool(self.kind)

    async def sleep(self, seconds: float) -> None:
        """Wait so long, or until the end is asked for."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._asked.wait(), seconds)
            except TimeoutError:
                return


@dataclass(slots=True)
class Budget:
    """What the run may spend: each cap by the kind of the stop when it is reached (None: no cap). Orders in flight and
    unconfirmed ones count as spent.
    """

    caps: Mapping[str, Decimal | None]
    spent: Decimal = Decimal(0)

    def take(self, cost: Decimal) -> str:
        """Reserve the money for one order; gives the cap that this would pass, and reserves nothing then."""
        for kind, cap in self.caps.items():
            if cap is not None and self.spent + cost > cap:
                return kind
        self.spent += cost
        return ""

    def give_back(self, cost: Decimal) -> None:
        """The order was certainly not placed."""
        self.spent -= cost


@dataclass(slots=True, kw_only=True)
class Placing:
    """One run's placing: what its workers share.

    `new_request` gives the idempotency field for an order, as `name=value` ("": the panel has none).
    """

    connect: Callable[[], Panel]
    committer: Committer
    pace: Pace
    budget: Budget
    stop: Stop
    watcher: Watcher
    run: int
    new_request: Callable[[Entry], str] = lambda _: ""
    clock: Callable[[], datetime] = utc_now
    accepted: int = 0
    _chains: deque[list[Entry]] = field(default_factory=deque)
    _gate: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    _scout: asyncio.Task[None] | None = None
    _lost: int = 0
    _trials: int = 0
    _rounds: int = 0
    _since: datetime | None = None
    _trouble: CommandError | None = None

    async def place(self, entries: Sequence[Entry], *, concurrency: int) -> None:
        """Place the orders (READY in the ledger, or UNCONFIRMED and to be repeated), at most `concurrency` at a time.

        Raises:
            CommandError: the ledger could not be written; the answers that were under way were awaited all the same.
        """
        chains: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in entries:
            chains[entry.order.service, entry.order.target].append(entry)
        self._chains.extend(chains.values())
        self._gate.set()
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(concurrency, len(chains))):
                    workers.create_task(self._work())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        if self._trouble is not None:
            raise self._trouble

    async def _work(self) -> None:
        async with self.connect() as panel:
            while self._chains and not self.stop:
                for entry in self._chains.popleft():
                    if not await self._settle(panel, entry):
                        break
        self._open_gate()

    async def _settle(self, panel: Panel, entry: Entry) -> bool:
        """Bring one order to an end for this run. False: leave the rest of its chain alone."""
        cost = Decimal(0) if _repeats(entry) else entry.order.cost
        while (booked := await self._turn()) is not None:
            if cap := self.budget.take(cost):
                self.stop.ask(cap)
                break
            try:
                event = await self._send(panel, entry)
            except CommandError as error:  # the ledger: what is under way elsewhere may still be recorded
                self._trouble = self._trouble or error
                self.stop.ask("ledger", str(error))
                break
            if not isinstance(event, Accepted | AnswerLost):
                self.budget.give_back(cost)
            then = await self._react(panel, event, booked)
            if then is not Then.AGAIN:
                return then is Then.NEXT
        return False

    async def _send(self, panel: Panel, entry: Entry) -> Outcome:
        request = entry.request if _repeats(entry) else self.new_request(entry)
        await self._record(entry, RepeatStarted(request=request) if _repeats(entry) else SendStarted(request=request))
        event = await self._record(entry, await panel.place(entry.order, request, f"row {entry.row}"))
        self.watcher.placed(entry, event)
        assert isinstance(event, Outcome)
        return event

    async def _record(self, entry: Entry, event: Event) -> Event:
        return await self.committer.write(RecordEvent(entry.id, event, self.clock(), self.run))

    async def _turn(self) -> float | None:
        """Wait until the next request may leave, and give back when this turn was booked; None: the run is to end."""
        while not self.stop:
            if not self._may_pass():
                await self._gate.wait()
                continue
            async with self._turns:  # one sleeper at a time, so that the next one sees a late awakening
                booked = monotonic()
                await self.stop.sleep(self.pace.turn(booked) - booked)
            if self._may_pass() and not self.stop:
                return booked
        return None

    def _may_pass(self) -> bool:
        return self._scout in (None, asyncio.current_task())

    async def _react(self, panel: Panel, event: Outcome, booked: float) -> Then:
        """What an outcome means for the run; a definite answer of whatever kind shows that the panel works.

        `booked` is when the turn of the order was booked (monotonic clock).
        """
        if not isinstance(event, NotSent | AnswerLost):
            self._answered()
        match event:
            case Accepted() | Refused():
                self.accepted += isinstance(event, Accepted)
                self.pace.recover()
                return Then.NEXT
            case Postponed(reason=Kind.BUSY):
                self.pace.slow_down(monotonic(), event.wait, booked)
                self.watcher.say(slower(event.text, event.wait))
                return Then.AGAIN
            case Postponed(reason=Kind.ACTIVE):
                return Then.LEAVE
            case Postponed():
                self.stop.ask(event.reason, event.text)
                return Then.LEAVE
            case NotSent():
                await self._scout_out(panel, event.text)
                return Then.AGAIN
            case AnswerLost():
                await self._answer_lost(panel, event)
                return Then.NEXT

    def _answered(self) -> None:
        self._lost = self._trials = self._rounds = 0
        self._since = None
        if self._scout is asyncio.current_task():
            self._open_gate()

    async def _answer_lost(self, panel: Panel, event: AnswerLost) -> None:
        self._lost += 1
        if self._scout is asyncio.current_task():
            self._trials += 1
            if self._trials >= TRIALS:
                self.stop.ask("broken", event.text)
                return
        if event.broken or self._lost >= LOST_IN_A_ROW:
            await self._scout_out(panel, event.text)

    async def _scout_out(self, panel: Panel, text: str) -> None:
        """Close the gate and ask for the balance until the panel answers; the first worker to come does it
        for all.
        """
        me = asyncio.current_task()
        if self._scout not in (None, me):
            return
        self._scout = me
        self._gate.clear()
        self._since = self._since or self.clock()
        since = f"{self._since.astimezone():%H:%M}"
        said, answers = False, False
        while not self.stop and not answers:
            if self._rounds:  # the first question goes out at once: most often the trouble was one order's alone
                self.watcher.say(
                    f"No usable answer from the panel since {since} ({text}). "
                    "Waiting for it; nothing is lost. Ctrl-C ends the waiting."
                )
                self.watcher.waiting(f"waiting since {since}: {text}")
                said = True
                await self.stop.sleep(backoff(self._rounds - 1))
            answers, text = await self._panel_answers(panel, text)
            self._rounds += 1
        self.watcher.waiting("")
        if said and not self.stop:
            self.watcher.say("The panel answers again; going on.")

    async def _panel_answers(self, panel: Panel, text: str) -> tuple[bool, str]:
        """Whether the panel answers a harmless question; with what is the matter, as it is told now."""
        try:
            await panel.balance()
        except PanelError as error:
            if error.kind == Kind.KEY:
                self.stop.ask(Kind.KEY, error.text)
            return error.kind not in (UNREACHABLE, Kind.LOST, Kind.KEY, Kind.BUSY), error.text
        return True, text

    def _open_gate(self) -> None:
        """The scout has its definite answer, or has nothing left to do: the others may go on."""
        if self._scout in (None, asyncio.current_task()) or self.stop:
            self._scout = None
            self._gate.set()


def slower(text: str, wait: float | None) -> str:
    """What is said when the panel says "too many"; `wait` are the seconds that it named."""
    pause = f"in {wait:.0f} seconds" if wait else "more slowly"
    return f'The panel asks to slow down ("{text}"); going on {pause}.'


def _repeats(entry: Entry) -> bool:
    return entry.state is OrderState.UNCONFIRMED
