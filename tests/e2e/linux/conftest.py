"""Tests in this folder build modules for real kernels, and run them in guests."""

from __future__ import annotations

import os

import pytest

from tests.support.fixtures import guest, guests
from tests.support.generated import ROOT, build
from tests.support.guest import Guest
from tests.support.kernel_modules import build_module

__all__ = ["guest", "guests"]

AUTHOR = os.path.join(ROOT, "examples", "vault", "driver")


@pytest.fixture(scope="session")
def vault_generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What kgen makes of the vault, in a folder that the guests see."""
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    return build(schema, str(tmp_path_factory.mktemp("vault")))


@pytest.fixture
def vault_module(vault_generated: str, guest: Guest) -> str:
    """The module for the guest's kernel, with the handlers of the example; built once per process."""
    folder = os.path.join(vault_generated, f"build-{guest.series}")
    module = os.path.join(folder, "vault.ko")
    if not os.path.isfile(module):
        build_module(vault_generated, guest.kernel.release, folder, AUTHOR)
    return module
