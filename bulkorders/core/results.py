"""From the plan and the ledger to what people read: one `Result` for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal

from bulkorders.core.asks import Ask, AskAction
from bulkorders.core.askstold import ask_sentence, echo, is_in_vain, wish_told
from bulkorders.core.columns import Result
from bulkorders.core.model import Entry, Level, Row, money, on_day
from bulkorders.core.plan import Planned
from bulkorders.core.prices import Change, row_told
from bulkorders.core.sentences import (
    DEFAULT_REFUSAL_ADVICE,
    NOTHING,
    REFUSAL_ADVICE,
    REFUSED_CELL,
    SENTENCES,
    Sentence,
    sentence,
)
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.statuses import Meaning, is_final, meaning

HIGH_CHARGE = 10
"""A charge this many times the estimate is told on the row: the panel's list and its books disagree."""

_TOLD_STATUSES = {
    Meaning.PARTIAL: "partial",
    Meaning.CANCELED: "canceled",
    Meaning.REFUNDED: "refunded",
    Meaning.FAILED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How results are told: `shown` are the columns of the input that come back, `zone` is for days in sentences.

    `tried` says whether the ready rows were really sent (then one that is still unsent waits), `tried_wishes` the same
    of refills and cancellations, `stopped` why that ended early, if it did. `evidence` is what the balance says about
    unconfirmed orders, by their number in the ledger; `repeated` are those that the next run asks for again, because
    the panel will recognise them. `asks` are the refills and cancellations of orders, by the same number, and
    `hindered` why one was not asked for (a code); `action_at` is which of the shown columns is Action, if one is.
    `changes` are the prices that moved since the plan was last shown, by service.
    """

    shown: Sequence[int]
    currency: str
    zone: tzinfo | None
    tried: bool
    tried_wishes: bool = False
    stopped: str = ""
    evidence: Mapping[int, str] = field(default_factory=dict)
    repeated: Set[int] = frozenset()
    asks: Mapping[int, Sequence[Ask]] = field(default_factory=dict)
    action_at: int | None = None
    hindered: Mapping[int, str] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)


def results_of(plan: Sequence[Planned], now: Mapping[int, Entry], showing: Showing) -> list[Result]:
    """One result for each planned row; `now` are the ledger's orders by ID as they stand."""
    return [_result(p, p.entry and now.get(p.entry.id, p.entry), showing) for p in plan]


def _result(planned: Planned, entry: Entry | None, showing: Showing) -> Result:
    state, told = _standing(planned, entry, showing)
    order = entry.order if entry else planned.checked.order
    status = entry.status if entry else None
    placed = entry is not None and state is RowState.PLACED
    asks = showing.asks.get(entry.id, ()) if entry and placed else ()
    wish, typed = planned.checked.action, planned.checked.typed
    action = echo(wish, asks, showing.zone) or (wish if typed else "")
    return Result(
        row=_shown(planned.checked.row, showing, action),
        action=action,
        state=state,
        service=planned.checked.service,
        service_name=order.service_name if order else "",
        order_id=entry.order_id if entry and state is RowState.PLACED else planned.claimed_id,
        status=status.status if status else "",
        final=status is not None and is_final(status.status),
        charge=status.charge if status else None,
        currency=((status.currency if status else None) or showing.currency) if order else "",
        quantity=order.quantity if order else None,
        start_count=status.start_count if status else None,
        remains=status.remains if status else None,
        estimated_cost=order.cost if order else None,
        ordered_at=entry.ordered_at if placed and entry else None,
        updated_at=entry.updated_at if entry and entry.sent_at else None,
        asks=asks,
        in_vain=told.code if placed and is_in_vain(wish, told) else "",
        overcharged=placed and entry is not None and _overcharged(entry),
        happened=_with_notes(planned, entry, told.happened, showing),
        what_to_do=told.what_to_do,
        act=_wrong_column(planned) if state is RowState.INVALID else told.act,
    )


def _wrong_column(planned: Planned) -> str:
    """The heading over the first cell that is wrong; for a row that is held up by its Action cell, that one."""
    wrong = next((p.column for p in planned.checked.problems if p.level is Level.ERROR), "")
    return wrong or planned.sentence.act


def _shown(row: Row, showing: Showing, action: str) -> Row:
    """The row with the columns that come back, and in its Action cell what that says now."""
    own = row.cells if row.typed is None else row.typed
    cells = own if len(own) == len(showing.shown) else tuple([own[i] if i < len(own) else "" for i in showing.shown])
    if action and showing.action_at is not None:
        cells = (*cells[: showing.action_at], action, *cells[showing.action_at + 1 :])
    return row if cells is row.cells else Row(number=row.number, cells=cells)


def _with_notes(planned: Planned, entry: Entry | None, happened: str, showing: Showing) -> str:
    if planned.state is RowState.HELD:  # what is noted is about how it would be ordered
        return happened
    notes = [p.message for p in planned.checked.problems if p.level is Level.WARNING]
    if planned.state is RowState.READY:
        change = showing.changes.get(planned.checked.service)
        move, cost = change and change.move, planned.cost
    else:
        move, cost = (entry.price, entry.order.cost) if entry else (None, planned.cost)
    if move:
        notes.append(row_told(move, cost, showing.currency, showing.zone))
    return " ".join(filter(None, [happened, *(f"Note: {note}" for note in notes)]))


def _standing(planned: Planned, entry: Entry | None, showing: Showing) -> tuple[RowState, Sentence]:
    """The state and the sentence of a row, after whatever was done with it."""
    sent = showing.tried and planned.state is RowState.READY
    if entry is None:
        return planned.state, planned.sentence
    match entry.state:
        case OrderState.PLACED:
            return RowState.PLACED, _after(planned, entry, showing) or _placed(entry)
        case OrderState.SENDING | OrderState.REPEATING | OrderState.UNCONFIRMED:
            when, text = on_day(entry.sent_at, showing.zone), entry.text or IN_FLIGHT
            weighed = showing.evidence.get(entry.id, "")
            then = REPEATED if entry.id in showing.repeated else "it will not be sent again"
            return RowState.UNCONFIRMED, sentence("unconfirmed", when=when, text=text, then=then, evidence=weighed)
        case OrderState.REFUSED if sent:
            advice = REFUSAL_ADVICE.get(entry.reason, DEFAULT_REFUSAL_ADVICE)
            told = sentence("refused", text=entry.text, advice=advice)
            return RowState.REFUSED, replace(told, act=REFUSED_CELL.get(entry.reason, ""))
        case OrderState.READY if sent:
            code = next((c for c in (entry.reason, showing.stopped) if c in SENTENCES), "not_reached")
            return RowState.WAITING, sentence(code, text=entry.text)
        case _:
            return planned.state, planned.sentence


REPEATED = "the next run sends it again under the number by which the panel recognises it"
"""What becomes of a lost answer where the panel has an idempotency field."""

IN_FLIGHT = "another run is sending it now, or was stopped before the answer came"
"""What is told of an order in flight that no run has settled yet."""


def _after(planned: Planned, entry: Entry, showing: Showing) -> Sentence | None:
    wish = planned.checked.action
    if code := showing.hindered.get(entry.id, ""):
        return ask_sentence(code, entry, AskAction(wish))
    asks = showing.asks.get(entry.id, ())
    return wish_told(wish, planned.checked.echoed, entry, asks, tried=showing.tried_wishes, zone=showing.zone)


def _placed(entry: Entry) -> Sentence:
    if entry.status is None:
        return NOTHING
    if _overcharged(entry):
        charge, estimate = (money(amount or Decimal(0)) for amount in (entry.status.charge, entry.order.cost))
        return sentence("high_charge", charge=charge, estimate=estimate, order_id=entry.order_id)
    code = _TOLD_STATUSES.get(meaning(entry.status.status))
    return sentence(code, order_id=entry.order_id) if code else NOTHING


def _overcharged(entry: Entry) -> bool:
    charge, estimate = entry.status.charge if entry.status else None, entry.order.cost
    return charge is not None and estimate > 0 and charge > max(estimate, Decimal("0.01")) * HIGH_CHARGE
