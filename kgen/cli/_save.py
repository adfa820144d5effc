"""Writes a file of the author's own: a schema that `fmt` reformats, a new file of `init`, a report of `audit`."""

from __future__ import annotations

import os
from contextlib import suppress

_BESIDE = ".kgen-tmp"


def replace(path: str, data: bytes) -> None:
    """Put `data` in place of the file, at once and with its permissions. Raises OSError."""
    path = os.path.realpath(path)
    mode = os.stat(path).st_mode & 0o7777
    try:
        with open(path + _BESIDE, "xb") as file:
            file.write(data)
        os.chmod(path + _BESIDE, mode)
        os.replace(path + _BESIDE, path)
    except OSError:
        with suppress(FileNotFoundError):
            os.remove(path + _BESIDE)
        raise


def put(path: str, data: bytes) -> None:
    """Write a file, or put `data` in place of a regular one at once. Raises OSError."""
    if os.path.isfile(path):
        replace(path, data)
    else:
        with open(path, "wb") as file:  # a new one, or a device such as /dev/stdout
            file.write(data)


def create(path: str, data: bytes) -> None:
    """Write a file that is not there yet. Raises OSError, FileExistsError where it is."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "xb") as file:
        file.write(data)
