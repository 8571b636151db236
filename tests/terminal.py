"""A real terminal: the program sees one, a test reads what it shows and types answers."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.desk import Desk

pty = pytest.importorskip("pty", reason="a terminal of this kind is POSIX's", exc_type=ImportError)
fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")


@dataclass(slots=True)
class Terminal:
    """`bulkorders ARGS` at a terminal. `shown` is all that it has shown so far."""

    process: subprocess.Popen[bytes]
    _master: int
    shown: str = field(default="")
    _seen: int = 0

    def until(self, text: str) -> str:
        """Read on until this text is shown; what was shown since the last call, this text included."""
        while text not in self.shown[self._seen :]:
            assert self._read(), f"ended without {text!r}: {self.shown}"
        start, self._seen = self._seen, self.shown.index(text, self._seen) + len(text)
        return self.shown[start : self._seen]

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C at a question; again if need be, since one that comes as the reading begins goes unheard."""
        while self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=1)

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait()

    def _read(self) -> bool:
        try:
            read = os.read(self._master, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            return False
        self.shown += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)


def at_terminal(
    desk: Desk, *args: str, columns: int = 0, environment: Mapping[str, str] = MappingProxyType({}), **more: Any
) -> Terminal:
    """Start the program at a terminal of its own; one that does not tell its `columns` gets an empty bar."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "bulkorders", *args],
        env=os.environ
        | {"BULKORDERS_URL": desk.url, "BULKORDERS_KEY": desk.key, "COLUMNS": "400", "TERM": "xterm"}
        | environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        close_fds=True,
        **more,
    )
    os.close(slave)
    return Terminal(process, master)


def typing_at(desk: Desk, *args: str, environment: Mapping[str, str] = MappingProxyType({})) -> Terminal:
    """Start the program at a terminal that belongs to it, as a question for something hidden needs it."""
    own: dict[str, Any] = {"start_new_session": True, "preexec_fn": lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)}
    return at_terminal(desk, *args, environment=environment, **own)


def shell_at(command: list[str], folder: Path, *, path: Path) -> Terminal:
    """Start a shell at a terminal of its own, which is the one that its jobs belong to; `path` comes first in PATH."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "400", "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    return Terminal(process, master)
