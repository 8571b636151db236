"""What is told of refills and cancellations: the cells of a row, its sentence, and the lines of the Summary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from bulkorders.core.asks import Ask, AskAction, AskState, refill_is_final
from bulkorders.core.model import Entry, count_told, on_day
from bulkorders.core.sentences import Sentence, sentence
from bulkorders.core.statuses import Meaning, is_final, meaning

WISHES = {AskAction.CANCEL: "cancellation", AskAction.REFILL: "refill"}
"""What one of each is called."""

_REFILL_WORDS = {AskState.REFUSED: "Refused", AskState.NOT_OFFERED: "Not offered", AskState.TAKEN: "Asked"}
_CANCEL_WORDS = {AskState.REFUSED: "refused", AskState.NOT_OFFERED: "not offered", AskState.TAKEN: "not shown yet"}
_UNCLEAR = "Not clear"
"""What is said where the answer was lost."""


def wishes_told(action: AskAction, count: int) -> str:
    """`1 refill`, `2,000 cancellations`."""
    return count_told(count, WISHES[action])


def echo(wish: str, asks: Sequence[Ask], zone: tzinfo | None) -> str:
    """What the Action cell says in the results once it was seen to: `refill (asked on 3 November 2026)`; "" before.

    `wish` is what it says now; another wish than the last one stays as it is.
    """
    asked = [a for a in asks if a.from_cell]
    if not asked or wish not in ("order", asked[-1].action):
        return ""
    return f"{asked[-1].action} (asked{on_day(asked[-1].asked_at, zone)})"


def refill_told(asks: Sequence[Ask]) -> str:
    """How the last refill stands: the panel's word and its number, `Completed (55)`."""
    last = last_of(AskAction.REFILL, asks)
    if last is None:
        return ""
    return f"{refill_word(last)} ({last.refill_id})" if last.refill_id else refill_word(last)


def last_of(action: AskAction, asks: Sequence[Ask]) -> Ask | None:
    """The last time that this was asked for an order; None where it never was."""
    return next((a for a in reversed(asks) if a.action is action), None)


def refill_word(ask: Ask) -> str:
    """How a refill stands, in one word: the panel's own where there is one."""
    return ask.status or _REFILL_WORDS.get(ask.state, _UNCLEAR)


def cancel_word(ask: Ask, status: str) -> str:
    """What came of a cancellation, in a word; only a `status` of its order says that it was done."""
    if ask.state is AskState.TAKEN and is_final(status):
        return "done" if meaning(status) in _GIVEN_BACK else "too late"
    return _CANCEL_WORDS.get(ask.state, _UNCLEAR.lower())


def is_in_vain(wish: str, told: Sentence) -> bool:
    """Whether the Action cell of an ordered row asks for what did not come about, so that a person must see to it."""
    return wish in set(AskAction) and told.code.startswith(_ABOUT_WISHES) and bool(told.what_to_do)


_ABOUT_WISHES = ("ask_", "refill_", "cancel_")
"""How the codes of the sentences begin that are about wishes."""


def wish_told(
    wish: str, echoed: bool, entry: Entry, asks: Sequence[Ask], *, tried: bool, zone: tzinfo | None
) -> Sentence | None:
    """The sentence on a wish that came after the order; None where there is nothing to tell.

    What a person should do about it is told as long as the Action cell (`wish`) names it: to empty it says "I have
    seen it". `echoed`: the cell is one of a results workbook. `tried`: this run was to see to it.
    """
    own = [a for a in asks if a.action == wish]
    if wish in set(AskAction) and not own and not echoed:
        return ask_sentence("ask_unsent" if tried else "ask_planned", entry, AskAction(wish))
    last = own[-1] if own else asks[-1] if asks else None
    code = _code(last, entry) if last else ""
    if not last or not code:
        return None
    told = ask_sentence(code, entry, last.action, last, zone)
    return told if last.action == wish or not told.what_to_do else Sentence(told.happened)


def ask_sentence(
    code: str, entry: Entry | None, action: AskAction, ask: Ask | None = None, zone: tzinfo | None = None
) -> Sentence:
    """The sentence of a code about a wish for an order, and about what was asked (`ask`)."""
    status = entry.status.status if entry and entry.status else ""
    return sentence(
        code,
        wish=WISHES[action],
        action=action,
        when=on_day(ask.asked_at, zone) if ask else "",
        order_id=entry.order_id if entry else "",
        status=(ask.status if ask else "") or status,
        text=ask.text if ask else "",
    )


def _code(ask: Ask, entry: Entry) -> str:
    """The sentence on what came of an ask; "" where the columns say it all."""
    if ask.state is AskState.TAKEN:
        return _cancel_code(entry) if ask.action is AskAction.CANCEL else _refill_code(ask)
    state = AskState.LOST if ask.state is AskState.ASKING else ask.state
    return f"{ask.action}_{state}"


def _cancel_code(entry: Entry) -> str:
    status = entry.status.status if entry.status else ""
    if not is_final(status):
        return "cancel_taken"
    return "cancel_done" if meaning(status) in _GIVEN_BACK else "cancel_late"


_GIVEN_BACK = frozenset({Meaning.CANCELED, Meaning.REFUNDED, Meaning.PARTIAL})


def _refill_code(ask: Ask) -> str:
    if not ask.refill_id and not ask.status:
        return "refill_unnumbered"
    ended = refill_is_final(ask.status) and meaning(ask.status) is not Meaning.COMPLETED
    return "refill_ended" if ended else ""
