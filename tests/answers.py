"""Any answer to any action: strategies, and what has to hold; the tests and `tests.benchmarks.fuzz_answers` share them.

Two layers. `reading` takes a body to the pure readers of core/actions.py, thousands a second; `over_http` sends
bytes over a real socket to a real Panel.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import html
import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

from hypothesis import strategies as st

from bulkorders.core.actions import (
    ACTIONS,
    Answer,
    BadAnswer,
    IdAction,
    PanelAnswerError,
    answer_of,
    read_add,
    read_balance,
    read_many,
    read_one,
    read_services,
)
from bulkorders.core.refusals import LONGEST_WAIT, Kind
from bulkorders.core.states import Accepted, AnswerLost, NotSent, Outcome, Postponed, Refused
from bulkorders.panel import UNREACHABLE, Panel, PanelError
from tests.wire import ORDER, Wire, raw

SECRET = "s3cr3t&k3y/0123456789"
ECHOES = (SECRET, quote_plus(SECRET), html.escape(SECRET), SECRET.upper(), f"key={SECRET} is wrong")
WORDS = Panel("http://127.0.0.1/", SECRET)._words

ASKED = ("1", "2", "ord_3")
ID_ACTIONS = [action for action in ACTIONS.values() if isinstance(action, IdAction)]

# Bodies.

STATUS = {"charge": "0.27819", "start_count": "3572", "status": "Partial", "remains": "157", "currency": "USD"}
SHAPES: tuple[Any, ...] = (
    {"order": 23501},
    {"order": True},
    {"order": ""},
    {"order": "0"},
    {"order": 0, "error": "Bad link"},
    {"order": "23501"},
    {"status": "success", "order": 379032},
    [{"order": "1242"}],
    {"order": 5, "charge": "0.27", "currency": "USD"},
    {"order": "ord_01HG9X"},
    {"success": True, "data": {"order": 7}},
    {"error": "Bad link"},
    {"error": "Not enough funds", "status": "104"},
    {"status": "error", "message": "Invalid API key"},
    {"errors": ["Quantity less than minimal 10"]},
    {"errors": {"link": ["Bad link", "link is required"]}},
    {"success": False, "data": {"message": "Spam protection, wait 7 seconds"}},
    {"error": "There was an error processing your request. Please try again later"},
    {"balance": "100.84292", "currency": "USD"},
    {"data": {"balance": 5, "currency": "EUR"}},
    STATUS,
    {"1": STATUS, "2": {"error": "Incorrect order ID"}, "ord_3": "Incorrect order ID"},
    [{"order": 1, **STATUS}, {"order": "2", **STATUS}],
    {"orders": {"1": STATUS, "9": STATUS}},
    {"refill": "1"},
    {"success": "Refill request sent", "refill": 5},
    [{"order": 1, "refill": 1}, {"order": 2, "refill": {"error": "Refill is not available"}}],
    {"status": "Completed"},
    [{"refill": 1, "status": "Completed"}, {"refill": 2, "status": {"error": "Refill not found"}}],
    [{"order": 2, "cancel": {"error": "Incorrect order ID"}}, {"order": 1, "cancel": 1}],
    [{"service": 1, "name": "Likes", "type": "Default", "category": "A", "rate": "0.90", "min": "50", "max": 1000}],
    {"services": [{"service": "2", "name": "x", "type": "Package", "rate": 1.5, "refill": "false", "dripfeed": 0}]},
)
PAGES = (
    b"<html><head><title>Just a moment...</title></head></html>",
    b"<html><h1>Under maintenance</h1></html>",
    b'<form><input type="password"></form>',
    b"<html><center><h1>502 Bad Gateway</h1></center><hr>nginx</html>",
    b"error code: 522",
    b"<br />\n<b>Warning</b>: x in <b>/home/panel/index.php</b> on line <b>1</b><br />\n",
)
ENORMOUS = (
    b"[" * 20_000,
    b'{"order":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"order": ' + b"9" * 20_000 + b"}",
    b'{"order": 1' + b"0" * 3_000 + b"}",
    b'{"balance": 0.' + b"3" * 20_000 + b', "order": 1e-999999999, "charge": 1e999999999999999999999}',
    b'{"error": "&#' + b"9" * 20_000 + b';"}',
    b'{"error": "' + b"<a " * 10_000 + b'"}',
    b'{"error": ' + b"[" * 500 + b'"x"' + b"]" * 500 + b"}",
    b"{" + b",".join(b'"order": %d' % number for number in range(2_000)) + b"}",
    b"[" + b",".join([b"{}"] * 5_000) + b"]",
)

TEXTS = (
    st.text(max_size=12)
    | st.sampled_from(ECHOES)
    | st.sampled_from(["", "0", "1", "-1", "50.000", "1,000", "1e9", "false", "Error", "null"])
    | st.sampled_from(["a\u202eb\x00\x1b[31m", "&#10;", "&amp;#27;", "\u2028", "\ud800"])
    | st.sampled_from(["Invalid API key", "Incorrect order ID", "Completed", "rate limit, wait 99 hours", "<b>x</b>"])
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**120), max_value=10**120)
    | st.floats()
    | TEXTS
)
NAMES = (
    st.sampled_from(["order", "orders", "order_id", "error", "errors", "status", "message", "msg", "detail", "success"])
    | st.sampled_from(["data", "services", "service", "name", "type", "rate", "min", "max", "refill", "refills"])
    | st.sampled_from(["cancel", "dripfeed", "balance", "charge", "start_count", "remains", "currency", "code", "id"])
    | st.sampled_from([*ASKED, "9"])
    | TEXTS
)
JSONS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key or index in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from _places(inner)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A real shape in which up to three places are replaced, taken away, added to or wrapped."""
    value = copy.deepcopy(draw(st.sampled_from(SHAPES[:10]) | st.sampled_from(SHAPES)))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(value))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "wrap", "add"])):
            case "replace":
                holder[key] = draw(JSONS)
            case "remove":
                del holder[key]
            case "wrap":
                holder[key] = draw(st.sampled_from([[holder[key]], {"data": holder[key]}, {"error": holder[key]}]))
            case _ if isinstance(holder, dict):
                holder[draw(NAMES)] = draw(SCALARS)
            case _:
                holder.append(draw(SCALARS))
    return value


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The bytes of a shape, cut, overwritten, doubled, or with something before and behind."""
    body = json.dumps(draw(mutated())).encode()
    at = draw(st.integers(0, len(body)))
    junk = draw(st.binary(max_size=6) | st.sampled_from(PAGES))
    overwritten = body[:at] + junk + body[at + len(junk) :]
    whole = (body + body, junk + body, body + junk, b"\xef\xbb\xbf" + body)
    return draw(st.sampled_from([body[:at], overwritten, *whole]))


@st.composite
def repeating(draw: st.DrawFn) -> bytes:
    """An object that names fields twice."""
    pairs = draw(st.lists(st.tuples(NAMES, SCALARS), min_size=1, max_size=4))
    pairs += draw(st.lists(st.sampled_from(pairs), max_size=2))
    return ("{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}").encode()


BODIES = (
    st.binary(max_size=200)
    | (JSONS | mutated() | mutated()).map(lambda content: json.dumps(content).encode())
    | damaged()
    | repeating()
    | st.sampled_from([*PAGES, b'{"order": 5, "order": ""}', b'{"order": 5, "data": {"order": 5, "order": 6}}'])
)
LARGE_BODIES = BODIES | st.sampled_from(ENORMOUS)
DEFINITE = {*range(200, 300), 400, 401, 402, 403, 404, 405, 413, 422, 429}
HTTP_STATUSES = (
    st.just(200)
    | st.sampled_from([201, 400, 401, 402, 403, 404, 405, 413, 422, 429])
    | st.sampled_from([302, 409, 500, 502, 503, 520])
    | st.integers(200, 999)
)

# What has to hold.


def texts(value: object) -> Iterator[str]:
    """Every text in a result that may be shown."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from texts(list(value.values()))
    elif isinstance(value, Sequence):
        for inner in value:
            yield from texts(inner)


def check_texts(value: object) -> None:
    """No text has control characters, line ends, marks that turn the direction, or the key; none is long."""
    for text in texts(value):
        assert not any(
            unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\u202e\u202d\u2066" for c in text
        ), text
        assert not any(echo.casefold() in text.casefold() for echo in ECHOES), text
        assert len(text) < 400


def check_error(error: PanelAnswerError | PanelError) -> None:
    """An error has a sentence, a known kind, and no wait but a bounded one."""
    assert error.text
    assert error.kind == UNREACHABLE or error.kind in Kind
    assert error.wait is None or 0 <= error.wait <= LONGEST_WAIT
    check_texts(error.text)


class _Repeated(Exception):
    """An object names a field twice."""


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Repeated
    return dict(pairs)


def _possible_ids(body: bytes) -> list[Any]:
    """What stands where panels put an order's ID, read independently of the package."""
    try:
        text = body.decode("utf-8", errors="replace").strip("\ufeff \t\r\n")
        content = json.loads(text, object_pairs_hook=_no_repeats, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError, _Repeated):
        return []
    top = content[0] if isinstance(content, list) and len(content) == 1 else content
    holders = [top, top.get("data")] if isinstance(top, dict) else []
    holders = [h[0] if isinstance(h, list) and len(h) == 1 else h for h in holders]
    return [h[name] for h in holders if isinstance(h, dict) for name in ("order", "order_id") if name in h]


def _is_plain_id(value: Any) -> bool:
    """Whether nobody can doubt that this is an ID."""
    return type(value) is int and 0 < value < 10**18


def _as_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, Decimal) else str(value).strip()


def check_outcome(outcome: Outcome, body: bytes, http_status: int) -> None:
    """Accepted if and only if an ID came; a refusal only where section 4 of panel-api.md calls it definite."""
    possible = _possible_ids(body)
    check_texts(outcome)
    match outcome:
        case Accepted(order_id=order_id):
            given = [v for v in possible if isinstance(v, int | str | Decimal) and not isinstance(v, bool)]
            assert order_id in map(_as_text, given)
            assert order_id.casefold() not in ("", "0", "null", "none", "error", "false", "true")
        case Refused() | Postponed():
            assert http_status in DEFINITE
            assert outcome.text
            assert not any(map(_is_plain_id, possible))
        case AnswerLost():
            assert outcome.text
            assert outcome.broken or not (http_status >= 500 or 300 <= http_status < 400)
            if http_status < 300 and body.strip()[:1] in (b"", b"{", b"[", b'"'):
                assert not outcome.broken, "a piece of an answer says nothing against the panel"
            assert not any(map(_is_plain_id, possible))
        case NotSent():
            raise AssertionError("the request was answered")


def reading(body: bytes, http_status: int, wait: float | None) -> None:
    """Every reader of every action gives a value or BadAnswer with a sentence, and nothing about others' IDs."""
    check_outcome(read_add(answer_of(http_status, body, wait, repeats=False), WORDS), body, http_status)
    answer = answer_of(http_status, body, wait)
    for read in (read_services, read_balance):
        _check_reading(lambda read=read: read(answer, WORDS))
    for action in ID_ACTIONS:
        for asked in ASKED:
            _check_reading(lambda action=action, asked=asked: read_one(action, answer, asked, WORDS))
        for many in (ASKED, ASKED[:2]):
            _check_reading(lambda action=action, many=many: _read_asked(action, answer, many))


def _read_asked(action: IdAction[Any], answer: Answer, asked: Sequence[str]) -> object:
    found = read_many(action, answer, asked, WORDS)
    assert found.keys() <= set(asked)
    for error in found.values():
        if isinstance(error, PanelAnswerError):
            check_error(error)
    return found


def _check_reading(read: Callable[[], object]) -> None:
    try:
        value = read()
    except BadAnswer as bad:
        check_error(bad.error)
    else:
        assert value is not None
        check_texts(value)


# Over HTTP.

QUESTIONS: Mapping[str, Callable[[Panel], Awaitable[object]]] = {
    "services": Panel.services,
    "balance": Panel.balance,
    "status": lambda panel: panel.status("1"),
    "statuses": lambda panel: panel.statuses(["1", "2"]),
    "refills": lambda panel: panel.refills(["1", "2"]),
    "refill_status": lambda panel: panel.refill_status("1"),
    "refill_statuses": lambda panel: panel.refill_statuses(["1", "2"]),
    "cancel": lambda panel: panel.cancel(["1"]),
    "cancel of many": lambda panel: panel.cancel(["1", "2"]),
}


@dataclass(frozen=True)
class Reply:
    """Bytes that go over the wire, and what is in them: `clean` when a body of `status` arrives as it is."""

    data: bytes
    body: bytes
    status: int
    clean: bool


HEADER_NAMES = (
    "Content-Type", "Retry-After", "X-RateLimit-Reset", "Date", "Location", "Set-Cookie", "Connection",
    "Content-Encoding", "Content-Length", "Transfer-Encoding", "Upgrade",
)  # fmt: skip
HEADER_VALUES = (
    "text/html; charset=klingon", "application/json", "7", "-7", "9" * 20, "1e400", "close", "gzip", "chunked",
    "deflate", "gzip, gzip", "Sun, 99 Sep 9999999 01:00:00 GMT", "https://[::1/", "0x10",
)  # fmt: skip
LATIN = st.characters(max_codepoint=255)
KNOWN = st.tuples(st.sampled_from(HEADER_NAMES), st.sampled_from(HEADER_VALUES))
ODD = st.tuples(st.sampled_from(HEADER_NAMES), st.text(LATIN, max_size=12))
JUNK = st.tuples(st.text(LATIN, max_size=5), st.text(LATIN, max_size=5))
WAITING = st.tuples(st.sampled_from(HEADER_NAMES[1:4]), st.sampled_from(HEADER_VALUES))
HEADERS = st.just([]) | st.lists(KNOWN | KNOWN | WAITING | ODD | JUNK, max_size=4)
CLEAN = ("length", "chunked", "until the end", "gzip")
FRAMES = (*CLEAN, "too long", "too short", "half a chunk", "bad chunk", "bad gzip", "gzip twice")


def _framed(body: bytes, frame: str) -> tuple[tuple[str, ...], bytes]:
    """Header lines, and the body as it goes with them."""
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    packed = gzip.compress(body, mtime=0)
    match frame:
        case "chunked":
            return ("Transfer-Encoding: chunked",), chunks
        case "half a chunk":
            return ("Transfer-Encoding: chunked",), chunks[: len(chunks) // 2]
        case "bad chunk":
            return ("Transfer-Encoding: chunked",), b"zz\r\n" + chunks
        case "until the end":
            return (), body
        case "gzip":
            return ("Content-Encoding: gzip", f"Content-Length: {len(packed)}"), packed
        case "gzip twice":
            return ("Content-Encoding: gzip, gzip", f"Content-Length: {len(packed)}"), packed
        case "bad gzip":
            return ("Content-Encoding: gzip", f"Content-Length: {len(body)}"), body
    lengths = {"too long": len(body) + 7, "too short": max(len(body) - 7, 0)}
    return (f"Content-Length: {lengths.get(frame, len(body))}",), body


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    """An answer in a good or a broken frame, with odd headers, or bytes that are no HTTP."""
    if draw(st.integers(0, 9)) == 0:
        data = draw(st.binary(max_size=80) | st.binary(max_size=40).map(lambda junk: b"HTTP/1.1 200 OK\r\n" + junk))
        return Reply(data=data, body=data, status=200, clean=False)
    body, status = draw(BODIES), draw(HTTP_STATUSES)
    frame = draw(st.sampled_from(FRAMES[:1] * 4 + FRAMES))
    headers = draw(HEADERS)
    lines, framed = _framed(body, frame)
    version = draw(st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2", "ICY"]))
    head = "\r\n".join((f"{version} {status} X", *lines, *(f"{name}: {value}" for name, value in headers), "", ""))
    clean = frame in CLEAN and not headers and version.startswith("HTTP/1") and status not in (204, 304)
    return Reply(data=head.encode("latin-1", "replace") + framed, body=body, status=status, clean=clean)


class Answering:
    """A server that gives the bytes it was last told to every request, and then closes the connection."""

    def __init__(self) -> None:
        self.data = b""
        self.wire = Wire(lambda _form: raw(self.data))


def over_http(server: Answering, reply: Reply, question: str) -> None:
    """An order has an outcome, a question a value or a PanelError; a clean frame changes nothing about the reading."""
    server.data = reply.data
    outcome, value = asyncio.run(_asked(server.wire.url, QUESTIONS[question]))
    if isinstance(value, PanelError):
        check_error(value)
    else:
        assert value is not None
    if reply.clean:
        check_outcome(outcome, reply.body, reply.status)
        read = read_add(answer_of(reply.status, reply.body, repeats=False), WORDS)
        assert outcome == read
    check_texts(outcome)
    assert isinstance(outcome, Outcome)
    assert not isinstance(outcome, NotSent)


async def _asked(url: str, question: Callable[[Panel], Awaitable[object]]) -> tuple[Outcome, object]:
    async with Panel(url, SECRET, timeout=20.0) as panel:
        outcome = await panel.place(ORDER)
        try:
            return outcome, await question(panel)
        except PanelError as error:
            return outcome, error


WAITS = st.none() | st.floats(0, LONGEST_WAIT)
