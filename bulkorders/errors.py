"""Exceptions that end a command: each carries its exit code, one sentence, and what to do next.

Wrong data in a row is not an exception but a `Problem` (core/model.py); a bug is an assertion.
Exit codes are those of the README: 2 wrong usage, 3 stopped early, 130 interrupted.
"""

from __future__ import annotations


class CommandError(Exception):
    """Ends the command: `str(error)` is the whole sentence a person reads, advice included.

    `details` is the log in which the requests of the command stand ("": there were none).
    """

    details = ""

    exit_code = 2

    def __init__(self, message: str, advice: str = "") -> None:
        self.message = message
        self.advice = advice
        super().__init__(f"{message} {advice}".strip())

    @property
    def with_details(self) -> str:
        """The sentence, and where to read more."""
        return f"{self} Details: {self.details}" if self.details else str(self)


class UsageError(CommandError):
    """The command cannot be carried out as it was asked for: an option, a setting, the ledger."""


class FileError(CommandError):
    """The input or the results file cannot be used as it is."""


class StoppedError(CommandError):
    """The panel or a limit stopped the command early; running the same command again goes on."""

    exit_code = 3


class PanelStoppedError(StoppedError):
    """The panel brought the end about: the log tells more of it than the sentence."""


class KeyRefusedError(PanelStoppedError):
    """The panel did not accept the key: trying again is of no use until a person has changed it."""


class HeldError(UsageError):
    """Another run is at work on the same panel."""


class InterruptError(CommandError):
    """The person interrupted; running the same command again goes on."""

    exit_code = 130
