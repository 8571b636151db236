"""The panel over HTTP: one request, one verdict (answer, not sent, lost).

Theory of operation. An order is money, so after a failure one question counts: can the panel have got it?
httpx's exceptions tell only in part, and a timeout tells nothing. But the order is in the request's body, and
httpx asks for the body only when it has a connection (name found, TLS agreed) and the headers are out. So the
body itself keeps the record: as long as nobody took it, the order provably never left; from then on only an
answer tells what happened (`_Body`, `Panel._exchange`).

httpx's transport is used without its client: it follows no redirect, keeps no cookie, reads no .netrc, and
costs less CPU. Each Panel has one connection of its own, because a pool that workers share costs more the
more of them there are (performance.md section 4); all share one SSLContext. A connection that was idle for
`IDLE_SECONDS` is not used again: a panel may be closing it at that moment, and an order written into a
closing connection is lost.
"""

from __future__ import annotations

import asyncio
import functools
import html
import ipaddress
import logging
import re
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus, urlencode

import httpx

from bulkorders import __version__
from bulkorders.core import actions
from bulkorders.core.actions import (
    MOST_IDS,
    Action,
    Answer,
    BadAnswer,
    IdAction,
    PanelAnswerError,
    Receipt,
    ServiceList,
)
from bulkorders.core.limits import LIMITS
from bulkorders.core.model import Balance, Form, Order, OrderStatus
from bulkorders.core.refusals import Kind, header_wait
from bulkorders.core.states import AnswerLost, NotSent, Outcome
from bulkorders.errors import UsageError

UNREACHABLE: Final = "unreachable"
"""The kind of a PanelError for a request that provably was not sent."""

IDLE_SECONDS: Final = 0.75
"""Servers have been seen to close connections that were idle for a second (architecture.md section 2)."""

HIDDEN: Final = "[key]"

for _name in ("httpx", "httpcore"):  # their debug lines hold addresses and headers; nobody has asked for them
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class PanelError(Exception):
    """A request that brought no value: the panel said no, or its answer or the way to it was lost.

    `kind` is a `refusals.Kind` or `UNREACHABLE`; `text` is fit to be shown; `wait` is seconds, if the panel
    named them.
    """

    def __init__(self, kind: str, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.wait = wait


# The address.

_SECRET_PARAMETERS: Final = frozenset({"key", "api_key", "apikey", "token", "password"})


def check_url(url: str) -> str:
    """The panel's address, normalised; `https://` is added where no scheme is given.

    Raises:
        UsageError: no web address, not https (http only to this computer), or with credentials in it.
    """
    text = url.strip()
    try:
        parsed = httpx.URL(text if "://" in text else f"https://{text}")
    except (httpx.InvalidURL, ValueError):
        raise _no_address() from None
    if parsed.scheme not in ("https", "http") or not _is_host(parsed):
        raise _no_address()
    if parsed.userinfo or any(name.casefold() in _SECRET_PARAMETERS for name in parsed.params):
        raise UsageError(
            "The panel's address has a password or key in it.",
            "Give the address without it, and store the key with `bulkorders login`.",
        )
    if parsed.scheme == "http" and not _is_loopback(parsed.host):
        raise UsageError(
            f"The panel's address http://{parsed.host} is not encrypted: the key could be read on its way.",
            "Use the address that begins with https://.",
        )
    return str(parsed.copy_with(fragment=None))


def _no_address() -> UsageError:
    return UsageError(
        "The panel's address is not a web address.",
        "Give the API URL that the panel's API page shows, such as https://igwish.com/api/v2.",
    )


_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def _is_host(url: httpx.URL) -> bool:
    """Whether host and port can be connected to at all; httpx lets more through than a name lookup takes."""
    if url.port is not None and not 0 < url.port < 65536:
        return False
    host = url.raw_host.decode("ascii")
    return ":" in host or all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split("."))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# The way there.


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """One for all Panels: making it takes 40 ms. Certifi's authorities and those that the computer trusts."""
    context = httpx.create_ssl_context()
    context.load_default_certs()  # companies that look into TLS put their own authority there
    return context


def _transport(url: httpx.URL) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)
    verify: ssl.SSLContext | bool = _ssl_context() if url.scheme == "https" else False
    try:
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=_proxy(url), trust_env=False)
    except (httpx.InvalidURL, ImportError, ValueError):  # ImportError: SOCKS without the package socksio
        raise UsageError(
            "The proxy in this computer's settings cannot be used.",
            "Set HTTPS_PROXY to an http:// proxy, or NO_PROXY to the panel's host name.",
        ) from None


def _proxy(url: httpx.URL) -> str | None:
    """The proxy that environment or operating system name for https; none to this computer itself."""
    if _is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


class _Body(httpx.AsyncByteStream):
    """The body of one request, and the proof of whether it left."""

    def __init__(self, data: bytes, on_leaving: Callable[[], None]) -> None:
        self.left = False
        self._data = data
        self._on_leaving = on_leaving

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.left = True
        self._on_leaving()
        yield self._data


class _TooLarge(Exception):
    """The answer has more bytes than any answer to this action needs."""


_FAILURES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "the panel's server does not answer"),
    (httpx.PoolTimeout, "the connection is still in use"),
    (httpx.ConnectError, "no connection to the panel: {error}"),
    (httpx.ProxyError, "the proxy refused the connection: {error}"),
    (httpx.TimeoutException, "no answer within {timeout:g} seconds"),
    (TimeoutError, "no answer within {timeout:g} seconds"),
    (httpx.ReadError, "the connection broke before the answer came"),
    (httpx.WriteError, "the connection broke before the answer came"),
    (httpx.RemoteProtocolError, "the connection was closed before the whole answer came"),
    (httpx.DecodingError, "the answer could not be unpacked"),
    (_TooLarge, "{error}"),
)


def _failure(error: Exception, timeout: float) -> str:
    """What went wrong, for a person; an exception that nobody foresaw is named."""
    for known, sentence in _FAILURES:
        if isinstance(error, known):
            return sentence.format(error=error, timeout=timeout)
    return f"{type(error).__name__}: {error}"


async def _read(response: httpx.Response, largest: int) -> bytes:
    """The answer's body, read only as far as it may be long."""
    if "," in response.headers.get("content-encoding", ""):
        raise _TooLarge("the answer is packed more than once")  # 64 KB could become 64 GB
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > largest:
            raise _TooLarge(f"the answer is larger than {largest // 1_000_000} MB")
    if sum(map(body.count, _BETWEEN)) > LIMITS["values"].most:  # each takes up to fifty times its bytes
        raise _TooLarge(LIMITS["values"].message("the answer"))
    return bytes(body)


_BETWEEN: Final = (b",", b"[", b"{")
"""What stands before or between the values of a JSON text."""


def _wait(headers: httpx.Headers) -> float | None:
    """The wait that headers ask for, by the panel's own clock where it tells the time."""
    if "retry-after" not in headers and "x-ratelimit-reset" not in headers:
        return None
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        now = time.time()
    return header_wait(headers, now)


# The client.

Value = TypeVar("Value")

Found = dict[str, Value | PanelAnswerError]
"""What a panel says about IDs."""

_NOT_ABOUT_ONE: Final = frozenset({Kind.KEY, Kind.BUSY, Kind.FUNDS, Kind.NOT_OFFERED, UNREACHABLE})
"""After these no more IDs are asked for: each would get the same answer, or make things worse."""

_PATIENCE: Final = 3
"""When the first so many IDs bring no usable answer each, the panel is broken and not the IDs."""


class Panel:
    """One account at one panel, over one connection; a worker has its own. Use it with `async with`.

    `timeout` is seconds for the whole answer, counted from when the request leaves; `connect_timeout` seconds
    each for reaching the server and for TLS. `extra_fields` go with every `add`. `turn` is awaited before
    every request of a call but the first (a list that has to be asked for one by one), to keep the pace.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 60.0,
        connect_timeout: float = 15.0,
        extra_fields: Mapping[str, str] | None = None,
        turn: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._url = httpx.URL(check_url(url))
        self._key = key
        self._hidden = _spellings(key)
        self._timeout = timeout
        self._timeouts = httpx.Timeout(timeout, connect=connect_timeout, pool=connect_timeout).as_dict()
        self._extra_fields = dict(extra_fields or {})
        self._turn = turn
        self._no_lists: set[str] = set()
        self._transport = _transport(self._url)
        self._headers = [
            ("Host", self._url.netloc.decode("ascii")),
            ("Accept", "application/json, */*"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", f"bulkorders/{__version__}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]

    def __repr__(self) -> str:
        return f"Panel({str(self._url)!r})"

    async def __aenter__(self) -> Panel:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def place(self, order: Order) -> Outcome:
        """Send one `add` and say what came of it; nothing that panel or network do is an exception."""
        try:
            answer = await self._ask(actions.ADD, actions.add_form(order, self._extra_fields))
        except PanelError as error:
            return NotSent(text=error.text) if error.kind == UNREACHABLE else AnswerLost(text=error.text)
        return actions.read_add(answer, self._words)

    async def services(self) -> ServiceList:
        """The service list. Some panels allow 10 of these an hour (panel-api.md section 7)."""
        return await self._whole(actions.SERVICES)

    async def balance(self) -> Balance:
        """The account's balance."""
        return await self._whole(actions.BALANCE)

    async def status(self, order_id: str) -> OrderStatus:
        """The status of one order; PanelError also when the panel does not know it."""
        return await self._one(actions.STATUS, order_id)

    async def statuses(self, ids: Sequence[str]) -> dict[str, OrderStatus | PanelAnswerError]:
        """The statuses of up to 100 orders; see `_many` for which IDs are in the answer."""
        return await self._many(actions.STATUS, ids)

    async def refill(self, order_id: str) -> Receipt:
        """Ask for a refill of one order."""
        return await self._one(actions.REFILL, order_id)

    async def refills(self, ids: Sequence[str]) -> dict[str, Receipt | PanelAnswerError]:
        """Ask for refills of up to 100 orders."""
        return await self._many(actions.REFILL, ids)

    async def refill_status(self, refill_id: str) -> str:
        """The panel's word for how one refill stands."""
        return await self._one(actions.REFILL_STATUS, refill_id)

    async def refill_statuses(self, ids: Sequence[str]) -> dict[str, str | PanelAnswerError]:
        """The panel's words for how up to 100 refills stand, by refill ID."""
        return await self._many(actions.REFILL_STATUS, ids)

    async def cancel(self, ids: Sequence[str]) -> dict[str, Receipt | PanelAnswerError]:
        """Ask for cancellations; a receipt promises nothing, only a later status tells."""
        return await self._many(actions.CANCEL, ids)

    # Asking.

    async def _whole(self, action: Action[Value]) -> Value:
        answer = await self._ask(action, ())
        with _as_panel_error():
            return action.read(answer, self._words)

    async def _one(self, action: IdAction[Value], asked: str) -> Value:
        answer = await self._ask(action, actions.ids_form(action, [asked]))
        with _as_panel_error():
            return actions.read_one(action, answer, asked, self._words)

    async def _list(self, action: IdAction[Value], asked: Sequence[str]) -> Found[Value]:
        answer = await self._ask(action, actions.ids_form(action, asked))
        with _as_panel_error():
            return actions.read_many(action, answer, asked, self._words)

    async def _many(self, action: IdAction[Value], ids: Sequence[str]) -> Found[Value]:
        """What the panel says about each ID: one it leaves out is missing, one nobody asked for is dropped.

        An ID that the panel refuses has its words for a value. A panel that refuses the list is asked for one
        ID after the other, from then on at once. PanelError only where nothing at all came to be known.
        """
        asked = list(dict.fromkeys(ids))
        assert len(asked) <= MOST_IDS, "the caller cuts lists into pieces"
        listed = [name for name in asked if actions.listable(name)]
        if len(listed) < 2 or action.name in self._no_lists:
            return await self._one_by_one(action, asked, {}, asked_before=False)
        try:
            found = await self._list(action, listed)
        except PanelError as error:
            if _ends_all(error) or (action.changes and error.kind == Kind.LOST):
                raise
            return await self._after_refusal(action, asked, error)
        alone = [name for name in asked if name not in listed]
        return await self._one_by_one(action, alone, found, asked_before=True)

    async def _after_refusal(self, action: IdAction[Value], asked: Sequence[str], error: PanelError) -> Found[Value]:
        """Ask one by one; remember it when the panel said no to the list and yes to a part of it."""
        found = await self._one_by_one(action, asked, {}, asked_before=True)
        known = any(not isinstance(value, PanelAnswerError) for value in found.values())
        if known and error.kind != Kind.LOST:
            self._no_lists.add(action.name)
        return found

    async def _one_by_one(
        self, action: IdAction[Value], asked: Iterable[str], found: Found[Value], *, asked_before: bool
    ) -> Found[Value]:
        """Add to `found` what the panel says about each; when the panel breaks, what is known is returned."""
        for name in asked:
            if self._turn is not None and asked_before:
                await self._turn()
            asked_before = True
            try:
                value: Value | PanelAnswerError = await self._one(action, name)
            except PanelError as error:
                if _ends_all(error):
                    if found:
                        break
                    raise
                value = PanelAnswerError(kind=Kind(error.kind), text=error.text, wait=error.wait)
            found[name] = value
            if len(found) == _PATIENCE:
                _raise_if_all_lost(found)
        _raise_if_all_lost(found)
        return found

    # One request.

    async def _ask(self, action: Action[Value] | IdAction[Value], form: Form) -> Answer:
        """One request, one answer.

        Raises:
            PanelError: it was not sent (`UNREACHABLE`), or no answer came (`Kind.LOST`).
        """
        fields = [("key", self._key), ("action", action.name), *form]
        data = urlencode(fields, errors="surrogatepass").encode()
        response, body = await self._exchange(data, action.largest)
        # A service list may name a field twice and stay useful; an answer about money may not.
        decoded = actions.decode(body, repeats=action.name != actions.ADD.name)
        return Answer(http_status=response.status_code, json=decoded, wait=_wait(response.headers))

    async def _exchange(self, data: bytes, largest: int) -> tuple[httpx.Response, bytes]:
        """Send the bytes and read the answer, in time; every failure is told by whether the bytes left."""
        clock = asyncio.timeout(None)
        loop = asyncio.get_running_loop()
        body = _Body(data, lambda: clock.reschedule(loop.time() + self._timeout))
        try:
            async with clock:
                response = await self._transport.handle_async_request(self._request(data, body))
                try:
                    return response, await _read(response, largest)
                finally:
                    await response.aclose()
        except Exception as error:  # TLS and sockets raise more than httpx promises, and each is an outcome
            text = self._words(_failure(error, self._timeout))
        raise _LostOnTheWay(text) if body.left else PanelError(UNREACHABLE, text)

    def _request(self, data: bytes, body: _Body) -> httpx.Request:
        headers = [*self._headers, ("Content-Length", str(len(data)))]
        return httpx.Request("POST", self._url, headers=headers, stream=body, extensions={"timeout": self._timeouts})

    def _words(self, text: str) -> str:
        """A panel's text fit to be shown, without the key: hidden before a cut could leave half of it."""
        text = actions.one_line(text)
        return actions.cut(self._hidden.sub(HIDDEN, text) if self._hidden else text)


class _LostOnTheWay(PanelError):
    """The request left, and no whole answer came back over the network."""

    def __init__(self, text: str) -> None:
        super().__init__(Kind.LOST, text)


def _ends_all(error: PanelError) -> bool:
    return error.kind in _NOT_ABOUT_ONE or isinstance(error, _LostOnTheWay)


def _raise_if_all_lost(found: Found[Value]) -> None:
    errors = [value for value in found.values() if isinstance(value, PanelAnswerError)]
    if errors and len(errors) == len(found) and all(error.kind is Kind.LOST for error in errors):
        raise PanelError(Kind.LOST, errors[-1].text, errors[-1].wait)


@contextmanager
def _as_panel_error() -> Iterator[None]:
    try:
        yield
    except BadAnswer as bad:
        raise PanelError(bad.error.kind, bad.error.text, bad.error.wait) from None


def _spellings(key: str) -> re.Pattern[str] | None:
    """Finds the key as it is, as a form or an address has it, and as HTML has it."""
    spellings = {key, quote(key, safe=""), quote_plus(key), html.escape(key), actions.one_line(key)} - {""}
    longest_first = sorted(map(re.escape, spellings), key=len, reverse=True)
    return re.compile("|".join(longest_first), re.IGNORECASE) if longest_first else None
