"""What came where an answer should be (core/pages.py); the words as people read them are in test_outage_words.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkorders.core.pages import EMPTY, GARBLED, HALF, OTHER, PAGES, WEB_PAGE, Page, in_words, is_broken, recognise


@pytest.mark.parametrize(("page", "marker"), [(page, marker) for page in PAGES for marker in page.markers])
def test_no_row_hides_another(page: Page, marker: str) -> None:
    """Every marker of the table leads to its row, and is written as it is compared."""
    assert recognise(f"<!DOCTYPE html>\n<HTML><body {marker.upper()}></HTML>".encode()) is page


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b"", EMPTY),
        (b"\xef\xbb\xbf \n", EMPTY),
        (b" \x0b", EMPTY),
        (b"null", EMPTY),
        (b'{"a', HALF),
        (b"{", HALF),
        (b'"', HALF),
        (b"{x}", GARBLED),
        (b'["Under maintenance"', HALF),
        (b"<p>Hello</p>", WEB_PAGE),
        (b"\xff\xfe\x00", OTHER),
        (b"Nope", OTHER),
        (b"<html>" + b" " * 70_000 + b"maintenance", WEB_PAGE),
    ],
)
def test_pages_without_a_marker(body: bytes, page: Page) -> None:
    """A piece of an answer is never taken for a page, and only the beginning of a page is looked at."""
    assert recognise(body) is page


@given(st.binary(), st.integers(100, 999))
def test_any_body(body: bytes, http_status: int) -> None:
    """Whatever came has words without braces, and every server error and redirect is a broken panel."""
    page = recognise(body)
    assert in_words(page, http_status)
    assert "{" not in in_words(page, http_status) + in_words(None, http_status)
    assert is_broken(page, http_status) or not (http_status >= 500 or 300 <= http_status < 400)
