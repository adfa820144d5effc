"""Report the attack surface: who reaches what, what is checked, what is left.

The report is text for people, the JSON that docs/audit.md describes, or a page of HTML that stands alone.
Findings of lint are part of it; --fail-on says from which on the exit status is 1.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, ERROR, FINDINGS
from kgen.cli._options import add_schemas, project_of, schemas_of
from kgen.diagnostics import Sink
from kgen.diagnostics.render import render as render_diagnostics

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.audit.records import Report

FORMATS = ("text", "json", "html")
NEVER = "never"
FAIL_ON = (NEVER, "error", "warning", "note")


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    parser.add_argument(
        "--format", choices=FORMATS, help="the form (default: as FILE is named, else text)"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write it there, as HTML or JSON where it is named so (default: standard output)",
    )
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default="error",
        help="exit status 1 where a finding is that bad, or worse (default: error)",
    )


def run(options: Namespace) -> int:
    from kgen.audit import report
    from kgen.pipeline import diagnose

    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink, interfaces=True)
    found = [] if sink.has_errors else [diagnose(path, sink, project) for path in paths]
    sys.stderr.write(render_diagnostics(sink.sorted(), "full"))
    if sink.has_errors:
        return FINDINGS
    reports = [report(analysis.layouts) for analysis in found if analysis is not None]
    content = rendered(reports, options.format or format_of(options.output), options.quiet)
    if options.output is None:
        sys.stdout.write(content)
    elif not _write(options.output, content):
        return ERROR
    return FINDINGS if fails(reports, options.fail_on) else CLEAN


def format_of(path: str | None) -> str:
    """The form that a file of this name has."""
    ending = os.path.splitext(path or "")[1].lower().removeprefix(".")
    return ending if ending in FORMATS else "text"


def fails(reports: list[Report], threshold: str) -> bool:
    """Whether any finding is of that severity or a worse one."""
    from kgen.lint import SEVERITIES

    if threshold == NEVER:
        return False
    bad = SEVERITIES[: SEVERITIES.index(threshold) + 1]
    return any(item.severity in bad for report in reports for item in report.findings)


def rendered(reports: list[Report], format: str, quiet: bool = False) -> str:
    """The reports in one of the forms. With `quiet`, text is the findings alone."""
    if format == "html":
        return as_html(reports)
    if format == "json":
        from kgen.audit import document
        from kgen.inspection import encode

        documents = [document(report) for report in reports]
        return encode(documents[0] if len(documents) == 1 else documents)
    from kgen.audit import findings_text, text

    if quiet:
        return "".join(findings_text(report) for report in reports)
    return "\n\n".join(text(report) for report in reports)


def as_html(reports: list[Report]) -> str:
    """One page of all of them, with its style in it, and nothing that runs or is fetched."""
    from kgen.audit import page
    from kgen.audit.page import TEMPLATE
    from kgen.emit.environment import render
    from kgen.targets.target import Output

    path = "audit.html"
    return render([Output(path, TEMPLATE, page(reports))], "")[path].decode("utf-8")


def _write(path: str, content: str) -> bool:
    from kgen.cli._save import put

    try:
        put(path, content.encode("utf-8", "backslashreplace"))
    except OSError as failure:
        print(f"kgen: cannot write {path}: {failure.strerror}", file=sys.stderr)
        return False
    return True
