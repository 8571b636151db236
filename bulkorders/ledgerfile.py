"""The ledger's file: opening it, its tables and their migrations, and what is told when it cannot be used.

One SQLite file for all files and panels of a user. Write-ahead log with synchronous=FULL: with NORMAL a power
cut may take the last commits with it, and an intent that is lost that way is an order sent twice.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bulkorders.errors import CommandError, StoppedError, UsageError

APPLICATION_ID = 0x62756C6B  # "bulk": tells our ledger from any other SQLite file
BUSY_MS = 5_000
"""How long to wait for a ledger that another program holds."""

_AGAIN = "and run the same command again; nothing is ordered twice."
_SQLITE_TROUBLE: tuple[tuple[str, type[CommandError], str, str], ...] = (
    ("locked", StoppedError, "is in use by another program", f"Close it {_AGAIN}"),
    ("readonly", UsageError, "cannot be written", "Check its rights, or name another file with --ledger."),
    ("disk is full", StoppedError, "could not be written: the disk is full", f"Make room {_AGAIN}"),
    ("disk i/o", StoppedError, "could not be written: the disk reports an error", f"Check the disk {_AGAIN}"),
    ("unable to open", UsageError, "cannot be opened", "Check its folder, or name another file with --ledger."),
)
"""What SQLite's errors contain, how the command ends, what is told, and what to do."""

_DAMAGE = ("malformed", "not a database")
"""What SQLite's errors contain when the file itself is broken."""


@contextmanager
def told_in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a sentence with advice."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error).casefold()
        if any(part in text for part in _DAMAGE):
            raise damaged(path) from error
        for part, kind, trouble, advice in _SQLITE_TROUBLE:
            if part in text:
                raise kind(f"The ledger {path} {trouble}.", advice) from error
        raise StoppedError(f"The ledger {path} could not be used ({error}).", "Run the same command again.") from error


def damaged(path: Path) -> UsageError:
    """The file is broken: keep a copy for whoever may mend it, and say how to go on without it."""
    copy = _set_aside(path)
    kept = f" A copy was set aside as {copy}." if copy else ""
    return UsageError(
        f"The ledger {path} is damaged, or is no ledger.{kept} Nothing is ordered with it.",
        "Move it away, or name another file with --ledger, and run your files again, each with its results workbook "
        "beside it: the order IDs in there are looked up and taken over before anything is ordered. For a file without "
        "results, look at the panel's Orders page first.",
    )


def _set_aside(path: Path) -> Path | None:
    """A copy beside it, named after the file's last change, so that it is made once; None where that fails."""
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime)
        copy = path.with_name(f"{path.stem}.damaged-{changed:%Y%m%d-%H%M%S}{path.suffix}")
        for ending in ("", "-wal"):
            source = path.with_name(path.name + ending)
            if source.exists():
                shutil.copy2(source, copy.with_name(copy.name + ending))
    except OSError:
        return None
    return copy


def _first_tables(db: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE jobs (
            id INTEGER PRIMARY KEY, panel TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
            results_digest TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL)""",
        """CREATE TABLE job_codes (
            panel TEXT NOT NULL, code TEXT NOT NULL, job INTEGER NOT NULL REFERENCES jobs,
            PRIMARY KEY (panel, code))""",
        """CREATE TABLE entries (
            id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs, panel TEXT NOT NULL,
            ref TEXT NOT NULL, content TEXT NOT NULL, copy INTEGER NOT NULL, row INTEGER NOT NULL,
            service TEXT NOT NULL, service_name TEXT NOT NULL, service_type TEXT NOT NULL,
            form TEXT NOT NULL, target TEXT NOT NULL, quantity INTEGER, cost TEXT NOT NULL, upper_cost TEXT,
            state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
            order_id TEXT NOT NULL DEFAULT '', sent_at TEXT, ordered_at TEXT, updated_at TEXT,
            status TEXT, final INTEGER NOT NULL DEFAULT 0, charge TEXT, currency TEXT,
            start_count INTEGER, remains INTEGER, UNIQUE (job, ref, content, copy))""",
        "CREATE INDEX entries_by_content ON entries (panel, content)",
        "CREATE INDEX entries_by_order ON entries (panel, order_id) WHERE order_id <> ''",
        "CREATE INDEX entries_in_flight ON entries (panel) WHERE state = 'sending'",
        """CREATE TABLE events (
            id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entries, run INTEGER REFERENCES runs,
            at TEXT NOT NULL, event TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, detail TEXT
            NOT NULL)""",
        "CREATE INDEX events_by_entry ON events (entry)",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs, started_at TEXT NOT NULL, ended_at TEXT,
            version TEXT NOT NULL, balance_before TEXT, balance_after TEXT, currency TEXT, outcome TEXT)""",
    ):
        db.execute(statement)


def _settling(db: sqlite3.Connection) -> None:
    """What settling lost answers needs: request numbers, late balances, and what the panel told before."""
    for statement in (
        "ALTER TABLE entries ADD COLUMN request TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN balance_after_at TEXT",
        "UPDATE runs SET balance_after_at = ended_at WHERE balance_after IS NOT NULL",
        "DROP INDEX entries_in_flight",
        "CREATE INDEX entries_in_flight ON entries (panel) WHERE state IN ('sending', 'repeating')",
        """CREATE INDEX entries_active ON entries (panel, target, service) WHERE state = 'placed' AND final = 0""",
        "CREATE INDEX events_by_run ON events (run) WHERE run IS NOT NULL",
        "CREATE TABLE lists (panel TEXT PRIMARY KEY, services INTEGER NOT NULL, at TEXT NOT NULL)",
        """CREATE TABLE shown_prices (panel TEXT NOT NULL, code TEXT NOT NULL, service TEXT NOT NULL,
            rate TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (panel, code, service))""",
    ):
        db.execute(statement)


def _asks(db: sqlite3.Connection) -> None:
    """Refills and cancellations that were asked for, and how refills stand."""
    for statement in (
        """CREATE TABLE asks (
            id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entries, action TEXT NOT NULL,
            state TEXT NOT NULL, from_cell INTEGER NOT NULL, refill_id TEXT NOT NULL DEFAULT '',
            status TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', asked_at TEXT NOT NULL,
            updated_at TEXT)""",
        "CREATE INDEX asks_by_entry ON asks (entry)",
        "CREATE INDEX asks_in_flight ON asks (state) WHERE state = 'asking'",
    ):
        db.execute(statement)


def _plans(db: sqlite3.Connection) -> None:
    """The plans that were saved for somebody's approval, so that a run can name what has changed since."""
    db.execute("CREATE TABLE plans (code TEXT PRIMARY KEY, at TEXT NOT NULL, plan BLOB NOT NULL)")


def _prices(db: sqlite3.Connection) -> None:
    """The price that a person was shown, where an order was placed at another one."""
    for column in ("price_before", "price_now", "price_since"):
        db.execute(f"ALTER TABLE entries ADD COLUMN {column} TEXT")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first_tables, _settling, _asks, _plans, _prices)
"""Append only: the file's user_version is how many of these it has been through."""


def connect(path: Path, *, busy_ms: int = BUSY_MS, shared: bool = False) -> sqlite3.Connection:
    """`shared`: several threads use the connection, one at a time."""
    db = sqlite3.connect(path, isolation_level=None, timeout=busy_ms / 1000, check_same_thread=not shared)
    db.row_factory = sqlite3.Row
    _write_ahead(db, busy_ms / 1000)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS: without it, fsync leaves the data in the drive's cache
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _write_ahead(db: sqlite3.Connection, seconds: float) -> None:
    """SQLite does not wait where another process is just switching the same new file: ask until that has done it."""
    ends = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)


def refuse_foreign_file(path: Path) -> None:
    """Refuse a newer version's ledger, and a file that is none, before anything in it is touched."""
    if path.is_dir():
        raise UsageError(f"The ledger {path} is a folder.", "Name a file with --ledger.")
    if not path.exists() or path.stat().st_size == 0:
        return
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
    try:
        db.execute("BEGIN")  # one look: another program may just be making the file
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        db.close()
    if not (application or version or tables):  # new, and nothing stands in it yet
        return
    if application != APPLICATION_ID:
        raise UsageError(f"{path} is not a ledger of bulkorders.", "Name another file with --ledger.")
    if version > len(MIGRATIONS):
        raise UsageError(
            f"The ledger {path} was written by a newer version of bulkorders.",
            "Install that version, or name another file with --ledger. Nothing was changed.",
        )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing, and on disk when it ends."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def migrate(db: sqlite3.Connection, migrations: Sequence[Callable[[sqlite3.Connection], None]] = MIGRATIONS) -> None:
    """Bring the tables to this version: each migration in one transaction with its own record."""
    for number, migration in enumerate(migrations, start=1):
        with transaction(db):
            if db.execute("PRAGMA user_version").fetchone()[0] < number:
                migration(db)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {number}")
