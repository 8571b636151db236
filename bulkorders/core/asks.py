"""Refills and cancellations that are asked for, after the order: their life, and whether one may be asked for (again).

    (nothing) --> ASKING --> TAKEN (a refill goes on: its own status; a cancellation: the order's)
                         --> REFUSED, NOT_OFFERED, LOST
                         --> UNSENT, which is as good as nothing

ASKING is on disk before a byte leaves; what a dead run left in it is LOST: it may have been taken, and nobody asks
again unless a person says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bulkorders.core.model import Entry
from bulkorders.core.states import OrderState
from bulkorders.core.statuses import Meaning, is_final, meaning


class AskAction(StrEnum):
    """What can be asked for, as the Action cell and the panel's API call it (panel-api.md section 1)."""

    CANCEL = "cancel"
    REFILL = "refill"


class AskState(StrEnum):
    """What we know about one such wish (never what the panel says of the refill: that is its status)."""

    ASKING = "asking"
    TAKEN = "taken"
    REFUSED = "refused"
    NOT_OFFERED = "not_offered"
    LOST = "lost"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One refill or cancellation that was asked for, in the ledger. `entry` is its order there.

    `from_cell`: the Action column said so, not a command. `refill_id` is the panel's number for a refill ("": none),
    `status` its word for how that stands ("": not told yet). `text` are the panel's words, or why the answer was lost.
    """

    id: int = 0
    entry: int
    action: AskAction
    state: AskState
    from_cell: bool
    refill_id: str = ""
    status: str = ""
    text: str = ""
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking once."""

    state: AskState
    refill_id: str = ""
    text: str = ""


_FINAL_REFILL = frozenset({Meaning.COMPLETED, Meaning.CANCELED, Meaning.FAILED})


def refill_is_final(status: str) -> bool:
    """Whether a refill with this status word can still change (panel-api.md section 6); an unknown word can."""
    return meaning(status) in _FINAL_REFILL


def is_open(ask: Ask) -> bool:
    """Whether the panel can be asked how a refill stands, and may still say something new."""
    return ask.state is AskState.TAKEN and bool(ask.refill_id) and not refill_is_final(ask.status)


def is_over(ask: Ask) -> bool:
    """Whether nothing more comes of it, so that the command may ask again: a no, or a refill that is final."""
    return ask.state in (AskState.REFUSED, AskState.NOT_OFFERED) or refill_is_final(ask.status)


ECHO = re.compile(r"(refill|cancel) \(asked.*\)", re.IGNORECASE)
"""What an Action cell becomes in the results once its wish was sent: `refill (asked on 3 November 2026)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A person's wish for one placed order, before anything is sent.

    `row` is the order's row. `offered`: whether the service has it (None: the service is not on the list any more).
    `earlier` are the asks of this action for this order, the oldest first. `echoed`: a results workbook says that the
    Action cell was seen to. `why_not` is a code of sentences.py ("": it is to be sent).
    """

    row: int
    action: AskAction
    entry: Entry | None
    offered: bool | None
    earlier: Sequence[Ask] = ()
    from_cell: bool
    echoed: bool = False
    why_not: str = ""


def _was_asked_by_cell(wish: Wish) -> bool:
    return wish.from_cell and (wish.echoed or any(a.from_cell for a in wish.earlier))


def _is_finished(wish: Wish) -> bool:
    status = wish.entry.status if wish.entry else None
    return wish.action is AskAction.CANCEL and status is not None and is_final(status.status)


def _meaning(wish: Wish) -> Meaning | None:
    status = wish.entry.status if wish.entry else None
    return meaning(status.status) if status else None


_ON_ITS_WAY = frozenset({Meaning.PENDING, Meaning.PROCESSING, Meaning.IN_PROGRESS})
_GIVEN_BACK = frozenset({Meaning.CANCELED, Meaning.REFUNDED, Meaning.FAILED})

HINDRANCES: tuple[tuple[str, bool, Callable[[Wish], bool]], ...] = (
    ("ask_no_order", True, lambda w: w.entry is None or w.entry.state in (OrderState.READY, OrderState.REFUSED)),
    ("ask_unsure", True, lambda w: w.entry is not None and w.entry.state is not OrderState.PLACED),
    ("ask_done", False, _was_asked_by_cell),
    ("ask_open", False, lambda w: bool(w.earlier) and not is_over(w.earlier[-1])),
    ("ask_no_refill", True, lambda w: w.offered is False and w.action is AskAction.REFILL),
    ("ask_no_cancel", True, lambda w: w.offered is False and w.action is AskAction.CANCEL),
    ("ask_finished", True, _is_finished),
    ("ask_early", False, lambda w: w.action is AskAction.REFILL and _meaning(w) in _ON_ITS_WAY),
    ("ask_not_delivered", True, lambda w: w.action is AskAction.REFILL and _meaning(w) in _GIVEN_BACK),
)
"""What keeps a wish from being sent, the first that holds: its code, and whether it holds under `--again`, too."""


def why_not(wish: Wish, *, again: bool) -> str:
    """The code of what keeps a wish from being sent; "" where nothing does."""
    return next((code for code, always, holds in HINDRANCES if (always or not again) and holds(wish)), "")


def has_dropped(entry: Entry, later: Sequence[Entry]) -> bool:
    """Whether the panel's figures show that a delivered order has lost some of what it delivered.

    Either something is missing again from an order that was completed, or a later order on the same link (`later`)
    started from less than this one had reached.
    """
    status, wanted = entry.status, entry.order.quantity
    if status is None or meaning(status.status) is not Meaning.COMPLETED:
        return False
    if status.remains is not None and status.remains > 0:
        return True
    if status.start_count is None or wanted is None:
        return False
    starts = [e.status.start_count for e in later if e.status and e.status.start_count is not None]
    return any(start < status.start_count + wanted for start in starts)
