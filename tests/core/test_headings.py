"""Which heading is which column."""

from __future__ import annotations

import pytest

from bulkorders.core.columns import COLUMNS, ROW_HEADING
from bulkorders.core.headings import (
    AUTO_HEADINGS,
    FIELDS,
    Field,
    field_named,
    fills_itself,
    heading_place,
    read_headings,
)

OURS = [c.heading for c in COLUMNS]


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_spelling_is_known(field: Field) -> None:
    """Case, spaces and underscores do not matter, and synonyms are known."""
    for spelling in (field.heading, field.name, *field.synonyms):
        for shown in (spelling, spelling.upper(), f"  {spelling.lower()} ", spelling.replace(" ", "_")):
            assert field_named(shown) == field.name


def test_no_spelling_means_two_fields() -> None:
    """Each spelling belongs to one field."""
    spellings = [s.casefold() for f in FIELDS for s in {f.heading, *f.synonyms}]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("heading", ["Client", "Notes", "Status", "Order", "ID", "Amount", "Budget", ""])
def test_other_headings_are_the_persons_own(heading: str) -> None:
    """What is not known belongs to the person."""
    assert field_named(heading) is None


def test_own_columns_come_back() -> None:
    """All columns of the input are shown, but for the order ID, which has a place of its own in the results."""
    found = read_headings(["Client", "service", "URL", "Qty", "Order ID", "Status"])
    assert found.at == {"service": 1, "link": 2, "quantity": 3, "order_id": 4}
    assert found.shown == (0, 1, 2, 3, 5)
    assert not found.is_results
    assert (found.heading("link"), found.heading("runs")) == ("URL", "Runs")


def test_a_results_workbook_is_recognised() -> None:
    """Our own columns are not taken for the person's, even where one had to step aside."""
    found = read_headings([ROW_HEADING, "Service", "Link", "Status", *(h + " (2)" * (h == "Status") for h in OURS)])
    assert found.is_results
    assert found.shown == (1, 2, 3)
    assert found.result_at == 4
    assert found.at["order_id"] == 5


def test_two_columns_for_one_field_are_a_problem() -> None:
    """Link and URL in one sheet: nobody can say which one counts."""
    (problem,) = read_headings(["Service", "Link", "URL"]).problems
    assert problem.code == "heading_twice"
    assert '"Link" and "URL"' in problem.message


def test_a_sheet_without_services_is_a_problem() -> None:
    """The sentence says what was found instead."""
    (problem,) = read_headings(["Name", "Town"]).problems
    assert problem.code == "no_service_column"
    assert '"Name", "Town"' in problem.message


@pytest.mark.parametrize("heading", AUTO_HEADINGS)
def test_the_forms_own_columns_are_neither_fields_nor_the_persons(heading: str) -> None:
    """They are known by their whole heading; without the mark it is a field or a column of the person's own."""
    assert fills_itself(heading)
    assert fills_itself(f" {heading.upper()} ")
    assert field_named(heading) is None
    assert not fills_itself(heading.removesuffix(" (auto)"))
    assert not fills_itself(heading.removesuffix(" (auto)") + " auto")


TITLE, ORDERS = ("Order form", ""), ("Ref", "Service", "Link")


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([ORDERS, ("A-1", "1", "x")], 0),
        ([TITLE, ("", "3"), ORDERS], 2),
        ([*[TITLE] * 19, ORDERS], 19),
        ([*[TITLE] * 20, ORDERS], 0),
        ([("Town", "Name"), ("A", "Service")], 0),
        ([("Service",), ("Service", "Link")], 0),
        ([("Servce", "Link", "Quantity"), ("1", "x", "2"), ("Service", "Link", "Quantity")], 0),
        ([], 0),
    ],
    ids=["first", "third", "twentieth", "beyond", "a value", "the first wins", "a misspelt heading above", "nothing"],
)
def test_where_the_heading_is(rows: list[tuple[str, ...]], place: int) -> None:
    """Within the first twenty rows, and never so that rows of orders are taken for a title."""
    assert heading_place(rows) == place


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("Service", "Link", "Quantity"), ""),
        (("service_id", "URL", "Qty"), "service_id is read as Service, URL is read as Link, Qty is read as Quantity."),
        (("Service", "Link", "Client", "Notes"), "Yours, and not sent: Client, Notes."),
        (("Service", "URL", "Client"), "URL is read as Link. Yours, and not sent: Client."),
        (
            ("Service", *(f"C{n}" for n in range(14))),
            f"Yours, and not sent: {', '.join(f'C{n}' for n in range(12))} and 2 more.",
        ),
    ],
)
def test_what_was_read_as_what(names: tuple[str, ...], told: str) -> None:
    """Other names of known columns, and the person's own columns, are told; what is plain to see is not."""
    assert read_headings(names).understood() == told
