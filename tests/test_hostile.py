"""Hostile input is refused with a sentence or survived, and either way in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from bulkorders.core import catalog, validate
from bulkorders.core.catalog import Catalog
from bulkorders.core.headings import read_headings
from bulkorders.core.limits import LIMITS
from bulkorders.core.model import Level, Row, Service, Sheet
from bulkorders.core.validate import check_rows
from bulkorders.errors import FileError
from bulkorders.readfile import read_sheet
from tests.desk import Desk
from tests.hostile import (
    CASES,
    HEADING,
    LAUGHS,
    MB,
    OPENINGS,
    OUTSIDE,
    Case,
    listing,
    measured,
    rows,
    texts,
    with_entities,
    workbook,
)

EXCELS_LONGEST = 32_767


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_hostile_file_is_one_sentence_and_little_memory(case: Case, tmp_path: Path) -> None:
    """`check` says what is wrong with it, or with its rows, and takes no more memory than a large honest file."""
    path = tmp_path / case.name
    case.make(path)
    ran = measured(["--sandbox", "check", str(path), "--no-results"])
    assert case.told in ran.told
    assert "Traceback" not in ran.told
    assert ran.code == case.code
    assert ran.peak <= case.most


@pytest.mark.parametrize("place", OPENINGS)
@pytest.mark.parametrize("definitions", [LAUGHS, OUTSIDE], ids=["that grow", "from outside"])
def test_no_part_may_define_entities(tmp_path: Path, place: str, definitions: str) -> None:
    """Neither such as grow without end nor such as bring in another file."""
    with_entities(place, definitions)(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match="damaged"):
        read_sheet(tmp_path / "a.xlsx")


# --- long cells ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [EXCELS_LONGEST, 2 * EXCELS_LONGEST, 999_999])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_long_cell_arrives_exactly(tmp_path: Path, name: str, length: int) -> None:
    """As long as Excel's longest, and longer, as other programs write them."""
    path = tmp_path / name
    text = "ü" * (length - 2) + "\nx"
    if name == "a.csv":
        path.write_text(f'Service,Comments\n1,"{text}"\n', "utf-8")
    else:
        workbook(path, texts=texts(f"<si><t>{text}</t></si>"), sheet=rows('<row><c t="s"><v>2</v></c></row>', 1))
    assert text in read_sheet(path).rows[0].cells


def test_excels_longest_cell_in_many_rows(tmp_path: Path) -> None:
    """Shared by hundreds of cells, as XlsxWriter writes it."""
    text = "x" * EXCELS_LONGEST
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, ("Service", "Comments"))
        for number in range(1, 501):
            sheet.write_row(number, 0, (str(number), text))
    assert [row.cells for row in read_sheet(tmp_path / "a.xlsx").rows] == [(str(n), text) for n in range(1, 501)]


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets limits for a test."""

    def set_limits(**limits: int) -> None:
        for name, number in limits.items():
            monkeypatch.setitem(LIMITS, name, replace(LIMITS[name], most=number))  # type: ignore[arg-type]

    return set_limits


LONG_TEXT = "x" * 60
HIDDEN = "x" * 30 + "<!--</si>-->" + "x" * 30
SHOWN = '<row r="{}"><c r="A{}" t="s"><v>{}</v></c></row>'


@pytest.mark.parametrize("text", [LONG_TEXT, HIDDEN, f"<![CDATA[{LONG_TEXT}]]>"])
@pytest.mark.parametrize("layout", ["plain", "spread out"])
def test_shared_text_counts_in_every_cell_that_shows_it(
    tmp_path: Path, most: Callable[..., None], text: str, layout: str
) -> None:
    """A long text is read where few cells show it, however many show a short one, and refused where many do."""
    most(text=600)
    path = tmp_path / "a.xlsx"
    space = "" if layout == "plain" else " "

    def read(shown: int) -> int:
        lines = "".join(SHOWN.format(n, n, 2 if n < 2 + shown else 0) for n in range(2, 30))
        sheet = rows(lines.replace("</v>", f"</v{space}>"), 1)
        workbook(path, texts=texts(f"<si><t>{text}</t></si>"), sheet=replace(sheet, body=sheet.body))
        return len(read_sheet(path).rows)

    assert read(5) == 28
    with pytest.raises(FileError, match="more than 600 characters of text"):
        read(10)


@pytest.mark.parametrize(
    ("limit", "line", "told"),
    [
        ("odd", '<c t="e"><v>#N/A</v></c>', "more than 5 cells with an error"),
        ("filled", "<c><v>1</v></c>", "more than 5 filled cells"),
        ("orders", "<c><v>1</v></c>", "more than 5 filled rows"),
        ("rows", "<c><v>1</v></c>", "more than 5 rows"),
        ("columns", "<c><v>1</v></c>" * 6, "more than 5 columns"),
        ("area", "<c><v>1</v></c>", "a sheet of 8 rows and 26 columns"),
        ("characters", '<c t="inlineStr"><is><t>123456</t></is></c>', "more than 5 characters in row 1"),
    ],
)
def test_every_limit_of_a_sheet_has_its_sentence(
    tmp_path: Path, most: Callable[..., None], limit: str, line: str, told: str
) -> None:
    """It says what there is too much of, and what to do."""
    most(**{limit: 5})
    workbook(tmp_path / "a.xlsx", sheet=rows(f"<row>{line}</row>", 7, before=HEADING))
    with pytest.raises(FileError, match=told) as caught:
        read_sheet(tmp_path / "a.xlsx")
    assert caught.value.advice == LIMITS[limit].advice


def test_every_limit_of_a_file_says_what_to_do() -> None:
    """No sentence leaves a person alone with a number."""
    assert not [name for name, limit in LIMITS.items() if not limit.advice and name != "values"]


# --- the panel's list ------------------------------------------------------------------------------------------------


def listed(number: int, name: str = "Likes") -> Mapping[str, Any]:
    """One service as a panel lists it."""
    return {"service": number, "name": name, "type": "Default", "rate": "0.9", "min": 1, "max": 9}


@pytest.mark.parametrize(
    ("body", "times", "told", "code"),
    [
        (json.dumps(listed(1)).encode() + b"," + b" " * MB, 100, "the answer is larger than 32 MB", 3),
        (b"[]," * 100_000, 31, "the answer has more than 3,000,000 parts", 3),
        (b"[" * 100_000, 10, "an answer came that cannot be read", 3),
        (json.dumps(listed(7, "x " * 150_000))[1:-1].join("{}").encode() + b",", 90, "There is no service 1", 1),
    ],
    ids=["100 MB", "three million parts", "a million lists inside each other", "27 MB of names"],
)
def test_a_service_list_of_any_size(tmp_path: Path, body: bytes, times: int, told: str, code: int) -> None:
    """A list that is too large is not read on, and one just below the limit fits into the memory."""
    path = tmp_path / "orders.csv"
    path.write_text("Service,Link\n1,x\n")
    with listing(body, times, b"[", json.dumps(listed(7)).encode() + b"]") as url:
        ran = measured(["check", str(path), "--no-results"], BULKORDERS_URL=url, BULKORDERS_KEY="secret-key")
    assert told in ran.told
    assert ran.code == code
    assert ran.peak <= 400


def service(number: int, name: str) -> Service:
    """One service of the list."""
    told = {"type": "Default", "category": "", "rate": Decimal(1), "min": 1, "max": 9}
    return Service(id=str(number), name=name, refill=False, cancel=False, **told)  # type: ignore[arg-type]


def test_the_nearest_names_are_looked_for_in_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names beyond the limit are not suggested; the others are."""
    services = [service(n, f"{word} likes") for n, word in enumerate(("Alpha", "Bravo", "Charlie", "Delta"))]
    assert Catalog(services).nearest("Delta likes")[0].id == "3"
    monkeypatch.setattr(catalog, "MOST_NAMES", 30)
    assert "3" not in [s.id for s in Catalog(services).nearest("Delta likes")]
    assert Catalog(services).nearest("Bravo likes")[0].id == "1"


def test_beyond_so_many_problems_each_row_tells_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error and no warning, so that no row that must not be sent looks like one that may."""
    monkeypatch.setattr(validate, "MOST_PROBLEMS", 5)
    headings = read_headings(("Service", "Username", "Link", "Quantity"))
    lines = tuple(Row(number=n, cells=("1", "not used", "a b", "x")) for n in range(2, 9))
    sheet = Sheet(name="a", headings=headings.names, rows=lines)
    checked = check_rows(sheet, headings, Catalog([service(1, "Likes")]), today=date(2027, 1, 1))
    assert [len(c.problems) for c in checked] == [3, 4, 1, 1, 1, 1, 1]
    assert all(c.order is None and any(p.level is Level.ERROR for p in c.problems) for c in checked)


# --- our own results -------------------------------------------------------------------------------------------------


def test_the_results_of_the_largest_file_can_be_read_back(desk: Desk, most: Callable[..., None]) -> None:
    """A results workbook has more columns, cells and text than its input, which was as large as it may be."""
    headings = ["Service", "Link", "Quantity", *(f"Column {n}" for n in range(17))]
    lines = [["1", f"https://example.com/{n}", "many", *["x" * 90] * 17] for n in range(20)]
    source = desk.sheet("largest.xlsx", [headings, *lines])
    most(columns=26, filled=20 * (len(headings) + 1), text=20 * 17 * 90 + 2_000, orders=20, area=21 * 26)
    first = desk.run("check", str(source))
    assert "20 rows need a person" in first.err
    results = source.with_name("largest.results.xlsx")
    assert len(read_sheet(results).rows) == 20
    for again in (source, results):
        assert "20 rows need a person" in desk.run("check", str(again)).err
