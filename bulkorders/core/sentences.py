"""SENTENCES: every sentence that a row of the results can carry: what happened, and who does what next.

One table, so that each can be read aloud to a shop assistant. Future for what has not happened, past only for what the ledger knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened (or will), and what the person does next ("" when nothing is to be done)."""

    happened: str
    what_to_do: str = ""

    def fill(self, **values: object) -> Sentence:
        """The sentence with its `{names}` filled in."""
        return Sentence(self.happened.format_map(values).strip(), self.what_to_do.format_map(values).strip())


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
        "Run the file again with a higher limit to order it.",
    ),
    "refused": Sentence('The panel refused this order and said: "{text}".', "{advice}"),
    "unconfirmed": Sentence(
        "This order was sent{when}, but the answer was lost ({text}). It may or may not have been placed, and it will not be sent again. {evidence}",
        "Look for this link on the Orders page of the panel, and tell whoever runs bulkorders the number of the order, or that it is not there (bulkorders resolve).",
    ),
    "edited": Sentence(
        "This row was changed after it was ordered: it was ordered{when} as order {order_id} ({was}), and now says {now}. The new version was not ordered.",
        "Put the old values back, or run the file with --again to buy the new version as a second order.",
    ),
    "edited_unsure": Sentence(
        "This row was changed after it was sent ({was}), and it is not known whether that order was placed. It now says {now}. The new version was not ordered.",
        "Look for the first order on the Orders page of the panel before you order again.",
    ),
    "repeat_in_job": Sentence(
        "The same order was placed{when} as order {order_id}, with the Ref {ref}. Not ordered again.",
        "Delete the row, or run the file with --again to buy it a second time.",
    ),
    "duplicate": Sentence(
        "This is the same order as row {row}. Not ordered a second time.",
        "Delete the row, give both rows a Ref of their own, or run the file with --again to buy it twice.",
    ),
    "repeat": Sentence(
        "The same order was placed{when} as order {order_id} (file {job}, row {row}). Not ordered again.",
        "Delete the row, or run the file with --again to buy it a second time.",
    ),
    "repeat_unsure": Sentence(
        "The same order was sent{when} (file {job}, row {row}), and it is not known whether it was placed. Not ordered again.",
        "Look for it on the Orders page of the panel first.",
    ),
    "claim_unknown": Sentence(
        "The sheet says that this is order {order_id}, but the panel {panel} does not know that number. Not ordered.",
        "Correct the number in the Order ID cell, or empty the cell to order the row.",
    ),
    "claim_foreign": Sentence(
        "The sheet says that this is order {order_id} at another panel ({was}). Not ordered at {panel}.",
        "To order it here as well, run the original file with --results and a new name for the results.",
    ),
    "claim_taken": Sentence(
        "The sheet says that this is order {order_id}, but that is the order of row {row} in the file {job}. Not ordered.",
        "Correct the number in the Order ID cell, or empty the cell to order the row.",
    ),
    "claim_held": Sentence(
        "The results workbook says that this row was held back, and names order {order_id}. Not ordered.",
        "To order it as it is now, empty its Order ID cell in the results workbook and run the file with --again.",
    ),
    "held_elsewhere": Sentence(
        "The results workbook says that this row was held back on another computer. Not ordered.",
        "If it is wanted all the same, run the file with --again.",
    ),
    "no_order": Sentence(
        "The Action cell says {action}, but this row has not been ordered yet.",
        "Empty the Action cell to order the row.",
    ),
    "status_unknown_order": Sentence(
        'When asked about this order, the panel said: "{text}".', "Ask the panel about order {order_id}."
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
    "failed": Sentence("The panel could not deliver this order.", "Ask the panel about order {order_id}."),
    "high_charge": Sentence(
        "The panel charged {charge}, far more than the {estimate} that was expected.",
        "Ask the panel about order {order_id}.",
    ),
}

REFUSAL_ADVICE: Mapping[str, str] = {
    "service": "Look the service up in the current list, correct the number and run the file again.",
    "quantity": "Change the quantity to what the panel allows and run the file again.",
    "fields": "Correct the link or the other cells that the panel complains about and run the file again.",
    "not_offered": "This panel does not offer that; ask the panel.",
}
"""What a person does after a refusal, by its kind (refusals.py)."""

DEFAULT_REFUSAL_ADVICE = "Correct the row if you see what is wrong, or ask the panel; the next run tries it again."


def sentence(code: str, **values: object) -> Sentence:
    """The sentence for a code, filled in."""
    return SENTENCES[code].fill(**values)


STOPS: Mapping[str, str] = {
    "max_cost": "Nothing was ordered: {text}. Raise --max-cost, or order fewer rows with --limit.",
    "interrupted": "Interrupted. Run the same command again to go on; nothing is ordered twice.",
    "cost_cap": "Stopped: the next order would go over --max-cost. Run it again with a higher limit to go on.",
    "funds": "Stopped: the account has too little money. Add funds and run the same command again; only the missing rows are ordered.",
    "key": "Stopped: the panel did not accept the key. Check BULKORDERS_KEY, then run the same command again to go on.",
    "broken": "Stopped: the panel takes orders but its answers get lost. Try again later; the rows marked Check are not sent again.",
    "unreachable": "Stopped: the panel cannot be reached. Run the same command again when the connection works.",
    "lost": "Stopped: the panel gives no usable answer. Run the same command again later.",
    "busy": "Stopped: the panel asks to wait. Run the same command again in a few minutes.",
}
"""Why a run ended early, and what to do; the last line that a person reads."""
