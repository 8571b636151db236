"""The command line: the group, one short function a command, and the only asyncio.run.

This module imports click and nothing heavier, so that `--help` answers at once; every command imports its work itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from bulkorders import __version__
from bulkorders.errors import CommandError, InterruptError, StoppedError
from bulkorders.shell import (
    PROGRAM,
    SHELLS,
    Commands,
    FileName,
    as_dropped,
    completion_script,
    declares,
    faults,
    hold_window,
    panels,
)

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from bulkorders.config import Settings
    from bulkorders.core.listing import Wanted
    from bulkorders.work import Finished, Options, Road

T = TypeVar("T")


class Money(click.ParamType):  # type: ignore[type-arg]
    """An amount in account currency, exact: `12`, `12.50`."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Text to Decimal; refuses what is no amount."""
        from decimal import Decimal, InvalidOperation

        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            self.fail(f'"{value}" is no amount; write it like 12.50.', param, ctx)
        return amount


class PlanCode(click.ParamType):  # type: ignore[type-arg]
    """The code of a plan, however it was typed."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Text to code; refuses what cannot be one."""
        from bulkorders.core.plancode import readable

        return readable(str(value)) or self.fail(
            f'"{value}" is no plan code; `check --save-plan` prints one, like 7KQD-2MXA-9TRB-C4WZ.', param, ctx
        )


class Rows(click.ParamType):  # type: ignore[type-arg]
    """Row numbers as Excel shows them: `3,7-12`."""

    name = "rows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        """Text to numbers; refuses what is none."""
        import re

        if isinstance(value, frozenset):
            return value
        found: set[int] = set()
        for part in str(value).replace(" ", "").split(","):
            ends = re.fullmatch(r"([1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?", part, re.ASCII)
            if not ends or int(ends[2] or ends[1]) < int(ends[1]):
                self.fail(f'"{value}" names no rows; write them like 3,7-12.', param, ctx)
            found.update(range(int(ends[1]), int(ends[2] or ends[1]) + 1))
        return frozenset(found)


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A time span: `90s`, `5m`, `2h`, or a bare number of minutes."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Text to seconds; refuses what is no time span."""
        from bulkorders.core.watching import read_duration

        return read_duration(str(value)) or self.fail(
            f'"{value}" is no time span up to a week; write it like 90s, 5m or 2h.', param, ctx
        )


class FilePath(click.Path):
    """A file's path; the library for paths is loaded when there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Text to Path."""
        from pathlib import Path

        return Path(str(super().convert(as_dropped(str(value)), param, ctx)))


SHARED = (
    click.option("--panel", metavar="NAME", shell_complete=panels, help="Use this [panels.NAME] of the settings file."),
    click.option("--config", type=FileName(), metavar="FILE", help="Read settings from this file."),
    click.option("--ledger", type=FileName(), metavar="FILE", help="Keep the ledger in this file."),
    click.option("--log", type=FileName(), metavar="FILE", help="Note every request to the panel in this file."),
    click.option(
        "--key-file", type=FileName(), metavar="FILE", help="Read the key from this file (-: from standard input)."
    ),
    click.option("--sandbox", is_flag=True, default=None, help="Use the built-in practice panel; nothing is bought."),
)
INPUT = (
    click.argument("file", metavar="FILE", type=FileName()),
    click.option("--sheet", metavar="NAME", help="Read this sheet (else Orders, else the first with services)."),
    click.option("--results", type=FilePath(), metavar="FILE", help="Write the results workbook here."),
    click.option("--job", metavar="NAME", help="The job these rows belong to (else the file)."),
    click.option("--max-cost", type=Money(), help="Order nothing if all together would cost more."),
    click.option("--max-row-cost", type=Money(), help="Refuse rows that cost more."),
    click.option("--max-day-cost", type=Money(), help="Order no more than this a day at this panel."),
    click.option("--expect-rows", type=int, metavar="N", help="Order nothing unless the file has N rows."),
    click.option("--expect-cost", type=Money(), help="Order nothing unless the rows cost this together."),
    click.option(
        "--price-tolerance",
        type=Money(),
        default="0",
        metavar="PERCENT",
        help="With --yes: order although prices rose by so much since you last looked.",
    ),
    click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Order at most N rows this time."),
    click.option("--skip-invalid", is_flag=True, help="Order the good rows although others must be fixed."),
    click.option("--again", is_flag=True, help="Order rows that are held back as repeats."),
    click.option("--rate", type=float, metavar="R", help="Orders a second (default 2; 0: no limit)."),
    click.option("--concurrency", type=int, metavar="N", help="Orders in flight at a time (default 4)."),
    click.option("--timeout", type=float, metavar="SECONDS", help="How long to wait for an answer (default 60)."),
    click.option("--wait", is_flag=True, help="Keep going until nothing is waiting."),
    click.option("--yes", "-y", is_flag=True, help="Order without a question."),
)
KEEP = click.option(
    "--keep-layout", is_flag=True, help="Write the results into a copy of FILE, with its sheets and looks."
)
WANTED = (
    click.option("--search", metavar="WORDS", help="Only services with all of these words in ID, name or category."),
    click.option("--type", "type_", metavar="TYPE", help="Only services of this type."),
    click.option("--category", metavar="WORDS", help="Only services whose category has these words."),
    click.option("--min-rate", type=Money(), help="Only services that cost this for 1,000, or more."),
    click.option("--max-rate", type=Money(), help="Only services that cost this for 1,000, or less."),
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object to standard output.")


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=Commands,
    context_settings=CONTEXT,
    epilog=_example("bulkorders run orders.xlsx --sandbox", "bulkorders orders.xlsx"),
)
@declares(*SHARED, click.version_option(__version__, prog_name="bulkorders"))
@click.pass_context
def cli(ctx: click.Context, /, **shared: Any) -> None:
    """Turn a spreadsheet of orders into placed orders, exactly once.

    A file in place of a command means `run` with that file.
    """
    ctx.obj = shared


@cli.command(
    "run",
    epilog=_example("bulkorders run orders.xlsx", "bulkorders run orders.xlsx --yes --max-cost 50 --json"),
)
@declares(
    *INPUT,
    KEEP,
    click.option(
        "--confirm-above",
        type=Money(),
        metavar="AMOUNT",
        help="Orders that cost more: type the total in place of y (default 100).",
    ),
    click.option("--plan", type=PlanCode(), metavar="CODE", help="Order exactly the plan of this code, unasked."),
    click.option("--dry-run", is_flag=True, help="Only check, as `check` does; order nothing."),
    *SHARED,
    JSON,
)
@click.pass_context
def run_command(ctx: click.Context, /, as_json: bool, dry_run: bool, **options: Any) -> None:
    """Check FILE, order what is new, refresh the rest, write the results workbook.

    Run it again to refresh, or to go on after a stop: no row is ordered twice.
    """
    from bulkorders.work import CHECK, RUN

    _walk(ctx, CHECK if dry_run else RUN, options, as_json)


@cli.command(
    "check",
    epilog=_example(
        "bulkorders check orders.xlsx",
        "bulkorders check orders.xlsx --no-results --json",
        "bulkorders check orders.xlsx --services services.json",
    ),
)
@declares(
    *INPUT,
    KEEP,
    click.option(
        "--services", type=FilePath(), metavar="FILE", help="Check by this saved list; ask the panel nothing."
    ),
    click.option("--no-results", is_flag=True, help="Only tell; write no workbook."),
    click.option("--save-plan", is_flag=True, help="Print a code for this plan; `run --plan CODE` orders exactly it."),
    *SHARED,
    JSON,
)
@click.pass_context
def check_command(ctx: click.Context, /, as_json: bool, no_results: bool, **options: Any) -> None:
    """Check FILE and show what would be ordered, and what it costs. Orders nothing."""
    from bulkorders.work import CHECK

    _walk(ctx, CHECK, options | {"write": not no_results}, as_json)


@cli.command(
    "status",
    epilog=_example(
        "bulkorders status orders.xlsx",
        "bulkorders status orders.xlsx --watch",
        "bulkorders status orders.xlsx --watch --every 10m --json",
    ),
)
@declares(
    *INPUT[:4],
    KEEP,
    click.option("--all", "refresh_all", is_flag=True, help="Ask about finished orders, too."),
    click.option("--watch", is_flag=True, help="Ask again and again until every order is final."),
    click.option("--every", type=Duration(), help="With --watch: ask so often (90s, 5m, 2h; at most once a minute)."),
    *SHARED,
    JSON,
)
@click.pass_context
def status_command(ctx: click.Context, /, as_json: bool, watch: bool, every: float | None, **options: Any) -> None:
    """Ask the panel about the orders of FILE and write the results workbook. Orders nothing.

    With --watch, one line tells of each change, and with --json one JSON object; the last one sums up.
    """
    from bulkorders.work import STATUS

    if watch:
        _watch(ctx, every, options, as_json)
    if every is not None:
        raise click.UsageError("--every says how often to ask with --watch: add --watch.")
    _walk(ctx, STATUS, options, as_json)


@cli.command(
    "resolve",
    epilog=_example(
        "bulkorders resolve orders.xlsx",
        "bulkorders resolve orders.xlsx --row 7 --order 23501",
        "bulkorders resolve orders.xlsx --row 7 --not-placed",
    ),
)
@declares(
    *INPUT[:4],
    click.option("--row", type=click.IntRange(min=1), metavar="N", help="The row that is to be settled."),
    click.option("--order", metavar="ID", help="It was placed: the panel's number for it."),
    click.option("--not-placed", is_flag=True, help="It was not placed: the next run orders it."),
    click.option("--yes", "-y", is_flag=True, help="Believe me, although something speaks against it."),
    *SHARED,
    JSON,
)
@click.pass_context
def resolve_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Say what became of rows whose answer was lost (Check). Orders nothing.

    Shows what is known of each, and asks; or takes your word for one row with --row.
    """
    from bulkorders.work import RESOLVE

    words = bool(options["order"]) + options["not_placed"]
    if words != (options["row"] is not None):
        raise click.UsageError("Name a row with --row N, and either --order ID or --not-placed for it.")
    _walk(ctx, RESOLVE, options, as_json)


WHICH = (
    click.option("--rows", type=Rows(), metavar="ROWS", help="The orders of these rows, like 3,7-12."),
    click.option("--order", "orders", multiple=True, metavar="ID", help="The order with this number (repeatable)."),
    click.option("--status", metavar="STATUS", help="Only orders whose Status is this, like Partial."),
    click.option("--dropped", is_flag=True, help="Only completed orders that have lost some of what was delivered."),
    click.option("--again", is_flag=True, help="Ask although it was asked before and is not settled yet."),
    click.option("--yes", "-y", is_flag=True, help="Ask the panel without a question."),
)


@cli.command(
    "refill",
    epilog=_example(
        "bulkorders refill orders.xlsx",
        "bulkorders refill orders.xlsx --rows 3,7-12",
        "bulkorders refill orders.xlsx --dropped",
    ),
)
@declares(*INPUT[:4], KEEP, *WHICH, *SHARED, JSON)
@click.pass_context
def refill_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Ask the panel to refill orders of FILE: those that you name, or whose Action cell says refill.

    How the refills stand is looked up by every later run and status.
    """
    from bulkorders.work import REFILL

    _walk(ctx, REFILL, options, as_json)


@cli.command(
    "cancel",
    epilog=_example("bulkorders cancel orders.xlsx --rows 3,7-12", "bulkorders cancel orders.xlsx --order 23501"),
)
@declares(*INPUT[:4], KEEP, *WHICH, *SHARED, JSON)
@click.pass_context
def cancel_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Ask the panel to cancel orders of FILE: those that you name, or whose Action cell says cancel.

    An order is canceled only when its Status says so: run or status tells.
    """
    from bulkorders.work import CANCEL

    _walk(ctx, CANCEL, options, as_json)


@cli.command("audit", epilog=_example("bulkorders audit orders.results.xlsx"))
@declares(click.argument("file", metavar="FILE", type=FileName()), *SHARED, JSON)
@click.pass_context
def audit_command(ctx: click.Context, /, as_json: bool, file: str, **options: Any) -> None:
    """Compare every row of a results workbook with the ledger. Asks no panel; exit code 1 where they differ."""
    from bulkorders.audit import audit

    settings = _settings(ctx, options, as_json)
    audited = _guarded(lambda: audit(settings, file), as_json)
    click.echo(_as_json(audited.as_json()) if as_json else audited.as_text())
    sys.exit(1 if audited.differences else 0)


@cli.command(
    "history",
    epilog=_example(
        "bulkorders history --since 7d --totals",
        "bulkorders history --file orders.xlsx --row 17 --events",
        "bulkorders history --state Check --save check.xlsx",
    ),
)
@declares(
    click.option("--file", type=FileName(), metavar="FILE", help="Only orders of this file (or --job name)."),
    click.option("--row", type=click.IntRange(min=1), metavar="N", help="With --file: only this row."),
    click.option("--state", metavar="WORD", help="Only these: Ordered, Check, Waiting or Refused."),
    click.option("--status", metavar="STATUS", help="Only orders whose Status is this, like Partial."),
    click.option("--link", metavar="TEXT", help="Only links with this in them."),
    click.option("--service", metavar="SERVICE", help="Only the service with this number, or with this in its name."),
    click.option("--since", metavar="WHEN", help="Only orders since then: 2026-11-03, or 12h, 7d, 4w ago."),
    click.option("--order", metavar="ID", help="Only the order with this number."),
    click.option(
        "--limit", type=click.IntRange(min=0), metavar="N", help="List at most N orders (default 20; 0: only totals)."
    ),
    click.option("--events", is_flag=True, help="Tell all that happened to the row, or the order, that you name."),
    click.option("--totals", is_flag=True, help="Add what was ordered and charged, by day and service."),
    click.option("--save", type=FilePath(), metavar="FILE", help="Save all that fits as .xlsx, .csv or .json."),
    *SHARED,
    JSON,
)
@click.pass_context
def history_command(ctx: click.Context, /, as_json: bool, panel: str | None, **options: Any) -> None:
    """List the orders of the ledger, newest first. Asks no panel, needs no key, changes nothing.

    With --panel only those of that panel.
    """
    from bulkorders.history import Question, look_back

    named = panel or ctx.obj["panel"]
    settings = _settings(ctx, {**options, "panel": named}, as_json)
    asked = {name: value for name, value in options.items() if name in Question.__dataclass_fields__}
    question = Question(**asked, panel=named is not None, whole=as_json)
    answer = _guarded(lambda: look_back(settings, question), as_json)
    click.echo(_as_json(answer.as_json()) if as_json else answer.as_text(_columns()))


def _columns() -> int | None:
    """The width of the terminal that standard output is; None where it is none."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


@cli.command(
    "services",
    epilog=_example(
        'bulkorders services --search "instagram likes" --max-rate 0.50',
        "bulkorders services --changes",
        "bulkorders services --save services.xlsx",
    ),
)
@declares(
    *WANTED,
    click.option("--changes", is_flag=True, help="Tell what has changed since the list was last fetched."),
    click.option("--since", type=FilePath(), metavar="FILE", help="Tell what has changed since this saved list."),
    click.option("--save", type=FilePath(), metavar="FILE", help="Save the list as .xlsx, .csv or .json."),
    *SHARED,
    JSON,
)
@click.pass_context
def services_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """List, search, compare and save the panel's services."""
    from bulkorders.servicelist import services

    settings, wanted, save = _settings(ctx, options, as_json), _wanted(options), options["save"]
    changes, since = options["changes"], options["since"]
    found = _finish(lambda: services(settings, wanted, save, changes=changes, since=since), as_json)
    click.echo(_as_json(found.as_json()) if as_json else found.as_text())


@cli.command(
    "template",
    epilog=_example("bulkorders template orders.xlsx", "bulkorders template orders.xlsx --category instagram"),
)
@declares(
    click.argument("file", metavar="FILE", type=FilePath()),
    *WANTED,
    click.option("--force", is_flag=True, help="Replace FILE although there is something in it."),
    *SHARED,
)
@click.pass_context
def template_command(ctx: click.Context, /, file: Path, force: bool, **options: Any) -> None:
    """Write a blank order form for the panel's services to FILE (.xlsx or .csv).

    Hand it to whoever knows what is to be ordered; what comes back goes into check and run as it is.
    """
    from bulkorders.template import template

    settings = _settings(ctx, options, False)
    _finish(lambda: template(settings, _wanted(options), file, force=force), False)


def _wanted(options: dict[str, Any]) -> Wanted:
    from bulkorders.core.listing import Wanted

    least, most = options["min_rate"], options["max_rate"]
    if least is not None and most is not None and least > most:
        raise click.UsageError(f"No price is at least {least} and at most {most}: change --min-rate or --max-rate.")
    return Wanted(
        search=options["search"] or "",
        type=options["type_"] or "",
        category=options["category"] or "",
        min_rate=least,
        max_rate=most,
    )


@cli.command("balance", epilog=_example("bulkorders balance"))
@declares(*SHARED, JSON)
@click.pass_context
def balance_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Show the account's balance."""
    from bulkorders import account

    settings = _settings(ctx, options, as_json)
    balance = _finish(lambda: account.balance(settings), as_json)
    told = {"panel": settings.panel, "balance": f"{balance.amount:f}", "currency": balance.currency}
    click.echo(_as_json(told) if as_json else f"{balance.amount:f} {balance.currency}")


@cli.command(
    "login",
    epilog=_example(
        "bulkorders login",
        "bulkorders login shop",
        "bulkorders login shop --url https://panel.example/api/v2 --key-file key.txt",
        "bulkorders login shop --remove",
    ),
)
@declares(
    click.argument("name", metavar="[NAME]", required=False, shell_complete=panels),
    click.option("--url", metavar="URL", help="The panel's API address; otherwise you are asked."),
    click.option("--remove", is_flag=True, help="Take the key out of the keyring, and (asked) the panel's settings."),
    click.option("--yes", "-y", is_flag=True, help="Replace or remove settings without a question."),
    *SHARED,
    JSON,
)
@click.pass_context
def login_command(
    ctx: click.Context, /, name: str | None, url: str | None, remove: bool, yes: bool, as_json: bool, **options: Any
) -> None:
    """Set up a panel: asks for its address and your key, tries them, and stores them.

    The key goes into the operating system's keyring, the rest into the settings file. With NAME it is the panel that
    --panel NAME uses, without one the panel that commands use by themselves.
    """
    from bulkorders import login
    from bulkorders.progress import Face

    given = _given(ctx, options)
    settings = _guarded(lambda: login.settings_of(given, name, may_be_new=not remove), as_json)
    unchanged = InterruptError("Interrupted: nothing was changed.", "Run the same command again to start over.")
    if remove:
        removed = _guarded(lambda: login.remove(settings, Face(), yes=yes), as_json, unchanged)
        if as_json:
            click.echo(_as_json(removed.as_json()))
        return
    has_key = given.get("key_file") is not None
    done = _finish(lambda: login.login(settings, Face(), url=url, has_key=has_key, yes=yes), as_json, unchanged)
    if as_json:
        click.echo(_as_json(done.as_json()))
    sys.exit(1 if done.not_stored else 0)


@cli.command("panels", epilog=_example("bulkorders panels", "bulkorders panels --json"))
@declares(*SHARED, JSON)
@click.pass_context
def panels_command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """List the panels that are set up, and whether there is a key for each. Keys are never shown."""
    from bulkorders.panellist import list_panels

    listed = _guarded(lambda: list_panels(_given(ctx, options)), as_json)
    click.echo(_as_json(listed.as_json()) if as_json else listed.as_text())


@cli.command("sandbox", epilog=_example("bulkorders sandbox --port 8765 --faults bad-day"))
@declares(
    click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free port."),
    click.option(
        "--faults",
        default="none",
        show_default=True,
        metavar="SPEC",
        shell_complete=faults,
        help="What goes wrong; see README.",
    ),
    click.option(
        "--speed",
        type=click.FloatRange(min=0, min_open=True),
        default=1.0,
        show_default=True,
        help="How fast orders move.",
    ),
    *SHARED,
)
@click.pass_context
def sandbox_command(ctx: click.Context, /, port: int, faults: str, speed: float, **options: Any) -> None:
    """Serve the practice panel until interrupted. Its key is: sandbox"""
    from bulkorders import account

    settings = _settings(ctx, options | {"sandbox": True}, False)
    _guarded(lambda: account.serve(settings, port=port, faults=faults, speed=speed), False)


@cli.command("completion", epilog=_example("bulkorders completion bash"))
@declares(click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS)))
def completion_command(shell: str) -> None:
    """Print a script that lets Tab complete commands, options and files (bash, zsh, fish or powershell).

    To set it up, run the line for your shell once, and open a new terminal:

    \b
    bash:
      echo 'eval "$(bulkorders completion bash)"' >> ~/.bashrc
    zsh:
      echo 'autoload -Uz compinit && compinit; eval "$(bulkorders completion zsh)"' >> ~/.zshrc
    fish:
      echo 'bulkorders completion fish | source' >> ~/.config/fish/config.fish
    PowerShell, with a profile (else first: New-Item -Force $PROFILE):
      Add-Content $PROFILE 'bulkorders completion powershell | Out-String | Invoke-Expression'
    """
    click.echo(completion_script(cli, shell))


def _given(ctx: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Options of the group and of the command together; what stands after the command wins."""
    return {**ctx.obj, **{name: value for name, value in options.items() if value is not None}}


def _settings(ctx: click.Context, options: dict[str, Any], as_json: bool, beside: Path | None = None) -> Settings:
    from bulkorders import config

    return _guarded(lambda: config.load(_given(ctx, options), beside=beside), as_json)


def _walk(ctx: click.Context, road: Road, options: dict[str, Any], as_json: bool) -> NoReturn:
    from bulkorders.job import walk
    from bulkorders.progress import Face

    settings, asked = _asked(ctx, options, as_json)
    finished = _finish(lambda: walk(settings, asked, road, Face()), as_json)
    _tell_end(finished, as_json)


def _watch(ctx: click.Context, every: float | None, options: dict[str, Any], as_json: bool) -> NoReturn:
    from bulkorders.progress import Face
    from bulkorders.watching import watch

    settings, asked = _asked(ctx, options, as_json)

    def emit(change: Any) -> None:
        if as_json:
            click.echo(_as_json(change))

    _tell_end(_finish(lambda: watch(settings, asked, every, Face(), emit), as_json), as_json)


def _asked(ctx: click.Context, options: dict[str, Any], as_json: bool) -> tuple[Settings, Options]:
    """The settings and options of a command that works on a file."""
    from pathlib import Path

    from bulkorders.work import Options

    if options["file"] == "-" == (options.get("key_file") or ctx.obj.get("key_file")):
        raise click.UsageError("Standard input cannot give both the orders and the key: name a file for one of them.")
    beside = None if options["file"] == "-" else Path(options["file"]).parent
    settings = _settings(ctx, options, as_json, beside)
    given = {name: value for name, value in options.items() if value is not None}
    return settings, Options(**{name: value for name, value in given.items() if name in Options.__dataclass_fields__})


def _tell_end(finished: Finished, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(_as_json(finished.summary))
    elif plan := finished.summary.get("plan"):
        click.echo(plan)
    sys.exit(finished.exit_code)


INTERRUPTED = InterruptError("Interrupted.", "Run the same command again to go on; nothing is ordered twice.")


def _finish(work: Callable[[], Coroutine[Any, Any, T]], as_json: bool, interrupted: InterruptError = INTERRUPTED) -> T:
    import asyncio
    import signal

    def finished() -> T:
        try:
            return asyncio.run(work())
        except asyncio.CancelledError:  # the second Ctrl-C
            raise KeyboardInterrupt from None

    # asyncio's own handler would swallow a Ctrl-C at a question, or while a file is read
    signal.signal(signal.SIGINT, _interrupt)
    return _guarded(finished, as_json, interrupted)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _guarded(work: Callable[[], T], as_json: bool, interrupted: InterruptError = INTERRUPTED) -> T:
    """Do the work; what ends it early becomes one sentence and an exit code."""
    import gc

    gc.set_threshold(100_000, 20, 20)  # rows are not rubbish: looking through them costs a sixth of an audit
    try:
        return work()
    except CommandError as error:
        _leave(error, as_json)
    except (KeyboardInterrupt, click.Abort):
        click.echo(err=True)  # the terminal has just shown ^C
        _leave(interrupted, as_json)


def _as_json(value: Any) -> str:
    import json

    return json.dumps(value)


def _leave(error: CommandError, as_json: bool) -> NoReturn:
    click.echo(error.with_details, err=True)
    if as_json:
        stopped = str(error) if isinstance(error, StoppedError | InterruptError) else None
        click.echo(_as_json({"error": str(error), "stopped": stopped}))
    sys.exit(error.exit_code)


def main() -> None:
    """The entry point of `bulkorders`."""
    import atexit
    import io

    atexit.register(hold_window)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name with an emoji must not end a run on an old console
            stream.reconfigure(errors="replace")
    cli(prog_name=PROGRAM)
