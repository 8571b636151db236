"""What a file says and what was meant by it: its headings, its examples, and the form's own totals."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from bulkorders.core.fields import ERRORS
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
    """All in one go, with the advice once; also where none of them is right."""
    ran = desk.run("run", str(seventh(desk, "Refe", "Servce", "Lnk", "Quantiy", "Runss", "Intervall", "Client")), *FAST)
    assert ran.code == 2
    assert ran.err.count("Did you mean") == 5
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


# --- the form's own totals --------------------------------------------------------------------------------------------

FORM = """Order form,,Choose a service
,{rows},{cost},,
Ref,Service,Link,Quantity,Estimated cost (auto)
example,1,https://example.com/0,100,0.09
,1,https://example.com/1,100,0.09
A-2,1,https://example.com/2,100,{amount}
,,,,
,1,https://example.com/3,100,
"""


def form(desk: Desk, rows: str, cost: str, amount: str = "0.09", *, cut: int = 0) -> Path:
    """A form that was saved as text, as spreadsheet programs show it; `cut` lines of it are missing at the end."""
    path = desk.folder / "form.csv"
    lines = FORM.format(rows=rows, cost=cost, amount=amount).splitlines()
    path.write_text("\n".join(lines[: len(lines) - cut]), "utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "cost", "amount"),
    [
        ("4 orders filled in", "Estimated cost: 0.27 USD", "0.09"),
        ("4", "0.27", "0.09"),
        ("4 orders filled in", '"Estimated cost: 0,27 EUR"', '"0,09"'),
        ("4", '"Estimated cost: 1.234.567,89 EUR"', '"1.234.567,71"'),
        ("4", '"1,234,567.89"', '"1,234,567.71"'),
        ("4", "0.27001", "0.09"),
        ("", "", "0.09"),
        ("0 orders filled in", "Estimated cost: 0.00", "0.09"),
        ("November", "#REF!", "0.09"),
        ("4 of 2026", "from 0.10 to 0.30", "0.09"),
    ],
)
def test_totals_that_are_right_or_say_nothing(desk: Desk, rows: str, cost: str, amount: str) -> None:
    """However a country writes numbers; what is empty, 0, or no total, stops nothing."""
    ran = desk.run("run", str(form(desk, rows, cost, amount)), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err


@pytest.mark.parametrize(
    ("rows", "cost", "cut", "told"),
    [
        ("4 orders filled in", "", 1, 'cell B2 of the form says "4 orders filled in", but the file has 3'),
        ("1 order filled in", "", 0, 'cell B2 of the form says "1 order filled in", but the file has 4'),
        ("", "0.26", 0, 'cell C2 of the form says "Estimated cost: 0.26", but its rows come to 0.27'),
        (
            *("5", "0.36", 0),
            'cells B2 and C2 of the form say "5 orders filled in" and "Estimated cost: 0.36", but the file has 4 and '
            "its rows come to 0.27",
        ),
    ],
)
def test_totals_that_differ(desk: Desk, rows: str, cost: str, cut: int, told: str) -> None:
    """A file that was cut off, or is a part of another: nothing is ordered, and the cell is named with what to do."""
    path = form(desk, rows, cost, cut=cut)
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, ran.json["stopped"], orders(desk.books)) == (3, "form_total", [])
    last = ran.err.strip().splitlines()[-1]
    assert last.startswith(f"Nothing was ordered: {told}.")
    assert last.endswith("If it is right as it is, delete the totals.")
    (problem,) = desk.run("check", str(path), "--json").json["problems"]
    assert (problem["row"], problem["code"]) == (None, "form_total")
    assert desk.run("run", str(form(desk, "", "", cut=cut)), *FAST).json["stopped"] is None


def test_other_files_have_no_totals(desk: Desk) -> None:
    """A number above a column of one's own file is no total of a form."""
    heading, *rows = [["Service", "Link", "Quantity", "Client"], [1, "https://example.com/1", 100, "A"]]
    ran = desk.run("run", str(desk.sheet("orders.xlsx", [["Batch"], [7, 12.5], heading, *rows])), *FAST)
    assert states(ran) == {"placed": 1}, ran.err


def test_rows_that_the_totals_do_not_look_at(desk: Desk) -> None:
    """Below row 10,000 the form counts no more, and then its totals say nothing."""
    path = form(desk, "4", "0.27")
    more = "".join(f",122,https://example.com/{n},100,\n" for n in range(10, 10_010))
    path.write_text(path.read_text("utf-8") + "\n" + more, "utf-8")
    ran = desk.run("check", str(path), "--json", "--no-results")
    assert states(ran) == {"ready": 10_003}
    assert "of the form say" not in ran.err


@pytest.mark.parametrize("error", sorted(ERRORS))
def test_an_error_of_the_spreadsheet_is_never_ordered(desk: Desk, error: str) -> None:
    """Neither from the cell itself, nor from the results workbook or a CSV, where it stands as a text."""
    heading = ("Service", "Link", "Comments")
    path = desk.folder / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, heading)
        sheet.write_row(1, 0, (142, "https://example.com/1"))
        sheet.write_formula(1, 2, "=A1", None, error)
    told = desk.folder / "orders.csv"
    told.write_text(f"{','.join(heading)}\n142,https://example.com/2,{error}\n", encoding="utf-8")
    first = desk.run("run", str(path), "--yes", "--json")
    for ran in (first, *(desk.run("run", str(file), "--yes", "--json") for file in (first.json["results"], told))):
        assert (ran.json["invalid"], ran.json["placed"]) == (1, 0), ran.json
        assert ran.json["problems"][0]["column"] == "Comments"
    assert not orders(desk.books)
