"""The service list is large, complete and as odd as real ones."""

from __future__ import annotations

import json

from bulkorders.sandbox.catalog import SERVICES
from bulkorders.sandbox.ordertypes import ORDER_TYPES


def test_every_type_is_for_sale():
    """In the canonical spelling, and nothing else is."""
    assert {service.type for service in SERVICES.values()} == set(ORDER_TYPES)


def test_the_list_is_of_a_realistic_size(client):
    """Dozens of services in about ten categories, each ID once."""
    rows = client.ask("services")
    assert len(rows) == len(SERVICES) >= 60
    assert 8 <= len({row["category"] for row in rows}) <= 12
    assert len({row["service"] for row in rows}) == len(rows)


def test_only_types_with_runs_have_dripfeed():
    """Drip-feed is for Default and Web Traffic (panel-api.md section 2)."""
    dripped = {service.type for service in SERVICES.values() if service.dripfeed}
    assert dripped == {"Default", "Web Traffic"}


def test_the_oddities_of_real_lists_are_there(client):
    """Each of them has broken some client."""
    rows = {row["service"]: row for row in client.ask("services")}
    assert (rows[106]["name"], rows[106]["rate"], rows[106]["max"]) == ("------ VIP ------", "9999", "1")
    assert (rows[287]["name"], rows[287]["rate"]) == ("DELETED", "99999")
    assert rows[203]["rate"] == 0.2
    assert rows[202]["max"] == "0"
    assert rows[204]["refill"] == rows[204]["cancel"] == rows[204]["dripfeed"] == "false"
    assert "&amp;" in rows[103]["name"]
    assert rows[241]["name"].startswith("=")
    assert "🔥" in rows[104]["name"]


def test_the_answer_is_ascii_json(client):
    """As PHP writes it, so that no client can guess the encoding wrong."""
    assert client.post("services").content.isascii()
    assert json.loads(client.post("services").content)
