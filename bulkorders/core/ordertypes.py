"""ORDER_TYPES: what each type of service needs, what it counts, and what an order of it costs.

One row a type, as panel-api.md section 2 has them. What is required, what is unused, what min and max
are compared with, and the price all come from here; so do the order form and the README's table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bulkorders.core.headings import FIELDS, HEADING_OF


class Price(StrEnum):
    """What the rate of a service is the price of."""

    PER_1000 = "per 1000"
    FLAT = "one order"
    LATER = "charged for each post, later"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """`needs` is required where the row's `field` is the number `value`, and unused for its other numbers."""

    field: str
    value: int
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderType:
    """One type of service (panel-api.md section 2); fields have the API's names.

    `counts` is the field whose number, or number of lines, is the quantity of the order; "" if there is none.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    when: tuple[When, ...] = ()
    counts: str = "quantity"
    price: Price = Price.PER_1000

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the type uses, in the order in which it is sent."""
        return (*self.required, *(w.needs for w in self.when), *self.optional)

    @property
    def target(self) -> str:
        """The field that says what is ordered for: the link, or the user name of a subscription."""
        return "link" if "link" in self.required else "username"

    @property
    def required_headings(self) -> tuple[str, ...]:
        """The headings that must be filled in, for the order form and the README."""
        return tuple(HEADING_OF[field] for field in self.required)

    @property
    def optional_headings(self) -> tuple[str, ...]:
        """The headings that may be filled in, those that only some rows need among them."""
        return tuple(HEADING_OF[field] for field in self.fields if field not in self.required)


def _type(name: str, *required: str, optional: tuple[str, ...] = (), when: tuple[When, ...] = (),
          counts: str = "quantity", price: Price = Price.PER_1000) -> OrderType:  # fmt: skip
    return OrderType(name=name, required=required, optional=optional, when=when, counts=counts, price=price)


_DRIP_FEED = ("runs", "interval")
_SUBSCRIPTION = ("username", "min", "max", "delay")
_FOLLOWING = ("posts", "old_posts", "expiry")
_VISIT = ("link", "quantity", "country", "device", "type_of_traffic")
_TRAFFIC = (
    When(field="type_of_traffic", value=1, needs="google_keyword"),
    When(field="type_of_traffic", value=2, needs="referring_url"),
)

# fmt: off
ORDER_TYPES: tuple[OrderType, ...] = (
    _type("Default", "link", "quantity", optional=_DRIP_FEED),
    _type("Package", "link", counts="", price=Price.FLAT),
    _type("Custom Comments", "link", "comments", counts="comments"),
    _type("Mentions Custom List", "link", "usernames", counts="usernames"),
    _type("Mentions User Followers", "link", "quantity", "username"),
    _type("Subscriptions", *_SUBSCRIPTION, optional=_FOLLOWING, counts="", price=Price.LATER),
    _type("Comment Likes", "link", "quantity", "username"),
    _type("Custom Comments Package", "link", "comments", counts="", price=Price.FLAT),
    _type("Comment Replies", "link", "username", "comments", counts="comments"),
    _type("Mentions", "link", "quantity", "usernames"),
    _type("Mentions with Hashtags", "link", "quantity", "usernames", "hashtags"),
    _type("Mentions Hashtag", "link", "quantity", "hashtag"),
    _type("Mentions Media Likers", "link", "quantity", "media"),
    _type("Poll", "link", "quantity", "answer_number"),
    _type("Invites from Groups", "link", "quantity", "groups"),
    _type("SEO", "link", "quantity", "keywords"),
    _type("Web Traffic", *_VISIT, optional=_DRIP_FEED, when=_TRAFFIC),
)
# fmt: on

_USED = frozenset(field for t in ORDER_TYPES for field in t.fields)
SENDABLE: tuple[str, ...] = tuple(f.name for f in FIELDS if f.name in _USED)
"""Every field that some type sends, in the order of the form's columns."""


def _spelling(name: str) -> tuple[str, ...]:
    """What two spellings of a type are compared by: its words without case and plural."""
    return tuple(word.removesuffix("s") for word in re.split(r"[\s_]+", name.casefold()) if word)


_BY_SPELLING: Mapping[tuple[str, ...], OrderType] = {_spelling(t.name): t for t in ORDER_TYPES}


@lru_cache(maxsize=1024)
def order_type(name: str) -> OrderType | None:
    """The type that a service list's name means; None for an unknown one, which is never guessed.

    Case, `_` for a space, and singular for plural make no difference (`custom_comments`, `Custom Comment`).
    """
    return _BY_SPELLING.get(_spelling(name))
