"""The table of order types: complete, without collisions, and known under every spelling that panels use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bulkorders.core.fields import READERS
from bulkorders.core.headings import HEADING_OF
from bulkorders.core.ordertypes import ORDER_TYPES, SENDABLE, OrderType, Price, order_type

CATALOGS = Path(__file__).parents[2].parent / "shared" / "catalogs"
every_type = pytest.mark.parametrize("kind", ORDER_TYPES, ids=lambda kind: kind.name)


def test_there_are_seventeen_types() -> None:
    """All types of panel-api.md section 2 are in the table, each once."""
    assert len({kind.name for kind in ORDER_TYPES}) == len(ORDER_TYPES) == 17


@every_type
def test_every_field_has_a_heading_and_a_reader(kind: OrderType) -> None:
    """What a type uses can be typed into a column, and is read."""
    assert set(kind.fields) <= HEADING_OF.keys() & READERS.keys()
    assert len(set(kind.fields)) == len(kind.fields)


@every_type
def test_what_counts_is_required(kind: OrderType) -> None:
    """The quantity of an order, where there is one, and its target come from required fields."""
    assert kind.counts in (*kind.required, "")
    assert kind.target in kind.required
    assert (kind.counts == "") == (kind.price is not Price.PER_1000)


@every_type
def test_headings_split_the_fields(kind: OrderType) -> None:
    """Required and optional headings together are the type's fields, for the form and the README."""
    headings = (*kind.required_headings, *kind.optional_headings)
    assert sorted(headings) == sorted(HEADING_OF[field] for field in kind.fields)


@every_type
def test_spelling_makes_no_difference(kind: OrderType) -> None:
    """Case, underscores for spaces, and space around a name do not matter."""
    name = kind.name
    for spelling in (name.upper(), name.lower(), name.lower().replace(" ", "_"), f"  {name}\n"):
        assert order_type(spelling) is kind


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Custom Comment", "Custom Comments"),
        ("custom_comments", "Custom Comments"),
        ("default", "Default"),
        ("Comment Like", "Comment Likes"),
        ("subscription", "Subscriptions"),
        ("custom_comment_package", "Custom Comments Package"),
    ],
)
def test_singular_and_plural_are_one(spelling: str, name: str) -> None:
    """The spellings that service lists really have are known."""
    kind = order_type(spelling)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize("name", ["", "Special", "Defaults Package", "Comments", "Custom", "Packag", "Default 2"])
def test_an_unknown_type_is_not_guessed(name: str) -> None:
    """A name that is in no list means no type."""
    assert order_type(name) is None


def test_sendable_fields_are_in_the_order_of_the_form() -> None:
    """Every field that some type sends is listed once, and nothing else is."""
    assert set(SENDABLE) == {field for kind in ORDER_TYPES for field in kind.fields} == READERS.keys()
    assert list(SENDABLE) == [field for field in HEADING_OF if field in SENDABLE]


def test_a_real_service_list_has_only_known_types() -> None:
    """Every type of a real list of 5,586 services is in the table."""
    file = CATALOGS / "services-5586.json"
    if not file.exists():
        pytest.skip("the shared service list is not here")
    names = {row["type"] for row in json.loads(file.read_text("utf-8"))}
    assert [name for name in names if order_type(name) is None] == []
