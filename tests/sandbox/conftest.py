"""A practice panel on loopback for each test, its books, and a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bulkorders.sandbox import KEY, practice_panel


@dataclass(slots=True)
class Clock:
    """Seconds since 1970, standing still until a test says otherwise (it starts on 15 January 2027)."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Client:
    """The thinnest client there can be: what the tests see is what the panel sent."""

    url: str
    http: httpx.Client

    def post(self, action: str, **fields: object) -> httpx.Response:
        form = {"key": KEY, "action": action} | {name: str(value) for name, value in fields.items()}
        return self.http.post(self.url, data=form)

    def ask(self, action: str, **fields: object) -> Any:
        response = self.post(action, **fields)
        assert response.status_code == 200
        return response.json()

    def order(self, number: int = 1, **fields: object) -> int:
        """Order 100 followers for the link with this number."""
        form = {"service": 1, "link": f"https://example.com/{number}", "quantity": 100} | fields
        return self.ask("add", **form)["order"]  # type: ignore[no-any-return]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return tmp_path / "practice" / "books.db"


@pytest.fixture
def start(books: Path, clock: Clock) -> Iterator[Callable[..., Client]]:
    """Start a panel with these settings; several may run on the same books."""
    with ExitStack() as stack:

        def start_panel(**settings: Any) -> Client:
            panel = stack.enter_context(practice_panel(books, clock=clock, **settings))
            http = stack.enter_context(httpx.Client(trust_env=False, verify=False))
            return Client(panel.url, http)

        yield start_panel


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()
