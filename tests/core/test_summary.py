"""Figures and sentences of the Summary."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bulkorders.core.asks import Ask, AskAction, AskState
from bulkorders.core.columns import NEEDS_PERSON, Report, Result
from bulkorders.core.model import Row
from bulkorders.core.sheets import Places, summary_page, work_told
from bulkorders.core.states import RowState
from bulkorders.core.summary import (
    MEANING,
    PERSON,
    asked_told,
    charged,
    cost_told,
    counts,
    estimated,
    headline,
    open_told,
    running,
    spend_by_service,
    to_do,
)


def rows(*states: RowState, **more: object) -> list[Result]:
    """One row of each of these states, costing 1.00."""
    return [
        Result(row=Row(number=n, cells=()), state=s, estimated_cost=Decimal(1), **more)  # type: ignore[arg-type]
        for n, s in enumerate(states, start=2)
    ]


def report(results: list[Result], **more: object) -> Report:
    """A report on them."""
    made = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
    return Report(file="o.xlsx", panel="p", made_at=made, headings=(), results=results, currency="USD", **more)  # type: ignore[arg-type]


P, R, W, H, S, U, F = (
    RowState.PLACED,
    RowState.READY,
    RowState.WAITING,
    RowState.HELD,
    RowState.SKIPPED,
    RowState.UNCONFIRMED,
    RowState.INVALID,
)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ((P, P), "All 2 rows are ordered."),
        ((P,), "The only row is ordered."),
        ((P, S), "All is well: 1 row is ordered, 1 skipped."),
        ((S, S), "Nothing was to be ordered: 2 rows skipped."),
        ((), "There are no rows to order."),
        ((P, H), "1 row needs a person: 1 held back. 1 of 2 rows ordered."),
        ((P, H, U, W), "2 rows need a person: 1 held back, 1 to check. 1 of 4 rows ordered. 1 waiting."),
        ((F, F, RowState.REFUSED), "3 rows need a person: 2 to fix, 1 refused. 0 of 3 rows ordered."),
        ((P, W), "Not finished yet: 1 row ordered, 1 waiting for the next run."),
        ((R, R), "2 rows can be ordered; nothing is wrong."),
    ],
)
def test_the_headline(states: tuple[RowState, ...], told: str) -> None:
    """One sentence says whether everything is all right."""
    assert headline(report(rows(*states))) == told


def test_every_state_is_counted_and_explained() -> None:
    """All eight states are in the counts, and each has its meaning in words."""
    found = counts(report(rows(*RowState)))
    assert set(found) == set(MEANING) == set(RowState)
    assert sum(found.values()) == len(RowState)


def test_money_is_exact() -> None:
    """Only what was or may be spent is estimated; charges are what the panel told."""
    results = [*rows(P, U, W, R, charge=Decimal("0.1")), *rows(F, H, S, RowState.REFUSED)]
    assert estimated(report(results)) == 4
    assert charged(report(results)) == Decimal("0.4")


def test_rows_that_went_astray_are_to_do() -> None:
    """An ordered row with something to do is listed; one without is not."""
    results = rows(P, what_to_do="Order it again.") + rows(P)
    assert len(to_do(report(results))) == 1
    told = headline(report(results))
    assert told == "1 row needs a person: 1 ordered but not as wanted. 2 of 2 rows ordered."
    assert len(running(report(rows(P) + rows(P, final=True)))) == 1


def test_many_services_are_added_up() -> None:
    """The dearest fourteen by name, the others in one line; nothing is lost from the sum."""
    results = [
        Result(row=Row(number=n, cells=()), state=P, service=str(n), estimated_cost=Decimal(n)) for n in range(1, 31)
    ]
    spent = spend_by_service(report(results))
    assert len(spent) == 15
    assert spent[0].service == "30"
    assert spent[-1].service == "16 other services"
    assert sum(s.estimated for s in spent) == estimated(report(results))


def shown(told: Report) -> list[str]:
    """The text of the first column of the Summary, line by line."""
    places = Places(orders="Orders", row=lambda index: index + 2, cell=lambda act: None)
    return [str(line.cells[0].value) for line in summary_page(told, places).lines if line.cells and line.cells[0]]


def test_the_summary_answers_in_the_order_of_the_questions() -> None:
    """Is all right; what must I do; what does it cost; what is open; when and from what this was made."""
    told = shown(report(rows(P, H), stopped="Stopped.", notes=["A note."]))
    sections = ("What you must do", "What was ordered and what it costs", "What is still open, and since when")
    places = [told.index(text) for text in (*sections, "About this workbook")]
    assert places == sorted(places)
    assert told[1].startswith("1 row needs a person")
    assert told[told.index(sections[0]) + 1] == "Stopped."
    assert "Please look at 1 row: the sheet To do has each of them." in told
    assert told[-2] == "Made on 3 November 2026 at 14:30 (UTC, as all times here) from o.xlsx, panel p."
    assert told[-1] == "Note: A note."


def test_what_must_be_done_is_told_once_for_rows_that_need_the_same() -> None:
    """Rows are named up to six, kinds of work up to eight; each line leads to the first of its rows."""
    same = rows(*[F] * 9, what_to_do="Change the quantity.")
    assert work_told(report(same)) == [
        ("Rows 2, 3, 4, 5, 6, 7 and 3 more (Fix): Change the quantity.", 0),
    ]
    many = [rows(F, what_to_do=f"Do {n}.")[0] for n in range(20)]
    assert len(work_told(report(rows(P) + many))) == 8
    assert work_told(report(rows(P) + many))[0] == ("Row 2 (Fix): Do 0.", 1)


def test_a_chart_tells_its_figures_in_words() -> None:
    """Its description has every number, and its names stand in the rows that it is drawn from."""
    places = Places(orders="Orders", row=lambda index: index + 2, cell=lambda act: None)
    page = summary_page(report(rows(P, P, F, service="7")), places)
    lines = list(page.lines)
    assert [chart.description for chart in page.charts] == [
        "Rows by result: Ordered 2, Fix 1",
        "Estimated cost by service (USD): 7 2.00",
    ]
    for chart in page.charts:
        named = [lines[chart.first - 1 + n].cells for n in range(len(chart.names))]
        assert [cells[0].value for cells in named if cells[0]] == list(chart.names)
        assert [cells[chart.column].value for cells in named if cells[chart.column]] == list(chart.numbers)


@pytest.mark.parametrize("states", [(P, H), (P, W, F), (R, U), (H,)])
@pytest.mark.parametrize("wrong", [0, 2])
def test_headline_and_first_line_count_the_same_rows(states: tuple[RowState, ...], wrong: int) -> None:
    """What needs a person is one number, wherever it is told."""
    told = report(rows(*states) + rows(*[P] * wrong, what_to_do="Order it again."))
    todo = len(to_do(told))
    assert (str(todo) in headline(told).split(" ", 1)[0]) == bool(todo)
    assert any(f"look at {todo} row" in line for line in shown(told)) == bool(todo)


def test_every_state_that_needs_a_person_has_its_words() -> None:
    """The headline can say what each of them is."""
    assert set(PERSON) == NEEDS_PERSON | {P}


@pytest.mark.parametrize(
    ("states", "more", "told"),
    [
        ((P,), {}, "Estimated cost 1.00 USD; charged so far 0.00 USD."),
        ((U,), {}, "Estimated cost 1.00 USD; charged so far 0.00 USD."),
        ((R, W), {}, "Nothing has been ordered yet; it will cost about 2.00 USD."),
        ((F,), {}, "Nothing has been ordered."),
        ((P,), {"balance": Decimal("9.5")}, "charged so far 0.00 USD. The account has 9.50 USD left."),
    ],
)
def test_money_is_told_in_the_right_tense(states: tuple[RowState, ...], more: dict[str, object], told: str) -> None:
    """What was not ordered has not cost anything: it will."""
    assert cost_told(report(rows(*states), **more)).endswith(told)


MORNING = datetime(2026, 11, 3, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        (rows(P, P), ["2 orders are still being delivered. Run the file again to see how far they are."]),
        (
            [*rows(P, ordered_at=MORNING), *rows(P, ordered_at=datetime(2026, 11, 3, 9, 0, tzinfo=UTC))],
            [
                "2 orders are still being delivered, the oldest since 3 November 2026 at 07:05 (row 2). "
                "Run the file again to see how far they are."
            ],
        ),
        (rows(P, final=True), ["Nothing is open: no order is still running."]),
        (
            rows(U, updated_at=MORNING),
            [
                "1 row was sent on 3 November 2026 at 07:05 (row 2), "
                "and nobody knows yet whether the panel took the order."
            ],
        ),
        (rows(W, W), ["2 rows wait for the next run and cost nothing until then."]),
        (rows(R), ["1 row can be ordered: nothing of this was ordered yet."]),
    ],
    ids=["running", "since", "final", "check", "waiting", "ready"],
)
def test_what_is_still_open_is_told(results: list[Result], told: list[str]) -> None:
    """How many orders can still change and since when; what waits; and, where nothing does, that nothing does."""
    assert open_told(report(results)) == told


def asked(action: AskAction, state: AskState, status: str = "") -> Ask:
    return Ask(entry=1, action=action, state=state, from_cell=True, refill_id="5", status=status, asked_at=MORNING)


REFILL, CANCEL = AskAction.REFILL, AskAction.CANCEL


@pytest.mark.parametrize(
    ("asks", "more", "told"),
    [
        ((), {}, []),
        ((asked(REFILL, AskState.TAKEN),), {}, ["Refills asked for: 2 Asked."]),
        ((asked(REFILL, AskState.TAKEN, "Completed"),), {}, ["Refills asked for: 2 Completed."]),
        ((asked(REFILL, AskState.LOST), asked(REFILL, AskState.REFUSED)), {}, ["Refills asked for: 2 Refused."]),
        ((asked(CANCEL, AskState.TAKEN),), {"status": "Pending"}, ["Cancellations asked for: 2 not shown yet."]),
        ((asked(CANCEL, AskState.TAKEN),), {"status": "Canceled"}, ["Cancellations asked for: 2 done."]),
        ((asked(CANCEL, AskState.TAKEN),), {"status": "Completed"}, ["Cancellations asked for: 2 too late."]),
        ((asked(CANCEL, AskState.LOST),), {"status": "Canceled"}, ["Cancellations asked for: 2 not clear."]),
        (
            (asked(REFILL, AskState.NOT_OFFERED), asked(CANCEL, AskState.REFUSED)),
            {},
            ["Refills asked for: 2 Not offered.", "Cancellations asked for: 2 refused."],
        ),
    ],
)
def test_what_became_of_refills_and_cancellations(
    asks: tuple[Ask, ...], more: dict[str, object], told: list[str]
) -> None:
    """The last ask of each row counts; a cancellation is done only when the order's status says so."""
    assert asked_told(report(rows(P, P, asks=asks, **more))) == told


def test_open_refills_are_told() -> None:
    """One that is final is not open, nor one without a number of its own."""
    asks = [asked(REFILL, AskState.TAKEN, word) for word in ("Pending", "Completed", "")]
    results = [row for ask in asks for row in rows(P, final=True, asks=(ask,))]
    assert open_told(report(results)) == ["2 refills are not finished yet. Run the file again to see how far they are."]


def test_progress_is_whole_only_when_nothing_is_missing() -> None:
    """Hundredths, rounded down; nothing where it is not known what was ordered or what remains."""
    told = [rows(P, quantity=q, remains=r)[0].progress for q, r in ((1000, 1), (1000, 0), (3, 2), (None, 1), (5, None))]
    assert told == [Decimal("0.99"), Decimal(1), Decimal("0.33"), None, None]
