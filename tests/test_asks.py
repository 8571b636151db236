"""Refills and cancellations against a panel: each reaches it once, and what is told of it is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bulkorders.sandbox import orders, refills, requests
from bulkorders.sandbox.faults import FAULTS
from tests.desk import QUICK, Desk
from tests.wire import Wire, http, served

HEADING = ["Ref", "Service", "Link", "Quantity", "Action"]
WITH_REFILL, WITHOUT = 1, 204
OPTIONS = ("--yes", "--json", "--rate", "0", "--timeout", "1", "--concurrency", "1")
"""One order at a time, so that the first row has the first number."""


def file_of(desk: Desk, actions: list[str], service: int = WITH_REFILL) -> Path:
    rows = [[f"r{n}", service, f"https://example.com/{n}", 100, action] for n, action in enumerate(actions)]
    return desk.sheet("orders.xlsx", [HEADING, *rows])


def named(desk: Desk, action: str, *, certainly: bool = False) -> Counter[str]:
    """How often each order was named in a request of this action; `certainly`: in one that the panel carried out."""
    found: Counter[str] = Counter()
    for request in requests(desk.books):
        if request.action == action and not (certainly and request.fault and not FAULTS[request.fault].taken):
            found.update(request.ids.split(","))
    return found


def cells(path: Path, heading: str) -> list[str]:
    """A column of the Orders sheet, without its heading."""
    rows = list(load_workbook(path)["Orders"].iter_rows(values_only=True))
    at = rows[0].index(heading)
    return [str(row[at] or "") for row in rows[1:]]


def ordered(desk: Desk, count: int, service: int = WITH_REFILL) -> Path:
    """A file with so many rows that are ordered."""
    path = file_of(desk, [""] * count, service)
    assert desk.run("run", str(path), *OPTIONS).json["placed"] == count
    return path


def test_action_cells_over_five_runs_with_faults(desk_with: Callable[..., Desk]) -> None:
    """However often the file is run and whatever happens to the answers, each wish reaches the panel once."""
    losses = "error-after@2,reset-after@3,half@4,empty@5,nonsense@6,html-after@7,reset-before@8"
    faults = f"refill.busy@1,cancel.wait@1,cancel.error-after@2,{','.join(f'refill.{f}' for f in losses.split(','))}"
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0], faults=faults)
    ordered(desk, 16)
    wishes = ["refill"] * 8 + ["cancel"] * 8
    for round_ in range(5):
        actions = [wish if at % 4 <= round_ else "" for at, wish in enumerate(wishes)]
        ran = desk.run("run", str(file_of(desk, actions)), *OPTIONS)
        assert ran.json["placed_now"] == 0
        moment[0] += 40 if round_ else 20  # the first are delivered, and the others still on their way
    assert len(orders(desk.books)) == 16
    for action in ("refill", "cancel"):
        reached = named(desk, action, certainly=True)
        assert reached, action
        assert set(reached.values()) == {1}, action
        assert sum(ran.json[f"{action}s_asked"] for ran in [desk.run("run", str(file_of(desk, wishes)), *OPTIONS)]) == 0
    assert max(Counter(r.order for r in refills(desk.books)).values()) == 1


@pytest.mark.parametrize("fault", [name for name in FAULTS if not name.startswith("silence")])
@pytest.mark.parametrize("action", ["refill", "cancel"])
def test_every_fault_once(desk_with: Callable[..., Desk], action: str, fault: str) -> None:
    """Three runs of the same file: an answer that was lost is told and not asked for again, a clear "not now" is."""
    desk = desk_with(speed=QUICK if action == "refill" else 0.0, faults=f"{action}.{fault}@1")
    ordered(desk, 3)
    path = file_of(desk, [action, action, ""])
    ran = [desk.run("run", str(path), *OPTIONS).json for _ in range(3)]
    assert set(named(desk, action, certainly=True).values()) <= {1}
    taken = FAULTS[fault].taken
    again = {"busy", "wait"}
    lost = [p for p in ran[-1]["problems"] if p["code"] == f"{action}_lost"]
    if fault in again or fault == "refuse":
        assert not lost
        assert sum(r[f"{action}s_asked"] for r in ran) == 2
    else:
        assert len(lost) == 2
        assert taken == bool(named(desk, action, certainly=True))
    assert len(named(desk, action)) == 2


def test_what_a_run_says_and_writes(desk_with: Callable[..., Desk]) -> None:
    """The workbook echoes the Action cell, shows how the refill stands, and tells what cannot be had."""
    desk = desk_with(speed=QUICK)
    path = ordered(desk, 3)
    path = file_of(desk, ["refill", "cancel", ""])
    ran = desk.run("run", str(path), *OPTIONS)
    assert (ran.code, ran.json["refills_asked"]) == (1, 1)
    assert [p["code"] for p in ran.json["problems"]] == ["ask_finished"]
    results = Path(ran.json["results"])
    assert cells(results, "Refill") == ["Completed (1)", "", ""]
    action = cells(results, "Action")
    assert action[0].startswith("refill (asked on ")
    assert action[1:] == ["cancel", ""]
    fed = desk.run("run", str(results), *OPTIONS)
    assert named(desk, "refill") == Counter(["23501"])
    assert cells(results, "Action") == action
    assert fed.json["placed"] == 3


def test_a_refill_is_followed_until_it_is_final(desk_with: Callable[..., Desk]) -> None:
    """Its status is asked for by run and status alike, and no more once it is final."""
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0])
    path = ordered(desk, 1)
    moment[0] += 100
    assert desk.run("refill", str(path), "--rows", "2", *OPTIONS[:2]).code == 0
    seen = []
    for command in ("status", "run", "status", "run"):
        ran = desk.run(command, str(path), "--json", *(("--yes",) if command == "run" else ()))
        seen.append(cells(Path(ran.json["results"]), "Refill")[0])
        moment[0] += 10
    assert seen == ["Pending (1)", "In progress (1)", "Completed (1)", "Completed (1)"]
    assert sum(named(desk, "refill_status").values()) == 4, "with the one after it was asked for, and none when final"


def test_an_order_that_is_not_delivered_yet_is_refilled_later(desk_with: Callable[..., Desk]) -> None:
    """The panel would say no, and a wish is sent only once: it waits for the order."""
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0])
    ordered(desk, 1)
    path = file_of(desk, ["refill"])
    early = desk.run("run", str(path), *OPTIONS)
    assert (early.code, named(desk, "refill")) == (0, Counter())
    moment[0] += 100
    assert desk.run("run", str(path), *OPTIONS).json["refills_asked"] == 1


def test_a_cancellation_is_done_only_when_the_status_says_so(desk_with: Callable[..., Desk]) -> None:
    """Until then the row says that it was asked for; afterwards nothing is left to do."""
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0])
    path = ordered(desk, 1)
    ran = desk.run("cancel", str(path), "--order", "23501", *OPTIONS[:2])
    assert (ran.code, ran.json["cancels_asked"]) == (0, 1)
    told = cells(Path(ran.json["results"]), "What to do")[0]
    assert "only when its Status says so" in told
    again = desk.run("cancel", str(path), "--order", "23501", *OPTIONS[:2])
    assert (again.code, again.json["cancels_asked"]) == (1, 0)
    moment[0] += 10
    ran = desk.run("status", str(path), "--json")
    assert cells(Path(ran.json["results"]), "Status") == ["Canceled"]
    assert "as was asked" in cells(Path(ran.json["results"]), "What to do")[0]
    assert "To do" not in load_workbook(ran.json["results"]).sheetnames


def test_the_command_asks_again_only_when_the_first_is_over(desk_with: Callable[..., Desk]) -> None:
    """While a refill goes on, only --again asks for another; when it is over, the command does."""
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0])
    path = ordered(desk, 1)
    moment[0] += 100
    ask = ("refill", str(path), "--rows", "2", *OPTIONS[:2])
    assert desk.run(*ask).json["refills_asked"] == 1
    assert desk.run(*ask).json["refills_asked"] == 0
    assert desk.run(*ask, "--again").json["refills_asked"] == 0, "the panel refuses a second one beside the first"
    moment[0] += 100
    desk.run("status", str(path))
    assert desk.run(*ask).json["refills_asked"] == 1
    assert [r.order for r in refills(desk.books)] == [23501, 23501]


def test_choosing_by_status_and_by_drop(desk_with: Callable[..., Desk]) -> None:
    """--status takes any spelling; --dropped looks at finished orders anew."""
    desk = desk_with(speed=QUICK)
    path = ordered(desk, 24)
    ran = desk.run("refill", str(path), "--status", "partially completed", *OPTIONS[:2])
    partial = [o.id for o in orders(desk.books) if o.id % 15 == 7 and o.id % 25]
    assert partial
    assert ran.json["refills_asked"] == len(partial) == len(named(desk, "refill"))
    assert desk.run("refill", str(path), "--dropped", *OPTIONS[:2]).json["refills_asked"] == 0


def test_what_cannot_be_asked_for_is_said(desk: Desk) -> None:
    """A service without, a row that is not in the file, rows that cannot be read, and no row that fits."""
    path = ordered(desk, 2, WITHOUT)
    ran = desk.run("cancel", str(path), "--rows", "2-3", "--yes")
    assert ran.code == 1
    assert "cannot be canceled" in ran.err
    assert named(desk, "cancel") == Counter()
    assert "has no row or order 9" in desk.run("refill", str(path), "--rows", "9", "--yes").err
    assert desk.run("refill", str(path), "--rows", "3-2", "--yes").code == 2
    assert "there is nothing to refill" in desk.run("refill", str(path), "--yes").err


def test_nobody_is_there_to_ask(desk: Desk) -> None:
    """Without a terminal and without --yes nothing is sent, and it is said what to add."""
    asked = desk.run("cancel", str(ordered(desk, 1)), "--rows", "2")
    assert asked.code == 2
    assert "Add --yes" in asked.err


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http({"error": "This action is Invalid"}), "refill_not_offered"),
        (http(b"<html><body>Server error</body></html>", 500), "refill_not_offered"),
        (http([{"order": 7, "refill": {"error": "Refill is not possible yet"}}]), "refill_refused"),
        (http({"error": "Refill is not possible yet"}), "refill_refused"),
        (http([]), "refill_lost"),
        (http({"success": "Your request was taken"}), "refill_unnumbered"),
    ],
)
def test_not_offered_and_refused_are_told_apart(tmp_path: Path, answer: Any, code: str) -> None:
    """A panel that has no refills, one that refuses this order, and one whose answer says nothing."""
    service = {"service": 1, "name": "F", "type": "Default", "category": "c", "rate": "1", "min": 1, "max": 1000}
    replies = {
        "services": http([service | {"refill": True, "cancel": True}]),
        "balance": http({"balance": "10", "currency": "USD"}),
        "add": http({"order": 7}),
        "status": http({"7": {"status": "Completed", "charge": "0.1", "remains": 0, "start_count": 5}}),
        "refill": answer,
    }
    with served(Wire(lambda form: replies[form["action"]])) as server:
        desk = Desk(tmp_path, server.url, tmp_path / "none")
        path = file_of(desk, [""])
        desk.run("run", str(path), *OPTIONS)
        ran = desk.run("run", str(file_of(desk, ["refill"])), *OPTIONS)
        found = [p["code"] for p in ran.json["problems"]]
        asked = [form for form in server.forms if form["action"] == "refill"]
    assert found == ([] if code == "refill_unnumbered" else [code])
    assert len(asked) == 1


def test_a_panel_that_knows_only_one_order_at_a_time(tmp_path: Path) -> None:
    """A definite no to the list is none to each: they are asked for one by one, each once."""
    service = {"service": 1, "name": "F", "type": "Default", "category": "c", "rate": "1", "min": 1, "max": 1000}
    placed = iter(range(1, 9))

    def reply(form: Any) -> Any:
        match form:
            case {"action": "services"}:
                return http([service | {"refill": True, "cancel": True}])
            case {"action": "balance"}:
                return http({"balance": "10", "currency": "USD"})
            case {"action": "add"}:
                return http({"order": next(placed)})
            case {"action": "status", "orders": ids}:
                return http({i: {"status": "Completed", "charge": "0.1"} for i in ids.split(",")})
            case {"action": "status"}:
                return http({"status": "Completed", "charge": "0.1"})
            case {"action": "refill", "order": order}:
                return http({"refill": f"9{order}"})
            case _:
                return http({"error": "Incorrect order ID"})

    with served(Wire(reply)) as server:
        desk = Desk(tmp_path, server.url, tmp_path / "none")
        path = ordered(desk, 3)
        assert desk.run("refill", str(path), "--rows", "2-4", *OPTIONS[:2], "--json").json["refills_asked"] == 3
        alone = Counter(form["order"] for form in server.forms if form["action"] == "refill" and "order" in form)
    assert alone == Counter(["1", "2", "3"])


def test_a_hundred_in_a_request(desk_with: Callable[..., Desk]) -> None:
    """120 refills are two requests."""
    desk = desk_with(speed=QUICK)
    path = ordered(desk, 120)
    desk.run("refill", str(path), "--status", "Completed", *OPTIONS[:2])
    sent = [len(r.ids.split(",")) for r in requests(desk.books) if r.action == "refill"]
    assert len(sent) == 2
    assert max(sent) == 100
    assert set(named(desk, "refill").values()) == {1}


def test_killed_while_asking(desk_with: Callable[..., Desk]) -> None:
    """A refill that was under way when the program was killed is told as not clear, and not asked for again."""
    desk = desk_with(speed=QUICK, faults="refill.silence@1")
    ordered(desk, 2)
    path = file_of(desk, ["refill", "refill"])
    process = desk.start("run", str(path), "--yes")
    while not named(desk, "refill"):
        pass
    process.kill()
    process.wait()
    for _ in range(2):
        ran = desk.run("run", str(path), *OPTIONS)
    assert named(desk, "refill") == Counter(["23501", "23502"])
    assert [p["code"] for p in ran.json["problems"]] == ["refill_lost"] * 2
    assert cells(Path(ran.json["results"]), "Refill") == ["Not clear"] * 2


def test_another_computer_does_not_ask_again(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """The results workbook beside the file tells a new ledger what was asked for, and how the refill stood."""
    desk = desk_with(speed=QUICK)
    ordered(desk, 2)
    path = file_of(desk, ["refill", ""])
    desk.run("run", str(path), *OPTIONS)
    ran = desk.run("run", str(path), *OPTIONS, "--ledger", str(tmp_path / "other.sqlite3"))
    assert named(desk, "refill") == Counter(["23501"])
    assert len(orders(desk.books)) == 2
    assert cells(Path(ran.json["results"]), "Refill") == ["Completed (1)", ""]


@pytest.mark.parametrize("word", ["refill", "skip"])
def test_chosen_in_the_results_workbook_beside_the_file(desk_with: Callable[..., Desk], word: str) -> None:
    """What a person chose under Action there counts when the file itself is run, and is not lost."""
    desk = desk_with(speed=QUICK)
    rows: list[list[Any]] = [["r0", WITH_REFILL, "https://example.com/0", 100]]
    path = desk.sheet("orders.xlsx", [HEADING[:4], *rows])
    ran = desk.run("check", str(path), "--json") if word == "skip" else desk.run("run", str(path), *OPTIONS)
    results = Path(ran.json["results"])
    book = load_workbook(results)
    headings = [cell.value for cell in book["Orders"][1]]
    book["Orders"].cell(2, headings.index("Action") + 1).value = word
    book.save(results)
    seen = [desk.run("run", str(path), *OPTIONS).json for _ in range(2)]
    if word == "skip":
        assert [s["skipped"] for s in seen] == [1, 1]
        assert orders(desk.books) == []
        assert cells(results, "Action") == ["skip"]
    else:
        assert [s["refills_asked"] for s in seen] == [1, 0]
        assert cells(results, "Action")[0].startswith("refill (asked on ")
