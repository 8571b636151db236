"""The fingerprints by which the ledger knows a job: a file's path, or the name that it was given."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

RESULTS_ENDINGS = (".practice.results.xlsx", ".results.xlsx")


def job_code(name: str) -> str:
    """The fingerprint of a `--job` name."""
    return fingerprint(f"job {name}")


def results_stem(path: str) -> str | None:
    """A results workbook's name without its ending; None for another name."""
    ending = next((e for e in RESULTS_ENDINGS if path.casefold().endswith(e)), None)
    return None if ending is None else path[: -len(ending)]


def file_codes(path: str, suffixes: Sequence[str]) -> list[str]:
    """The fingerprints of a resolved path, the best first: a results workbook stands for the inputs that it may be of.

    `suffixes` are the endings that an input can have.
    """
    stem = results_stem(path)
    inputs = [path] if stem is None else [f"{stem}{suffix}" for suffix in suffixes]
    return [fingerprint(name.casefold()) for name in inputs]


def fingerprint(text: str) -> str:
    """A short name for a text, which does not give it away."""
    return sha256(text.encode()).hexdigest()[:24]
