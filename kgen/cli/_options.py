"""The options that several verbs share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kgen import config, targets
from kgen.cli import UsageError
from kgen.project import Project, shown_path

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.diagnostics import Sink


def add_format(parser: ArgumentParser) -> None:
    """How diagnostics are printed."""
    from kgen.diagnostics.render import FORMATS

    parser.add_argument(
        "--format", choices=FORMATS, default="full", help="how findings are printed (default: full)"
    )


def add_schemas(parser: ArgumentParser) -> None:
    """The schemas to work on; `project_of` gives them."""
    parser.add_argument(
        "schemas",
        nargs="*",
        metavar="SCHEMA",
        help="path or glob of a schema (default: `schemas` of [tool.kgen] or kgen.toml)",
    )


def add_output(parser: ArgumentParser) -> None:
    """Where the outputs are, and which."""
    parser.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help="folder of the outputs, one folder per interface in it (default: generated)",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="build this target in place of the schema's own; may be repeated",
    )


def project_of(options: Namespace, sink: Sink) -> Project:
    """The project around the working folder, with what the command line says put in its place."""
    folder = os.getcwd()
    found = config.load(folder, sink)
    wanted = getattr(options, "target", [])
    targets.check_names([(name, None) for name in wanted], sink)
    found.override(folder, options.schemas, getattr(options, "out", None), wanted)
    return found


def schemas_of(found: Project, sink: Sink, interfaces: bool = False) -> list[str]:
    """The paths of the project's schemas; a glob that names none is reported (KG094).

    With `interfaces`, globs pass over the schemas that hold only types for others to import.
    Raises UsageError where the command line and the configuration name no schema at all.
    """
    if not found.schemas and sink.has_errors:
        return []  # they may well be in what could not be read
    if not found.schemas:
        raise UsageError(
            "no schema: name one, or list `schemas` in kgen.toml or in [tool.kgen] of pyproject.toml"
        )
    paths, empty = found.paths(interfaces)
    for pattern in empty:
        shown = shown_path(pattern, found.root) if os.path.isabs(pattern) else pattern
        sink.error("KG094", None, f"no schema is named `{shown}`")
    return paths
