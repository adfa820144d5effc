"""Reads the command line and runs its verb. Only that verb is imported."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from io import TextIOWrapper

from kgen import __version__
from kgen.cli import ERROR, _verbs
from kgen.cli._options import add_common
from kgen.diagnostics import closest


def run(arguments: list[str]) -> int:
    """Run the verb that the command line names; its exit status, or 2 after wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        # A name in a schema may have characters that the terminal cannot show.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    known = _verbs.names()
    if named is not None and named not in known:
        near = closest(named, known)
        hint = f"did you mean `{near}`?" if near else "they are " + ", ".join(known)
        print(f"kgen: there is no verb `{named}`; {hint}", file=sys.stderr)
        return ERROR
    parser = make_parser([named] if named is not None else known)
    if named is None and not any(word in arguments for word in ("-h", "--help", "--version")):
        parser.print_help(sys.stderr)
        return ERROR
    try:
        options = parser.parse_args(arguments, Namespace(quiet=False, no_color=False))
    except SystemExit as stop:
        # argparse ends the process itself; a caller of `main` wants the status.
        return stop.code if isinstance(stop.code, int) else ERROR
    return _verbs.load(options.verb).run(options)


def make_parser(verbs: list[str]) -> ArgumentParser:
    """The parser of the whole command line, with these verbs."""
    parser = ArgumentParser(
        prog="kgen",
        description="One schema, both sides of a driver's IOCTL interface.",
        epilog="exit status: 0 clean, 1 findings, 2 usage or internal error",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kgen {__version__}")
    add_common(parser)
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in verbs:
        verb = _verbs.load(name)
        described = (verb.__doc__ or "").strip()
        subparser = subparsers.add_parser(
            name,
            help=_verbs.summary(verb),
            description=described,
            formatter_class=RawDescriptionHelpFormatter,
        )
        add_common(subparser)
        verb.add_arguments(subparser)
    return parser
