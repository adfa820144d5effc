"""Fail where outputs are not what a build would write. Nothing is changed.

Compares hashes with the manifest. With --full, and wherever the environment variable CI is set,
everything is rendered again and compared, so that the manifest need not be trusted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kgen.cli import UsageError
from kgen.cli._fast import in_ci, up_to_date
from kgen.cli._options import (
    add_format,
    add_output,
    add_schemas,
    project_of,
    schemas_of,
)
from kgen.cli._report import say, show
from kgen.diagnostics import Sink, SourceFile, Span
from kgen.emit.compare import EDITED, MISSING, ORPHANED, STALE, Finding, compare
from kgen.emit.fresh import abandoned
from kgen.emit.manifest import NAME as MANIFEST
from kgen.project import recorded_path, shown_path

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.project import Project

MESSAGES = {
    STALE: ("KG511", "this is not what its schema describes now", "run `kgen build`"),
    MISSING: ("KG512", "an output is missing", "run `kgen build`"),
    EDITED: (
        "KG513",
        "this output was edited by hand",
        "change the schema instead; `kgen build` writes the file anew",
    ),
    ORPHANED: ("KG514", "no schema describes this file any more", "run `kgen build`, or remove it"),
}


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    add_output(parser)
    parser.add_argument(
        "--full", action="store_true", help="render everything again, trusting no manifest"
    )
    add_format(parser)


def run(options: Namespace) -> int:
    # Here, so that the help of kgen does not wait for YAML and jinja2.
    from kgen.cli._generate import generate_all

    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink, interfaces=True)
    if sink.has_errors:
        return show(sink, options)
    trust = not (options.full or in_ci())
    for generated in generate_all(paths, sink, project, trust, options):
        folder = os.path.join(project.out, generated.interface)
        shown = shown_path(folder, project.root)
        try:
            findings = compare(folder, generated.files, generated.manifest)
        except OSError as problem:
            raise UsageError(f"cannot read {problem.filename}: {problem.strerror}") from problem
        for finding in findings:
            report(finding, f"{shown}/{finding.path}", sink)
            if finding.diff:
                say(f"--- {shown}/{finding.path}, as it is\n+++ as built\n{finding.diff}", options)
        if not findings:
            say(up_to_date(generated.manifest.schema, len(generated.files)), options)
    if not options.schemas:
        _report_abandoned(project, paths, sink)
    return show(sink, options)


def _report_abandoned(project: Project, paths: list[str], sink: Sink) -> None:
    """Report each folder of outputs whose schema was removed or renamed."""
    checked = [recorded_path(path, project.root) for path in paths]
    for folder, schema in abandoned(project.out, project.root, checked):
        shown = shown_path(folder, project.root)
        span = Span(SourceFile(f"{shown}/{MANIFEST}", ""), 1, 1, 1, 1)
        message = f"the schema of these outputs, `{schema}`, is not there any more"
        sink.error("KG514", span, message, help=f"remove the folder `{shown}`")


def report(finding: Finding, path: str, sink: Sink) -> None:
    """Make a diagnostic of a finding."""
    code, message, help = MESSAGES[finding.kind]
    file = SourceFile(path, finding.text)
    span = Span(file, finding.line, 1, finding.line, len(file.line(finding.line)) + 1)
    sink.error(code, span, message, help=help)
