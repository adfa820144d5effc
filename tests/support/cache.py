"""Things that are slow to make and the same for every test run, each made once per machine and found by what it depends on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator

UNUSED_DAYS = 14


def cache_root() -> str:
    """The folder of kgen's test cache: kgen/tests under $XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    root = os.path.join(base, "kgen", "tests")
    os.makedirs(root, exist_ok=True)
    return root


def file_digest(path: str) -> str:
    """The content of a file as a part of a key."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds a lock among all processes of this machine that use the cache; it ends with the process that holds it."""
    with open(os.path.join(cache_root(), f"{name}.lock"), "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached(name: str, key: Iterable[str], make: Callable[[str], None]) -> str:
    """The folder made by `make(folder)` for this name and key, made now if it is not there.

    A folder appears under its final name only when it is complete. Of several processes that want it, one makes it
    and the others wait. Folders of the same name and another key go after two weeks without use.
    """
    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
    path = os.path.join(cache_root(), f"{name}-{digest}")
    if not os.path.isdir(path):
        with locked(name):
            if not os.path.isdir(path):
                unfinished = f"{path}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                os.makedirs(unfinished)
                make(unfinished)
                os.rename(unfinished, path)
                _forget_unused(name)
    os.utime(path)
    return path


def _forget_unused(name: str) -> None:
    oldest = time.time() - UNUSED_DAYS * 24 * 3600
    for entry in os.scandir(cache_root()):
        if (
            entry.is_dir()
            and entry.name.rpartition("-")[0] == name
            and entry.stat().st_mtime < oldest
        ):
            shutil.rmtree(entry.path, ignore_errors=True)
