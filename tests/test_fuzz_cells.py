"""Any text in any cell gives values or sentences, never another exception (fuzz_cells.py says what must hold)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz_cells import PROPERTIES, try_property

EXAMPLES = 150


@pytest.mark.parametrize("what", PROPERTIES)
def test_whatever_stands_in_a_cell_gives_values_or_sentences(tmp_path: Path, what: str) -> None:
    """Reading, headings and checks say where something is wrong and what to do, in words that can be shown."""
    assert try_property(what, tmp_path, EXAMPLES) >= EXAMPLES / 2
