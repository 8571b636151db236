"""Around the command line: what a shell completes, what a dragged file looks like, a window that closes at the end.

This module imports click and nothing heavier: it is loaded at every press of Tab.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

PROGRAM: Final = "bulkorders"
SHELLS: Final = ("bash", "zsh", "fish", "powershell")


def completion_script(cli: click.Command, shell: str) -> str:
    """What this shell must read to complete our command lines."""
    kind = get_completion_class(shell)
    assert kind is not None, "one of SHELLS"
    return kind(cli, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source()


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


class Commands(click.Group):
    """The commands. A file in place of one means `run` with that file: so does one that is dragged onto a shortcut."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before options and file where no command stands."""
        word = self._first_word(args, ctx.resilient_parsing)
        if word and word not in self.commands and is_file_name(word):
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
