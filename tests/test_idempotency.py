"""A panel with an idempotency field: only there an order whose answer was lost is sent again, under the same number."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bulkorders.ledger import utc_now
from bulkorders.sandbox import orders, requests
from tests.desk import QUICK, Desk
from tests.test_run import FAST, good, links, results, states

FIELD = 'idempotency_field = "request_id"\n'


def settings(desk: Desk, text: str = FIELD) -> tuple[str, ...]:
    """The options that name a settings file with this text."""
    path = desk.folder / "settings.toml"
    path.write_text(text, "utf-8")
    return ("--config", str(path))


def numbers(desk: Desk) -> Counter[str]:
    """How often the panel's books have each request number ("": an order came without one)."""
    return Counter(o.form.get("request_id", "") for o in orders(desk.books))


@pytest.mark.parametrize("fault", ["reset-after", "reset-before", "error-after", "half", "nonsense", "html"])
def test_a_lost_answer_is_asked_for_again(desk_with: Callable[..., Desk], fault: str) -> None:
    """The run itself repeats it: whether the panel took it or not, it holds one order, and the row is ordered."""
    desk = desk_with(faults=f"{fault}@2+3", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1", *settings(desk))
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err
    assert set(links(desk).values()) == {1}
    assert set(numbers(desk).values()) == {1}
    assert "" not in numbers(desk)


def test_the_next_run_repeats_what_a_killed_one_left(desk_with: Callable[..., Desk]) -> None:
    """Killed with an order under way: the next run sends it again under its number and gets the same order."""
    desk = desk_with(faults="silence@2", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2))
    process = desk.start("run", str(path), "--yes", "--rate", "0", "--concurrency", "1", *settings(desk))
    while len(orders(desk.books)) < 2:
        assert process.poll() is None
    process.kill()
    process.communicate()
    ran = desk.run("run", str(path), *FAST, *settings(desk))
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 2}, 1)
    assert set(links(desk).values()) == {1}


def test_without_the_setting_nothing_is_repeated(desk_with: Callable[..., Desk]) -> None:
    """A panel that names no such field gets no number and no second request."""
    desk = desk_with(faults="reset-after@1", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1))
    for _ in range(2):
        assert states(desk.run("run", str(path), *FAST)) == {"unconfirmed": 1}
    assert set(numbers(desk)) == {""}
    assert sum(r.action == "add" for r in requests(desk.books)) == 1


def test_an_order_that_left_without_a_number_is_not_repeated(desk_with: Callable[..., Desk]) -> None:
    """The setting came later: the panel could not recognise that order, so it stays for a person."""
    desk = desk_with(faults="reset-after@1", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    assert states(desk.run("run", str(path), *FAST, *settings(desk))) == {"unconfirmed": 1}
    assert sum(r.action == "add" for r in requests(desk.books)) == 1


def test_a_no_to_the_repeat_settles_nothing(desk_with: Callable[..., Desk]) -> None:
    """Refused the second time: that says nothing about the first time, so the row stays Check."""
    desk = desk_with(faults="reset-after@1,refuse@2-99", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1))
    ran = desk.run("run", str(path), *FAST, *settings(desk))
    assert states(ran) == {"unconfirmed": 1}
    assert len(orders(desk.books)) == 1


def lost_for_good(desk: Desk) -> Path:
    """Run a file whose second row never reached the panel, however often it was asked for."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1", *settings(desk))
    assert states(ran) == {"placed": 1, "unconfirmed": 1}
    (lost,) = [r for r in results(ran.json["results"]) if r["Result"] == "Check"]
    assert "the next run sends it again under the number" in lost["What to do"]
    return path


def test_not_placed_by_mistake(desk_with: Callable[..., Desk]) -> None:
    """It was placed: the row goes out under its old number, and the panel gives that order back."""
    desk = desk_with(faults="reset-after@2-5", speed=QUICK)
    path = lost_for_good(desk)
    desk.run("resolve", str(path), "--row", "3", "--not-placed", "--yes", *settings(desk))
    assert states(desk.run("run", str(path), *FAST, *settings(desk))) == {"placed": 2}
    assert set(links(desk).values()) == {1}


NOT_WANTED: dict[str, list[list[Any]]] = {
    "deleted": [[1, "https://example.com/1", 100, ""]],
    "changed": [[1, "https://example.com/1", 100, ""], [1, "https://example.com/2", 200, ""]],
    "skipped": [[1, "https://example.com/1", 100, ""], [1, "https://example.com/2", 100, "skip"]],
}


@pytest.mark.parametrize("case", NOT_WANTED)
def test_a_row_that_is_not_wanted_any_more_is_not_repeated(desk_with: Callable[..., Desk], case: str) -> None:
    """The panel may never have seen it: to repeat it would order what nobody asks for now."""
    desk = desk_with(faults="reset-before@2-5", speed=QUICK)
    lost_for_good(desk)
    path = desk.sheet("orders.xlsx", [["Service", "Link", "Quantity", "Action"], *NOT_WANTED[case]])
    desk.run("run", str(path), *FAST, *settings(desk))
    assert links(desk) == {"https://example.com/1": 1}


def test_nothing_is_repeated_where_nothing_may_be_ordered(desk_with: Callable[..., Desk]) -> None:
    """Nobody agreed to the rows of this run: then it sends nothing at all, as it says."""
    desk = desk_with(faults="reset-before@2-5", speed=QUICK)
    path = lost_for_good(desk)
    desk.sheet("orders.xlsx", [*good(1, 2, 3), [1, "", 100, ""]])
    ran = desk.run("run", str(path), *FAST, *settings(desk))
    assert "Nothing is ordered while 1 row must be fixed." in ran.err
    assert links(desk) == {"https://example.com/1": 1}


def test_a_repeat_costs_nothing_more(desk_with: Callable[..., Desk]) -> None:
    """--max-cost counts an order once, however often it is asked for."""
    desk = desk_with(faults="reset-after@1", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2))
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1", "--max-cost", "0.18", *settings(desk))
    assert states(ran) == {"placed": 2}


@pytest.mark.parametrize("name", ["", "two words", "key", "action", "service", "request_id=1"])
def test_a_field_that_cannot_be_one(desk: Desk, name: str) -> None:
    """A name that no parameter can have, or that has a meaning already, is told with what is allowed."""
    path = desk.sheet("orders.xlsx", good(1))
    ran = desk.run("run", str(path), *FAST, *settings(desk, f'idempotency_field = "{name}"\n'))
    assert ran.code == 2
    assert "idempotency_field in " in ran.err
    assert "the name of the parameter by which the panel recognises" in ran.err


def test_each_panel_has_its_own(desk: Desk) -> None:
    """The setting stands in a panel's table, and another panel does without."""
    written = f'[panels.a]\nurl = "{desk.url}"\n{FIELD}[panels.b]\nurl = "{desk.url}"\n'
    options, path = settings(desk, written), desk.sheet("orders.xlsx", good(1))
    other = desk.sheet("other.xlsx", good(2))
    plain = Desk(desk.folder, "", desk.books)
    for file, panel in ((path, "a"), (other, "b")):
        assert plain.run("run", str(Path(file)), *FAST, *options, "--panel", panel).code == 0
    with_number = {o.link: "request_id" in o.form for o in orders(desk.books)}
    assert with_number == {"https://example.com/1": True, "https://example.com/2": False}


def test_an_old_one_is_not_repeated(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """Nobody knows how long a panel remembers its numbers: after twelve hours the row is a person's to settle."""
    desk = desk_with(faults="reset-after=100%", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST, *settings(desk))
    asked = sum(r.action == "add" for r in requests(desk.books))
    with sqlite3.connect(tmp_path / "ledger" / "ledger.sqlite3") as db:
        db.execute("UPDATE entries SET sent_at = ?", ((utc_now() - timedelta(hours=13)).isoformat(),))
    assert states(desk.run("run", str(path), *FAST, *settings(desk))) == {"unconfirmed": 1}
    assert sum(r.action == "add" for r in requests(desk.books)) == asked > 1
