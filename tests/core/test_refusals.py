"""What a panel's error texts mean (panel-api.md section 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkorders.core.refusals import LONGEST_WAIT, REFUSALS, Kind, header_wait, refusal_kind, wait_seconds

SEEN = {
    Kind.KEY: (
        "Invalid API key",
        "invalid_api_key",
        "Incorrect API key",
        "API key is required",
        "unauthorized",
        "account is inactive",
        "Account suspended",
        "API is Disable for this user or User Not Found! Contact the Support",
        "Too many failed attempts",
    ),
    Kind.FUNDS: (
        "Not enough funds",
        "Not enough funds on balance",
        "neworder.error.not_enough_funds",
        "Insufficient balance",
        "Insufficient funds",
        "insufficient_balance",
        "Your balance is insufficient",
    ),
    Kind.SERVICE: (
        "Incorrect service ID",
        "Service ID does not exists",
        "Invalid Service Id",
        "Service not found",
        "Service inactive",
        "Disabled service",
        "neworder.error.service_inactive",
    ),
    Kind.QUANTITY: (
        "Quantity less than minimal 100",
        "Quantity more than maximum 10000",
        "neworder.error.min_quantity",
        "The quantity must be greater than or equal to 10",
        "Quantity must be multiple of 10",
    ),
    Kind.FIELDS: (
        "Bad link",
        "Incorrect link",
        "neworder.error.link",
        "This is a private account",
        "link is required",
        "Incorrect request",
        "Invalid Interval in minutes",
        "This service not support Dripfeed",
    ),
    Kind.ACTIVE: (
        "You have active order with this link. Please wait until order being completed.",
        "neworder.error.link_duplicate",
        "Duplicate order",
        "This link already has an order",
        "There is already an active order",
    ),
    Kind.BUSY: (
        "Too many requests",
        "API rate limit exceeded",
        "Spam protection, wait 7 seconds",
        "We are under maintenance",
        "Service temporarily unavailable",
        "Too many requests for this API key, please try again later",
    ),
    Kind.NOT_OFFERED: ("This action is Invalid",),
    Kind.LOST: (
        "There was an error processing your request. Please try again later",
        "Internal Server Error",
    ),
    Kind.UNKNOWN: ("Nope", "", "Заказ не принят"),
}
CASES = [(kind, text) for kind, texts in SEEN.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_texts_seen(kind: Kind, text: str) -> None:
    """Every text that was seen has its meaning, in any case and with any spacing."""
    assert refusal_kind(text) is kind
    assert refusal_kind(text.upper().replace(" ", " \n ")) is kind


def test_every_kind_is_seen() -> None:
    """A new kind needs a text here."""
    assert set(SEEN) == set(Kind)


@pytest.mark.parametrize(("kind", "word"), [(kind, word) for kind, words in REFUSALS for word in words])
def test_no_row_hides_another(kind: Kind, word: str) -> None:
    """Every word of the table is reached, and is written as it is compared."""
    assert refusal_kind(word) is kind


@pytest.mark.parametrize(
    ("text", "status", "kind"),
    [
        ("whatever", 429, Kind.BUSY),
        ("There was an error processing your request", 429, Kind.BUSY),
        ("Invalid API key", 429, Kind.KEY),
        ("Forbidden for you", 401, Kind.KEY),
        ("Payment please", 402, Kind.FUNDS),
        ("Bad link", 401, Kind.FIELDS),
        ("whatever", 403, Kind.UNKNOWN),
        ("Forbidden", 403, Kind.KEY),
        ("Access denied.", 200, Kind.KEY),
        ("This link is forbidden", 403, Kind.UNKNOWN),
    ],
)
def test_http_status_decides_unknown_words(text: str, status: int, kind: Kind) -> None:
    """The words come first; HTTP 429 always promises that nothing was created."""
    assert refusal_kind(text, status) is kind


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Spam protection, wait 7 seconds", 7.0),
        ("Please wait 1 minute", 60.0),
        ("try again in 2 mins", 120.0),
        ("retry in 30s", 30.0),
        ("wait 1.5 sec", 1.5),
        ("wait 3 hours", LONGEST_WAIT),
        ("wait 999999999 seconds", LONGEST_WAIT),
        ("wait 0 seconds", 0.0),
        ("Please wait until order being completed", None),
        ("Quantity 100 is too small", None),
        ("", None),
    ],
)
def test_wait_seconds(text: str, seconds: float | None) -> None:
    """A wait that the text names is read, an hour at most."""
    assert wait_seconds(text) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "99999"}, LONGEST_WAIT),
        ({"retry-after": "Sun, 09 Sep 2001 01:47:00 GMT"}, 20.0),
        ({"retry-after": "Sun, 09 Sep 2001 01:00:00 GMT"}, 0.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "3"}, 3.0),
        ({"x-ratelimit-reset": "1000000030"}, 30.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "Sun, 99 Sep 9999999 01:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_header_wait(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds from now, an HTTP date, or seconds since 1970; nonsense is no wait."""
    assert header_wait(headers, now=1_000_000_000.0) == seconds


@given(st.text())
def test_any_text(text: str) -> None:
    """No text breaks the readers, and no wait is longer than an hour."""
    assert refusal_kind(text) in Kind
    assert 0 <= (wait_seconds(text) or 0) <= LONGEST_WAIT
    assert 0 <= (header_wait({"retry-after": text}, 0.0) or 0) <= LONGEST_WAIT
