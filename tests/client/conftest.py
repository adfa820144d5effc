"""The clients of the example schemas, generated once per test process."""

from __future__ import annotations

import os
from types import ModuleType

import pytest

from tests.client.build import ROOT, import_client


def imported(name: str, tmp_path_factory: pytest.TempPathFactory, *parts: str) -> ModuleType:
    folder = str(tmp_path_factory.mktemp(name))
    return import_client(os.path.join(ROOT, *parts, f"{name}.yaml"), folder, name)


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/vault.yaml."""
    return imported("vault", tmp_path_factory, "schemas")


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/tour.yaml."""
    return imported("tour", tmp_path_factory, "schemas")


@pytest.fixture(scope="session")
def sensor(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/sensor.yaml, a Plug and Play device."""
    return imported("sensor", tmp_path_factory, "schemas")


@pytest.fixture(scope="session")
def mountmgr(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/mountmgr.yaml, a driver that exists."""
    return imported("mountmgr", tmp_path_factory, "schemas")


@pytest.fixture(scope="session")
def odds(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package generated from schemas/odds.yaml beside this file."""
    return imported("odds", tmp_path_factory, "tests", "client", "schemas")
