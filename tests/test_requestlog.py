"""The log: one line for every request, whatever becomes of it, and never a reason for an order to fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bulkorders.core.exchanges import Exchange
from bulkorders.panel import Panel
from bulkorders.requestlog import KEPT, RequestLog
from bulkorders.sandbox import orders, requests
from tests.desk import Desk
from tests.test_run import FAST, good, states
from tests.wire import http, place, wire

SECRET = "s3cr3t&k3y/0123456789"


def lines(log: Path) -> list[list[str]]:
    """The fields of each line."""
    return [line.split("\t") for line in log.read_text("utf-8").splitlines()]


def asked(text: str = "") -> Exchange:
    """One request that was answered."""
    return Exchange(action="balance", about="", told=("answered", text), http_status=200, seconds=0.0125)


def test_every_request_has_its_line(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """What the panel's books have, the log has: action, row, outcome, order ID or the panel's words; and no link."""
    desk = desk_with(faults="refuse@2,busy@3,reset-after@5")
    path = desk.sheet("orders.xlsx", good(1, 2, 3, 4, 5))
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1")
    assert states(ran) == {"placed": 3, "refused": 1, "unconfirmed": 1}
    log = lines(tmp_path / "ledger" / "bulkorders.log")
    assert [line[3] for line in log] == [request.action for request in requests(desk.books)]
    added = [line for line in log if line[3] == "add"]
    assert [line[4:6] for line in added] == [
        ["row 2", "placed"],
        ["row 3", "refused"],
        ["row 4", "busy"],
        ["row 4", "placed"],
        ["row 5", "lost"],
        ["row 6", "placed"],
    ]
    assert [line[7] for line in added][1:5] == ["HTTP 200", "HTTP 429", "HTTP 200", "HTTP -"]
    assert added[1][8] == "Incorrect request"
    assert {line[8] for line in added if line[5] == "placed"} < {str(order.id) for order in orders(desk.books)}
    assert {line[2] for line in added} == {"run 1"}
    assert log[-1][3:6] == ["status", "3 orders", "answered"]
    assert "example.com" not in str(log)


def test_a_line(tmp_path: Path) -> None:
    """The time in UTC, to the microsecond, and nine fields with tabs between them."""
    there = datetime(2026, 11, 26, 9, 30, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    RequestLog(tmp_path / "log", "panel.example", print, clock=lambda: there)(asked("Bad link"), run=12)
    assert (tmp_path / "log").read_text("utf-8") == (
        "2026-11-26T07:30:00.000250Z\tpanel.example\trun 12\tbalance\t-\tanswered\t12 ms\tHTTP 200\tBad link\n"
    )


def test_the_key_is_in_no_line(tmp_path: Path) -> None:
    """A panel that echoes the key has it hidden in the log, too; tabs and lines in its words make no fields."""
    log = RequestLog(tmp_path / "log", "panel.example", print)
    for answer in ({"error": f"key={SECRET}\tis\nwrong"}, {"order": SECRET}, {"error": SECRET.upper()}):
        with wire(http(answer)) as server:
            place(server.url, SECRET, tell=log)
    written = (tmp_path / "log").read_text("utf-8")
    assert [len(line) for line in lines(tmp_path / "log")] == [9, 9, 9]
    assert "k3y" not in written.casefold()


def test_a_request_that_nobody_waits_for(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """The second Ctrl-C leaves its trace."""
    desk = desk_with(faults="balance.silence@1")
    log = RequestLog(tmp_path / "log", "panel.example", print)

    async def cut_off() -> None:
        async with Panel(desk.url, desk.key, tell=log) as panel:
            asking = asyncio.create_task(panel.balance())
            while not requests(desk.books):
                await asyncio.sleep(0.01)
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    asyncio.run(cut_off())
    assert lines(tmp_path / "log")[0][3:6] == ["balance", "-", "interrupted"]


@pytest.mark.parametrize(
    "named",
    [
        "folder",
        pytest.param("/dev/full", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux has such a disk")),
    ],
)
def test_a_log_that_cannot_be_written(desk: Desk, named: str) -> None:
    """A folder in its place, a full disk: it is said once, and everything is ordered."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    (desk.folder / "folder").mkdir()
    ran = desk.run("run", str(path), *FAST, "--log", str(desk.folder / named))
    assert states(ran) == {"placed": 3}
    assert ran.err.count("cannot be written") == 1


def test_where_the_log_lies(desk: Desk, tmp_path: Path) -> None:
    """Beside the ledger; where the settings or --log say; and the practice panel has its own."""
    (desk.folder / "bulkorders.toml").write_text(f"log = '{tmp_path / 'own.log'}'", "utf-8")
    path = str(desk.sheet("orders.xlsx", good(1)))
    desk.run("check", path)
    desk.run("check", path, "--sandbox")
    desk.run("balance", "--log", str(tmp_path / "third.log"))
    desk.run("balance", "--ledger", str(tmp_path / "other" / "ledger.sqlite3"))
    for name in ("own.log", "own.practice.log", "third.log", "other/bulkorders.log"):
        assert lines(tmp_path / name)[0][3] == "balance"


def test_a_command_that_the_panel_stops_names_the_log(desk: Desk, tmp_path: Path) -> None:
    """The sentence ends with the place where more stands; JSON keeps the sentence alone."""
    desk.url = "http://127.0.0.1:9/api"
    ran = desk.run("balance", "--json")
    assert ran.err.endswith(f"Details: {tmp_path / 'ledger' / 'bulkorders.log'}\n")
    assert "Details" not in ran.json["error"]
    assert lines(tmp_path / "ledger" / "bulkorders.log")[0][5] == "not sent"


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    """A few old ones are kept; every line is whole; two programs at work lose nothing that is not old."""
    path = tmp_path / "x.log"
    first, second = (RequestLog(path, name, print, largest=2_000) for name in ("one", "two"))
    for number in range(200):
        (first if number % 2 else second)(asked(str(number)))
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == ["x.log", *(f"x.log.{n}" for n in range(1, KEPT + 1))]
    assert all(f.stat().st_size < 5_000 for f in files)
    kept = sorted(int(line[8]) for f in files for line in lines(f))
    assert kept == list(range(kept[0], 200))


def test_a_log_that_cannot_be_put_aside_grows(tmp_path: Path) -> None:
    """Another program holds an old one, as Windows lets it: the lines go on where they are."""
    path = tmp_path / "x.log"
    for name in ("x.log.2", "x.log.3"):
        (tmp_path / name / "held").mkdir(parents=True)
    log = RequestLog(path, "one", print, largest=1_000)
    for number in range(100):
        log(asked(str(number)))
    assert len(lines(path)) == 100


def test_two_programs_write_to_one_log(tmp_path: Path) -> None:
    """No line cuts into another one."""
    code = (
        "import sys; from pathlib import Path; from tests.test_requestlog import RequestLog, asked\n"
        "log = RequestLog(Path(sys.argv[1]), sys.argv[2], print)\n"
        "for _ in range(2000): log(asked('x' * 200))"
    )
    path, top = tmp_path / "x.log", Path(__file__).parent.parent
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), name], cwd=top) for name in ("one", "two")]
    assert [process.wait() for process in both] == [0, 0]
    written = lines(path)
    assert len(written) == 4000
    assert {(line[1], line[8]) for line in written} == {("one", "x" * 200), ("two", "x" * 200)}
