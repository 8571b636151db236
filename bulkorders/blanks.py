"""Blank order forms for staff: the columns of FIELDS, the service list, and a page on how to fill it in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bulkorders.core.fields import DELAYS
from bulkorders.core.headings import FIELDS, Field
from bulkorders.core.model import Service
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, Price, order_type
from bulkorders.errors import FileError
from bulkorders.workbook import RISKY, clean, done, library_files, library_options, whole_or_not_at_all

ROWS = 2_000
"""So many rows of the form are ready to be filled in (more can be added)."""

HINTS: dict[str, str] = {
    "ref": "Your own key for the row, each only once. May stay empty.",
    "service": "The number of the service: see the sheet Services.",
    "link": "Where to: the whole web address.",
    "quantity": "A whole number, without commas or points.",
    "runs": "Only to deliver in several runs: how many. Each run has the whole quantity.",
    "interval": "Only with Runs: the minutes between two runs.",
    "comments": "One comment a line (Alt+Enter starts a new line).",
    "usernames": "One name a line (Alt+Enter starts a new line).",
    "username": "One name or link: whose followers, whose comment, or who is subscribed to.",
    "min": "Subscription: the smallest quantity for each new post.",
    "max": "Subscription: the largest quantity for each new post.",
    "posts": "Subscription: how many new posts. Empty: until it is ended.",
    "old_posts": "Subscription: how many posts that are there already.",
    "hashtags": "One hashtag a line (Alt+Enter starts a new line).",
    "hashtag": "One hashtag.",
    "media": "The web address of the post whose likers are meant.",
    "answer_number": "The number of the answer in the poll: 1 for the first.",
    "groups": "One group a line (Alt+Enter starts a new line).",
    "keywords": "One keyword a line (Alt+Enter starts a new line).",
    "country": "The country that the visits come from, as the panel writes it.",
    "device": "The kind of device, as the panel writes it.",
    "type_of_traffic": "1: from a search (fill in Google keyword). 2: from a page (fill in Referring URL).",
    "google_keyword": "Only for type of traffic 1: what is searched for.",
    "referring_url": "Only for type of traffic 2: the page that the visits come from.",
    "expiry": "A day after today.",
    "delay": "Minutes; choose from the list.",
    "action": "Empty: order it. skip: leave the row out.",
}
_WIDE = {"link": 40, "comments": 40, "usernames": 24, "media": 30, "referring_url": 30}
_COUNTS = frozenset({"quantity", "runs", "interval", "min", "max", "posts", "old_posts", "answer_number"})
_OTHER_PLACE = "Name another place for the form."


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
    with whole_or_not_at_all(path, advice=_OTHER_PLACE) as target:
        if suffix == ".csv":
            with target.temporary.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow([f.heading for f in form_fields()])
        else:
            _workbook(target.temporary, services, currency)


def _workbook(path: Path, services: Sequence[Service], currency: str) -> None:
    import xlsxwriter

    with library_files() as folder:
        book = xlsxwriter.Workbook(str(path), library_options(folder))
        looks = {
            "heading": book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#23395B", "border": 1}),
            "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "plain": book.add_format({"valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "id": book.add_format({"num_format": "@"}),
            "quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
            "count": book.add_format({"num_format": "#,##0"}),
            "told": book.add_format({"align": "left", "indent": 1}),
            "money": book.add_format({"num_format": "#,##0.00###"}),
            "title": book.add_format({"bold": True, "font_size": 16}),
            "bold": book.add_format({"bold": True}),
        }
        _orders(book.add_worksheet("Orders"), looks)
        _services(book.add_worksheet("Services"), looks, services, currency)
        _how_to(book.add_worksheet("How to"), looks)
        book.close()


def _orders(sheet: Any, looks: dict[str, Any]) -> None:
    for column, field in enumerate(form_fields()):
        _text(sheet, 0, column, field.heading, looks["heading"])
        look = "day" if field.name == "expiry" else "plain" if field.name in {*_COUNTS, "delay"} else "text"
        done(sheet.set_column(column, column, _WIDE.get(field.name, 14), looks[look]))
        hint = {"input_title": field.heading, "input_message": HINTS[field.name]}
        done(sheet.data_validation(1, column, ROWS, column, _rule(field.name) | hint))
    sheet.freeze_panes(1, 2)
    _print(sheet, pages=3)
    sheet.repeat_rows(0)


def _print(sheet: Any, *, pages: int = 1) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(pages, 0)


def _text(sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
    done(sheet.write_string(row, column, clean(text), look))


def _rule(name: str) -> dict[str, Any]:
    """What a column's cells may hold, and what is said otherwise; a hint alone lets everything through."""
    wrong = {"error_title": "Please check", "error_type": "warning"}
    if name == "action":
        return {"validate": "list", "source": ["order", "skip"], **wrong}
    if name == "delay":
        said = "Choose one of the numbers of minutes in the list."
        return {"validate": "list", "source": DELAY_RANGE, "error_message": said, **wrong}
    if name in _COUNTS:
        said = "A whole number of 1 or more is needed here."
        return {"validate": "integer", "criteria": ">=", "value": 1, "error_message": said, **wrong}
    return {"validate": "any"}


_YES = {True: "yes", False: "no"}


def _services(sheet: Any, looks: dict[str, Any], services: Sequence[Service], currency: str) -> None:
    price = f"Price per 1000 ({currency})" if currency else "Price per 1000"
    headings = ("ID", "Name", "Type", "Category", price, "Min", "Max", "Refill", "Cancel", "Needs", "May have")
    for column, (heading, width) in enumerate(zip(headings, (10, 56, 24, 34, 22, 10, 12, 9, 9, 44, 30), strict=True)):
        _text(sheet, 0, column, heading, looks["heading"])
        done(sheet.set_column(column, column, width))
    for row, service in enumerate(services, start=1):
        for column, text in enumerate((service.id, service.name, service.type, service.category)):
            _text(sheet, row, column, text, looks["quoted" if clean(text).startswith(RISKY) else "id"])
        done(sheet.write_number(row, 4, service.rate, looks["money"]))
        done(sheet.write_number(row, 5, service.min, looks["count"]))
        if service.max is not None:
            done(sheet.write_number(row, 6, service.max, looks["count"]))
        told = (_YES[service.refill], _YES[service.cancel], *_wanted(service))
        for column, text in enumerate(told, start=7):
            _text(sheet, row, column, text, looks["told"])
    sheet.freeze_panes(1, 2)
    done(sheet.autofilter(0, 0, max(len(services), 1), len(headings) - 1))
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{len(services) + 1}"})
    sheet.repeat_rows(0)
    _print(sheet)


def _wanted(service: Service) -> tuple[str, str]:
    """What a row for this service must say and may say."""
    kind = order_type(service.type)
    if kind is None:
        return "cannot be ordered with bulkorders", ""
    flat = " (the price is for one order)" if kind.price is Price.FLAT else ""
    return ", ".join(kind.required_headings) + flat, ", ".join(kind.optional_headings)


HOW_TO = (
    "1. On the sheet Services, look for what you want to order and note its number (ID).",
    "2. On the sheet Orders, fill in one row an order: the number of the service, and what it needs.",
    "3. Lists (comments, user names) have one entry a line: Alt+Enter starts a new line in a cell.",
    "4. Save the file and give it to whoever runs bulkorders. Nothing is ordered before it was checked and agreed to.",
    "5. You get a results workbook back. Its sheet To do says what must be corrected.",
)

EXAMPLES: tuple[tuple[str, dict[str, str]], ...] = (
    ("Default", {"link": "https://example.com/p/1", "quantity": "1000"}),
    ("Package", {"link": "https://example.com/p/1"}),
    ("Custom Comments", {"link": "https://example.com/p/1", "comments": "Lovely picture!\nWhere was this taken?"}),
    ("Subscriptions", {"username": "garden_club", "min": "20", "max": "40", "posts": "5", "delay": "10"}),
    ("Poll", {"link": "https://example.com/poll", "quantity": "30", "answer_number": "2"}),
)
"""A filled row of a few types; a test holds them to what the types need."""


def _how_to(sheet: Any, looks: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    _print(sheet)
    for column, width in enumerate((28, 52, 46, 3, 18)):
        done(sheet.set_column(column, column, width))
    _text(sheet, 0, 0, "How to fill in this form", looks["title"])
    for row, line in enumerate(HOW_TO, start=2):
        _text(sheet, row, 0, line)
    start = 3 + len(HOW_TO)
    _text(sheet, start, 0, "Examples", looks["bold"])
    lines = [_example(name, cells) for name, cells in EXAMPLES]
    end = _table(sheet, looks, start + 1, ("Type of service", "Cells of the row"), lines)
    _text(sheet, end + 1, 0, "What each type needs", looks["bold"])
    headings = ("Type of service", "Cells that must be filled in", "Cells that may be filled in")
    _table(sheet, looks, end + 2, headings, [_needs(kind) for kind in ORDER_TYPES])
    _text(sheet, DELAYS_AT, 4, "Delay (minutes)", looks["heading"])
    for row, minutes in enumerate(sorted(DELAYS), start=DELAYS_AT + 1):
        done(sheet.write_number(row, 4, minutes))


DELAYS_AT = 9
DELAY_RANGE = f"='How to'!$E${DELAYS_AT + 2}:$E${DELAYS_AT + 1 + len(DELAYS)}"
"""Where the list behind the Delay cells stands: a list inside a rule holds only 255 signs."""


def _table(sheet: Any, looks: dict[str, Any], row: int, headings: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """A small table; returns the row after it."""
    for column, heading in enumerate(headings):
        _text(sheet, row, column, heading, looks["heading"])
    for number, line in enumerate(lines, start=row + 1):
        for column, text in enumerate(line):
            _text(sheet, number, column, text)
    return row + 1 + len(lines)


def _example(name: str, cells: dict[str, str]) -> tuple[str, str]:
    by_name = {f.name: f.heading for f in FIELDS}
    told = [f"{by_name[field]}: {text.replace(chr(10), ' / ')}" for field, text in cells.items()]
    return name, "   ".join(["Service: (its ID)", *told])


def _needs(kind: OrderType) -> tuple[str, str, str]:
    return kind.name, ", ".join(("Service", *kind.required_headings)), ", ".join(kind.optional_headings)
