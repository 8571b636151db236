"""The words of the field, as values: cells, rows, services, orders, statuses and problems.

Panel words (`service`, `charge`, `start_count`, `remains`) mean what the panel's reference means by
them. Money is a `Decimal` in the account's currency; a panel's IDs are opaque text everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from enum import StrEnum

from bulkorders.core.states import OrderState

Cell = str | bool | int | float | date | datetime | time
"""What a cell holds once it was read: an empty cell is ``""``, a whole number is an ``int``."""


def cell_text(cell: Cell) -> str:
    """The cell as the person sees it: `TRUE`, `2027-03-01`, `100`, `0.25`; surrounding space is cut."""
    if type(cell) is str:  # nearly all cells; asked half a million times for 100,000 rows
        return cell.strip()
    if type(cell) is int:
        return str(cell)
    match cell:
        case str():
            return cell.strip()
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()


def money(amount: Decimal, currency: str = "") -> str:
    """An amount as people read it: thousands separators, at least two decimals, no needless zeros."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')} {currency}".rstrip()


def is_amount(typed: str, amount: Decimal) -> bool:
    """Whether a person typed this amount: with or without separators, a comma for the point, rounded to cents."""
    bare = "".join(typed.split())
    readings = (bare.replace(",", ""), bare.replace(".", "").replace(",", "."), bare.replace(",", "."))
    wanted = (amount, amount.quantize(Decimal("0.01")) or amount)
    return any(re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and Decimal(text) in wanted for text in readings)


def exact(amount: Decimal) -> str:
    """An amount as programs read it: all its digits, without needless zeros."""
    return f"{amount.normalize():f}"


def count_told(count: int, word: str) -> str:
    """`1 order`, `2,000 orders`: so many of what has its plural with an s."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def on_day(moment: datetime | None, zone: tzinfo | None) -> str:
    """` on 3 November 2026`, or nothing where the time is not known."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f" on {local.day} {local:%B %Y}"


def delivered(quantity: int | None, remains: int | None) -> int | None:
    """What was delivered so far: quantity less remains, where the panel told what remains."""
    return None if quantity is None or remains is None else min(max(quantity - remains, 0), quantity)


class Level(StrEnum):
    """An `ERROR` keeps its row from being sent; a `WARNING` only tells."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with the data, in a person's words.

    `row` is the number that Excel shows (None: the whole file), `column` the heading as the person
    wrote it ("" where it is none), `message` says what is wrong and what is allowed, `advice` what to do.
    """

    row: int | None
    column: str
    code: str
    message: str
    advice: str
    level: Level = Level.ERROR


@dataclass(slots=True, kw_only=True)
class Row:
    """One filled row of the sheet: `number` as Excel shows it, `cells` one for each heading.

    `typed` are the cells as they stand in the file, where a list that one of them names was put in its place (None: as
    they are).

    What a file has 100,000 of (`Row`, `Order`, `Checked`, `Planned`, `Entry`, `Result`) is not frozen, though nothing
    changes it: a frozen one takes three times as long to make (a fifth of all checks, measured).
    """

    number: int
    cells: tuple[Cell, ...]
    typed: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSheet:
    """The sheet Lists of a workbook: its rows from the first on, each from column A on.

    `wrong` are the cells that could not be read exactly, by row and column (from 0): what is wrong, and what to do.
    """

    rows: Sequence[Sequence[Cell]] = ()
    wrong: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenList:
    """A cell whose list stands elsewhere: the row, its heading, from where, and how much it is."""

    row: int
    heading: str
    source: str
    lines: int
    characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file holds: headings and filled rows, and the cells that could not be read exactly.

    `properties` are the workbook's own custom document properties: a results workbook tells there which
    panel and job it belongs to. `other_sheets` are the names of the sheets that were not read. `heading_row` is the
    number of the row that the headings stand in. `lists` is the workbook's sheet Lists, `taken` what cells have from
    there, or from files.
    """

    name: str
    headings: tuple[str, ...]
    rows: Sequence[Row]
    problems: Sequence[Problem] = ()
    properties: tuple[tuple[str, str], ...] = ()
    other_sheets: tuple[str, ...] = ()
    heading_row: int = 1
    lists: ListSheet = field(default_factory=ListSheet)
    taken: Sequence[TakenList] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One entry of the panel's service list (panel-api.md sections 1 and 3).

    `rate` is the price of 1000 (of one order, for a package) in account currency. `max` None means no upper
    limit. `dripfeed` None means that the list does not say whether drip-feed is allowed.
    """

    id: str
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int | None
    refill: bool
    cancel: bool
    dripfeed: bool | None = None


Form = tuple[tuple[str, str], ...]
"""The fields of an `add` request after `service`, in a fixed order: parameter name and text."""


@dataclass(slots=True, kw_only=True)
class Order:
    """What a row asks for: the service, the fields that are sent, and what they cost.

    `target` is the link (for a subscription the user name): panels allow one active order for each service
    and target. `quantity` is what the order counts, over all its runs; None for a package or subscription.
    `cost` is the estimate in account currency, `upper_cost` the most a subscription can charge later (None:
    nobody can say).
    """

    service: str
    service_name: str
    service_type: str
    form: Form
    target: str
    quantity: int | None
    cost: Decimal
    upper_cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """What the panel says about an order (panel-api.md section 6). Every field may be missing there.

    `status` is the panel's own spelling. `charge` is money in `currency`; `start_count` and `remains` are
    counts, None where the panel gave none or nonsense ("Unknown", null, "").
    """

    status: str
    charge: Decimal | None = None
    currency: str | None = None
    start_count: int | None = None
    remains: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The account's balance: exact money and its currency (three letters, as the panel writes them)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMove:
    """The rate that a person was shown, when that was, and the rate it had become by the time of the order."""

    before: Decimal
    now: Decimal
    since: datetime


@dataclass(slots=True, kw_only=True)
class Entry:
    """One order in the ledger: what a row asked for, where it stands, and what the panel last said of it.

    A row is known by `ref`, else by `content` and `copy` (the how-manieth row of that content). `id` is 0 until
    the ledger has given one. `reason` and `text` say why the last attempt did not place it. Times are aware;
    money is in account currency. `job` and `job_name` say which file it belongs to. `request` is the idempotency
    field that was sent last, as `name=value` ("": none). `price` is there where the price had moved.
    """

    id: int = 0
    job: int = 0
    job_name: str = ""
    ref: str
    content: str
    copy: int
    row: int
    order: Order
    state: OrderState = OrderState.READY
    reason: str = ""
    text: str = ""
    order_id: str = ""
    request: str = ""
    sent_at: datetime | None = None
    ordered_at: datetime | None = None
    updated_at: datetime | None = None
    status: OrderStatus | None = None
    price: PriceMove | None = None
