"""Schema: what the author wrote, checked for shape and spelling only."""

from kgen.schema.nodes import File
from kgen.schema.parse import parse

__all__ = ["File", "parse"]
