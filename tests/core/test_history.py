"""Looking back: every event has words, times and states are read as people write them, and currencies stay apart."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest

from bulkorders.core.asks import Ask, AskAction, AskState
from bulkorders.core.columns import WORDS
from bulkorders.core.glance import Strip, columns, glance
from bulkorders.core.history import (
    EVENTS,
    REPEAT_EVENTS,
    ROW_STATES,
    Counted,
    Counts,
    ask_told,
    event_told,
    since_when,
    states_named,
    statuses_like,
    sums_of,
    totals_of,
)
from bulkorders.core.states import CORRECTIONS, TRANSITIONS, Event, OrderState, RowState

KINDS = [kind for part in get_args(Event) for kind in (get_args(part) or (part,))]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize("step", [*TRANSITIONS, *CORRECTIONS], ids=lambda step: f"{step[0]}-{step[1].__name__}")
def test_every_step_has_words(step: tuple[OrderState, type[Event]]) -> None:
    """Each possible event becomes a sentence with its values in it and no name of the program's own."""
    before, kind = step
    given = {f.name: f"<{f.name}>" for f in fields(kind) if f.name in ("reason", "order_id", "text", "request")}
    told = event_told(kind.__name__, before, asdict(kind(**given)))
    assert told[0].isupper()
    assert told.rstrip('"').endswith(".") or told.endswith('>".')
    assert "{" not in told
    assert kind.__name__ not in told
    assert all(value in told for name, value in given.items() if name != "reason")


def test_no_event_is_without_words() -> None:
    """The tables know exactly the events that there are."""
    assert set(EVENTS) == {kind.__name__ for kind in KINDS}
    assert set(REPEAT_EVENTS) <= set(EVENTS)
    assert set(ROW_STATES) == set(OrderState)


def test_a_no_to_a_repeat_does_not_settle_the_first_time() -> None:
    """What came of sending an order again says nothing about the first time."""
    told = event_told("Refused", OrderState.REPEATING, {"reason": "bad", "text": "Bad {link}."})
    assert told == (
        'The panel refused it and said: "Bad {link}". Whether the first time had come through stayed unclear.'
    )


@pytest.mark.parametrize("state", AskState)
@pytest.mark.parametrize("action", AskAction)
def test_every_ask_has_words(action: AskAction, state: AskState) -> None:
    """A refill or cancellation: that it was asked for, and what came of it, whatever the panel's words are."""
    ask = Ask(
        *(), entry=1, action=action, state=state, from_cell=True, refill_id="7{", status="{x}", text="{}", asked_at=NOW
    )
    told = ask_told(ask, NOW)
    assert len(told) == (1 if state is AskState.ASKING else 2)
    assert told[0].told.endswith("was asked for, as the Action cell said.")
    if action is AskAction.REFILL and state is AskState.TAKEN:
        assert told[1].told == "The panel took the refill, with the number 7{; it stands at {x}."


@pytest.mark.parametrize(
    ("text", "ago"),
    [("7d", timedelta(days=7)), ("12 H", timedelta(hours=12)), (" 2w ", timedelta(weeks=2)), ("0d", timedelta())],
)
def test_so_long_ago(text: str, ago: timedelta) -> None:
    """Hours, days and weeks."""
    assert since_when(text, NOW) == NOW - ago


def test_a_date_is_of_this_computer() -> None:
    """A date begins at midnight by the clock of this computer."""
    assert since_when("2026-11-03", NOW) == datetime(2026, 11, 3).astimezone()
    assert since_when("2026-11-03 14:00", NOW) == datetime(2026, 11, 3, 14).astimezone()


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7m", "03.11.2026", "2026-13-01", "9999w9", "20261103", "-7d"])
def test_no_time(text: str) -> None:
    """What means no time is not guessed."""
    assert since_when(text, NOW) is None


def test_states_by_either_name() -> None:
    """The workbook's word and the program's name mean the same; other words mean none, and Fix is no order."""
    assert states_named("ordered") == states_named("PLACED") == {OrderState.PLACED}
    assert states_named("Check") == {OrderState.SENDING, OrderState.UNCONFIRMED, OrderState.REPEATING}
    assert states_named("Ready") == states_named("Waiting") == {OrderState.READY}
    assert states_named(WORDS[RowState.INVALID]) == frozenset()
    assert states_named("open") is None


def test_statuses_in_any_spelling() -> None:
    """A status means its other spellings, too; an unknown word only itself."""
    known = ["Cancelled", "Canceled", "Partial", "Frozen"]
    assert statuses_like("canceled", known) == ["Cancelled", "Canceled"]
    assert statuses_like("frozen", known) == ["Frozen"]
    assert statuses_like("Odd", known) == []


def test_currencies_and_panels_are_never_added() -> None:
    """Each panel and each currency has totals and a sum of its own, to the last digit."""

    def one(panel: str, currency: str, amount: str, counts: Counts = Counts.CHARGED) -> Counted:
        return Counted(
            *(),
            panel=panel,
            currency=currency,
            day="2026-11-26",
            service="1",
            service_name="Likes",
            counts=counts,
            amount=Decimal(amount),
            orders=1,
        )

    given = [one("a", "USD", "0.1"), one("a", "EUR", "5"), one("b", "USD", "7"), one("a", "USD", "0.2000000001")]
    given += [one("a", "USD", "3", Counts.OPEN), one("a", "USD", "4", Counts.UNCLEAR)]
    sums = {(t.panel, t.currency): t for t in sums_of(totals_of(given))}
    assert {key: t.charged for key, t in sums.items()} == {
        ("a", "EUR"): Decimal(5),
        ("a", "USD"): Decimal("0.3000000001"),
        ("b", "USD"): Decimal(7),
    }
    ours = sums["a", "USD"]
    assert (ours.orders, ours.open, ours.expected, ours.unclear, ours.possible) == (3, 1, Decimal(3), 1, Decimal(4))


@pytest.mark.parametrize("width", [60, 80, 110, None])
def test_a_table_fits(width: int | None) -> None:
    """Columns give way until the table fits, wide signs count double, and nothing can steer the terminal."""
    strips = [
        Strip(heading="ID", cells=["1", "22"], right=True),
        Strip(heading="Name", cells=["\x1b[2J点赞" * 20, "short\nname"], least=10),
        Strip(heading="Link", cells=["https://example.com/" + "x" * 90, ""], least=12, goes=1),
    ]
    lines = glance(strips, width)
    assert all(columns(line) <= (width or 1000) for line in lines)
    assert all(line.isprintable() for line in lines)
    assert "short name" in lines[2]
    assert ("…" in lines[1]) == (width is not None)


def test_what_does_not_fit_at_all_goes() -> None:
    """The column that may go goes; the others stay whole."""
    strips = [Strip(heading="Order", cells=["1234567890"]), Strip(heading="Link", cells=["x" * 30], least=12, goes=1)]
    assert glance(strips, 20) == ["Order", "1234567890"]
