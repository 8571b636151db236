"""Shells, desktops, consoles: completion at real prompts, a file in place of a command, names as they are dragged."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bulkorders.cli import cli
from bulkorders.shell import SHELLS, closes_with_us, is_file_name
from tests.desk import Desk
from tests.test_run import FAST, good, states

PANELS = '[panels.shop]\nurl = "https://a.example/api"\n[panels.salon]\nurl = "https://b.example/api"\n'
STAND_IN = """#!/bin/sh
if [ -n "$_BULKORDERS_COMPLETE" ] || [ "$1" = completion ]; then exec {python} -m bulkorders "$@"; fi
printf 'GOT'; printf '[%s]' "$@"; echo
"""
"""A program of our name that completes as ours does, and shows what it was called with."""

PROMPTS = {
    "bash": (["bash", "--norc", "-i"], 'PS1="PR""OMPT "; eval "$(bulkorders completion bash)"'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'PS1="PR""OMPT "; autoload -Uz compinit && compinit -u -D; eval "$(bulkorders completion zsh)"',
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        "function fish_prompt; echo 'PR''OMPT '; end; bulkorders completion fish | source",
    ),
}


def completed(shell: str, words: str, number: int) -> list[str]:
    """The lines that our program answers with when this shell asks it, as the shell's script does."""
    asked = {"_BULKORDERS_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    command = [sys.executable, "-m", "bulkorders"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | asked, check=True)
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", PROMPTS)
def test_tab_at_a_real_prompt(tmp_path: Path, shell: str) -> None:
    """Set up as `completion --help` says, Tab completes command, file, panel and option."""
    from tests.terminal import shell_at

    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    program = tmp_path / "bin" / "bulkorders"
    program.parent.mkdir()
    program.write_text(STAND_IN.format(python=shlex.quote(sys.executable)))
    program.chmod(0o755)
    (tmp_path / "orders.xlsx").touch()
    (tmp_path / "bulkorders.toml").write_text(PANELS, "utf-8")
    command, setup = PROMPTS[shell]
    terminal = shell_at(command, tmp_path, path=program.parent)
    terminal.type(setup)
    terminal.until("PROMPT ")
    terminal.type("bulkorders che\tord\t--panel sh\t--no-r\t")
    terminal.until("GOT[check][orders.xlsx][--panel][shop][--no-results]")
    terminal.type("bulkorders ord\t--san\t")
    terminal.until("GOT[orders.xlsx][--sandbox]")
    terminal.type("exit")
    terminal.end()


def test_powershell_is_asked_and_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What PowerShell's script sends and reads: three lines for each value, also behind a path of Windows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bulkorders.toml").write_text(PANELS, "utf-8")
    answered = completed("powershell", "bulkorders che", 1)
    assert answered[::3] == ["plain"]
    assert answered[1::3] == ["check"]
    assert completed("powershell", r"bulkorders C:\Users\me\orders.xlsx --panel ", 3)[1::3] == ["salon", "shop"]
    assert completed("powershell", "bulkorders orders.xlsx --results ", 3)[0] == "file"


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("bulkorders sandbox --faults bad", ["bad-day"]),
        ("bulkorders sandbox --faults busy=5%,sil", ["busy=5%,silence", "busy=5%,silence-before"]),
        ("bulkorders --panel s", ["salon", "shop"]),
        ("bulkorders check folder/orders.xlsx --panel s", ["studio"]),
        ("bulkorders folder/orders.xlsx --yes --panel s", ["studio"]),
        ("bulkorders --config folder/bulkorders.toml balance --panel s", ["studio"]),
        ("bulkorders --config folder/bulkorders.toml login s", ["studio"]),
        ("bulkorders balance --panel s", []),  # it reads no file: what lies here does not count
        ("bulkorders completion ", list(SHELLS)),
    ],
)
def test_values_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, values: list[str]) -> None:
    """Faults, panels by the settings that the command would read, shells."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bulkorders.toml").write_text(PANELS, "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "bulkorders.toml").write_text(
        PANELS.replace("salon", "studio").replace("shop", "x"), "utf-8"
    )
    number = len(words.split(" ")) - 1
    assert sorted(completed("bash", words, number)) == sorted(f"plain,{value}" for value in values)


def test_broken_settings_complete_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tab is no time for an error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bulkorders.toml").write_text("panels = [", "utf-8")
    assert completed("bash", "bulkorders --panel s", 2) == []


def examples() -> list[list[str]]:
    """The words of every example in every `--help`."""
    pages = [cli.epilog or "", *(command.epilog or "" for command in cli.commands.values())]
    return [shlex.split(line)[1:] for page in pages for line in page.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize("words", examples(), ids=" ".join)
def test_every_example_can_be_typed(words: list[str]) -> None:
    """Command and options of each example exist, with such values."""
    with cli.make_context("bulkorders", list(words)) as ctx:
        name, *rest = words if words[0] in cli.commands else ["run", *words]
        cli.commands[name].make_context(name, rest, parent=ctx)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["orders.xlsx"], "run"),
        (["orders.xlsx", "--sandbox", "--yes"], "run"),
        (["--yes", "--max-cost", "50", "--panel", "check", "orders.xlsx"], "run"),
        (["--panel", "run", "check", "orders.xlsx"], "check"),
        (["./run"], "run"),
        (["check", "run"], "check"),
        (["-"], "run"),
        (["--key-file", "-", "services", "--save", "list.xlsx"], "services"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_file_in_place_of_a_command(words: list[str], command: str) -> None:
    """It means `run`; options may stand before it and after it."""
    with cli.make_context("bulkorders", list(words)) as ctx:
        assert cli.resolve_command(ctx, [*ctx._protected_args, *ctx.args])[0] == command


@pytest.mark.parametrize(
    "word", [r"C:\Users\me\orders.xlsx", r"\\server\share\orders", "C:orders", "./run", "~/orders", "orders.csv"]
)
def test_names_of_files(word: str) -> None:
    """Whatever has a dot, a folder or a drive in it is a file."""
    assert is_file_name(word)


def test_a_mistyped_command_is_no_file(desk: Desk) -> None:
    """The nearest command is named; only a file that is there is one without a dot."""
    ran = desk.run("chekc")
    assert ran.code == 2
    assert "Did you mean 'check'?" in ran.err
    assert not is_file_name("chekc")


def test_without_arguments_there_is_help(desk: Desk) -> None:
    """Whoever only double-clicks the program reads what it can do."""
    ran = desk.run()
    assert "bulkorders orders.xlsx" in ran.err + ran.out


@pytest.mark.parametrize("dragged", ['"{}"', "'{}'", '{}"', " {} "])
def test_quotes_that_dragging_leaves(desk: Desk, dragged: str) -> None:
    """Around a name with spaces, or behind it: the file is found, and the results lie beside it."""
    path = desk.sheet("my orders.xlsx", good(1))
    assert states(desk.run(dragged.format(path), *FAST)) == {"placed": 1}
    named = desk.run("check", str(path), "--results", dragged.format(path.with_name("own.xlsx")), "--json").json
    assert named["results"] == str(path.with_name("own.xlsx"))


@pytest.mark.parametrize(
    ("programs", "alone"),
    [
        ([r"C:\Python\python.exe", r"C:\Users\me\bin\bulkorders.exe"], True),
        ([r"C:\v\Scripts\python3.13.exe", r"C:\Python\PYTHON.EXE", r"C:\v\Scripts\bulkorders.exe"], True),
        ([r"C:\Windows\py.exe", r"C:\Python\python.exe"], True),
        ([r"C:\Python\python.exe", r"C:\Windows\System32\cmd.exe"], False),
        ([r"C:\Python\python.exe", r"C:\Program Files\PowerShell\7\pwsh.exe"], False),
        ([r"C:\Python\python.exe", ""], False),
        ([], False),
    ],
)
def test_a_window_of_our_own(programs: list[str], alone: bool) -> None:
    """A console with a shell in it stays when we end; one with only us and what started us does not."""
    assert closes_with_us(programs) is alone


HEBREW = "הזמנות 🔥.xlsx"


@pytest.mark.parametrize(
    ("environment", "bar", "blocks"),
    [
        ({"PYTHONIOENCODING": "utf-8"}, True, True),
        ({"PYTHONIOENCODING": "cp437"}, True, False),
        ({"PYTHONIOENCODING": "cp1252", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_terminals(desk: Desk, environment: dict[str, str], bar: bool, blocks: bool) -> None:
    """No colour anywhere; a bar where lines can be redrawn, of plain characters on an old console; any name is shown
    as well as it can be.
    """
    from tests.terminal import at_terminal

    path = desk.sheet(HEBREW, good(1, 2, 3))
    terminal = at_terminal(desk, "run", str(path), "--yes", "--rate", "0", columns=200, environment=environment)
    assert terminal.end() == 0
    assert "\x1b" not in terminal.shown
    assert ("Ordering:" in terminal.shown) is bar
    assert ("█" in terminal.shown) is blocks
    assert "All 3 rows are ordered." in terminal.shown


def test_a_pipe_gets_no_bar(desk: Desk) -> None:
    """What is redirected into a file is sentences alone."""
    ran = desk.start("run", str(desk.sheet("orders.xlsx", good(1))), "--yes")
    _, told = ran.communicate()
    assert ran.returncode == 0
    assert not {"\r", "\x1b"} & set(told)
    assert "Ordering" not in told
