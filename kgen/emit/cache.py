"""Compiled templates, kept between runs in one file of the user's cache folder.

Compiling them costs more than rendering a small interface. The file holds code, so it is used
only from a folder that nobody else can write to; where there is none, nothing is cached.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import jinja2
from jinja2.bccache import BytecodeCache

from kgen import __version__

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket


class TemplateCache(BytecodeCache):
    """Code by template and hash of its source; `save` writes what was compiled in this run."""

    def __init__(self, path: str, identity: str) -> None:
        self._path = path
        self._identity = identity.encode()
        self._entries: dict[str, tuple[str, CodeType]] = {}
        self._changed = False
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            return
        digest, code = data[:32], data[32:]
        # marshal may crash on a damaged file, so the hash is compared first.
        if sha256(self._identity + code).digest() == digest:
            self._entries = marshal.loads(code)

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._entries.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._entries[bucket.key] = (bucket.checksum, bucket.code)
            self._changed = True

    def save(self) -> None:
        """Write the file if anything was compiled; a cache that cannot be written is no error."""
        if not self._changed:
            return
        code = marshal.dumps(self._entries)
        temporary = f"{self._path}.{os.getpid()}.tmp"
        try:
            with open(temporary, "xb") as file:
                file.write(sha256(self._identity + code).digest() + code)
            os.replace(temporary, self._path)
        except OSError:
            _remove(temporary)


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        return


def bytecode_cache(templates: str, settings: str) -> TemplateCache | None:
    """The cache for the templates of that folder, compiled under these settings.

    None where there is no safe place for it.
    """
    folder = cache_folder()
    if not folder:
        return None
    python = sys.implementation.cache_tag or sys.version
    identity = f"kgen {__version__} {python} jinja2 {jinja2.__version__} {settings}"
    # One file per installation of kgen, so that two of them do not overwrite each other's.
    place = sha256(os.path.abspath(templates).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return TemplateCache(os.path.join(folder, f"templates-{python}-{place}"), identity)


def cache_folder() -> str:
    """The user's own cache folder, made if need be; empty where there is no safe place for one."""
    folder = os.environ.get("KGEN_CACHE_DIR") or _default_folder()
    return folder if folder and _private(folder) else ""


def _default_folder() -> str:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "kgen") if os.path.isabs(base) else ""


def _private(folder: str) -> bool:
    """Make the folder if need be; whether it is this user's, and nobody else may write to it."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    # Windows has no such mode bits: a user's LocalAppData is private by its access list.
    return sys.platform == "win32" or (
        found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
