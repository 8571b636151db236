"""What the terminal shows: sentences and the progress bar, all on stderr; only a terminal gets the bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import click

from bulkorders.core.fields import shown
from bulkorders.core.model import Entry, is_amount, money
from bulkorders.core.states import Accepted, AnswerLost, Event, Refused


class Face:
    """Tells people how it goes. `currency` follows every amount once it is known.

    `quiet`: what is said at every look at the same file is not said; notes and news are.
    """

    def __init__(self) -> None:
        self.currency = ""
        self._bar: Any = None
        self._money = Decimal(0)
        self._last = ""
        self._noted: set[str] = set()
        self.quiet = False

    def say(self, sentence: str) -> None:
        """One sentence on a line of its own, unless the face is `quiet`; the same one is not said twice in a row."""
        if not self.quiet:
            self.news(sentence)

    def note(self, sentence: str) -> None:
        """Something odd about the whole file, once, however often it is looked at."""
        if sentence not in self._noted:
            self._noted.add(sentence)
            self.news(f"Note: {sentence}")

    def news(self, sentence: str) -> None:
        """A sentence that a quiet face says, too."""
        if sentence == self._last:
            return
        self._last = sentence
        with suppress(OSError):  # a terminal that was closed must not end a run with orders under way
            if self._bar is None:
                click.echo(sentence, err=True)
            else:
                self._bar.write(sentence, file=sys.stderr)

    def ask(self, question: str) -> bool:
        """One question, on the terminal; Enter means no."""
        return click.confirm(question, default=False, err=True)

    def ask_amount(self, question: str, amount: Decimal) -> bool:
        """One question, answered by typing this amount; Enter means no, and whatever else is typed is asked again."""
        while typed := self.ask_text(question):
            if is_amount(typed, amount):
                return True
            self.say(f"{shown(typed)} is not the total. Type {money(amount)}, or press Enter to order nothing.")
        return False

    def ask_text(self, question: str, usual: str = "") -> str:
        """One question whose answer is a few words; Enter means the usual one, or none."""
        return str(click.prompt(question, default=usual, show_default=bool(usual), err=True))

    def ask_hidden(self, question: str) -> str:
        """One question whose answer is not shown while it is typed."""
        return str(click.prompt(question, hide_input=True, err=True))

    def can_ask(self) -> bool:
        """Whether a person sits there to answer."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @contextmanager
    def bar(self, total: int, doing: str = "Ordering") -> Iterator[None]:
        """The progress bar, while orders are placed or asked about: how many, how fast, time left, money so far."""
        from tqdm import tqdm

        self._money = Decimal(0)
        hidden = True if self.quiet or os.environ.get("TERM") == "dumb" else None  # None: hidden where no terminal is
        self._bar = tqdm(total=total, desc=doing, unit="order", disable=hidden, file=sys.stderr, dynamic_ncols=True)
        try:
            yield
        finally:
            self._bar.close()
            self._bar = None

    def waiting(self, why: str) -> None:
        """What keeps everything up, and since when, stands on the bar as long as it lasts ("": it goes on)."""
        if self._bar is not None:
            with suppress(OSError):
                self._bar.set_postfix_str(why or money(self._money, self.currency))

    def placed(self, entry: Entry, event: Event) -> None:
        """One order has an outcome."""
        if self._bar is None or not isinstance(event, Accepted | Refused | AnswerLost):
            return
        with suppress(OSError):
            if isinstance(event, Accepted):
                self._money += entry.order.cost
                self._bar.set_postfix_str(money(self._money, self.currency), refresh=False)
            self._bar.update()

    def told_of(self, count: int) -> None:
        """The panel has told of so many orders that it was asked about."""
        if self._bar is not None:
            with suppress(OSError):
                self._bar.update(count)
