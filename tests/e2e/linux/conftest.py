"""Tests in this folder build modules for real kernels, and run them in guests."""

from tests.support.fixtures import guest, guests

__all__ = ["guest", "guests"]
