"""The main job on real parts: a workbook, the program, the practice panel over HTTP, the results workbook."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.core.columns import COLUMNS, ROW_HEADING
from bulkorders.core.states import RowState
from bulkorders.sandbox import orders, practice_panel, requests
from bulkorders.work import MANY_ROWS
from tests.desk import QUICK, Desk, Ran

HEADING = ["Service", "Link", "Quantity", "Client"]
FAST = ("--yes", "--json", "--rate", "0")


def good(*numbers: int) -> list[list[Any]]:
    """Good rows of service 1 with a column of the person's own, and their heading."""
    return [HEADING, *([1, f"https://example.com/{n}", 100, f"Client {n}"] for n in numbers)]


def results(path: Path | str) -> list[dict[str, Any]]:
    """The rows of the results workbook, by heading, as openpyxl reads them."""
    sheet = openpyxl.load_workbook(path)["Orders"]
    heading, *rows = list(sheet.values)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def states(ran: Ran) -> dict[str, int]:
    """The counts of the states that occur; all eight must be there and add up."""
    counts = {state.value: ran.json[state.value] for state in RowState}
    assert sum(counts.values()) == ran.json["rows"]
    return {state: count for state, count in counts.items() if count}


def links(desk: Desk) -> Counter[str]:
    """How often the panel's books have an order for each link."""
    return Counter(o.link for o in orders(desk.books))


def id_of(desk: Desk, link: str) -> str:
    """The panel's number for the one order on a link."""
    (number,) = [str(o.id) for o in orders(desk.books) if o.link == link]
    return number


def test_a_spreadsheet_becomes_placed_orders(desk: Desk) -> None:
    """Every row is ordered once, as the sheet says, and the workbook tells it."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    ran = desk.run("run", str(path), *FAST)
    assert ran.code == 0, ran.err
    assert states(ran) == {"placed": 3}
    assert links(desk) == {f"https://example.com/{n}": 1 for n in (1, 2, 3)}
    assert [o.form["quantity"] for o in orders(desk.books)] == ["100"] * 3
    assert ran.json["placed_now"] == 3
    assert Decimal(ran.json["estimated_cost"]) == Decimal("0.27")
    assert Decimal(ran.json["charged"]) == sum(o.charge for o in orders(desk.books))
    assert ran.json["results"].endswith("orders.results.xlsx")
    rows = results(ran.json["results"])
    assert list(rows[0]) == [ROW_HEADING, *HEADING, "Action", *(c.heading for c in COLUMNS)]
    assert [(r["Row"], r["Client"], r["Result"]) for r in rows] == [
        (n + 1, f"Client {n}", "Ordered") for n in (1, 2, 3)
    ]
    assert {r["Link"]: r["Order ID"] for r in rows} == {o.link: str(o.id) for o in orders(desk.books)}


def test_json_has_exactly_the_keys_of_the_contract(desk: Desk) -> None:
    """Standard output carries one JSON object with the promised keys."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST)
    assert set(ran.json) == {
        *("file", "job", "panel", "rows", "placed_now", "refreshed", "estimated_cost", "charged", "balance"),
        *("currency", "results", "stopped", "problems", "refills_asked", "cancels_asked"),
        *(state.value for state in RowState),
    }


def test_running_again_only_refreshes(desk: Desk) -> None:
    """The second run places nothing, asks nothing, and tells the statuses."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    ran = desk.run("run", str(path), "--json")
    assert (ran.code, states(ran), ran.json["placed_now"], ran.json["refreshed"]) == (0, {"placed": 2}, 0, 2)
    assert len(orders(desk.books)) == 2


def test_sorted_inserted_and_deleted_rows(desk: Desk) -> None:
    """Sorting changes nothing, and only the new row is ordered."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    desk.run("run", str(path), *FAST)
    desk.sheet("orders.xlsx", good(3, 9, 1))
    ran = desk.run("run", str(path), *FAST)
    assert (states(ran), ran.json["placed_now"]) == ({"placed": 3}, 1)
    assert links(desk) == {f"https://example.com/{n}": 1 for n in (1, 2, 3, 9)}


def test_a_copied_file_is_held(desk: Desk) -> None:
    """A copy is told by job, row, order ID and day, and nothing is ordered; --again orders it once more, once."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    copy = shutil.copy(path, path.with_name("copy.xlsx"))
    ran = desk.run("run", str(copy), *FAST)
    assert (ran.code, states(ran)) == (1, {"held": 2})
    first = ran.json["problems"][0]
    assert first["code"] == "repeat"
    for part in ("orders.xlsx", "row 2", id_of(desk, "https://example.com/1"), "--again"):
        assert part in first["message"]
    assert len(orders(desk.books)) == 2
    assert "This whole file repeats orders.xlsx, which was ordered on " in ran.err
    assert "none of its 2 rows is ordered again" in ran.err
    assert "Held, row 2" not in ran.err


def test_a_file_that_repeats_in_part_is_told_row_by_row(desk: Desk) -> None:
    """Only a file that repeats another one whole is told in one sentence."""
    desk.run("run", str(desk.sheet("orders.xlsx", good(1, 2))), *FAST)
    ran = desk.run("run", str(desk.sheet("more.xlsx", good(1, 2, 3))), *FAST)
    assert states(ran) == {"held": 2, "placed": 1}
    assert "Held, row 2" in ran.err
    assert "whole file" not in ran.err


def test_again_orders_a_held_row_once_more_and_only_once(desk_with: Callable[..., Desk]) -> None:
    """--again places the repeat; --again a second time finds it placed."""
    desk = desk_with(speed=1e9)
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    copy = shutil.copy(path, path.with_name("copy.xlsx"))
    for _ in range(2):
        ran = desk.run("run", str(copy), *FAST, "--again")
        assert states(ran) == {"placed": 1}
    assert links(desk) == {"https://example.com/1": 2}


def test_an_edited_row_is_held(desk: Desk) -> None:
    """A quantity that was changed after ordering is told with both values, and not ordered."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    rows = good(1)
    rows[1][2] = 250
    desk.sheet("orders.xlsx", rows)
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (1, {"held": 1})
    (problem,) = ran.json["problems"]
    assert problem["code"] == "edited"
    assert "quantity 100" in problem["message"]
    assert "quantity 250" in problem["message"]
    assert len(orders(desk.books)) == 1


def test_without_the_ledger_the_results_workbook_is_believed(desk: Desk, tmp_path: Path) -> None:
    """The ledger is gone, the results workbook is there: its orders are looked up and adopted, nothing is ordered."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    shutil.rmtree(tmp_path / "ledger")
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 2}, 0)
    assert len(orders(desk.books)) == 2
    assert "taken over" in ran.err


@pytest.mark.parametrize(("rows", "told"), [(2, False), (MANY_ROWS, True)])
def test_what_takes_a_while_is_said(desk: Desk, rows: int, told: bool) -> None:
    """With very many rows a person would wonder what goes on; with a few the words would only be in the way."""
    path = desk.folder / "orders.csv"
    lines = [f"1,https://example.com/{number},100" for number in range(rows)]
    path.write_text("\n".join(["service,link,quantity", *lines]), "utf-8")
    ran = desk.run("check", str(path))
    assert (f"Checking {rows:,} rows." in ran.err, f"Writing the results of {rows:,} rows." in ran.err) == (told, told)


def test_without_the_ledger_a_held_row_stays_held(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """An edited row was held and the ledger is gone: held at every later run, with the old values back in, too; a copy
    that was held likewise, until --again.
    """
    desk = desk_with(speed=QUICK)
    path, copy = desk.sheet("orders.xlsx", good(1, 2)), desk.folder / "copy.xlsx"
    desk.run("run", str(path), *FAST)
    shutil.copy(path, copy)
    assert states(desk.run("run", str(copy), *FAST)) == {"held": 2}
    first, second = (id_of(desk, f"https://example.com/{n}") for n in (1, 2))
    heading, row, other = good(1, 2)
    desk.sheet("orders.xlsx", [heading, [*row[:2], 200, row[3]], other])
    assert states(desk.run("run", str(path), *FAST)) == {"held": 1, "placed": 1}
    shutil.rmtree(tmp_path / "ledger")
    for _ in range(2):
        ran = desk.run("run", str(path), *FAST)
        assert states(ran) == {"held": 1, "placed": 1}
        assert f"this row was held back, and names order {first}" in ran.err
        assert {r["Order ID"] for r in results(ran.json["results"])} == {first, second}
    desk.sheet("orders.xlsx", good(1, 2))
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 0
    for _ in range(2):
        assert states(desk.run("run", str(copy), *FAST)) == {"held": 2}
    assert len(orders(desk.books)) == 2
    assert desk.run("run", str(copy), *FAST, "--again").json["placed_now"] == 2


def test_a_results_workbook_fed_in_works_as_the_input_does(desk: Desk, tmp_path: Path) -> None:
    """`run orders.results.xlsx` here and on another computer orders nothing, and is the same job."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    fed = desk.run("run", str(path), *FAST).json["results"]
    ran = desk.run("run", fed, *FAST)
    assert (ran.code, states(ran), ran.json["results"]) == (0, {"placed": 2}, fed)
    assert list(results(fed)[0]) == [ROW_HEADING, *HEADING, "Action", *(c.heading for c in COLUMNS)]
    shutil.rmtree(tmp_path / "ledger")
    elsewhere = shutil.copy(fed, tmp_path / "mail.xlsx")
    assert states(desk.run("run", str(elsewhere), *FAST)) == {"placed": 2}
    assert len(orders(desk.books)) == 2


def test_results_stay_in_their_place_whichever_file_is_run(desk: Desk) -> None:
    """The input, its results workbook and a --job name all keep writing the same workbook."""
    path = desk.sheet("orders.xlsx", good(1))
    fed = desk.run("run", str(path), *FAST).json["results"]
    for args in (
        (fed,),
        (str(path),),
        (fed,),
        (str(path), "--job", "july"),
        (str(path), "--job", "july"),
        (str(path),),
    ):
        ran = desk.run("run", *args, *FAST)
        assert ran.json["results"] == fed
        assert ran.json["job"] == ("july" if "--job" in args else "orders.xlsx")


def test_a_moved_folder_is_the_same_job(desk: Desk, tmp_path: Path) -> None:
    """A file that was moved together with its results workbook is recognised."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    moved = tmp_path / "elsewhere"
    shutil.move(desk.folder, moved)
    ran = desk.run("run", str(moved / "orders.xlsx"), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 2})
    (moved / "orders.results.xlsx").unlink()
    assert states(desk.run("run", str(moved / "orders.xlsx"), *FAST)) == {"placed": 2}


def test_an_order_id_that_the_panel_does_not_know_holds_the_row(desk: Desk) -> None:
    """A number in the Order ID cell that nobody knows is neither believed nor ordered."""
    path = desk.sheet(
        "orders.xlsx", [["Service", "Link", "Quantity", "Order ID"], [1, "https://example.com/1", 100, 77]]
    )
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (1, {"held": 1})
    assert ran.json["problems"][0]["code"] == "claim_unknown"
    assert not orders(desk.books)


def test_an_invalid_row_stops_the_file(desk: Desk) -> None:
    """With one row to fix nothing is ordered; --skip-invalid orders the others."""
    rows = good(1, 2)
    rows[2][2] = 5
    path = desk.sheet("orders.xlsx", rows)
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (1, {"ready": 1, "invalid": 1})
    (problem,) = ran.json["problems"]
    assert (problem["row"], problem["column"], problem["code"]) == (3, "Quantity", "below_min")
    assert not orders(desk.books)
    ran = desk.run("run", str(path), *FAST, "--skip-invalid")
    assert (ran.code, states(ran)) == (1, {"placed": 1, "invalid": 1})
    assert "To do" in openpyxl.load_workbook(ran.json["results"]).sheetnames


def test_check_orders_nothing_and_needs_no_yes(desk: Desk) -> None:
    """`check` writes an annotated workbook, or none with --no-results, and sends no order."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    ran = desk.run("check", str(path), "--json")
    assert (ran.code, states(ran)) == (0, {"ready": 2})
    assert {r["Result"] for r in results(ran.json["results"])} == {"Ready"}
    Path(ran.json["results"]).unlink()
    assert desk.run("check", str(path), "--json", "--no-results").json["results"] is None
    assert [p.name for p in desk.folder.iterdir()] == ["orders.xlsx"]
    assert {r.action for r in requests(desk.books)} == {"services", "balance"}


def test_without_yes_and_without_a_terminal_nothing_is_ordered(desk: Desk) -> None:
    """Nobody can be asked: exit 2, and the sentence says to add --yes."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))))
    assert ran.code == 2
    assert "--yes" in ran.err
    assert not orders(desk.books)


@pytest.mark.parametrize(("option", "code", "placed"), [("--max-cost", 3, 0), ("--max-row-cost", 1, 0)])
def test_caps_stop_a_costly_file(desk: Desk, option: str, code: int, placed: int) -> None:
    """A file that costs more than was allowed is not begun."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1, 2))), *FAST, option, "0.05")
    assert (ran.code, ran.json["placed"]) == (code, placed)
    assert not orders(desk.books)
    assert "0.05" in ran.err


def test_the_deleted_row_of_the_list_is_a_warning_with_its_cost(desk: Desk) -> None:
    """A typed-in number of a DELETED service at 99,999 is told with its cost before anything is asked."""
    path = desk.sheet("orders.xlsx", [HEADING, [287, "https://example.com/1", 1, ""]])
    ran = desk.run("check", str(path), "--json")
    (problem,) = ran.json["problems"]
    assert problem["code"] == "trap_price"
    assert "99.999" in problem["message"]


def test_a_limit_goes_on_next_time(desk: Desk) -> None:
    """--limit orders the first rows and leaves the others waiting; running again goes on."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    ran = desk.run("run", str(path), *FAST, "--limit", "2")
    assert (ran.code, states(ran)) == (0, {"placed": 2, "waiting": 1})
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 3}
    assert links(desk) == {f"https://example.com/{n}": 1 for n in (1, 2, 3)}


def test_no_money_stops_and_goes_on_after_a_top_up(desk: Desk) -> None:
    """Out of funds: exit 3, the rest waits, and what was ordered is refreshed."""
    rows = [HEADING, *([221, f"https://example.com/{n}", 10000, ""] for n in range(4))]
    ran = desk.run("run", str(desk.sheet("orders.xlsx", rows)), *FAST, "--concurrency", "1")
    assert (ran.code, ran.json["stopped"]) == (3, "funds")
    assert states(ran) == {"placed": 2, "waiting": 2}
    assert ran.json["refreshed"] == 2
    assert ran.err.strip().endswith("only the missing rows are ordered.")


def test_a_wrong_key_stops_at_once(desk: Desk) -> None:
    """The panel is asked once with a wrong key, and the key is shown nowhere."""
    desk.key = "wrong-key-4711"
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST)
    assert ran.code == 3
    assert "did not accept the key" in ran.err
    assert "wrong-key-4711" not in ran.err + ran.out
    assert len(requests(desk.books)) <= 2


def test_a_panel_that_is_not_there(desk: Desk) -> None:
    """Nothing listens at the address: exit 3, with a sentence."""
    desk.url = "http://127.0.0.1:9/api/v2"
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST)
    assert ran.code == 3
    assert "cannot be reached" in ran.err


@pytest.mark.parametrize("url", ["http://panel.example/api/v2", "ftp://panel.example", ""])
def test_only_encrypted_addresses_are_used(desk: Desk, url: str) -> None:
    """http:// is refused but on this machine; nothing is sent."""
    desk.url = url or "http://"
    ran = desk.run("balance")
    assert ran.code == 2
    assert "https://" in ran.err


FAULTS = {
    "refuse@1": ("refused", 0),
    "error-before@1": ("unconfirmed", 0),
    "error-after@1": ("unconfirmed", 1),
    "reset-before@1": ("unconfirmed", 0),
    "reset-after@1": ("unconfirmed", 1),
    "silence@1": ("unconfirmed", 1),
    "half@1": ("unconfirmed", 1),
    "html@1": ("unconfirmed", 0),
    "empty@1": ("unconfirmed", 1),
    "nonsense@1": ("unconfirmed", 1),
    "busy@1": ("placed", 1),
    "wait@1": ("placed", 1),
}


@pytest.mark.parametrize(("fault", "expected"), FAULTS.items(), ids=list(FAULTS))
def test_each_fault_is_told_for_what_it_is(
    desk_with: Callable[..., Desk], fault: str, expected: tuple[str, int]
) -> None:
    """What was certainly not ordered is refused or repeated; what is not certain is never sent again."""
    state, held = expected
    desk = desk_with(faults=fault)
    path = desk.sheet("orders.xlsx", good(1))
    more = ("--timeout", "1") if fault.startswith("silence") else ()
    ran = desk.run("run", str(path), *FAST, *more)
    assert states(ran) == {state: 1}
    assert len(orders(desk.books)) == held
    again = desk.run("run", str(path), *FAST, "--again")
    assert states(again) == {"placed" if state == "refused" else state: 1}
    assert len(orders(desk.books)) == (1 if state == "refused" else held)


def test_a_broken_panel_makes_a_handful_of_unconfirmed_rows(desk_with: Callable[..., Desk]) -> None:
    """When every answer is lost, the run stops after a few orders and says so; the rest waits."""
    desk = desk_with(faults="half=100%")
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(*range(50)))), *FAST)
    assert ran.code == 3
    assert 3 <= ran.json["unconfirmed"] <= 12
    assert ran.json["unconfirmed"] + ran.json["waiting"] == 50
    assert len(orders(desk.books)) == ran.json["unconfirmed"]


@pytest.mark.parametrize(("fault", "lost"), [("error-before", 4), ("html", 4), ("half", 6), ("reset-before", 6)])
def test_a_page_pauses_placing_at_once(desk_with: Callable[..., Desk], fault: str, lost: int) -> None:
    """A page or a server error in place of an answer pauses at the first, other losses at the third; then three more
    orders are tried one by one, each after the balance was told, and the run stops.
    """
    desk = desk_with(faults=f"{fault}=100%")
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(*range(20)))), *FAST, "--concurrency", "1")
    assert (ran.code, ran.json["stopped"]) == (3, "broken")
    assert states(ran) == {"unconfirmed": lost, "waiting": 20 - lost}
    sentence, _, log = ran.err.strip().splitlines()[-1].partition(" Details: ")
    assert "\tlost\t" in Path(log).read_text("utf-8")
    assert sentence == (
        "Stopped: the panel takes orders but its answers get lost. Try again later; the rows marked Check are not sent "
        "again."
    )


def test_rows_with_one_link_go_one_at_a_time(desk: Desk) -> None:
    """The second row of a link meets the active order of the first and waits; the next run orders it."""
    rows = [HEADING, [1, "https://example.com/1", 100, ""], [1, "https://example.com/1", 200, ""]]
    ran = desk.run("run", str(desk.sheet("orders.xlsx", rows)), *FAST)
    assert (ran.code, states(ran)) == (1, {"placed": 1, "waiting": 1})
    assert "another order on this link" in results(ran.json["results"])[1]["What to do"]


def test_wait_goes_on_until_nothing_waits(desk_with: Callable[..., Desk]) -> None:
    """With --wait, the second row of a link is ordered when the first is finished."""
    desk = desk_with(speed=1000)
    rows = [HEADING, *([1, "https://example.com/1", 100 + n, ""] for n in range(3))]
    ran = desk.run("run", str(desk.sheet("orders.xlsx", rows)), *FAST, "--wait")
    assert states(ran) == {"placed": 3}
    assert links(desk) == {"https://example.com/1": 3}


def test_formulas_of_a_panel_or_a_person_stay_text(desk: Desk) -> None:
    """A sheet full of formulas writes none into the results, and comes back to the letter."""
    evil = ["=1+1", "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "{=1}", "\t=1"]
    rows = [[*HEADING, "=heading"], *([1, f"https://example.com/{n}", 100, text, text] for n, text in enumerate(evil))]
    ran = desk.run("run", str(desk.sheet("orders.xlsx", rows)), *FAST)
    with zipfile.ZipFile(ran.json["results"]) as package:
        assert not [n for n in package.namelist() if "sheet" in n and b"<f>" in package.read(n)]
    assert [r["Client"] for r in results(ran.json["results"])] == evil


def test_the_key_is_in_no_output_and_no_file(desk: Desk, tmp_path: Path) -> None:
    """Neither the screen, nor the ledger, nor the workbook, nor anything else that is left behind has the key."""
    desk.key = "wrong-key-4711"
    path = desk.sheet("orders.xlsx", good(1))
    outputs = [desk.run(*args, str(path)) for args in (("run", "--yes"), ("check", "--json"), ("status",))]
    desk.key = "sandbox"
    outputs.append(desk.run("run", str(path), *FAST))
    assert not any("wrong-key-4711" in o.out + o.err for o in outputs)
    for file in (f for folder in (desk.folder, tmp_path / "ledger") for f in folder.rglob("*") if f.is_file()):
        content = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as package:
                content += b"".join(package.read(n) for n in package.namelist())
        assert b"wrong-key-4711" not in content


def test_standard_input(desk: Desk) -> None:
    """`-` reads CSV from standard input."""
    ran = desk.run("check", "-", "--json", "--no-results", stdin="Service;Link;Quantity\n1;https://example.com/1;100\n")
    assert states(ran) == {"ready": 1}


def test_every_type_can_be_ordered(desk: Desk) -> None:
    """One row of each of the seventeen types: sent, taken and charged as estimated."""
    path = desk.sheet("types.xlsx", [list(TYPES[0]), *(list(row.values()) for row in TYPES)])
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": len(TYPES)}), json.dumps(ran.json["problems"], indent=1)
    for row in results(ran.json["results"]):
        assert Decimal(str(row["Estimated cost"])) == Decimal(str(row["Charge"])), row


def _types() -> list[dict[str, Any]]:
    lines = "\n".join(f"line {n}" for n in range(10))
    cases: list[dict[str, Any]] = [
        {"Service": 1, "Quantity": 100, "Runs": 3, "Interval": 60},
        {"Service": 105},
        {"Service": 2, "Comments": lines},
        {"Service": 160, "Usernames": lines.replace(" ", "_")},
        {"Service": 161, "Quantity": 1000, "Username": "https://example.com/u"},
        {"Service": 126, "Username": "somebody", "Min": 20, "Max": 40, "Delay": 5, "Posts": 3},
        {"Service": 144, "Quantity": 20, "Username": "somebody"},
        {"Service": 142, "Comments": lines},
        {"Service": 143, "Username": "somebody", "Comments": lines},
        {"Service": 162, "Quantity": 100, "Usernames": "a\nb"},
        {"Service": 163, "Quantity": 100, "Usernames": "a\nb", "Hashtags": "x\ny"},
        {"Service": 164, "Quantity": 500, "Hashtag": "x"},
        {"Service": 165, "Quantity": 500, "Media": "https://example.com/m"},
        {"Service": 244, "Quantity": 10, "Answer number": 2},
        {"Service": 247, "Quantity": 100, "Groups": "https://example.com/g"},
        {"Service": 323, "Quantity": 10, "Keywords": "shoes\nboots"},
        {
            "Service": 320,
            "Quantity": 500,
            "Country": "US",
            "Device": "1",
            "Type of traffic": 1,
            "Google keyword": "shoes",
        },
    ]
    fields = list(dict.fromkeys(name for case in cases for name in case))
    return [
        {"Link": "" if case["Service"] == 126 else f"https://example.com/{n}", **{f: case.get(f, "") for f in fields}}
        for n, case in enumerate(cases)
    ]


TYPES = _types()


def test_a_renamed_pair_on_another_computer(desk: Desk, tmp_path: Path) -> None:
    """A file that was renamed together with its results workbook, where the ledger is unknown, orders nothing."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    path.rename(desk.folder / "july.xlsx")
    (desk.folder / "orders.results.xlsx").rename(desk.folder / "july.results.xlsx")
    shutil.rmtree(tmp_path / "ledger")
    ran = desk.run("run", str(desk.folder / "july.xlsx"), *FAST)
    assert states(ran) == {"placed": 2}
    assert len(orders(desk.books)) == 2


def test_a_new_job_name_is_held_and_can_be_ordered_again(desk_with: Callable[..., Desk]) -> None:
    """The same file under another --job is a repeat; --again orders it for that job, once."""
    desk = desk_with(speed=1e9)
    path = desk.sheet("orders.xlsx", good(1))
    assert states(desk.run("run", str(path), *FAST, "--job", "june")) == {"placed": 1}
    assert states(desk.run("run", str(path), *FAST, "--job", "july")) == {"held": 1}
    for _ in range(2):
        assert states(desk.run("run", str(path), *FAST, "--job", "july", "--again")) == {"placed": 1}
    assert links(desk) == {"https://example.com/1": 2}


def test_an_order_id_that_is_not_believed_is_not_lost(desk: Desk) -> None:
    """The results workbook keeps the number that the sheet named, so that it can be looked up another time."""
    path = desk.sheet(
        "orders.xlsx", [["Service", "Link", "Quantity", "Order ID"], [1, "https://example.com/1", 100, "77"]]
    )
    fed = desk.run("check", str(path), "--json").json["results"]
    assert results(fed)[0]["Order ID"] == "77"
    assert states(desk.run("run", fed, *FAST)) == {"held": 1}


def test_a_file_of_the_same_name_with_another_ending(desk: Desk) -> None:
    """orders.csv beside orders.xlsx is another job, and its results do not overwrite the others."""
    desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST)
    other = desk.folder / "orders.csv"
    other.write_text("Service,Link,Quantity\n1,https://example.com/1,100\n1,https://example.com/2,100\n", "utf-8")
    ran = desk.run("run", str(other), *FAST)
    assert states(ran) == {"held": 1, "placed": 1}
    assert ran.json["results"].endswith("orders.csv.results.xlsx")
    assert len(results(desk.folder / "orders.results.xlsx")) == 1


def test_unconfirmed_rows_survive_the_loss_of_the_ledger(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """A results workbook that says Check keeps the row from being ordered, also without the ledger."""
    desk = desk_with(faults="half@1")
    path = desk.sheet("orders.xlsx", good(1))
    assert states(desk.run("run", str(path), *FAST)) == {"unconfirmed": 1}
    shutil.rmtree(tmp_path / "ledger")
    assert states(desk.run("run", str(path), *FAST, "--again")) == {"unconfirmed": 1}
    assert len(orders(desk.books)) == 1


def test_an_order_id_that_is_not_believed_holds_its_row_for_good(desk: Desk, tmp_path: Path) -> None:
    """The ledger is lost and the panel has forgotten an order: held at the first run, and at the second."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    shutil.rmtree(tmp_path / "ledger")
    desk.books.rename(tmp_path / "old books.sqlite3")
    other = tmp_path / "other.sqlite3"
    with practice_panel(other, speed=0.0) as panel:
        elsewhere = Desk(desk.folder, panel.url, other)
        for _ in range(3):
            assert states(elsewhere.run("run", str(path), *FAST)) == {"held": 1}
        assert not orders(other)


def test_a_check_never_wipes_what_only_the_workbook_knows(desk: Desk, tmp_path: Path) -> None:
    """Ledger lost, row edited, `check`: the results workbook with the order ID stays, so `run` still holds the row."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    shutil.rmtree(tmp_path / "ledger")
    rows = good(1)
    rows[1][2] = 250
    desk.sheet("orders.xlsx", rows)
    assert desk.run("check", str(path), "--json").json["results"].endswith("orders.results (check).xlsx")
    assert states(desk.run("run", str(path), *FAST)) == {"held": 1}
    assert len(orders(desk.books)) == 1


def test_the_twin_of_an_ordered_row_stays_held_when_sorted(desk: Desk) -> None:
    """Two equal rows, one with a Ref and ordered: sorting the other one first does not order it."""
    heading = ["Ref", "Service", "Link", "Quantity"]
    twins = [["A", 1, "https://example.com/1", 100], ["", 1, "https://example.com/1", 100]]
    path = desk.sheet("orders.xlsx", [heading, *twins])
    for _ in range(2):
        assert states(desk.run("run", str(path), *FAST)) == {"placed": 1, "held": 1}
        desk.sheet("orders.xlsx", [heading, *reversed(twins)])
    assert len(orders(desk.books)) == 1


def test_one_order_is_told_on_one_row(desk: Desk) -> None:
    """The same Ref and content twice: one row is ordered, the other must be fixed; nothing is counted twice."""
    heading = ["Ref", "Service", "Link", "Quantity"]
    path = desk.sheet("orders.xlsx", [heading, *[["A", 1, "https://example.com/1", 100]] * 2])
    for _ in range(2):
        ran = desk.run("run", str(path), *FAST, "--skip-invalid")
        assert states(ran) == {"placed": 1, "invalid": 1}
        assert Decimal(ran.json["estimated_cost"]) == Decimal("0.09")


def test_results_never_overwrite_the_input(desk: Desk) -> None:
    """--results naming the input itself is refused."""
    path = desk.sheet("orders.xlsx", good(1))
    before = path.read_bytes()
    ran = desk.run("run", str(path), *FAST, "--results", str(path))
    assert ran.code == 2
    assert path.read_bytes() == before
    assert not orders(desk.books)


def test_two_ledgers_do_not_work_on_one_panel_at_a_time(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """One run at a time for a panel, whatever ledger it uses."""
    desk = desk_with(faults="silence@1")
    path = desk.sheet("orders.xlsx", good(1))
    process = desk.start("run", str(path), "--yes")
    while not orders(desk.books):
        assert process.poll() is None
    ran = desk.run("run", str(path), *FAST, "--ledger", str(tmp_path / "second.sqlite3"))
    process.kill()
    process.communicate()
    assert ran.code == 2
    assert "Another run" in ran.err


def test_nothing_is_noted_on_a_row_that_is_held(desk: Desk) -> None:
    """The same order twice: the second is not ordered, and nothing says that it is ordered after the first."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1, 1))), *FAST)
    assert states(ran) == {"placed": 1, "held": 1}
    (told,) = [r["What to do"] for r in results(ran.json["results"]) if r["Result"] == "Held"]
    assert "one after the other" not in told


@pytest.mark.parametrize("line", ["1|{link}|100", "1|100|{link}"], ids=["link second", "quantity second"])
def test_mass_order_lines_on_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A panel's own lines, pasted in either order of columns, are ordered once and followed, into one workbook."""
    pasted = "".join(line.format(link=f"https://example.com/{n}") + "\n" for n in (1, 2))
    options = ("--job", "pasted", "--json")
    monkeypatch.chdir(desk.folder)
    ran = desk.run("run", "-", "--yes", "--rate", "0", *options, stdin=pasted)
    assert (ran.code, ran.json["placed_now"]) == (0, 2)
    again = desk.run("run", "-", "--yes", "--rate", "0", *options, stdin=pasted)
    assert (again.code, again.json["placed_now"], again.json["refreshed"]) == (0, 0, 2)
    followed = desk.run("status", "-", "--all", *options, stdin=pasted)
    assert (followed.code, followed.json["placed"], followed.json["refreshed"]) == (0, 2, 2)
    assert links(desk) == {f"https://example.com/{n}": 1 for n in (1, 2)}
    assert [f.name for f in desk.folder.glob("*.xlsx")] == ["stdin.results.xlsx"]
    assert {r["Order ID"] for r in results(desk.folder / "stdin.results.xlsx")} == {
        str(o.id) for o in orders(desk.books)
    }
