"""The life of an order: the table, and the one rule behind it."""

from __future__ import annotations

from typing import get_args

import pytest

from bulkorders.core.states import (
    CORRECTIONS,
    TRANSITIONS,
    Accepted,
    Adopted,
    AdoptedUnsure,
    AnswerLost,
    ConfirmedAbsent,
    Event,
    IllegalEvent,
    NotSent,
    OrderState,
    Postponed,
    Refused,
    RepeatStarted,
    RetryAsked,
    SendStarted,
    Settled,
    next_state,
)

EVENTS = (
    SendStarted(),
    Accepted(order_id="1"),
    Adopted(order_id="1"),
    AdoptedUnsure(text="a workbook says so"),
    Refused(reason="service", text="no"),
    Postponed(reason="busy", text="later"),
    NotSent(text="no network"),
    AnswerLost(text="timeout"),
    RetryAsked(),
    RepeatStarted(request="request_id=1"),
    Settled(order_id="1"),
    ConfirmedAbsent(),
)
CERTAINLY_ABSENT = (Refused, Postponed, NotSent, ConfirmedAbsent)


def test_every_event_is_tried_here() -> None:
    """The list above has one of each kind."""
    assert {type(e) for e in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("state", OrderState)
def test_a_step_is_in_the_table_or_an_error(state: OrderState, event: Event) -> None:
    """An event that the table does not know is refused."""
    if (state, type(event)) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, type(event)]
    else:
        with pytest.raises(IllegalEvent):
            next_state(state, event)


def test_only_certainty_leads_back_to_sending() -> None:
    """From SENDING or UNCONFIRMED, only events that prove that no order exists lead to a state that sends again."""
    for (state, event), after in TRANSITIONS.items():
        if state in (OrderState.SENDING, OrderState.UNCONFIRMED) and after in (OrderState.READY, OrderState.REFUSED):
            assert event in CERTAINLY_ABSENT


def test_a_repeat_is_settled_by_a_yes_alone() -> None:
    """A no to the second request says nothing about the first: only an order ID ends the doubt."""
    after = {event: after for (state, event), after in TRANSITIONS.items() if state is OrderState.REPEATING}
    assert {event for event, state in after.items() if state is not OrderState.UNCONFIRMED} == {Accepted}


def test_a_placed_order_stays_placed() -> None:
    """Nothing leads out of PLACED but the word of the person who said so."""
    assert not [state for state, _ in TRANSITIONS if state is OrderState.PLACED]
    assert set(CORRECTIONS) == {(OrderState.PLACED, Settled), (OrderState.PLACED, ConfirmedAbsent)}
    assert next_state(OrderState.PLACED, ConfirmedAbsent(), settled=True) is OrderState.READY


def test_only_ready_orders_are_sent() -> None:
    """SENDING is entered from READY alone, and REPEATING from UNCONFIRMED alone."""
    assert [s for (s, _), after in TRANSITIONS.items() if after is OrderState.SENDING] == [OrderState.READY]
    assert [s for (s, _), after in TRANSITIONS.items() if after is OrderState.REPEATING] == [OrderState.UNCONFIRMED]
