"""Ledger, panel and person as one state machine: whatever happens, in whatever order, two things hold.

(a) The panel never holds more orders for a row than a person agreed to.
(b) No entry of the ledger says something untrue.

The parts are real: rows are checked and planned by the core, orders go over HTTP to practice panels, the ledger is a
file. One panel is served for each fault, all over the same books, so that a rule chooses what goes wrong with a request
by choosing the address. The books are the truth: which orders an attempt brought into being is read there, and compared
with what the ledger says. What a person agreed to is counted apart from the program's own rules (`Story`, `Machine`).
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bulkorders.core import plan, states
from bulkorders.core.actions import MOST_IDS
from bulkorders.core.catalog import Catalog
from bulkorders.core.headings import read_headings
from bulkorders.core.model import Entry, Order, OrderStatus, Row, Sheet
from bulkorders.core.plan import SENT, Circumstances, Key, Planned, key_of_entry, keys_of, make_plan
from bulkorders.core.states import (
    Adopted,
    AnswerLost,
    ConfirmedAbsent,
    Event,
    IllegalEvent,
    OrderState,
    Outcome,
    Refused,
    RepeatStarted,
    RetryAsked,
    RowState,
    SendStarted,
    Settled,
)
from bulkorders.core.validate import Checked, check_rows
from bulkorders.ledger import Job, Ledger, RecordEvent, RecordStatuses
from bulkorders.panel import Panel
from bulkorders.sandbox import KEY, practice_panel
from bulkorders.sandbox.books import REQUEST_FIELD, Books
from bulkorders.sandbox.books import Order as BooksOrder

T = TypeVar("T")

PANEL = "panel.example"
HEADINGS = ("Ref", "Service", "Link", "Quantity", "Action")
TOP_UP = Decimal(100_000)

ANSWERED = ("none", "refuse", "busy", "wait")
UNCLEAR = (
    *("reset-before", "error-before", "html"),  # the order was not taken
    *("reset-after", "error-after", "html-after", "half", "empty", "nonsense"),  # it was
)
AWAY = "away"
FAULTS = (*ANSWERED, *UNCLEAR, AWAY)
"""What can go wrong with one request, by the names of the practice panel; `away` is a panel that nobody serves.

Silence is left out: it comes to the same as a reset, and takes the client's patience.
"""

WHOLE = 3
"""Three statements place an order: the intent, the request, the outcome. A number below that is where it ends."""


# --- the world outside: panels, books, time ---------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Town:
    """What outlives a program and its computers: the panels, their books, and the clock."""

    folder: Path
    books: Books
    urls: dict[str, str]
    loop: asyncio.Runner
    catalog: Catalog
    now: float = 1_800_000_000.0
    machines: int = 0
    steps: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def clock(self) -> datetime:
        """The time, for a ledger."""
        return datetime.fromtimestamp(self.now, UTC)

    def orders(self, since: int) -> list[BooksOrder]:
        """The books' orders from this ID on."""
        with self.books.transaction():
            return self.books.orders("id >= ?", (since,))

    def begin(self) -> int:
        """Money for one more machine, and the ID from which its orders count."""
        self.machines += 1
        with self.books.transaction():
            self.books.pay(-TOP_UP)
            newest = self.books.orders("id = (SELECT MAX(id) FROM orders)")
        return newest[0].id + 1 if newest else 0

    def place(self, fault: str, order: Order, request: str) -> Outcome:
        """Send one order to the panel that has this fault; `request` is its number as `name=value`."""
        name, _, value = request.partition("=")
        extra = {name: value} if request else None

        async def place() -> Outcome:
            patience = 0.05 if fault == AWAY else 10  # where nobody listens, Windows tries for two seconds
            async with Panel(self.urls[fault], KEY, connect_timeout=patience, extra_fields=extra) as panel:
                return await panel.place(order)

        return self.loop.run(place())

    def statuses(self, ids: Sequence[str]) -> dict[str, OrderStatus]:
        """What the panel says of these orders."""

        async def ask() -> dict[str, OrderStatus]:
            async with Panel(self.urls["none"], KEY) as panel:
                pieces = [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
                answers = [answer for piece in pieces for answer in (await panel.statuses(piece)).items()]
                return {name: status for name, status in answers if isinstance(status, OrderStatus)}

        return self.loop.run(ask())


async def _services(url: str) -> Catalog:
    async with Panel(url, KEY) as panel:
        return Catalog((await panel.services()).services)


@contextmanager
def open_town(folder: Path) -> Iterator[Town]:
    """Panels that answer, each with a fault of its own, and an address where nobody listens."""
    path = folder / "books.sqlite3"
    with ExitStack() as stack:
        nobody = stack.enter_context(socket.socket())
        nobody.bind(("127.0.0.1", 0))
        urls = {AWAY: f"http://127.0.0.1:{nobody.getsockname()[1]}/api/v2"}
        for fault in (*ANSWERED, *UNCLEAR):
            spec = "none" if fault == "none" else f"{fault}=100%"
            panel = practice_panel(path, faults=spec, clock=lambda: town.now)
            urls[fault] = stack.enter_context(panel).url
        loop = stack.enter_context(asyncio.Runner())
        books = stack.enter_context(closing(Books(path)))
        town = Town(folder=folder, books=books, urls=urls, loop=loop, catalog=Catalog(()))
        town.catalog = loop.run(_services(urls["none"]))
        yield town


# --- the person: files, and what was agreed to ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a person's file. `own_ref` is the Ref that it has when it has one."""

    service: str
    link: str
    quantity: int
    own_ref: str
    ref: str = ""
    action: str = ""

    @property
    def content(self) -> Content:
        return self.service, self.link, str(self.quantity)


Content = tuple[str, str, str]
Place = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class File:
    """A file as it is now.

    `asked` is, for each service and link, the most versions that stood in the file at once in a run: so many orders
    were agreed to by having it run. `twins` counts the rows that were made other rows by a Ref of their own.
    """

    name: str
    lines: list[Line] = field(default_factory=list)
    asked: Counter[Place] = field(default_factory=Counter)
    twins: Counter[Place] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Story:
    """The truth about one order of the ledger, and what a person said about it.

    `orders` are the IDs in the books that its requests brought into being, oldest first; so many of them were `denied`:
    they were there when the person said that there are none. `again`: it was held, and ordered with --again. `by_word`:
    it counts as placed by a person's word; `misnamed`: and that word named an order that it is not.
    """

    file: str
    content: Content
    orders: list[int] = field(default_factory=list)
    again: bool = False
    denied: int = 0
    by_word: bool = False
    misnamed: bool = False

    @property
    def extra(self) -> int:
        """The orders that were agreed to for this one beyond what its file asked for."""
        return self.again + self.denied

    @property
    def open(self) -> list[int]:
        """The orders that the ledger has to account for."""
        return [] if self.misnamed else self.orders[self.denied :]

    def hear(self, event: Settled | ConfirmedAbsent) -> None:
        """The ledger has taken a person's word."""
        self.misnamed, self.by_word = False, isinstance(event, Settled)
        if isinstance(event, Settled):
            named = int(event.order_id)
            self.misnamed = named not in self.orders or self.open not in ([], [named])
        else:
            self.denied = len(self.orders)


Slot = tuple[str, Key]
"""How a story finds its entry, on whatever computer: the file, and the key in it."""

NUMBERS = st.integers(0, 7)
"""Which one of those that there are just then: a file, a row, an entry."""

QUANTITIES = st.sampled_from((100, 200, 300, 400, 100, 200, 300, 0))
"""What a person may type; 0 is no order."""

WEATHER = st.lists(st.sampled_from((*("none",) * 6, "reset-before", "reset-after", *FAULTS)), min_size=1, max_size=3)
"""What happens to the requests of a run, one after the other; from the start again when there are more."""

WORDS = st.sampled_from(("truth", "truth", "truth", "not placed", "another order"))


def _insert(machine: Machine, file: File, row: int, quantity: int) -> None:
    file.lines[row:row] = [machine.new_line(quantity) for _ in range(3)]


def _delete(machine: Machine, file: File, row: int, quantity: int) -> None:
    del file.lines[row]


def _edit(machine: Machine, file: File, row: int, quantity: int) -> None:
    file.lines[row] = replace(file.lines[row], quantity=quantity)


def _skip_or_not(machine: Machine, file: File, row: int, quantity: int) -> None:
    file.lines[row] = replace(file.lines[row], action="" if file.lines[row].action else "skip")


def _give_or_take_ref(machine: Machine, file: File, row: int, quantity: int) -> None:
    line = file.lines[row]
    file.lines[row] = replace(line, ref="" if line.ref else line.own_ref)


def _change_ref(machine: Machine, file: File, row: int, quantity: int) -> None:
    """It stays the same order; but once something else in it changes too, nobody can tell it from a new row."""
    machine.count += 1
    new = replace(file.lines[row], ref=f"C{machine.count}", own_ref=f"C{machine.count}")
    file.twins[new.service, new.link] += 1
    file.lines[row] = new


def _double(machine: Machine, file: File, row: int, quantity: int) -> None:
    file.lines.append(replace(file.lines[row], ref=""))


def _double_with_ref(machine: Machine, file: File, row: int, quantity: int) -> None:
    """A Ref of its own makes it another order."""
    machine.count += 1
    twin = replace(file.lines[row], ref=f"T{machine.count}", own_ref=f"T{machine.count}")
    file.twins[twin.service, twin.link] += 1
    file.lines.append(twin)


def _sort(machine: Machine, file: File, row: int, quantity: int) -> None:
    random.Random(row).shuffle(file.lines)


def _copy(machine: Machine, file: File, row: int, quantity: int) -> None:
    """The file is saved under another name; the first two copies are kept."""
    if len(machine.files) < 3:
        name = f"file-{len(machine.files)}"
        machine.files.append(File(name=name, lines=list(file.lines), twins=Counter(file.twins)))


DEEDS = (
    *(_edit, _edit, _edit, _insert, _delete, _skip_or_not, _sort, _copy),
    *(_give_or_take_ref, _change_ref, _double, _double_with_ref),
)
"""What a person does with a file; changing something is what most of the rules of a plan are about."""


class Machine(RuleBasedStateMachine):
    """A person with files, a program that may die at any point, and panels that answer as they like."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.first = town.begin()
        self.files: list[File] = []
        self.stories: dict[Slot, Story] = {}
        self.told_apart: Counter[Content] = Counter()
        self.numbers = False
        self.count = 0
        self.computer = 0
        self.doubtful: list[tuple[Slot, Entry]] = []
        self.repeatable: list[tuple[Slot, Entry]] = []
        self.program = ExitStack()
        self.ledger = self.open_ledger()

    def teardown(self) -> None:
        self.program.close()

    # the program, and its ends

    def open_ledger(self) -> Ledger:
        self.jobs: dict[str, Job] = {}
        path = self.town.folder / f"machine-{self.town.machines}" / f"ledger-{self.computer}.sqlite3"
        return self.program.enter_context(Ledger(path, clock=self.town.clock))

    def start_again(self) -> None:
        """The program is gone, and started once more; what it does first is to recover."""
        self.program.close()
        self.ledger = self.open_ledger()
        self.ledger.recover(PANEL)

    def job(self, file: File) -> Job:
        if file.name not in self.jobs:
            self.jobs[file.name] = self.ledger.open_job(PANEL, [file.name], file.name)
        return self.jobs[file.name]

    def entries(self) -> dict[Slot, Entry]:
        return {(f.name, key_of_entry(e)): e for f in self.files for e in self.ledger.entries(self.job(f))}

    def record(self, entry: Entry, event: Event) -> None:
        self.ledger.write(RecordEvent(entry.id, event, self.town.clock()))

    def checked(self, file: File) -> list[Checked]:
        rows = [
            Row(number=number, cells=(line.ref, line.service, line.link, line.quantity, line.action))
            for number, line in enumerate(file.lines, start=2)
        ]
        sheet = Sheet(name="Orders", headings=HEADINGS, rows=rows)
        return check_rows(sheet, read_headings(HEADINGS), self.town.catalog, today=date(2027, 1, 15))

    def plan(self, file: File, *, again: bool) -> list[Planned]:
        rows, job = self.checked(file), self.job(file)
        repeats = self.ledger.repeats(PANEL, (key.content for key in keys_of(rows)), other_than=job)
        around = Circumstances(entries=self.ledger.entries(job), repeats=repeats, again=again, zone=UTC, panel=PANEL)
        return make_plan(rows, around)

    def send(self, slot: Slot, entry: Entry, started: SendStarted | RepeatStarted, fault: str, alive: int) -> bool:
        """Carry out the statements that place an order, as many as the program lives for; whether it lives on."""
        if alive > 0:
            self.record(entry, started)
        if alive > 1:
            outcome = self.town.place(fault, entry.order, started.request)
            self.stories[slot].orders += self.unheard_of()
            self.town.seen[f"{type(started).__name__} {fault}: {type(outcome).__name__}"] += 1
        if alive > 2:
            self.record(entry, outcome)
            return True
        self.town.seen[f"killed at {alive}"] += 1
        self.start_again()
        return False

    def unheard_of(self) -> list[int]:
        known = {number for story in self.stories.values() for number in story.orders}
        return [order.id for order in self.town.orders(self.first) if order.id not in known]

    # runs

    @rule(at=NUMBERS, weather=WEATHER)
    def run(self, at: int, weather: list[str]) -> None:
        """A file is run."""
        self.order(at, weather)

    @rule(at=NUMBERS, weather=WEATHER)
    def run_again(self, at: int, weather: list[str]) -> None:
        """A file is run with --again."""
        self.order(at, weather, again=True)

    @rule(at=NUMBERS, weather=WEATHER, again=st.booleans(), dies_at=st.integers(0, 3), alive=st.integers(0, WHOLE - 1))
    def run_and_die(self, at: int, weather: list[str], again: bool, dies_at: int, alive: int) -> None:
        """A file is run, and the program dies at one of the orders."""
        self.order(at, weather, again=again, dies_at=dies_at, alive=alive)

    def order(self, at: int, weather: list[str], *, again: bool = False, dies_at: int = -1, alive: int = WHOLE) -> None:
        """Order what is ready, unless the program dies before."""
        file = pick(self.files, at)
        held, ready = self.look(file, again)
        if not ready:
            file.lines += [self.new_line(100), self.new_line(200)]  # people run a file for what is new in it
            held, ready = self.look(file, again)
        self.agree(file)
        entries = self.claim(file, ready)
        for turn, (planned, fault) in enumerate(zip(ready, cycle(weather), strict=False)):
            slot, entry = (file.name, planned.key), entries[planned.key]
            story = self.stories.setdefault(slot, Story(file=file.name, content=content(entry.order)))
            story.again |= planned.key in held
            if not self.send(slot, entry, self.intent(), fault, alive if turn == dies_at else WHOLE):
                return

    def look(self, file: File, again: bool) -> tuple[set[Key], list[Planned]]:
        """The rows that would be held without --again, and those that are ready."""
        safe = self.plan(file, again=False)
        wanted = self.plan(file, again=True) if again else safe
        return {p.key for p in safe if p.state is RowState.HELD}, [p for p in wanted if p.state is RowState.READY]

    def agree(self, file: File) -> None:
        """By having the file run a person agrees to one order for every version of a row that stands in it."""
        good = [line for line in file.lines if line.quantity and line.action != "skip"]
        file.asked |= Counter(content[:2] for content in {line.content for line in good})
        refs = {(line.content, line.ref) for line in good if line.ref}
        self.told_apart |= Counter(content for content, _ in refs)

    def claim(self, file: File, ready: Sequence[Planned]) -> dict[Key, Entry]:
        wanted = [(p.key, p.checked.row.number, p.checked.order) for p in ready if p.checked.order]
        claimed = self.ledger.claim(self.job(file), wanted)
        for entry in claimed:
            if entry.state is OrderState.REFUSED:
                self.record(entry, RetryAsked())
        return {key_of_entry(entry): entry for entry in claimed}

    def intent(self) -> SendStarted:
        self.count += 1
        number = f"{REQUEST_FIELD}={self.town.machines}-{self.count}"
        return SendStarted(request=number if self.numbers else "")

    @precondition(lambda self: self.repeatable)
    @rule(
        at=NUMBERS,
        fault=st.sampled_from(("none", "refuse", "none", "refuse", "none", "refuse", *FAULTS)),
        alive=st.integers(0, WHOLE + 3),
    )
    def repeat(self, at: int, fault: str, alive: int) -> None:
        """On a panel that knows request numbers, a request whose answer was lost leaves again."""
        slot, entry = pick(self.repeatable, at)
        self.send(slot, entry, RepeatStarted(request=entry.request), fault, alive)

    @rule(what=st.sampled_from(("restart", "wait", "wait", "wait", "change_computer")))
    def meanwhile(self, what: str) -> None:
        """The program ends between two steps, or time passes, or the person goes on at another computer."""
        {"restart": self.start_again, "wait": self.wait, "change_computer": self.change_computer}[what]()

    def wait(self) -> None:
        """Time passes until every order is final, and the ledger hears of it."""
        self.town.now += 60
        placed = {e.order_id: e.id for e in self.entries().values() if e.state is OrderState.PLACED}
        told = self.town.statuses(list(placed)) if placed else {}
        self.ledger.write(RecordStatuses({placed[name]: status for name, status in told.items()}, self.town.clock()))

    def change_computer(self) -> None:
        """The other computer knows of the orders from results workbooks only."""
        known = {slot: entry for slot, entry in self.entries().items() if entry.state in SENT}
        ids = [entry.order_id for entry in known.values() if entry.order_id]
        assert set(self.town.statuses(ids) if ids else ()) == set(ids)
        self.program.close()
        self.computer += 1
        self.ledger = self.open_ledger()
        for file in self.files:
            there = {slot[1]: entry for slot, entry in known.items() if slot[0] == file.name}
            wanted = [(key, entry.row, entry.order) for key, entry in there.items()]
            claimed = self.ledger.claim(self.job(file), wanted)
            told = [(entry.id, event) for entry in claimed for event in _taken_over(there[key_of_entry(entry)])]
            self.ledger.write(*(RecordEvent(entry, event, self.town.clock()) for entry, event in told))
        for story in self.stories.values():
            story.by_word = False

    # the person at the file

    @initialize(numbers=st.sampled_from((True, True, False)), quantities=st.lists(QUANTITIES, min_size=1, max_size=4))
    def begin(self, numbers: bool, quantities: list[int]) -> None:
        """A panel with or without request numbers, and a file."""
        self.numbers = numbers
        self.files.append(File(name="file-0"))
        for quantity in quantities:
            self.files[0].lines.append(self.new_line(quantity))

    @rule(at=NUMBERS, row=NUMBERS, deed=st.sampled_from(DEEDS), quantity=QUANTITIES)
    def use_the_file(self, at: int, row: int, deed: Callable[[Machine, File, int, int], None], quantity: int) -> None:
        """Whatever a person does with a file between runs; it takes a minute, in which orders become final."""
        self.town.now += 60
        file = pick(self.files, at)
        if not file.lines:
            file.lines.append(self.new_line(quantity))
        deed(self, file, row % len(file.lines), quantity)

    def new_line(self, quantity: int) -> Line:
        """A row for a link that nobody has seen before; every other one has a Ref."""
        self.count += 1
        ref = f"R{self.count}"
        link = f"https://example.com/{self.town.machines}/{self.count}"
        return Line(service="1", link=link, quantity=quantity, own_ref=ref, ref=ref if self.count % 2 else "")

    # the person who settles what is uncertain

    @precondition(lambda self: self.doubtful)
    @rule(at=NUMBERS, word=WORDS, other=NUMBERS)
    def resolve(self, at: int, word: str, other: int) -> None:
        """A person says what became of an order, or corrects what was said before; truly or not."""
        slot, entry = pick(self.doubtful, at)
        story = self.stories[slot]
        event = self.word(story, word, other)
        if self.may_say(slot, entry, event):
            self.record(entry, event)
            story.hear(event)
        else:
            with pytest.raises(IllegalEvent):
                self.record(entry, event)
        self.town.seen[f"resolve {word}: {type(event).__name__}"] += 1

    def is_doubtful(self, slot: Slot, entry: Entry) -> bool:
        if entry.state is OrderState.UNCONFIRMED:
            return True
        return slot in self.stories and (self.stories[slot].denied > 0 or self.stories[slot].by_word)

    def word(self, story: Story, word: str, other: int) -> Settled | ConfirmedAbsent:
        orders = story.orders
        if word == "another order":
            orders = [order.id for order in self.town.orders(self.first)][other:] or orders
        if word == "not placed" or not orders:
            return ConfirmedAbsent()
        return Settled(order_id=str(orders[0] if word == "another order" else orders[-1]))

    def may_say(self, slot: Slot, entry: Entry, event: Settled | ConfirmedAbsent) -> bool:
        """What the panel itself said stands, and an order belongs to one row."""
        if entry.state is OrderState.PLACED and not self.stories[slot].by_word:
            return False
        if isinstance(event, ConfirmedAbsent):
            return entry.state in (OrderState.UNCONFIRMED, OrderState.PLACED)
        return all(e.order_id != event.order_id for s, e in self.entries().items() if s != slot)

    # what always holds

    @invariant()
    def no_more_than_agreed(self) -> None:
        """(a) The panel never holds more orders for a row than a person agreed to.

        Of one content there is one order, or as many as there were rows of it at once with Refs of their own; for one
        link of one file there are as many as it had versions at once. Beyond that: what was ordered with --again, and
        what a person denied.
        """
        self.town.steps += 1
        held = Counter(content(order) for order in self.town.orders(self.first))
        for what, number in held.items():
            extra = sum(s.extra for s in self.stories.values() if s.content == what)
            assert number <= max(1, self.told_apart[what]) + extra, f"{number} orders for {what}"
        for file in self.files:
            mine = [s for s in self.stories.values() if s.file == file.name]
            for place in {s.content[:2] for s in mine}:
                here = [s for s in mine if s.content[:2] == place]
                agreed = file.asked[place] + file.twins[place] + sum(s.extra for s in here)
                assert sum(len(s.orders) for s in here) <= agreed, (
                    f"more than {agreed} orders of {file.name} for {place}"
                )

    @invariant()
    def nothing_untrue(self) -> None:
        """(b) No entry of the ledger says something untrue, but for what a person said wrongly."""
        books = {str(order.id): order for order in self.town.orders(self.first)}
        entries = self.entries()
        named = Counter(e.order_id for e in entries.values() if e.state is OrderState.PLACED)
        assert not named or max(named.values()) == 1, f"two entries for one order: {named}"
        for slot, entry in entries.items():
            self.is_true(entry, self.stories.get(slot), books)
        for slot, story in self.stories.items():
            for number in story.open:
                state, told = (entries[slot].state, entries[slot].order_id) if slot in entries else ("nowhere", "")
                assert state is OrderState.UNCONFIRMED or told == str(number), f"order {number} is {state} {told}"
        assert not self.unheard_of()
        self.doubtful = [(s, e) for s, e in entries.items() if self.is_doubtful(s, e)]
        self.repeatable = [(s, e) for s, e in entries.items() if e.state is OrderState.UNCONFIRMED and e.request]

    def is_true(self, entry: Entry, story: Story | None, books: dict[str, BooksOrder]) -> None:
        match entry.state:
            case OrderState.PLACED:
                assert story is not None
                assert entry.order_id in books, f"there is no order {entry.order_id}"
                if not story.misnamed:
                    assert content(books[entry.order_id]) == content(entry.order)
                    assert int(entry.order_id) in story.orders
            case OrderState.READY | OrderState.REFUSED:
                assert story is None or not story.open, f"{entry.state}, and the panel has {story}"
                assert not entry.order_id
            case OrderState.UNCONFIRMED:
                assert not entry.order_id
            case _:
                raise AssertionError(f"{entry.state} outlived its program")


def content(order: Order | BooksOrder) -> Content:
    """Service, link and quantity of an order, in the ledger or in the books."""
    form = dict(order.form)
    return str(order.service), form["link"], form["quantity"]


def pick(things: Sequence[T], number: int) -> T:
    """One of them."""
    return things[number % len(things)]


def _taken_over(entry: Entry) -> tuple[Event, ...]:
    """How another computer enters what a results workbook says of an order."""
    if entry.order_id:
        return (Adopted(order_id=entry.order_id),)
    return (SendStarted(), AnswerLost(text="a results workbook says so"))


# --- the tests --------------------------------------------------------------------------------------------------------


EXAMPLES = 50
"""Machines in one test, of up to fifty steps each."""


def machine_settings(examples: int) -> settings:
    """The same machines in every run, without a look at the clock."""
    return settings(
        max_examples=examples,
        stateful_step_count=50,
        derandomize=True,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # to shorten what was found takes longer than a test may take
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.mark.timeout(600)  # ten thousand commits: seconds on most disks, minutes on some
def test_exactly_once_whatever_happens(town: Town) -> None:
    """Thousands of steps of program, panel and person: no order too many, and no untrue word in the ledger."""
    run_state_machine_as_test(partial(Machine, town), settings=machine_settings(EXAMPLES))
    assert town.steps > 40 * EXAMPLES


class Repeating(Machine):
    """The same machine, which repeats lost requests and does little else: rare steps come sooner."""

    run_again = use_the_file = resolve = None  # type: ignore[assignment]


class Editing(Machine):
    """The same machine, in which people work at their files and nobody has to settle anything."""

    run_again = run_and_die = repeat = resolve = None  # type: ignore[assignment]


def finds_it(town: Town, machine: type[Machine]) -> None:
    """The machine comes upon what was planted."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(partial(machine, town), settings=machine_settings(4 * EXAMPLES))


@pytest.mark.parametrize(
    ("machine", "state", "event", "wrong"),
    [
        (Machine, OrderState.SENDING, AnswerLost, OrderState.READY),
        (Machine, OrderState.SENDING, AnswerLost, OrderState.REFUSED),
        (Repeating, OrderState.REPEATING, Refused, OrderState.READY),
    ],
)
def test_a_wrong_transition_is_found(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    machine: type[Machine],
    state: OrderState,
    event: type[Event],
    wrong: OrderState,
) -> None:
    """A table that lets a lost answer be sent again does not get past the machine."""
    monkeypatch.setitem(states.TRANSITIONS, (state, event), wrong)
    finds_it(town, machine)


OF_THE_LEDGER = [rule for rule in plan.UNLESS_AGAIN if rule is not plan._held_elsewhere]  # that one is of workbooks


@pytest.mark.parametrize("forgotten", OF_THE_LEDGER, ids=lambda rule: rule.__name__)
def test_a_forgotten_rule_is_found(town: Town, monkeypatch: pytest.MonkeyPatch, forgotten: plan.Rule) -> None:
    """Without any one of the rules that hold a row back, the panel gets an order that nobody agreed to."""
    kept = tuple(rule for rule in plan.UNLESS_AGAIN if rule is not forgotten)
    monkeypatch.setattr(plan, "UNLESS_AGAIN", kept)
    finds_it(town, Editing)
