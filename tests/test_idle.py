"""Idle connections: no order is written into one that the panel may be closing, nor after a laptop has slept."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
from collections.abc import Callable

import pytest

from bulkorders.core.states import Accepted, Outcome
from bulkorders.panel import IDLE_SECONDS, Panel
from bulkorders.sandbox import KEY
from tests.wire import ORDER, HandClock, Idleness, Wire, ask, http, place_twice, served, wire

SECOND = 1.0
"""The shortest time after which a server closes an idle connection that has to be survived."""

PLACED = Accepted(order_id="5")


@pytest.mark.parametrize("away", [0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("answering", [0.0, 0.2, 0.7])
def test_no_request_arrives_on_a_connection_that_was_idle_for_a_second(answering: float, away: float) -> None:
    """Whatever the pause, however far the panel and however slow: in its eyes no connection was idle so long."""
    clock = HandClock()
    watch = Idleness(clock, answering, away)

    async def sweep(panel: Panel) -> set[Outcome]:
        outcomes = set()
        for hundredths in range(140):
            outcomes.add(await panel.place(ORDER))
            clock.wait(hundredths / 100)
        return outcomes

    with served(Wire(lambda _form: watch)) as server:
        assert ask(server.url, sweep, clocks=(clock,)) == {PLACED}
    assert len(server.forms) == 140
    assert all(idle < SECOND for idle in watch.seconds)
    assert watch.seconds or answering + away >= IDLE_SECONDS, "a connection that is in use is used again"


def test_a_server_that_closes_idle_connections() -> None:
    """Against a real one, with pauses all around a second, no order is lost."""

    async def with_pause(url: str, seconds: float) -> list[Outcome]:
        async with Panel(url, KEY) as panel:
            first = await panel.place(ORDER)
            await asyncio.sleep(seconds)
            return [first, await panel.place(ORDER)]

    async def all_at_once(url: str) -> list[list[Outcome]]:
        return await asyncio.gather(*(with_pause(url, 0.7 + step / 50) for step in range(30)))

    with wire(http({"order": 5}), idle=SECOND) as server:
        outcomes = asyncio.run(all_at_once(server.url))
    assert outcomes == [[PLACED, PLACED]] * 30


@pytest.mark.parametrize(
    ("monotonic", "wall", "connections"),
    [
        (0.1, 0.1, 1),
        (IDLE_SECONDS, IDLE_SECONDS, 2),
        (0.1, 3600.0, 2),  # asleep for an hour, by the clock of Linux and macOS
        (3600.0, 3600.0, 2),  # the same by the clock of Windows
        (3600.0, 0.1, 2),
        (0.1, -3600.0, 2),  # set back: nobody knows for how long
    ],
)
@pytest.mark.parametrize("when", ["between", "while answering"])
def test_a_laptop_that_slept(when: str, monotonic: float, wall: float, connections: int) -> None:
    """An hour asleep is an hour, also on the clock that stood still, and also when the answer was just awaited."""
    clocks = HandClock(), HandClock()

    def sleep(now: str) -> None:
        if now == when:
            clocks[0].wait(monotonic)
            clocks[1].wait(wall)

    def answer(_form: object) -> Callable[..., bool]:
        sleep("while answering")
        return http({"order": 5})

    async def sleeping(panel: Panel) -> list[Outcome]:
        first = await panel.place(ORDER)
        sleep("between")
        return [first, await panel.place(ORDER)]

    with served(Wire(answer)) as server:
        assert ask(server.url, sleeping, clocks=clocks) == [PLACED, PLACED]
    assert (server.connections, len(server.forms)) == (connections, 2)


def test_the_clocks_of_every_panel() -> None:
    """Unless a test says otherwise the wall clock counts as well: the other one sleeps with the laptop."""
    assert inspect.signature(Panel).parameters["clocks"].default == (time.monotonic, time.time)


def test_time_that_passes_before_the_order_is_written() -> None:
    """A connection that grows too old after it was chosen gets no order; that goes out once, over a new one."""
    ticks = itertools.count(step=0.5)
    with wire(http({"order": 5})) as server:
        assert ask(server.url, place_twice, clocks=(lambda: next(ticks),)) == [PLACED, PLACED]
    assert (server.connections, len(server.forms)) == (2, 2)
    assert len(server.heads) == 3, "the old connection got a head and no order"
