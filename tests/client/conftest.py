"""The clients of the example schemas, generated once per test process."""

from __future__ import annotations

import os
from types import ModuleType

import pytest

from tests.client.build import ROOT, import_client


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/vault.yaml."""
    folder = str(tmp_path_factory.mktemp("vault"))
    return import_client(os.path.join(ROOT, "schemas", "vault.yaml"), folder, "vault")


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/tour.yaml."""
    folder = str(tmp_path_factory.mktemp("tour"))
    return import_client(os.path.join(ROOT, "schemas", "tour.yaml"), folder, "tour")
