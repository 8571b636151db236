"""When the next request may leave, and how long to back off. Pure: the time is always an argument.

The pace is a GCRA with room for one late request and no burst: `turn` books the next slot. Buckets that may burst
let twice the limit through in their first second, and sleeping a gap after each request loses the timer's
lateness every time; this does neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

MARGIN = 0.99
"""Run a hundredth under the rate: a panel that counts any second strictly then never sees one too many."""

RECOVERY = 1.1
"""After a slow-down, each definite answer brings the pace back by this factor, up to what was asked."""

UNLIMITED_SLOWED = 10.0
"""Where no rate was asked for (infinity), the first slow-down comes to this (orders a second)."""

SLOWEST = 1 / 60
"""However often the panel says "too many", one request a minute is still tried (orders a second)."""


@dataclass(slots=True)
class Pace:
    """The spacing of requests: at most `rate` a second (infinity: no limit)."""

    rate: float
    _now_rate: float = field(init=False)
    _next: float = field(default=0.0, init=False)
    _slowed_at: float = field(default=-inf, init=False)

    def __post_init__(self) -> None:
        self._now_rate = self.rate

    def turn(self, now: float) -> float:
        """Book the next slot and return when it is, in the same clock as `now` (seconds).

        A caller that comes late makes up for one gap at most, so a pause is never followed by a burst.
        """
        gap = 1 / (self._now_rate * MARGIN)
        slot = max(self._next, now - gap)
        self._next = slot + gap
        return max(slot, now)

    def slow_down(self, now: float, wait: float | None, booked: float) -> None:
        """The panel said "too many" to a request whose turn was booked at `booked`: halve the pace, and send nothing
        for `wait` seconds if it named a time.

        What was booked before the pace was halved does not halve it again: fifty orders in flight that are refused at
        once would bring 50 a second down to one a minute, and most of an hour would pass until the pace is back.
        """
        if booked >= self._slowed_at:
            halved = UNLIMITED_SLOWED if self._now_rate == inf else self._now_rate / 2
            self._now_rate = max(halved, SLOWEST)
            self._slowed_at = now
        self._next = max(self._next, now + (wait if wait is not None else 1 / self._now_rate))

    def recover(self) -> None:
        """A definite answer came: go back towards the rate that was asked for."""
        self._now_rate = min(self._now_rate * RECOVERY, self.rate)


def backoff(attempt: int, *, longest: float = 60.0) -> float:
    """Seconds to wait before attempt number `attempt` (from 0): 1, 2, 4, ... up to a minute."""
    return min(2.0 ** min(attempt, 10), longest)
