"""Audit: the attack surface of an interface. Who can reach what, what is checked, what is left to the handler.

Reads the model, its layouts and what lint found; renders nothing. One report (`report`) has three forms: the JSON
document of docs/audit.md (`document`), text (`text`), and the view of the HTML page (`page`).
"""

from __future__ import annotations

from kgen.audit.document import document
from kgen.audit.page import page
from kgen.audit.report import report
from kgen.audit.text import findings_text, text

__all__ = ["document", "findings_text", "page", "report", "text"]
