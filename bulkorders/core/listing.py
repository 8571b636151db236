"""A panel's service list as it was at one moment: what it is kept and saved as, how old it is, and what fits in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeGuard

from bulkorders.core.actions import Json, identifier, is_plain
from bulkorders.core.model import Service, count_told
from bulkorders.core.summary import at_time


class NoListError(ValueError):
    """This is no service list that was saved, or it is damaged: `str(error)` goes on from the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A service list, whose it is and when the panel gave it (aware).

    `listed` is how many services the panel's list had, of which these may be a part; `unreadable` how many more entries
    it had. Rates are in `currency` ("": the panel does not name it).
    """

    panel: str
    fetched_at: datetime
    currency: str
    services: Sequence[Service]
    listed: int
    unreadable: int = 0

    def as_json(self) -> dict[str, Any]:
        """One object, exact: rates as text, the time with its zone."""
        return {
            "panel": self.panel,
            "fetched_at": self.fetched_at.astimezone(UTC).isoformat(),
            "currency": self.currency,
            "listed": self.listed,
            "unreadable": self.unreadable,
            "services": [service_json(s) for s in self.services],
        }

    def told(self) -> str:
        """Whose list it is, of how many services, and from when, as each line of a saved table says it."""
        return f"{self.panel}, {self.listed:,} services, {self.fetched_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


_TOLD = re.compile(r"(.+), ([0-9,]{1,12}) services, ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) UTC")


def read_told(text: str) -> tuple[str, int, datetime] | None:
    """Panel, length and time from what `Listing.told` wrote; None for anything else."""
    found = _TOLD.fullmatch(text)
    try:
        return found and (found[1], int(found[2].replace(",", "")), datetime.fromisoformat(f"{found[3]}+00:00"))
    except ValueError:  # the 31st of a month that has none
        return None


_FIELDS = tuple(Service.__slots__)


def service_json(service: Service) -> dict[str, Any]:
    """A service as a JSON object: its fields by name, the rate as text."""
    return {name: getattr(service, name) for name in _FIELDS} | {"rate": rate_text(service.rate)}


def rate_text(rate: Decimal) -> str:
    """A rate as text that gives the same rate again: never in exponents."""
    return f"{abs(rate):f}"  # a panel's -0 is 0


def read_json(value: Json) -> Listing:
    """The list that `Listing.as_json` wrote, every value of it looked at: the file may come from anywhere.

    Raises:
        NoListError: it is something else.
    """
    fields = value if isinstance(value, dict) else {}
    panel, currency, moment = fields.get("panel"), fields.get("currency"), _moment(fields.get("fetched_at"))
    listed, unreadable, rows = fields.get("listed"), fields.get("unreadable"), fields.get("services")
    if not (_text(panel) and panel and _text(currency) and moment and _count(listed) and _count(unreadable)):
        raise NoListError("does not say which panel's list it is and from when")
    if not isinstance(rows, list):
        raise NoListError("has no services in it")
    services = read_services(rows, listed, "entry", 1)
    return Listing(
        panel=panel, fetched_at=moment, currency=currency, services=services, listed=listed, unreadable=unreadable
    )


def read_services(rows: Sequence[Json], listed: int, what: str, first: int) -> tuple[Service, ...]:
    """The services of a saved list; `what` and `first` say how its rows are called and counted.

    Raises:
        NoListError: one cannot be read or is there twice, or there are fewer or more than the panel's list had.
    """
    found: dict[str, Service] = {}
    for number, row in enumerate(rows, first):
        service = _service(row)
        if service is None:
            raise NoListError(f"cannot be read in {what} {number:,}")
        if service.id in found:
            raise NoListError(f"has service {service.id} twice")
        found[service.id] = service
    if len(found) != listed:
        raise NoListError(f"has {len(found):,} of the {listed:,} services of the panel's list")
    return tuple(found.values())


_RATE = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,10})?")
_MOST = 10**15
_NAMES = frozenset(_FIELDS)


def _service(row: Json) -> Service | None:
    if not isinstance(row, dict) or row.keys() != _NAMES:
        return None
    texts = all(_text(row[name]) for name in ("id", "name", "type", "category"))
    named = texts and identifier(row["id"]) == row["id"] and all(row[name] for name in ("id", "name", "type"))
    priced = isinstance(row["rate"], str) and _RATE.fullmatch(row["rate"])
    limited = _count(row["min"]) and (row["max"] is None or (_count(row["max"]) and row["max"] > 0))
    flags = isinstance(row["refill"], bool) and isinstance(row["cancel"], bool)
    if not (named and priced and limited and flags and isinstance(row["dripfeed"], bool | None)):
        return None
    return Service(**{**row, "rate": Decimal(row["rate"])})


def _text(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and is_plain(value)


def _count(value: Json) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _MOST


def _moment(value: Json) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


# --- as a table -------------------------------------------------------------------------------------------------------

PRICE = "Price per 1000"
HEADINGS = ("Service ID", "Name", "Category", "Type", PRICE, "Min", "Max", "Refill", "Cancel", "Drip-feed", "List")
"""The columns of a saved table; the price's heading also has the currency, and `List` says what `Listing.told` does."""

_PRICE = re.compile(rf"{PRICE}(?: \((.*)\))?")
_FLAGS = {"yes": True, "no": False}
_WHOLE = re.compile(r"[0-9]{1,15}")


def price_heading(currency: str) -> str:
    """`Price per 1000 (USD)`."""
    return f"{PRICE} ({currency})" if currency else PRICE


def read_rows(headings: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> Listing:
    """The list that a saved table holds; each row comes with the number that Excel shows.

    Raises:
        NoListError: it is something else, or was changed.
    """
    price = next((heading for heading in headings if _PRICE.fullmatch(heading)), "")
    names = [price_heading(_currency(price)) if name == PRICE else name for name in HEADINGS]
    missing = [name for name in names if name not in headings]
    if missing:
        raise NoListError(f'has no column "{missing[0]}"')
    at = [list(headings).index(name) for name in names]
    told = {cells[at[-1]] for _, cells in rows}
    whose = read_told(told.pop()) if len(told) == 1 else None
    if whose is None:
        raise NoListError('does not say in its column "List" which panel\'s list it is and from when')
    panel, listed, moment = whose
    services = read_services([_row_fields([cells[i] for i in at]) for _, cells in rows], listed, "row", rows[0][0])
    return Listing(panel=panel, fetched_at=moment, currency=_currency(price), services=services, listed=listed)


def _currency(heading: str) -> str:
    found = _PRICE.fullmatch(heading)
    return found[1] or "" if found else ""


def _row_fields(cells: Sequence[str]) -> dict[str, Json]:
    """The cells of a table as the values of a JSON list; what cannot be one stays text, and is refused as such."""
    service_id, name, category, kind, rate, least, most, refill, cancel, dripfeed, _ = cells
    return {
        "id": service_id,
        "name": name,
        "type": kind,
        "category": category,
        "rate": rate,
        "min": int(least) if _WHOLE.fullmatch(least) else least,
        "max": int(most) if _WHOLE.fullmatch(most) else most or None,
        "refill": _FLAGS.get(refill, refill),
        "cancel": _FLAGS.get(cancel, cancel),
        "dripfeed": _FLAGS.get(dripfeed, dripfeed or None),
    }


# --- its age ----------------------------------------------------------------------------------------------------------

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_SLACK = 120
"""Seconds by which clocks differ without anybody being told."""


def age_told(moment: datetime, now: datetime) -> str:
    """`3 hours ago`; for a moment to come, that this computer's clock is behind."""
    seconds = int((now - moment).total_seconds())
    if seconds < -_SLACK:
        return "by a clock that is ahead of this computer's"
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{count_told(seconds // size, unit)} ago"
    return "less than a minute ago"


def moment_told(moment: datetime, now: datetime, zone: tzinfo | None) -> str:
    """`3 November 2026 at 14:02, 3 hours ago`."""
    return f"{at_time(moment.astimezone(zone))}, {age_told(moment, now)}"


# --- what is asked for ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which services are asked for: every word must be there, in any order; empty means all.

    Rates are in account currency, for 1,000 (for a package: flat), both ends included.
    """

    search: str = ""
    type: str = ""
    category: str = ""
    min_rate: Decimal | None = None
    max_rate: Decimal | None = None

    def fits(self, service: Service) -> bool:
        """Whether the service has all that was asked for."""
        return (
            _has_all(self.search, f"{service.id} {service.name} {service.category}")
            and _plain(self.type) in ("", _plain(service.type))
            and _has_all(self.category, service.category)
            and (self.min_rate is None or service.rate >= self.min_rate)
            and (self.max_rate is None or service.rate <= self.max_rate)
        )

    def of(self, services: Sequence[Service]) -> list[Service]:
        """Those that fit, in their order; but a service whose very ID was asked for comes first."""
        words = self.search.casefold().split()
        return sorted(filter(self.fits, services), key=lambda s: s.id.casefold() not in words)


def _has_all(words: str, text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


def _plain(type_: str) -> str:
    return type_.casefold().replace("_", " ").strip()
