"""REFUSALS: what a panel's error text means: fix the row, wait, stop the run (panel-api.md section 5).

The first row of the table that holds one of the words decides, so the order is the meaning: "Too many failed
attempts" is about the key and not about too many requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an error text is about: KEY, FUNDS, ACTIVE and BUSY mean "not now", LOST that nobody knows."""

    KEY = "key"
    FUNDS = "funds"
    SERVICE = "service"
    QUANTITY = "quantity"
    FIELDS = "fields"
    ACTIVE = "active_order"
    BUSY = "busy"
    NOT_OFFERED = "not_offered"
    LOST = "lost"
    UNKNOWN = "unknown"


NOT_NOW: Final = frozenset({Kind.KEY, Kind.FUNDS, Kind.ACTIVE, Kind.BUSY})
"""Nothing was ordered and the row itself is not to blame: the same order may be sent later."""

REFUSALS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    (
        Kind.KEY,
        (
            "invalid api key", "invalid_api_key", "invalid key", "incorrect api key", "incorrect key",
            "wrong api key", "api key is required", "api key is invalid", "api key is incorrect",
            "api key not found", "key is required", "key is not valid", "key is wrong", "key is disabled",
            "key has expired", "key expired", "api token", "authentication failed", "authentication required",
            "not authenticated", "api is not enabled", "ip is not allowed", "ip address is not allowed",
            "not whitelisted", "unauthorized", "unauthorised", "unauthenticated",
            "account is inactive", "account inactive", "account suspended", "account is suspended",
            "account has been suspended", "account is disabled", "account disabled", "account is blocked",
            "account is banned", "api is disable", "api access is disabled", "too many failed attempts",
        ),
    ),
    (
        Kind.FUNDS,
        (
            "not enough funds", "not_enough_funds", "not enough balance", "not enough money",
            "insufficient balance", "insufficient_balance", "insufficient funds", "insufficient_funds",
            "balance is insufficient", "balance is not enough", "balance is too low",
        ),
    ),
    (
        Kind.ACTIVE,
        (
            "active order with this link", "wait until order being completed", "link_duplicate",
            "duplicate order", "order is duplicate", "already has an order", "already an active order",
            "already has an active order", "already have an active order", "have active order",
        ),
    ),
    (
        Kind.BUSY,
        (
            "too many requests", "rate limit", "rate_limit", "ratelimit", "spam protection", "maintenance",
            "temporarily unavailable", "slow down",
        ),
    ),
    (
        # After these words the order may exist all the same, and a refused row is sent again by the next run.
        Kind.LOST,
        (
            "error processing", "internal server error", "internal error", "something went wrong",
            "unexpected error", "gateway timeout", "gateway time-out", "timed out", "sqlstate",
        ),
    ),
    (
        Kind.SERVICE,
        (
            "incorrect service", "invalid service", "wrong service", "service id does not exist",
            "service does not exist", "service not found", "service inactive", "service_inactive",
            "service is inactive", "service is not active", "disabled service", "service disabled",
            "service is disabled", "service not available", "service is not available",
            "neworder.error.service",
        ),
    ),
    (
        Kind.NOT_OFFERED,
        (
            "action is invalid", "invalid action", "incorrect action", "unknown action", "wrong action",
            "action not found", "action not supported", "action is not supported", "method not allowed",
        ),
    ),
    (
        Kind.QUANTITY,
        (
            "quantity less than", "quantity more than", "min_quantity", "max_quantity", "less than minimal",
            "more than maximum", "must be greater than", "must be less than", "must be multiple of",
            "must be a multiple of", "incorrect quantity", "invalid quantity",
        ),
    ),
    (
        Kind.FIELDS,
        (
            "bad link", "incorrect link", "invalid link", "wrong link", "link is invalid",
            "neworder.error.link", "private account", "account is private", "is required",
            "incorrect request", "invalid interval", "not support drip", "invalid url",
            "incorrect username", "invalid username",
        ),
    ),
)  # fmt: skip
"""Kind and the words that tell it, the most specific first; case does not matter."""

_BARE: Final = frozenset({"forbidden", "403 forbidden", "access denied", "permission denied"})
"""Texts about the key when they are all that is said; with more words they may be about a link or a service."""

_BY_HTTP_STATUS: Final = {401: Kind.KEY, 402: Kind.FUNDS, 429: Kind.BUSY}
_TOO_MANY: Final = 429

LONGEST_WAIT: Final = 3600.0
"""However long a panel asks for, we ask again after an hour (seconds)."""


def refusal_kind(text: str, http_status: int = 200) -> Kind:
    """What an error text means; words that no row knows are told by the HTTP status, or are UNKNOWN.

    HTTP 429 promises that nothing was created (panel-api.md section 4), so it is never LOST.
    """
    words = " ".join(text.casefold().split())
    kind = next((kind for kind, known in REFUSALS if any(word in words for word in known)), Kind.UNKNOWN)
    if words.rstrip(" .!") in _BARE:
        return Kind.KEY
    if kind is Kind.UNKNOWN or (kind is Kind.LOST and http_status == _TOO_MANY):
        return _BY_HTTP_STATUS.get(http_status, Kind.UNKNOWN)
    return kind


_SELDOM: Final = re.compile(
    r"too (?:many|often|frequent)|limit|per (?:second|minute|hour|day)|"
    r"(?:once|times) (?:a|an|per|every|in)\b|try again in",
    re.IGNORECASE,
)


def is_seldom(kind: str, text: str) -> bool:
    """Whether a refusal of a mere question says that it was asked too often (panel-api.md section 7).

    Panels have words of their own for that, of which an order must not be judged: they may be about its quantity.
    """
    return kind == Kind.BUSY or (kind == Kind.UNKNOWN and _SELDOM.search(text) is not None)


_WAIT: Final = re.compile(
    r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b",
    re.IGNORECASE,
)
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def wait_seconds(text: str) -> float | None:
    """The seconds that a text such as "Spam protection, wait 7 seconds" asks for, an hour at most."""
    found = _WAIT.search(text)
    if found is None:
        return None
    return min(float(found["number"]) * _UNIT_SECONDS[found["unit"][0].lower()], LONGEST_WAIT)


def header_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that `Retry-After` or `X-RateLimit-Reset` ask for, an hour at most (section 7).

    `headers` are looked up in lower case; `now` is seconds since 1970, for headers that name a moment.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        seconds = _header_seconds(headers.get(name, "").strip(), now)
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST_WAIT)
    return None


_A_MOMENT: Final = 1_000_000_000
"""Numbers from here on are seconds since 1970, smaller ones are seconds from now."""


def _header_seconds(value: str, now: float) -> float | None:
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", value):
        number = float(value)
        return number - now if number >= _A_MOMENT else number
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
