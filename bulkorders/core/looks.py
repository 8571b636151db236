"""LOOKS: how cells look, by name, in the words of XlsxWriter's formats; and the one question that colour answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bulkorders.core.columns import NEEDS_PERSON, WORDS, Report
from bulkorders.core.states import RowState

INK, PAPER, HEAD, LEADS = "#1F1F1F", "#FFFFFF", "#23395B", "#0B5394"
HAIRLINE, ASKS, BAR = "#D0D5DD", "#FFF2CC", "#B8C7DB"
_HEADING = {"bold": True, "font_color": PAPER, "bg_color": HEAD, "border": 1}
_LEFT = {"align": "left", "indent": 1}
_LINK = {"font_color": LEADS, "underline": 1}

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "row": {"align": "center"},
    "row link": {"align": "center"} | _LINK,
    "text": {"num_format": "@"} | _LEFT,
    "wrapped": {"num_format": "@", "text_wrap": True} | _LEFT,
    "link": {"num_format": "@"} | _LEFT | _LINK,
    "wrapped link": {"num_format": "@", "text_wrap": True} | _LEFT | _LINK,
    "whole": {"num_format": "0"},
    "number": {"num_format": "#,##0"},
    "percent": {"num_format": "0%"},
    "progress": {"num_format": "0%", "bottom": 1, "bottom_color": HAIRLINE},
    "money": {"num_format": "#,##0.00###"},
    "date": {"num_format": "yyyy-mm-dd hh:mm"} | _LEFT,
    "day": {"num_format": "yyyy-mm-dd"} | _LEFT,
    "time": {"num_format": "hh:mm:ss"} | _LEFT,
    "heading": _HEADING | {"num_format": "@", "text_wrap": True} | _LEFT,
    "number heading": _HEADING | {"align": "right", "indent": 1},
    "title": {"bold": True, "font_size": 18, "font_color": HEAD},
    "first": {"bold": True, "font_size": 13},
    "line": {},
    "line link": _LINK,
    "section": {"bold": True, "font_size": 12, "font_color": HEAD, "bottom": 1},
}
"""Every look is set at the top of its cell."""

FILLS: tuple[tuple[frozenset[RowState], Mapping[str, Any]], ...] = (
    (frozenset({RowState.UNCONFIRMED}), {"bg_color": "#4B2E83", "font_color": PAPER, "bold": True}),
    (NEEDS_PERSON - {RowState.UNCONFIRMED}, {"bg_color": "#F0A04B", "font_color": INK}),
    (frozenset({RowState.READY, RowState.WAITING}), {"bg_color": "#A9D3EE", "font_color": INK}),
)
"""Colour answers one question only: does a person have to do something? These were measured to be told apart by
colour-blind people and in grey; the word beside them says the rest."""

ASKED_IN: Mapping[str, tuple[RowState, str]] = {
    "order_id": (
        RowState.UNCONFIRMED,
        f"Only where Result says {WORDS[RowState.UNCONFIRMED]}: the number of the order, or the words: not placed",
    ),
    "action": (
        RowState.HELD,
        "Empty: order the row. skip: leave it out. Only for a row that was ordered - refill: deliver again what was "
        "lost; cancel: stop the order.",
    ),
}
"""The cells that wait for a person, by field: in which state of the row they are lit up, and what they take."""

SHEET_ACTIONS = ("order", "skip", "refill", "cancel")
"""What can be chosen under Action."""

_CURRENCY = re.compile(r"[A-Za-z€$£¥₽₹]{1,8}")
MOST_CURRENCIES = 20


def money_look(currency: str) -> str:
    """The look of an amount in a currency."""
    return f"money {currency}" if _CURRENCY.fullmatch(currency) else "money"


def all_looks(report: Report) -> dict[str, Mapping[str, Any]]:
    """LOOKS, and one for each currency of the report: amounts with their currency behind them."""
    named = dict.fromkeys([report.currency, *(r.currency for r in report.results)])
    looks = dict(LOOKS)
    for currency in list(_known(named))[:MOST_CURRENCIES]:
        looks[money_look(currency)] = {"num_format": f'#,##0.00###" {currency}"'}
    return looks


def _known(currencies: Iterable[str]) -> Iterable[str]:
    return (c for c in currencies if _CURRENCY.fullmatch(c))
