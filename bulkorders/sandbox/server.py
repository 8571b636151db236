"""The practice panel's HTTP: small, quick, and able to break an answer at any point.

http.server is not used: it reads headers with the email package, which is slow, and a broken answer
needs the bare socket anyway. Nothing is ever logged, because every request holds a key.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from bulkorders.sandbox.actions import ACTIONS, Desk, answer
from bulkorders.sandbox.books import Arrival, Books
from bulkorders.sandbox.faults import FAULTS, NO_FAULT, Ending, Fault, FaultPlan, read_faults

_PATHS: Final = ("/api/v2", "")
_MAX_LINE: Final = 65_536
_MAX_BODY: Final = 16_000_000
_POLL_SECONDS: Final = 0.02
_LEAVE_SECONDS: Final = 2.0

# SO_LINGER on with 0 seconds: close() then sends a reset and not a polite end.
_RESET: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


@dataclass(frozen=True, slots=True)
class PracticePanel:
    """A practice panel that is being served; `url` is where its API answers."""

    url: str


@contextmanager
def serve(
    books: Path, *, key: str, port: int, faults: str, speed: float, clock: Callable[[], float]
) -> Iterator[PracticePanel]:
    """Serve until the with-block ends; `bulkorders.sandbox.practice_panel` says what the values mean."""
    plan = read_faults(faults)
    books.parent.mkdir(parents=True, exist_ok=True)
    with closing(Books(books)) as opened:
        panel = _Panel(opened, key, plan, speed, clock)
        with _Server(port, panel) as server:
            threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
            try:
                yield PracticePanel(f"http://127.0.0.1:{server.server_address[1]}/api/v2")
            finally:
                server.shutdown()
                server.hang_up()


@dataclass(frozen=True, slots=True)
class _Panel:
    """The panel behind the HTTP: what one request does."""

    books: Books
    key: str
    faults: FaultPlan
    speed: float
    clock: Callable[[], float]

    def take(self, form: Mapping[str, str]) -> tuple[Fault, str]:
        """Carry one request out, as far as its fault allows; the fault and the true answer."""
        action = form.get("action", "")
        name = self.faults.next(action)
        fault = FAULTS.get(name, NO_FAULT)
        now = self.clock()
        known = action if action in ACTIONS else "unknown"
        with self.books.transaction():
            self.books.record_arrival(Arrival(now, time.perf_counter(), known, name, _ids_in(form)))
            if not fault.taken:
                return fault, ""
            return fault, json.dumps(answer(Desk(self.books, now, self.speed), form, self.key))


def _ids_in(form: Mapping[str, str]) -> str:
    """The orders or refills that a request names."""
    return next((form[name] for name in ("orders", "order", "refills", "refill") if name in form), "")


class _Server(socketserver.ThreadingTCPServer):
    """One thread a connection, and the means to end them all."""

    daemon_threads = True
    request_queue_size = 512
    # On Windows this option would let two servers share one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, port: int, panel: _Panel) -> None:
        self.panel = panel
        self.live: dict[socket.socket, threading.Thread] = {}
        self.live_lock = threading.Lock()
        self.leaving = False
        super().__init__(("127.0.0.1", port), _Connection)

    def hang_up(self) -> None:
        """End every connection, letting answers that are under way leave first."""
        with self.live_lock:
            self.leaving = True
            live = dict(self.live)
        for connection in live:
            # Wakes the thread that waits for the next request; what it is writing still goes out.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        deadline = time.monotonic() + _LEAVE_SECONDS
        for connection, thread in live.items():
            thread.join(max(0.0, deadline - time.monotonic()))
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    keep_alive: bool
    body: bytes


class _BadRequest(Exception):
    """What came in is not HTTP that this server understands."""


class _Connection(socketserver.StreamRequestHandler):
    """One client's connection: request after request, until one side ends it."""

    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.live_lock:
            self.server.live[self.connection] = threading.current_thread()

    def finish(self) -> None:
        with self.server.live_lock:
            self.server.live.pop(self.connection, None)
        super().finish()

    def handle(self) -> None:
        # A client that goes away is no news; any other exception is a bug and is shown.
        with suppress(OSError):
            try:
                while not self.server.leaving and self._serve_one():
                    pass
            except _BadRequest as error:
                self._send(400, json.dumps({"error": str(error)}), keep_alive=False)

    def _serve_one(self) -> bool:
        """Wait for one request and answer it; whether the connection goes on."""
        request = _read_request(self.rfile)
        return request is not None and self._respond(request)

    def _respond(self, request: _Request) -> bool:
        problem = _unfit(request)
        if problem:
            self._send(problem, '{"error":"Incorrect request"}', keep_alive=request.keep_alive)
            return request.keep_alive
        fault, truth = self.server.panel.take(_read_form(request.body))
        if self.server.panel.faults.latency:
            time.sleep(self.server.panel.faults.latency)
        body = truth if fault.body is None else fault.body
        return _ENDINGS[fault.ending](self, fault, body, request.keep_alive)

    def _answer(self, fault: Fault, body: str, keep_alive: bool) -> bool:
        self._send(fault.status, body, fault.header, keep_alive=keep_alive)
        return keep_alive

    def _half(self, fault: Fault, body: str, _keep_alive: bool) -> bool:
        head, payload = _encode(fault.status, body, fault.header, keep_alive=True)
        self.connection.sendall(head + payload[: len(payload) // 2])
        return False

    def _reset(self, _fault: Fault, _body: str, _keep_alive: bool) -> bool:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # The socket closes with its last user, and the reader is one.
        self.rfile.close()
        self.connection.close()
        return False

    def _silence(self, _fault: Fault, _body: str, _keep_alive: bool) -> bool:
        while self.connection.recv(_MAX_LINE):
            pass
        return False

    def _send(self, status: int, body: str, header: str = "", *, keep_alive: bool) -> None:
        # In one write: a second one would wait for the client's delayed acknowledgement (40 ms).
        self.connection.sendall(b"".join(_encode(status, body, header, keep_alive=keep_alive)))


_ENDINGS: Final[dict[Ending, Callable[[_Connection, Fault, str, bool], bool]]] = {
    Ending.ANSWER: _Connection._answer,
    Ending.HALF: _Connection._half,
    Ending.RESET: _Connection._reset,
    Ending.SILENCE: _Connection._silence,
}


def _read_request(stream: BufferedIOBase) -> _Request | None:
    """The next request; None when the client has closed the connection."""
    line = stream.readline(_MAX_LINE)
    if not line:
        return None
    try:
        method, path, version = line.decode("latin-1").split()
    except ValueError:
        raise _BadRequest("Incorrect request line") from None
    headers = _read_headers(stream)
    connection = headers.get("connection", "").lower()
    return _Request(
        method=method,
        path=path.partition("?")[0],
        keep_alive=connection != "close" if version == "HTTP/1.1" else connection == "keep-alive",
        body=_read_body(stream, headers),
    )


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(_MAX_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _BadRequest("Incorrect header")
        headers[name.lower()] = value.strip()
    return headers


def _read_body(stream: BufferedIOBase, headers: Mapping[str, str]) -> bytes:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit() or int(length) > _MAX_BODY:
        raise _BadRequest("Incorrect body length")
    body = stream.read(int(length))
    if len(body) < int(length):
        raise _BadRequest("Incomplete body")
    return body


def _unfit(request: _Request) -> int:
    """The HTTP status that says why the request is not one for the API; 0 when it is."""
    if request.path.rstrip("/") not in _PATHS:
        return 404
    return 0 if request.method == "POST" else 405


def _read_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _encode(status: int, body: str, header: str, *, keep_alive: bool) -> tuple[bytes, bytes]:
    """Head and body of an answer, ready to be sent."""
    payload = body.encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {'text/html' if body.startswith('<') else 'application/json'}; charset=utf-8",
        f"Content-Length: {len(payload)}",
        f"Connection: {'keep-alive' if keep_alive else 'close'}",
        *filter(None, [header]),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), payload
