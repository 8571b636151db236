"""What every test stands on: no connection but to loopback, and no ledger, settings or keyring of whoever runs it."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keyring
import pytest

from bulkorders.sandbox import practice_panel
from tests.desk import Desk
from tests.keyrings import MOOD, PLACE


def _loopback_only(event: str, args: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = args[1][0]
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise AssertionError(f"a test wanted to connect to {host}")


sys.addaudithook(_loopback_only)

NO_KEYRING = "keyring.backends.fail.Keyring"
os.environ["PYTHON_KEYRING_BACKEND"] = NO_KEYRING  # also for the processes that tests start
keyring.core.init_backend()


def _no_real_keyring(backend: type) -> bool:
    return f"{backend.__module__}.{backend.__qualname__}" == NO_KEYRING or backend.__module__ == "tests.keyrings"


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a ledger and settings folders of its own, and leaves the signal handlers as they were."""
    for name in [name for name in os.environ if name.startswith("BULKORDERS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BULKORDERS_LEDGER", str(tmp_path / "ledger" / "ledger.sqlite3"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    assert _no_real_keyring(type(keyring.get_keyring()))
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def use_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Gives this test a keyring in a file of its own (tests/keyrings.py); other processes find the same one."""

    def use(name: str = "FileKeyring", mood: str = "") -> Path:
        path = tmp_path / "keyring.json"
        top = str(Path(__file__).parent.parent)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (top, os.environ.get("PYTHONPATH")))))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"tests.keyrings.{name}")
        monkeypatch.setenv(PLACE, str(path))
        monkeypatch.setenv(MOOD, mood)
        keyring.core.init_backend()
        return path

    yield use
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
    keyring.core.init_backend()


@pytest.fixture
def desk_with(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """A desk whose practice panel has the faults and the speed that the test names."""
    with ExitStack() as stack:

        def make(**options: Any) -> Desk:
            books = tmp_path / "books" / "books.sqlite3"
            panel = stack.enter_context(practice_panel(books, **({"speed": 0.0} | options)))
            folder = tmp_path / "files"
            folder.mkdir(exist_ok=True)
            return Desk(folder, panel.url, books)

        yield make


@pytest.fixture
def desk(desk_with: Callable[..., Desk]) -> Desk:
    """A desk whose practice panel works well and stands still: no order moves while a test looks."""
    return desk_with()
