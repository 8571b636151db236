"""A small soak: the same as the command that README names, with fewer orders."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.soak import Plan, soak


def test_a_small_soak(tmp_path: Path) -> None:
    """300 orders with faults on, several kills, the panel gone once: nothing twice, nothing lost, nothing left."""
    told: list[str] = []
    figures = soak(tmp_path, Plan(rows=300, every=60, seed=1, away=0.0), told.append)
    assert list(figures.troubles) == [], told
    assert figures.verdict.ordered + figures.verdict.unconfirmed == 300
    assert figures.counts.kills >= 3
    assert figures.counts.outages == 1
    assert figures.faults.total() > 0
