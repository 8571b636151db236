"""Blank order forms for staff: the columns of FIELDS, the service list, and a page on how to fill it in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bulkorders.core.fields import DELAYS
from bulkorders.core.headings import FIELDS, Field
from bulkorders.core.model import Service
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, order_type
from bulkorders.errors import FileError
from bulkorders.workbook import clean, whole_or_not_at_all

ROWS = 2_000
"""So many rows of the form are ready to be filled in (more can be added)."""

HINTS: dict[str, str] = {
    "ref": "Your own key for the row, each only once. May stay empty.",
    "service": "The number of the service: see the sheet Services.",
    "link": "Where to: the whole web address.",
    "quantity": "A whole number, without commas or points.",
    "comments": "One comment a line (Alt+Enter starts a new line).",
    "usernames": "One name a line (Alt+Enter starts a new line).",
    "expiry": "A day after today.",
    "delay": "Minutes; choose from the list.",
    "action": "Empty: order it. skip: leave the row out.",
}
_WIDE = {"link": 40, "comments": 40, "usernames": 24, "media": 30, "referring_url": 30}
_TEXT = frozenset({"ref", "service", "username", "usernames", "comments", "link"})


def form_fields() -> list[Field]:
    """The columns of the form, the usual ones first. The order ID is no column of a form: nothing was ordered yet."""
    by_name = {f.name: f for f in FIELDS}
    return [by_name[name] for name in ("ref", "service", *SENDABLE, "action")]


def write_form(path: Path, services: Sequence[Service], *, currency: str = "") -> None:
    """Write a blank form for these services, as .xlsx or .csv (headings only). Prices are per 1000, in `currency`.

    Raises:
        FileError: another kind of file was named, or it cannot be written.
    """
    suffix = path.suffix.casefold()
    if suffix not in (".xlsx", ".csv"):
        raise FileError(f"{path.name} is neither .xlsx nor .csv.", "Name the file with one of these endings.")
    with whole_or_not_at_all(path) as target:
        if suffix == ".csv":
            with target.temporary.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow([f.heading for f in form_fields()])
        else:
            _workbook(target.temporary, services, currency)


def _workbook(path: Path, services: Sequence[Service], currency: str) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        looks = {
            "heading": book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#23395B", "border": 1}),
            "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "plain": book.add_format({"valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "money": book.add_format({"num_format": "#,##0.00###"}),
            "title": book.add_format({"bold": True, "font_size": 16}),
            "bold": book.add_format({"bold": True}),
        }
        _orders(book.add_worksheet("Orders"), looks)
        _services(book.add_worksheet("Services"), looks, services, currency)
        _how_to(book.add_worksheet("How to"), looks)


def _orders(sheet: Any, looks: dict[str, Any]) -> None:
    for column, field in enumerate(form_fields()):
        sheet.write_string(0, column, field.heading, looks["heading"])
        look = "day" if field.name == "expiry" else "text" if field.name in _TEXT else "plain"
        sheet.set_column(column, column, _WIDE.get(field.name, 14), looks[look])
        if rule := _rule(field.name):
            hint = {"input_title": field.heading, "input_message": HINTS[field.name]} if field.name in HINTS else {}
            sheet.data_validation(1, column, ROWS, column, rule | hint)
    sheet.freeze_panes(1, 2)
    _print(sheet, pages=3)
    sheet.repeat_rows(0)


def _print(sheet: Any, *, pages: int = 1) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(pages, 0)


def _rule(name: str) -> dict[str, Any] | None:
    """What a column's cells may hold, and what is said otherwise; a hint alone lets everything through."""
    wrong = {"error_title": "Please check", "error_type": "warning"}
    if name == "action":
        return {"validate": "list", "source": ["order", "skip"], **wrong}
    if name == "delay":
        return {"validate": "list", "source": [str(d) for d in sorted(DELAYS)], **wrong}
    if name in ("quantity", "runs", "interval", "min", "max", "posts", "old_posts"):
        said = "A whole number of 1 or more is needed here."
        return {"validate": "integer", "criteria": ">=", "value": 1, "error_message": said, **wrong}
    return {"validate": "any"} if name in HINTS else None


def _services(sheet: Any, looks: dict[str, Any], services: Sequence[Service], currency: str) -> None:
    price = f"Price per 1000 ({currency})" if currency else "Price per 1000"
    headings = ("Service", "Name", "Category", "Type", price, "Min", "Max", "Needs", "May have")
    for column, (heading, width) in enumerate(zip(headings, (10, 56, 34, 24, 14, 10, 12, 44, 30), strict=True)):
        sheet.write_string(0, column, heading, looks["heading"])
        sheet.set_column(column, column, width)
    for row, service in enumerate(services, start=1):
        kind = order_type(service.type)
        sheet.write_string(row, 0, service.id)
        for column, text in enumerate((service.name, service.category, service.type), start=1):
            sheet.write_string(row, column, clean(text))
        sheet.write_number(row, 4, service.rate, looks["money"])
        sheet.write_number(row, 5, service.min)
        if service.max is not None:
            sheet.write_number(row, 6, service.max)
        sheet.write_string(row, 7, ", ".join(kind.required_headings) if kind else "cannot be ordered with bulkorders")
        sheet.write_string(row, 8, ", ".join(kind.optional_headings) if kind else "")
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(services), 1), len(headings) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{len(services) + 1}"})
    sheet.repeat_rows(0)
    _print(sheet)


HOW_TO = (
    "1. On the sheet Services, look for what you want to order and note its number.",
    "2. On the sheet Orders, fill in one row an order: the number of the service, the link, and what it needs.",
    "3. Lists (comments, user names) have one entry a line: Alt+Enter starts a new line in a cell.",
    "4. Save the file and give it to whoever runs bulkorders. Nothing is ordered before it was checked and agreed to.",
    "5. You get a results workbook back. Its sheet To do says what must be corrected.",
)


def _how_to(sheet: Any, looks: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    _print(sheet)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 2, 50)
    sheet.write_string(0, 0, "How to fill in this form", looks["title"])
    for row, line in enumerate(HOW_TO, start=2):
        sheet.write_string(row, 0, line)
    start = 3 + len(HOW_TO)
    for column, heading in enumerate(
        ("Type of service", "Cells that must be filled in", "Cells that may be filled in")
    ):
        sheet.write_string(start, column, heading, looks["heading"])
    for row, kind in enumerate(ORDER_TYPES, start=start + 1):
        for column, text in enumerate(_needs(kind)):
            sheet.write_string(row, column, text)


def _needs(kind: OrderType) -> tuple[str, str, str]:
    return kind.name, ", ".join(("Service", *kind.required_headings)), ", ".join(kind.optional_headings)
