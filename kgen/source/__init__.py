"""Source: YAML text -> nodes with spans. The only layer that knows YAML."""

from kgen.source.load import load, parse
from kgen.source.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "load", "parse"]
