"""Blank order forms for staff: what core/orderform.py and core/howto.py say, as a workbook or a CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bulkorders.core.catalog import Catalog
from bulkorders.core.fields import DELAYS
from bulkorders.core.headings import AUTO, HEADING_OF, column_letters
from bulkorders.core.howto import HINTS, LIST_HINT, LISTS, LISTS_HEADING, STEPS, Example, examples
from bulkorders.core.lists import LIST_FIELDS
from bulkorders.core.lists import SHEET as LISTS_SHEET
from bulkorders.core.model import Service
from bulkorders.core.orderform import (
    COLUMN_AT,
    FIRST,
    FORM_COLUMNS,
    HEADING_ROW,
    LAST,
    LIST_COLUMNS,
    NO_LIMIT,
    FormColumn,
    Listed,
    cells,
    colour_rules,
    column_range,
    formulas,
    list_range,
    listed,
    totals,
)
from bulkorders.core.ordertypes import SENDABLE
from bulkorders.core.sheets import LINE_HEIGHT
from bulkorders.errors import FileError
from bulkorders.workbook import RISKY, clean, done, library_files, library_options, whole_or_not_at_all

KINDS = (".xlsx", ".csv")
OTHER_PLACE = "Name another place for the form."
SHEETS = ("Orders", "Services", "How to", LISTS_SHEET)

_INK, _PAPER, _HEAD, _AUTO_HEAD, _AUTO_FILL = "#1F1F1F", "#FFFFFF", "#23395B", "#5B7083", "#EEF3F8"
_NEEDED = {"bg_color": "#F0A04B", "font_color": _INK, "border": 1, "border_color": "#A65F00"}
_UNUSED = {"bg_color": "#D0D0D0", "font_color": "#4D4D4D", "font_strikeout": True}
_HEADING = {
    "bold": True,
    "font_color": _PAPER,
    "bg_color": _HEAD,
    "border": 1,
    "valign": "vcenter",
    "border_color": _PAPER,
}
_TOP = {"bold": True, "font_color": _HEAD, "align": "left"}
_FILLED = {"bg_color": _AUTO_FILL, "border": 1, "border_color": "#D3DCE6", "font_color": "#33475B", "valign": "top"}
_LOOKS: dict[str, dict[str, Any]] = {
    "heading": _HEADING | {"text_wrap": True},
    "number heading": _HEADING | {"text_wrap": True, "align": "right"},
    "auto heading": _HEADING | {"bg_color": _AUTO_HEAD, "text_wrap": True, "italic": True, "indent": 1},
    "text": {"num_format": "@", "valign": "top"},
    "wrapped": {"num_format": "@", "valign": "top", "text_wrap": True},
    "plain": {"valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"},
    "auto": _FILLED,
    "auto lines": _FILLED | {"align": "left", "indent": 1},
    "list heading": _HEADING | {"text_wrap": True, "num_format": "@"},
    "auto text": _FILLED | {"align": "left", "indent": 1},
    "auto count": _FILLED | {"num_format": "#,##0", "align": "right"},
    "auto money": _FILLED | {"num_format": "#,##0.00###"},
    "id": {"num_format": "@"},
    "told": {"num_format": "@", "indent": 1},
    "quoted": {"num_format": "@", "indent": 1, "quote_prefix": True},
    "count": {"num_format": "#,##0", "align": "right"},
    "money": {"num_format": "#,##0.00###"},
    "title": {"bold": True, "font_size": 16, "font_color": _HEAD},
    "section": {"bold": True, "font_size": 12, "font_color": _HEAD},
    "line": {"valign": "top"},
    "top": _TOP,
    "orders": _TOP | {"num_format": '[=1]0" order filled in";0" orders filled in"'},
    "ready": _TOP | {"num_format": '0" ready"'},
    "said": {"font_color": "#595959"},
    "cell": {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#BFBFBF"},
    "needed": _NEEDED,
    "unused": _UNUSED,
}
_ANY_COUNTS: Mapping[str, int] = {
    **{"runs": 1, "interval": 1, "posts": 1, "old_posts": 0, "answer_number": 0, "type_of_traffic": 1}
}
"""Fields with a whole number that no service limits, and the smallest that makes sense."""

_NUMBERS = frozenset({"quantity", "min", "max", "delay", *_ANY_COUNTS})


@dataclass(slots=True)
class _Page:
    """A sheet and the formats of its workbook."""

    sheet: Any
    looks: dict[str, Any]

    def text(self, row: int, column: int, text: str, look: str) -> None:
        """Text as text, whatever it looks like."""
        text = clean(text)
        done(self.sheet.write_string(row, column, text, self.looks["quoted" if text.startswith(RISKY) else look]))

    def value(self, row: int, column: int, value: str | int | Decimal) -> None:
        """A cell of the service list."""
        if isinstance(value, str):
            self.text(row, column, value, "count" if value == NO_LIMIT else "told" if column else "id")
        else:
            done(
                self.sheet.write_number(row, column, value, self.looks["count" if isinstance(value, int) else "money"])
            )

    def print(self, *, across: int = 1, down: int = 0) -> None:
        """How the sheet goes to paper: so many pages across and down (0: as many as it takes)."""
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
        self.sheet.fit_to_pages(across, down)
        done(self.sheet.set_footer("&L&A&RPage &P of &N"))


def form_headings() -> list[str]:
    """The columns that people fill in. The order ID is no column of a form: nothing was ordered yet."""
    return [HEADING_OF[name] for name in ("ref", "service", *SENDABLE, "action")]


def write_form(
    path: Path,
    services: Sequence[Service],
    *,
    currency: str = "",
    made_on: date | None = None,
    catalog: Catalog | None = None,
) -> Path:
    """Write a blank form for these services, as .xlsx or .csv (headings only); return where it really is.

    Prices are in `currency`; `catalog` is the whole list where `services` is a part of it.

    Raises:
        FileError: another kind of file was named, or it cannot be written.
    """
    suffix = check_kind(path)
    with whole_or_not_at_all(path, advice=OTHER_PLACE) as target:
        if suffix == ".csv":
            with target.temporary.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow(form_headings())
        else:
            offered = listed(services, catalog or Catalog(services))
            _workbook(target.temporary, offered, currency, made_on)
    return target.path


def check_kind(path: Path) -> str:
    """The ending of a form's name.

    Raises:
        FileError: there is no such form.
    """
    suffix = path.suffix.casefold()
    if suffix not in KINDS:
        raise FileError(f"{path.name} is neither .xlsx nor .csv.", "Name the file with one of these endings.")
    return suffix


def _workbook(path: Path, services: Sequence[Listed], currency: str, made_on: date | None) -> None:
    import xlsxwriter

    currency = clean(currency).replace('"', "")
    with library_files() as folder:
        book = xlsxwriter.Workbook(str(path), library_options(folder))
        book.set_properties({"title": "Order form", "comments": "Made by bulkorders"})
        money = '"Estimated cost: "#,##0.00###' + (f'" {currency}"' if currency else "")
        looks = {
            name: book.add_format(look) for name, look in (_LOOKS | {"cost": _TOP | {"num_format": money}}).items()
        }
        orders, offered, how_to, lists = (_Page(book.add_worksheet(name), looks) for name in SHEETS)
        _orders(orders, len(services), made_on)
        _services(offered, services, currency)
        _how_to(how_to, list(examples(services)))
        _lists(lists)
        book.close()


# --- Orders ----------------------------------------------------------------------------------------------------------


def _orders(page: _Page, services: int, made_on: date | None) -> None:
    sheet = page.sheet
    _above(page, services, made_on)
    done(sheet.set_row(HEADING_ROW - 1, 32))
    for place, column in enumerate(FORM_COLUMNS):
        page.text(HEADING_ROW - 1, place, column.heading, _heading_look(column))
        look = page.looks["plain" if column.formula else _look(column.name)]
        done(sheet.set_column(place, place, column.width, look, {"hidden": column.hidden}))
        rule = _rule(column, services)
        done(sheet.data_validation(FIRST - 1, place, LAST - 1, place, rule))
    for row in range(FIRST, LAST + 1):
        done(sheet.set_row(row - 1, LINE_HEIGHT + 2))  # a list of a hundred comments must not push all else away
        for name, formula in formulas(row, services).items():
            place = COLUMN_AT[name]
            done(sheet.write_formula(row - 1, place, formula, page.looks[FORM_COLUMNS[place].look], ""))
    _colour(page)
    sheet.ignore_errors({"number_stored_as_text": f"A{FIRST}:{column_letters(len(FORM_COLUMNS) - 1)}{LAST}"})
    sheet.freeze_panes(HEADING_ROW, COLUMN_AT["service"] + 1)
    sheet.repeat_rows(HEADING_ROW - 1)
    page.print(across=3)


def _above(page: _Page, services: int, made_on: date | None) -> None:
    """The title and the totals, which stand above the columns that they are of."""
    on = f" of {made_on:%Y-%m-%d}" if made_on else ""
    said = f"Choose a service, fill in the orange cells, save. More on the sheet How to. Services{on}: {services:,}."
    page.text(0, 0, "Order form", "title")
    page.text(0, COLUMN_AT["link"], said, "said")
    looks = {"service": "orders", "link": "cost", "check": "ready"}
    for name, formula in totals().items():
        done(page.sheet.write_formula(HEADING_ROW - 2, COLUMN_AT[name], formula, page.looks[looks[name]], 0))


def _heading_look(column: FormColumn) -> str:
    if column.formula:
        return "auto heading"
    return "number heading" if column.name in _NUMBERS else "heading"


def _look(name: str) -> str:
    if name in LIST_FIELDS:
        return "wrapped"
    return "day" if name == "expiry" else "plain" if name in _NUMBERS else "text"


def _colour(page: _Page) -> None:
    for (first, last), formula, look in colour_rules():
        rule = {"type": "formula", "criteria": formula, "format": page.looks[look], "stop_if_true": True}
        done(page.sheet.conditional_format(FIRST - 1, COLUMN_AT[first], LAST - 1, COLUMN_AT[last], rule))


def _rule(column: FormColumn, services: int) -> dict[str, Any]:
    """What a column's cells may hold, and what is said otherwise; a hint alone lets everything through."""
    if column.formula:
        said = f"Columns that end in{AUTO} fill themselves."
        return {"validate": "custom", "value": "=FALSE", "error_title": "Nothing to type here", "error_message": said}
    hint = {"input_title": column.heading, "input_message": HINTS[column.name]}
    wrong = {"error_title": "Please check", "error_type": "warning"}
    make = _RULES.get(column.name)
    if column.name == "service":  # a number is as good as a choice from the list, so nothing is refused
        return {"validate": "list", "source": "=" + list_range("choice", services), "show_error": False} | hint
    if make is None:
        return {"validate": "any"} | hint
    return make(cells(FIRST)) | wrong | hint


def _whole(low: str | int, high: str | int, said: str) -> dict[str, Any]:
    between = {"criteria": "between", "minimum": low, "maximum": high}
    return {"validate": "integer", **between, "error_message": said}


def _most(at: Mapping[str, str]) -> str:
    return f"IF(ISNUMBER({at['high']}),{at['high']},999999999999999)"


_RULES: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    "ref": lambda at: {
        "validate": "custom",
        "value": f"=COUNTIF({column_range('ref')},{at['ref']})<2",
        "error_message": "Another row has this Ref already.",
    },
    "quantity": lambda at: _whole(
        f"=N({at['low']})", "=" + _most(at), "A whole number between At least and At most is needed here."
    ),
    "min": lambda at: _whole(
        f"=N({at['low']})", "=" + _most(at), "A whole number between At least and At most is needed here."
    ),
    "max": lambda at: _whole(
        f"=MAX(N({at['low']}),N({at['min']}))", "=" + _most(at), "A whole number from Min to At most is needed here."
    ),
    "delay": lambda at: {
        "validate": "list",
        "source": list(DELAYS),
        "error_message": "Choose one of the numbers of minutes in the list.",
    },
    "expiry": lambda at: {
        "validate": "date",
        "criteria": ">",
        "value": "=TODAY()",
        "error_message": "A day after today is needed here.",
    },
    "action": lambda at: {"validate": "list", "source": ["order", "skip"], "error_message": "Choose order or skip."},
    **{
        name: lambda at, low=low: _whole(low, 999_999_999, f"A whole number of {low} or more is needed here.")  # type: ignore[misc]
        for name, low in _ANY_COUNTS.items()
    },
}


# --- Services --------------------------------------------------------------------------------------------------------


def _services(page: _Page, services: Sequence[Listed], currency: str) -> None:
    sheet = page.sheet
    for place, column in enumerate(LIST_COLUMNS):
        done(sheet.set_column(place, place, column.width, None, {"hidden": column.hidden}))
    for row, service in enumerate(services, start=1):
        for place, column in enumerate(LIST_COLUMNS):
            value = column.value(service)
            if value != "":
                page.value(row, place, value)
    headings = [c.heading + (f" ({currency})" if c.name == "rate" and currency else "") for c in LIST_COLUMNS]
    looks = ["number heading" if c.name in ("rate", "min", "max") else "heading" for c in LIST_COLUMNS]
    columns = [{"header": h, "header_format": page.looks[look]} for h, look in zip(headings, looks, strict=True)]
    table = {"name": "Services", "columns": columns, "style": "Table Style Light 1"}
    done(sheet.add_table(0, 0, len(services), len(columns) - 1, table))
    sheet.freeze_panes(1, 2)
    sheet.ignore_errors({"number_stored_as_text": f"A1:F{len(services) + 1}"})
    sheet.repeat_rows(0)
    page.print()


# --- How to ----------------------------------------------------------------------------------------------------------

_COLOURS = (
    ("needed", "orange", "must still be filled in, or is wrong"),
    ("unused", "grey, struck out", "is not used by this service, and is not sent"),
    ("auto", "pale blue", "fills itself; nothing to type"),
)


def _how_to(page: _Page, found: Sequence[Example]) -> None:
    sheet = page.sheet
    for place, width in enumerate((28, 54, 62, 30)):
        done(sheet.set_column(place, place, width))
    page.text(0, 0, "How to fill in this form", "title")
    for row, line in enumerate(STEPS, start=2):
        page.text(row, 0, f"{row - 1}. {line}", "line")
    row = 3 + len(STEPS)
    page.text(row, 0, "What the colours mean", "section")
    for at, (look, name, meaning) in enumerate(_COLOURS, start=row + 1):
        page.text(at, 0, name, look)
        page.text(at, 1, meaning, "line")
    row += len(_COLOURS) + 2
    page.text(row, 0, "An example for each type of service in this list", "section")
    headings = (
        "Type of service",
        "For example",
        "Cells that must be filled in ( / is a new line)",
        "Cells that may be",
    )
    for place, heading in enumerate(headings):
        page.text(row + 1, place, heading, "heading")
    for at, example in enumerate(found, start=row + 2):
        told = (example.kind, example.service, "\n".join(example.shown), ", ".join(example.may_have))
        for place, text in enumerate(told):
            page.text(at, place, text, "cell")
        lines = max(len(example.shown), -(-len(example.service) // 50))
        done(sheet.set_row(at, LINE_HEIGHT * lines + 2))  # not every program works it out when the file is opened
    sheet.hide_gridlines(2)
    page.print(down=1)


# --- Lists -----------------------------------------------------------------------------------------------------------

_LISTS_READY = 6
"""So many columns are made ready for lists; more may be filled."""


def _lists(page: _Page) -> None:
    """The sheet for long lists: empty, with a column of our own that says how it is used."""
    sheet = page.sheet
    done(sheet.set_column(0, 0, 78))
    done(sheet.set_column(1, _LISTS_READY, 32, page.looks["wrapped"]))
    page.text(0, 0, LISTS_HEADING, "auto heading")
    for row, line in enumerate(LISTS, start=1):
        page.text(row, 0, line, "auto lines")
    for column in range(1, _LISTS_READY + 1):
        done(sheet.write_blank(0, column, None, page.looks["list heading"]))
    hint = {"validate": "any", "input_title": LISTS_SHEET, "input_message": LIST_HINT}
    done(sheet.data_validation(0, 1, 0, _LISTS_READY, hint))
    sheet.ignore_errors({"number_stored_as_text": f"B1:{column_letters(_LISTS_READY)}1048576"})
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    page.print()
