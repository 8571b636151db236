"""What a file says and what was meant by it: its headings, its examples, and the form's own totals."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkorders.sandbox import orders
from tests.desk import Desk
from tests.test_run import FAST, results, states

TITLE = ["Orders of November", "", "Link to the brief", ""]
HEADING = ["Ref", "Service", "Link", "Quantity", "Runs", "Interval", "Client"]
ROWS = [
    ["example", 1, "https://example.com/0", 100, "", "", "Nobody"],
    ["A-1", 1, "https://example.com/1", 100, 2, 30, "Harbour"],
    ["A-2", 1, "https://example.com/2", 100, "", "", "Museum"],
]


def seventh(desk: Desk, *headings: str) -> Path:
    """A file whose heading stands in row 7, with an example row below it."""
    return desk.sheet("orders.xlsx", [TITLE, *[[]] * 5, list(headings), *ROWS])


@pytest.mark.parametrize(
    ("place", "slip", "meant"),
    [
        *((1, "Servce", "Service"), (2, "Lnik", "Link"), (3, "Quantiy", "Quantity"), (3, "QTTY", "Qty")),
        *((4, "Runss", "Runs"), (5, "Interval minuts", "Interval minutes"), (0, "Refernce", "Reference")),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_misspelt_heading_stops_the_file(desk: Desk, command: str, place: int, slip: str, meant: str) -> None:
    """In row 7 as in row 1: the suggestion is told, and nothing is ordered, although every row would be a good one."""
    headings = [*HEADING[:place], slip, *HEADING[place + 1 :]]
    ran = desk.run(command, str(seventh(desk, *headings)), "--json", *(FAST if command == "run" else ()))
    assert (ran.code, orders(desk.books)) == (2, [])
    assert f'The heading "{slip}" is not known. Did you mean "{meant}"?' in ran.err
    assert ran.err.strip().endswith("a column of your own needs a name that is less alike.")


def test_every_misspelt_heading_is_told(desk: Desk) -> None:
    """All in one go, with the advice once."""
    ran = desk.run("run", str(seventh(desk, "Ref", "Servce", "Lnk", "Quantiy", "Runs", "Intervall", "Client")), *FAST)
    assert ran.code == 2
    assert ran.err.count("Did you mean") == 4
    assert ran.err.count("Nothing is ordered until") == 1


def test_no_other_sheet_is_taken_for_it(desk: Desk) -> None:
    """A sheet whose Service is misspelt is not passed over for the orders of last month."""
    import openpyxl

    path = desk.sheet("orders.xlsx", [["Servce", "Link", "Quantity"], [1, "https://example.com/1", 100]])
    book = openpyxl.load_workbook(path)
    book["Orders"].title = "November"
    for row in (["Service", "Link", "Quantity"], [1, "https://example.com/2", 100]):
        (book["October"] if "October" in book else book.create_sheet("October")).append(row)
    book.save(path)
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, orders(desk.books)) == (2, [])
    assert 'Did you mean "Service"?' in ran.err
    assert states(desk.run("run", str(path), *FAST, "--sheet", "October")) == {"placed": 1}


def test_two_headings_that_differ_in_case(desk: Desk) -> None:
    """Nobody can say which of them counts, so nothing is ordered; as columns of one's own both come back."""
    ran = desk.run("run", str(seventh(desk, *HEADING[:3], "Quantity", "quantity", "Interval", "Client")), *FAST)
    assert (ran.code, orders(desk.books)) == (2, [])
    assert 'The columns "Quantity" and "quantity" are both read as Quantity; only one is allowed.' in ran.err
    rows = [
        ["Service", "Link", "Quantity", "Note", "note"],
        [1, "https://example.com/1", 100, "a", "b"],
    ]
    (row,) = results(desk.run("run", str(desk.sheet("own.xlsx", rows)), *FAST).json["results"])
    assert (row["Note"], row["note (2)"]) == ("a", "b")


def test_a_heading_in_row_seven_and_an_example(desk: Desk) -> None:
    """With its headings right, the file is ordered as it was meant: without the example."""
    ran = desk.run("run", str(seventh(desk, *HEADING)), *FAST)
    assert states(ran) == {"placed": 2}
    assert sorted(o.link for o in orders(desk.books)) == ["https://example.com/1", "https://example.com/2"]
    assert [row["Row"] for row in results(ran.json["results"])] == [9, 10]
    assert 'Note: 1 row was left out, because Ref says "example".' in ran.err
