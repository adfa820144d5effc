"""Write a schema from existing C headers, the same to the bit.

libclang reads the headers once per ABI; kgen's own layouts and codes are then held against what it found.
What a schema cannot say is one line each, and the exit status is 1.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS, BY_NAME
from kgen.cli import CLEAN, ERROR, FINDINGS, UsageError
from kgen.diagnostics import Diagnostic, Sink, SourceFile, Span
from kgen.diagnostics.render import render

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from kgen.abi.abis import Abi
    from kgen.importer.facts import Facts, Left
    from kgen.importer.overlay import Overlay
    from kgen.importer.read import Broken, Request

NOTE = "note"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("headers", nargs="+", metavar="HEADER", help="a C header")
    parser.add_argument(
        "-o",
        "--out",
        metavar="PATH",
        help="the schema to write; a folder takes one per header (default: standard output)",
    )
    parser.add_argument(
        "--target-abi",
        action="append",
        default=[],
        choices=[abi.name for abi in ABIS if abi.triple],
        metavar="ABI",
        help="read the header for this ABI; may be repeated (default: x86 of 64 and of 32 bits)",
    )
    _add_search(parser)
    parser.add_argument(
        "--for",
        dest="overlay",
        metavar="FILE",
        help="an overlay: which message a code takes, ranges, names and docs that the header does not have",
    )
    parser.add_argument("--interface", metavar="NAME", help="its name (default: the header's)")
    parser.add_argument(
        "--facts", action="store_true", help="write what libclang found as JSON, and no schema"
    )
    from kgen.diagnostics.render import FORMATS

    parser.add_argument(
        "--format", choices=FORMATS, default="concise", help="how findings are printed"
    )


def _add_search(parser: ArgumentParser) -> None:
    for flag, name, meta, text in (
        ("-I", "--folder", "DIR", "look for headers there too"),
        ("-D", "--define", "MACRO", "define a macro, as NAME or NAME=VALUE"),
        ("--include", None, "PATTERN", "declarations of included headers that match come along"),
        ("--before", None, "HEADER", "include this header first"),
        ("--code", None, "PATTERN", "macros that match are codes, though plain numbers: 'LOOP_*'"),
    ):
        flags = [flag] if name is None else [flag, name]
        parser.add_argument(*flags, action="append", default=[], metavar=meta, help=text)


def run(options: Namespace) -> int:
    from kgen.importer.clang import Missing, load
    from kgen.importer.read import Request

    for header in options.headers:
        if not os.path.isfile(header):
            raise UsageError(f"there is no header `{header}`")
    try:
        cindex = load()
    except Missing as problem:
        raise UsageError(str(problem)) from None
    request = Request(
        tuple(options.folder),
        tuple(options.define),
        tuple(options.include),
        tuple(options.code),
        tuple(options.before),
    )
    sink = Sink()
    status = CLEAN
    for group in _groups(options):
        status = max(status, _Import(cindex, request, options, sink).run(group))
    sys.stderr.write(render(sink.sorted(), options.format))
    return status


def _groups(options: Namespace) -> list[list[str]]:
    """The headers of each schema."""
    if options.out and (os.path.isdir(options.out) or options.out.endswith(("/", os.sep))):
        os.makedirs(options.out, exist_ok=True)
        return [[header] for header in options.headers]
    return [options.headers]


class _Import:
    """Of the headers of one schema."""

    def __init__(self, cindex: object, request: Request, options: Namespace, sink: Sink) -> None:
        self._cindex = cindex
        self._request = request
        self._options = options
        self._sink = sink
        self._files: dict[str, SourceFile] = {}

    def run(self, headers: Sequence[str]) -> int:
        overlay = self._overlay()
        if self._sink.has_errors:
            return FINDINGS
        found = self._facts(headers, overlay)
        if found is None:
            return FINDINGS
        if self._options.facts:
            self._save(_json(found), headers[0], "json")
            return FINDINGS if any(facts.left for facts in found) else CLEAN
        from kgen.importer.convert import convert
        from kgen.importer.names import interface_name

        name = self._options.interface or interface_name(headers[0])
        result = convert(found, name, self._sink, overlay)
        if result is None:
            return FINDINGS
        for left in result.left:
            self._note(left)
        if result.refused or result.wrong:
            sys.stderr.write(render(result.refused, "concise"))
            sys.stderr.write("".join(f"kgen: {line}\n" for line in result.wrong))
            print(
                "kgen: the import of this header has a mistake; nothing was written",
                file=sys.stderr,
            )
            return ERROR
        self._save(result.text, headers[0], "yaml")
        return FINDINGS if result.left else CLEAN

    def _overlay(self) -> Overlay | None:
        path = self._options.overlay
        if path is None:
            return None
        from kgen.importer.overlay import read_overlay

        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageError(f"cannot read {path}: {problem}") from None
        return read_overlay(SourceFile(path, text), self._sink)

    def _facts(self, headers: Sequence[str], overlay: Overlay | None) -> list[Facts] | None:
        """Of each ABI, of all headers together; None after reporting what does not compile."""
        from kgen.importer.facts import together
        from kgen.importer.read import Broken, read_facts

        request = self._request
        if overlay is not None:
            request = request._replace(codes=(*request.codes, *overlay.codes))
        result = []
        for abi in self._abis(headers):
            parts = []
            for header in headers:
                found = read_facts(self._cindex, header, abi, request)
                if isinstance(found, Broken):
                    self._broken(found, abi)
                else:
                    parts.append(found)
            result.append(together(parts, abi.name))
        if self._sink.has_errors:
            return None
        if not any(
            facts.records or facts.enums or facts.constants or facts.codes for facts in result
        ):
            self._sink.error(
                "KG715", self._span(headers[0], 1, 1), "there is nothing to import in it"
            )
            return None
        return result

    def _abis(self, headers: Sequence[str]) -> list[Abi]:
        from kgen.importer.systems import usual_abis

        named = [BY_NAME[name] for name in self._options.target_abi]
        if len({abi.os for abi in named}) > 1:
            raise UsageError("a header is of Windows or of Linux: name ABIs of one of them")
        if named:
            return named
        with open(headers[0], encoding="utf-8", errors="replace") as stream:
            return usual_abis(stream.read())

    def _broken(self, found: Broken, abi: Abi) -> None:
        for file, line, column, message in found.errors:
            span = self._span(file, line, column) if file else None
            help = (
                f"clang says this for {abi.name}; -I, -D and --before tell it what the header needs"
            )
            self._sink.error("KG710", span, message, help=help)

    def _note(self, left: Left) -> None:
        span = self._span(*left.place)
        self._sink.add(Diagnostic(left.code, NOTE, span, left.message))

    def _span(self, path: str, line: int, column: int) -> Span:
        if path not in self._files:
            text = ""
            if os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as stream:
                    text = stream.read()
            near = os.path.relpath(path) if os.path.isabs(path) else path
            self._files[path] = SourceFile(path if near.startswith("..") else near, text)
        return Span(self._files[path], line, column, line, column + 1)

    def _save(self, text: str, header: str, ending: str) -> None:
        out = self._options.out
        if not out:
            sys.stdout.write(text)
            return
        if os.path.isdir(out):
            from kgen.importer.names import interface_name

            out = os.path.join(out, f"{interface_name(header)}.{ending}")
        from kgen.cli._save import put

        try:
            put(out, text.encode("utf-8"))
        except OSError as problem:
            raise UsageError(f"cannot write {out}: {problem.strerror}") from None


def _json(found: Sequence[Facts]) -> str:
    import json

    from kgen.importer.facts import as_data

    return json.dumps([as_data(facts) for facts in found], indent=1) + "\n"
