"""What needs no file: the service list, the balance, and serving the practice panel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from bulkorders.config import Settings, require_key
from bulkorders.core.model import Balance, Service, money
from bulkorders.core.pacing import Pace
from bulkorders.core.refusals import Kind
from bulkorders.errors import KeyRefusedError, StoppedError, UsageError
from bulkorders.panel import Panel, PanelError, check_url
from bulkorders.progress import Face
from bulkorders.requestlog import RequestLog

T = TypeVar("T")


@asynccontextmanager
async def connected(settings: Settings, face: Face) -> AsyncIterator[tuple[Panel, str]]:
    """A connection to the panel of these settings, whose requests are logged; with `sandbox`, to a practice panel that
    lives as long.
    """
    log = RequestLog(settings.log, settings.panel, face.say)
    try:
        async with _connected(settings, face, log) as connection:
            yield connection
    except StoppedError as error:
        error.details = log.place
        raise
    finally:
        log.close()


@asynccontextmanager
async def _connected(settings: Settings, face: Face, log: RequestLog) -> AsyncIterator[tuple[Panel, str]]:
    if not settings.sandbox:
        key, url = require_key(settings), check_url(settings.url)
        async with Panel(url, key.reveal(), timeout=settings.timeout, turn=_turn(settings), tell=log) as panel:
            yield panel, url
        return
    from bulkorders.sandbox import KEY, practice_panel

    with practice_panel(settings.practice_books) as practice:
        face.say("This is the practice panel: nothing is bought.")
        async with Panel(practice.url, KEY, timeout=settings.timeout, turn=_turn(settings), tell=log) as panel:
            yield panel, practice.url


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


def stopped_by(error: PanelError) -> StoppedError:
    """The end of a command that the panel brought about."""
    match error.kind:
        case Kind.KEY:
            return KeyRefusedError(
                f'The panel did not accept the key ("{error.text}").',
                "Check BULKORDERS_KEY against your panel's account page.",
            )
        case "unreachable":
            return StoppedError(
                f"The panel cannot be reached ({error.text}).",
                "Check the internet connection and the panel's address (BULKORDERS_URL), then run this again.",
            )
        case Kind.BUSY:
            return StoppedError(
                f'The panel asks to wait ("{error.text}").', "Run the same command again in a few minutes."
            )
        case _:
            return StoppedError(
                f"The panel gave no usable answer ({error.text}).",
                "Run the same command again later; if it stays like this, check the panel's address (BULKORDERS_URL).",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which services are asked for: every word must be there, in any order; empty means all."""

    search: str = ""
    type: str = ""
    category: str = ""

    def fits(self, service: Service) -> bool:
        """Whether the service has all that was asked for."""
        return (
            _has_all(self.search, f"{service.id} {service.name} {service.category}")
            and _plain(self.type) in ("", _plain(service.type))
            and _has_all(self.category, service.category)
        )


def _has_all(words: str, text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


def _plain(type_: str) -> str:
    return type_.casefold().replace("_", " ").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The services that fit, and the account's currency."""

    services: Sequence[Service]
    currency: str

    def as_json(self) -> dict[str, Any]:
        """One object; each service in it as the panel tells it, money as decimal strings."""
        return {
            "services": [asdict(s) | {"rate": f"{s.rate:f}"} for s in self.services],
            "currency": self.currency,
        }

    def as_text(self) -> str:
        """One line for each service, and how many there are."""
        lines = [_line(s) for s in self.services]
        count = f"{len(lines):,} service{'' if len(lines) == 1 else 's'}"
        return "\n".join([*lines, f"{count}; prices are for 1,000, in {self.currency}."])


def _line(service: Service) -> str:
    most = "no limit" if service.max is None else f"{service.max:,}"
    return (
        f"{service.id:>8}  {money(service.rate):>12}  {service.min:,} to {most:<14}  {service.type:<22}  {service.name}"
    )


async def services(settings: Settings, wanted: Wanted, save: Path | None) -> Found:
    """The services that fit, saved to a file where one is named.

    Raises:
        CommandError: the panel gave no list, or the file cannot be written.
    """
    async with connected(settings, Face()) as (panel, _):
        listed, account = await answered(panel.services()), await answered(panel.balance())
    found = Found(services=[s for s in listed.services if wanted.fits(s)], currency=account.currency)
    if save is not None:
        from bulkorders.exports import save_services

        save_services(found.services, save, currency=found.currency)
        Face().say(f"Saved: {save}")
    return found


async def balance(settings: Settings) -> Balance:
    """The account's balance.

    Raises:
        CommandError: the panel did not tell it.
    """
    async with connected(settings, Face()) as (panel, _):
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
