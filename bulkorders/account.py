"""The way to the account, and what needs nothing more: the balance, and serving the practice panel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TypeVar

from bulkorders.config import Key, Settings, no_key
from bulkorders.core.model import Balance
from bulkorders.core.pacing import Pace
from bulkorders.core.refusals import Kind
from bulkorders.errors import KeyRefusedError, PanelStoppedError, UsageError
from bulkorders.keystore import stored_key
from bulkorders.panel import Panel, PanelError, check_url
from bulkorders.progress import Face
from bulkorders.requestlog import RequestLog

T = TypeVar("T")


@asynccontextmanager
async def connected(settings: Settings, face: Face) -> AsyncIterator[Panel]:
    """A connection to the panel of these settings, whose requests are logged; with `sandbox`, to a practice panel that
    lives as long.
    """
    log = RequestLog(settings.log, settings.panel, face.say)
    try:
        async with _connected(settings, face, log) as connection:
            yield connection
    except PanelStoppedError as error:
        error.details = log.place
        raise
    finally:
        log.close()


@asynccontextmanager
async def _connected(settings: Settings, face: Face, log: RequestLog) -> AsyncIterator[Panel]:
    if not settings.sandbox:
        url = address(settings)
        async with _panel(settings, url, find_key(settings, url), log) as panel:
            yield panel
        return
    from bulkorders.sandbox import KEY, practice_panel

    with practice_panel(settings.practice_books) as practice:
        face.say("This is the practice panel: nothing is bought.")
        async with _panel(settings, practice.url, Key(KEY), log) as panel:
            yield panel


def _panel(settings: Settings, url: str, key: Key, log: RequestLog) -> Panel:
    return Panel(
        url,
        key.reveal(),
        timeout=settings.timeout,
        connect_timeout=settings.connect_timeout,
        extra_fields=settings.extra_fields,
        quantity_with_package=settings.quantity_with_package,
        lists=settings.multi_status,
        turn=_turn(settings),
        tell=log,
    )


def address(settings: Settings) -> str:
    """The panel's address, normalised.

    Raises:
        UsageError: it cannot be one; says where it stands.
    """
    try:
        return check_url(settings.url)
    except UsageError as error:
        raise UsageError(f"{error.message} It stands as {settings.url_from()}.", error.advice) from None


def find_key(settings: Settings, url: str) -> Key:
    """The key for this address: from a file or the environment, else from the keyring.

    For a panel that was named with `--panel`, the one that was stored for it comes before the environment's, which may
    be another panel's.

    Raises:
        UsageError: there is none, or the keyring cannot be read.
    """
    if settings.key and not settings.stored_first:
        return settings.key
    key = Key(stored_key(settings.key_panel, url)) or settings.key
    if not key:
        raise no_key(settings)
    return key


def _turn(settings: Settings) -> Callable[[], Awaitable[None]]:
    """The pace of a panel that must be asked for each order alone."""
    pace = Pace(settings.rate)

    async def turn() -> None:
        now = monotonic()
        await asyncio.sleep(pace.turn(now) - now)

    return turn


async def answered(answer: Awaitable[T]) -> T:
    """Await a question to the panel; what goes wrong becomes the sentence that ends the command."""
    try:
        return await answer
    except PanelError as error:
        raise stopped_by(error) from None


def stopped_by(error: PanelError) -> PanelStoppedError:
    """The end of a command that the panel brought about."""
    match error.kind:
        case Kind.KEY:
            return KeyRefusedError(
                f'The panel did not accept the key ("{error.text}").',
                "Compare it with the key on your panel's account page; `bulkorders login` stores the right one.",
            )
        case "unreachable":
            return PanelStoppedError(
                f"The panel cannot be reached ({error.text}).",
                "Check the internet connection and the panel's address (`bulkorders panels` shows it), then run this "
                "again.",
            )
        case Kind.BUSY:
            return PanelStoppedError(
                f'The panel asks to wait ("{error.text}").', "Run the same command again in a few minutes."
            )
        case _:
            return PanelStoppedError(
                f"The panel gave no usable answer ({error.text}).",
                "Run the same command again later; if it stays like this, check the panel's address "
                "(`bulkorders panels` shows it).",
            )


async def balance(settings: Settings) -> Balance:
    """The account's balance.

    Raises:
        CommandError: the panel did not tell it.
    """
    async with connected(settings, Face()) as panel:
        return await answered(panel.balance())


def serve(settings: Settings, *, port: int, faults: str, speed: float) -> None:
    """Serve the practice panel until interrupted.

    Raises:
        UsageError: the faults are not known, or the port is taken.
    """
    from bulkorders.sandbox import KEY, FaultSpecError, practice_panel

    try:
        with practice_panel(settings.practice_books, port=port, faults=faults, speed=speed) as practice:
            Face().say(f"The practice panel answers at {practice.url} with the key {KEY}. Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):  # the way to end it
                while not threading.Event().wait(timeout=3600):  # on Windows a wait without end hears no Ctrl-C
                    pass
    except FaultSpecError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used ({error.strerror}).", "Choose another one with --port.") from None
