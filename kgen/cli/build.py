"""Write the files that schemas describe.

Nothing is written unless every schema is clean. Files that are as they should be are not touched,
and files of the author's own are never overwritten.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kgen.cli import UsageError
from kgen.cli._options import (
    add_format,
    add_output,
    add_schemas,
    project_of,
    schemas_of,
)
from kgen.cli._report import say, show
from kgen.diagnostics import Sink
from kgen.project import shown_path

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.emit.files import Written
    from kgen.pipeline import Generated


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    add_output(parser)
    parser.add_argument(
        "--force", action="store_true", help="render even what the manifest says is up to date"
    )
    add_format(parser)


def run(options: Namespace) -> int:
    # Here, so that the help of kgen does not wait for YAML and jinja2.
    from kgen.cli._generate import generate_all
    from kgen.emit.files import write

    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink, interfaces=True)
    if sink.has_errors:
        return show(sink, options)
    made = generate_all(paths, sink, project, not options.force, options)
    status = show(sink, options)
    if sink.has_errors:
        return status
    for generated in made:
        folder = os.path.join(project.out, generated.interface)
        try:
            written = write(folder, generated.files, generated.skeletons, generated.manifest)
        except OSError as problem:
            where = problem.filename2 or problem.filename or folder
            raise UsageError(f"cannot write {where}: {problem.strerror}") from problem
        tell(generated, written, shown_path(folder, project.root), options)
    return status


def tell(generated: Generated, written: Written, folder: str, options: Namespace) -> None:
    """Say what a build did, and what it leaves for the author to do."""
    schema = generated.manifest.schema
    counts = [f"{len(written.written)} written", f"{written.unchanged} unchanged"]
    if written.removed:
        counts.append(f"{len(written.removed)} removed")
    say(f"{schema}: {', '.join(counts)} in {folder}", options)
    for path in written.skeletons:
        place = os.path.normpath(os.path.join(folder, path)).replace(os.sep, "/")
        say(f"  new, and yours from now on: {place}", options)
    for name in written.handlers:
        say(f"  new handler to write: {name}", options)
    for path in written.edited:
        say(f"  was edited by hand, written anew: {folder}/{path}", options)
    for path in written.kept:
        say(f"  no longer an output, but left there: {folder}/{path}", options)
