"""What changed between two service lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bulkorders.core.listchanges import TOLD, changes_between
from bulkorders.core.listing import Listing, Wanted
from bulkorders.core.model import Service

THEN = datetime(2026, 11, 3, 14, 2, tzinfo=UTC)
NOW = THEN + timedelta(hours=3)
LIKES = Service(
    id="1",
    name="Likes",
    type="Default",
    category="Instagram",
    rate=Decimal("0.90"),
    min=10,
    max=None,
    refill=True,
    cancel=False,
)


def listing(*services: Service, at: datetime = THEN, currency: str = "USD") -> Listing:
    """A whole list of these services."""
    return Listing(panel="panel.example", fetched_at=at, currency=currency, services=services, listed=len(services))


BEFORE = listing(
    LIKES,
    replace(LIKES, id="2", name="Views"),
    replace(LIKES, id="3", rate=Decimal("5.000")),
    replace(LIKES, id="4", name="Poll"),
    replace(LIKES, id="5"),
)
AFTER = listing(
    replace(LIKES, rate=Decimal("1.2")),
    replace(LIKES, id="2", name="Views", rate=Decimal("0.8999999999")),
    replace(LIKES, id="3", rate=Decimal(5)),
    replace(LIKES, id="5", name="Likes II", min=50, max=1000, refill=False, dripfeed=True),
    replace(LIKES, id="6", name="Saves"),
    at=NOW,
)


def test_every_change_is_told() -> None:
    """A sentence each with both values, and their number since when; 5.000 and 5 are the same price."""
    assert changes_between(BEFORE, AFTER).as_text(NOW, UTC).splitlines() == [
        "Service 6 (Saves) is new: 0.90.",
        "Service 4 (Poll) is gone; it was 0.90.",
        "Service 1 (Likes) is dearer: 0.90 before, 1.20 now.",
        "Service 2 (Views) is cheaper: 0.90 before, 0.8999999999 now.",
        'Service 5 (Likes II) has changed: name "Likes" before, "Likes II" now.',
        "Service 5 (Likes II) has changed: smallest order 10 before, 50 now.",
        "Service 5 (Likes II) has changed: largest order no limit before, 1,000 now.",
        "Service 5 (Likes II) has changed: refill yes before, no now.",
        "Service 5 (Likes II) has changed: drip-feed not told before, yes now.",
        "1 new, 1 gone, 1 dearer, 1 cheaper, 5 changed otherwise, "
        "since the list of 3 November 2026 at 14:02, 3 hours ago; prices are for 1,000 (packages: for one), in USD.",
    ]


def test_a_program_is_told_the_same() -> None:
    """Money as text, exact."""
    told = changes_between(BEFORE, AFTER).as_json()
    assert (told["since"], told["fetched_at"]) == ("2026-11-03T14:02:00+00:00", "2026-11-03T17:02:00+00:00")
    assert [s["id"] for s in told["new"] + told["gone"]] == ["6", "4"]
    assert told["dearer"] == [{"id": "1", "name": "Likes", "before": "0.90", "now": "1.2"}]
    assert told["cheaper"][0]["now"] == "0.8999999999"
    assert told["changed"][2] == {"id": "5", "name": "Likes II", "what": "max", "before": None, "now": 1000}


def test_nothing_has_changed() -> None:
    """It is said, with the time."""
    told = changes_between(BEFORE, replace(BEFORE, fetched_at=NOW)).as_text(NOW, UTC)
    assert told == "No service has changed since the list of 3 November 2026 at 14:02, 3 hours ago."


def test_there_is_nothing_to_compare_with() -> None:
    """The first time no service is called new."""
    changes = changes_between(None, AFTER)
    assert changes.as_text(NOW, UTC).startswith("There is nothing to compare with yet")
    assert (changes.as_json()["since"], changes.as_json()["new"]) == (None, [])


def test_only_what_is_wanted() -> None:
    """A service counts that fitted or fits: one that became too dear is told."""
    changes = changes_between(BEFORE, AFTER, Wanted(max_rate=Decimal("0.90"), search="likes"))
    assert [m.service.id for m in changes.dearer] == ["1"]
    assert (changes.new, changes.gone, changes.cheaper) == ([], [], [])


def test_another_currency() -> None:
    """2,000 dearer services would be untrue."""
    changes = changes_between(BEFORE, replace(AFTER, currency=""))
    assert (changes.dearer, changes.cheaper) == ([], [])
    assert "cannot be compared: they were in USD, and are in no named currency now" in changes.as_text(NOW, UTC)
    assert len(changes.altered) == 5


@pytest.mark.parametrize("field", sorted(set(Service.__slots__) - {"id", "rate"}))
def test_every_field_is_compared(field: str) -> None:
    """Also one that is added to a service some day."""
    assert field in TOLD
