"""LIMITS: how much of anything is taken in, and the sentence for what goes beyond.

Orders of a shop come nowhere near; files that were made to fill the memory do, and so do careless ones. Together the
limits hold a `check` to little more than 1 GB, whatever it is given (tests/hostile.py has the files that try). A
results workbook has fifteen columns and a sentence more in each row, and must come back all the same: it may hold
twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most of something, what is said of more (`{most}` stands for the number), and what to do then."""

    most: int
    told: str
    advice: str

    def message(self, name: str, room: int = 1, **words: object) -> str:
        """What is said of the file or answer of this name, without a full stop: it may stand inside a sentence."""
        most = self.most * room
        return f"{name} {self.told.format(most=f'{most:,}', size=f'{most / 1_000_000:,.0f} MB', **words)}"


SPLIT = "Split it into smaller files, and leave everything but the orders out."
_SEVERAL_LISTS = "Make several lists of it, and a row for each."
_NEW_SHEET = "Copy the orders into a new, empty workbook, and use that."


def _limit(most: int, told: str, advice: str = SPLIT) -> Limit:
    return Limit(most=most, told=told, advice=advice)


LIMITS: Mapping[str, Limit] = {
    "file": _limit(100_000_000, "is larger than {size}"),
    "workbook": _limit(200_000_000, "is larger than {size}", _NEW_SHEET),
    "orders": _limit(300_000, "has more than {most} filled rows"),
    "rows": _limit(1_048_576, "has more than {most} rows"),
    "columns": _limit(1_000, "has more than {most} columns"),
    "filled": _limit(5_000_000, "has more than {most} filled cells"),
    "characters": _limit(1_000_000, "has a cell of more than {most} characters{place}", "Shorten what stands there."),
    # Text.
    "record": _limit(
        4_000_000,
        "has a row of more than {most} characters{place}",
        'Look there for a quotation mark (") that is not closed, or for rows that have run into one.',
    ),
    # Workbooks. A shared text stands in the file once, and in the memory once for every cell that shows it; and there
    # is room in the memory for every cell up to the last one, filled or not.
    "unpacked": _limit(1_000_000_000, "unpacks to more than {size}", _NEW_SHEET),
    "parts": _limit(10_000, "has more than {most} parts inside, or sheets", _NEW_SHEET),
    "list": _limit(16_000_000, "has an overgrown list of sheets, formats or properties", _NEW_SHEET),
    "area": _limit(
        30_000_000,
        "has a sheet of {rows:,} rows and {columns:,} columns, filled or not",
        "Delete what stands far below or beside the orders, or copy the orders into a new workbook.",
    ),
    "text": _limit(100_000_000, "has a sheet with more than {most} characters of text"),
    "odd": _limit(
        300_000,
        "has more than {most} cells with an error, a formula without a result, or a number that is shown otherwise "
        "than it is stored",
        "Correct the formulas, or copy the values alone into a new workbook.",
    ),
    # Lists that stand elsewhere. What one holds is what a cell may; together, and as a sheet beside that of the orders,
    # they may take less than the orders do.
    "lists_cells": _limit(
        300_000, "has a sheet Lists with more than {most} filled cells", "Keep there only what is used."
    ),
    "lists_text": _limit(50_000_000, "has lists with more than {most} characters together"),
    "list_file": _limit(4_000_000, "is larger than {size}", _SEVERAL_LISTS),
    "list_characters": _limit(1_000_000, "has more than {most} characters", _SEVERAL_LISTS),
    "list_lines": _limit(100_000, "has more than {most} lines", _SEVERAL_LISTS),
    # Answers of a panel: bytes in `core/actions.py` (`largest`), and here how many values may be in them.
    "values": _limit(3_000_000, "has more than {most} parts", ""),
}
"""What is taken in at most, by what is counted."""

MOST_PROBLEMS = 100_000
"""From then on each row tells only the first thing that is wrong with it: nobody mends more before the next try."""

MOST_NAMES = 2_000_000
"""Pieces of service names in which the nearest to a wrong one is looked for; those of 50,000 services."""
