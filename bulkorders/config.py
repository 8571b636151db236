"""Settings: options, then the environment, then `bulkorders.toml`, then defaults; and a key that cannot be printed."""

from __future__ import annotations

import math
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from bulkorders.errors import UsageError

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

    `rate` is orders a second (infinity: no limit), `timeout` seconds for an answer. `panel` is what the ledger and the
    results call the panel; `url` is empty with `sandbox`, where a practice panel is started for the command.
    `idempotency_field` is the parameter by which the panel recognises an order that is sent again ("": it has none).
    Orders that cost more than `confirm_above` together (account currency) are agreed to by typing what they cost.
    """

    url: str
    key: Key
    panel: str
    ledger: Path
    log: Path
    rate: float
    concurrency: int
    timeout: float
    idempotency_field: str = ""
    confirm_above: Decimal
    sandbox: bool = False

    @property
    def locks(self) -> Path:
        """Where a run holds its panel; the practice panel is held beside its own books."""
        return self.ledger.parent / "locks" if self.sandbox else _data_folder() / "locks"

    @property
    def practice_books(self) -> Path:
        """Where the practice panel keeps its books: beside the ledger."""
        return self.ledger.with_name("practice-panel.sqlite3")


def _rate(value: Any) -> float:
    rate = float(value)
    if rate < 0 or math.isnan(rate):
        raise ValueError
    return rate or math.inf


def _positive(value: Any) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def _parameter(value: Any) -> str:
    name = str(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name) or name in ("key", "action", "service", "order"):
        raise ValueError
    return name


def _file(value: Any) -> str:
    if not Path(str(value)).name:  # a folder's name alone, such as "." or "/"
        raise ValueError
    return str(value)


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError from None
    if not amount.is_finite() or amount < 0:
        raise ValueError
    return amount


def _count(value: Any) -> int:
    number = int(str(value))
    if not 1 <= number <= 100:
        raise ValueError
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its name in the file and as an option, its environment variable, and what it may be."""

    name: str
    variable: str | None
    default: Any
    read: Callable[[Any], Any]
    allowed: str


SETTINGS: tuple[Setting, ...] = (
    Setting(name="url", variable="BULKORDERS_URL", default=DEFAULT_URL, read=str, allowed="an https:// address"),
    Setting(
        name="panel",
        variable="BULKORDERS_PANEL",
        default="",
        read=str,
        allowed="the name of a [panels.NAME] table",
    ),
    Setting(name="ledger", variable="BULKORDERS_LEDGER", default="", read=_file, allowed="a file"),
    Setting(name="log", variable=None, default="", read=_file, allowed="a file"),
    Setting(
        name="rate",
        variable="BULKORDERS_RATE",
        default=2.0,
        read=_rate,
        allowed="orders a second, 0 for no limit",
    ),
    Setting(name="concurrency", variable=None, default=4, read=_count, allowed="a whole number from 1 to 100"),
    Setting(name="timeout", variable=None, default=60.0, read=_positive, allowed="seconds, more than 0"),
    Setting(
        name="idempotency_field",
        variable=None,
        default="",
        read=_parameter,
        allowed="the name of the parameter by which the panel recognises an order that is sent again",
    ),
    Setting(
        name="confirm_above",
        variable=None,
        default=Decimal(100),
        read=_amount,
        allowed="an amount such as 250 or 99.50",
    ),
)
_OF_A_PANEL = ("url", "rate", "concurrency", "timeout", "idempotency_field", "confirm_above")


def load(
    options: Mapping[str, Any], *, environment: Mapping[str, str] = os.environ, beside: Path | None = None
) -> Settings:
    """Put the settings together. `options` holds what was given on the command line, `beside` the folder of the input.

    Raises:
        UsageError: a setting has a wrong name or value; says where and what is allowed.
    """
    path, written = _find_file(options.get("config"), beside)
    chosen = _value(_SETTING["panel"], options, environment, written, path)
    of_panel = _panel_table(chosen, written, path)
    values = {s.name: _value(s, options, environment, {**written, **of_panel}, path) for s in SETTINGS}
    sandbox = bool(options.get("sandbox"))
    ledger = Path(values["ledger"]).expanduser() if values["ledger"] else _data_folder() / "ledger.sqlite3"
    log = Path(values["log"]).expanduser() if values["log"] else ledger.with_name(LOG_NAME)
    return Settings(
        url="" if sandbox else values["url"],
        key=Key("") if sandbox else _key(options.get("key_file"), environment),
        panel=PRACTICE_PANEL if sandbox else panel_name(values["url"]),
        ledger=_of_practice(ledger) if sandbox else ledger,
        log=_of_practice(log) if sandbox else log,
        rate=values["rate"],
        concurrency=values["concurrency"],
        timeout=values["timeout"],
        idempotency_field=values["idempotency_field"],
        confirm_above=values["confirm_above"],
        sandbox=sandbox,
    )


_SETTING = {s.name: s for s in SETTINGS}


def _of_practice(path: Path) -> Path:
    return path.with_name(f"{path.stem}.practice{path.suffix}")


def panel_names(config: str | None, file: str) -> list[str]:
    """The panels that can be chosen, by the settings file that a command on this input would read.

    Raises:
        UsageError: it cannot be read.
    """
    _, written = _find_file(config, Path(file).parent)
    return sorted(written.get("panels", {}))


def panel_name(url: str) -> str:
    """What a panel is called in the ledger: its address without scheme, query and trailing slash."""
    address = url.strip().split("://", 1)[-1]
    return re.split(r"[?#]", address)[0].rstrip("/").casefold()


def _key(file: str | None, environment: Mapping[str, str]) -> Key:
    """The key from the first line of a file (`-`: of standard input), else from the environment.

    Raises:
        UsageError: the file cannot be read, or has no key in its first line; what stands in it is not shown.
    """
    if file is None:
        return Key(environment.get("BULKORDERS_KEY", "").strip())
    named = "standard input" if file == "-" else file
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"The key file {named} cannot be read ({why}).", "Check its name and rights.") from None
    key = text.partition("\n")[0].strip()
    if not key or any(c.isspace() or not c.isprintable() for c in key):
        raise UsageError(f"There is no key in the first line of {named}.", "Put the key there, and nothing else.")
    return Key(key)


def require_key(settings: Settings) -> Key:
    """The key, or a sentence on how to give one.

    Raises:
        UsageError: there is none.
    """
    if settings.key:
        return settings.key
    raise UsageError(
        "No API key is set.",
        "Put the key from your panel's account page into the environment variable BULKORDERS_KEY or into a file that "
        "you name with --key-file, or try the practice panel with --sandbox.",
    )


def _value(
    setting: Setting,
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    written: Mapping[str, Any],
    path: Path | None,
) -> Any:
    """The first of option, environment and file that says something, else the default."""
    given = options.get(setting.name)
    if given is not None:
        return _read(setting, given, f"--{setting.name.replace('_', '-')}")
    if setting.variable and environment.get(setting.variable, "").strip():
        return _read(setting, environment[setting.variable].strip(), setting.variable)
    if setting.name in written:
        return _read(setting, written[setting.name], f"{setting.name} in {path}")
    return setting.default


def _read(setting: Setting, value: Any, where: str) -> Any:
    try:
        return setting.read(value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f'{where} is "{value}"; allowed is {setting.allowed}.', "Correct it and run the command again."
        ) from None


def _find_file(given: str | None, beside: Path | None) -> tuple[Path | None, Mapping[str, Any]]:
    if given:
        return Path(given), _read_file(Path(given))
    for folder in filter(None, (beside, _config_folder())):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME, _read_file(folder / CONFIG_NAME)
    return None, {}


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        written = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings file {path} cannot be read ({error}).", "Check its name and rights.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The settings file {path} has a mistake: {error}.", "Correct it and run the command again."
        ) from None
    _only_known(written, {*_SETTING, "panels"}, str(path))
    for name, table in written.get("panels", {}).items():
        _only_known(table, set(_OF_A_PANEL), f"[panels.{name}] in {path}")
    return written


def _only_known(table: Any, allowed: set[str], where: str) -> None:
    unknown = next((name for name in table if name not in allowed), None) if isinstance(table, dict) else where
    if unknown is not None:
        raise UsageError(f'"{unknown}" is not a setting ({where}).', f"Allowed are {', '.join(sorted(allowed))}.")


def _panel_table(name: str, written: Mapping[str, Any], path: Path | None) -> Mapping[str, Any]:
    panels = written.get("panels", {})
    if not name:
        return {}
    if name in panels:
        return dict(panels[name])
    known = ", ".join(sorted(panels)) or "none"
    raise UsageError(f'There is no panel called "{name}" in {path or CONFIG_NAME}.', f"Known panels: {known}.")


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("bulkorders", appauthor=False)


def _config_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("bulkorders", appauthor=False)
