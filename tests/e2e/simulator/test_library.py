"""The library itself: every compiler, without warnings; what only C can ask of it; exclusive devices."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.simulator.conftest import SANITIZE, Simulated, run
from tests.support.generated import ROOT, build
from tests.support.toolchain import compile_command, compile_object, run_tool

HERE = Path(__file__).parent
AUTHOR = os.path.join(ROOT, "examples", "tour", "driver")
COMPILERS = ("gcc", "gcc-m32", "clang-linux", "mingw-gcc", "mingw-gcc-x86")


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_file_compiles_without_a_warning(
    tour: Simulated, tmp_path: Path, compiler: str
) -> None:
    folder = tour.folder
    own = [folder / part for part in ("sim", "core", "include")]
    for path in (folder / "sim").glob("*.c"):
        out = str(tmp_path / f"{path.name}.o")
        compile_object(str(path), out, compiler, [AUTHOR, *map(str, own)])
    package = folder / "python" / "tour" / "_simulator"
    for path in package.glob("*.c"):
        out = str(tmp_path / f"forward-{path.name}.o")
        compile_object(str(path), out, compiler, [str(package)])
    assert len(list(tmp_path.iterdir())) == 3 + 6


@pytest.mark.parametrize("compiler", ["gcc", "clang-linux"])
def test_a_program_in_c(tour: Simulated, tmp_path: Path, compiler: str) -> None:
    """Linked together, with leaks counted as well."""
    folder = tour.folder
    sources = [HERE / "machine.c", folder / "core" / "tour_core.c", *(folder / "sim").glob("*.c")]
    includes = [AUTHOR, *(str(folder / part) for part in ("sim", "core", "include"))]
    program = str(tmp_path / "machine")
    command = compile_command(
        compiler, [*map(str, sources), f"{AUTHOR}/tour_handlers.c"], includes,
        flags=[*SANITIZE.split(), "-pthread"],
    )  # fmt: skip
    run_tool([*command, "-o", program])
    fault = "c0000005 998, 0 bytes"
    assert run([program]).splitlines() == [
        "good: 00000000 0, 12 bytes",
        f"in, null: {fault}",
        f"in, of the kernel: {fault}",
        f"in, wraps: {fault}",
        f"out, null: {fault}",
        f"out, of the kernel: {fault}",
        "kernel, good: 00000000 0, 12 bytes",
        f"kernel, in, null: {fault}",
        "nothing either way: 00000000 0, 0 bytes",
        "no such code: c0000010 1, 0 bytes, tour: code",
        "too long: c0000004 24, 0 bytes, tour.set_level: length",
    ]


def test_an_exclusive_device_opens_once(tmp_path: Path) -> None:
    text = Path(ROOT, "schemas", "vault.yaml").read_text(encoding="utf-8")
    schema = tmp_path / "vault.yaml"
    schema.write_text(text.replace("sddl: admins}", "sddl: admins, exclusive: true}"), "utf-8")
    vault = Simulated("vault", Path(build(str(schema), str(tmp_path), ["sim"])), "")
    code = """
from vault.simulator import *
with VaultSimulator(VaultHandlers()) as simulator:
    simulator.open(access="none").close()
    with simulator.open(access="none"):
        try:
            simulator.open(access="none")
        except PermissionError as error:
            print(error)
    simulator.open(access="none").close()
"""
    assert (
        vault.start("-c", code) == "[Errno 13] The caller may not do this: '\\\\\\\\.\\\\Vault'\n"
    )


def test_the_declarations_of_the_package_are_those_of_the_header() -> None:
    """What cffi is told of the structs, word by word."""
    header = Path(ROOT, "templates", "runtime", "kgen_sim.h").read_text(encoding="utf-8")
    told = Path(ROOT, "templates", "runtime", "python", "library.py").read_text(encoding="utf-8")
    for name in ("caller", "request", "message"):
        fields = [body(text, name) for text in (header, told)]
        assert fields[0] == fields[1], name
        assert len(fields[0]) >= 3


def body(text: str, name: str) -> list[str]:
    """The fields of a struct, without their comments."""
    inner = text.partition(f"struct kgen_sim_{name} {{")[2].partition("}")[0]
    plain = re.sub(r"/\*.*?\*/", "", inner, flags=re.S)
    return [" ".join(field.split()) for field in plain.split(";") if field.strip()]


def test_a_wheel_brings_what_its_simulator_is_made_of(vault: Simulated, tmp_path: Path) -> None:
    program = "import os, sys; os.chdir(sys.argv[1]); from hatchling.build import build_wheel; print(build_wheel(sys.argv[2]))"
    name = run([sys.executable, "-c", program, vault.package, str(tmp_path)]).split()[-1]
    with zipfile.ZipFile(tmp_path / name) as wheel:
        wheel.extractall(tmp_path / "installed")
    code = "import vault; from vault.simulator import *; print(vault.__file__); vault.Vault.simulate(VaultHandlers())"
    said = vault.start("-c", code, PYTHONPATH=str(tmp_path / "installed"))
    assert said.startswith(str(tmp_path / "installed"))


def test_a_package_without_a_simulator_says_so(tmp_path: Path) -> None:
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    vault = Simulated("vault", Path(build(schema, str(tmp_path), ["python"])), "")
    code = """
from vault import Vault
try:
    Vault.simulate(object())
except NotImplementedError as error:
    print(error)
"""
    assert vault.start("-c", code) == (
        "this package has no simulator: add `sim` to the targets of vault's schema, and run `kgen build`\n"
    )
