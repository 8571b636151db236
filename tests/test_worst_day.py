"""What stops a run or speaks against what it is told: each in the words that a person reads."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.ledger import Ledger, utc_now
from bulkorders.sandbox import orders, requests
from tests.between import Change, between, with_rates
from tests.desk import Desk
from tests.test_run import FAST, HEADING, good, links, results, states


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where the test's ledger is."""
    return tmp_path / "ledger" / "ledger.sqlite3"


@contextmanager
def lying(desk: Desk, change: Change) -> Iterator[Desk]:
    """The same desk, but the panel's answers are changed on their way."""
    with between(lambda: desk.url, change) as url:
        yield replace(desk, url=url)


def adds(desk: Desk) -> int:
    """How many orders the panel was asked for."""
    return sum(r.action == "add" for r in requests(desk.books))


# --- stops ------------------------------------------------------------------------------------------------------------


def test_no_money_and_cheaper_rows(desk: Desk) -> None:
    """The money does not reach for the second row: nothing after it is sent, although it would be cheaper."""
    dear, cheap = [1, "https://example.com/dear", 10_000, ""], [122, "https://example.com/cheap", 100, ""]
    with sqlite3.connect(desk.books) as books:
        books.execute("UPDATE account SET balance = '0.20'")
    path = desk.sheet("orders.xlsx", [HEADING, [1, "https://example.com/1", 100, ""], dear, cheap])
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1")
    assert (ran.code, ran.json["stopped"]) == (3, "funds")
    assert states(ran) == {"placed": 1, "waiting": 2}
    assert adds(desk) == 2
    assert ran.err.strip().splitlines()[-1] == (
        "Stopped: the account has too little money. Add funds and run the same command again; only the missing rows "
        "are ordered."
    )
    waiting = [r["What to do"] for r in results(ran.json["results"]) if r["Result"] == "Waiting"]
    assert set(waiting) == {
        "Not ordered yet: the account has too little money for this order. "
        "Add funds at the panel and run the file again; only the missing rows are ordered."
    }
    with sqlite3.connect(desk.books) as books:
        books.execute("UPDATE account SET balance = '100'")
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 2


def test_a_key_that_is_refused_in_the_middle(desk: Desk) -> None:
    """The key stops working while orders go out: nothing more is sent than what was under way."""

    def change(form: dict[str, str], told: Any) -> Any:
        return {"error": "Invalid API key"} if form["action"] == "add" else told

    path = desk.sheet("orders.xlsx", good(*range(20)))
    with lying(desk, change) as liar:
        ran = liar.run("run", str(path), *FAST, "--concurrency", "2")
    assert (ran.code, ran.json["stopped"]) == (3, "key")
    assert adds(desk) <= 2
    assert "did not accept the key" in ran.err.strip().splitlines()[-1]


def test_a_cap_in_the_middle(desk_with: Callable[..., Desk]) -> None:
    """Lost answers count as spent: the order that would pass the cap is not started."""
    desk = desk_with(faults="reset-before@1")
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    desk.run("run", str(path), *FAST, "--concurrency", "1", "--limit", "1")
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1", "--max-cost", "0.10")
    assert (ran.code, adds(desk)) == (3, 1)
    assert "Nothing was ordered: the orders would cost 0.18 USD, and --max-cost allows 0.10." in ran.err


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own in that folder."""
    if not sys.platform.startswith("linux"):
        pytest.skip("makes a small disk the way Linux does")
    folder.mkdir(parents=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], capture_output=True)
    if made.returncode:
        pytest.skip("only root may make a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_the_disk_is_full(desk: Desk, ledger: Path) -> None:
    """Full in the middle of a run: it stops and says so; with room again, the rest is ordered, and nothing twice."""
    path = desk.sheet("orders.xlsx", good(*range(400)))
    with small_disk(ledger.parent, 16_000):
        Ledger(ledger).__exit__()
        filler = ledger.parent / "filler"
        filler.write_bytes(bytes(15_200_000))
        ran = desk.run("run", str(path), *FAST, "--concurrency", "8")
        assert ran.code == 3
        assert ran.err.strip().splitlines()[-1] == (
            f"The ledger {ledger} could not be written: the disk is full. Make room and run the same command again; "
            "nothing is ordered twice."
        )
        filler.unlink()
        ran = desk.run("run", str(path), *FAST, "--concurrency", "8")
    assert states(ran)["placed"] + states(ran).get("unconfirmed", 0) == 400
    assert states(ran).get("unconfirmed", 0) <= 8
    assert set(links(desk).values()) == {1}


def _make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


def test_a_ledger_that_is_read_only(desk: Desk, ledger: Path) -> None:
    """It cannot remember what is ordered, so nothing is."""
    path = desk.sheet("orders.xlsx", good(1))
    with small_disk(ledger.parent, 4_000):
        Ledger(ledger).__exit__()
        _make_read_only(ledger.parent)
        ran = desk.run("run", str(path), *FAST)
    assert (ran.code, orders(desk.books)) == (2, [])
    assert "--ledger" in ran.err.strip().splitlines()[-1]


def test_a_folder_of_results_that_is_read_only(desk: Desk) -> None:
    """Where the results cannot be written is found out before money is spent."""
    path = desk.sheet("orders.xlsx", good(1))
    folder = desk.folder / "disk"
    with small_disk(folder, 1_000):
        _make_read_only(folder)
        ran = desk.run("run", str(path), *FAST, "--results", str(folder / "r.xlsx"))
    assert (ran.code, orders(desk.books)) == (2, [])
    assert str(folder) in ran.err
    assert "--results" in ran.err


def test_the_folder_of_the_results_goes_away_meanwhile(desk: Desk) -> None:
    """The orders stand, the sentence says that they are safe, and the next run writes the results."""
    path = desk.sheet("orders.xlsx", good(1))
    folder = desk.folder / "disk"
    folder.mkdir()

    def change(form: dict[str, str], told: Any) -> Any:
        if form["action"] == "add" and folder.exists():
            folder.rmdir()
        return told

    with lying(desk, change) as liar:
        ran = liar.run("run", str(path), *FAST, "--results", str(folder / "r.xlsx"))
        assert (ran.code, ran.json["placed"], ran.json["results"]) == (1, 1, None)
        assert "The orders are safe; run the same command again to get the results." in ran.err
        folder.mkdir()
        assert liar.run("run", str(path), *FAST, "--results", str(folder / "r.xlsx")).code == 0
    assert len(orders(desk.books)) == 1


def _drop_a_page(ledger: Path) -> None:
    """Overwrite a page in the middle, as a failing disk does."""
    with sqlite3.connect(ledger) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries_by_content'").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with ledger.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


def test_a_damaged_ledger(desk: Desk, ledger: Path) -> None:
    """A broken index, which would hide orders, is found before anything is ordered; with the results workbook beside
    the file, the way that the sentence names leads on, and nothing is ordered twice.
    """
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    _drop_a_page(ledger)
    ran = desk.run("run", str(path), *FAST)
    assert ran.code == 2
    assert f"The ledger {ledger} is damaged, or is no ledger. A copy was set aside as " in ran.err
    assert "each with its results workbook beside it" in ran.err
    (copy,) = ledger.parent.glob("ledger.damaged-*.sqlite3")
    assert copy.read_bytes() == ledger.read_bytes()
    desk.run("run", str(path), *FAST)
    assert len(list(ledger.parent.glob("ledger.damaged-*.sqlite3"))) == 1
    ledger.unlink()
    ran = desk.run("run", str(path), *FAST)
    assert (states(ran), len(orders(desk.books))) == ({"placed": 2}, 2)


def test_a_ledger_that_another_program_holds(desk: Desk, ledger: Path) -> None:
    """A ledger that is open for writing elsewhere ends the command with a sentence, before anything is ordered."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("check", str(path))
    with sqlite3.connect(ledger) as other:
        other.execute("BEGIN EXCLUSIVE")
        ran = desk.run("run", str(path), *FAST)
        other.rollback()
    assert ran.code == 3
    assert f"The ledger {ledger} is in use by another program. Close it and run the same command again" in ran.err
    assert not orders(desk.books)


def test_the_clock_was_set_back(desk: Desk, ledger: Path) -> None:
    """A clock behind what an earlier run wrote down is said; what was ordered stays ordered."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    with sqlite3.connect(ledger) as db:
        db.execute("UPDATE events SET at = ?", ((utc_now() + timedelta(days=2)).isoformat(),))
    ran = desk.run("run", str(path), *FAST)
    assert "This computer's clock says " in ran.err
    assert "Set the clock right" in ran.err
    assert states(ran) == {"placed": 1}
    assert ran.json["placed_now"] == 0


def test_the_folder_of_the_results_is_gone(desk: Desk) -> None:
    """Said before money is spent."""
    path = desk.sheet("orders.xlsx", good(1))
    ran = desk.run("run", str(path), *FAST, "--results", str(desk.folder / "gone" / "r.xlsx"))
    assert ran.code == 2
    assert "There is no folder " in ran.err
    assert not orders(desk.books)


# --- panels that lie --------------------------------------------------------------------------------------------------


def test_an_order_id_that_another_row_has(desk: Desk) -> None:
    """A panel that gives one number for every order is believed once; the other rows are to be checked."""

    def change(form: dict[str, str], told: Any) -> Any:
        return {"order": 777} if form["action"] == "add" else told

    path = desk.sheet("orders.xlsx", good(1, 2))
    with lying(desk, change) as liar:
        ran = liar.run("run", str(path), *FAST, "--concurrency", "1")
    assert states(ran) == {"placed": 1, "unconfirmed": 1}
    (row,) = [r for r in results(ran.json["results"]) if r["Result"] == "Check"]
    assert "the panel answered with order 777, which is already the order of row 2" in row["What to do"]


def test_a_status_that_nobody_asked_for(desk: Desk) -> None:
    """What a panel tells of other orders goes to no row."""

    def change(form: dict[str, str], told: Any) -> Any:
        return {"99": {"status": "Completed", "charge": "9"}} if form["action"] == "status" else told

    path = desk.sheet("orders.xlsx", good(1))
    with lying(desk, change) as liar:
        ran = liar.run("run", str(path), *FAST)
    (row,) = results(ran.json["results"])
    assert (row["Result"], row["Status"], row["Charge"]) == ("Ordered", None, None)


def test_a_charge_a_hundred_times_the_estimate(desk: Desk) -> None:
    """It stands on the row and in the Summary, whatever the status is."""

    def change(form: dict[str, str], told: Any) -> Any:
        if form["action"] != "status":
            return told
        return {"charge": "9.00", "status": "Partial", "remains": "1", "currency": "USD"}

    path = desk.sheet("orders.xlsx", good(1))
    with lying(desk, change) as liar:
        ran = liar.run("run", str(path), *FAST)
    (row,) = results(ran.json["results"])
    assert row["What to do"].startswith("The panel charged 9.00, far more than the 0.09 that was expected.")
    book = openpyxl.load_workbook(ran.json["results"])
    told = [str(cell) for cells in book["Summary"].values for cell in cells if cell]
    assert "The panel charged 9.00 USD for 1 row that should cost 0.09: ask the panel why." in " ".join(told)


def test_an_empty_service_list(desk: Desk) -> None:
    """No row is called wrong because of it: the command stops and says why."""
    path = desk.sheet("orders.xlsx", good(1))
    with lying(desk, lambda form, told: [] if form["action"] == "services" else told) as liar:
        ran = liar.run("run", str(path), *FAST)
    assert ran.code == 3
    assert "The panel's service list is empty, so no row can be judged. Nothing was ordered." in ran.err


def test_a_service_list_that_has_shrunk(desk: Desk) -> None:
    """A tenth of yesterday's list is said before a row is judged by it, today and again tomorrow; the rest is asked
    for as ever.
    """
    path = desk.sheet("orders.xlsx", [*good(1), [122, "https://example.com/2", 100, ""]])
    kept = {"services": 80}

    def change(form: dict[str, str], told: Any) -> Any:
        return told[: kept["services"]] if form["action"] == "services" else told

    with lying(desk, change) as liar:
        liar.run("check", str(path))
        kept["services"] = 8
        for _ in range(2):
            ran = liar.run("check", str(path))
            note, judged = ran.err.index("has only 8 services today; it had 80"), ran.err.index("Fix, row 3")
            assert note < judged


def test_a_price_that_rose_since_the_check(desk: Desk) -> None:
    """Both prices and what it makes are shown before the question; --max-cost holds under --yes."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    rates = {"1": "0.90"}
    with lying(desk, with_rates(rates)) as liar:
        liar.run("check", str(path))
        rates["1"] = "1.20"
        ran = liar.run("run", str(path), *FAST, "--max-cost", "0.20")
        assert ran.code == 3
        assert "rose from 0.90 to 1.20 USD since you looked on " in ran.err
        assert "these rows cost 0.06 USD more." in ran.err
        assert "the orders would cost 0.24 USD, and --max-cost allows 0.20" in ran.err
        assert not orders(desk.books)


def test_the_question_shows_what_became_dearer(desk: Desk) -> None:
    """At the terminal the question itself says how much more it is."""
    from tests.terminal import at_terminal

    path = desk.sheet("orders.xlsx", good(1, 2))
    rates = {"1": "0.90"}
    with lying(desk, with_rates(rates)) as liar:
        liar.run("check", str(path))
        rates["1"] = "1.20"
        terminal = at_terminal(liar, "run", str(path))
        question = terminal.until("[y/N]: ").splitlines()[-1]
        assert question == "Order 2 rows for 0.24 USD (0.06 USD more than when you last looked)? [y/N]: "
        terminal.type("n")
        assert terminal.end() == 1
    assert not orders(desk.books)


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_row_waits_for_the_order_that_blocks_it(desk_with: Callable[..., Desk]) -> None:
    """As long as that order runs, the row is not even tried; it is named, and when it is final the row is ordered."""
    slow, quick = desk_with(speed=0.0), desk_with(speed=1e9)
    panel = {"url": slow.url}
    twins = [[1, "https://example.com/1", 100 * n, ""] for n in (1, 2, 3)]
    path = slow.sheet("orders.xlsx", [HEADING, *twins])
    with between(lambda: panel["url"], lambda form, told: told) as url:
        desk = replace(slow, url=url)
        ran = desk.run("run", str(path), *FAST)
        assert (states(ran), adds(desk)) == ({"placed": 1, "waiting": 2}, 2)
        ran = desk.run("run", str(path), *FAST)
        assert (ran.code, states(ran), adds(desk)) == (1, {"placed": 1, "waiting": 2}, 2)
        told = [r["What to do"] for r in results(ran.json["results"]) if r["Result"] == "Waiting"]
        panel["url"] = quick.url
        assert states(desk.run("run", str(path), *FAST, "--wait")) == {"placed": 3}
    first, *rest = orders(desk.books)
    assert len(rest) == 2
    assert told[0] == (
        f"Not ordered yet: order {first.id} on this link (file orders.xlsx, row 2) is still running. "
        "Note: Row 2 has the same service and Link; the two are ordered one after the other. "
        "Run the file again when that order is finished."
    )
