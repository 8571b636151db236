"""ACTIONS: the panel's actions, form out, answer in (panel-api.md sections 1, 3, 4 and 6).

Nothing here knows the network. An `Answer` is what came back; a reader turns it into values, or raises
`BadAnswer` when the answer as a whole says nothing but "no". Two doors let a panel's data in: `plain` for all
that is shown, `identifier` for IDs. No answer, however odd, gets anything else out of this module.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Generic, TypeVar

from bulkorders.core.model import Balance, Form, Order, OrderStatus, Service
from bulkorders.core.ordertypes import order_type
from bulkorders.core.pages import Page, in_words, is_broken, recognise
from bulkorders.core.refusals import NOT_NOW, Kind, refusal_kind, wait_seconds
from bulkorders.core.states import Accepted, AnswerLost, Outcome, Postponed, Refused

Json = Any
"""What `decode` gives: dict, list, str, int, Decimal, bool or None."""

Words = Callable[[str], str]
"""Makes a panel's text fit to be shown; the client's own also hides the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back over HTTP. `wait`: seconds that the headers ask for.

    `json` None: nothing readable, and `page` is what came instead.
    """

    http_status: int
    json: Json
    wait: float | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAnswerError:
    """What the panel answered instead of a value, for one order or for all: the kind and its own words."""

    kind: Kind
    text: str
    wait: float | None = None


class BadAnswer(Exception):
    """The whole answer is an error, or cannot be read."""

    def __init__(self, error: PanelAnswerError) -> None:
        super().__init__(error.text)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList:
    """The service list. `unreadable` counts the rows with no usable ID, name, type or rate."""

    services: tuple[Service, ...]
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The panel took a refill or a cancellation. `id` is the refill's ("" where none); `text` its words."""

    id: str
    text: str


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[Value]):
    """An action whose answer is one thing. `largest` is how many bytes of an answer are read."""

    name: str
    read: Callable[[Answer, Words], Value]
    largest: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IdAction(Generic[Value]):
    """An action about orders or refills, one or up to `MOST_IDS` at once.

    `one` and `many` are the parameters, `one` is also the ID's field in answers. `read` reads what the
    answer says about one ID. `optional`: some panels do not have the action. `changes`: it does
    something, so a mere message speaks of all IDs, and an answer that is lost is not asked for again.
    `listed`: one ID is a list of one too, the reference has no other form.
    """

    name: str
    one: str
    many: str
    read: Callable[[Json, Answer, Words], Value | PanelAnswerError]
    optional: bool = False
    changes: bool = False
    listed: bool = False
    largest: int = 1_000_000


MOST_IDS: Final = 100
"""IDs in one request (panel-api.md section 7)."""


# Bytes to JSON.


def answer_of(http_status: int, body: bytes, wait: float | None = None, *, repeats: bool = True) -> Answer:
    """The answer that a body is; `repeats` as for `decode`."""
    content = decode(body, repeats=repeats)
    return Answer(http_status=http_status, json=content, wait=wait, page=recognise(body) if content is None else None)


def decode(body: bytes, *, repeats: bool = True) -> Json:
    """The JSON of an answer's body; None for anything that is no whole JSON text, whatever it is instead.

    `repeats` False makes an object that names a field twice unreadable, as an answer about money should be.
    """
    text = body.decode("utf-8", errors="replace").strip("\ufeff \t\r\n")
    hook = None if repeats else _no_repeats
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_nothing, object_pairs_hook=hook)
    except (ValueError, RecursionError):  # ValueError also for an integer of more than 4300 digits
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of astronomical size
        return None


def _nothing(_name: str) -> None:
    """NaN and Infinity, which are no JSON, are no values either."""


def _no_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is named twice")
    return fields


# One value of the panel's to one of ours.

LONGEST_TEXT: Final = 300
"""Characters of a panel's text that are kept; the longest service name seen has 259."""

_TAG: Final = re.compile(
    r"</?(?:a|b|big|br|center|div|em|font|h[1-6]|hr|i|img|li|ol|p|s|script|small|span|strong|style|su[bp]|svg|"
    r"table|td|tr|u|ul)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
# Control characters, line ends, marks that turn the reading direction, and what no file may hold.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_ENDLESS: Final = re.compile("&#[0-9]{8,};?")
"""A character by its number, of so many digits that Python refuses to make a number of them."""


def plain(text: str) -> str:
    """A panel's text fit to be shown: on one line, no HTML tags or entities, `LONGEST_TEXT` characters."""
    return cut(one_line(text))


def one_line(text: str) -> str:
    """A text without HTML tags, entities, line ends and control characters, however long."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(_ENDLESS.sub(" ", text))
    return " ".join(_UNFIT.sub(" ", text).split())


def is_plain(text: str) -> bool:
    """Whether a text is as `plain` leaves it; asked where a second `plain` would read "&amp;lt;" one step further."""
    return len(text) <= LONGEST_TEXT and text == text.strip() and not _UNFIT.search(text)


def cut(text: str) -> str:
    """The text, or as much of it as is shown."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


_LONGEST_ID: Final = 100
_NO_ID: Final = frozenset(
    {"", "null", "none", "nil", "false", "true", "undefined", "nan", "n/a", "unknown", "error", "fail", "failed"}
)


def identifier(value: Json) -> str:
    """An ID as the opaque text that it is; "" for what is none: 0, -1, "", null, true, a sentence, an object."""
    if isinstance(value, Decimal) and 0 < value < 10**18 and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    if isinstance(value, int):
        return str(value) if 0 < value < 10**_LONGEST_ID else ""
    text = value.strip()
    unfit = len(text) > _LONGEST_ID or " " in text or not text.isprintable() or text.casefold() in _NO_ID
    number = None if unfit else _number_in(text)
    return "" if unfit or (number is not None and number <= 0) else text


_SHORTEST_KEY: Final = 16
"""Characters of an ID from which on it may hold a key; a shorter one that seems to, does so by chance."""


def _id(value: Json, words: Words) -> str:
    """An ID, as `identifier` reads it, that does not give the key away."""
    text = identifier(value)
    return text if len(text) < _SHORTEST_KEY or words(text) == plain(text) else ""


_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,24}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,10})?")
_COMMAS: Final = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DOTS: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+")
_DIGITS: Final = 16
_TOO_LARGE: Final = Decimal(10) ** (_DIGITS - 1)
"""The smallest number that has so many digits: no count and no amount is as large."""
_FINEST: Final = Decimal("1e-10")
"""Panels give up to 10 decimals; what stands after them is binary noise (panel-api.md section 3)."""


def money(value: Json) -> Decimal | None:
    """An amount, exact up to 10 decimals: 0.00011999999999999999 is 0.00012; None for what is no number."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):  # nearly all; one for each order of a refresh
        return Decimal(value)
    number = _number(value)
    if number is None or 0 <= _decimals(number) <= 10:
        return number
    rounded = number.quantize(_FINEST).normalize()
    return rounded if _decimals(rounded) >= 0 else rounded.quantize(Decimal(1))


def count(value: Json) -> int | None:
    """A whole number; in text dots and commas before three digits are thousands ("50.000" is 50000)."""
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) < _DIGITS:  # nearly all; two for each order of a refresh
            return int(text)
        value = text.replace(".", "") if _DOTS.fullmatch(text) else text
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Json) -> Decimal | None:
    if isinstance(value, str):
        return _number_in(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return _in_bounds(Decimal(value))


def _number_in(text: str) -> Decimal | None:
    if "," in text and _COMMAS.fullmatch(text):
        text = text.replace(",", "")
    return _in_bounds(Decimal(text)) if _NUMBER.fullmatch(text) else None


def _in_bounds(number: Decimal) -> Decimal | None:
    return number if -_TOO_LARGE < number < _TOO_LARGE else None


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # text for infinities and NaN only, and there are none
    return -exponent


_FLAGS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def flag(value: Json) -> bool | None:
    """A yes or no: boolean, 0/1, "0"/"1", "false" ...; None where the panel does not say."""
    if isinstance(value, bool):
        return value
    return _FLAGS.get(str(value).strip().casefold()) if isinstance(value, int | str | Decimal) else None


def _text(value: Json, words: Words) -> str:
    """What a scalar says; "" for null, true, false, lists and objects."""
    if isinstance(value, str):
        return words(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    return words(str(value)[:LONGEST_TEXT])


def _object(value: Json) -> Mapping[str, Json]:
    """The object that an answer is, or that is alone in a list; an empty one otherwise."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


# Errors.

_FAILING: Final = frozenset({"error", "fail", "failed", "failure"})
_MESSAGES: Final = ("message", "msg", "error_message", "error_description", "detail")
_DEFINITE: Final = frozenset({*range(200, 300), 400, 401, 402, 403, 404, 405, 413, 422, 429})
"""HTTP statuses whose error texts are definite; any other leaves an `add` unconfirmed (section 4)."""

_NESTING: Final = 4


def error_text(value: Json, http_status: int = 200, words: Words = plain) -> str:
    """The error that an answer carries, "" if none: `error`, `errors`, or a message beside a failure."""
    fields = _object(value)
    for name in ("error", "errors"):
        text = _said(fields.get(name), words)
        if text:
            return text
    return _message(fields, words) if _fails(fields, http_status) else ""


def _fails(fields: Mapping[str, Json], http_status: int) -> bool:
    status = fields.get("status")
    return (
        flag(fields.get("success")) is False
        or flag(fields.get("error")) is True
        or status is False
        or (isinstance(status, str) and status.strip().casefold() in _FAILING)
        or (count(status) or 0) >= 400
        or http_status >= 400
    )


def _message(fields: Mapping[str, Json], words: Words) -> str:
    for holder in (fields, _object(fields.get("data"))):
        for name in (*_MESSAGES, "error", "errors"):
            text = _said(holder.get(name), words)
            if text:
                return text
    return ""


def _said(value: Json, words: Words, nesting: int = _NESTING) -> str:
    """All that a text, a list of texts or an object with texts says; a bare flag says nothing."""
    if value is None:
        return ""
    if isinstance(value, dict):
        value = [value[name] for name in _MESSAGES if name in value] or list(value.values())
    if isinstance(value, list):
        said = (_said(part, words, nesting - 1) for part in value[:10]) if nesting else ()
        return words("; ".join(filter(None, said)))
    text = _text(value, words)
    return "" if flag(text) is not None else text


def _checked(answer: Answer, words: Words) -> Json:
    """The answer's JSON, when it is neither unreadable nor an error as a whole.

    Raises:
        BadAnswer: it is.
    """
    bare = answer.json if isinstance(answer.json, str) else ""
    text = error_text(answer.json, answer.http_status, words) or words(bare)
    if text:
        raise BadAnswer(_error(text, answer))
    if not isinstance(answer.json, dict | list):
        raise BadAnswer(_no_answer(answer))
    return answer.json


def _error(text: str, answer: Answer) -> PanelAnswerError:
    kind = refusal_kind(text, answer.http_status)
    if kind is Kind.UNKNOWN and _says_401(answer.json):
        kind = Kind.KEY
    return PanelAnswerError(kind=kind, text=text, wait=_wait(kind, text, answer))


def _says_401(value: Json) -> bool:
    """Whether the JSON itself names the HTTP status that is about the key."""
    fields = _object(value)
    holders = (fields, _object(fields.get("error")))
    return any(count(holder.get(name)) == 401 for holder in holders for name in ("status", "code"))


def _no_answer(answer: Answer) -> PanelAnswerError:
    return PanelAnswerError(kind=_wordless_kind(answer), text=_what_came(answer), wait=answer.wait)


def _wordless_kind(answer: Answer) -> Kind:
    """What the HTTP status alone means.

    A page that tells what is the matter is not about the key, whatever its status, and HTTP 402 with a page is about
    the bill of the panel's own site.
    """
    kind = refusal_kind("", answer.http_status)
    if kind is Kind.UNKNOWN or (answer.page and kind is Kind.FUNDS) or (_tells(answer) and kind is Kind.KEY):
        return Kind.LOST
    return kind


def _tells(answer: Answer) -> bool:
    return answer.page is not None and bool(answer.page.markers)


def _wait(kind: Kind, text: str, answer: Answer) -> float | None:
    """Some panels send X-RateLimit-Reset with every answer: it counts only when the panel is busy."""
    from_header = answer.wait if kind is Kind.BUSY or answer.http_status == 429 else None
    return from_header if from_header is not None else wait_seconds(text)


def _what_came(answer: Answer) -> str:
    """What came instead of a usable answer, in words."""
    return in_words(answer.page, answer.http_status)


# The readers.


def read_add(answer: Answer, words: Words = plain) -> Outcome:
    """What came of an `add` (panel-api.md section 4): never an exception.

    An ID means placed, whatever stands beside it: with `{"error": ..., "order": 5}` the panel holds order 5,
    and sending the row again would buy it twice. Without one only a definite error is a refusal; all else is
    lost, a redirect too: nobody has promised that the first address did nothing.
    """
    order_id = _order_id(answer.json, words)
    if order_id:
        return Accepted(order_id=order_id)
    text = error_text(answer.json, answer.http_status, words)
    if answer.http_status == 429:
        text = text or f"HTTP {answer.http_status}: too many requests"
    if text and answer.http_status in _DEFINITE:
        return _refusal(_error(text, answer))
    return AnswerLost(
        text=f"HTTP {answer.http_status}: {text}" if text else _what_came(answer),
        broken=is_broken(answer.page, answer.http_status),
    )


def _order_id(value: Json, words: Words) -> str:
    fields = _object(value)
    holders = (fields, _object(fields.get("data")))
    found = (_id(holder.get(name), words) for holder in holders for name in ("order", "order_id"))
    return next(filter(None, found), "")


def _refusal(error: PanelAnswerError) -> Outcome:
    if error.kind in NOT_NOW:
        return Postponed(reason=error.kind, text=error.text, wait=error.wait)
    if error.kind is Kind.LOST:
        return AnswerLost(text=error.text)
    return Refused(reason=error.kind, text=error.text)


def read_services(answer: Answer, words: Words = plain) -> ServiceList:
    """The service list (panel-api.md section 3).

    An ID that is listed twice is kept once, with its dearest offer, so that no estimate is too low.

    Raises:
        BadAnswer: an error, or nothing with a list in it.
    """
    rows = _rows(_checked(answer, words))
    if rows is None:
        raise BadAnswer(_no_answer(answer))
    read = [_service(row, words) for row in rows]
    by_id: dict[str, Service] = {}
    for service in filter(None, read):
        known = by_id.get(service.id)
        if known is None or service.rate > known.rate:
            by_id[service.id] = service
    return ServiceList(services=tuple(by_id.values()), unreadable=read.count(None))


def _rows(value: Json) -> list[Json] | None:
    places = (value.get("services"), value.get("data")) if isinstance(value, dict) else (value,)
    return next((rows for rows in places if isinstance(rows, list)), None)


def _service(row: Json, words: Words) -> Service | None:
    if not isinstance(row, dict):
        return None
    service_id, rate = _id(row.get("service"), words), money(row.get("rate"))
    name, kind = _text(row.get("name"), words), _text(row.get("type"), words)
    if not (service_id and name and kind) or rate is None or rate < 0:
        return None
    return Service(
        id=service_id, name=name, type=kind, category=_text(row.get("category"), words), rate=rate,
        min=max(count(row.get("min")) or 0, 0), max=_upper_limit(row.get("max")),
        refill=flag(row.get("refill")) or False, cancel=flag(row.get("cancel")) or False,
        dripfeed=flag(row.get("dripfeed")),
    )  # fmt: skip


def _upper_limit(value: Json) -> int | None:
    """None for 0, a negative number, none at all or a word such as "unlimited"."""
    limit = count(value) or 0
    return limit if limit > 0 else None


def read_balance(answer: Answer, words: Words = plain) -> Balance:
    """The balance; the currency is "" where the panel does not name it.

    Raises:
        BadAnswer: an error, or no amount.
    """
    fields = _object(_checked(answer, words))
    for holder in (fields, _object(fields.get("data"))):
        amount = money(holder.get("balance"))
        if amount is not None:
            return Balance(amount=amount, currency=_text(holder.get("currency"), words))
    raise BadAnswer(_no_answer(answer))


# The readers of what an answer says about one ID.


def read_status(said: Json, answer: Answer, words: Words = plain) -> OrderStatus | PanelAnswerError:
    """What the panel says about one order (panel-api.md section 6); a plain text is an error."""
    fields = _object(said)
    text = _text(said, words) or _status_error(fields, answer, words)
    status = _text(fields.get("status"), words)
    if text or not status:
        return _error(text, answer) if text else _no_answer(answer)
    return OrderStatus(
        status=status,
        charge=money(fields.get("charge")),
        currency=_text(fields.get("currency"), words) or None,
        start_count=count(fields.get("start_count")),
        remains=count(fields.get("remains")),
    )


_ORDER_FIELDS: Final = frozenset({"charge", "start_count", "remains"})


def _status_error(fields: Mapping[str, Json], answer: Answer, words: Words) -> str:
    """The error in place of a status: `Fail` beside a charge is the order's, alone it is the panel's no."""
    text = _said(fields.get("error"), words) or _said(fields.get("errors"), words)
    if text or not _ORDER_FIELDS.isdisjoint(fields):
        return text
    status = _text(fields.get("status"), words)
    return error_text(fields, answer.http_status, words) or (status if status.casefold() in _FAILING else "")


def read_refill_status(said: Json, answer: Answer, words: Words = plain) -> str | PanelAnswerError:
    """The panel's word for a refill: `Completed`, `Rejected` ...; here a bare `Error` is a status too."""
    fields = said if isinstance(said, dict) else {}
    value = fields.get("status")
    text = _text(said, words) or error_text(value, words=words)
    text = text or error_text(fields, answer.http_status, words)
    return _error(text, answer) if text else _text(value, words) or _no_answer(answer)


def read_refill(said: Json, answer: Answer, words: Words = plain) -> Receipt | PanelAnswerError:
    """A refill that was taken: its ID, or only a message."""
    return _receipt("refill", said, answer, words)


def read_cancel(said: Json, answer: Answer, words: Words = plain) -> Receipt | PanelAnswerError:
    """A cancellation that was taken: anything but an error; only a later `status` says what came of it."""
    receipt = _receipt("cancel", said, answer, words)
    return replace(receipt, id="") if isinstance(receipt, Receipt) else receipt


_NO_WORDS: Final = re.compile(
    r"\b(incorrect|invalid|wrong|not|cannot|can't|unable|error|failed|denied|disabled)\b", re.IGNORECASE
)
"""A sentence in the place of an ID says yes ("Cancel request sent") or no ("Incorrect order ID")."""


def _receipt(name: str, said: Json, answer: Answer, words: Words) -> Receipt | PanelAnswerError:
    fields = said if isinstance(said, dict) else {name: said}
    value = fields.get(name)
    inner = value if isinstance(value, dict) else {"id": value}
    given = _id(inner.get("id"), words) or _id(inner.get(name), words)
    sentence = "" if given else _said(value, words)
    text = error_text(value, words=words) or error_text(fields, answer.http_status, words)
    if flag(value) is False or _NO_WORDS.search(sentence):
        text = text or sentence or "The panel said no."
    if text:
        return _error(text, answer)
    message = _message(fields, words) or _said(fields.get("success"), words) or sentence
    return _no_answer(answer) if value is None and not message else Receipt(id=given, text=message)


# What an answer says about which ID.


def read_one(action: IdAction[Value], answer: Answer, asked: str, words: Words = plain) -> Value:
    """What the panel says about the one ID that was asked for.

    Raises:
        BadAnswer: an error, nothing usable, or something about another ID.
    """
    found = _about(action, answer.json, [asked])
    read = action.read(found[asked], answer, words) if found else _whole_error(action, answer, words)
    if isinstance(read, PanelAnswerError):
        raise BadAnswer(_unless_missing(action, answer, read))
    return read


def read_many(
    action: IdAction[Value], answer: Answer, asked: Sequence[str], words: Words = plain
) -> dict[str, Value | PanelAnswerError]:
    """What the panel says about each ID that was asked for, in any shape of panel-api.md section 6.

    An ID that the answer leaves out stays out, and one that nobody asked for is dropped: nothing is guessed.

    Raises:
        BadAnswer: the whole answer is an error, or cannot be read.
    """
    found = _about(action, answer.json, asked)
    if not found:
        error = _whole_error(action, answer, words)
        if error.text != _what_came(answer) or not _says_nothing(answer):
            raise BadAnswer(_unless_missing(action, answer, error))
        if action.changes and _taken_as_a_whole(action, answer, words):
            found = dict.fromkeys(asked, answer.json)
    return {name: action.read(said, answer, words) for name, said in found.items()}


def _says_nothing(answer: Answer) -> bool:
    """An empty list, or a list of others: the panel knows none of the IDs."""
    return isinstance(answer.json, dict | list) and answer.http_status < 400


def _taken_as_a_whole(action: IdAction[Value], answer: Answer, words: Words) -> bool:
    """A message that names no order speaks of all; one that names another order speaks of none."""
    fields = _object(answer.json)
    return not identifier(fields.get(action.one)) and bool(
        _message(fields, words) or _said(fields.get("success"), words)
    )


def _about(action: IdAction[Value], value: Json, asked: Sequence[str]) -> dict[str, Json]:
    """The parts of an answer that are about IDs that were asked for."""
    parts = _parts(_unwrapped(action, value, asked), asked)
    wanted = set(asked)
    alone = asked[0] if len(asked) == len(parts) == 1 else ""
    found: dict[str, Json] = {}
    for key, said in parts:
        named = identifier(said[action.one]) if isinstance(said, dict) and action.one in said else ""
        name = key or named or alone
        if name in wanted and named in ("", name):  # a part that contradicts its key is about nobody
            found[name] = said
    return found


def _unwrapped(action: IdAction[Value], value: Json, asked: Sequence[str]) -> Json:
    if isinstance(value, dict) and not any(name in value for name in asked):
        inside = (value.get(action.many), value.get("data"))
        return next((part for part in inside if isinstance(part, dict | list)), value)
    return value


def _parts(value: Json, asked: Sequence[str]) -> list[tuple[str, Json]]:
    """Key and content: of an object keyed by ID, of a list (no keys), or of the answer as it is."""
    if isinstance(value, list):
        return [("", said) for said in value if isinstance(said, dict)]
    if not isinstance(value, dict):
        return []
    return [(name, value[name]) for name in asked if name in value] or [("", value)]


def _whole_error(action: IdAction[Value], answer: Answer, words: Words) -> PanelAnswerError:
    try:
        _checked(answer, words)
    except BadAnswer as bad:
        return bad.error
    return _no_answer(answer)


_MISSING: Final = frozenset({400, 404, 405, 500, 501})


def _unless_missing(action: IdAction[Value], answer: Answer, error: PanelAnswerError) -> PanelAnswerError:
    """A page instead of an answer to an action that not every panel has: this one has not (section 6)."""
    if action.optional and answer.json is None and answer.http_status in _MISSING and not _tells(answer):
        return PanelAnswerError(kind=Kind.NOT_OFFERED, text=f"not offered by this panel (HTTP {answer.http_status})")
    return error


# The table, and what is asked.

ADD: Final = Action(name="add", read=read_add)
SERVICES: Final = Action(name="services", read=read_services, largest=32_000_000)
BALANCE: Final = Action(name="balance", read=read_balance)
STATUS: Final = IdAction(name="status", one="order", many="orders", read=read_status)
REFILL: Final = IdAction(name="refill", one="order", many="orders", read=read_refill, optional=True, changes=True)
REFILL_STATUS: Final = IdAction(
    name="refill_status", one="refill", many="refills", read=read_refill_status, optional=True
)
CANCEL: Final = IdAction(
    name="cancel", one="order", many="orders", read=read_cancel, optional=True, changes=True, listed=True
)

ACTIONS: Final[Mapping[str, Action[Any] | IdAction[Any]]] = {
    action.name: action for action in (ADD, SERVICES, BALANCE, STATUS, REFILL, REFILL_STATUS, CANCEL)
}
"""Every action of the panel by its name."""


def add_form(order: Order, extra: Mapping[str, str], *, quantity_with_package: bool = False) -> Form:
    """The fields of `add`: the service, the order's own, and those that this panel wants as well: fixed ones, and with
    a Package, which is one thing at one price, a quantity of 1. These are no part of what a row is known by.
    """
    kind = order_type(order.service_type) if quantity_with_package else None
    wanted = {**extra, **({"quantity": "1"} if kind and kind.name == "Package" else {})}
    given = {"service", *(name for name, _ in order.form)}
    return (("service", order.service), *order.form, *(item for item in wanted.items() if item[0] not in given))


def ids_form(action: IdAction[Value], asked: Sequence[str]) -> Form:
    """The field that asks for one ID or for several; no spaces, which some panels take for part of an ID."""
    alone = len(asked) == 1 and not (action.listed and listable(asked[0]))
    return ((action.one, asked[0]),) if alone else ((action.many, ",".join(asked)),)


_LISTABLE: Final = re.compile(r"[A-Za-z0-9_.:-]+")


def listable(asked: str) -> bool:
    """Whether an ID may stand in a list with commas; any other is asked for alone."""
    return _LISTABLE.fullmatch(asked) is not None
