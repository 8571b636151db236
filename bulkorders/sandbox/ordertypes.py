"""What an order of each service type needs, how much it orders and what it costs (panel-api.md section 2).

This is the panel's own view, kept apart from the client's on purpose. Error texts are those of section 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bulkorders.sandbox.catalog import Service

Form = Mapping[str, str]
"""The form fields of one request."""


class Refusal(Exception):
    """The panel says no; `str(refusal)` is the text of the answer's `error`."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order that may be taken: pieces to deliver in all (posts of a subscription) and USD to pay."""

    quantity: int
    charge: Decimal


@dataclass(frozen=True, slots=True)
class OrderType:
    """The fields of one service type, and how its quantity and charge come about."""

    required: tuple[str, ...]
    quantity: Callable[[Service, Form], int]
    charge: Callable[[Service, int], Decimal]
    required_when: Mapping[tuple[str, str], str]


def purchase(service: Service, form: Form, today: date) -> Purchase:
    """Check the fields of an `add` and price it; raises Refusal with a real panel's words."""
    order_type = ORDER_TYPES[service.type]
    _check_present(order_type.required, form)
    _check_fields(form, today)
    _check_conditional(order_type.required_when, form)
    _check_dripfeed(service, form)
    quantity = order_type.quantity(service, form)
    return Purchase(quantity, order_type.charge(service, quantity))


# Checks of the fields.

_DELAYS: Final = (
    0, 5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600,
)  # fmt: skip


def _is_whole(text: str) -> bool:
    # Nine digits at most, so that quantity times runs fits into the books' 64-bit integers.
    return re.fullmatch(r"[0-9]{1,9}", text) is not None


def _is_positive(text: str) -> bool:
    return _is_whole(text) and int(text) > 0


def _is_expiry(text: str, today: date) -> bool:
    match = re.fullmatch(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", text)
    if match is None:
        return False
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day) >= today
    except ValueError:
        return False


_FIELD_CHECKS: Final[dict[str, tuple[Callable[[str, date], bool], str]]] = {
    "link": (lambda text, _: re.search(r"\s", text) is None, "Bad link"),
    "quantity": (lambda text, _: _is_whole(text), "Incorrect quantity"),
    "runs": (lambda text, _: _is_positive(text), "Incorrect runs"),
    "interval": (lambda text, _: _is_positive(text), "Invalid Interval in minutes"),
    "min": (lambda text, _: _is_whole(text), "Incorrect min"),
    "max": (lambda text, _: _is_whole(text), "Incorrect max"),
    "posts": (lambda text, _: _is_whole(text), "Incorrect posts"),
    "old_posts": (lambda text, _: _is_whole(text), "Incorrect old posts"),
    "delay": (lambda text, _: _is_whole(text) and int(text) in _DELAYS, "Incorrect delay"),
    "expiry": (_is_expiry, "Incorrect expiry"),
}


def _value(form: Form, field: str) -> str:
    return form.get(field, "").strip()


def _check_present(fields: tuple[str, ...], form: Form) -> None:
    for field in fields:
        if not _value(form, field):
            name = field.replace("_", " ").capitalize()
            raise Refusal("Bad link" if field == "link" else f"{name} is required")


def _check_fields(form: Form, today: date) -> None:
    for field, (is_right, error) in _FIELD_CHECKS.items():
        text = _value(form, field)
        if text and not is_right(text, today):
            raise Refusal(error)


def _check_conditional(required_when: Mapping[tuple[str, str], str], form: Form) -> None:
    for (field, value), needed in required_when.items():
        if _value(form, field) == value:
            _check_present((needed,), form)


def _check_dripfeed(service: Service, form: Form) -> None:
    runs, interval = _value(form, "runs"), _value(form, "interval")
    if not runs and not interval:
        return
    if not service.dripfeed:
        raise Refusal("This service not support Dripfeed")
    if not interval:
        raise Refusal("Invalid Interval in minutes")
    if not runs:
        raise Refusal("Runs is required")


# How much is ordered, and what it costs.


def _within_limits(service: Service, quantity: int) -> int:
    if quantity < service.min:
        raise Refusal(f"Quantity less than minimal {service.min}")
    if service.max and quantity > service.max:
        raise Refusal(f"Quantity more than maximum {service.max}")
    return quantity


def _asked(service: Service, form: Form) -> int:
    """The limits hold for one run of a drip-feed; all its runs are delivered and paid."""
    return _within_limits(service, int(_value(form, "quantity"))) * int(_value(form, "runs") or "1")


def _lines(field: str) -> Callable[[Service, Form], int]:
    # Only the ends are trimmed: like many real panels, this one counts a blank line in between.
    return lambda service, form: _within_limits(service, len(_value(form, field).split("\n")))


def _one(_service: Service, _form: Form) -> int:
    return 1


def _posts(service: Service, form: Form) -> int:
    low, high = (_within_limits(service, int(_value(form, field))) for field in ("min", "max"))
    if low > high:
        raise Refusal("Max must be greater than or equal to min")
    return int(_value(form, "posts") or "0")


def _per_thousand(service: Service, quantity: int) -> Decimal:
    return (service.rate * quantity).scaleb(-3)


def _flat(service: Service, _quantity: int) -> Decimal:
    return service.rate


def _free(_service: Service, _quantity: int) -> Decimal:
    # A real panel charges for every post when it appears; the practice panel has no posts.
    return Decimal(0)


def _type(
    *required: str,
    quantity: Callable[[Service, Form], int] = _asked,
    charge: Callable[[Service, int], Decimal] = _per_thousand,
    when: Mapping[tuple[str, str], str] | None = None,
) -> OrderType:
    return OrderType(required, quantity, charge, when or {})


_SOURCES: Final = {("type_of_traffic", "1"): "google_keyword", ("type_of_traffic", "2"): "referring_url"}

ORDER_TYPES: Final[dict[str, OrderType]] = {
    "Default": _type("link", "quantity"),
    "Package": _type("link", quantity=_one, charge=_flat),
    "Custom Comments": _type("link", "comments", quantity=_lines("comments")),
    "Mentions Custom List": _type("link", "usernames", quantity=_lines("usernames")),
    "Mentions User Followers": _type("link", "quantity", "username"),
    "Subscriptions": _type("username", "min", "max", "delay", quantity=_posts, charge=_free),
    "Comment Likes": _type("link", "quantity", "username"),
    "Custom Comments Package": _type("link", "comments", quantity=_one, charge=_flat),
    "Comment Replies": _type("link", "username", "comments", quantity=_lines("comments")),
    "Mentions": _type("link", "quantity", "usernames"),
    "Mentions with Hashtags": _type("link", "quantity", "usernames", "hashtags"),
    "Mentions Hashtag": _type("link", "quantity", "hashtag"),
    "Mentions Media Likers": _type("link", "quantity", "media"),
    "Poll": _type("link", "quantity", "answer_number"),
    "Invites from Groups": _type("link", "quantity", "groups"),
    "SEO": _type("link", "quantity", "keywords"),
    "Web Traffic": _type("link", "quantity", "country", "device", "type_of_traffic", when=_SOURCES),
}
"""The seventeen types of panel-api.md section 2, by the spelling that the service list uses."""
