"""The log: one line in a file for every request to a panel, with what became of it.

Several programs may write at once, so each line is one write to the end of the file. The standard library's rotating
handler is not made for that: it drops the line when another program holds the file, as happens on Windows.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Final

from bulkorders.core.exchanges import Exchange

LARGEST: Final = 5_000_000
"""Bytes; a file that has grown so large is put aside, and a new one begun."""

KEPT: Final = 3
"""So many files that were put aside are kept, as `NAME.1` (the newest) to `NAME.3`."""


class RequestLog:
    """Writes what it is told to the end of a file, which is made with the first line.

    `panel` stands in every line. A file that cannot be written is told once, through `say`, and then left alone: a log
    must not end a run.
    """

    def __init__(
        self,
        path: Path,
        panel: str,
        say: Callable[[str], None],
        *,
        largest: int = LARGEST,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._panel = panel
        self._say = say
        self._largest = largest
        self._clock = clock
        self._file: FileIO | None = None
        self._room = 0
        self._broken = False

    def __call__(self, exchange: Exchange, *, run: int = 0) -> None:
        """Write one line."""
        if self._broken:
            return
        line = self._line(exchange, run).encode(errors="backslashreplace")
        try:
            self._write(line)
        except OSError as error:
            self._broken = True
            self.close()
            self._say(f"Note: the log {self._path} cannot be written ({error.strerror}). Everything else goes on.")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    @property
    def place(self) -> str:
        """Where to read what happened; "" where nothing was written."""
        return str(self._path) if self._file is not None else ""

    def _line(self, exchange: Exchange, run: int) -> str:
        fields = (
            f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
            self._panel,
            f"run {run or '-'}",
            exchange.action,
            exchange.about or "-",
            exchange.told[0],
            f"{exchange.seconds * 1000:.0f} ms",
            f"HTTP {exchange.http_status or '-'}",
            exchange.told[1],
        )
        return "\t".join(fields) + "\n"

    def _write(self, line: bytes) -> None:
        if self._file is None or self._room <= 0:
            self._file = self._open()
        written = self._file.write(line)
        if written != len(line):
            raise OSError(errno.ENOSPC, "the disk is full")  # a short write is how the last bytes of a disk go
        self._room -= written

    def _open(self) -> FileIO:
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_file() and self._path.stat().st_size >= self._largest:
            with suppress(OSError):  # Windows renames nothing that another program has open: a later line tries again
                self._put_aside()
        file = FileIO(self._path, "ab")
        self._room = max(self._largest - file.seek(0, 2), self._largest // 10)
        return file

    def _put_aside(self) -> None:
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, KEPT + 1))]
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)
