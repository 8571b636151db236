"""The order form's own totals against what was read: a file that was cut off, a copy of a part, rows under a filter.

The two cells stand in the row above the heading, where the form was saved by a program that works formulas out. The
form counts what it shows, and sums its own estimates at its own prices: a price that moved since is not its matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bulkorders.core.headings import AUTO, column_letters, field_named, fills_itself, plain
from bulkorders.core.model import Cell, Problem, cell_text, money

COUNTED_TO = 10_000
"""The last row that the form's totals look at."""

FINEST = Decimal("0.00001")
"""The form shows amounts to this part; a sum may be off by as much for each of its rows."""

ADVICE = (
    "See whether the file is whole, it is the right sheet, and no filter hides rows; then save it once more. "
    "If it is right as it is, delete the totals."
)
_COST = plain(f"Estimated cost{AUTO}")
_NUMBER = re.compile(r"[0-9][0-9.,' \u2019\u00a0\u202f]*")

Record = tuple[int, Sequence[Cell]]


@dataclass(slots=True)
class Tally:
    """Counts along while the rows of a form are read.

    `service` and `cost` are places of columns, from 0; `said` is what the form says of its "rows" and their "cost",
    each with the name of the cell. `last` is the number of the last filled-in row.
    """

    service: int
    cost: int | None
    said: dict[str, tuple[str, Decimal]]
    rows: int = 0
    together: Decimal = Decimal(0)
    last: int = 0

    def counting(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records; what they hold is counted on the way."""
        for number, cells in records:
            if self.service < len(cells) and cells[self.service] != "":
                self.rows += 1
                self.last = number
                if self.cost is not None and self.cost < len(cells):
                    self.together += _amount(cells[self.cost]) or 0
            yield number, cells

    def problems(self) -> tuple[Problem, ...]:
        """What differs, once all rows were read."""
        if self.last > COUNTED_TO:
            return ()
        rows, cost = self.said.get("rows"), self.said.get("cost")
        told = []
        if rows and rows[1] != self.rows:
            orders = "order" if rows[1] == 1 else "orders"
            told.append((rows[0], f'"{rows[1]:,f} {orders} filled in"', f"the file has {self.rows:,}"))
        if cost and abs(cost[1] - self.together) > FINEST * (self.rows + 1):
            read = f"its rows come to {money(self.together)}"
            told.append((cost[0], f'"Estimated cost: {money(cost[1])}"', read))
        return (_problem(*zip(*told, strict=True)),) if told else ()


def tally_of(names: Sequence[str], above: Record) -> Tally | None:
    """What to count of a sheet with these headings, and the row above them; None where it is no filled-in form.

    A total of 0 is none: so the form is written, and a program that works nothing out leaves it.
    """
    at = {field_named(name): place for place, name in reversed(list(enumerate(names)))}
    if not any(map(fills_itself, names)) or "service" not in at:
        return None
    number, cells = above
    places = {"rows": at["service"], "cost": at.get("link", len(cells))}
    found = {what: (place, _amount(cells[place])) for what, place in places.items() if place < len(cells)}
    said = {what: (f"{column_letters(place)}{number}", amount) for what, (place, amount) in found.items() if amount}
    cost = next((place for place, name in enumerate(names) if plain(name) == _COST), None)
    if cost is None:
        said.pop("cost", None)
    return Tally(at["service"], cost, said) if said else None


def _amount(cell: Cell) -> Decimal | None:
    """The one number in a cell, also as a text file shows it: `3 orders filled in`, `Estimated cost: 1.234,50 USD`."""
    found = _NUMBER.findall(cell_text(cell)) if isinstance(cell, str | int | float) else []
    if len(found) != 1:
        return None
    digits = re.sub(r"[^0-9.,]", "", found[0])
    point = max(digits.rfind("."), digits.rfind(","))
    whole, parts = (digits[:point], digits[point + 1 :]) if point >= 0 else (digits, "")
    return Decimal(re.sub("[.,]", "", whole) + (f".{parts}" if parts else ""))


def _problem(cells: Sequence[str], says: Sequence[str], read: Sequence[str]) -> Problem:
    where = f"Cell {cells[0]} of the form says" if len(cells) == 1 else f"Cells {' and '.join(cells)} of the form say"
    message = f"{where} {' and '.join(says)}, but {' and '.join(read)}."
    return Problem(row=None, column="", code="form_total", message=message, advice=ADVICE)
