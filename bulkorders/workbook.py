"""What every workbook of ours stands on: Excel's limits, text that fits a cell, and files saved whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from bulkorders.errors import FileError

MOST_ROWS = 1_048_575
MOST_LINKS = 65_000
LONGEST_LINK, LONGEST_PLACE = 2_079, 255
LONGEST_TEXT = 32_767
LONGEST_HEADING = 255
CUT = " ... (cut)"
MOST_DIGITS = 15
FIRST_DAY = date(1900, 3, 1)
"""Excel's limits: rows under the heading, links in a sheet (65,530), signs in a link and behind its #, in a cell and in
a heading, digits of a number, and the first day that all programs count alike."""

ENDING, PRACTICE_ENDING = ".results.xlsx", ".practice.results.xlsx"
LOCKED_WAITS = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds between tries to replace a file that another program holds for a moment (Windows), 2.5 in all."""

OTHER_PLACE = "Name another place with --results."

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a program might take for a formula."""


def results_path(input_path: Path, *, practice: bool) -> Path:
    """Where the results of an input go: `orders.xlsx` to `orders.results.xlsx`; a results workbook to itself."""
    name = input_path.name
    for ending in (PRACTICE_ENDING, ENDING):
        if name.casefold().endswith(ending):
            stem = name[: -len(ending)]
            break
    else:
        stem = input_path.stem
    return input_path.with_name(stem + (PRACTICE_ENDING if practice else ENDING))


def file_digest(path: Path) -> str:
    """A fingerprint of a file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


# --- whole or not at all ------------------------------------------------------------------------------


@dataclass(slots=True)
class Target:
    """Where a file is made (`temporary`) and where it ends up (`path`, perhaps numbered)."""

    path: Path
    temporary: Path


def check_place(path: Path) -> None:
    """See, before money is spent, that a results workbook can be written there.

    Raises:
        FileError: it cannot.
    """
    if path.suffix.casefold() != ".xlsx":
        raise FileError(f"{path.name} is no name for the results.", "Give it the ending .xlsx.")
    with whole_or_not_at_all(path, keep=False) as target:
        target.temporary.touch()


def _temporary(path: Path, advice: str) -> Path:
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}.", f"Make it, or: {advice[0].lower()}{advice[1:]}")
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextmanager
def whole_or_not_at_all(
    path: Path,
    *,
    keep: bool = True,
    sleep: Callable[[float], None] = time.sleep,
    advice: str = OTHER_PLACE,
) -> Iterator[Target]:
    """Make a file beside its place and move it there when it is complete and on disk (only with `keep`).

    Raises:
        FileError: the folder or the disk does not allow it; `advice` says what to do then.
    """
    target = Target(path, _temporary(path, advice))
    try:
        yield target
        if keep:
            with target.temporary.open("rb+") as file:
                os.fsync(file.fileno())
            target.path = _replace(target.temporary, path, sleep)
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror or error}).", advice) from None
    finally:
        with suppress(OSError):
            target.temporary.unlink(missing_ok=True)


def _replace(temporary: Path, path: Path, sleep: Callable[[float], None]) -> Path:
    """Move the file to its place; where that is locked (open in Excel), to the next free number."""
    for wait in (*LOCKED_WAITS, None):
        try:
            os.replace(temporary, path)
            return path
        except (PermissionError, IsADirectoryError):
            if wait is not None and os.name == "nt":
                sleep(wait)
    number = 2
    while (numbered := path.with_name(f"{path.stem} ({number}){path.suffix}")).exists():
        number += 1
    os.replace(temporary, numbered)
    return numbered


@contextmanager
def library_files() -> Iterator[str]:
    """A folder for the library's own temporary files, gone afterwards; what it says of a full disk is an OSError.

    The library leaves its files behind when it is interrupted, and its two errors for files are no OSErrors.
    """
    from xlsxwriter.exceptions import XlsxFileError

    with tempfile.TemporaryDirectory(prefix="bulkorders-", ignore_cleanup_errors=True) as folder:
        try:
            yield folder
        except XlsxFileError as error:
            cause = error.args[0] if error.args else ""
            raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from None


def library_options(folder: str) -> dict[str, Any]:
    """How every workbook is begun: no text is anything but text, and a temporary file is in `folder`."""
    return {
        "strings_to_urls": False,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "tmpdir": folder,
    }


# --- text -----------------------------------------------------------------------------------------------


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text that a cell can hold: no control characters, and cut with a mark where it is longer than Excel allows."""
    kept = _CONTROL.sub("", text)
    if len(kept) * 2 <= longest or _signs(kept) <= longest:
        return kept
    kept = kept[: longest - len(CUT)]
    while _signs(kept) > longest - len(CUT):  # Excel counts a sign beyond the first 65,536 twice
        kept = kept[: -(-(_signs(kept) - longest + len(CUT)) // 2)]
    return kept + CUT


def harmless(text: str) -> str:
    """Text in a CSV: what another program would take for a formula gets an apostrophe before it.

    So does one that has it already: whoever takes one off has the text again.
    """
    return f"'{text}" if text.lstrip("'").startswith(RISKY) else text


def _signs(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def done(answer: int | None) -> None:
    """Insist that the workbook library did what it was asked to: it says no with a number, and goes on."""
    assert not answer, f"the workbook library refused something ({answer})"
