"""Settling a lost answer: may a row be settled at all, and does an order that a person names look like it?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bulkorders.core.evidence import REFUNDING
from bulkorders.core.model import Entry, OrderStatus, money
from bulkorders.core.states import AdoptedUnsure, AnswerLost, OrderState
from bulkorders.core.statuses import meaning

FAR_OFF = 2
"""A charge that is more than this many times the estimate, or less than this part of it, is not believed unasked."""


def may_settle(entry: Entry, events: Sequence[str]) -> bool:
    """Whether a person's word counts for this order: its answer was lost, and the panel has not told since.

    `events` are the names of all that happened to it (classes of states.py), oldest first.
    """
    lost = bool({AnswerLost.__name__, AdoptedUnsure.__name__} & set(events))
    match entry.state:
        case OrderState.UNCONFIRMED:
            return True
        case OrderState.PLACED | OrderState.READY | OrderState.REFUSED:
            return lost and entry.reason == "settled"
        case _:
            return False


def doubts(entry: Entry, order_id: str, status: OrderStatus, *, currency: str, before: Entry | None) -> list[str]:
    """What speaks against the order that a person names, a sentence each.

    `before` is the last order that the panel had confirmed when this one was sent; `currency` the account's.
    """
    cost, charge = entry.order.cost, status.charge
    found = []
    if charge and cost and meaning(status.status) not in REFUNDING and not cost / FAR_OFF <= charge <= cost * FAR_OFF:
        found.append(f"The panel charged {money(charge, currency)} for it, and this row costs {money(cost, currency)}.")
    if status.currency and currency and status.currency.casefold() != currency.casefold():
        found.append(f"It was charged in {status.currency}, and the account's currency is {currency}.")
    if entry.order.quantity is not None and (status.remains or 0) > entry.order.quantity:
        found.append(f"{status.remains:,} are still to be delivered, and this row orders {entry.order.quantity:,}.")
    if before is not None and _number(order_id) and 0 < _number(order_id) <= _number(before.order_id):
        found.append(f"Its number is not above {before.order_id}, which was there before this row was sent.")
    return found


def _number(order_id: str) -> int:
    """The ID as a number where it is one; panels that number their orders count upwards."""
    return int(order_id) if order_id.isascii() and order_id.isdigit() and len(order_id) < 19 else 0


def order_told(entry: Entry, currency: str) -> str:
    """What an order is about, in one line."""
    order = entry.order
    fields = [value.splitlines()[0] for name, value in order.form if name in ("link", "username", "quantity") and value]
    name = f"{order.service} {order.service_name[:60]}".strip()
    return f"service {name}, {', '.join(fields)}, costs {money(order.cost or Decimal(0), currency)}"
