"""What the balance says about lost answers: exact, in words, and honest about what spoils it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkorders.core.evidence import RunMoney, Unsure, taken, tell, weigh

START = datetime(2026, 11, 3, 14, 2, tzinfo=UTC)
WHEN = "Between 14:02 and 14:10 on 3 November 2026"


def run(
    before: str | None,
    after: str | None,
    *,
    confirmed: Sequence[str] = (),
    unsure: Sequence[str] = (),
    minutes: int = 8,
) -> RunMoney:
    """A run of some minutes; the unsure orders are rows 7, 8 ... with the entries 1, 2 ..."""
    return RunMoney(
        started_at=START,
        before=Decimal(before) if before else None,
        after=Decimal(after) if after else None,
        after_at=START + timedelta(minutes=minutes),
        currency="USD",
        confirmed=tuple(map(Decimal, confirmed)),
        unsure=tuple(Unsure(entry=n + 1, row=n + 7, cost=Decimal(cost)) for n, cost in enumerate(unsure)),
    )


CASES: dict[str, tuple[RunMoney, str]] = {
    "it was ordered": (
        run("10", "8.65", confirmed=["0.45", "0.45"], unsure=["0.45"]),
        f"{WHEN} the balance fell by 1.35 USD; the confirmed orders explain 0.90; "
        "the missing 0.45 is what row 7 costs: it was very probably ordered, if nothing else happened on the account.",
    ),
    "it was not": (
        run("10", "9.10", confirmed=["0.45", "0.45"], unsure=["0.45"]),
        f"{WHEN} the balance fell by 0.90 USD; the confirmed orders explain 0.90; "
        "nothing is missing: row 7 was very probably not ordered, if nothing else happened on the account.",
    ),
    "another one was": (
        run("10", "9.70", unsure=["0.45", "0.30"]),
        f"{WHEN} the balance fell by 0.30 USD; the missing 0.30 is what row 8 costs: "
        "row 7 was very probably not ordered, if nothing else happened on the account.",
    ),
    "two ways": (
        run("10", "9.55", unsure=["0.45", "0.45"]),
        f"{WHEN} the balance fell by 0.45 USD; the remaining 0.45 fits in more than "
        "one way, so it does not tell about row 7.",
    ),
    "all of two": (
        run("10", "9.10", unsure=["0.45", "0.45"], minutes=0),
        "At 14:02 on 3 November 2026 the balance fell by 0.90 USD; the missing 0.90 is what rows 7 and 8 cost: row 7 "
        "was very probably ordered, if nothing else happened on the account.",
    ),
    "somebody else bought": (
        run("10", "9.00", confirmed=["0.20"], unsure=["0.45"]),
        f"{WHEN} the balance fell by 1.00 USD; the confirmed orders explain 0.20; the "
        "remaining 0.80 does not fit the orders whose answers were lost: something else happened on the account, so it "
        "does not tell.",
    ),
    "a top-up": (
        run("10", "15", unsure=["0.45"]),
        f"{WHEN} the balance rose by 5.00 USD; money came back or was added meanwhile, "
        "so it does not tell whether the order was placed.",
    ),
    "over midnight": (
        run("10", "9.55", unsure=["0.45"], minutes=600),
        "Between 3 November 14:02 and 00:02 on 4 November 2026 the balance fell by 0.45 USD; the missing 0.45 is what "
        "row 7 costs: it was very probably ordered, if nothing else happened on the account.",
    ),
    "nobody looked": (
        run(None, "9.55", unsure=["0.45"]),
        "The balance around that run was not recorded, so it does not tell whether the order was placed.",
    ),
    "certain beside two that are not": (
        run("10", "9.50", unsure=["0.30", "0.20", "0.20"]),
        f"{WHEN} the balance fell by 0.50 USD; the remaining 0.50 cannot be made up without row 7: it was very "
        "probably ordered, if nothing else happened on the account.",
    ),
    "certainly not, beside two that may be": (
        run("10", "9.80", unsure=["0.30", "0.20", "0.20"]),
        f"{WHEN} the balance fell by 0.20 USD; the remaining 0.20 cannot be made up with row 7: it was very "
        "probably not ordered, if nothing else happened on the account.",
    ),
    "more ways than are tried": (
        run("10", "9.50", unsure=[f"0.{n:02}" for n in range(1, 20)]),
        f"{WHEN} the balance fell by 0.50 USD; the remaining 0.50 fits in too many ways to tell about row 7.",
    ),
    "free of charge": (
        run("10", "10", unsure=["0"]),
        f"{WHEN} the balance fell by 0.00 USD; the remaining 0.00 fits in more than one "
        "way, so it does not tell about row 7.",
    ),
    "the panel rounds": (
        run("10.00", "9.99", unsure=["0.00625"]),
        f"{WHEN} the balance fell by 0.01 USD; the missing 0.01 is what row 7 costs: it "
        "was very probably ordered, if nothing else happened on the account.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_arithmetic_in_words(case: str) -> None:
    """A person reads what the balance did, what explains it, and what is left."""
    money, told = CASES[case]
    assert tell(money, 1, UTC) == told


@pytest.mark.parametrize(
    ("charge", "status", "took"),
    [
        (None, None, "0.45"),
        ("0.44", "Completed", "0.44"),
        ("0.10", "Partial", "0.45"),
        ("0", "Canceled", "0.45"),
        ("0", "Failed", "0.45"),
        ("0", "Pending", "0.45"),
    ],
)
def test_what_an_order_took(charge: str | None, status: str | None, took: str) -> None:
    """The charge counts, but not one of which a part was given back."""
    assert taken(Decimal("0.45"), Decimal(charge) if charge else None, status) == Decimal(took)


FINE = Decimal("0.45001")
COSTS = st.sampled_from([*map(Decimal, ("0.10", "0.25", "0.45", "1.10", "3")), FINE])


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(confirmed=st.lists(COSTS, max_size=3), unsure=st.lists(COSTS, min_size=1, max_size=6), data=st.data())
def test_what_is_very_probable_is_true(confirmed: list[Decimal], unsure: list[Decimal], data: st.DataObject) -> None:
    """Where nothing else happened on the account, the arithmetic never concludes what is not so."""
    placed = data.draw(st.lists(st.booleans(), min_size=len(unsure), max_size=len(unsure)))
    spent = sum(confirmed, Decimal(0)) + sum((c for c, p in zip(unsure, placed, strict=True) if p), Decimal(0))
    money = run("100", f"{100 - spent:f}", confirmed=list(map(str, confirmed)), unsure=list(map(str, unsure)))
    weighed = weigh(money)
    assert weighed is not None
    assert weighed.fits
    assert all(placed[entry - 1] == ordered for entry, ordered in weighed.ordered.items())
    ways = [w for n in range(len(unsure) + 1) for w in combinations(range(len(unsure)), n)]
    fitting = [w for w in ways if sum((unsure[i] for i in w), Decimal(0)) == weighed.missing]
    for index in range(len(unsure)):
        certain = len({index in w for w in fitting}) == 1
        told = index + 1 in weighed.ordered
        assert certain or not told
        assert told or not certain or FINE in unsure  # what is rounded away makes it more careful
