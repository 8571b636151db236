"""The results workbook: Summary, Orders and To do, and the lists of the input."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from bulkorders.core import summary
from bulkorders.core.columns import Report
from bulkorders.core.lists import has_lists
from bulkorders.core.sheets import Places, summary_page, title, to_do_page
from bulkorders.errors import FileError
from bulkorders.workbook import MOST_ROWS, clean, done, library_files, library_options, whole_or_not_at_all


def write_results(report: Report, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> Path:
    """Write the results workbook and return the path that it really has: a numbered one where `path` is locked.

    Raises:
        FileError: it cannot be written there; whatever was there before is unharmed.
    """
    check_rows_fit(len(report.results))
    with whole_or_not_at_all(path, sleep=sleep) as target:
        _build(report, target.temporary)
    return target.path


def check_rows_fit(rows: int) -> None:
    """See, before anything is ordered, that the results of so many rows fit into a sheet.

    Raises:
        FileError: they do not.
    """
    if rows > MOST_ROWS:
        raise FileError(
            f"The file has {rows:,} rows with orders; the results have room for {MOST_ROWS:,}. Nothing was ordered.",
            "Split the file and run the parts.",
        )


def _build(report: Report, path: Path) -> None:
    import xlsxwriter

    from bulkorders.orderssheet import draw_lists, draw_orders
    from bulkorders.rowsheet import Book, draw_page

    with library_files() as folder:
        book = Book(xlsxwriter.Workbook(str(path), library_options(folder)), report)
        told = {
            "title": clean(title(report)),
            "comments": "Made by bulkorders",
            "created": report.made_at.astimezone(UTC).replace(tzinfo=None),
        }
        book.book.set_properties(told)
        for name, value in report.properties:
            done(book.book.set_custom_property(name, clean(value), "text"))
        places = _places(report)
        draw_page(book, summary_page(report, places))
        draw_orders(book)
        if summary.to_do(report):
            draw_page(book, to_do_page(report, places))
        if has_lists(report.lists):
            draw_lists(book)
        book.book.close()


def _places(report: Report) -> Places:
    from xlsxwriter.utility import xl_col_to_name

    from bulkorders.orderssheet import column_at, own_headings

    def cell(act: str) -> tuple[str, str] | None:
        column = column_at(report, act)
        if column is None:
            return None
        heading = "Order ID" if act == "order_id" else own_headings(report)[column - 1]
        return str(xl_col_to_name(column)), heading

    return Places(orders="Orders", row=lambda index: index + 2, cell=cell)
