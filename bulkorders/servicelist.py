"""The panel's service list: fetched once, kept for the next time, listed, compared and saved.

Some panels give the list only ten times an hour (panel-api.md section 7). Then the one that was kept serves whatever
orders nothing, and its age is told. Orders need the list of now: an old price would be believed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bulkorders.account import answered, connected, stopped_by
from bulkorders.config import PRACTICE_PANEL, Settings
from bulkorders.core.listchanges import Changes, changes_between
from bulkorders.core.listing import Listing, Wanted, moment_told
from bulkorders.core.model import Service, count_told, money
from bulkorders.core.refusals import is_seldom
from bulkorders.errors import FileError, PanelStoppedError, StoppedError, UsageError
from bulkorders.exports import check_kind, save_services
from bulkorders.keptlists import read_list, recall, remember
from bulkorders.panel import Panel, PanelError
from bulkorders.progress import Face

SHORT_WAIT = 60.0
"""Seconds that a panel may ask to wait before it gives its list, and is waited for."""

TRIES = 3
"""So often a panel that asks for a short wait is asked."""

LONG_WAIT = 300.0
"""Seconds between two tries with `--wait`, where the panel does not say how long."""

# --- fetched ----------------------------------------------------------------------------------------------------------


async def now_only(settings: Settings, panel: Panel, face: Face, currency: str, *, wait: bool) -> Listing:
    """The list of now, kept for the next time. `wait`: however long the panel asks to wait for it.

    Raises:
        StoppedError: the panel gave none.
    """
    try:
        return await _fetched(settings, panel, face, currency, wait=wait)
    except PanelError as error:
        if not is_seldom(error.kind, error.text):
            raise stopped_by(error) from None
        raise _too_soon(error, _kept(settings, face)) from None


async def now_or_kept(settings: Settings, panel: Panel, face: Face, currency: str) -> tuple[Listing, str]:
    """The list of now and ""; where the panel gives it too seldom, the one that was kept, and the words
    for that, after which its age is to be told (`old_told`).

    Raises:
        StoppedError: the panel gave none, and none is kept.
    """
    try:
        return await _fetched(settings, panel, face, currency), ""
    except PanelError as error:
        kept = _kept(settings, face) if is_seldom(error.kind, error.text) else None
        if kept is None:
            raise stopped_by(error) from None
        return kept, f'The panel does not give its service list now ("{error.text}").'


def old_told(listing: Listing) -> str:
    """What must be known of everything that an older list tells."""
    now = datetime.now().astimezone()
    return (
        f"All services and prices here are those of the list of {moment_told(listing.fetched_at, now, now.tzinfo)}; "
        "they may have changed since."
    )


async def _fetched(settings: Settings, panel: Panel, face: Face, currency: str, *, wait: bool = False) -> Listing:
    tried = 0
    while True:
        try:
            listed = await panel.services()
            break
        except PanelError as error:
            tried += 1
            seconds = pause(error, tried, wait) if is_seldom(error.kind, error.text) else None
            if seconds is None:
                raise
            face.say(f'The panel asks to wait {seconds:,.0f} seconds for its service list ("{error.text}"). Waiting.')
            await asyncio.sleep(seconds)
    listing = Listing(
        panel=settings.panel,
        fetched_at=datetime.now(UTC).replace(microsecond=0),
        currency=currency,
        services=listed.services,
        listed=len(listed.services),
        unreadable=listed.unreadable,
    )
    _keep(settings, listing, face)
    return listing


def pause(error: PanelError, tried: int, wait: bool) -> float | None:
    """Seconds until the panel is asked for its list again, after so many tries; None: not again.

    `wait`: however long it takes, but after a few tries not more than once a minute.
    """
    if tried < TRIES and error.wait is not None and error.wait <= SHORT_WAIT:
        return error.wait
    return max(error.wait or LONG_WAIT, SHORT_WAIT) if wait else None


def _keep(settings: Settings, listing: Listing, face: Face) -> None:
    """Keep the list for the next time; that it cannot be kept is no reason to stop. An empty one is worth nothing."""
    if not listing.services:
        return
    try:
        remember(settings.lists, listing)
    except OSError as error:
        face.say(
            f"Note: the service list cannot be kept in {settings.lists} ({error.strerror or error}). "
            "Everything else goes on."
        )


def _kept(settings: Settings, face: Face) -> Listing | None:
    try:
        return recall(settings.lists, settings.panel)
    except FileError as error:
        face.say(f"Note: {error.message}")
        return None


def _too_soon(error: PanelError, kept: Listing | None) -> PanelStoppedError:
    """Why nothing is ordered without the list of now, when to try again, and what goes all the same."""
    now = datetime.now().astimezone()
    again = f"after {now + timedelta(seconds=error.wait):%H:%M}" if error.wait else "later"
    meanwhile = (
        f"Until then `bulkorders check` works with the list of {moment_told(kept.fetched_at, now, now.tzinfo)}. "
        if kept
        else ""
    )
    return PanelStoppedError(
        f'The panel does not give its service list now ("{error.text}"), and orders go by the prices of now. '
        "Nothing was ordered.",
        f"Run the same command again {again}, or with --wait, which waits for the list. {meanwhile}".strip(),
    )


# --- from a file ------------------------------------------------------------------------------------------------------


def list_of(settings: Settings, path: Path) -> Listing:
    """The list of this panel that was saved to a file.

    Raises:
        FileError: it is no such list.
        UsageError: it is that of another panel, or empty.
    """
    listing = read_list(path)
    if listing.panel != settings.panel:
        named = "with --sandbox" if listing.panel == PRACTICE_PANEL else "with --panel or BULKORDERS_URL"
        raise UsageError(
            f"{path.name} is the service list of {listing.panel}, and this command is about {settings.panel}.",
            f"Name that panel {named}, or save the list of this one: bulkorders services --save services.json",
        )
    return listing


# --- listed, compared and saved ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The services that fit, of a list."""

    listing: Listing

    def as_json(self) -> dict[str, Any]:
        """One object, as `--save` writes it to a .json file."""
        return self.listing.as_json()

    def as_text(self) -> str:
        """One line for each service, and how many there are."""
        services, currency = self.listing.services, self.listing.currency
        in_currency = f", in {currency}" if currency else ""
        return "\n".join(
            [*map(_line, services), f"{count_told(len(services), 'service')}; prices are for 1,000{in_currency}."]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What changed since an earlier list."""

    changes: Changes

    def as_json(self) -> dict[str, Any]:
        """One object; README, "The service list"."""
        return self.changes.as_json()

    def as_text(self) -> str:
        """A sentence for each change."""
        now = datetime.now().astimezone()
        return self.changes.as_text(now, now.tzinfo)


def _line(service: Service) -> str:
    most = "no limit" if service.max is None else f"{service.max:,}"
    return (
        f"{service.id:>8}  {money(service.rate):>12}  {service.min:,} to {most:<14}  {service.type:<22}  {service.name}"
    )


async def services(
    settings: Settings, wanted: Wanted, save: Path | None, *, changes: bool = False, since: Path | None = None
) -> Found | Compared:
    """The services that fit, saved to a file where one is named; or, with `changes`, what changed in them since the
    list that was kept, or that the file `since` has.

    Raises:
        CommandError: the panel gave no list, or a file cannot be read or written.
    """
    face = Face()
    if save is not None:
        check_kind(save)
    before = list_of(settings, since) if since else _kept(settings, face) if changes else None
    async with connected(settings, face) as panel:
        account = await answered(panel.balance())
        listing, old = await now_or_kept(settings, panel, face, account.currency)
    found = replace(listing, services=wanted.of(listing.services))
    if old and (changes or since):
        raise StoppedError(f"{old} It cannot be told yet what has changed.", "Run the same command again later.")
    if old:
        face.say(f"Note: {old} {old_told(listing)}")
    if save is not None:
        face.say(f"Saved: {save_services(found, save)}")
    return Compared(changes=changes_between(before, listing, wanted)) if changes or since else Found(listing=found)
