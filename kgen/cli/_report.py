"""Prints what a verb found. Findings go to standard output, so that a pipe gets them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, FINDINGS

if TYPE_CHECKING:
    from argparse import Namespace

    from kgen.diagnostics import Sink


def show(sink: Sink, options: Namespace) -> int:
    """Print every diagnostic; the exit status that they call for."""
    found = sink.sorted()
    if found or options.format == "json":  # which is a document even where it is empty
        from kgen.diagnostics.render import render

        sys.stdout.write(render(found, options.format, color=_colored(options)))
    return FINDINGS if sink.has_errors else CLEAN


def say(line: str, options: Namespace) -> None:
    """Print what was done, unless only findings are wanted or a machine reads them."""
    if not options.quiet and options.format in ("full", "concise"):
        print(line)


def _colored(options: Namespace) -> bool:
    return (
        sys.stdout.isatty()
        and not options.no_color
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
