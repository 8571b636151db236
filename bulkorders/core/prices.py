"""What became dearer or cheaper since a person last looked at a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from bulkorders.core.model import Order, PriceMove, Service, money, on_day

FINEST = Decimal("0.00001")
"""Differences are told to this part of the account's currency."""

Shown = Mapping[str, tuple[Decimal, datetime]]
"""The rate that each service was last shown with, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One service whose rate moved: both rates (for 1,000, or for a package), when the old one was shown, and what
    that makes for the orders of the plan (account currency; more than 0: dearer).
    """

    service: str
    name: str
    before: Decimal
    now: Decimal
    since: datetime
    difference: Decimal

    @property
    def move(self) -> PriceMove:
        """The price alone, as an order remembers it."""
        return PriceMove(before=self.before, now=self.now, since=self.since)


def price_changes(orders: Iterable[Order], services: Mapping[str, Service], shown: Shown) -> list[Change]:
    """The services of these orders whose rate is another than the one that was shown, dearest difference first."""
    costs: dict[str, Decimal] = {}
    for order in orders:
        costs[order.service] = costs.get(order.service, Decimal(0)) + order.cost
    moved = [s for s in costs if s in shown and s in services and shown[s][0] != services[s].rate]
    return sorted((_change(services[s], costs[s], *shown[s]) for s in moved), key=lambda c: (-c.difference, c.service))


def _change(service: Service, cost: Decimal, before: Decimal, since: datetime) -> Change:
    was = cost * before / service.rate if service.rate else Decimal(0)
    return Change(
        service=service.id,
        name=service.name,
        before=before,
        now=service.rate,
        since=since,
        difference=(cost - was).quantize(FINEST),
    )


def row_told(move: PriceMove, cost: Decimal, currency: str, zone: tzinfo | None) -> str:
    """The change of a price in words, for a row that costs so much now."""
    verb = "rose" if move.now > move.before else "fell"
    told = f"The price {verb} from {money(move.before)} to {money(move.now, currency)} since you looked"
    before = (cost * move.before / move.now).quantize(FINEST) if move.now else cost
    becomes = f": {money(before)} becomes {money(cost, currency)}" if before != cost else ""
    return f"{told}{on_day(move.since, zone)}{becomes}."


def total_difference(changes: Iterable[Change]) -> Decimal:
    """What all changes together make, in account currency."""
    return sum((c.difference for c in changes), Decimal(0))


def change_told(change: Change, currency: str, zone: tzinfo | None) -> str:
    """The change of one price in words."""
    verb, more = ("rose", "more") if change.now > change.before else ("fell", "less")
    return (
        f"The price of service {change.service} ({change.name[:60]}) {verb} from {money(change.before)} to "
        f"{money(change.now, currency)} since you looked{on_day(change.since, zone)}: "
        f"these rows cost {money(abs(change.difference), currency)} {more}."
    )
