"""The service list at work: searched, compared with the last one, saved, and gone by where the panel is not asked."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkorders.config import load, panel_name
from bulkorders.core.actions import answer_of, read_services
from bulkorders.core.listing import Listing
from bulkorders.core.refusals import Kind
from bulkorders.errors import FileError
from bulkorders.exports import WRITERS, save_services
from bulkorders.keptlists import kept_path, read_list, recall, remember
from bulkorders.panel import PanelError
from bulkorders.sandbox import requests
from bulkorders.servicelist import pause
from tests.desk import Desk
from tests.test_run import FAST, good, results, states
from tests.wire import Form, Reply, Wire, http, served

CATALOGS = Path(__file__).parents[2] / "shared" / "catalogs"
NOW = datetime(2026, 11, 3, 14, 2, 7, tzinfo=UTC)


def lists(desk: Desk) -> Path:
    """Where the list of this desk's panel is kept."""
    return kept_path(load({}).lists, panel_name(desk.url))


def asked(desk: Desk) -> list[str]:
    """What the panel was asked, in order."""
    return [request.action for request in requests(desk.books)]


def entry(service: str, rate: str = "0.90", **more: Any) -> dict[str, Any]:
    """One entry of a panel's list."""
    fields = {"service": service, "name": f"Likes {service}", "type": "Default", "category": "Instagram"}
    return fields | {"rate": rate, "min": 10, "max": 10_000, "refill": True, "cancel": True} | more


BUSY = http({"error": "Too many requests"}, 429)


@contextmanager
def panel_with(desk: Desk, *lists_told: list[dict[str, Any]] | Reply) -> Iterator[Wire]:
    """A panel that gives these service lists, or replies, in turn; the last one for ever."""
    told = list(lists_told)

    def answer(form: Form) -> Reply:
        if form["action"] == "balance":
            return http({"balance": "100", "currency": "USD"})
        if form["action"] == "add":
            return http({"order": 5})
        if form["action"] == "status":
            return http({"status": "Completed", "charge": "0.09", "remains": "0"})
        reply = told.pop(0) if len(told) > 1 else told[0]
        return http(reply) if isinstance(reply, list) else reply

    with served(Wire(answer)) as server:
        desk.url = server.url
        yield server


# --- searched ---------------------------------------------------------------------------------------------------------


def test_price_limits_are_exact(desk: Desk) -> None:
    """Both ends count, to the last decimal; limits that exclude each other are told before anything is asked."""
    with panel_with(desk, [entry("1", "0.1"), entry("2", "0.3000000001"), entry("3", "0.30")]):
        ran = desk.run("services", "--json", "--min-rate", "0.1", "--max-rate", "0.3")
        assert [s["id"] for s in ran.json["services"]] == ["1", "3"]
        assert desk.run("services", "--search", "instagram 2").out.startswith("       2 ")
    wrong = desk.run("services", "--min-rate", "2", "--max-rate", "1")
    assert (wrong.code, asked(desk)) == (2, [])
    assert "No price is at least 2 and at most 1" in wrong.err


# --- what has changed -------------------------------------------------------------------------------------------------


def test_what_has_changed_since_the_last_time(desk: Desk) -> None:
    """The first time there is nothing to compare with; then every change is told, in words and as an object."""
    before = [entry("1"), entry("2"), entry("3")]
    after = [entry("1", "1.20"), entry("2", "0.5", min=50), entry("4")]
    with panel_with(desk, before, after, after):
        first = desk.run("services", "--changes")
        assert first.out.startswith("There is nothing to compare with yet")
        second = desk.run("services", "--changes")
        third = desk.run("services", "--changes", "--json").json
    assert second.out.splitlines()[:5] == [
        "Service 4 (Likes 4) is new: 0.90.",
        "Service 3 (Likes 3) is gone; it was 0.90.",
        "Service 1 (Likes 1) is dearer: 0.90 before, 1.20 now.",
        "Service 2 (Likes 2) is cheaper: 0.90 before, 0.50 now.",
        "Service 2 (Likes 2) has changed: smallest order 10 before, 50 now.",
    ]
    assert "1 new, 1 gone, 1 dearer, 1 cheaper, 1 changed otherwise, since the list of" in second.out
    assert third["since"] is not None
    assert third["new"] == third["gone"] == third["dearer"] == third["cheaper"] == third["changed"] == []


def test_what_has_changed_since_a_saved_list(desk: Desk) -> None:
    """However often the list was fetched in between; the list that is compared with is looked at first."""
    file = str(desk.folder / "monday.csv")
    with panel_with(desk, [entry("1")], [entry("1", "1.20")]):
        assert desk.run("services", "--save", file).code == 0
        desk.run("services")
        told = desk.run("services", "--since", file, "--json").json
        assert told["dearer"] == [{"id": "1", "name": "Likes 1", "before": "0.90", "now": "1.20"}]
    wrong = desk.run("services", "--since", str(desk.folder / "none.json"))
    assert (wrong.code, "none.json cannot be used" in wrong.err) == (2, True)


@pytest.mark.parametrize("command", ["run", "check", "template", "services"])
def test_every_command_keeps_the_list_that_it_fetched(desk: Desk, command: str) -> None:
    """So that the next one can compare with it, or go by it; and each asks for the list once."""
    path = desk.sheet("orders.xlsx", good(1))
    more = {"run": (str(path), *FAST), "check": (str(path),), "template": (str(desk.folder / "form.xlsx"),)}
    assert desk.run(command, *more.get(command, ())).code == 0
    kept = recall(load({}).lists, panel_name(desk.url))
    assert kept is not None
    assert (len(kept.services), kept.listed, kept.currency) == (80, 80, "USD")
    assert datetime.now(UTC) - kept.fetched_at < timedelta(minutes=5)
    assert asked(desk).count("services") == 1
    assert [f.name for f in lists(desk).parent.iterdir()] == [lists(desk).name]  # no temporary file is left


def test_panels_do_not_mix(desk: Desk) -> None:
    """Each panel has its own list, the practice panel too."""
    desk.run("services")
    desk.run("services", "--sandbox")
    with panel_with(desk, [entry("1")]):
        assert "nothing to compare with" in desk.run("services", "--changes").out
    assert len(list(lists(desk).parent.iterdir())) == 3
    assert "No service has changed" in desk.run("services", "--sandbox", "--changes").out


def test_a_list_that_cannot_be_kept(desk: Desk, tmp_path: Path) -> None:
    """A file in the place of the folder: it is said once, and everything is ordered."""
    lists(desk).parent.parent.mkdir()
    lists(desk).parent.write_text("in the way")
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1, 2))), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 2})
    assert ran.err.count("the service list cannot be kept") == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b"[" * 100_000), gzip.compress(bytes(10**6))[:100]],
    ids=["empty", "text", "another", "deep", "half"],
)
def test_a_kept_list_that_is_damaged(desk: Desk, damage: bytes) -> None:
    """It is said, counts as none, and the list of now takes its place."""
    desk.run("services")
    lists(desk).write_bytes(damage)
    ran = desk.run("services", "--changes")
    assert ran.code == 0
    assert f"{lists(desk).name} cannot be used as a service list" in ran.err
    assert "nothing to compare with yet" in ran.out
    assert "No service has changed" in desk.run("services", "--changes").out


def test_a_kept_list_under_a_wrong_name(desk: Desk) -> None:
    """A file that was copied to the place of another panel's is not believed."""
    desk.run("services", "--sandbox")
    (other,) = lists(desk).parent.iterdir()
    other.rename(lists(desk))
    assert "is that of practice panel" in desk.run("services", "--changes").err


def test_an_empty_list_replaces_nothing(desk: Desk) -> None:
    """A panel that has lost its list for a moment."""
    with panel_with(desk, [entry("1")], [], [entry("1")]):
        for _ in range(2):
            desk.run("services")
        assert "No service has changed" in desk.run("services", "--changes").out


# --- a panel that gives its list seldom -------------------------------------------------------------------------------

SELDOM = [BUSY, http({"error": "You can get the services 10 times per hour"}), http({"error": "Rate limit exceeded"})]


@pytest.mark.parametrize("refusal", SELDOM)
def test_check_goes_by_the_kept_list(desk: Desk, refusal: Reply) -> None:
    """Its age is told, in the terminal, in JSON and in the workbook; and with none kept the command stops."""
    path = desk.sheet("orders.xlsx", good(1))
    with panel_with(desk, refusal):
        assert desk.run("check", str(path)).code == 3
    with panel_with(desk, [entry("1")], refusal):
        assert "list_of" not in desk.run("check", str(path), "--json").json
        ran = desk.run("check", str(path), "--json")
    assert (ran.code, states(ran)) == (0, {"ready": 1})
    assert "The panel does not give its service list now" in ran.err
    assert "less than a minute ago; they may have changed since" in ran.err
    assert "Together 0.09 USD, at the prices of" in ran.err
    assert datetime.now(UTC) - datetime.fromisoformat(ran.json["list_of"]) < timedelta(minutes=5)
    summary = openpyxl.load_workbook(ran.json["results"])["Summary"]
    assert any("does not give its service list" in str(cell.value) for cells in summary for cell in cells)


@pytest.mark.parametrize("more", [(), ("--plan", "7KQD-2MXA-9TRB-C4WZ")])
def test_run_orders_nothing_by_the_kept_list(desk: Desk, more: tuple[str, ...]) -> None:
    """It stops before the plan, says when to try again and what works meanwhile; then it goes on as ever."""
    path = desk.sheet("orders.xlsx", good(1))
    limited = http({"error": "Too many requests"}, 429, "Retry-After: 2400")
    with panel_with(desk, [entry("1")], limited, [entry("1")]) as server:
        desk.run("services")
        ran = desk.run("run", str(path), *FAST, *more)
        assert (ran.code, ran.json["stopped"] is None) == (3, False)
        again = f"Run the same command again after {datetime.now() + timedelta(seconds=2400):%H:}"
        late = f"Run the same command again after {datetime.now() + timedelta(seconds=2700):%H:}"
        assert again in ran.err or late in ran.err
        assert "Nothing was ordered." in ran.err
        assert "`bulkorders check` works with the list of" in ran.err
        assert [form["action"] for form in server.forms].count("add") == 0
        assert states(desk.run("run", str(path), *FAST)) == {"placed": 1}


def test_status_goes_by_the_kept_list(desk: Desk) -> None:
    """What orders nothing needs no list of now: orders are followed all the same."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    with panel_with(desk, [entry("1")], BUSY):
        desk.run("run", path, *FAST)
        ran = desk.run("status", path, "--all", "--json")
    assert (ran.code, ran.json["refreshed"], states(ran)) == (0, 1, {"placed": 1})
    assert "they may have changed since" in ran.err


@pytest.mark.parametrize("refusal", [http({"error": "Incorrect request"}), http(b"<html>"), http({"error": "Bad key"})])
def test_another_refusal_is_no_limit(desk: Desk, refusal: Reply) -> None:
    """An older list is not gone by because the panel is broken: that is told as ever."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    with panel_with(desk, [entry("1")], refusal):
        desk.run("services")
        ran = desk.run("check", path)
    assert (ran.code, "The panel gave no usable answer" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("asks", "tried", "wait", "seconds"),
    [
        (7.0, 1, False, 7.0),
        (60.0, 2, False, 60.0),
        (7.0, 3, False, None),
        (61.0, 1, False, None),
        (None, 1, False, None),
        (7.0, 1, True, 7.0),
        (0.0, 3, True, 300.0),
        (7.0, 3, True, 60.0),
        (2400.0, 1, True, 2400.0),
        (None, 1, True, 300.0),
    ],
)
def test_how_long_the_list_is_waited_for(asks: float | None, tried: int, wait: bool, seconds: float | None) -> None:
    """A short wait always, a few times; any wait with --wait, and then no panel is asked more than once a minute."""
    assert pause(PanelError(Kind.BUSY, "Too many requests", asks), tried, wait) == seconds


@pytest.mark.parametrize("command", ["services", "template"])
def test_what_is_shown_of_the_kept_list(desk: Desk, command: str) -> None:
    """Listed, saved and offered with the note that says how old it is."""
    file = str(desk.folder / "file.xlsx")
    with panel_with(desk, [entry("1")], BUSY):
        desk.run("services")
        ran = desk.run(*((command, file) if command == "template" else (command, "--save", file)))
        assert ran.code == 0
        assert "All services and prices here are those of the list of" in ran.err
        assert Path(file).exists()
        changes = desk.run("services", "--changes")
    assert (changes.code, "cannot be told yet what has changed" in changes.err) == (3, True)


def test_a_short_wait_is_waited_for(desk: Desk) -> None:
    """A panel that asks for a moment is asked again, at most three times; then its list is that of now."""
    moment = http({"error": "Spam protection, wait 0.01 seconds"})
    path = str(desk.sheet("orders.xlsx", good(1)))
    with panel_with(desk, moment, moment, [entry("1")]):
        ran = desk.run("run", path, *FAST)
        assert states(ran) == {"placed": 1}
        assert "asks to wait 0 seconds for its service list" in ran.err
    with panel_with(desk, moment) as server:
        assert desk.run("run", path, *FAST).code == 3
        assert [form["action"] for form in server.forms].count("services") == 3


# --- saved, and read again --------------------------------------------------------------------------------------------


def whole(*entries: dict[str, Any], currency: str = "USD") -> Listing:
    """The list that a panel's answer is."""
    read = read_services(answer_of(200, json.dumps(entries).encode()))
    count = len(read.services)
    return Listing(panel="panel.example", fetched_at=NOW, currency=currency, services=read.services, listed=count)


ODD = whole(
    entry("007", "0.0000000001", name="=1+1", max=0),
    entry("7", "999999999999999.0000000001", name="'=1+1", min=0, dripfeed=True),
    entry("=7", "27.50", name="''+\t-'x", dripfeed=False),
    entry("8", "1e-7", name='-5, "quoted"; 👩‍💻 &amp;lt;b&amp;gt; _x0041_', refill=False),
    entry("TRUE-1", "0", name="TRUE", category="", max=2147483648),
    entry("9", "0.00011999999999999999", name="2026-11-03", category="'", type="Custom_Comments", cancel=False),
    entry("10", "123456789.123456789", name="@x|y;z", category="#REF!"),
    entry("1e5", "-0", name="1,000", max=999_999_999_999_999),
)


def again(listing: Listing, path: Path) -> Listing:
    """The list as its file gives it."""
    return read_list(save_services(listing, path))


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("currency", ["USD", "", "US$ (new)"])
def test_a_saved_list_is_read_as_it_was(tmp_path: Path, ending: str, currency: str) -> None:
    """Prices to the last decimal, leading zeros, what looks like formulas, dates or escapes, and every flag."""
    listing = replace(ODD, currency=currency)
    assert len(listing.services) == 8
    read = again(listing, tmp_path / f"s{ending}")
    assert read == replace(listing, services=read.services)
    for one, other in zip(read.services, listing.services, strict=True):
        assert one == other


NAMES = st.text(st.sampled_from("='+-@\"\\,;\t|_x0D&<>#é😀\u200d\xa0 \u202e17E."), min_size=1, max_size=12)
RATES = st.decimals(0, 10**14, allow_nan=False, places=10) | st.decimals(0, 2, places=5).map(lambda d: d.normalize())
ENTRIES = st.builds(
    entry,
    NAMES,
    RATES.map(lambda d: f"{d:f}"),
    name=NAMES,
    category=NAMES,
    type=NAMES,
    min=st.integers(-1, 10**15),
    max=st.none() | st.integers(-1, 10**16),
    dripfeed=st.none() | st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ENTRIES, min_size=1, max_size=8).map(lambda rows: whole(*rows)).filter(lambda w: w.services))
def test_whatever_a_panel_lists_is_read_as_it_was(tmp_path: Path, listing: Listing) -> None:
    """Through every kind of file, and as it is kept."""
    remember(tmp_path, listing)
    assert recall(tmp_path, listing.panel) == replace(listing, services=tuple(listing.services))
    for ending in WRITERS:
        assert tuple(again(listing, tmp_path / f"s{ending}").services) == tuple(listing.services)


@pytest.mark.skipif(not CATALOGS.is_dir(), reason="real lists are not handed out")
@pytest.mark.parametrize(
    ("name", "endings"), [("services-5586.json", (".json", ".csv")), ("services-odd-rows.json", tuple(WRITERS))]
)
def test_a_real_list_is_read_as_it_was(tmp_path: Path, name: str, endings: tuple[str, ...]) -> None:
    """Thousands of services, and the odd rows of many panels."""
    rows = [row.get("row", row) for row in json.loads((CATALOGS / name).read_text("utf-8"))]
    listing = whole(*rows)
    assert len(listing.services) > 200
    remember(tmp_path, listing)
    assert recall(tmp_path, listing.panel) == listing
    for ending in endings:
        assert again(listing, tmp_path / f"s{ending}") == listing


# --- gone by without the panel ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", WRITERS)
def test_a_check_without_the_panel(desk: Desk, ending: str) -> None:
    """No key, no request; the same states, costs and plan code as with the panel; and the list's age is told."""
    rows = [*good(1, 2), [1, "https://example.com/3", 1, ""], [99999, "https://example.com/4", 100, ""]]
    path = desk.sheet("orders.xlsx", rows)
    file = str(desk.folder / f"list{ending}")
    assert desk.run("services", "--save", file).code == 0
    online = desk.run("check", str(path), "--json", "--save-plan", "--no-results").json
    before, desk.key = asked(desk), ""
    ran = desk.run("check", str(path), "--services", file, "--json", "--save-plan")
    offline = ran.json
    assert asked(desk) == before
    assert (ran.code, offline["balance"], offline["currency"]) == (1, None, "USD")
    same = [name for name in online if name not in ("balance", "results")]
    assert {name: offline[name] for name in same} == {name: online[name] for name in same}
    assert "The panel was not asked. All services and prices here are those of the list of" in ran.err
    assert "at the prices of" in ran.err
    assert "afterwards" not in ran.err
    assert [row["Result"] for row in results(offline["results"])] == ["Ready", "Ready", "Fix", "Fix"]
    summary = openpyxl.load_workbook(offline["results"])["Summary"]
    assert any("The panel was not asked." in str(cell.value) for cells in summary for cell in cells)


def test_a_check_without_the_panel_remembers_no_price(desk: Desk) -> None:
    """A price that rose is new to a person until it was shown as that of now."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    old, new = str(desk.folder / "old.json"), str(desk.folder / "new.json")
    with panel_with(desk, [entry("1")], [entry("1")], [entry("1", "1.20")]) as server:
        assert desk.run("services", "--save", old).code == 0
        assert desk.run("check", path).code == 0
        assert desk.run("services", "--save", new).code == 0
        for file in (new, old, new):
            ran = desk.run("check", path, "--services", file)
            assert (ran.code, "rose" in ran.err, "fell" in ran.err) == (0, False, False)
        ran = desk.run("run", path, *FAST)
        assert (ran.code, ran.json["stopped"]) == (3, "price")
        assert "rose from 0.90 to 1.20" in ran.err
        assert [form["action"] for form in server.forms].count("add") == 0


def test_the_kept_list_remembers_no_price_either(desk: Desk) -> None:
    """A check that the panel forced to an older list shows old prices: the run still tells that they rose."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    with panel_with(desk, [entry("1")], [entry("1", "1.20")], BUSY, [entry("1", "1.20")]):
        desk.run("check", path)
        desk.run("services")
        limited = desk.run("check", path)
        assert "at the prices of" in limited.err
        assert desk.run("run", path, *FAST).json["stopped"] == "price"


def test_a_check_without_the_panel_changes_nothing_in_the_ledger(desk: Desk) -> None:
    """Not even how long the panel's list is."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    file = str(desk.folder / "list.json")
    desk.run("services", "--save", file)
    desk.run("run", path, *FAST)
    with closing(sqlite3.connect(load({}).ledger)) as ledger:
        before = list(ledger.iterdump())
    ran = desk.run("check", path, "--services", file, "--json", "--no-results")
    assert (ran.code, states(ran)) == (0, {"placed": 1})
    with closing(sqlite3.connect(load({}).ledger)) as ledger:
        assert list(ledger.iterdump()) == before


def test_order_ids_that_cannot_be_looked_up(desk: Desk, tmp_path: Path) -> None:
    """A results workbook of another computer: without the panel its orders are neither believed nor ordered."""
    path = desk.sheet("orders.xlsx", good(1))
    file = str(desk.folder / "list.json")
    desk.run("services", "--save", file)
    written = desk.run("run", str(path), *FAST).json["results"]
    other = ("--ledger", str(tmp_path / "other" / "ledger.sqlite3"))
    before = asked(desk)
    ran = desk.run("check", written, "--services", file, "--json", *other)
    assert asked(desk) == before
    assert states(ran) == {"held": 1}
    assert ran.json["problems"][0]["code"] == "claim_unasked"
    assert states(desk.run("check", written, "--json", "--no-results", *other)) == {"placed": 1}


def test_the_list_of_another_panel(desk: Desk) -> None:
    """It is named, and how to name that panel; with its panel it works."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    file = str(desk.folder / "list.json")
    desk.run("services", "--sandbox", "--save", file)
    ran = desk.run("check", path, "--services", file)
    assert ran.code == 2
    assert "list.json is the service list of practice panel" in ran.err
    assert "--sandbox" in ran.err
    desk.url, desk.key = "", ""
    assert desk.run("check", path, "--services", file, "--sandbox").code == 0


def test_a_narrowed_list(desk: Desk) -> None:
    """It would call every other service wrong: it is refused, with the number of what is missing."""
    path = str(desk.sheet("orders.xlsx", good(1)))
    for ending in WRITERS:
        file = str(desk.folder / f"list{ending}")
        desk.run("services", "--search", "tiktok followers", "--save", file)
        ran = desk.run("check", path, "--services", file)
        assert ran.code == 2
        assert "it has 1 of the 80 services of the panel's list" in ran.err
        assert "Save the whole list" in ran.err


HOSTILE: dict[str, bytes] = {
    "empty.json": b"",
    "text.json": b"no list",
    "deep.json": b"[" * 200_000,
    "half.json": b'{"panel": "x", "services": [{"id": "1"',
    "binary.json": bytes(range(256)) * 100,
    "many.json": b"[" + b"{}," * 1_600_000 + b"{}]",
    "number.json": b'{"listed": ' + b"9" * 5_000 + b"}",
    "answer.json": json.dumps([entry("1")]).encode(),
    "orders.csv": b"Service,Link,Quantity\n1,https://example.com,100\n",
    "other.csv": b"a,b\n1,2\n",
    "empty.csv": b"",
    "binary.xlsx": bytes(range(256)) * 100,
    "empty.xlsx": b"",
    "list.ods": b"x",
    "list": b"x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_list(tmp_path: Path, name: str) -> None:
    """One sentence that names the file and says how to get a list; never a traceback."""
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(FileError) as caught:
        read_list(path)
    assert name in str(caught.value)
    assert "bulkorders services --save" in str(caught.value)


@pytest.mark.parametrize("ending", WRITERS)
def test_a_list_that_is_not_there(desk: Desk, ending: str) -> None:
    """Also a folder, and a name that no file can have."""
    (desk.folder / f"folder{ending}").mkdir()
    path = str(desk.sheet("orders.xlsx", good(1)))
    for name in (f"none{ending}", f"folder{ending}", f"{'x' * 300}{ending}"):
        ran = desk.run("check", path, "--services", str(desk.folder / name))
        assert (ran.code, ran.out) == (2, "")
        assert "bulkorders services --save" in ran.err


def test_a_workbook_that_a_person_touched(tmp_path: Path) -> None:
    """Saved again by another program it stays the list; with a word for a price it is none."""
    path = tmp_path / "s.xlsx"
    listing = whole(entry("1"), entry("2", "0.0000000001"))
    save_services(listing, path)
    book = openpyxl.load_workbook(path)
    book.save(path)
    assert read_list(path).services == listing.services
    sheet = book.worksheets[0]
    sheet["E2"] = "cheap"
    book.save(path)
    with pytest.raises(FileError, match="cannot be read in row 2"):
        read_list(path)


def test_run_takes_no_saved_list(desk: Desk) -> None:
    """Orders need the prices of now."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST, "--services", "list.json")
    assert ran.code == 2
    assert "No such option" in ran.err


def test_rates_are_never_rounded_in_a_workbook(tmp_path: Path) -> None:
    """What a number cell would round stands there as text."""
    path = save_services(whole(entry("1", "27.50"), entry("2", "123456789.123456789")), tmp_path / "s.xlsx")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet["E2"].value, sheet["E3"].value) == (27.5, "123456789.123456789")
    assert [s.rate for s in read_list(path).services] == [Decimal("27.50"), Decimal("123456789.123456789")]
