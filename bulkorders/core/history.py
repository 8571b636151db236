"""Looking back: the orders of the ledger as rows, the events of one in words, and totals by day and service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bulkorders.core.asks import Ask, AskAction, AskState
from bulkorders.core.askstold import WISHES
from bulkorders.core.columns import WORDS
from bulkorders.core.model import delivered
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.statuses import Meaning, meaning

Value = str | int | Decimal | datetime | None

ROW_STATES = MappingProxyType(
    {
        OrderState.READY: RowState.WAITING,
        OrderState.SENDING: RowState.UNCONFIRMED,
        OrderState.PLACED: RowState.PLACED,
        OrderState.REFUSED: RowState.REFUSED,
        OrderState.UNCONFIRMED: RowState.UNCONFIRMED,
        OrderState.REPEATING: RowState.UNCONFIRMED,
    }
)
"""What the results call an order in each state of the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """One order of the ledger. `job` is its file, or the name that its job was given, `row` where it last stood there.

    Times are aware. `cost` is the estimate in account currency, `charge` money in `currency`: that which the panel
    named, else the account's. `note` are the panel's words for a no, or why the answer was lost. `id` is its number in
    the ledger.
    """

    id: int
    panel: str
    job: str
    row: int
    ref: str
    service: str
    service_name: str
    link: str
    quantity: int | None
    state: OrderState
    order_id: str
    status: str
    charge: Decimal | None
    currency: str
    start_count: int | None
    remains: int | None
    cost: Decimal
    sent_at: datetime | None
    ordered_at: datetime | None
    updated_at: datetime | None
    note: str

    @property
    def row_state(self) -> RowState:
        """What the results call its state."""
        return ROW_STATES[self.state]

    @property
    def delivered(self) -> int | None:
        """What was delivered so far, where the panel told what remains."""
        return delivered(self.quantity, self.remains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a saved table: its name for programs, heading, look (looks.py), width and where its value is from."""

    name: str
    heading: str
    width: int
    value: Callable[[Any], Value]
    look: str = "text"


ORDER_COLUMNS: tuple[Column, ...] = (
    Column(name="row", heading="Row", width=7, look="row", value=lambda o: o.row),
    Column(name="job", heading="File", width=24, value=lambda o: o.job),
    Column(name="panel", heading="Panel", width=26, value=lambda o: o.panel),
    Column(name="ref", heading="Ref", width=12, value=lambda o: o.ref),
    Column(name="service", heading="Service", width=11, value=lambda o: o.service),
    Column(name="service_name", heading="Service name", width=44, value=lambda o: o.service_name),
    Column(name="link", heading="Link", width=44, value=lambda o: o.link),
    Column(name="quantity", heading="Quantity", width=12, look="number", value=lambda o: o.quantity),
    Column(name="result", heading="Result", width=11, value=lambda o: WORDS[o.row_state]),
    Column(name="order_id", heading="Order ID", width=14, value=lambda o: o.order_id),
    Column(name="status", heading="Status", width=14, value=lambda o: o.status),
    Column(name="charge", heading="Charge", width=14, look="money", value=lambda o: o.charge),
    Column(name="currency", heading="Currency", width=12, value=lambda o: o.currency),
    Column(name="start_count", heading="Start count", width=14, look="number", value=lambda o: o.start_count),
    Column(name="delivered", heading="Delivered", width=13, look="number", value=lambda o: o.delivered),
    Column(name="remains", heading="Remains", width=12, look="number", value=lambda o: o.remains),
    Column(name="estimated_cost", heading="Estimated cost", width=18, look="money", value=lambda o: o.cost),
    Column(name="sent_at", heading="Sent at", width=17, look="date", value=lambda o: o.sent_at),
    Column(name="ordered_at", heading="Ordered at", width=17, look="date", value=lambda o: o.ordered_at),
    Column(name="updated_at", heading="Updated at", width=17, look="date", value=lambda o: o.updated_at),
    Column(name="note", heading="Note", width=52, value=lambda o: o.note),
)


# --- filters ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which orders are wanted; None and "" mean all. `jobs` are numbers in the ledger, `link` is a part of it.

    `service` is an ID or a part of the name, `since` the moment from which on orders count.
    """

    jobs: Sequence[int] | None = None
    row: int | None = None
    panel: str = ""
    states: frozenset[OrderState] = frozenset()
    status: str = ""
    link: str = ""
    service: str = ""
    since: datetime | None = None
    order_id: str = ""


STATE_NAMES: Mapping[str, RowState] = MappingProxyType(
    {name.casefold(): state for state, word in WORDS.items() for name in (state.value, word)}
)
"""What a state may be called: as programs call it, and as the workbook does."""


def states_named(name: str) -> frozenset[OrderState] | None:
    """The states of orders that a name stands for: none where rows of that state are no orders; None: no such name.

    A row that is Ready in a plan is an order that waits.
    """
    wanted = STATE_NAMES.get(name.strip().casefold())
    if wanted is None:
        return None
    wanted = RowState.WAITING if wanted is RowState.READY else wanted
    return frozenset(state for state, told in ROW_STATES.items() if told is wanted)


def statuses_like(wanted: str, known: Iterable[str]) -> list[str]:
    """Those of the known status words that are meant: as spelled, or another panel's word for the same."""
    means = meaning(wanted)
    return [
        status
        for status in known
        if status.casefold() == wanted.strip().casefold() or (means is not Meaning.UNKNOWN and meaning(status) is means)
    ]


_UNITS = MappingProxyType({"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)})


def since_when(text: str, now: datetime) -> datetime | None:
    """The moment that `7d`, `12h`, `2w`, `2026-11-03` or `2026-11-03 14:00` means, by the clock of this computer.

    None where it means none.
    """
    text = text.strip()
    if ago := re.fullmatch(r"([0-9]{1,4})\s*([hdw])", text, re.ASCII | re.IGNORECASE):
        try:
            return now - int(ago[1]) * _UNITS[ago[2].lower()]
        except OverflowError:
            return None
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(text).astimezone()  # the zone's rules of that day, not of today
    except (ValueError, OverflowError, OSError):
        return None


# --- totals ----------------------------------------------------------------------------------------------------------


class Counts(StrEnum):
    """What an order counts as: charged by the panel, placed with no charge told yet, or perhaps placed."""

    CHARGED = "charged"
    OPEN = "open"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many orders of one service on one day that count alike, and what they cost together."""

    panel: str
    currency: str
    day: str
    service: str
    service_name: str
    counts: Counts
    amount: Decimal
    orders: int


@dataclass(slots=True, kw_only=True)
class Total:
    """What was ordered at one panel in one currency: on one day for one service, or altogether.

    `charged` is what the panel says it took for `orders`; for `open` of them it has said nothing yet, and those are
    estimated at `expected`. `unclear` more may or may not have been ordered, for `possible` at the most.
    """

    panel: str
    currency: str
    day: str = ""
    service: str = ""
    service_name: str = ""
    orders: int = 0
    charged: Decimal = field(default_factory=Decimal)
    open: int = 0
    expected: Decimal = field(default_factory=Decimal)
    unclear: int = 0
    possible: Decimal = field(default_factory=Decimal)

    def add(self, counted: Counted) -> None:
        """Count these in."""
        match counted.counts:
            case Counts.CHARGED:
                self.orders += counted.orders
                self.charged += counted.amount
            case Counts.OPEN:
                self.orders += counted.orders
                self.open += counted.orders
                self.expected += counted.amount
            case Counts.UNCLEAR:
                self.unclear += counted.orders
                self.possible += counted.amount


TOTAL_COLUMNS: tuple[Column, ...] = (
    Column(name="day", heading="Day", width=12, value=lambda t: t.day),
    Column(name="panel", heading="Panel", width=30, value=lambda t: t.panel),
    Column(name="service", heading="Service", width=11, value=lambda t: t.service),
    Column(name="service_name", heading="Service name", width=40, value=lambda t: t.service_name),
    Column(name="currency", heading="Currency", width=12, value=lambda t: t.currency),
    Column(name="orders", heading="Orders", width=10, look="number", value=lambda t: t.orders),
    Column(name="charged", heading="Charged", width=16, look="money", value=lambda t: t.charged),
    Column(name="open", heading="No charge told yet", width=22, look="number", value=lambda t: t.open),
    Column(name="expected", heading="Their estimated cost", width=23, look="money", value=lambda t: t.expected),
    Column(name="unclear", heading="To check", width=12, look="number", value=lambda t: t.unclear),
    Column(name="possible", heading="Cost if ordered", width=18, look="money", value=lambda t: t.possible),
)


def totals_of(counted: Iterable[Counted]) -> list[Total]:
    """By panel and currency, then the newest day first, then by service. Amounts of two currencies are never added."""
    found: dict[tuple[str, str, str, str], Total] = {}
    for one in counted:
        key = (one.panel, one.currency, one.day, one.service)
        if key not in found:
            panel, currency, day, service = key
            found[key] = Total(panel=panel, currency=currency, day=day, service=service, service_name=one.service_name)
        found[key].add(one)
    by_service = sorted(found.values(), key=lambda t: (len(t.service), t.service))
    return sorted(sorted(by_service, key=lambda t: t.day, reverse=True), key=lambda t: (t.panel, t.currency))


def sums_of(totals: Iterable[Total]) -> list[Total]:
    """Altogether, for each panel and currency."""
    found: dict[tuple[str, str], Total] = {}
    for one in totals:
        total = found.setdefault((one.panel, one.currency), Total(panel=one.panel, currency=one.currency))
        total.orders += one.orders
        total.charged += one.charged
        total.open += one.open
        total.expected += one.expected
        total.unclear += one.unclear
        total.possible += one.possible
    return list(found.values())


# --- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that happened to an order, in words; `run` is the number of the run in which it did (None: in none)."""

    at: datetime
    run: int | None
    told: str


EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "SendStarted": "Sending began.",
        "Accepted": "The panel took the order and gave it the number {order_id}.",
        "Adopted": "Taken over from a results workbook as order {order_id}, which the panel knows.",
        "AdoptedUnsure": "Taken over from a results workbook as sent and never confirmed: {text}.",
        "Refused": 'The panel refused it and said: "{text}".',
        "Postponed": 'Not ordered: the panel asked to wait and said: "{text}".',
        "NotSent": "Nothing was sent: the panel could not be reached ({text}).",
        "AnswerLost": "The answer was lost ({text}): it may or may not have been ordered.",
        "RetryAsked": "A later run took it up again.",
        "RepeatStarted": "Sent again under the same request number ({request}), by which the panel recognises it.",
        "Settled": "A person said that it is order {order_id}, and the panel knows that order.",
        "ConfirmedAbsent": "A person said that it was not placed.",
    }
)
"""Each event of states.py in words; the names in braces are its values."""

_STILL_UNCLEAR = " Whether the first time had come through stayed unclear."
REPEAT_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        name: EVENTS[name].removeprefix("Not ordered: ").replace("the panel asked", "The panel asked") + _STILL_UNCLEAR
        for name in ("Refused", "Postponed", "NotSent")
    }
)
"""The same for what came of sending an order again: a no to that says nothing about the first time."""


def event_told(event: str, before: str, detail: Mapping[str, Any]) -> str:
    """One line of the log in words; `before` is the state in which it happened."""
    words = REPEAT_EVENTS.get(event) if before == OrderState.REPEATING else None
    told = (words or EVENTS[event]).format_map({name: _ending(value) for name, value in detail.items()})
    number = detail.get("request", "") if event == "SendStarted" else ""
    return f"{told[:-1]}, with the request number {number}." if number else told


def _ending(value: Any) -> Any:
    return value.rstrip(". ") if isinstance(value, str) else value


_ASK_WORDS: Mapping[AskState, str] = MappingProxyType(
    {
        AskState.REFUSED: 'The panel refused the {wish} and said: "{text}".',
        AskState.NOT_OFFERED: "This panel does not offer a {wish} in this way.",
        AskState.LOST: "The answer was lost ({text}): the {wish} may or may not have been taken.",
        AskState.UNSENT: "The {wish} was not sent.",
    }
)


def ask_told(ask: Ask, updated_at: datetime | None) -> list[Told]:
    """A refill or cancellation that was asked for, and what came of it. A run is not kept with it."""
    wish, by = WISHES[ask.action], "as the Action cell said" if ask.from_cell else "by command"
    told = [Told(at=ask.asked_at, run=None, told=f"A {wish} was asked for, {by}.")]
    outcome = _taken(ask) if ask.state is AskState.TAKEN else _ASK_WORDS.get(ask.state, "")
    if outcome:
        words = outcome.format(wish=wish, text=_ending(ask.text))
        told.append(Told(at=updated_at or ask.asked_at, run=None, told=words))
    return told


def _taken(ask: Ask) -> str:
    if ask.action is AskAction.CANCEL:
        return "The panel took the {wish}; only the Status says whether the order is canceled."
    number = f", with the number {_plain_braces(ask.refill_id)}" if ask.refill_id else ""
    stands = f"; it stands at {_plain_braces(ask.status)}" if ask.status else ""
    return f"The panel took the {{wish}}{number}{stands}."


def _plain_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
