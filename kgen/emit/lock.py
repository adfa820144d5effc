"""One build at a time in an output folder; a build that dies leaves no lock behind."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kgen.emit.manifest import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator


if sys.platform == "win32":
    _WAIT = 0.05
    _DENIED = 20

    @contextmanager
    def locked(folder: str) -> Iterator[None]:
        """Hold the folder; the system deletes the lock's file when its owner ends."""
        path = os.path.join(folder, LOCK)
        denied = 0
        while True:
            try:
                lock = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY)
                break
            except FileExistsError:
                time.sleep(_WAIT)
            except PermissionError:  # for a moment, of a file that is being deleted
                denied += 1
                if denied == _DENIED:
                    raise
                time.sleep(_WAIT)
        try:
            yield
        finally:
            os.close(lock)

else:
    import fcntl

    @contextmanager
    def locked(folder: str) -> Iterator[None]:
        """Hold the folder itself, so that no lock file stands among the outputs."""
        lock = os.open(folder, os.O_RDONLY)
        try:
            # Some network file systems lock no folder. Every file is still replaced at once, and a
            # mixture of two builds is seen by `check` and mended by the next build.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
