"""Refills and cancellations in the ledger: writes as functions of a connection, and reading them back.

As with orders, the intent is on disk before a byte leaves, and what came of it before anything else happens.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bulkorders.core.asks import Ask, AskAction, Asked, AskState

STOPPED = "the program was stopped before the answer came"
"""What is told of an ask that a dead run left under way."""


@dataclass(frozen=True, slots=True)
class StartAsks:
    """Write: these orders (by number) are about to be asked for. Gives back the number of each ask."""

    action: AskAction
    entries: Mapping[int, bool]
    """Whether the Action column says so, by order."""
    at: datetime

    def __call__(self, db: sqlite3.Connection) -> dict[int, int]:
        statement = "INSERT INTO asks (entry, action, state, from_cell, asked_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
        values = {e: (e, self.action, AskState.ASKING, cell, _text(self.at)) for e, cell in self.entries.items()}
        return {entry: db.execute(statement, value).fetchone()[0] for entry, value in values.items()}


@dataclass(frozen=True, slots=True)
class RecordAsked:
    """Write: what came of asks, by their number."""

    outcomes: Mapping[int, Asked]
    at: datetime

    def __call__(self, db: sqlite3.Connection) -> None:
        db.executemany(
            """UPDATE asks SET state = ?, refill_id = ?, text = ?, updated_at = ?
            WHERE id = ? AND state = 'asking'""",
            [(o.state, o.refill_id, o.text, _text(self.at), ask) for ask, o in self.outcomes.items()],
        )


@dataclass(frozen=True, slots=True)
class RecordRefills:
    """Write: the panel's words for how refills stand, by the number of the ask."""

    statuses: Mapping[int, str]
    at: datetime

    def __call__(self, db: sqlite3.Connection) -> int:
        db.executemany(
            "UPDATE asks SET status = ?, updated_at = ? WHERE id = ?",
            [(status, _text(self.at), ask) for ask, status in self.statuses.items()],
        )
        return len(self.statuses)


@dataclass(frozen=True, slots=True)
class AdoptAsks:
    """Write: asks that a results workbook of another ledger tells of; one that is known stays as it is."""

    asks: Sequence[Ask]

    def __call__(self, db: sqlite3.Connection) -> None:
        db.executemany(
            """INSERT INTO asks (entry, action, state, from_cell, refill_id, status, text, asked_at)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM asks WHERE entry = ? AND action = ? AND state <> 'unsent')""",
            [
                (a.entry, a.action, a.state, a.from_cell, a.refill_id, a.status, a.text, _text(a.asked_at), *key)
                for a in self.asks
                for key in ((a.entry, a.action),)
            ],
        )


def lose_asks(db: sqlite3.Connection, panel: str, at: datetime) -> None:
    """Whatever a dead run left under way at the panel may have been taken."""
    db.execute(
        """UPDATE asks SET state = 'lost', text = ?, updated_at = ?
        WHERE state = 'asking' AND entry IN (SELECT id FROM entries WHERE panel = ?)""",
        (STOPPED, _text(at), panel),
    )


def read_ask(row: sqlite3.Row) -> Ask:
    """One row of the table."""
    return Ask(
        id=row["id"],
        entry=row["entry"],
        action=AskAction(row["action"]),
        state=AskState(row["state"]),
        from_cell=bool(row["from_cell"]),
        refill_id=row["refill_id"],
        status=row["status"],
        text=row["text"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
