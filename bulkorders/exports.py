"""Tables that are handed out: the service list as a workbook or a CSV, by pandas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkorders.core.model import Service
from bulkorders.errors import FileError
from bulkorders.workbook import RISKY, clean, done, library_files, library_options, whole_or_not_at_all

if TYPE_CHECKING:
    import pandas

WIDTHS = (10, 60, 36, 24, 22, 10, 12, 8, 8, 10)


def save_services(services: Sequence[Service], path: Path, *, currency: str) -> None:
    """Save the list as .xlsx or .csv; prices are for 1,000, in `currency`.

    Raises:
        FileError: another kind of file was named, or it cannot be written.
    """
    writers = {".xlsx": _to_workbook, ".csv": _to_csv}
    write = writers.get(path.suffix.casefold())
    if write is None:
        raise FileError(f"{path.name} is neither .xlsx nor .csv.", "Name the file with one of these endings.")
    with whole_or_not_at_all(path, advice="Name another place for the list.") as target:
        write(_frame(services, currency), target.temporary)


def _frame(services: Sequence[Service], currency: str) -> pandas.DataFrame:
    import pandas

    price = f"Price per 1000 ({currency})" if currency else "Price per 1000"
    rows = [
        {
            "ID": clean(s.id),
            "Name": clean(s.name),
            "Category": clean(s.category),
            "Type": clean(s.type),
            price: s.rate,
            "Min": s.min,
            "Max": s.max,
            "Refill": _word(s.refill),
            "Cancel": _word(s.cancel),
            "Drip-feed": _word(s.dripfeed),
        }
        for s in services
    ]
    columns = ["ID", "Name", "Category", "Type", price, "Min", "Max", "Refill", "Cancel", "Drip-feed"]
    return pandas.DataFrame(rows, columns=columns, dtype=object)  # object: an ID stays text, a price stays exact


def _word(flag: bool | None) -> str:
    return "" if flag is None else "yes" if flag else "no"


def _to_workbook(frame: pandas.DataFrame, path: Path) -> None:
    import pandas

    with (
        library_files() as folder,
        path.open("wb") as file,
        pandas.ExcelWriter(file, engine="xlsxwriter", engine_kwargs={"options": library_options(folder)}) as writer,
    ):
        frame.to_excel(writer, sheet_name="Services", index=False, freeze_panes=(1, 2))
        sheet: Any = writer.sheets["Services"]
        book: Any = writer.book
        text, price = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00###"})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width, {0: text, 4: price}.get(column))
        _keep_text(frame, sheet, quoted)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(frame), len(WIDTHS) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:A{len(frame) + 1}"})


def _keep_text(frame: pandas.DataFrame, sheet: Any, quoted: Any) -> None:
    """Text that could be taken for a formula stays text also when a person edits its cell."""
    for column, name in enumerate(frame.columns):
        for row, value in enumerate(frame[name], start=1):
            if isinstance(value, str) and value.startswith(RISKY):
                done(sheet.write_string(row, column, value, quoted))


def _to_csv(frame: pandas.DataFrame, path: Path) -> None:
    safe = frame.map(_harmless)
    safe.to_csv(path, index=False, encoding="utf-8-sig")


def _harmless(value: Any) -> Any:
    """A text that another program would take for a formula gets a quotation mark before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value
