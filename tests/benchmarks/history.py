"""How long `history` takes with 200,000 orders, from the start of the process to its end.

`python -m tests.benchmarks.history` makes a ledger, asks it in each way in turn, and prints the medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from types import MappingProxyType

import click

from bulkorders.ledger import Ledger

JOBS, DAYS, GOAL = 40, 90, 1.0
"""Files and days over which the orders are spread, and seconds that each question may take."""

HELP = "(bulkorders --help, to compare)"
"""No question: it tells how busy the machine is."""

QUESTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        HELP: (),
        "the newest": (),
        "one file": ("--file", "orders 7.xlsx"),
        "one row of it, with its events": ("--file", "orders 7.xlsx", "--row", "1234", "--events"),
        "one order": ("--order", "900777"),
        "--state Check": ("--state", "Check"),
        "--status Partial": ("--status", "Partial"),
        "--link": ("--link", "/p/19999"),
        "--service": ("--service", "likes"),
        "--since 7d": ("--since", "7d"),
        "the totals of all": ("--totals", "--limit", "0"),
        "the newest, and the totals of all": ("--totals",),
        "the totals of a week": ("--since", "7d", "--totals"),
    }
)

_STATUSES = ("Completed", "Completed", "Completed", "In progress", "Partial")


def make_ledger(path: Path, orders: int, now: datetime) -> None:
    """A ledger with so many orders, each with its intent and its answer in the log; every hundredth has none."""
    with Ledger(path) as ledger:
        for number in range(1, JOBS + 1):
            job = ledger.open_job(f"panel{number % 2}.example/api/v2", [f"code {number}"], f"orders {number}.xlsx")
            ledger.start_run(job, "1", None)
        ledger.write(lambda db: db.execute("UPDATE runs SET currency = 'USD'"))

        def at(number: int, seconds: float) -> str:
            moment = now - timedelta(days=DAYS) * (orders - number) / orders + timedelta(seconds=seconds)
            return moment.astimezone(UTC).isoformat(timespec="milliseconds")

        entries, events = [], []
        for n in range(1, orders + 1):
            job, lost, service = (n - 1) * JOBS // orders + 1, n % 100 == 0, n % 50
            sent, told = at(n, 0), None if lost else at(n, 0.4)
            entries.append(
                (
                    *(n, job, f"panel{job % 2}.example/api/v2", "", f"content {n}", 0, n % (orders // JOBS) + 2),
                    *(str(service), f"Instagram {'Likes' if service % 2 else 'Followers'} {service}", "Default", "[]"),
                    *(f"https://example.com/p/{n}", 100 + n % 900, f"0.{n % 900 + 100}", None),
                    *("unconfirmed" if lost else "placed", "" if lost else str(900_000 + n), sent, told, told),
                    *(None if lost else _STATUSES[n % len(_STATUSES)], None if lost else f"0.{n % 900 + 100}00"),
                    *(None if lost else "USD", None if lost else n, None if lost else n % 7),
                )
            )
            answer = (
                ("AnswerLost", "unconfirmed", '{"text": "silence", "broken": false}')
                if lost
                else ("Accepted", "placed", f'{{"order_id": "{900_000 + n}"}}')
            )
            events.append((n, job, sent, "SendStarted", "ready", "sending", '{"request": ""}'))
            events.append((n, job, told or at(n, 60), answer[0], "sending", *answer[1:]))
        ledger.write(
            lambda db: db.executemany(
                f"""INSERT INTO entries (id, job, panel, ref, content, copy, row, service, service_name, service_type,
                form, target, quantity, cost, upper_cost, state, order_id, sent_at, ordered_at, updated_at, status,
                charge, currency, start_count, remains) VALUES ({", ".join("?" * 25)})""",
                entries,
            ),
            lambda db: db.executemany(
                """INSERT INTO events (entry, run, at, event, before, after, detail) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                events,
            ),
        )


@click.command()
@click.option("--orders", default=200_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(orders: int, rounds: int) -> None:
    """Ask a ledger with many orders in every way and tell how long it takes."""
    with tempfile.TemporaryDirectory(prefix="bulkorders-history-") as folder:
        ledger = Path(folder, "ledger.sqlite3")
        make_ledger(ledger, orders, datetime.now(UTC))
        click.echo(f"{orders:,} orders, {ledger.stat().st_size / 1e6:,.0f} MB; medians of {rounds}")
        environment = os.environ | {"BULKORDERS_LEDGER": str(ledger)}
        times: dict[str, list[float]] = {name: [] for name in QUESTIONS}
        for _ in range(rounds):
            for name, options in QUESTIONS.items():
                began = time.perf_counter()
                command = [
                    sys.executable,
                    "-m",
                    "bulkorders",
                    *(("--help",) if name == HELP else ("history", *options)),
                ]
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
                times[name].append(time.perf_counter() - began)
        for name, taken in times.items():
            told = "" if median(taken) < GOAL else f"  more than {GOAL:g} s"
            click.echo(f"{name:<40} {median(taken):>6.2f} s{told}")


if __name__ == "__main__":
    main()
