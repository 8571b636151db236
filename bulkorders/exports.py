"""Tables that are handed out: the service list as a workbook or a CSV, by pandas, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkorders.core.listing import HEADINGS, Listing, price_heading, rate_text
from bulkorders.errors import FileError
from bulkorders.workbook import RISKY, clean, done, harmless, library_files, library_options, whole_or_not_at_all

if TYPE_CHECKING:
    import pandas

WIDTHS = (10, 60, 36, 24, 22, 10, 12, 8, 8, 10, 60)


def check_kind(path: Path) -> None:
    """See, before the panel is asked, that a list can be saved under this name.

    Raises:
        FileError: the name has another ending than those of `WRITERS`.
    """
    if path.suffix.casefold() not in WRITERS:
        raise FileError(f"{path.name} is neither .json nor .xlsx nor .csv.", "Name the file with one of these endings.")


def save_services(listing: Listing, path: Path) -> Path:
    """Save the list as .xlsx, .csv or .json, so that it can be read again as it is; returns where it really is.

    Raises:
        FileError: another kind of file was named, or it cannot be written.
    """
    check_kind(path)
    with whole_or_not_at_all(path, advice="Name another place for the list.") as target:
        WRITERS[path.suffix.casefold()](listing, target.temporary)
    return target.path


def _frame(listing: Listing) -> pandas.DataFrame:
    import pandas

    told = listing.told()
    rows = [
        [
            *map(clean, (s.id, s.name, s.category, s.type)),
            *(s.rate, s.min, s.max),
            *map(_word, (s.refill, s.cancel, s.dripfeed)),
            told,
        ]
        for s in listing.services
    ]
    columns = [price_heading(listing.currency) if at == 4 else name for at, name in enumerate(HEADINGS)]
    return pandas.DataFrame(rows, columns=columns, dtype=object)  # object: an ID stays text, a price stays exact


def _word(flag: bool | None) -> str:
    return "" if flag is None else "yes" if flag else "no"


def _to_workbook(listing: Listing, path: Path) -> None:
    import pandas

    frame = _frame(listing)
    rates = frame.columns[4]
    frame[rates] = frame[rates].map(_number)
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


def _number(rate: Decimal) -> float | str:
    """A rate as the number that a cell holds; as text, where a spreadsheet program would round it."""
    number = float(f"{float(rate):.15g}")
    return number if Decimal(repr(number)) == rate else rate_text(rate)


def _to_csv(listing: Listing, path: Path) -> None:
    frame = _frame(listing)
    frame[frame.columns[4]] = [rate_text(s.rate) for s in listing.services]
    safe = frame.map(lambda value: "" if value is None else harmless(str(value)))
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _to_json(listing: Listing, path: Path) -> None:
    path.write_text(json.dumps(listing.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")


WRITERS: Mapping[str, Callable[[Listing, Path], None]] = {".json": _to_json, ".xlsx": _to_workbook, ".csv": _to_csv}
"""Who writes a list, by the end of the file's name."""
