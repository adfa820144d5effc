"""Diagnostics: spans, codes, the sink, renderers. The leaf layer that every other one may import."""

from kgen.diagnostics.diagnostic import ERROR, WARNING, Diagnostic, Note
from kgen.diagnostics.sink import Sink
from kgen.diagnostics.span import SourceFile, Span
from kgen.diagnostics.suggest import closest

__all__ = ["ERROR", "WARNING", "Diagnostic", "Note", "Sink", "SourceFile", "Span", "closest"]
