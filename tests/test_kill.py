"""Killed, interrupted, started twice: the program as a process of its own, with real signals."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from bulkorders.sandbox import orders, requests
from tests.desk import QUICK, Desk

ROWS = 240
KILLS = 20


def _file(desk: Desk, rows: int) -> Path:
    heading = ["Service", "Link", "Quantity"]
    return desk.sheet("orders.xlsx", [heading, *([122, f"https://example.com/{n}", 100] for n in range(rows))])


def _asked(desk: Desk) -> int:
    """How many orders the panel was asked for."""
    return sum(r.action == "add" for r in requests(desk.books))


def _until(desk: Desk, process: subprocess.Popen[str], asked: int) -> bool:
    """Wait until the panel was asked for so many orders; False when the program ended before that."""
    while _asked(desk) < asked:
        try:
            process.wait(timeout=0.003)
        except subprocess.TimeoutExpired:
            continue
        return False
    return True


def _told(desk: Desk) -> dict[str, tuple[str, str]]:
    """Result and order ID of each link in the results workbook."""
    heading, *rows = list(openpyxl.load_workbook(desk.folder / "orders.results.xlsx")["Orders"].values)
    link, result, order_id = (heading.index(name) for name in ("Link", "Result", "Order ID"))
    return {str(row[link]): (str(row[result]), str(row[order_id] or "")) for row in rows}


def _interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.CTRL_C_EVENT if sys.platform == "win32" else signal.SIGINT)


@pytest.mark.parametrize("concurrency", ["1", "8"])
def test_twenty_kills_and_no_order_twice(desk_with: Callable[..., Desk], concurrency: str) -> None:
    """Killed twenty times at random moments, then finished: nothing twice, nothing lost, a true workbook."""
    desk = desk_with(faults="latency=5ms", speed=QUICK)
    path, chance = _file(desk, ROWS), random.Random(concurrency)
    command = ("run", str(path), "--yes", "--rate", "0", "--concurrency", concurrency)
    for _ in range(KILLS):
        process = desk.start(*command)
        _until(desk, process, _asked(desk) + chance.randint(1, ROWS // KILLS - 2))
        process.kill()
        process.communicate()
    process = desk.start(*command)
    _, told = process.communicate()
    placed, workbook = orders(desk.books), _told(desk)
    assert max(Counter(o.link for o in placed).values()) == 1, told
    assert len(workbook) == ROWS
    assert {result for result, _ in workbook.values()} <= {"Ordered", "Check"}
    for order in placed:
        result, order_id = workbook[order.link]
        assert result == "Check" or order_id == str(order.id)
    known = {o.link for o in placed}
    assert all(link in known for link, (result, _) in workbook.items() if result == "Ordered")
    unsure = sum(result == "Check" for result, _ in workbook.values())
    assert unsure <= KILLS * int(concurrency)
    assert process.returncode == (1 if unsure else 0)


def test_ctrl_c_once_ends_politely(desk_with: Callable[..., Desk]) -> None:
    """Ctrl-C: answers in flight are awaited, the workbook is written, exit code 130; running again goes on."""
    desk = desk_with(faults="latency=20ms")
    path = _file(desk, 200)
    process = desk.start("run", str(path), "--yes", "--rate", "0")
    assert _until(desk, process, 5)
    _interrupt(process)
    _, told = process.communicate()
    assert process.returncode == 130, told
    assert "Run the same command again" in told.strip().splitlines()[-1]
    counts = Counter(result for result, _ in _told(desk).values())
    assert set(counts) == {"Ordered", "Waiting"}
    assert counts["Ordered"] == len(orders(desk.books))
    assert desk.run("run", str(path), "--yes", "--rate", "0").code == 0
    assert Counter(o.link for o in orders(desk.books)).most_common(1)[0][1] == 1


def test_ctrl_c_twice_leaves_at_once(desk_with: Callable[..., Desk]) -> None:
    """A second Ctrl-C does not wait for an answer that never comes; the row in flight is told as unconfirmed."""
    desk = desk_with(faults="silence@1")
    path = _file(desk, 3)
    process = desk.start("run", str(path), "--yes", "--rate", "0", "--concurrency", "1")
    assert _until(desk, process, 1)
    _interrupt(process)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Stopping"):
            break
    _interrupt(process)
    process.communicate()
    assert process.returncode == 130
    ran = desk.run("check", str(path), "--json", "--no-results")
    assert (ran.json["unconfirmed"], ran.json["ready"]) == (1, 2)


def test_a_second_run_is_told_who_is_at_work(desk_with: Callable[..., Desk]) -> None:
    """One run at a time for a panel; the second one names the first and changes nothing."""
    desk = desk_with(faults="silence@1")
    path = _file(desk, 1)
    first = desk.start("run", str(path), "--yes")
    assert _until(desk, first, 1)
    second = desk.run("run", str(path), "--yes")
    assert second.code == 2
    assert "orders.xlsx" in second.err
    assert str(first.pid) in second.err
    first.kill()
    first.communicate()
    assert desk.run("run", str(path), "--yes", "--json").json["unconfirmed"] == 1
