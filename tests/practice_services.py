"""The practice panel's service list as the client reads it, for forms and samples."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bulkorders.core.model import Service
from bulkorders.panel import Panel
from bulkorders.sandbox import KEY, practice_panel


def practice_services() -> list[Service]:
    """Ask a practice panel over HTTP for its list."""

    async def ask(url: str) -> list[Service]:
        async with Panel(url, KEY) as panel:
            return list((await panel.services()).services)

    with tempfile.TemporaryDirectory() as folder, practice_panel(Path(folder) / "books.sqlite3") as practice:
        return asyncio.run(ask(practice.url))
