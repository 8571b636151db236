"""Reading the ledger without touching it: the orders, totals and events that `history` tells of.

The file is opened for reading only, beside a run that writes to it, and nothing waits for anything: the log that is
written ahead shows each reader the last state that was complete. A ledger of an older version is brought up to date in
a copy in memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from heapq import merge
from pathlib import Path
from typing import Any

from bulkorders.askbook import read_ask
from bulkorders.core.history import (
    Counted,
    Counts,
    Filter,
    PastOrder,
    Told,
    ask_told,
    event_told,
    statuses_like,
)
from bulkorders.core.states import OrderState
from bulkorders.ledgerfile import BUSY_MS, MIGRATIONS, migrate, refuse_foreign_file, told_in_words

_JOBS = """SELECT jobs.id, jobs.panel, jobs.name, COALESCE(last.at, jobs.created_at) AS at,
        COALESCE(own.currency, common.currency, '') AS currency
    FROM jobs
    LEFT JOIN (SELECT job, MAX(started_at) AS at FROM runs GROUP BY job) AS last ON last.job = jobs.id
    LEFT JOIN (SELECT job, currency, MAX(id) FROM runs WHERE currency IS NOT NULL GROUP BY job) AS own
        ON own.job = jobs.id
    LEFT JOIN (SELECT panel, currency, MAX(runs.id) FROM runs JOIN jobs ON jobs.id = runs.job
        WHERE currency IS NOT NULL GROUP BY panel) AS common ON common.panel = jobs.panel"""
"""The jobs, with when each was last run and the account's currency as its last run knew it, else the panel's last."""

_AT = """COALESCE(ordered_at, sent_at,
    (SELECT events.at FROM events WHERE events.entry = entries.id ORDER BY events.id LIMIT 1),
    (SELECT MAX(started_at) FROM runs WHERE runs.job = entries.job),
    (SELECT created_at FROM jobs WHERE jobs.id = entries.job))"""
"""When an order was placed, else sent, else taken over; one that was never sent counts from the last run of its job."""

_ORDER = """SELECT id, job, row, ref, service, service_name, target AS link, quantity, state, order_id,
    COALESCE(status, '') AS status, charge, currency, start_count, remains, cost, sent_at, ordered_at, updated_at,
    text AS note FROM entries"""

_COUNTED = f"""SELECT date({_AT}, 'localtime'), service, job, state = 'placed', charge IS NULL, currency, MAX(id),
    COUNT(*), GROUP_CONCAT(IIF(state = 'placed', COALESCE(charge, cost), COALESCE(upper_cost, cost)), ' ')
    FROM entries WHERE state NOT IN ('ready', 'refused') AND %s GROUP BY 1, 2, 3, 4, 5, 6"""
"""Orders that count alike, with what each costs: SQLite would not add amounts exactly."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A job as _JOBS tells of it."""

    panel: str
    name: str
    at: str
    currency: str


class PastOrders:
    """One ledger, open for reading. Use it with `opened`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._jobs = {number: _Job(*told) for number, *told in self._rows(_JOBS)}

    def _rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        return self._db.execute(sql, values)

    def jobs(self, codes: Sequence[str], names: Sequence[str]) -> list[int]:
        """The jobs, at whatever panel, with one of these fingerprints; else those with one of these names."""
        known = self._rows(
            "SELECT job FROM job_codes WHERE code IN (SELECT value FROM json_each(?))", (_listed(codes),)
        )
        meant = {name.casefold() for name in names}
        return sorted({job for (job,) in known}) or [n for n, j in self._jobs.items() if j.name.casefold() in meant]

    def newest_jobs(self, most: int) -> list[str]:
        """The names of the jobs that were run last."""
        newest = sorted(self._jobs.values(), key=lambda job: job.at, reverse=True)
        return list(dict.fromkeys(job.name for job in newest))[:most]

    def count(self, wanted: Filter) -> int:
        """How many orders fit."""
        where, values = self._where(wanted)
        ((number,),) = self._rows(f"SELECT COUNT(*) FROM entries WHERE {where}", values)
        return int(number)

    def newest(self, wanted: Filter, most: int | None) -> list[PastOrder]:
        """The orders that fit, newest first, at most so many (None: all)."""
        where, values = self._where(wanted)
        if most is not None:  # first which they are: to sort by a number each is quicker than by all that is told
            where = f"id IN (SELECT id FROM entries WHERE {where} ORDER BY {_AT} DESC, id DESC LIMIT :most)"
        rows = self._rows(f"{_ORDER} WHERE {where} ORDER BY {_AT} DESC, id DESC", values | {"most": most})
        return [self._order(row) for row in rows]

    def counted(self, wanted: Filter) -> list[Counted]:
        """The orders that fit and cost something, or may, those that are alike counted together."""
        where, values = self._where(wanted)
        rows = self._rows(_COUNTED % where, values).fetchall()
        newest = {(self._jobs[row[2]].panel, row[1]): row[6] for row in sorted(rows, key=lambda row: row[6])}
        names = self._names(list(newest.values()))
        return [
            Counted(
                panel=self._jobs[job].panel,
                currency=(not untold and currency) or self._jobs[job].currency,
                day=day,
                service=service,
                service_name=names[newest[self._jobs[job].panel, service]],
                counts=Counts.UNCLEAR if not placed else Counts.OPEN if untold else Counts.CHARGED,
                amount=sum(map(Decimal, amounts.split()), Decimal(0)),
                orders=orders,
            )
            for day, service, job, placed, untold, currency, _, orders, amounts in rows
        ]

    def _names(self, orders: Sequence[int]) -> Mapping[int, str]:
        """What the services of these orders were called."""
        sql = "SELECT id, service_name FROM entries WHERE id IN (SELECT value FROM json_each(?))"
        return dict(map(tuple, self._rows(sql, (_listed(orders),))))

    def _order(self, row: sqlite3.Row) -> PastOrder:
        job = self._jobs[row["job"]]
        told: dict[str, Any] = dict(row)
        told |= {name: _time(row[name]) for name in ("sent_at", "ordered_at", "updated_at")}
        told |= {"panel": job.panel, "job": job.name, "currency": row["currency"] or job.currency}
        charge = None if row["charge"] is None else Decimal(row["charge"])
        told |= {"charge": charge, "cost": Decimal(row["cost"]), "state": OrderState(row["state"])}
        return PastOrder(**told)

    def story(self, order: PastOrder) -> list[Told]:
        """All that happened to an order, in the order of the log, with the refills and cancellations between."""
        events = [
            Told(
                at=datetime.fromisoformat(row["at"]),
                run=row["run"],
                told=event_told(row["event"], row["before"], json.loads(row["detail"])),
            )
            for row in self._rows("SELECT * FROM events WHERE entry = ? ORDER BY id", (order.id,))
        ]
        asks = [
            told
            for row in self._rows("SELECT * FROM asks WHERE entry = ? ORDER BY id", (order.id,))
            for told in ask_told(read_ask(row), _time(row["updated_at"]))
        ]
        return list(merge(events, sorted(asks, key=_at), key=_at))

    def runs(self, numbers: Sequence[int]) -> dict[int, datetime]:
        """When these runs began."""
        rows = self._rows(
            "SELECT id, started_at FROM runs WHERE id IN (SELECT value FROM json_each(?))", (_listed(numbers),)
        )
        return {number: datetime.fromisoformat(at) for number, at in rows}

    def _where(self, wanted: Filter) -> tuple[str, dict[str, Any]]:
        """The conditions of a filter, and their values."""
        since = wanted.since.astimezone(UTC).isoformat(timespec="milliseconds") if wanted.since else None
        conditions: tuple[tuple[str, str, Any], ...] = (
            ("jobs", "job IN (SELECT value FROM json_each(:jobs))", _listed(wanted.jobs)),
            ("row", "row = :row", wanted.row),
            ("panel", "panel = :panel", wanted.panel or None),
            ("states", "state IN (SELECT value FROM json_each(:states))", _listed(sorted(wanted.states) or None)),
            ("statuses", "status IN (SELECT value FROM json_each(:statuses))", self._statuses(wanted.status)),
            ("link", "instr(lower(target), lower(:link))", wanted.link or None),
            (
                "service",
                "(service = :service OR instr(lower(service_name), lower(:service)))",
                wanted.service or None,
            ),
            ("since", f"{_AT} >= :since", since),
            ("order", "order_id = :order", wanted.order_id or None),
        )
        given = [(name, condition, value) for name, condition, value in conditions if value is not None]
        where = " AND ".join(condition for _, condition, _ in given)
        return where or "TRUE", {name: value for name, _, value in given}

    def _statuses(self, wanted: str) -> str | None:
        if not wanted:
            return None
        known = [s for (s,) in self._rows("SELECT DISTINCT status FROM entries WHERE status IS NOT NULL")]
        return _listed(statuses_like(wanted, known))


def _at(told: Told) -> datetime:
    return told.at


def _listed(values: Sequence[Any] | None) -> str | None:
    return None if values is None else json.dumps(list(values))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@contextmanager
def opened(path: Path) -> Iterator[PastOrders]:
    """The ledger at a path, for reading; an empty one where there is none.

    Raises:
        UsageError, StoppedError: with a sentence, for whatever is wrong with the file.
    """
    with told_in_words(path):
        refuse_foreign_file(path)
        with closing(_connect(path)) as db:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN")  # all that is read is of one moment
            yield PastOrders(db)


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists() or path.stat().st_size == 0:
        return _up_to_date(sqlite3.connect(":memory:", isolation_level=None))
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    if db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS):
        return db
    with closing(db):
        copy = sqlite3.connect(":memory:", isolation_level=None)
        db.backup(copy)
    return _up_to_date(copy)


def _up_to_date(db: sqlite3.Connection) -> sqlite3.Connection:
    migrate(db)
    return db
