"""The ledger: what is on disk, when, and what it refuses."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bulkorders.committer import Committer
from bulkorders.core.model import Balance, Entry, Order, OrderStatus
from bulkorders.core.plan import Key
from bulkorders.core.states import (
    Accepted,
    Adopted,
    AnswerLost,
    ConfirmedAbsent,
    Event,
    IllegalEvent,
    NotSent,
    OrderState,
    Postponed,
    Refused,
    RepeatStarted,
    RetryAsked,
    SendStarted,
    Settled,
)
from bulkorders.errors import StoppedError, UsageError
from bulkorders.ledger import Job, Ledger, RecordEvent, RecordStatuses
from bulkorders.ledgerfile import MIGRATIONS, migrate

NOW = datetime(2026, 11, 3, 12, 0, 0, tzinfo=UTC)


def order(number: int = 1) -> Order:
    """An order that differs from the others by its link."""
    return Order(
        service="7",
        service_name="Likes",
        service_type="Default",
        form=(("link", f"https://example.com/{number}"), ("quantity", "100")),
        target=f"https://example.com/{number}",
        quantity=100,
        cost=Decimal("0.27819"),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty ledger whose clock stands still."""
    return Ledger(tmp_path / "a folder" / "ledger.sqlite3", clock=lambda: NOW)


def claimed(ledger: Ledger, count: int = 1, *, code: str = "a") -> tuple[Job, list[Entry]]:
    """A job with so many READY orders."""
    job = ledger.open_job("p.example", [code], f"{code}.xlsx")
    return job, ledger.claim(job, [(Key(ref="", content=f"c{n}"), n + 2, order(n)) for n in range(count)])


def take(ledger: Ledger, entry: Entry, *events: Event) -> Entry:
    """The order after some steps."""
    ledger.write(*(RecordEvent(entry.id, event, NOW) for event in events))
    return next(
        e for e in ledger.entries(Job(id=entry.job, panel="", code="", name="", results_digest="")) if e.id == entry.id
    )


PATHS: list[tuple[tuple[Event, ...], OrderState, str]] = [
    ((SendStarted(), Accepted(order_id="9")), OrderState.PLACED, "9"),
    ((SendStarted(), Refused(reason="service", text="no")), OrderState.REFUSED, ""),
    ((SendStarted(), Postponed(reason="busy", text="later", wait=7.0)), OrderState.READY, ""),
    ((SendStarted(), NotSent(text="no network")), OrderState.READY, ""),
    ((SendStarted(), AnswerLost(text="timeout")), OrderState.UNCONFIRMED, ""),
    ((SendStarted(), AnswerLost(text="timeout"), Settled(order_id="9")), OrderState.PLACED, "9"),
    ((SendStarted(), AnswerLost(text="timeout"), ConfirmedAbsent()), OrderState.READY, ""),
    ((SendStarted(), Refused(reason="x", text="y"), RetryAsked()), OrderState.READY, ""),
    ((Adopted(order_id="9"),), OrderState.PLACED, "9"),
]


@pytest.mark.parametrize(("events", "state", "order_id"), PATHS)
def test_a_life_is_recorded_step_by_step(
    ledger: Ledger, events: tuple[Event, ...], state: OrderState, order_id: str
) -> None:
    """Every step is in the order's row and has its line in the event log."""
    _, (entry,) = claimed(ledger)
    after = take(ledger, entry, *events)
    assert (after.state, after.order_id, after.order) == (state, order_id, order(0))
    with sqlite3.connect(ledger.path) as db:
        log = [name for (name,) in db.execute("SELECT event FROM events ORDER BY id")]
    assert log == [type(e).__name__ for e in events]


@pytest.mark.parametrize("event", [Accepted(order_id="9"), AnswerLost(text="x"), ConfirmedAbsent(), RetryAsked()])
def test_an_impossible_step_changes_nothing(ledger: Ledger, event: Event) -> None:
    """An illegal event is an error and leaves no trace."""
    job, (entry,) = claimed(ledger)
    with pytest.raises(IllegalEvent):
        ledger.write(RecordEvent(entry.id, event, NOW))
    assert ledger.entries(job) == [entry]
    with sqlite3.connect(ledger.path) as db:
        assert db.execute("SELECT COUNT(*) FROM events").fetchone() == (0,)


def test_an_order_id_belongs_to_one_row(ledger: Ledger) -> None:
    """A panel that gives the ID of another row has not told us our order: that row is unconfirmed."""
    _, (first, second) = claimed(ledger, 2)
    take(ledger, first, SendStarted(), Accepted(order_id="9"))
    after = take(ledger, second, SendStarted(), Accepted(order_id="9"))
    assert (after.state, after.order_id) == (OrderState.UNCONFIRMED, "")
    assert "order 9" in after.text


def test_claiming_again_keeps_what_was_sent(ledger: Ledger) -> None:
    """A claim takes new rows in and updates price and row number; it never turns a sent order back."""
    job, (entry,) = claimed(ledger)
    take(ledger, entry, SendStarted(), Accepted(order_id="9"))
    dearer = replace(order(0), cost=Decimal("1.5"))
    (again,) = ledger.claim(job, [(Key(ref="", content="c0"), 40, dearer)])
    assert (again.id, again.state, again.row, again.order.cost) == (entry.id, OrderState.PLACED, 40, Decimal("1.5"))


def test_a_dead_run_leaves_unconfirmed_orders(ledger: Ledger) -> None:
    """What was in flight when the program died may have been placed; orders at other panels are left alone."""
    _, (entry, other) = claimed(ledger, 2)
    take(ledger, entry, SendStarted())
    elsewhere = ledger.open_job("q.example", ["a"], "a.xlsx")
    (foreign,) = ledger.claim(elsewhere, [(Key(ref="", content="c0"), 2, order())])
    take(ledger, foreign, SendStarted())
    assert ledger.recover("p.example") == 1
    assert take(ledger, entry).state is OrderState.UNCONFIRMED
    assert take(ledger, other).state is OrderState.READY
    assert take(ledger, foreign).state is OrderState.SENDING


def test_statuses_keep_what_the_panel_leaves_out(ledger: Ledger) -> None:
    """A later status without a charge does not wipe the charge that was known."""
    _, (entry,) = claimed(ledger)
    take(ledger, entry, SendStarted(), Accepted(order_id="9"))
    known = OrderStatus(status="In progress", charge=Decimal("0.27"), currency="USD", start_count=5, remains=70)
    ledger.write(RecordStatuses({entry.id: known}, NOW))
    ledger.write(RecordStatuses({entry.id: OrderStatus(status="Completed", remains=0)}, NOW))
    assert take(ledger, entry).status == replace(known, status="Completed", remains=0)


def test_a_status_never_touches_an_order_that_is_not_placed(ledger: Ledger) -> None:
    """Only placed orders have a status."""
    _, (entry,) = claimed(ledger)
    ledger.write(RecordStatuses({entry.id: OrderStatus(status="Completed")}, NOW))
    assert take(ledger, entry).status is None


def test_repeats_are_found_in_other_jobs_for_thirty_days(tmp_path: Path) -> None:
    """An order of another job at the same panel counts as a repeat for 30 days, and only if it was sent."""
    clock = {"now": NOW}
    with Ledger(tmp_path / "l.sqlite3", clock=lambda: clock["now"]) as ledger:
        _, (sent, _) = claimed(ledger, 2, code="a")
        take(ledger, sent, SendStarted(), Accepted(order_id="9"))
        here = ledger.open_job("p.example", ["b"], "b.xlsx")
        found = ledger.repeats("p.example", ["c0", "c1"], other_than=here)
        assert {content: (e.order_id, e.job_name, e.row) for content, e in found.items()} == {"c0": ("9", "a.xlsx", 2)}
        assert ledger.repeats("q.example", ["c0"], other_than=None) == {}
        clock["now"] = NOW + timedelta(days=31)
        assert ledger.repeats("p.example", ["c0"], other_than=here) == {}


def test_a_job_is_found_by_each_of_its_fingerprints(ledger: Ledger) -> None:
    """A file that was moved with its results workbook leads to the same job."""
    job = ledger.open_job("p.example", ["a"], "a.xlsx")
    assert ledger.open_job("p.example", ["a", "moved"], "a.xlsx") == job
    assert ledger.find_job("p.example", ["moved"]) == job
    assert ledger.find_job("q.example", ["a"]) is None


def test_a_run_keeps_its_balances(ledger: Ledger) -> None:
    """The balance before the first and after the last order is evidence for whoever settles a lost answer."""
    job, _ = claimed(ledger)
    run = ledger.start_run(job, "0.1", Balance(amount=Decimal("10.50"), currency="USD"))
    ledger.end_run(run, "finished", Balance(amount=Decimal("9.15"), currency="USD"))
    with sqlite3.connect(ledger.path) as db:
        row = db.execute("SELECT balance_before, balance_after, currency, outcome FROM runs").fetchone()
    assert row == ("10.50", "9.15", "USD", "finished")


# --- the file -------------------------------------------------------------------------------------------------------


def test_every_write_is_durable(ledger: Ledger) -> None:
    """Write-ahead log with synchronous=FULL: NORMAL may lose the last commits when the power fails."""
    assert ledger._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert ledger._db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_newer_ledger_is_refused_untouched(ledger: Ledger) -> None:
    """A ledger that a newer version wrote is left exactly as it is."""
    with ledger:
        ledger._db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = ledger.path.read_bytes()
    with pytest.raises(UsageError, match="newer version"):
        Ledger(ledger.path)
    assert ledger.path.read_bytes() == before


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, " * 100)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photos (id)")


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [_garbage, _foreign, _folder])
def test_a_file_that_is_no_ledger_is_told(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Whatever lies there instead is not touched, and the sentence says what to do."""
    path = tmp_path / "ledger.sqlite3"
    spoil(path)
    with pytest.raises((UsageError, StoppedError), match="--ledger"):
        Ledger(path)


def test_a_locked_ledger_is_told(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that holds the file for long is named as the reason."""
    with ledger:
        ledger._db.execute("PRAGMA busy_timeout = 1")
        blocker = sqlite3.connect(ledger.path, isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoppedError, match="in use by another program"):
            ledger.open_job("p.example", ["a"], "a.xlsx")
        blocker.execute("ROLLBACK")
        blocker.close()
        assert ledger.open_job("p.example", ["a"], "a.xlsx").name == "a.xlsx"


def test_fresh_equals_migrated(tmp_path: Path) -> None:
    """A ledger that went through the migrations one by one has the tables of a new one."""
    schemas = []
    for stepwise in (False, True):
        db = sqlite3.connect(tmp_path / f"{stepwise}.sqlite3", isolation_level=None)
        for upto in range(1, len(MIGRATIONS) + 1) if stepwise else [len(MIGRATIONS)]:
            migrate(db, MIGRATIONS[:upto])
        schemas.append(db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
        db.close()
    assert schemas[0] == schemas[1]


def test_a_failing_migration_leaves_no_trace(tmp_path: Path) -> None:
    """A migration that breaks in the middle is undone whole, and the version stays."""

    def broken(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (id)")
        db.execute("this is not SQL")

    db = sqlite3.connect(tmp_path / "l.sqlite3", isolation_level=None)
    migrate(db)
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, (*MIGRATIONS, broken))
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()
    db.close()


# --- group commit ---------------------------------------------------------------------------------------------------


def _commit(ledger: Ledger, work: Callable[[Committer], object], with_: Committer | None = None) -> object:
    async def main() -> object:
        async with with_ or ledger.committer() as committer:
            return await work(committer)  # type: ignore[misc]

    return asyncio.run(main())


def test_a_write_is_on_disk_when_it_is_awaited(ledger: Ledger) -> None:
    """What `await` gave back can be read by another connection."""
    _, entries = claimed(ledger, 50)

    async def work(committer: Committer) -> None:
        async def one(entry: Entry) -> None:
            await committer.write(RecordEvent(entry.id, SendStarted(), NOW))
            with sqlite3.connect(ledger.path) as db:
                assert db.execute("SELECT state FROM entries WHERE id = ?", (entry.id,)).fetchone() == ("sending",)

        await asyncio.gather(*map(one, entries))

    _commit(ledger, work)


def test_an_illegal_write_does_not_take_its_neighbours_with_it(ledger: Ledger) -> None:
    """Of many writes in one transaction, the one that is not allowed fails alone."""
    job, entries = claimed(ledger, 20)

    async def work(committer: Committer) -> list[object]:
        events = [Accepted(order_id="1") if n == 7 else SendStarted() for n in range(20)]
        writes = [RecordEvent(e.id, event, NOW) for e, event in zip(entries, events, strict=True)]
        return await asyncio.gather(*map(committer.write, writes), return_exceptions=True)

    results = _commit(ledger, work)
    assert [n for n, r in enumerate(results) if isinstance(r, IllegalEvent)] == [7]  # type: ignore[arg-type]
    states = [e.state for e in ledger.entries(job)]
    assert states.count(OrderState.SENDING) == 19


def test_trouble_with_the_file_reaches_every_writer(ledger: Ledger) -> None:
    """When the commit fails, nobody is told that their write is on disk."""
    _, entries = claimed(ledger, 3)

    async def work(committer: Committer) -> list[object]:
        blocked = [committer.write(lambda db: db.execute("this is not SQL")) for _ in entries]
        return await asyncio.gather(*blocked, return_exceptions=True)

    results = _commit(ledger, work)
    assert all(isinstance(r, StoppedError) for r in results)  # type: ignore[attr-defined]


def test_a_bug_in_a_write_reaches_every_writer(ledger: Ledger) -> None:
    """Whatever goes wrong in the committer, nobody waits for ever."""
    _, entries = claimed(ledger, 2)

    async def work(committer: Committer) -> list[object]:
        unknown = committer.write(RecordEvent(4711, SendStarted(), NOW))
        results = await asyncio.gather(unknown, return_exceptions=True)
        await committer.write(RecordEvent(entries[0].id, SendStarted(), NOW))
        return list(results)

    results = _commit(ledger, work)
    assert isinstance(results[0], TypeError)  # type: ignore[index]


def test_a_commit_that_fails_reaches_every_writer(ledger: Ledger) -> None:
    """What fails only in the commit itself is taken back as a whole, and the next write is as good as ever."""
    job, (entry, other) = claimed(ledger, 2)

    def breach(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("INSERT INTO events (entry, at, event, before, after, detail) VALUES (4711, '', '', '', '', '')")

    async def work(committer: Committer) -> list[object]:
        writes = [committer.write(RecordEvent(entry.id, SendStarted(), NOW)), committer.write(breach)]
        results = await asyncio.gather(*writes, return_exceptions=True)
        await committer.write(RecordEvent(other.id, SendStarted(), NOW))
        return list(results)

    results = _commit(ledger, work)
    assert all(isinstance(r, StoppedError) for r in results)  # type: ignore[attr-defined]
    assert [e.state for e in ledger.entries(job)] == [OrderState.READY, OrderState.SENDING]


def test_a_full_disk_reaches_every_writer(ledger: Ledger) -> None:
    """Where the disk is full in the middle of a batch, nothing of it is on disk."""
    job, (entry,) = claimed(ledger)

    def fill(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 1")
        db.execute("CREATE TABLE filler AS SELECT randomblob(1000000) AS bytes")

    async def work(committer: Committer) -> list[object]:
        writes = [committer.write(RecordEvent(entry.id, SendStarted(), NOW)), committer.write(fill)]
        return await asyncio.gather(*writes, return_exceptions=True)

    results = _commit(ledger, work)
    assert all("the disk is full" in str(r) for r in results)  # type: ignore[attr-defined]
    assert [e.state for e in ledger.entries(job)] == [OrderState.READY]


def test_a_ledger_that_another_program_holds_is_waited_for(ledger: Ledger) -> None:
    """Meanwhile the event loop goes on, so that answers are read and Ctrl-C is heard."""
    job, (entry,) = claimed(ledger)
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def work(committer: Committer) -> None:
        written = asyncio.ensure_future(committer.write(RecordEvent(entry.id, SendStarted(), NOW)))
        for _ in range(50):
            assert (await asyncio.wait([written], timeout=0.001))[1]
        other.execute("COMMIT")
        await written

    _commit(ledger, work)
    other.close()
    assert [e.state for e in ledger.entries(job)] == [OrderState.SENDING]


def test_a_ledger_that_stays_locked_is_told(ledger: Ledger) -> None:
    """The patience for another program ends: every writer is told, and nothing of theirs is on disk."""
    job, entries = claimed(ledger, 2)
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def work(committer: Committer) -> list[object]:
        writes = [committer.write(RecordEvent(e.id, SendStarted(), NOW)) for e in entries]
        return await asyncio.gather(*writes, return_exceptions=True)

    results = _commit(ledger, work, Committer(ledger.path, busy_ms=30))
    other.close()
    assert all("is in use by another program" in str(r) for r in results)  # type: ignore[attr-defined]
    assert {e.state for e in ledger.entries(job)} == {OrderState.READY}


def test_a_cancelled_writer_disturbs_nobody(ledger: Ledger) -> None:
    """A worker that is cancelled while its write is under way leaves the write and the other workers alone."""
    job, (first, second) = claimed(ledger, 2)

    async def work(committer: Committer) -> None:
        lost = committer.write(RecordEvent(first.id, SendStarted(), NOW))
        lost.cancel()  # type: ignore[attr-defined]
        await committer.write(RecordEvent(second.id, SendStarted(), NOW))

    _commit(ledger, work)
    assert [e.state for e in ledger.entries(job)] == [OrderState.SENDING] * 2


def test_no_look_up_reads_the_whole_ledger(ledger: Ledger) -> None:
    """What is asked for every order uses an index: a ledger of 200,000 orders must not slow each one down."""
    asked: list[str] = []
    job, (entry,) = claimed(ledger)
    ledger._db.set_trace_callback(asked.append)
    take(ledger, entry, SendStarted(), Accepted(order_id="9"))
    ledger.known_orders("p.example", ["9"])
    ledger.repeats("p.example", ["c0"], other_than=job)
    ledger.recover("p.example")
    ledger._db.set_trace_callback(None)
    plans = [
        detail
        for sql in asked
        if sql.lstrip().startswith(("SELECT", "UPDATE"))
        for *_, detail in ledger._db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    ]
    assert len(plans) > 5
    assert not [plan for plan in plans if re.match("SCAN (entries|events)", plan)]


def test_what_was_asked_for_in_two_runs_may_have_been_paid_in_either(ledger: Ledger) -> None:
    """Sent in one run, repeated in the next, named by a person: it explains nothing there that must be another's."""
    job, (twice, once) = claimed(ledger, 2)
    first, second = (ledger.start_run(job, "1", None) for _ in range(2))
    lost = AnswerLost(text="reset")
    for entry, event, run in (
        *((twice, SendStarted(), first), (twice, lost, first), (twice, RepeatStarted(request="a=1"), second)),
        *((twice, lost, second), (once, SendStarted(), second), (once, lost, second)),
    ):
        ledger.write(RecordEvent(entry.id, event, NOW, run))
    ledger.write(RecordEvent(twice.id, Settled(order_id="1"), NOW))
    money = ledger.run_money([once])[once.id]
    assert money.confirmed == ()
    assert {u.entry for u in money.unsure} == {twice.id, once.id}


def test_what_went_out_again_under_its_number_may_have_been_paid_before(ledger: Ledger) -> None:
    """A person denied it, and it kept its request number: the run that got its order back may have paid nothing."""
    job, (denied, lost_one) = claimed(ledger, 2)
    first, second = (ledger.start_run(job, "1", None) for _ in range(2))
    lost, sent = AnswerLost(text="reset"), SendStarted(request="a=1")
    for event in (sent, lost):
        ledger.write(RecordEvent(denied.id, event, NOW, first))
    ledger.write(RecordEvent(denied.id, ConfirmedAbsent(), NOW))
    for entry, event in ((denied, sent), (denied, lost), (lost_one, SendStarted()), (lost_one, lost)):
        ledger.write(RecordEvent(entry.id, event, NOW, second))
    assert set(ledger.run_money([denied, lost_one])) == {lost_one.id}
    ledger.write(RecordEvent(denied.id, Settled(order_id="1"), NOW))
    money = ledger.run_money([lost_one])[lost_one.id]
    assert money.confirmed == ()
    assert {u.entry for u in money.unsure} == {denied.id, lost_one.id}


def test_several_programs_make_the_same_ledger_at_once(tmp_path: Path) -> None:
    """Each waits until the file is made; none is told that it is in use."""
    code = (
        "import sys; from pathlib import Path; from bulkorders.ledger import Ledger; input(); Ledger(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "new.sqlite3")]
    programs = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    assert [program.communicate()[1] for program in programs] == [""] * 4
