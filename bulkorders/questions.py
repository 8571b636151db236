"""Questions about many orders or refills: a hundred IDs a request, each when its turn has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol, TypeVar

from bulkorders.core.actions import MOST_IDS, PanelAnswerError
from bulkorders.core.model import Entry, OrderStatus, count_told
from bulkorders.core.pacing import Pace
from bulkorders.core.refusals import Kind
from bulkorders.core.statuses import is_final
from bulkorders.ledger import RecordStatuses, utc_now
from bulkorders.panel import Panel, PanelError
from bulkorders.run import Stop, slower

T = TypeVar("T")

RECORD_SECONDS = 1.0
"""What the panel says of placed orders goes to disk so often: a kill in between loses only what can be asked again."""

MOST_TRIES = 5
"""So often in a row a panel that asks to slow down is asked the same again."""

LONGEST_WAIT = 120.0
"""Nobody is kept waiting any longer than this (seconds) for what the next run can ask as well."""

NEVER = datetime.min.replace(tzinfo=UTC)


class Listener(Protocol):
    """Who is told how it goes (progress.py): a sentence, and a bar while there are many questions."""

    def say(self, sentence: str) -> None: ...
    def bar(self, total: int, doing: str) -> AbstractContextManager[None]: ...
    def told_of(self, count: int) -> None: ...


async def in_turn(
    ids: Sequence[str],
    ask: Callable[[Sequence[str]], Awaitable[T]],
    hear: Callable[[T], None],
    *,
    pace: Pace,
    stop: Stop,
    listener: Listener,
) -> None:
    """Ask about each hundred IDs, and hand every answer to `hear`; fewer where the run is to end.

    A panel that asks to slow down is asked again, more slowly: a thousand requests must not begin anew for one.

    Raises:
        PanelError: the panel could not be asked.
    """
    batches, tries = deque(ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)), 0
    with listener.bar(len(ids), "Asking") if len(batches) > 1 else nullcontext():
        while batches:
            booked = monotonic()
            await stop.sleep(pace.turn(booked) - booked)
            if stop:
                return
            try:
                answer = await ask(batches[0])
            except PanelError as error:
                tries += 1
                if error.kind != Kind.BUSY or tries > MOST_TRIES or (error.wait or 0) > LONGEST_WAIT:
                    raise
                listener.say(slower(error.text, error.wait))
                pace.slow_down(monotonic(), error.wait, booked)
                continue
            tries = 0
            pace.recover()
            listener.told_of(len(batches.popleft()))
            hear(answer)


async def refresh(
    entries: Sequence[Entry],
    panel: Panel,
    *,
    write: Callable[[RecordStatuses], None],
    pace: Pace,
    stop: Stop,
    listener: Listener,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Ask the panel about every placed order that is not final yet; what it tells goes to `write`.

    What the panel leaves out or answers with an error keeps what was known. The order that was not heard of for the
    longest time comes first, so that a refresh that is cut short is gone on with by the next one.

    Raises:
        PanelError: the panel could not be asked; what was answered before that is recorded.
    """
    asked = [e for e in entries if e.order_id and not (e.status and is_final(e.status.status))]
    open_ = {e.order_id: e.id for e in sorted(asked, key=lambda e: e.updated_at or NEVER)}
    if open_:
        listener.say(f"Asking the panel about {count_told(len(open_), 'order')}.")
    statuses: dict[int, OrderStatus] = {}
    since = monotonic()

    def record() -> None:
        nonlocal statuses, since
        write(RecordStatuses(statuses, clock()))
        statuses, since = {}, monotonic()

    def hear(answer: Mapping[str, OrderStatus | PanelAnswerError]) -> None:
        statuses.update((open_[i], s) for i, s in answer.items() if isinstance(s, OrderStatus))
        if monotonic() - since >= RECORD_SECONDS:
            record()

    try:
        await in_turn(list(open_), panel.statuses, hear, pace=pace, stop=stop, listener=listener)
    finally:
        record()
