"""Every sentence that a row or an ending can carry: it fills, it is a sentence, and it speaks to a shop assistant."""

from __future__ import annotations

import re

import pytest

from bulkorders.core.headings import FIELDS
from bulkorders.core.refusals import NOT_NOW, Kind
from bulkorders.core.sentences import DEFAULT_REFUSAL_ADVICE, REFUSAL_ADVICE, REFUSED_CELL, SENTENCES, STOPS

VALUES = {
    "order_id": "23501",
    "when": " on 3 November 2026",
    "was": "quantity 100",
    "now": "quantity 200",
    "row": 7,
    "job": "orders.xlsx",
    "ref": "A-1",
    "panel": "panel.example",
    "text": "Bad link",
    "advice": "Correct the link.",
    "limit": 10,
    "action": "refill",
    "charge": "10.00",
    "estimate": "0.10",
    "evidence": "The balance does not tell.",
    "then": "it will not be sent again",
    "wish": "refill",
    "status": "Completed",
}
NO_ACTION = {
    *("ready", "skipped", "ask_planned", "ask_no_order", "ask_unsure", "ask_early"),
    *("refill_unnumbered", "cancel_taken", "cancel_done", "cancel_late"),
}
JARGON = re.compile(r"\b(API|HTTP|JSON|ledger|exception|null|None|timeout|request|status code|idempoten\w+)\b", re.I)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_of_a_row(code: str) -> None:
    """Filled in, both parts are sentences without jargon; who does what next is said wherever a person is needed."""
    told = SENTENCES[code].fill(**VALUES)
    for text in filter(None, (told.happened, told.what_to_do)):
        assert text[0].isupper()
        assert text.endswith((".", '".'))
        assert not JARGON.search(text), text
        assert "{" not in text
    assert bool(told.what_to_do) == (code not in NO_ACTION)


SHEET, AGAIN, RUNNER, PANEL, NOBODY = (
    r"^(Choose|Correct|Empty|Put|Look for|If the rest|If it is still wanted|\{advice\})",
    r"^(Run the file again|Add funds at the panel and run the file again)",
    r"whoever (runs|set up) bulkorders",
    r"^Write to the panel",
    r"^$",
)
NEXT: dict[str, tuple[str, ...]] = {
    "ready": (NOBODY,),
    "skipped": (NOBODY,),
    "limit": (AGAIN,),
    "not_reached": (AGAIN,),
    "busy": (AGAIN,),
    "not_sent": (AGAIN,),
    "funds": (AGAIN,),
    "active_order": (AGAIN,),
    "active_known": (AGAIN,),
    "key": (RUNNER,),
    "cost_cap": (RUNNER,),
    "day_cap": (AGAIN, RUNNER),
    "refused": (SHEET,),
    "unconfirmed": (SHEET, "type its number under Order ID", "type: not placed"),
    "edited": (SHEET, RUNNER),
    "edited_unsure": (SHEET, RUNNER),
    "repeat_in_job": (SHEET, RUNNER),
    "duplicate": (SHEET,),
    "repeat": (SHEET, RUNNER),
    "repeat_unsure": (SHEET, RUNNER),
    "claim_unknown": (SHEET,),
    "claim_unasked": (RUNNER,),
    "claim_foreign": (RUNNER,),
    "claim_taken": (SHEET,),
    "claim_held": (SHEET, RUNNER),
    "held_elsewhere": (RUNNER,),
    "no_order": (SHEET,),
    "status_unknown_order": (PANEL, "order {order_id}"),
    "partial": (SHEET,),
    "canceled": (SHEET,),
    "refunded": (SHEET,),
    "failed": (PANEL, "order {order_id}"),
    "high_charge": (PANEL, "order {order_id}"),
    "ask_planned": (NOBODY,),
    "ask_unsent": (AGAIN,),
    "ask_no_order": (NOBODY,),
    "ask_unsure": (NOBODY,),
    "ask_open": (RUNNER,),
    "ask_done": (RUNNER,),
    "ask_no_refill": (SHEET,),
    "ask_no_cancel": (SHEET,),
    "ask_finished": (SHEET,),
    "ask_early": (NOBODY,),
    "ask_not_delivered": (SHEET,),
    "refill_unnumbered": (NOBODY,),
    "refill_ended": (PANEL, "empty the Action cell"),
    "refill_refused": (SHEET, RUNNER),
    "refill_not_offered": (PANEL, "empty the Action cell"),
    "refill_lost": (SHEET, RUNNER, "empty the Action cell"),
    "cancel_taken": (NOBODY,),
    "cancel_done": (NOBODY,),
    "cancel_late": (NOBODY,),
    "cancel_refused": (SHEET,),
    "cancel_not_offered": (PANEL, "empty the Action cell"),
    "cancel_lost": (SHEET, RUNNER, "empty the Action cell"),
}
"""Who does what next, for every sentence: the reader in the sheet, a new run, whoever runs it, the panel, or nobody."""


@pytest.mark.parametrize("code", SENTENCES)
def test_who_does_what_next(code: str) -> None:
    """Each sentence says it, and names no option of the program but to whoever runs that."""
    told = SENTENCES[code]
    for who in NEXT[code]:
        assert re.search(who, told.what_to_do), who
    assert ("--" in told.what_to_do) <= (RUNNER in NEXT[code])
    assert "--" not in told.happened


@pytest.mark.parametrize("code", SENTENCES)
def test_the_cell_that_is_named_is_the_cell_that_is_meant(code: str) -> None:
    """A sentence that sends the reader to a cell of the row leads there, and no other does."""
    told = SENTENCES[code]
    named = [f.name for f in FIELDS if f.heading in told.what_to_do and f.name in ("order_id", "action")]
    assert named == ([told.act] if told.act else [])


def test_the_cells_that_a_refusal_leads_to_are_known() -> None:
    """Each is a column of the input, for a kind of refusal that has its advice."""
    assert set(REFUSED_CELL) <= set(REFUSAL_ADVICE)
    assert set(REFUSED_CELL.values()) <= {f.name for f in FIELDS}


@pytest.mark.parametrize("kind", STOPS)
def test_why_a_run_ended(kind: str) -> None:
    """The last line says why, and what to do."""
    told = STOPS[kind].format(text="the orders would cost 12.00")
    assert told.endswith(".")
    assert re.search(r"[Rr]un|[Rr]aise|[Tt]ry", told)


@pytest.mark.parametrize("advice", [DEFAULT_REFUSAL_ADVICE, *REFUSAL_ADVICE.values()])
def test_what_to_do_after_a_refusal(advice: str) -> None:
    """Advice is an imperative sentence."""
    assert advice[0].isupper()
    assert advice.endswith(".")


def test_every_reason_to_wait_has_a_sentence() -> None:
    """Whatever made the panel say "not now", the row can tell it; and what ends the run can be told, too."""
    assert {str(kind) for kind in NOT_NOW} <= set(SENTENCES)
    assert {"not_sent", "cost_cap", "limit", "not_reached"} <= set(SENTENCES)
    assert {str(Kind.KEY), str(Kind.FUNDS), "interrupted", "max_cost", "cost_cap", "broken"} <= set(STOPS)
