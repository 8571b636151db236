"""Service lists on disk: the one of every panel that is kept for the next time, and those that a person saved."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from bulkorders.core.limits import LIMITS
from bulkorders.core.listing import Listing, NoListError, read_json, read_rows
from bulkorders.core.model import cell_text
from bulkorders.errors import FileError
from bulkorders.readfile import read_sheet

SAVED = (".json", ".csv", ".xlsx")
"""The kinds of files that a list is saved as, by the end of their names."""

ADVICE = "Save the whole list with: bulkorders services --save services.json"


# --- kept for the next time -------------------------------------------------------------------------------------------


def kept_path(folder: Path, panel: str) -> Path:
    """Where the list of this panel is kept: a name that people recognise and that no two panels share."""
    name = re.sub(r"[^a-z0-9.-]+", "-", panel.casefold())[:60].strip("-.")
    return folder / f"{name}.{sha256(panel.encode()).hexdigest()[:8]}.json.gz"


def remember(folder: Path, listing: Listing) -> None:
    """Keep the list in the place of the earlier one, whole or not at all.

    Raises:
        OSError: the disk or the folder does not allow it.
    """
    import gzip
    import json

    path = kept_path(folder, listing.panel)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(listing.as_json(), ensure_ascii=False, separators=(",", ":"))
        temporary.write_bytes(gzip.compress(text.encode(), 1))  # level 1: a run waits for it
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def recall(folder: Path, panel: str) -> Listing | None:
    """The list of this panel that was kept last; None where there is none.

    Raises:
        FileError: there is one, and it cannot be read.
    """
    import gzip
    import zlib

    path = kept_path(folder, panel)
    try:
        with gzip.open(path) as file:
            data = file.read(LIMITS["file"].most + 1)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error):
        raise _unusable(path, "cannot be read") from None
    listing = _listing(path, data)
    if listing.panel != panel:
        raise _unusable(path, f"is that of {listing.panel}")
    return listing


# --- saved by a person ------------------------------------------------------------------------------------------------


def read_list(path: Path) -> Listing:
    """The service list that `services --save` wrote to this file.

    Raises:
        FileError: it is something else, is damaged, or has only a part of the list.
    """
    if path.suffix.casefold() not in SAVED:
        raise _unusable(path, f"is no saved service list ({', '.join(SAVED)})")
    return _read_text(path) if path.suffix.casefold() == ".json" else _read_table(path)


def _read_text(path: Path) -> Listing:
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS["file"].most + 1)
    except (OSError, ValueError) as error:  # ValueError: a character that no name may have
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise _unusable(path, f"cannot be read ({why})") from None
    return _listing(path, data)


def _listing(path: Path, data: bytes) -> Listing:
    from bulkorders.core.actions import decode

    if len(data) > LIMITS["file"].most:
        raise FileError(f"{LIMITS['file'].message(path.name)}.", ADVICE)
    if sum(map(data.count, (b",", b"[", b"{"))) > LIMITS["values"].most:
        raise FileError(f"{LIMITS['values'].message(path.name)}.", ADVICE)
    try:
        return read_json(decode(data))
    except NoListError as error:
        raise _unusable(path, str(error)) from None


def _read_table(path: Path) -> Listing:
    try:
        sheet = read_sheet(path)
        rows = [(row.number, [_text(cell, path) for cell in row.cells]) for row in sheet.rows]
        return read_rows(sheet.headings, rows)
    except NoListError as error:
        raise _unusable(path, str(error)) from None
    except FileError as error:
        raise FileError(f"{error.message}", ADVICE) from None


def _text(cell: Any, path: Path) -> str:
    """The text of a cell, without the apostrophe that a CSV has before what could be taken for a formula."""
    text = cell_text(cell)
    return text[1:] if path.suffix.casefold() == ".csv" and re.match(r"'+[=+\-@]", text) else text


def _unusable(path: Path, why: str) -> FileError:
    return FileError(f"{path.name} cannot be used as a service list: it {why}.", ADVICE)
