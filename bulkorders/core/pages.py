"""PAGES: what came where a panel's answer should be, in words: an empty body, half an answer, and which web page.

Panels stand behind gateways, and gateways speak for themselves: a browser check, a maintenance page, a login. Whoever
reads "not JSON" can do nothing about it; whoever reads "asks for a browser check" can tell the panel's support.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A body that is no answer, known by its `markers` (any of them, in lower case).

    `says` is a part of a sentence; `{status}` stands for the HTTP status. `whole` False: it may be a piece of an answer
    that got lost on its way, and speaks of the connection rather than of the panel.
    """

    says: str
    markers: tuple[str, ...] = ()
    whole: bool = True


PAGES: Final[tuple[Page, ...]] = (
    Page(
        says="the panel's site blocks this computer's internet address (HTTP {status})",
        markers=(
            "you have been blocked", "error code: 1020", "error 1020", "your ip has been", "your ip address has been",
        ),
    ),
    Page(
        says="the panel's site asks for a browser check instead of answering (HTTP {status})",
        markers=(
            "just a moment...", "checking your browser", "checking if the site connection is secure",
            "attention required!", "cf_chl_opt", "cf-chl-", "cf-browser-verification", "ddos-guard",
            "enable javascript and cookies", "verify you are human", "verifying you are human", "_incapsula_",
            "sucuri website firewall",
        ),
    ),
    Page(
        says="a login page came instead of an answer (HTTP {status}): check the panel's address",
        markers=(
            'type="password"', "type='password'", "type=password",
            "<title>login", "<title>log in", "<title>sign in",
        ),
    ),
    Page(
        says="the panel's site is suspended or for sale (HTTP {status})",
        markers=(
            "account has been suspended", "account suspended", "suspendedpage.cgi", "domain is for sale",
            "buy this domain", "domain has expired", "parked free",
        ),
    ),
    Page(
        says="the panel is down for maintenance (HTTP {status})",
        markers=("maintenance", "be right back", "be back soon", "be back shortly", "under construction"),
    ),
)  # fmt: skip
"""The web pages that tell what is the matter; the first row with a marker on the page decides."""

EMPTY: Final = Page(says="an empty answer came (HTTP {status})", whole=False)
HALF: Final = Page(says="half an answer came (HTTP {status})", whole=False)
GARBLED: Final = Page(says="an answer came that cannot be read (HTTP {status})", whole=False)
WEB_PAGE: Final = Page(says="a web page came instead of an answer (HTTP {status})")
OTHER: Final = Page(says="an answer came that is not JSON (HTTP {status})")

NEITHER: Final = "an answer came that says neither yes nor no (HTTP {status})"
"""For good JSON with nothing in it."""

REDIRECTS: Final = range(300, 400)
REDIRECTED: Final = (
    "the panel's address sends one elsewhere (HTTP {status}), and the key is not sent there: check the address"
)

STATUSES: Final[tuple[tuple[Collection[int], str], ...]] = (
    ((401,), "HTTP {status} came without a word about the key: check the key and the panel's address"),
    ((403,), "the panel's site refuses access (HTTP {status}): check the panel's address, or ask its support"),
    ((404, 405, 410), "there is no API at the panel's address (HTTP {status}): check the address"),
    ((429,), "too many requests (HTTP {status})"),
    ((502, 503, 504, *range(520, 531)), "a gateway in front of the panel answered {status}"),
    (range(500, 600), "the panel's server failed (HTTP {status})"),
)
"""What an HTTP status tells where the page tells nothing."""

_SCANNED: Final = 65_536
"""Bytes of a page that are looked through for markers."""

_CLOSED_BY: Final = {"{": b"}", "[": b"]", '"': b'"'}


def recognise(body: bytes) -> Page:
    """Which page a body is that is not the JSON of an answer."""
    text = body[:_SCANNED].decode("utf-8", errors="replace").lstrip("\ufeff").strip().casefold()
    if not text or text == "null":
        return EMPTY
    if text[0] in _CLOSED_BY:
        return GARBLED if len(text) > 1 and body.rstrip().endswith(_CLOSED_BY[text[0]]) else HALF
    known = next((page for page in PAGES if any(marker in text for marker in page.markers)), None)
    return known or (WEB_PAGE if "<" in text else OTHER)


def in_words(page: Page | None, http_status: int) -> str:
    """What came instead of an answer, as a part of a sentence; no page: good JSON that says nothing."""
    if http_status in REDIRECTS:
        return REDIRECTED.format(status=http_status)
    says = page.says if page else NEITHER
    if page is None or not page.markers:
        says = next((told for statuses, told in STATUSES if http_status in statuses), says)
    return says.format(status=http_status)


def is_broken(page: Page | None, http_status: int) -> bool:
    """Whether something other than the panel's API answered, so that the next request will fare no better."""
    return http_status >= 500 or http_status in REDIRECTS or (page is not None and page.whole)
