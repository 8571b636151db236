"""The other side of each pair, run as a process of its own: `python -m tests.benchmarks.peers NAME ARGS`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def pandas_alone(path: str) -> None:
    """What reading the sheet costs with pandas, and nothing else."""
    import pandas

    pandas.read_excel(path, dtype=str)


def read_and_check(path: str) -> None:
    """What reading and checking costs with us, without writing and without the panel."""
    import gc
    from datetime import date

    from bulkorders.core.catalog import Catalog
    from bulkorders.core.headings import read_headings
    from bulkorders.core.validate import check_rows
    from bulkorders.readfile import read_sheet
    from tests.benchmarks.inputs import services

    gc.set_threshold(100_000, 20, 20)  # as the program does
    sheet = read_sheet(path)
    check_rows(sheet, read_headings(sheet.headings), Catalog(services()), today=date(2026, 11, 1))


def results(rows: str, path: str) -> None:
    """The results workbook as we write it."""
    from bulkorders.resultsbook import write_results
    from tests.benchmarks.inputs import report

    write_results(report(int(rows)), Path(path))


def results_bare(rows: str, path: str) -> None:
    """The same cells, looks, links and rules of Orders with XlsxWriter in constant memory, and nothing else."""
    import xlsxwriter

    from bulkorders.core.columns import COLUMNS, ROW_HEADING
    from bulkorders.core.looks import FILLS, LOOKS
    from tests.benchmarks.inputs import report

    told = report(int(rows))
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, options) as book:
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
    from datetime import datetime

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


def bare_loop(url: str, rows: str, concurrency: str) -> None:
    """The same requests over one shared httpx.AsyncClient, recording nothing."""
    import httpx

    async def main() -> None:
        numbers = iter(range(1, int(rows) + 1))

        async def work(client: httpx.AsyncClient) -> None:
            for number in numbers:
                form = {"key": "sandbox", "action": "add", "service": "122"}
                form |= {"link": f"https://example.com/{number}", "quantity": "100"}
                answer = await client.post(url, data=form)
                assert answer.json()["order"]

        async with httpx.AsyncClient(timeout=60) as client:
            await asyncio.gather(*(work(client) for _ in range(int(concurrency))))

    asyncio.run(main())


def panel(books: str, faults: str) -> None:
    """A practice panel in a process of its own; prints its address and serves until standard input ends."""
    from bulkorders.sandbox import practice_panel

    with practice_panel(Path(books), faults=faults) as practice:
        print(practice.url, flush=True)
        sys.stdin.read()


def catalogue() -> None:
    """A panel that knows thousands of services and a balance, and takes no orders; serves until standard input ends."""
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from urllib.parse import parse_qs

    from tests.benchmarks.inputs import services

    listed = [
        {"service": s.id, "name": s.name, "type": s.type, "category": s.category, "rate": f"{s.rate}"}
        | {"min": s.min, "max": s.max, "refill": s.refill, "cancel": s.cancel}
        for s in services()
    ]
    answers = {"services": listed, "balance": {"balance": "1000000.00", "currency": "USD"}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = json.dumps(answers.get(asked["action"][0], {"error": "Incorrect request"})).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing: a request has the key in it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}/api/v2", flush=True)
        sys.stdin.read()
        server.shutdown()


PEERS: dict[str, Callable[..., None]] = {
    f.__name__: f for f in (pandas_alone, read_and_check, results, results_bare, bare_loop, panel, catalogue)
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
