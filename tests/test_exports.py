"""The service list as a file."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from bulkorders.core.listing import Listing
from bulkorders.core.model import Service
from bulkorders.errors import FileError
from bulkorders.exports import save_services

SERVICE = Service(
    id="007",
    name="=cmd|'/c calc'!A1",
    type="Default",
    category="+Likes\x00",
    rate=Decimal("0.27819"),
    min=10,
    max=None,
    refill=True,
    cancel=False,
)


def listing(*services: Service, currency: str = "USD") -> Listing:
    """A whole list of these services."""
    return Listing(
        panel="panel.example/api/v2",
        fetched_at=datetime(2026, 11, 3, 14, 2, 7, tzinfo=UTC),
        currency=currency,
        services=services,
        listed=len(services),
    )


WHOSE = "panel.example/api/v2, {} services, 2026-11-03 14:02:07 UTC"


def test_a_workbook(tmp_path: Path) -> None:
    """IDs stay text, prices are exact numbers, and nothing becomes a formula."""
    path = tmp_path / "s.xlsx"
    save_services(listing(SERVICE, replace(SERVICE, id="8", max=500, dripfeed=True)), path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    heading, first, second = list(sheet.values)
    assert heading[4] == "Price per 1000 (USD)"
    assert first == ("007", SERVICE.name, "+Likes", "Default", 0.27819, 10, None, "yes", "no", None, WHOSE.format(2))
    assert second[6:] == (500, "yes", "no", "yes", WHOSE.format(2))
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].quotePrefix
    assert sheet["A2"].data_type == "s"
    assert (sheet["A2"].number_format, sheet["E2"].number_format) == ("@", "#,##0.00###")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:K3")
    with zipfile.ZipFile(path) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_control_signs_are_dropped_everywhere(tmp_path: Path, suffix: str) -> None:
    """Whatever field of the panel's list has them."""
    path = tmp_path / f"s{suffix}"
    save_services(listing(replace(SERVICE, id="7\x01", type="Default\x02", name="Likes\x0b"), currency=""), path)
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0) if suffix == ".xlsx" else None
    row = sheet.to_python()[1] if sheet else list(csv.reader(path.read_text("utf-8-sig").splitlines()))[1]
    assert [row[0], row[1], row[3]] == ["7", "Likes", "Default"]


def test_a_csv(tmp_path: Path) -> None:
    """What another program would take for a formula has a quotation mark before it."""
    path = tmp_path / "s.csv"
    save_services(listing(SERVICE), path)
    _, row = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert row == [
        "007",
        f"'{SERVICE.name}",
        "'+Likes",
        "Default",
        "0.27819",
        "10",
        "",
        "yes",
        "no",
        "",
        WHOSE.format(1),
    ]


def test_another_kind_of_file_is_told(tmp_path: Path) -> None:
    """Only the kinds that are promised."""
    with pytest.raises(FileError, match="neither"):
        save_services(listing(SERVICE), tmp_path / "s.pdf")


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """A sentence, no traceback."""
    with pytest.raises(FileError, match=r"There is no folder .* name another place for the list"):
        save_services(listing(SERVICE), tmp_path / "none" / "s.csv")
