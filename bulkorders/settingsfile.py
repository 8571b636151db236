"""The settings file: read it, find the line of what stands in it, and change one value without touching the rest."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    Whether the lines up to here are a whole document, and have the value, only the parser can say: strings and lists
    may have many lines. It is asked when a mistake is told, and a settings file is short.
    """
    lines, begin = text.replace("\r\n", "\n").split("\n"), 1
    for end in range(1, len(lines) + 1):
        try:
            values: Any = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        for name in place:
            values = values.get(name) if isinstance(values, dict) else None
        if values is not None:
            break
        begin = end + 1
    return begin


def change(file: SettingsFile, changes: Mapping[tuple[str, ...], str | None]) -> None:
    """Put values at their places, or take away what stands there (None). Comments, order and all else stay as they are;
    the file is written whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    assert file.path is not None, "the caller has chosen one"
    wanted = deepcopy(dict(file.values))
    for place, value in changes.items():
        _put(wanted, place, value, lambda table, name: {})
    text = _changed(file.text, changes)
    if text is None or _filled(tomllib.loads(text)) != _filled(wanted):
        raise UsageError(
            f"{file.path} is written in a way in which bulkorders cannot change {_told(changes)} in it.",
            "Nothing was changed. Change it there yourself, then run the command again.",
        )
    bom = b"\xef\xbb\xbf" if file.path.exists() and file.path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    try:
        _replace(file.path, bom + text.encode())
    except OSError as error:
        raise UsageError(
            f"The settings file {file.path} cannot be written ({error.strerror}).",
            "Check its rights, or name another one with --config.",
        ) from None


def _told(changes: Iterable[Place]) -> str:
    return " and ".join(".".join(place) for place in changes)


def _changed(text: str, changes: Mapping[tuple[str, ...], str | None]) -> str | None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    windows = "\r\n" in text
    document = tomlkit.parse(text.replace("\r\n", "\n"))
    try:
        for place, value in changes.items():
            _put(document, place, value, _new_table)
    except (TOMLKitError, ValueError):  # forms that it cannot extend
        return None
    changed = tomlkit.dumps(document)
    return changed.replace("\n", "\r\n") if windows else changed


def _new_table(inside: Any, name: str) -> Any:
    import tomlkit

    if isinstance(inside, tomlkit.items.InlineTable):
        return tomlkit.inline_table()
    return tomlkit.table(is_super_table=name == "panels")  # which then needs no heading of its own


def _put(values: MutableMapping[str, Any], place: Place, value: str | None, new: Callable[[Any, str], Any]) -> None:
    *tables, name = place
    for table in tables:
        if table not in values:
            values[table] = new(values, table)
        values = values[table]
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value


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
