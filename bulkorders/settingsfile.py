"""The settings file: read it, find the line of what stands in it, and change one value without touching the rest."""

from __future__ import annotations

import codecs
import os
import shutil
import tempfile
import tomllib
from bisect import bisect_left
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, cast

from bulkorders.errors import UsageError

Place = Sequence[str]
"""Where a value stands: the names of the tables that it is in, then its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """A settings file as it was read; one that is not there has no `text`. `path` None: there is none to read."""

    path: Path | None = None
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def panels(self) -> Mapping[str, Any]:
        """The [panels.NAME] tables by name."""
        found = self.values.get("panels", {})
        return found if isinstance(found, dict) else {}

    def where(self, place: Place) -> str:
        """The file and the line in which the value at this place begins."""
        return f"{self.path}, line {_line(self.text, place)}"


def read(path: Path, *, may_be_new: bool = False) -> SettingsFile:
    """Read a settings file; one that is not there yet is empty where it `may_be_new`.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return SettingsFile(path=path, text=text, values=tomllib.loads(text))
    except FileNotFoundError as error:
        if may_be_new:
            return SettingsFile(path=path)
        raise _unreadable(path, error.strerror) from None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The settings file {path} has a mistake: {error}.", "Correct it and run the command again."
        ) from None


def _unreadable(path: Path, why: str | None) -> UsageError:
    return UsageError(f"The settings file {path} cannot be read ({why}).", "Check its name and rights.")


def _line(text: str, place: Place) -> int:
    """The line in which the value at a place begins, counted from 1.

    Only the parser can say which lines belong together: strings and lists may have many. So the first line is looked
    for with which, and whatever it begins, the file up to there has the value.
    """
    lines = text.replace("\r\n", "\n").split("\n")

    def has(line: int) -> bool:
        values: Any = _whole(lines, line)
        for name in place:
            values = values.get(name) if isinstance(values, dict) else None
        return values is not None

    return 1 + bisect_left(range(1, len(lines)), True, key=has)


def _whole(lines: Sequence[str], line: int) -> Any:
    """What the file says up to this line, and to the end of what it begins."""
    for end in range(line, len(lines) + 1):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads("\n".join(lines[:end]))
    raise AssertionError("the file as a whole was read")


def change(file: SettingsFile, changes: Mapping[tuple[str, ...], str | None]) -> None:
    """Put values at their places, or take away what stands there (None). Comments, order and all else stay as they are;
    the file is written whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    assert file.path is not None, "the caller has chosen one"
    text = _changed(file, changes)
    if text is None:
        told = " and ".join(".".join(place) for place in changes)
        raise UsageError(
            f"{file.path} is written in a way in which bulkorders cannot change {told} in it.",
            "Nothing was changed. Change it there yourself, then run the command again.",
        )
    try:
        mark = codecs.BOM_UTF8 if file.path.exists() and file.path.read_bytes().startswith(codecs.BOM_UTF8) else b""
        _replace(file.path, mark + text.encode())
    except OSError as error:
        raise UsageError(
            f"The settings file {file.path} cannot be written ({error.strerror}).",
            "Check its rights, or name another one with --config.",
        ) from None


def _changed(file: SettingsFile, changes: Mapping[tuple[str, ...], str | None]) -> str | None:
    """The new text; None where it would not say exactly what it should (tomlkit stumbles over rare ways to write)."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    document, wanted = tomlkit.parse(file.text.replace("\r\n", "\n")), deepcopy(dict(file.values))
    try:
        for place, value in changes.items():
            _put(wanted, place, value)
            _put(document, place, value)
        text = tomlkit.dumps(document)
        if _filled(tomllib.loads(text)) != _filled(wanted):
            return None
    except (TOMLKitError, ValueError, TypeError):
        return None
    return text.replace("\n", "\r\n") if "\r\n" in file.text else text


def _put(values: MutableMapping[str, Any], place: Place, value: str | None) -> None:
    name, *inside = place
    if inside and name in values:
        _put(values[name], inside, value)
    elif value is None:
        values.pop(name, None)
    else:
        values[name] = reduce(lambda filled, outer: {outer: filled}, reversed(inside), cast(Any, value))


def _filled(values: Any) -> Any:
    """The same without tables that have become empty: whether their headings stay makes no difference."""
    if not isinstance(values, dict):
        return values
    filled = {name: _filled(value) for name, value in values.items()}
    return {name: value for name, value in filled.items() if value != {}}


def _replace(path: Path, content: bytes) -> None:
    target = path.resolve()  # a link stays a link
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, name)
        os.replace(name, target)
    finally:
        with suppress(OSError):
            os.unlink(name)
