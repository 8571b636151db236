"""The order form as tables: what its sheets Orders and Services hold, and the formulas that fill cells in.

The formulas keep to what Excel, LibreOffice and Google Sheets all know, and everything that a rule or a colour looks at
stands in its own row of Orders: not every program lets a rule look at another sheet. So each service carries a word
with one letter for each of SENDABLE (`requirements`), and the rows look that word up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from bulkorders.core.catalog import BETWEEN, Catalog, choice, one_line
from bulkorders.core.formtotals import COUNTED_TO
from bulkorders.core.headings import AUTO, HEADING_OF, column_letters
from bulkorders.core.model import Service
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, Price, When, order_type

NEEDED, ALLOWED, DEPENDS, UNUSED = "n", "m", "w", "-"
"""What a service makes of a field; DEPENDS: another cell of the row decides (`When`)."""

_DRIP_FEED = ("runs", "interval")
WHENS: tuple[When, ...] = tuple(dict.fromkeys(when for kind in ORDER_TYPES for when in kind.when))
PER = MappingProxyType({Price.PER_1000: "1000", Price.FLAT: "one order", Price.LATER: "1000, later"})
"""What the price of a service is for, in a word that the formulas compare with."""

NO_LIMIT = "no limit"
NOTHING = "nothing"
BOTH_RUNS = f"{HEADING_OF['runs']} and {HEADING_OF['interval']}"
BOUNDS = f"{HEADING_OF['min']} and {HEADING_OF['max']}"


# --- the sheet Services ----------------------------------------------------------------------------------------------

Value = str | int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A service on the sheet Services, its type (None: it cannot be ordered), and what is odd about it."""

    service: Service
    kind: OrderType | None
    note: str

    @property
    def needs(self) -> str:
        """The headings that must be filled in."""
        return ", ".join(self.kind.required_headings) if self.kind else "cannot be ordered with this form"

    @property
    def may_have(self) -> str:
        """The headings that may be filled in."""
        told = zip(SENDABLE, self.requirements, strict=False)
        return ", ".join(HEADING_OF[name] for name, letter in told if letter in (ALLOWED, DEPENDS))

    @property
    def requirements(self) -> str:
        """One letter for each of SENDABLE; nothing for a type that cannot be ordered."""
        return _requirements(self.kind, self.service.dripfeed is not False) if self.kind else ""

    @property
    def limits(self) -> str:
        """What the limits of the service are for, as headings."""
        if self.kind is None:
            return NOTHING
        return HEADING_OF.get(self.kind.counts) or (BOUNDS if "min" in self.kind.fields else NOTHING)


@cache
def _requirements(kind: OrderType, drip_feed: bool) -> str:
    letters = dict.fromkeys(SENDABLE, UNUSED) | dict.fromkeys(kind.optional, ALLOWED)
    if not drip_feed:
        letters |= dict.fromkeys(_DRIP_FEED, UNUSED)
    letters |= dict.fromkeys((when.needs for when in kind.when), DEPENDS) | dict.fromkeys(kind.required, NEEDED)
    return "".join(letters.values())


def listed(services: Sequence[Service], catalog: Catalog) -> list[Listed]:
    """The services as the form shows them; `catalog` is the whole list, by which a price is judged."""
    return [Listed(service=s, kind=order_type(s.type), note=catalog.trap(s) or "") for s in services]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn:
    """A column of the sheet Services; a hidden one is only for the formulas."""

    name: str
    heading: str
    width: int
    value: Callable[[Listed], Value]
    hidden: bool = False


def _list(name: str, heading: str, width: int, value: Callable[[Listed], Value], *, hidden: bool = False) -> ListColumn:
    return ListColumn(name=name, heading=heading, width=width, value=value, hidden=hidden)


_YES: Mapping[bool | None, str] = {True: "yes", False: "no", None: ""}

LIST_COLUMNS: tuple[ListColumn, ...] = (
    _list("id", "ID", 10, lambda o: o.service.id),
    _list("name", "Name", 60, lambda o: one_line(o.service.name)),
    _list("category", "Category", 32, lambda o: one_line(o.service.category)),
    _list("type", "Type", 24, lambda o: o.kind.name if o.kind else o.service.type),
    _list("rate", "Price", 15, lambda o: o.service.rate),
    _list("per", "Price for", 14, lambda o: PER[o.kind.price] if o.kind else ""),
    _list("min", "Min", 10, lambda o: o.service.min),
    _list("max", "Max", 13, lambda o: NO_LIMIT if o.service.max is None else o.service.max),
    _list("refill", "Refill", 10, lambda o: _YES[o.service.refill]),
    _list("cancel", "Cancel", 11, lambda o: _YES[o.service.cancel]),
    _list("needs", "Needs", 46, lambda o: o.needs),
    _list("may_have", "May have", 40, lambda o: o.may_have),
    _list("note", "Note", 40, lambda o: o.note),
    _list("choice", "Number and name", 60, lambda o: choice(o.service), hidden=True),
    _list("cells", "Cells", 26, lambda o: o.requirements, hidden=True),
    _list("limits", "Limits for", 12, lambda o: o.limits, hidden=True),
)


def list_range(name: str, services: int) -> str:
    """Where a column of the sheet Services stands, without its heading."""
    letters = column_letters([c.name for c in LIST_COLUMNS].index(name))
    return f"Services!${letters}$2:${letters}${services + 1}"


# --- the sheet Orders ------------------------------------------------------------------------------------------------

HEADING_ROW = 3
"""The row with the headings, as Excel numbers it: the title and the totals stand above."""

ROWS = 500
"""So many rows are made ready; what stands below them is read as well."""

FIRST, LAST = HEADING_ROW + 1, HEADING_ROW + ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class FormColumn:
    """A column of the sheet Orders: a field that people fill in, or (with a formula) one that fills itself."""

    name: str
    heading: str
    width: int
    formula: str = ""
    look: str = "auto"
    hidden: bool = False


def _letter(name: str) -> str:
    return f"MID({{cells}},{SENDABLE.index(name) + 1},1)"


def _missing() -> str:
    """A formula that joins the headings of what is still to be filled in.

    The letter of a field and the first sign of its cell together are the letter alone only where the cell is empty.
    """
    needed = [name for name in SENDABLE if any(name in kind.required for kind in ORDER_TYPES)]
    tests = [(f'{_letter(n)}&LEFT({{{n}}},1)="{NEEDED}"', HEADING_OF[n]) for n in needed]
    tests += [
        (f'{_letter(w.needs)}&N({{{w.field}}})&LEFT({{{w.needs}}},1)="{DEPENDS}{w.value}"', HEADING_OF[w.needs])
        for w in WHENS
    ]
    half = f'AND({_letter("runs")}="{ALLOWED}",(LEN({{runs}})>0)<>(LEN({{interval}})>0))'
    return "&".join(f'IF({test},", {told}","")' for test, told in (*tests, (half, BOTH_RUNS)))


def _lines() -> str:
    """A formula for the list that is counted, with its lines as words: no blank ends and no blank lines between them.

    Blanks go, ends of lines become blanks, and TRIM leaves one blank between two lines.
    """
    chosen = '""'
    for name in COUNTED_LISTS:
        chosen = f'IF({{limits}}="{HEADING_OF[name]}",{{{name}}},{chosen})'
    return f'TRIM(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({chosen}," ",""),CHAR(13),""),CHAR(10)," "))'


COUNTED_LISTS: tuple[str, ...] = tuple(sorted({kind.counts for kind in ORDER_TYPES} - {"", "quantity"}))
"""The fields whose lines some type counts."""

LIST_HEADINGS = "Lists!$B$1:$Z$1"
"""Where the form looks for the headings of lists; column A is its own."""

IN_A_LIST = "in a list"
"""What stands under Counted for a list that stands elsewhere: its lines are counted when the form is read."""

_ELSEWHERE = (
    'AND(LEFT({lines},1)="@",LEN(SUBSTITUTE({lines}," ",""))=LEN({lines}),OR(RIGHT({lines},4)=".txt",'
    f'SUMPRODUCT(--("@"&SUBSTITUTE(SUBSTITUTE({LIST_HEADINGS}," ",""),"_","")=SUBSTITUTE({{lines}},"_","")))>0))'
)
_COUNTED = (
    f'IF({{limits}}="{HEADING_OF["quantity"]}",N({{quantity}}),IF(OR('
    + ",".join(f'{{limits}}="{HEADING_OF[name]}"' for name in COUNTED_LISTS)
    + f'),IF(LEN({{lines}})=0,0,IF(AND({{lines}}<>"@",{_ELSEWHERE}),"{IN_A_LIST}",'
    + 'LEN({lines})-LEN(SUBSTITUTE({lines}," ",""))+1)),""))'
)
_MOST = "IF(ISNUMBER({high}),{high},1E+15)"
_OUT_OF_RANGE = (
    "OR(AND(ISNUMBER({counted}),OR(N({counted})<N({low}),N({counted})>" + _MOST + ")),"
    'AND({limits}="' + BOUNDS + '",OR(N({min})<N({low}),N({max})>' + _MOST + ",N({min})>N({max}))))"
)
_RANGE = (
    '{limits}&": "&IF({low}={high},"exactly "&{low},{low}&IF(ISNUMBER({high})," to "&{high}," or more"))'
    '&IF({lines}="",""," lines")'
)
_SERVICE = 'TRIM({service}&"")'
_FOUND = 'IF(N({{place}})=0,"",{})'


def _found(formula: str) -> str:
    """Nothing, as long as no service is chosen."""
    return _FOUND.format(formula)


def _text(name: str) -> str:
    """A text of the chosen service; an empty cell would be a 0 without the & behind it."""
    return _found(f'INDEX({{list_{name}}},{{place}})&""')


_CHECK = (
    'IF({place}="",IF(COUNTA({ref},{usual},{rare})=0,"","Choose a service"),'
    'IF({place}=0,"No such service",'
    'IF({action}="skip","Left out",'
    'IF(LEN({cells})=0,"Cannot be ordered here",'
    'IF(LEN({missing})>0,"Fill in "&MID({missing},3,200),'
    "IF(" + _OUT_OF_RANGE + "," + _RANGE + ","
    'IF(LEN({note})>0,"Sure? It "&{note},"Ready")))))))'
)


def _auto(name: str, heading: str, width: int, formula: str, look: str = "auto", *, hidden: bool = False) -> FormColumn:
    return FormColumn(name=name, heading=heading + AUTO, width=width, formula=formula, look=look, hidden=hidden)


_SHOWN = (
    _auto("check", "Check", 40, _CHECK, "auto text"),
    _auto("needs", "Needs", 30, _text("needs"), "auto text"),
    _auto(
        "name",
        "Name",
        34,
        'IF({place}="","",IF({place}=0,"no such service",INDEX({list_name},{place})&""))',
        "auto text",
    ),
    _auto("type", "Type", 20, _text("type"), "auto text"),
    _auto(
        *("low", "At least", 11),
        _found(
            f'IF({{limits}}="{NOTHING}","",MAX(1,MIN(INDEX({{list_min}},{{place}}),INDEX({{list_max}},{{place}}))))'
        ),
        "auto count",
    ),
    _auto(
        *("high", "At most", 12),
        'IF({low}="","",IF(ISNUMBER(INDEX({list_max},{place})),'
        f'MAX(1,INDEX({{list_min}},{{place}}),INDEX({{list_max}},{{place}})),"{NO_LIMIT}"))',
        "auto count",
    ),
    _auto("counted", "Counted", 11, _found(_COUNTED), "auto count"),
    _auto("price", "Price", 11, _found("INDEX({list_rate},{place})"), "auto money"),
    _auto("per", "Price for", 12, _text("per"), "auto text"),
    _auto(
        *("cost", "Estimated cost", 14),
        'IF(OR(N({place})=0,{action}="skip"),"",'
        f'IF({{per}}="{PER[Price.FLAT]}",{{price}},IF({{per}}="{PER[Price.LATER]}",0,'
        'IF(N({counted})=0,"",{price}*{counted}*MAX(1,N({runs}))/1000))))',
        "auto money",
    ),
)
_HIDDEN = (
    _auto(
        *("place", "Place", 8),
        f'IF({_SERVICE}="","",IFERROR(MATCH(LEFT({_SERVICE},FIND("{BETWEEN}",{_SERVICE}&"{BETWEEN}")-1),{{list_id}},0),0))',
        hidden=True,
    ),
    _auto("cells", "Cells", 26, _text("cells"), hidden=True),
    _auto("limits", "Limits", 12, _text("limits"), hidden=True),
    _auto("note", "Note", 30, _text("note"), hidden=True),
    _auto("lines", "Lines", 30, _found(_lines()), hidden=True),
    _auto("missing", "Missing", 30, _found(_missing()), hidden=True),
)

USUAL = ("link", "quantity")
"""The fields that most orders need; they stand beside the service, the rarer ones behind what fills itself."""

RARE: tuple[str, ...] = tuple(name for name in SENDABLE if name not in USUAL)
_WIDTHS = {"ref": 10, "service": 44, "link": 36, "quantity": 12, "comments": 36, "media": 28, "referring_url": 28}


def _field(name: str) -> FormColumn:
    return FormColumn(name=name, heading=HEADING_OF[name], width=_WIDTHS.get(name, max(12, len(HEADING_OF[name]) + 3)))


FORM_COLUMNS: tuple[FormColumn, ...] = (
    *map(_field, ("ref", "service", *USUAL)),
    *_SHOWN,
    *map(_field, (*RARE, "action")),
    *_HIDDEN,
)
COLUMN_AT: Mapping[str, int] = {column.name: place for place, column in enumerate(FORM_COLUMNS)}


def cells(row: int, *, fixed: str = "$") -> dict[str, str]:
    """The name of each cell of a row, with a fixed column: `$B4`."""
    names = {name: f"{fixed}{column_letters(place)}{row}" for name, place in COLUMN_AT.items()}
    between = {"usual": USUAL, "rare": (*RARE, "action")}
    return names | {name: f"{names[parts[0]]}:{names[parts[-1]]}" for name, parts in between.items()}


def column_range(name: str, *, last: int = LAST) -> str:
    """The cells of a column of Orders, below its heading."""
    letters = column_letters(COLUMN_AT[name])
    return f"${letters}${FIRST}:${letters}${last}"


def totals() -> dict[str, str]:
    """The formulas above the headings, by the column that they stand over. Rows that a filter hides do not count, so
    that the form says what a person sees (core/formtotals.py compares it with what is read).
    """
    service, cost = (column_range(name, last=COUNTED_TO) for name in ("service", "cost"))
    return {
        "service": f"=SUBTOTAL(103,{service})",
        "link": f"=SUBTOTAL(109,{cost})",
        "check": f'=COUNTIF({column_range("check", last=COUNTED_TO)},"Ready")',
    }


def formulas(row: int, services: int) -> dict[str, str]:
    """The formula of each cell of a row that fills itself, for a list of so many services."""
    names = cells(row, fixed="") | {f"list_{c.name}": list_range(c.name, services) for c in LIST_COLUMNS}
    return {c.name: "=" + c.formula.format_map(names) for c in FORM_COLUMNS if c.formula}


# --- colours ---------------------------------------------------------------------------------------------------------


def colour_rules() -> Sequence[tuple[tuple[str, str], str, str]]:
    """First and last column, formula for the first row, and what it means ("needed", "unused"); the first one wins."""
    names = cells(FIRST)
    here = {name: names[name] for name in SENDABLE}
    rules: list[tuple[tuple[str, str], str, str]] = []
    for when in WHENS:
        switch, letter = here[when.field], _letter(when.needs).format_map(names)
        test = f'{letter}="{DEPENDS}",LEN({switch})>0'
        rules.append(((when.needs, when.needs), f"=AND({test},N({switch})<>{when.value})", "unused"))
        rules.append(
            ((when.needs, when.needs), f"=AND({test},N({switch})={when.value},LEN({here[when.needs]})=0)", "needed")
        )
    for block in (USUAL, RARE):
        first, start = here[block[0]], SENDABLE.index(block[0]) + 1
        moving = first.replace("$", "")
        letter = f"MID({names['cells']},COLUMN({moving})-COLUMN({first})+{start},1)"
        rules.append(((block[0], block[-1]), f'=AND({letter}="{NEEDED}",LEN({moving})=0)', "needed"))
        rules.append(((block[0], block[-1]), f'={letter}="{UNUSED}"', "unused"))
    service, check = names["service"], names["check"]
    rules.append((("service", "service"), f"=AND(LEN({service})>0,N({names['place']})=0)", "needed"))
    rules.append((("check", "check"), f'=AND(LEN({check})>0,{check}<>"Ready",{check}<>"Left out")', "needed"))
    return rules
