"""Places in source text. The leaf of the import graph: only `kgen.record` is imported here.

Lines and columns count from 1, columns in characters (code points). A span's end is exclusive.
"""

from __future__ import annotations

from kgen.record import NamedTuple


class SourceFile:
    """One text that diagnostics can point into.

    `path` is what the user is shown: relative where possible, always with forward slashes.
    """

    __slots__ = ("_lines", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path.replace("\\", "/")
        self.text = text
        self._lines: list[str] | None = None

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r})"

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break; empty beyond the end."""
        if self._lines is None:
            # Not splitlines(): form feeds and the like do not end a line of YAML.
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


class Span(NamedTuple):
    """A stretch of a source file; empty when its end equals its start."""

    file: SourceFile
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file.path}:{self.line}:{self.column}"
