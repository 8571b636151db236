"""Settings: options, then the environment, then `bulkorders.toml`, then defaults; and a key that cannot be printed.

A panel that is named with `--panel` is named by an option, so what its table says comes before the environment, too:
BULKORDERS_URL would send the orders to another panel than the one that was named.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from bulkorders.errors import UsageError
from bulkorders.settingsfile import Place, SettingsFile, read

DEFAULT_URL = "https://igwish.com/api/v2"
"""The reference's API URL (panel-api.md)."""

CONFIG_NAME = "bulkorders.toml"
LOG_NAME = "bulkorders.log"
"""The log's usual name, beside the ledger."""

PRACTICE_PANEL = "practice panel"
"""What the practice panel is called in the ledger and in results, whatever port it has today."""


class Key:
    """The API key. It prints as `(key)`; only `reveal` gives it away, to the client that sends it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "(key)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """The key itself."""
        return self._text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that does not differ from file to file.

    `rate` is orders a second (infinity: no limit), `timeout` seconds for an answer, `connect_timeout` for reaching the
    panel. `panel` is what the ledger and the results call the panel; `url` is empty with `sandbox`, where a practice
    panel is started for the command. `idempotency_field` is the parameter by which the panel recognises an order that
    is sent again ("": it has none), `extra_fields` go with every order, `quantity_with_package` says that the panel
    wants a quantity with a Package, too, and `multi_status` that one request may name several orders. Orders that cost
    more than `confirm_above` together (account currency) are agreed to by typing what they cost.

    `key` comes from a file or from the environment. A stored one is under `key_panel`, the [panels.NAME] table that has
    the address ("": none), and comes first with `stored_first`. `key_withheld`: BULKORDERS_KEY is for another address.
    `url_from` finds out where the address stands ("": nowhere, it is the default), `chosen` is the [panels.NAME] table
    that is used ("": none), and `file` what the settings were read from (None: no file).
    """

    url: str
    key: Key
    panel: str
    ledger: Path
    log: Path
    rate: float
    concurrency: int
    timeout: float
    connect_timeout: float
    confirm_above: Decimal
    idempotency_field: str = ""
    extra_fields: Mapping[str, str] = field(default_factory=dict)
    quantity_with_package: bool = False
    multi_status: bool = True
    sandbox: bool = False
    key_panel: str = ""
    stored_first: bool = False
    key_withheld: bool = False
    url_from: Callable[[], str] = str
    chosen: str = ""
    file: Path | None = None

    @property
    def locks(self) -> Path:
        """Where a run holds its panel; the practice panel is held beside its own books."""
        return self.ledger.parent / "locks" if self.sandbox else _data_folder() / "locks"

    @property
    def lists(self) -> Path:
        """Where the service list of each panel is kept for the next time: beside the ledger."""
        return self.ledger.with_name("service-lists")

    @property
    def practice_books(self) -> Path:
        """Where the practice panel keeps its books: beside the ledger."""
        return self.ledger.with_name("practice-panel.sqlite3")


class _Mistake(ValueError):
    """A wrong value, with what is wrong about it; `inside` is the name in the table that it is."""

    def __init__(self, told: str, inside: str) -> None:
        super().__init__(told)
        self.inside = inside


def _number(value: Any) -> float:
    if isinstance(value, bool):  # True counts as 1 in Python
        raise ValueError
    return float(value)


def _rate(value: Any) -> float:
    rate = _number(value)
    if rate < 0 or math.isnan(rate):
        raise ValueError
    return rate or math.inf


def _positive(value: Any) -> float:
    number = _number(value)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError from None
    if isinstance(value, bool) or not amount.is_finite() or amount < 0:
        raise ValueError
    return amount


def _count(value: Any) -> int:
    number = int(str(value))
    if not 1 <= number <= 100:
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _file(value: Any) -> str:
    if not Path(_text(value)).name:  # a folder's name alone, such as "." or "/"
        raise ValueError
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.\[\]-]{0,59}")
_KEYS = frozenset({"key", "api_key", "apikey", "token", "password", "secret"})
"""What somebody might call a key that does not belong into the file."""


def _is_taken(name: str) -> bool:
    """Whether the API itself has a parameter of this name: one of ours would change what is ordered."""
    from bulkorders.core.ordertypes import SENDABLE

    return name.casefold() in {"key", "action", "service", "order", "orders", "refill", "refills", *SENDABLE}


def _parameter(value: Any) -> str:
    name = _text(value)
    if not _PARAMETER.fullmatch(name) or _is_taken(name):
        raise ValueError
    return name


def _extra_fields(value: Any) -> Mapping[str, str]:
    """Names and texts. What stands in them may be secret: no sentence shows it."""
    if not isinstance(value, dict):
        raise _Mistake("is no table", "")
    for name, text in value.items():
        if _is_taken(name):
            raise _Mistake(f'has "{name}", which the panel gets from bulkorders itself', name)
        if not _PARAMETER.fullmatch(name):
            raise _Mistake(f'has "{name}", which cannot be the name of a field', name)
        if isinstance(text, bool) or not isinstance(text, str | int):
            raise _Mistake(f'has "{name}" with something else than a text or a whole number', name)
    return {name: str(text) for name, text in value.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its name in the file and as an option, its environment variable, and what it may be.

    `of_a_panel`: it may differ from panel to panel.
    """

    name: str
    read: Callable[[Any], Any]
    allowed: str
    default: Any = ""
    variable: str | None = None
    of_a_panel: bool = True


# fmt: off
SETTINGS: tuple[Setting, ...] = (
    Setting(name="url", variable="BULKORDERS_URL", default=DEFAULT_URL, read=_text, allowed="an https:// address"),
    Setting(name="panel", variable="BULKORDERS_PANEL", of_a_panel=False, read=_text,
            allowed="the name of a [panels.NAME] table"),
    Setting(name="ledger", variable="BULKORDERS_LEDGER", of_a_panel=False, read=_file, allowed="a file"),
    Setting(name="log", of_a_panel=False, read=_file, allowed="a file"),
    Setting(name="rate", variable="BULKORDERS_RATE", default=2.0, read=_rate,
            allowed="orders a second, 0 for no limit"),
    Setting(name="concurrency", default=4, read=_count, allowed="a whole number from 1 to 100"),
    Setting(name="timeout", default=60.0, read=_positive, allowed="seconds, more than 0"),
    Setting(name="connect_timeout", default=15.0, read=_positive, allowed="seconds, more than 0"),
    Setting(name="confirm_above", default=Decimal(100), read=_amount, allowed="an amount such as 250 or 99.50"),
    Setting(name="idempotency_field", read=_parameter,
            allowed="the name of the parameter by which the panel recognises an order that is sent again"),
    Setting(name="extra_fields", default={}, read=_extra_fields,
            allowed="a table of names and texts that go with every order, with names that no order has already"),
    Setting(name="quantity_with_package", default=False, read=_flag, allowed="true or false"),
    Setting(name="multi_status", default=True, read=_flag, allowed="true or false"),
)
# fmt: on
_SETTING = {s.name: s for s in SETTINGS}
_OF_A_PANEL = frozenset(s.name for s in SETTINGS if s.of_a_panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One of the places that settings come from; `where` names the place of a setting in it."""

    values: Mapping[str, Any]
    where: Callable[[str], str]


def load(
    options: Mapping[str, Any],
    *,
    environment: Mapping[str, str] = os.environ,
    beside: Path | None = None,
    may_be_new: bool = False,
) -> Settings:
    """Put the settings together. `options` holds what was given on the command line, `beside` the folder of the input.

    `may_be_new`: file and panel that are named need not be there yet.

    Raises:
        UsageError: a setting has a wrong name or value; says where and what is allowed.
    """
    file = find_file(options.get("config"), beside, may_be_new=may_be_new)
    given = _Source(values=options, where=lambda name: f"--{name.replace('_', '-')}")
    around = _Source(values=_of_environment(environment), where=lambda name: _SETTING[name].variable or name)
    common = _Source(values=file.values, where=lambda name: f"{name} in {file.where((name,))}")
    chosen = _chosen([given, around, common], "panel")[0]
    table = _panel_table(chosen, file, may_be_new=may_be_new)
    own = _Source(
        values=table, where=lambda name: f"{name} of [panels.{chosen}] in {file.where(('panels', chosen, name))}"
    )
    named = bool(chosen) and options.get("panel") is not None
    sources = [given, own, around, common] if named else [given, around, own, common]
    values = {s.name: _chosen(sources, s.name)[0] for s in SETTINGS}
    url_source = _chosen(sources, "url")[1]
    _check_together(values, chosen, file)
    sandbox = bool(options.get("sandbox"))
    ledger = Path(values["ledger"]).expanduser() if values["ledger"] else _data_folder() / "ledger.sqlite3"
    log = Path(values["log"]).expanduser() if values["log"] else ledger.with_name(LOG_NAME)
    key, withheld = (Key(""), False) if sandbox else _key(options.get("key_file"), environment, values["url"])
    return Settings(
        url="" if sandbox else values["url"],
        key=key,
        panel=PRACTICE_PANEL if sandbox else panel_name(values["url"]),
        ledger=_of_practice(ledger) if sandbox else ledger,
        log=_of_practice(log) if sandbox else log,
        **{name: values[name] for name in _OF_A_PANEL - {"url"}},
        sandbox=sandbox,
        key_panel=chosen if url_source is own else "",
        stored_first=named and options.get("key_file") is None,
        key_withheld=withheld,
        url_from=partial(url_source.where, "url") if url_source else str,
        chosen=chosen,
        file=file.path,
    )


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {s.name: environment.get(s.variable, "").strip() for s in SETTINGS if s.variable}
    return {name: text for name, text in found.items() if text}


def _chosen(sources: Sequence[_Source], name: str) -> tuple[Any, _Source | None]:
    """What the first source says that says something, and which it is; the default, where none does."""
    setting = _SETTING[name]
    source = next((s for s in sources if s.values.get(name) is not None), None)
    if source is None:
        return setting.default, None
    value = source.values[name]
    try:
        return setting.read(value), source
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f'{source.where(name)} is "{value}"; allowed is {setting.allowed}.', "Correct it and run the command again."
        ) from None


def _check_together(values: Mapping[str, Any], chosen: str, file: SettingsFile) -> None:
    name = values["idempotency_field"]
    if name and name in values["extra_fields"]:
        raise UsageError(
            f'"{name}" is the idempotency_field and one of extra_fields too ({_table_told(chosen)}{file.path}).',
            "Take it out of extra_fields: its number is a new one for every order.",
        )


def _of_practice(path: Path) -> Path:
    return path.with_name(f"{path.stem}.practice{path.suffix}")


def usual_panel(file: SettingsFile, environment: Mapping[str, str] = os.environ) -> str:
    """The panel that commands use when none is named with `--panel` ("": the one without a name)."""
    return _of_environment(environment).get("panel") or str(file.values.get("panel", ""))


def panel_names(config: str | None, file: str | None) -> list[str]:
    """The panels that can be chosen, by the settings file that a command on this input (None: on none) would read.

    Raises:
        UsageError: it cannot be read.
    """
    return sorted(find_file(config, None if file is None else Path(file).parent).panels)


def panel_name(url: str) -> str:
    """What a panel is called in the ledger: its address without scheme, query and trailing slash."""
    address = url.strip().split("://", 1)[-1]
    return re.split(r"[?#]", address)[0].rstrip("/").casefold()


# --- the key ----------------------------------------------------------------------------------------------------------


def _key(file: str | None, environment: Mapping[str, str], url: str) -> tuple[Key, bool]:
    """The key from a file, else from the environment; and whether there is one that is not for this address.

    A key and an address that stand together in the environment belong together: the key goes to no other panel.
    """
    if file is not None:
        return read_key(file), False
    key, address = Key(environment.get("BULKORDERS_KEY", "").strip()), environment.get("BULKORDERS_URL", "").strip()
    if key and address and panel_name(address) != panel_name(url):
        return Key(""), True
    return key, False


def read_key(file: str) -> Key:
    """The key in the first line of a file (`-`: of standard input).

    Raises:
        UsageError: the file cannot be read, or has no key in its first line; what stands in it is not shown.
    """
    named = "standard input" if file == "-" else file
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"The key file {named} cannot be read ({why}).", "Check its name and rights.") from None
    key = text.partition("\n")[0].strip()
    if not may_be_key(key):
        raise UsageError(f"There is no key in the first line of {named}.", "Put the key there, and nothing else.")
    return Key(key)


def may_be_key(text: str) -> bool:
    """Whether a text can be a key at all: one word of characters that can be shown."""
    return bool(text) and not any(c.isspace() or not c.isprintable() for c in text)


def no_key(settings: Settings) -> UsageError:
    """The sentence on how to give a key, where there is none."""
    name = f" {quoted(settings.key_panel)}" if settings.key_panel else ""
    withheld = " BULKORDERS_KEY is for the address in BULKORDERS_URL, and goes to no other." * settings.key_withheld
    return UsageError(
        f"No API key is set for {settings.panel}.{withheld}",
        f"Run `bulkorders login{name}` to store it, or put it into the environment variable BULKORDERS_KEY or into a "
        "file that you name with --key-file, or try the practice panel with --sandbox.",
    )


# --- the file ---------------------------------------------------------------------------------------------------------


def find_file(given: str | None, beside: Path | None, *, may_be_new: bool = False) -> SettingsFile:
    """The settings file: the one that was named, else the one beside the input, else the user's own.

    Raises:
        UsageError: it cannot be read, or what stands in it is wrong; every mistake in it is told.
    """
    if given:
        return _checked(read(Path(given), may_be_new=may_be_new))
    for folder in filter(None, (beside, _config_folder())):
        if (folder / CONFIG_NAME).is_file():
            return _checked(read(folder / CONFIG_NAME))
    return SettingsFile(path=_config_folder() / CONFIG_NAME if may_be_new else None)


def _checked(file: SettingsFile) -> SettingsFile:
    mistakes = list(_mistakes(file))
    match mistakes:
        case []:
            return file
        case [mistake]:
            raise UsageError(mistake, "Correct it and run the command again.")
        case _:
            raise UsageError("\n".join([*mistakes, "Correct them and run the command again."]))


def _mistakes(file: SettingsFile) -> Iterator[str]:
    yield from _mistakes_in(file, (), file.values)
    panels = file.values.get("panels", {})
    for name, table in panels.items() if isinstance(panels, dict) else [("NAME", panels)]:
        place = ("panels", name) if isinstance(panels, dict) else ("panels",)
        if isinstance(table, dict):
            yield from _mistakes_in(file, place, table)
        else:
            yield f"{'.'.join(place)} is no table ({file.where(place)}): write [panels.{name}] with its settings below."


def _mistakes_in(file: SettingsFile, place: Place, table: Mapping[str, Any]) -> Iterator[str]:
    """Every mistake in one table: names that are no settings, and values that cannot be."""
    panel = place[-1] if place else ""
    allowed = _OF_A_PANEL if place else {*_SETTING, "panels"}

    def at(*names: str) -> str:  # looking for the line takes a while: only for what is wrong
        return f"{_table_told(panel)}{file.where((*place, *filter(None, names)))}"

    for name, value in table.items():
        if name not in allowed:
            yield f'"{name}" is not a setting ({at(name)}). {_instead(name, allowed, panel)}'
        elif name in _SETTING:
            setting = _SETTING[name]
            try:
                setting.read(value)
            except _Mistake as mistake:
                yield f"{name} {mistake} ({at(name, mistake.inside)}); allowed is {setting.allowed}."
            except (ValueError, TypeError, OverflowError):
                yield f'{name} {"of" if panel else "in"} {at(name)}, is "{value}"; allowed is {setting.allowed}.'


def _table_told(panel: str) -> str:
    return f"[panels.{panel}] in " if panel else ""


def quoted(panel: str) -> str:
    """A panel's name as it is typed on a command line."""
    return f'"{panel}"' if " " in panel else panel


def _instead(name: str, allowed: frozenset[str] | set[str], panel: str) -> str:
    """What to do about a name that is no setting here."""
    from difflib import get_close_matches

    if name.casefold() in _KEYS:
        login = f"bulkorders login {quoted(panel)}".rstrip()
        return f"A key does not belong into this file: take the line out, and run `{login}`, which keeps the key safe."
    if name in _SETTING:
        return "It holds for all panels: put it above the first line with [...]."
    near = get_close_matches(name.casefold(), allowed, n=1, cutoff=0.7)
    return f"{f'Did you mean {near[0]}? ' if near else ''}Allowed are {', '.join(sorted(allowed))}."


def _panel_table(name: str, file: SettingsFile, *, may_be_new: bool) -> Mapping[str, Any]:
    if not name or name in file.panels:
        return dict(file.panels[name]) if name else {}
    if may_be_new:
        return {}
    from difflib import get_close_matches

    near = get_close_matches(name, file.panels, n=1)
    raise UsageError(
        f'There is no panel called "{name}" in {file.path or CONFIG_NAME}.',
        f"{f'Did you mean {near[0]}? ' if near else ''}Known panels: {', '.join(sorted(file.panels)) or 'none'}. "
        f"`bulkorders login {quoted(name)}` sets it up.",
    )


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("bulkorders", appauthor=False)


def _config_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("bulkorders", appauthor=False)
