"""Around the command line: what a shell completes, what a dragged file looks like, a window that closes at the end.

This module imports click and nothing heavier: it is loaded at every press of Tab.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM: Final = "bulkorders"
SHELLS: Final = ("bash", "zsh", "fish", "powershell")


def completion_script(cli: click.Command, shell: str) -> str:
    """What this shell must read to complete our command lines."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "one of SHELLS"
    return kind(cli, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source()


# --- options ----------------------------------------------------------------------------------------------------------

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]


def declares(*parameters: Decorator) -> Decorator:
    """The options and arguments of a command, in the order of its help; click makes them when they are asked for."""

    def declare(function: Function) -> Function:
        setattr(function, _DECLARED, parameters)
        return function

    return declare


_DECLARED = "__declared__"


class Late(click.Command):
    """A command that makes its parameters when they are asked for: there are two hundred of them in all, which takes
    longer than the rest of a `--help`, and the command line names one command.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        del self.params

    @cached_property
    def params(self) -> list[click.Parameter]:  # type: ignore[override]
        """The parameters, as click's own decorators make them of what was declared."""

        def command() -> None:
            """What the decorators are put on."""

        for parameter in reversed(getattr(self.callback, _DECLARED, ())):
            parameter(command)
        return list(reversed(getattr(command, "__click_params__", [])))


# --- files on the command line ----------------------------------------------------------------------------------------


def as_dropped(text: str) -> str:
    """A path without the quotes and spaces that dragging it, or copying it as a path, leaves around it."""
    return text if os.path.exists(text) else text.strip().strip("\"'")


class FileName(click.Path):
    """The name of a file, or `-` for standard input; completed as files are."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it was meant."""
        return as_dropped(str(value))


def is_file_name(word: str) -> bool:
    """Whether a word in place of a command means a file: a mistyped command has no dot and no folder."""
    return word == "-" or any(c in word for c in "./\\:") or os.path.isfile(as_dropped(word))


class Commands(Late, click.Group):
    """The commands. A file in place of one means `run` with that file: so does one that is dragged onto a shortcut."""

    command_class = Late

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before options and file where no command stands."""
        files = [arg for arg in args if arg not in self.commands and is_file_name(arg)]
        if files and self._first_word(args, ctx.resilient_parsing) in files:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def _first_word(self, args: list[str], completing: bool) -> str:
        """The first word that is no option, as `run` reads them; "" where there is none or `run` has no such option."""
        run = self.commands["run"]
        try:
            read, rest, _ = run.make_parser(click.Context(run, resilient_parsing=completing)).parse_args(list(args))
        except click.UsageError:
            return ""
        return next((word for word in (read.get("file"), *rest) if isinstance(word, str)), "")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options; files where no command begins like this."""
        from click.shell_completion import CompletionItem

        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


# --- values -----------------------------------------------------------------------------------------------------------


def panels(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The panels that the settings name, for `--panel`; none where the settings cannot be read."""
    from bulkorders.config import panel_names
    from bulkorders.errors import UsageError

    config = next((given for c in (ctx, ctx.parent) if c and (given := c.params.get("config"))), None)
    reads = isinstance(ctx.command, click.Group) or any(p.name == "file" for p in ctx.command.params)
    file = ctx.params.get("file") or next(iter(ctx.args), "")  # the latter while an option has no value yet
    with suppress(UsageError):
        return _beginning(panel_names(config, file if reads else None), incomplete)
    return []


def faults(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The faults, for the part of `--faults` behind the last comma."""
    from bulkorders.sandbox import FAULT_NAMES

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _beginning(("bad-day", "none", *FAULT_NAMES), last)]


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


# --- the window -------------------------------------------------------------------------------------------------------


def hold_window() -> None:
    """Wait for Enter where the window closes with the program, as after a double click on Windows."""
    if closes_with_us(_console_programs()) and sys.stdin is not None and sys.stdin.isatty():
        with suppress(EOFError, KeyboardInterrupt):
            input("Press Enter to close this window. ")


def closes_with_us(programs: Iterable[str]) -> bool:
    """Whether a console is ours alone, by the programs in it: us, the launchers that pip and uv make, Python itself."""
    names = [program.rpartition("\\")[2].casefold().removesuffix(".exe") for program in programs]
    return bool(names) and all(name == PROGRAM or name.startswith("py") for name in names)


if sys.platform == "win32":

    def _console_programs() -> list[str]:
        """The paths of the programs that share our console ("" for one that Windows does not tell)."""
        import ctypes
        from ctypes import wintypes

        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.OpenProcess.restype = wintypes.HANDLE
        ids = (wintypes.DWORD * 16)()
        count = kernel32.GetConsoleProcessList(ids, len(ids))
        if count > len(ids):
            return []
        programs = []
        for process_id in ids[:count]:
            path, size = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
            handle = wintypes.HANDLE(kernel32.OpenProcess(0x1000, False, process_id))  # may be asked for its name only
            kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(size))
            kernel32.CloseHandle(handle)
            programs.append(path.value)
        return programs

else:

    def _console_programs() -> list[str]:
        """Elsewhere a window stays, or says by itself that its program has ended."""
        return []
