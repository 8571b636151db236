"""Refills and cancellations: what keeps a wish from being sent, what shows a drop, and what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bulkorders.core.asks import (
    ECHO,
    HINDRANCES,
    Ask,
    AskAction,
    AskState,
    Wish,
    has_dropped,
    is_open,
    is_over,
    why_not,
)
from bulkorders.core.askstold import echo, refill_told, wish_told
from bulkorders.core.model import Entry, Order, OrderStatus
from bulkorders.core.sentences import SENTENCES
from bulkorders.core.states import OrderState

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
REFILL, CANCEL = AskAction.REFILL, AskAction.CANCEL


def entry(status: str | None = "Completed", state: OrderState = OrderState.PLACED, **figures: int | None) -> Entry:
    order = Order(
        service="1", service_name="F", service_type="Default", form=(), target="x", quantity=100, cost=Decimal(1)
    )
    said = None if status is None else OrderStatus(status=status, **figures)  # type: ignore[arg-type]
    return Entry(id=1, ref="a", content="c", copy=1, row=2, order=order, state=state, order_id="7", status=said)


def ask(state: AskState = AskState.TAKEN, action: AskAction = REFILL, **more: object) -> Ask:
    return Ask(entry=1, action=action, state=state, asked_at=NOW, **({"from_cell": True} | more))  # type: ignore[arg-type]


def wish(action: AskAction = REFILL, **more: object) -> Wish:
    usual: dict[str, object] = {"row": 2, "entry": entry(), "offered": True, "from_cell": True}
    return Wish(action=action, **(usual | more))  # type: ignore[arg-type]


OPEN, DONE, REFUSED = ask(refill_id="5"), ask(refill_id="5", status="Completed"), ask(AskState.REFUSED)
CASES: list[tuple[str, Wish, str, str]] = [
    ("nothing speaks against it", wish(), "", ""),
    ("never ordered", wish(entry=None), "ask_no_order", "ask_no_order"),
    ("nobody knows", wish(entry=entry(state=OrderState.UNCONFIRMED)), "ask_unsure", "ask_unsure"),
    ("the cell asked before", wish(earlier=[DONE]), "ask_done", ""),
    ("the cell was refused before", wish(earlier=[REFUSED]), "ask_done", ""),
    ("the cell asked, and the answer was lost", wish(earlier=[ask(AskState.LOST)]), "ask_done", ""),
    ("a workbook says that it was asked", wish(echoed=True), "ask_done", ""),
    ("a command asked before and that is over", wish(earlier=[replace(DONE, from_cell=False)]), "", ""),
    ("a command asked before and that goes on", wish(earlier=[replace(OPEN, from_cell=False)]), "ask_open", ""),
    ("the command, after a refill that is over", wish(from_cell=False, earlier=[DONE]), "", ""),
    ("the command, after a no", wish(from_cell=False, earlier=[REFUSED]), "", ""),
    ("the command, after a lost answer", wish(from_cell=False, earlier=[ask(AskState.LOST)]), "ask_open", ""),
    ("the command, while one goes on", wish(from_cell=False, earlier=[OPEN]), "ask_open", ""),
    ("no refill", wish(offered=False), "ask_no_refill", "ask_no_refill"),
    ("no cancellation", wish(CANCEL, offered=False, entry=entry(None)), "ask_no_cancel", "ask_no_cancel"),
    ("a service that is not listed any more", wish(offered=None), "", ""),
    ("nothing left to cancel", wish(CANCEL), "ask_finished", "ask_finished"),
    ("something left to cancel", wish(CANCEL, entry=entry("In progress")), "", ""),
    ("not delivered yet", wish(entry=entry("In progress")), "ask_early", ""),
    ("given back", wish(entry=entry("Canceled")), "ask_not_delivered", "ask_not_delivered"),
    ("delivered in part", wish(entry=entry("Partial")), "", ""),
    ("a word of the panel's own", wish(entry=entry("Dispatched")), "", ""),
]


@pytest.mark.parametrize(("case", "wished", "code", "with_again"), CASES, ids=[c[0] for c in CASES])
def test_what_keeps_a_wish_from_being_sent(case: str, wished: Wish, code: str, with_again: str) -> None:
    """The first hindrance that holds, and the first that holds although the person says --again."""
    assert (why_not(wished, again=False), why_not(wished, again=True)) == (code, with_again)


def test_every_hindrance_has_its_case_and_its_sentence() -> None:
    """A new row of the table is tested by existing."""
    codes = {code for code, _, _ in HINDRANCES}
    assert codes == {code for _, _, code, _ in CASES} - {""}
    assert codes <= set(SENTENCES)


@pytest.mark.parametrize(
    ("state", "refill_id", "status", "open_", "over"),
    [
        (AskState.TAKEN, "5", "", True, False),
        (AskState.TAKEN, "5", "In progress", True, False),
        (AskState.TAKEN, "5", "Something new", True, False),
        (AskState.TAKEN, "5", "Completed", False, True),
        (AskState.TAKEN, "5", "Rejected", False, True),
        (AskState.TAKEN, "5", "Canceled", False, True),
        (AskState.TAKEN, "5", "Error", False, True),
        (AskState.TAKEN, "", "", False, False),
        (AskState.LOST, "", "", False, False),
        (AskState.ASKING, "", "", False, False),
        (AskState.REFUSED, "", "", False, True),
        (AskState.NOT_OFFERED, "", "", False, True),
    ],
)
def test_what_is_looked_up_and_what_is_over(
    state: AskState, refill_id: str, status: str, open_: bool, over: bool
) -> None:
    """A refill with a number is looked up until its status is final; a lost answer is never over."""
    found = ask(state, refill_id=refill_id, status=status)
    assert (is_open(found), is_over(found)) == (open_, over)


@pytest.mark.parametrize(
    ("order", "later_start", "dropped"),
    [
        (entry(remains=0, start_count=500), None, False),
        (entry(remains=40, start_count=500), None, True),
        (entry("Partial", remains=40, start_count=500), None, False),
        (entry("In progress", remains=40, start_count=500), None, False),
        (entry(remains=0, start_count=500), 599, True),
        (entry(remains=0, start_count=500), 600, False),
        (entry(remains=0, start_count=None), 10, False),
        (entry(None), 10, False),
    ],
)
def test_a_drop_shows_in_the_panels_figures(order: Entry, later_start: int | None, dropped: bool) -> None:
    """Something is missing again from a completed order, or the next order on the link began below where it ended."""
    later = [] if later_start is None else [entry(start_count=later_start)]
    assert has_dropped(order, later) == dropped


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ([], ""),
        ([ask(action=CANCEL)], ""),
        ([ask()], "Asked"),
        ([ask(refill_id="5")], "Asked (5)"),
        ([ask(refill_id="5", status="In progress")], "In progress (5)"),
        ([REFUSED], "Refused"),
        ([ask(AskState.NOT_OFFERED)], "Not offered"),
        ([ask(AskState.LOST)], "Not clear"),
        ([REFUSED, ask(refill_id="6")], "Asked (6)"),
    ],
)
def test_the_refill_column(asks: list[Ask], told: str) -> None:
    """The panel's word for the last refill with its number, else what came of asking."""
    assert refill_told(asks) == told


def test_the_action_cell_says_that_it_was_seen_to() -> None:
    """What it becomes is read back as the same wish, seen to; another wish than the last one stays as it is."""
    said = echo("refill", [ask()], UTC)
    assert said == "refill (asked on 3 November 2026)"
    found = ECHO.fullmatch(said)
    assert found
    assert found[1] == "refill"
    assert echo("cancel", [ask()], UTC) == ""
    assert echo("order", [ask(from_cell=False)], UTC) == ""
    assert echo("order", [], UTC) == ""


@pytest.mark.parametrize(
    ("cell", "asks", "status", "code"),
    [
        ("order", [], "Completed", None),
        ("refill", [], "Completed", "ask_unsent"),
        ("refill", [OPEN], "Completed", None),
        ("refill", [DONE], "Completed", None),
        ("refill", [ask(refill_id="5", status="Rejected")], "Completed", "refill_ended"),
        ("refill", [ask()], "Completed", "refill_unnumbered"),
        ("refill", [REFUSED], "Completed", "refill_refused"),
        ("refill", [ask(AskState.LOST, text="x")], "Completed", "refill_lost"),
        ("refill", [ask(AskState.ASKING)], "Completed", "refill_lost"),
        ("refill", [ask(AskState.NOT_OFFERED)], "Completed", "refill_not_offered"),
        ("cancel", [ask(action=CANCEL)], "In progress", "cancel_taken"),
        ("cancel", [ask(action=CANCEL)], "Canceled", "cancel_done"),
        ("cancel", [ask(action=CANCEL)], "Partial", "cancel_done"),
        ("cancel", [ask(action=CANCEL)], "Completed", "cancel_late"),
        ("cancel", [ask(AskState.REFUSED, action=CANCEL)], "In progress", "cancel_refused"),
        ("cancel", [ask(AskState.LOST, action=CANCEL)], "In progress", "cancel_lost"),
        ("cancel", [ask(AskState.NOT_OFFERED, action=CANCEL)], "In progress", "cancel_not_offered"),
    ],
)
def test_the_sentence_of_a_row(cell: str, asks: list[Ask], status: str, code: str | None) -> None:
    """What came of the wish in the Action cell; nothing where the columns say it all."""
    told = wish_told(cell, False, entry(status), asks, tried=True, zone=UTC)
    assert (told.code if told else None) == code


def test_emptying_the_action_cell_says_i_have_seen_it() -> None:
    """What happened stays on the row; that somebody must do something does not."""
    told = wish_told("order", False, entry(), [REFUSED], tried=True, zone=UTC)
    assert told is not None
    assert told.happened
    assert told.what_to_do == ""
