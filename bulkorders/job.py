"""The road from a file to its results workbook: read, check, plan, ask, place, refresh, write.

`run`, `check` and `status` walk the same road and differ in how far they go (`Road`). Everything that people are
told on the way goes through a `Face`; what a program is told is the `summary` at the end.
"""

from __future__ import annotations

import asyncio
import gc
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bulkorders.account import answered, connected
from bulkorders.adopt import adopt_claims, results_beside, sort_claims, take_actions
from bulkorders.asking import agreed_to_wishes, find_wishes, refresh_refills, send_wishes, sent_by_action
from bulkorders.config import Settings
from bulkorders.consent import agreed, find_changes, remember_prices, save_plan
from bulkorders.core.catalog import Catalog
from bulkorders.core.headings import Headings, read_headings
from bulkorders.core.jobcodes import RESULTS_ENDINGS, file_codes, fingerprint, job_code
from bulkorders.core.listing import Listing
from bulkorders.core.model import Sheet, on_day
from bulkorders.core.plan import Circumstances, keys_of, make_plan
from bulkorders.core.validate import check_rows
from bulkorders.errors import FileError, PanelStoppedError
from bulkorders.keptbook import SHEETS_PROPERTY, read_original
from bulkorders.keptpackage import losses_told
from bulkorders.ledger import Ledger
from bulkorders.lock import panel_lock
from bulkorders.ordering import look_at_blockers, place, refresh_placed
from bulkorders.panel import Panel
from bulkorders.progress import Face
from bulkorders.readfile import INPUT_SUFFIXES, read_properties, read_sheet
from bulkorders.resolve import settle, settle_typed
from bulkorders.resultsbook import check_rows_fit
from bulkorders.run import Stop
from bulkorders.servicelist import list_of, now_only, now_or_kept, old_told
from bulkorders.telling import finish, tell_plan
from bulkorders.work import PROPERTIES, Finished, Options, Road, Work, no_rubbish
from bulkorders.workbook import check_place, results_path

SHRUNK = 2
"""A service list that has lost more than this part of its length is told before any row is judged by it."""

CLOCK_SLACK = timedelta(minutes=2)
"""So far a clock may be behind what the ledger has seen before it is told: clocks are set right now and then."""

OWN_SHEETS = frozenset({"Summary", "Orders", "To do", "Lists"})

# --- the road -------------------------------------------------------------------------------------------------------


async def walk(settings: Settings, options: Options, road: Road, face: Face) -> Finished:
    """Bring one file to its results workbook, as far as the command goes.

    Raises:
        CommandError: the command cannot be carried out; nothing was ordered that the ledger does not know.
    """
    reading = read_input(options)
    older = list_of(settings, options.services) if options.services else None
    async with _linked(settings, face, asks=older is None) as link:
        with at_work(settings, options, road, face, link, reading) as work:
            work.older = older
            return await _walk(work)


@contextmanager
def at_work(
    settings: Settings,
    options: Options,
    road: Road,
    face: Face,
    link: Panel | None,
    reading: tuple[Sheet, Headings],
) -> Iterator[Work]:
    """Work on what was read, with the ledger open and, where the command asks about orders, the panel held.

    Raises:
        HeldError: another run is at work on the panel.
        CommandError: the ledger or the place for the results cannot be used.
    """
    sheet, headings = reading
    if options.write:
        check_rows_fit(len(sheet.rows))
    with Ledger(settings.ledger) as ledger:
        work = Work(
            settings=settings,
            options=options,
            road=road,
            face=face,
            ledger=ledger,
            link=link,
            now=datetime.now().astimezone(),
            sheet=sheet,
            headings=headings,
            input=original_name(options, sheet),
            usual_target=usual_target(options, practice=settings.sandbox),
            target=results_target(options, sheet, settings),
        )
        if options.write:
            keep_layout(work)
            check_place(work.target)
        with panel_lock(settings.locks, settings.panel, work.name) if road.refreshes else nullcontext():
            yield work


@asynccontextmanager
async def _linked(settings: Settings, face: Face, *, asks: bool) -> AsyncIterator[Panel | None]:
    """The way to the panel; none where it is asked nothing."""
    if not asks:
        yield None
        return
    async with connected(settings, face) as connection:
        yield connection


def keep_layout(work: Work) -> None:
    """Where the results go into a copy of the person's own workbook, say now what a copy cannot keep.

    Such a copy that is fed back in stays one.
    """
    options = work.options
    if options.keep_layout or SHEETS_PROPERTY in dict(work.sheet.properties):
        work.original, lost = read_original(Path(options.file))
        if lost:
            work.note(losses_told(Path(options.file).name, lost))


async def _walk(work: Work) -> Finished:
    with no_rubbish():
        await prepare(work)
    gc.freeze()  # a look at five million things would hold up orders in flight
    try:
        return await _go(work)
    finally:
        gc.unfreeze()


async def _go(work: Work) -> Finished:
    """Tell the plan, do what the command is for, as far as that is agreed to, and write the results."""
    tell_plan(work)
    go = _may_go(work)
    remember_prices(work)
    if work.options.save_plan:
        save_plan(work)
    with interrupts(lambda: work.stop, partial(_wind_up, work)):
        if go:
            await send_wishes(work)
        if go and work.road.places and (work.ready() or work.repeated()):
            await place(work, work.ready())
        work.end_placing()
        if work.road.refreshes and not work.stop:
            await refresh_all(work)
        return finish(work)


async def prepare(work: Work) -> None:
    """All that comes before the plan is told: the job, the balance, the checks, the plan, and what is wished for.

    Raises:
        CommandError: the file, the ledger or the panel does not allow it.
    """
    work.busy("Checking")
    if work.road.refreshes:
        work.ledger.verify()
    doubt_clock(work)
    for problem in work.sheet.problems:
        if problem.row is None:
            work.note(f"{problem.message} {problem.advice}")
    settle_job(work)
    if work.link is not None:
        work.balance = await answered(work.panel.balance())
    work.face.currency = work.currency
    if work.road.refreshes and work.balance is not None:
        work.ledger.close_runs(work.settings.panel, work.balance)
    await check(work)
    await adopt_claims(work)
    if work.road.refreshes and work.words:
        await make(work)  # tells which row each order is in now
        await settle_typed(work)
    await make(work)
    if work.road.settles:
        await settle(work)
        await make(work)
    if work.road.places or work.road.asks or not work.road.refreshes:
        await find_wishes(work)
    find_changes(work)


async def refresh_all(work: Work) -> None:
    """Ask how orders and refills stand, as far as they can still change; what goes wrong is in `work.stop`."""
    await refresh_placed(work)
    await refresh_refills(work)


def _may_go(work: Work) -> bool:
    """Whether anything is to be sent, and may be."""
    if work.road.asks:
        return agreed_to_wishes(work)
    if not work.road.places:
        return False
    return agreed(work) if work.ready() or sent_by_action(work) else bool(work.repeated())


@no_rubbish()
def read_input(options: Options) -> tuple[Sheet, Headings]:
    """The sheet and what its columns are.

    Raises:
        FileError: it cannot be used as it is.
    """
    sheet = read_sheet(options.file, sheet=options.sheet)
    headings = read_headings(sheet.headings)
    if headings.problems:
        told = " ".join(dict.fromkeys(p.message for p in headings.problems))
        advice = " ".join(dict.fromkeys(p.advice for p in headings.problems))
        raise FileError(f"{options.file}: {told}", advice)
    if not sheet.rows:
        raise FileError(
            f"{input_name(options)} has a heading, but no orders under it.", "Fill in a row for each order."
        )
    return sheet, headings


@contextmanager
def interrupts(stop: Callable[[], Stop], wind_up: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C once ends the run politely (`wind_up`), twice at once; the ledger is true either way. `stop` gives the
    stop that counts at that moment.

    Only around what must end politely: everywhere else Ctrl-C ends the command on the spot (cli.py).
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def interrupted(number: int, frame: object) -> None:
        if stop().kind == "interrupted":
            loop.call_soon_threadsafe(task.cancel)
            return
        stop().kind = "interrupted"
        loop.call_soon_threadsafe(wind_up)

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, interrupted) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _wind_up(work: Work) -> None:
    work.stop.ask("interrupted")
    work.face.say(
        "Stopping: nothing new is sent, waiting for the answers that are under way. Ctrl-C again leaves at once."
    )


# --- which job, which results file -----------------------------------------------------------------------------------

STDIN = "-"
PANEL_PROPERTY, JOB_PROPERTY, FILE_PROPERTY, _ = PROPERTIES


def input_name(options: Options) -> str:
    """What the input is called in sentences and in the ledger."""
    return "standard input" if options.file == STDIN else Path(options.file).name


def original_name(options: Options, sheet: Sheet) -> str:
    """What the input is called; for a results workbook that is fed back in, the input that it came from."""
    return dict(sheet.properties).get(FILE_PROPERTY) or input_name(options)


def _source(options: Options) -> Path:
    return Path("stdin.csv") if options.file == STDIN else Path(options.file)


def usual_target(options: Options, *, practice: bool) -> Path:
    """Where the results of this input would be looked for first: `--results`, else beside the input."""
    return options.results or results_path(_source(options), practice=practice)


def results_target(options: Options, sheet: Sheet, settings: Settings) -> Path:
    """Where the results go; a workbook that belongs to another input, or has sheets of a person's, is left alone."""
    target, source = usual_target(options, practice=settings.sandbox), _source(options)
    if not target.is_file():
        return target
    told = read_properties(target)
    if told.get(PANEL_PROPERTY, settings.panel) != settings.panel:  # its order IDs are those of another panel
        host = re.sub(r"[^\w.-]+", "-", settings.panel)
        return target.with_name(f"{source.stem} at {host}{RESULTS_ENDINGS[-1]}")
    if target.resolve() == source.resolve():
        if JOB_PROPERTY not in told and not read_headings(sheet.headings).is_results:
            raise FileError(f"The results would overwrite {target} itself.", "Name another file with --results.")
        own = set(sheet.other_sheets) <= OWN_SHEETS or SHEETS_PROPERTY in told
        return target if own else target.with_name(f"{target.stem} (2){target.suffix}")
    name = input_name(options)
    if options.results or told.get(FILE_PROPERTY, name) == name:
        return target
    return results_path(Path(f"{source}.xlsx"), practice=settings.sandbox)


def settle_job(work: Work) -> None:
    """Find out which job this is: the file's path or `--job`, or what a results workbook says of itself.

    A results workbook beside the file counts where the ledger does not know the file: the folder was moved.
    """
    codes = job_codes(work)
    known = work.ledger.find_job(work.settings.panel, codes)
    work.beside = results_beside(work, known)
    own = [told for told in map(dict, (s.properties for s in work.beside)) if told.get(FILE_PROPERTY) == work.input]
    if known is None and not work.options.job:
        codes += [told[JOB_PROPERTY] for told in own if JOB_PROPERTY in told]
        known = work.ledger.find_job(work.settings.panel, codes)
    work.code = known.code if known else codes[0]
    if work.road.refreshes:
        work.job = work.ledger.open_job(work.settings.panel, [work.code, codes[0]], work.name)
        work.ledger.recover(work.settings.panel)
    else:
        work.job = known


def job_codes(work: Work) -> list[str]:
    """The fingerprints under which the ledger may know this input, the best first."""
    if work.options.job:
        return [job_code(work.options.job)]
    if work.options.file == STDIN:
        return [fingerprint("standard input")]
    told = dict(work.sheet.properties).get(JOB_PROPERTY)
    if work.headings.is_results and told:
        return [told]
    return file_codes(str(Path(work.options.file).resolve()), INPUT_SUFFIXES)


# --- checking --------------------------------------------------------------------------------------------------------


async def check(work: Work) -> None:
    """Judge every row by the live service list, and sort the order IDs that the sheet or its results name.

    Raises:
        StoppedError: the panel gave no list, or an empty one.
    """
    if work.listed is None:
        work.listed = await service_list(work)
        doubt_list(work, work.listed)
    listed = work.listed
    work.services = {s.id: s for s in listed.services}
    remembered = work.ledger.remembered_services(work.job) if work.job else []
    judge = partial(
        check_rows,
        catalog=Catalog(listed.services, remembered),
        today=work.now.date(),
        max_row_cost=work.options.max_row_cost,
        currency=work.currency,
    )
    work.checked = judge(work.sheet, work.headings)
    await sort_claims(work, work.checked, work.sheet, work.headings)
    for beside in work.beside:
        headings = read_headings(beside.headings)
        if headings.is_results:
            rows = judge(beside, headings)
            await sort_claims(work, rows, beside, headings)
            take_actions(work, rows)


def doubt_clock(work: Work) -> None:
    """Say so when this computer's clock is behind what earlier runs wrote down."""
    newest = work.ledger.newest()
    if newest is not None and newest - work.now > CLOCK_SLACK:
        last = newest.astimezone(work.zone)
        work.note(
            f"This computer's clock says {work.now:%H:%M}{on_day(work.now, work.zone)}, but an earlier run was at work "
            f"at {last:%H:%M}{on_day(newest, work.zone)}. Set the clock right: until then, the times in the results "
            "are wrong. No order depends on it."
        )


async def service_list(work: Work) -> Listing:
    """The list by which the rows are judged, asked for once. What places nothing may go by an older one, and says so.

    Raises:
        StoppedError: the panel gave no list that will do.
    """
    if work.older is not None:
        work.note(f"The panel was not asked. {old_told(work.older)}")
        return work.older
    if work.road.places:
        return await now_only(work.settings, work.panel, work.face, work.currency, wait=work.options.wait)
    listing, old = await now_or_kept(work.settings, work.panel, work.face, work.currency)
    if old:
        work.older = listing
        work.note(f"{old} {old_told(listing)}")
    return listing


def doubt_list(work: Work, listed: Listing) -> None:
    """Say what is odd about the service list, before a row is judged by it.

    Raises:
        PanelStoppedError: it is empty.
    """
    count = len(listed.services)
    if not count:
        raise PanelStoppedError(
            "The panel's service list is empty, so no row can be judged. Nothing was ordered.",
            "Run the same command again later; if it stays like this, ask the panel.",
        )
    if listed.unreadable:
        work.note(f"{listed.unreadable} entries of the panel's service list could not be read and cannot be ordered.")
    if work.older is not None:
        return
    before = work.ledger.list_length(work.settings.panel, count)
    if before and count * SHRUNK < before[0]:
        work.note(
            f"The panel's service list has only {count:,} services today; it had {before[0]:,}"
            f"{on_day(before[1], work.zone)}. Rows whose service is missing now may be right all the same: "
            "run the file again later before you change them."
        )


async def make(work: Work) -> None:
    """Make the plan: what becomes of each row."""
    entries = work.entries() + work.adopted
    keys = keys_of(work.checked)
    waits = work.road.places and not work.options.wait
    work.elsewhere = work.ledger.repeats(work.settings.panel, (k.content for k in keys), other_than=work.job)
    around = Circumstances(
        entries=entries,
        repeats=work.elsewhere,
        claims=work.claims,
        named=work.named,
        held=work.held,
        blocked=await look_at_blockers(work, entries, keys) if waits else {},
        again=work.options.again,
        limit=work.options.limit,
        zone=work.zone,
        panel=work.settings.panel,
    )
    work.plan = make_plan(work.checked, around)
