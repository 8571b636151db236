"""`audit`: a true workbook agrees with the ledger, and one changed cell is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.desk import QUICK, Desk
from tests.test_run import FAST, HEADING, good, results


def lie(path: Path, row: int, column: str, value: Any) -> str:
    """Change one cell of the sheet Orders; what stood there."""
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    heading = [cell.value for cell in sheet[1]]
    cell = sheet.cell(row, heading.index(column) + 1)
    before, cell.value = cell.value, value
    book.save(path)
    return str(before)


@pytest.fixture
def done(desk_with: Callable[..., Desk]) -> Desk:
    """A job with rows of every kind: ordered, to check, to fix, held, skipped."""
    desk = desk_with(faults="reset-after@3", speed=QUICK)
    heading, *rows = good(1, 2, 3)
    more = [[1, "https://example.com/4", 5, "wrong"], rows[0]]
    desk.run(
        "run", str(desk.sheet("orders.xlsx", [heading, *rows, *more])), *FAST, "--skip-invalid", "--concurrency", "1"
    )
    return desk


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.results.xlsx"])
def test_a_true_workbook_agrees(done: Desk, name: str) -> None:
    """Named itself, or found beside its input."""
    ran = done.run("audit", str(done.folder / name))
    assert (ran.code, ran.out.strip()) == (0, "5 rows of orders.results.xlsx agree with the ledger.")


LIES: dict[str, tuple[int, Any]] = {
    "Result": (2, "Waiting"),
    "Order ID": (2, "99"),
    "Status": (2, "Partial"),
    "Charge": (2, 0.08),
    "Start count": (2, 1),
    "Delivered": (2, 3),
    "Remains": (2, 3),
    "Progress": (2, 0.5),
    "Estimated cost": (2, 0.08),
    "Currency": (2, "EUR"),
    "Refill": (2, "Completed"),
    "Link": (2, "https://example.com/9"),
    "Quantity": (2, 200),
}


@pytest.mark.parametrize("column", LIES)
def test_one_changed_cell_is_found(done: Desk, column: str) -> None:
    """It is named with what the workbook and what the ledger say."""
    row, value = LIES[column]
    before = lie(done.folder / "orders.results.xlsx", row, column, value)
    ran = done.run("audit", str(done.folder / "orders.results.xlsx"), "--json")
    assert ran.code == 1
    (found,) = ran.json["differences"]
    assert (found["row"], found["column"]) == (2, column)
    assert found["workbook"] == str(value)
    assert found["ledger"] == before.replace("None", "nothing")


def test_a_row_that_claims_an_order(done: Desk) -> None:
    """A row that was never sent and says Ordered."""
    lie(done.folder / "orders.results.xlsx", 5, "Result", "Ordered")
    ran = done.run("audit", str(done.folder / "orders.results.xlsx"))
    assert ran.code == 1
    assert "Row 5, Result: the workbook says Ordered, the ledger that it was not ordered." in ran.out


@pytest.mark.parametrize(("column", "value"), [("Status", "Completed"), ("Charge", 0.09), ("Delivered", 5)])
def test_a_row_that_was_never_sent_claims_nothing(done: Desk, column: str, value: Any) -> None:
    """Not a charge, not a delivery."""
    lie(done.folder / "orders.results.xlsx", 5, column, value)
    ran = done.run("audit", str(done.folder / "orders.results.xlsx"))
    assert ran.code == 1
    assert f"Row 5, {column}: the workbook says {value}, the ledger that it was not ordered.\n1 row of 5" in ran.out


def test_a_row_that_takes_the_order_of_another(done: Desk) -> None:
    """The held row with the cells of row 2 says that it is ordered, under that one's number."""
    path = done.folder / "orders.results.xlsx"
    for column, value in (("Result", "Ordered"), ("Order ID", results(path)[0]["Order ID"])):
        lie(path, 6, column, value)
    ran = done.run("audit", str(path))
    assert ran.code == 1
    assert "Row 6, Result: the workbook says Ordered, the ledger that it was not ordered." in ran.out


def test_times_are_audited(done: Desk) -> None:
    """When it was ordered and when it was last asked about, to the second."""
    for column in ("Ordered at", "Updated at"):
        lie(done.folder / "orders.results.xlsx", 2, column, datetime(2026, 1, 1, 12))
    ran = done.run("audit", str(done.folder / "orders.results.xlsx"), "--json")
    assert [d["column"] for d in ran.json["differences"]] == ["Ordered at", "Updated at"]


def test_refills_are_audited(desk_with: Callable[..., Desk]) -> None:
    """How a refill stands is in the ledger, too."""
    desk = desk_with(speed=QUICK)
    path = desk.sheet("orders.xlsx", good(1, 2))
    desk.run("run", str(path), *FAST)
    desk.run("refill", str(path), "--rows", "2", "--yes")
    assert desk.run("audit", str(path)).code == 0
    lie(desk.folder / "orders.results.xlsx", 2, "Refill", "Completed long ago")
    assert "Row 2, Refill: the workbook says Completed long ago" in desk.run("audit", str(path)).out


def test_ten_thousand_true_rows(desk_with: Callable[..., Desk]) -> None:
    """Nothing is found in a large job either, however the person's own columns are called."""
    desk = desk_with(speed=QUICK)
    rows = [[122, f"https://example.com/{n}", 100 + n % 7, f"C{n}", "own", "own"] for n in range(1_000)]
    path = desk.sheet("orders.xlsx", [[*HEADING, "Status", "Charge"], *rows])
    desk.run("run", str(path), *FAST, "--concurrency", "20")
    ran = desk.run("audit", str(path))
    assert (ran.code, ran.out.strip()) == (0, "1,000 rows of orders.results.xlsx agree with the ledger.")


def test_what_is_no_results_workbook(desk: Desk) -> None:
    """It is told what to name."""
    ran = desk.run("audit", str(desk.sheet("orders.xlsx", good(1))))
    assert ran.code == 2
    assert "is no results workbook" in ran.err


def test_the_ledger_of_another(done: Desk, tmp_path: Path) -> None:
    """A ledger that does not know the job is told."""
    ran = done.run("--ledger", str(tmp_path / "other.sqlite3"), "audit", str(done.folder / "orders.results.xlsx"))
    assert ran.code == 2
    assert "does not know the job" in ran.err
