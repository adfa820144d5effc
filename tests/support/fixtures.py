"""Fixtures of the tests in Wine; a conftest.py imports those that it wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.wine import Prefix


@pytest.fixture(scope="session")
def wine() -> Iterator[Prefix]:
    """One started Wine for all tests of this process. A test unloads what it loads."""
    with Prefix() as prefix:
        yield prefix
