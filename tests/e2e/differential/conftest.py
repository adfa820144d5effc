"""Tests in this folder send the same calls to the simulator and to drivers in Wine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.fixtures import wine
from tests.support.hosts import EXAMPLES, Send, hosts
from tests.support.wine import Prefix

__all__ = ["wine"]

Made = Callable[[str], dict[str, Send]]


@pytest.fixture(scope="session")
def made(wine: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The hosts of an example by its name, built when they are first asked for."""
    known: dict[str, dict[str, Send]] = {}

    def get(name: str) -> dict[str, Send]:
        if name not in known:
            known[name] = hosts(EXAMPLES[name].driver, wine, str(tmp_path_factory.mktemp(name)))
        return known[name]

    return get
