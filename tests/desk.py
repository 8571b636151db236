"""A person at a desk: a folder of files, and the program run on them against a practice panel over real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from click.testing import CliRunner

from bulkorders.cli import cli
from bulkorders.sandbox import KEY

QUICK = 1e6
"""The speed at which orders are finished at once: only then does the panel take a second order on a link, and only then
can a test see that one was sent.
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        return dict(json.loads(self.out))


@dataclass(slots=True)
class Desk:
    """A folder with files, and the program run on them against a practice panel over real HTTP."""

    folder: Path
    url: str
    books: Path
    key: str = KEY

    def run(self, *args: str, stdin: str | None = None) -> Ran:
        """`bulkorders ARGS` in this process."""
        done = CliRunner(env={"BULKORDERS_URL": self.url, "BULKORDERS_KEY": self.key}).invoke(
            cli, [str(a) for a in args], input=stdin
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    def start(self, *args: str, **more: Any) -> subprocess.Popen[str]:
        """`bulkorders ARGS` as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "bulkorders", *args],
            env=os.environ | {"BULKORDERS_URL": self.url, "BULKORDERS_KEY": self.key},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def sheet(self, name: str, rows: Sequence[Sequence[Any]]) -> Path:
        """Write a workbook with one sheet `Orders`; the first row is the heading."""
        path = self.folder / name
        with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("Orders")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return path
