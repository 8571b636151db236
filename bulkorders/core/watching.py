"""How often orders are looked at while they are watched, and what is told of each that changed.

Pure: the time is always an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bulkorders.core.asks import Ask, AskAction, AskState, is_open
from bulkorders.core.columns import WORDS
from bulkorders.core.model import Entry, count_told, delivered
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.statuses import is_final

SHORTEST = 60.0
"""Seconds: a real panel is never looked at more often."""

LONGEST_BACKOFF = 900.0
"""Seconds between two tries while nothing can be learned, unless orders are looked at less often anyway."""

PACE: tuple[tuple[timedelta, float], ...] = (
    (timedelta(minutes=10), 60.0),
    (timedelta(hours=1), 120.0),
    (timedelta(hours=6), 300.0),
    (timedelta(days=1), 900.0),
    (timedelta(days=7), 1800.0),
    (timedelta.max, 3600.0),
)
"""Up to this age of the youngest order that is open, the seconds until the next look."""

PRACTICE_PACE = 5.0
"""Seconds, where orders live for a minute."""


def pace(age: timedelta) -> float:
    """Seconds until the next look, by the age of the youngest open order."""
    return next(seconds for until, seconds in PACE if age <= until)


def after_trouble(usual: float, failures: int, shortest: float) -> float:
    """Seconds until the next try after so many looks in a row that failed: twice as long each time, and never sooner
    than usual.
    """
    return max(usual, min(shortest * 2.0 ** min(failures, 10), LONGEST_BACKOFF))


_UNITS: Mapping[str, float] = {"s": 1, "m": 60, "h": 3600, "": 60}


def read_duration(text: str) -> float | None:
    """Seconds of `90s`, `5m`, `2h` or a bare number of minutes; None for anything else, 0 and more than a week."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([smh]?)", text.strip().casefold(), re.ASCII)
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    return seconds if 0 < seconds <= 7 * 86400 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one order, or one refill of it, stands. `word` is the panel's word, or ours for what it says nothing of.

    `refill` is the panel's number of the refill ("": this is the order itself). `since` is when it was asked for, where
    that is known. Money is in `currency`.
    """

    row: int
    ref: str
    order_id: str
    refill: str = ""
    word: str
    open: bool
    since: datetime | None
    quantity: int | None = None
    remains: int | None = None
    charge: Decimal | None = None
    currency: str = ""


Standings = Mapping[tuple[int, int], Standing]
"""By the ledger's numbers: of the order, and of the refill (0: the order itself)."""

_OUR_WORDS: Mapping[OrderState, str] = {
    OrderState.READY: "",
    OrderState.PLACED: WORDS[RowState.PLACED],
    OrderState.REFUSED: WORDS[RowState.REFUSED],
    OrderState.SENDING: WORDS[RowState.UNCONFIRMED],
    OrderState.REPEATING: WORDS[RowState.UNCONFIRMED],
    OrderState.UNCONFIRMED: WORDS[RowState.UNCONFIRMED],
}


def standings(
    rows: Mapping[int, int], entries: Iterable[Entry], asks: Mapping[int, Iterable[Ask]], *, refills: bool = True
) -> dict[tuple[int, int], Standing]:
    """How these orders and their refills stand; `rows` are the numbers of their rows now, by the ledger's number.

    `refills`: the panel tells how refills stand; otherwise none counts as open.
    """
    found: dict[tuple[int, int], Standing] = {}
    for entry in entries:
        if entry.id in rows:
            found[entry.id, 0] = _of_order(rows[entry.id], entry)
            found |= {
                (entry.id, ask.id): _of_refill(rows[entry.id], entry, ask, refills)
                for ask in asks.get(entry.id, ())
                if ask.action is AskAction.REFILL and ask.state is AskState.TAKEN
            }
    return found


def _of_order(row: int, entry: Entry) -> Standing:
    placed, status = entry.state is OrderState.PLACED, entry.status
    return Standing(
        row=row,
        ref=entry.ref,
        order_id=entry.order_id,
        word=status.status if placed and status else _OUR_WORDS[entry.state],
        open=placed and not (status and is_final(status.status)),
        since=entry.ordered_at or entry.sent_at,
        quantity=entry.order.quantity,
        remains=status.remains if status else None,
        charge=status.charge if status else None,
        currency=(status.currency if status else None) or "",
    )


def _of_refill(row: int, entry: Entry, ask: Ask, told: bool) -> Standing:
    return Standing(
        row=row,
        ref=entry.ref,
        order_id=entry.order_id,
        refill=ask.refill_id,
        word=ask.status or "asked for",
        open=told and is_open(ask),
        since=ask.asked_at,
    )


def youngest(standing: Iterable[Standing], now: datetime) -> timedelta:
    """The age of the youngest that is open; none where its time is not known, or the clock was set back since."""
    ages = [now - s.since for s in standing if s.open and s.since is not None]
    return max(min(ages, default=timedelta()), timedelta())


def open_told(standing: Sequence[Standing]) -> str:
    """`2,000 orders`, `1 order and 3 refills`."""
    refills = sum(bool(s.refill) for s in standing)
    parts = ((len(standing) - refills, "order"), (refills, "refill"))
    return " and ".join(count_told(count, word) for count, word in parts if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One order or refill whose word has become another. `before` is "" for an order that was not placed then."""

    at: datetime
    before: str
    now: Standing

    def as_text(self) -> str:
        """`14:05 row 17: In progress → Completed, 1,000 delivered`."""
        now = self.now
        what = f"row {now.row}" + (f", refill {now.refill}" if now.refill else "")
        if self.before:
            told = f"{self.before} → {now.word}"
        else:
            told = f"ordered as {now.order_id}, {now.word}" if now.order_id and not now.refill else now.word
        return f"{self.at:%H:%M} {what}: {told}{_figures(now)}"

    def as_json(self) -> dict[str, Any]:
        """One object: counts are numbers, money is a decimal string, what is not known is null."""
        now = self.now
        return {
            "time": self.at.isoformat(timespec="seconds"),
            "row": now.row,
            "ref": now.ref,
            "order": now.order_id,
            "refill": now.refill or None,
            "from": self.before or None,
            "to": now.word,
            "delivered": delivered(now.quantity, now.remains),
            "remains": now.remains,
            "charge": None if now.charge is None else f"{now.charge:f}",
            "currency": now.currency or None,
        }


def _figures(now: Standing) -> str:
    done = delivered(now.quantity, now.remains)
    if done is None or now.quantity is None or (not done and now.open):
        return ""
    return f", {done:,} delivered" if done == now.quantity else f", {done:,} of {now.quantity:,} delivered"


def changes(before: Standings, now: Standings, at: datetime) -> Iterator[Change]:
    """What has become another since, in the order of the rows."""
    for key, standing in sorted(now.items(), key=lambda item: (item[1].row, item[0])):
        word = before[key].word if key in before else ""
        if standing.word not in ("", word):
            yield Change(at=at, before=word, now=standing)
