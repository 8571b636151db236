"""Bad days on purpose: what can go wrong with a request, and the words that ask for it.

A spec is a list with commas. Each part is one of

    NAME=5%         a random share of the requests
    NAME@3          exactly the 3rd request that this server process sees (also NAME@3+7, NAME@3-9)
    ACTION.NAME...  the same for another action than `add`, such as status.error-before@1
    seed=7          other random draws; the same seed always gives the same ones
    latency=50ms    every answer comes this much later
    bad-day, none   all faults at a few percent each; no fault at all
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random


class FaultSpecError(ValueError):
    """The fault spec cannot be read; `str(error)` is a sentence that says why and what is allowed."""


class Ending(Enum):
    """What happens to the connection after a request was looked at."""

    ANSWER = "a whole answer, and the connection stays open"
    HALF = "half of the answer's body, then the connection is closed"
    RESET = "no answer: the connection is reset"
    SILENCE = "no answer: the connection stays open until the client gives up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request: is it carried out, and what goes back for an answer."""

    taken: bool
    status: int = 200
    body: str | None = None  # None is the true answer
    header: str = ""
    ending: Ending = Ending.ANSWER


_BAD_GATEWAY: Final = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
_MAINTENANCE: Final = "<!DOCTYPE html><html><body><h1>We are down for maintenance</h1></body></html>"

FAULTS: Final[dict[str, Fault]] = {
    "refuse": Fault(taken=False, body='{"error":"Incorrect request"}'),
    "busy": Fault(taken=False, status=429, body='{"error":"Too many requests"}', header="Retry-After: 1"),
    "wait": Fault(taken=False, body='{"error":"Spam protection, wait 1 seconds"}'),
    "error-before": Fault(taken=False, status=502, body=_BAD_GATEWAY),
    "error-after": Fault(taken=True, status=502, body=_BAD_GATEWAY),
    "reset-before": Fault(taken=False, ending=Ending.RESET),
    "reset-after": Fault(taken=True, ending=Ending.RESET),
    "silence": Fault(taken=True, ending=Ending.SILENCE),
    "silence-before": Fault(taken=False, ending=Ending.SILENCE),
    "half": Fault(taken=True, ending=Ending.HALF),
    "html": Fault(taken=False, body=_MAINTENANCE),
    "html-after": Fault(taken=True, body=_MAINTENANCE),
    "empty": Fault(taken=True, body=""),
    "nonsense": Fault(taken=True, body='{"result":"ok"}'),
}
"""Every fault by its name. `taken` decides whether the order is in the books afterwards."""

FAULT_NAMES: Final = tuple(FAULTS)
NO_FAULT: Final = Fault(taken=True)

_PRESETS: Final = {
    "none": "",
    "bad-day": (
        "refuse=3%,busy=4%,wait=3%,error-before=2%,error-after=2%,reset-before=2%,reset-after=2%,"
        "silence=1%,silence-before=1%,half=2%,html=2%,html-after=2%,empty=2%,nonsense=2%"
    ),
}
_ACTIONS: Final = ("add", "status", "refill", "refill_status", "cancel", "services", "balance")


@dataclass(slots=True)
class _Rules:
    """The faults of one action: at fixed positions, and at random."""

    fixed: list[tuple[range, str]] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)

    def draw(self, position: int, random: Random) -> str:
        """The name of the fault for the request at this position, counted from 1; '' for none."""
        # One draw a request, used or not: adding a fixed fault does not move the random ones.
        left = random.random() * 100
        for positions, name in self.fixed:
            if position in positions:
                return name
        for name, share in self.shares.items():
            left -= share
            if left < 0:
                return name
        return ""


class FaultPlan:
    """Which fault each request of one server process gets; safe to ask from several threads."""

    def __init__(self, rules: Mapping[str, _Rules], seed: int, latency: float) -> None:
        from random import Random

        self.latency = latency
        """Seconds that every answer is late."""
        self._rules = rules
        self._lock = threading.Lock()
        self._seen = dict.fromkeys(rules, 0)
        # One generator an action, so that status requests do not move the faults of orders.
        self._random = {action: Random(f"{seed} {action}") for action in rules}

    def next(self, action: str) -> str:
        """Count one more request of this action and name its fault; '' for none."""
        if action not in self._rules:
            return ""
        with self._lock:
            self._seen[action] += 1
            return self._rules[action].draw(self._seen[action], self._random[action])


def read_faults(spec: str) -> FaultPlan:
    """Read a fault spec; raises FaultSpecError with a sentence for the person who wrote it."""
    rules: dict[str, _Rules] = {}
    settings = {"seed": "1", "latency": "0ms"}
    for part in _parts(spec):
        name, equals, value = part.partition("=")
        if equals and name in settings:
            settings[name] = value
        else:
            _add_rule(rules, part)
    _check_shares(spec, rules)
    return FaultPlan(rules, _seed(settings["seed"]), _latency(settings["latency"]))


def _parts(spec: str) -> list[str]:
    expanded = ",".join(_PRESETS.get(part.strip(), part) for part in spec.split(","))
    return [part.strip() for part in expanded.split(",") if part.strip()]


_RULE: Final = re.compile(r"(?:(?P<action>\w+)\.)?(?P<name>[a-z-]+)(?P<how>[=@])(?P<value>.*)", re.DOTALL)


def _add_rule(rules: dict[str, _Rules], part: str) -> None:
    match = _RULE.fullmatch(part)
    if match is None:
        raise _wrong(part, "a part is NAME=5%, NAME@3, seed=7, latency=50ms, bad-day or none")
    action, name, value = match["action"] or "add", match["name"], match["value"]
    if action not in _ACTIONS:
        raise _wrong(part, f"{action!r} is not an action ({', '.join(_ACTIONS)})")
    if name not in FAULTS:
        raise _wrong(part, f"there is no fault {name!r}")
    rule = rules.setdefault(action, _Rules())
    if match["how"] == "=":
        rule.shares[name] = _share(part, value)
    else:
        rule.fixed.extend((positions, name) for positions in _positions(part, value))


def _share(part: str, text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?)%", text)
    if match is None or float(match[1]) > 100:
        raise _wrong(part, "a share is a percentage from 0% to 100%")
    return float(match[1])


def _positions(part: str, text: str) -> list[range]:
    pieces = [re.fullmatch(r"([1-9][0-9]*)(?:-([1-9][0-9]*))?", piece) for piece in text.split("+")]
    positions = [range(int(piece[1]), int(piece[2] or piece[1]) + 1) for piece in pieces if piece]
    if len(positions) < len(pieces) or not all(positions):
        raise _wrong(part, "positions count from 1 and are written @3, @3+7 or @3-9")
    return positions


def _check_shares(spec: str, rules: Mapping[str, _Rules]) -> None:
    for action, rule in rules.items():
        if sum(rule.shares.values()) > 100:
            raise _wrong(spec, f"the shares for {action} come to more than 100%")


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise _wrong(f"seed={text}", "a seed is a whole number, such as seed=7")
    return int(text)


def _latency(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,6})ms", text)
    if match is None:
        raise _wrong(f"latency={text}", "a latency is in milliseconds, such as latency=50ms")
    return int(match[1]) / 1000


def _wrong(part: str, why: str) -> FaultSpecError:
    allowed = ", ".join((*_PRESETS, *FAULT_NAMES))
    return FaultSpecError(f"The faults {part!r} cannot be read: {why}. Allowed names: {allowed}.")
