"""Prove the generated core: bounds, overflow, and no byte that was never written leaves.

Runs ESBMC, Frama-C Eva and the sanitizers on the core among unknown requests and handlers; docs/verify.md
says what is proven, and for which bounds. What was proven of the same text is not run again.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, FINDINGS, UsageError
from kgen.cli._options import add_schemas, project_of, schemas_of
from kgen.diagnostics import Sink
from kgen.diagnostics.render import render
from kgen.verification import TOOLS, Missing, Verdict, find, proofs, run_all

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.project import Project
    from kgen.verification.proofs import Proof


def add_arguments(parser: ArgumentParser) -> None:
    add_schemas(parser)
    parser.add_argument(
        "--ioctl",
        action="append",
        default=[],
        metavar="NAME",
        help="this one only; may be repeated",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=TOOLS,
        metavar="TOOL",
        help=f"leave out a tool ({', '.join(TOOLS)}), which is said; may be repeated",
    )
    parser.add_argument(
        "--esbmc", metavar="PATH", help="the program esbmc, where it is not on PATH"
    )
    parser.add_argument(
        "-j", "--jobs", type=int, default=os.cpu_count() or 1, help="how many run side by side"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="the form (default: text)"
    )
    parser.add_argument("--force", action="store_true", help="run what was proven before as well")


def run(options: Namespace) -> int:
    from tempfile import TemporaryDirectory

    if options.jobs < 1:
        raise UsageError("--jobs is at least 1")
    sink = Sink()
    project = project_of(options, sink)
    paths = schemas_of(project, sink, interfaces=True)
    try:
        tools = find(options.esbmc, options.without)
    except Missing as missing:
        raise UsageError(str(missing)) from missing
    with TemporaryDirectory() as work:
        folders = [] if sink.has_errors else _rendered(paths, sink, project, work, options)
        sys.stderr.write(render(sink.sorted(), "full"))
        if sink.has_errors:
            return FINDINGS
        try:
            questions = [
                question
                for folder, name in folders
                for question in proofs(folder, name, tools, options.ioctl)
            ]
        except ValueError as problem:
            raise UsageError(str(problem)) from problem
        kept = set() if options.force else _kept()
        verdicts = _answers(questions, kept, options)
    _show(verdicts, options)
    return FINDINGS if any(verdict.findings for verdict in verdicts) else CLEAN


def _rendered(
    paths: list[str], sink: Sink, project: Project, work: str, options: Namespace
) -> list[tuple[str, str]]:
    """The folder and name of each interface, generated below `work`."""
    from kgen.pipeline import diagnose, generate

    found = []
    for path in paths:
        project.targets = []
        analysis = diagnose(path, sink, project)
        if analysis is None:
            continue
        if analysis.interface.external and not options.schemas:
            continue  # its driver exists already, so that there is no core
        project.targets = ["proof"]
        generated = generate(path, sink, project)
        if generated is None:
            continue
        folder = os.path.join(work, generated.interface)
        for name, content in generated.files.items():
            place = os.path.join(folder, *name.split("/"))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(content)
        found.append((folder, generated.interface))
    return found


def _answers(questions: list[Proof], kept: set[str], options: Namespace) -> list[Verdict]:
    """Of every proof, in the order of the questions; what is new and good is remembered."""
    asked = [question for question in questions if question.key not in kept]
    found: dict[str, Verdict] = {}

    def answered(question: Proof, verdict: Verdict) -> None:
        found[question.key] = verdict
        if not verdict.findings and not verdict.note:
            _keep(question.key)
        if sys.stderr.isatty() and not options.quiet:
            name = f"{question.interface}.{question.subject}"
            print(
                f"\r\x1b[K[{len(found)}/{len(asked)}] {question.tool}: {name}",
                end="" if len(found) < len(asked) else "\r\x1b[K",
                file=sys.stderr,
                flush=True,
            )

    run_all(asked, options.jobs, answered)
    return [
        found.get(item.key) or Verdict(item.tool, item.interface, item.subject, 0.0, ())
        for item in questions
    ]


def _show(verdicts: list[Verdict], options: Namespace) -> None:
    if options.format == "json":
        import json

        document = {
            "kgen_verify": 1,
            "without": sorted(set(options.without)),
            "proofs": [verdict._asdict() for verdict in verdicts],
        }
        print(json.dumps(document, indent=2))
        return
    for verdict in verdicts:
        name = f"{verdict.interface}.{verdict.subject}"
        for finding in verdict.findings:
            print(f"{name}: {verdict.tool}: {finding}")
        if verdict.note:
            print(f"{name}: {verdict.tool}: {verdict.note}")
        elif not verdict.findings and not options.quiet:
            took = f"{verdict.seconds:.1f} s" if verdict.seconds else "known"
            print(f"{name}: {verdict.tool}: holds ({took})")
    for tool in sorted(set(options.without)):
        print(f"not run: {tool}")
    if not options.quiet:
        bad = sum(bool(verdict.findings) for verdict in verdicts)
        print(f"{len(verdicts)} proofs, {bad} with findings")


def _cache_file() -> str:
    """Where keys of proofs that held are kept, one a line; empty where there is no place."""
    from kgen.emit.cache import cache_folder

    folder = cache_folder()
    return os.path.join(folder, "proofs") if folder else ""


def _kept() -> set[str]:
    path = _cache_file()
    if not path or not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        return set(file.read().splitlines())


def _keep(key: str) -> None:
    path = _cache_file()
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{key}\n")
