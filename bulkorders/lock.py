"""One run at a time per panel, held by the operating system's lock: it goes when its process does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from bulkorders.errors import HeldError, UsageError


@contextmanager
def panel_lock(folder: Path, panel: str, what: str) -> Iterator[None]:
    """Hold the panel for this process. `what` is told to a second run: the file that is being worked on.

    `folder` is the user's one folder of locks: two ledgers of a user must not work on one panel at a time, either.

    Raises:
        HeldError: another run holds it; says which.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be made ({error.strerror}).", "Check its rights.") from None
    name = sha256(panel.encode()).hexdigest()[:16]
    holder = folder / f"{name}.holder.json"
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise HeldError(
            f"Another run is using {panel}: {_told(holder)}.",
            "Wait until it has finished, then run this again.",
        ) from None
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "what": what, "since": f"{datetime.now():%H:%M}"}), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _told(holder: Path) -> str:
    try:
        about = json.loads(holder.read_text("utf-8"))
        return f"{about['what']}, since {about['since']}, process {about['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has only just begun"
