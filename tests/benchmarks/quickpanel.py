"""A panel that costs next to nothing, in a process of its own: what is measured is the client.

`python -m tests.benchmarks.quickpanel LATENCY_MS REMAINING_STATUS` prints its address and serves until standard input
ends. It takes every order, knows every order ID, and answers `arrivals` (which no panel does) with the seconds at which
orders came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from urllib.parse import parse_qs

from tests.benchmarks.inputs import services

FIRST_ORDER = 1_000_000


class Desk:
    """What the panel answers; `status` is that of every order."""

    def __init__(self, status: str) -> None:
        self._numbers = count(FIRST_ORDER)
        self._arrivals: list[float] = []
        self._services = json.dumps(
            [
                {"service": s.id, "name": s.name, "type": s.type, "category": s.category, "rate": f"{s.rate}"}
                | {"min": s.min, "max": s.max, "refill": s.refill, "cancel": s.cancel}
                for s in services()
            ]
        )
        self._status = {"charge": "0.10", "start_count": "100", "status": status, "remains": "10", "currency": "USD"}
        self._answers: dict[str, Callable[[dict[str, list[str]]], str]] = {
            "add": self._add,
            "status": self._told,
            "services": lambda form: self._services,
            "balance": lambda form: '{"balance": "1000000.00", "currency": "USD"}',
            "arrivals": lambda form: json.dumps(self._arrivals),
        }

    def answer(self, body: bytes) -> str:
        """The answer to one request's form."""
        form = parse_qs(body.decode())
        answer = self._answers.get(form["action"][0])
        return answer(form) if answer else '{"error": "Incorrect request"}'

    def _add(self, form: dict[str, list[str]]) -> str:
        self._arrivals.append(time.perf_counter())
        return f'{{"order": {next(self._numbers)}}}'

    def _told(self, form: dict[str, list[str]]) -> str:
        if "order" in form:
            return json.dumps(self._status)
        return json.dumps(dict.fromkeys(form["orders"][0].split(","), self._status))


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as clients need it: requests with a length, answered in order, after `latency` seconds."""

    def __init__(self, desk: Desk, latency: float) -> None:
        self._desk = desk
        self._latency = latency
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head = self._came[:end].lower()
            begin = head.index(b"content-length:") + len(b"content-length:")
            whole = end + 4 + int(head[begin:].split(b"\r\n", 1)[0])
            if len(self._came) < whole:
                return
            body, self._came = self._came[end + 4 : whole], self._came[whole:]
            answer = self._desk.answer(body).encode()
            told = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, told + answer)


async def _serve(latency: float, status: str) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(partial(Connection, Desk(status), latency), "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v2", flush=True)

    def wait() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1000, sys.argv[2]))
