"""Pacing, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf

import pytest

from bulkorders.core.pacing import MARGIN, Pace, backoff
from tests.benchmarks.simulation import CASES, HOURS, Busy, limited, share_of_an_hour, simulate


def _sent(pace: Pace, seconds: float, *, late: float = 0.0, work: float = 0.0) -> list[float]:
    """The times at which requests leave when each is `late` and whoever sends does `work` in between."""
    now, times = 0.0, []
    while now < seconds:
        now = pace.turn(now) + late
        times.append(now)
        now += work
    return times


def _worst_second(times: list[float]) -> int:
    return max(sum(start <= t < start + 1 for t in times) for start in times)


@pytest.mark.parametrize("rate", [0.5, 2, 5, 50, 200])
@pytest.mark.parametrize("late", [0.0, 0.0004, 0.004])
def test_the_rate_is_kept(rate: float, late: float) -> None:
    """Never more than the rate in any second, plus one; and nearly all of it on average, also when timers are late."""
    times = _sent(Pace(rate), 40, late=late)
    assert _worst_second(times) <= rate + 1
    if late < 1 / rate:
        assert len(times) / times[-1] >= 0.97 * rate


def test_a_pause_is_not_made_up_for() -> None:
    """After a long pause the requests go on at the same distance, not in a burst."""
    pace = Pace(10)
    pace.turn(0.0)
    times = [pace.turn(100.0) for _ in range(5)]
    gaps = [b - a for a, b in pairwise(times[1:])]
    assert times[1] - 100.0 <= 0.2
    assert all(gap >= 0.1 for gap in gaps)


def test_too_many_slows_down_and_recovers() -> None:
    """A 429 with a time is waited for, the pace halves, and definite answers bring it back to what was asked."""
    pace = Pace(10)
    pace.slow_down(0.0, 7.0, 0.0)
    assert pace.turn(0.0) == 7.0
    assert pace.turn(7.0) - 7.0 >= 0.19
    for _ in range(100):
        pace.recover()
    times = [pace.turn(1000.0) for _ in range(4)]
    assert times[3] - times[2] == pytest.approx(0.101, abs=0.002)


def test_no_limit_can_be_slowed() -> None:
    """Without a rate nothing waits, until the panel says "too many"."""
    pace = Pace(inf)
    assert [pace.turn(5.0) for _ in range(3)] == [5.0, 5.0, 5.0]
    pace.slow_down(5.0, None, 5.0)
    assert pace.turn(5.0) > 5.0
    for _ in range(10_000):
        pace.recover()


def test_however_often_it_is_slowed_it_still_tries() -> None:
    """The pace never falls under one request a minute."""
    pace = Pace(2)
    for _ in range(100):
        pace.slow_down(0.0, 0.0, 0.0)
    first = pace.turn(0.0)
    assert pace.turn(first) - first <= 61


def test_orders_in_flight_slow_down_once() -> None:
    """Fifty orders under way together that are all refused halve the pace once; the next one halves it again."""
    pace = Pace(50)
    for late in range(50):
        pace.slow_down(1.0 + late / 1000, 0.0, 0.5)
    assert _gap(pace, 2.0) == pytest.approx(1 / 25, rel=0.05)
    pace.slow_down(3.0, 0.0, 2.5)
    assert _gap(pace, 4.0) == pytest.approx(1 / 12.5, rel=0.05)


def _gap(pace: Pace, now: float) -> float:
    """The spacing of requests from now on."""
    times = [pace.turn(now) for _ in range(4)]
    return times[3] - times[2]


def test_backoff_grows_to_a_minute() -> None:
    """1, 2, 4, ... and never more than a minute."""
    assert [backoff(n) for n in range(4)] == [1, 2, 4, 8]
    assert backoff(50) == 60


@pytest.mark.parametrize(("rate", "concurrency", "latency"), CASES)
@pytest.mark.parametrize(("told", "busy", "lost"), HOURS[1:], ids=[told for told, _, _ in HOURS[1:]])
def test_the_rate_is_kept_over_an_hour(
    rate: float, concurrency: int, latency: float, told: str, busy: Callable[[], Busy], lost: float
) -> None:
    """Within two hundredths of what was asked, with 429s in the hour; the seconds that they last are not counted."""
    assert 0.98 <= share_of_an_hour(rate, concurrency, latency, busy(), lost) <= 1.0


@pytest.mark.parametrize(
    ("rate", "concurrency", "latency"), [(2, 4, 0.5), (50, 10, 0.05), (50, 10, 1.0), (500, 20, 0.5)]
)
def test_placing_takes_what_it_takes_on_paper(rate: float, concurrency: int, latency: float) -> None:
    """N orders take N / min(rate, in flight / latency) seconds, whichever of the two is the narrower."""
    seen = simulate(rate=rate, concurrency=concurrency, latency=latency, orders=2_000)
    assert seen.seconds == pytest.approx(2_000 / min(rate * MARGIN, concurrency / latency), rel=0.02)


def test_a_panel_that_allows_less_than_was_asked_for_is_used_all_the_same() -> None:
    """Ten a second allowed and fifty asked for: more than half of the ten are placed, and most requests are taken."""
    seen = simulate(rate=50, concurrency=10, latency=0.05, until=600, busy=limited(10))
    assert len(seen.taken) > 5 * 600
    assert seen.refused < len(seen.taken) / 3
