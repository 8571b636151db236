"""What is another thing in a plan than when it was approved, told by row, column, price and panel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from bulkorders.core.fields import flat, told_apart
from bulkorders.core.model import money

MOST_NAMED = 5
"""So many differences are named in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One row of a plan: its number, what it is known by, and what it sends.

    `action` is what it asks for in place of an order ("": an order). `standing` is the word for a row that is no part
    of what the plan costs ("": it is); such rows are not approved with the others.
    """

    number: int
    ref: str
    content: str
    copy: int
    service: str
    form: Mapping[str, str]
    action: str = ""
    standing: str = ""

    @property
    def known_by(self) -> tuple[str, str, int]:
        """What a row is recognised by, wherever it stands."""
        return self.ref, self.content, self.copy

    @property
    def cells(self) -> Mapping[str, str]:
        """What was filled in, by field."""
        return {"ref": self.ref, "service": self.service, **self.form, "action": self.action}

    def told(self) -> str:
        """`row 7 (service 122, https://example.com/7)`."""
        target = self.form.get("link") or self.form.get("username") or ""
        return f"row {self.number} ({', '.join(filter(None, (f'service {self.service}', flat(target))))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a plan code is made of. `job` is the file's fingerprint and `file` its name; `prices` are the rates of
    its services, `total` what it costs (account currency). `terms` is a digest of what the settings add to every order
    ("": nothing).
    """

    panel: str
    job: str
    file: str
    rows: Sequence[PlanRow]
    prices: Mapping[str, Decimal]
    total: Decimal
    terms: str = ""

    def as_text(self) -> str:
        """The plan as it is kept."""
        rows = [asdict(row) for row in self.rows if not row.standing]
        return json.dumps(asdict(replace(self, rows=())) | {"rows": rows}, default=str)


def read_plan(text: str) -> Plan:
    """A plan that was kept."""
    kept = json.loads(text)
    rows = [PlanRow(**row) for row in kept.pop("rows")]
    prices = {service: Decimal(rate) for service, rate in kept.pop("prices").items()}
    return Plan(rows=rows, prices=prices, total=Decimal(kept.pop("total")), **kept)


def differences_told(then: Plan, now: Plan, heading: Callable[[str], str], currency: str) -> str:
    """What differs between an approved plan and today's, joined to a sentence; "" where nothing does.

    `heading` gives the person's own heading for a field.
    """
    found = [*_place(then, now), *_rows(then, now, heading), *_prices(then, now, currency)]
    if not found and then.total != now.total:
        found = [f"together it was {money(then.total)} and is {money(now.total, currency)} now"]
    more = len(found) - MOST_NAMED
    return "; ".join(found[:MOST_NAMED]) + (f"; and {more:,} more differences" if more > 0 else "")


def _place(then: Plan, now: Plan) -> Iterator[str]:
    if then.panel != now.panel:
        yield f"it was made for the panel {then.panel}, and this is {now.panel}"
    elif then.job != now.job:
        yield f"it was made for {'another file of the name ' if then.file == now.file else ''}{then.file}"
    if then.terms != now.terms:
        yield "the settings add something else to every order now (extra_fields, quantity_with_package)"


def _prices(then: Plan, now: Plan, currency: str) -> Iterator[str]:
    for service in sorted(set(then.prices) & set(now.prices)):
        before, today = then.prices[service], now.prices[service]
        if before != today:
            yield f"the price of service {service} was {money(before)} and is {money(today, currency)} now"


def _rows(then: Plan, now: Plan, heading: Callable[[str], str]) -> Iterator[str]:
    today = {row.known_by: row for row in now.rows}
    before = {row.known_by for row in then.rows}
    new = {row.known_by: row for row in now.rows if row.known_by not in before}
    by_ref = {row.ref: row for row in new.values() if row.ref}
    by_number = {row.number: row for row in new.values()}
    for row in then.rows:
        other = today.get(row.known_by) or by_ref.get(row.ref) or _version(row, by_number.get(row.number))
        if other is None:
            yield f"{row.told()} is missing"
            continue
        new.pop(other.known_by, None)
        if changed := list(_cells(row, other, heading)):
            yield f"row {other.number}: {', '.join(changed)}"
        elif other.standing:
            yield f"row {other.number} is not ordered now ({other.standing})"
    yield from (f"{row.told()} was added" for row in new.values() if not row.standing)


def _version(row: PlanRow, other: PlanRow | None) -> PlanRow | None:
    """A row without a Ref that stands in the place of another is what became of it, where service or link are the
    same.
    """
    if other is None or (other.service != row.service and other.form.get("link") != row.form.get("link")):
        return None
    return other


def _cells(row: PlanRow, other: PlanRow, heading: Callable[[str], str]) -> Iterator[str]:
    before, now = row.cells, other.cells
    for name in dict.fromkeys([*before, *now]):
        was, is_ = before.get(name, ""), now.get(name, "")
        if was != is_:
            was, is_ = told_apart(was, is_, 40)
            yield f"{heading(name)} was {was or 'empty'} and is {is_ or 'empty'} now"
