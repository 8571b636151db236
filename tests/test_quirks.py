"""What panels want differently: each setting changes what is sent, and none changes what a row is known by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bulkorders.sandbox import orders, requests
from tests.desk import QUICK, Desk
from tests.test_idempotency import settings
from tests.test_run import FAST, good, states
from tests.wire import http, wire

PACKAGE, COMMENTS_PACKAGE = 105, 142
ROWS = [
    ["Service", "Link", "Quantity", "Comments"],
    [1, "https://example.com/1", 100, ""],
    [PACKAGE, "https://example.com/2", "", ""],
    [COMMENTS_PACKAGE, "https://example.com/3", "", "Nice\nLovely"],
]


def sent(desk: Desk) -> list[dict[str, str]]:
    """The fields of every order that the panel has, but those that every request has."""
    forms = [dict(order.form) for order in orders(desk.books)]
    return [{name: text for name, text in form.items() if name != "action"} for form in forms]


PLAIN = [
    {"service": "1", "link": "https://example.com/1", "quantity": "100"},
    {"service": "105", "link": "https://example.com/2"},
    {"service": "142", "link": "https://example.com/3", "comments": "Nice\nLovely"},
]


def test_without_settings_only_the_fields_of_the_type_are_sent(desk: Desk) -> None:
    """The reference is the default."""
    desk.run("run", str(desk.sheet("orders.xlsx", ROWS)), *FAST, *settings(desk, ""), "--concurrency", "1")
    assert sent(desk) == PLAIN


def test_quantity_with_package(desk: Desk) -> None:
    """A Package goes out with the quantity 1, what it costs stays the same, and no other type is touched."""
    path = desk.sheet("orders.xlsx", ROWS)
    ran = desk.run("run", str(path), *FAST, "--concurrency", "1", *settings(desk, "quantity_with_package = true"))
    assert sent(desk) == [PLAIN[0], PLAIN[1] | {"quantity": "1"}, PLAIN[2]]
    assert ran.json["charged"] == ran.json["estimated_cost"] == "6.74"


def test_extra_fields(desk: Desk) -> None:
    """They go with every order; not with other questions."""
    path = desk.sheet("orders.xlsx", ROWS)
    written = '[extra_fields]\nsource = "bulk & co"\nlevel = 7\n'
    desk.run("run", str(path), *FAST, "--concurrency", "1", *settings(desk, written))
    assert sent(desk) == [form | {"source": "bulk & co", "level": "7"} for form in PLAIN]
    with wire(http({"balance": "1", "currency": "USD"})) as server:
        assert Desk(desk.folder, server.url, desk.books).run("balance", *settings(desk, written)).code == 0
    assert set(server.forms[0]) == {"key", "action"}


QUIRKS = ["", "quantity_with_package = true\n", '[extra_fields]\nsource = "b"\n', 'extra_fields = { source = "c" }\n']


@pytest.mark.parametrize("first", QUIRKS[:2])
def test_a_changed_quirk_orders_nothing_again(desk_with: Callable[..., Desk], first: str) -> None:
    """Rows that were ordered under one setting are the same rows under any other, also in a copy of the file."""
    desk = desk_with(speed=QUICK)
    path, copy = desk.sheet("orders.xlsx", ROWS), desk.sheet("copy.xlsx", ROWS)
    assert states(desk.run("run", str(path), *FAST, *settings(desk, first))) == {"placed": 3}
    for later in QUIRKS:
        assert states(desk.run("run", str(path), *FAST, *settings(desk, later))) == {"placed": 3}
        assert states(desk.run("run", str(copy), *FAST, *settings(desk, later))) == {"held": 3}
    assert len(orders(desk.books)) == 3


@pytest.mark.parametrize("written", ["", "multi_status = true\n", "multi_status = false\n"])
def test_multi_status(desk: Desk, written: str) -> None:
    """A panel that knows only one ID a request is asked so from the start, for statuses, refills and cancellations."""
    path = desk.sheet("orders.xlsx", good(1, 2, 3))
    desk.run("run", str(path), *FAST, "--rate", "0", *settings(desk, written))
    desk.run("status", str(path), *settings(desk, f"rate = 0\n{written}"))
    desk.run("cancel", str(path), "--rows", "2-4", "--yes", *settings(desk, f"rate = 0\n{written}"))
    asked = [(r.action, len(r.ids.split(","))) for r in requests(desk.books) if r.action in ("status", "cancel")]
    alone = "false" in written
    assert {count for _, count in asked} == ({1} if alone else {3})
    assert sum(action == "status" for action, _ in asked) >= (6 if alone else 2)
    assert sum(action == "cancel" for action, _ in asked) == (3 if alone else 1)


def test_timeouts(desk_with: Callable[..., Desk]) -> None:
    """How long an answer, and how long a connection is waited for."""
    desk = desk_with(faults="balance.silence@1")
    ran = desk.run("balance", *settings(desk, "timeout = 0.2"))
    assert "no answer within 0.2 seconds" in ran.err
    with wire("silence") as server:  # it never greets back, as TLS would have to
        desk.url = server.url.replace("http:", "https:")
        ran = desk.run("balance", *settings(desk, "connect_timeout = 0.3"))
    assert "no connection within 0.3 seconds" in ran.err


def test_each_panel_has_its_own_quirks(desk: Desk) -> None:
    """What stands in a panel's table holds there, and workers have it, too."""
    written = f'[panels.a]\nurl = "{desk.url}"\nextra_fields = {{ a = "1" }}\n[panels.b]\nurl = "{desk.url}"\n'
    for number, name in enumerate(("a", "b")):
        path = desk.sheet(f"{name}.xlsx", good(number))
        assert desk.run("run", str(path), *FAST, *settings(desk, written), "--panel", name).code == 0
    assert ["a" in form for form in sent(desk)] == [True, False]


@pytest.mark.parametrize("later", QUIRKS[1:])
def test_an_approved_plan_is_for_its_quirks(desk: Desk, later: str) -> None:
    """What the settings add to every order has been approved, too; their values are told nowhere."""
    path = desk.sheet("orders.xlsx", ROWS)
    code = desk.run("check", str(path), "--no-results", "--save-plan", *settings(desk, "")).out.strip()
    ran = desk.run("run", str(path), "--plan", code, "--json", *settings(desk, later))
    assert (ran.code, orders(desk.books)) == (3, [])
    assert "the settings add something else to every order now" in ran.err
    assert desk.run("run", str(path), "--plan", code, "--json", *settings(desk, "")).code == 0


def test_the_value_of_an_extra_field_is_hidden_like_the_key(desk: Desk) -> None:
    """A panel that repeats it in its answer tells nobody."""
    with wire(http({"error": "unknown client topsecret%20token of topsecret token"})) as server:
        written = '[extra_fields]\nclient = "topsecret token"\n'
        ran = Desk(desk.folder, server.url, desk.books).run("balance", *settings(desk, written))
    assert "unknown client" in ran.err
    assert "topsecret" not in ran.err + ran.out
