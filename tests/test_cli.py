"""The command line as people meet it: help, options, settings, errors, and the small commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import openpyxl
import pytest

from bulkorders import __version__
from bulkorders.cli import cli
from bulkorders.sandbox import orders, requests
from tests.desk import Desk
from tests.test_run import FAST, good, states

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(desk: Desk, command: str) -> None:
    """`--help` of each command shows how it is used."""
    ran = desk.run(command, "--help")
    assert ran.code == 0
    assert f"bulkorders {command}" in ran.out.split("Example:")[1]


def test_the_commands_are_those_of_the_contract() -> None:
    """No command more, no command less than works."""
    assert COMMANDS == [
        "audit",
        "balance",
        "cancel",
        "check",
        "completion",
        "history",
        "login",
        "panels",
        "refill",
        "resolve",
        "run",
        "sandbox",
        "services",
        "status",
        "template",
    ]


def test_python_dash_m() -> None:
    """`python -m bulkorders` is the same program."""
    done = subprocess.run([sys.executable, "-m", "bulkorders", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in done.stdout


def test_shared_options_before_and_after_the_command(desk: Desk, tmp_path: Path) -> None:
    """`bulkorders --ledger L run` and `bulkorders run --ledger L` are the same."""
    path = desk.sheet("orders.xlsx", good(1))
    ledger = tmp_path / "own.sqlite3"
    assert states(desk.run("--ledger", str(ledger), "run", str(path), *FAST)) == {"placed": 1}
    assert ledger.exists()
    assert states(desk.run("run", str(path), *FAST, "--ledger", str(ledger))) == {"placed": 1}
    assert len(orders(desk.books)) == 1


def test_settings_beside_the_file(desk: Desk) -> None:
    """A `bulkorders.toml` in the input's folder counts; a mistake in it is told with the allowed names."""
    path = desk.sheet("orders.xlsx", good(1))
    (desk.folder / "bulkorders.toml").write_text("speed = 3", "utf-8")
    ran = desk.run("check", str(path))
    assert ran.code == 2
    assert '"speed" is not a setting' in ran.err
    assert "concurrency" in ran.err


def test_status_asks_about_open_orders_only(desk_with: Callable[..., Desk]) -> None:
    """`status` places nothing; finished orders are left alone unless --all asks again."""
    desk = desk_with(speed=1e9)
    path = desk.sheet("orders.xlsx", good(1, 2))
    assert states(desk.run("status", str(path), "--json")) == {"ready": 2}
    desk.run("run", str(path), *FAST)
    assert desk.run("status", str(path), "--json").json["refreshed"] == 0
    assert desk.run("status", str(path), "--json", "--all").json["refreshed"] == 2
    assert len(orders(desk.books)) == 2


def test_a_panel_that_refuses_lists_is_asked_one_by_one(desk_with: Callable[..., Desk]) -> None:
    """All orders are refreshed with 100 IDs a request."""
    desk = desk_with()
    path = desk.sheet("orders.xlsx", good(*range(120)))
    ran = desk.run("run", str(path), *FAST)
    assert ran.json["refreshed"] == 120
    assert sum(r.action == "status" for r in requests(desk.books)) == 2


def test_balance(desk: Desk) -> None:
    """The account's balance, in words and as JSON."""
    assert desk.run("balance").out == "500.00000 USD\n"
    assert desk.run("balance", "--json").json["balance"] == "500.00000"


def test_services_are_searched_and_saved(desk: Desk) -> None:
    """Words in any order; type and category; saved as a workbook and as CSV."""
    ran = desk.run("services", "--search", "followers TIKTOK")
    assert "TikTok Followers | Refill 30 days" in ran.out
    assert "Instagram" not in ran.out
    assert "1 service;" in ran.out
    polls = desk.run("services", "--type", "poll", "--json").json["services"]
    assert {s["type"] for s in polls} == {"Poll"}
    assert desk.run("services", "--category", "music", "--json").code == 0
    for name in ("list.xlsx", "list.csv"):
        assert desk.run("services", "--save", str(desk.folder / name)).code == 0
    sheet = openpyxl.load_workbook(desk.folder / "list.xlsx").active
    assert sheet is not None
    assert sheet.max_row == 81
    text = (desk.folder / "list.csv").read_text("utf-8-sig")
    assert "'=> Telegram Members" in text
    wrong = desk.run("services", "--save", str(desk.folder / "list.ods"))
    assert wrong.code == 2
    assert ".xlsx nor .csv" in wrong.err


def test_the_practice_panel_in_one_command(tmp_path: Path, desk: Desk) -> None:
    """--sandbox needs no key and no URL, keeps its orders between runs, and leaves the real ledger alone."""
    desk.url, desk.key = "", ""
    path = desk.sheet("orders.xlsx", good(1))
    for _ in range(2):
        ran = desk.run("run", str(path), *FAST, "--sandbox")
        assert states(ran) == {"placed": 1}
        assert "nothing is bought" in ran.err
    assert ran.json["panel"] == "practice panel"
    assert ran.json["results"].endswith("orders.practice.results.xlsx")
    assert not (tmp_path / "ledger" / "ledger.sqlite3").exists()


def test_practice_results_never_count_for_a_real_account(desk: Desk) -> None:
    """A practice run before the real one holds nothing back."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST, "--sandbox")
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 1}
    assert len(orders(desk.books)) == 1


def test_a_practice_workbook_fed_to_a_real_account_is_held(desk: Desk) -> None:
    """Its order IDs belong to another panel: told, and not ordered."""
    fed = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST, "--sandbox").json["results"]
    ran = desk.run("run", fed, *FAST)
    assert states(ran) == {"held": 1}
    assert "practice panel" in ran.json["problems"][0]["message"]
    assert not orders(desk.books)


def test_the_sandbox_command_serves_until_interrupted(tmp_path: Path) -> None:
    """`bulkorders sandbox` says where it answers, answers, and ends with Ctrl-C."""
    command = [sys.executable, "-m", "bulkorders", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {}) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        url = next(word for word in line.split() if word.startswith("http://"))
        answer = httpx.post(url, data={"key": "sandbox", "action": "balance"}, trust_env=False)
        assert answer.json()["currency"] == "USD"
        process.send_signal(signal.CTRL_C_EVENT if sys.platform == "win32" else signal.SIGINT)
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("sandbox", "--faults", "gremlins"), "gremlins"),
        (("run", "orders.xlsx", "--max-cost", "a lot"), "12.50"),
        (("run", "orders.xlsx", "--rate", "-1"), "0 for no limit"),
        (("run", "orders.xlsx", "--concurrency", "1000"), "from 1 to 100"),
        (("run",), "FILE"),
        (("order", "x.xlsx"), "No such command"),
    ],
)
def test_wrong_usage_is_told(desk: Desk, args: tuple[str, ...], said: str) -> None:
    """Exit 2 and a sentence, never a traceback."""
    ran = desk.run(*args)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "is empty"),
        ("empty.csv", b"", "is empty"),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "is a picture"),
        ("broken.xlsx", b"PK\x03\x04" + b"\0" * 50, "damaged"),
        ("old.xls", b"x", "save it as .xlsx"),
        ("sheet.ods", b"x", "save it as .xlsx"),
        ("heading.csv", b"Town,Name\na,b\n", '"Service"'),
        ("only.csv", b"Service,Link\n", "no orders"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_an_unusable_file_gets_one_sentence(desk: Desk, name: str, content: bytes, said: str) -> None:
    """What is wrong and what to do, exit 2, and nothing was sent."""
    path = desk.folder / name
    path.write_bytes(content)
    ran = desk.run("run", str(path), *FAST)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert json.loads(ran.out)["error"] == ran.err.strip()
    assert not requests(desk.books)


@pytest.mark.parametrize("name", ["missing.xlsx", "."])
def test_a_path_that_is_no_file(desk: Desk, name: str) -> None:
    """A missing file and a folder."""
    assert desk.run("run", str(desk.folder / name)).code == 2


def test_a_results_folder_that_goes_while_orders_are_placed(desk_with: Callable[..., Desk]) -> None:
    """When the workbook cannot be written after all, the orders are told and remembered, without a traceback."""
    desk = desk_with(faults="silence@1")
    path, place = desk.sheet("orders.xlsx", good(1, 2)), desk.folder / "results"
    place.mkdir()
    process = desk.start("run", str(path), *FAST, "--results", str(place / "r.xlsx"), "--timeout", "2")
    while not orders(desk.books):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    place.rmdir()
    out, told = process.communicate()
    assert process.returncode == 1, told
    assert "There is no folder" in told
    assert (json.loads(out)["placed"], json.loads(out)["unconfirmed"], json.loads(out)["results"]) == (1, 1, None)


def test_a_results_folder_that_is_gone(desk: Desk) -> None:
    """The place for the results is looked at before anything is ordered."""
    path = desk.sheet("orders.xlsx", good(1))
    ran = desk.run("run", str(path), *FAST, "--results", str(desk.folder / "none" / "r.xlsx"))
    assert ran.code == 2
    assert not orders(desk.books)


def test_an_old_console_can_show_everything(desk: Desk) -> None:
    """Names with emoji are shown as well as the console can; JSON stays exact."""
    old = os.environ | {"PYTHONIOENCODING": "ascii", "BULKORDERS_URL": desk.url, "BULKORDERS_KEY": desk.key}
    for more in ((), ("--json",)):
        command = [sys.executable, "-m", "bulkorders", "services", *more]
        done = subprocess.run(command, capture_output=True, text=True, env=old, check=False)
        assert done.returncode == 0, done.stderr
    names = [s["name"] for s in json.loads(done.stdout)["services"]]
    assert any("🔥" in name for name in names)
