"""What the balance says about orders whose answer was lost: exact arithmetic, told with what spoils it.

The balance was read before the first and after the last order of a run. What it fell by, less what the confirmed orders
of that run cost, was spent on some of the unsure ones, if nobody else used the account meanwhile. Where exactly one
choice of them adds up to the missing amount, that choice is very probable. It is told to whoever settles the rows,
and never acted on: other orders on the account, refunds and top-ups can always hide in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import product
from math import prod

from bulkorders.core.model import money
from bulkorders.core.statuses import Meaning, meaning

MOST_CHOICES = 20_000
"""With more ways to choose among the unsure rows, the arithmetic tells nothing that one could rely on."""

REFUNDING = frozenset({Meaning.PARTIAL, Meaning.CANCELED, Meaning.REFUNDED, Meaning.FAILED})
"""Statuses whose charge is not what was taken at first: the panel gave some or all of it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """An order of the run whose answer was lost: its number in the ledger, its row, and what it costs.

    `gone`: that row is no longer in the file.
    """

    entry: int
    row: int
    cost: Decimal
    gone: bool = False

    def __str__(self) -> str:
        return f"{self.row} (no longer in the file)" if self.gone else str(self.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMoney:
    """The balance around one run, in account currency, and what its orders cost.

    `after` was read at `after_at`: at the run's end, or (a run that was killed) when the next one began. `confirmed`
    is what each order cost that the panel confirmed.
    """

    started_at: datetime
    before: Decimal | None
    after: Decimal | None
    after_at: datetime | None
    currency: str
    confirmed: tuple[Decimal, ...]
    unsure: tuple[Unsure, ...]


def taken(cost: Decimal, charge: Decimal | None, status: str | None) -> Decimal:
    """What a confirmed order took from the balance: the panel's charge, or the estimate where that was given back or
    is still to come (0).
    """
    if not charge or status is None or meaning(status) in REFUNDING:
        return cost
    return charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the arithmetic gives: `ordered` says of an entry whether it was very probably ordered (absent: untold).

    `too_many`: there are more ways to choose among the unsure orders than were tried.
    """

    fell: Decimal
    confirmed: Decimal
    missing: Decimal
    too_many: bool
    fits: bool
    ordered: Mapping[int, bool]


def weigh(run: RunMoney) -> Weighed | None:
    """Do the sum for one run; None where a balance is not known."""
    if run.before is None or run.after is None:
        return None
    fell, confirmed = run.before - run.after, sum(run.confirmed, Decimal(0))
    missing = fell - confirmed
    too_many = prod(count + 1 for count in _prices(run).values()) > MOST_CHOICES
    choices = [] if too_many else _choices(run, missing)
    return Weighed(
        fell=fell,
        confirmed=confirmed,
        missing=missing,
        too_many=too_many,
        fits=bool(choices),
        ordered=_common(run, choices),
    )


def _prices(run: RunMoney) -> Counter[Decimal]:
    """How many of the unsure orders have each price."""
    return Counter(u.cost for u in run.unsure if u.cost)


def _choices(run: RunMoney, missing: Decimal) -> list[Mapping[Decimal, int]]:
    """The ways to choose unsure orders that add up to the missing amount: how many of each price."""
    prices = _prices(run)
    slack = _slack(run)
    found: list[Mapping[Decimal, int]] = []
    for counts in product(*(range(count + 1) for count in prices.values())):
        if abs(sum((p * n for p, n in zip(prices, counts, strict=True)), Decimal(0)) - missing) <= slack:
            found.append(dict(zip(prices, counts, strict=True)))
    return found


def _slack(run: RunMoney) -> Decimal:
    """What rounding can amount to: half a unit of the balance's last place for each price that has more places."""
    assert run.before is not None
    assert run.after is not None
    places = max(_places(run.before), _places(run.after), 2)
    rounded = sum(_places(cost) > places for cost in (*run.confirmed, *(u.cost for u in run.unsure)))
    return rounded * Decimal(5).scaleb(-places - 1)


def _places(amount: Decimal) -> int:
    return -min(0, int(amount.normalize().as_tuple().exponent))


def _common(run: RunMoney, choices: Sequence[Mapping[Decimal, int]]) -> dict[int, bool]:
    """What all choices agree on."""
    prices = _prices(run)
    told = {}
    for unsure in run.unsure:
        counts = {choice[unsure.cost] for choice in choices if unsure.cost}
        if counts in ({0}, {prices[unsure.cost]}):
            told[unsure.entry] = counts != {0}
    return told


def tell(run: RunMoney, entry: int, zone: tzinfo | None) -> str:
    """The arithmetic in words, for one unsure order of the run."""
    weighed = weigh(run)
    row = next(str(u) for u in run.unsure if u.entry == entry)
    if weighed is None:
        return "The balance around that run was not recorded, so it does not tell whether the order was placed."
    change = "fell" if weighed.fell >= 0 else "rose"
    told = f"{_between(run, zone)} the balance {change} by {money(abs(weighed.fell), run.currency)}"
    if run.confirmed:
        told += f"; the confirmed orders explain {money(weighed.confirmed)}"
    return f"{told}; {_conclusion(run, weighed, entry, row)}"


def _conclusion(run: RunMoney, weighed: Weighed, entry: int, row: str) -> str:
    missing, ordered = money(weighed.missing), weighed.ordered.get(entry)
    if weighed.missing < 0 and not weighed.fits:
        return "money came back or was added meanwhile, so it does not tell whether the order was placed."
    if weighed.too_many:
        return f"the remaining {missing} fits in too many ways to tell about row {row}."
    if not weighed.fits:
        return (
            f"the remaining {missing} does not fit the orders whose answers were lost: something else happened on "
            "the account, so it does not tell."
        )
    if ordered is None:
        return f"the remaining {missing} fits in more than one way, so it does not tell about row {row}."
    explained = [u for u in run.unsure if weighed.ordered.get(u.entry)]
    rest = weighed.missing - sum((u.cost for u in explained), Decimal(0))
    very = f"was very probably {'' if ordered else 'not '}ordered, if nothing else happened on the account."
    if abs(rest) > _slack(run):
        return f"the remaining {missing} cannot be made up {'without' if ordered else 'with'} row {row}: it {very}"
    rows = [str(u) for u in explained]
    sum_ = f"the missing {missing} is what {_rows(rows)}" if rows else "nothing is missing"
    return f"{sum_}: {'it' if rows == [row] else f'row {row}'} {very}"


def _rows(rows: Sequence[str]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]} costs"
    return f"rows {', '.join(rows[:-1])} and {rows[-1]} cost"


def _between(run: RunMoney, zone: tzinfo | None) -> str:
    start, end = run.started_at.astimezone(zone), (run.after_at or run.started_at).astimezone(zone)
    day = f"{end.day} {end:%B %Y}"
    if f"{start:%x %H:%M}" == f"{end:%x %H:%M}":
        return f"At {end:%H:%M} on {day}"
    if start.date() == end.date():
        return f"Between {start:%H:%M} and {end:%H:%M} on {day}"
    return f"Between {start.day} {start:%B %H:%M} and {end:%H:%M} on {day}"
