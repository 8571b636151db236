"""`status --watch`: what is told and written while orders move, the panel is away, others work, or it is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.sandbox import requests
from bulkorders.workbook import file_digest
from tests.between import between
from tests.desk import QUICK, Desk
from tests.test_run import FAST, good, results

QUICKLY = ("--watch", "--every", "0.02s")
RARELY = ("--watch", "--every", "2h")


class Clock:
    """The practice panel's clock: it goes on by `step` seconds at each request, and when a test says so."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step, self._asked, self._change = 1e9, step, 0, threading.Condition()

    def __call__(self) -> float:
        """Seconds since 1970, for a request that has just come in."""
        with self._change:
            self.now += self.step
            self._asked += 1
            self._change.notify_all()
        return self.now

    def until_looked(self) -> None:
        """Wait until another look has begun and ended: one asks for the balance and about the orders."""
        with self._change:
            before = self._asked
            assert self._change.wait_for(lambda: self._asked > before + 2 * 2, timeout=60)


def ordered(desk: Desk, rows: int, *unordered: int) -> Path:
    """A file of so many rows that are ordered, and some that are added later and are not."""
    path = desk.sheet("orders.xlsx", good(*range(rows)))
    assert desk.run("run", str(path), *FAST).json["placed"] == rows
    return desk.sheet("orders.xlsx", good(*range(rows), *unordered))


def asked(desk: Desk, action: str) -> int:
    """How many requests of this kind have reached the panel."""
    return sum(r.action == action for r in requests(desk.books))


def until_asked(desk: Desk, process: subprocess.Popen[str], requests_before: int, fault: str) -> None:
    """Wait until a request has come in since that had this fault."""
    while all(r.fault != fault for r in requests(desk.books)[requests_before:]):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)


def until(process: subprocess.Popen[str], words: str) -> list[str]:
    """The lines on standard error up to one with these words."""
    lines = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line.rstrip())
        if words in line:
            return lines
    raise AssertionError(f"ended without {words!r}: {lines}")


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C."""
    process.send_signal(signal.CTRL_C_EVENT if sys.platform == "win32" else signal.SIGINT)


def objects(out: str) -> Iterator[dict[str, Any]]:
    """The objects on standard output, one a line."""
    return (json.loads(line) for line in out.splitlines())


def test_it_tells_each_change_and_ends_by_itself(desk_with: Callable[..., Desk]) -> None:
    """A line and an object for each change, the workbook rewritten for a change only; nothing is ordered."""
    clock = Clock()
    desk = desk_with(speed=1.0, clock=clock)
    path = ordered(desk, 3, 7)
    process = desk.start("status", str(path), *QUICKLY, "--json")
    assert "Watching 3 orders" in until(process, "Watching")[-1]
    book = desk.folder / "orders.results.xlsx"
    before = book.stat().st_mtime_ns, file_digest(book)
    clock.until_looked()
    assert (book.stat().st_mtime_ns, file_digest(book)) == before
    clock.now += 18
    assert "row 4: Pending → In progress, " in until(process, "row 4")[-1]
    clock.until_looked()
    assert file_digest(book) != before[1]
    assert [r["Status"] for r in results(book)] == [*["In progress"] * 3, None]
    clock.now += 100
    out, told = process.communicate()
    *changes, summary = objects(out)
    assert process.returncode == 0, told
    assert [(c["row"], c["from"], c["to"]) for c in changes[:3]] == [(n, "Pending", "In progress") for n in (2, 3, 4)]
    assert [(c["row"], c["from"]) for c in changes[3:]] == [(n, "In progress") for n in (2, 3, 4)]
    assert [c["to"] for c in changes[3:]] == [r["Status"] for r in results(book)][:3]
    assert changes[3]["order"] == results(book)[0]["Order ID"]
    assert (changes[3]["delivered"], changes[3]["remains"], changes[3]["charge"]) == (100, 0, "0.09000")
    assert (summary["placed"], summary["ready"], summary["placed_now"], summary["stopped"]) == (3, 1, 0, None)
    assert told.count("Pending") == 0
    assert told.count("Results: ") == 1
    assert asked(desk, "services") == 2
    assert asked(desk, "add") == 3


def test_nothing_open_ends_at_once(desk_with: Callable[..., Desk]) -> None:
    """What is final already is written and said; a file of which nothing was ordered yet has nothing open, either."""
    desk = desk_with(speed=QUICK)
    path = ordered(desk, 2)
    (desk.folder / "orders.results.xlsx").unlink()
    ran = desk.run("status", str(path), *RARELY, "--json")
    assert (ran.code, ran.json["placed"]) == (0, 2)
    assert "nothing to watch" in ran.err
    assert len(results(desk.folder / "orders.results.xlsx")) == 2
    new = desk.sheet("new.xlsx", good(8))
    assert desk.run("status", str(new), *RARELY, "--json").json["ready"] == 1
    assert asked(desk, "add") == 2


def test_a_bad_night(desk_with: Callable[..., Desk]) -> None:
    """Wherever a look is broken off, whatever comes in place of an answer, it is said once and tried again."""
    faults = "balance.busy@6-8,balance.error-before@9,balance.html@10,status.empty@5,status.half@8,status.busy@11-16"
    desk = desk_with(speed=1.0, clock=Clock(step=1.0), faults=faults)
    ran = desk.run("status", str(ordered(desk, 3)), *QUICKLY)
    assert ran.code == 0
    assert ran.err.count("Trying again") == ran.err.count("It works again") == 2, ran.err
    assert ran.err.splitlines()[-3].endswith("Everything is final.")
    assert ran.err.count("→ Completed, 100 delivered") == 3
    assert asked(desk, "add") == 3


def test_the_panel_goes_away_and_comes_back(tmp_path: Path) -> None:
    """While nobody answers it keeps trying; back again, it goes on and ends."""
    desk = Desk(tmp_path, "", tmp_path / "ledger" / "practice-panel.sqlite3")
    log = tmp_path / "bulkorders.log"

    def serve(port: str, speed: float) -> subprocess.Popen[str]:
        panel = desk.start("sandbox", "--port", port, "--speed", str(speed))
        desk.url = next(word for word in until(panel, "http://")[0].split() if word.startswith("http://"))
        return panel

    panel = serve("0", 1e-9)
    process = desk.start("status", str(ordered(desk, 2)), *QUICKLY, "--log", str(log))
    until(process, "Watching")
    panel.kill()
    panel.communicate()
    assert "refuses connections" in until(process, "Trying again")[-1]
    tries = len(log.read_text("utf-8").splitlines()) + 5
    while len(log.read_text("utf-8").splitlines()) < tries:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
    panel = serve(desk.url.rsplit(":", 1)[1].split("/")[0], QUICK)
    _, told = process.communicate()
    panel.kill()
    panel.communicate()
    assert process.returncode == 0
    assert told.count("It works again; going on.") == 1
    assert "Trying again" not in told
    assert {r["Status"] for r in results(tmp_path / "orders.results.xlsx")} == {"Completed"}


def test_a_panel_that_is_away_at_the_start(desk_with: Callable[..., Desk]) -> None:
    """A night may begin without the panel, too."""
    desk = desk_with(speed=QUICK, faults="balance.html@4-9")
    ran = desk.run("status", str(ordered(desk, 1)), *QUICKLY)
    assert (ran.code, ran.err.count("Trying again"), ran.err.count("It works again")) == (0, 1, 1)


def test_a_refused_key_ends_it(desk: Desk) -> None:
    """A key that is refused meanwhile is the one answer that trying again does not help; the workbook is written."""
    balances, panel = count(), desk.url

    def change(form: dict[str, str], told: Any) -> Any:
        refused = form["action"] == "balance" and next(balances) >= 6
        return {"error": "Invalid API key"} if refused else told

    with between(lambda: panel, change) as desk.url:
        path = ordered(desk, 1)
        ran = desk.run("status", str(path), *QUICKLY, "--json")
        again = desk.run("status", str(path), *QUICKLY, "--json")
    assert (ran.code, ran.json["stopped"], ran.json["placed"]) == (3, "key", 1)
    assert "did not accept the key" in ran.err.splitlines()[-1]
    summary = openpyxl.load_workbook(desk.folder / "orders.results.xlsx")["Summary"]
    assert any("did not accept the key" in str(cell) for row in summary.values for cell in row)
    assert (again.code, "Trying again" in again.err) == (3, False)


def test_killed_again_and_again(desk_with: Callable[..., Desk]) -> None:
    """SIGKILL at any moment leaves ledger and workbook whole; started again it goes on, and ends."""
    clock = Clock()
    desk = desk_with(speed=1.0, clock=clock)
    path = ordered(desk, 5)
    for _ in range(2):
        process = desk.start("status", str(path), *QUICKLY)
        until(process, "Watching")
        clock.now += 5
        clock.until_looked()
        process.kill()
        process.communicate()
        assert len(results(desk.folder / "orders.results.xlsx")) == 5
    clock.now += 100
    assert desk.run("status", str(path), *QUICKLY).code == 0
    assert all(r["Status"] == "Completed" for r in results(desk.folder / "orders.results.xlsx"))
    assert asked(desk, "add") == 5


def test_a_run_goes_in_between_and_ctrl_c_ends_it(desk: Desk) -> None:
    """The panel is not held between two looks; Ctrl-C tells and writes what the other run has done, with code 130."""
    path = ordered(desk, 1, 7)
    process = desk.start("status", str(path), *RARELY, "--json")
    until(process, "Watching")
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 1
    interrupt(process)
    out, told = process.communicate()
    change, summary = objects(out)
    assert process.returncode == 130
    assert (change["row"], change["from"], change["to"]) == (3, None, "Pending")
    assert (summary["placed"], summary["stopped"]) == (2, "interrupted")
    assert f"row 3: ordered as {change['order']}, Pending" in told
    assert told.splitlines()[-1].startswith("Interrupted.")
    assert results(desk.folder / "orders.results.xlsx")[1]["Order ID"] == change["order"]


def test_ctrl_c_leaves_alone_what_a_person_typed(desk: Desk) -> None:
    """A results workbook that somebody has worked in since the last look is not overwritten unread."""
    path, place = ordered(desk, 1), desk.folder / "orders.results.xlsx"
    process = desk.start("status", str(path), *RARELY)
    until(process, "Watching")
    book = openpyxl.load_workbook(place)
    book["Orders"]["A2"] = "typed"
    book.save(place)
    before = file_digest(place)
    interrupt(process)
    _, told = process.communicate()
    assert (process.returncode, file_digest(place)) == (130, before)
    assert "was changed since it was written, and is left as it is" in told


def test_ctrl_c_does_not_wait_for_a_silent_panel(desk_with: Callable[..., Desk]) -> None:
    """A look that waits for an answer ends at once; before the panel has answered once, there is nothing to write."""
    desk = desk_with(faults="status.silence@2,balance.silence@5")
    path = ordered(desk, 1)
    for expected in ("Interrupted. Run", "Interrupted before the panel had answered"):
        before, process = len(requests(desk.books)), desk.start("status", str(path), *QUICKLY)
        until_asked(desk, process, before, "silence")
        interrupt(process)
        _, told = process.communicate()
        assert process.returncode == 130
        assert expected in told.splitlines()[-1]


def test_another_run_at_work(desk_with: Callable[..., Desk]) -> None:
    """While another run holds the panel, looks are left out, and that is said once."""
    desk = desk_with(faults="silence@1")
    path = desk.sheet("orders.xlsx", good(1))
    first = desk.start("run", str(path), "--yes")
    until_asked(desk, first, 0, "silence")
    process = desk.start("status", str(path), *QUICKLY)
    assert "orders.xlsx" in until(process, "Looking again when it has finished.")[-1]
    first.kill()
    first.communicate()
    _, told = process.communicate()
    assert process.returncode == 1
    assert "Looking again" not in told
    assert "The other run has finished; going on." in told
    assert asked(desk, "add") == 1


def test_a_file_that_changes(desk_with: Callable[..., Desk]) -> None:
    """What a person changes in the file is in the workbook at the next look; a file that is gone ends nothing."""
    clock = Clock()
    desk = desk_with(speed=1.0, clock=clock)
    path = ordered(desk, 2)
    process = desk.start("status", str(path), *QUICKLY)
    until(process, "Watching")
    rows = good(0, 1, 9)
    desk.sheet("orders.xlsx", [rows[0], rows[3], *rows[1:3]])
    clock.until_looked()
    clock.now += 10
    assert "row 3: Pending → " in until(process, "row 3")[-1]
    path.unlink()
    assert "Going on with the file as it was read before." in until(process, "Going on")[-1]
    clock.now += 100
    process.communicate()
    told = results(desk.folder / "orders.results.xlsx")
    assert [(r["Client"], r["Result"]) for r in told] == [
        ("Client 9", "Ready"),
        ("Client 0", "Ordered"),
        ("Client 1", "Ordered"),
    ]
    assert asked(desk, "add") == 2


def test_refills_are_followed(desk_with: Callable[..., Desk]) -> None:
    """A refill that was asked for keeps the watch going until it is final."""
    clock = Clock()
    desk = desk_with(speed=1.0, clock=clock)
    path = ordered(desk, 1)
    clock.now += 100
    assert desk.run("refill", str(path), "--rows", "2", "--yes", "--json").json["refills_asked"] == 1
    clock.step = 1.0
    ran = desk.run("status", str(path), *QUICKLY)
    assert ran.code == 0
    assert "refill 1: Pending → In progress" in ran.err
    assert "refill 1: In progress → Completed" in ran.err


def test_refills_of_which_the_panel_tells_nothing(desk_with: Callable[..., Desk]) -> None:
    """A panel that does not know refill statuses does not keep the watch going for ever."""
    desk = desk_with(speed=QUICK)
    panel = desk.url

    def change(form: dict[str, str], told: Any) -> Any:
        return {"error": "Incorrect action"} if form["action"] == "refill_status" else told

    with between(lambda: panel, change) as desk.url:
        path = ordered(desk, 1)
        assert desk.run("refill", str(path), "--rows", "2", "--yes", "--json").json["refills_asked"] == 1
        ran = desk.run("status", str(path), *QUICKLY)
    assert ran.code == 0
    assert "nothing to watch" in ran.err


def test_a_workbook_that_is_open_elsewhere(desk_with: Callable[..., Desk]) -> None:
    """However often it is written, there is one numbered neighbour, and none any more when the place is free again."""
    clock = Clock()
    desk = desk_with(speed=1.0, clock=clock)
    path, place = ordered(desk, 2), desk.folder / "orders.results.xlsx"
    place.unlink()
    place.mkdir()  # as good as locked
    process = desk.start("status", str(path), *QUICKLY)
    assert "is open in another program" in "".join(until(process, "Watching"))
    for _ in range(3):
        clock.now += 5
        clock.until_looked()
    assert len(list(desk.folder.glob("orders.results*.xlsx"))) == 2
    place.rmdir()
    clock.now += 100
    process.communicate()
    assert process.returncode == 0
    assert list(desk.folder.glob("orders.results*.xlsx")) == [place]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--watch", "--every", "59s"), "a panel is asked once a minute at most"),
        (("--watch", "--every", "often"), "write it like 90s, 5m or 2h"),
        (("--every", "5m"), "add --watch"),
    ],
)
def test_wrong_use(desk: Desk, options: tuple[str, ...], told: str) -> None:
    """A pace that no panel should be asked at is refused before anything is asked."""
    desk.url = "https://panel.example.com/api/v2"
    ran = desk.run("status", str(desk.sheet("orders.xlsx", good(1))), *options)
    assert ran.code == 2
    assert told in ran.err
