"""The README says what the program does: every command, option, column, type, state, setting and exit code is in it."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from bulkorders.cli import cli
from bulkorders.config import SETTINGS
from bulkorders.core.columns import COLUMNS, WORDS
from bulkorders.core.headings import FIELDS
from bulkorders.core.ordertypes import ORDER_TYPES
from bulkorders.core.states import RowState
from bulkorders.readfile import INPUT_SUFFIXES
from bulkorders.sandbox import FAULT_NAMES

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text("utf-8")
PROMISED = {
    "commands": sorted(cli.commands),
    "columns of the input": [f.heading for f in FIELDS],
    "columns of the results": [c.heading for c in COLUMNS],
    "types": [t.name for t in ORDER_TYPES],
    "states": [s.value for s in RowState],
    "words": list(WORDS.values()),
    "settings": [name for s in SETTINGS for name in (s.name, s.variable) if name],
    "files": list(INPUT_SUFFIXES),
    "faults": list(FAULT_NAMES),
    "exit codes": ["0:", "1:", "2:", "3:", "130:"],
    "files of the table": [f"core/{n}.py" for n in ("ordertypes", "fields", "refusals", "actions", "sentences")],
}


@pytest.mark.parametrize("kind", PROMISED)
def test_everything_is_in_the_readme(kind: str) -> None:
    """Each name of the tables stands in the README."""
    assert not [name for name in PROMISED[kind] if name not in README]


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_option_is_in_the_readme(command: str) -> None:
    """Each option of each command stands in the README."""
    options = [o for p in cli.commands[command].params if isinstance(p, click.Option) for o in p.opts]
    assert not [o for o in options if o.startswith("--") and f"`{o}" not in README and f"[{o}" not in README]


@pytest.mark.parametrize("kind", ORDER_TYPES, ids=lambda t: t.name)
def test_the_table_of_types_is_right(kind: object) -> None:
    """The README's table says what ORDER_TYPES says."""
    (line,) = [line for line in README.splitlines() if line.startswith(f"| {kind.name} |")]  # type: ignore[attr-defined]
    needs, may = (cell.strip() for cell in line.split("|")[2:4])
    assert needs == ", ".join(kind.required_headings)  # type: ignore[attr-defined]
    assert all(heading in may for heading in kind.optional_headings)  # type: ignore[attr-defined]


def test_the_tables_that_are_named_exist() -> None:
    """Each table of "to add | edit" is where the README says."""
    for name, module in re.findall(r"`([A-Z_]+)` \(`([\w/]+\.py)`\)", README):
        assert re.search(rf"^{name}\b", (TOP / "bulkorders" / module).read_text("utf-8"), re.MULTILINE), name


def test_the_first_two_commands_are_marked_for_ci() -> None:
    """.ci/run copies the README's commands by their marks."""
    for mark in ("sample", "tests"):
        assert re.search(rf"<!-- ci: {mark} -->\n```sh\n(.+)\n```", README)
