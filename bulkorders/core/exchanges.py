"""What became of one request to the panel, in words for the log: a class that a program can look for, and a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bulkorders.core.refusals import Kind
from bulkorders.core.states import Accepted, AnswerLost, Postponed, Refused

Told = tuple[str, str]
"""An outcome: its class, one of those in the README ("The log"), and the order ID or the panel's words."""

INTERRUPTED: Final[Told] = ("interrupted", "")
"""Nobody waited for the answer."""

_CLASSES: Final[Mapping[str, str]] = {"unreachable": "not sent", Kind.LOST: "lost", Kind.BUSY: "busy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request. `about` says which row or IDs it was for, `http_status` is None where no whole answer came,
    `seconds` counts until the outcome. No field of it holds the key, a link, or what else was sent.
    """

    action: str
    about: str
    told: Told
    http_status: int | None
    seconds: float


class Tell(Protocol):
    """Who is told of every request; `run` is the ledger's number of the run that it belongs to (0: none)."""

    def __call__(self, exchange: Exchange, *, run: int = 0) -> None: ...


def told_of_error(kind: str, text: str) -> Told:
    """The outcome of a request that brought no value."""
    return _CLASSES.get(kind, "refused"), text


def told_of_value(value: object) -> Told:
    """The outcome of a request that was answered."""
    match value:
        case Accepted():
            return "placed", value.order_id
        case Refused() | Postponed():
            return told_of_error(value.reason, value.text)
        case AnswerLost():
            return told_of_error(Kind.LOST, value.text)
        case dict():
            return "answered", f"told of {len(value)}"
        case _:
            return "answered", ""
