"""Answers `kgen build` and `kgen check` where everything is up to date, and nothing else.

It may import hashlib and nothing slower: an up-to-date build costs little more than starting
Python. Whatever is not up to date is left to the verb itself.
"""

from __future__ import annotations

import os

from kgen import project
from kgen.emit.fresh import abandoned, is_fresh
from kgen.emit.manifest import requested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.cli._plain import Line


def answer(line: Line) -> int | None:
    """The exit status, 0, after saying what is up to date; None where there is more to do."""
    if line.verb == "build" and line.force:
        return None
    if line.verb == "check" and (line.full or in_ci()):
        return None
    folder = os.getcwd()
    found = _project(folder)
    if found is None:
        return None
    found.override(folder, line.schemas, line.out, line.target)
    paths, missing = found.paths(interfaces=True)
    if missing or not paths:
        return None
    said = []
    for path in paths:
        recorded = project.recorded_path(path, found.root)
        manifest = is_fresh(path, recorded, found.out, requested(found.targets, found.drivers))
        if manifest is None:
            return None
        said.append(up_to_date(recorded, len(manifest.files)))
    if line.verb == "check" and not line.schemas:
        recorded_paths = [project.recorded_path(path, found.root) for path in paths]
        if next(abandoned(found.out, found.root, recorded_paths), None) is not None:
            return None
    if not line.quiet:
        print("\n".join(said))
    return 0


def up_to_date(schema: str, count: int) -> str:
    """What is said of a schema whose outputs need nothing."""
    return f"{schema}: {count} file{'' if count == 1 else 's'} up to date"


def in_ci() -> bool:
    """Whether an automated build runs, where `kgen check` trusts no manifest."""
    return os.environ.get("CI", "") not in ("", "0", "false")


def _project(folder: str) -> project.Project | None:
    found = project.find(folder)
    if found is None:
        return project.Project(folder, {})
    settings = project.plain_settings(*found)
    if settings is None:
        return None
    kinds = {"schemas": list, "targets": list, "out": str, "drivers": str}
    if any(kinds.get(key) is not type(value) for key, value in settings.items()):
        return None
    return project.Project(os.path.dirname(found[0]), settings)
