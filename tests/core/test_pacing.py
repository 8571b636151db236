"""Pacing, on a clock of its own."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from bulkorders.core.pacing import Pace, backoff


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
    pace.slow_down(0.0, 7.0)
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
    pace.slow_down(5.0, None)
    assert pace.turn(5.0) > 5.0
    for _ in range(10_000):
        pace.recover()


def test_however_often_it_is_slowed_it_still_tries() -> None:
    """The pace never falls under one request a minute."""
    pace = Pace(2)
    for _ in range(100):
        pace.slow_down(0.0, 0.0)
    first = pace.turn(0.0)
    assert pace.turn(first) - first <= 61


def test_backoff_grows_to_a_minute() -> None:
    """1, 2, 4, ... and never more than a minute."""
    assert [backoff(n) for n in range(4)] == [1, 2, 4, 8]
    assert backoff(50) == 60
