"""Ordering and refreshing the rows of one job: rounds of placing, waiting, repeating, and the balance around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from uuid import uuid4

from bulkorders import __version__
from bulkorders.account import answered
from bulkorders.core.model import Entry
from bulkorders.core.pacing import Pace, backoff
from bulkorders.core.plan import Key, Planned, key_of_entry
from bulkorders.core.refusals import Kind
from bulkorders.core.states import OrderState, RetryAsked
from bulkorders.core.summary import rows_told
from bulkorders.ledger import RecordEvent, RecordStatuses
from bulkorders.panel import PanelError
from bulkorders.questions import refresh
from bulkorders.run import Budget, Placing, Stop
from bulkorders.work import Work

WAITED_FOR = frozenset({"", Kind.ACTIVE.value, Kind.FUNDS.value})
"""Why a row may wait for something that passes by itself, so that `--wait` goes on: an active order (also one that
kept its neighbours from being tried), or a top-up."""

LONGEST_WAIT = 30.0
"""Seconds between two tries with `--wait`; the first ones are 1, 2, 4 ..."""

REPEATS = 3
"""So often a run asks again for an order whose answer was lost, where the panel has an idempotency field."""


async def place(work: Work, rows: Sequence[Planned]) -> None:
    """Order these rows, and ask again for those that may be repeated; with `--wait`, until no row waits for something
    that passes by itself.
    """
    assert work.job is not None
    work.tried = True
    work.balance = await answered(work.panel.balance())  # the question may have stood open for hours
    run = work.ledger.start_run(work.job, __version__, work.balance)
    budget, attempt = Budget({"cost_cap": work.options.max_cost, "day_cap": _left_today(work)}), 0
    while True:
        await _place_once(work, run, budget, rows)
        if not work.options.wait or work.stop.kind not in ("", Kind.FUNDS):
            break
        rows = await _waited(work, attempt)
        if not rows:
            break
        attempt += 1
    await _close_run(work, run)


def _left_today(work: Work) -> Decimal | None:
    """What `--max-day-cost` leaves for this run: the ledger knows what else was sent to the panel since midnight."""
    most = work.options.max_day_cost
    if most is None:
        return None
    midnight = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return most - work.ledger.spent_since(work.settings.panel, midnight)


async def _place_once(work: Work, run: int, budget: Budget, rows: Sequence[Planned]) -> None:
    entries = [*_claimed(work, rows), *work.repeated()]
    for _ in range(1 + REPEATS):
        with work.face.bar(len(entries)):
            await _send(work, run, budget, entries)
        entries = [] if work.stop else work.repeated()
        if not entries:
            break


def _claimed(work: Work, rows: Sequence[Planned]) -> list[Entry]:
    """The orders of these rows, READY in the ledger, in the order of the file."""
    assert work.job is not None
    wanted = [(p.key, p.checked.row.number, p.checked.order) for p in rows if p.checked.order]
    entries = work.ledger.claim(work.job, wanted, {change.service: change.move for change in work.changes})
    refused = [e for e in entries if e.state is OrderState.REFUSED]
    work.ledger.write(*(RecordEvent(e.id, RetryAsked(), work.now) for e in refused))
    by_key = {key_of_entry(e): e for e in entries}
    return [by_key[key] for key, _, _ in wanted]


async def _send(work: Work, run: int, budget: Budget, entries: Sequence[Entry]) -> None:
    name = work.settings.idempotency_field
    tell = work.panel.tell and partial(work.panel.tell, run=run)
    async with work.ledger.committer() as committer:
        placing = Placing(
            connect=partial(work.panel.another, tell),
            committer=committer,
            pace=Pace(work.settings.rate),
            budget=budget,
            stop=work.stop,
            watcher=work.face,
            run=run,
            new_request=partial(_request, name),
        )
        await placing.place(entries, concurrency=work.settings.concurrency)
        work.placed_now += placing.accepted


def _request(name: str, entry: Entry) -> str:
    """The idempotency field of an order that is sent anew. Where a person said that a lost one was not placed, it keeps
    its number: should that be wrong, the panel gives the first order back and makes no second one.
    """
    if name and entry.reason == "settled" and entry.request.startswith(f"{name}="):
        return entry.request
    return f"{name}={uuid4().hex}" if name else ""


# --- waiting --------------------------------------------------------------------------------------------------------


def blocked(work: Work, orders: Iterable[Entry], keys: Iterable[Key]) -> dict[Key, Entry]:
    """The rows that the panel put off for an active order on their link, with that order, where the ledger knows it
    and it can still change. Rows of the same service and link share its fate.
    """
    entries = {key_of_entry(e): e for e in orders if e.state is OrderState.READY}
    places = {_place_of(e) for e in entries.values() if e.reason == Kind.ACTIVE}
    if not places:
        return {}
    active = work.ledger.active_orders(work.settings.panel, places)
    found = {key: active.get(_place_of(entries[key])) for key in keys if key in entries}
    return {key: entry for key, entry in found.items() if entry is not None}


def _place_of(entry: Entry) -> tuple[str, str]:
    return entry.order.service, entry.order.target


async def look_at_blockers(work: Work, orders: Sequence[Entry], keys: Sequence[Key]) -> dict[Key, Entry]:
    """The rows that must still wait for an active order, after the panel was asked about those orders.

    `orders` are the job's. A panel that does not answer leaves them as they were known.
    """
    active = {e.id: e for e in blocked(work, orders, keys).values()}
    if not active:
        return {}
    with suppress(PanelError):
        await refresh_orders(work, list(active.values()))
    return blocked(work, orders, keys)


async def _waited(work: Work, attempt: int) -> list[Planned]:
    """Wait until a row can be tried again: its order is final, or (nobody knows what it waits for) a while is over."""
    by_key = {key_of_entry(e): e for e in work.entries()}
    funds = work.stop.kind == Kind.FUNDS
    rows = [p for p in work.ready() if _waits(by_key.get(p.key), funds)]
    if not rows:
        return []
    work.face.say(f"{rows_told(len(rows))} must wait; trying again from time to time. Ctrl-C ends the waiting.")
    if funds:
        work.stop = Stop()
    while not work.stop:
        await work.stop.sleep(backoff(attempt, longest=LONGEST_WAIT))
        await refresh_placed(work)
        still = blocked(work, work.entries(), [p.key for p in rows])
        free = [p for p in rows if p.key not in still]
        if free:
            return free if not work.stop else []
        attempt += 1
    return []


def _waits(entry: Entry | None, funds: bool) -> bool:
    if entry is None or entry.state is not OrderState.READY:
        return False
    return funds or entry.reason in WAITED_FOR


async def _close_run(work: Work, run: int) -> None:
    """The balance after the last order is evidence for whoever settles a lost answer."""
    after = None
    try:
        after = await work.panel.balance()
        work.balance = after
    except PanelError:
        work.note("The balance after the last order could not be read.")
    work.ledger.end_run(run, work.stop.kind or "finished", after)


# --- refreshing -----------------------------------------------------------------------------------------------------


async def refresh_placed(work: Work) -> None:
    """Ask about every placed order that can still change; what goes wrong ends the command politely."""
    entries = work.entries()
    if work.options.refresh_all:
        entries = [replace(e, status=None) for e in entries]

    def told(count: int) -> None:
        work.refreshed += count

    try:
        await refresh_orders(work, entries, told)
    except PanelError as error:
        work.stop.ask(str(error.kind), error.text)


async def refresh_orders(work: Work, entries: Sequence[Entry], told: Callable[[int], None] = lambda _: None) -> None:
    """Ask about these orders, as far as they can still change; `told` hears of how many the panel told, bit by bit.

    Raises:
        PanelError: the panel could not be asked; what it told before that is recorded.
    """

    def write(statuses: RecordStatuses) -> None:
        (count,) = work.ledger.write(statuses)
        told(count)

    pace = Pace(work.settings.rate)
    await refresh(entries, work.panel, write=write, pace=pace, stop=work.stop, listener=work.face)
