"""`template`: a form for the services that are wanted, never in the place of what a person filled in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from bulkorders.blanks import form_headings
from bulkorders.core.orderform import FIRST
from bulkorders.readfile import read_sheet
from tests.desk import Desk


def _offered(path: Path) -> list[str]:
    return [str(cell.value) for cell in openpyxl.load_workbook(path)["Services"]["A"][1:]]


def test_the_list_is_narrowed(desk: Desk) -> None:
    """Only the services that have all that was asked for are offered."""
    path = desk.folder / "form.xlsx"
    wanted = ("--category", "instagram", "--type", "default", "--search", "FOLLOWERS refill")
    assert desk.run("template", str(path), *wanted).code == 0
    assert _offered(path) == ["1", "101", "102", "103", "104", "107"]


def test_a_form_for_the_practice_panel(desk: Desk) -> None:
    """--sandbox needs no key; the CSV form needs no panel at all."""
    desk.url, desk.key = "", ""
    path = desk.folder / "form.xlsx"
    ran = desk.run("template", str(path), "--sandbox")
    assert ran.code == 0
    assert "offers 80 services" in ran.err
    assert f"bulkorders check {path.name}" in ran.err
    text = desk.folder / "form.csv"
    assert desk.run("template", str(text)).code == 0
    assert text.read_text("utf-8-sig") == ",".join(form_headings()) + "\n"
    assert desk.run("template", str(desk.folder / "other.xlsx")).code == 2


def test_what_a_person_filled_in_is_not_overwritten(desk: Desk) -> None:
    """A blank form is replaced; a filled one, one with more sheets and any other file only with --force."""
    form = desk.folder / "form.xlsx"
    for _ in range(2):
        assert desk.run("template", str(form)).code == 0
    book = openpyxl.load_workbook(form)
    book["Orders"].cell(FIRST, 1).value = "A-1"
    book.save(form)
    other = desk.folder / "other.xlsx"
    other.write_text("no workbook")
    text = desk.folder / "orders.csv"
    text.write_text("Service,Link\n1,x\n")
    more = desk.folder / "more.xlsx"
    with xlsxwriter.Workbook(str(more)) as book:
        book.add_worksheet("Orders").write_row(0, 0, form_headings())
        book.add_worksheet("My notes")
    said = {form: "with 1 row filled in", more: '"My notes"', other: "is no blank form", text: "with 1 row filled in"}
    for path, why in said.items():
        before = path.read_bytes()
        ran = desk.run("template", str(path))
        assert (ran.code, path.read_bytes()) == (2, before)
        assert why in ran.err
        assert "--force" in ran.err
    for path in (form, text):
        assert desk.run("template", str(path), "--force").code == 0
        assert read_sheet(path).rows == []


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("form.ods", (), "neither .xlsx nor .csv"),
        ("none/form.xlsx", (), "There is no folder"),
        ("form.xlsx", ("--search", "unheard of"), "No service fits"),
    ],
)
def test_a_form_that_cannot_be_written(desk: Desk, name: str, more: tuple[str, ...], said: str) -> None:
    """One sentence, exit 2, and nothing in the folder."""
    ran = desk.run("template", str(desk.folder / name), *more)
    assert ran.code == 2
    assert said in ran.err
    assert list(desk.folder.iterdir()) == []
