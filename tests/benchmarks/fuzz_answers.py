"""Any answer to any action, ten thousand times each: `python -m tests.benchmarks.fuzz_answers [--examples N]`.

The properties are those of tests/answers.py; here the examples are new ones at every run, and the seed is printed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import click
from hypothesis import HealthCheck, given, seed, settings

from tests.answers import (
    HTTP_STATUSES,
    LARGE_BODIES,
    QUESTIONS,
    WAITS,
    Answering,
    Reply,
    over_http,
    reading,
    replies,
)
from tests.wire import served


def _reading(fuzz: settings, number: int) -> Callable[[], None]:
    @seed(number)
    @fuzz
    @given(LARGE_BODIES, HTTP_STATUSES, WAITS)
    def property_(body: bytes, http_status: int, wait: float | None) -> None:
        reading(body, http_status, wait)

    return property_


def _asking(fuzz: settings, number: int, server: Answering, question: str) -> Callable[[], None]:
    @seed(number)
    @fuzz
    @given(replies())
    def property_(reply: Reply) -> None:
        over_http(server, reply, question)

    return property_


def _timed(name: str, examples: int, run: Callable[[], None]) -> None:
    began = time.perf_counter()
    run()
    seconds = time.perf_counter() - began
    print(
        f"{name:<28} {examples:>7,} examples {seconds:>8.1f} s {examples / seconds:>9,.0f} a second   no failure",
        flush=True,
    )


@click.command()
@click.option("--examples", default=10_000, show_default=True)
@click.option("--seed", "number", type=int, help="the seed of an earlier run, to see it again")
def main(examples: int, number: int | None) -> None:
    """Run every property with so many examples; a failure is shown with the smallest example that Hypothesis finds."""
    number = random.randrange(2**32) if number is None else number
    print(f"seed {number}")
    fuzz = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    _timed("readers, all actions", examples, _reading(fuzz, number))
    server = Answering()
    with served(server.wire):
        for question in QUESTIONS:
            _timed(f"HTTP, add and {question}", examples, _asking(fuzz, number, server, question))


if __name__ == "__main__":
    main()
