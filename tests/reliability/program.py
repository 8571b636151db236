"""The program on one file, as processes of its own, with a ledger and settings folders of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import xlsxwriter

from bulkorders.sandbox import KEY
from tests.reliability.verdict import Told

ROOT = Path(__file__).parents[2]
SERVICE = 122
"""The cheapest service of the practice panel that takes 100: its account can pay for 200,000 of these rows."""

FINISHED = 1e6
"""The speed of orders: each is finished before the next request comes. So a second order on its link is taken; the
panel's own guard ("You have active order with this link") would hide what is to be found."""

PATIENCE = 120
"""A run on a small file that has not ended after so many seconds hangs."""


def link(row: int) -> str:
    """Where the order of this row goes to; every row has a place of its own."""
    return f"https://example.com/{row}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended by itself, or was killed: exit code, its JSON object, and what it said."""

    code: int
    out: str
    err: str

    @property
    def left(self) -> bool:
        """Whether the run says that rows are left to be sent, or says nothing at all."""
        told = json.loads(self.out) if self.out.strip() else {}
        return "rows" not in told or told["placed"] + told["unconfirmed"] < told["rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One file of `rows` orders of `quantity` each and what the program needs for it, all in `folder`."""

    folder: Path
    url: str
    rows: int
    options: tuple[str, ...]
    quantity: int = 100

    @property
    def links(self) -> list[str]:
        """The link of each row."""
        return [link(row) for row in range(self.rows)]

    def write_file(self) -> None:
        """Write the order file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(str(self._file), {"constant_memory": True, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Orders")
            sheet.write_row(0, 0, ("Service", "Link", "Quantity"))
            for number, target in enumerate(self.links, start=1):
                sheet.write_row(number, 0, (SERVICE, target, self.quantity))

    def start(self, *launcher: str) -> subprocess.Popen[bytes]:
        """`bulkorders run FILE --yes --json` with our options, through a launcher if one is named.

        What it says goes into files, because a pipe that nobody reads would hold it up.
        """
        module = launcher or ("bulkorders",)
        with self._out.open("w") as out, self._err.open("w") as err:
            return subprocess.Popen(
                [sys.executable, "-m", *module, "run", str(self._file), "--yes", "--json", *self.options],
                env=environment(self.folder, self.url),
                cwd=ROOT,
                stdout=out,
                stderr=err,
            )

    def ended(self, process: subprocess.Popen[bytes]) -> Ended:
        """Wait for the end of a run; one that hangs is killed, and its exit code tells."""
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        out, err = (path.read_text("utf-8", errors="replace") for path in (self._out, self._err))
        return Ended(process.returncode, out, err)

    def told(self) -> dict[str, Told]:
        """What the results workbook says of each link."""
        path = self.folder / "orders.results.xlsx"
        if not path.exists():
            return {}
        heading, *rows = list(openpyxl.load_workbook(path, read_only=True)["Orders"].values)
        at = [heading.index(name) for name in ("Link", "Result", "Order ID")]
        cells = ([str(row[column] or "") for column in at] for row in rows)
        return {target: Told(result, order_id) for target, result, order_id in cells}

    @property
    def _file(self) -> Path:
        return self.folder / "orders.xlsx"

    @property
    def _out(self) -> Path:
        return self.folder / "stdout.txt"

    @property
    def _err(self) -> Path:
        return self.folder / "stderr.txt"


def environment(folder: Path, url: str = "") -> dict[str, str]:
    """Nothing of the person who runs this: ledger, settings and locks are in `folder`."""
    home = {name: str(folder) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")}
    home |= {name: str(folder / "home") for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    ours = {"BULKORDERS_LEDGER": str(folder / "ledger" / "ledger.sqlite3"), "NO_PROXY": "127.0.0.1"}
    panel = {"BULKORDERS_URL": url, "BULKORDERS_KEY": KEY} if url else {}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BULKORDERS_")}
    return inherited | home | ours | panel
