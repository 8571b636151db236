"""The order form: a person fills it in with any program, and it is an input like any other."""

from __future__ import annotations

import json
import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine

from bulkorders.blanks import SHEETS, form_headings, write_form
from bulkorders.core.actions import Answer, read_services
from bulkorders.core.catalog import Catalog, choice, one_line
from bulkorders.core.fields import DELAYS
from bulkorders.core.headings import HEADING_OF, column_letters, read_headings
from bulkorders.core.howto import HINTS, examples
from bulkorders.core.lists import has_lists
from bulkorders.core.model import Cell, Row, Service, Sheet
from bulkorders.core.orderform import (
    COLUMN_AT,
    FIRST,
    FORM_COLUMNS,
    HEADING_ROW,
    IN_A_LIST,
    LAST,
    LIST_COLUMNS,
    NO_LIMIT,
    Listed,
    formulas,
    list_range,
    listed,
)
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, Price, order_type
from bulkorders.core.validate import Checked, check_rows
from bulkorders.errors import FileError
from bulkorders.readfile import read_sheet
from bulkorders.sandbox import orders
from bulkorders.template import spare
from tests.between import between, with_rates
from tests.desk import Desk
from tests.excelrules import excel_takes
from tests.officesuite import needs_office, saved_by_office
from tests.practice_services import practice_services
from tests.test_run import FAST, results, states

CATALOGS = Path(__file__).parents[1].parent / "shared" / "catalogs"
TODAY = date(2026, 11, 25)
LINK = "https://example.com/p/"
ODD = (
    "=1+1",
    "two\nlines and a\ttab",
    "control \x0b\x1f\ud800 signs",
    "رقم واحد 👩‍🚀🔥",
    "wild * ? ~ cards",
    'quote " and <b>&amp;</b>',
    "x" * 400,
    "",
    "------ VIP ------",
)


def fill(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Fill in a form as a person does: some cells of the first rows, formulas and all else left alone."""
    book = openpyxl.load_workbook(path)
    for number, row in enumerate(rows, start=FIRST):
        for name, value in row.items():
            book["Orders"].cell(number, COLUMN_AT[name] + 1).value = value
    book.save(path)
    return path


@pytest.fixture(scope="module")
def services() -> list[Service]:
    """The practice panel's list."""
    return practice_services()


@pytest.fixture(scope="module")
def blank(services: list[Service], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form for the practice panel's list, as the program writes it."""
    return write_form(tmp_path_factory.mktemp("form") / "form.xlsx", services, currency="USD", made_on=TODAY)


@pytest.fixture
def form(desk: Desk, blank: Path) -> Path:
    """A form of the test's own."""
    return Path(shutil.copy(blank, desk.folder / "form.xlsx"))


@pytest.fixture(scope="module")
def catalogue() -> tuple[Service, ...]:
    """A real list of 5,586 services."""
    file = CATALOGS / "services-5586.json"
    if not file.exists():
        pytest.skip("the shared service list is not here")
    return read_services(Answer(http_status=200, json=json.loads(file.read_text("utf-8")))).services


def shown_rows(path: Path, count: int) -> list[dict[str, Any]]:
    """What the first rows of Orders show, by the columns' names."""
    sheet = openpyxl.load_workbook(path, data_only=True)["Orders"]
    rows = sheet.iter_rows(min_row=FIRST, max_row=FIRST + count - 1, values_only=True)
    names = [column.name for column in FORM_COLUMNS]
    return [dict(zip(names, row[: len(names)], strict=True)) for row in rows]


# --- what comes back -------------------------------------------------------------------------------------------------


def test_a_filled_form_is_an_input_like_any_other(desk: Desk, form: Path, services: list[Service]) -> None:
    """Chosen or typed, the services are ordered once; the columns that fill themselves are not the person's."""
    by_id = {s.id: s for s in services}
    rows = [
        {"ref": "A-1", "service": choice(by_id["122"]), "link": LINK + "1", "quantity": 500},
        {"service": 122, "link": LINK + "2", "quantity": 500},
        {"service": "126", "username": "club", "min": 20, "max": 40, "delay": 10, "expiry": date(2027, 12, 31)},
    ]
    fill(form, rows)
    checked = desk.run("check", str(form), "--json")
    assert states(checked) == {"ready": 3}, checked.err
    assert checked.json["problems"] == []
    assert "Lists" not in openpyxl.load_workbook(checked.json["results"]).sheetnames
    ran = desk.run("run", str(form), *FAST)
    assert states(ran) == {"placed": 3}
    assert sorted(str(o.service) for o in orders(desk.books)) == ["122", "122", "126"]
    told = results(ran.json["results"])
    assert [row["Row"] for row in told] == [FIRST, FIRST + 1, FIRST + 2]
    assert not [heading for heading in told[0] if "(auto)" in heading]
    assert set(form_headings()) < set(told[0])
    assert told[0]["Service"] == choice(by_id["122"])
    assert states(desk.run("run", str(ran.json["results"]), *FAST)) == {"placed": 3}
    fill(form, [{"service": 122}])  # the same order, now typed: still known
    assert states(desk.run("run", str(form), *FAST)) == {"placed": 3}
    assert len(orders(desk.books)) == 3


def test_a_blank_form_has_no_orders(desk: Desk, form: Path) -> None:
    """The five hundred prepared rows are no rows, and the totals above them none either."""
    ran = desk.run("run", str(form), *FAST)
    assert ran.code == 2
    assert "no orders under it" in ran.err


def test_example_rows_are_told_and_not_ordered(desk: Desk, form: Path) -> None:
    """Nobody believes an order to be placed that was taken for an example."""
    order = {"service": 1, "link": LINK, "quantity": 50}
    fill(form, [{"ref": "example", **order}, order])
    ran = desk.run("check", str(form), "--json")
    assert states(ran) == {"ready": 1}
    assert 'Note: 1 row was left out, because Ref says "example".' in ran.err


@needs_office
def test_after_libreoffice_has_saved_it(desk: Desk, form: Path, services: list[Service], tmp_path: Path) -> None:
    """Every cell that fills itself says what the list and the checks say, and `check` takes the file as it is."""
    by_id = {s.id: s for s in services}
    good = [
        {"service": example.service, **example.cells, "ref": f"R-{number}"}
        for number, example in enumerate(examples(listed(services, Catalog(services))))
    ]
    runs = {"service": 1, "link": LINK + "r", "quantity": 60, "runs": 3, "interval": 30}
    spaced = {"service": "205", "link": LINK + "c", "comments": " a\n\n b c \n\nd\ne\nf\n"}
    bad = [
        {"service": 1, "link": LINK + "b", "quantity": 5},
        {"service": choice(by_id["244"]), "link": LINK + "b"},
        {"service": 1, "link": LINK + "b2", "quantity": 60, "runs": 3},
        {"service": 2, "link": LINK + "b3", "comments": "one\n\ntwo"},
        {"service": 106, "link": LINK + "b6", "quantity": 2},
        {"service": 126, "username": "club", "min": 60, "max": 40, "delay": 10},
        {"service": 320, **good[-1], "type_of_traffic": 2, "google_keyword": None, "ref": None},
        {"service": "999 - gone", "link": LINK + "b4", "quantity": 50},
        {"link": LINK + "b5"},
    ]
    told = [
        "Quantity: 50 to 10000",
        "Fill in Quantity, Answer number",
        "Fill in Runs and Interval",
        "Comments: 10 to 1500 lines",
        "Quantity: exactly 1",
        "Min and Max: 20 to 10000",
        "Fill in Referring URL",
        "No such service",
        "Choose a service",
    ]
    rows = [*good, runs, spaced, *bad]
    numbers = {"quantity", "min", "max", "delay", "type_of_traffic", "answer_number"}
    typed = [{k: int(v) if k in numbers and isinstance(v, str) else v for k, v in row.items()} for row in rows]
    saved = saved_by_office(fill(form, typed), tmp_path / "saved")
    for path in (form, saved):
        ran = desk.run("check", str(path), "--json", "--no-results")
        assert states(ran) == {"ready": len(rows) - len(bad), "invalid": len(bad)}, ran.err
    shown = shown_rows(saved, len(rows) + 1)
    orders = _orders(saved, services)
    assert len(shown) == len(orders) + 1
    for row, checked in zip(shown, orders, strict=False):
        _agrees(row, checked, by_id)
    assert [row["check"] for row in shown[len(rows) - len(bad) : -1]] == told
    assert not any(shown[-1].values())
    _totals_agree(saved, shown)


def _orders(path: Path, services: list[Service]) -> list[Checked]:
    sheet = read_sheet(path)
    return check_rows(sheet, read_headings(sheet.headings), Catalog(services), today=TODAY)


def _agrees(row: Mapping[str, Any], checked: Checked, by_id: Mapping[str, Service]) -> None:
    """A row of the form against the list and what the checks made of it."""
    service = by_id.get(checked.service)
    if checked.order is not None:
        assert row["check"] == "Ready", row
        assert Decimal(str(row["cost"])) == checked.order.cost
        if checked.order.quantity is not None:
            assert row["counted"] * (row["runs"] or 1) == checked.order.quantity
    if service is None:
        assert not row["type"]
        return
    kind = order_type(service.type)
    assert kind is not None
    assert (row["name"], row["type"], Decimal(str(row["price"]))) == (service.name, kind.name, service.rate)
    assert row["needs"] == ", ".join(kind.required_headings)
    assert row["per"] == {Price.FLAT: "one order", Price.LATER: "1000, later"}.get(kind.price, "1000")
    if kind.counts or "min" in kind.fields:
        assert (row["low"], row["high"]) == (service.min, NO_LIMIT if service.max is None else service.max)
    else:
        assert not row["low"]


def _totals_agree(path: Path, shown: Sequence[Mapping[str, Any]]) -> None:
    above = openpyxl.load_workbook(path, data_only=True)["Orders"][HEADING_ROW - 1]
    totals = {name: above[COLUMN_AT[name]].value for name in ("service", "link", "check")}
    assert totals["service"] == sum(bool(row["service"]) for row in shown)
    assert totals["check"] == sum(row["check"] == "Ready" for row in shown)
    assert totals["link"] == pytest.approx(sum(row["cost"] or 0 for row in shown))


def _odd_services() -> list[Service]:
    """Services with names that are hard on a spreadsheet, and one of a type that nobody knows."""
    base = Service(
        id="1",
        name="Likes",
        type="Default",
        category="Likes",
        rate=Decimal("0.00011999999999999999"),
        min=0,
        max=2_147_483_647_000,
        refill=False,
        cancel=False,
    )
    unknown = replace(base, id="new", type="Something New")
    return [*(replace(base, id=f"S-{n}", name=name, category=name) for n, name in enumerate(ODD)), unknown]


@needs_office
def test_odd_services_are_found_like_others(tmp_path: Path) -> None:
    """Whatever is in their names, and without a name; a type that nobody knows is said to be none for the form."""
    odd = _odd_services()
    form = fill(write_form(tmp_path / "form.xlsx", odd), [{"service": choice(s), "link": LINK} for s in odd])
    shown = shown_rows(saved_by_office(form, tmp_path / "saved"), len(odd))
    assert [row["name"] or "" for row in shown] == [one_line(service.name) for service in odd]
    assert [(row["low"], row["high"]) for row in shown[:-1]] == [(1, odd[0].max)] * len(ODD)
    assert {row["check"] for row in shown[:-1]} == {"Fill in Quantity"}
    assert (shown[-1]["check"], shown[-1]["cost"]) == ("Cannot be ordered here", None)


@needs_office
def test_lists_that_stand_elsewhere(desk: Desk, form: Path, tmp_path: Path) -> None:
    """The form takes a row with one for ready and leaves its lines to be counted later; an @name is a line as ever."""
    cells = ["@comments.txt", "@my_praise", "@anna", "@anna\n@comments.txt"]
    book = openpyxl.load_workbook(form)
    for number, text in enumerate(["My praise", *(f"Comment {n}" for n in range(12))], start=1):
        book["Lists"].cell(number, 3).value = text
    book.save(form)
    fill(form, [{"service": 2, "link": f"{LINK}{n}", "comments": cell} for n, cell in enumerate(cells)])
    (desk.folder / "comments.txt").write_text("\n".join(f"Comment {n}" for n in range(20)), "utf-8")
    shown = shown_rows(saved_by_office(form, tmp_path / "saved"), len(cells))
    assert [row["counted"] for row in shown] == [IN_A_LIST, IN_A_LIST, 1, 2]
    assert [row["check"] for row in shown[:2]] == ["Ready", "Ready"]
    ran = desk.run("check", str(form), "--json")
    assert states(ran) == {"ready": 2, "invalid": 2}, ran.err
    assert "Lists" in openpyxl.load_workbook(ran.json["results"]).sheetnames


def test_a_blank_sheet_lists(form: Path) -> None:
    """What it says of itself is no list, and does not come back in the results; filled-in lists are spared."""
    spare(form)
    assert not has_lists(read_sheet(form).lists)
    book = openpyxl.load_workbook(form)
    book["Lists"]["D1"].value = "Praise"
    book.save(form)
    with pytest.raises(FileError, match="with lists filled in"):
        spare(form)


ORANGE, GREY, NONE = "#F0A04B", "#D0D0D0", ""


@needs_office
def test_the_colours_say_what_a_service_needs(form: Path, services: list[Service], tmp_path: Path) -> None:
    """Orange: needed and empty. Grey: not used. They follow the type, the drip-feed flag, and the other cells."""
    offered = listed(services, Catalog(services))
    by_id = {o.service.id: o for o in offered}
    found = [example.service.split(" - ")[0] for example in examples(offered)]
    meaning = {"n": ORANGE, "m": NONE, "w": NONE, "-": GREY}
    rows: list[dict[str, Any]] = [{"service": service} for service in (*found, "102")]
    expected = [[meaning[letter] for letter in by_id[row["service"]].requirements] for row in rows]
    for traffic, used in (1, "google_keyword"), (2, "referring_url"), (3, None):
        rows.append({"service": 320, "link": LINK, "type_of_traffic": traffic})
        filled = {"link": NONE, "type_of_traffic": NONE, "google_keyword": GREY, "referring_url": GREY}
        filled |= {used: ORANGE} if used else {}
        letters = zip(SENDABLE, by_id["320"].requirements, strict=True)
        expected.append([filled.get(name, meaning[letter]) for name, letter in letters])
    rows.append({"ref": "A-1"})
    expected.append([NONE] * len(SENDABLE))
    colours = _colours(saved_by_office(fill(form, rows), tmp_path / "saved", "html"), len(rows))
    assert colours == expected


def _colours(page: Path, count: int) -> list[list[str]]:
    """The colour of each field's cell in the first rows, as LibreOffice shows them."""
    shown = [column.name for column in FORM_COLUMNS if not column.hidden]
    rows = re.findall(r"<tr>(.*?)</tr>", page.read_text("utf-8"), re.DOTALL)[FIRST - 1 : FIRST - 1 + count]
    found = []
    for row in rows:
        cells = re.findall(r"<td([^>]*)>", row)
        colours = [told[1] if (told := re.search(r'bgcolor="(#\w+)"', cell)) else NONE for cell in cells]
        at = dict(zip(shown, colours, strict=True))
        found.append([at[name] for name in SENDABLE])
    return found


@needs_office
def test_a_form_saved_as_csv(desk: Desk, form: Path, tmp_path: Path) -> None:
    """Title, totals and the columns that fill themselves come along in the text, and are left out again."""
    fill(form, [{"ref": "A-1", "service": 1, "link": LINK, "quantity": 50}])
    saved = saved_by_office(form, tmp_path / "saved", "csv")
    assert "Order form" in saved.read_text("utf-8").split("\n")[0]
    assert "1 order filled in,Estimated cost: 0.045 USD" in saved.read_text("utf-8").split("\n")[1]
    ran = desk.run("check", str(saved), "--json")
    assert states(ran) == {"ready": 1}, ran.err
    assert "of the form say" not in ran.err
    assert [row["Row"] for row in results(ran.json["results"])] == [FIRST]


@needs_office
def test_rows_under_a_filter_are_not_ordered_unseen(desk: Desk, form: Path, tmp_path: Path) -> None:
    """The form's totals say what a person sees. Hidden rows stop a run and not a check; shown again, and whatever the
    price is today, the file is ordered.
    """
    fill(form, [{"ref": "example", "service": 1, "link": LINK, "quantity": 90}, *_plain(1, 2, 3)])
    book = openpyxl.load_workbook(form)
    for number in (FIRST + 1, FIRST + 2):
        book["Orders"].row_dimensions[number].hidden = True
    book.save(desk.folder / "filtered.xlsx")
    filtered, whole = (saved_by_office(desk.folder / name, tmp_path / name) for name in ("filtered.xlsx", "form.xlsx"))
    said = (
        'ells B2 and C2 of the form say "2 orders filled in" and "Estimated cost: 0.1755", but the file has 4 and its '
        "rows come to 0.351"
    )
    checked = desk.run("check", str(filtered), "--json")
    assert (checked.code, states(checked)) == (0, {"ready": 3})
    assert f"Note: C{said}." in checked.err
    ran = desk.run("run", str(filtered), *FAST)
    assert (ran.code, ran.json["stopped"], orders(desk.books)) == (3, "form_total", [])
    assert f"Nothing was ordered: c{said}. See whether" in ran.err.strip().splitlines()[-1]
    with between(lambda: desk.url, with_rates({"1": "1.20"})) as url:
        ran = replace(desk, url=url).run("run", str(whole), *FAST)
    assert (ran.code, states(ran)) == (0, {"placed": 3}), ran.err


def _plain(*numbers: int) -> list[dict[str, Any]]:
    return [{"service": 1, "link": f"{LINK}{number}", "quantity": 90 + number * 5} for number in numbers]


# --- what it offers --------------------------------------------------------------------------------------------------


def test_every_type_of_the_list_has_an_example_that_can_be_ordered(services: list[Service]) -> None:
    """How to shows one row for each type, and the checks find nothing wrong with it."""
    offered = listed(services, Catalog(services))
    assert _examples_are_good(offered, services) == [kind.name for kind in ORDER_TYPES]


def test_the_examples_of_a_real_list(catalogue: tuple[Service, ...]) -> None:
    """The services that are shown are no traps, and their limits are kept."""
    offered = listed(catalogue, Catalog(catalogue))
    assert len(_examples_are_good(offered, catalogue)) == len({o.kind for o in offered})


def _examples_are_good(offered: Sequence[Listed], services: Sequence[Service]) -> list[str]:
    found = list(examples(offered))
    names = ("service", *SENDABLE)
    rows = [(e.service, *(e.cells.get(name, "") for name in SENDABLE)) for e in found]
    sheet = Sheet(
        name="Orders",
        headings=tuple(HEADING_OF[name] for name in names),
        rows=[Row(number=n, cells=tuple[Cell, ...](cells)) for n, cells in enumerate(rows, 2)],
    )
    checked = check_rows(sheet, read_headings(sheet.headings), Catalog(services), today=TODAY)
    assert [c.problems for c in checked] == [()] * len(found)
    return [example.kind for example in found]


def test_what_a_service_cannot_have_is_closed(services: list[Service]) -> None:
    """Each service says of every field whether it needs it, may have it, or does not use it."""
    offered = {o.service.id: o for o in listed(services, Catalog(services))}

    def letters(service: str) -> dict[str, str]:
        used = zip(SENDABLE, offered[service].requirements, strict=True)
        return {name: letter for name, letter in used if letter != "-"}

    assert letters("1") == {"link": "n", "quantity": "n", "runs": "m", "interval": "m"}
    assert letters("102") == {"link": "n", "quantity": "n"}  # its list says that it cannot be delivered in several runs
    assert letters("320")["google_keyword"] == letters("320")["referring_url"] == "w"
    unknown = Listed(service=replace(offered["1"].service, type="Something New"), kind=None, note="")
    assert (unknown.requirements, unknown.needs) == ("", "cannot be ordered with this form")


def test_every_cell_says_what_it_is_for() -> None:
    """Each column that people fill in has a hint that fits where programs show it."""
    typed = [column.name for column in FORM_COLUMNS if not column.formula]
    assert set(typed) == set(HINTS)
    assert [HEADING_OF[name] for name in typed] == form_headings()
    assert all(len(HINTS[name]) <= 255 for name in typed)


def test_what_the_cells_take(blank: Path) -> None:
    """Every prepared cell has a rule: a list, a number within limits, or no typing at all; the service takes both."""
    book = openpyxl.load_workbook(blank)
    rules = {str(rule.sqref).split(":")[0]: rule for rule in book["Orders"].data_validations.dataValidation}
    at = {column.name: f"{column_letters(COLUMN_AT[column.name])}{FIRST}" for column in FORM_COLUMNS}
    assert set(rules) == set(at.values())
    assert all(str(rule.sqref).endswith(str(LAST)) for rule in rules.values())
    service, quantity, delay = rules[at["service"]], rules[at["quantity"]], rules[at["delay"]]
    assert (service.type, service.formula1, service.showErrorMessage) == ("list", list_range("choice", 80), False)
    assert quantity.formula1 == f"N(${at['low']})"
    assert f"${at['high']}" in quantity.formula2
    assert delay.formula1 == f'"{",".join(map(str, DELAYS))}"'
    for column in FORM_COLUMNS:
        rule = rules[at[column.name]]
        assert (rule.formula1 == "FALSE") == bool(column.formula)
        assert rule.errorStyle == (
            None if column.formula or column.name == "service" or rule.type is None else "warning"
        )


# --- what Excel refuses ----------------------------------------------------------------------------------------------


def test_the_package_is_one_that_excel_takes(tmp_path: Path) -> None:
    """Whatever the list says; and two other readers read every name as it is."""
    offered, path = _odd_services(), tmp_path / "form.xlsx"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_form(path, offered, currency='U"S', made_on=TODAY)
        book = openpyxl.load_workbook(path)
    excel_takes(path)
    assert tuple(book.sheetnames) == SHEETS
    read = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Services").to_python()
    names = [str(row[1]) for row in read[1:]]
    assert names == [one_line(service.name) for service in offered]
    assert [cell.data_type for cell in book["Services"]["B"]][1:] == ["s" if n else "n" for n in names]


def test_the_list_of_a_real_panel(catalogue: tuple[Service, ...], tmp_path: Path) -> None:
    """Thousands of services: all are on the list that the Service cells offer, each once."""
    path = write_form(tmp_path / "form.xlsx", catalogue, currency="USD", made_on=TODAY)
    excel_takes(path)
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Services").to_python()
    names = [column.name for column in LIST_COLUMNS]
    offered = [row[names.index("choice")] for row in sheet[1:]]
    assert offered == [choice(service) for service in catalogue]
    assert len(set(offered)) == 5_586
    assert list_range("choice", 5_586).endswith("$5587")
    meant = Catalog(catalogue).meant
    assert [meant(str(text)) for text in offered] == [service.id for service in catalogue]


def test_the_formulas_look_at_their_own_row(services: list[Service]) -> None:
    """Each formula names cells of its row only, and the columns of the list from end to end."""
    for row in (FIRST, LAST):
        for formula in formulas(row, len(services)).values():
            listed = re.findall(r"Services!\$[A-Z]+\$(\d+):\$[A-Z]+\$(\d+)", formula)
            assert all(ends == ("2", str(len(services) + 1)) for ends in listed)
            own = re.sub(r'(?:Services|Lists)!\S+?:\$[A-Z]+\$\d+|"[^"]*"', "", formula)
            assert set(re.findall(r"[A-Z]{1,2}(\d+)", own)) <= {str(row), "15"}  # 1E+15 is a number
