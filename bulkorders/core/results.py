"""From the plan and the ledger to what people read: one `Result` for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal

from bulkorders.core.columns import Result
from bulkorders.core.model import Cell, Entry, Level, Row
from bulkorders.core.plan import Planned, on_day
from bulkorders.core.sentences import DEFAULT_REFUSAL_ADVICE, NOTHING, REFUSAL_ADVICE, SENTENCES, Sentence, sentence
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


def results_of(
    plan: Sequence[Planned],
    now: Mapping[int, Entry],
    *,
    shown: Sequence[int],
    currency: str,
    zone: tzinfo | None,
    tried: bool,
) -> list[Result]:
    """One result for each planned row.

    `now` are the ledger's orders by ID as they stand, `shown` the columns of the input that come back, `tried` whether
    ready rows were really sent (then one that is still unsent waits). `zone` is for days in sentences.
    """
    return [_result(p, _entry_now(p, now), shown, currency, zone, tried) for p in plan]


def _entry_now(planned: Planned, now: Mapping[int, Entry]) -> Entry | None:
    return None if planned.entry is None else now.get(planned.entry.id, planned.entry)


def _result(
    planned: Planned,
    entry: Entry | None,
    shown: Sequence[int],
    currency: str,
    zone: tzinfo | None,
    tried: bool,
) -> Result:
    state, told = _standing(planned, entry, zone, tried)
    row = planned.checked.row
    order = entry.order if entry else planned.checked.order
    status = entry.status if entry else None
    placed = entry is not None and state is RowState.PLACED
    return Result(
        row=Row(number=row.number, cells=_cells(row, shown)),
        state=state,
        service=planned.checked.service,
        service_name=order.service_name if order else "",
        order_id=entry.order_id if entry and state is RowState.PLACED else planned.claimed_id,
        status=status.status if status else "",
        final=status is not None and is_final(status.status),
        charge=status.charge if status else None,
        currency=((status.currency if status else None) or currency) if order else "",
        quantity=order.quantity if order else None,
        start_count=status.start_count if status else None,
        remains=status.remains if status else None,
        estimated_cost=order.cost if order else None,
        ordered_at=entry.ordered_at if placed and entry else None,
        updated_at=entry.updated_at if entry and entry.sent_at else None,
        happened=_with_warnings(planned, told.happened),
        what_to_do=told.what_to_do,
    )


def _cells(row: Row, shown: Sequence[int]) -> tuple[Cell, ...]:
    return tuple(row.cells[i] if i < len(row.cells) else "" for i in shown)


def _with_warnings(planned: Planned, happened: str) -> str:
    warnings = [f"Note: {p.message}" for p in planned.checked.problems if p.level is Level.WARNING]
    return " ".join(filter(None, [happened, *warnings]))


def _standing(planned: Planned, entry: Entry | None, zone: tzinfo | None, tried: bool) -> tuple[RowState, Sentence]:
    """The state and the sentence of a row, after whatever was done with it."""
    if entry is None:
        return planned.state, planned.sentence
    match entry.state:
        case OrderState.PLACED:
            return RowState.PLACED, _placed(entry)
        case OrderState.SENDING | OrderState.UNCONFIRMED:
            when = on_day(entry.sent_at, zone)
            return RowState.UNCONFIRMED, sentence(
                "unconfirmed", when=when, text=entry.text or "the program was stopped"
            )
        case OrderState.REFUSED if tried and planned.state is RowState.READY:
            advice = REFUSAL_ADVICE.get(entry.reason, DEFAULT_REFUSAL_ADVICE)
            return RowState.REFUSED, sentence("refused", text=entry.text, advice=advice)
        case OrderState.READY if tried and planned.state is RowState.READY:
            code = entry.reason if entry.reason in SENTENCES else "not_reached"
            return RowState.WAITING, sentence(code, text=entry.text)
        case _:
            return planned.state, planned.sentence


def _placed(entry: Entry) -> Sentence:
    if entry.status is None:
        return NOTHING
    code = _TOLD_STATUSES.get(meaning(entry.status.status))
    if code:
        return sentence(code, order_id=entry.order_id)
    charge, estimate = entry.status.charge, entry.order.cost
    if charge is not None and charge > max(estimate, Decimal("0.01")) * HIGH_CHARGE and estimate > 0:
        return sentence("high_charge", charge=charge, estimate=estimate, order_id=entry.order_id)
    return NOTHING
