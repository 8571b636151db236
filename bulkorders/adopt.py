"""Order IDs that come from elsewhere: a results workbook of another computer, or an Order ID column.

An ID is believed when the panel knows it; then its order goes into the ledger before anything is placed. A row whose ID
cannot be believed is held.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bulkorders.account import stopped_by
from bulkorders.askbook import AdoptAsks
from bulkorders.core.asks import Ask, AskAction, AskState
from bulkorders.core.columns import WORDS
from bulkorders.core.headings import Headings
from bulkorders.core.model import Entry, Order, OrderStatus, Sheet, cell_text, count_told
from bulkorders.core.pacing import Pace
from bulkorders.core.plan import SENT, Claim, Key, key_of_entry, keys_of
from bulkorders.core.refusals import Kind
from bulkorders.core.states import Adopted, AdoptedUnsure, OrderState, RowState
from bulkorders.core.validate import NOT_PLACED, Checked
from bulkorders.errors import FileError
from bulkorders.ledger import Job, RecordEvent
from bulkorders.panel import UNREACHABLE, PanelError
from bulkorders.questions import in_turn
from bulkorders.readfile import read_sheet
from bulkorders.work import PROPERTIES, Word, Work
from bulkorders.workbook import file_digest


def results_beside(work: Work, known: Job | None) -> list[Sheet]:
    """The results workbooks beside the input that may hold news: where this one will be written, and the usual place.

    The two differ when the one in the usual place belongs to a file of another name; perhaps this one was renamed.
    """
    read = Path(work.options.file).resolve()
    paths = [p for p in dict.fromkeys((work.target, work.usual_target)) if p.is_file() and p.resolve() != read]
    return [_read_results(p, read.parent) for p in paths if not (known and known.results_digest == file_digest(p))]


def _read_results(path: Path, folder: Path) -> Sheet:
    """The results of an input that is in this folder: the files of its lists are there."""
    try:
        return read_sheet(path, folder=folder)
    except FileError as error:
        raise FileError(
            f"The results workbook {path} of an earlier run cannot be read, so its order IDs cannot be compared. "
            f"{error.message}",
            "Repair it, move it away, or name another file with --results.",
        ) from None


async def sort_claims(work: Work, rows: Sequence[Checked], sheet: Sheet, headings: Headings) -> None:
    """Sort the order IDs that a sheet names: known to the ledger, to be taken over, or not to be believed."""
    own = {key_of_entry(e): e for e in work.entries()}
    at = {e.id: key for key, e in own.items()}
    known = work.ledger.known_orders(work.settings.panel, (claimed_id(r) for r in rows if claimed_id(r)))
    keys, unknown = keys_of(rows), []
    present = set(keys if rows is work.checked else keys_of(work.checked))
    panel = dict(sheet.properties).get(PROPERTIES[0], work.settings.panel)
    elsewhere = not work.ledger.has_mark(dict(sheet.properties).get(PROPERTIES[3], ""))
    news = elsewhere or panel != work.settings.panel or (sheet is work.sheet and not _of_this_job(work, sheet))
    for row, key in zip(rows, keys, strict=True):
        mine, entry = own.get(key), known.get(claimed_id(row))
        if mine is not None and mine.state in SENT:
            if mine.state is OrderState.UNCONFIRMED and row.claimed_id:
                work.words.append(Word(entry=mine.id, typed=row.claimed_id, mark=_mark(sheet, row, headings)))
            continue
        if entry is None:
            if elsewhere and _word(row, headings) == WORDS[RowState.HELD]:
                _hold(work, row, key)
            elif claimed_id(row) or (news and _was_sent(row, headings)):
                unknown.append((row, key))
                work.adopted_asks[key] = _asks_told(row, headings, work.now)
        elif entry.id in at and at[entry.id] not in present:
            work.named[key] = entry
        elif sheet is work.sheet:  # beside the input it would only repeat what the plan knows of other jobs
            work.claims[key] = Claim(
                order_id=entry.order_id, code="claim_taken", job_name=entry.job_name, row=entry.row
            )
    if panel != work.settings.panel:
        for row, key in unknown:
            work.claims[key] = _claim(row, "claim_foreign", was=panel)
    elif unknown:
        await look_up(work, unknown)


def take_actions(work: Work, rows: Sequence[Checked]) -> None:
    """What a person chose under Action in the results workbook beside the input counts as if it stood in the input.

    `rows` are those of the workbook. Where the input itself says something, that counts.
    """
    typed = {key: r.action for r, key in zip(rows, keys_of(rows), strict=True) if r.action != "order" and not r.echoed}
    for at, key in enumerate(keys_of(work.checked)) if typed else ():
        row, action = work.checked[at], typed.get(key)
        if action and row.action == "order":
            work.typed_actions = True
            chosen = replace(row, action=action, typed=True)
            work.checked[at] = replace(chosen, order=None, problems=()) if action == "skip" else chosen


def _of_this_job(work: Work, sheet: Sheet) -> bool:
    return dict(sheet.properties).get(PROPERTIES[1], "") == work.code


def _mark(sheet: Sheet, row: Checked, headings: Headings) -> str:
    """Where the log stood when a results workbook called this row unconfirmed; "" for any other sheet."""
    return dict(sheet.properties).get(PROPERTIES[3], "") if _was_sent(row, headings) else ""


def _claim(row: Checked, code: str, was: str = "") -> Claim:
    return Claim(order_id=claimed_id(row), code=code, was=was, ref=row.ref, place=(row.service, row.target))


def claimed_id(row: Checked) -> str:
    """The order ID that a row names, if it names one."""
    return "" if row.claimed_id.casefold() == NOT_PLACED else row.claimed_id


def _hold(work: Work, row: Checked, key: Key) -> None:
    """A row that was held on another computer stays held: only its ledger knows what the row repeats."""
    if claimed_id(row):
        work.claims[key] = _claim(row, "claim_held")
    else:
        work.held.add(key)


def _was_sent(row: Checked, headings: Headings) -> bool:
    """Whether a results workbook says that this row was sent, although it names no order ID."""
    return _word(row, headings) in (WORDS[RowState.PLACED], WORDS[RowState.UNCONFIRMED])


def _word(row: Checked, headings: Headings) -> str:
    """What a results workbook says became of this row; "" where the sheet is none."""
    return _cell_at(row, headings.result_at)


def _cell_at(row: Checked, at: int | None) -> str:
    return "" if at is None or at >= len(row.row.cells) else cell_text(row.row.cells[at])


_REFILL = re.compile(r"(.*?)(?: \(([^()]+)\))?")
"""The Refill column of a results workbook: how the refill stands, and its number."""


def _asks_told(row: Checked, headings: Headings, now: datetime) -> list[Ask]:
    """The refill or cancellation that a results workbook says was asked for: it is not asked for again here."""
    told = _REFILL.fullmatch(_cell_at(row, headings.refill_at))
    word, number = (told[1], told[2] or "") if told else ("", "")
    actions = ([AskAction.REFILL] if word else []) + ([AskAction(row.action)] if row.echoed else [])
    return [
        Ask(
            entry=0,
            action=action,
            state=AskState.TAKEN,
            from_cell=row.echoed and action == row.action,
            refill_id=number if action is AskAction.REFILL else "",
            status=word if action is AskAction.REFILL and number else "",
            asked_at=now,
        )
        for action in dict.fromkeys(actions)
    ]


async def look_up(work: Work, rows: Sequence[tuple[Checked, Key]]) -> None:
    """Ask the panel about order IDs that the ledger does not know; those that exist are adopted."""
    told = await _looked_up(work, rows) if work.link is not None else None
    adopted = {key_of_entry(e) for e in work.adopted}
    taken = {e.order_id for e in work.adopted}
    for row, key in rows:
        order_id = claimed_id(row)
        if key in adopted:
            continue
        if order_id and (told is None or not isinstance(told.get(order_id), OrderStatus) or order_id in taken):
            work.claims[key] = _claim(row, "claim_unasked" if told is None else "claim_unknown")
            continue
        taken.add(order_id)
        adopted.add(key)
        work.adopted.append(_adopted(row, key, order_id, told.get(order_id) if told else None))


async def _looked_up(work: Work, rows: Sequence[tuple[Checked, Key]]) -> dict[str, Any]:
    """What the panel says of the order IDs that these rows name."""
    asked = list(dict.fromkeys(claimed_id(row) for row, _ in rows if claimed_id(row)))
    if asked:
        ids = count_told(len(asked), "order ID")
        work.face.say(f"Looking up {ids} from another computer or another ledger.")
    told: dict[str, Any] = {}
    pace = Pace(work.settings.rate)
    try:
        await in_turn(asked, work.panel.statuses, told.update, pace=pace, stop=work.stop, listener=work.face)
    except PanelError as error:
        raise stopped_by(error) from None
    for order_id in [i for i in asked if i not in told]:  # left out is not the same as unknown: ask again, alone
        told |= await _ask_alone(work, order_id)
    return told


async def _ask_alone(work: Work, order_id: str) -> dict[str, OrderStatus]:
    try:
        return {order_id: await work.panel.status(order_id)}
    except PanelError as error:
        if error.kind in (UNREACHABLE, Kind.LOST, Kind.BUSY, Kind.KEY):
            raise stopped_by(error) from None
        return {}


def _adopted(row: Checked, key: Key, order_id: str, status: OrderStatus | None) -> Entry:
    order = row.order or Order(
        service=row.service,
        service_name="",
        service_type="",
        form=row.form,
        target=row.target,
        quantity=None,
        cost=Decimal(0),
    )
    return Entry(
        ref=key.ref,
        content=key.content,
        copy=key.copy,
        row=row.row.number,
        order=order,
        state=OrderState.PLACED if order_id else OrderState.UNCONFIRMED,
        text="" if order_id else "a results workbook says so",
        order_id=order_id,
        status=status,
    )


async def adopt_claims(work: Work) -> None:
    """Write adopted orders into the ledger, before anything is placed (a mere check keeps them in mind only)."""
    if not work.adopted or work.job is None or not work.road.refreshes:
        return
    by_key = {key_of_entry(e): e for e in work.adopted}
    wanted = [(key, e.row, e.order) for key, e in by_key.items()]
    claimed = work.ledger.claim(work.job, wanted)
    events: list[RecordEvent] = []
    for entry in claimed:
        adopted = by_key[key_of_entry(entry)]
        event = Adopted(order_id=adopted.order_id) if adopted.order_id else AdoptedUnsure(text=adopted.text)
        events.append(RecordEvent(entry.id, event, work.now))
    work.ledger.write(*events)
    asks = [replace(a, entry=e.id) for e in claimed for a in work.adopted_asks.get(key_of_entry(e), ())]
    work.ledger.write(AdoptAsks(asks))
    were = "was" if len(claimed) == 1 else "were"
    work.face.say(f"{count_told(len(claimed), 'order')} {were} taken over into the ledger.")
    work.adopted = []
