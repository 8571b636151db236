"""The service list: look-up as text, the nearest to a wrong ID, and prices that look like traps."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bulkorders.core.catalog import Catalog, choice, is_choice
from bulkorders.core.model import Service

CATALOGS = Path(__file__).parents[2].parent / "shared" / "catalogs"
LIKES = Service(
    id="1240",
    name="Instagram Likes, fast",
    type="Default",
    category="Likes",
    rate=Decimal("0.90"),
    min=50,
    max=10_000,
    refill=False,
    cancel=False,
)
VIEWS = replace(LIKES, id="7", name="TikTok Views", category="Views")
GONE = replace(LIKES, id="1300", name="Old Likes")
CATALOG = Catalog([LIKES, VIEWS], [GONE, replace(LIKES, name="Likes as they were")])


def test_a_service_is_live_or_remembered() -> None:
    """The live list goes before what earlier orders remember, and only known() looks there."""
    assert CATALOG.live("1240") is CATALOG.known("1240") is LIKES
    assert CATALOG.live("1300") is None
    assert CATALOG.known("1300") is GONE
    assert CATALOG.known("9") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1240 - Instagram Likes, fast", "1240"),
        ("1240 - something else", "1240"),
        ("9 - gone", "9"),
        ("1240", "1240"),
        ("Instagram Likes - fast", "Instagram Likes - fast"),
        ("1240- Likes", "1240- Likes"),
        (" - ", " - "),
        ("a - b", "a - b"),
    ],
)
def test_the_number_in_a_choice_of_the_order_form(text: str, meant: str) -> None:
    """What stands before the name is the ID; a text that is an ID itself stays whole."""
    assert Catalog([LIKES, replace(LIKES, id="a - b")]).meant(text) == meant


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("Likes", "1240 - Likes"),
        ("two\n lines\x0b and\u00a0 tabs\t", "1240 - two lines and tabs"),
        ("", "1240"),
        ("x" * 300, "1240 - " + "x" * 193),
        ("- a - b", "1240 - - a - b"),
        ("👩‍🚀 رقم", "1240 - 👩‍🚀 رقم"),
    ],
)
def test_a_choice_is_one_line_and_found_again(name: str, offered: str) -> None:
    """Number and name as a list in a cell can show them, which only this service with this name answers to."""
    service = replace(LIKES, name=name)
    assert choice(service) == offered
    assert Catalog([service]).meant(offered) == "1240"
    assert is_choice(offered, service)
    assert not is_choice(offered, replace(service, name="Views"))
    assert not is_choice(f"{offered}!", service)


def test_ids_are_text() -> None:
    """`007` is not `7`, but it is what was probably meant."""
    assert CATALOG.live("007") is None
    assert CATALOG.nearest("007") == [VIEWS]


SLIPS = ["1204", "1241", "124", "12400", "2140", "#1240", "1240.0", "Service 1240", "ID: 1240"]


@pytest.mark.parametrize("wrong", SLIPS)
def test_a_slip_of_the_fingers_is_found(wrong: str) -> None:
    """Two digits swapped, one wrong, one missing, one too many, or a sign before the number."""
    assert CATALOG.nearest(wrong) == [LIKES]


@pytest.mark.parametrize("name", ["instagram likes fast", "Instagramm Likes", "Likes fast (Instagram)"])
def test_a_name_in_place_of_the_id_is_found(name: str) -> None:
    """A name, even one with a slip, finds the services whose names are most alike."""
    assert CATALOG.nearest(name)[0] is LIKES


@pytest.mark.parametrize("text", ["", "99999", "§§§", "Ω", "\x00", "x" * 32767, "\ud800"])
def test_nothing_near_is_nothing(text: str) -> None:
    """A text that resembles nothing finds nothing, and no text raises."""
    assert CATALOG.nearest(text) == []
    assert Catalog([]).nearest(text) == []


def test_thousands_of_wrong_ids_are_no_burden() -> None:
    """After some hundred searches no more are made; what was found before is still known."""
    catalog = Catalog([LIKES, VIEWS])
    first = catalog.nearest("1204")
    for number in range(3000):
        catalog.nearest(f"wrong {number}")
    assert catalog.nearest("1204") == first
    assert catalog.nearest("1241") == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("------------- 15 Day Packages -------------", "is a heading of the list and no real service"),
        ("::------::", "is a heading of the list and no real service"),
        ("xxxxxxxxxxxx", "is a heading of the list and no real service"),
        ("DELETED", "has a name that says it is not for sale"),
        ("Deleted - Likes", "has a name that says it is not for sale"),
        ("TEST", "has a name that says it is not for sale"),
        ("Test service 2", "has a name that says it is not for sale"),
        ("- Vimeo Views", None),
        ("Testosterone", None),
        ("Test your knowledge votes", None),
        ("Likes", None),
    ],
)
def test_names_that_are_not_for_sale(name: str, why: str | None) -> None:
    """Headings and dead entries of a list are told by their names."""
    assert CATALOG.trap(replace(LIKES, name=name)) == why


def test_a_price_of_nines_stands_for_none() -> None:
    """9999 with one possible quantity is a placeholder; with a range it may be a price."""
    nines = replace(LIKES, rate=Decimal("9999.00"), min=1, max=1)
    assert CATALOG.trap(nines) == "has a price that stands for no price"
    assert CATALOG.trap(replace(nines, max=10)) is None


def test_a_price_far_above_its_category() -> None:
    """Among at least five of a category, a rate and a smallest order far above the median are said."""
    crowd = [replace(LIKES, id=str(n)) for n in range(5)]
    dear = replace(LIKES, id="dear", rate=Decimal(180))
    piece = replace(dear, id="piece", min=1)
    catalog = Catalog([*crowd, dear, piece])
    assert catalog.trap(dear) == "costs 200 times as much as is usual in its category"
    assert [catalog.trap(s) for s in (*crowd, piece)] == [None] * 6


def test_few_false_alarms_on_a_real_list() -> None:
    """Of 5,586 real services at most one in three hundred is warned of, the deleted one among them."""
    file = CATALOGS / "services-5586.json"
    if not file.exists():
        pytest.skip("the shared service list is not here")
    services = [
        replace(
            LIKES,
            **{name: row[name] for name in ("name", "type", "category")},
            id=row["service"],
            rate=Decimal(row["rate"]),
            min=int(row["min"]),
            max=int(row["max"]),
        )
        for row in json.loads(file.read_text("utf-8"))
    ]
    catalog = Catalog(services)
    warned = [service.name for service in services if catalog.trap(service)]
    assert "DELETED" in warned
    assert len(warned) < len(services) / 300


def test_headings_of_real_lists_are_told() -> None:
    """Every divider in the shared odd rows is known as one."""
    file = CATALOGS / "services-odd-rows.json"
    if not file.exists():
        pytest.skip("the shared odd rows are not here")
    odd_rows = [odd["row"] for odd in json.loads(file.read_text("utf-8")) if odd["why"] == "name starts with -"]
    dividers = [row["name"] for row in odd_rows if row["name"].startswith("---")]
    assert dividers
    assert all(CATALOG.trap(replace(LIKES, name=name)) for name in dividers)
