"""Start a project: a schema, its driver's handlers, the configuration, a CI step.

What it writes builds at once. Nothing is overwritten: if any of the files is there already, none
is written.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, ERROR
from kgen.diagnostics import Sink, SourceFile, Span

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="name of the interface (default: of the folder)"
    )
    parser.add_argument(
        "--dir", metavar="DIR", help="folder of the project (default: NAME, or without it this one)"
    )


def run(options: Namespace) -> int:
    folder = options.dir or options.name or "."
    name = options.name or _name_of(folder)
    problem = problem_of(name)
    if problem is not None:
        print(f"kgen: {problem}", file=sys.stderr)
        return ERROR
    files = make(name)
    there = [path for path in files if os.path.lexists(os.path.join(folder, path))]
    if there:
        print(f"kgen: there is already {', '.join(there)}; nothing was written", file=sys.stderr)
        return ERROR
    try:
        _write(folder, files)
    except OSError as failure:
        where = failure.filename or folder
        print(f"kgen: cannot write {where}: {failure.strerror}", file=sys.stderr)
        return ERROR
    if not options.quiet:
        print(_next_steps(name, folder, list(files)))
    return CLEAN


def make(name: str) -> dict[str, bytes]:
    """The files of a new project, by path."""
    from kgen.cli.jsonschema import text
    from kgen.emit.environment import render
    from kgen.targets._project import outputs

    files = render(outputs(name), "")
    files["kgen.schema.json"] = text().encode("utf-8")
    return files


def _name_of(folder: str) -> str:
    base = os.path.basename(os.path.abspath(folder))
    return re.sub(r"\W+", "_", base, flags=re.ASCII).lower().strip("_")


def problem_of(name: str) -> str | None:
    """Why the name cannot be an interface's; None if it can."""
    from kgen import model, schema, source
    from kgen.schema.nodes import Word
    from kgen.schema.reader import check_name

    sink = Sink()
    place = Span(SourceFile("", name), 1, 1, 1, 1)
    check_name(Word(name, place), "an interface", False, sink)
    if not sink.has_errors:
        text = make(name)[f"{name}.yaml"].decode("utf-8")
        tree = source.parse(SourceFile("", text), sink)
        file = schema.parse(tree, sink) if tree is not None else None
        if file is not None:
            model.resolve(file, sink, lambda name, sink: None)
    for found in sink.sorted():
        return f"{found.message}; {found.help}" if found.help else found.message
    return None


def _write(folder: str, files: dict[str, bytes]) -> None:
    from kgen.cli._save import create

    for path, data in files.items():
        create(os.path.join(folder, *path.split("/")), data)


def _next_steps(name: str, folder: str, paths: list[str]) -> str:
    lines = [f"wrote {os.path.join(folder, path) if folder != '.' else path}" for path in paths]
    enter = [] if os.path.abspath(folder) == os.getcwd() else [f"  cd {folder}"]
    steps = [
        "",
        "next:",
        *enter,
        "  kgen build       # writes generated/, and again after every change",
        f"  {name}.yaml: the interface; README.md says what is where",
    ]
    return "\n".join(lines + steps)
