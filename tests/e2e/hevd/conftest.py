"""Tests in this folder attack drivers in the simulator and in Wine."""

from tests.support.fixtures import wine

__all__ = ["wine"]
