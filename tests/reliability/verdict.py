"""What the panel's books and the results workbook say about each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Told(NamedTuple):
    """What the results workbook says of one row."""

    result: str
    order_id: str


NO_ROW = Told("absent from the workbook", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Books and workbook compared: figures, and a sentence for each thing that is wrong."""

    orders: int
    ordered: int
    unconfirmed: int
    duplicates: tuple[str, ...]
    losses: tuple[str, ...]


def judge(links: Iterable[str], booked: Sequence[tuple[str, str]], told: Mapping[str, Told]) -> Verdict:
    """Compare what was wanted (once each), the link and ID of each order in the books, and the workbook.

    A duplicate is a link with more than one order. A loss is a row that says Ordered with an ID which the books
    do not have for it, or that ended neither Ordered nor Check; also an order that no row wanted.
    """
    books: dict[str, list[str]] = {link: [] for link in links}
    for link, order_id in booked:
        books.setdefault(link, []).append(order_id)
    results = [row.result for row in told.values()]
    return Verdict(
        orders=len(booked),
        ordered=results.count("Ordered"),
        unconfirmed=results.count("Check"),
        duplicates=tuple(f"{link} was ordered as {' and '.join(ids)}" for link, ids in books.items() if len(ids) > 1),
        losses=tuple(loss for link, ids in books.items() for loss in _losses(link, ids, told.get(link, NO_ROW))),
    )


def _losses(link: str, ids: Sequence[str], row: Told) -> Iterator[str]:
    has = f"the panel has {' and '.join(ids) or 'no order'}"
    match row.result:
        case "Check":
            return
        case "Ordered" if row.order_id in ids:
            return
        case "Ordered":
            yield f"{link} is told as order {row.order_id}, and {has}"
        case _:
            yield f"{link} is {row.result}, and {has}"
