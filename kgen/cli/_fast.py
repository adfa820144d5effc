"""Answers `kgen build` and `kgen check` where everything is up to date, and nothing else.

What it does not understand, and whatever is not up to date, is left to `kgen.cli._run`. It may
import hashlib and nothing slower: an up-to-date build costs little more than starting Python.
"""

from __future__ import annotations

import os

from kgen import project
from kgen.emit.fresh import is_fresh
from kgen.emit.manifest import requested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.emit.manifest import Manifest


class _Line:
    """The plain command lines, which are nearly all of them."""

    def __init__(self) -> None:
        self.quiet = False
        self.out: str | None = None
        self.targets: list[str] = []
        self.schemas: list[str] = []


def answer(arguments: list[str]) -> int | None:
    """The exit status, 0, after saying what is up to date; None where there is more to do."""
    line = _read(arguments)
    if line is None:
        return None
    folder = os.getcwd()
    found = _project(folder)
    if found is None:
        return None
    found.override(folder, line.schemas, line.out, line.targets)
    paths, missing = found.paths()
    if missing or not paths:
        return None
    fresh: list[tuple[str, Manifest]] = []
    for path in paths:
        recorded = project.recorded_path(path, found.root)
        manifest = is_fresh(path, recorded, found.out, requested(found.targets))
        if manifest is None:
            return None
        fresh.append((recorded, manifest))
    if not line.quiet:
        for recorded, manifest in fresh:
            print(f"{recorded}: {len(manifest.files)} files up to date")
    return 0


def in_ci() -> bool:
    """Whether an automated build runs, which `kgen check` does not let trust a manifest."""
    return os.environ.get("CI", "") not in ("", "0", "false")


def _read(arguments: list[str]) -> _Line | None:
    if not arguments or arguments[0] not in ("build", "check"):
        return None
    if arguments[0] == "check" and in_ci():
        return None
    line = _Line()
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in ("-q", "--quiet"):
            line.quiet = True
        elif argument in ("-o", "--out"):
            line.out = next(rest, None)
        elif argument == "--target":
            line.targets.append(next(rest, ""))
        elif argument.startswith("-"):
            return None
        else:
            line.schemas.append(argument)
    return line


def _project(folder: str) -> project.Project | None:
    found = project.find(folder)
    if found is None:
        return project.Project(folder, {})
    settings = project.plain_settings(*found)
    if settings is None:
        return None
    kinds = {"schemas": list, "targets": list, "out": str}
    if any(kinds.get(key) is not type(value) for key, value in settings.items()):
        return None
    return project.Project(os.path.dirname(found[0]), settings)
