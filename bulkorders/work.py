"""What one command is about, and what it has found out so far: the values that job, adopt and telling share."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from bulkorders.config import Settings
from bulkorders.core.asks import Ask, AskAction, Wish
from bulkorders.core.headings import Headings
from bulkorders.core.listing import Listing
from bulkorders.core.model import Balance, Entry, Service, Sheet, count_told
from bulkorders.core.plan import Claim, Key, Planned, key_of_entry
from bulkorders.core.prices import Change
from bulkorders.core.refusals import Kind
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.validate import Checked
from bulkorders.errors import FileError
from bulkorders.ledger import Job, Ledger
from bulkorders.panel import Panel
from bulkorders.progress import Face
from bulkorders.run import Stop

ONLY_PLACING = frozenset(
    {"form_total", "expect_rows", "expect_cost", "max_cost", "price", "plan", "cost_cap", "day_cap", Kind.FUNDS.value}
)
"""Stops that concern new orders only: what was placed is refreshed all the same."""


PROPERTIES = ("bulkorders panel", "bulkorders job", "bulkorders file", "bulkorders mark")
"""What a results workbook says of itself, so that it is recognised when it comes back (no path, no user): its panel,
its job, the input's name, and where the ledger's log stood when it was written.
"""


MANY_ROWS = 20_000
"""So many rows take longer than a second to check, and to write."""


@contextmanager
def no_rubbish() -> Iterator[None]:
    """Around what fills the memory with rows, checks and plans: all of it stays, and to look through it for rubbish
    again and again takes a tenth of a check.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


REPEAT_WITHIN = timedelta(hours=12)
"""So long after it was sent a lost order is sent again under its number: a panel that has forgotten the number would
order anew. Later, it is a person's to settle.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person typed under Order ID for a row whose answer was lost: a number, or `not placed`.

    `mark` is where the log stood when the workbook was written that it was typed into ("": no results workbook).
    """

    entry: int
    typed: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """How far a command goes: `run` goes all the way, `status` places nothing, `check` asks about no order either.

    `settles`: the person says what became of orders whose answer was lost. `asks`: a refill or cancellation of placed
    orders is asked for.
    """

    places: bool
    refreshes: bool
    settles: bool = False
    asks: AskAction | None = None


RUN = Road(places=True, refreshes=True)
STATUS = Road(places=False, refreshes=True)
CHECK = Road(places=False, refreshes=False)
RESOLVE = Road(places=False, refreshes=True, settles=True)
REFILL = Road(places=False, refreshes=True, asks=AskAction.REFILL)
CANCEL = Road(places=False, refreshes=True, asks=AskAction.CANCEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person asked for on the command line (README, "Options"). Money is in account currency.

    `max_day_cost` is for all that is ordered at the panel on one day of this computer's, `price_tolerance` percent.
    `services` is the file of a service list that the panel is not asked for: then it is asked nothing.
    `row` is to be settled as order `order`, or as `not_placed`; without it, each unconfirmed row is asked about.
    A refill or cancellation is asked for the `rows` and `orders`, or all, of this `status` and those that `dropped`.
    """

    file: str
    sheet: str | None = None
    results: Path | None = None
    job: str | None = None
    max_cost: Decimal | None = None
    max_row_cost: Decimal | None = None
    max_day_cost: Decimal | None = None
    expect_rows: int | None = None
    expect_cost: Decimal | None = None
    price_tolerance: Decimal = Decimal(0)
    plan: str | None = None
    save_plan: bool = False
    limit: int | None = None
    skip_invalid: bool = False
    again: bool = False
    wait: bool = False
    yes: bool = False
    refresh_all: bool = False
    write: bool = True
    keep_layout: bool = False
    row: int | None = None
    order: str | None = None
    not_placed: bool = False
    rows: frozenset[int] = frozenset()
    orders: tuple[str, ...] = ()
    status: str | None = None
    dropped: bool = False
    services: Path | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    """One file on its way: what was found out so far.

    `original` is the workbook whose layout is kept (else empty). `link` is the way to the panel, None where it is asked
    nothing. `listed` is the service list, once it was fetched, `older` the same where it is not that of now: then its
    prices are no measure of what comes later. `refills_told`: the panel tells how refills stand, as far as is known.
    """

    settings: Settings
    options: Options
    road: Road
    face: Face
    ledger: Ledger
    link: Panel | None
    now: datetime
    older: Listing | None = None
    stop: Stop = field(default_factory=Stop)
    ended: tuple[str, str] = ("", "")
    sheet: Sheet
    headings: Headings
    target: Path
    usual_target: Path
    input: str
    code: str = ""
    beside: list[Sheet] = field(default_factory=list)
    job: Job | None = None
    balance: Balance | None = None
    words: list[Word] = field(default_factory=list)
    not_believed: dict[int, str] = field(default_factory=dict)
    adopted: list[Entry] = field(default_factory=list)
    adopted_asks: dict[Key, list[Ask]] = field(default_factory=dict)
    typed_actions: bool = False
    held: set[Key] = field(default_factory=set)
    claims: dict[Key, Claim] = field(default_factory=dict)
    named: dict[Key, Entry] = field(default_factory=dict)
    checked: list[Checked] = field(default_factory=list)
    elsewhere: Mapping[str, Entry] = field(default_factory=dict)
    plan: list[Planned] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    asked_now: Counter[AskAction] = field(default_factory=Counter)
    listed: Listing | None = None
    services: dict[str, Service] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    refills_told: bool = True
    notes: list[str] = field(default_factory=list)
    original: bytes = b""
    tried: bool = False
    placed_now: int = 0
    refreshed: int = 0

    @property
    def name(self) -> str:
        """What the job is called: the name it was given, else its input."""
        return self.options.job or self.input

    @property
    def panel(self) -> Panel:
        """The panel, for whoever is to ask it something."""
        assert self.link is not None, "a check by a saved list asks the panel nothing"
        return self.link

    @property
    def zone(self) -> tzinfo | None:
        """The zone of this computer, in which people read times."""
        return self.now.tzinfo

    @property
    def currency(self) -> str:
        """The account's currency, once the balance, or a saved list, was read."""
        return self.balance.currency if self.balance else self.older.currency if self.older else ""

    def busy(self, doing: str) -> None:
        """Say what takes a while, where there are so many rows that a person would wonder: `Checking 100,000 rows.`"""
        rows = len(self.sheet.rows)
        if rows >= MANY_ROWS:
            self.face.say(f"{doing} {count_told(rows, 'row')}.")

    def note(self, sentence: str) -> None:
        """Say something about the whole file now, and once more in the results."""
        self.notes.append(sentence)
        self.face.note(sentence)

    def end_placing(self) -> None:
        """Placing has ended. Where only orders are stopped (no money left), asking about placed ones goes on."""
        if self.stop.kind in ONLY_PLACING:
            self.ended, self.stop = (self.stop.kind, self.stop.text), Stop()

    @property
    def stopped(self) -> tuple[str, str]:
        """Why the command ended early: a kind and the panel's words; two empty texts where it did not."""
        return (self.stop.kind, self.stop.text) if self.stop else self.ended

    def entries(self) -> list[Entry]:
        """The job's orders as the ledger has them now."""
        return self.ledger.entries(self.job) if self.job else []

    def ready(self) -> list[Planned]:
        """The rows that would be ordered now."""
        return [p for p in self.plan if p.state is RowState.READY]

    def repeated(self) -> list[Entry]:
        """The job's orders whose answer was lost and which the panel will recognise when they are sent again.

        Only where its idempotency field is set, and the order went out with it the first time, not long ago: no panel
        says how long it remembers. It may never have seen the order, so that this is what orders it: a row that was
        deleted, changed or skipped since is not wanted any more.
        """
        name = self.settings.idempotency_field
        if not name:
            return []
        wanted = [p for p in self.plan if p.checked.action != "skip"]
        entries, keys = {p.entry.id for p in wanted if p.entry}, {p.key for p in wanted}
        lost = [e for e in self.entries() if e.state is OrderState.UNCONFIRMED and e.request.startswith(f"{name}=")]
        fresh = [e for e in lost if e.sent_at and abs(self.now - e.sent_at) <= REPEAT_WITHIN]
        return [e for e in fresh if e.id in entries or key_of_entry(e) in keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a command ended: its exit code, the object that `--json` prints, and why no results were written, if so."""

    exit_code: int
    summary: dict[str, Any]
    trouble: FileError | None = None
