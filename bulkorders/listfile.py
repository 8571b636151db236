"""The files that a cell may name as its list: text beside the sheet, and nothing anywhere else.

A file is opened once, and what was read then is what is checked and sent.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
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
    SECOND_NAME,
    TOO_LARGE,
    UNREADABLE,
    RefusedError,
    take_in,
)
from bulkorders.core.model import Sheet
from bulkorders.sheetxml import too_large

MOST_NAMES = 10_000
"""In a folder of more files, no nearest name is looked for among the rest."""

MOST_MISSED = 100
"""Of so many files that are not there, the nearest names are looked for."""


def with_lists(sheet: Sheet, folder: Path | None, name: str) -> Sheet:
    """The sheet with the lists that its cells name in their place; `folder` is where its files are (None: nowhere).

    Raises:
        FileError: together they are too much; a list that cannot be had is a problem of its row.
    """
    beside = _Beside(folder)
    taken = take_in(sheet, beside.read, beside.names)
    if sum(use.characters for use in taken.taken) > LIMITS["lists_text"].most:
        raise too_large(name, "lists_text")
    return taken


@dataclass(slots=True)
class _Beside:
    """The text files beside a sheet, and how many were missed there."""

    folder: Path | None
    known: Mapping[str, str] | None = None
    missed: int = 0

    def read(self, name: str) -> str:
        """The text of a file.

        Raises:
            RefusedError: it is none, leads elsewhere, or cannot be used as a list.
        """
        if self.folder is None:
            raise RefusedError(NO_FOLDER)
        told = flat(name)
        try:
            path = (self.folder / name).resolve(strict=True)
            if path.parent != self.folder.resolve():
                raise RefusedError(LINKED_OUT, name=told)
            data = _bytes(path, told)
        except FileNotFoundError:
            raise RefusedError(NO_SUCH_FILE, name=told, nearest=self._nearest(name)) from None
        except (OSError, ValueError, RuntimeError) as error:
            raise RefusedError(UNREADABLE, name=told, why=_why(error)) from None
        return _text(data, told)

    def names(self) -> Mapping[str, str]:
        """The names of the text files, by the same without capitals."""
        if self.known is None:
            self.known = _names(self.folder) if self.folder else {}
        return self.known

    def _nearest(self, name: str) -> str:
        """The names that are most like this one, as part of a sentence."""
        self.missed += 1
        names = self.names() if self.missed <= MOST_MISSED else {}
        near = [flat(names[found]) for found in get_close_matches(name.casefold(), names, n=3)]
        return f" Nearest: {', '.join(near)}." if near else ""


def _why(error: Exception) -> str:
    if isinstance(error, RuntimeError):  # before Python 3.13
        return "it is a link that leads in a circle"
    return (isinstance(error, OSError) and error.strerror) or "no file can have that name"


def _bytes(path: Path, name: str) -> bytes:
    """What an ordinary file holds. A pipe or a device is never waited for, and a link put in its place not followed."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError(NO_PLAIN_FILE, name=name)
    flags = os.O_RDONLY
    for more in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"):  # each exists on some systems only
        flags |= getattr(os, more, 0)
    with open(os.open(path, flags), "rb") as stream:
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise RefusedError(NO_PLAIN_FILE, name=name)
        if about.st_nlink > 1:  # it shows no place that it leads to: it may be any other file of the disk
            raise RefusedError(SECOND_NAME, name=name)
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
        raise RefusedError(TOO_LARGE, told=LIMITS[what].message(name), advice=LIMITS[what].advice)


def _names(folder: Path) -> Mapping[str, str]:
    with suppress(OSError), os.scandir(folder) as there:
        return {e.name.casefold(): e.name for e in islice(there, MOST_NAMES) if e.name.casefold().endswith(ENDING)}
    return {}
