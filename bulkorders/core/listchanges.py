"""What changed between two service lists of one panel: new, gone, dearer, cheaper, or otherwise another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from bulkorders.core.listing import Listing, Wanted, moment_told, rate_text, service_json
from bulkorders.core.model import Service, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A service whose rate is another one now (account currency)."""

    service: Service
    before: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A service that is another one in `field` (a name of `Service`) now."""

    service: Service
    field: str
    before: Any

    @property
    def now(self) -> Any:
        """What the field holds now."""
        return getattr(self.service, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed from `before` to `now`. With no list before there is nothing to tell; with another currency
    nothing of prices.
    """

    before: Listing | None
    now: Listing
    new: Sequence[Service] = ()
    gone: Sequence[Service] = ()
    dearer: Sequence[Moved] = ()
    cheaper: Sequence[Moved] = ()
    altered: Sequence[Altered] = ()

    @property
    def other_currency(self) -> bool:
        """Whether the prices of the two lists are in different currencies, and cannot be compared."""
        return self.before is not None and self.before.currency != self.now.currency

    def as_json(self) -> dict[str, Any]:
        """One object; money as decimal strings. `since` is null where there is nothing to compare with."""
        return {
            "panel": self.now.panel,
            "since": self.before and self.before.fetched_at.astimezone(UTC).isoformat(),
            "fetched_at": self.now.fetched_at.astimezone(UTC).isoformat(),
            "currency": self.now.currency,
            "new": [service_json(s) for s in self.new],
            "gone": [service_json(s) for s in self.gone],
            "dearer": [_moved(m) for m in self.dearer],
            "cheaper": [_moved(m) for m in self.cheaper],
            "changed": [
                {"id": a.service.id, "name": a.service.name, "what": a.field, "before": a.before, "now": a.now}
                for a in self.altered
            ],
        }

    def as_text(self, now: datetime, zone: tzinfo | None) -> str:
        """A sentence for each change, and how many there are since when."""
        if self.before is None:
            return (
                f"There is nothing to compare with yet: no earlier service list of {self.now.panel} is kept. "
                "This one is kept now: run this again later to see what has changed since."
            )
        since = f"since the list of {moment_told(self.before.fetched_at, now, zone)}"
        lines = [sentence for _, told in self._groups() for sentence in told]
        counted = ", ".join(f"{len(told):,} {name}" for name, told in self._groups() if told)
        in_currency = f", in {self.now.currency}" if self.now.currency else ""
        if self.other_currency:
            was, is_ = self.before.currency or "no named currency", self.now.currency or "no named currency"
            lines.append(f"The prices cannot be compared: they were in {was}, and are in {is_} now.")
        if not counted:
            return "\n".join([*lines, f"No service has changed {since}."])
        return "\n".join([*lines, f"{counted}, {since}; prices are for 1,000 (packages: for one){in_currency}."])

    def _groups(self) -> Iterator[tuple[str, list[str]]]:
        yield "new", [f"{_named(s)} is new: {money(s.rate)}." for s in self.new]
        yield "gone", [f"{_named(s)} is gone; it was {money(s.rate)}." for s in self.gone]
        yield "dearer", [f"{_named(m.service)} is dearer: {_rates(m)}." for m in self.dearer]
        yield "cheaper", [f"{_named(m.service)} is cheaper: {_rates(m)}." for m in self.cheaper]
        yield "changed otherwise", [_altered(a) for a in self.altered]


def changes_between(before: Listing | None, now: Listing, wanted: Wanted | None = None) -> Changes:
    """What changed, of the services that were or are wanted."""
    if before is None:
        return Changes(before=None, now=now)
    wanted = wanted or Wanted()
    old, new = {s.id: s for s in before.services}, {s.id: s for s in now.services}
    both = [(old[i], s) for i, s in new.items() if i in old and (wanted.fits(old[i]) or wanted.fits(s))]
    comparable = before.currency == now.currency
    moved = [Moved(service=s, before=was.rate) for was, s in both if comparable and was.rate != s.rate]
    return Changes(
        before=before,
        now=now,
        new=[s for i, s in new.items() if i not in old and wanted.fits(s)],
        gone=[s for i, s in old.items() if i not in new and wanted.fits(s)],
        dearer=[m for m in moved if m.service.rate > m.before],
        cheaper=[m for m in moved if m.service.rate < m.before],
        altered=[
            Altered(service=s, field=name, before=getattr(was, name))
            for was, s in both
            for name in TOLD
            if getattr(was, name) != getattr(s, name)
        ],
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


def _yes(flag: bool | None) -> str:
    return "not told" if flag is None else "yes" if flag else "no"


def _most(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit:,}"


TOLD: dict[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("name", _quoted),
    "type": ("type", str),
    "category": ("category", _quoted),
    "min": ("smallest order", _most),
    "max": ("largest order", _most),
    "refill": ("refill", _yes),
    "cancel": ("can be canceled", _yes),
    "dripfeed": ("drip-feed", _yes),
}
"""What is compared besides the rate: how it is called, and how its values are told."""


def _named(service: Service) -> str:
    return f"Service {service.id} ({service.name})"


def _rates(moved: Moved) -> str:
    return f"{money(moved.before)} before, {money(moved.service.rate)} now"


def _altered(altered: Altered) -> str:
    name, told = TOLD[altered.field]
    return f"{_named(altered.service)} has changed: {name} {told(altered.before)} before, {told(altered.now)} now."


def _moved(moved: Moved) -> dict[str, str]:
    service = moved.service
    return {
        "id": service.id,
        "name": service.name,
        "before": rate_text(moved.before),
        "now": rate_text(service.rate),
    }
