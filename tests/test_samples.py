"""samples/ and templates/ are current, and the program can use them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkorders.blanks import write_form
from bulkorders.core.headings import read_headings
from bulkorders.core.ordertypes import ORDER_TYPES, order_type
from bulkorders.readfile import read_sheet
from tests import make_samples
from tests.desk import Desk
from tests.practice_services import practice_services
from tests.test_run import FAST, states

TOP = make_samples.TOP
SAMPLES, TEMPLATES = TOP / "samples", TOP / "templates"


def _content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All cells of all sheets."""
    return {sheet.title: list(sheet.values) for sheet in openpyxl.load_workbook(path)}


def _rules(path: Path) -> list[tuple[str, ...]]:
    """What each sheet's cells may hold, and when they are coloured."""
    found = []
    for sheet in openpyxl.load_workbook(path):
        for rule in sheet.data_validations.dataValidation:
            found.append((sheet.title, str(rule.sqref), str(rule.type), str(rule.formula1), str(rule.formula2)))
        for place in sheet.conditional_formatting:
            found += [(sheet.title, str(place.sqref), *rule.formula) for rule in place.rules]
    return found


def test_the_sample_workbook_is_current() -> None:
    """samples/orders.xlsx is what make_samples writes."""
    (rows,) = _content(SAMPLES / "orders.xlsx").values()
    assert [["" if cell is None else cell for cell in row] for row in rows] == make_samples.table()


def test_the_sample_text_files_are_current() -> None:
    """samples/orders.csv and pasted.txt are what make_samples writes."""
    with (SAMPLES / "orders.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [[str(cell) for cell in row] for row in make_samples.short_table()]
    assert (SAMPLES / "pasted.txt").read_text("utf-8") == make_samples.PASTED


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.csv"])
def test_the_templates_are_current(name: str, tmp_path: Path) -> None:
    """templates/ holds the blank forms for the practice panel's list; each heading of a form is a known column."""
    fresh = tmp_path / name
    write_form(fresh, practice_services(), currency="USD")
    if name.endswith(".csv"):
        assert fresh.read_bytes() == (TEMPLATES / name).read_bytes()
    else:
        assert _content(fresh) == _content(TEMPLATES / name)
        assert _rules(fresh) == _rules(TEMPLATES / name)
    sheet = read_sheet(TEMPLATES / name)
    found = read_headings(sheet.headings)
    assert not found.problems
    assert len(found.at) == len(sheet.headings)
    assert not sheet.rows


def test_the_sample_has_every_type_and_the_promised_mistakes(desk: Desk) -> None:
    """About forty rows, all seventeen types, three mistakes, one skipped row, one that must wait."""
    ran = desk.run(
        "run", str(SAMPLES / "orders.xlsx"), *FAST, "--skip-invalid", "--results", str(desk.folder / "r.xlsx")
    )
    assert states(ran) == {"placed": 37, "waiting": 1, "invalid": 3, "skipped": 1}
    by_id = {s.id: s for s in practice_services()}
    sheet = read_sheet(SAMPLES / "orders.xlsx")
    used = {str(row.cells[sheet.headings.index("Service")]) for row in sheet.rows}
    assert {order_type(by_id[i].type) for i in used if i in by_id} == set(ORDER_TYPES)


@pytest.mark.parametrize("name", ["orders.csv", "pasted.txt"])
def test_the_other_samples_are_good(desk: Desk, name: str) -> None:
    """Every row of the small samples can be ordered."""
    ran = desk.run("check", str(SAMPLES / name), "--json", "--no-results")
    assert ran.code == 0
    assert ran.json["ready"] == ran.json["rows"]


def test_the_example_of_a_results_workbook_is_one() -> None:
    """samples/example.results.xlsx has the three sheets and is recognised as a results workbook."""
    path = SAMPLES / "example.results.xlsx"
    assert list(_content(path)) == ["Summary", "Orders", "To do"]
    assert read_headings(read_sheet(path).headings).is_results
