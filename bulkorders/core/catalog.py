"""The service list as the checks use it: look-up, the nearest to a wrong ID, prices that look like traps."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import chain
from statistics import median

from bulkorders.core.limits import MOST_NAMES
from bulkorders.core.model import Service
from bulkorders.core.ordertypes import Price, order_type

NEAREST = 3
"""How many near services are named."""

_SEARCHES = 500
"""Wrong IDs and names that are looked for in one catalogue; a file may hold a hundred thousand."""

_ALIKE = 0.3
"""The share of letters that two names have in common, from which they are near."""

_CROWD = 5
_DEAR_RATE = 100
_DEAR_ORDER = 20
"""A price is far above the rest when its category has at least _CROWD services sold in the same way, its
rate is over _DEAR_RATE times their median, and its smallest order over _DEAR_ORDER times the median smallest
order (which spares what is priced by the piece). In a real list of 5,586 services that is 16 of them."""

_HEADING = re.compile(r"\W{0,3}(?:[-\u2013\u2014_=~*.#:\u2022]\s?){4,}|(\w)\1{4,}\W*$")
_DEAD = re.compile(
    r"\W*(?:(?:deleted|disabled|do not (?:use|order))\b|test(?:ing)?(?:\W+(?:service|order|only|\d+))*\W*$)",
    re.IGNORECASE,
)
_NINES = re.compile(r"9{4,}(?:\.[09]*)?")


BETWEEN = " - "
"""What stands between the number and the name of a service in the order form's list."""

_LONGEST_CHOICE = 200
_NOT_SHOWN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def choice(service: Service) -> str:
    """A service as the order form offers it: number and name, on one line."""
    name = one_line(service.name)
    return f"{service.id}{BETWEEN}{name}"[:_LONGEST_CHOICE].rstrip() if name else service.id


def is_choice(text: str, service: Service) -> bool:
    """Whether a Service cell names this service by the number and name that it has now."""
    return one_line(text) == choice(service)


def one_line(text: str) -> str:
    """A text from a service list without its line ends and control characters."""
    return _NOT_SHOWN.sub(" ", text).strip()


class Catalog:
    """The live service list, and behind it the services that earlier orders remember.

    IDs are compared as text: "007" is not "7". The searches are made ready when they are first needed.
    """

    def __init__(self, live: Iterable[Service], remembered: Iterable[Service] = ()) -> None:
        self._live: dict[str, Service] = {s.id: s for s in live}
        self._remembered: dict[str, Service] = {s.id: s for s in remembered}
        self._near: dict[str, list[Service]] = {}
        self._sizes: dict[str, int] = {}

    def live(self, service_id: str) -> Service | None:
        """The service that the panel offers now under this ID."""
        return self._live.get(service_id)

    def known(self, service_id: str) -> Service | None:
        """The service of this ID as the panel offers it now, else as an earlier order remembers it."""
        return self._live.get(service_id) or self._remembered.get(service_id)

    def meant(self, text: str) -> str:
        """The ID that a Service cell means: the cell itself, or what stands before the name in a choice of the form."""
        before, between, _ = text.partition(BETWEEN)
        return before if between and before and " " not in before and self.known(text) is None else text

    def nearest(self, text: str) -> list[Service]:
        """Up to three live services that a wrong ID, or a name in its place, may have meant; best first.

        For an ID, those that differ by one slip of the fingers; for a name, those that are most alike.
        """
        found = self._near.get(text)
        if found is None:
            found = self._find(text[:100]) if len(self._near) < _SEARCHES else []
            self._near[text] = found
        return found

    def trap(self, service: Service) -> str | None:
        """Why a price looks like a trap, as the end of the sentence "Service 7 ..."; None where it does not.

        Panels sell headings and dead entries at absurd rates, so that nobody orders them (panel-api.md
        section 3).
        """
        if _HEADING.match(service.name):
            return "is a heading of the list and no real service"
        if _DEAD.match(service.name):
            return "has a name that says it is not for sale"
        if _NINES.fullmatch(f"{service.rate:f}") and service.min == service.max:
            return "has a price that stands for no price"
        return self._dear(service)

    def _find(self, text: str) -> list[Service]:
        if not text:
            return []
        ids = dict.fromkeys(chain.from_iterable(map(self._near_ids, _as_ids(text))))
        near = [self._live[i] for i in ids][:NEAREST]
        return near if near or not re.search(r"[^\W\d_]{2}", text) else self._near_names(text)

    def _near_ids(self, text: str) -> Iterator[str]:
        return (slip for slip in _slips(text, self._alphabet) if slip in self._live)

    def _near_names(self, text: str) -> list[Service]:
        asked = _threes(text)
        shared = Counter(chain.from_iterable(self._by_three.get(three, ()) for three in asked))
        likeness = {i: 2 * n / (len(asked) + self._sizes[i]) for i, n in shared.items()}
        best = sorted(likeness, key=lambda i: (-likeness[i], i))[:NEAREST]
        return [self._live[i] for i in best if likeness[i] >= _ALIKE]

    @cached_property
    def _alphabet(self) -> str:
        return "".join(sorted(set().union(*self._live)))[:64]

    @cached_property
    def _by_three(self) -> Mapping[str, list[str]]:
        """The IDs of the services whose name holds three given letters in a row."""
        found = defaultdict(list)
        pieces = 0
        for service in self._live.values():
            threes = _threes(service.name)
            pieces += len(threes)
            if pieces > MOST_NAMES:
                break
            self._sizes[service.id] = len(threes)
            for three in threes:
                found[three].append(service.id)
        return found

    @cached_property
    def _usual(self) -> Mapping[tuple[str, bool], tuple[int, Decimal, Decimal]]:
        """How many services a category has, flat-priced or not, with the median rate and smallest order."""
        groups = defaultdict(list)
        for service in self._live.values():
            groups[service.category, _flat(service)].append(service)
        return {
            key: (len(group), median(s.rate for s in group), median(map(_smallest, group)))
            for key, group in groups.items()
        }

    def _dear(self, service: Service) -> str | None:
        usual = self._usual.get((service.category, _flat(service)))
        if usual is None:
            return None
        count, rate, smallest = usual
        dear = service.rate > rate * _DEAR_RATE and _smallest(service) > smallest * _DEAR_ORDER
        if count < _CROWD or not rate or not dear:
            return None
        return f"costs {service.rate / rate:,.0f} times as much as is usual in its category"


def _flat(service: Service) -> bool:
    kind = order_type(service.type)
    return kind is not None and kind.price is Price.FLAT


def _smallest(service: Service) -> Decimal:
    """The cost of the smallest order, in account currency."""
    return service.rate if _flat(service) else service.rate * service.min / 1000


def _as_ids(text: str) -> list[str]:
    """The IDs that a text may hold: itself, and for "#7", "007" or "7.0" the number in it."""
    number = re.fullmatch(r"(?:service|id|no|nr|[#.:\s])*0*([0-9]+)(?:\.0+)?", text, re.IGNORECASE)
    return [number[1], text] if number and number[1] != text else [text]


def _slips(text: str, alphabet: str) -> Iterator[str]:
    """The text itself, then with two neighbours swapped, one character changed, one added, one left out."""
    cuts = [(text[:i], text[i:]) for i in range(min(len(text), 20) + 1)]
    yield text
    if len(text) < 2:
        return
    yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    yield from (a + c + b[1:] for a, b in cuts if b for c in alphabet)
    yield from (a + c + b for a, b in cuts for c in alphabet)
    yield from (a + b[1:] for a, b in cuts if b)


def _threes(name: str) -> frozenset[str]:
    """Every three letters in a row of a name's words, by which names are compared."""
    flat = " ".join(["", *re.findall(r"[^\W_]+", name[:300].casefold()), ""])
    return frozenset(flat[i : i + 3] for i in range(len(flat) - 2))
