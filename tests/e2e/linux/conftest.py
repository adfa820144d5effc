"""Tests in this folder build modules for real kernels, and run them in guests."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

import pytest

from tests.support.fixtures import guest, guests
from tests.support.generated import ROOT, build
from tests.support.guest import Guest, Result
from tests.support.kernel_modules import build_module
from tests.support.linux_calls import BITS
from tests.support.python32 import python32

__all__ = ["guest", "guests"]

Built = Callable[[str], str]


class Python(Protocol):
    """Runs a script in the guest; what it imports is in the folders of `path`."""

    def __call__(self, *args: str, path: list[str]) -> Result: ...


@pytest.fixture(params=BITS)
def python(request: pytest.FixtureRequest, guest: Guest) -> Python:
    """This interpreter, and then a 32-bit one, whose calls arrive at compat_ioctl."""

    def run(*args: str, path: list[str]) -> Result:
        if request.param == 64:
            return guest.python(*args, path=path, check=False)
        return guest.run(python32(), *args, check=False, env={"PYTHONPATH": os.pathsep.join(path)})

    return run


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What kgen makes of an example, by its name, in a folder that the guests see."""
    known: dict[str, str] = {}

    def get(name: str) -> str:
        if name not in known:
            schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
            known[name] = build(schema, str(tmp_path_factory.mktemp(name)))
        return known[name]

    return get


@pytest.fixture
def module(generated: Built, guest: Guest) -> Built:
    """An example's module for the guest's kernel, with the handlers of the example; built once per process."""

    def get(name: str) -> str:
        folder = os.path.join(generated(name), f"build-{guest.series}")
        path = os.path.join(folder, f"{name}.ko")
        if not os.path.isfile(path):
            author = os.path.join(ROOT, "examples", name, "driver")
            build_module(generated(name), guest.kernel.release, folder, author)
        return path

    return get
