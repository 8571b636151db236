"""Which heading is which column."""

from __future__ import annotations

import pytest

from bulkorders.core.columns import COLUMNS, ROW_HEADING
from bulkorders.core.headings import (
    AUTO_HEADINGS,
    FIELDS,
    MEANT_OTHERWISE,
    Field,
    field_named,
    fills_itself,
    heading_place,
    nearly,
    plain,
    read_headings,
    slipped,
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
        ([TITLE, ("Servce", "Link", "Quantity"), ("Service", "Link", "Quantity")], 1),
        ([TITLE, ("Servce", "Lnk", "Quantiy"), ("1", "x", "2")], 1),
        ([("Order n", "Lnk"), TITLE, ORDERS], 2),
        ([], 0),
    ],
    ids=[
        "first",
        "third",
        "twentieth",
        "beyond",
        "a value",
        "the first wins",
        "a misspelt heading above",
        "a misspelt one below",
        "all are misspelt",
        "a title that is nearly one",
        "nothing",
    ],
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


# --- headings that are nearly known ones ------------------------------------------------------------------------------

SPELLINGS = sorted({s for f in FIELDS for s in (f.heading, *f.synonyms)})


def slips(word: str) -> list[str]:
    """The word with a letter missing, doubled, replaced, put in, and with two that changed places, in its middle."""
    at = len(word) // 2
    swapped = f"{word[: at - 1]}{word[at]}{word[at - 1]}{word[at + 1 :]}"
    more = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], f"{word[:at]}q{word[at:]}"]
    other = [f"{word[:at]}q{word[at + 1 :]}"] if len(word) > 4 else []
    return [slip for slip in (swapped, *more, *other) if len(slip) > 2 and plain(slip) != plain(word)]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_slip_is_told_and_never_taken_for_a_column_of_ones_own(spelling: str) -> None:
    """For every known heading and other name: each kind of slip stops the file, or is known all the same."""
    for slip in slips(spelling):
        if field_named(slip) is None:
            (problem,) = read_headings(["Service", slip]).problems
            assert problem.code == "heading_misspelt", slip
            assert f'"{slip}"' in problem.message
            assert "Did you mean" in problem.message
            assert "Nothing is ordered until it is renamed" in problem.advice


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        *(("Quantiy", "Quantity"), ("Qauntity", "Quantity"), ("quantityy", "Quantity"), ("Qu\u0430ntity", "Quantity")),
        *(("Qnty", "Qty"), ("Lnk", "Link"), ("Likn", "Link"), ("Usr", "User"), ("Servce", "Service")),
        *(("Services", "Service"), ("ORDER_IDS", "Order ID"), ("Commets", "Comments"), ("Actoin", "Action")),
        *(("Intervall", "Interval"), ("Usrname", "Username"), ("Referer", "Referrer"), ("Expire", "Expiry")),
    ],
)
def test_what_was_meant(slip: str, meant: str) -> None:
    """The suggestion is the known spelling that is nearest."""
    assert nearly(slip) == meant


OWN = """
    Client, Clients, Customer, Customer name, Company, Name, First name, Last name, Contact, Contact person, Email,
    E-mail, Phone, Address, City, Town, Street, County, State, Zip, Region, Language, Notes, Note, Internal,
    Internal notes, Remark, Remarks, Memo, Description, Details, Title, Subject, Text, Message, Caption, Content,
    Topic, Tag, Tags, Label, Labels, Category, Group, Team, Owner, Manager, Assigned to, Agent, Author, Comment by,
    Commented, Approved, Approved by, Checked, Done, Paid, Ordered, Ordered by, Order, Orders, Order date, Order
    type, Old order, Status, State, Stage, Priority, Progress, Result, Results, Date, Day, Month, Year, Week, Time,
    Start, Start date, Begin, End, End date, Deadline, Due, Due date, Created, Updated, Expired, Minutes, Hours,
    Hour, Duration, Main, Mean, Max price, Price, Prices, Cost, Costs, Total, Sum, Amount, Budget, Invoice, Invoice
    no, Discount, Tax, VAT, Currency, Rate, Rates, Profit, Margin, Balance, Charge, Payment, Count, Number, No, ID,
    Line, Lines, Row, Index, Position, Item, Items, Unit, Units, Product, SKU, Article, Brand, Campaign, Project,
    Platform, Channel, Page, Post, Post ID, Post date, Post text, Posted, Host, Hosts, Ports, Photo, Video, Image,
    Picture, Story, Reel, Profile, Profile name, Account, Handle, Followers, Likes, Views, Shares, Reach, Website,
    Web, Site, Domain, Link text, Link name, Link 2, Link1, Links 2, Comment 1, Source, Origin, Preference, Preview,
    Users, Run, Ran, Rank, Reason, Review, Rating, Score, Quality, Quantity sold, Quantity (old), Goal, Aim, Market,
    Median, Auction, Section, Options, Version, Type, Kind, Color, Size, Weight, Location, Reserve, Serial, Priority
    no, Relay, Display
"""


@pytest.mark.parametrize("name", [name.strip() for name in OWN.split(",")])
def test_a_usual_column_of_ones_own_stops_nothing(name: str) -> None:
    """Two hundred names that people give to columns of their own."""
    assert read_headings(["Service", name]).problems == ()


@pytest.mark.parametrize("name", [ROW_HEADING, *(h for h in OURS if h != "Order ID"), *AUTO_HEADINGS])
def test_our_own_columns_stop_nothing(name: str) -> None:
    """The headings of the results and of the order form are none that were misspelt."""
    assert nearly(name) is None


@pytest.mark.parametrize("word", sorted(MEANT_OTHERWISE))
def test_a_word_that_is_meant_otherwise_would_be_a_slip(word: str) -> None:
    """The list holds no word that needs no exception."""
    assert field_named(word) is None
    assert any(slipped(word, plain(spelling)) for spelling in SPELLINGS)


def test_all_misspelt_headings_are_told_at_once() -> None:
    """Service among them: then nobody has to hear that there is none."""
    problems = read_headings(["Servce", "Lnk", "Quantiy", "Client"]).problems
    assert [p.column for p in problems] == ["Servce", "Lnk", "Quantiy"]
