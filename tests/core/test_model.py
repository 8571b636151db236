"""Amounts as people read and type them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bulkorders.core.model import is_amount, money


@pytest.mark.parametrize(
    ("amount", "told"),
    [("0", "0.00"), ("1234.5", "1,234.50"), ("0.00011", "0.00011"), ("1E+3", "1,000.00"), ("12.340", "12.34")],
)
def test_money_as_people_read_it(amount: str, told: str) -> None:
    """Thousands separators, at least two decimals, no needless zeros; typed as it is told, it is the same amount."""
    assert money(Decimal(amount)) == told
    assert is_amount(told, Decimal(amount))


@pytest.mark.parametrize("typed", ["1234.50", "1,234.50", "1234.5", " 1234.50 ", "1234,50", "1.234,50", "1 234.50"])
def test_an_amount_that_was_typed(typed: str) -> None:
    """However separators are used in the person's country."""
    assert is_amount(typed, Decimal("1234.50"))


@pytest.mark.parametrize("typed", ["y", "yes", "", "1234", "1234.05", "12345.0", "-1234.50", "1234.50 EUR", "1.2345e3"])
def test_what_is_not_the_amount(typed: str) -> None:
    """Nothing else passes for it."""
    assert not is_amount(typed, Decimal("1234.50"))


def test_an_amount_may_be_rounded_to_cents() -> None:
    """Nobody copies five decimals; but what is less than a cent is not nothing."""
    assert is_amount("1234.57", Decimal("1234.56789"))
    assert not is_amount("0", Decimal("0.002"))
    assert is_amount("0.002", Decimal("0.002"))
