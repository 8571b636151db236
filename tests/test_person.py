"""Whatever a person does with the file between runs: no order twice that nobody asked for twice."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bulkorders.core.states import RowState
from bulkorders.sandbox import orders
from tests.desk import QUICK, Desk

STEPS = 12
OPTIONS = ("--yes", "--json", "--rate", "0", "--skip-invalid", "--timeout", "1")


def placed(desk: Desk) -> Counter[tuple[str, str]]:
    """How often the panel's books have each order: link and quantity."""
    return Counter((o.link, o.form["quantity"]) for o in orders(desk.books))


@dataclass(slots=True)
class Person:
    """Somebody with a file, a will of their own, and now and then a lost ledger.

    `asked` is how often an order (link and quantity) was asked for, if more than once: in rows with their own Refs, or
    again in a copy after ledger and results of an earlier copy were lost.
    """

    desk: Desk
    ledger: Path
    chance: random.Random
    rows: list[list[Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_copies: Counter[tuple[str, str]] = field(default_factory=Counter)

    def run(self, path: Path) -> dict[str, Any]:
        """Run a file; the counts of the states must add up."""
        found = self.desk.run("run", str(path), *OPTIONS).json
        assert sum(found[state.value] for state in RowState) == found["rows"], self.done
        return found

    def save(self) -> Path:
        """Save the file as it is now."""
        own_refs = Counter((row[1], str(row[2])) for row in self.rows if row[3])
        for order, count in own_refs.items():
            self.asked[order] = max(self.asked[order], count)
        return self.desk.sheet("orders.xlsx", [["Service", "Link", "Quantity", "Ref"], *self.rows])

    def sort(self) -> None:
        self.chance.shuffle(self.rows)

    def insert(self) -> None:
        link = f"https://example.com/new-{len(self.done)}"
        self.rows.insert(self.chance.randrange(len(self.rows) + 1), [1, link, 100, ""])

    def edit(self) -> None:
        self.chance.choice(self.rows)[2] += 1

    def delete(self) -> None:
        self.rows.pop(self.chance.randrange(len(self.rows)))

    def double(self) -> None:
        self.rows.append([*self.chance.choice(self.rows)[:3], ""])

    def change_ref(self) -> None:
        row = self.chance.choice(self.rows)
        row[3] = "" if row[3] else f"N{len(self.done)}"

    def copy(self) -> None:
        before = placed(self.desk)
        self.run(Path(shutil.copy(self.save(), self.desk.folder / f"copy {len(self.done)}.xlsx")))
        self.by_copies += placed(self.desk) - before

    def feed_results(self) -> None:
        self.run(self.desk.folder / "orders.results.xlsx")

    def lose_ledger(self) -> None:
        self.run(self.save())
        shutil.rmtree(self.ledger)
        for copy in self.desk.folder.glob("copy *"):
            copy.unlink()
        for order in self.by_copies:
            self.asked[order] = max(self.asked[order], 1) + 1
        self.by_copies.clear()


DEEDS = (
    *(Person.sort, Person.insert, Person.edit, Person.delete, Person.double),
    *(Person.change_ref, Person.copy, Person.feed_results, Person.lose_ledger),
)


@pytest.mark.parametrize("seed", range(6))
def test_no_order_twice(desk_with: Callable[..., Desk], tmp_path: Path, seed: int) -> None:
    """Sorted, edited, doubled, copied, fed back, without the ledger, on a bad day: the panel has no order twice."""
    desk = desk_with(faults=f"bad-day,seed={seed}" if seed % 2 else "none", speed=QUICK)
    rows = [[1, f"https://example.com/{n}", 100 + n, f"R{n}" if n % 3 == 0 else ""] for n in range(7)]
    person = Person(desk, tmp_path / "ledger", random.Random(seed), rows)
    person.run(person.save())
    for _ in range(STEPS):
        deed = person.chance.choice(DEEDS)
        person.done.append(deed.__name__)
        deed(person)
        person.run(person.save())
        assert not {o for o, count in placed(desk).items() if count > max(person.asked[o], 1)}, person.done
