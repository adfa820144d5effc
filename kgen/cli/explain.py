"""Say what a diagnostic code means, with an example and what to write instead.

Without a code, list every one of them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, ERROR

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="such as KG012, kg12, 12 or duplicate-key"
    )


def run(options: Namespace) -> int:
    return explain(options.code) if options.code else list_all()


def explain(query: str) -> int:
    """Print the explanation of a code; the exit status."""
    from kgen.diagnostics.codes import codes, explanation, find, short_name
    from kgen.diagnostics.suggest import closest

    code = find(query)
    text = explanation(code) if code else None
    if text is not None:
        print(as_text(text))
        return CLEAN
    names = {short_name(explanation(known) or ""): known for known in codes()}
    near = closest(query, names)
    hint = f"; did you mean {names[near]} {near}?" if near else "; `kgen explain` lists the codes"
    print(f"kgen: there is no code `{query}`{hint}", file=sys.stderr)
    return ERROR


def list_all() -> int:
    """Print each code with its short name."""
    from kgen.diagnostics.codes import codes, explanation, short_name

    for code in codes():
        print(code, short_name(explanation(code) or ""))
    return CLEAN


def as_text(markdown: str) -> str:
    """An explanation for a terminal: titles without `#`, code indented, no line about tests."""
    lines = []
    in_code = False
    for line in markdown.strip().splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            lines.append(f"    {line}".rstrip())
        elif not line.startswith("Shown by: "):
            lines.append(line.lstrip("#").lstrip() if line.startswith("#") else line)
    return "\n".join(lines).strip()
