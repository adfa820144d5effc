"""The project that a command works in: which schemas, where the outputs go, how paths are shown.

An up-to-date build runs no more than this and `kgen.emit.fresh`, so it imports next to nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Union

    Setting = Union[str, list[str]]

SECTION = "[tool.kgen]"
DEFAULT_OUT = "generated"
IN_OUTPUT = "driver"
"""Folder of the author's own files in the output folder of an interface."""


class Project:
    """What the configuration says, or what holds without one (no NamedTuple: see kgen.emit)."""

    __slots__ = ("drivers", "out", "root", "schemas", "targets")

    def __init__(self, root: str, settings: dict[str, Setting]) -> None:
        self.root = root
        """Absolute: the folder of the configuration, else the working folder."""
        self.schemas = list(settings.get("schemas", []))
        """Paths or globs, relative to the root."""
        self.out = os.path.join(root, str(settings.get("out", DEFAULT_OUT)))
        """Holds one folder per interface."""
        self.drivers = str(settings.get("drivers", ""))
        """Folder of the authors' own files, relative to the root; `{interface}` stands for the name.

        Empty: in the output folder of each interface.
        """
        self.targets = list(settings.get("targets", []))
        """In place of those that a schema names; empty where each schema's own hold."""

    def override(
        self, folder: str, schemas: list[str], out: str | None, targets: list[str]
    ) -> None:
        """Put what the command line says, with paths relative to `folder`, in place of the rest."""
        self.schemas = [os.path.join(folder, path) for path in schemas] or self.schemas
        if out is not None:
            # All of it goes there: a build elsewhere leaves nothing in the project.
            self.out, self.drivers = os.path.join(folder, out), ""
        self.targets = targets or self.targets

    def authors(self, interface: str) -> str:
        """Folder of the author's own files, from the interface's output folder."""
        if not self.drivers:
            return IN_OUTPUT
        folder = os.path.join(self.root, self.drivers.replace("{interface}", interface))
        try:
            return os.path.relpath(folder, os.path.join(self.out, interface)).replace(os.sep, "/")
        except ValueError:  # outputs on another drive, which no relative path leads out of
            return IN_OUTPUT

    def paths(self, interfaces: bool = False) -> tuple[list[str], list[str]]:
        """The schemas' paths, each once; and the globs that name none.

        With `interfaces`, globs pass over the schemas that hold only types for others to import.
        """
        files, empty = expand(self.schemas, self.root)
        if interfaces:
            named = [os.path.normpath(os.path.join(self.root, path)) for path in self.schemas]
            files = [path for path in files if path in named or not _only_types(path)]
        return files, empty


def find(folder: str) -> tuple[str, str] | None:
    """Path and text of the configuration of the nearest folder, from `folder` upwards.

    That is a kgen.toml, or a pyproject.toml that speaks of kgen. What is not UTF-8 in the text
    is replaced by U+FFFD.
    """
    folder = os.path.abspath(folder)
    while True:
        for name in ("kgen.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            if name == "kgen.toml" or SECTION in text or _has_table(text):
                return path, text
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _has_table(text: str) -> bool:
    # TOML spells a table in many ways; without both words it is none of them.
    if "tool" not in text or "kgen" not in text:
        return False
    from kgen.config import has_table

    return has_table(text)


def plain_settings(path: str, text: str) -> dict[str, Setting] | None:
    """The settings, where they are strings and lists of strings on one line each.

    None where only a TOML reader can tell, and `kgen.config` has to be asked; where both read a
    text they agree. tomllib takes longer to import than an up-to-date build may take.
    """
    whole = os.path.basename(path) == "kgen.toml"
    if any(odd in text for odd in ("\\", '"""', "'''", "\ufffd")):
        return None
    found: dict[str, Setting] = {}
    inside, sections = whole, int(whole)
    for line in map(str.strip, text.split("\n")):
        if line.startswith("["):
            inside = line == SECTION
            sections += 1 if inside else 0
            if whole or ("kgen" in line and not inside):
                return None
        elif inside and line and not line.startswith("#"):
            key, equals, written = (part.strip(" ") for part in line.partition("="))
            value = _plain_value(written)
            if not equals or not (key.isascii() and key.isidentifier()):
                return None
            if key in found or value is None:
                return None
            found[key] = value
    return found if sections == 1 else None


def _plain_value(written: str) -> Setting | None:
    if written.startswith("[") and written.endswith("]"):
        items = [_plain_text(item.strip(" ")) for item in written[1:-1].split(",")]
        texts = [item for item in items if item is not None]
        return texts if len(texts) == len(items) else None
    return _plain_text(written)


def _plain_text(written: str) -> str | None:
    inner = written[1:-1]
    quoted = len(written) >= 2 and written[0] == written[-1] == '"' and '"' not in inner
    return inner if quoted and inner.isprintable() else None


def expand(patterns: Iterable[str], folder: str) -> tuple[list[str], list[str]]:
    """The files that paths and globs below `folder` name, each once; and the globs that name none.

    A path without a wildcard is taken as it is, whether or not the file exists.
    """
    files: dict[str, None] = {}
    empty = []
    for pattern in patterns:
        path = os.path.normpath(os.path.join(folder, pattern))
        found = [path]
        if any(character in pattern for character in "*?[") and not os.path.exists(path):
            from glob import glob

            found = sorted(glob(path, recursive=True))
            if not found:
                empty.append(pattern)
        files.update(dict.fromkeys(found))
    return list(files), empty


def _only_types(path: str) -> bool:
    """Whether a schema, as far as its lines tell, names no interface and has no ioctls."""
    try:
        with open(path, "rb") as file:
            data = b"\n" + file.read()
    except OSError:
        return False
    # What begins otherwise, such as one in braces, is left to the reader of YAML.
    return b"\nkgen:" in data and b"\ninterface" not in data and b"\nioctls" not in data


def recorded_path(path: str, root: str) -> str:
    """How outputs name a file: relative to the project, and by its name alone if outside of it.

    So the outputs are the same wherever the project lies.
    """
    try:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return os.path.basename(path)
    return os.path.basename(path) if relative.startswith("../") else relative


def shown_path(path: str, root: str) -> str:
    """How diagnostics name a file: relative to the project, and in full if outside of it."""
    recorded = recorded_path(path, root)
    outside = os.path.normpath(os.path.join(root, recorded)) != os.path.normpath(path)
    return path.replace(os.sep, "/") if outside else recorded
