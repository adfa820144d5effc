"""What a build would change in an output folder, without changing it: the findings of `check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kgen.emit import fresh
from kgen.emit import manifest as manifests
from kgen.emit.files import read
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.emit.manifest import Manifest

STALE = "stale"
MISSING = "missing"
EDITED = "edited"
ORPHANED = "orphaned"

DIFF_LINES = 60
"""Of one file; a reader who wants more has the folder."""
DIFF_WINDOW = 2000
"""Lines that are compared from the first difference on; the time grows with their square."""


class Finding(NamedTuple):
    kind: str
    path: str
    """Relative to the output folder."""
    text: str
    """What the file holds; empty where it is missing."""
    line: int
    """Of the first difference, from 1."""
    diff: str
    """The hunks of `diff -u`, from what the file holds to what a build would write."""


def compare(folder: str, files: dict[str, bytes], manifest: Manifest) -> list[Finding]:
    """Every output that is not what a build would leave there, and every file left behind.

    `files` and `manifest` are as for `files.write`; the author's own files are not looked at.
    """
    manifest.record(files)
    before = fresh.read_manifest(folder)
    recorded = {path: found for found, path in before.files} if before else {}
    expected = files | {manifests.NAME: str(manifest).encode("utf-8")}
    findings = []
    for path, data in expected.items():
        found = read(folder, path)
        if found is None:
            findings.append(Finding(MISSING, path, "", 1, ""))
        elif manifests.plain(found) != data:
            as_built = path not in recorded or manifests.matches(found, recorded[path])
            findings.append(_differing(STALE if as_built else EDITED, path, found, data))
    orphans = {path for path in recorded if os.path.exists(os.path.join(folder, path))}
    if os.path.isdir(folder):
        orphans.update(fresh.strays(folder, manifest))
    findings += [
        Finding(ORPHANED, path, "", 1, "") for path in sorted(orphans) if path not in expected
    ]
    return findings


def _differing(kind: str, path: str, found: bytes, expected: bytes) -> Finding:
    text = manifests.plain(found).decode("utf-8", "replace")
    old, new = text.split("\n"), expected.decode("utf-8").split("\n")
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return Finding(kind, path, text, same + 1, _diff(old, new, max(same - 3, 0)))


def _diff(old: list[str], new: list[str], start: int) -> str:
    from difflib import unified_diff

    window = slice(start, start + DIFF_WINDOW)
    # Without the two lines that name the files.
    lines = list(unified_diff(old[window], new[window], lineterm=""))[2:]
    # The hunks count from the window's start.
    shown = [_moved(line, start) if line.startswith("@@ ") else line for line in lines[:DIFF_LINES]]
    if len(lines) > DIFF_LINES or len(old) > window.stop or len(new) > window.stop:
        shown.append("(and more)")
    return "\n".join(shown)


def _moved(hunk: str, by: int) -> str:
    """The head of a hunk, `@@ -A,B +C,D @@`, with both line numbers that much larger."""
    parts = hunk.split(" ")
    for at in (1, 2):
        line, comma, length = parts[at][1:].partition(",")
        parts[at] = f"{parts[at][0]}{int(line) + by}{comma}{length}"
    return " ".join(parts)
