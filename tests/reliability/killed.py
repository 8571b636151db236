"""The real program, which kills itself the N-th time that it passes one point of an order's life.

    python -m tests.reliability.killed POINT N [--bug BUG] -- run orders.xlsx --yes ...

The process ends as by `kill -9` or a power cut: no handler runs, nothing is flushed. Nothing is replaced by a
stand-in: the real functions run, and the kill comes between two of their steps, whatever the machine's speed.
A BUG is planted on request, to show that the proofs built on this can fail.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from bulkorders.cli import main as bulkorders
from bulkorders.core.refusals import Kind
from bulkorders.core.states import AnswerLost, Event, Postponed, SendStarted
from bulkorders.panel import Panel, _Body
from bulkorders.run import Placing

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows either is TerminateProcess

Hook = Callable[..., None]


@dataclass(slots=True)
class Trap:
    """Ends this process at once when it was passed `left` times."""

    left: int

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), KILL)


def _nothing(*_: object) -> None:
    """The hook that does nothing."""


def _around(owner: type, name: str, *, before: Hook = _nothing, after: Hook = _nothing) -> None:
    """Have the hooks called, with the arguments, around a method that goes on working as it is."""
    real = getattr(owner, name)

    @wraps(real)
    async def hooked(self: Any, *args: Any, **more: Any) -> Any:
        before(*args)
        value = await real(self, *args, **more)
        after(*args)
        return value

    setattr(owner, name, hooked)


def _before_intent(trap: Trap) -> None:
    _around(Placing, "_record", before=lambda _, event: trap() if isinstance(event, SendStarted) else None)


def _after_intent(trap: Trap) -> None:
    _around(Panel, "place", before=trap)


def _mid_request(trap: Trap) -> None:
    """httpx asks for more of a body when the socket has taken what it was given."""
    real = _Body.__aiter__

    async def hooked(self: _Body) -> AsyncIterator[bytes]:
        async for chunk in real(self):
            yield chunk
            if b"action=add" in chunk:
                trap()

    _Body.__aiter__ = hooked  # type: ignore[method-assign]


def _answer_in_hand(trap: Trap) -> None:
    _around(Panel, "place", after=trap)


def _after_record(trap: Trap) -> None:
    _around(Placing, "_record", after=lambda _, event: None if isinstance(event, SendStarted) else trap())


POINTS: dict[str, Callable[[Trap], None]] = {
    "before-intent": _before_intent,
    "intent": _after_intent,
    "mid-request": _mid_request,
    "answer": _answer_in_hand,
    "recorded": _after_record,
}
"""The points of an order's life, in its order: before the intent is on disk, after that, the body is written to
the socket, the answer is there and not yet on disk, and after that."""


def _late_intent() -> None:
    """The intent is written together with the outcome, and not before the request leaves."""
    real, started = Placing._record, {}

    async def record(self: Placing, entry: Any, event: Event) -> Event:
        if isinstance(event, SendStarted):
            started[entry.id] = event
            return event
        await real(self, entry, started[entry.id])
        return await real(self, entry, event)

    Placing._record = record  # type: ignore[method-assign]


def _lost_is_later() -> None:
    """A lost answer is taken for "not now"."""
    real = Panel.place

    async def place(self: Panel, *args: Any, **more: Any) -> Any:
        event = await real(self, *args, **more)
        return Postponed(reason=Kind.ACTIVE, text=event.text) if isinstance(event, AnswerLost) else event

    Panel.place = place  # type: ignore[method-assign]


BUGS: dict[str, Callable[[], None]] = {"late-intent": _late_intent, "lost-is-later": _lost_is_later}
"""Mistakes that cost money, one line of code each."""


def main(arguments: list[str]) -> None:
    """Plant the bug, set the trap, run the program."""
    at = arguments.index("--")
    point, passage, *bug = arguments[:at]
    for name in bug[1:]:
        BUGS[name]()
    POINTS[point](Trap(int(passage)))
    sys.argv[1:] = arguments[at + 1 :]
    bulkorders()


if __name__ == "__main__":
    main(sys.argv[1:])
