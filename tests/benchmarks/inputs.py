"""Seeded inputs for the benchmarks: a sheet of many rows, and a service list of thousands."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

from bulkorders.core.columns import Report, Result
from bulkorders.core.model import Row, Service
from bulkorders.core.states import RowState

SERVICES = 5_000
TYPES = ("Default", "Default", "Default", "Custom Comments", "Package", "Mentions User Followers", "Subscriptions")
HEADING = (*("Ref", "Service", "Link", "Quantity", "Username", "Comments", "Min", "Max", "Delay", "Expiry"),)


def services() -> list[Service]:
    """Thousands of services of seven kinds."""
    return [
        Service(
            id=str(1000 + n),
            name=f"Service {n}",
            type=TYPES[n % len(TYPES)],
            category=f"Category {n % 60}",
            rate=Decimal(n % 900 + 1) / 100,
            min=10,
            max=100_000,
            refill=False,
            cancel=False,
        )
        for n in range(SERVICES)
    ]


def many_services(path: Path, rows: int) -> None:
    """A file of `rows` rows over `services()`, two in a hundred with a mistake: a workbook, or CSV."""
    chance = random.Random(rows)
    _write(path, HEADING, (_row(number, chance) for number in range(1, rows + 1)))


def _row(number: int, chance: random.Random) -> tuple[object, ...]:
    service = chance.randrange(SERVICES)
    kind = TYPES[service % len(TYPES)]
    quantity = "many" if chance.random() < 0.02 else chance.randint(10, 5000)
    link = f"https://example.com/p/{number}"
    ref = f"{10**17 + number}"
    lines = "\n".join(f"A comment, number {n}" for n in range(12))
    by_kind: dict[str, tuple[object, ...]] = {
        "Default": (link, quantity, "", "", "", "", "", ""),
        "Custom Comments": (link, "", "", lines, "", "", "", ""),
        "Package": (link, "", "", "", "", "", "", ""),
        "Mentions User Followers": (link, quantity, "https://example.com/u", "", "", "", "", ""),
        "Subscriptions": ("", "", f"user{number}", "", 10, 500, 30, "31/12/2099"),
    }
    return (ref, 1000 + service, *by_kind[kind])


def one_service(path: Path, rows: int) -> None:
    """A workbook of good, cheap rows of one service, each with a link of its own."""
    links = (f"https://example.com/{number}" for number in range(1, rows + 1))
    _write(path, ("Service", "Link", "Quantity"), (("1000", link, 100) for link in links))


def _write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(chain([heading], rows))
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Orders")
        for number, row in enumerate(chain([heading], rows)):
            sheet.write_row(number, 0, row)


def report(rows: int, different: int | None = None) -> Report:
    """What a run of so many rows has to tell: nearly all are ordered, one in fifty needs a person.

    With `different`, only so many results are made, and told again and again: then what is measured is the memory of
    the writing, and not that of the results.
    """
    chance, made = random.Random(rows), datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
    results = [_result(number, chance, made) for number in range(2, (different or rows) + 2)]
    return Report(
        file="orders.xlsx",
        panel="panel.example",
        made_at=made,
        headings=HEADING,
        results=_Again(results, rows) if different else results,
        currency="USD",
    )


class _Again(Sequence[Result]):
    """A few results told again and again, so many in all: a list of a million would be no memory of the writer."""

    def __init__(self, results: Sequence[Result], rows: int) -> None:
        self._results = results
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Result]:
        return islice(cycle(self._results), self._rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(self._rows))]
        return self._results[at % len(self._results)]


def _result(number: int, chance: random.Random, made: datetime) -> Result:
    row, quantity = Row(number=number, cells=_row(number, chance)), chance.randint(10, 5000)  # type: ignore[arg-type]
    named = {"service": str(row.cells[1]), "service_name": f"Service {row.cells[1]}", "currency": "USD"}
    if chance.random() < 0.02:
        told = {"happened": "Quantity is 5; this service takes 50 to 10,000.", "what_to_do": "Change the quantity."}
        return Result(row=row, state=RowState.INVALID, act="Quantity", **named, **told)
    return Result(
        row=row,
        state=RowState.PLACED,
        order_id=str(23_500 + number),
        status="In progress",
        charge=Decimal(quantity) / 1000,
        quantity=quantity,
        start_count=chance.randint(0, 100_000),
        remains=chance.randint(0, quantity),
        estimated_cost=Decimal(quantity) / 1000,
        ordered_at=made - timedelta(seconds=number),
        updated_at=made,
        **named,
    )
