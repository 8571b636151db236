"""Keys in the operating system's keyring, each bound to the address that it was entered for.

An entry's name holds the whole address, so that a key is never even found for another one. Nothing is kept in plain
text: backends whose own priority is below 1 (files that anybody can read, or that forget) are not used, as the keyring
library advises.

Backends raise far more than `keyring.errors` (D-Bus, COM and Security framework errors of all kinds), and each of them
means only that this keyring cannot be used now. So whatever they raise is caught here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bulkorders.errors import UsageError

_NAMES: Final[Mapping[str, str]] = {
    "keyring.backends.macOS": "the macOS keychain",
    "keyring.backends.Windows": "the Windows Credential Manager",
    "keyring.backends.kwallet": "KWallet",
}


class KeyringError(UsageError):
    """The keyring did not do what it was asked for."""


def keyring_name() -> str:
    """What the keyring of this computer is called in a sentence; "" where there is none."""
    backend = _backend()
    return "" if backend is None else _NAMES.get(type(backend).__module__, "the keyring of this computer")


def stored_key(panel: str, address: str) -> str:
    """The key that was stored for a panel ("": the one that has no name) at this address; "" where there is none.

    Raises:
        KeyringError: there is a keyring, and it cannot be read now.
    """
    backend = _backend()
    if backend is None:
        return ""
    try:
        return backend.get_password(_service(address), _user(panel)) or ""
    except Exception as error:
        raise KeyringError(
            f"{_capital(keyring_name())} cannot be read ({_why(error)}).",
            "Unlock it and run the command again, or name a file that holds the key with --key-file.",
        ) from None


def store_key(panel: str, address: str, key: str) -> None:
    """Store a key for a panel at this address, or take it away ("").

    Raises:
        KeyringError: there is no keyring, or it did not take it; what was stored before is still there.
    """
    backend = _backend()
    if backend is None:
        raise KeyringError("This computer has no keyring in which a key could be stored.")
    try:
        if key:
            backend.set_password(_service(address), _user(panel), key)
        elif backend.get_password(_service(address), _user(panel)) is not None:
            backend.delete_password(_service(address), _user(panel))
        kept = backend.get_password(_service(address), _user(panel)) or ""
    except Exception as error:
        why = _why(error).replace(key or " ", "[key]" if key else " ")
        raise KeyringError(f"{_capital(keyring_name())} did not do it ({why}).") from None
    if kept != key:
        raise KeyringError(f"{_capital(keyring_name())} did not do it, and did not say why.")


def _backend() -> Any:
    """The keyring to be used; None where there is none that keeps a secret."""
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend

        chosen: Any = keyring.get_keyring()
        backends = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
        return next((b for b in backends if b.priority >= 1), None)
    except Exception:
        return None


def _service(address: str) -> str:
    return f"bulkorders {address}"


def _user(panel: str) -> str:
    return f"panels.{panel}" if panel else "default"


def _why(error: Exception) -> str:
    """What the keyring says, on one line; its kind where it says nothing."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _capital(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"
