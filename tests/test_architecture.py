"""Imports point one way, heavy libraries have one door each, and `--help` opens none of them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bulkorders

PACKAGE = Path(bulkorders.__file__).parent
MODULES = sorted(p for p in PACKAGE.rglob("*.py"))
CORE = {"core", "errors"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settingsfile": {"errors"},
    "keystore": {"errors"},
    "config": CORE | {"settingsfile"},
    "lock": {"errors"},
    "progress": CORE,
    "panel": CORE,
    "requestlog": CORE,
    "ledgerfile": {"errors"},
    "committer": CORE | {"ledgerfile"},
    "askbook": CORE,
    "ledger": CORE | {"askbook", "committer", "ledgerfile"},
    "sheetxml": CORE,
    "textfile": CORE | {"sheetxml"},
    "listfile": CORE | {"sheetxml"},
    "readfile": CORE | {"listfile", "sheetxml", "textfile"},
    "workbook": CORE,
    "rowsheet": CORE | {"workbook"},
    "orderssheet": CORE | {"rowsheet", "workbook"},
    "resultsbook": CORE | {"orderssheet", "rowsheet", "workbook"},
    "keptpackage": {"sheetxml"},
    "keptbook": CORE | {"keptpackage", "workbook"},
    "pastorders": CORE | {"askbook", "ledgerfile"},
    "historyfile": CORE | {"history", "rowsheet", "workbook"},
    "history": CORE | {"config", "historyfile", "pastorders", "readfile"},
    "exports": CORE | {"workbook"},
    "blanks": CORE | {"workbook"},
    "run": CORE | {"committer", "ledger", "panel"},
    "questions": CORE | {"ledger", "panel", "run"},
    "login": CORE | {"account", "config", "keystore", "panel", "progress", "settingsfile"},
    "panellist": CORE | {"account", "config", "keystore"},
    "keptlists": CORE | {"readfile"},
    "account": CORE | {"config", "keystore", "panel", "progress", "requestlog", "sandbox"},
    "servicelist": CORE | {"account", "config", "exports", "keptlists", "panel", "progress"},
    "template": CORE | {"account", "blanks", "config", "progress", "readfile", "servicelist"},
    "work": CORE | {"config", "ledger", "panel", "progress", "run"},
    "adopt": CORE | {"account", "askbook", "ledger", "panel", "questions", "readfile", "run", "work", "workbook"},
    "ordering": CORE | {"account", "ledger", "panel", "questions", "run", "work"},
    "resolve": CORE | {"account", "ledger", "panel", "work"},
    "asking": CORE | {"account", "askbook", "ordering", "panel", "questions", "run", "work"},
    "consent": CORE | {"asking", "work"},
    "audit": CORE | {"config", "ledger", "readfile", "work", "workbook"},
    "telling": CORE | {"asking", "consent", "keptbook", "panel", "resolve", "resultsbook", "work", "workbook"},
    "job": CORE
    | {
        "account",
        "adopt",
        "asking",
        "config",
        "consent",
        "ledger",
        "lock",
        "ordering",
        "panel",
        "progress",
        "readfile",
        "resolve",
        "run",
        "servicelist",
        "telling",
    }
    | {"keptbook", "keptpackage", "resultsbook", "work", "workbook"},
    "watching": CORE
    | {"account", "config", "consent", "job", "ledger", "lock", "panel", "progress", "run", "telling"}
    | {"work", "workbook"},
    "shell": {"config", "errors", "sandbox"},
    "cli": CORE
    | {
        "account",
        "audit",
        "config",
        "history",
        "job",
        "login",
        "panellist",
        "progress",
        "servicelist",
        "shell",
        "template",
        "watching",
        "work",
    },
    "__main__": {"cli"},
    "__init__": set(),
}
DOORS = {
    "click": {"cli", "progress", "shell"},
    "tqdm": {"progress"},
    "httpx": {"panel"},
    "sqlite3": {"askbook", "committer", "ledger", "ledgerfile", "pastorders", "sandbox"},
    "pandas": {"exports"},
    "python_calamine": {"readfile"},
    "xlsxwriter": {"historyfile", "workbook", "resultsbook", "rowsheet", "orderssheet", "blanks"},
    "openpyxl": {"keptbook"},
    "filelock": {"lock"},
    "platformdirs": {"config"},
    "keyring": {"keystore"},
    "tomlkit": {"settingsfile"},
}
IMPURE = {"asyncio", "logging", "os", "pathlib", "random", "socket", "sqlite3", "sys", "threading", "time", "httpx"}


def _imported(path: Path) -> set[str]:
    """The full names of everything that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _part(path: Path) -> str:
    """`core`, `sandbox`, or the module's own name."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def _ours(names: set[str]) -> set[str]:
    ours = {name.split(".")[1] for name in names if name.startswith("bulkorders.")}
    return {part for part in ours if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    """A module imports only what lies below it."""
    part = _part(path)
    allowed = {part} if part in ("core", "sandbox") else MAY_IMPORT[part]
    assert _ours(_imported(path)) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_one_library_one_door(path: Path) -> None:
    """Each library that does heavy work is imported in one place."""
    tops = {name.split(".")[0] for name in _imported(path)}
    assert not [lib for lib, doors in DOORS.items() if lib in tops and _part(path) not in doors]


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").glob("*.py")), ids=lambda p: p.stem)
def test_the_core_is_pure(path: Path) -> None:
    """The core knows no clock, file, network, log or async."""
    assert not {name.split(".")[0] for name in _imported(path)} & IMPURE


@pytest.mark.parametrize("asked", [{}, {"_BULKORDERS_COMPLETE": "bash_complete", "COMP_WORDS": "bulkorders run --s"}])
def test_help_and_tab_open_nothing_heavy(asked: dict[str, str]) -> None:
    """`--help` answers, and Tab completes, before any of the heavy libraries is loaded."""
    heavy = ["asyncio", "httpx", "openpyxl", "pandas", "python_calamine", "sqlite3", "tqdm", "xlsxwriter", "tomllib"]
    heavy += ["keyring", "tomlkit"]
    code = (
        "import sys\n"
        "sys.argv = ['bulkorders', '--help']\n"
        "from bulkorders.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"sys.exit(','.join(n for n in {heavy} if n in sys.modules) or 0)"
    )
    environment = os.environ | asked | {"COMP_CWORD": "2"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
