"""Model: what is true of an interface, resolved and frozen."""

from kgen.model.entities import Interface
from kgen.model.resolve import resolve

__all__ = ["Interface", "resolve"]
