"""COLUMNS: what the results workbook shows of every row, one row of the table for each column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from bulkorders.core.asks import Ask
from bulkorders.core.askstold import refill_told
from bulkorders.core.model import ListSheet, Row, delivered
from bulkorders.core.states import RowState

WORDS = MappingProxyType(
    {
        RowState.READY: "Ready",
        RowState.PLACED: "Ordered",
        RowState.INVALID: "Fix",
        RowState.HELD: "Held",
        RowState.WAITING: "Waiting",
        RowState.REFUSED: "Refused",
        RowState.UNCONFIRMED: "Check",
        RowState.SKIPPED: "Skipped",
    }
)
"""The word in the workbook for each state of a row (README, "What becomes of a row")."""

NEEDS_PERSON = frozenset({RowState.INVALID, RowState.HELD, RowState.REFUSED, RowState.UNCONFIRMED})
"""The states in which a row goes on only after a person did something."""


@dataclass(slots=True, kw_only=True)
class Result:
    """What became of one row of the input, as everybody may read it.

    Money is in account currency, times are aware. `status` is the panel's own word and `final` whether it can still
    change. `happened` is one sentence on what happened or is wrong, `what_to_do` one on what to do next
    (both empty when there is nothing to say), `act` the heading or the field where that is done ("": in no cell).
    `quantity` is what was ordered over all runs. `overcharged`: the panel charged many times the estimate.
    `asks` are the refills and cancellations that were asked for, `action` is what the Action cell says now that it was
    seen to ("": as it was), and `in_vain` (a code) that it asks for what did not come about.
    """

    row: Row
    state: RowState
    service: str = ""
    service_name: str = ""
    order_id: str = ""
    status: str = ""
    final: bool = False
    charge: Decimal | None = None
    currency: str = ""
    quantity: int | None = None
    start_count: int | None = None
    remains: int | None = None
    estimated_cost: Decimal | None = None
    ordered_at: datetime | None = None
    updated_at: datetime | None = None
    asks: Sequence[Ask] = ()
    action: str = ""
    in_vain: str = ""
    overcharged: bool = False
    happened: str = ""
    what_to_do: str = ""
    act: str = ""

    @property
    def delivered(self) -> int | None:
        """What was delivered so far: quantity less remains, where the panel told what remains."""
        return delivered(self.quantity, self.remains)

    @property
    def progress(self) -> Decimal | None:
        """Delivered of ordered, as a part of 1 in whole hundredths: 1 only where nothing is missing."""
        if not self.quantity or self.delivered is None:
            return None
        return Decimal(self.delivered * 100 // self.quantity) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the results workbook tells.

    `headings` are the input's own columns in order, and every `Result.row.cells` has one cell for each.
    `made_at` is aware and in the zone that all dates are shown in. `properties` go into the workbook's
    custom document properties, so that a results workbook that is fed back in knows its job and panel.
    `placing` is False for a mere check, `practice` True when the practice panel was used and nothing was
    bought. `notes` are sentences on the whole file. `stopped` says why a run ended early ("" when it did
    not). `lists` is the input's sheet Lists, which its cells may name.
    """

    file: str
    panel: str
    made_at: datetime
    headings: tuple[str, ...]
    results: Sequence[Result]
    currency: str = ""
    balance: Decimal | None = None
    placing: bool = True
    practice: bool = False
    stopped: str = ""
    notes: Sequence[str] = ()
    properties: tuple[tuple[str, str], ...] = ()
    lists: ListSheet = field(default_factory=ListSheet)


class Kind(StrEnum):
    """How a value is written: as text, sentences over several lines, whole number, date, coloured word, part of 1 with
    a bar, or money: of the account, or (a charge) in the currency that the panel named for the order.
    """

    TEXT = "text"
    SENTENCES = "sentences"
    NUMBER = "number"
    MONEY = "money"
    CHARGE = "charge"
    PROGRESS = "progress"
    DATE = "date"
    STATE = "state"


Value = str | int | Decimal | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One result column: its heading, how it is written, its width in characters, and where its value comes from.

    The width has room for the heading and the button of its filter. `later`: the first results workbooks did not have
    the column; they are recognised without it.
    """

    heading: str
    kind: Kind
    width: int
    value: Callable[[Result], Value]
    later: bool = False


ROW_HEADING = "Row"
"""The first column of the Orders sheet; the input's own columns follow, then COLUMNS."""

COLUMNS: tuple[Column, ...] = (
    Column(heading="Result", kind=Kind.STATE, width=11, value=lambda r: WORDS[r.state]),
    Column(heading="Order ID", kind=Kind.TEXT, width=14, value=lambda r: r.order_id),
    Column(heading="Status", kind=Kind.TEXT, width=14, value=lambda r: r.status),
    Column(heading="Progress", kind=Kind.PROGRESS, width=12, value=lambda r: r.progress, later=True),
    Column(heading="Charge", kind=Kind.CHARGE, width=15, value=lambda r: r.charge),
    Column(heading="Currency", kind=Kind.TEXT, width=11, value=lambda r: r.currency),
    Column(heading="Start count", kind=Kind.NUMBER, width=14, value=lambda r: r.start_count),
    Column(heading="Delivered", kind=Kind.NUMBER, width=12, value=lambda r: r.delivered),
    Column(heading="Remains", kind=Kind.NUMBER, width=11, value=lambda r: r.remains),
    Column(heading="Estimated cost", kind=Kind.MONEY, width=17, value=lambda r: r.estimated_cost),
    Column(heading="Ordered at", kind=Kind.DATE, width=17, value=lambda r: r.ordered_at),
    Column(heading="Updated at", kind=Kind.DATE, width=17, value=lambda r: r.updated_at),
    Column(heading="Refill", kind=Kind.TEXT, width=16, value=lambda r: refill_told(r.asks)),
    Column(
        heading="What to do",
        kind=Kind.SENTENCES,
        width=52,
        value=lambda r: " ".join(filter(None, (r.happened, r.what_to_do))),
    ),
)

_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY, Kind.CHARGE})
WIDEST_ID, BESIDE = 26, 3
"""Signs of the widest order ID that is shown whole, and the room that a number needs beside its digits."""


def widths_of(results: Sequence[Result]) -> list[int]:
    """How wide each of COLUMNS must be: a number that does not fit is shown as ###, an order ID is cut."""
    return [_width(column, results) for column in COLUMNS]


def _width(column: Column, results: Sequence[Result]) -> int:
    if column.kind in _NUMBERS:
        least: int | Decimal = 0
        most: int | Decimal = 0
        for result in results:  # none is kept: there may be a million
            value = column.value(result)
            if isinstance(value, int | Decimal):
                least, most = min(least, value), max(most, value)
        whole = max(len(f"{int(value):,}") for value in (least, most))
        return max(column.width, whole + BESIDE + (0 if column.kind is Kind.NUMBER else len(".00000 USD")))
    if column.heading == "Order ID":
        return max(column.width, min(max((len(r.order_id) for r in results), default=0) + BESIDE, WIDEST_ID))
    return column.width
