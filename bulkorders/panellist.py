"""`panels`: which panels are set up, where their settings stand, and whether there is a key for them (never which)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isinf
from typing import Any

from bulkorders.account import address
from bulkorders.config import Settings, find_file, load, usual_panel
from bulkorders.errors import UsageError
from bulkorders.keystore import KeyringError, stored_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One panel. `name` is None for the one without a name, `rate` orders a second (0: no limit), `default` whether
    commands use it when none is named. `key_stored` is None where the keyring cannot be read; `key_from` is where
    commands take the key from ("": there is none). `url_from` says where the address stands.
    """

    name: str | None
    url: str
    rate: float
    default: bool
    key_stored: bool | None
    key_from: str
    url_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """The panels, the settings file ("": there is none), and what else is to be told."""

    panels: Sequence[Listed]
    file: str
    notes: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """One object."""
        return {"file": self.file or None, "panels": [asdict(panel) for panel in self.panels], "notes": self.notes}

    def as_text(self) -> str:
        """A table, and what its signs mean."""
        rows = [_line(panel, self.file) for panel in self.panels]
        lines = [("", "Panel", "Address", "Orders a second", "Key", "Address from"), *rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        star = "* is used when none is named with --panel."
        return "\n".join([*table, star, f"Settings file: {self.file or 'none'}", *self.notes])


def _line(panel: Listed, file: str) -> tuple[str, ...]:
    key = panel.key_from or ("not known" if panel.key_stored is None else "none")
    rate = f"{panel.rate:g}" if panel.rate else "no limit"
    return (
        "*" if panel.default else "",
        panel.name or "(no name)",
        panel.url,
        rate,
        key,
        panel.url_from.replace(f" in {file},", ","),
    )


def list_panels(options: Mapping[str, Any]) -> Panels:
    """Every panel that commands can use, the usual one first; with `--panel` only that one.

    Raises:
        UsageError: the settings cannot be read.
    """
    file = find_file(options.get("config"), None)
    usual = usual_panel(file)
    names = [None, *sorted(set(file.panels) - {usual})] if options.get("panel") is None else [options["panel"]]
    notes: list[str] = []
    every = [load({**options, "panel": name, "sandbox": None, "key_file": None}) for name in names]
    listed = [_listed(settings, notes, default=settings.chosen == usual) for settings in every]
    return Panels(panels=listed, file=str(file.path or ""), notes=list(dict.fromkeys(notes)))


def _listed(settings: Settings, notes: list[str], *, default: bool) -> Listed:
    url, stored = "(cannot be used)", None
    try:
        url = address(settings)
        stored = bool(stored_key(settings.key_panel, url))
    except KeyringError as error:
        notes.append(f"Note: {error}")
    except UsageError as error:
        notes.append(f"Note: {error}")
    return Listed(
        name=settings.chosen or None,
        url=url,
        rate=0.0 if isinf(settings.rate) else settings.rate,
        default=default,
        key_stored=stored,
        key_from=_key_from(settings, bool(stored)),
        url_from=settings.url_from() or "the usual one",
    )


def _key_from(settings: Settings, stored: bool) -> str:
    given = "BULKORDERS_KEY" if settings.key else ""
    keyring = "keyring" if stored else ""
    return (keyring or given) if settings.stored_first else (given or keyring)
