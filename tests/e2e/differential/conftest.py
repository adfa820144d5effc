"""Tests in this folder send the same calls to the simulator and to drivers in Wine."""

from tests.support.fixtures import wine

__all__ = ["wine"]
