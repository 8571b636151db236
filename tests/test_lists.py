"""Lists that are longer than a cell: `@comments.txt` beside the sheet, and a column of the sheet Lists."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from bulkorders.core.lists import LIST_FIELDS, file_named, taken_told
from bulkorders.core.model import TakenList
from bulkorders.errors import FileError
from bulkorders.readfile import read_sheet
from bulkorders.sandbox import orders
from tests.desk import QUICK, Desk
from tests.test_run import FAST, results, states

HEADING = ["Service", "Link", "Quantity", "Comments", "Usernames"]
LINES = [f'Comment {n}, with "quotes"; and 🌹🦜 {n * 7}' for n in range(1, 1501)]
MOST = 1500
"""What service 2, Custom Comments, takes at most."""


def book(desk: Desk, rows: Sequence[Sequence[Any]], lists: Sequence[Sequence[Any]] = (), name: str = "o.xlsx") -> Path:
    """A workbook whose first sheet is Lists (by columns), where there are any, and whose second has the orders."""
    path = desk.folder / name
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as made:
        for place, column in enumerate(lists):
            sheet = made.get_worksheet_by_name("Lists") or made.add_worksheet("Lists")
            sheet.write_column(0, place, column)
        sheet = made.add_worksheet("November")
        for number, row in enumerate([HEADING, *rows]):
            sheet.write_row(number, 0, row)
    return path


def comments(cell: str, number: int = 1) -> list[Any]:
    """A row of service 2 with this cell for its comments."""
    return [2, f"https://example.com/{number}", "", cell, ""]


def text(desk: Desk, lines: Sequence[str], name: str = "comments.txt", **how: Any) -> Path:
    """A text file beside the orders."""
    path = desk.folder / name
    path.write_text("\n".join(lines), **({"encoding": "utf-8"} | how))
    return path


def sent(desk: Desk) -> list[str]:
    """The comments of every order, as the practice panel got them."""
    return [order.form["comments"] for order in orders(desk.books)]


def problems(desk: Desk, path: Path, *options: str) -> list[tuple[str, str]]:
    """The code and sentence of each problem that `check` finds."""
    told = desk.run("check", str(path), "--json", "--no-results", *options).json["problems"]
    return [(problem["code"], problem["message"]) for problem in told]


# --- sent exactly -----------------------------------------------------------------------------------------------------


def test_fifteen_hundred_comments_from_a_file_and_from_the_sheet(desk: Desk) -> None:
    """What the panel gets is exactly the lines; the plan says where they come from, the results keep the cell."""
    text(desk, LINES)
    path = book(desk, [comments("@comments.txt"), comments("@praise", 2)], [["Praise", *LINES]])
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 2}), ran.err
    assert sent(desk) == ["\n".join(LINES)] * 2
    assert [order.quantity for order in orders(desk.books)] == [MOST] * 2
    assert "Comments of row 2 come from comments.txt (1,500 lines)." in ran.err
    assert 'Comments of row 3 come from the list "Praise" (1,500 lines).' in ran.err
    assert [row["Comments"] for row in results(ran.json["results"])] == ["@comments.txt", "@praise"]


def test_a_csv_with_windows_line_ends_and_a_mark(desk: Desk) -> None:
    """A file as Notepad saves it, named by a CSV in another case of its ending."""
    text(desk, [*LINES[:12], "", "  "], "my comments.TXT", encoding="utf-8-sig", newline="\r\n")
    path = desk.folder / "orders.csv"
    path.write_text("Service,Link,Comment list\n2,https://example.com/1,@my comments.TXT\n", "utf-8")
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 1}
    assert sent(desk) == ["\n".join(LINES[:12])]


@pytest.mark.parametrize("layout", [(), ("--keep-layout",)])
def test_the_results_fed_back_in(desk: Desk, layout: tuple[str, ...]) -> None:
    """The sheet Lists goes along, in a copy of the person's layout, too; nothing is ordered twice, and audit agrees."""
    text(desk, LINES[:20])
    lists = [["Praise", *LINES[:30]], ["Names", "anna", 17, "bob"]]
    rows = [comments("@comments.txt"), comments("@Praise", 2)]
    ran = desk.run("run", str(book(desk, rows, lists)), *FAST, *layout)
    assert states(ran) == {"placed": 2}
    made = openpyxl.load_workbook(ran.json["results"])
    assert [cell.value for cell in made["Lists"]["A"]] == ["Praise", *LINES[:30]]
    assert [cell.value for cell in made["Lists"]["B"]][:4] == ["Names", "anna", 17, "bob"]
    again = desk.run("run", ran.json["results"], *FAST)
    assert (again.code, states(again), again.json["results"]) == (0, {"placed": 2}, ran.json["results"])
    assert len(orders(desk.books)) == 2
    assert "Lists" in openpyxl.load_workbook(again.json["results"]).sheetnames
    audited = desk.run("audit", again.json["results"])
    assert (audited.code, audited.out) == (0, "2 rows of o.results.xlsx agree with the ledger.\n")


def test_results_in_another_folder(desk: Desk, tmp_path: Path) -> None:
    """The files of lists are those beside the input, wherever the results are."""
    text(desk, LINES[:20])
    (tmp_path / "out").mkdir()
    where = ("--results", str(tmp_path / "out" / "r.xlsx"))
    path = book(desk, [comments("@comments.txt")])
    assert states(desk.run("run", str(path), *FAST, *where)) == {"placed": 1}
    done = openpyxl.load_workbook(tmp_path / "out" / "r.xlsx")
    sheet = done["Orders"]
    at = [cell.value for cell in sheet[1]].index("Action") + 1
    sheet.cell(2, at).value = "cancel"
    done.save(tmp_path / "out" / "r.xlsx")
    ran = desk.run("run", str(path), *FAST, *where)
    assert (ran.json["cancels_asked"], len(orders(desk.books))) == (1, 1), ran.err


@pytest.mark.parametrize("field", LIST_FIELDS)
def test_every_list_field(desk: Desk, field: str) -> None:
    """Each of them takes a file and a list."""
    text(desk, ["one", "two"])
    path = desk.folder / f"{field}.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as made:
        sheet, lists = made.add_worksheet("Orders"), made.add_worksheet("lists ")
        for number, row in enumerate([["Service", field], [1, "@comments.txt"], [1, "@MY_list"]]):
            sheet.write_row(number, 0, row)
        lists.write_column(0, 1, ["My list", "three", "", "four\nfive"])
    found = read_sheet(path)
    assert [row.cells[1] for row in found.rows] == ["one\ntwo", "three\nfour\nfive"]
    assert [row.typed and row.typed[1] for row in found.rows] == ["@comments.txt", "@MY_list"]


# --- it is the list that counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("from_sheet", [False, True])
def test_a_list_that_was_edited_after_it_was_ordered(desk: Desk, from_sheet: bool) -> None:
    """It is held as an edited cell is, and no second order is placed; the first line that differs is shown."""
    changed = [*LINES[:19], "Another one"]

    def make(lines: Sequence[str]) -> Path:
        text(desk, lines)
        return book(desk, [comments("@Praise" if from_sheet else "@comments.txt")], [["Praise", *lines]])

    assert states(desk.run("run", str(make(LINES[:20])), *FAST)) == {"placed": 1}
    ran = desk.run("run", str(make(changed)), *FAST)
    assert (ran.code, states(ran)) == (1, {"held": 1}), ran.err
    assert [p["code"] for p in ran.json["problems"]] == ["edited"]
    assert "(comments … Comment 20, with" in ran.err
    assert "and now says comments … Another one" in ran.err
    assert sent(desk) == ["\n".join(LINES[:20])]
    assert states(desk.run("run", str(make(LINES[:20])), *FAST)) == {"placed": 1}


def test_a_list_that_is_gone_after_it_was_ordered(desk: Desk) -> None:
    """The row is the order that it was, and says so; status goes on, audit compares the rest, and nothing is sent."""
    text(desk, LINES[:20])
    path = book(desk, [comments("@comments.txt"), comments("@praise", 2)], [["Praise", *LINES[:30]]])
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 2}
    (desk.folder / "comments.txt").unlink()
    told = "there is no file comments.txt in the folder of the sheet. It was ordered with the list as it was then."
    for command in (["run", *FAST, "--again"], ["status", "--json"], ["check", "--json"]):
        ran = desk.run(command[0], str(path), *command[1:])
        assert (ran.code, states(ran)) == (0, {"placed": 2}), ran.err
        assert told in ran.json["problems"][0]["message"]
    audited = desk.run("audit", ran.json["results"])
    assert (audited.code, audited.out) == (0, "2 rows of o.results.xlsx agree with the ledger.\n")
    assert len(orders(desk.books)) == 2
    assert states(desk.run("run", ran.json["results"], *FAST)) == {"placed": 2}


def test_two_orders_whose_lists_are_gone(desk_with: Callable[..., Desk]) -> None:
    """On one link nobody can say which is which: they must be fixed first, and nothing is sent."""
    desk = desk_with(speed=QUICK)
    text(desk, LINES[:20], "a.txt")
    text(desk, LINES[20:40], "b.txt")
    path = book(desk, [comments("@a.txt"), comments("@b.txt")])
    assert states(desk.run("run", str(path), *FAST, "--wait")) == {"placed": 2}
    (desk.folder / "b.txt").unlink()
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 2}
    (desk.folder / "a.txt").unlink()
    assert states(desk.run("run", str(path), *FAST, "--again")) == {"invalid": 2}
    assert len(orders(desk.books)) == 2


def test_a_plan_code_covers_the_list(desk: Desk) -> None:
    """What is in the file is part of what was approved."""
    path = book(desk, [comments("@comments.txt")])
    text(desk, LINES[:20])
    code = desk.run("check", str(path), "--json", "--no-results", "--save-plan").json["plan"]
    text(desk, [*LINES[:19], "Another one"])
    ran = desk.run("run", str(path), "--json", "--plan", code)
    assert (ran.code, ran.json["stopped"], orders(desk.books)) == (3, "plan", [])
    assert "Another one" in ran.err
    text(desk, LINES[:20])
    assert states(desk.run("run", str(path), "--json", "--plan", code)) == {"placed": 1}


def test_the_limits_of_the_service_are_for_the_list(desk: Desk) -> None:
    """Too few and too many lines; the same list in another row is a duplicate as ever."""
    text(desk, LINES[:9], "few.txt")
    text(desk, [*LINES, "one more"], "many.txt")
    found = problems(desk, book(desk, [comments("@few.txt"), comments("@many.txt", 2)]))
    assert [code for code, _ in found] == ["below_min", "above_max"]
    assert "Comments has 9 lines; this service takes 10 to 1,500." in found[0][1]


# --- what is a list, and what is an entry -----------------------------------------------------------------------------


def test_entries_that_begin_with_an_at(desk: Desk) -> None:
    """They are what they are; what may be meant for a list or a file, is told and not held up."""
    cells = ["@anna", "@bob great!", "@Praise for", "@comments.csv", "@anna\n@bob see x.txt", "mail@x.txt", "'@", "@"]
    text(desk, LINES[:20])
    path = book(desk, [[142, f"https://example.com/{n}", "", c, ""] for n, c in enumerate(cells)], [["Praise", "Good"]])
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": len(cells)}), ran.err
    assert sorted(sent(desk)) == sorted(map(str.strip, cells))
    told = [(p["row"], p["code"]) for p in ran.json["problems"]]
    assert told == [(4, "list_near"), (5, "list_near")]
    assert 'the sheet Lists has no such heading. Did you mean "@Praise"?' in ran.err


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("@Praisse", "list_near", 'the sheet Lists has no such heading. Did you mean "@Praise"?'),
        ("@comments", "list_near", 'a file beside the sheet is called comments.txt. Did you mean "@comments.txt"?'),
        ("@Coments ", "list_near", 'Did you mean "@comments.txt"?'),
        ("@comments,txt", "list_near", 'Did you mean "@comments.txt"?'),
        ("@comments.tx", "list_near", 'Did you mean "@comments.txt"?'),
        ("@comments.txt.", "list_near", 'Did you mean "@comments.txt"?'),
        ("Good\n@comments.txt", "list_among_others", 'has the line "@comments.txt" among others'),
        ("@praise\nGood", "list_among_others", 'has the line "@praise" among others'),
        ("@both.txt", "list_twice", "may be a file beside the sheet, and it is a heading of the sheet Lists"),
    ],
)
def test_what_misses_a_list_by_a_slip_is_not_sent(desk: Desk, cell: str, code: str, words: str) -> None:
    """The service takes any number of comments, so nothing else would keep the words from standing under a post."""
    text(desk, LINES[:20])
    text(desk, LINES[:20], "both.txt")
    path = book(desk, [[142, "https://example.com/1", "", cell, ""]], [["Praise", "Good"], ["Both.txt", "Good"]])
    ran = desk.run("run", str(path), *FAST)
    assert (states(ran), orders(desk.books)) == ({"invalid": 1}, [])
    assert [problem["code"] for problem in ran.json["problems"]] == [code]
    assert words in ran.err


@pytest.mark.parametrize(
    "cell", ["'@comments.txt", '@"comments.txt"', "\uff20comments.txt", "@ \u201ccomments.txt\u201d"]
)
def test_a_name_with_the_signs_of_its_keyboard(desk: Desk, cell: str) -> None:
    """Excel's apostrophe in a CSV, quotes, and the wide @ are no reason to send the name in place of the list."""
    text(desk, LINES[:20])
    path = book(desk, [[142, "https://example.com/1", "", f" {cell}", ""]])
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 1}
    assert sent(desk) == ["\n".join(LINES[:20])]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        *((" @a.txt ", "a.txt"), ("@ A b.TXT", "A b.TXT"), ("@..txt", "..txt"), ("@a.csv", None), ("a@b.txt", None)),
        *(("@a.txt\n@b.txt", None), ("@a.txt\n", "a.txt"), ("@anna", None), ("", None), ("@", None)),
    ],
)
def test_what_names_a_file(cell: str, name: str | None) -> None:
    """One line that begins with @ and ends in .txt."""
    assert file_named(cell) == name


# --- nothing but a text file beside the sheet -------------------------------------------------------------------------

OUTSIDE = [
    *("@/etc/list.txt", "@../list.txt", "@..\\list.txt", "@C:\\list.txt", "@C:list.txt", "@\\\\host\\share\\list.txt"),
    *("@sub/list.txt", "@sub\\list.txt", "@./list.txt", "@//host/list.txt", "@list.txt:stream.txt", "@~/list.txt"),
    *("@file:///list.txt", "@\\\\?\\C:\\list.txt", "@sub/../list.txt"),
]
DEVICES = [
    "@CON.txt",
    "@con .txt",
    "@nul.a.txt",
    "@Com1.txt",
    "@LPT².txt",
    "@CONIN$.txt",
    "@a\x07b.txt",
    "@a\u202eb.txt",
]


@pytest.mark.parametrize(("code", "cells"), [("list_outside", OUTSIDE), ("list_name", DEVICES)])
def test_names_that_point_outside(desk: Desk, code: str, cells: list[str]) -> None:
    """Refused on every system, although the file is there: a problem of the row, and nothing is ordered."""
    (desk.folder / "sub").mkdir()
    for place in (desk.folder.parent, desk.folder, desk.folder / "sub"):
        (place / "list.txt").write_text("\n".join(LINES[:20]), "utf-8")
    path = desk.folder / "orders.csv"
    path.write_text("Service;Link;Comments\n" + "".join(f"2;https://example.com/1;{c}\n" for c in cells), "utf-8")
    ran = desk.run("run", str(path), *FAST, "--skip-invalid")
    assert (states(ran), orders(desk.books)) == ({"invalid": len(cells)}, [])
    assert {p["code"] for p in ran.json["problems"] if p["code"].startswith("list")} == {code}
    assert len([p for p in ran.json["problems"] if p["code"] == code]) == len(cells)


def _link(place: Path, target: Path, *, folder: bool = False) -> None:
    try:
        place.symlink_to(target, target_is_directory=folder)
    except OSError:
        pytest.skip("links are not allowed here")


def test_links(desk: Desk, tmp_path: Path) -> None:
    """A link that leads out of the folder is refused, over two corners, too; one within it is a name like another."""
    secret = tmp_path / "secret.txt"
    secret.write_text("\n".join(LINES[:20]), "utf-8")
    text(desk, LINES[:20])
    _link(desk.folder / "out.txt", secret)
    _link(desk.folder / "corner.txt", desk.folder / "out.txt")
    _link(desk.folder / "circle.txt", desk.folder / "circle.txt")
    _link(desk.folder / "nowhere.txt", tmp_path / "nothing.txt")
    _link(desk.folder / "in.txt", desk.folder / "comments.txt")
    names = ("out", "corner", "circle", "nowhere", "in")
    path = book(desk, [comments(f"@{name}.txt", at) for at, name in enumerate(names)])
    found = problems(desk, path)
    assert [code for code, _ in found] == ["list_outside", "list_outside", "list_unreadable", "list_missing"]
    assert "out.txt is a link that leads out of the folder of the sheet." in found[0][1]
    assert states(desk.run("run", str(path), *FAST, "--skip-invalid")) == {"invalid": 4, "placed": 1}


def test_a_second_name_of_a_file(desk: Desk, tmp_path: Path) -> None:
    """A hard link leads out of the folder and does not show it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("\n".join(LINES[:20]), "utf-8")
    try:
        os.link(secret, desk.folder / "list.txt")
    except OSError:
        pytest.skip("files have one name here")
    ran = desk.run("run", str(book(desk, [comments("@list.txt")])), *FAST)
    assert (states(ran), orders(desk.books)) == ({"invalid": 1}, [])
    assert "list.txt is a second name of a file that lies somewhere else as well (a hard link)." in ran.err
    secret.unlink()  # now it is a file of its own
    assert states(desk.run("run", str(desk.folder / "o.xlsx"), *FAST)) == {"placed": 1}


def test_the_folder_itself_may_be_reached_by_a_link(desk: Desk, tmp_path: Path) -> None:
    """Its files are beside the sheet all the same."""
    text(desk, LINES[:20])
    book(desk, [comments("@comments.txt")])
    _link(tmp_path / "door", desk.folder, folder=True)
    assert states(desk.run("run", str(tmp_path / "door" / "o.xlsx"), *FAST)) == {"placed": 1}


def test_no_ordinary_file(desk: Desk) -> None:
    """A folder and a pipe are refused, and nobody waits for the pipe."""
    (desk.folder / "folder.txt").mkdir()
    names = ["folder"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(desk.folder / "pipe.txt")
        names.append("pipe")
    found = problems(desk, book(desk, [comments(f"@{name}.txt", at) for at, name in enumerate(names)]))
    assert [code for code, _ in found] == ["list_unreadable"] * len(names)
    assert "folder.txt is a folder or a device, and no file with text." in found[0][1]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a file that may not be read")
def test_a_file_that_may_not_be_read(desk: Desk) -> None:
    """The reason is the system's own."""
    text(desk, LINES[:20]).chmod(0)
    ((code, told),) = problems(desk, book(desk, [comments("@comments.txt")]))
    assert (code, "comments.txt cannot be read (Permission denied)." in told) == ("list_unreadable", True)


def _utf16(path: Path) -> None:
    path.write_text("Nice\n", "utf-16")


def _latin(path: Path) -> None:
    path.write_bytes("Schön\n".encode("latin-1"))


def _large(path: Path) -> None:
    path.write_bytes(b"x\n" * 2_000_001)


def _long(path: Path) -> None:
    path.write_text("a long line of words\n" * 50_000, "utf-8")


def _lines(path: Path) -> None:
    path.write_text("x\n" * 100_001, "utf-8")


def _empty(path: Path) -> None:
    path.write_text("\n \n\t\n", "utf-8")


def _binary(path: Path) -> None:
    path.write_bytes(b"a\x00b\n" * 20)


@pytest.mark.parametrize(
    ("make", "code", "told"),
    [
        (_utf16, "list_not_utf8", "comments.txt is no text in UTF-8."),
        (_latin, "list_not_utf8", "comments.txt is no text in UTF-8."),
        (_large, "list_too_large", "comments.txt is larger than 4 MB."),
        (_long, "list_too_large", "comments.txt has more than 1,000,000 characters."),
        (_lines, "list_too_large", "comments.txt has more than 100,000 lines."),
        (_empty, "list_empty", "there is no entry in that list."),
        (_binary, "bad_character", "invisible character"),
    ],
)
def test_files_that_are_no_list(desk: Desk, make: Callable[[Path], None], code: str, told: str) -> None:
    """Each is a problem of its row, in words."""
    make(desk.folder / "comments.txt")
    ((found, message),) = problems(desk, book(desk, [comments("@comments.txt")]))
    assert (found, told in message) == (code, True), message


def test_a_file_that_is_not_there(desk: Desk) -> None:
    """The nearest names in that folder are told, and those of nowhere else."""
    text(desk, LINES[:20], "Comments.txt")
    text(desk, LINES[:20], "bills.txt")
    (desk.folder.parent / "coments.txt").write_text("x", "utf-8")
    found = problems(desk, book(desk, [comments("@coments.txt"), comments("@zzz.txt", 2)]))
    assert "there is no file coments.txt in the folder of the sheet. Nearest: Comments.txt." in found[0][1]
    assert "there is no file zzz.txt in the folder of the sheet. Put the file" in found[1][1]


def test_standard_input_has_no_folder(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is refused, whatever folder the command is given in."""
    text(desk, LINES[:20])
    monkeypatch.chdir(desk.folder)
    table = "Service,Link,Comments\n2,https://example.com/1,@comments.txt\n"
    ran = desk.run("run", "-", *FAST, stdin=table)
    assert (ran.code, orders(desk.books)) == (1, [])
    assert "what comes from standard input has no folder in which a file could be." in ran.err


def test_too_much_in_all(desk: Desk) -> None:
    """One file in very many rows is refused before it fills the memory."""
    text(desk, ["x" * 999_000])
    path = desk.folder / "orders.csv"
    path.write_text("Service,Link,Comments\n" + "2,https://example.com/1,@comments.txt\n" * 51, "utf-8")
    ran = desk.run("check", str(path), "--no-results")
    assert (ran.code, "orders.csv has lists with more than 50,000,000 characters together" in ran.err) == (2, True)


def _many(lists: Any) -> None:
    for row in range(3_001):
        lists.write_row(row, 0, range(100))


def _repeated(lists: Any) -> None:
    for row in range(1_600):
        lists.write_string(row, 0, "x" * 32_000)


def _far(lists: Any) -> None:
    lists.write_row(0, 0, ["A", "x"])
    lists.write_string(1_000_000, 9, "far down")


@pytest.mark.parametrize(
    ("fill", "told"),
    [
        (_many, "has a sheet Lists with more than 300,000 filled cells"),
        (_repeated, "has lists with more than 50,000,000 characters together"),
        (_far, "has a sheet of 1,000,001 rows and 26 columns, filled or not"),
    ],
)
def test_a_sheet_of_lists_that_is_too_large(desk: Desk, fill: Callable[[Any], None], told: str) -> None:
    """It is in the memory beside the orders, and is refused before it is read."""
    path = desk.folder / "o.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        made.add_worksheet("Orders").write_row(0, 0, HEADING)
        fill(made.add_worksheet("Lists"))
    with pytest.raises(FileError, match=told):
        read_sheet(path)


# --- the sheet Lists --------------------------------------------------------------------------------------------------


def test_lists_are_never_orders(desk: Desk) -> None:
    """Although it stands first and has a column Service; nor where it is asked for, or is the only one."""
    lists = [["Service", 1], ["Link", "https://example.com/9"], ["Quantity", 100]]
    path = book(desk, [[1, "https://example.com/1", 100, "", ""]], lists)
    assert states(desk.run("run", str(path), *FAST)) == {"placed": 1}
    assert [order.link for order in orders(desk.books)] == ["https://example.com/1"]
    ran = desk.run("run", str(path), *FAST, "--sheet", "LISTS")
    assert (ran.code, 'The sheet "LISTS" is for lists, and never has orders.' in ran.err) == (2, True)
    alone = openpyxl.load_workbook(path)
    del alone["November"]
    alone.save(desk.folder / "alone.xlsx")
    ran = desk.run("run", str(desk.folder / "alone.xlsx"), *FAST)
    assert (ran.code, "has only a sheet Lists, which never has orders." in ran.err) == (2, True)


def test_cells_of_lists_that_say_something_else(desk: Desk) -> None:
    """An error, a date and a formula without a result are no entries: the row that needs the list says so."""
    path = desk.folder / "o.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as made:
        sheet, lists = made.add_worksheet("Orders"), made.add_worksheet("Lists")
        for number, row in enumerate([HEADING, *(comments(f"@{n}", at) for at, n in enumerate("ABCDE"))]):
            sheet.write_row(number, 0, row)
        for place, name in enumerate(["A", "B", "C", "D", "D", "E", "fine"]):
            lists.write(0, place, name)
        lists.write_formula("A2", "=1/0", None, "#DIV/0!")
        lists.write_datetime("B3", __import__("datetime").datetime(2027, 3, 1), made.add_format({"num_format": 14}))
        lists.write_formula("C2", "=A1", None, "")
        lists.write_number("E2", 1)
    found = problems(desk, path)
    assert [code for code, _ in found] == ["list_cell"] * 3 + ["list_twice", "list_empty"]
    again = desk.run("check", str(desk.run("check", str(path), "--json").json["results"]), "--json")
    assert [p["code"] for p in again.json["problems"]] == [code for code, _ in found]
    assert "A2 of the sheet Lists shows #DIV/0!" in found[0][1]
    assert 'B3 of the sheet Lists holds the date or time "2027-03-01"' in found[1][1]
    assert "C2 of the sheet Lists is a formula whose result is not stored in the file." in found[2][1]
    assert "the sheet Lists has two columns of that name, D and E." in found[3][1]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_plan_names_a_few() -> None:
    """One line for each list, and at most five rows and five lists of many."""
    uses = [TakenList(row=n, heading="Comments", source="a.txt", lines=1) for n in range(2, 9)]
    uses += [TakenList(row=9, heading="Usernames", source=f"{n}.txt", lines=1500) for n in range(6)]
    told = taken_told(uses)
    assert told[0] == "Comments of rows 2, 3, 4, 5, 6 and 2 more come from a.txt (1 line)."
    assert told[1] == "Usernames of row 9 come from 0.txt (1,500 lines)."
    assert told[5:] == ["... and 2 more lists."]
    assert taken_told(uses[:2]) == ["Comments of rows 2 and 3 come from a.txt (1 line)."]
