"""Plan codes: a short code over what a plan orders, so that exactly this can be approved and run.

Each group of the code stands for one part of the plan. A run whose plan has another code can say which part moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

PARTS: Mapping[str, str] = {
    "place": "the panel, what its settings add to every order, or the file is another one",
    "rows": "rows or cells were changed, added or taken away",
    "prices": "a price has changed",
    "total": "the total has changed",
}
"""The parts of a plan in the order of their groups, and what is told when one differs."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O and U: they are misread
_GROUP = 4


def plan_code(parts: Mapping[str, object]) -> str:
    """The code of a plan: four letters a part, such as `7KQD-2MXA-9TRB-C4WZ`. Each part is anything that JSON holds."""
    return "-".join(_group(name, parts[name]) for name in PARTS)


def _group(name: str, part: object) -> str:
    digest = sha256(json.dumps([name, part]).encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_GROUP])


def fingerprint(part: object) -> str:
    """A short digest, for what must be compared and may not be kept itself."""
    return sha256(json.dumps(part).encode()).hexdigest()[:12]


def readable(code: str) -> str | None:
    """A code as it was meant, whatever its case and spacing; None for what is none."""
    letters = "".join(code.upper().replace("-", " ").split()).translate(str.maketrans("ILO", "110"))
    if len(letters) != _GROUP * len(PARTS) or set(letters) - set(_LETTERS):
        return None
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def differences(approved: str, today: str) -> list[str]:
    """What has moved between two codes, in words."""
    groups = zip(PARTS.values(), approved.split("-"), today.split("-"), strict=True)
    return [told for told, one, other in groups if one != other]
