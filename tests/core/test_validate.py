"""Rows against the service list: the order that a row asks for, or all that is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkorders.core import validate
from bulkorders.core.catalog import Catalog
from bulkorders.core.fields import Fault
from bulkorders.core.headings import HEADING_OF, read_headings
from bulkorders.core.model import Cell, Level, Problem, Row, Service, Sheet
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, Price
from bulkorders.core.validate import ACTIONS, Checked, check_rows, money

TODAY = date(2026, 11, 23)
LINK = "https://example.com/p/1"
BASE = Service(
    id="1",
    name="Likes",
    type="Default",
    category="Likes",
    rate=Decimal("0.90"),
    min=2,
    max=10_000,
    refill=False,
    cancel=False,
)
SERVICES = {kind.name: replace(BASE, id=str(100 + n), type=kind.name) for n, kind in enumerate(ORDER_TYPES)}
SAMPLES: Mapping[str, tuple[Cell, str]] = {
    "link": (f" {LINK} ", LINK),
    "quantity": (100.0, "100"),
    "runs": ("3", "3"),
    "interval": (60, "60"),
    "comments": (" one \r\n\r\n two\rthree", "one\ntwo\nthree"),
    "usernames": ("@a\n@b\n\n@c", "@a\n@b\n@c"),
    "username": ("@somebody", "@somebody"),
    "min": (10, "10"),
    "max": ("20", "20"),
    "posts": (5, "5"),
    "old_posts": (0, "0"),
    "delay": ("30", "30"),
    "expiry": (date(2027, 3, 1), "01/03/2027"),
    "hashtags": ("#a\n#b", "#a\n#b"),
    "hashtag": ("#a", "#a"),
    "media": (LINK, LINK),
    "answer_number": (2, "2"),
    "groups": ("one group\nanother", "one group\nanother"),
    "keywords": ("red shoes", "red shoes"),
    "country": ("US", "US"),
    "device": (1, "1"),
    "type_of_traffic": (1, "1"),
    "google_keyword": ("shoes", "shoes"),
    "referring_url": (LINK, LINK),
}
every_type = pytest.mark.parametrize("kind", ORDER_TYPES, ids=lambda kind: kind.name)


def rows_of(*rows: Mapping[str, Cell], problems: tuple[Problem, ...] = ()) -> Sheet:
    """A sheet that has a column for every field that some row fills."""
    names = [name for name in HEADING_OF if any(name in row for row in rows)]
    cells = [tuple(row.get(name, "") for name in names) for row in rows]
    return Sheet(
        name="Orders",
        headings=tuple(HEADING_OF[name] for name in names),
        rows=[Row(number=n, cells=c) for n, c in enumerate(cells, 2)],
        problems=problems,
    )


def check(
    *rows: Mapping[str, Cell],
    services: tuple[Service, ...] = tuple(SERVICES.values()),
    remembered: tuple[Service, ...] = (),
    problems: tuple[Problem, ...] = (),
    cap: str | None = None,
) -> list[Checked]:
    """The rows, checked on TODAY with money in USD."""
    sheet = rows_of(*rows, problems=problems)
    limit = None if cap is None else Decimal(cap)
    catalog = Catalog(services, remembered)
    return check_rows(sheet, read_headings(sheet.headings), catalog, today=TODAY, max_row_cost=limit, currency="USD")


def filled(kind: OrderType, *, optional: bool = True) -> dict[str, Cell]:
    """A good row of a type."""
    names = kind.fields if optional else kind.required
    row = {"service": SERVICES[kind.name].id, **{name: SAMPLES[name][0] for name in names}}
    for when in kind.when:
        if when.value != SAMPLES[when.field][0]:
            row.pop(when.needs, None)
        else:
            row[when.needs] = SAMPLES[when.needs][0]
    return row


def row_of(name: str = "Default", /, **cells: Cell) -> dict[str, Cell]:
    """A good row of a type with only what is required, and some other cells."""
    kind = next(kind for kind in ORDER_TYPES if kind.name == name)
    return {**filled(kind, optional=False), **cells}


def codes(checked: Checked) -> list[str]:
    """The codes of a row's problems."""
    return [problem.code for problem in checked.problems]


# Good rows


@every_type
def test_a_full_row_becomes_its_order(kind: OrderType) -> None:
    """Every field that the type uses is sent, canonical and in the table's order, and nothing else."""
    row = filled(kind)
    [checked] = check(row)
    assert checked.problems == ()
    assert checked.order is not None
    assert checked.form == checked.order.form == tuple((n, SAMPLES[n][1]) for n in kind.fields if n in row)
    assert checked.target == checked.order.target == dict(checked.form)[kind.target]
    assert (checked.order.service, checked.order.service_type) == (SERVICES[kind.name].id, kind.name)


@every_type
def test_what_is_required_is_enough(kind: OrderType) -> None:
    """A row with only the required fields is an order."""
    assert check(filled(kind, optional=False))[0].order is not None


COSTS = {
    "Default": (300, "0.27"),
    "Web Traffic": (300, "0.27"),
    "Package": (None, "0.90"),
    "Custom Comments Package": (None, "0.90"),
    "Custom Comments": (3, "0.0027"),
    "Mentions Custom List": (3, "0.0027"),
    "Comment Replies": (3, "0.0027"),
    "Subscriptions": (None, "0"),
}


@every_type
def test_what_an_order_counts_and_costs(kind: OrderType) -> None:
    """Rate times quantity times runs by the thousand, flat for packages, nothing yet for a subscription."""
    order = check(filled(kind))[0].order
    assert order is not None
    quantity, cost = COSTS.get(kind.name, (100, "0.09"))
    assert (order.quantity, order.cost) == (quantity, Decimal(cost))
    assert (order.upper_cost is not None) == (kind.price is Price.LATER)


@pytest.mark.parametrize(
    ("cells", "upper"),
    [({}, None), ({"posts": 5}, "0.09"), ({"posts": 5, "old_posts": 5}, "0.18"), ({"old_posts": 5}, None)],
)
def test_the_most_that_a_subscription_can_cost(cells: dict[str, Cell], upper: str | None) -> None:
    """Rate times max for every future and every existing post; without a number of posts nobody can say."""
    order = check(row_of("Subscriptions", **cells))[0].order
    assert order is not None
    assert order.upper_cost == (None if upper is None else Decimal(upper))


def test_cost_is_exact() -> None:
    """Rates with binary noise and large quantities are multiplied without rounding."""
    noisy = replace(BASE, rate=Decimal("0.00011999999999999999"), max=None)
    order = check(row_of(service="1", quantity=123_456_789), services=(noisy,))[0].order
    assert order is not None
    assert order.cost == Decimal("0.00011999999999999999") * 123_456_789 / 1000


def test_a_choice_of_the_order_form_is_the_order_of_its_number() -> None:
    """Number and name together are what the number alone is."""
    chosen, typed = (check(row_of(service=text), services=(BASE,))[0] for text in ("1 - Likes", 1))
    assert (chosen.problems, chosen.service, chosen.form) == ((), typed.service, typed.form)
    assert chosen.order is not None
    assert chosen.order == typed.order


def test_a_choice_whose_service_has_another_name_now_is_asked_about() -> None:
    """The row stays what it was (an order of it is recognised), and is not ordered by a number that changed hands."""
    [checked] = check(row_of(service="1 - Views"), services=(BASE,))
    [problem] = checked.problems
    assert (checked.order, checked.service, problem.code) == (None, "1", "service_renamed")
    assert '1 is "Likes" now; Service says "1 - Views"' in problem.message
    assert "Put only the number 1" in problem.advice


def test_a_choice_that_is_gone_is_looked_for_by_its_name() -> None:
    """The number does not exist any more; the name may still be there."""
    likes = replace(BASE, id="73", name="Instagram Likes fast")
    [problem] = check(row_of(service="5 - Instagram Likes fast"), services=(likes,))[0].problems
    assert problem.code == "unknown_service"
    assert "There is no service 5." in problem.message
    assert "73" in problem.message


def test_an_order_typed_in_two_ways_is_the_same() -> None:
    """Number cells, line ends, spaces and date forms make no difference to what a row is known by."""
    one = check(row_of("Custom Comments", comments="a\nb", link=LINK))[0]
    two = check(row_of("Custom Comments", comments=" a\r\n\r\nb ", link=f"{LINK} "))[0]
    assert (one.service, one.form) == (two.service, two.form)
    one = check(row_of("Subscriptions", expiry="1/3/2027", min="10", service="105"))[0]
    two = check(row_of("Subscriptions", expiry=datetime(2027, 3, 1), min=10, service=105))[0]
    assert (one.service, one.form) == (two.service, two.form)


# What is wrong: every sentence once, in its words

SAID: list[tuple[dict[str, Cell], str, str, str, str]] = [
    (
        row_of(quantity=1),
        "Quantity",
        "below_min",
        "Quantity is 1; this service takes 2 to 10,000.",
        "Change Quantity.",
    ),
    (
        row_of(quantity=10_001),
        "Quantity",
        "above_max",
        "Quantity is 10,001; this service takes 2 to 10,000.",
        "Change Quantity.",
    ),
    (
        row_of("Custom Comments", comments="a"),
        "Comments",
        "below_min",
        "Comments has 1 line; this service takes 2 to 10,000.",
        "Add lines.",
    ),
    (
        row_of("Mentions Custom List", usernames="@a\n" * 10_001),
        "Usernames",
        "above_max",
        "Usernames has 10,001 lines; this service takes 2 to 10,000.",
        "Take lines out.",
    ),
    (
        row_of(quantity="1,000"),
        "Quantity",
        "unclear_number",
        'Quantity is "1,000"; with a separator it can be read as thousands or as a fraction.',
        "Write the number with digits only, such as 1000.",
    ),
    (
        row_of(quantity="many"),
        "Quantity",
        "not_whole_number",
        'Quantity is "many"; it must be a whole number.',
        "Write a whole number with the digits 0 to 9, such as 1000.",
    ),
    (
        row_of(quantity=""),
        "Quantity",
        "missing",
        "Quantity is empty; a service of the type Default needs it.",
        "Fill in Quantity.",
    ),
    (
        row_of(comments="nice"),
        "Comments",
        "unused",
        "Comments is not used by this service (type Default); it is not sent.",
        "Empty the cell, or check the service number.",
    ),
    (
        row_of(runs=3),
        "Interval",
        "half_drip_feed",
        "Interval is empty; delivery in several runs needs Runs and Interval.",
        "Fill in both, or empty both.",
    ),
    (
        row_of(interval=3),
        "Runs",
        "half_drip_feed",
        "Runs is empty; delivery in several runs needs Runs and Interval.",
        "Fill in both, or empty both.",
    ),
    (
        row_of(runs=1, interval=5),
        "Runs",
        "one_run",
        "Runs is 1; everything is delivered in one go.",
        "Put 2 or more to spread the delivery.",
    ),
    (
        row_of(runs=0, interval=5),
        "Runs",
        "zero",
        "Runs is 0; it must be at least 1, or empty.",
        "Put 1 or more, or empty the cell.",
    ),
    (
        row_of(runs=200, interval=5),
        "Runs",
        "total_above_max",
        "200 runs of 100 make 20,000; this service takes 2 to 10,000.",
        "Expect the panel to refuse it if it counts all runs together.",
    ),
    (
        row_of("Subscriptions", min=30),
        "Min",
        "min_above_max",
        "Min is 30, which is more than Max, 20.",
        "Swap or change the two.",
    ),
    (
        row_of("Subscriptions", min=1),
        "Min",
        "below_min",
        "Min is 1; this service takes 2 to 10,000.",
        "Change Min.",
    ),
    (
        row_of("Subscriptions", max=20_000),
        "Max",
        "above_max",
        "Max is 20,000; this service takes 2 to 10,000.",
        "Change Max.",
    ),
    (
        row_of("Subscriptions", posts=0),
        "Posts",
        "zero",
        "Posts is 0; it must be at least 1, or empty.",
        "Put 1 or more, or empty the cell.",
    ),
    (
        row_of("Subscriptions", expiry="23/11/2026"),
        "Expiry",
        "expired",
        'Expiry is "23/11/2026"; it must be after today, 23/11/2026.',
        "Put a later date.",
    ),
    (
        row_of("Web Traffic", google_keyword=""),
        "Google keyword",
        "missing",
        "Google keyword is empty; this Type of traffic needs it.",
        "Fill in Google keyword, or change Type of traffic.",
    ),
    (
        row_of("Web Traffic", type_of_traffic=3),
        "Google keyword",
        "unused",
        "Google keyword is not used with this Type of traffic; it is not sent.",
        "Empty the cell, or change Type of traffic.",
    ),
    (
        row_of(action="cancle"),
        "Action",
        "unknown_action",
        'Action is "cancle"; allowed are order, skip, refill and cancel, or nothing.',
        "Put one of these words, or empty the cell.",
    ),
    (
        row_of(action="Refill"),
        "Action",
        "no_refill",
        'Action is "refill"; service 100 "Likes" has no refill.',
        "Empty the cell.",
    ),
    (
        row_of(action="cancel"),
        "Action",
        "no_cancel",
        'Action is "cancel"; an order of service 100 "Likes" cannot be canceled.',
        "Empty the cell.",
    ),
    (
        row_of(order_id="1, 2"),
        "Order ID",
        "odd_order_id",
        'Order ID is "1, 2"; that is no order number of a panel.',
        "Copy the number from the panel's Orders page, or empty the cell.",
    ),
    (
        row_of(order_id="23501.0"),
        "Order ID",
        "odd_order_id",
        'Order ID is "23501.0"; that is no order number of a panel.',
        "Copy the number from the panel's Orders page, or empty the cell.",
    ),
    (
        row_of(service=""),
        "Service",
        "service_missing",
        "Service is empty; every row needs the number of a service.",
        "Put the number of the service.",
    ),
    (
        row_of(service="zz"),
        "Service",
        "unknown_service",
        "There is no service zz.",
        "Put the number you want.",
    ),
]


@pytest.mark.parametrize(("row", "column", "code", "message", "advice"), SAID)
def test_every_fault_is_said_once_and_in_words(
    row: dict[str, Cell], column: str, code: str, message: str, advice: str
) -> None:
    """A fault gives one problem: the column, what is wrong, what is allowed, and what to do."""
    [checked] = check(row)
    [problem] = checked.problems
    told = (problem.row, problem.column, problem.code, problem.message, problem.advice)
    assert told == (2, column, code, message, advice)
    assert (checked.order is None) == (problem.level is Level.ERROR)


def test_warnings_are_the_documented_ones() -> None:
    """Only these keep nothing from being sent."""
    faults = [value for value in vars(validate).values() if isinstance(value, Fault)]
    warnings = {fault.code for fault in faults if fault.level is Level.WARNING}
    assert warnings == {
        "same_link",
        "trap_price",
        "unused",
        "odd_limits",
        "one_run",
        "total_above_max",
        "open_cost",
    }


@pytest.mark.parametrize("field", [name for name in SENDABLE if name not in ("quantity", "link", "runs", "interval")])
def test_a_field_that_is_not_used_is_not_sent(field: str) -> None:
    """A filled cell that the type does not use is a warning, and stays out of the order."""
    [checked] = check(row_of(**{field: SAMPLES[field][0]}))
    assert codes(checked) == ["unused"]
    assert checked.order is not None
    assert field not in dict(checked.form)


@every_type
def test_an_empty_row_misses_every_required_field_at_once(kind: OrderType) -> None:
    """All that is missing is said in one go, a column that is not there too."""
    [checked] = check({"service": SERVICES[kind.name].id, "link": ""})
    assert codes(checked) == ["missing"] * len(kind.required)
    assert [problem.column for problem in checked.problems] == [HEADING_OF[name] for name in kind.required]
    assert checked.problems[-1].message == (
        f'There is no column "{HEADING_OF[kind.required[-1]]}"; a service of the type {kind.name} needs it.'
        if kind.required[-1] != "link"
        else "Link is empty; a service of the type Package needs it."
    )


def test_all_problems_of_a_row_at_once() -> None:
    """One pass says everything that is wrong."""
    [checked] = check(row_of(link="a b", quantity="x", runs=2, action="buy", comments="c", order_id="?,"))
    assert sorted(codes(checked)) == [
        "half_drip_feed",
        "not_whole_number",
        "odd_order_id",
        "spaces_inside",
        "unknown_action",
        "unused",
    ]


def test_the_persons_own_heading_is_used() -> None:
    """A sentence calls a column what the person calls it."""
    sheet = Sheet(
        name="x", headings=("SERVICE", "Page", "URL", "Qty"), rows=[Row(number=7, cells=("100", "", LINK, 1))]
    )
    [checked] = check_rows(sheet, read_headings(sheet.headings), Catalog(SERVICES.values()), today=TODAY)
    [problem] = checked.problems
    assert (problem.row, problem.column, problem.message) == (
        7,
        "Qty",
        "Qty is 1; this service takes 2 to 10,000.",
    )


# Services

FAST = replace(BASE, id="1240", name="Instagram Likes, fast")


def test_a_wrong_number_names_the_nearest() -> None:
    """A service that is not on the list is an error with the services that were probably meant."""
    [checked] = check(row_of(service="1204"), services=(FAST,))
    [problem] = checked.problems
    assert problem.code == "unknown_service"
    assert problem.message == 'There is no service 1204. Nearest: 1240 "Instagram Likes, fast".'
    assert checked.form == (("link", f"{LINK}"), ("quantity", "100"))


def test_a_service_that_left_the_list_keeps_its_rows_identity() -> None:
    """A remembered service is no longer ordered; its row is still known by the fields of its type."""
    gone = replace(BASE, id="1204")
    row = row_of(service="1204", comments="not used")
    [before] = check(row, services=(gone,))
    [after] = check(row, services=(FAST,), remembered=(gone,))
    [problem] = after.problems
    assert problem.code == "service_gone"
    assert problem.message == 'There is no service 1204 any more. Nearest: 1240 "Instagram Likes, fast".'
    assert (after.form, after.target, after.order) == (before.form, before.target, None)


def test_an_unknown_type_is_named() -> None:
    """A type that is not in the table is refused by name, never guessed."""
    [checked] = check(row_of(service="1"), services=(replace(BASE, type="Special"),))
    [problem] = checked.problems
    assert problem.code == "unknown_type"
    assert problem.message == 'Service 1 "Likes" is of the type "Special", which this program does not know.'
    assert dict(checked.form) == {"link": LINK, "quantity": "100"}


@pytest.mark.parametrize(
    ("limits", "quantity", "found"),
    [
        ({"max": None}, 10**17, []),
        ({"min": 0}, 0, ["below_min"]),
        ({"min": 5, "max": 5}, 6, ["above_max"]),
        ({"min": 100, "max": 1}, 50, ["odd_limits"]),
        ({"min": 100, "max": 1}, 101, ["odd_limits", "above_max"]),
    ],
)
def test_limits_of_real_lists(limits: dict[str, int | None], quantity: int, found: list[str]) -> None:
    """No upper limit, a minimum of 0, a single amount, and limits that contradict each other."""
    service = Service(**{**{n: getattr(BASE, n) for n in BASE.__slots__}, **limits})
    assert codes(check(row_of(service="1", quantity=quantity), services=(service,))[0]) == found


@pytest.mark.parametrize(("allowed", "found"), [(None, []), (True, []), (False, ["no_drip_feed"])])
def test_drip_feed_only_where_it_is_allowed(allowed: bool | None, found: list[str]) -> None:
    """Runs on a service that forbids them are an error; a list that says nothing is trusted."""
    service = replace(BASE, dripfeed=allowed)
    [checked] = check(row_of(service="1", runs=2, interval=5), services=(service,))
    assert codes(checked) == found


@pytest.mark.parametrize("action", ["refill", "cancel"])
def test_refill_and_cancel_where_the_service_has_them(action: str) -> None:
    """A service with refill and cancel accepts both words."""
    service = replace(BASE, refill=True, cancel=True)
    [checked] = check(row_of(service="1", action=action.upper()), services=(service,))
    assert (checked.action, checked.problems) == (action, ())


# Money


def test_a_row_over_its_limit() -> None:
    """A row that costs more than one row may is an error with both figures."""
    [checked] = check(row_of(quantity=10_000), cap="8.50")
    [problem] = checked.problems
    assert (problem.code, problem.column) == ("row_cost_cap", "Quantity")
    assert problem.message == "This row costs 9.00 USD; the most allowed for one row is 8.50 USD."
    assert check(row_of(quantity=10_000), cap="9")[0].order is not None


def test_a_subscription_is_held_to_what_it_can_cost() -> None:
    """The cap holds for the most a subscription can cost; one without end is a warning."""
    assert codes(check(row_of("Subscriptions", posts=100), cap="1")[0]) == ["row_cost_cap"]
    [problem] = check(row_of("Subscriptions"), cap="1")[0].problems
    assert problem.code == "open_cost"
    assert problem.message == "Posts is empty, so nobody can say what this subscription will cost."
    assert problem.advice == "Fill in Posts to hold it to the limit for a row, 1.00 USD."


@pytest.mark.parametrize(("quantity", "said"), [(10_000, "this row costs 9.00 USD"), ("x", "1,000 cost 0.90 USD")])
def test_a_trap_price_is_told_with_what_it_costs(quantity: Cell, said: str) -> None:
    """A dead entry is a warning with its cost in it, even where the quantity cannot be read."""
    [checked] = check(row_of(service="1", quantity=quantity), services=(replace(BASE, name="DELETED"),))
    problem = checked.problems[-1]
    assert problem.code == "trap_price"
    assert problem.message == f'Service 1 "DELETED" has a name that says it is not for sale; {said}.'


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("9", "9.00"),
        ("0.27819", "0.27819"),
        ("1234567.5", "1,234,567.50"),
        ("1E+3", "1,000.00"),
        ("0.0900", "0.09"),
    ],
)
def test_money_in_words(amount: str, text: str) -> None:
    """Amounts have thousands separators, two decimals at least, and none in vain."""
    assert money(Decimal(amount)) == text
    assert money(Decimal(amount), "USD") == f"{text} USD"


# The file as a whole


def test_the_same_ref_twice() -> None:
    """The later row is the wrong one, and the first is named."""
    first, second = check(row_of(ref="A"), row_of(ref="A", link="example.com/2"))
    assert first.problems == ()
    assert [(p.code, p.message) for p in second.problems] == [
        ("ref_twice", 'Ref is "A", as in row 2; every row needs its own.')
    ]


def test_the_same_order_id_twice() -> None:
    """One order belongs to one row; the words "not placed" belong to any."""
    _, second = check(row_of(order_id=23501), row_of(order_id="23501", link="example.com/2"))
    assert codes(second) == ["order_id_twice"]
    words = [row_of(order_id="Not placed"), row_of(order_id="not placed", link="example.com/2")]
    assert [codes(checked) for checked in check(*words)] == [[], []]


def test_the_same_service_and_link_twice() -> None:
    """The later row is told that it waits; other services, placed rows and other actions are not."""
    row = row_of()
    checked = check(row, row, row_of("Package"), {**row, "order_id": "5"}, {**row, "action": "skip"})
    assert [codes(c) for c in checked] == [[], ["same_link"], [], [], []]
    [problem] = checked[1].problems
    assert problem.message == "Row 2 has the same service and Link; the two are ordered one after the other."


def test_a_skipped_row_has_no_problems() -> None:
    """What a person skips is not checked, takes no Ref or order ID from others, and is never an order."""
    bad = Problem(row=2, column="Link", code="error_cell", message="x", advice="y")
    skipped, second = check(
        row_of(action="SKIP", ref="A", order_id="5", quantity="x"),
        row_of(ref="A", order_id="5"),
        problems=(bad,),
    )
    assert (skipped.action, skipped.problems, skipped.order) == ("skip", (), None)
    assert second.problems == ()


@pytest.mark.parametrize("action", [*ACTIONS, ""])
def test_the_words_of_action(action: str) -> None:
    """Blank is "order"; case does not matter."""
    service = replace(BASE, refill=True, cancel=True)
    [checked] = check(row_of(service="1", action=action.title()), services=(service,))
    assert (checked.action, checked.problems) == (action or "order", ())


# What the file's reader said


def test_the_readers_problem_is_not_said_twice() -> None:
    """An unreadable cell is an error of its row, without "missing" on top; other columns are checked."""
    bad = Problem(row=2, column="Quantity", code="error_cell", message="x", advice="y")
    whole = Problem(row=None, column="", code="whole", message="x", advice="y")
    first, second = check(
        row_of(quantity="", link="a b"), row_of(quantity="", link="example.com/2"), problems=(bad, whole)
    )
    assert codes(first) == ["error_cell", "spaces_inside"]
    assert first.order is None
    assert codes(second) == ["missing"]


def test_a_readers_error_in_a_column_of_ones_own_stops_the_row() -> None:
    """An error cell anywhere in a row keeps it from being sent."""
    bad = Problem(row=2, column="Notes", code="error_cell", message="x", advice="y")
    [checked] = check(row_of(), problems=(bad,))
    assert (codes(checked), checked.order) == (["error_cell"], None)
    [checked] = check(row_of(), problems=(replace(bad, level=Level.WARNING),))
    assert checked.order is not None


# Whatever is in a cell

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(["", "100", "105", "116", "{x}", "%s", "\ud800", "skip", "refill", "1,000", LINK]),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(list(HEADING_OF)), CELLS), min_size=1, max_size=4)


@given(rows=ROWS, service=st.sampled_from([*(s.id for s in SERVICES.values()), "9", None]))
def test_any_cell_gives_problems_or_an_order(rows: list[dict[str, Cell]], service: str | None) -> None:
    """No content of any cell raises: every row is an order, is skipped, or says what is wrong."""
    named = rows if service is None else [{**row, "service": service} for row in rows]
    for checked in check(*({"service": "", **row} for row in named), cap="5"):
        errors = [p for p in checked.problems if p.level is Level.ERROR]
        assert (checked.order is None) == bool(errors or checked.action == "skip")
        assert checked.action in ACTIONS
        assert all(p.message.endswith(".") and p.advice.endswith(".") for p in checked.problems)


@every_type
@given(data=st.data())
def test_what_is_sent_reads_back_as_itself(kind: OrderType, data: st.DataObject) -> None:
    """Typed again as it was sent, an order has the same form: a row keeps its identity."""
    row: dict[str, Cell] = {name: data.draw(CELLS | st.just(SAMPLES[name][0])) for name in kind.fields}
    [checked] = check({"service": SERVICES[kind.name].id, **row})
    again = dict(checked.form)
    assert check({"service": SERVICES[kind.name].id, **again})[0].form == checked.form


def test_an_empty_sheet_has_no_rows() -> None:
    """Nothing comes of nothing."""
    assert check_rows(rows_of(), read_headings(("Service",)), Catalog([]), today=TODAY) == []
