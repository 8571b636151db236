"""`history`: what the ledger says of every order, filtered, added up, told and saved; the file is never touched."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.ledgerfile import MIGRATIONS, connect, migrate
from bulkorders.sandbox import orders, practice_panel
from tests.desk import QUICK, Desk
from tests.test_run import FAST, good, id_of
from tests.wire import Form, Reply, Wire, http, served

HEADING = ["Ref", "Service", "Link", "Quantity", "Action"]
FORMULA = 241
"""A service of the practice panel whose name begins with =."""


def rows_of(*numbers: int, service: int = 1) -> list[list[Any]]:
    """Rows with a Ref."""
    return [HEADING, *([f"A{n}", service, f"https://example.com/{n}", 100 * n, ""] for n in numbers)]


def ledger_of(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "ledger.sqlite3"


def listed(desk: Desk, *options: str) -> list[dict[str, Any]]:
    ran = desk.run("history", *options, "--json")
    assert ran.code == 0, ran.err
    return list(ran.json["orders"])


def rows_listed(desk: Desk, *options: str) -> list[tuple[str, int]]:
    return [(order["job"], order["row"]) for order in listed(desk, *options)]


@pytest.fixture
def past(desk_with: Callable[..., Desk]) -> Desk:
    """Two files: one with an order whose answer was lost and one that was refused, a later one, all refreshed."""
    desk = desk_with(faults="error-after@2,refuse@3", speed=QUICK)
    one_by_one = (*FAST, "--concurrency", "1")
    desk.run("run", str(desk.sheet("first.xlsx", rows_of(1, 2, 3, 4))), *one_by_one)
    desk.run("run", str(desk.sheet("second.xlsx", rows_of(5, 6, service=121))), *one_by_one)
    return desk


def test_every_order_newest_first(past: Desk) -> None:
    """Each order of each file, with what the panel's books say of it."""
    found = listed(past)
    assert [(o["job"], o["row"]) for o in found[:2]] == [("second.xlsx", 3), ("second.xlsx", 2)]
    assert Counter(o["result"] for o in found) == {"Ordered": 4, "Check": 1, "Refused": 1}
    times = [o["ordered_at"] or o["sent_at"] for o in found]
    assert times == sorted(times, reverse=True)
    books = {str(o.id): o for o in orders(past.books)}
    for order in found:
        if order["state"] == "placed":
            book = books[order["order_id"]]
            assert (order["link"], order["service"]) == (book.link, str(book.service))
            assert (order["status"], Decimal(order["charge"])) == ("Completed", book.charge)
            assert order["currency"] == "USD"


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (("--file", "first.xlsx"), "1234"),
        (("--file", "first.results.xlsx"), "1234"),
        (("--file", "first.xlsx", "--row", "3"), "2"),
        (("--state", "Check"), "2"),
        (("--state", "placed"), "6541"),
        (("--state", "REFUSED"), "3"),
        (("--state", "Waiting"), ""),
        (("--status", "complete"), "6541"),
        (("--status", "Partial"), ""),
        (("--link", "EXAMPLE.com/5"), "5"),
        (("--link", "%"), ""),
        (("--service", "121"), "65"),
        (("--service", "followers"), "1234"),
        (("--since", "1h"), "654321"),
        (("--since", "2999-01-01"), ""),
        (("--limit", "2"), "65"),
        (("--state", "Ordered", "--file", "first.xlsx", "--limit", "1"), "4"),
    ],
    ids=" ".join,
)
def test_filters(past: Desk, options: tuple[str, ...], rows: str) -> None:
    """Each filter alone and together, with the file named by its path (moved or not), its name or its results."""
    options = tuple(str(past.folder / part) if part == "first.xlsx" else part for part in options)
    found = [order["ref"].removeprefix("A") for order in listed(past, *options)]
    assert sorted(found) == sorted(rows)


def test_one_order_and_one_panel(past: Desk, tmp_path: Path) -> None:
    """By the panel's number; and by the panel that --panel names, by its address."""
    wanted = id_of(past, "https://example.com/4")
    assert [o["ref"] for o in listed(past, "--order", wanted)] == ["A4"]
    settings = tmp_path / "own.toml"
    settings.write_text(
        f'[panels.mine]\nurl = "{past.url}"\n[panels.other]\nurl = "https://panel.example/v2"\n', "utf-8"
    )
    assert len(listed(past, "--config", str(settings), "--panel", "mine")) == 6
    assert past.run("--panel", "mine", "--config", str(settings), "history", "--json").json["matching"] == 6
    ran = past.run("history", "--config", str(settings), "--panel", "other")
    assert (ran.code, ran.out) == (0, "No order fits: leave out or change one of the options that narrow it down.\n")


def test_two_panels_are_listed_and_added_apart(past: Desk, tmp_path: Path) -> None:
    """A second panel in the same ledger has totals of its own."""
    with practice_panel(tmp_path / "other.sqlite3", speed=QUICK) as panel:
        other = Desk(past.folder, panel.url, tmp_path / "other.sqlite3")
        other.run("run", str(past.sheet("third.xlsx", rows_of(7))), *FAST)
        told = past.run("history", "--totals").out
        assert "Panel" in told.splitlines()[0]
        sums = {total["panel"]: total for total in past.run("history", "--totals", "--json").json["sums"]}
    assert len(sums) == 2
    assert {Decimal(t["charged"]) for t in sums.values()} == {
        sum((o.charge for o in orders(other.books)), Decimal(0)),
        sum((o.charge for o in orders(past.books) if not o.link.endswith("/2")), Decimal(0)),
    }


def test_totals_are_those_of_the_panels_books(desk_with: Callable[..., Desk]) -> None:
    """By service, and after cancellations and part deliveries altogether, to the last digit: what left the account."""
    moment = [1e9]
    desk = desk_with(speed=1.0, clock=lambda: moment[0], faults="error-after@3,busy@4,wait@7,reset-before@9")
    services = [1, 121, 122, 202]
    body = [[f"r{n}", services[n % 4], f"https://example.com/{n}", 100 + 37 * n, ""] for n in range(24)]
    path = str(desk.sheet("orders.xlsx", [HEADING, *body[:16]]))
    later = str(desk.sheet("later.xlsx", [HEADING, *body[16:]]))
    for _ in range(2):
        desk.run("run", path, *FAST)
    lost = {o["link"] for o in listed(desk, "--state", "Check")}
    books: defaultdict[str, list[Decimal]] = defaultdict(list)
    for order in orders(desk.books):
        if order.link not in lost:
            books[str(order.service)].append(order.charge)
    answer = desk.run("history", "--totals", "--json").json
    assert {t["service"]: Decimal(t["charged"]) for t in answer["totals"]} == {s: sum(c) for s, c in books.items()}
    assert {t["service"]: t["orders"] for t in answer["totals"]} == {s: len(c) for s, c in books.items()}
    assert {t["day"] for t in answer["totals"]} == {f"{datetime.now().astimezone():%Y-%m-%d}"}

    desk.run("run", later, *FAST)
    moment[0] += 20
    desk.run("cancel", later, "--rows", "2,6", "--yes")
    moment[0] += 500
    desk.run("status", later)
    desk.run("status", path)
    assert any(o["status"] in ("Canceled", "Partial") for o in listed(desk))
    (total,) = desk.run("history", "--totals", "--json").json["sums"]
    unseen = sum(o.charge for o in orders(desk.books) if o.link in lost)
    taken = Decimal(500) - Decimal(desk.run("balance", "--json").json["balance"])
    assert (Decimal(total["charged"]), total["open"]) == (taken - unseen, 0)
    assert (total["unclear"], unseen > 0) == (len(lost), True)


def test_what_is_open_or_unclear_is_not_called_charged(tmp_path: Path, desk_with: Callable[..., Desk]) -> None:
    """A lost answer costs at most its estimate; an order without a charge is expected to cost it."""
    desk = desk_with(faults="error-after@1,status.html@1-9")
    desk.run("run", str(desk.sheet("orders.xlsx", rows_of(1, 2))), *FAST, "--concurrency", "1", "--timeout", "1")
    (total,) = desk.run("history", "--totals", "--json").json["sums"]
    assert (total["orders"], total["open"], total["unclear"]) == (1, 1, 1)
    assert (Decimal(total["charged"]), Decimal(total["expected"])) == (Decimal(0), Decimal("0.18"))
    assert Decimal(total["possible"]) == Decimal("0.09")
    told = desk.run("history", "--totals", "--limit", "0").out
    assert "1 (about 0.18)" in told
    assert "1 (at most 0.09)" in told
    assert "https://" not in told


def test_currencies_of_one_panel_are_not_added(desk: Desk) -> None:
    """A panel that charges in another currency than the account's."""
    listing = [
        {"service": 1, "name": "Likes", "type": "Default", "rate": "0.9", "min": 10, "max": 1000, "category": "L"}
    ]
    placed: list[str] = []

    def answer(form: Form) -> Reply:
        match form["action"]:
            case "services":
                told: Any = listing
            case "balance":
                told = {"balance": "100", "currency": "USD"}
            case "add":
                placed.append(form["link"])
                told = {"order": len(placed)}
            case _:
                charges = {"1": ("0.09", "EUR"), "2": ("0.1", "USD"), "3": ("0.02", "EUR")}
                told = {
                    number: {"charge": charges[number][0], "currency": charges[number][1], "status": "Completed"}
                    for number in form["orders"].split(",")
                }
        return http(told)

    with served(Wire(answer)) as server:
        wired = Desk(desk.folder, server.url, desk.books)
        ran = wired.run("run", str(desk.sheet("orders.xlsx", good(1, 2, 3))), *FAST, "--concurrency", "1")
        assert ran.code == 0, ran.err
        sums = wired.run("history", "--totals", "--json").json["sums"]
    assert {t["currency"]: Decimal(t["charged"]) for t in sums} == {"EUR": Decimal("0.11"), "USD": Decimal("0.1")}


# --- events ----------------------------------------------------------------------------------------------------------


def test_what_happened_to_a_row(past: Desk) -> None:
    """A lost answer that a person settled, told by file and row, by order, and as JSON."""
    first = str(past.folder / "first.xlsx")
    number = id_of(past, "https://example.com/2")
    past.run("resolve", first, "--row", "3", "--order", number, "--yes")
    told = past.run("history", "--file", first, "--row", "3", "--events").out
    lines = told.splitlines()
    assert lines[0].startswith("first.xlsx, row 3 (127.0.0.1")
    assert lines[0].endswith("https://example.com/2, quantity 200")
    assert f"Ordered as {number}" in lines[1]
    assert lines[2].endswith("  run 1      Sending began.")
    assert lines[4].endswith(f"  A person said that it is order {number}, and the panel knows that order.")
    assert "The answer was lost (" in lines[3]
    assert lines[-1].startswith("  Run 1 began at 20")
    assert past.run("history", "--order", number, "--events").out == told
    (order,) = listed(past, "--order", number, "--events")
    assert [event["run"] for event in order["events"]] == [1, 1, None]
    assert order["events"][0]["at"] <= order["events"][1]["at"] <= order["events"][2]["at"]


def test_refills_and_cancellations_are_events(past: Desk) -> None:
    """What was asked for by command and by cell stands among what happened, with the refill's number and status."""
    path = str(past.folder / "first.xlsx")
    past.run("refill", path, "--rows", "2", "--yes")
    past.sheet(
        "first.xlsx", [HEADING, *([*row[:4], "cancel" if row[0] == "A4" else ""] for row in rows_of(1, 2, 3, 4)[1:])]
    )
    past.run("run", path, *FAST)
    told = past.run("history", "--file", path, "--row", "2", "--events").out
    assert "A refill was asked for, by command." in told
    assert "The panel took the refill, with the number " in told
    (refused,) = listed(past, "--file", path, "--row", "4", "--events")
    assert any("The panel refused it and said" in event["event"] for event in refused["events"])


def test_a_row_that_waits(desk_with: Callable[..., Desk]) -> None:
    """An order that the panel put off: each time it was sent is told."""
    desk = desk_with(faults="wait@1")
    path = str(desk.sheet("orders.xlsx", rows_of(1)))
    desk.run("run", path, *FAST)
    (order,) = listed(desk, "--file", path, "--row", "2", "--events")
    told = [event["event"] for event in order["events"]]
    assert told[0] == "Sending began."
    assert told[1].startswith("Not ordered: the panel asked to wait and said:")
    assert told[-1] == f"The panel took the order and gave it the number {order['order_id']}."


# --- saved -----------------------------------------------------------------------------------------------------------


def test_saved_as_a_workbook(past: Desk) -> None:
    """A real table with text, money and dates as such, the totals on a sheet of their own."""
    path = past.folder / "history.xlsx"
    ran = past.run("history", "--save", str(path), "--totals")
    assert ran.out.startswith(f"6 orders saved to {path}.\n")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["History", "Totals"]
    sheet = book["History"]
    assert list(sheet.tables) == ["History"]
    heading, *rows = list(sheet.values)
    found = [dict(zip(heading, row, strict=True)) for row in rows]
    wanted = listed(past)
    assert [r["Order ID"] or "" for r in found] == [o["order_id"] for o in wanted]
    assert [Decimal(str(r["Charge"])) for r in found if r["Charge"] is not None] == [
        Decimal(o["charge"]) for o in wanted if o["charge"]
    ]
    assert [r["Link"] for r in found] == [o["link"] for o in wanted]
    assert all(isinstance(r["Sent at"], datetime) for r in found)
    total = sum(Decimal(str(row[6])) for row in list(book["Totals"].values)[1:])
    assert total == sum(Decimal(o["charge"]) for o in wanted if o["charge"])


def test_saved_as_csv_is_safe(desk: Desk) -> None:
    """What another program would take for a formula gets an apostrophe; totals and events are tables of their own."""
    heading, *rows = rows_of(1, service=FORMULA)
    rows[0][0] = "=1+1"
    path = str(desk.sheet("orders.xlsx", [heading, *rows]))
    assert desk.run("run", path, *FAST).json["placed"] == 1
    saved = desk.folder / "h.csv"
    desk.run("history", "--save", str(saved))
    (row,) = read(saved)
    assert row["Ref"] == "'=1+1"
    assert row["Service name"].startswith("'=")
    assert (row["Result"], row["Row"]) == ("Ordered", "2")
    desk.run("history", "--save", str(saved), "--totals")
    assert [line["Orders"] for line in read(saved)] == ["1"]
    desk.run("history", "--save", str(saved), "--file", path, "--row", "2", "--events")
    assert [line["What happened"][:17] for line in read(saved)] == ["Sending began.", "The panel took th"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_saved_as_json_is_what_json_prints(past: Desk) -> None:
    """The same object; all that fits, however many."""
    path = past.folder / "h.json"
    past.run("history", "--save", str(path), "--totals")
    assert json.loads(path.read_text("utf-8")) == past.run("history", "--totals", "--json").json


# --- the ledger is left alone ----------------------------------------------------------------------------------------


def test_nothing_was_ordered_yet(desk: Desk, tmp_path: Path) -> None:
    """A ledger that is missing is not made, and no key is needed."""
    desk.url, desk.key = "", ""
    ran = desk.run("history", "--totals")
    path = ledger_of(tmp_path)
    assert (ran.code, ran.out) == (0, f"Nothing was ordered yet: there are no orders in the ledger {path}.\n")
    assert not path.parent.exists()
    assert desk.run("history", "--json").json == {"ledger": str(path), "matching": 0, "orders": []}


def test_without_key_and_network_and_beside_a_run(past: Desk, tmp_path: Path) -> None:
    """A run holds the ledger for writing: history reads on, and changes no byte of it."""
    past.url, past.key = "http://127.0.0.1:9/api/v2", ""
    path = ledger_of(tmp_path)
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE entries SET status = 'Half-written'")
        before = path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()
        found = listed(past)
        assert (path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()) == before
        db.execute("ROLLBACK")
    assert len(found) == 6
    assert "Half-written" not in {o["status"] for o in found}


def test_a_newer_ledger_is_left_alone(past: Desk, tmp_path: Path) -> None:
    """One of a newer version is refused, untouched."""
    path = ledger_of(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    ran = past.run("history")
    assert ran.code == 2
    assert "newer version of bulkorders" in ran.err
    assert path.read_bytes() == before


def test_an_older_ledger_is_read_and_not_changed(desk: Desk, tmp_path: Path) -> None:
    """One of the first version: read as it will be, and left as it is."""
    path = ledger_of(tmp_path)
    path.parent.mkdir()
    with closing(connect(path)) as db:
        migrate(db, MIGRATIONS[:1])
        at = datetime(2026, 11, 3, 12, tzinfo=UTC).isoformat()
        db.execute("INSERT INTO jobs VALUES (1, 'panel.example', 'code', 'old.xlsx', '', ?)", (at,))
        db.execute(
            """INSERT INTO entries (job, panel, ref, content, copy, row, service, service_name, service_type, form,
            target, cost, state, order_id, sent_at) VALUES (1, 'panel.example', '', 'c', 0, 2, '1', 'Likes', 'Default',
            '[]', 'https://example.com/1', '0.09', 'placed', '77', ?)""",
            (at,),
        )
    before = path.read_bytes()
    assert [o["order_id"] for o in listed(desk, "--file", "old.xlsx", "--row", "2", "--events")] == ["77"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no ledger at all" * 100, None], ids=["damaged", "folder"])
def test_what_is_no_ledger(desk: Desk, tmp_path: Path, content: bytes | None) -> None:
    """A sentence, and no traceback."""
    path = tmp_path / "odd.sqlite3"
    path.mkdir() if content is None else path.write_bytes(content)
    ran = desk.run("history", "--ledger", str(path))
    assert ran.code == 2
    assert "ledger" in ran.err


def test_the_practice_ledger(desk: Desk) -> None:
    """--sandbox shows what was practised, and only that."""
    desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST, "--sandbox")
    assert [o["panel"] for o in listed(desk, "--sandbox")] == ["practice panel"]
    assert not listed(desk)


# --- words -----------------------------------------------------------------------------------------------------------


def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    """Twenty orders for a person, all of them for a program."""
    desk.run("run", str(desk.sheet("orders.xlsx", good(*range(25)))), *FAST)
    lines = desk.run("history").out.splitlines()
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == "… 5 more; --limit or --save shows all"
    assert len(desk.run("history", "--limit", "25").out.splitlines()) == 1 + 25
    assert len(listed(desk)) == 25
    assert desk.run("history", "--limit", "0").out == "25 orders; --limit or --save shows them.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--events",), "--file FILE --row N, or with --order ID"),
        (("--row", "3"), "--file FILE"),
        (("--state", "open"), "Ordered (placed), Check (unconfirmed), Waiting (waiting), Refused (refused)"),
        (("--state", "Fix"), "is no order"),
        (("--since", "yesterday"), "2026-11-03"),
        (("--file", "nobody.xlsx"), "second.xlsx, first.xlsx"),
        (("--save", "h.ods"), ".xlsx nor .csv nor .json"),
        (("--save", "h.csv", "--events", "--totals", "--order", "1"), "one table"),
        (("--save", "nowhere/h.csv"), "no folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_told(past: Desk, options: Sequence[str], said: str) -> None:
    """What is wrong and what is allowed."""
    ran = past.run("history", *options)
    assert ran.code == 2
    assert said in ran.err
