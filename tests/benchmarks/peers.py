"""One side of a pair, run as a process of its own: `python -m tests.benchmarks.peers NAME ARGS`.

Each function does its preparations, measures what it is about with `measured`, and the process prints that as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.quickpanel import FIRST_ORDER
from tests.peak import peak_mb

_TOOK: dict[str, Any] = {}


@contextmanager
def measured() -> Iterator[None]:
    """Wall and CPU seconds of what stands inside."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    _TOOK.update(seconds=time.perf_counter() - began, cpu=time.process_time() - cpu)


def _as_the_program_does() -> None:
    gc.disable()


# --- reading ---------------------------------------------------------------------------------------------------------


def read(path: str) -> None:
    """A file to rows of text, as we read it."""
    from bulkorders.core.model import cell_text
    from bulkorders.readfile import read_sheet

    _as_the_program_does()
    with measured():
        rows = read_sheet(path).rows
        letters = sum(len(cell if type(cell) is str else cell_text(cell)) for row in rows for cell in row.cells)
    assert letters


def openpyxl_rows(path: str) -> None:
    """A workbook to rows of text with openpyxl, read-only; it must not believe the sheet's own dimension."""
    import openpyxl

    with measured():
        sheet = openpyxl.load_workbook(path, read_only=True)["Orders"]
        sheet.reset_dimensions()
        rows = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    assert rows


def csv_rows(path: str) -> None:
    """A text file to rows with the csv module."""
    import csv

    with measured(), open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows


def pandas_alone(path: str) -> None:
    """What reading the sheet costs with pandas, and nothing else."""
    import pandas

    with measured():
        pandas.read_excel(path, dtype=str)


# --- checking --------------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 1)


def _checked(path: str) -> tuple[Callable[[], list[Any]], Any]:
    from bulkorders.core.catalog import Catalog
    from bulkorders.core.headings import read_headings
    from bulkorders.core.validate import check_rows
    from bulkorders.readfile import read_sheet
    from tests.benchmarks.inputs import services

    sheet = read_sheet(path)
    return lambda: check_rows(sheet, read_headings(sheet.headings), Catalog(services()), today=TODAY), sheet


def check(path: str) -> None:
    """Every row checked, as we do it: every fault told, and the order that each good row makes."""
    _as_the_program_does()
    judge, _ = _checked(path)
    with measured():
        rows = judge()
    _tell_cost(row.order.cost for row in rows if row.order)


def read_and_check(path: str) -> None:
    """Reading and checking, and nothing else."""
    _as_the_program_does()
    with measured():
        judge, _ = _checked(path)
        judge()


def plain_check(path: str) -> None:
    """The same rules in a plain loop over dictionaries, as somebody writes it who has to be quick: a message for every
    fault, the form and the exact cost of every good row.
    """
    from tests.benchmarks.inputs import services
    from tests.benchmarks.plainloop import check_plainly

    _as_the_program_does()
    _, sheet = _checked(path)
    rows = [dict(zip(sheet.headings, map(str, row.cells), strict=True)) for row in sheet.rows]
    listed = [{"id": s.id, "type": s.type, "rate": s.rate, "min": s.min, "max": s.max} for s in services()]
    with measured():
        good, _ = check_plainly(rows, listed, TODAY)
    _tell_cost(order["cost"] for order in good)


def _tell_cost(costs: Any) -> None:
    """Both sides must find the same good rows at the same cost, or the comparison is none."""
    amounts = list(costs)
    _TOOK["found"] = f"{len(amounts)} good rows cost {sum(amounts, Decimal(0)):f}"


# --- writing ---------------------------------------------------------------------------------------------------------


def results(rows: str, path: str, different: str = "") -> None:
    """The results workbook as we write it."""
    from bulkorders.resultsbook import write_results
    from tests.benchmarks.inputs import report

    _as_the_program_does()
    told = report(int(rows), int(different) if different else None)
    with measured():
        write_results(told, Path(path))


def results_bare(rows: str, path: str) -> None:
    """The same cells, looks, links and rules of Orders with XlsxWriter in constant memory, and nothing else."""
    import xlsxwriter

    from bulkorders.core.columns import COLUMNS, ROW_HEADING
    from bulkorders.core.looks import FILLS, LOOKS
    from tests.benchmarks.inputs import report

    told = report(int(rows))
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with measured(), xlsxwriter.Workbook(path, options) as book:
        looks = {name: book.add_format({"valign": "top"} | dict(look)) for name, look in LOOKS.items()}
        sheet = book.add_worksheet("Orders")
        headings = [ROW_HEADING, *told.headings, *(column.heading for column in COLUMNS)]
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, looks["heading"])
        for number, result in enumerate(told.results, start=1):
            if any("\n" in str(cell) for cell in result.row.cells) or result.happened:
                sheet.set_row(number, 30)
            sheet.write_number(number, 0, result.row.number, looks["row"])
            ours = ((c.value(result), c.kind.value) for c in COLUMNS)
            for column, (value, kind) in enumerate([*((c, "own") for c in result.row.cells), *ours], start=1):
                _write_bare(sheet, number, column, value, looks, kind)
        for _, fill in FILLS:
            rule = {"type": "cell", "criteria": "==", "value": '"Fix"', "format": book.add_format(dict(fill))}
            sheet.conditional_format(1, 11, int(rows), 11, rule)
        sheet.autofilter(0, 0, int(rows), len(headings) - 1)


def _write_bare(sheet: Any, row: int, column: int, value: Any, looks: dict[str, Any], kind: str) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        if value.startswith("https://") and row <= 65_000:
            sheet.write_url(row, column, value, looks["link"])
        else:
            sheet.write_string(row, column, value, looks["wrapped" if "\n" in value or kind == "sentences" else "text"])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), looks["date"])
    else:
        look = {"money": "money", "charge": "money", "progress": "percent"}.get(kind, "number")
        sheet.write_number(row, column, value, looks[look])


# --- placing ---------------------------------------------------------------------------------------------------------


class _Nothing:
    """A committer that keeps nothing, to see what keeping costs."""

    def write(self, write: Any) -> Awaitable[Any]:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        done.set_result(write.event)
        return done


def place(url: str, rows: str, concurrency: str, folder: str, keeping: str = "recorded") -> None:
    """The engine from READY in the ledger to the answer in it: forms, pacing, intent and outcome on disk, the log."""
    from bulkorders.ledger import Ledger
    from bulkorders.requestlog import RequestLog

    place_in = _fresh(folder)
    with Ledger(place_in / "ledger.sqlite3") as ledger:
        job = ledger.open_job("panel.example", ["job"], "job")
        ledger.claim(job, _orders(int(rows)))
        entries = ledger.entries(job)
        run = ledger.start_run(job, "", None)

        async def go(log: RequestLog) -> int:
            if keeping != "recorded":
                return await _place(url, entries, int(concurrency), _Nothing(), log, run)
            async with ledger.committer() as committer:
                return await _place(url, entries, int(concurrency), committer, log, run)

        log = RequestLog(place_in / "log", "panel.example", print)
        with measured():
            accepted = asyncio.run(go(log))
        log.close()
    assert accepted == int(rows)


async def _place(url: str, entries: Any, concurrency: int, committer: Any, log: Any, run: int) -> int:
    from bulkorders.core.pacing import Pace
    from bulkorders.panel import Panel
    from bulkorders.progress import Face
    from bulkorders.run import Budget, Placing, Stop

    placing = Placing(
        connect=partial(Panel, url, "sandbox", tell=partial(log, run=run)),
        committer=committer,
        pace=Pace(float("inf")),
        budget=Budget({}),
        stop=Stop(),
        watcher=Face(),
        run=run,
    )
    await placing.place(entries, concurrency=concurrency)
    return placing.accepted


def _orders(rows: int) -> list[Any]:
    from bulkorders.core.model import Order
    from bulkorders.core.plan import Key, content_of

    found = []
    for number in range(rows):
        link = f"https://example.com/{number}"
        form = (("link", link), ("quantity", "100"))
        order = Order(
            service="1000",
            service_name="Service 0",
            service_type="Default",
            form=form,
            target=link,
            quantity=100,
            cost=Decimal("0.001"),
        )
        found.append((Key(ref="", content=content_of("1000", form)), number + 2, order))
    return found


def _fresh(folder: str) -> Path:
    path = Path(folder)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def bare_transport(url: str, rows: str, concurrency: str) -> None:
    """The same requests over the very client that we use (httpx's transport, one connection a worker), and no more."""
    import httpx

    async def work(numbers: Iterator[int]) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx.AsyncHTTPTransport(verify=False, limits=limits, trust_env=False) as transport:
            for number in numbers:
                request = httpx.Request("POST", url, data=_form(number))
                response = await transport.handle_async_request(request)
                assert json.loads(await response.aread())["order"]

    _at_once(work, int(rows), int(concurrency))


def bare_client(url: str, rows: str, concurrency: str) -> None:
    """The same requests over httpx as one writes it with care: an AsyncClient for each worker."""
    import httpx

    async def work(numbers: Iterator[int]) -> None:
        async with httpx.AsyncClient(timeout=60, verify=False) as client:
            for number in numbers:
                answer = await client.post(url, data=_form(number))
                assert answer.json()["order"]

    _at_once(work, int(rows), int(concurrency))


def _form(number: int) -> dict[str, str]:
    link = f"https://example.com/{number}"
    return {"key": "sandbox", "action": "add", "service": "1000", "link": link, "quantity": "100"}


def _at_once(work: Callable[[Iterator[int]], Awaitable[None]], rows: int, concurrency: int) -> None:
    async def main() -> None:
        numbers = iter(range(rows))
        await asyncio.gather(*(work(numbers) for _ in range(concurrency)))

    with measured():
        asyncio.run(main())


# --- refreshing, and coming back -------------------------------------------------------------------------------------


def ordered(ledger: str, path: str, status: str) -> None:
    """Fill the ledger as if every good row of a file had been ordered: its only job must be that file's."""
    from bulkorders.core.plan import keys_of
    from bulkorders.core.statuses import is_final
    from bulkorders.ledger import Ledger
    from bulkorders.ledgerfile import connect, transaction

    rows = _checked(path)[0]()
    db = connect(Path(ledger))
    (panel, code), *others = db.execute("SELECT panel, code FROM job_codes LIMIT 2").fetchall()
    assert not others
    with Ledger(Path(ledger)) as opened:
        job = opened.find_job(panel, [code])
        assert job is not None
        keys = keys_of(rows)
        opened.claim(job, [(key, r.row.number, r.order) for key, r in zip(keys, rows, strict=True) if r.order])
    with measured(), transaction(db):
        _order_all(db, status, is_final(status))
    db.close()


def _order_all(db: sqlite3.Connection, status: str, final: bool) -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC).isoformat(timespec="milliseconds")
    values = {"at": at, "status": status, "final": final, "first": FIRST_ORDER * 2}
    db.execute(
        """UPDATE entries SET state = 'placed', order_id = :first + id, sent_at = :at, ordered_at = :at,
        updated_at = :at, status = :status, final = :final, charge = cost, currency = 'USD', start_count = 100,
        remains = 0 WHERE state = 'ready'""",
        values,
    )
    for event, before, after in (("SendStarted", "ready", "sending"), ("Accepted", "sending", "placed")):
        db.execute(
            "INSERT INTO events (entry, at, event, before, after, detail) SELECT id, ?, ?, ?, ?, '{}' FROM entries",
            (at, event, before, after),
        )


def refresh(url: str, rows: str, folder: str) -> None:
    """Every order of a job asked about, 100 a request, and each answer on disk before the next question."""
    from bulkorders.core.pacing import Pace
    from bulkorders.ledger import Ledger
    from bulkorders.ledgerfile import connect, transaction
    from bulkorders.panel import Panel
    from bulkorders.progress import Face
    from bulkorders.questions import refresh as ask
    from bulkorders.run import Stop

    path = _fresh(folder) / "ledger.sqlite3"
    with Ledger(path) as ledger:
        job = ledger.open_job("panel.example", ["job"], "job")
        ledger.claim(job, _orders(int(rows)))
        db = connect(path)
        with transaction(db):
            _order_all(db, "In progress", False)
        db.close()
        entries = ledger.entries(job)

        told: list[int] = []

        def write(statuses: Any) -> None:
            told.extend(ledger.write(statuses))

        async def go() -> None:
            async with Panel(url, "sandbox") as panel:
                await ask(entries, panel, write=write, pace=Pace(float("inf")), stop=Stop(), listener=Face())

        gc.set_threshold(100_000, 20, 20)
        gc.freeze()  # as the program does once the rows are there
        with measured():
            asyncio.run(go())
    assert sum(told) == int(rows)


def bare_refresh(url: str, rows: str) -> None:
    """The same questions over httpx, and json.loads."""
    import httpx

    numbers = [str(FIRST_ORDER * 2 + n) for n in range(1, int(rows) + 1)]

    async def main() -> int:
        told = 0
        async with httpx.AsyncClient(timeout=60, verify=False) as client:
            for start in range(0, len(numbers), 100):
                form = {"key": "sandbox", "action": "status", "orders": ",".join(numbers[start : start + 100])}
                told += len(json.loads((await client.post(url, data=form)).text))
        return told

    with measured():
        told = asyncio.run(main())
    assert told == int(rows)


PEERS: Sequence[Callable[..., None]] = (
    read,
    openpyxl_rows,
    csv_rows,
    pandas_alone,
    check,
    read_and_check,
    plain_check,
    results,
    results_bare,
    place,
    bare_transport,
    bare_client,
    ordered,
    refresh,
    bare_refresh,
)

if __name__ == "__main__":
    {peer.__name__: peer for peer in PEERS}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(_TOOK | {"peak": peak_mb()}))
