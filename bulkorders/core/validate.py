"""Rows against the service list: the order that each row asks for, and everything that is wrong with it.

One pass. What a sheet's columns mean to one service is worked out once (`_Offer`), so that a row
costs only the reading of its filled cells and the rules of the fields that it uses. A rule is a function
and a row of RULES; a sentence is a `Fault`, here or in fields.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bulkorders.core import fields
from bulkorders.core.asks import ECHO
from bulkorders.core.catalog import BETWEEN, Catalog, is_choice
from bulkorders.core.fields import ERRORS, READERS, Fault, Reader, shown
from bulkorders.core.headings import Headings
from bulkorders.core.limits import MOST_PROBLEMS
from bulkorders.core.model import Form, Level, Order, Problem, Row, Service, Sheet, cell_text, count_told, money
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, Price, When, order_type

ACTIONS = ("order", "skip", "refill", "cancel")
"""The words of the Action column; an empty cell is "order"."""

NOT_PLACED = "not placed"
"""What a person writes under Order ID to say that an unconfirmed order does not exist."""

_KEYS = ("service", "ref", "order_id", "action")
_DRIP_FEED = ("runs", "interval")
_SWITCH: Mapping[str, str] = {when.needs: when.field for kind in ORDER_TYPES for when in kind.when}
_ORDER_ID = re.compile(r"(?![0-9]+[.,][0-9])[!-+\--:<-~]{1,100}")
"""One ID: no space, comma or semicolon in it, and not a number that another program wrote as `23501.0`."""


@dataclass(slots=True, kw_only=True)
class Checked:
    """One row and what came of its checks.

    `ref` and `claimed_id` are "" where the cell is empty; `action` is one of ACTIONS. `form`, with `service` (the
    text of that cell, or the number in a choice of the order form), is what the row is known by: the fields that
    the type uses, in the table's order, canonical where readable and as typed where not; for an unknown service
    or type every field that can be sent, as typed. `target` is the link, or the user name of a subscription.
    `order` is None for a skipped row, and where a problem is an error. `echoed`: the Action cell is one of a results
    workbook that says that a refill or cancellation was asked for; `typed`: the action was chosen in the results
    workbook beside the input. `content` is for plan.py, which notes there what the row is known by: it is no argument,
    so that a changed copy (`replace`) never has the one of its original.
    """

    row: Row
    ref: str
    action: str
    claimed_id: str
    service: str
    form: Form
    target: str
    order: Order | None
    problems: tuple[Problem, ...]
    echoed: bool = False
    typed: bool = False
    content: str = field(default="", init=False, compare=False, repr=False)


def _warning(code: str, message: str, advice: str) -> Fault:
    return Fault(code=code, message=message, advice=advice, level=Level.WARNING)


def _error(code: str, message: str, advice: str) -> Fault:
    return Fault(code=code, message=message, advice=advice)


UNKNOWN_ACTION = _error(
    "unknown_action",
    "{heading} is {value}; allowed are order, skip, refill and cancel, or nothing.",
    "Put one of these words, or empty the cell.",
)
ERROR_TEXT = _error(
    "error_text",
    "{heading} says {value}, an error of a spreadsheet program; it must be a value.",
    "Correct the formula that it comes from, or type the value.",
)
ODD_ORDER_ID = _error(
    "odd_order_id",
    "{heading} is {value}; that is no order number of a panel.",
    "Copy the number from the panel's Orders page, or empty the cell.",
)
ORDER_ID_TWICE = _error(
    "order_id_twice",
    "{heading} is {value}, as in row {first}; one order belongs to one row.",
    "Empty the cell in the row that this order does not belong to.",
)
REF_TWICE = _error(
    "ref_twice",
    "{heading} is {value}, as in row {first}; every row needs its own.",
    "Change one of the two.",
)
SAME_LINK = _warning(
    "same_link",
    "Row {first} has the same service and {heading}; the two are ordered one after the other.",
    "Expect this row to wait until the panel has finished the other one.",
)
NO_SERVICE = _error(
    "service_missing",
    "{heading} is empty; every row needs the number of a service.",
    "Put the number of the service.",
)
UNKNOWN_SERVICE = _error(
    "unknown_service",
    "There is no service {id}.{nearest}",
    "Put the number you want.",
)
SERVICE_GONE = _error(
    "service_gone",
    "There is no service {id} any more.{nearest}",
    "Put the number you want.",
)
RENAMED = _error(
    "service_renamed",
    "Service {id} is {now} now; {heading} says {value}.",
    "Put only the number {id} if that is still what you want, or choose another service.",
)
UNKNOWN_TYPE = _error(
    "unknown_type",
    "Service {service} is of the type {type}, which this program does not know.",
    "Choose another service, or order this one on the panel's own page.",
)
NO_REFILL = _error(
    "no_refill",
    "{heading} is {value}; service {service} has no refill.",
    "Empty the cell.",
)
NO_CANCEL = _error(
    "no_cancel",
    "{heading} is {value}; an order of service {service} cannot be canceled.",
    "Empty the cell.",
)
TRAP_PRICE = _warning(
    "trap_price",
    "Service {service} {why}; {cost}.",
    "Make sure that this is the service you want.",
)
MISSING = _error(
    "missing",
    "{heading} is empty; a service of the type {type} needs it.",
    "Fill in {heading}.",
)
MISSING_COLUMN = _error(
    "missing",
    'There is no column "{heading}"; a service of the type {type} needs it.',
    'Add a column "{heading}" and fill it in.',
)
MISSING_NOW = _error(
    "missing",
    "{heading} is empty; this {other} needs it.",
    "Fill in {heading}, or change {other}.",
)
UNUSED = _warning(
    "unused",
    "{heading} is not used by this service (type {type}); it is not sent.",
    "Empty the cell, or check the service number.",
)
UNUSED_NOW = _warning(
    "unused",
    "{heading} is not used with this {other}; it is not sent.",
    "Empty the cell, or change {other}.",
)
BELOW_MIN = _error(
    "below_min",
    "{heading} {counted}; this service takes {range}.",
    "{change}.",
)
ABOVE_MAX = _error(
    "above_max",
    "{heading} {counted}; this service takes {range}.",
    "{change}.",
)
ODD_LIMITS = _warning(
    "odd_limits",
    "The service list contradicts itself: at least {min} and at most {max}.",
    "Expect the panel to refuse it; what lies between the two figures is sent.",
)
NO_DRIP_FEED = _error(
    "no_drip_feed",
    "{heading} is filled in; this service cannot be delivered in several runs.",
    "Empty {runs} and {interval}.",
)
HALF_DRIP_FEED = _error(
    "half_drip_feed",
    "{heading} is empty; delivery in several runs needs {runs} and {interval}.",
    "Fill in both, or empty both.",
)
ONE_RUN = _warning(
    "one_run",
    "{heading} is 1; everything is delivered in one go.",
    "Put 2 or more to spread the delivery.",
)
TOTAL_ABOVE_MAX = _warning(
    "total_above_max",
    "{runs} runs of {quantity} make {total}; this service takes {range}.",
    "Expect the panel to refuse it if it counts all runs together.",
)
MIN_ABOVE_MAX = _error(
    "min_above_max",
    "{heading} is {min}, which is more than {other}, {max}.",
    "Swap or change the two.",
)
EXPIRED = _error(
    "expired",
    "{heading} is {value}; it must be after today, {today}.",
    "Put a later date.",
)
ROW_COST_CAP = _error(
    "row_cost_cap",
    "This row costs {cost}; the most allowed for one row is {cap}.",
    "Order less, or raise the limit for a row.",
)
OPEN_COST = _warning(
    "open_cost",
    "{heading} is empty, so nobody can say what this subscription will cost.",
    "Fill in {heading} to hold it to the limit for a row, {cap}.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What a sheet's columns are to one type: those that it uses, in the order of sending, and the others."""

    used: tuple[tuple[str, int, Reader], ...]
    unused: tuple[tuple[str, int], ...]
    required: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A service as a sheet's rows meet it: worked out once, used for every row that names it.

    `low` and `high` limit the quantity (`high` None: no limit). `live` is False for a service that only
    earlier orders remember. `trap` says why its price looks like a trap, if it does.
    """

    service: Service
    kind: OrderType
    live: bool
    columns: _Columns
    rules: tuple[Rule, ...]
    low: int
    high: int | None
    trap: str | None


@dataclass(slots=True, kw_only=True)
class _Job:
    """What is the same for every row of a sheet, and what they share: who came first with a value, what was told."""

    headings: Headings
    catalog: Catalog
    today: date
    max_row_cost: Decimal | None
    currency: str
    from_reader: Mapping[int, list[Problem]]
    columns: Mapping[str, _Columns]
    keys: tuple[int | None, ...]
    offers: dict[str, _Offer | None] = field(default_factory=dict)
    refs: dict[str, int] = field(default_factory=dict)
    order_ids: dict[str, int] = field(default_factory=dict)
    targets: dict[tuple[str, str], int] = field(default_factory=dict)
    told: int = 0


class _Draft:
    """One row while it is checked.

    `form` holds every filled field that its type uses, `faults` what is wrong with some of them, `counted`
    the quantity of one run (None where it cannot be read, or nothing counts).
    """

    __slots__ = ("counted", "faults", "faulty", "form", "job", "problems", "row")

    def __init__(self, job: _Job, row: Row) -> None:
        self.job = job
        self.row = row
        told = job.from_reader.get(row.number)
        self.problems: list[Problem] = list(told) if told else []
        self.faulty = told is not None and any(map(_is_error, told))
        self.form: dict[str, str] = {}
        self.faults: dict[str, Fault] = {}
        self.counted: int | None = None

    def text(self, name: str) -> str:
        """The trimmed text of a field's cell, "" where the sheet has no such column."""
        index = self.job.headings.at.get(name)
        return "" if index is None else cell_text(self.row.cells[index])

    def good(self, name: str) -> str | None:
        """The canonical text of a field; None where it is empty or cannot be read."""
        fault = self.faults.get(name) if self.faults else None
        return self.form.get(name) if fault is None or fault.level is Level.WARNING else None

    def number(self, name: str) -> int | None:
        """A readable whole number of this row."""
        text = self.good(name)
        return None if text is None else int(text)

    def add(self, fault: Fault, name: str, value: str = "", **more: object) -> None:
        """Record a fault of a field, unless the reader has already said what is wrong with that cell."""
        heading = self.job.headings.heading(name)
        if any(p.column == heading and _is_error(p) for p in self.job.from_reader.get(self.row.number, ())):
            return
        words = {"heading": self.job.headings.told(name), "value": shown(value), **more}
        problem = Problem(
            row=self.row.number,
            column=heading,
            code=fault.code,
            message=fault.message.format_map(words),
            advice=fault.advice.format_map(words),
            level=fault.level,
        )
        self.problems.append(problem)
        self.faulty = self.faulty or _is_error(problem)


Rule = Callable[[_Draft, _Offer], None]


def check_rows(
    sheet: Sheet,
    headings: Headings,
    catalog: Catalog,
    *,
    today: date,
    max_row_cost: Decimal | None = None,
    currency: str = "",
) -> list[Checked]:
    """Check every row of a sheet against the service list: one `Checked` a row, in order.

    `max_row_cost` is in account currency; `currency` is only for sentences. The reader's problems that name
    a row are merged into it; those of the whole file are left to the caller. No cell raises an exception.
    """
    job = _Job(
        headings=headings,
        catalog=catalog,
        today=today,
        max_row_cost=max_row_cost,
        currency=currency,
        from_reader=_by_row(sheet.problems),
        columns={kind.name: _columns(headings, kind) for kind in ORDER_TYPES},
        keys=tuple(map(headings.at.get, _KEYS)),
    )
    return [_check(job, row) for row in sheet.rows]


def _by_row(problems: Iterable[Problem]) -> Mapping[int, list[Problem]]:
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.row is not None:
            found.setdefault(problem.row, []).append(problem)
    return found


def _is_error(problem: Problem) -> bool:
    return problem.level is Level.ERROR


def _check(job: _Job, row: Row) -> Checked:
    draft = _Draft(job, row)
    cells = row.cells
    service, ref, claimed_id, action = [
        "" if index is None or (cell := cells[index]) == "" else cell_text(cell) for index in job.keys
    ]
    chosen, service = service, job.catalog.meant(service) if BETWEEN in service else service
    echo = ECHO.fullmatch(action) if "(" in action else None
    action = (echo[1] if echo else action).casefold() or "order"
    offer = job.offers[service] if service in job.offers else _open_offer(job, service)
    _read(draft, offer)
    form = tuple(draft.form.items())
    target = _target(draft.form, offer)
    order = None
    if action == "skip":
        draft.problems = []
    else:
        if action not in ACTIONS:
            draft.add(UNKNOWN_ACTION, "action", draft.text("action"))
            action = "order"
        if offer is None or not offer.live:
            _judge_service(draft, service, chosen)
        else:
            if chosen != service and not is_choice(chosen, offer.service):
                draft.add(RENAMED, "service", chosen, id=service, now=shown(offer.service.name))
            order = _judge_offer(draft, offer, form, target, action)
        _compare(draft, offer, (service, target if action == "order" else ""), ref, claimed_id)
    return Checked(
        row=row,
        ref=ref,
        action=action,
        claimed_id=claimed_id,
        service=service,
        form=form,
        target=target,
        order=None if draft.faulty else order,
        problems=_told(job, draft.problems),
        echoed=echo is not None,
    )


def _told(job: _Job, problems: list[Problem]) -> tuple[Problem, ...]:
    """A row's problems; beyond MOST_PROBLEMS only one, and rather one that keeps the row from being sent."""
    if not problems:
        return ()
    if job.told > MOST_PROBLEMS:
        problems = sorted(problems, key=_is_error, reverse=True)[:1]
    job.told += len(problems)
    return tuple(problems)


def _target(form: Mapping[str, str], offer: _Offer | None) -> str:
    if offer is not None:
        return form.get(offer.kind.target, "")
    return form.get("link") or form.get("username", "")


# What a service makes of the sheet's columns


def _open_offer(job: _Job, service_id: str) -> _Offer | None:
    """The offer of a service, remembered for the next row; None where service or type are unknown."""
    service = job.catalog.known(service_id)
    kind = order_type(service.type) if service else None
    offer = _offer(job, service, kind) if service and kind else None
    job.offers[service_id] = offer
    return offer


def _columns(headings: Headings, kind: OrderType) -> _Columns:
    at, fields = headings.at, kind.fields
    return _Columns(
        used=tuple((name, at[name], READERS[name]) for name in fields if name in at),
        unused=tuple((name, at[name]) for name in SENDABLE if name in at and name not in fields),
        required=frozenset(kind.required),
    )


def _offer(job: _Job, service: Service, kind: OrderType) -> _Offer:
    low, high = max(service.min, 1), service.max
    if high is not None and high < low:
        low, high = max(high, 1), low
    return _Offer(
        service=service,
        kind=kind,
        live=job.catalog.live(service.id) is not None,
        columns=job.columns[kind.name],
        rules=tuple(rule for applies, rule in RULES if applies(service, kind)),
        low=low,
        high=high,
        trap=job.catalog.trap(service),
    )


def _read(draft: _Draft, offer: _Offer | None) -> None:
    """Fill the draft's form, and note which fields cannot be read."""
    if offer is None:
        draft.form = {name: text for name in SENDABLE if (text := draft.text(name))}
        return
    cells, form = draft.row.cells, draft.form
    for name, index, reader in offer.columns.used:
        cell = cells[index]
        if cell == "":
            continue
        text, fault = reader(cell)
        if text:
            form[name] = text
            if text in ERRORS:
                fault = ERROR_TEXT
        if fault is not None:
            draft.faults[name] = fault
    for when in offer.kind.when:
        _read_when(draft, when)


def _read_when(draft: _Draft, when: When) -> None:
    """Leave out a field that this row's number of another field has no use for; miss one that it needs."""
    number = draft.number(when.field)
    if number == when.value and when.needs not in draft.form:
        draft.faults[when.needs] = MISSING_NOW
    elif number not in (None, when.value) and when.needs in draft.form:
        draft.faults[when.needs] = UNUSED_NOW
        del draft.form[when.needs]


# What is wrong with one row


def _judge_service(draft: _Draft, service: str, chosen: str) -> None:
    """Say why nothing can be ordered of what the Service cell names (`chosen`: with the name, where it has one)."""
    catalog = draft.job.catalog
    if not service:
        draft.add(NO_SERVICE, "service")
    elif (live := catalog.live(service)) is not None:
        draft.add(UNKNOWN_TYPE, "service", service=_name(live), type=shown(live.type))
    else:
        near = ", ".join(map(_name, catalog.nearest(service) or catalog.nearest(chosen)))
        value = service if service.isalnum() and len(service) <= 20 else shown(service)
        fault = SERVICE_GONE if catalog.known(service) else UNKNOWN_SERVICE
        draft.add(fault, "service", nearest=f" Nearest: {near}." if near else "", id=value)


def _judge_offer(draft: _Draft, offer: _Offer, form: Form, target: str, action: str) -> Order | None:
    """Report what is wrong with a row of a service on the list; the order where nothing is."""
    for name, fault in draft.faults.items():
        draft.add(fault, name, draft.text(name), other=draft.job.headings.told(_SWITCH.get(name, name)))
    if not offer.columns.required <= draft.form.keys():
        _miss(draft, offer)
    cells = draft.row.cells
    for name, index in offer.columns.unused:
        if cells[index] != "" and cell_text(cells[index]):
            draft.add(UNUSED, name, type=offer.kind.name)
    draft.counted = _count(draft, offer)
    for rule in offer.rules:
        rule(draft, offer)
    if action == "refill" and not offer.service.refill:
        draft.add(NO_REFILL, "action", action, service=_name(offer.service))
    if action == "cancel" and not offer.service.cancel:
        draft.add(NO_CANCEL, "action", action, service=_name(offer.service))
    return _price(draft, offer, form, target)


def _miss(draft: _Draft, offer: _Offer) -> None:
    for name in offer.kind.required:
        if name not in draft.form:
            fault = MISSING if name in draft.job.headings.at else MISSING_COLUMN
            draft.add(fault, name, type=offer.kind.name)


def _count(draft: _Draft, offer: _Offer) -> int | None:
    name = offer.kind.counts
    text = draft.good(name)
    if text is None:
        return None
    return int(text) if name == "quantity" else fields.count_lines(text)


def _limits(draft: _Draft, offer: _Offer) -> None:
    """The quantity of one run lies within the service's limits."""
    counted = draft.counted
    if counted is None:
        return
    if counted < offer.low:
        _out_of_range(draft, offer, BELOW_MIN, offer.kind.counts, counted, "Add lines")
    elif offer.high is not None and counted > offer.high:
        _out_of_range(draft, offer, ABOVE_MAX, offer.kind.counts, counted, "Take lines out")


def _out_of_range(draft: _Draft, offer: _Offer, fault: Fault, name: str, counted: int, change: str = "") -> None:
    is_list = READERS[name] not in (fields.whole_number, fields.positive)
    words = {
        "counted": f"has {count_told(counted, 'line')}" if is_list else f"is {counted:,}",
        "change": change if is_list else f"Change {draft.job.headings.told(name)}",
        "range": _range(offer),
    }
    draft.add(fault, name, **words)


def _odd_limits(draft: _Draft, offer: _Offer) -> None:
    """A list whose minimum is above its maximum is said; what lies between the two figures passes."""
    draft.add(ODD_LIMITS, offer.kind.counts or "max", min=f"{offer.high:,}", max=f"{offer.low:,}")


def _drip_feed(draft: _Draft, offer: _Offer) -> None:
    """Runs and interval: both or neither, where the service allows it; min and max hold for one run."""
    if "runs" not in draft.form and "interval" not in draft.form:
        return
    filled = [name for name in _DRIP_FEED if name in draft.form]
    runs, interval = map(draft.job.headings.told, _DRIP_FEED)
    if offer.service.dripfeed is False:
        draft.add(NO_DRIP_FEED, filled[0], runs=runs, interval=interval)
    elif len(filled) == 1:
        empty = "interval" if filled == ["runs"] else "runs"
        draft.add(HALF_DRIP_FEED, empty, runs=runs, interval=interval)
    elif draft.number("runs") == 1:
        draft.add(ONE_RUN, "runs")
    else:
        _total(draft, offer)


def _total(draft: _Draft, offer: _Offer) -> None:
    one, runs, high = draft.counted, draft.number("runs"), offer.high
    if one is None or runs is None or high is None or not one <= high < one * runs:
        return
    words = {"runs": f"{runs:,}", "quantity": f"{one:,}", "total": f"{one * runs:,}", "range": _range(offer)}
    draft.add(TOTAL_ABOVE_MAX, "runs", **words)


def _bounds(draft: _Draft, offer: _Offer) -> None:
    """A subscription's min and max lie within the service's limits, and the right way round."""
    low, high = draft.number("min"), draft.number("max")
    if low is not None and high is not None and low > high:
        other = draft.job.headings.told("max")
        draft.add(MIN_ABOVE_MAX, "min", min=f"{low:,}", max=f"{high:,}", other=other)
    if low is not None and low < offer.low:
        _out_of_range(draft, offer, BELOW_MIN, "min", low)
    if high is not None and offer.high is not None and high > offer.high:
        _out_of_range(draft, offer, ABOVE_MAX, "max", high)


def _expired(draft: _Draft, offer: _Offer) -> None:
    """An expiry is after today."""
    text = draft.good("expiry")
    if text is not None and fields.expiry_day(text) <= draft.job.today:
        draft.add(EXPIRED, "expiry", text, today=f"{draft.job.today:%d/%m/%Y}")


RULES: tuple[tuple[Callable[[Service, OrderType], bool], Rule], ...] = (
    (lambda s, t: s.max is not None and s.min > s.max and ("min" in t.fields or t.counts != ""), _odd_limits),
    (lambda s, t: t.counts != "", _limits),
    (lambda s, t: "runs" in t.fields, _drip_feed),
    (lambda s, t: "min" in t.fields, _bounds),
    (lambda s, t: "expiry" in t.fields, _expired),
)
"""Which rules a row has to keep, by its service and type."""


# What a row costs


def _price(draft: _Draft, offer: _Offer, form: Form, target: str) -> Order | None:
    """Hold the row's cost to the limit, warn of a trap, and make the order if nothing was wrong."""
    counted = draft.counted
    quantity = counted * (draft.number("runs") or 1) if counted and "runs" in draft.form else counted
    cost, upper = _cost(draft, offer, quantity)
    job = draft.job
    if job.max_row_cost is not None:
        _hold_to_cap(draft, offer, cost if upper is None else upper, job.max_row_cost)
    if offer.trap is not None:
        _warn_of_trap(draft, offer, offer.trap, cost)
    if draft.faulty or cost is None:
        return None
    return Order(
        service=offer.service.id,
        service_name=offer.service.name,
        service_type=offer.kind.name,
        form=form,
        target=target,
        quantity=quantity,
        cost=cost,
        upper_cost=upper,
    )


def _cost(draft: _Draft, offer: _Offer, quantity: int | None) -> tuple[Decimal | None, Decimal | None]:
    """What the order costs now (None: its quantity cannot be read) and the most that it can cost later."""
    rate, price = offer.service.rate, offer.kind.price
    if price is Price.PER_1000:
        return None if quantity is None else (rate * quantity).scaleb(-3), None
    if price is Price.FLAT:
        return rate, None
    posts, most = draft.number("posts"), draft.number("max")
    if posts is None or most is None:
        return Decimal(0), None
    return Decimal(0), (rate * most * (posts + (draft.number("old_posts") or 0))).scaleb(-3)


def _hold_to_cap(draft: _Draft, offer: _Offer, cost: Decimal | None, cap: Decimal) -> None:
    currency = draft.job.currency
    if offer.kind.price is Price.LATER and "posts" not in draft.form:
        draft.add(OPEN_COST, "posts", cap=money(cap, currency))
    elif cost is not None and cost > cap:
        column = offer.kind.counts or "service"
        draft.add(ROW_COST_CAP, column, cost=money(cost, currency), cap=money(cap, currency))


def _warn_of_trap(draft: _Draft, offer: _Offer, why: str, cost: Decimal | None) -> None:
    rate = money(offer.service.rate, draft.job.currency)
    price = money(cost, draft.job.currency) if cost else ""
    said = f"this row costs {price}" if price else f"1,000 cost {rate}"
    draft.add(TRAP_PRICE, "service", service=_name(offer.service), why=why, cost=said)


# What one row is to the others


def _compare(draft: _Draft, offer: _Offer | None, target: tuple[str, str], ref: str, claimed_id: str) -> None:
    """Rows that share what only one row may have, and rows that the panel makes wait for each other."""
    job, number = draft.job, draft.row.number
    if ref and (first := job.refs.setdefault(ref, number)) != number:
        draft.add(REF_TWICE, "ref", ref, first=first)
    if claimed_id and claimed_id.casefold() != NOT_PLACED:
        if not _ORDER_ID.fullmatch(claimed_id):
            draft.add(ODD_ORDER_ID, "order_id", claimed_id)
        elif (first := job.order_ids.setdefault(claimed_id, number)) != number:
            draft.add(ORDER_ID_TWICE, "order_id", claimed_id, first=first)
    elif all(target) and (first := job.targets.setdefault(target, number)) != number:
        draft.add(SAME_LINK, offer.kind.target if offer else "link", first=first)


# Words for sentences


def _name(service: Service) -> str:
    return f"{service.id} {shown(service.name)}"


def _range(offer: _Offer) -> str:
    """What a service takes: `50 to 10,000`."""
    if offer.high is None:
        return f"{offer.low:,} or more"
    return f"exactly {offer.low:,}" if offer.low == offer.high else f"{offer.low:,} to {offer.high:,}"
