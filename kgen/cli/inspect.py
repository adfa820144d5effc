"""Show what a schema comes to: codes, layouts, the Linux argument, the interface hash.

As text for people, or as the JSON that docs/inspect.md describes, of which one can make other outputs.
Findings go to standard error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS
from kgen.cli import CLEAN, FINDINGS
from kgen.cli._options import add_schemas, project_of, schemas_of
from kgen.diagnostics import Sink
from kgen.diagnostics.render import render

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.abi import Abi, Layouts


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="the form (default: text)"
    )
    parser.add_argument(
        "--abi",
        action="append",
        choices=[abi.name for abi in ABIS],
        metavar="NAME",
        help="this ABI only; may be repeated: " + ", ".join(abi.name for abi in ABIS),
    )


def run(options: Namespace) -> int:
    from kgen.pipeline import diagnose

    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink, interfaces=True)
    found = [] if sink.has_errors else [diagnose(path, sink, project) for path in paths]
    layouts = [analysis.layouts for analysis in found if analysis is not None]
    sys.stderr.write(render(sink.sorted(), "full"))
    if sink.has_errors:
        return FINDINGS
    chosen = [abi for abi in ABIS if not options.abi or abi.name in options.abi]
    sys.stdout.write(
        as_json(layouts, chosen) if options.format == "json" else as_text(layouts, chosen)
    )
    return CLEAN


def as_json(layouts: list[Layouts], abis: list[Abi]) -> str:
    """The document of one schema, or a list of those of several."""
    from kgen.inspection import document, encode

    documents = [document(each, abis) for each in layouts]
    return encode(documents[0] if len(documents) == 1 else documents)


def as_text(layouts: list[Layouts], abis: list[Abi]) -> str:
    """The tables, one after the other."""
    from kgen.inspection import table

    return "\n\n".join(table(each, abis) for each in layouts)
