"""The manifest of an output folder: what made it, and the hash of every file.

A file that `sha256sum -c` reads: the lines before the hashes are comments. It is the last file
that a build writes, so a set that was left half-written does not match it.
"""

from __future__ import annotations

from hashlib import sha256

NAME = "kgen.manifest"
LOCK = ".kgen.lock"
"""Stands in a folder while it is written to on Windows; nobody else can open it."""
AS_IN_SCHEMA = "as in the schema"


class Manifest:
    """No NamedTuple: `typing` alone would take half of what an up-to-date build may cost."""

    __slots__ = ("authors", "files", "handlers", "schema", "sources", "targets", "version")

    def __init__(self, version: str, schema: str, targets: str) -> None:
        self.version = version
        """Of kgen."""
        self.schema = schema
        """As shown to people, relative to the project."""
        self.targets = targets
        """What was asked for, see `requested`."""
        self.sources: list[tuple[str, str]] = []
        """Hash and path of the schema and then of what it imports, relative to its folder."""
        self.authors: list[str] = []
        """The author's own files, relative to the output folder."""
        self.handlers: list[str] = []
        """The functions that the author has to define."""
        self.files: list[tuple[str, str]] = []
        """Hash and path of each output, relative to the output folder."""

    def record(self, files: dict[str, bytes]) -> None:
        """Take the outputs' hashes, in order of path."""
        self.files = [(digest(files[path]), path) for path in sorted(files)]

    def __str__(self) -> str:
        lines = [
            f"# kgen {self.version}",
            f"# schema {self.schema}",
            f"# targets {self.targets}",
            *(f"# source {found}  {path}" for found, path in self.sources),
            *(f"# author {path}" for path in self.authors),
            *(f"# handler {name}" for name in self.handlers),
            *(f"{found}  {path}" for found, path in self.files),
        ]
        return "\n".join(lines) + "\n"


def parse(text: str) -> Manifest | None:
    """The manifest in a text; None if it is damaged, or names a file outside its folder."""
    manifest = Manifest("", "", "")
    for line in text.splitlines():
        if not line.startswith("# "):
            found, gap, path = line.partition("  ")
            if not gap or len(found) != 64 or not is_inside(path):
                return None
            manifest.files.append((found, path))
            continue
        key, _, value = line[2:].partition(" ")
        if key == "kgen":
            manifest.version = value
        elif key in ("schema", "targets"):
            setattr(manifest, key, value)
        elif key == "source":
            found, _, path = value.partition("  ")
            manifest.sources.append((found, path))
        elif key == "author":
            manifest.authors.append(value)
        elif key == "handler":
            manifest.handlers.append(value)
        else:
            return None
    return manifest


def requested(targets: list[str], drivers: str) -> str:
    """How a manifest writes what a build was asked for: target names, or none; and `drivers`."""
    names = " ".join(sorted(set(targets))) or AS_IN_SCHEMA
    return f"{names}, drivers in {drivers}" if drivers else names


def is_inside(path: str) -> bool:
    """Whether a path is relative, plain, and stays in its folder on every system."""
    return not any(
        step in ("", ".", "..") or "\\" in step or ":" in step or "\0" in step
        for step in path.split("/")
    )


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return sha256(data).hexdigest()


def plain(data: bytes) -> bytes:
    """The content as kgen writes it: git on Windows may have given it other line ends."""
    return data.replace(b"\r\n", b"\n")


def matches(data: bytes, found: str) -> bool:
    """Whether content has that hash, whatever its line ends."""
    return digest(data) == found or (b"\r\n" in data and digest(plain(data)) == found)
