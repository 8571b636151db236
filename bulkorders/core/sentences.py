"""SENTENCES: every sentence that a row of the results can carry: what happened, and who does what next.

One table, so that each can be read aloud to a shop assistant. Future for what has not happened, past only for what the ledger knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened (or will), and what the person does next ("" when nothing is to be done).

    `act` is the field of the row where it is done (a name of FIELDS); "" where it is done elsewhere. `code` is its
    name in SENTENCES.
    """

    happened: str
    what_to_do: str = ""
    act: str = ""
    code: str = ""

    def fill(self, **values: object) -> Sentence:
        """The sentence with its `{names}` filled in."""
        happened, what_to_do = self.happened.format_map(values).strip(), self.what_to_do.format_map(values).strip()
        return Sentence(happened, what_to_do, self.act, self.code)


NOTHING = Sentence("")
"""Nothing happened that a person must hear of."""

SENTENCES: Mapping[str, Sentence] = {
    "ready": Sentence("Will be ordered."),
    "skipped": Sentence("Skipped, because the Action cell says so."),
    "limit": Sentence(
        "Not ordered yet, because this run was limited to {limit} orders.", "Run the file again to go on."
    ),
    "not_reached": Sentence("Not ordered yet.", "Run the file again to go on."),
    "busy": Sentence("Not ordered yet: the panel asked to slow down.", "Run the file again to go on."),
    "not_sent": Sentence(
        "Not ordered yet: the panel could not be reached.",
        "Run the file again when the internet connection works.",
    ),
    "key": Sentence(
        "Not ordered: the panel did not accept the key.",
        "Ask whoever set up bulkorders to check the key, then run the file again.",
    ),
    "funds": Sentence(
        "Not ordered yet: the account has too little money for this order.",
        "Add funds at the panel and run the file again; only the missing rows are ordered.",
    ),
    "active_order": Sentence(
        "Not ordered yet: another order on this link is still running.",
        "Run the file again when that order is finished.",
    ),
    "active_known": Sentence(
        "Not ordered yet: order {order_id} on this link (file {job}, row {row}) is still running.",
        "Run the file again when that order is finished.",
    ),
    "cost_cap": Sentence(
        "Not ordered yet: it would go over the spending limit of this run.",
        "Ask whoever runs bulkorders to run the file again with a higher limit (--max-cost).",
    ),
    "day_cap": Sentence(
        "Not ordered yet: it would go over the spending limit of this day.",
        "Run the file again tomorrow, or ask whoever runs bulkorders to raise the limit (--max-day-cost).",
    ),
    "refused": Sentence('The panel refused this order and said: "{text}".', "{advice}"),
    "unconfirmed": Sentence(
        "This order was sent{when}, but the answer was lost ({text}). It may or may not have been placed, and {then}. {evidence}",
        "Look for this link on the Orders page of the panel. If the order is there, type its number under Order ID; if it is not there, type: not placed. Then save this file and have it run again.",
        "order_id",
    ),
    "edited": Sentence(
        "This row was changed after it was ordered: it was ordered{when} as order {order_id} ({was}), and now says {now}. The new version was not ordered.",
        "Put the old values back, or ask whoever runs bulkorders to buy the new version as a second order (--again).",
    ),
    "edited_unsure": Sentence(
        "This row was changed after it was sent ({was}), and it is not known whether that order was placed. It now says {now}. The new version was not ordered.",
        "Look for the first order on the Orders page of the panel. If it is there, put the old values back; if it is not, ask whoever runs bulkorders to order the new version (--again).",
    ),
    "repeat_in_job": Sentence(
        "The same order was placed{when} as order {order_id}, with the Ref {ref}. Not ordered again.",
        "Choose skip under Action to leave the row out, or ask whoever runs bulkorders to buy it a second time (--again).",
        "action",
    ),
    "duplicate": Sentence(
        "This is the same order as row {row}. Not ordered a second time.",
        "Choose skip under Action to leave the row out. To buy it twice, give both rows a Ref of their own.",
        "action",
    ),
    "repeat": Sentence(
        "The same order was placed{when} as order {order_id} (file {job}, row {row}). Not ordered again.",
        "Choose skip under Action to leave the row out, or ask whoever runs bulkorders to buy it a second time (--again).",
        "action",
    ),
    "repeat_unsure": Sentence(
        "The same order was sent{when} (file {job}, row {row}), and it is not known whether it was placed. Not ordered again.",
        "Look for it on the Orders page of the panel. If it is there, choose skip under Action; if it is not, ask whoever runs bulkorders to order this row (--again).",
        "action",
    ),
    "claim_unknown": Sentence(
        "The sheet says that this is order {order_id}, but the panel {panel} does not know that number. Not ordered.",
        "Correct the number in the Order ID cell, or empty the cell to order the row.",
        "order_id",
    ),
    "claim_unasked": Sentence(
        "The sheet says that this is order {order_id}. That was not looked up, because the panel {panel} was not asked.",
        "Ask whoever runs bulkorders to check the file again without a saved list.",
    ),
    "claim_foreign": Sentence(
        "The sheet says that this is order {order_id} at another panel ({was}). Not ordered at {panel}.",
        "To order it here as well, ask whoever runs bulkorders to run the original file with a new name for the results (--results).",
    ),
    "claim_taken": Sentence(
        "The sheet says that this is order {order_id}, but that is the order of row {row} in the file {job}. Not ordered.",
        "Correct the number in the Order ID cell, or empty the cell to order the row.",
        "order_id",
    ),
    "claim_held": Sentence(
        "The results workbook says that this row was held back, and names order {order_id}. Not ordered.",
        "Empty the Order ID cell if it is to be ordered all the same, and ask whoever runs bulkorders to add --again.",
        "order_id",
    ),
    "held_elsewhere": Sentence(
        "The results workbook says that this row was held back on another computer. Not ordered.",
        "Ask whoever runs bulkorders to add --again if it is wanted all the same.",
    ),
    "no_order": Sentence(
        "The Action cell says {action}, but this row has not been ordered yet.",
        "Empty the Action cell to order the row.",
        "action",
    ),
    "status_unknown_order": Sentence(
        'When asked about this order, the panel said: "{text}".', "Write to the panel and ask about order {order_id}."
    ),
    "partial": Sentence(
        "The panel delivered only a part and gave the rest of the money back.",
        "If the rest is still wanted, order it in a new row.",
    ),
    "canceled": Sentence(
        "The panel canceled this order and gave the money back.",
        "If it is still wanted, order it in a new row.",
    ),
    "refunded": Sentence(
        "The panel gave the money for this order back.", "If it is still wanted, order it in a new row."
    ),
    "failed": Sentence("The panel could not deliver this order.", "Write to the panel and ask about order {order_id}."),
    "ask_planned": Sentence("A {wish} will be asked for by the next run."),
    "ask_unsent": Sentence("The {wish} was not asked for yet.", "Run the file again to go on."),
    "ask_no_order": Sentence("This row has not been ordered, so there is nothing to {action}."),
    "ask_unsure": Sentence("Nobody knows yet whether this row was ordered: settle that first."),
    "ask_open": Sentence(
        "A {wish} was asked for{when} already, and nobody knows yet what comes of it.",
        "Ask whoever runs bulkorders to add --again, to ask once more all the same.",
    ),
    "ask_done": Sentence(
        "The {wish} that the Action cell says was asked for{when} already.",
        "Ask whoever runs bulkorders to name the row (--rows), to ask once more.",
    ),
    "ask_no_refill": Sentence(
        "The service of this order has no refill, so that nothing was asked for.", "Empty the Action cell.", "action"
    ),
    "ask_no_cancel": Sentence(
        "Orders of this service cannot be canceled, so that was not asked for.", "Empty the Action cell.", "action"
    ),
    "ask_finished": Sentence(
        "Order {order_id} is finished already ({status}): there is nothing left to cancel.",
        "Empty the Action cell.",
        "action",
    ),
    "ask_early": Sentence("The order is not delivered yet. A refill will be asked for by the first run after that."),
    "ask_not_delivered": Sentence(
        "Order {order_id} ended as {status}, so there is nothing to refill.", "Empty the Action cell.", "action"
    ),
    "refill_unnumbered": Sentence(
        "A refill was asked for{when}. The panel gave no number for it, so nobody can look up here how it stands.",
    ),
    "refill_ended": Sentence(
        'The refill that was asked for{when} ended as "{status}".',
        "Write to the panel if you still need it, with the number of the order, {order_id}. Then empty the Action cell.",
        "action",
    ),
    "refill_refused": Sentence(
        'A refill was asked for{when}, and the panel refused it: "{text}".',
        "Empty the Action cell. If it is possible later, ask whoever runs bulkorders to ask again.",
        "action",
    ),
    "refill_not_offered": Sentence(
        "A refill was asked for{when}, but this panel does not offer refills in this way.",
        "Write to the panel and ask for it, with the number of the order, {order_id}. Then empty the Action cell.",
        "action",
    ),
    "refill_lost": Sentence(
        "A refill was asked for{when}, but the answer was lost ({text}). It may or may not have been taken, and it will not be asked for again by itself.",
        "Look for order {order_id} on the panel's own page. If there is no refill, ask whoever runs bulkorders to ask again (--again). Then empty the Action cell.",
        "action",
    ),
    "cancel_taken": Sentence(
        "The panel was asked{when} to cancel this order. It is canceled only when its Status says so."
    ),
    "cancel_done": Sentence("This order was canceled, as was asked{when}."),
    "cancel_late": Sentence(
        "The panel was asked{when} to cancel this order, but it ended as {status} all the same.",
    ),
    "cancel_refused": Sentence(
        'The panel was asked{when} to cancel this order, and refused: "{text}".',
        "Empty the Action cell. The order goes on.",
        "action",
    ),
    "cancel_not_offered": Sentence(
        "The panel was asked{when} to cancel this order, but it does not offer that in this way.",
        "Write to the panel and ask for it, with the number of the order, {order_id}. Then empty the Action cell.",
        "action",
    ),
    "cancel_lost": Sentence(
        "The panel was asked{when} to cancel this order, but the answer was lost ({text}). It may or may not have been taken, and it will not be asked again by itself.",
        "Look for order {order_id} on the panel's own page. If it goes on, ask whoever runs bulkorders to ask again (--again). Then empty the Action cell.",
        "action",
    ),
    "high_charge": Sentence(
        "The panel charged {charge}, far more than the {estimate} that was expected.",
        "Write to the panel and ask about order {order_id}.",
    ),
}

REFUSAL_ADVICE: Mapping[str, str] = {
    "service": "Look the service up in the current list, correct the number and run the file again.",
    "quantity": "Change the quantity to what the panel allows and run the file again.",
    "fields": "Correct the link or the other cells that the panel complains about and run the file again.",
    "not_offered": "This panel does not offer that. Write to the panel and ask, or choose another service.",
}
"""What a person does after a refusal, by its kind (refusals.py)."""

REFUSED_CELL: Mapping[str, str] = {"service": "service", "quantity": "quantity", "fields": "link"}
"""The field that a refusal of each kind is most likely about."""

DEFAULT_REFUSAL_ADVICE = (
    "Correct the row if you see what is wrong, or write to the panel and ask. The next run tries it again."
)


def sentence(code: str, **values: object) -> Sentence:
    """The sentence for a code, filled in."""
    return replace(SENTENCES[code].fill(**values), code=code) if values else _unchanging(code)


@cache
def _unchanging(code: str) -> Sentence:
    """A sentence with nothing to fill in: that a row is ready is said a hundred thousand times."""
    return replace(SENTENCES[code].fill(), code=code)


STOPS: Mapping[str, str] = {
    "max_cost": "Nothing was ordered: {text}. Raise --max-cost, or order fewer rows with --limit.",
    "form_total": "Nothing was ordered: {text}. See whether it is the right file and sheet, whole, and without a filter; then save it once more and run it again. If it is right as it is, delete the totals.",
    "expect_rows": "Nothing was ordered: {text}. See whether it is the right file and sheet, and whole, and run it again.",
    "expect_cost": "Nothing was ordered: {text}. See whether it is the right file and sheet, and whole, and run it again.",
    "price": "Nothing was ordered: {text}. Run it without --yes to see the prices, or allow more with --price-tolerance.",
    "plan": "Nothing was ordered: {text}. Run check --save-plan again, and have the new plan approved.",
    "day_cap": "Stopped: the next order would go over --max-day-cost. Run it again tomorrow, or with a higher limit.",
    "interrupted": "Interrupted. Run the same command again to go on; nothing is ordered twice.",
    "cost_cap": "Stopped: the next order would go over --max-cost. Run it again with a higher limit to go on.",
    "funds": "Stopped: the account has too little money. Add funds and run the same command again; only the missing rows are ordered.",
    "key": "Stopped: the panel did not accept the key. Compare it with the key on your panel's account page (`bulkorders login` stores the right one), then run the same command again to go on.",
    "broken": "Stopped: the panel takes orders but its answers get lost. Try again later; the rows marked Check are not sent again.",
    "unreachable": "Stopped: the panel cannot be reached. Run the same command again when the connection works.",
    "lost": "Stopped: the panel gives no usable answer. Run the same command again later.",
    "busy": "Stopped: the panel asks to wait. Run the same command again in a few minutes.",
}
"""Why a run ended early, and what to do; the last line that a person reads."""
