"""What `build` and `check` have in common: the files of many schemas, made in memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.cli._fast import up_to_date
from kgen.cli._report import say
from kgen.emit.fresh import is_fresh
from kgen.emit.manifest import requested
from kgen.pipeline import Generated, generate
from kgen.project import recorded_path

if TYPE_CHECKING:
    from argparse import Namespace

    from kgen.diagnostics import Sink
    from kgen.project import Project


def generate_all(
    paths: list[str], sink: Sink, project: Project, trust: bool, options: Namespace
) -> list[Generated]:
    """The files of every schema that is not up to date; without `trust`, of every schema."""
    made: list[Generated] = []
    interfaces: dict[str, str] = {}
    for number, path in enumerate(paths, 1):
        recorded = recorded_path(path, project.root)
        fresh = None
        if trust:
            fresh = is_fresh(
                path, recorded, project.out, requested(project.targets, project.drivers)
            )
        if fresh is not None:
            say(up_to_date(recorded, len(fresh.files)), options)
            continue
        _progress(f"[{number}/{len(paths)}] {recorded}", len(paths))
        generated = generate(path, sink, project)
        if generated is None:
            continue
        first = interfaces.setdefault(generated.interface, recorded)
        if first != recorded:
            message = f"`{first}` and `{recorded}` both describe `{generated.interface}`"
            sink.error("KG504", None, message, help="each interface has its own output folder")
        made.append(generated)
    _progress("", len(paths))
    return made


def _progress(text: str, count: int) -> None:
    if count > 1 and sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
