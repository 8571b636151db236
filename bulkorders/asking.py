"""Refills and cancellations of placed orders: what is wished for, the question, the sending, and how refills stand.

A wish comes from the Action column (at most once per order, however often the file is run) or from a command.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from time import monotonic

from bulkorders.account import answered
from bulkorders.askbook import RecordAsked, RecordRefills, StartAsks
from bulkorders.core.actions import PanelAnswerError, Receipt, listable
from bulkorders.core.asks import Ask, AskAction, Asked, AskState, Wish, has_dropped, is_open, why_not
from bulkorders.core.askstold import ask_sentence, wishes_told
from bulkorders.core.model import Entry, count_told, money
from bulkorders.core.pacing import Pace, backoff
from bulkorders.core.plan import Planned
from bulkorders.core.refusals import Kind
from bulkorders.core.states import OrderState
from bulkorders.core.statuses import Meaning, meaning
from bulkorders.core.summary import rows_told
from bulkorders.errors import UsageError
from bulkorders.ordering import refresh_orders
from bulkorders.panel import UNREACHABLE, PanelError
from bulkorders.questions import MOST_TRIES, in_turn
from bulkorders.run import slower
from bulkorders.work import Work

MOST_TOLD = 20
"""So many orders are named before the question; the results workbook has all."""


# --- what is wished for ----------------------------------------------------------------------------------------------


async def find_wishes(work: Work) -> None:
    """Find out which orders are to be refilled or canceled, as they stand now at the panel.

    Raises:
        UsageError: the command names rows or orders that the file has not.
        StoppedError: the panel could not be asked how they stand.
    """
    command = work.road.asks
    rows = [p for p in work.plan if _says(p, command)] if not command or _by_cell(work) else _chosen(work)
    if not rows:
        return
    if work.road.refreshes:
        await answered(refresh_orders(work, _in_doubt(work, rows)))
    now = {e.id: e for e in work.entries()}
    asks = work.ledger.asks(work.job) if work.job else {}
    rows = [replace(p, entry=now.get(p.entry.id, p.entry)) if p.entry else p for p in rows]
    found = [_wish(work, p, asks) for p in _filtered(work, rows, list(now.values()))]
    work.wishes = [replace(w, why_not=why_not(w, again=work.options.again and command is not None)) for w in found]


def _says(planned: Planned, command: AskAction | None) -> bool:
    """Whether the row's Action cell asks for it. A row that was never ordered is told as one to be fixed."""
    action = planned.checked.action
    wanted = (command,) if command else tuple(AskAction)
    return action in wanted and planned.entry is not None and planned.entry.state is OrderState.PLACED


def _by_cell(work: Work) -> bool:
    options = work.options
    return not (options.rows or options.orders or options.status or options.dropped)


def _chosen(work: Work) -> list[Planned]:
    """The rows that the command names; without rows or orders, all that were ordered."""
    rows, orders = work.options.rows, work.options.orders
    if not rows and not orders:
        return [p for p in work.plan if p.entry and p.entry.state is OrderState.PLACED]
    chosen = [p for p in work.plan if p.checked.row.number in rows or (p.entry and p.entry.order_id in orders)]
    known = {p.checked.row.number for p in chosen} | {p.entry.order_id for p in chosen if p.entry}
    if missing := [str(wanted) for wanted in (*sorted(rows), *orders) if wanted not in known]:
        raise UsageError(
            f"{work.input} has no row or order {', '.join(missing[:MOST_TOLD])}.",
            "Rows are numbered as in Excel; orders by the panel's number. Nothing was asked for.",
        )
    return chosen


def _in_doubt(work: Work, rows: Sequence[Planned]) -> list[Entry]:
    """The orders to ask about before anything is wished for; a drop shows only where a finished one is asked again."""
    entries = [p.entry for p in rows if p.entry]
    return [replace(e, status=None) for e in entries] if work.options.dropped else entries


def _filtered(work: Work, rows: Sequence[Planned], entries: Sequence[Entry]) -> Iterator[Planned]:
    wanted = work.options.status
    places: dict[tuple[str, str], list[Entry]] = {}
    for sent in sorted(entries, key=lambda e: e.id):
        places.setdefault((sent.order.service, sent.order.target), []).append(sent)
    for planned in rows:
        entry = planned.entry
        if wanted and not (entry and entry.status and _same_status(entry.status.status, wanted)):
            continue
        if work.options.dropped:
            later = places.get((entry.order.service, entry.order.target), []) if entry else []
            if entry is None or not has_dropped(entry, [e for e in later if e.id > entry.id]):
                continue
        yield planned


def _same_status(status: str, wanted: str) -> bool:
    """Whether a status is meant: as it is spelled, or as another panel spells the same thing."""
    known = meaning(wanted)
    return status.casefold() == wanted.casefold() or (known is not Meaning.UNKNOWN and meaning(status) is known)


def _wish(work: Work, planned: Planned, asks: Mapping[int, Sequence[Ask]]) -> Wish:
    action = work.road.asks or AskAction(planned.checked.action)
    service = work.services.get(planned.checked.service)
    entry = planned.entry
    return Wish(
        row=planned.checked.row.number,
        action=action,
        entry=entry,
        offered=bool(getattr(service, action)) if service else None,
        earlier=[a for a in asks.get(entry.id, ()) if a.action is action] if entry else (),
        from_cell=work.road.asks is None or _by_cell(work),
        echoed=planned.checked.echoed,
    )


# --- what is told, and the question ----------------------------------------------------------------------------------


def tell_wishes(work: Work) -> None:
    """Show what will be asked for, and what will not be, and why."""
    say, command = work.face.say, work.road.asks
    for action, wishes in sent_by_action(work).items():
        say(f"{wishes_told(action, len(wishes))} to ask for:")
        for wish in wishes[:MOST_TOLD]:
            say(f"  Row {wish.row}: {_order_told(work, wish)}")
        if len(wishes) > MOST_TOLD:
            say(f"  ... and {len(wishes) - MOST_TOLD:,} more; the results workbook has them all.")
    if command and not work.wishes:
        say(f"No row fits: there is nothing to {command}.{_hint(work)}")
    for wish in [w for w in work.wishes if w.why_not and (command or w.why_not != "ask_done")][:MOST_TOLD]:
        told = hindered_told(wish, work)
        say(f"  Row {wish.row}, not asked for: {told}")


def _hint(work: Work) -> str:
    if not _by_cell(work):
        return ""
    return f" Write {work.road.asks} under Action, or name rows with --rows 3,7-12 or orders with --order ID."


def hindered_told(wish: Wish, work: Work) -> str:
    """Why a wish is not sent, and what to do about it."""
    last = wish.earlier[-1] if wish.earlier else None
    told = ask_sentence(wish.why_not, wish.entry, wish.action, last, work.zone)
    advice = "" if told.act == "action" and not wish.from_cell else told.what_to_do  # no cell asked for it
    return f"{told.happened} {advice}".rstrip()


def _order_told(work: Work, wish: Wish) -> str:
    entry = wish.entry
    assert entry is not None
    status = entry.status.status if entry.status else "status not known"
    return (
        f"order {entry.order_id}, {status}, {money(_worth(entry), work.currency)}, {entry.order.service} for "
        f"{entry.order.target[:80]}"
    )


def _worth(entry: Entry) -> Decimal:
    charge = entry.status.charge if entry.status else None
    return entry.order.cost if charge is None else charge


def sent_by_action(work: Work) -> dict[AskAction, list[Wish]]:
    """The wishes that are to be sent, cancellations first: they free a link, and every minute costs."""
    found = {action: [w for w in work.wishes if w.action is action and not w.why_not] for action in AskAction}
    return {action: wishes for action, wishes in found.items() if wishes}


def question_parts(work: Work) -> list[str]:
    """What the question says of refills and cancellations: `cancel 12 orders worth 8.40 (this cannot be undone)`."""
    parts = []
    for action, wishes in sent_by_action(work).items():
        if action is AskAction.CANCEL:
            worth = sum((_worth(w.entry) for w in wishes if w.entry), Decimal(0))
            told = (
                f"cancel {count_told(len(wishes), 'order')} worth {money(worth, work.currency)} (this cannot be undone)"
            )
        else:
            told = f"ask for {wishes_told(action, len(wishes))}"
        parts.append(told)
    return parts


# --- sending ---------------------------------------------------------------------------------------------------------


async def send_wishes(work: Work) -> None:
    """Ask for everything that is wished for, up to 100 orders in a request; each at most once."""
    for action, wishes in sent_by_action(work).items():
        work.face.say(f"Asking the panel for {wishes_told(action, len(wishes))}.")
        await _send(work, action, wishes)
        taken = work.asked_now[action]
        if taken != len(wishes):
            work.face.say(f"The panel took {taken:,} of {wishes_told(action, len(wishes))}.")
        else:
            work.face.say(f"The panel took {'it' if taken == 1 else 'them all'}.")


async def _send(work: Work, action: AskAction, wishes: Sequence[Wish]) -> None:
    pace, tries = Pace(work.settings.rate), 0
    queue = deque(_batches(wishes, work.panel.most_ids(action)))
    while queue and not work.stop:
        now = monotonic()
        await work.stop.sleep(pace.turn(now) - now)
        if work.stop:
            break
        batch = queue.popleft()
        trouble = await _ask(work, action, batch)
        if trouble is None:
            tries = 0
        elif trouble.kind == Kind.NOT_OFFERED:  # the others would hear the same
            break
        elif trouble.kind == Kind.BUSY and tries < MOST_TRIES:
            queue.appendleft(batch)
            tries += 1
            wait = backoff(tries) if trouble.wait is None else trouble.wait
            work.face.say(slower(trouble.text, wait))
            await work.stop.sleep(wait)
        elif trouble.kind in _ENDS_ALL:
            work.stop.ask(str(trouble.kind), trouble.text)
        elif len(batch) > 1 and trouble.kind != Kind.LOST:  # a no to the list says nothing about one order alone
            queue.extendleft([wish] for wish in reversed(batch))


_ENDS_ALL = frozenset({UNREACHABLE, Kind.KEY, Kind.BUSY})
"""After these nothing was asked for, and nothing more is tried: the next run goes on."""


def _batches(wishes: Sequence[Wish], most: int) -> Iterator[list[Wish]]:
    """Lists of IDs that can stand in one; any other ID alone."""
    listed = [w for w in wishes if w.entry and listable(w.entry.order_id)]
    for start in range(0, len(listed), most):
        yield listed[start : start + most]
    yield from ([w] for w in wishes if w.entry and not listable(w.entry.order_id))


async def _ask(work: Work, action: AskAction, batch: Sequence[Wish]) -> PanelError | None:
    """One request with its intent and its outcome on disk; gives back what was wrong with all of it."""
    cells = {w.entry.id: w.from_cell for w in batch if w.entry}
    (asks,) = work.ledger.write(StartAsks(action, cells, work.ledger.clock()))
    ids = {w.entry.order_id: asks[w.entry.id] for w in batch if w.entry}
    call = work.panel.cancel if action is AskAction.CANCEL else work.panel.refills
    trouble: PanelError | None = None
    try:
        said = await call(list(ids))
    except PanelError as error:
        trouble = error
        outcomes = dict.fromkeys(ids.values(), _of_trouble(error, alone=len(ids) == 1))
    else:
        outcomes = {ask: _of_answer(said.get(order)) for order, ask in ids.items()}
    work.ledger.write(RecordAsked(outcomes, work.ledger.clock()))
    work.asked_now[action] += Counter(o.state for o in outcomes.values())[AskState.TAKEN]
    return trouble


def _of_trouble(error: PanelError, *, alone: bool) -> Asked:
    """What a failed request means for each order in it. A definite no to a list of several is none to any of them."""
    if error.kind in _ENDS_ALL:
        return Asked(state=AskState.UNSENT, text=error.text)
    if error.kind == Kind.LOST:
        return Asked(state=AskState.LOST, text=error.text)
    if error.kind == Kind.NOT_OFFERED:
        return Asked(state=AskState.NOT_OFFERED, text=error.text)
    return Asked(state=AskState.REFUSED if alone else AskState.UNSENT, text=error.text)


def _of_answer(said: Receipt | PanelAnswerError | None) -> Asked:
    match said:
        case None:
            return Asked(state=AskState.LOST, text="the panel's answer leaves this order out")
        case Receipt():
            return Asked(state=AskState.TAKEN, refill_id=said.id, text=said.text)
        case PanelAnswerError(kind=Kind.LOST):
            return Asked(state=AskState.LOST, text=said.text)
        case PanelAnswerError(kind=Kind.BUSY):
            return Asked(state=AskState.UNSENT, text=said.text)
        case PanelAnswerError(kind=Kind.NOT_OFFERED):
            return Asked(state=AskState.NOT_OFFERED, text=said.text)
        case _:
            return Asked(state=AskState.REFUSED, text=said.text)


# --- how refills stand -----------------------------------------------------------------------------------------------


async def refresh_refills(work: Work) -> None:
    """Ask about every refill that is not final, 100 a request; what goes wrong ends the command politely."""
    asks = [a for of_order in work.ledger.asks(work.job).values() for a in of_order] if work.job else []
    open_ = {a.refill_id: a.id for a in asks if is_open(a)}

    def hear(answer: Mapping[str, str | PanelAnswerError]) -> None:
        statuses = {open_[i]: word for i, word in answer.items() if isinstance(word, str)}
        work.ledger.write(RecordRefills(statuses, work.ledger.clock()))

    pace = Pace(work.settings.rate)
    try:
        await in_turn(list(open_), work.panel.refill_statuses, hear, pace=pace, stop=work.stop, listener=work.face)
    except PanelError as error:
        work.refills_told = error.kind != Kind.NOT_OFFERED
        if work.refills_told:
            work.stop.ask(str(error.kind), error.text)


def agreed_to_wishes(work: Work) -> bool:
    """Whether what a command wishes for is to be sent: the question, with --yes none.

    Raises:
        UsageError: nobody is there to ask, and there was no --yes.
    """
    if not sent_by_action(work):
        return False
    if work.options.yes:
        return True
    if not work.face.can_ask() or work.options.file == "-":
        raise UsageError("Nothing was asked for, because nobody could be asked.", "Add --yes to do it unasked.")
    question = " and ".join(question_parts(work))
    if work.face.ask(f"{question[0].upper()}{question[1:]}?"):
        return True
    count = sum(map(len, sent_by_action(work).values()))
    work.face.say(f"Nothing was asked for: {rows_told(count)} left as they were.")
    return False
