"""The practice panel shares no code with the client side, and costs nothing until it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bulkorders.sandbox

MODULES = sorted(Path(bulkorders.sandbox.__file__).parent.glob("**/*.py"))
HEAVY = {"sqlite3", "socketserver", "http", "http.server", "random", "json", "pathlib"}


def imported(source):
    """Every module that the source imports, anywhere in it, by its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_it_imports_the_standard_library_and_itself(module):
    """Otherwise client and panel could be wrong together."""
    for name in imported(module.read_text(encoding="utf-8")):
        ours = name == "bulkorders.sandbox" or name.startswith("bulkorders.sandbox.")
        assert ours or name.split(".")[0] in sys.stdlib_module_names, name


def test_importing_it_is_cheap():
    """No server, no database: the command line imports it for every --help."""
    program = f"import sys, bulkorders.sandbox; print(*({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
