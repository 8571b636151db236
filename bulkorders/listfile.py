"""The files that a cell may name as its list: text beside the sheet, and nothing anywhere else.

A file is opened once, and what was read then is what is checked and sent.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path

from bulkorders.core.fields import flat
from bulkorders.core.limits import LIMITS
from bulkorders.core.lists import (
    ENDING,
    LINKED_OUT,
    NO_FOLDER,
    NO_PLAIN_FILE,
    NO_SUCH_FILE,
    NOT_UTF8,
    TOO_LARGE,
    UNREADABLE,
    RefusedError,
    take_in,
)
from bulkorders.core.model import Sheet
from bulkorders.sheetxml import too_large

MOST_NAMES = 10_000
"""In a folder of more files, no nearest name is looked for among the rest."""


def with_lists(sheet: Sheet, folder: Path | None, name: str) -> Sheet:
    """The sheet with the lists that its cells name in their place; `folder` is where its files are (None: nowhere).

    Raises:
        FileError: together they are too much; a list that cannot be had is a problem of its row.
    """
    taken = take_in(sheet, lambda file: read_list(folder, file), cache(lambda: _names(folder) if folder else {}))
    if sum(use.characters for use in taken.taken) > LIMITS["lists_text"].most:
        raise too_large(name, "lists_text")
    return taken


def read_list(folder: Path | None, name: str) -> str:
    """The text of a file in the folder.

    Raises:
        RefusedError: it is none, leads elsewhere, or cannot be used as a list.
    """
    if folder is None:
        raise RefusedError(NO_FOLDER)
    told = flat(name)
    try:
        path = (folder / name).resolve(strict=True)
        if path.parent != folder.resolve():
            raise RefusedError(LINKED_OUT, name=told)
        data = _bytes(path, told)
    except FileNotFoundError:
        raise RefusedError(NO_SUCH_FILE, name=told, nearest=_nearest(folder, name)) from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        why = (isinstance(error, OSError) and error.strerror) or "that is no file name here"
        raise RefusedError(UNREADABLE, name=told, why=why) from None
    return _text(data, told)


def _bytes(path: Path, name: str) -> bytes:
    """What an ordinary file holds. A pipe or a device is never waited for, and a link put in its place not followed."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError(NO_PLAIN_FILE, name=name)
    flags = os.O_RDONLY
    for more in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"):  # each exists on some systems only
        flags |= getattr(os, more, 0)
    with open(os.open(path, flags), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise RefusedError(NO_PLAIN_FILE, name=name)
        data = stream.read(LIMITS["list_file"].most + 1)
    _check("list_file", len(data), name)
    return data


def _text(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError(NOT_UTF8, name=name) from None
    _check("list_characters", len(text), name)
    _check("list_lines", len(text.splitlines()), name)
    return text


def _check(what: str, there: int, name: str) -> None:
    if there > LIMITS[what].most:
        raise RefusedError(TOO_LARGE, told=LIMITS[what].message(name))


def _nearest(folder: Path, name: str) -> str:
    """The names of the text files there that are most like this one, as part of a sentence."""
    names = _names(folder)
    near = [flat(names[found]) for found in get_close_matches(name.casefold(), names, n=3)]
    return f" Nearest: {', '.join(near)}." if near else ""


def _names(folder: Path) -> Mapping[str, str]:
    """The names of the text files there, by the same without capitals."""
    with suppress(OSError), os.scandir(folder) as there:
        return {e.name.casefold(): e.name for e in islice(there, MOST_NAMES) if e.name.casefold().endswith(ENDING)}
    return {}
