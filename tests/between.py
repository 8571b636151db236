"""A panel that lies: it stands between the program and the practice panel and changes what it says."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

Change = Callable[[dict[str, str], Any], Any]
"""Form and true answer of one request to the answer that is given."""


def with_rates(rates: dict[str, str]) -> Change:
    """A change of the service list: these services at these prices, as they stand in `rates` when it is asked for."""

    def change(form: dict[str, str], told: Any) -> Any:
        if form["action"] != "services":
            return told
        return [s | {"rate": rates[str(s["service"])]} if str(s["service"]) in rates else s for s in told]

    return change


@contextmanager
def between(url: Callable[[], str], change: Change) -> Iterator[str]:
    """Serve on loopback what `change` makes of the answers at `url`, asked for each time; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with urllib.request.urlopen(urllib.request.Request(url(), data=body)) as answer:
                told = json.load(answer)
            changed = json.dumps(change(dict(parse_qsl(body.decode())), told)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(changed)))
            self.end_headers()
            self.wfile.write(changed)

        def log_message(self, format: str, *args: Any) -> None:
            """Each line would hold an address; nobody reads them."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v2"
        finally:
            server.shutdown()
