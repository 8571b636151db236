"""The life of an order, as a table and one lookup.

    READY --SendStarted--> SENDING --Accepted--> PLACED <--Adopted-- (a results workbook)
      ^                      | |---Refused-----> REFUSED --RetryAsked--> READY
      |--NotSent, Postponed--' '---AnswerLost--> UNCONFIRMED --Settled--> PLACED
      '------------------ConfirmedAbsent-------------' | ^
                                       RepeatStarted---' '---all but Accepted--- REPEATING --Accepted--> PLACED

Three rules keep the one promise. SENDING is on disk before a byte leaves, so a run that dies leaves
SENDING behind, and that is answered with AnswerLost. Only NotSent, Postponed and Refused lead back to READY:
those are the three answers after which the panel certainly holds no order; beyond them only a person's word does
(ConfirmedAbsent). And a repeat under the same request number, which only a panel with an idempotency field gets, is
settled by nothing but a yes: a no to the second request says nothing about the first.
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
    REPEATING = "repeating"


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
    """The request is about to leave; from here on only an answer tells what happened.

    `request` is the idempotency field that goes with it, as `name=value`; "" for a panel that has none.
    """

    request: str = ""


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
    """The request may have arrived and no usable answer came back.

    `broken`: the panel answered with a page or a server error instead of an answer: placing pauses at once.
    """

    text: str
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAsked:
    """A refused row is checked and tried again by a later run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatStarted:
    """The same request leaves again, under the request number of the one whose answer was lost."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A person named the order that an unconfirmed row became, and the panel knows it."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedAbsent:
    """A person settled that an unconfirmed order was not placed."""


Outcome = Accepted | Refused | Postponed | NotSent | AnswerLost
"""What can come of one `add` request."""

Event = SendStarted | RepeatStarted | Outcome | Adopted | RetryAsked | Settled | ConfirmedAbsent

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
    (OrderState.UNCONFIRMED, RepeatStarted): OrderState.REPEATING,
    (OrderState.REPEATING, Accepted): OrderState.PLACED,
    (OrderState.REPEATING, Refused): OrderState.UNCONFIRMED,
    (OrderState.REPEATING, Postponed): OrderState.UNCONFIRMED,
    (OrderState.REPEATING, NotSent): OrderState.UNCONFIRMED,
    (OrderState.REPEATING, AnswerLost): OrderState.UNCONFIRMED,
    (OrderState.UNCONFIRMED, Settled): OrderState.PLACED,
    (OrderState.UNCONFIRMED, ConfirmedAbsent): OrderState.READY,
    (OrderState.READY, Settled): OrderState.PLACED,
    (OrderState.REFUSED, Settled): OrderState.PLACED,
}

CORRECTIONS: dict[tuple[OrderState, type[Event]], OrderState] = {
    (OrderState.PLACED, Settled): OrderState.PLACED,
    (OrderState.PLACED, ConfirmedAbsent): OrderState.READY,
}
"""Steps that are possible only where a person's word is all that we have: what the panel itself said stands."""


class IllegalEvent(Exception):
    """An event that the table does not allow in that state: a bug, and nothing was changed."""


def next_state(state: OrderState, event: Event, *, settled: bool = False) -> OrderState:
    """The state after `event`; `settled` says that the state before came from a person's word (Settled).

    Raises:
        IllegalEvent: the table has no such step.
    """
    steps = TRANSITIONS | CORRECTIONS if settled else TRANSITIONS
    try:
        return steps[state, type(event)]
    except KeyError:
        raise IllegalEvent(f"{type(event).__name__} is not possible for an order that is {state}") from None
