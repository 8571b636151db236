"""`login`: a panel's address and key, tried and then stored: the key in the keyring, the address in the settings file.

Nothing is stored before the panel has accepted the key and every question is answered: whoever leaves at one leaves
everything as it was. Where no keyring takes the key, only the address is stored, and what to do with the key is said.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bulkorders.account import address, connected, stopped_by
from bulkorders.config import DEFAULT_URL, Key, Settings, find_file, load, may_be_key, panel_name, quoted, usual_panel
from bulkorders.core.model import Balance, money
from bulkorders.core.refusals import Kind
from bulkorders.errors import CommandError, StoppedError, UsageError
from bulkorders.keystore import KeyringError, keyring_name, store_key, stored_key
from bulkorders.panel import UNREACHABLE, PanelError, check_url
from bulkorders.progress import Face
from bulkorders.settingsfile import SettingsFile, change, read

TRIES: Final = 3
"""So often address and key are asked for; some panels block an address that keeps sending a bad key."""

ELSEWHERE: Final = (
    "Put it into the environment variable BULKORDERS_KEY, or into a file that only you can read and that you name with "
    "--key-file."
)
"""What to do with a key that no keyring takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """How it ended. `name` is the [panels.NAME] table ("": none), `not_stored` why the key is not in the keyring."""

    name: str
    url: str
    balance: Balance
    file: Path
    not_stored: str = ""

    def as_json(self) -> dict[str, Any]:
        """One object; money as a decimal string."""
        return {
            "name": self.name or None,
            "url": self.url,
            "balance": f"{self.balance.amount:f}",
            "currency": self.balance.currency,
            "file": str(self.file),
            "key_stored": not self.not_stored,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why address and key do not do: what is wrong with which of the two ("": with neither)."""

    about: str
    error: CommandError


def settings_of(options: Mapping[str, Any], name: str | None, *, may_be_new: bool) -> Settings:
    """The settings of the panel that is meant: the one that is named, else the one that commands use.

    BULKORDERS_URL does not count here: what the settings file says is what is changed.

    Raises:
        UsageError: two panels are named, the settings cannot be read, or the practice panel is asked for.
    """
    named = options.get("panel")
    if name is not None and named is not None and name != named:
        raise UsageError(f'Two panels are named, "{name}" and "{named}".', "Name one.")
    if options.get("sandbox"):
        raise UsageError("The practice panel has no account to log in to.", "Leave out --sandbox.")
    chosen = name or named or usual_panel(find_file(options.get("config"), None, may_be_new=may_be_new))
    if not chosen.isprintable():
        raise UsageError("The name of the panel has signs in it that cannot be shown.", "Choose another name.")
    around = {variable: text for variable, text in os.environ.items() if variable != "BULKORDERS_URL"}
    return load({**options, "panel": chosen or None}, environment=around, may_be_new=may_be_new)


async def login(settings: Settings, face: Face, *, url: str | None, has_key: bool, yes: bool) -> LoggedIn:
    """Ask for what was not given, try it, and store it. `has_key`: the key of the settings was given for this.

    Raises:
        CommandError: it was not accepted, or nobody could be asked; nothing was stored.
    """
    assert settings.file is not None, "settings that may be new have a file"
    file = read(settings.file, may_be_new=True)
    known = _normal(_own_address(file, settings.chosen))
    _check_can_ask(face, url or known, has_key)
    if face.can_ask():
        face.say(_greeting(settings, keyring_name()))
    wanted = check_url(url) if url else None if face.can_ask() else known
    usual = known or ("" if settings.chosen else DEFAULT_URL)
    found, key, balance = await _accepted(settings, face, wanted, settings.key if has_key else None, usual)
    face.say(f"The key works: the balance is {money(balance.amount, balance.currency)}.")
    _may_replace(settings, face, known, found, yes)
    not_stored = _store(file, settings.chosen, known, found, key)
    _tell(settings, face, file, found, not_stored)
    return LoggedIn(name=settings.chosen, url=found, balance=balance, file=settings.file, not_stored=not_stored)


def _own_address(file: SettingsFile, name: str) -> str:
    """The address that the file has for this very panel; "" where it has none."""
    return str((file.panels.get(name, {}) if name else file.values).get("url", ""))


def _normal(url: str) -> str:
    """An address as it is compared and bound to; "" for one that cannot be used, and may have a key in it."""
    try:
        return check_url(url)
    except UsageError:
        return ""


def _check_can_ask(face: Face, url: str, has_key: bool) -> None:
    missing = [option for option, given in (("--url URL", url), ("--key-file FILE", has_key)) if not given]
    if missing and not face.can_ask():
        raise UsageError(
            f"Nobody can be asked here, and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            "Run `bulkorders login` in a terminal, or give both: --url URL and --key-file FILE (-: standard input).",
        )


def _greeting(settings: Settings, keyring: str) -> str:
    name = f'the panel "{settings.chosen}"' if settings.chosen else "your panel"
    where = f"goes into {keyring}" if keyring else "is only tried, because this computer has no keyring to keep it in"
    return f"Log in to {name}. The key {where}; the address goes into {settings.file}. Ctrl-C leaves all as it is."


# --- address and key --------------------------------------------------------------------------------------------------


async def _accepted(
    settings: Settings, face: Face, url: str | None, key: Key | None, usual: str
) -> tuple[str, Key, Balance]:
    """An address and a key that the panel accepts, and the balance; what was not given is asked for.

    Raises:
        CommandError: what was given is not accepted, or what was asked for was wrong too often.
    """
    may_ask = {"address": url is None, "key": key is None}
    for left in range(TRIES - 1, -1, -1):
        try:
            if not url:
                url = check_url(face.ask_text("API address (the panel's API page shows it)", usual))
                key = None if may_ask["key"] and url != usual else key  # it was typed for the other address
            key = key or _asked_key(face)
        except UsageError as error:
            trouble = _Trouble(about="key" if url else "address", error=error)
        else:
            answer = await _tried(settings, url, key)
            if isinstance(answer, Balance):
                return url, key, answer
            trouble = answer
        if not left or not may_ask.get(trouble.about):
            raise trouble.error
        face.say(f"{trouble.error} Once more ({'one try is' if left == 1 else f'{left} tries are'} left):")
        if trouble.about == "key":
            key = None
        else:
            url, usual = None, url or usual
    raise AssertionError("the last try returns or raises")


def _asked_key(face: Face) -> Key:
    text = face.ask_hidden("API key (the panel's account page shows it; it stays hidden here)").strip()
    if not may_be_key(text):
        raise UsageError("That is no key: a key is one word, without spaces.", "Copy it whole, and nothing else.")
    return Key(text)


async def _tried(settings: Settings, url: str, key: Key) -> Balance | _Trouble:
    tried = replace(settings, url=url, panel=panel_name(url), key=key, stored_first=False)
    try:
        async with connected(tried, Face()) as panel:
            return await panel.balance()
    except PanelError as error:
        return _trouble(error, url)


def _trouble(error: PanelError, url: str) -> _Trouble:
    """What a panel's no says about address and key."""
    if error.kind == Kind.KEY:
        told = StoppedError(f'The panel did not accept the key ("{error.text}").', "Copy it from your account page.")
        return _Trouble(about="key", error=told)
    if error.kind == UNREACHABLE:
        told = StoppedError(
            f"{url} cannot be reached ({error.text}).", "Correct it, or see to the internet connection."
        )
        return _Trouble(about="address", error=told)
    if error.kind == Kind.BUSY:
        return _Trouble(about="", error=stopped_by(error))
    told = StoppedError(
        f"{url} answers, but not as a panel's API does ({error.text}).",
        "Copy the address from the panel's API page; it often ends in /api/v2.",
    )
    return _Trouble(about="address", error=told)


def _may_replace(settings: Settings, face: Face, known: str, found: str, yes: bool) -> None:
    """A panel that had another address is not replaced unasked."""
    if not known or known == found or yes:
        return
    question = f"{settings.file} has the address {known} {_place_told(settings.chosen)}. Replace it by {found}"
    if not face.can_ask() or not face.ask(f"{question}?"):
        raise UsageError(
            f"Nothing was changed: the address stays {known}.",
            "Give the other panel a name of its own (`bulkorders login NAME`), or add --yes to replace the address.",
        )


def _place_told(name: str) -> str:
    return f"under [panels.{name}]" if name else "at its top"


# --- storing ----------------------------------------------------------------------------------------------------------


def _place(name: str) -> tuple[str, ...]:
    return ("panels", name, "url") if name else ("url",)


def _store(file: SettingsFile, name: str, known: str, url: str, key: Key) -> str:
    """Store both; gives back why the key could not be stored. What cannot be written leaves the keyring as it was."""
    before, not_stored = "", ""
    try:
        try:
            before = stored_key(name, url)
            store_key(name, url, key.reveal())
        except KeyringError as error:
            not_stored = error.message
        if known != url:
            change(file, {_place(name): url})
    except BaseException:  # Ctrl-C among them
        with suppress(KeyringError):
            store_key(name, url, before)
        raise
    if known not in ("", url):
        with suppress(KeyringError):  # the key for the address that was replaced is of no use any more
            store_key(name, known, "")
    return not_stored


def _tell(settings: Settings, face: Face, file: SettingsFile, url: str, not_stored: str) -> None:
    place = f"The address stands in {settings.file}, {_place_told(settings.chosen)}."
    if not_stored:
        face.say(f"The key was not stored. {not_stored} {ELSEWHERE} {place}")
    else:
        face.say(f"The key is stored in {keyring_name()}. {place}")
    named = settings.chosen != usual_panel(file)
    if not named:
        for note in _overridden(os.environ, url, not_stored):
            face.say(f"Note: {note}")
    panel = f"--panel {quoted(settings.chosen)} " if named else ""
    face.say(f"Next: bulkorders {panel}check orders.xlsx")


def _overridden(environment: Mapping[str, str], url: str, not_stored: str) -> list[str]:
    """What in the environment comes before that which was stored now."""
    notes = []
    if environment.get("BULKORDERS_KEY", "").strip() and not not_stored:
        notes.append("BULKORDERS_KEY is set in the environment, and comes before the stored key.")
    other = environment.get("BULKORDERS_URL", "").strip()
    if other and panel_name(other) != panel_name(url):
        notes.append("BULKORDERS_URL is set in the environment, and comes before this address.")
    return notes


# --- removing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What `login --remove` took away. `name` is the [panels.NAME] table ("": none)."""

    name: str
    key: bool
    settings: bool

    def as_json(self) -> dict[str, Any]:
        """One object."""
        return {"name": self.name or None, "key_removed": self.key, "settings_removed": self.settings}


def remove(settings: Settings, face: Face, *, yes: bool) -> Removed:
    """Take a panel's key out of the keyring, and (asked) what the settings file says of the panel.

    Raises:
        UsageError: the keyring or the file does not do it.
    """
    url, name = address(settings), settings.chosen
    file = read(settings.file) if settings.file else SettingsFile()
    places = _places(file, name)
    question = f"Take {_listed(file, name)} out of {file.path}, too?"
    written = bool(places) and (yes or (face.can_ask() and face.ask(question)))
    own = settings.key_panel == name
    key = bool(own and stored_key(name, url))
    if key:
        store_key(name, url, "")
        face.say(f"The key for {panel_name(url)} was taken out of {keyring_name()}.")
    else:
        face.say(f"No key was stored for {f'the panel {name}' if name else panel_name(url)}.")
    if written:
        change(file, dict.fromkeys(places))
        face.say(f"{file.path} has no {f'[panels.{name}]' if name else 'url'} any more.")
    elif places:
        face.say(f"What {file.path} says of it stays.")
    return Removed(name=name, key=key, settings=written)


def _places(file: SettingsFile, name: str) -> list[tuple[str, ...]]:
    """What the file says of this panel; with it goes the line that makes it the usual one."""
    if not name:
        return [("url",)] if "url" in file.values else []
    return [("panels", name), *([("panel",)] if file.values.get("panel") == name else [])]


def _listed(file: SettingsFile, name: str) -> str:
    return f"[panels.{name}] with {', '.join(file.panels[name]) or 'nothing in it'}" if name else "the line with url"
