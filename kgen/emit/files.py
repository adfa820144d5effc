"""Writes the outputs of one interface: all of them or none, and the manifest last.

Everything is written beside its place first, so that a full disk or a folder that may not be
written to changes nothing. Then each file is replaced at once. A build that dies in between
leaves whole files and the old manifest: `check` sees it, the next build mends it. Nothing is
flushed to the disk itself; what a power cut spoils does not match the manifest either.
"""

from __future__ import annotations

import os
from contextlib import suppress

from kgen.emit import fresh
from kgen.emit import manifest as manifests
from kgen.emit.lock import locked
from kgen.emit.manifest import Manifest
from kgen.record import NamedTuple

STAGED = ".kgen-tmp"


class Written(NamedTuple):
    """What a build did in one output folder; paths are relative to it."""

    written: tuple[str, ...]
    unchanged: int
    skeletons: tuple[str, ...]
    """The author's own files, new in this build."""
    handlers: tuple[str, ...]
    """Functions that the author has to define and that the last build did not ask for."""
    edited: tuple[str, ...]
    """Outputs that somebody had changed by hand, and that were written anew."""
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    """No longer outputs, but not as kgen wrote them, so left where they are."""


def write(
    folder: str, files: dict[str, bytes], skeletons: dict[str, bytes], manifest: Manifest
) -> Written:
    """Make the folder hold these files, and hand the author the skeletons of files not there yet.

    `manifest` says what made them; their hashes are added here. Raises OSError where a file
    cannot be written.
    """
    manifest.record(files)
    os.makedirs(folder, exist_ok=True)
    with locked(folder):
        _sweep(folder)
        before = fresh.read_manifest(folder) or Manifest("", "", "")
        changed = [path for path in files if not _holds(folder, path, files[path])]
        new = [path for path in skeletons if not os.path.lexists(os.path.join(folder, path))]
        recorded = {path: found for found, path in before.files}
        edited = [path for path in changed if _edited(folder, path, recorded.get(path))]
        _replace(folder, {path: (files | skeletons)[path] for path in [*changed, *new]})
        removed, kept = _remove_orphans(folder, before, {*files, *skeletons})
        kept += [path for path in fresh.strays(folder, manifest) if path not in kept]
        _finish(folder, manifest)
    asked = set(before.handlers) if before.version else set(manifest.handlers)
    return Written(
        written=tuple(changed),
        unchanged=len(files) - len(changed),
        skeletons=tuple(new),
        handlers=tuple(name for name in manifest.handlers if name not in asked),
        edited=tuple(edited),
        removed=tuple(removed),
        kept=tuple(kept),
    )


def _holds(folder: str, path: str, data: bytes) -> bool:
    """Whether the file is there with that content, whatever its line ends."""
    found = read(folder, path)
    return found is not None and (found == data or manifests.plain(found) == data)


def read(folder: str, path: str) -> bytes | None:
    """The content of a file, None where there is none."""
    try:
        with open(os.path.join(folder, path), "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _edited(folder: str, path: str, recorded: str | None) -> bool:
    """Whether somebody changed the output whose hash the last build recorded."""
    if recorded is None:
        return False
    found = read(folder, path)
    return found is not None and not manifests.matches(found, recorded)


def _replace(folder: str, files: dict[str, bytes]) -> None:
    """Write every file beside its place, then put each in its place."""
    places = {os.path.join(folder, *path.split("/")): data for path, data in files.items()}
    for parent in dict.fromkeys(map(os.path.dirname, places)):
        os.makedirs(parent, exist_ok=True)
    staged: list[str] = []
    try:
        for place, data in places.items():
            staged.append(place)
            with open(place + STAGED, "xb") as file:
                file.write(data)
        while staged:
            os.replace(staged[0] + STAGED, staged[0])
            del staged[0]
    finally:
        for place in staged:
            with suppress(OSError):
                os.remove(place + STAGED)


def _remove_orphans(
    folder: str, before: Manifest, outputs: set[str]
) -> tuple[list[str], list[str]]:
    """Remove what the last build wrote and this one does not, unless somebody changed it."""
    removed, kept = [], []
    for recorded, path in before.files:
        data = None if path in outputs else read(folder, path)
        if data is None:
            continue
        if not manifests.matches(data, recorded):
            kept.append(path)
            continue
        os.remove(os.path.join(folder, path))
        removed.append(path)
        parent = os.path.dirname(path)
        while parent and not os.listdir(os.path.join(folder, parent)):
            os.rmdir(os.path.join(folder, parent))
            parent = os.path.dirname(parent)
    return removed, kept


def _finish(folder: str, manifest: Manifest) -> None:
    data = str(manifest).encode("utf-8")
    if not _holds(folder, manifests.NAME, data):
        _replace(folder, {manifests.NAME: data})
    elif fresh.newer_generator(folder):
        # The outputs are what the changed kgen makes, too: say so by the manifest's time.
        os.utime(os.path.join(folder, manifests.NAME))


def _sweep(folder: str) -> None:
    """Remove what a killed build left beside the files' places."""
    for path in list(fresh.walk(folder)):
        if path.endswith(STAGED):
            os.remove(os.path.join(folder, path))
