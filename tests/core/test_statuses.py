"""What the panel's status words mean."""

from __future__ import annotations

import pytest

from bulkorders.core.statuses import STATUSES, Meaning, is_final, meaning

CASES = [(word, kind, final) for kind, final, words in STATUSES for word in words]


@pytest.mark.parametrize(("word", "kind", "final"), CASES)
def test_every_spelling(word: str, kind: Meaning, final: bool) -> None:
    """Each spelling means what the table says, whatever its case and underscores."""
    for spelling in (word, word.upper(), word.lower(), word.replace(" ", "_")):
        assert (meaning(spelling), is_final(spelling)) == (kind, final)


@pytest.mark.parametrize("word", ["Cancellation Requested", "Cancelling", "", "42", "Teilweise"])
def test_an_unknown_word_is_not_final(word: str) -> None:
    """What is not in the table is shown and asked about again."""
    assert meaning(word) is Meaning.UNKNOWN
    assert not is_final(word)
