"""The simulator as a DLL, in Windows CPython (in Wine): handlers in C, and handlers in Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.simulator.conftest import RUNNER, Simulated, run
from tests.e2e.simulator.test_c_handlers import TOUR_REFUSALS, written_checks
from tests.e2e.simulator.test_python_handlers import EXAMPLE, HEAD, VAULT
from tests.support.compilers import COMPILERS
from tests.support.tools import find_tool
from tests.support.wine import Prefix, windows_path

MINGW = COMPILERS["mingw-gcc"]


def made(simulated: Simulated) -> Path:
    """The library of handlers in C, as `make` on Windows leaves it."""
    compiler = find_tool(MINGW.cc, MINGW.package)
    simulated.library("all", OS="Windows_NT", CC=compiler, BUILD="build-windows")
    return simulated.folder / "sim" / "build-windows" / f"{simulated.name}.dll"


CHECKS = {
    "vault": ("vault_suite.py", "vault_client_checks.py", "vault_driver_checks.py"),
    "tour": ("tour_suite.py",),
}


@pytest.fixture(scope="module")
def forward(vault: Simulated) -> str:
    """The library that needs handlers, compiled here by the flags that the package uses where there is a compiler."""
    folder = vault.folder / "python" / "vault" / "_simulator"
    library = vault.folder / "forward.dll"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    run([
        find_tool(MINGW.cc, MINGW.package), "-std=c11", "-O2", "-g", "-fvisibility=hidden", "-shared", "-static",
        f"-I{folder}", "-o", str(library), *sources,
    ])  # fmt: skip
    return windows_path(str(library))


def suite(wine: Prefix, simulated: Simulated, *arguments: str) -> list[str]:
    """Run the suite of an interface, see that every check passed, and return what the driver traced."""
    path = [simulated.package, EXAMPLE]
    ran = wine.python(RUNNER, simulated.name, *arguments, path=path, check=False)
    assert ran.stdout, ran.stderr
    *results, last = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures)
    assert {one["check"] for one in results} == written_checks(*CHECKS[simulated.name])
    refusals: list[str] = last["refusals"]
    return refusals


def test_suite_of_the_vault(wine: Prefix, vault: Simulated) -> None:
    assert suite(wine, vault, "--library", windows_path(str(made(vault)))) == []


def test_suite_of_the_tour(wine: Prefix, tour: Simulated) -> None:
    assert suite(wine, tour, "--library", windows_path(str(made(tour)))) == TOUR_REFUSALS


def test_suite_with_handlers_in_python(wine: Prefix, vault: Simulated, forward: str) -> None:
    assert suite(wine, vault, *VAULT, "--library", forward) == []


def test_errors_are_those_of_windows(wine: Prefix, vault: Simulated, forward: str) -> None:
    code = f"""
class Locked(Handlers):
    def hook_open(self, open):
        raise AccessDeniedError

print(refused(lambda: Vault.simulate(Locked(), library={forward!r})))
print(refused(lambda: Vault.simulate(Handlers())).partition(". ")[0])
"""
    said = wine.python("-c", HEAD + code, path=[vault.package]).stdout.splitlines()
    assert said == [
        r"PermissionError: [WinError 5] The caller may not do this: '\\\\.\\Vault'",
        "SimulatorError: no C compiler: cc, gcc, clang not found",
    ]
