"""Questions about many orders: a hundred IDs a request, and none of them begun anew because one was refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkorders.core.actions import MOST_IDS
from bulkorders.questions import MOST_TRIES
from bulkorders.sandbox import orders, requests
from tests.desk import Desk
from tests.test_run import FAST, good, results, states

ROWS = 2 * MOST_IDS + 50
UNDER_WAY = 20.0
"""After so many seconds no order of the practice panel is Pending any more."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pace of our own."""
    monkeypatch.setenv("BULKORDERS_RATE", "0")


def test_a_panel_that_asks_to_slow_down_is_asked_again(desk_with: Callable[..., Desk]) -> None:
    """One "too many requests" among many does not end the asking, and nothing is asked twice that was answered."""
    desk = desk_with(faults="status.busy@2,status.wait@4")
    path = desk.sheet("orders.xlsx", good(*range(ROWS)))
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran), ran.json["refreshed"]) == (0, {"placed": ROWS}, ROWS)
    assert ran.err.count("The panel asks to slow down") == 2
    assert sum(r.action == "status" for r in requests(desk.books)) == 3 + 2


def test_what_was_cut_short_goes_on_where_it_stopped(desk_with: Callable[..., Desk]) -> None:
    """A panel that takes one request at a time and then refuses: each status begins with the orders that were not heard
    of for the longest time, so that a few of them come to the end.
    """
    moment = [1e9]
    first = 3 + 1  # a run asks three times; then one answer in each status
    cuts = [first + 1 + look * (1 + MOST_TRIES + 1) for look in range(3)]
    faults = ",".join(f"status.busy@{cut}-{cut + MOST_TRIES}" for cut in cuts)
    desk = desk_with(speed=1.0, clock=lambda: moment[0], faults=faults)
    path = desk.sheet("orders.xlsx", good(*range(ROWS)))
    assert states(desk.run("run", str(path), *FAST)) == {"placed": ROWS}
    moment[0] += UNDER_WAY
    heard = []
    for _ in cuts:
        ran = desk.run("status", str(path), "--json")
        assert (ran.code, ran.json["stopped"], ran.json["refreshed"]) == (3, "busy", MOST_IDS)
        heard.append(sum(row["Status"] != "Pending" for row in results(ran.json["results"])))
    assert heard == [MOST_IDS, 2 * MOST_IDS, ROWS]


def test_orders_of_another_computer_are_looked_up_at_the_pace(desk_with: Callable[..., Desk], tmp_path: Path) -> None:
    """Without the ledger, hundreds of order IDs are looked up in turn, and a "too many requests" is waited out."""
    desk = desk_with(faults="status.busy@5")
    path = desk.sheet("orders.xlsx", good(*range(ROWS)))
    desk.run("run", str(path), *FAST)
    shutil.rmtree(tmp_path / "ledger")
    ran = desk.run("run", str(path), *FAST)
    assert (ran.code, states(ran), ran.json["placed_now"]) == (0, {"placed": ROWS}, 0)
    assert "The panel asks to slow down" in ran.err
    assert f"{ROWS} orders were taken over into the ledger." in ran.err
    assert len(orders(desk.books)) == ROWS


def test_a_bar_shows_how_far_the_asking_is(desk: Desk) -> None:
    """More than one request has a bar at a terminal, as placing has; a single one has none."""
    from tests.terminal import at_terminal

    few, many = desk.sheet("few.xlsx", good(-1, -2)), desk.sheet("many.xlsx", good(*range(ROWS)))
    for path, count, there in ((few, 2, False), (many, ROWS, True)):
        desk.run("run", str(path), *FAST)
        terminal = at_terminal(desk, "status", str(path), columns=200)
        assert terminal.end() == 0
        assert ("Asking: 100%" in terminal.shown) is there, terminal.shown
        assert (f"{count}/{count}" in terminal.shown) is there
