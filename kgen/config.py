"""The configuration, `[tool.kgen]` of pyproject.toml or kgen.toml, with a diagnostic per mistake."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from kgen import project, targets
from kgen.diagnostics import Sink, SourceFile, Span, closest
from kgen.project import Project

if TYPE_CHECKING:
    from typing import Any

    from kgen.project import Setting

LISTS = ("schemas", "targets")
TEXTS = ("out", "drivers")


def _parse(text: str) -> dict[str, Any]:
    """The content of a TOML file; raises ValueError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    table: dict[str, Any] = tomllib.loads(text)
    return table


def has_table(text: str) -> bool:
    """Whether a pyproject.toml has a table `tool.kgen`."""
    try:
        return "kgen" in _parse(text).get("tool", {})
    except (ValueError, TypeError):
        return False


def load(folder: str, sink: Sink) -> Project:
    """The project around `folder`; without any configuration that is the folder itself."""
    found = project.find(folder)
    if found is None:
        return Project(os.path.abspath(folder), {})
    path, text = found
    root = os.path.dirname(path)
    return Project(root, read(SourceFile(os.path.basename(path), text), sink))


def read(file: SourceFile, sink: Sink) -> dict[str, Setting]:
    """The settings in a configuration file; what is wrong is reported and left out."""
    table: Any = project.plain_settings(file.path, file.text)
    if table is None:
        try:
            table = _parse(file.text)
        except ValueError as problem:
            sink.error("KG090", _place(file, str(problem)), f"this is not TOML: {_phrase(problem)}")
            return {}
        table = table if file.path == "kgen.toml" else table["tool"]["kgen"]
    if not isinstance(table, dict):
        sink.error("KG091", _line_of(file, "kgen"), "`tool.kgen` is not a table")
        return {}
    settings: dict[str, Setting] = {}
    for key, value in table.items():
        span = _line_of(file, key)
        if (key in LISTS and _is_texts(value)) or (key in TEXTS and isinstance(value, str)):
            settings[key] = value
        elif key in (*LISTS, *TEXTS):
            wanted = "a list of strings" if key in LISTS else "a string"
            sink.error("KG091", span, f"`{key}` is {wanted}, found {_kind(value)}")
        else:
            near = closest(key, (*LISTS, *TEXTS))
            help = f"did you mean `{near}`?" if near else "the keys are " + ", ".join(LISTS + TEXTS)
            sink.error("KG092", span, f"unknown setting `{key}`", help=help)
    unknown = re.search(r"\{(?!interface\})[^}]*\}?", str(settings.get("drivers", "")))
    if unknown is not None:
        message = f"`{unknown.group()}` of `drivers` stands for nothing"
        sink.error("KG091", _line_of(file, "drivers"), message, help="write `{interface}`")
    place = _line_of(file, "targets")
    targets.check_names([(name, place) for name in settings.get("targets", [])], sink)
    return settings


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return names.get(type(value), "a list" if isinstance(value, list) else "a table")


def _line_of(file: SourceFile, key: str) -> Span:
    """Where a key is written: the TOML reader keeps no positions, so this looks for its line."""
    section = 0 if file.path == "kgen.toml" else max(file.text.find(project.SECTION), 0)
    written = re.compile(rf"""^[ \t]*(["']?){re.escape(key)}\1[ \t]*=""", re.MULTILINE)
    match = written.search(file.text, section) or written.search(file.text)
    if match is None:
        return Span(file, 1, 1, 1, 1)
    line = file.text.count("\n", 0, match.start()) + 1
    column = match.group().index(key) + 1
    return Span(file, line, column, line, column + len(key))


def _place(file: SourceFile, message: str) -> Span:
    match = re.search(r"at line (\d+), column (\d+)", message)
    line, column = (int(match[1]), int(match[2])) if match else (file.text.count("\n") + 1, 1)
    return Span(file, line, column, line, column)


def _phrase(problem: Exception) -> str:
    text = str(problem).partition(" (at ")[0]
    return text[:1].lower() + text[1:]
