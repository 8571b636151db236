"""`resolve`: a person says what became of a row whose answer was lost, and is believed as far as the panel agrees."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from bulkorders.sandbox import orders
from tests.desk import QUICK, Desk
from tests.test_run import FAST, HEADING, good, id_of, links, results, states

LOST = "reset-after@2"
ABSENT = "reset-before@2"


def lose(desk: Desk, rows: int = 3) -> Path:
    """Run a file whose second row (row 3 of the sheet) gets no answer."""
    path = desk.sheet("orders.xlsx", good(*range(1, rows + 1)))
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1")
    assert ran.json["unconfirmed"] == 1, ran.err
    return path


def log(ledger: Path) -> list[tuple[str, str, str]]:
    """The events of the row that was lost: name, state before, state after."""
    with sqlite3.connect(ledger) as db:
        return list(
            db.execute(
                """SELECT event, before, after FROM events WHERE entry =
                (SELECT MIN(entry) FROM events WHERE event = 'AnswerLost') ORDER BY id"""
            )
        )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where the test's ledger is."""
    return tmp_path / "ledger" / "ledger.sqlite3"


def test_it_was_placed(desk_with: Callable[..., Desk], ledger: Path) -> None:
    """A number that the panel knows and that fits is believed: the row is ordered, refreshed, and never sent again."""
    desk = desk_with(faults=LOST, speed=QUICK)
    path = lose(desk)
    number = id_of(desk, "https://example.com/2")
    ran = desk.run("resolve", str(path), "--row", "3", "--order", number, "--json")
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err
    (row,) = [r for r in results(ran.json["results"]) if r["Row"] == 3]
    assert (row["Result"], row["Order ID"], row["Status"]) == ("Ordered", number, "Completed")
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 0
    assert set(links(desk).values()) == {1}
    assert log(ledger)[-1] == ("Settled", "unconfirmed", "placed")


def test_it_was_not_placed(desk_with: Callable[..., Desk], ledger: Path) -> None:
    """A row that is not on the panel's Orders page is ordered by the next run, once."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    path = lose(desk)
    ran = desk.run("resolve", str(path), "--row", "3", "--not-placed", "--json")
    assert (ran.code, states(ran)) == (0, {"placed": 2, "ready": 1}), ran.err
    assert "Row 3 was not placed; the next run orders it." in ran.err
    assert len(orders(desk.books)) == 2
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 1
    assert set(links(desk).values()) == {1}
    assert [event for event, _, _ in log(ledger)] == [
        *("SendStarted", "AnswerLost", "ConfirmedAbsent", "SendStarted", "Accepted")
    ]


NOT_BELIEVED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "unknown to the panel": (LOST, ("--row", "3", "--order", "99"), "The panel does not know order 99"),
    "the order of another row": (
        LOST,
        ("--row", "3", "--order", "{first}"),
        "is another order already (file orders.xlsx, row 2)",
    ),
    "an older order of somebody": (LOST, ("--row", "3", "--order", "{older}"), "which was there before this row"),
    "not absent": (LOST, ("--row", "3", "--not-placed"), "very probably ordered"),
    "a row that the panel confirmed": (LOST, ("--row", "2", "--not-placed"), "the panel said so itself"),
    "a row that was never sent": (LOST, ("--row", "77", "--not-placed"), "was never sent"),
}


@pytest.mark.parametrize("case", NOT_BELIEVED)
def test_what_cannot_be_believed_changes_nothing(desk_with: Callable[..., Desk], case: str, ledger: Path) -> None:
    """An answer that the panel or the balance speaks against is told with its reason, and the row stays Check."""
    faults, words, told = NOT_BELIEVED[case]
    desk = desk_with(faults=faults, speed=QUICK)
    older = desk.sheet("older.xlsx", good(50))
    desk_with().run("run", str(older), *FAST, "--job", "older")
    with sqlite3.connect(ledger) as db:  # somebody else's order, as far as this ledger knows
        db.execute("UPDATE entries SET order_id = '1'")
    path = lose(desk)
    ids = {"first": id_of(desk, "https://example.com/1"), "older": id_of(desk, "https://example.com/50")}
    ran = desk.run("resolve", str(path), *(w.format(**ids) for w in words))
    assert ran.code == 2
    assert told in ran.err
    assert "Nothing was changed" in ran.err
    assert log(ledger)[-1][0] == "AnswerLost"
    assert desk.run("check", str(path), "--json", "--no-results").json["unconfirmed"] == 1


def test_a_doubtful_answer_given_twice_counts(desk_with: Callable[..., Desk]) -> None:
    """--yes is the second time: the person answers for it."""
    desk = desk_with(faults=LOST, speed=QUICK)
    path = lose(desk)
    ran = desk.run("resolve", str(path), "--row", "3", "--not-placed", "--yes", "--json")
    assert states(ran) == {"placed": 2, "ready": 1}


def test_a_wrong_answer_can_be_corrected(desk_with: Callable[..., Desk], ledger: Path) -> None:
    """Not placed, no, placed as this, no, as that: the last word counts, and the log keeps all of them."""
    desk = desk_with(faults="reset-after@2+3", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    desk.run("run", str(path), *FAST, "--concurrency", "1")
    second, third = (id_of(desk, f"https://example.com/{n}") for n in (2, 3))
    say = ("resolve", str(path), "--row", "3", "--yes")
    for words in (("--not-placed",), ("--order", third), ("--not-placed",), ("--order", second)):
        assert desk.run(*say, *words).code == 1
    ran = desk.run("resolve", str(path), "--row", "4", "--order", third, "--json")
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err
    assert [event for event, _, _ in log(ledger)] == [
        *("SendStarted", "AnswerLost", "ConfirmedAbsent", "Settled", "ConfirmedAbsent", "Settled")
    ]
    assert desk.run("run", str(path), *FAST).json["placed_now"] == 0
    assert set(links(desk).values()) == {1}


def test_a_settled_order_is_not_denied_lightly(desk_with: Callable[..., Desk]) -> None:
    """The panel knows the order that a row was settled as: taking it back needs a second word."""
    desk = desk_with(faults=LOST, speed=QUICK)
    path = lose(desk)
    desk.run("resolve", str(path), "--row", "3", "--order", id_of(desk, "https://example.com/2"))
    ran = desk.run("resolve", str(path), "--row", "3", "--not-placed")
    assert ran.code == 2
    assert "and the panel knows that order" in ran.err


def test_without_a_terminal_the_evidence_is_shown_and_nothing_asked(desk_with: Callable[..., Desk]) -> None:
    """When it was sent, what came back, what it costs, what the balance says, where to look, and how to answer."""
    desk = desk_with(faults=LOST, speed=QUICK)
    ran = desk.run("resolve", str(lose(desk)))
    assert ran.code == 2
    for part in (
        *(
            "Row 3: service 1 ",
            "https://example.com/2, 100, costs 0.09 USD",
            "Sent on ",
            "What came back: the conn",
        ),
        *(
            "The order before it was ",
            "the missing 0.09 is what row 3 costs: it was very probably ordered",
            "Orders page",
        ),
        *("--row N --order ID", "--not-placed"),
    ):
        assert part in ran.err


def test_the_results_tell_what_the_balance_says(desk_with: Callable[..., Desk]) -> None:
    """Whoever reads only the workbook sees the arithmetic beside the row to check."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    lose(desk)
    (row,) = [r for r in results(desk.folder / "orders.results.xlsx") if r["Result"] == "Check"]
    assert "row 3 was very probably not ordered" in row["What to do"]


def test_a_killed_run_has_its_balance_too(desk_with: Callable[..., Desk]) -> None:
    """A run that could not read the balance at its end gets it when the next command begins, before it orders."""
    desk = desk_with(faults="silence@2", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2))
    process = desk.start("run", str(path), "--yes", "--rate", "0", "--concurrency", "1")
    while len(orders(desk.books)) < 2:
        assert process.poll() is None
    process.kill()
    process.communicate()
    ran = desk.run("resolve", str(path))
    assert "the program was stopped before the answer came" in ran.err
    assert "the missing 0.09 is what row 3 costs: it was very probably ordered" in ran.err


def test_a_row_that_left_the_file_can_be_settled(desk_with: Callable[..., Desk]) -> None:
    """The order of a deleted row is still shown, under the number that its row had."""
    desk = desk_with(faults=LOST, speed=QUICK)
    path = lose(desk)
    desk.sheet("orders.xlsx", good(1, 3))
    assert "Row 3 (no longer in the file)" in desk.run("resolve", str(path)).err
    number = id_of(desk, "https://example.com/2")
    assert desk.run("resolve", str(path), "--row", "3", "--order", number).code == 0


def test_nothing_to_settle(desk: Desk) -> None:
    """A file without lost answers says so, and its results are refreshed."""
    path = desk.sheet("orders.xlsx", good(1))
    desk.run("run", str(path), *FAST)
    ran = desk.run("resolve", str(path))
    assert ran.code == 0
    assert "there is nothing to settle" in ran.err


@pytest.mark.parametrize("words", [("--row", "3"), ("--order", "1"), ("--row", "3", "--order", "1", "--not-placed")])
def test_half_an_answer_is_wrong_usage(desk: Desk, words: tuple[str, ...]) -> None:
    """A row needs exactly one answer, and an answer needs a row."""
    ran = desk.run("resolve", str(desk.sheet("orders.xlsx", good(1))), *words)
    assert ran.code == 2
    assert "Name a row with --row N" in ran.err


def test_the_panel_is_away(desk_with: Callable[..., Desk]) -> None:
    """A number that cannot be looked up now is not believed now: exit 3, and the row stays as it is."""
    desk = desk_with(faults=f"{LOST},status.error-before@2-99", speed=QUICK)
    path = lose(desk)
    number = id_of(desk, "https://example.com/2")
    ran = desk.run("resolve", str(path), "--row", "3", "--order", number)
    assert ran.code == 3
    assert desk.run("check", str(path), "--json", "--no-results").json["unconfirmed"] == 1


def test_at_a_terminal_each_row_is_asked_about(desk_with: Callable[..., Desk]) -> None:
    """A wrong number is explained and asked again, "no" is asked twice where the balance speaks against it, Enter
    leaves the row as it is.
    """
    from tests.terminal import at_terminal

    desk = desk_with(faults="reset-after@2+3,reset-before@4", speed=QUICK)
    heading, *rows = good(1, 2, 3, 4)
    priced = [[service, link, quantity * n, client] for n, (service, link, quantity, client) in enumerate(rows, 1)]
    path = desk.sheet("orders.xlsx", [heading, *priced])
    desk.run("run", str(path), *FAST, "--concurrency", "1")
    terminal = at_terminal(desk, "resolve", str(path))
    assert "Row 3: service 1" in terminal.until("decide later): ")
    terminal.type("12")
    terminal.until("The panel does not know order 12")
    terminal.until("decide later): ")
    terminal.type(id_of(desk, "https://example.com/2"))
    assert "Row 3 is order " in terminal.until("Row 4: ")
    terminal.until("decide later): ")
    terminal.type("no")
    terminal.until("really not on the panel's Orders page? [y/N]: ")
    terminal.type("n")
    terminal.until("decide later): ")
    terminal.type("")
    terminal.until("Row 4 stays as it is.")
    terminal.until("decide later): ")
    terminal.type("not placed")
    terminal.until("Row 5 was not placed; the next run orders it.")
    assert terminal.end() == 1
    ran = desk.run("check", str(path), "--json", "--no-results")
    assert states(ran) == {"placed": 2, "unconfirmed": 1, "ready": 1}


def test_ctrl_c_at_the_question(desk_with: Callable[..., Desk]) -> None:
    """Ctrl-C ends the questions; what was answered before counts."""
    from tests.terminal import at_terminal

    desk = desk_with(faults="reset-after@2+3", speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    desk.run("run", str(path), *FAST, "--concurrency", "1")
    terminal = at_terminal(desk, "resolve", str(path))
    terminal.until("decide later): ")
    terminal.type(id_of(desk, "https://example.com/2"))
    terminal.until("Row 4: ")
    terminal.until("decide later): ")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Interrupted." in terminal.shown
    assert states(desk.run("check", str(path), "--json", "--no-results")) == {"placed": 2, "unconfirmed": 1}


# --- in the results workbook ------------------------------------------------------------------------------------------


def type_into(desk: Desk, row: int, text: str, column: str = "Order ID") -> Path:
    """Type a text into a cell of the results workbook, as a person does, and save it."""
    path = desk.folder / "orders.results.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    heading = [cell.value for cell in sheet[1]]
    (line,) = [r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == row]
    sheet.cell(line, heading.index(column) + 1, text)
    book.save(path)
    return path


@pytest.mark.parametrize("which", ["orders.xlsx", "orders.results.xlsx"])
def test_a_number_typed_into_the_results(desk_with: Callable[..., Desk], which: str) -> None:
    """Under Order ID of the row to check, in the workbook beside the file or fed in: looked up, and believed."""
    desk = desk_with(faults=LOST, speed=QUICK)
    lose(desk)
    number = id_of(desk, "https://example.com/2")
    type_into(desk, 3, number)
    ran = desk.run("run", str(desk.folder / which), *FAST)
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 3}, 0), ran.err
    assert {r["Row"]: r["Order ID"] for r in results(ran.json["results"])}[3] == number


@pytest.mark.parametrize("which", ["orders.xlsx", "orders.results.xlsx"])
def test_not_placed_typed_into_the_results(desk_with: Callable[..., Desk], which: str) -> None:
    """The words `not placed`: the same run orders the row, once, and the words are gone from the workbook."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    lose(desk)
    type_into(desk, 3, "Not placed")
    ran = desk.run("run", str(desk.folder / which), *FAST)
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 3}, 1), ran.err
    assert set(links(desk).values()) == {1}
    assert "ot placed" not in str(results(ran.json["results"]))


NOT_TYPED_WELL: dict[str, tuple[str, str, str]] = {
    "unknown to the panel": (LOST, "99", "The panel does not know order 99"),
    "the balance speaks against it": (LOST, "not placed", "very probably ordered"),
}


@pytest.mark.parametrize("case", NOT_TYPED_WELL)
def test_what_was_typed_is_not_believed(desk_with: Callable[..., Desk], case: str) -> None:
    """The run goes on without that row, and the row itself says why."""
    faults, typed, told = NOT_TYPED_WELL[case]
    desk = desk_with(faults=faults, speed=QUICK)
    path = lose(desk)
    type_into(desk, 3, typed)
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (1, {"placed": 2, "unconfirmed": 1})
    assert told in {r["Row"]: r["What to do"] for r in results(ran.json["results"])}[3]
    assert len(orders(desk.books)) == 3


def test_not_placed_counts_for_one_lost_answer_only(desk_with: Callable[..., Desk]) -> None:
    """Typed, ordered again, and that answer is lost in a killed run, too: the words in the old workbook are about the
    first time and settle nothing.
    """
    desk = desk_with(faults="reset-before@2,silence@4", speed=QUICK)
    path = lose(desk)
    stale = shutil.copy(type_into(desk, 3, "not placed"), desk.folder / "stale.xlsx")
    process = desk.start("run", str(path), "--yes", "--rate", "0", "--concurrency", "1")
    while len(orders(desk.books)) < 3:
        assert process.poll() is None
    process.kill()
    process.communicate()
    for _ in range(2):
        shutil.copy(stale, desk.folder / "orders.results.xlsx")
        ran = desk.run("run", str(path), *FAST)
        assert states(ran) == {"placed": 2, "unconfirmed": 1}
        assert "was not typed for what happened last" in ran.err
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 2, "unconfirmed": 1}
    assert set(links(desk).values()) == {1}


def test_words_in_a_sheet_of_the_persons_own_settle_nothing(desk_with: Callable[..., Desk]) -> None:
    """A file with `not placed` under its own Order ID heading would say so for ever: it is not believed."""
    desk = desk_with(faults="reset-after@1", speed=QUICK)
    heading, row = good(1)
    path = desk.sheet("orders.xlsx", [[*heading, "Order ID"], [*row, "not placed"]])
    for _ in range(2):
        ran = desk.run("run", str(path), *FAST)
        assert states(ran) == {"unconfirmed": 1}
    assert len(orders(desk.books)) == 1


def test_not_placed_counts_although_that_run_ended_before_it_ordered(desk_with: Callable[..., Desk]) -> None:
    """The words were believed, and then nobody agreed to order: the old workbook still calls the row Check, and the
    ledger knows better.
    """
    desk = desk_with(faults=ABSENT, speed=QUICK)
    path = lose(desk)
    type_into(desk, 3, "not placed")
    assert desk.run("run", str(path)).code == 2
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err
    assert set(links(desk).values()) == {1}


def test_a_row_of_our_own_workbook_that_was_changed_was_not_sent(desk_with: Callable[..., Desk]) -> None:
    """Another quantity in a row to check: held beside the order that was sent, and not taken for one of another
    computer.
    """
    desk = desk_with(faults=ABSENT, speed=QUICK)
    lose(desk)
    path = desk.folder / "orders.results.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    heading = [cell.value for cell in sheet[1]]
    sheet.cell(3, heading.index("Quantity") + 1, 200)
    book.save(path)
    ran = desk.run("run", str(path), *FAST)
    assert states(ran) == {"placed": 2, "held": 1}
    assert "taken over" not in ran.err
    assert "It now says quantity 200" in ran.err


def test_results_of_another_file_in_the_same_place_are_not_this_files(desk_with: Callable[..., Desk]) -> None:
    """One --results for two files: the row to check of the first is not taken into the job of the second."""
    desk = desk_with(faults="reset-after@1", speed=QUICK)
    shared = ("--results", str(desk.folder / "all.xlsx"))
    desk.run("run", str(desk.sheet("first.xlsx", good(1))), *FAST, *shared)
    second = desk.sheet("second.xlsx", good(2))
    assert states(desk.run("run", str(second), *FAST, *shared)) == {"placed": 1}
    assert "there is nothing to settle" in desk.run("resolve", str(second), *shared).err


def test_a_check_on_another_computer_does_not_hide_a_lost_answer(desk_with: Callable[..., Desk], ledger: Path) -> None:
    """The row to check goes from workbook to workbook, through one that a mere check wrote elsewhere."""
    desk = desk_with(faults=LOST, speed=QUICK)
    lose(desk)
    ledger.rename(ledger.with_name("first.sqlite3"))
    seen = desk.folder / "seen.xlsx"
    desk.run("check", str(desk.folder / "orders.results.xlsx"), "--results", str(seen))
    assert states(desk.run("run", str(seen), *FAST)) == {"placed": 2, "unconfirmed": 1}
    assert set(links(desk).values()) == {1}


def test_rows_are_told_by_their_numbers_of_today(desk_with: Callable[..., Desk]) -> None:
    """The file was sorted since: the evidence, the order before, and what was typed name the rows as they are now."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    path = lose(desk)
    first = id_of(desk, "https://example.com/1")
    desk.sheet("orders.xlsx", good(2, 3, 1))
    told = desk.run("resolve", str(path)).err
    assert "row 2 was very probably not ordered" in told
    assert f"The order before it was {first} (file orders.xlsx, row 4)" in told
    type_into(desk, 3, "not placed")
    assert "Row 2 was not placed; it is ready to be ordered." in desk.run("run", str(path), *FAST).err


def test_evidence_about_rows_that_are_gone(desk_with: Callable[..., Desk]) -> None:
    """A number that another row has now is told as that of a row which is no longer in the file."""
    desk = desk_with(faults="reset-after@1,reset-before@2", speed=QUICK)
    path = desk.sheet("orders.xlsx", [HEADING, [1, "https://example.com/1", 200, ""], *good(2)[1:]])
    desk.run("run", str(path), *FAST, "--concurrency", "1")
    desk.sheet("orders.xlsx", good(2))
    told = desk.run("resolve", str(path)).err
    assert "is what row 2 (no longer in the file) costs: row 2 was very probably not ordered" in told


def test_typed_for_a_row_that_left_the_file(desk_with: Callable[..., Desk]) -> None:
    """Nothing orders it, and nothing is said to."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    path = lose(desk)
    type_into(desk, 3, "not placed")
    desk.sheet("orders.xlsx", good(1, 3))
    ran = desk.run("run", str(path), *FAST)
    assert "Row 3 was not placed; it can be ordered again only from the file." in ran.err
    assert len(orders(desk.books)) == 2


def test_a_number_counts_for_one_lost_answer_only(desk_with: Callable[..., Desk]) -> None:
    """Fed in with a number of long ago: it is not believed, and not written back as if it were typed today."""
    desk = desk_with(faults="reset-before@2+4", speed=QUICK)
    lose(desk)
    path = desk.folder / "orders.results.xlsx"
    other = desk.sheet("other.xlsx", good(9))
    desk_with().run("run", str(other), *FAST, "--ledger", str(desk.folder / "elsewhere.sqlite3"))
    stale = shutil.copy(type_into(desk, 3, id_of(desk, "https://example.com/9")), desk.folder / "stale.xlsx")
    type_into(desk, 3, "not placed")
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 2, "unconfirmed": 1}
    shutil.copy(stale, path)
    for _ in range(2):
        assert states(desk.run("run", str(path), *FAST)) == {"placed": 2, "unconfirmed": 1}


def test_a_check_keeps_what_was_typed(desk_with: Callable[..., Desk]) -> None:
    """A mere check settles nothing, so it leaves the workbook alone in which somebody has typed."""
    desk = desk_with(faults=ABSENT, speed=QUICK)
    path = lose(desk)
    type_into(desk, 3, "not placed")
    desk.run("check", str(path))
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err
