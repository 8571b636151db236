"""Tables in a terminal that fit its width: columns give way in a fixed order, and what is cut says so."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bulkorders.core.columns import WORDS
from bulkorders.core.history import PastOrder, Total
from bulkorders.core.model import money

GAP = 2
"""Spaces between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One column of a table: its heading and cells. `least` is how narrow it may become (None: as wide as it is).

    `goes`: where the table does not fit, the strips with a number go, the highest first (0: stays).
    """

    heading: str
    cells: Sequence[str]
    least: int | None = None
    right: bool = False
    goes: int = 0

    @property
    def width(self) -> int:
        """Of the widest cell."""
        return max(map(columns, (self.heading, *self.cells)))


Glance = Sequence[Strip]


def of_orders(orders: Sequence[PastOrder]) -> Glance:
    """The orders as people look for them; the panel stands there only where there are several."""
    several = len({order.panel for order in orders}) > 1
    strips = [
        Strip(heading="When", cells=[_when(o.ordered_at or o.sent_at) for o in orders]),
        Strip(heading="Panel", cells=[o.panel for o in orders], least=12, goes=2 if several else 9),
        Strip(heading="File", cells=[o.job for o in orders], least=10, goes=1),
        Strip(heading="Row", cells=[str(o.row) for o in orders], right=True),
        Strip(heading="Order ID", cells=[o.order_id for o in orders], least=9),
        Strip(heading="Result", cells=[WORDS[o.row_state] for o in orders]),
        Strip(heading="Status", cells=[o.status for o in orders], least=9),
        Strip(heading="Charge", cells=[_amount(o) for o in orders], right=True),
        Strip(heading="Service", cells=[f"{o.service} {o.service_name}" for o in orders], least=8, goes=4),
        Strip(heading="Link", cells=[o.link for o in orders], least=12, goes=3),
    ]
    return strips if several else [s for s in strips if s.heading != "Panel"]


def of_totals(totals: Sequence[Total], total: Total) -> Glance:
    """The totals of one panel and currency, and their sum; what there is none of takes no room."""
    lines = [*totals, total]
    days = [t.day for t in totals]
    shown = [day if not at or day != days[at - 1] else "" for at, day in enumerate(days)]
    strips = [
        Strip(heading="Day", cells=[*shown, "Total"]),
        Strip(heading="Orders", cells=[f"{t.orders:,}" for t in lines], right=True),
        Strip(heading="Charged", cells=[money(t.charged) for t in lines], right=True),
    ]
    if total.open:
        cells = [f"{t.open:,} (about {money(t.expected)})" if t.open else "" for t in lines]
        strips.append(Strip(heading="Not charged yet", cells=cells, right=True))
    if total.unclear:
        cells = [f"{t.unclear:,} (at most {money(t.possible)})" if t.unclear else "" for t in lines]
        strips.append(Strip(heading="To check", cells=cells, right=True))
    names = [f"{t.service} {t.service_name}".strip() for t in lines]
    return [*strips, Strip(heading="Service", cells=names, least=10)]


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else ""


def _amount(order: PastOrder) -> str:
    return "" if order.charge is None else money(order.charge, order.currency)


def glance(strips: Glance, width: int | None) -> list[str]:
    """The lines of a table, the headings first, within so many signs (None: as wide as it is)."""
    fitting = [replace(s, cells=[plain(cell) for cell in s.cells]) for s in strips]
    while width and _least(fitting) > width and any(s.goes for s in fitting):
        gone = max(fitting, key=lambda s: s.goes)
        fitting = [s for s in fitting if s is not gone]
    widths = _widths(fitting, width)
    return [
        (" " * GAP).join(_put(cell, s, w) for cell, s, w in zip(cells, fitting, widths, strict=True)).rstrip()
        for cells in zip(*([s.heading, *s.cells] for s in fitting), strict=True)
    ]


def _least(strips: Glance) -> int:
    return sum(_narrowest(s) for s in strips) + GAP * (len(strips) - 1)


def _narrowest(strip: Strip) -> int:
    return strip.width if strip.least is None else min(strip.width, max(strip.least, columns(strip.heading)))


def _widths(strips: Glance, width: int | None) -> list[int]:
    """The widest of those that may become narrower gives way, until all fit."""
    widths = [s.width for s in strips]
    over = sum(widths) + GAP * (len(strips) - 1) - (width or sum(widths) + GAP * len(strips))
    while over > 0:
        givers = [at for at, s in enumerate(strips) if widths[at] > _narrowest(s)]
        if not givers:
            break
        widths[max(givers, key=lambda at: widths[at])] -= 1
        over -= 1
    return widths


def _put(cell: str, strip: Strip, width: int) -> str:
    if columns(cell) > width:
        while columns(cell) > width - 1:
            cell = cell[:-1]
        cell += "…"
    space = " " * (width - columns(cell))
    return space + cell if strip.right else cell + space


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese, Japanese and Korean signs take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign) for sign in text)


def plain(text: str) -> str:
    """Text on one line that cannot steer a terminal, whatever the panel has put into it."""
    if text.isascii() and text.isprintable():
        return text
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
