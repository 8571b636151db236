"""What people and programs are told: the plan before the question, how it ended, and the `--json` object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bulkorders.asking import tell_wishes
from bulkorders.consent import code_of_plan
from bulkorders.core.asks import AskAction
from bulkorders.core.columns import NEEDS_PERSON, WORDS, Report, Result
from bulkorders.core.lists import taken_told
from bulkorders.core.model import Level, Problem, exact, money, on_day
from bulkorders.core.plan import Planned, key_of_entry
from bulkorders.core.prices import change_told
from bulkorders.core.refusals import Kind
from bulkorders.core.results import Showing, results_of
from bulkorders.core.sentences import STOPS
from bulkorders.core.states import RowState
from bulkorders.core.summary import at_time, charged, counts, estimated, headline, rows_told
from bulkorders.errors import FileError, InterruptError, StoppedError
from bulkorders.keptbook import write_kept
from bulkorders.panel import UNREACHABLE
from bulkorders.resolve import still_unconfirmed
from bulkorders.resultsbook import write_results
from bulkorders.work import CHECK, PROPERTIES, Finished, Work, no_rubbish
from bulkorders.workbook import file_digest

PANEL_TROUBLE = frozenset({*Kind, UNREACHABLE, "broken"} - {Kind.FUNDS})
"""Stops of which the log knows more than a sentence can tell."""

TOLD_PROBLEMS = 20
"""So many rows are explained in the terminal; the workbook explains all."""


def tell_plan(work: Work) -> None:
    """Show the plan: rows in each state, cost by service, balance before and after, what is held and why."""
    say = work.face.say
    say(f"{work.input}, sheet {work.sheet.name}: {rows_told(len(work.plan))}, panel {work.settings.panel}.")
    if understood := work.headings.understood():
        say(f"  {understood}")
    for taken in taken_told(work.sheet.taken):
        say(f"  {taken}")
    found = Counter(p.state for p in work.plan)
    for state in filter(found.get, RowState):
        say(f"  {WORDS[state]:<9}{found[state]:>8,}")
    _tell_rows(work)
    tell_wishes(work)
    ready = work.ready()
    if ready:
        _tell_cost(work, ready)


def _repeats_whole(work: Work) -> str:
    """The one sentence on a file that is another one under a new name; "" for any other file."""
    rows = [p for p in work.plan if p.state is not RowState.SKIPPED]
    if len(rows) < 2 or not all(p.code in ("repeat", "repeat_unsure") for p in rows):
        return ""
    before = [work.elsewhere[p.key.content] for p in rows]
    first = min(before, key=lambda e: e.ordered_at or e.sent_at or work.now)
    if len({entry.job for entry in before}) > 1:
        return ""
    return (
        f"This whole file repeats {first.job_name}, which was ordered"
        f"{on_day(first.ordered_at or first.sent_at, work.zone)}: none of its {rows_told(len(rows))} is ordered again. "
        "If all of it is wanted a second time, add --again."
    )


def _tell_rows(work: Work) -> None:
    if whole := _repeats_whole(work):
        work.face.say(whole)
        return
    told = [p for p in work.plan if p.state in (RowState.INVALID, RowState.HELD)]
    for planned in told[:TOLD_PROBLEMS]:
        word, number = WORDS[planned.state], planned.checked.row.number
        work.face.say(f"  {word}, row {number}: {planned.sentence.happened} {planned.sentence.what_to_do}".rstrip())
    if len(told) > TOLD_PROBLEMS:
        work.face.say(f"  ... and {len(told) - TOLD_PROBLEMS:,} more; the results workbook has them all.")
    warnings = [p for planned in work.ready() for p in planned.checked.problems]
    for problem in warnings[:TOLD_PROBLEMS]:
        work.face.say(f"  Note, row {problem.row}: {problem.message}")
    if len(warnings) > TOLD_PROBLEMS:
        work.face.say(f"  ... and {len(warnings) - TOLD_PROBLEMS:,} more notes; the results workbook has them all.")


def _tell_cost(work: Work, ready: Sequence[Planned]) -> None:
    by_service: dict[str, list[Decimal]] = {}
    for planned in ready:
        order = planned.checked.order
        assert order is not None
        by_service.setdefault(f"{order.service}  {order.service_name}", []).append(planned.cost)
    say, currency = work.face.say, work.currency
    say("Cost by service:")
    dearest = sorted(by_service.items(), key=lambda item: -sum(item[1]))
    for name, costs in dearest[:10]:
        say(f"  {money(sum(costs, Decimal(0)), currency):>16}  {len(costs):>6,} x {name[:70]}")
    if len(dearest) > 10:
        rest = [cost for _, costs in dearest[10:] for cost in costs]
        say(f"  {money(sum(rest, Decimal(0)), currency):>16}  {len(rest):>6,} x {len(dearest) - 10} other services")
    total = sum((p.cost for p in ready), Decimal(0))
    balance = work.balance.amount if work.balance else None
    then = (
        ""
        if balance is None
        else f"; balance now {money(balance, currency)}, afterwards {money(balance - total, currency)}"
    )
    say(f"Together {money(total, currency)}{_of_older(work)}{then}.")
    for change in work.changes[:TOLD_PROBLEMS]:
        work.note(change_told(change, currency, work.zone))
    later = [p.checked.order.upper_cost for p in ready if p.checked.order and p.checked.order.upper_cost is not None]
    if later:
        say(f"Subscriptions are charged later, for each post: up to {money(sum(later, Decimal(0)), currency)} more.")
    if balance is not None and total > balance:
        say("The balance does not cover this: the orders go out until the money is used up, and the rest waits.")


def _of_older(work: Work) -> str:
    """Where the prices are not those of now: when they were."""
    return f", at the prices of {at_time(work.older.fetched_at.astimezone(work.zone))}" if work.older else ""


@no_rubbish()
def finish(work: Work) -> Finished:
    """Write the results workbook, say how it ended, and sum it up."""
    report, place, written, trouble = _report(work), _place(work), None, None
    try:
        written = _write(work, report, place) if work.options.write else None
    except FileError as error:  # the orders stand and the ledger knows them: only the workbook is missing
        trouble = error
    _say_end(work, report, place, written)
    code = exit_code(work, report.results)
    if trouble is not None:
        work.face.say(f"{trouble} The orders are safe; run the same command again to get the results.")
        code = code or 1
    return Finished(exit_code=code, summary=summary(work, report, written), trouble=trouble)


def fingerprint(work: Work) -> str:
    """A digest of what the results workbook would tell now, but for when the panel was asked."""
    results = [replace(r, updated_at=None) for r in _results(work)]
    told = sha256(repr((work.headings.names, work.notes, results)).encode())
    told.update(work.original)
    return told.hexdigest()


def _results(work: Work) -> list[Result]:
    entries = {e.id: e for e in work.entries()}
    by_key = {key_of_entry(e): e for e in entries.values()}
    plan = [
        replace(p, entry=by_key[p.key]) if p.state is RowState.READY and not p.entry and p.key in by_key else p
        for p in work.plan
    ]
    showing = Showing(
        shown=work.headings.shown,
        currency=work.currency,
        zone=work.zone,
        tried=work.tried,
        stopped=work.stopped[0],
        evidence=still_unconfirmed(work, entries.values()),
        repeated={e.id for e in work.repeated()},
        asks=work.ledger.asks(work.job) if work.job else {},
        action_at=_action_at(work),
        hindered={w.entry.id: w.why_not for w in work.wishes if w.entry and w.why_not in TOLD_ON_ROW and w.from_cell},
        tried_wishes=bool(work.asked_now) or work.tried,
        changes={change.service: change for change in work.changes},
    )
    return results_of(plan, entries, showing)


TOLD_ON_ROW = frozenset({"ask_no_refill", "ask_no_cancel", "ask_finished", "ask_not_delivered", "ask_early"})
"""Why an Action cell was not seen to, as the row itself tells it; the rest follows from what was asked before."""


def _action_at(work: Work) -> int | None:
    at = work.headings.at.get("action")
    return work.headings.shown.index(at) if at in work.headings.shown else None


def _report(work: Work) -> Report:
    return Report(
        file=work.input,
        panel=work.settings.panel,
        made_at=datetime.now().astimezone(),
        headings=tuple(work.headings.names[i] for i in work.headings.shown),
        results=_results(work),
        currency=work.currency,
        balance=work.balance.amount if work.balance else None,
        placing=work.road is not CHECK,
        practice=work.settings.sandbox,
        stopped=why_stopped(work),
        notes=tuple(work.notes),
        properties=tuple(zip(PROPERTIES, _properties(work), strict=True)),
        lists=work.sheet.lists,
    )


def _properties(work: Work) -> tuple[str, ...]:
    # What this ledger does not know itself must be read again the next time: then the workbook is no mark of its own.
    unknown = work.adopted or work.held or any(claim.code == "claim_held" for claim in work.claims.values())
    mark = "" if unknown else work.ledger.mark()
    return work.settings.panel, work.code, work.input, mark


def _write(work: Work, report: Report, place: Path) -> Path:
    work.busy("Writing the results of")
    kept = work.original
    path = write_kept(report, place, kept, work.sheet) if kept else write_results(report, place)
    alone = work.claims or work.held or work.typed_actions  # such things live in the workbook alone
    if work.job and path == work.target and not alone:
        work.ledger.remember_results(work.job, file_digest(path))
    return path


def _place(work: Work) -> Path:
    """A mere check leaves alone a workbook that knows what the ledger does not know yet: orders, or words typed."""
    news = work.adopted or work.claims or work.held or work.words or work.typed_actions
    if work.road is CHECK and work.target.exists() and news:
        return work.target.with_name(f"{work.target.stem} (check){work.target.suffix}")
    return work.target


def why_stopped(work: Work) -> str:
    """The sentence on why the command ended early; "" where it did not."""
    kind, text = work.stopped
    return STOPS.get(kind, "Stopped: {text}.").format(text=text) if kind else ""


def exit_code(work: Work, results: Sequence[Result]) -> int:
    """README, "Exit codes"."""
    kind, _ = work.stopped
    if kind:
        return InterruptError.exit_code if kind == "interrupted" else StoppedError.exit_code
    unsettled = set(NEEDS_PERSON)
    if work.road.places:
        unsettled |= {RowState.READY}
    waits_for_more = any(
        r.state is RowState.WAITING and p.code != "limit" for p, r in zip(work.plan, results, strict=True)
    )
    if work.road.asks and _unheard(work):
        return 1
    return 1 if waits_for_more or any(r.state in unsettled or r.in_vain for r in results) else 0


def _unheard(work: Work) -> bool:
    """Whether a command asked for something that the panel did not take, or that could not be asked for."""
    return not work.wishes or sum(work.asked_now.values()) < sum(w.why_not != "ask_done" for w in work.wishes)


def _say_end(work: Work, report: Report, place: Path, written: Path | None) -> None:
    work.face.say(headline(report))
    if written is not None:
        moved = "" if written == place else f" ({place.name} is open in another program)"
        work.face.say(f"Results: {written}{moved}")
    if why := why_stopped(work):
        detailed = work.stopped[0] in PANEL_TROUBLE and work.settings.log.is_file()
        work.face.say(f"{why} Details: {work.settings.log}" if detailed else why)


def summary(work: Work, report: Report, written: Path | None) -> dict[str, Any]:
    """The object that `--json` prints (README, "For programs"): money is a decimal string."""
    return {
        "file": work.options.file,
        "job": work.options.job or (work.job.name if work.job else work.name),
        "panel": work.settings.panel,
        "rows": len(report.results),
        **{state.value: count for state, count in counts(report).items()},
        "placed_now": work.placed_now,
        "refreshed": work.refreshed,
        "refills_asked": work.asked_now[AskAction.REFILL],
        "cancels_asked": work.asked_now[AskAction.CANCEL],
        "estimated_cost": exact(estimated(report)),
        "charged": exact(charged(report)),
        "balance": exact(work.balance.amount) if work.balance else None,
        "currency": work.currency,
        "results": str(written) if written else None,
        "stopped": work.stopped[0] or None,
        "problems": _problems(work, report.results),
        **({"list_of": work.older.fetched_at.isoformat()} if work.older else {}),
        **({"plan": code_of_plan(work)} if work.options.save_plan else {}),
    }


def _problems(work: Work, results: Sequence[Result]) -> list[dict[str, Any]]:
    found = [_told(p) for p in work.sheet.problems if p.row is None and p.level is Level.ERROR]
    found += [
        _told(p)
        for planned in work.plan
        for p in planned.checked.problems
        if planned.state is not RowState.PLACED or p.level is Level.WARNING
    ]
    settled = {RowState.PLACED, RowState.READY, RowState.SKIPPED, RowState.INVALID}
    for planned, result in zip(work.plan, results, strict=True):
        if result.state not in settled or planned.code == "no_order" or result.in_vain:
            message = f"{result.happened} {result.what_to_do}".strip()
            code = result.in_vain or (planned.code if planned.code not in ("", "ready") else result.state.value)
            found.append({"row": result.row.number, "column": "", "code": code, "message": message})
    return found


def _told(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.code,
        "message": f"{problem.message} {problem.advice}".strip(),
    }
