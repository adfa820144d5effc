"""Bring schemas into canonical form.

Values and comments stay as they are; a schema with a syntax error is left alone. With --check
nothing is written, and every schema that would change is a finding, its difference above it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.cli import ERROR
from kgen.cli._options import add_format, add_schemas, project_of, schemas_of
from kgen.cli._report import say, show
from kgen.diagnostics import Sink, SourceFile, Span
from kgen.project import shown_path

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, show what would change"
    )
    add_format(parser)


def run(options: Namespace) -> int:
    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink)
    if sink.has_errors:
        return show(sink, options)
    for path in paths:
        display = shown_path(path, project.root)
        try:
            format_file(path, display, options.check, sink, options)
        except BrokenPipeError:
            raise  # whoever read the differences is gone
        except OSError as problem:
            print(f"kgen: cannot write {display}: {problem.strerror}", file=sys.stderr)
            return ERROR
    return show(sink, options)


def format_file(path: str, display: str, check: bool, sink: Sink, options: Namespace) -> None:
    """Format one schema, or report (KG520) that it is not formatted. Raises OSError."""
    from kgen.cli._save import replace
    from kgen.schema.order import TOP
    from kgen.source.format import format_text
    from kgen.source.read import read

    file = read(path, display, sink)
    if file is None:
        return
    result = format_text(file.text, display, TOP, sink)
    windows_ends = "\r\n" in file.text
    before = file.text.replace("\r\n", "\n")
    if result is None or result == before:
        return
    if check:
        _report(SourceFile(display, before), result, sink, options)
        return
    replace(path, (result.replace("\n", "\r\n") if windows_ends else result).encode("utf-8"))
    say(f"{display}: formatted", options)


def _report(file: SourceFile, result: str, sink: Sink, options: Namespace) -> None:
    from difflib import unified_diff

    old, new = file.text.splitlines(), result.splitlines()
    names = (f"{file.path}, as it is", f"{file.path}, formatted")
    say("\n".join(unified_diff(old, new, *names, lineterm="")) + "\n", options)
    pairs = enumerate(zip(old, new, strict=False), 1)
    first = next((number for number, (a, b) in pairs if a != b), min(len(old), len(new)))
    span = Span(file, first, 1, first, len(file.line(first)) + 1)
    sink.error("KG520", span, "this is not in canonical form", help="run `kgen fmt`")
