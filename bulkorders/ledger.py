"""The ledger: every order with its intent on disk before a byte leaves, and every change on disk before the
next step.

A write is a function of a connection: `Ledger.write` carries some out in one transaction, and while orders are placed
a `Committer` gathers those of all workers (committer.py). The file itself is ledgerfile.py's matter.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sys import intern
from types import MappingProxyType
from typing import Any, NamedTuple, Self, TypeVar

from bulkorders.askbook import STOPPED, lose_asks, read_ask
from bulkorders.committer import Committer
from bulkorders.core.asks import Ask
from bulkorders.core.evidence import RunMoney, Unsure, taken
from bulkorders.core.model import Balance, Entry, Order, OrderStatus, PriceMove, Service
from bulkorders.core.plan import REPEAT_DAYS, SENT, Key
from bulkorders.core.states import (
    Accepted,
    Adopted,
    AdoptedUnsure,
    AnswerLost,
    ConfirmedAbsent,
    Event,
    IllegalEvent,
    OrderState,
    RepeatStarted,
    SendStarted,
    Settled,
    next_state,
)
from bulkorders.core.statuses import is_final
from bulkorders.errors import UsageError
from bulkorders.ledgerfile import connect, damaged, migrate, refuse_foreign_file, told_in_words, transaction

T = TypeVar("T")
Clock = Callable[[], datetime]

PLANS = 20
"""So many saved plans are kept: one of 100,000 rows takes a few megabytes."""


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


# --- writes: functions of a connection, so that a committer can gather them ----------------------------------------


def _text(value: Decimal | datetime | None) -> str | None:
    match value:
        case None:
            return None
        case Decimal():
            return f"{value:f}"
        case _:
            return value.astimezone(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Write: one order takes one step, with its line in the event log. Gives back the event that was recorded.

    A panel that answers with an order ID that another row already has has not told us our order: that is
    recorded as a lost answer. (A person who names such an ID gets `IllegalEvent`.)
    """

    entry: int
    event: Event
    at: datetime
    run: int | None = None

    def __call__(self, db: sqlite3.Connection) -> Event:
        order_id = getattr(self.event, "order_id", "")
        state, taken_by = db.execute(_STATE_AND_RIVAL, (order_id, self.entry)).fetchone()
        event = self.event if taken_by is None else _unbelievable(order_id, taken_by)
        after = next_state(OrderState(state), event, settled=state == OrderState.PLACED and self._by_a_person(db))
        at = _text(self.at)
        values = {"state": after.value, "updated_at": at, "reason": "", "text": ""} | _columns(event, at)
        names = ", ".join(f"{name} = ?" for name in values)
        changed = db.execute(
            f"UPDATE entries SET {names} WHERE id = ? AND state = ?", (*values.values(), self.entry, state)
        )
        if changed.rowcount != 1:
            raise IllegalEvent(f"order {self.entry} was changed by somebody else")
        detail = json.dumps({field.name: getattr(event, field.name) for field in fields(event)})
        db.execute(
            "INSERT INTO events (entry, run, at, event, before, after, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.entry, self.run, at, type(event).__name__, state, after.value, detail),
        )
        return event

    def _by_a_person(self, db: sqlite3.Connection) -> bool:
        last = db.execute("SELECT event FROM events WHERE entry = ? ORDER BY id DESC LIMIT 1", (self.entry,)).fetchone()
        return last is not None and last[0] == Settled.__name__


_STATE_AND_RIVAL = """
    SELECT state, (
        SELECT row FROM entries AS other WHERE other.panel = mine.panel AND other.order_id = ?
        AND other.order_id <> '' AND other.id <> mine.id)
    FROM entries AS mine WHERE id = ?"""
"""The state of an order, and the row that the order ID which it is about to get belongs to already (NULL: none)."""


def _unbelievable(order_id: str, row: int) -> AnswerLost:
    return AnswerLost(text=f"the panel answered with order {order_id}, which is already the order of row {row}")


def _columns(event: Event, at: str | None) -> dict[str, str | None]:
    """What an event sets besides the state."""
    match event:
        case SendStarted(request=request) | RepeatStarted(request=request):
            return {"sent_at": at, "request": request}
        case Accepted(order_id=order_id):
            return {"order_id": order_id, "ordered_at": at}
        case Adopted(order_id=order_id):
            return {"order_id": order_id}
        case Settled(order_id=order_id):
            return _NOT_TOLD | {"order_id": order_id, "reason": "settled"}
        case ConfirmedAbsent():
            return _NOT_TOLD | {"order_id": "", "reason": "settled"}
        case AnswerLost(text=text) | AdoptedUnsure(text=text):
            return {"reason": "lost", "text": text}
        case _:
            return {"reason": getattr(event, "reason", "not_sent"), "text": getattr(event, "text", "")}


_NOT_TOLD: dict[str, str | None] = dict.fromkeys(("status", "charge", "currency", "start_count", "remains")) | {
    "final": "0"
}
"""What the panel says of an order, emptied: another order, or none, takes the place of the one it was about."""


@dataclass(frozen=True, slots=True)
class RecordStatuses:
    """Write: what the panel said of some placed orders. What it left out stays as it was."""

    statuses: Mapping[int, OrderStatus]
    at: datetime

    def __call__(self, db: sqlite3.Connection) -> int:
        at = _text(self.at)
        db.executemany(
            """UPDATE entries SET status = ?, updated_at = ?, charge = COALESCE(?, charge), currency =
               COALESCE(?, currency), start_count = COALESCE(?, start_count), remains = COALESCE(?, remains)
               WHERE id = ? AND state = 'placed'""",
            [
                (s.status, at, _text(s.charge), s.currency, s.start_count, s.remains, entry)
                for entry, s in self.statuses.items()
            ],
        )
        for final in (True, False):  # only where it changes: to set it moves the order in an index
            entries = [entry for entry, s in self.statuses.items() if is_final(s.status) is final]
            db.execute(
                """UPDATE entries SET final = ? WHERE final <> ? AND state = 'placed'
                   AND id IN (SELECT value FROM json_each(?))""",
                (final, final, json.dumps(entries)),
            )
        return len(self.statuses)


# --- reading --------------------------------------------------------------------------------------------------------


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


class _Stored(NamedTuple):
    """An entry as it is stored: the columns that are read, with the name of its job. (`sqlite3.Row` looks for a name
    among all columns each time, which takes a third of the reading.)
    """

    id: int
    job: int
    job_name: str
    ref: str
    content: str
    copy: int
    row: int
    service: str
    service_name: str
    service_type: str
    form: str
    target: str
    quantity: int | None
    cost: str
    upper_cost: str | None
    state: str
    reason: str
    text: str
    order_id: str
    request: str
    sent_at: str | None
    ordered_at: str | None
    updated_at: str | None
    status: str | None
    charge: str | None
    currency: str | None
    start_count: int | None
    remains: int | None
    price_before: str
    price_now: str
    price_since: str | None


def _entry(row: _Stored) -> Entry:
    """A hundred thousand entries share their few names and words."""
    return Entry(
        id=row.id,
        job=row.job,
        job_name=intern(row.job_name),
        ref=row.ref,
        content=row.content,
        copy=row.copy,
        row=row.row,
        order=Order(
            service=intern(row.service),
            service_name=intern(row.service_name),
            service_type=intern(row.service_type),
            form=tuple([(intern(name), value) for name, value in json.loads(row.form)]),
            target=row.target,
            quantity=row.quantity,
            cost=Decimal(row.cost),
            upper_cost=_money(row.upper_cost),
        ),
        state=OrderState(row.state),
        reason=intern(row.reason),
        text=intern(row.text),
        order_id=row.order_id,
        request=row.request,
        sent_at=_time(row.sent_at),
        ordered_at=_time(row.ordered_at),
        updated_at=_time(row.updated_at),
        status=_status(row),
        price=_price(row),
    )


def _price(row: _Stored) -> PriceMove | None:
    since = _time(row.price_since)
    if since is None:
        return None
    return PriceMove(before=Decimal(row.price_before), now=Decimal(row.price_now), since=since)


def _status(row: _Stored) -> OrderStatus | None:
    if row.status is None:
        return None
    return OrderStatus(
        status=intern(row.status),
        charge=_money(row.charge),
        currency=row.currency and intern(row.currency),
        start_count=row.start_count,
        remains=row.remains,
    )


_SELECT = f"""SELECT {", ".join("jobs.name" if name == "job_name" else f"entries.{name}" for name in _Stored._fields)}
    FROM entries JOIN jobs ON jobs.id = entries.job """
_SENDS = f"'{SendStarted.__name__}', '{RepeatStarted.__name__}'"
_SENT = ", ".join(f"'{state}'" for state in sorted(SENT))


def _sent_before(entry: str, event: str) -> str:
    """SQL: whether an order went out before under the number that it has now, although a person denied it since."""
    return f"""EXISTS (SELECT 1 FROM events AS denied JOIN entries AS one ON one.id = denied.entry
        WHERE denied.entry = {entry} AND denied.id < {event} AND denied.event = 'ConfirmedAbsent'
        AND one.request <> '')"""


_LAST_OF_RUN = f"""
    WITH last AS (
        SELECT entry, event, after, MAX(id) AS id, SUM(event = 'SendStarted') AS started
        FROM events WHERE run = ? GROUP BY entry)
    SELECT entries.id, row, cost, charge, status, last.event,
        last.started AND NOT {_sent_before("last.entry", "last.id")} AS started, (
        SELECT later.event FROM events AS later WHERE later.entry = last.entry AND later.id > last.id
        AND later.event IN ('Settled', 'ConfirmedAbsent') AND NOT EXISTS (
            SELECT 1 FROM events AS sent WHERE sent.entry = last.entry AND sent.event IN ({_SENDS})
            AND sent.id > last.id AND sent.id < later.id)
        ORDER BY later.id DESC LIMIT 1) AS word
    FROM last JOIN entries ON entries.id = last.entry
    WHERE last.after IN ('sending', 'repeating', 'unconfirmed', 'placed')"""
"""What one run paid for or may have: how it left each order, and what a person said of it since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file (or a `--job` name) at one panel. `code` is its fingerprint, which a results workbook carries."""

    id: int
    panel: str
    code: str
    name: str
    results_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the event log: when, which event (a class of states.py), and its values."""

    at: datetime
    event: str
    detail: Mapping[str, Any]


_EMPTY_LOG = "0"
LIST_DAYS = 7
"""How long a service list that has shrunk is compared with what it was."""


class Ledger:
    """One open ledger file. All reading and the writes outside of placing go through it, on one thread.

    Raises `UsageError` or `StoppedError`, with a sentence, for whatever is wrong with the file.
    """

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        self.path = path
        self.clock = clock
        self._entries: list[Entry] = []
        self._read_as_of: tuple[int, int, int] | None = None
        with told_in_words(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"The folder {path.parent} cannot be made ({error.strerror}).",
                    "Name another file with --ledger.",
                ) from None
            refuse_foreign_file(path)
            self._db = connect(path)
            migrate(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with told_in_words(self.path):
            return self._db.execute(sql, values).fetchall()

    def _orders(self, which: str, *values: Any) -> list[Entry]:
        """The entries that the end of the statement picks, made one by one as they are read."""
        with told_in_words(self.path):
            return [_entry(_Stored(*row)) for row in self._db.execute(_SELECT + which, values)]

    def write(self, *writes: Callable[[sqlite3.Connection], T]) -> list[T]:
        """Carry out writes in one transaction."""
        with told_in_words(self.path), transaction(self._db) as db:
            return [write(db) for write in writes]

    def verify(self) -> None:
        """Let SQLite look through the whole file, indexes included: a broken one could hide an order (a quarter of a
        second for 100,000 orders).

        Raises:
            UsageError: it is damaged; a copy was set aside.
        """
        found = self._rows("PRAGMA integrity_check(1)")
        if [tuple(row) for row in found] != [("ok",)]:
            raise damaged(self.path)

    # jobs

    def find_job(self, panel: str, codes: Sequence[str]) -> Job | None:
        """The job that one of these fingerprints stands for at that panel; the first that the ledger knows."""
        for code in codes:
            rows = self._rows(
                """SELECT id, jobs.panel, jobs.code, name, results_digest FROM jobs JOIN job_codes ON job = jobs.id
                WHERE job_codes.panel = ? AND job_codes.code = ?""",
                panel,
                code,
            )
            if rows:
                return Job(**dict(rows[0]))
        return None

    def open_job(self, panel: str, codes: Sequence[str], name: str) -> Job:
        """The job of these fingerprints, made if need be; from now on each of them leads to it."""
        now = _text(self.clock())
        job = self.find_job(panel, codes)

        def write(db: sqlite3.Connection) -> int | None:
            number = job.id if job else None
            if number is None:
                values = (panel, codes[0], name, now)
                number = db.execute(
                    "INSERT INTO jobs (panel, code, name, created_at) VALUES (?, ?, ?, ?)", values
                ).lastrowid
            db.executemany(
                "INSERT OR IGNORE INTO job_codes VALUES (?, ?, ?)", [(panel, code, number) for code in codes]
            )
            return number

        self.write(write)
        opened = job or self.find_job(panel, codes)
        assert opened is not None
        return opened

    def remember_results(self, job: Job, digest: str) -> None:
        """Note which results workbook was written last: one that still has this digest holds no news."""
        self.write(lambda db: db.execute("UPDATE jobs SET results_digest = ? WHERE id = ?", (digest, job.id)))

    # orders

    def entries(self, job: Job) -> list[Entry]:
        """All orders of a job; they are only read again where something was written since, here or elsewhere."""
        ((elsewhere,),) = self._rows("PRAGMA data_version")
        as_of = job.id, self._db.total_changes, elsewhere
        if self._read_as_of != as_of:
            self._entries, self._read_as_of = self._orders("WHERE entries.job = ? ORDER BY entries.id", job.id), as_of
        return list(self._entries)

    def repeats(self, panel: str, contents: Iterable[str], *, other_than: Job | None) -> dict[str, Entry]:
        """Orders of these contents that other jobs sent to the panel in the last 30 days, the newest of each."""
        since = _text(self.clock() - timedelta(days=REPEAT_DAYS))
        found = self._orders(
            f"""WHERE entries.panel = ? AND content IN (SELECT value FROM json_each(?)) AND entries.job <> ?
            AND state IN ({_SENT}) AND COALESCE(ordered_at, sent_at, updated_at) >= ? ORDER BY entries.id""",
            panel,
            json.dumps(sorted(set(contents))),
            other_than.id if other_than else 0,
            since,
        )
        return {entry.content: entry for entry in found}

    def known_orders(self, panel: str, order_ids: Iterable[str]) -> dict[str, Entry]:
        """The orders with these IDs, of whatever job at the panel."""
        found = self._orders(
            "WHERE entries.panel = ? AND order_id <> '' AND order_id IN (SELECT value FROM json_each(?))",
            panel,
            json.dumps(sorted(set(order_ids))),
        )
        return {entry.order_id: entry for entry in found}

    def active_orders(self, panel: str, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
        """The placed orders that can still change, by service and target; the newest of each."""
        wanted = set(places)
        found = self._orders(
            """WHERE entries.panel = ? AND state = 'placed' AND final = 0
            AND target IN (SELECT value FROM json_each(?)) ORDER BY entries.id""",
            panel,
            json.dumps(sorted({target for _, target in wanted})),
        )
        return {place: e for e in found if (place := (e.order.service, e.order.target)) in wanted}

    def spent_since(self, panel: str, moment: datetime) -> Decimal:
        """What the orders cost that were sent to the panel since then and exist, or may (account currency)."""
        rows = self._rows(
            f"""SELECT cost, charge, status, COUNT(*) AS orders FROM entries WHERE panel = ? AND sent_at >= ?
            AND state IN ({_SENT}) GROUP BY cost, charge, status""",
            panel,
            _text(moment),
        )
        return sum((max(taken(*_cost(row)), Decimal(row["cost"])) * row["orders"] for row in rows), Decimal(0))

    def remembered_services(self, job: Job) -> list[Service]:
        """The services that the job's orders used, as far as the ledger knows them (price and limits are
        not kept).
        """
        rows = self._rows("SELECT DISTINCT service, service_name, service_type FROM entries WHERE job = ?", job.id)
        return [
            Service(
                id=row["service"],
                name=row["service_name"],
                type=row["service_type"],
                category="",
                rate=Decimal(0),
                min=0,
                max=None,
                refill=False,
                cancel=False,
            )
            for row in rows
        ]

    def claim(
        self, job: Job, wanted: Sequence[tuple[Key, int, Order]], moves: Mapping[str, PriceMove] = MappingProxyType({})
    ) -> list[Entry]:
        """Put the orders that are about to be placed on disk as READY, and give them back with their IDs.

        An order that an earlier run claimed and did not place takes today's price and row number. `moves` are the
        prices that moved since a person was shown them, by service.
        """

        def write(db: sqlite3.Connection) -> None:
            db.executemany(
                """INSERT INTO entries (job, panel, ref, content, copy, row, service, service_name,
                service_type, form,
                       target, quantity, cost, upper_cost, price_before, price_now, price_since, state)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ready')
                   ON CONFLICT (job, ref, content, copy) DO UPDATE SET row = excluded.row, cost = excluded.cost,
                       upper_cost = excluded.upper_cost, service_name = excluded.service_name,
                       price_before = excluded.price_before, price_now = excluded.price_now,
                       price_since = excluded.price_since""",
                [_claim_values(job, key, row, order, moves.get(order.service)) for key, row, order in wanted],
            )

        self.write(write)
        keys = {(key.ref, key.content, key.copy) for key, _, _ in wanted}
        return [e for e in self.entries(job) if (e.ref, e.content, e.copy) in keys]

    def recover(self, panel: str) -> int:
        """Answer every order that a dead run left in flight with AnswerLost. Call it under the panel's lock.

        Returns how many there were.
        """
        rows = self._rows("SELECT id FROM entries WHERE panel = ? AND state IN ('sending', 'repeating')", panel)
        lost = AnswerLost(text=STOPPED)
        self.write(*(RecordEvent(row["id"], lost, self.clock()) for row in rows))
        self.write(lambda db: lose_asks(db, panel, self.clock()))
        return len(rows)

    # refills and cancellations

    def asks(self, job: Job) -> dict[int, list[Ask]]:
        """What was asked for the orders of a job, by the order's number, the oldest first."""
        found: dict[int, list[Ask]] = {}
        rows = self._rows(
            """SELECT asks.* FROM asks JOIN entries ON entries.id = asks.entry
            WHERE entries.job = ? AND asks.state <> 'unsent' ORDER BY asks.id""",
            job.id,
        )
        for row in rows:
            found.setdefault(row["entry"], []).append(read_ask(row))
        return found

    # runs

    def start_run(self, job: Job, version: str, balance: Balance | None) -> int:
        """Note the start of placing, with the balance before the first order. Returns the run's number."""
        values = (
            job.id,
            _text(self.clock()),
            version,
            _text(balance.amount) if balance else None,
            balance.currency if balance else None,
        )
        (cursor,) = self.write(
            lambda db: db.execute(
                "INSERT INTO runs (job, started_at, version, balance_before, currency) VALUES (?, ?, ?, ?, ?)",
                values,
            )
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_run(self, run: int, outcome: str, balance: Balance | None) -> None:
        """Note the end of placing, with the balance after the last order."""
        now = _text(self.clock())
        values = (now, outcome, *((_text(balance.amount), now) if balance else (None, None)), run)
        self.write(
            lambda db: db.execute(
                "UPDATE runs SET ended_at = ?, outcome = ?, balance_after = ?, balance_after_at = ? WHERE id = ?",
                values,
            )
        )

    def close_runs(self, panel: str, balance: Balance) -> None:
        """Give the balance as it is now to the runs that could not read theirs at their end (killed, or no answer).

        Call it under the panel's lock and before anything is ordered: then nothing of ours came in between.
        """
        values = {"now": _text(self.clock()), "balance": _text(balance.amount), "panel": panel}
        self.write(
            lambda db: db.execute(
                """UPDATE runs SET balance_after = :balance, balance_after_at = :now,
                ended_at = COALESCE(ended_at, :now), outcome = COALESCE(outcome, 'killed')
                WHERE balance_after IS NULL AND job IN (SELECT id FROM jobs WHERE panel = :panel)""",
                values,
            )
        )

    # lost answers

    def story(self, entry: Entry) -> list[Happening]:
        """All that happened to one order, oldest first."""
        rows = self._rows("SELECT * FROM events WHERE entry = ? ORDER BY id", entry.id)
        return [
            Happening(at=datetime.fromisoformat(r["at"]), event=r["event"], detail=json.loads(r["detail"]))
            for r in rows
        ]

    def run_money(self, entries: Iterable[Entry]) -> dict[int, RunMoney]:
        """For each of these orders (by number) the run that sent it, as far as the ledger knows it.

        An order that several runs asked for (an idempotency field) may have been paid in any of them: it is left out.
        """
        sent = self._rows(
            f"""WITH sent AS (SELECT entry, MAX(id) AS id FROM events WHERE event = 'SendStarted'
                AND entry IN (SELECT value FROM json_each(?)) GROUP BY entry)
            SELECT events.entry, events.run FROM events JOIN sent USING (id) WHERE run IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM events AS again WHERE again.entry = events.entry AND again.id > events.id
                AND again.event = 'RepeatStarted' AND again.run IS NOT events.run)
            AND NOT {_sent_before("events.entry", "events.id")}""",
            json.dumps([e.id for e in entries]),
        )
        runs = {number: self._one_run(number) for number in {row["run"] for row in sent}}
        found = {row["entry"]: runs[row["run"]] for row in sent}
        return {entry: run for entry, run in found.items() if any(u.entry == entry for u in run.unsure)}

    def _one_run(self, number: int) -> RunMoney:
        (run,) = self._rows("SELECT * FROM runs WHERE id = ?", number)
        confirmed, unsure = [], []
        for row in self._rows(_LAST_OF_RUN, number):
            placed = row["event"] == Accepted.__name__ or row["word"] == Settled.__name__
            if placed and row["started"]:  # else an earlier run sent it first, and it was paid in that one or in this
                confirmed.append(taken(*_cost(row)))
            elif row["word"] != ConfirmedAbsent.__name__:
                unsure.append(Unsure(entry=row["id"], row=row["row"], cost=Decimal(row["cost"])))
        return RunMoney(
            started_at=datetime.fromisoformat(run["started_at"]),
            before=_money(run["balance_before"]),
            after=_money(run["balance_after"]),
            after_at=_time(run["balance_after_at"]),
            currency=run["currency"] or "",
            confirmed=tuple(confirmed),
            unsure=tuple(unsure),
        )

    # what was told before

    def list_length(self, panel: str, services: int) -> tuple[int, datetime] | None:
        """Remember how long the panel's service list is today; gives back how long it was, and when, if known.

        A list that has shrunk to less than half does not replace the memory for a week: it may come back.
        """
        (before,) = self._rows("SELECT services, at FROM lists WHERE panel = ?", panel) or (None,)
        now = self.clock()
        at = _time(before["at"]) if before else None
        if before is None or at is None or services * 2 >= before["services"] or now - at > timedelta(days=LIST_DAYS):
            values = (panel, services, _text(now))
            self.write(lambda db: db.execute("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", values))
        return (before["services"], at) if before and at else None

    def shown_prices(self, panel: str, code: str) -> dict[str, tuple[Decimal, datetime]]:
        """The rates (for 1,000, in account currency) that this job's plan was last shown with, by service."""
        rows = self._rows("SELECT * FROM shown_prices WHERE panel = ? AND code = ?", panel, code)
        return {r["service"]: (Decimal(r["rate"]), datetime.fromisoformat(r["at"])) for r in rows}

    def remember_prices(self, panel: str, code: str, rates: Mapping[str, Decimal]) -> None:
        """Note the rates that a plan was shown with."""
        now = _text(self.clock())
        values = [(panel, code, service, _text(rate), now) for service, rate in rates.items()]
        self.write(lambda db: db.executemany("INSERT OR REPLACE INTO shown_prices VALUES (?, ?, ?, ?, ?)", values))

    def remember_plan(self, code: str, plan: str) -> None:
        """Keep a plan (any text) under its code, and forget all but the newest."""
        values = (code, _text(self.clock()), zlib.compress(plan.encode()))

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", values)
            db.execute(
                "DELETE FROM plans WHERE code NOT IN (SELECT code FROM plans ORDER BY at DESC LIMIT ?)", (PLANS,)
            )

        self.write(write)

    def saved_plan(self, code: str) -> str | None:
        """The plan that was kept under this code; None where it was saved on another computer, or long ago."""
        rows = self._rows("SELECT plan FROM plans WHERE code = ?", code)
        return zlib.decompress(rows[0]["plan"]).decode() if rows else None

    def mark(self) -> str:
        """Where the log stands now: the newest event's number and time. A results workbook carries it."""
        rows = self._rows("SELECT id, at FROM events ORDER BY id DESC LIMIT 1")
        return f"{rows[0]['id']} {rows[0]['at']}" if rows else _EMPTY_LOG

    def untouched_since(self, mark: str, entries: Iterable[Entry]) -> set[int]:
        """Which of these orders (by number) nothing has happened to since that mark; none if it is another ledger's."""
        if not self.has_mark(mark):
            return set()
        rows = self._rows(
            """SELECT entry FROM events WHERE entry IN (SELECT value FROM json_each(?))
            GROUP BY entry HAVING MAX(id) <= ?""",
            json.dumps([e.id for e in entries]),
            int(mark.partition(" ")[0]),
        )
        return {row["entry"] for row in rows}

    def has_mark(self, mark: str) -> bool:
        """Whether a mark is this ledger's own. That of an empty log is everybody's: there was nothing to know."""
        number, _, at = mark.partition(" ")
        if mark == _EMPTY_LOG or not (number.isascii() and number.isdigit() and len(number) < 19):
            return mark == _EMPTY_LOG
        return bool(self._rows("SELECT 1 FROM events WHERE id = ? AND at = ?", int(number), at))

    def newest(self) -> datetime | None:
        """When the last event was recorded, by the clock of that moment."""
        (row,) = self._rows("SELECT at FROM events ORDER BY id DESC LIMIT 1") or ({"at": None},)
        return _time(row["at"])

    def newest_order_before(self, entry: Entry) -> Entry | None:
        """The last order that the panel had confirmed when this one was sent, by the log's own order: clocks jump."""
        found = self._orders(
            f"""JOIN events ON events.entry = entries.id WHERE entries.panel = ? AND event = ? AND events.id < (
                SELECT MAX(id) FROM events WHERE entry = ? AND event IN ({_SENDS}))
            ORDER BY events.id DESC LIMIT 1""",
            self._panel_of(entry),
            Accepted.__name__,
            entry.id,
        )
        return found[0] if found else None

    def _panel_of(self, entry: Entry) -> str:
        ((panel,),) = self._rows("SELECT panel FROM entries WHERE id = ?", entry.id)
        return str(panel)

    def committer(self) -> Committer:
        """The group committer for this file; use it with `async with`."""
        return Committer(self.path)


def _cost(row: sqlite3.Row) -> tuple[Decimal, Decimal | None, str | None]:
    return Decimal(row["cost"]), _money(row["charge"]), row["status"]


def _claim_values(job: Job, key: Key, row: int, order: Order, move: PriceMove | None) -> tuple[Any, ...]:
    return (
        job.id,
        job.panel,
        key.ref,
        key.content,
        key.copy,
        row,
        order.service,
        order.service_name,
        order.service_type,
        json.dumps(order.form, ensure_ascii=False),
        order.target,
        order.quantity if order.quantity is None or order.quantity < 2**63 else None,
        _text(order.cost),
        _text(order.upper_cost),
        *((_text(move.before), _text(move.now), _text(move.since)) if move else (None, None, None)),
    )
