"""Every service type can be ordered at its price, and what is wrong is refused in a panel's words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bulkorders.sandbox import orders
from bulkorders.sandbox.catalog import SERVICES
from bulkorders.sandbox.ordertypes import ORDER_TYPES

LINK = "https://example.com/post"
PLAIN = {"link": LINK, "quantity": 1000}
LINES = "one\r\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"
TRAFFIC = PLAIN | {"country": "US", "device": "5"}

# type, service, form, charge, pieces
GOOD = [
    ("Default", 1, PLAIN, "0.9", 1000),
    ("Default", 1, PLAIN | {"runs": 5, "interval": 60}, "4.5", 5000),
    ("Default", 202, PLAIN | {"quantity": 40_000_000}, "400", 40_000_000),
    ("Default", 106, PLAIN | {"quantity": 1}, "9.999", 1),
    ("Package", 105, {"link": LINK}, "2.90", 1),
    ("Custom Comments", 2, {"link": LINK, "comments": LINES}, "0.08", 10),
    ("Mentions Custom List", 160, {"link": LINK, "usernames": LINES}, "0.06", 10),
    ("Mentions User Followers", 161, PLAIN | {"username": LINK}, "2.5", 1000),
    ("Subscriptions", 126, {"username": "ann", "min": 50, "max": 90, "delay": 30, "posts": 7}, "0", 7),
    ("Subscriptions", 126, {"username": "ann", "min": 50, "max": 50, "delay": 0}, "0", 0),
    (
        "Subscriptions",
        126,
        {"username": "a", "min": 50, "max": 50, "delay": 5, "expiry": "15/01/2027"},
        "0",
        0,
    ),
    ("Comment Likes", 144, PLAIN | {"username": "ann"}, "1.1", 1000),
    ("Custom Comments Package", 142, {"link": LINK, "comments": LINES}, "3.75", 1),
    ("Comment Replies", 143, {"link": LINK, "username": "ann", "comments": LINES}, "0.09", 10),
    ("Mentions", 162, PLAIN | {"usernames": "ann\nbob"}, "3.2", 1000),
    ("Mentions with Hashtags", 163, PLAIN | {"usernames": "ann", "hashtags": "#a\n#b"}, "3.6", 1000),
    ("Mentions Hashtag", 164, PLAIN | {"hashtag": "#a"}, "3", 1000),
    ("Mentions Media Likers", 165, PLAIN | {"media": LINK}, "2.8", 1000),
    ("Poll", 244, PLAIN | {"answer_number": 2}, "0.75", 1000),
    ("Invites from Groups", 247, PLAIN | {"groups": "a\nb"}, "7.5", 1000),
    ("SEO", 323, PLAIN | {"quantity": 100, "keywords": "a\nb"}, "4.5", 100),
    ("Web Traffic", 320, TRAFFIC | {"type_of_traffic": 1, "google_keyword": "a"}, "0.4375", 1000),
    ("Web Traffic", 320, TRAFFIC | {"type_of_traffic": 2, "referring_url": LINK}, "0.4375", 1000),
    ("Web Traffic", 320, TRAFFIC | {"type_of_traffic": 3, "runs": 2, "interval": 1}, "0.875", 2000),
]

SUBSCRIPTION = {"service": 126, "username": "ann", "min": 50, "max": 90, "delay": 30}
# what differs from a good order of service 1 (None: left out), the error
BAD = [
    ({"service": None}, "Incorrect service ID"),
    ({"service": "01"}, "Incorrect service ID"),
    ({"service": 999}, "Incorrect service ID"),
    ({"link": None}, "Bad link"),
    ({"link": " "}, "Bad link"),
    ({"link": "https://example.com/a b"}, "Bad link"),
    ({"quantity": None}, "Quantity is required"),
    ({"quantity": "1,000"}, "Incorrect quantity"),
    ({"quantity": "100.0"}, "Incorrect quantity"),
    ({"quantity": "-100"}, "Incorrect quantity"),
    ({"quantity": 49}, "Quantity less than minimal 50"),
    ({"quantity": 10001}, "Quantity more than maximum 10000"),
    ({"quantity": 49, "runs": 10, "interval": 5}, "Quantity less than minimal 50"),
    ({"runs": 5}, "Invalid Interval in minutes"),
    ({"interval": 5}, "Runs is required"),
    ({"runs": 0, "interval": 5}, "Incorrect runs"),
    ({"runs": 5, "interval": "1h"}, "Invalid Interval in minutes"),
    ({"service": 102, "runs": 5, "interval": 5}, "This service not support Dripfeed"),
    ({"service": 2}, "Comments is required"),
    ({"service": 2, "comments": "too\nfew"}, "Quantity less than minimal 10"),
    ({"service": 2, "comments": "x\n" * 1501}, "Quantity more than maximum 1500"),
    ({"service": 142}, "Comments is required"),
    ({"service": 160}, "Usernames is required"),
    ({"service": 161}, "Username is required"),
    ({"service": 163, "usernames": "ann"}, "Hashtags is required"),
    ({"service": 164}, "Hashtag is required"),
    ({"service": 165}, "Media is required"),
    ({"service": 244}, "Answer number is required"),
    ({"service": 247}, "Groups is required"),
    ({"service": 323}, "Keywords is required"),
    ({"service": 320, "device": 1, "type_of_traffic": 1}, "Country is required"),
    ({"service": 320, "country": "US", "device": 1, "type_of_traffic": 1}, "Google keyword is required"),
    ({"service": 320, "country": "US", "device": 1, "type_of_traffic": 2}, "Referring url is required"),
    (SUBSCRIPTION | {"username": None}, "Username is required"),
    (SUBSCRIPTION | {"delay": None}, "Delay is required"),
    (SUBSCRIPTION | {"delay": 7}, "Incorrect delay"),
    (SUBSCRIPTION | {"min": 19}, "Quantity less than minimal 20"),
    (SUBSCRIPTION | {"max": 10001}, "Quantity more than maximum 10000"),
    (SUBSCRIPTION | {"min": 91}, "Max must be greater than or equal to min"),
    (SUBSCRIPTION | {"posts": "many"}, "Incorrect posts"),
    (SUBSCRIPTION | {"old_posts": "-1"}, "Incorrect old posts"),
    (SUBSCRIPTION | {"expiry": "14/01/2027"}, "Incorrect expiry"),
    (SUBSCRIPTION | {"expiry": "2028-01-14"}, "Incorrect expiry"),
    (SUBSCRIPTION | {"expiry": "31/02/2028"}, "Incorrect expiry"),
    ({"service": 287, "quantity": 1000}, "Quantity more than maximum 1"),
    ({"service": 202, "quantity": 999_999_999}, "Not enough funds on balance"),
]


def test_the_table_has_every_type():
    """Seventeen types: a new one cannot be forgotten here."""
    assert {row[0] for row in GOOD} == set(ORDER_TYPES)
    assert len(ORDER_TYPES) == 17


@pytest.mark.parametrize(("order_type", "service", "form", "charge", "pieces"), GOOD)
def test_every_type_is_taken_at_its_price(start, books, order_type, service, form, charge, pieces):
    """The charge in the books is what panel-api.md section 2 says."""
    client = start()
    assert SERVICES[str(service)].type == order_type
    assert "order" in client.ask("add", service=service, **form)
    [order] = orders(books)
    assert order.charge == Decimal(charge)
    assert order.quantity == pieces


@pytest.mark.parametrize(("changes", "error"), BAD)
def test_what_is_wrong_is_refused(client, books, changes, error):
    """With the words of panel-api.md section 5, nothing ordered and nothing paid."""
    fields = {"service": 1, "link": LINK, "quantity": 1000} | changes
    form = {name: value for name, value in fields.items() if value is not None}
    assert client.ask("add", **form) == {"error": error}
    assert orders(books) == []
    assert client.ask("balance")["balance"] == "500.00000"


def test_a_blank_line_in_between_is_charged(client, books):
    """Some panels do that, and a client that sends blank lines should find out here."""
    client.ask("add", service=225, link=LINK, username="ann", comments="\na\n\n\nb\nc\n")
    assert orders(books)[0].quantity == 5


def test_an_order_that_costs_too_much_is_refused(client, books):
    """The heading row, the deleted service: a wrong ID takes the balance and not more."""
    for number in range(5):
        assert "order" in client.ask("add", service=287, link=f"{LINK}/{number}", quantity=1)
    assert client.ask("balance")["balance"] == "0.00500"
    answer = client.ask("add", service=287, link=f"{LINK}/9", quantity=1)
    assert answer == {"error": "Not enough funds on balance"}
    assert len(orders(books)) == 5


def test_an_active_order_blocks_its_link(client, clock):
    """For the same service only, and until it is final."""
    client.order(7)
    refusal = {
        "error": "You have active order with this link. Please wait until order being completed.",
    }
    same = {"service": 1, "link": "https://example.com/7", "quantity": 50}
    assert client.ask("add", **same) == refusal
    assert "order" in client.ask("add", **same | {"service": 101})
    assert "order" in client.ask("add", **same | {"link": "https://example.com/8"})
    clock.now += 100
    assert "order" in client.ask("add", **same)


def test_subscriptions_do_not_block_each_other(client):
    """They have no link."""
    assert "order" in client.ask("add", **SUBSCRIPTION)
    assert "order" in client.ask("add", **SUBSCRIPTION)
