"""Inspection: a resolved interface as data for programs, and as a table for people.

Reads model and layouts and renders without templates. The JSON is a public format: docs/inspect.md.
"""

from __future__ import annotations

from kgen.inspection.document import document
from kgen.inspection.encode import encode
from kgen.inspection.table import table

__all__ = ["document", "encode", "table"]
