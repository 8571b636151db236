"""A keyring for tests: secrets in a file that the test names. Never a person's own one."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

PLACE = "TEST_KEYRING"
"""The environment variable with the file's path."""

MOOD = "TEST_KEYRING_MOOD"
"""The environment variable that says what is wrong with the keyring: `locked`, or `forgets` what it is given."""


class FileKeyring(KeyringBackend):
    """Keeps its secrets in the file that PLACE names, for this process and the ones that a test starts."""

    priority = 5  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, or None."""
        return self._read().get(service, {}).get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret, in a good mood."""
        kept = self._read()
        kept.setdefault(service, {})[username] = password
        if os.environ.get(MOOD) != "forgets":
            Path(os.environ[PLACE]).write_text(json.dumps(kept), "utf-8")

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        kept = self._read()
        if kept.get(service, {}).pop(username, None) is None:
            raise PasswordDeleteError("there is none")
        Path(os.environ[PLACE]).write_text(json.dumps(kept), "utf-8")

    def _read(self) -> dict[str, dict[str, str]]:
        if os.environ.get(MOOD) == "locked":
            raise KeyringLocked("it is locked")
        path = Path(os.environ[PLACE])
        return json.loads(path.read_text("utf-8")) if path.exists() else {}


class PlainKeyring(FileKeyring):
    """Calls itself one that should not be used, as those do that keep their secrets in plain text."""

    priority = 0.5  # type: ignore[assignment]
