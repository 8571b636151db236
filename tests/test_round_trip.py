"""The results workbook as the place to act: what a person does in it is done by the next run, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.sandbox import orders
from tests.desk import QUICK, Desk
from tests.officesuite import needs_office, saved_by_office
from tests.test_run import FAST, HEADING, good, id_of, links, results, states


def _as_it_is(path: Path, folder: Path) -> Path:
    return path


def _do_in(path: Path, number: str) -> None:
    """Type an order number, choose skip, add two rows, sort by cost, and save: all in the sheet Orders."""
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    heading, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = {str(name): index for index, name in enumerate(heading)}
    for row in rows:
        if row[at["Result"]] == "Check":
            row[at["Order ID"]] = number
        if row[at["Result"]] == "Held":
            row[at["Action"]] = "skip"
    for n in (8, 9):
        new: list[Any] = [None] * len(heading)
        for name, value in zip(HEADING, (1, f"https://example.com/{n}", 100 * n, "Somebody"), strict=True):
            new[at[name]] = value
        rows.append(new)
    rows.sort(key=lambda row: -(row[at["Estimated cost"]] or 0))
    for line, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            sheet.cell(line, column, value)
    for table in sheet.tables.values():
        table.ref = f"A1:{openpyxl.utils.get_column_letter(len(heading))}{len(rows) + 1}"
    book.save(path)


@pytest.mark.parametrize(
    "saved_by", [_as_it_is, pytest.param(saved_by_office, marks=needs_office)], ids=["as it is", "LibreOffice"]
)
def test_what_a_person_does_in_the_results_is_done(
    desk_with: Callable[..., Desk], saved_by: Callable[[Path, Path], Path]
) -> None:
    """A number, an Action, two new rows, the rows sorted: two orders more, and every row as it was meant."""
    desk = desk_with(faults="reset-after@2", speed=QUICK)
    heading, *rows = good(1, 2, 3)
    path = desk.sheet("orders.xlsx", [heading, *([s, link, q * (n + 1), c] for n, (s, link, q, c) in enumerate(rows))])
    twin = [rows[0][0], rows[0][1], rows[0][2], "Twin"]
    book = openpyxl.load_workbook(path)
    book.active.append(twin)
    book.save(path)
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1")
    assert states(ran) == {"placed": 2, "unconfirmed": 1, "held": 1}, ran.err
    lost = id_of(desk, "https://example.com/2")
    _do_in(desk.folder / "orders.results.xlsx", lost)
    acted = saved_by(desk.folder / "orders.results.xlsx", desk.folder / "saved")
    if acted.parent != desk.folder:
        shutil.copy(acted, desk.folder / "orders.results.xlsx")
    ran = desk.run("run", str(desk.folder / "orders.results.xlsx"), *FAST)
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": 5, "skipped": 1}, 2), ran.err
    assert set(links(desk).values()) == {1}
    assert len(orders(desk.books)) == 5
    told = {(r["Link"], r["Client"]): (r["Result"], r["Order ID"]) for r in results(ran.json["results"])}
    assert told["https://example.com/2", "Client 2"] == ("Ordered", lost)
    assert told["https://example.com/1", "Twin"][0] == "Skipped"
    assert {told[f"https://example.com/{n}", "Somebody"][0] for n in (8, 9)} == {"Ordered"}
