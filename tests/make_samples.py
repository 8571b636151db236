"""Make samples/ and templates/ anew: `python -m tests.make_samples`. A test keeps the committed files current."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

TOP = Path(__file__).parent.parent
HEADING = (
    *("Ref", "Client", "Service", "Link", "Quantity", "Runs", "Interval", "Comments", "Usernames", "Username"),
    *("Min", "Max", "Posts", "Delay", "Hashtags", "Hashtag", "Media", "Answer number", "Groups", "Keywords"),
    *("Country", "Device", "Type of traffic", "Google keyword", "Action"),
)
COMMENTS = "\n".join(
    (
        "Lovely picture!",
        "Where was this taken?",
        "Great colours.",
        "Thank you for sharing this.",
        "My favourite one so far.",
        "What a view.",
        "Well done!",
        "This made my day.",
        "More of this, please.",
        "Beautiful light.",
    )
)


def _page(name: str) -> str:
    return f"https://example.com/{name}"


def _rows() -> list[dict[str, Any]]:
    """About forty rows: every type of service, three mistakes, one pair with the same link."""
    plain = [
        ("Harbour Café", 1, "harbour-cafe", 500),
        ("Harbour Café", 120, "harbour-cafe/p/1", 250),
        ("Harbour Café", 120, "harbour-cafe/p/2", 250),
        ("Harbour Café", 121, "harbour-cafe/p/3", 1000),
        ("Harbour Café", 122, "harbour-cafe/reel/1", 5000),
        ("Harbour Café", 123, "harbour-cafe/story", 300),
        ("Bike Shop North", 101, "bike-shop-north", 400),
        ("Bike Shop North", 124, "bike-shop-north/p/1", 100),
        ("Bike Shop North", 125, "bike-shop-north/p/1", 2000),
        ("Bike Shop North", 200, "bike-shop-north/tok", 150),
        ("Bike Shop North", 201, "bike-shop-north/tok/1", 300),
        ("Bike Shop North", 202, "bike-shop-north/tok/1", 10000),
        ("Museum of Clocks", 220, "museum-of-clocks/watch", 2000),
        ("Museum of Clocks", 222, "museum-of-clocks/watch", 120),
        ("Museum of Clocks", 240, "museum-of-clocks/channel", 80),
        ("Museum of Clocks", 242, "museum-of-clocks/channel/7", 900),
        ("Museum of Clocks", 261, "museum-of-clocks/post", 60),
        ("Museum of Clocks", 283, "museum-of-clocks/status/1", 2500),
        ("Museum of Clocks", 303, "museum-of-clocks/sound", 700),
        ("Museum of Clocks", 322, "museum-of-clocks", 500),
    ]
    rows: list[dict[str, Any]] = [
        {"Client": client, "Service": service, "Link": _page(page), "Quantity": quantity}
        for client, service, page, quantity in plain
    ]
    rows += [
        {"Service": 1, "Link": _page("garden-club"), "Quantity": 50, "Runs": 4, "Interval": 60},
        {"Service": 105, "Link": _page("garden-club")},
        {"Service": 2, "Link": _page("garden-club/p/1"), "Comments": COMMENTS},
        {"Service": 160, "Link": _page("garden-club/p/2"), "Usernames": "\n".join(f"gardener{n}" for n in range(12))},
        {"Service": 161, "Link": _page("garden-club/p/3"), "Quantity": 1000, "Username": _page("flower-fair")},
        {"Service": 126, "Username": "garden_club", "Min": 20, "Max": 40, "Posts": 5, "Delay": 10},
        {"Service": 144, "Link": _page("garden-club/p/1"), "Quantity": 25, "Username": "garden_club"},
        {"Service": 142, "Link": _page("garden-club/p/4"), "Comments": COMMENTS},
        {
            "Service": 143,
            "Link": _page("garden-club/p/1"),
            "Username": "garden_club",
            "Comments": "Thanks!\nSee you there.",
        },
        {"Service": 162, "Link": _page("garden-club/p/5"), "Quantity": 100, "Usernames": "rose_fan\ntulip_fan"},
        {
            "Service": 163,
            "Link": _page("garden-club/p/6"),
            "Quantity": 100,
            "Usernames": "rose_fan",
            "Hashtags": "garden\nroses",
        },
        {"Service": 164, "Link": _page("garden-club/p/7"), "Quantity": 500, "Hashtag": "garden"},
        {"Service": 165, "Link": _page("garden-club/p/8"), "Quantity": 500, "Media": _page("flower-fair/p/9")},
        {"Service": 244, "Link": _page("garden-club/poll"), "Quantity": 30, "Answer number": 2},
        {"Service": 247, "Link": _page("garden-club/group"), "Quantity": 100, "Groups": _page("flower-fair/group")},
        {"Service": 323, "Link": _page("garden-club"), "Quantity": 10, "Keywords": "garden club\nroses"},
        {
            **{"Service": 320, "Link": _page("garden-club"), "Quantity": 500, "Country": "NL", "Device": "1"},
            **{"Type of traffic": 1, "Google keyword": "garden club"},
        },
        {"Service": 120, "Link": _page("garden-club/p/9"), "Quantity": 60, "Action": "skip"},
        # the same service and link as the first row of the list: it waits until that order is finished
        {"Client": "Harbour Café", "Service": 1, "Link": _page("harbour-cafe"), "Quantity": 750},
        # three mistakes: a quantity that is too small, a service that does not exist, comments that are missing
        {"Client": "Bike Shop North", "Service": 1, "Link": _page("bike-shop-north/p/2"), "Quantity": 5},
        {"Client": "Bike Shop North", "Service": 1200, "Link": _page("bike-shop-north/p/3"), "Quantity": 100},
        {"Client": "Bike Shop North", "Service": 2, "Link": _page("bike-shop-north/p/4")},
    ]
    return [{"Ref": f"A-{number:03}", "Client": "Garden Club", **row} for number, row in enumerate(rows, start=1)]


def table() -> list[list[Any]]:
    """Heading and rows of samples/orders.xlsx."""
    return [list(HEADING), *([row.get(name, "") for name in HEADING] for row in _rows())]


def short_table() -> list[list[Any]]:
    """Heading and rows of samples/orders.csv."""
    names = ("Ref", "Service", "Link", "Quantity", "Campaign")
    rows = [
        ("B-1", 120, _page("bakery/p/1"), 100, "Spring"),
        ("B-2", 121, _page("bakery/p/2"), 500, "Spring"),
        ("B-3", 122, _page("bakery/reel/1"), 1000, "Spring, second week"),
        ("B-4", 201, _page("bakery/tok/1"), 50, "Summer"),
        ("B-5", 242, _page("bakery/channel/3"), 200, "Summer"),
    ]
    return [list(names), *map(list, rows)]


PASTED = f"""\
120|{_page("book-fair/p/1")}|100
121|{_page("book-fair/p/2")}|250
122|1000|{_page("book-fair/reel/1")}
201|{_page("book-fair/tok/1")}|40
"""


def write_workbook(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """One sheet `Orders`, as a person would have made it."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Orders")
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, rows[0], bold)
        for number, row in enumerate(rows[1:], start=1):
            for column, value in enumerate(row):
                if value != "":
                    sheet.write(number, column, value, wrapped)
        sheet.set_column(0, len(rows[0]), 14)
        sheet.set_column(3, 3, 40)
        sheet.freeze_panes(1, 0)


def main() -> None:
    """Write the inputs; the results workbook of the sample is made by running the program on it."""
    from bulkorders.blanks import write_form
    from tests.practice_services import practice_services

    samples, templates = TOP / "samples", TOP / "templates"
    write_workbook(samples / "orders.xlsx", table())
    with (samples / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(short_table())
    (samples / "pasted.txt").write_text(PASTED, "utf-8")
    services = practice_services()
    for name in ("orders.xlsx", "orders.csv"):
        write_form(templates / name, services, currency="USD")


if __name__ == "__main__":
    main()
