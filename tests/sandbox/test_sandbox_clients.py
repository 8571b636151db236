"""Clients that strangers wrote for real panels work against the practice panel, just as they are.

safesmm, smmpy and babismm (imported as smm) from PyPI; each takes the URL of the API as a parameter.
"""

from __future__ import annotations

import pytest
import safesmm
import smm
import smmpy

from bulkorders.sandbox import orders

LINK = "https://example.com/a"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def safe(client):
    return safesmm.SafeSMM("sandbox", api_url=client.url)


@pytest.fixture
def plain(client):
    return smmpy.smm(client.url, "sandbox")


@pytest.fixture
def babis(client):
    with smm.SMM(client.url, "sandbox") as opened:
        yield opened


def test_safesmm_goes_all_the_way(safe, clock):
    """Services, balance, an order, its statuses, its refill."""
    service = safe.services()[0]
    assert safe.balance() == {"balance": "500.00000", "currency": "USD"}
    order = safe.add_order(service["service"], LINK, quantity=100)["order"]
    assert safe.status(order)["status"] == "Pending"
    assert safe.multi_status([order, 1])["1"] == {"error": "Incorrect order ID"}
    clock.now += 100
    assert safe.status(order)["status"] == "Completed"
    assert safe.refill(order) == {"refill": "1"}


def test_safesmm_cancels(safe, clock):
    """One ID or several."""
    order = safe.add_order(1, LINK, quantity=100, runs=5, interval=30)["order"]
    assert safe.cancel(order) == [{"order": order, "cancel": 1}]
    clock.now += 5
    assert safe.status(order)["status"] == "Canceled"
    assert safe.balance()["balance"] == "500.00000"


def test_safesmm_shows_the_panels_words(safe, client):
    """Its exception carries the text of `error`."""
    with pytest.raises(safesmm.SafeSMMError, match="Quantity less than minimal 50"):
        safe.add_order(1, LINK, quantity=5)
    with pytest.raises(safesmm.SafeSMMError, match="Invalid API key"):
        safesmm.SafeSMM("wrong", api_url=client.url).balance()


def test_smmpy_goes_all_the_way(plain, clock, books):
    """Orders, statuses, refills with their statuses, cancels."""
    assert len(plain.get_services()) >= 60
    first = plain.add_order(1, LINK, 100)["order"]
    second = plain.add_order(2, LINK, 10, comments="\n".join("abcdefghij"))["order"]
    assert plain.get_status(first)["currency"] == "USD"
    assert plain.cancel_orders([second])[0]["cancel"] == 1
    clock.now += 100
    statuses = plain.get_multi_status([first, second])
    assert [status["status"] for status in statuses.values()] == ["Completed", "Canceled"]
    assert plain.create_refill(first) == {"refill": "1"}
    assert plain.create_multi_refill([first, second])[1]["order"] == second
    assert plain.get_refill_status(1) == {"status": "Pending"}
    assert plain.get_multi_refill_status([1, 2])[1]["status"] == {"error": "Refill not found"}
    assert plain.get_balance()["balance"] == "499.91000"
    assert [order.quantity for order in orders(books)] == [100, 10]


def test_smmpy_shows_the_panels_words(plain):
    """Its exception is a bare one with the text of `error`."""
    with pytest.raises(Exception, match="Incorrect service ID"):
        plain.add_order(999, LINK, 100)


def test_babismm_goes_all_the_way(babis, clock, books):
    """Keep-alive through a requests session; a package and a subscription, too."""
    assert babis.get_services()[0]["rate"] == "0.90"
    first = babis.add_order(1, LINK, 100, runs=2, interval=60)["order"]
    package = babis.add_order(105, LINK)["order"]
    subscription = babis.add_order(126, username="ann", min=50, max=60, posts=10, delay=5)["order"]
    assert babis.get_status(subscription)["status"] == "Active"
    clock.now += 100
    statuses = babis.get_multi_status([first, package, subscription])
    assert {status["status"] for status in statuses.values()} == {"Completed"}
    assert babis.create_refill(package) == {"refill": "1"}
    assert babis.get_refill_status("1") == {"status": "Pending"}
    assert babis.get_balance()["balance"] == "496.92000"
    assert [str(order.charge) for order in orders(books)] == ["0.18000", "2.90", "0"]


def test_babismm_tells_its_errors_apart(start):
    """A refusal, a page that is no JSON, and a server error are three different exceptions to it."""
    client = start(faults="html@2,error-before@3,reset-before@4")
    with smm.SMM(client.url, "sandbox") as babis:
        with pytest.raises(smm.SMMAPIError, match="Bad link"):
            babis.add_order(1, "a b", 100)
        with pytest.raises(smm.SMMResponseError):
            babis.add_order(1, LINK, 100)
        with pytest.raises(smm.SMMNetworkError, match="502"):
            babis.add_order(1, LINK, 100)
        with pytest.raises(smm.SMMNetworkError):
            babis.add_order(1, LINK, 100)
        assert "order" in babis.add_order(1, LINK, 100)
