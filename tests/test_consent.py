"""Held to what the person meant: totals, caps for a day, prices that rose."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.ledger import utc_now
from bulkorders.sandbox import orders
from tests.between import between, with_rates
from tests.desk import Desk
from tests.test_run import FAST, good, results, states


def spent(desk: Desk) -> Decimal:
    """What the panel's books were paid."""
    return sum((o.charge for o in orders(desk.books)), Decimal(0))


@pytest.mark.parametrize(
    ("options", "stopped", "told"),
    [
        (("--expect-rows", "4"), "expect_rows", "the file has 3 rows, and --expect-rows says 4"),
        (("--expect-cost", "0.26"), "expect_cost", "the rows cost 0.27 USD, and --expect-cost says 0.26"),
        (("--max-cost", "0.26"), "max_cost", "the orders would cost 0.27 USD, and --max-cost allows 0.26"),
    ],
)
def test_another_file_than_was_meant(desk: Desk, options: tuple[str, ...], stopped: str, told: str) -> None:
    """Rows or cost differ from what was said: nothing is ordered, and both figures are told."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1, 2, 3))), *FAST, *options)
    assert (ran.code, ran.json["stopped"], orders(desk.books)) == (3, stopped, [])
    assert f"Nothing was ordered: {told}." in ran.err.strip().splitlines()[-1]


def test_totals_that_are_right_stay_right(desk: Desk) -> None:
    """What was ordered counts along: the same totals hold when the file is run in parts and again."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    right = ("--expect-rows", "3", "--expect-cost", "0.27")
    assert states(desk.run("run", str(path), *FAST, *right, "--limit", "1")) == {"placed": 1, "waiting": 2}
    assert states(desk.run("run", str(path), *FAST, *right)) == {"placed": 3}


def test_a_cap_for_the_day_counts_all_files(desk: Desk) -> None:
    """The order that would pass it is not started, in whatever file; what was sent yesterday does not count."""
    first, second = desk.sheet("a.xlsx", good(1, 2)), desk.sheet("b.xlsx", good(3, 4))
    cap = ("--max-day-cost", "0.30")
    assert states(desk.run("run", str(first), *FAST, *cap)) == {"placed": 2}
    ran = desk.run("run", str(second), *FAST, *cap)
    assert (ran.code, ran.json["stopped"], states(ran)) == (3, "day_cap", {"placed": 1, "waiting": 1})
    assert "--max-day-cost" in ran.err.strip().splitlines()[-1]
    assert spent(desk) == Decimal("0.27")


def test_yesterday_does_not_count(desk: Desk, tmp_path: Path) -> None:
    """The cap is for a day of this computer's."""
    first, second = desk.sheet("a.xlsx", good(1, 2)), desk.sheet("b.xlsx", good(3, 4))
    desk.run("run", str(first), *FAST)
    with sqlite3.connect(tmp_path / "ledger" / "ledger.sqlite3") as db:
        db.execute("UPDATE entries SET sent_at = ?", ((utc_now() - timedelta(days=1, hours=1)).isoformat(),))
    assert states(desk.run("run", str(second), *FAST, "--max-day-cost", "0.18")) == {"placed": 2}


@pytest.mark.parametrize(
    ("now", "tolerance", "code"), [("1.20", "0", 3), ("1.20", "33", 3), ("1.20", "34", 0), ("0.80", "0", 0)]
)
def test_a_price_that_rose_stops_an_unattended_run(desk: Desk, now: str, tolerance: str, code: int) -> None:
    """With --yes, a dearer service stops the run, and the next one too, unless it is within the tolerance; a cheaper
    one is only said.
    """
    path, rates = desk.sheet("orders.xlsx", good(1)), {"1": "0.90"}
    with between(lambda: desk.url, with_rates(rates)) as url:
        through = replace(desk, url=url)
        through.run("check", str(path))
        rates["1"] = now
        for _ in range(2):
            ran = through.run("run", str(path), *FAST, "--price-tolerance", tolerance)
            assert ran.code == code
        assert len(orders(desk.books)) == (0 if code else 1)
        if code:
            assert ran.json["stopped"] == "price"
            assert "rose from 0.90 to 1.20 USD since you looked" in ran.err
            through.run("check", str(path))
            assert through.run("run", str(path), *FAST).code == 0


def told_of_price(path: str | Path) -> str:
    """What the one row of a results workbook says of its price, without the day."""
    (row,) = results(path)
    found = re.search(r"Note: (The price .+?) since you looked on .+?: (.+)$", row["What to do"])
    assert found, row["What to do"]
    return f"{found[1]}: {found[2]}"


@pytest.mark.parametrize(
    ("now", "tolerance", "result", "told"),
    [
        ("1.20", "0", "Ready", "The price rose from 0.90 to 1.20 USD: 0.09 becomes 0.12 USD."),
        ("1.20", "34", "Ordered", "The price rose from 0.90 to 1.20 USD: 0.09 becomes 0.12 USD."),
        ("0.60", "0", "Ordered", "The price fell from 0.90 to 0.60 USD: 0.09 becomes 0.06 USD."),
    ],
    ids=["stopped", "within the tolerance", "cheaper"],
)
def test_the_workbook_shows_both_prices(desk: Desk, now: str, tolerance: str, result: str, told: str) -> None:
    """Stopped, let through, or cheaper: the row says what was and what is, as long as it is there."""
    path, rates = desk.sheet("orders.xlsx", good(1)), {"1": "0.90"}
    with between(lambda: desk.url, with_rates(rates)) as url:
        through = replace(desk, url=url)
        through.run("check", str(path))
        rates["1"] = now
        ran = through.run("run", str(path), *FAST, "--price-tolerance", tolerance)
        if result == "Ordered":  # what a later look at the order does not lose
            through.run("status", str(path))
    assert [row["Result"] for row in results(ran.json["results"])] == [result]
    assert told_of_price(ran.json["results"]) == told
    assert f"from 0.90 to {now} USD since you looked" in ran.err


@pytest.mark.parametrize(("answer", "bought"), [("y", 1), ("", 0)])
def test_a_price_that_rose_is_asked_about_on_a_terminal(desk: Desk, answer: str, bought: int) -> None:
    """Both prices are shown and what that makes; the workbook shows both, whatever the answer."""
    from tests.terminal import at_terminal

    path, rates = desk.sheet("orders.xlsx", good(1)), {"1": "0.90"}
    with between(lambda: desk.url, with_rates(rates)) as url:
        through = replace(desk, url=url)
        through.run("check", str(path))
        rates["1"] = "1.20"
        terminal = at_terminal(through, "run", str(path), "--rate", "0")
        shown = terminal.until("[y/N]")
        terminal.type(answer)
        terminal.end()
    assert "rose from 0.90 to 1.20 USD since you looked" in shown
    assert "Order 1 row for 0.12 USD (0.03 USD more than when you last looked)?" in shown
    assert len(orders(desk.books)) == bought
    told = told_of_price(path.with_name("orders.results.xlsx"))
    assert told == "The price rose from 0.90 to 1.20 USD: 0.09 becomes 0.12 USD."
    summary = openpyxl.load_workbook(path.with_name("orders.results.xlsx"))["Summary"]
    assert any("rose from 0.90 to 1.20 USD since you looked" in str(c) for line in summary.values for c in line)


def test_a_dry_run_is_a_check(desk: Desk) -> None:
    """It orders nothing and says what would be ordered."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), *FAST, "--dry-run")
    assert (ran.code, states(ran), orders(desk.books)) == (0, {"ready": 1}, [])


# --- the question -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "bought"), [(("y", "0.19", " 0,18 "), 2), (("yes", ""), 0), (("",), 0)])
def test_a_large_total_is_typed(desk: Desk, answers: tuple[str, ...], bought: int) -> None:
    """In place of a y: whatever is not the total is asked again, and Enter orders nothing."""
    from tests.terminal import at_terminal

    path = desk.sheet("orders.xlsx", good(1, 2))
    terminal = at_terminal(desk, "run", str(path), "--rate", "0", "--confirm-above", "0.17")
    for number, answer in enumerate(answers):
        shown = terminal.until("(Enter: no):")
        assert ("is not the total. Type 0.18, or press Enter to order nothing." in shown) == bool(number)
        assert "Order 2 rows for 0.18 USD? Type the total, 0.18, to order" in shown
        terminal.type(answer)
    terminal.end()
    assert len(orders(desk.books)) == bought
    assert ("Nothing was ordered." in terminal.shown) == (not bought)


@pytest.mark.parametrize(("above", "asked"), [("0.18", "[y/N]"), ("0.1799", "Type the total, 0.18,")])
def test_the_amount_can_be_set_for_a_panel(desk: Desk, above: str, asked: str) -> None:
    """In the settings file, too; exactly this amount is still a y."""
    from tests.terminal import at_terminal

    path = desk.sheet("orders.xlsx", good(1, 2))
    settings = desk.folder / "bulkorders.toml"
    settings.write_text(f'panel = "shop"\n[panels.shop]\nurl = "{desk.url}"\nconfirm_above = {above}\n', "utf-8")
    terminal = at_terminal(desk, "run", str(path), "--rate", "0")
    terminal.until(asked)
    terminal.type("")
    assert terminal.end() == 1


def test_yes_types_no_total(desk: Desk) -> None:
    """Scripts go on as they did: --yes is asked nothing, and its guard is --max-cost."""
    path = desk.sheet("orders.xlsx", good(1, 2))
    assert states(desk.run("run", str(path), *FAST, "--confirm-above", "0.01")) == {"placed": 2}


# --- plan codes -------------------------------------------------------------------------------------------------------


def plan_of(desk: Desk, path: Path, *options: str) -> str:
    """The code that `check --save-plan` prints."""
    ran = desk.run("check", str(path), "--no-results", "--save-plan", *options)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_an_approved_plan_runs_without_a_question(desk: Desk) -> None:
    """However the code is typed, and in parts, too: what was ordered under it counts along."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    code = plan_of(desk, path)
    run = ("run", str(path), "--json", "--rate", "0", "--plan")
    assert states(desk.run(*run, code.lower().replace("-", " "), "--limit", "1")) == {"placed": 1, "waiting": 2}
    assert states(desk.run(*run, code)) == {"placed": 3}
    assert desk.run("check", str(path), "--json", "--no-results", "--save-plan").json["plan"] == code


ROWS_CHANGED = "rows or cells were changed, added or taken away"
CHANGED: dict[str, tuple[list[list[Any]], str, str]] = {
    "a cell": (
        [*good(1), [1, "https://example.com/2", 101, "Client 2"]],
        "row 3: Quantity was 100 and is 101 now",
        f"{ROWS_CHANGED}, and the total has changed",
    ),
    "a cell that is wrong now": (
        [*good(1), [1, "https://example.com/2", 5, "Client 2"]],
        "row 3: Quantity was 100 and is 5 now",
        f"{ROWS_CHANGED}, and the total has changed",
    ),
    "a link": (
        [*good(1), [1, "https://example.com/x", 100, "Client 2"]],
        "row 3: Link was https://example.com/2 and is https://example.com/x now",
        ROWS_CHANGED,
    ),
    "a row more": (
        good(1, 2, 3),
        "row 4 (service 1, https://example.com/3) was added",
        f"{ROWS_CHANGED}, and the total has changed",
    ),
    "a row less": (
        good(1),
        "row 3 (service 1, https://example.com/2) is missing",
        f"{ROWS_CHANGED}, and the total has changed",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_another_plan_is_refused(desk: Desk, tmp_path: Path, case: str) -> None:
    """One changed cell or row: nothing is ordered, and row and column are named; on another computer, what kind of
    thing it is.
    """
    rows, named, kind = CHANGED[case]
    code = plan_of(desk, desk.sheet("orders.xlsx", good(1, 2)))
    run = ("run", str(desk.sheet("orders.xlsx", rows)), "--json", "--plan", code)
    for told, *elsewhere in (named,), (kind, "--ledger", str(tmp_path / "other.sqlite3")):
        ran = desk.run(*run, *elsewhere)
        assert (ran.code, ran.json["stopped"], orders(desk.books)) == (3, "plan", [])
        assert f"this is not the plan that was approved: {told}. Run check --save-plan again" in ran.err


def test_a_row_that_is_left_out_since(desk: Desk) -> None:
    """What was approved and would not be ordered now is another plan, and says so."""
    heading, *rows = [[*row, action] for row, action in zip(good(1, 2), ("Action", "", ""), strict=True)]
    code = plan_of(desk, desk.sheet("orders.xlsx", [heading, *rows]))
    rows[1][-1] = "skip"
    ran = desk.run("run", str(desk.sheet("orders.xlsx", [heading, *rows])), "--json", "--plan", code)
    assert ran.json["stopped"] == "plan"
    assert "row 3 is not ordered now (Skipped)" in ran.err


def test_a_column_of_ones_own_is_not_part_of_the_plan(desk: Desk) -> None:
    """Only what is ordered counts: sorting and notes change nothing."""
    heading, *rows = good(1, 2)
    code = plan_of(desk, desk.sheet("orders.xlsx", [heading, *rows]))
    path = desk.sheet("orders.xlsx", [heading, *([*row[:3], "Another note"] for row in reversed(rows))])
    assert desk.run("run", str(path), "--json", "--rate", "0", "--plan", code).code == 0


def test_a_plan_is_for_its_file_and_its_prices(desk: Desk) -> None:
    """The same rows in another file, or at another price, are another plan."""
    path, rates = desk.sheet("orders.xlsx", good(1)), {"1": "0.90"}
    with between(lambda: desk.url, with_rates(rates)) as url:
        through = replace(desk, url=url)
        code = plan_of(through, path)
        ran = through.run("run", str(desk.sheet("other.xlsx", good(1))), "--json", "--plan", code)
        assert "this is not the plan that was approved: it was made for orders.xlsx. Run" in ran.err
        rates["1"] = "0.80"
        ran = through.run("run", str(path), "--json", "--plan", code)
        assert "approved: the price of service 1 was 0.90 and is 0.80 USD now. Run" in ran.err
        told = through.run("run", str(path), "--json", "--plan", code, "--ledger", str(path.with_name("other.sqlite3")))
        assert "approved: a price has changed, and the total has changed. Run" in told.err
    with between(lambda: desk.url, with_rates({})) as url:
        ran = replace(desk, url=url).run("run", str(path), "--json", "--plan", code)
        assert f"approved: it was made for the panel {through.url.split('//')[1]}, and this is " in ran.err
    assert not orders(desk.books)


def test_what_is_no_plan_code(desk: Desk) -> None:
    """It is told what one looks like."""
    ran = desk.run("run", str(desk.sheet("orders.xlsx", good(1))), "--plan", "yes please")
    assert ran.code == 2
    assert "is no plan code" in ran.err
