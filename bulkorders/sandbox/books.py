"""What the practice panel remembers: one SQLite file, which survives restarts and may be shared.

Every request is one transaction, committed before its answer leaves; killing the process loses nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

_Result = TypeVar("_Result")
_BUSY_SECONDS: Final = 30.0
_FIRST_ORDER: Final = 23501
_START_BALANCE: Final = "500.00000"

REQUEST_FIELD: Final = "request_id"
"""The form field that a client may number its orders with: the same number again is the same order."""

_REQUEST: Final = f"json_extract(form, '$.{REQUEST_FIELD}')"  # as the index spells it, or it would not be used

_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), balance TEXT NOT NULL);
INSERT OR IGNORE INTO account VALUES (1, '{_START_BALANCE}');
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received REAL NOT NULL,
    service INTEGER NOT NULL,
    link TEXT NOT NULL,
    form TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    charge TEXT NOT NULL,
    cancel_asked REAL,
    settled INTEGER NOT NULL DEFAULT 0
);
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'orders', {_FIRST_ORDER - 1}
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'orders');
CREATE INDEX IF NOT EXISTS orders_by_link ON orders (service, link);
CREATE INDEX IF NOT EXISTS orders_by_request ON orders ({_REQUEST}) WHERE {_REQUEST} IS NOT NULL;
CREATE INDEX IF NOT EXISTS open_orders ON orders (settled) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS refills (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL,
    asked REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS refills_by_order ON refills (order_id);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    perf REAL NOT NULL,
    action TEXT NOT NULL,
    fault TEXT NOT NULL,
    ids TEXT NOT NULL DEFAULT ''
);
COMMIT;
"""
_ADDED: Final = "ALTER TABLE requests ADD COLUMN ids TEXT NOT NULL DEFAULT ''"  # books of the first version lack it
_ORDER: Final = "SELECT id, received, service, link, form, quantity, charge, cancel_asked, settled FROM orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order that was taken.

    `form` holds every field that it came with, but not the key. `quantity` counts all runs of a
    drip-feed; it is 1 for a package, and the posts of a subscription (0 for no limit). `charge` is
    what was paid in USD at first. `settled`: it was seen to be final, and the refund was given.
    """

    id: int
    received: float
    service: int
    link: str
    form: dict[str, str]
    quantity: int
    charge: Decimal
    cancel_asked: float | None
    settled: bool


@dataclass(frozen=True, slots=True)
class Refill:
    """One refill that was asked for, at `asked` seconds since 1970."""

    id: int
    order: int
    asked: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that arrived, and the fault that was applied to it ('' for none).

    `at` is the panel's clock; `perf` is time.perf_counter() of the serving process, for rates. `ids` are the orders or
    refills that it named, with commas.
    """

    at: float
    perf: float
    action: str
    fault: str
    ids: str = ""


def _to_order(row: tuple[Any, ...]) -> Order:
    number, received, service, link, form, quantity, charge, cancel_asked, settled = row
    return Order(
        id=number,
        received=received,
        service=service,
        link=link,
        form=json.loads(form),
        quantity=quantity,
        charge=Decimal(charge),
        cancel_asked=cancel_asked,
        settled=bool(settled),
    )


def _write_ahead(db: sqlite3.Connection) -> None:
    """SQLite does not wait where another process is just switching the same new file: ask until that has done it."""
    ends = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)


class Books:
    """The open books. Everything but `transaction` and `close` belongs inside a transaction."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        _write_ahead(self._db)
        # What is committed must survive a killed process, not a power cut: this is only practice.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_SCHEMA)
        with suppress(sqlite3.OperationalError):  # it is there already
            self._db.execute(_ADDED)

    def close(self) -> None:
        """Wait for the transaction under way, then close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one at a time, also between processes."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def record_arrival(self, arrival: Arrival) -> None:
        """Note that a request came in."""
        self._db.execute(
            "INSERT INTO requests (at, perf, action, fault, ids) VALUES (?, ?, ?, ?, ?)",
            (arrival.at, arrival.perf, arrival.action, arrival.fault, arrival.ids),
        )

    def arrivals(self) -> list[Arrival]:
        """Every request, in order of arrival."""
        query = "SELECT at, perf, action, fault, ids FROM requests ORDER BY id"
        return [Arrival(*row) for row in self._db.execute(query)]

    def balance(self) -> Decimal:
        """What is left on the account, in USD."""
        return Decimal(self._db.execute("SELECT balance FROM account").fetchone()[0])

    def pay(self, amount: Decimal) -> None:
        """Take the amount from the balance; a negative one is a refund."""
        self._db.execute("UPDATE account SET balance = ?", (str(self.balance() - amount),))

    def add_order(
        self,
        *,
        received: float,
        service: int,
        link: str,
        form: Mapping[str, str],
        quantity: int,
        charge: Decimal,
    ) -> int:
        """Enter a new order; the answer is its ID, higher than every ID before."""
        cursor = self._db.execute(
            "INSERT INTO orders (received, service, link, form, quantity, charge) VALUES (?, ?, ?, ?, ?, ?)",
            (received, service, link, json.dumps(form), quantity, str(charge)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def orders(self, condition: str = "1 = 1", values: Iterable[object] = ()) -> list[Order]:
        """The orders that meet an SQL condition, oldest first."""
        rows = self._db.execute(f"{_ORDER} WHERE {condition} ORDER BY id", tuple(values))
        return [_to_order(row) for row in rows]

    def order(self, number: int) -> Order | None:
        """The order with this ID."""
        return next(iter(self.orders("id = ?", (number,))), None)

    def order_of_request(self, request: str) -> Order | None:
        """The order that came with this request number; none for a request without one."""
        return next(iter(self.orders(f"{_REQUEST} = ?", (request,))), None) if request else None

    def open_orders(self) -> list[Order]:
        """Every order that nobody has seen final yet."""
        return self.orders("settled = 0")

    def open_orders_on(self, service: int, link: str) -> list[Order]:
        """Those of them that are for this service and link."""
        return self.orders("service = ? AND link = ? AND settled = 0", (service, link))

    def settle(self, number: int, refund: Decimal) -> None:
        """The order was seen final: it stays so, and what it did not deliver is paid back."""
        self._db.execute("UPDATE orders SET settled = 1 WHERE id = ?", (number,))
        if refund:
            self.pay(-refund)

    def ask_cancel(self, number: int, now: float) -> None:
        """Note that the order is to be canceled."""
        self._db.execute("UPDATE orders SET cancel_asked = ? WHERE id = ?", (now, number))

    def add_refill(self, order: int, now: float) -> int:
        """Enter a refill of an order; the answer is the refill's ID."""
        cursor = self._db.execute("INSERT INTO refills (order_id, asked) VALUES (?, ?)", (order, now))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def all_refills(self) -> list[Refill]:
        """Every refill, oldest first."""
        return [Refill(*row) for row in self._db.execute("SELECT id, order_id, asked FROM refills ORDER BY id")]

    def refills(self, column: str, number: int) -> list[Refill]:
        """The refills whose `id` or `order_id` is this number, oldest first."""
        query = f"SELECT id, order_id, asked FROM refills WHERE {column} = ? ORDER BY id"
        return [Refill(*row) for row in self._db.execute(query, (number,))]


def read_books(path: Path, read: Callable[[Books], list[_Result]]) -> list[_Result]:
    """Read from books that may be in use; there is nothing in books that do not exist."""
    if not path.exists():
        return []
    with closing(Books(path)) as books, books.transaction():
        return read(books)
