"""Reads the command line and runs its verb. Only that verb is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

from kgen import __version__
from kgen.cli import ERROR, _verbs

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kgen.cli._plain import Line


def run(arguments: list[str], line: Line | None) -> int:
    """Run the verb that the command line names; its exit status, or 2 after wrong usage.

    `line` is the command line as `kgen.cli._plain` read it, if it could.
    """
    # A Namespace is a bag of attributes, and so is a Line.
    options = cast("Namespace", line) if line is not None else _parse(arguments)
    return options if isinstance(options, int) else _verbs.load(options.verb).run(options)


def _parse(arguments: list[str]) -> Namespace | int:
    """The options; or the exit status, after printing help or what is wrong."""
    from argparse import Namespace

    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    known = _verbs.names()
    if named is not None and named not in known:
        from kgen.diagnostics import closest

        near = closest(named, known)
        hint = f"did you mean `{near}`?" if near else "they are " + ", ".join(known)
        print(f"kgen: there is no verb `{named}`; {hint}", file=sys.stderr)
        return ERROR
    if named is not None:
        parser = make_parser([named])
    elif "--version" in arguments:
        parser = make_parser([])
    else:
        parser = make_parser(known)
        if "-h" not in arguments and "--help" not in arguments:
            parser.print_help(sys.stderr)
            return ERROR
    try:
        options, odd = parser.parse_known_args(arguments, Namespace(quiet=False, no_color=False))
        if odd:
            parser.exit(ERROR, f"kgen: {_unknown(odd[0], options.verb, parser)}\n")
        return options
    except SystemExit as stop:
        # argparse ends the process itself; a caller of `main` wants the status.
        return stop.code if isinstance(stop.code, int) else ERROR


def _unknown(argument: str, verb: str, parser: ArgumentParser) -> str:
    """What to say of an argument that a verb does not take."""
    from argparse import _SubParsersAction

    from kgen.diagnostics import closest

    known = [
        option
        for action in parser._actions
        if isinstance(action, _SubParsersAction)
        for option in action.choices[verb]._option_string_actions
    ]
    near = closest(argument.partition("=")[0], known) if argument.startswith("-") else None
    hint = f"did you mean `{near}`?" if near else f"`kgen {verb} --help` lists what there is"
    return f"`kgen {verb}` does not take `{argument}`; {hint}"


def make_parser(verbs: list[str]) -> ArgumentParser:
    """The parser of the whole command line, with these verbs."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter

    parser = ArgumentParser(
        prog="kgen",
        description="One schema, both sides of a driver's IOCTL interface.",
        epilog="exit status: 0 clean, 1 findings, 2 usage or internal error",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kgen {__version__}")
    _add_common(parser)
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in verbs:
        verb = _verbs.load(name)
        subparser = subparsers.add_parser(
            name,
            help=_verbs.summary(verb),
            description=(verb.__doc__ or "").strip(),
            formatter_class=RawDescriptionHelpFormatter,
        )
        _add_common(subparser)
        verb.add_arguments(subparser)
    return parser


def _add_common(parser: ArgumentParser) -> None:
    """What every verb takes, before its name or after it."""
    from argparse import SUPPRESS

    # No default here: that of the second parser would undo what the first one read.
    parser.add_argument(
        "-q", "--quiet", action="store_true", default=SUPPRESS, help="print findings only"
    )
    parser.add_argument(
        "--no-color", action="store_true", default=SUPPRESS, help="print no colour codes"
    )
