"""What a person reads when the panel cannot be reached, or something else answers in its place."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from bulkorders import panel as panel_module
from bulkorders.core.refusals import Kind
from bulkorders.core.states import Accepted, AnswerLost, NotSent
from bulkorders.panel import UNREACHABLE, Panel, PanelError
from tests.wire import Reply, ask, closed_port, http, place, raw, reset, wire, wire_tls, wire_without_reading

ELSEWHERE = "https://panel.invalid/api/v2"


def not_sent(url: str, **options: float) -> str:
    """The words for an order that provably did not leave, which are those for the balance, too."""
    outcome = place(url, **options)
    assert isinstance(outcome, NotSent)
    with pytest.raises(PanelError) as caught:
        ask(url, Panel.balance, **options)
    assert (caught.value.kind, caught.value.text) == (UNREACHABLE, outcome.text)
    return outcome.text


# Nothing left.

NO_NAME = "the name panel.invalid was not found: no internet connection, or a slip in the address"
NO_NETWORK = "this computer has no network connection to the panel's server"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), NO_NAME),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), NO_NAME),
        (OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)), NO_NETWORK),
        (OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)), NO_NETWORK),
    ],
)
def test_no_internet(monkeypatch: pytest.MonkeyPatch, error: OSError, words: str) -> None:
    """Without a network, or a name lookup, it says so and thinks of a slip in the address."""

    def fails(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert not_sent(ELSEWHERE) == words


def test_nobody_listens() -> None:
    """A server that is down."""
    words = "the panel's server refuses connections: it is down, or the address is wrong"
    assert not_sent(f"http://127.0.0.1:{closed_port()}/") == words
    assert not_sent(f"http://localhost:{closed_port()}/") == words, "also where one name has several addresses"


def test_a_server_that_does_not_take_the_connection() -> None:
    """Silence while connecting, here in the TLS handshake."""
    with wire_without_reading("silence") as server:
        words = not_sent(server.url.replace("http:", "https:"), connect_timeout=0.2)
    assert words == "the panel's server does not answer: no connection within 0.2 seconds"


def now_plus(days: int) -> datetime:
    """A moment, as certificates name it."""
    return datetime.now(UTC) + timedelta(days=days)


def unknown() -> tuple[trustme.CA, trustme.LeafCert]:
    """A certificate whose authority nobody knows."""
    return trustme.CA(), trustme.CA().issue_cert("127.0.0.1")


def expired() -> tuple[trustme.CA, trustme.LeafCert]:
    """A certificate that was good until yesterday."""
    authority = trustme.CA()
    return authority, authority.issue_cert("127.0.0.1", not_before=now_plus(-9), not_after=now_plus(-1))


def early() -> tuple[trustme.CA, trustme.LeafCert]:
    """A certificate that is good from tomorrow on: mostly it is the computer's clock that is wrong."""
    authority = trustme.CA()
    return authority, authority.issue_cert("127.0.0.1", not_before=now_plus(1), not_after=now_plus(9))


def another() -> tuple[trustme.CA, trustme.LeafCert]:
    """A certificate for another name."""
    authority = trustme.CA()
    return authority, authority.issue_cert("panel.example")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (unknown, "is not signed by an authority that this computer knows"),
        (expired, "has expired, if this computer's clock is right"),
        (early, "is not valid yet, if this computer's clock is right"),
        (another, "is for another name than 127.0.0.1"),
    ],
)
def test_a_certificate_that_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, made: Callable[[], tuple[trustme.CA, trustme.LeafCert]], reason: str
) -> None:
    """Why the certificate is not believed, and no order leaves."""
    authority, certificate = made()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(panel_module, "_ssl_context", lambda: context)
    with wire_tls(certificate, http({"order": 5})) as server:
        words = not_sent(server.url)
    assert words == f"the panel's site cannot prove that it is the panel: its certificate {reason}"
    assert server.forms == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "the panel's server does not speak https at this address: check the address",
        ),
        (raw(b""), "the panel's server broke the connection off before anything was sent"),
        (reset, "the panel's server broke the connection off before anything was sent"),
        (
            raw(b"\x15\x03\x03\x00\x02\x02\x28"),  # a TLS alert: handshake failure
            "no secure connection to the panel's server could be agreed on",
        ),
    ],
)
def test_a_server_without_tls(reply: Reply, words: str) -> None:
    """Plain HTTP at the port of https, a connection that breaks off, a handshake that fails."""
    with wire_without_reading(reply) as server:
        assert not_sent(server.url.replace("http:", "https:")) == words


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), "407 Proxy Authentication Required"),
        (raw(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "403 Forbidden"),
    ],
)
def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch, reply: Reply, words: str) -> None:
    """The proxy is named as what it is, without its password."""
    with wire(reply) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:s3cr3t@127.0.0.1:{server.port}")
        assert not_sent(ELSEWHERE) == f"the proxy in this computer's settings refused the connection: {words}"


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the proxy that cannot be reached then, and not the panel."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    words = "the proxy in this computer's settings refuses connections: it is down, or the address is wrong"
    assert not_sent(ELSEWHERE) == words


# Something else answered.

CLOUDFLARE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>x</body></html>"
CHECKING = b"<html><head><title>x</title></head><body><h1>Checking your browser before accessing</h1></body></html>"
ATTENTION = b"<html><head><title>Attention Required! | Cloudflare</title></head><body>captcha</body></html>"
DDOS_GUARD = b"<!doctype html><html><head><title>DDoS-Guard</title></head><body></body></html>"
BLOCKED = b"<html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1></html>"
MAINTENANCE = b"<html><body><h1>Under Maintenance</h1><p>We will be back soon</p></body></html>"
LOGIN = b'<html><form action="/login"><input name="login"><input type="password" name="password"></form></html>'
SUSPENDED = b"<html><head><title>Account Suspended</title></head><body>Contact your hosting provider</body></html>"
NGINX = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center>nginx</body></html>"
PHP = b"<br />\n<b>Fatal error</b>: Uncaught Error in /home/x/index.php:1"

BROWSER_CHECK = "the panel's site asks for a browser check instead of answering (HTTP {})"
GATEWAY = "a gateway in front of the panel answered {}"
LOOKED_FOR = "there is no API at the panel's address (HTTP {}): check the address"
MOVED = "the panel's address sends one elsewhere (HTTP {}), and the key is not sent there: check the address"

PAGE_ANSWERS: list[tuple[bytes, int, str]] = [
    (CLOUDFLARE, 403, BROWSER_CHECK),
    (CLOUDFLARE, 503, BROWSER_CHECK),
    (CLOUDFLARE, 200, BROWSER_CHECK),
    (CLOUDFLARE, 401, BROWSER_CHECK),
    (CHECKING, 503, BROWSER_CHECK),
    (ATTENTION, 403, BROWSER_CHECK),
    (DDOS_GUARD, 403, BROWSER_CHECK),
    (DDOS_GUARD, 200, BROWSER_CHECK),
    (BLOCKED, 403, "the panel's site blocks this computer's internet address (HTTP {})"),
    (b"error code: 1020", 403, "the panel's site blocks this computer's internet address (HTTP {})"),
    (MAINTENANCE, 200, "the panel is down for maintenance (HTTP {})"),
    (MAINTENANCE, 503, "the panel is down for maintenance (HTTP {})"),
    (LOGIN, 200, "a login page came instead of an answer (HTTP {}): check the panel's address"),
    (SUSPENDED, 200, "the panel's site is suspended or for sale (HTTP {})"),
    (NGINX % (502, 502), 502, GATEWAY),
    (NGINX % (503, 503), 503, GATEWAY),
    (NGINX % (504, 504), 504, GATEWAY),
    (b"error code: 522", 522, GATEWAY),
    (b"", 502, GATEWAY),
    (b'{"order": 1', 504, GATEWAY),
    (b"{}", 503, GATEWAY),
    (NGINX % (500, 500), 500, "the panel's server failed (HTTP {})"),
    (b"", 500, "the panel's server failed (HTTP {})"),
    (NGINX % (404, 404), 404, LOOKED_FOR),
    (
        NGINX % (403, 403),
        403,
        "the panel's site refuses access (HTTP {}): check the panel's address, or ask its support",
    ),
    (NGINX % (301, 301), 301, MOVED),
    (b"", 302, MOVED),
    (b"", 307, MOVED),
    (b"{}", 308, MOVED),
    (PHP, 200, "a web page came instead of an answer (HTTP {})"),
    (b"OK", 200, "an answer came that is not JSON (HTTP {})"),
]
NO_PAGES: list[tuple[bytes, int, str]] = [
    (b"", 200, "an empty answer came (HTTP {})"),
    (b" \r\n", 200, "an empty answer came (HTTP {})"),
    (b"null", 200, "an empty answer came (HTTP {})"),
    (b'{"ord', 200, "half an answer came (HTTP {})"),
    (b"[", 200, "half an answer came (HTTP {})"),
    (b'{"order": oops}', 200, "an answer came that cannot be read (HTTP {})"),
    (b"{}", 200, "an answer came that says neither yes nor no (HTTP {})"),
    (b"[]", 404, "there is no API at the panel's address (HTTP {}): check the address"),
]


@pytest.mark.parametrize(
    ("body", "status", "words", "broken"),
    [(*case, True) for case in PAGE_ANSWERS] + [(*case, False) for case in NO_PAGES],
)
def test_something_else_instead_of_an_answer(body: bytes, status: int, words: str, broken: bool) -> None:
    """In the same words for orders and questions; an order stays unconfirmed, and pages and 5xx pause placing."""
    with wire(http(body, status, "Location: https://elsewhere.example/")) as server:
        outcome = place(server.url)
        with pytest.raises(PanelError) as caught:
            ask(server.url, Panel.balance)
        assert len(server.forms) == 2, "no redirect is followed"
    assert outcome == AnswerLost(text=words.format(status), broken=broken)
    assert (caught.value.kind, caught.value.text) == (Kind.LOST, words.format(status))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (reset, "the connection broke before the answer came"),
        (raw(b""), "the connection was closed before the whole answer came"),
        (
            raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"order": 5}'),
            "the connection was closed before the whole answer came",
        ),
        ("silence", "no answer within 0.2 seconds"),
    ],
)
def test_no_answer(reply: Reply | str, words: str) -> None:
    """What was lost on its way is not the panel's fault: one row is to be settled, and placing goes on."""
    with wire(reply) as server:
        assert place(server.url, timeout=0.2) == AnswerLost(text=words)


def test_an_order_id_on_a_server_error_counts() -> None:
    """A 500 with an order ID is an order."""
    with wire(http({"order": 5}, 500)) as server:
        assert place(server.url) == Accepted(order_id="5")


def test_a_server_error_with_words_keeps_them() -> None:
    """What the panel says with a 5xx is shown, believed to be no refusal, and pauses placing."""
    with wire(http({"error": "Bad link"}, 502)) as server:
        assert place(server.url) == AnswerLost(text="HTTP 502: Bad link", broken=True)


# The key.

NO_WORD = "HTTP 401 came without a word about the key: check the key and the panel's address"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ({"error": "Invalid API key"}, 200, "Invalid API key"),
        ({"error": "Invalid API key"}, 401, "Invalid API key"),
        ({"error": "Invalid API key"}, 403, "Invalid API key"),
        ({"error": "Whatever"}, 401, "Whatever"),
        ({"message": "Unauthenticated."}, 401, "Unauthenticated."),
        ({"error": "Forbidden"}, 403, "Forbidden"),
        ({"message": "Access denied."}, 403, "Access denied."),
        ({"status": "error", "message": "Wrong API key"}, 200, "Wrong API key"),
        ({"success": False, "data": {"message": "API token is invalid"}}, 200, "API token is invalid"),
        ({"errors": {"key": ["The key is required"]}}, 422, "The key is required"),
        ({"status": 401, "message": "Go away"}, 200, "Go away"),
        ({"error": {"code": 401, "message": "Go away"}}, 200, "Go away"),
        ({}, 401, NO_WORD),
        (b"", 401, NO_WORD),
        (NGINX % (401, 401), 401, NO_WORD),
    ],
)
def test_a_key_that_is_refused(content: object, status: int, words: str) -> None:
    """However the panel says it, a question about anything says that it is about the key, after one request."""
    for question in (Panel.balance, lambda panel: panel.statuses(["1", "2"])):
        with wire(http(content, status)) as server, pytest.raises(PanelError) as caught:
            ask(server.url, question)
        assert (caught.value.kind, caught.value.text) == (Kind.KEY, words)
        assert len(server.forms) == 1


@pytest.mark.parametrize("body", [b"", b"{}", NGINX % (401, 401)])
def test_an_order_answered_with_a_bare_401_is_unconfirmed(body: bytes) -> None:
    """It may be a gateway's, so nobody says "no order"; the balance, which is asked next, tells about the key."""
    with wire(http(body, 401)) as server:
        outcome = place(server.url)
    assert isinstance(outcome, AnswerLost)
    assert outcome.text == NO_WORD
