"""Every sentence that a row or an ending can carry: it fills, it is a sentence, and it speaks to a shop assistant."""

from __future__ import annotations

import re

import pytest

from bulkorders.core.refusals import NOT_NOW, Kind
from bulkorders.core.sentences import DEFAULT_REFUSAL_ADVICE, REFUSAL_ADVICE, SENTENCES, STOPS

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
}
NO_ACTION = {"ready", "skipped"}
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
