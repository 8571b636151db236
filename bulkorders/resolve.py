"""Settling orders whose answer was lost: by a person's word, looked up before it is believed, and never on our own.

Everything that could help the person to decide is shown: when the order was sent, what came back, what it costs, and
what the balance says about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bulkorders.account import stopped_by
from bulkorders.core.evidence import RunMoney, tell, weigh
from bulkorders.core.model import Entry, OrderStatus
from bulkorders.core.plan import key_of_entry
from bulkorders.core.refusals import Kind
from bulkorders.core.settling import doubts, may_settle, order_told
from bulkorders.core.states import ConfirmedAbsent, OrderState, Settled
from bulkorders.core.summary import rows_told
from bulkorders.core.validate import NOT_PLACED
from bulkorders.errors import UsageError
from bulkorders.ledger import RecordEvent, RecordStatuses
from bulkorders.panel import UNREACHABLE, PanelError
from bulkorders.work import Work

ABSENT = frozenset({"no", "n", "not placed", "not there", "none"})
"""What a person may type for "it is not there"."""

LOOK_AGAIN = "Look at the panel's Orders page once more, and type it into the newest results workbook."
LEFT_AS_IT_WAS = "Nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One order that may be settled, and the row that it is shown under; `gone`: that row is no longer in the file."""

    row: int
    entry: Entry
    gone: bool


async def settle(work: Work) -> None:
    """Settle the row that the options name, or ask about each one in turn.

    Raises:
        UsageError: there is no such row, its order cannot be settled, or the word for it cannot be believed.
        StoppedError: the panel could not be asked about the order.
    """
    if work.options.row is not None:
        case = _case_of(work, work.options.row)
        _show(work, case)
        await _settle(work, case, work.options.order or "", sure=work.options.yes)
        return
    cases = [c for c in _cases(work) if c.entry.state is OrderState.UNCONFIRMED]
    if not cases:
        work.face.say("No row has a lost answer: there is nothing to settle.")
        return
    work.face.say(f"{rows_told(len(cases))} with a lost answer.")
    if not work.face.can_ask():
        for case in cases:
            _show(work, case)
        raise UsageError(
            f"Nobody could be asked. {LEFT_AS_IT_WAS}",
            "Say what became of a row with --row N --order ID, or with --row N --not-placed.",
        )
    for case in cases:
        await _ask(work, case)


async def settle_typed(work: Work) -> None:
    """Settle the rows for which somebody typed a number, or `not placed`, under Order ID in the results workbook.

    A word counts for the doubt that it was typed for and no other: nothing may have happened to the order since that
    workbook was written. What cannot be believed is told on the row.
    """
    named = {word.entry for word in work.words}
    for case in [c for c in _cases(work) if c.entry.id in named]:
        entry = case.entry
        words = [word for word in work.words if word.entry == entry.id]
        typed = {word.typed.casefold() for word in words}
        try:
            if len(typed) > 1:
                raise UsageError(f"Two different answers were typed under Order ID: {' and '.join(sorted(typed))}.")
            if not any(entry.id in work.ledger.untouched_since(word.mark, [entry]) for word in words):
                raise UsageError(f'"{words[0].typed}" under Order ID was not typed for what happened last.', LOOK_AGAIN)
            order_id = "" if typed == {NOT_PLACED} else words[0].typed
            await _settle(work, case, order_id, sure=False)
        except UsageError as error:
            work.not_believed[entry.id] = str(error)
            work.face.say(f"Row {case.row}: {error}")


def _cases(work: Work) -> list[Case]:
    """Every order of the job that was sent, by row: where its row is now, else where it was."""
    now = rows_now(work)
    found = [Case(row=now.get(e.id, e.row), entry=e, gone=e.id not in now) for e in work.entries() if _was_sent(e)]
    return sorted(found, key=lambda c: (c.row, c.gone))


def _was_sent(entry: Entry) -> bool:
    return entry.sent_at is not None or entry.state is OrderState.UNCONFIRMED


def _case_of(work: Work, row: int) -> Case:
    """The order that a row number means: that of the row, else the one that was in it when it was sent."""
    at_row = [c for c in _cases(work) if c.row == row]
    for case in at_row:
        if may_settle(case.entry, [h.event for h in work.ledger.story(case.entry)]):
            return case
    open_ = [str(c.row) for c in _cases(work) if c.entry.state is OrderState.UNCONFIRMED]
    settled = f"Rows with a lost answer: {', '.join(open_)}." if open_ else "No row has a lost answer."
    if at_row and at_row[0].entry.state is OrderState.PLACED:
        why = f"Row {row} was ordered as {at_row[0].entry.order_id}; the panel said so itself"
    elif at_row:
        why = f"The panel has told what became of row {row}"
    else:
        why = f"Row {row} of {work.input} was never sent"
    raise UsageError(f"{why}, so there is nothing to settle. {LEFT_AS_IT_WAS}", settled)


# --- showing --------------------------------------------------------------------------------------------------------


def _show(work: Work, case: Case) -> None:
    """The evidence on one order."""
    entry, say = case.entry, work.face.say
    gone = " (no longer in the file)" if case.gone else ""
    say(f"Row {case.row}{gone}: {order_told(entry, work.currency)}.")
    say(f"  {_sent_told(work, entry)}")
    before = work.ledger.newest_order_before(entry)
    if before is not None:
        say(
            f"  The order before it was {before.order_id} ({_place_told(work, before)}); "
            "if this one was placed, its number most likely comes after that."
        )
    for line in evidence(work, [entry]).values():
        say(f"  {line}")
    say(f"  Look for {entry.order.target or 'it'} on the Orders page of the panel.")


def _sent_told(work: Work, entry: Entry) -> str:
    if entry.sent_at is None:
        return f"When it was sent is not known here: {entry.text}."
    sent = entry.sent_at.astimezone(work.zone)
    told = f"Sent on {sent.day} {sent:%B %Y at %H:%M:%S}."
    if entry.state is OrderState.UNCONFIRMED:
        return f"{told} What came back: {entry.text}."
    said = f"ordered, as {entry.order_id}" if entry.state is OrderState.PLACED else "not placed"
    return f"{told} Somebody has settled it already: {said}."


def evidence(work: Work, entries: Sequence[Entry]) -> dict[int, str]:
    """What the balance says about these unconfirmed orders, by their number in the ledger."""
    runs = work.ledger.run_money([e for e in entries if e.state is OrderState.UNCONFIRMED])
    now = rows_now(work) if runs else {}
    return {entry: tell(_in_todays_rows(run, now), entry, work.zone) for entry, run in runs.items()}


def rows_now(work: Work) -> dict[int, int]:
    """The row in which each order of the job is now, by its number in the ledger: the file may have been sorted."""
    rows = {p.key: p.checked.row.number for p in work.plan}
    found = {e.id: rows[key] for e in work.entries() if (key := key_of_entry(e)) in rows}
    return found | {p.entry.id: p.checked.row.number for p in work.plan if p.entry}


def _in_todays_rows(run: RunMoney, now: Mapping[int, int]) -> RunMoney:
    unsure = (replace(u, row=now.get(u.entry, u.row), gone=u.entry not in now) for u in run.unsure)
    return replace(run, unsure=tuple(sorted(unsure, key=lambda u: (u.row, u.gone))))


def _place_told(work: Work, entry: Entry) -> str:
    return f"file {entry.job_name}, row {rows_now(work).get(entry.id, entry.row)}"


# --- the person's word ----------------------------------------------------------------------------------------------


async def _ask(work: Work, case: Case) -> None:
    _show(work, case)
    while True:
        answer = work.face.ask_text('Its number there ("no" if it is not there; Enter to decide later)').strip()
        if not answer:
            work.face.say(f"Row {case.row} stays as it is.")
            return
        try:
            await _settle(work, case, "" if answer.casefold() in ABSENT else answer, sure=False)
            return
        except UsageError as error:
            work.face.say(str(error))


async def _settle(work: Work, case: Case, order_id: str, *, sure: bool) -> None:
    """Record the person's word, once it can be believed. `order_id` "": it was not placed. `sure`: whatever speaks
    against it.
    """
    if order_id:
        await _settle_as(work, case, order_id, sure=sure)
    else:
        _settle_absent(work, case, sure=sure)


async def _settle_as(work: Work, case: Case, order_id: str, *, sure: bool) -> None:
    entry = case.entry
    taken = work.ledger.known_orders(work.settings.panel, [order_id]).get(order_id)
    if taken is not None and taken.id != entry.id:
        raise UsageError(
            f"{order_id} is another order already ({_place_told(work, taken)}). {LEFT_AS_IT_WAS}",
            "Look for the right number on the Orders page of the panel.",
        )
    status = await _look_up(work, order_id)
    against = doubts(entry, order_id, status, currency=work.currency, before=work.ledger.newest_order_before(entry))
    if not sure:
        _be_sure(work, " ".join(against), f"Is {order_id} really the order of row {case.row}?")
    now = work.ledger.clock()
    work.ledger.write(RecordEvent(entry.id, Settled(order_id=order_id), now))
    work.ledger.write(RecordStatuses({entry.id: status}, now))
    work.face.say(f"Row {case.row} is order {order_id} now ({status.status}).")


async def _look_up(work: Work, order_id: str) -> OrderStatus:
    try:
        return await work.panel.status(order_id)
    except PanelError as error:
        if error.kind in (UNREACHABLE, Kind.LOST, Kind.BUSY, Kind.KEY):
            raise stopped_by(error) from None
        raise UsageError(
            f'The panel does not know order {order_id} ("{error.text}"). {LEFT_AS_IT_WAS}',
            "Look for the right number on the Orders page of the panel.",
        ) from None


def _settle_absent(work: Work, case: Case, *, sure: bool) -> None:
    against = ""
    if case.entry.order_id:
        against = f"It was settled as order {case.entry.order_id}, and the panel knows that order."
    elif _weighed(work, case.entry).get(case.entry.id):
        against = "The balance says that this row was very probably ordered."
    if not sure:
        _be_sure(work, against, f"Is row {case.row} really not on the panel's Orders page?")
    work.ledger.write(RecordEvent(case.entry.id, ConfirmedAbsent(), work.ledger.clock()))
    then = "it is ready to be ordered" if work.road.places else "the next run orders it"
    if case.gone:
        then = "it can be ordered again only from the file"
    work.face.say(f"Row {case.row} was not placed; {then}.")


def _weighed(work: Work, entry: Entry) -> Mapping[int, bool]:
    run = work.ledger.run_money([entry]).get(entry.id)
    found = weigh(run) if run else None
    return found.ordered if found else {}


def _be_sure(work: Work, against: str, question: str) -> None:
    """A word that something speaks against counts only when it is given twice."""
    if not against:
        return
    if not work.face.can_ask():
        raise UsageError(f"{against} {LEFT_AS_IT_WAS}", "If you are sure all the same, use resolve with --yes.")
    work.face.say(against)
    if not work.face.ask(question):
        raise UsageError(LEFT_AS_IT_WAS)


def still_unconfirmed(work: Work, entries: Iterable[Entry]) -> dict[int, str]:
    """What is known of every unconfirmed one of these orders, for the results: a word for it that was not believed, and
    what the balance says.
    """
    open_ = [e for e in entries if e.state is OrderState.UNCONFIRMED]
    told = evidence(work, open_) if open_ else {}
    return {e.id: f"{work.not_believed.get(e.id, '')} {told.get(e.id, '')}".strip() for e in open_}
