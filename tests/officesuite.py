"""LibreOffice at work without a screen, with a profile of its own, so that no other one that runs is disturbed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(PROGRAM is None, reason="LibreOffice is not here")

FILTERS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "csv": "csv:Text - txt - csv (StarCalc):44,34,76,1",
    "html": "html:HTML (StarCalc)",
}


@cache
def _profile() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True)


def saved_by_office(path: Path, folder: Path, kind: str = "xlsx") -> Path:
    """The file as LibreOffice saves it after it has calculated all that had no result."""
    assert PROGRAM is not None
    folder.mkdir(exist_ok=True)
    profile = Path(_profile().name).as_uri()
    options = (f"-env:UserInstallation={profile}", "--headless", "--convert-to", FILTERS[kind], "--outdir", str(folder))
    subprocess.run([PROGRAM, *options, str(path)], check=True, capture_output=True, timeout=150)
    return folder / path.with_suffix(f".{kind}").name
