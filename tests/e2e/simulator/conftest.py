"""Tests in this folder run drivers as shared libraries."""

from __future__ import annotations

import pytest

from tests.support.fixtures import wine
from tests.support.simulated import RUNNER, SANITIZE, Simulated, run, simulated_example

__all__ = ["RUNNER", "SANITIZE", "Simulated", "run", "wine"]


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulated_example("vault", tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulated_example("tour", tmp_path_factory.mktemp("simulated"))
