"""Fixtures of the tests in Wine and in guests; a conftest.py imports those that it wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.guest import Guest, Guests
from tests.support.kernel_modules import SERIES
from tests.support.wine import Prefix


@pytest.fixture(scope="session")
def wine() -> Iterator[Prefix]:
    """One started Wine for all tests of this process. A test unloads what it loads."""
    with Prefix() as prefix:
        yield prefix


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guests]:
    """The guests of this process. The folders of `tmp_path` are at the same path in each, and can be written there."""
    guests = Guests(str(tmp_path_factory.getbasetemp()))
    yield guests
    guests.close()


@pytest.fixture(params=SERIES)
def guest(request: pytest.FixtureRequest, guests: Guests) -> Iterator[Guest]:
    """A running guest of each kernel; the test fails on what the kernel complains of until its end."""
    guest = guests.get(request.param)
    yield guest
    if guest.lives:
        guest.run("true")
