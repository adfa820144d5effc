"""What the checks of the vault share: how they open, call, and look at refusals."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import vault
from suite import Suite
from vault import Lifetime, SealFlags, Vault

SUITE = Suite()
check = SUITE.check

KEY = bytes(range(1, 17))
OTHER_KEY = bytes(range(2, 18))
SLOTS, LONGEST, AUDIT_SIZE = 16, 1024, 2048

# Of the schema, and of the table of built-in statuses: name -> NTSTATUS, Win32 error, errno.
NUMBERS = {
    "AccessDeniedError": (0xC0000022, 5, errno.EACCES),
    "ExistsError": (0xC0000035, 183, errno.EEXIST),
    "InvalidError": (0xC000000D, 87, errno.EINVAL),
    "LockedError": (0xEA170002, 0xEA170002, errno.EPERM),
    "NoSpaceError": (0xC000007F, 112, errno.ENOSPC),
    "NotFoundError": (0xC0000225, 1168, errno.ENOENT),
    "WrongKeyError": (0xEA170001, 0xEA170001, getattr(errno, "EKEYREJECTED", None)),
}

Connect = Callable[[str], Vault]


class Sent(NamedTuple):
    """One call as a Recorder saw it; the request is the buffer itself, not a copy."""

    code: int
    request: Any
    capacity: int
    failure: Any


class Recorder:
    """A transport around a transport."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.system = inner.system
        self.sent: list[Sent] = []

    def control(self, code: int, request: Any, reply: Any) -> tuple[Any, int]:
        failure, done = self.inner.control(code, request, reply)
        self.sent.append(Sent(code, request, len(reply or b""), failure))
        return failure, done

    def close(self) -> None:
        self.inner.close()


def refused(expected: str, call: Callable[[], object]) -> Any:
    """The exception of a call that has to fail, with the numbers that belong to it on this system."""
    try:
        result = call()
    except vault.VaultError as error:
        assert type(error).__name__ == expected, f"{expected} expected: {error!r}"
        assert isinstance(error, OSError)
        ntstatus, winerror, number = NUMBERS[expected]
        if SUITE.system == "windows":
            assert (error.ntstatus, error.winerror) == (ntstatus, winerror), vars(error)
        else:
            assert (error.errno, error.winerror) == (number, 0), vars(error)
        return error
    raise AssertionError(f"{expected} expected, got {result!r}")


def invalid(path: str, call: Callable[[], object]) -> None:
    """A call that the client itself has to refuse, naming the value."""
    try:
        result = call()
    except vault.ValidationError as error:
        assert error.path == path, f"{path} expected: {error}"
        return
    raise AssertionError(f"{path} should be refused, got {result!r}")


def seal(device: Vault, label: str, secret: bytes = b"open sesame", **changes: Any) -> int:
    values: dict[str, Any] = {"lifetime": Lifetime.FOREVER, "flags": SealFlags(0), "key": KEY}
    return device.seal(label=label, secret=secret, **{**values, **changes}).slot


def record(label: str, secret: bytes) -> bytes:
    """One record of a backup as `load` reads it."""
    return struct.pack("=32sI", label.encode(), len(secret)) + secret


def labels(device: Vault) -> list[str]:
    return [entry.label for entry in device.list(first=0).entries]
