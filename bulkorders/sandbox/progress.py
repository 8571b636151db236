"""How orders and refills move: pure functions of the order, the time and the speed.

Nothing runs in the background. An order's state is worked out when somebody asks, from its ID alone:
the same order takes the same way in every run. Times are panel seconds, which are seconds times speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zlib import crc32

from bulkorders.sandbox.books import Order, Refill
from bulkorders.sandbox.catalog import SERVICES

CANCEL_SECONDS: Final = 3.0
"""Panel seconds from asking for a cancel to the order being Canceled."""

_STAGES: Final = ((0.15, "Pending"), (0.3, "Processing"), (1.0, "In progress"))
_SUBSCRIPTION_STAGES: Final = ((1.0, "Active"),)
_REFILL_STAGES: Final = ((5.0, "Pending"), (20.0, "In progress"))
_DELIVERY_STARTS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an order stands: the fields of a `status` answer, and whether it will ever change again."""

    status: str
    start_count: int
    remains: int
    charge: Decimal
    final: bool


@dataclass(frozen=True, slots=True)
class _Fate:
    """How an order ends: the last status, after how many panel seconds, and what stays undelivered."""

    status: str
    lasts: float
    undelivered: int


def order_progress(order: Order, now: float, speed: float) -> Progress:
    """Where the order stands at `now` (seconds since 1970)."""
    fate = _fate(order, speed)
    share = 1.0 if order.settled else min(1.0, (now - order.received) * speed / fate.lasts)
    final = share >= 1.0
    return Progress(
        status=fate.status if final else _stage(order, share),
        start_count=0 if share < _DELIVERY_STARTS else _draw(order.id, "start", 50_000),
        remains=_remains(order, fate, share),
        charge=_final_charge(order, fate) if final else order.charge,
        final=final,
    )


def refill_status(refill: Refill, now: float, speed: float) -> str:
    """Where the refill stands; every tenth is rejected."""
    age = (now - refill.asked) * speed
    for until, status in _REFILL_STAGES:
        if age < until:
            return status
    return "Rejected" if refill.id % 10 == 0 else "Completed"


def _fate(order: Order, speed: float) -> _Fate:
    if order.cancel_asked is not None:
        lasts = (order.cancel_asked - order.received) * speed + CANCEL_SECONDS
        return _Fate("Canceled", lasts, order.quantity)
    status = _ending(order)
    return _Fate(status, 20.0 + _draw(order.id, "lasts", 35), _undelivered(order, status))


def _ending(order: Order) -> str:
    if _is_subscription(order):
        return "Completed" if order.quantity else "Expired"
    if order.id % 25 == 0:
        return "Canceled"
    return "Partial" if order.id % 15 == 7 and order.quantity > 1 else "Completed"


def _undelivered(order: Order, status: str) -> int:
    part = max(1, order.quantity * (10 + _draw(order.id, "part", 50)) // 100)
    return {"Canceled": order.quantity, "Partial": part}.get(status, 0)


def _stage(order: Order, share: float) -> str:
    stages = _SUBSCRIPTION_STAGES if _is_subscription(order) else _STAGES
    return next(status for until, status in stages if share < until)


def _remains(order: Order, fate: _Fate, share: float) -> int:
    delivered = max(0.0, share - _DELIVERY_STARTS) / (1.0 - _DELIVERY_STARTS)
    return order.quantity - round((order.quantity - fate.undelivered) * delivered)


def _final_charge(order: Order, fate: _Fate) -> Decimal:
    if not fate.undelivered:
        return order.charge
    return order.charge * (order.quantity - fate.undelivered) / order.quantity


def _is_subscription(order: Order) -> bool:
    return SERVICES[str(order.service)].type == "Subscriptions"


def _draw(order_id: int, purpose: str, below: int) -> int:
    """A number that looks random and is always the same for the same order."""
    return crc32(f"{purpose} {order_id}".encode()) % below
