"""STATUSES: what the panel's status words mean and which of them are final (panel-api.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache


class Meaning(StrEnum):
    """What a status word means, however the panel spells it; UNKNOWN is shown as it is and never final."""

    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    REFUNDED = "refunded"
    FAILED = "failed"
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


STATUSES: tuple[tuple[Meaning, bool, tuple[str, ...]], ...] = (
    (Meaning.PENDING, False, ("Pending", "Awaiting", "New", "In line")),
    (Meaning.PROCESSING, False, ("Processing", "Process", "Running")),
    (Meaning.IN_PROGRESS, False, ("In progress", "Inprogress")),
    (Meaning.COMPLETED, True, ("Completed", "Complete")),
    (Meaning.PARTIAL, True, ("Partial", "Partially Completed")),
    (Meaning.CANCELED, True, ("Canceled", "Cancelled")),
    (Meaning.REFUNDED, True, ("Refunded", "Refund")),
    (Meaning.FAILED, True, ("Error", "Fail", "Failed", "Rejected")),
    (Meaning.ACTIVE, False, ("Active",)),
    (Meaning.PAUSED, False, ("Paused",)),
    (Meaning.EXPIRED, True, ("Expired",)),
)
"""Meaning, whether it is final, and the spellings seen; case, spaces and underscores do not matter."""


def _plain(word: str) -> str:
    return "".join(word.casefold().replace("_", " ").split())


_BY_SPELLING: Mapping[str, tuple[Meaning, bool]] = {
    _plain(word): (meaning, final) for meaning, final, words in STATUSES for word in words
}


@lru_cache
def _known(status: str) -> tuple[Meaning, bool]:
    """Remembered, since a panel has a few words for a hundred thousand orders."""
    return _BY_SPELLING.get(_plain(status), (Meaning.UNKNOWN, False))


def meaning(status: str) -> Meaning:
    """What a panel's status word means."""
    return _known(status)[0]


def is_final(status: str) -> bool:
    """Whether an order with this status word can still change; an unknown word never counts as final."""
    return _known(status)[1]
