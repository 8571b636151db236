"""The results in a copy of the person's own workbook: their sheets stay, our columns stand right of their table.

openpyxl reads a whole workbook and writes it anew. What it does not know is lost, so that is told beforehand; the
stored results of formulas, which it drops, are put back: viewers show them, and we read them ourselves
(keptpackage.py).
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bulkorders.core import summary
from bulkorders.core.columns import COLUMNS, WORDS, Kind, Report, Result, widths_of
from bulkorders.core.headings import HEADING_OF, field_named, plain, read_headings
from bulkorders.core.looks import ASKED_IN, ASKS, BAR, FILLS, HEAD, SHEET_ACTIONS, all_looks, money_look
from bulkorders.core.model import Sheet
from bulkorders.core.sheets import CHART_AT, SUMMARY, TO_DO, Bars, Page, Places, Shown, acting, summary_page, to_do_page
from bulkorders.core.states import RowState
from bulkorders.errors import FileError, UsageError
from bulkorders.keptpackage import losses, mended
from bulkorders.workbook import MOST_ROWS, RISKY, clean, whole_or_not_at_all

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

KEPT_SUFFIXES = (".xlsx", ".xlsm")
SHEETS_PROPERTY = "bulkorders sheets"
"""The names of the sheets that we added to a person's workbook, with / between: that it is one, and which are ours."""


def read_original(path: Path) -> tuple[bytes, list[str]]:
    """The workbook that is to be copied, as it is now, and what a copy cannot keep of it.

    Raises:
        UsageError: it is no workbook.
        FileError: it cannot be copied.
    """
    if path.suffix.casefold() not in KEPT_SUFFIXES:
        name = "standard input" if path.name == "-" else path.name
        raise UsageError(
            f"--keep-layout is for workbooks ({', '.join(KEPT_SUFFIXES)}): {name} has no layout to keep.",
            "Leave --keep-layout out, or save the file as .xlsx.",
        )
    data = path.read_bytes()
    _load(data, path.name)
    return data, losses(data)


def _load(data: bytes, name: str) -> Workbook:
    import openpyxl

    try:
        with warnings.catch_warnings():  # what is lost was told in our words
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(BytesIO(data), rich_text=True)
    except Exception as error:  # whatever a library of forty thousand lines raises over an odd file
        raise FileError(
            f"{name} cannot be copied with its layout ({type(error).__name__}).", "Leave --keep-layout out."
        ) from error


def write_kept(
    report: Report, path: Path, original: bytes, sheet: Sheet, *, sleep: Callable[[float], None] = time.sleep
) -> Path:
    """Write the results into a copy of the workbook `original`, beside the rows of `sheet`; returns its real path.

    Raises:
        FileError: it cannot be written there; whatever was there before is unharmed.
    """
    book = _load(original, report.file)
    kept = _Kept(book, report, book[sheet.name], sheet.heading_row)
    _take_away_ours(kept)
    _write_columns(kept)
    _add_pages(kept)
    _properties(kept)
    with whole_or_not_at_all(path, sleep=sleep) as target:
        made = BytesIO()
        book.save(made)
        target.temporary.write_bytes(mended(made.getvalue(), original, kept.pages[0], kept.charts))
    return target.path


# --- the sheet of the person -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    """The copy under construction: `at` is the column (from 1) of each of our headings; `charts` are what they tell."""

    book: Any
    report: Report
    sheet: Any
    heading_row: int
    styles: dict[str, Any] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    charts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    looks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looks = all_looks(self.report)
        self.widths = dict(zip((c.heading for c in COLUMNS), widths_of(self.report.results), strict=True))

    def style(self, look: str) -> Any:
        """A look as openpyxl keeps it in a cell."""
        if look not in self.styles:
            self.styles[look] = _style(self.book, self.looks[look])
        return copy(self.styles[look])

    def put(self, cell: Any, value: Any, look: str) -> None:
        """A value in a cell of ours; text stays text, whatever it looks like."""
        cell._style = self.style(look)
        if not isinstance(value, str):
            cell.value = value
            return
        text = clean(value)
        cell.value = text or None
        if text:
            cell.data_type = "s"
        if text.startswith(RISKY):
            cell.quotePrefix = True


def _style(book: Any, look: Mapping[str, Any]) -> Any:
    from openpyxl.cell import cell as cells
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    make: Any = cells
    cell = make.Cell(book.worksheets[0])
    cell.font = Font(
        name="Calibri",
        size=look.get("font_size", 11),
        bold=bool(look.get("bold")),
        color=_colour(look.get("font_color", "#000000")),
        underline="single" if look.get("underline") else None,
    )
    cell.alignment = Alignment(
        horizontal=look.get("align"), vertical="top", indent=look.get("indent", 0), wrap_text=look.get("text_wrap")
    )
    if "bg_color" in look:
        cell.fill = PatternFill("solid", fgColor=_colour(look["bg_color"]))
    thin = Side(style="thin")
    if "border" in look:
        cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
    elif "bottom" in look:
        cell.border = Border(bottom=thin)
    cell.number_format = look.get("num_format", "General")
    return cell._style


def _colour(colour: str) -> str:
    return "FF" + colour.removeprefix("#")


def _take_away_ours(kept: _Kept) -> None:
    """The pages of an earlier run are written anew."""
    told = {p.name: str(p.value) for p in kept.book.custom_doc_props.props}
    named = told.get(SHEETS_PROPERTY, f"{SUMMARY}/{TO_DO}" if "bulkorders job" in told else "")
    for name in named.split("/"):
        if name in kept.book.sheetnames and kept.book[name] is not kept.sheet:
            kept.book.remove(kept.book[name])


def _write_columns(kept: _Kept) -> None:
    names = [str(cell.value if cell.value is not None else "") for cell in kept.sheet[kept.heading_row]]
    last = max((c.column for row in kept.sheet.iter_rows() for c in row if c.value not in (None, "")), default=0)
    _find_ours(kept, names)
    new = [h for h in (*_missing_action(names), *(c.heading for c in COLUMNS)) if h not in kept.at]
    taken = {plain(name) for name in names}
    for column, heading in enumerate(new, start=last + 1):
        kept.at[heading] = column
        kept.ours[heading] = _free(heading, taken)
        _head(kept, column, last, heading)
    _stretch(kept, last, len(new))
    for result in kept.report.results:
        _write_row(kept, result)
        if HEADING_OF["action"] in kept.at and result.action:
            kept.sheet.cell(result.row.number, kept.at[HEADING_OF["action"]]).value = result.action
    _dress(kept, set(new))


def _find_ours(kept: _Kept, names: Sequence[str]) -> None:
    """Our columns of an earlier run, and an Order ID column of the person's own, are filled in where they are."""
    found = read_headings(names)
    spelled = {plain(re.sub(r" \(\d+\)$", "", name)): at for at, name in enumerate(names, start=1)}
    for column in COLUMNS:
        if found.is_results and plain(column.heading) in spelled:
            kept.at[column.heading] = spelled[plain(column.heading)]
    for name in ("order_id", "action"):
        if name in found.at:
            kept.at[HEADING_OF[name]] = found.at[name] + 1


def _missing_action(names: Sequence[str]) -> tuple[str, ...]:
    return () if any(field_named(name) == "action" for name in names) else (HEADING_OF["action"],)


def _free(heading: str, taken: set[str]) -> str:
    name, number = heading, 2
    while plain(name) in taken:
        name, number = f"{heading} ({number})", number + 1
    taken.add(plain(name))
    return name


def _head(kept: _Kept, column: int, last: int, heading: str) -> None:
    """A heading of ours looks like the person's own beside it."""
    from openpyxl.utils import get_column_letter

    cell, beside = (kept.sheet.cell(kept.heading_row, at) for at in (column, max(last, 1)))
    kept.put(cell, kept.ours[heading], "text")
    cell._style = copy(beside._style)
    kept.sheet.column_dimensions[get_column_letter(column)].width = kept.widths.get(heading, 12)


def _stretch(kept: _Kept, last: int, more: int) -> None:
    """A table or filter that ends where our columns begin takes them in: sorting must not part them from their rows."""
    from openpyxl.utils import get_column_letter, range_boundaries
    from openpyxl.worksheet.table import TableColumn

    if not more:
        return
    bounds: Callable[[str], tuple[int, int, int, int]] = cast(Any, range_boundaries)
    end = get_column_letter(last + more)
    for table in kept.sheet.tables.values():
        left, top, right, bottom = bounds(table.ref)
        if (top, right) != (kept.heading_row, last):
            continue
        table.ref = f"{get_column_letter(left)}{top}:{end}{bottom}"
        if table.autoFilter:
            table.autoFilter.ref = f"{get_column_letter(left)}{top}:{end}{bottom - (table.totalsRowCount or 0)}"
        ids = max(column.id for column in table.tableColumns)
        table.tableColumns += [TableColumn(id=ids + n, name=name) for n, name in enumerate(kept.ours.values(), start=1)]
    if kept.sheet.auto_filter.ref:
        left, top, right, bottom = bounds(kept.sheet.auto_filter.ref)
        if (top, right) == (kept.heading_row, last):
            kept.sheet.auto_filter.ref = f"{get_column_letter(left)}{top}:{end}{bottom}"


_LOOK_OF = {
    Kind.TEXT: "text",
    Kind.STATE: "text",
    Kind.SENTENCES: "text",
    Kind.NUMBER: "number",
    Kind.PROGRESS: "percent",
    Kind.DATE: "date",
}


def _write_row(kept: _Kept, result: Result) -> None:
    for column in COLUMNS:
        cell, value = kept.sheet.cell(result.row.number, kept.at[column.heading]), column.value(result)
        look = _LOOK_OF.get(column.kind) or money_look(_currency(kept, column.kind, result))
        kept.put(cell, "" if value is None else _naive(kept, value), look if look in kept.looks else "money")


def _currency(kept: _Kept, kind: Kind, result: Result) -> str:
    return result.currency if kind is Kind.CHARGE else kept.report.currency


def _naive(kept: _Kept, value: Any) -> Any:
    """A time in the zone of the report; a number that no cell can hold as text."""
    if isinstance(value, datetime):
        return value.astimezone(kept.report.made_at.tzinfo).replace(tzinfo=None)
    if isinstance(value, int) and abs(value) >= 10**15:
        return str(value)
    return value


def _dress(kept: _Kept, new: set[str]) -> None:
    """Colours, hints and the list of actions, for the columns that are new."""
    from openpyxl.formatting import rule as rules
    from openpyxl.utils import get_column_letter

    make: Any = rules
    if "Result" in new:
        _colour_words(kept.sheet, get_column_letter(kept.at["Result"]), kept.heading_row)
    if "Progress" in new:
        bar = make.DataBarRule("num", 0, "num", 1, color=_colour(BAR))
        kept.sheet.conditional_formatting.add(_reach(get_column_letter(kept.at["Progress"]), kept.heading_row), bar)
    for act, (state, told) in ASKED_IN.items():
        if HEADING_OF[act] in new:
            _ask(kept, act, state, told)


def _reach(letters: str, heading_row: int = 1) -> str:
    return f"{letters}{heading_row + 1}:{letters}{MOST_ROWS + 1}"


def _ask(kept: _Kept, act: str, state: RowState, told: str) -> None:
    """A cell that a person may fill in: it says what it takes, lights up where it is asked for, and is not locked."""
    from openpyxl.formatting import rule as rules
    from openpyxl.styles import PatternFill, Protection
    from openpyxl.utils import get_column_letter

    make: Any = rules
    first = kept.heading_row + 1
    word, cell = (get_column_letter(kept.at[heading]) for heading in ("Result", HEADING_OF[act]))
    fill = PatternFill("solid", bgColor=_colour(ASKS))
    light = make.FormulaRule([f'AND(${word}{first}="{WORDS[state]}",LEN(${cell}{first})=0)'], fill=fill)
    kept.sheet.conditional_formatting.add(_reach(cell, kept.heading_row), light)
    _hint(kept, _reach(cell, kept.heading_row), act, told)
    unlocked = Protection(locked=False)
    for result in kept.report.results:
        kept.sheet.cell(result.row.number, kept.at[HEADING_OF[act]]).protection = unlocked


def _hint(kept: _Kept, reach: str, act: str, told: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if act == "action":
        rule = DataValidation(type="list", formula1=f'"{",".join(SHEET_ACTIONS)}"', errorStyle="warning")
        rule.error, rule.errorTitle = f"Choose one of: {', '.join(SHEET_ACTIONS)}.", "Please check"
        rule.showErrorMessage = True
    else:
        rule = DataValidation()
    rule.promptTitle, rule.prompt, rule.showInputMessage, rule.allow_blank = HEADING_OF[act], told, True, True
    rule.add(reach)
    kept.sheet.add_data_validation(rule)


# --- the pages that are added ----------------------------------------------------------------------------------------


def _add_pages(kept: _Kept) -> None:
    report, names = kept.report, {name.casefold() for name in kept.book.sheetnames}
    headings = [str(cell.value if cell.value is not None else "") for cell in kept.sheet[kept.heading_row]]
    shown = _free_sheet(SUMMARY, names)
    places = Places(
        orders=kept.sheet.title,
        row=lambda index: report.results[index].row.number,
        cell=lambda act: _cell(kept, headings, act),
        to_do=_free_sheet(TO_DO, names),
    )
    pages = [summary_page(report, places, shown)]
    if summary.to_do(report):
        pages.append(to_do_page(report, places))
    for index, page in zip((0, None), pages, strict=False):
        _draw(kept, page, index)
    kept.pages = [page.name for page in pages]
    kept.book.active = 0
    for sheet in kept.book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == shown


def _free_sheet(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found.casefold() in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def _cell(kept: _Kept, headings: Sequence[str], act: str) -> tuple[str, str] | None:
    from openpyxl.utils import get_column_letter

    heading = HEADING_OF.get(act, act)
    at = kept.at.get(heading) if act in ASKED_IN else None
    if at is None:
        found = acting(headings, act)
        if found is None:
            return None
        at, heading = found + 1, headings[found]
    return get_column_letter(at), heading


def _draw(kept: _Kept, page: Page, index: int | None) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.hyperlink import Hyperlink
    from openpyxl.worksheet.table import Table, TableStyleInfo

    sheet = kept.book.create_sheet(page.name, index)
    for column, width in enumerate(page.widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for column, heading in enumerate(page.heading, start=1):
        kept.put(sheet.cell(1, column), heading, "heading")
    for number, line in enumerate(page.lines, start=2 if page.heading else 1):
        if line.height:
            sheet.row_dimensions[number].height = line.height
        for column, shown in _filled(line.cells):
            cell = sheet.cell(number, column)
            kept.put(cell, _naive(kept, shown.value), shown.look)
            if shown.target:
                cell.hyperlink = Hyperlink(ref=cell.coordinate, location=shown.target)
                cell._style = kept.style(shown.look)
    if page.heading:
        table = Table(displayName=_free_table(kept), ref=f"A1:{get_column_letter(len(page.heading))}{page.rows + 1}")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)
        sheet.freeze_panes = "B2"
        sheet.print_title_rows = "1:1"
        _colour_words(sheet, get_column_letter(page.state_at + 1))
    else:
        sheet.sheet_view.showGridLines = False
    for bars in page.charts:
        _chart(kept, sheet, bars)
    _print(kept, sheet)


def _filled(cells: Sequence[Shown | None]) -> Iterator[tuple[int, Shown]]:
    for column, shown in enumerate(cells, start=1):
        if shown is not None:
            yield column, shown


def _free_table(kept: _Kept) -> str:
    taken = {name.casefold() for sheet in kept.book.worksheets for name in sheet.tables}
    return next(n for n in ("ToDo", *(f"ToDo{i}" for i in range(2, 1000))) if n.casefold() not in taken)


def _colour_words(sheet: Any, letters: str, heading_row: int = 1) -> None:
    from openpyxl.formatting import rule as rules
    from openpyxl.styles import Font, PatternFill

    make: Any = rules
    for states, look in FILLS:
        fill = PatternFill("solid", bgColor=_colour(look["bg_color"]))
        font = Font(color=_colour(look["font_color"]), bold=look.get("bold"))
        for state in sorted(states):
            rule = make.CellIsRule("equal", [f'"{WORDS[state]}"'], fill=fill, font=font)
            sheet.conditional_formatting.add(_reach(letters, heading_row), rule)


def _print(kept: _Kept, sheet: Any) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0 if sheet.tables else 1
    sheet.oddFooter.left.text = kept.report.file.replace("&", "&&")[:100]
    sheet.oddFooter.right.text = "Page &P of &N"


def _chart(kept: _Kept, sheet: Any, bars: Bars) -> None:
    from openpyxl.chart import BarChart, Reference
    from openpyxl.chart.label import DataLabelList
    from openpyxl.utils import get_column_letter

    chart: Any = BarChart()
    last = bars.first + len(bars.names) - 1
    chart.type, chart.title, chart.legend, chart.gapWidth = "bar", bars.title, None, 40
    chart.add_data(Reference(sheet, min_col=bars.column + 1, min_row=bars.first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=bars.first, max_row=last))
    chart.series[0].graphicalProperties.solidFill = HEAD.removeprefix("#")
    chart.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    chart.x_axis.scaling.orientation, chart.x_axis.delete = "maxMin", False
    chart.x_axis.tickLblSkip = 1
    chart.y_axis.delete, chart.y_axis.majorGridlines, chart.y_axis.scaling.min = True, None, 0
    _letters(chart)
    chart.width, chart.height = 16.4, bars.height / 37.8
    sheet.add_chart(chart, f"{get_column_letter(CHART_AT + 1)}{bars.first - 1}")
    kept.charts.append(clean(bars.description))


def _letters(chart: Any) -> None:
    """A small title and small names, so that every bar has its name."""
    from openpyxl.chart.text import RichText
    from openpyxl.drawing import text

    make: Any = text
    small, title = make.CharacterProperties(sz=900), make.CharacterProperties(sz=1200, b=True)
    names = make.Paragraph(pPr=make.ParagraphProperties(defRPr=small), endParaRPr=small)
    chart.x_axis.txPr = RichText(p=[names])
    chart.title.tx.rich.p[0].pPr = make.ParagraphProperties(defRPr=title)


def _properties(kept: _Kept) -> None:
    from openpyxl.packaging.custom import StringProperty

    told = dict(kept.report.properties) | {SHEETS_PROPERTY: "/".join(kept.pages)}
    for name, value in told.items():
        if name in kept.book.custom_doc_props.names:
            del kept.book.custom_doc_props[name]
        kept.book.custom_doc_props.append(StringProperty(name=name, value=clean(value)))
    kept.book.properties.modified = kept.report.made_at.astimezone(UTC).replace(tzinfo=None)
