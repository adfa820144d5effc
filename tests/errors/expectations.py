"""What the bad schemas of this folder say about themselves, and what kgen says about them.

`size: on   #~ KG102 "wants a single value"` expects a diagnostic on its line, whose message holds
the quoted text. Several may follow each other. On a line of its own it counts for the next line
that is no expectation. Both an unexpected diagnostic and an unmet expectation fail.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from kgen.diagnostics import Diagnostic, Sink
from kgen.source import load

FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"#~(.*)$")
_EXPECTATION = re.compile(r'\s*(KG\d{3})\s+"((?:[^"\\]|\\.)*)"\s*(?:#~)?')


class Expected(NamedTuple):
    line: int
    code: str
    text: str

    def __str__(self) -> str:
        return f'{self.line}: {self.code} "{self.text}"'


def expectations(text: str) -> list[Expected]:
    """Those of a fixture. Raises ValueError for a `#~` that is not written as it should be."""
    found: list[Expected] = []
    waiting: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(line)
        here = _pairs(match[1], number) if match else []
        if match and not line[: match.start()].strip():
            waiting += here
        else:
            found += [Expected(number, code, text) for code, text in waiting + here]
            waiting = []
    if waiting:
        raise ValueError("the last line expects something of the next one")
    return found


def _pairs(comment: str, number: int) -> list[tuple[str, str]]:
    pairs = []
    at = 0
    while at < len(comment.rstrip()):
        match = _EXPECTATION.match(comment, at)
        if match is None:
            raise ValueError(f'line {number}: an expectation reads `#~ KG012 "text"`')
        pairs.append((match[1], re.sub(r"\\(.)", r"\1", match[2])))
        at = match.end()
    if not pairs:
        raise ValueError(f"line {number}: `#~` expects nothing")
    return pairs


def fixtures(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*/*.yaml"))


def check_file(path: Path) -> list[Diagnostic]:
    """What kgen says about a fixture, in the order in which it is shown.

    Fixtures of the phase `1_source` are read only; the others go through every check.
    """
    sink = Sink()
    if path.parent.name == "1_source":
        load(str(path), path.name, sink)
    else:
        # Imported here: the fixtures of the first phase need none of it.
        from kgen.pipeline import diagnose
        from kgen.project import Project

        diagnose(str(path), sink, Project(str(path.parent), {}))
    return sink.sorted()


def differences(found: list[Diagnostic], expected: list[Expected]) -> list[str]:
    """What is there and not expected, and what is expected and not there."""
    open_ = list(expected)
    unexpected = []
    for diagnostic in found:
        line = diagnostic.span.line if diagnostic.span else 1
        met = [e for e in open_ if (e.line, e.code) == (line, diagnostic.code)]
        met = [e for e in met if e.text in diagnostic.message]
        if met:
            open_.remove(met[0])
        else:
            unexpected.append(Expected(line, diagnostic.code, diagnostic.message))
    return [f"unexpected  {one}" for one in unexpected] + [f"not found   {one}" for one in open_]
