"""Every shape of answer that panel-api.md knows, and every one that it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkorders.core import actions
from bulkorders.core.actions import (
    ACTIONS,
    CANCEL,
    REFILL,
    REFILL_STATUS,
    STATUS,
    Answer,
    BadAnswer,
    IdAction,
    PanelAnswerError,
    Receipt,
    ServiceList,
    answer_of,
    count,
    decode,
    flag,
    identifier,
    money,
    plain,
    read_add,
    read_balance,
    read_many,
    read_one,
    read_services,
)
from bulkorders.core.model import Balance, Order, OrderStatus, Service
from bulkorders.core.refusals import Kind
from bulkorders.core.states import Accepted, AnswerLost, NotSent, Outcome, Postponed, Refused

CATALOGS = Path(__file__).parents[3] / "shared" / "catalogs"


def answer(content: Any, http_status: int = 200, wait: float | None = None) -> Answer:
    """An answer with this content, through the real decoder."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(http_status=http_status, json=decode(body), wait=wait)


# Values.


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"order": 5}', {"order": 5}),
        (b'\xef\xbb\xbf \r\n{"order": 5}\n', {"order": 5}),
        (b'{"a": 0.27819}', {"a": Decimal("0.27819")}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'{"a": 1e99999999999999999999}', {"a": None}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'"\xff"', "\ufffd"),
        (b"", None),
        (b"<html>502</html>", None),
        (b'{"order": 23', None),
        (b'{"order": 5} {"order": 6}', None),
        (b'<br />\n<b>Warning</b>: x in y on line 3<br />{"order": 5}', None),
        (b"[" * 100_000, None),
        (b'{"order": ' + b"9" * 5_000 + b"}", None),
        (b"\x00\xff\xfe", None),
    ],
)
def test_decode(body: bytes, value: Any) -> None:
    """JSON becomes values with exact decimals; whatever is not one whole JSON text is nothing."""
    assert decode(body) == value


def test_decode_without_repeats() -> None:
    """An object that names a field twice can be made unreadable."""
    assert decode(b'[{"order": 5, "order": ""}]', repeats=False) is None
    assert decode(b'[{"order": 5}]', repeats=False) == [{"order": 5}]


NO_IDS: list[Any] = [
    *(0, "0", "", " ", None, False, True, "null", "False", -1, Decimal("5.5"), Decimal("1e400"), Decimal(0)),
    *({}, [], {"id": 5}, [5], "Order placed", "a\x00b", "a\nb", "\ud800", "x" * 101, 10**120),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (23501, "23501"),
        ("23501", "23501"),
        (" ord_01HG9X ", "ord_01HG9X"),
        (Decimal("5.0"), "5"),
        ("007", "007"),
        ("a,b", "a,b"),
        *((value, "") for value in NO_IDS),
    ],
)
def test_identifier(value: Any, text: str) -> None:
    """An ID is opaque text; zero, flags, sentences and containers are none."""
    assert identifier(value) == text


NO_AMOUNTS: list[Any] = [
    *(
        "",
        "free",
        None,
        True,
        [],
        {},
        "1,5",
        "$5",
        "1e99",
        Decimal("1e400"),
        10**15,
        "NaN",
        "\u0663",
        "1 000",
    ),
]


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("0.90", "0.90"),
        (8, "8"),
        ("100.84292", "100.84292"),
        (Decimal("0.00011999999999999999"), "0.00012"),
        (Decimal("92.97999999999999"), "92.98"),
        (Decimal("1664.3600000000001"), "1664.36"),
        ("1,234.50", "1234.50"),
        ("99999999", "99999999"),
        (" 5 ", "5"),
        ("-0.5", "-0.5"),
        ("1e-4", "0.0001"),
        (Decimal("1E+5"), "100000"),
        ("0.00000000001", "0"),
        *((value, None) for value in NO_AMOUNTS),
    ],
)
def test_money(value: Any, amount: str | None) -> None:
    """Amounts are exact up to 10 decimals; what is no plain number is none."""
    read = money(value)
    assert read == (None if amount is None else Decimal(amount))
    assert "E" not in str(read or 0) or amount == "0"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (50, 50),
        ("50", 50),
        (Decimal("50.0"), 50),
        ("50.000", 50_000),
        ("1.000.000", 1_000_000),
        ("100.00", 100),
        ("1,000", 1000),
        (Decimal("50.000"), 50),
        (2147483647, 2147483647),
        ("-3", -3),
        ("0", 0),
        ("Unknown", None),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
    ],
)
def test_count(value: Any, number: int | None) -> None:
    """Counts are whole, with thousands dots in text; nonsense is none."""
    assert count(value) == number


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ("1", True),
        ("0", False),
        ("false", False),
        ("True", True),
        (None, None),
        ("", None),
        ("maybe", None),
        (2, None),
        ([], None),
        ({}, None),
    ],
)
def test_flag(value: Any, meant: bool | None) -> None:
    """A flag is a boolean, 0/1 or a word; anything else says nothing."""
    assert flag(value) is meant


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cancel &amp; Refill", "Cancel & Refill"),
        ("a\r\nb\x00c\u202ed\u2028e", "a b c d e"),
        ("<b>Bad</b> link<br/>", "Bad link"),
        ("min < 5 and max > 3 <HQ>", "min < 5 and max > 3 <HQ>"),
        ("  -  = x ", "- = x"),
        ("\ud800", ""),
        ("👩‍🦰 🇻🇳 عرب", "👩‍🦰 🇻🇳 عرب"),
        ("x" * 301, "x" * 299 + "…"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    """What is shown has no HTML, control characters or line ends, and is not endless."""
    assert plain(text) == shown


# add.

PLACED: list[tuple[Any, str]] = [
    ({"order": 23501}, "23501"),
    ({"order": "23501"}, "23501"),
    ({"status": "success", "order": 379032}, "379032"),
    ({"status": 200, "order": 5}, "5"),
    ([{"order": "1242"}], "1242"),
    ({"order": 5, "charge": "0.27", "currency": "USD"}, "5"),
    ({"order": "ord_01HG9X"}, "ord_01HG9X"),
    ({"success": True, "data": {"order": 7}}, "7"),
    ({"order_id": 7}, "7"),
    ({"error": "", "order": 5}, "5"),
    ({"error": "Bad link", "order": 5}, "5"),
    ({"status": "error", "message": "no", "order": 5}, "5"),
]
REFUSING: list[Any] = [
    {"error": "Bad link"},
    {"error": "Bad link", "status": "104"},
    {"status": "error", "message": "Bad link"},
    {"status": "fail", "message": "Bad link"},
    {"errors": ["Bad link"]},
    {"errors": {"link": ["Bad link"]}},
    {"success": False, "data": {"message": "Bad link"}},
    {"success": False, "message": "Bad link"},
    {"success": "false", "error": True, "message": "Bad link"},
    {"error": {"message": "Bad link", "code": 3}},
    {"status": 422, "message": "Bad link"},
    [{"error": "Bad link"}],
    {"error": "Bad link", "order": 0},
    {"error": "Bad link", "order": ""},
    {"error": "Bad link", "order": None},
]
NEITHER: list[Any] = [
    b"",
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"order": 23',
    b"null",
    b"[]",
    b"{}",
    b"5",
    b'"OK"',
    b"true",
    {"order": 0},
    {"order": "0"},
    {"order": ""},
    {"order": None},
    {"order": False},
    {"order": True},
    {"order": {}},
    {"order": "null"},
    {"result": "ok"},
    {"status": "success"},
    {"status": "error"},
    {"success": False},
    {"error": False},
    {"error": ""},
    {"error": None},
    {"error": []},
    {"message": "thank you"},
    [{"order": 1}, {"order": 2}],
]
DEFINITE = (200, 201, 299, 400, 401, 402, 403, 404, 405, 413, 422, 429)
INDEFINITE = (301, 302, 307, 408, 409, 410, 500, 502, 503, 504, 520, 999)
NOT_JSON = b"<html><body>Just a moment...</body></html>"


@pytest.mark.parametrize("http_status", [*DEFINITE, *INDEFINITE])
@pytest.mark.parametrize(("content", "order_id"), PLACED)
def test_an_id_means_placed(content: Any, order_id: str, http_status: int) -> None:
    """An answer with an order ID is an order, whatever HTTP status or error stands beside it."""
    assert read_add(answer(content, http_status)) == Accepted(order_id=order_id)


@pytest.mark.parametrize("http_status", DEFINITE)
@pytest.mark.parametrize("content", REFUSING)
def test_definite_refusals(content: Any, http_status: int) -> None:
    """An error text with a definite HTTP status refuses the row, with the panel's words."""
    assert read_add(answer(content, http_status)) == Refused(reason="fields", text="Bad link")


@pytest.mark.parametrize("http_status", INDEFINITE)
@pytest.mark.parametrize("content", REFUSING)
def test_an_error_with_another_status_is_lost(content: Any, http_status: int) -> None:
    """The same text with a 5xx or a redirect promises nothing, and the words are kept."""
    outcome = read_add(answer(content, http_status))
    assert isinstance(outcome, AnswerLost)
    assert "Bad link" in outcome.text or 300 <= http_status < 400


@pytest.mark.parametrize("http_status", [200, 201, 403, 404, *INDEFINITE])
@pytest.mark.parametrize("content", [c for c in NEITHER if c != {"message": "thank you"}])
def test_everything_else_is_lost(content: Any, http_status: int) -> None:
    """Neither ID nor error: the order may exist."""
    assert isinstance(read_add(answer(content, http_status)), AnswerLost)


def test_a_message_alone_refuses_only_with_a_failing_status() -> None:
    """`{"message": ...}` without an ID is the error of an HTTP 4xx, and nothing known with HTTP 200."""
    assert isinstance(read_add(answer({"message": "thank you"})), AnswerLost)
    assert read_add(answer({"message": "Unauthenticated."}, 401)) == Postponed(reason="key", text="Unauthenticated.")


@pytest.mark.parametrize("content", [NOT_JSON, b"", *NEITHER])
def test_429_is_always_busy(content: Any) -> None:
    """HTTP 429 promises that nothing was created, whatever its body."""
    outcome = read_add(answer(content, 429, wait=9.0))
    assert isinstance(outcome, Postponed)
    assert (outcome.reason, outcome.wait) == ("busy", 9.0)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Invalid API key", Postponed(reason="key", text="Invalid API key")),
        ("Not enough funds", Postponed(reason="funds", text="Not enough funds")),
        ("Duplicate order", Postponed(reason="active_order", text="Duplicate order")),
        (
            "Spam protection, wait 7 seconds",
            Postponed(reason="busy", text="Spam protection, wait 7 seconds", wait=7.0),
        ),
        ("Incorrect service ID", Refused(reason="service", text="Incorrect service ID")),
        ("Quantity less than minimal 10", Refused(reason="quantity", text="Quantity less than minimal 10")),
        ("This action is Invalid", Refused(reason="not_offered", text="This action is Invalid")),
        ("Hm.", Refused(reason="unknown", text="Hm.")),
        ("<b>Hm</b>\n&amp; more", Refused(reason="unknown", text="Hm & more")),
        (
            "There was an error processing your request. Please try again later",
            AnswerLost(text="There was an error processing your request. Please try again later"),
        ),
    ],
)
def test_what_a_refusal_leads_to(text: str, outcome: Outcome) -> None:
    """Not now, never, or nobody knows: by the kind of the text."""
    assert read_add(answer({"error": text})) == outcome


def test_the_header_decides_how_long_to_wait() -> None:
    """Retry-After wins over the text, and counts only when the panel is busy."""
    assert read_add(answer({"error": "wait 7 seconds, rate limit"}, wait=3.0)) == Postponed(
        reason="busy", text="wait 7 seconds, rate limit", wait=3.0
    )
    assert read_add(answer({"error": "Not enough funds"}, wait=3.0)) == Postponed(
        reason="funds", text="Not enough funds"
    )


# services.

ROW = {
    "service": 1,
    "name": "Followers",
    "type": "Default",
    "category": "First",
    "rate": "0.90",
    "min": "50",
    "max": "10000",
    "refill": True,
    "cancel": True,
}
SERVICE = Service(
    id="1",
    name="Followers",
    type="Default",
    category="First",
    rate=Decimal("0.90"),
    min=50,
    max=10000,
    refill=True,
    cancel=True,
)


def services(*rows: Any) -> ServiceList:
    """The list as it is read from these rows."""
    return read_services(answer(list(rows)))


@pytest.mark.parametrize("content", [[ROW], {"services": [ROW]}, {"data": [ROW]}, {"status": "ok", "data": [ROW]}])
def test_where_the_list_is(content: Any) -> None:
    """The list is the answer, or in `services` or `data`."""
    assert read_services(answer(content)) == ServiceList(services=(SERVICE,), unreadable=0)


@pytest.mark.parametrize(
    ("field", "given", "name", "value"),
    [
        ("service", "101429via-ngoai", "id", "101429via-ngoai"),
        ("rate", 0.9, "rate", Decimal("0.9")),
        ("rate", 0, "rate", Decimal(0)),
        ("rate", 0.00011999999999999999, "rate", Decimal("0.00012")),
        ("min", "50.000", "min", 50_000),
        ("min", 0, "min", 0),
        ("min", 10.0, "min", 10),
        ("min", None, "min", 0),
        ("max", 0, "max", None),
        ("max", "0", "max", None),
        ("max", None, "max", None),
        ("max", "unlimited", "max", None),
        ("max", 2147483647, "max", 2147483647),
        ("max", 10, "max", 10),
        ("refill", "false", "refill", False),
        ("refill", "1", "refill", True),
        ("cancel", 0, "cancel", False),
        ("cancel", None, "cancel", False),
        ("dripfeed", "0", "dripfeed", False),
        ("dripfeed", True, "dripfeed", True),
        ("dripfeed", None, "dripfeed", None),
        ("category", 4, "category", "4"),
        ("category", None, "category", ""),
        ("name", "-----\r\n&amp; <b>x</b>", "name", "----- & x"),
        ("type", "custom_comments", "type", "custom_comments"),
    ],
)
def test_service_fields(field: str, given: Any, name: str, value: Any) -> None:
    """Every oddity of a field that was seen; a field that is null is like one that is missing."""
    (service,) = services({**ROW, field: given}).services
    assert getattr(service, name) == value
    if given is None:
        assert services({key: ROW[key] for key in ROW if key != field}).services == (service,)


NO_ROWS: list[Any] = [
    *({**ROW, field: None} for field in ("service", "name", "type", "rate")),
    *({**ROW, field: ""} for field in ("service", "name", "type", "rate")),
    *({**ROW, field: {}} for field in ("service", "name", "type", "rate")),
    *({**ROW, field: True} for field in ("service", "name", "type", "rate")),
    *({**ROW, "rate": "-1"}, {**ROW, "rate": "free"}, {**ROW, "service": 0}, None, 5, "x", [], {}),
]


@pytest.mark.parametrize("row", NO_ROWS)
def test_unreadable_rows_are_counted(row: Any) -> None:
    """A row without a usable ID, name, type or rate is left out and counted; the others stay."""
    assert services(row, ROW) == ServiceList(services=(SERVICE,), unreadable=1)


def test_the_dearest_of_two_services_with_one_id() -> None:
    """An ID that is listed twice is there once, with the offer that costs more."""
    dear = {**ROW, "rate": 3}
    for rows in ([ROW, dear], [dear, ROW], [dear, dear]):
        assert [service.rate for service in services(*rows).services] == [3]


@pytest.mark.parametrize(
    ("content", "http_status", "kind"),
    [
        ({"error": "API is Disable for this user or User Not Found! Contact the Support"}, 200, Kind.KEY),
        ({"error": "Too many requests"}, 200, Kind.BUSY),
        ({"status": "error", "message": "Hm"}, 200, Kind.UNKNOWN),
        ({"1": ROW}, 200, Kind.LOST),
        ({}, 200, Kind.LOST),
        (NOT_JSON, 503, Kind.LOST),
        (NOT_JSON, 429, Kind.BUSY),
        (b"null", 200, Kind.LOST),
        (b'"Invalid API key"', 200, Kind.KEY),
    ],
)
@pytest.mark.parametrize("read", [read_services, read_balance])
def test_answers_that_are_errors(read: Callable[[Answer], object], content: Any, http_status: int, kind: Kind) -> None:
    """An error or nothing readable in the place of the whole answer."""
    with pytest.raises(BadAnswer) as caught:
        read(answer(content, http_status))
    assert caught.value.error.kind is kind
    assert caught.value.error.text


def catalog(name: str) -> Any:
    """A service list that a panel really gave, or a skip."""
    if not (CATALOGS / name).exists():
        pytest.skip(f"there is no {name} here")
    return json.loads((CATALOGS / name).read_bytes())


def test_a_whole_real_list() -> None:
    """Every service of a real list is read, and none twice."""
    read = services(*catalog("services-5586.json"))
    assert (len(read.services), read.unreadable) == (5586, 0)


def test_every_odd_row_that_was_seen() -> None:
    """Odd rows are read as they are meant; only those with an empty type, and the error, are left out."""
    for odd in catalog("services-odd-rows.json"):
        row = odd["row"]
        if "error" in row:
            continue
        read = services(row)
        assert read.unreadable == (row["type"] == ""), odd
        for service in read.services:
            assert service.id == str(row["service"])
            assert abs(service.rate - Decimal(str(row["rate"]))) <= Decimal("1e-10")
            assert (service.min, service.max) == (int(row.get("min", 0)), int(row.get("max", 0)) or None)
            assert "\n" not in service.name
            assert "&amp;" not in service.name


# balance.


@pytest.mark.parametrize(
    ("content", "amount", "currency"),
    [
        ({"balance": "100.84292", "currency": "USD"}, "100.84292", "USD"),
        ({"balance": 0, "currency": "EUR"}, "0", "EUR"),
        ({"balance": "-1,234.50"}, "-1234.50", ""),
        ({"status": "success", "data": {"balance": "5", "currency": "USD"}}, "5", "USD"),
        ([{"balance": "5", "currency": "USD"}], "5", "USD"),
    ],
)
def test_balance(content: Any, amount: str, currency: str) -> None:
    """The balance, exact, and its currency where it has one."""
    assert read_balance(answer(content)) == Balance(amount=Decimal(amount), currency=currency)


# status.

FLAT = {"charge": "0.27819", "start_count": "3572", "status": "Partial", "remains": "157", "currency": "USD"}
PARTIAL = OrderStatus(status="Partial", charge=Decimal("0.27819"), start_count=3572, remains=157, currency="USD")
UNKNOWN_ID = PanelAnswerError(kind=Kind.UNKNOWN, text="Incorrect order ID")


def one(action: IdAction[Any], content: Any, asked: str = "1", http_status: int = 200) -> Any:
    """What is read about one ID: a value, or the error."""
    try:
        return read_one(action, answer(content, http_status), asked)
    except BadAnswer as bad:
        return bad.error


@pytest.mark.parametrize(
    "content",
    [
        FLAT,
        [FLAT],
        {"1": FLAT},
        {"orders": {"1": FLAT}},
        {"data": FLAT},
        {**FLAT, "order": 1},
        [{**FLAT, "order": "1"}],
        {"orders": [{**FLAT, "order": 1}]},
        {"1": FLAT, "2": {"status": "Pending"}},
    ],
)
def test_one_status(content: Any) -> None:
    """The status of one order, in every shape."""
    assert one(STATUS, content) == PARTIAL


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"remains": "0"}, {"remains": 0}),
        ({"remains": "-3"}, {"remains": -3}),
        ({"remains": "Unknown", "start_count": None}, {}),
        ({"remains": "", "start_count": ""}, {}),
        ({"charge": 0.5}, {"charge": Decimal("0.5")}),
        ({"charge": None, "currency": None}, {}),
        ({}, {}),
    ],
)
def test_status_fields_may_be_missing(fields: dict[str, Any], status: dict[str, Any]) -> None:
    """Nonsense and missing fields are unknown; the panel's spelling of the status stays."""
    assert one(STATUS, {"status": "In_progress", **fields}) == OrderStatus(status="In_progress", **status)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"error": "Incorrect order ID"}, UNKNOWN_ID),
        ({"1": {"error": "Incorrect order ID"}}, UNKNOWN_ID),
        ({"1": "Incorrect order ID"}, UNKNOWN_ID),
        ({"status": "error", "message": "Incorrect order ID"}, UNKNOWN_ID),
        (b'"Incorrect order ID"', UNKNOWN_ID),
        ({"status": "fail"}, PanelAnswerError(kind=Kind.UNKNOWN, text="fail")),
        ({"status": "Fail", "charge": "0.10"}, OrderStatus(status="Fail", charge=Decimal("0.10"))),
        ({"status": "Error", "charge": None}, OrderStatus(status="Error")),
    ],
)
def test_an_error_is_no_status(content: Any, expected: Any) -> None:
    """The panel's "error" is told from an order that failed."""
    assert one(STATUS, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        b"null",
        b"",
        {"charge": "1"},
        {**FLAT, "order": 2},
        {"1": {**FLAT, "order": 2}},
        [{**FLAT, "order": 2}],
        {"1": None},
        {"1": []},
    ],
)
def test_nothing_about_the_one_asked_for(content: Any) -> None:
    """Nothing, no status, or the status of another order: lost, not guessed."""
    assert one(STATUS, content).kind is Kind.LOST


TEN = {"status": "In progress"}
MANY_SHAPES: list[Any] = [
    {"1": FLAT, "10": TEN, "100": {"error": "Incorrect order ID"}},
    {"1": FLAT, "10": TEN, "100": "Incorrect order ID"},
    [{"order": 1, **FLAT}, {"order": "10", **TEN}, {"order": 100, "error": "Incorrect order ID"}],
    {"orders": {"1": FLAT, "10": TEN, "100": {"error": "Incorrect order ID"}}},
    {"orders": [{"order": 1, **FLAT}, {"order": 10, **TEN}, {"order": 100, "error": "Incorrect order ID"}]},
    {"1": FLAT, "10": TEN, "100": {"error": "Incorrect order ID"}, "7": FLAT, "error": "x", "status": "ok"},
]


@pytest.mark.parametrize("content", MANY_SHAPES)
def test_many_statuses(content: Any) -> None:
    """Several orders in every shape; an unasked one is dropped, a missing one stays missing."""
    read = read_many(STATUS, answer(content), ["1", "10", "100", "1000"])
    assert read == {"1": PARTIAL, "10": OrderStatus(status="In progress"), "100": UNKNOWN_ID}


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"7": FLAT},
        [FLAT, FLAT],
        FLAT,
        {"orders": []},
        {"orders": {}},
        [{"order": 7, **FLAT}],
        {"1": {**FLAT, "order": 2}},
    ],
)
def test_statuses_of_nobody_asked(content: Any) -> None:
    """An answer about others, or one that does not say about whom, is about none."""
    assert read_many(STATUS, answer(content), ["1", "2"]) == {}


@pytest.mark.parametrize("action", [STATUS, REFILL, REFILL_STATUS, CANCEL])
@pytest.mark.parametrize(
    ("content", "http_status", "kind"),
    [
        ({"error": "Incorrect order ID"}, 200, Kind.UNKNOWN),
        ({"error": "Invalid API key"}, 200, Kind.KEY),
        ({"error": "Incorrect request"}, 400, Kind.FIELDS),
        ({"error": "This action is Invalid"}, 400, Kind.NOT_OFFERED),
        (NOT_JSON, 503, Kind.LOST),
        (NOT_JSON, 429, Kind.BUSY),
        (b"null", 200, Kind.LOST),
        ({}, 500, Kind.LOST),
    ],
)
def test_a_whole_answer_that_is_an_error(action: IdAction[Any], content: Any, http_status: int, kind: Kind) -> None:
    """An error about the whole list is no answer about any of its IDs."""
    with pytest.raises(BadAnswer) as caught:
        read_many(action, answer(content, http_status), ["1", "2"])
    assert caught.value.error.kind is kind


# refill, refill_status, cancel.


@pytest.mark.parametrize(
    ("action", "content", "read"),
    [
        (REFILL, {"refill": "1"}, Receipt(id="1", text="")),
        (REFILL, {"refill": 1, "order": 1}, Receipt(id="1", text="")),
        (REFILL, {"success": "Refill requested", "refill": 5}, Receipt(id="5", text="Refill requested")),
        (REFILL, {"message": "Refill is queued"}, Receipt(id="", text="Refill is queued")),
        (REFILL, {"refill": "Refill is queued"}, Receipt(id="", text="Refill is queued")),
        (REFILL, [{"order": 1, "refill": 9}], Receipt(id="9", text="")),
        (REFILL, {"1": {"refill": 9}}, Receipt(id="9", text="")),
        (REFILL, {"refill": {"error": "Incorrect order ID"}}, UNKNOWN_ID),
        (REFILL, {"error": "Incorrect order ID"}, UNKNOWN_ID),
        (REFILL, {"refill": "Incorrect order ID"}, UNKNOWN_ID),
        (REFILL, {"refill": 0}, PanelAnswerError(kind=Kind.UNKNOWN, text="The panel said no.")),
        (REFILL_STATUS, {"status": "Completed"}, "Completed"),
        (REFILL_STATUS, {"status": "Error"}, "Error"),
        (REFILL_STATUS, {"refill": 1, "status": "Rejected"}, "Rejected"),
        (REFILL_STATUS, [{"refill": 1, "status": "In progress"}], "In progress"),
        (REFILL_STATUS, {"1": {"status": "Pending"}}, "Pending"),
        (REFILL_STATUS, {"1": {"status": {"error": "Incorrect order ID"}}}, UNKNOWN_ID),
        (REFILL_STATUS, {"error": "Incorrect order ID"}, UNKNOWN_ID),
        (CANCEL, {"cancel": 1}, Receipt(id="", text="")),
        (CANCEL, {"cancel": True}, Receipt(id="", text="")),
        (CANCEL, {"cancel": {"message": "Cancel request sent"}}, Receipt(id="", text="Cancel request sent")),
        (CANCEL, {"message": "Cancel request sent"}, Receipt(id="", text="Cancel request sent")),
        (CANCEL, {"success": "Cancel request sent"}, Receipt(id="", text="Cancel request sent")),
        (CANCEL, [{"order": 1, "cancel": 1}], Receipt(id="", text="")),
        (CANCEL, [{"order": 1, "cancel": {"error": "Incorrect order ID"}}], UNKNOWN_ID),
        (CANCEL, {"1": {"error": "Incorrect order ID"}}, UNKNOWN_ID),
        (CANCEL, {"cancel": False}, PanelAnswerError(kind=Kind.UNKNOWN, text="The panel said no.")),
    ],
)
def test_refill_and_cancel_of_one(action: IdAction[Any], content: Any, read: Any) -> None:
    """Success is the absence of an error; an ID or a message may be missing."""
    assert one(action, content) == read


@pytest.mark.parametrize(
    ("action", "content", "read"),
    [
        (
            REFILL,
            [{"order": 1, "refill": 1}, {"order": 3, "refill": {"error": "Incorrect order ID"}}],
            {"1": Receipt(id="1", text=""), "3": UNKNOWN_ID},
        ),
        (
            REFILL_STATUS,
            [{"refill": 1, "status": "Completed"}, {"refill": 3, "status": {"error": "Incorrect order ID"}}],
            {"1": "Completed", "3": UNKNOWN_ID},
        ),
        (
            CANCEL,
            [
                {"order": 3, "cancel": {"error": "Incorrect order ID"}},
                {"order": 1, "cancel": 1},
                {"order": 9, "cancel": 1},
            ],
            {"1": Receipt(id="", text=""), "3": UNKNOWN_ID},
        ),
        (
            CANCEL,
            {"1": 1, "3": {"error": "Incorrect order ID"}},
            {"1": Receipt(id="", text=""), "3": UNKNOWN_ID},
        ),
        (CANCEL, {"message": "Sent"}, {"1": Receipt(id="", text="Sent"), "3": Receipt(id="", text="Sent")}),
        (STATUS, {"message": "Sent"}, {}),
        (CANCEL, [], {}),
        (REFILL, {"order": 9, "refill": 5}, {}),
        (REFILL, {"order": 9, "success": "Refill request sent"}, {}),
        (CANCEL, [{"order": 9, "message": "Sent"}], {}),
    ],
)
def test_refill_and_cancel_of_many(action: IdAction[Any], content: Any, read: Any) -> None:
    """The reference's lists, and others; a mere message speaks of all that were asked, but of no status."""
    assert read_many(action, answer(content), ["1", "3"]) == read


@pytest.mark.parametrize("action", [REFILL, REFILL_STATUS, CANCEL])
@pytest.mark.parametrize("http_status", [400, 404, 405, 500, 501])
def test_not_offered(action: IdAction[Any], http_status: int) -> None:
    """A page in the place of an answer to an optional action: this panel does not have it."""
    assert one(action, NOT_JSON, http_status=http_status).kind is Kind.NOT_OFFERED
    assert one(STATUS, NOT_JSON, http_status=http_status).kind is Kind.LOST


# What is asked.


def test_the_table_has_every_action_of_the_reference() -> None:
    """The table is complete, and each row stands under its own name."""
    assert list(ACTIONS) == ["add", "services", "balance", "status", "refill", "refill_status", "cancel"]
    assert all(name == action.name for name, action in ACTIONS.items())


def test_forms() -> None:
    """IDs are joined without spaces; an extra field never replaces one of the order's."""
    order = Order(
        service="7",
        service_name="x",
        service_type="Default",
        form=(("link", "a"), ("quantity", "5")),
        target="a",
        quantity=5,
        cost=Decimal(1),
    )
    extra = {"source": "b", "quantity": "9", "service": "8"}
    assert actions.add_form(order, extra) == (
        ("service", "7"),
        ("link", "a"),
        ("quantity", "5"),
        ("source", "b"),
    )
    assert actions.ids_form(STATUS, ["1", "2"]) == (("orders", "1,2"),)
    assert actions.ids_form(REFILL_STATUS, ["1", "2"]) == (("refills", "1,2"),)
    assert actions.ids_form(REFILL, ["1"]) == (("order", "1"),)
    assert actions.ids_form(CANCEL, ["1"]) == (("orders", "1"),)
    assert actions.ids_form(CANCEL, ["1,2"]) == (("order", "1,2"),), "this is not two orders"


@pytest.mark.parametrize(
    ("asked", "fits"), [("1", True), ("ord_01-x", True), ("a,b", False), ("a b", False), ("", False)]
)
def test_which_ids_fit_a_list(asked: str, fits: bool) -> None:
    """An ID with a comma or another odd character is asked for alone."""
    assert actions.listable(asked) is fits


# Anything at all.

ID_ACTIONS: tuple[IdAction[Any], ...] = (STATUS, REFILL, REFILL_STATUS, CANCEL)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "2", "0", "error", "Bad link", "Completed", "50.000", "false"])
)
NAMES = st.sampled_from(
    [
        "order",
        "orders",
        "error",
        "errors",
        "status",
        "message",
        "success",
        "data",
        "services",
        "service",
        "name",
        "type",
        "rate",
        "min",
        "max",
        "refill",
        "cancel",
        "balance",
        "charge",
        "remains",
        "1",
        "2",
        "id",
    ]
)
CONTENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
BODIES = st.binary() | CONTENTS.map(lambda content: json.dumps(content).encode())
HTTP_STATUSES = st.sampled_from([*DEFINITE, *INDEFINITE])


@settings(max_examples=500)
@given(BODIES, HTTP_STATUSES)
def test_any_answer_is_a_value_or_an_error(body: bytes, http_status: int) -> None:
    """Whatever comes back, every reader gives a value or BadAnswer, and only IDs that were asked for."""
    got = Answer(http_status=http_status, json=decode(body))
    outcome = read_add(got)
    assert isinstance(outcome, Outcome)
    assert not isinstance(outcome, NotSent)
    errors: list[PanelAnswerError] = []
    for whole in (read_services, read_balance):
        try:
            whole(got)
        except BadAnswer as bad:
            errors.append(bad.error)
    for action in ID_ACTIONS:
        assert one(action, body, "1", http_status) is not None
        try:
            assert read_many(action, got, ["1", "2"]).keys() <= {"1", "2"}
        except BadAnswer as bad:
            errors.append(bad.error)
    assert all(error.text for error in errors)


@pytest.mark.parametrize("http_status", [400, 404, 500])
def test_a_page_that_tells_what_is_the_matter_is_no_missing_action(http_status: int) -> None:
    """A browser check in the place of a refill says nothing about whether the panel has refills."""
    with pytest.raises(BadAnswer) as bad:
        read_one(REFILL, answer_of(http_status, NOT_JSON), "1")
    assert bad.value.error.kind is Kind.LOST


@pytest.mark.parametrize(
    ("content", "order_id"),
    [({"order": word}, "") for word in ("-1", "0.0", "00", "error", "Failed", "n/a", "unknown")]
    + [({"order": word}, word) for word in ("-x1", "007", "error7")],
)
def test_words_in_the_place_of_an_id(content: Any, order_id: str) -> None:
    """Numbers from zero down and words that say "none" or "failed" are no order."""
    outcome = read_add(answer(content))
    assert outcome == Accepted(order_id=order_id) if order_id else isinstance(outcome, AnswerLost)
