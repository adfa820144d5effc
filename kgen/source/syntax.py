"""What the YAML parser stumbled over, in plain words, at the place where the mistake was made."""

from __future__ import annotations

from yaml.error import MarkedYAMLError

from kgen.diagnostics import Sink, SourceFile, Span


def report(problem: MarkedYAMLError, file: SourceFile, sink: Sink) -> None:
    mark = problem.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    span = Span(file, line, column, line, column + 1)
    sink.error("KG029", span, f"not valid YAML: {problem.problem}")
