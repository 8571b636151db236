"""A bare socket that answers anything, and the questions that tests ask through a real Panel."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import trustme

from bulkorders.core.model import Order
from bulkorders.core.states import Outcome
from bulkorders.panel import Panel
from bulkorders.sandbox import KEY

T = TypeVar("T")
Form = Mapping[str, str]
Reply = Callable[[socket.socket], bool]
"""Writes to the connection; False closes it."""

RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)

ORDER = Order(
    service="1",
    service_name="Likes",
    service_type="Default",
    target="https://example.com/p/1",
    quantity=100,
    form=(("link", "https://example.com/p/1?a=1&b=ü"), ("quantity", "100")),
    cost=Decimal("0.09"),
)


def http(content: Any, status: int = 200, *headers: str) -> Reply:
    """A whole answer: bytes as they are, anything else as JSON; the connection stays open."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = (
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        "Content-Type: text/html",
        *headers,
        "",
        "",
    )
    return raw("\r\n".join(lines).encode() + body, stay=True)


def raw(data: bytes, *, stay: bool = False) -> Reply:
    """These very bytes."""

    def write(connection: socket.socket) -> bool:
        connection.sendall(data)
        return stay

    return write


def reset(connection: socket.socket) -> bool:
    """No answer: the connection is reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return False


class Wire:
    """A server for odd answers: `answer` gets each request's form; what arrived is kept."""

    def __init__(self, answer: Callable[[Form], Reply], *, idle: float | None = None) -> None:
        self.forms: list[Form] = []
        self.heads: list[str] = []
        self.connections = 0
        self.arrived = threading.Event()
        self.over = threading.Event()
        self._answer = answer
        self._idle = idle
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api/v2"

    def silence(self, _connection: socket.socket) -> bool:
        """No answer, and the connection stays open until the test is over."""
        self.over.wait()
        return False

    def dribble(self, connection: socket.socket) -> bool:
        """An answer that goes on for ever, a byte now and then."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not self.over.wait(0.01):
            connection.sendall(b" ")
        return False

    def serve(self) -> None:
        """Accept connections until the socket is closed, each in a thread of its own."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Release every connection that is being kept waiting, and take no more."""
        self.over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(self._idle)
            while (form := self._read(connection)) is not None:
                self.forms.append(form)
                self.arrived.set()
                if not self._answer(form)(connection):
                    return

    def _read(self, connection: socket.socket) -> Form | None:
        got = b""
        while b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                return None
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        self.heads.append(head.decode("latin-1"))
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        while len(body) < length:
            more = connection.recv(65536)
            if not more:
                return None
            body += more
        return dict(parse_qsl(body.decode(), strict_parsing=True, keep_blank_values=True)) if length else {}


class Idleness:
    """A reply that keeps account of how long each connection was idle, in the eyes of a server far away.

    `answering` is how long the server takes, `away` the way to here and back; `wait` lets that time pass.
    """

    def __init__(self, clock: Callable[[], float], answering: float = 0.0, away: float = 0.0) -> None:
        self.seconds: list[float] = []
        self._clock = clock
        self._wait = getattr(clock, "wait", lambda _seconds: None)
        self._answering = answering
        self._away = away
        self._answered: dict[socket.socket, float] = {}

    def __call__(self, connection: socket.socket) -> bool:
        """Answer with an order ID."""
        if connection in self._answered:
            self.seconds.append(self._clock() - self._answered[connection])
        self._wait(self._answering)
        self._answered[connection] = self._clock()
        self._wait(self._away)
        return http({"order": 5})(connection)


class HandClock:
    """A clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    def wait(self, seconds: float) -> None:
        """So much later."""
        self.now += seconds


@contextmanager
def wire(*replies: Reply | str, idle: float | None = None) -> Iterator[Wire]:
    """A server that gives these replies in turn, the last one for ever; a text names one of its own."""

    def answer(_form: Form) -> Reply:
        reply = replies[min(len(server.forms), len(replies)) - 1]
        return getattr(server, reply) if isinstance(reply, str) else reply

    with served(Wire(answer, idle=idle)) as server:
        yield server


@contextmanager
def served(server: Wire) -> Iterator[Wire]:
    """Run this server while the with-block lasts."""
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()


def ask(url: str, question: Callable[[Panel], Awaitable[T]], key: str = KEY, **options: Any) -> T:
    """The answer to a question to a panel of its own."""

    async def asking() -> T:
        async with Panel(url, key, **options) as panel:
            return await question(panel)

    return asyncio.run(asking())


def place(url: str, key: str = KEY, **options: Any) -> Outcome:
    """What comes of one order."""
    return ask(url, lambda panel: panel.place(ORDER), key, **options)


async def place_twice(panel: Panel) -> list[Outcome]:
    """Two orders, one after the other."""
    return [await panel.place(ORDER), await panel.place(ORDER)]


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def wire_without_reading(reply: Reply | str) -> Iterator[Wire]:
    """A server that replies to whatever bytes come first."""

    class Deaf(Wire):
        def _talk(self, connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)  # unread bytes would turn the end into a reset
                (getattr(self, reply) if isinstance(reply, str) else reply)(connection)

    with served(Deaf(lambda _form: reset)) as server:
        yield server


@contextmanager
def wire_tls(certificate: trustme.LeafCert, reply: Reply) -> Iterator[Wire]:
    """A server that speaks TLS, with a certificate that is made for the test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    class Secure(Wire):
        def _talk(self, connection: socket.socket) -> None:
            with suppress(OSError):
                super()._talk(context.wrap_socket(connection, server_side=True))

    with served(Secure(lambda _form: reply)) as server:
        server.url = server.url.replace("http:", "https:")
        yield server
