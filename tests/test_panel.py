"""The client against real HTTP on loopback: the practice panel, and a bare socket that answers anything."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme

from bulkorders import panel as panel_module
from bulkorders.core.actions import ACTIONS, PanelAnswerError, Receipt
from bulkorders.core.model import Order, OrderStatus
from bulkorders.core.refusals import Kind
from bulkorders.core.states import Accepted, AnswerLost, NotSent, Outcome, Postponed, Refused
from bulkorders.errors import UsageError
from bulkorders.panel import HIDDEN, UNREACHABLE, Panel, PanelError, check_url
from bulkorders.sandbox import KEY, orders, practice_panel
from bulkorders.sandbox.faults import FAULTS
from tests.wire import (
    ORDER,
    Form,
    Reply,
    Wire,
    ask,
    closed_port,
    http,
    place,
    place_twice,
    raw,
    reset,
    served,
    wire,
    wire_tls,
    wire_without_reading,
)

# What leaves.


def test_what_an_order_looks_like_on_the_wire() -> None:
    """One form-encoded POST with key, action, service, the order's form and the panel's extra fields."""
    with wire(http({"order": 5})) as server:
        assert place(server.url, extra_fields={"source": "b"}) == Accepted(order_id="5")
    assert list(server.forms[0].items()) == [
        ("key", KEY),
        ("action", "add"),
        ("service", "1"),
        *ORDER.form,
        ("source", "b"),
    ]
    lines = server.heads[0].split("\r\n")
    assert lines[0] == "POST /api/v2 HTTP/1.1"
    assert "Content-Type: application/x-www-form-urlencoded" in lines
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert KEY not in server.heads[0]


def test_one_connection_for_all_requests() -> None:
    """A Panel keeps its connection while it is being used, and sends back no cookie."""
    with wire(http({"order": 5}, 200, "Set-Cookie: a=b; Path=/")) as server:
        ask(server.url, place_twice)
    assert server.connections == 1
    assert "cookie" not in server.heads[1].lower()


# Which failure is which.

ODD_ANSWERS: dict[str, tuple[Reply | str, type[Outcome]]] = {
    "reset": (reset, AnswerLost),
    "closed": (raw(b""), AnswerLost),
    "half of the head": (raw(b"HTTP/1.1 200 O"), AnswerLost),
    "half of the body": (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"order": 5}'), AnswerLost),
    "half a chunk": (
        raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"order": 5}\r\n'),
        AnswerLost,
    ),
    "until the end": (raw(b'HTTP/1.1 200 OK\r\n\r\n{"order": 5}'), Accepted),
    "not HTTP": (raw(b"SSH-2.0-x\r\n\r\n"), AnswerLost),
    "silence": ("silence", AnswerLost),
    "dribble": ("dribble", AnswerLost),
    "empty": (http(b""), AnswerLost),
    "HTML": (http(b"<html>maintenance</html>"), AnswerLost),
    "HTML 403": (http(b"<html>Just a moment...</html>", 403), AnswerLost),
    "no content": (raw(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n"), AnswerLost),
    "switching": (raw(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), AnswerLost),
    "502": (http(b"<html>502</html>", 502), AnswerLost),
    "502 with error": (http({"error": "Bad link"}, 502), AnswerLost),
    "500 with ID": (http({"order": 5}, 500), Accepted),
    "301": (http(b"", 301, "Location: http://127.0.0.1:1/"), AnswerLost),
    "307": (http(b"", 307, "Location: /api/v2"), AnswerLost),
    "ID": (http({"order": "5"}), Accepted),
    "201": (http({"order": "5"}, 201), Accepted),
    "ID twice": (http(b'{"order": 5, "order": "", "error": "Bad link"}'), AnswerLost),
    "ID zero": (http({"order": 0}), AnswerLost),
    "gzip": (http(gzip.compress(b'{"order": 5}'), 200, "Content-Encoding: gzip"), Accepted),
    "bad gzip": (http(b'{"order": 5}', 200, "Content-Encoding: gzip"), AnswerLost),
    "gzip of gzip": (
        http(gzip.compress(gzip.compress(b'{"order": 5}')), 200, "Content-Encoding: gzip, gzip"),
        AnswerLost,
    ),
    "gzip bomb": (http(gzip.compress(b" " * 2_000_000), 200, "Content-Encoding: gzip"), AnswerLost),
    "too large": (http(b'{"order": 5}' + b" " * 2_000_000), AnswerLost),
    "refusal": (http({"error": "Bad link"}), Refused),
    "refusal 422": (http({"error": "Bad link"}, 422), Refused),
    "429": (http(b"<html>slow down</html>", 429), Postponed),
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_odd_answers_to_an_order(name: str) -> None:
    """Every odd end of a request has its one outcome, and the same Panel places the next order."""
    reply, expected = ODD_ANSWERS[name]
    with wire(reply, http({"order": 77})) as server:
        first, second = ask(server.url, place_twice, timeout=0.3)
    assert type(first) is expected
    assert second == Accepted(order_id="77")
    assert len(server.forms) == 2, "nothing is sent twice, and no redirect is followed"


def test_nobody_listens() -> None:
    """A refused connection was not sent."""
    assert isinstance(place(f"http://127.0.0.1:{closed_port()}/"), NotSent)


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed name lookup was not sent."""

    def unknown(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert isinstance(place("https://panel.invalid/api/v2"), NotSent)


@pytest.mark.parametrize("reply", ["silence", raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reset])
def test_no_tls(reply: Reply | str) -> None:
    """A TLS handshake that fails, or never ends, was not sent."""
    with wire_without_reading(reply) as server:
        outcome = place(server.url.replace("http:", "https:"), connect_timeout=0.3)
    assert isinstance(outcome, NotSent)
    assert server.forms == []


def test_a_timeout_while_connecting_is_not_sent() -> None:
    """The time for the answer starts when the order leaves: a slow handshake never makes it lost."""
    with wire_without_reading("silence") as server:
        outcome = place(server.url.replace("http:", "https:"), timeout=0.05, connect_timeout=0.3)
    assert isinstance(outcome, NotSent)


@pytest.mark.parametrize(("reply", "expected"), [(http({"order": 5}), Accepted), (reset, AnswerLost)])
def test_tls(monkeypatch: pytest.MonkeyPatch, reply: Reply, expected: type[Outcome]) -> None:
    """Over TLS an order arrives, and an answer is lost, as without."""
    authority, context = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(panel_module, "_ssl_context", lambda: context)
    with wire_tls(authority.issue_cert("127.0.0.1"), reply) as server:
        assert type(place(server.url)) is expected
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    "reply",
    [raw(b"HTTP/1.1 403 Forbidden\r\n\r\n"), raw(b"HTTP/1.1 200 OK\r\n\r\n"), reset, raw(b"x\r\n\r\n")],
)
def test_a_proxy_that_fails(monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    """The proxy of the environment is used, and what fails there never reached the panel."""
    with wire(reply) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        outcome = place("https://panel.invalid/api/v2")
    assert isinstance(outcome, NotSent)
    assert server.heads[0].startswith("CONNECT panel.invalid:443")
    assert KEY not in server.heads[0]


def test_no_proxy_to_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is never reached through a proxy."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with wire(http({"order": 5})) as server:
        assert place(server.url) == Accepted(order_id="5")


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "ftp://127.0.0.1"])
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """A proxy setting that makes no sense ends the command with advice."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UsageError, match="proxy"):
        Panel("https://panel.invalid/api/v2", KEY)


def test_cancelling_passes_through() -> None:
    """Leaving at once is no outcome; the Panel can be used afterwards."""

    async def leave(panel: Panel) -> Outcome:
        task = asyncio.create_task(panel.place(ORDER))
        await asyncio.to_thread(server.arrived.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await panel.place(ORDER)

    with wire("silence", http({"order": 5})) as server:
        assert ask(server.url, leave) == Accepted(order_id="5")


# Waiting.


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (("Retry-After: 7",), 7.0),
        (("Date: Sun, 09 Sep 2001 01:46:40 GMT", "Retry-After: Sun, 09 Sep 2001 01:47:00 GMT"), 20.0),
        (("Date: Sun, 09 Sep 2001 01:46:40 GMT", "X-RateLimit-Reset: 1000000030"), 30.0),
        (("Retry-After: 1000000",), 3600.0),
        (("Retry-After: soon",), None),
        ((), None),
    ],
)
def test_the_wait_that_headers_ask_for(headers: tuple[str, ...], wait: float | None) -> None:
    """Seconds, a date by the panel's own clock, or the moment of a reset; an hour at most."""
    with wire(http({"error": "Too many requests"}, 429, *headers)) as server:
        assert place(server.url) == Postponed(reason="busy", text="Too many requests", wait=wait)
        with pytest.raises(PanelError) as caught:
            ask(server.url, Panel.balance)
    assert (caught.value.kind, caught.value.wait) == (Kind.BUSY, wait)


# The other calls.


@pytest.mark.parametrize(
    "question",
    [
        Panel.services,
        Panel.balance,
        lambda panel: panel.status("1"),
        lambda panel: panel.statuses(["1", "2"]),
        lambda panel: panel.refills(["1", "2"]),
        lambda panel: panel.refill_status("1"),
        lambda panel: panel.refill_statuses(["1", "2"]),
        lambda panel: panel.cancel(["1", "2"]),
    ],
)
def test_every_call_but_place_raises_panel_error(question: Callable[[Panel], Awaitable[Any]]) -> None:
    """A panel that cannot be reached, breaks off, or refuses the key is a PanelError that says which."""
    with wire(reset) as server, pytest.raises(PanelError) as lost:
        ask(server.url, question)
    assert lost.value.kind == Kind.LOST
    assert len(server.forms) == 1
    with pytest.raises(PanelError) as unreachable:
        ask(f"http://127.0.0.1:{closed_port()}/", question)
    assert unreachable.value.kind == UNREACHABLE
    with wire(http({"error": "Invalid API key"})) as server, pytest.raises(PanelError) as refused:
        ask(server.url, question)
    assert (refused.value.kind, refused.value.text, len(server.forms)) == (Kind.KEY, "Invalid API key", 1)


def test_an_endless_service_list() -> None:
    """A list of 100 MB is cut off, and the connection with it."""
    row = b'{"service": 1, "name": "x", "type": "Default", "rate": "1"},' * 10_000
    sent = 0

    def endless(connection: socket.socket) -> bool:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        while sent < 100_000_000:
            connection.sendall(row)
            sent += len(row)
        return False

    with wire(endless) as server, pytest.raises(PanelError) as caught:
        ask(server.url, Panel.services)
    assert (caught.value.kind, caught.value.text) == (Kind.LOST, "the answer is larger than 32 MB")
    assert sent < 60_000_000


# Lists of IDs.

KNOWN = {"1": "Completed", "2": "Pending", "a,b": "Partial"}
REFUSED_LIST = {"error": "Incorrect request"}


def old_panel(form: Form) -> Reply:
    """A panel that knows `order` only."""
    if "order" not in form:
        return http(REFUSED_LIST)
    word = KNOWN.get(form["order"])
    return http({"status": word, "remains": "0"} if word else {"error": "Incorrect order ID"})


def new_panel(form: Form) -> Reply:
    """A panel that knows lists, and tells more than it was asked."""
    if "order" in form:
        return old_panel(form)
    return http({name: {"status": word} for name, word in KNOWN.items()} | {"99": {"status": "Completed"}})


def asked(server: Wire) -> list[str]:
    """The IDs of each request."""
    return [form.get("orders") or form.get("order", "") for form in server.forms]


def test_a_list_of_ids() -> None:
    """One request for many; an unasked ID is dropped, an unknown one missing, an odd one asked for alone."""
    with served(Wire(new_panel)) as server:
        found = ask(server.url, lambda panel: panel.statuses(["1", "3", "a,b", "1"]))
    assert found == {"1": OrderStatus(status="Completed"), "a,b": OrderStatus(status="Partial", remains=0)}
    assert asked(server) == ["1,3", "a,b"]


def test_a_panel_that_refuses_lists() -> None:
    """It is asked for one ID after the other, keeps the pace, and is not asked for a list again."""
    turns: list[None] = []

    async def turn() -> None:
        turns.append(None)

    async def twice(panel: Panel) -> list[Any]:
        return [await panel.statuses(["1", "2", "3"]), await panel.statuses(["2", "1"])]

    with served(Wire(old_panel)) as server:
        first, second = ask(server.url, twice, turn=turn)
    one, two = (OrderStatus(status=KNOWN[name], remains=0) for name in ("1", "2"))
    assert first == {"1": one, "2": two, "3": PanelAnswerError(kind=Kind.UNKNOWN, text="Incorrect order ID")}
    assert second == {"1": one, "2": two}
    assert asked(server) == ["1,2,3", "1", "2", "3", "2", "1"]
    assert len(turns) == 4


def test_a_list_that_broke_once_is_asked_for_again() -> None:
    """An unreadable answer to a list is asked for one by one, but promises nothing about the next list."""
    broken = iter([http(b"<html>500</html>", 500)])

    async def twice(panel: Panel) -> list[Any]:
        return [await panel.statuses(["1", "2"]), await panel.statuses(["1", "2"])]

    with served(Wire(lambda form: next(broken, new_panel(form)))) as server:
        first, second = ask(server.url, twice)
    assert first.keys() == second.keys() == {"1", "2"}
    assert asked(server) == ["1,2", "1", "2", "1,2"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [({"error": "Invalid API key"}, Kind.KEY), ({"error": "Too many requests"}, Kind.BUSY)],
)
def test_trouble_in_the_middle_keeps_what_is_known(content: Any, kind: Kind) -> None:
    """Key and pace end the asking: with nothing known as an error, otherwise with what is known."""
    answers = [http(REFUSED_LIST), http({"status": "Pending"}), http(content)]
    with wire(*answers) as server:
        found = ask(server.url, lambda panel: panel.statuses(["1", "2", "3"]))
        assert found == {"1": OrderStatus(status="Pending")}
        assert len(server.forms) == 3
    with wire(http(content)) as server, pytest.raises(PanelError) as caught:
        ask(server.url, lambda panel: panel.statuses(["1", "2", "3"]))
    assert caught.value.kind is kind
    assert len(server.forms) == 1


def test_a_panel_that_answers_nonsense_is_not_asked_a_hundred_times() -> None:
    """Three unreadable answers at the start are enough to call the panel broken."""
    with wire(http(b"<html>x</html>")) as server, pytest.raises(PanelError) as caught:
        ask(server.url, lambda panel: panel.statuses([str(number) for number in range(1, 101)]))
    assert caught.value.kind == Kind.LOST
    assert len(server.forms) == 4


@pytest.mark.parametrize("question", [Panel.refills, Panel.cancel])
def test_a_lost_answer_about_something_done_is_not_asked_for_again(question: Callable[..., Any]) -> None:
    """A list of refills or cancellations whose answer is unreadable is not sent a second time, ID by ID."""
    with wire(http(b"<html>x</html>")) as server, pytest.raises(PanelError) as caught:
        ask(server.url, lambda panel: question(panel, ["1", "2"]))
    assert caught.value.kind == Kind.LOST
    assert len(server.forms) == 1


def test_no_ids_no_request() -> None:
    """Nothing to ask is not asked; more than 100 IDs are the caller's bug."""
    with wire(reset) as server:
        assert ask(server.url, lambda panel: panel.statuses([])) == {}
        with pytest.raises(AssertionError):
            ask(server.url, lambda panel: panel.statuses([str(number) for number in range(101)]))
    assert server.forms == []


# The key.

SECRET = "s3cr3t key/+&<ü>"


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        "s3cr3t%20key%2F%2B%26%3C%C3%BC%3E",
        "s3cr3t+key%2f%2b%26%3c%c3%bc%3e",
        "s3cr3t key/+&amp;&lt;ü&gt;",
    ],
)
def test_a_panel_that_repeats_the_key(echo: str) -> None:
    """The key is hidden in every text that a panel gives, however it is written there."""
    said = f"Request key={echo} is wrong" + "!" * 400
    row = {"service": 1, "name": said, "type": said, "rate": "1", "category": said}
    contents: list[Any] = [{"error": said}, {"balance": 1, "currency": said}, [row], {"status": said}]
    for content in contents:
        with wire(http(content)) as server:
            shown: list[object] = [place(server.url, SECRET)]
            for question in (Panel.services, Panel.balance, lambda panel: panel.status("1")):
                try:
                    shown.append(ask(server.url, question, SECRET))
                except PanelError as error:
                    shown += [error, repr(error), error.text]
        told = " ".join(map(repr, shown))
        assert "s3cr3t" not in told
        assert HIDDEN in told


def test_a_cut_leaves_no_part_of_the_key() -> None:
    """The key is hidden before a long text is cut."""
    with wire(http({"error": "x" * 295 + SECRET})) as server:
        assert "s3" not in repr(place(server.url, SECRET))


def test_the_key_is_not_shown_by_the_client(caplog: pytest.LogCaptureFixture) -> None:
    """Neither repr nor logs tell the key, and httpx logs nothing at all."""
    assert repr(Panel("http://127.0.0.1/", SECRET)) == "Panel('http://127.0.0.1/')"
    with caplog.at_level(logging.DEBUG), wire(http({"order": 5})) as server:
        place(server.url, SECRET)
    assert not [record for record in caplog.records if record.name.startswith("http")]
    assert "s3cr3t" not in caplog.text


def test_a_short_key_does_not_spoil_ids() -> None:
    """Only texts are hidden in: an order ID that happens to hold the key stays what it is."""
    with wire(http({"order": 1234})) as server:
        assert place(server.url, "23") == Accepted(order_id="1234")


# The address.


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("https://igwish.com/api/v2", "https://igwish.com/api/v2"),
        (" HTTPS://IGWish.com:443/api/v2#x ", "https://igwish.com/api/v2"),
        ("igwish.com/api/v2", "https://igwish.com/api/v2"),
        ("https://x.example/api.php?v=2", "https://x.example/api.php?v=2"),
        ("http://127.0.0.1:8000/api/v2", "http://127.0.0.1:8000/api/v2"),
        ("http://127.9.9.9/", "http://127.9.9.9/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://localhost:5000", "http://localhost:5000"),
    ],
)
def test_addresses(url: str, normalised: str) -> None:
    """https, or http to this computer; normalised so that one panel has one address."""
    assert check_url(url) == normalised
    assert check_url(normalised) == normalised


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "https://",
        "ftp://x.example/",
        "file:///x",
        "http://igwish.com/api/v2",
        "http://10.0.0.1/",
        "http://127.0.0.1.example/",
        "http://localhost.example/",
        "http://0.0.0.0/",
        "https://me:s3cr3t@x.example/",
        "https://s3cr3t@x.example/",
        "http://s3cr3t@127.0.0.1/",
        "https://x.example/?key=s3cr3t",
        "https://x.example/?API_KEY=s3cr3t",
        "https://x.example:99999/",
        "https://x.example:port/",
        "https://a b.example/",
        "https://x\n.example/",
        "https://" + "x" * 70 + ".example/",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    """Everything else is a sentence with advice that does not repeat a secret."""
    with pytest.raises(UsageError) as caught:
        check_url(url)
    assert caught.value.advice
    assert "s3cr3t" not in str(caught.value)


# The practice panel.


def test_a_day_at_the_practice_panel(tmp_path: Path) -> None:
    """Services, an order, its status, a cancellation and the balance, as the reference answers."""
    books = tmp_path / "books.sqlite3"

    async def day(panel: Panel) -> None:
        listed = await panel.services()
        assert listed.services
        assert listed.unreadable == 0
        service = next(s for s in listed.services if s.type == "Default" and s.cancel and s.min <= 100)
        before = await panel.balance()
        form = (("link", "https://example.com/p/1"), ("quantity", str(max(service.min, 100))))
        placed = await panel.place(
            Order(
                service=service.id,
                service_name="",
                service_type="Default",
                form=form,
                target="",
                quantity=1,
                cost=Decimal(1),
            )
        )
        assert isinstance(placed, Accepted)
        assert (await panel.balance()).amount < before.amount
        assert (await panel.status(placed.order_id)).currency == before.currency
        found = await panel.statuses([placed.order_id, "99999"])
        assert isinstance(found[placed.order_id], OrderStatus)
        assert isinstance(found["99999"], PanelAnswerError)
        assert isinstance((await panel.cancel([placed.order_id]))[placed.order_id], Receipt)

    with practice_panel(books) as practice:
        ask(practice.url, day)
        with pytest.raises(PanelError) as caught:
            ask(practice.url, Panel.balance, "wrong")
    assert caught.value.kind == Kind.KEY
    assert len(orders(books)) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_practice_panel(tmp_path: Path, fault: str) -> None:
    """What the client says of an order agrees with the panel's books: never "no" for an order that exists."""
    books = tmp_path / "books.sqlite3"
    with practice_panel(books, faults=f"{fault}@1") as practice:
        outcome = place(practice.url, timeout=0.5)
    assert len(orders(books)) == FAULTS[fault].taken
    assert isinstance(outcome, AnswerLost) if FAULTS[fault].taken else not isinstance(outcome, Accepted)


def test_every_action_has_its_call() -> None:
    """A new row in ACTIONS needs a call in the client."""
    calls = {"place", "services", "balance", "status", "refills", "refill_status", "cancel"}
    assert all(callable(getattr(Panel, name)) for name in calls)
    assert set(ACTIONS) == (calls - {"place", "refills"}) | {"add", "refill"}
