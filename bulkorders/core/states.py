"""The life of an order, as a table and one lookup.

    READY --SendStarted--> SENDING --Accepted--> PLACED <--Adopted-- (a results workbook)
      ^                      | |---Refused-----> REFUSED --RetryAsked--> READY
      |--NotSent, Postponed--' '---AnswerLost--> UNCONFIRMED --Accepted--> PLACED
      '------------------ConfirmedAbsent-------------'

Two rules keep the one promise. SENDING is on disk before a byte leaves, so a run that dies leaves
SENDING behind, and that is answered with AnswerLost. And only NotSent, Postponed and Refused lead back to READY:
those are the three answers after which the panel certainly holds no order.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """What we know about one order in the ledger (never what the panel says: that is `OrderStatus`)."""

    READY = "ready"
    SENDING = "sending"
    PLACED = "placed"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"


class RowState(StrEnum):
    """What became of a row, as the results count it; product names, exact."""

    READY = "ready"
    PLACED = "placed"
    INVALID = "invalid"
    HELD = "held"
    WAITING = "waiting"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStarted:
    """The request is about to leave; from here on only an answer tells what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The panel gave an order ID."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A results workbook from another computer named the order ID, and the panel knows it."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The panel definitely said no: no order exists. `reason` is a kind of refusals.py, `text` the panel's words."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """The panel said "not now": no order exists, and the same order may be sent later.

    `wait` is the seconds the panel asked for, if it did.
    """

    reason: str
    text: str
    wait: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The request provably never reached the panel (name lookup, connect, TLS handshake)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost:
    """The request may have arrived and no usable answer came back."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAsked:
    """A refused row is checked and tried again by a later run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedAbsent:
    """A person settled that an unconfirmed order was not placed."""


Outcome = Accepted | Refused | Postponed | NotSent | AnswerLost
"""What can come of one `add` request."""

Event = SendStarted | Outcome | Adopted | RetryAsked | ConfirmedAbsent

TRANSITIONS: dict[tuple[OrderState, type[Event]], OrderState] = {
    (OrderState.READY, SendStarted): OrderState.SENDING,
    (OrderState.READY, Adopted): OrderState.PLACED,
    (OrderState.REFUSED, Adopted): OrderState.PLACED,
    (OrderState.SENDING, Accepted): OrderState.PLACED,
    (OrderState.SENDING, Refused): OrderState.REFUSED,
    (OrderState.SENDING, Postponed): OrderState.READY,
    (OrderState.SENDING, NotSent): OrderState.READY,
    (OrderState.SENDING, AnswerLost): OrderState.UNCONFIRMED,
    (OrderState.REFUSED, RetryAsked): OrderState.READY,
    (OrderState.UNCONFIRMED, Accepted): OrderState.PLACED,
    (OrderState.UNCONFIRMED, ConfirmedAbsent): OrderState.READY,
}


class IllegalEvent(Exception):
    """An event that the table does not allow in that state: a bug, and nothing was changed."""


def next_state(state: OrderState, event: Event) -> OrderState:
    """The state after `event`.

    Raises:
        IllegalEvent: the table has no such step.
    """
    try:
        return TRANSITIONS[state, type(event)]
    except KeyError:
        raise IllegalEvent(f"{type(event).__name__} is not possible for an order that is {state}") from None
