"""The panel over HTTP: one request, one verdict (answer, not sent, lost).

Theory of operation. An order is money, so after a failure one question counts: can the panel have got it?
httpx's exceptions tell only in part, and a timeout tells nothing. But the order is in the request's body, and
httpx asks for the body only when it has a connection (name found, TLS agreed) and the headers are out. So the
body itself keeps the record: as long as nobody took it, the order provably never left; from then on only an
answer tells what happened (`_Body`, `Panel._exchange`).

httpx's transport is used without its client: it follows no redirect, keeps no cookie, reads no .netrc, and
costs less CPU. Each Panel has one connection of its own, because a pool that workers share costs more the
more of them there are (performance.md section 4); all share one SSLContext.

A connection that may have been idle for `IDLE_SECONDS` is not used again: a panel may be closing it at that
moment, and an order written into a closing connection is lost. The Panel keeps account of that itself (`_Idle`),
for what httpcore offers is not enough. It counts from when an answer was read, and the server from when the answer
was sent, a way to here and a way to there earlier: with 300 ms to the panel and back, 0.75 s here are 1.05 s there.
It looks only when a connection is chosen. And it looks at the monotonic clock, which on Linux and macOS stands still
while a laptop sleeps. So here both clocks count, from when the last request left (no server is idle before it), and
they are asked again at the last moment before the body is written.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import html
import ipaddress
import logging
import re
import socket
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, TypeVar
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
    Words,
)
from bulkorders.core.exchanges import INTERRUPTED, Exchange, Tell, told_of_error, told_of_value
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
SHORTEST_SECRET: Final = 6
"""An extra field's value that is as long is hidden like the key; to hide a shorter one would garble sentences."""

_SAME_WORDS: Final = 32
"""So many of a panel's texts are remembered as they are shown: a hundred thousand orders have a few words and one
currency.
"""

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


def _transport(url: httpx.URL, proxy: str | None) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)
    verify: ssl.SSLContext | bool = _ssl_context() if url.scheme == "https" else False
    try:
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=proxy, trust_env=False)
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
        self._on_leaving()
        self.left = True
        yield self._data


Clock = Callable[[], float]
"""A clock in seconds; only differences count."""


class _Idle:
    """How long the connection may have been idle in the eyes of the server."""

    def __init__(self, clocks: Sequence[Clock]) -> None:
        self._clocks = clocks
        self._since: tuple[float, ...] | None = None

    def begin(self) -> None:
        """A request leaves."""
        self._since = self._now()

    def forget(self) -> None:
        """The next request gets a new connection."""
        self._since = None

    def too_long(self) -> bool:
        """Whether either clock says so, or was set back and cannot tell."""
        since = self._since
        return since is not None and not all(
            0 <= now - then < IDLE_SECONDS for now, then in zip(self._now(), since, strict=True)
        )

    def _now(self) -> tuple[float, ...]:
        return tuple(clock() for clock in self._clocks)


# What went wrong, for a person.


class _TooLarge(Exception):
    """The answer has more bytes than any answer to this action needs."""


Match = Callable[[BaseException], bool]


def _is(*kinds: type[BaseException]) -> Match:
    return lambda error: isinstance(error, kinds)


def _certificate(*codes: int) -> Match:
    return lambda error: isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in codes


_OFFLINE: Final = {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, 10050, 10051, 10065, 1231, 1232}
"""Numbers of errors, Windows' own among them."""

_PLAIN_HTTP: Final = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"}


def _is_offline(error: BaseException) -> bool:
    return isinstance(error, OSError) and bool({error.errno, getattr(error, "winerror", None)} & _OFFLINE)


def _is_plain_http(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLError) and error.reason in _PLAIN_HTTP


def _is_disagreement(error: BaseException) -> bool:
    """TLS itself failed, rather than the connection under it (those errors are contexts of many others)."""
    under = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
    return isinstance(error, ssl.SSLError) and not isinstance(error, under)


_DISTRUST: Final = "the panel's site cannot prove that it is the panel: its certificate "

_NOT_SENT: Final[tuple[tuple[Match, str], ...]] = (
    (_is(socket.gaierror), "the name {host} was not found: no internet connection, or a slip in the address"),
    (_is(httpx.ConnectTimeout), "{server} does not answer: no connection within {connect:g} seconds"),
    (_is_offline, "this computer has no network connection to {server}"),
    (_is(ConnectionRefusedError), "{server} refuses connections: it is down, or the address is wrong"),
    (_certificate(9), _DISTRUST + "is not valid yet, if this computer's clock is right"),
    (_certificate(10), _DISTRUST + "has expired, if this computer's clock is right"),
    (_certificate(62, 64), _DISTRUST + "is for another name than {host}"),
    (_is(ssl.SSLCertVerificationError), _DISTRUST + "is not signed by an authority that this computer knows"),
    (_is_plain_http, "the panel's server does not speak https at this address: check the address"),
    (_is_disagreement, "no secure connection to the panel's server could be agreed on"),
    (_is(httpx.ProxyError), "{server} refused the connection: {error}"),
    (_is(httpx.TransportError), "{server} broke the connection off before anything was sent"),
)
"""Why a request did not leave; the first row that fits the exception, or one that caused it, decides."""

_LOST: Final[tuple[tuple[Match, str], ...]] = (
    (_is(httpx.TimeoutException, TimeoutError), "no answer within {timeout:g} seconds"),
    (_is(httpx.ReadError, httpx.WriteError), "the connection broke before the answer came"),
    (_is(httpx.RemoteProtocolError), "the connection was closed before the whole answer came"),
    (_is(httpx.DecodingError), "the answer could not be unpacked"),
    (_is(_TooLarge), "{error}"),
    (_is(ssl.SSLError), "the connection broke before the answer came"),
)
"""Why no answer came to a request that left."""


def _failure(error: Exception, sentences: Sequence[tuple[Match, str]], **values: object) -> str:
    """The sentence for what went wrong; an exception that nobody foresaw is named."""
    chain = list(_causes(error))
    found = next((sentence for fits, sentence in sentences if any(map(fits, chain))), "{name}: {error}")
    return found.format(error=error, name=type(error).__name__, **values)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and whatever caused it; several addresses that were tried are several causes.

    httpcore raises its exceptions `from None`, so that only their context knows the cause.
    """
    yield error
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else (error.__cause__ or error.__context__,)
    for cause in filter(None, inner):
        yield from _causes(cause)


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
Result = TypeVar("Result")

Found = dict[str, Value | PanelAnswerError]
"""What a panel says about IDs."""

_NOT_ABOUT_ONE: Final = frozenset({Kind.KEY, Kind.BUSY, Kind.FUNDS, Kind.NOT_OFFERED, UNREACHABLE})
"""After these no more IDs are asked for: each would get the same answer, or make things worse."""

_ABOUT_IDS: Final = (actions.STATUS, actions.REFILL, actions.REFILL_STATUS, actions.CANCEL)

_PATIENCE: Final = 3
"""When the first so many IDs bring no usable answer each, the panel is broken and not the IDs."""


class Panel:
    """One account at one panel, over one connection; a worker has its own. Use it with `async with`.

    `timeout` is seconds for the whole answer, counted from when the request leaves; `connect_timeout` seconds
    each for reaching the server and for TLS. `extra_fields` go with every `add`, and with `quantity_with_package` a
    quantity with a Package. `lists` False: the panel knows only one ID a request. `turn` is awaited before
    every request of a call but the first (a list that has to be asked for one by one), to keep the pace.
    `clocks` say how long the connection was idle: one of them has to go on while the computer sleeps. `tell` is told
    of every request and what became of it.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 60.0,
        connect_timeout: float = 15.0,
        extra_fields: Mapping[str, str] | None = None,
        quantity_with_package: bool = False,
        lists: bool = True,
        turn: Callable[[], Awaitable[object]] | None = None,
        clocks: Sequence[Clock] = (time.monotonic, time.time),
        tell: Tell | None = None,
    ) -> None:
        self.tell = tell
        self._terms: dict[str, Any] = {
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "extra_fields": extra_fields,
            "quantity_with_package": quantity_with_package,
            "lists": lists,
            "turn": turn,
            "clocks": clocks,
        }
        self._url = httpx.URL(check_url(url))
        self._key = key
        secrets = [key, *(text for text in (extra_fields or {}).values() if len(text) >= SHORTEST_SECRET)]
        self._words: Words = lru_cache(_SAME_WORDS)(partial(_words, _spellings(secrets)))
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._timeouts = httpx.Timeout(timeout, connect=connect_timeout, pool=connect_timeout).as_dict()
        self._extra_fields = dict(extra_fields or {})
        self._quantity_with_package = quantity_with_package
        self._turn = turn
        self._no_lists: set[str] = set() if lists else {action.name for action in _ABOUT_IDS}
        self._proxy = _proxy(self._url)
        self._transport = _transport(self._url, self._proxy)
        self._idle = _Idle(clocks)
        self._alone = asyncio.Lock()  # a second request must not close the connection that the first one waits on
        self._headers = [
            ("Host", self._url.netloc.decode("ascii")),
            ("Accept", "application/json, */*"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", f"bulkorders/{__version__}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]

    def __repr__(self) -> str:
        return f"Panel({str(self._url)!r})"

    @property
    def is_on_this_computer(self) -> bool:
        """Whether this is a panel to practise on: it answers on this very computer."""
        return _is_loopback(self._url.host)

    def another(self, tell: Tell | None) -> Panel:
        """Another connection to the same account, on the same terms, whose requests are told elsewhere."""
        return Panel(str(self._url), self._key, **self._terms, tell=tell)

    async def __aenter__(self) -> Panel:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def place(self, order: Order, request: str = "", about: str = "") -> Outcome:
        """Send one `add` and say what came of it; nothing that panel or network do is an exception.

        `request` is the panel's idempotency field for this order, as `name=value` ("": it has none). `about` is what
        the order is called in the log.
        """
        name, _, value = request.partition("=")
        extra = self._extra_fields | ({name: value} if name else {})
        try:
            form = actions.add_form(order, extra, quantity_with_package=self._quantity_with_package)
            return await self._ask(actions.ADD, form, lambda answer: actions.read_add(answer, self._words), about)
        except PanelError as error:
            return NotSent(text=error.text) if error.kind == UNREACHABLE else AnswerLost(text=error.text)

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

    async def refills(self, ids: Sequence[str]) -> dict[str, Receipt | PanelAnswerError]:
        """Ask for refills of up to 100 orders, in one request; see `_change`."""
        return await self._change(actions.REFILL, ids)

    def most_ids(self, action: str) -> int:
        """How many IDs one request of this action may name: 100, and 1 at a panel that refused a list of them."""
        return 1 if action in self._no_lists else MOST_IDS

    async def refill_status(self, refill_id: str) -> str:
        """The panel's word for how one refill stands."""
        return await self._one(actions.REFILL_STATUS, refill_id)

    async def refill_statuses(self, ids: Sequence[str]) -> dict[str, str | PanelAnswerError]:
        """The panel's words for how up to 100 refills stand, by refill ID."""
        return await self._many(actions.REFILL_STATUS, ids)

    async def cancel(self, ids: Sequence[str]) -> dict[str, Receipt | PanelAnswerError]:
        """Ask for cancellations of up to 100 orders, in one request; only a later status tells what came of it."""
        return await self._change(actions.CANCEL, ids)

    # Asking.

    async def _whole(self, action: Action[Value]) -> Value:
        return await self._ask(action, (), lambda answer: action.read(answer, self._words))

    async def _one(self, action: IdAction[Value], asked: str) -> Value:
        form = actions.ids_form(action, [asked])
        about = f"{action.one} {self._words(asked)}"
        return await self._ask(action, form, lambda answer: actions.read_one(action, answer, asked, self._words), about)

    async def _list(self, action: IdAction[Value], asked: Sequence[str]) -> Found[Value]:
        form = actions.ids_form(action, asked)
        about = f"{len(asked)} {action.many}"
        return await self._ask(
            action, form, lambda answer: actions.read_many(action, answer, asked, self._words), about
        )

    async def _change(self, action: IdAction[Value], ids: Sequence[str]) -> Found[Value]:
        """What the panel says about each ID of one request; one that it leaves out is missing.

        Never more than one request: whoever wants something done must know what became of each that was sent.

        Raises:
            PanelError: the answer as a whole is an error, or was lost, or nothing was sent.
        """
        assert len(ids) <= MOST_IDS, "the caller cuts lists into pieces"
        return await self._list(action, ids)

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
            if _ends_all(error):
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

    async def _ask(
        self,
        action: Action[Value] | IdAction[Value],
        form: Form,
        read: Callable[[Answer], Result],
        about: str = "",
    ) -> Result:
        """One request, and what is read from its answer; whoever is to be told of requests is told here.

        Raises:
            PanelError: it was not sent, no answer came, or the answer as a whole says no.
        """
        began, status, told = time.perf_counter(), None, INTERRUPTED
        try:
            answer = await self._answer(action, form)
            status = answer.http_status
            value = _read_all(read, answer)
            told = told_of_value(value)
            return value
        except PanelError as error:
            told = told_of_error(error.kind, error.text)
            raise
        finally:
            if self.tell is not None:
                seconds = time.perf_counter() - began
                self.tell(Exchange(action=action.name, about=about, told=told, http_status=status, seconds=seconds))

    async def _answer(self, action: Action[Value] | IdAction[Value], form: Form) -> Answer:
        """One request, one answer.

        Raises:
            PanelError: it was not sent (`UNREACHABLE`), or no answer came (`Kind.LOST`).
        """
        fields = [("key", self._key), ("action", action.name), *form]
        data = urlencode(fields, errors="surrogatepass").encode()
        response, body = await self._exchange(data, action.largest)
        # A service list may name a field twice and stay useful; an answer about money may not.
        repeats = action.name != actions.ADD.name
        return actions.answer_of(response.status_code, body, _wait(response.headers), repeats=repeats)

    async def _exchange(self, data: bytes, largest: int) -> tuple[httpx.Response, bytes]:
        """Send the bytes over a connection that the server cannot be about to close, and read the answer."""
        async with self._alone:
            if self._idle.too_long():
                await self._renew()
            try:
                return await self._send(data, largest)
            except _Stale:
                await self._renew()
                return await self._send(data, largest)

    async def _renew(self) -> None:
        """Close the connection; the transport makes a new one for the next request."""
        await self._transport.aclose()
        self._idle.forget()

    async def _send(self, data: bytes, largest: int) -> tuple[httpx.Response, bytes]:
        """Send the bytes and read the answer, in time; every failure is told by whether the bytes left."""
        clock = asyncio.timeout(None)
        loop = asyncio.get_running_loop()

        def on_leaving() -> None:
            if self._idle.too_long():
                raise _Stale
            self._idle.begin()
            clock.reschedule(loop.time() + self._timeout)

        body = _Body(data, on_leaving)
        try:
            async with clock:
                response = await self._transport.handle_async_request(self._request(data, body))
                try:
                    return response, await _read(response, largest)
                finally:
                    await response.aclose()
        except _Stale:
            raise
        except Exception as error:  # TLS and sockets raise more than httpx promises, and each is an outcome
            text = self._why(error, left=body.left)
        raise _LostOnTheWay(text) if body.left else PanelError(UNREACHABLE, text)

    def _why(self, error: Exception, *, left: bool) -> str:
        sentence = _failure(
            error,
            _LOST if left else _NOT_SENT,
            server="the proxy in this computer's settings" if self._proxy else "the panel's server",
            host=httpx.URL(self._proxy or self._url).host,
            timeout=self._timeout,
            connect=self._connect_timeout,
        )
        return self._words(sentence)

    def _request(self, data: bytes, body: _Body) -> httpx.Request:
        headers = [*self._headers, ("Content-Length", str(len(data)))]
        return httpx.Request("POST", self._url, headers=headers, stream=body, extensions={"timeout": self._timeouts})


class _Stale(PanelError):
    """Between choosing the connection and writing the body it grew too old: nothing left, try a new one."""

    def __init__(self) -> None:
        super().__init__(UNREACHABLE, "the connection was idle for too long")


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


def _read_all(read: Callable[[Answer], Result], answer: Answer) -> Result:
    try:
        return read(answer)
    except BadAnswer as bad:
        raise PanelError(bad.error.kind, bad.error.text, bad.error.wait) from None


def _words(hidden: re.Pattern[str] | None, text: str) -> str:
    """A panel's text fit to be shown, without the key: hidden before a cut could leave half of it."""
    text = actions.one_line(text)
    return actions.cut(hidden.sub(HIDDEN, text) if hidden else text)


def _spellings(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the key and other secrets as they are, as a form or an address has them, and as HTML has them."""
    ways = (str, partial(quote, safe=""), quote_plus, html.escape, actions.one_line)
    spellings = {way(secret) for secret in secrets for way in ways} - {""}
    longest_first = sorted(map(re.escape, spellings), key=len, reverse=True)
    return re.compile("|".join(longest_first), re.IGNORECASE) if longest_first else None
