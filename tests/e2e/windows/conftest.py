"""Tests in this folder run real drivers and Windows programs in Wine."""

from tests.support.fixtures import wine

__all__ = ["wine"]
