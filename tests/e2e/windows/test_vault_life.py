"""The life of a generated driver: starts that fail, opens that are refused, and several interfaces in one driver."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.generated import ROOT, build, compile_generated_driver, driver_sources
from tests.support.toolchain import compile_driver
from tests.support.wine import Prefix, WineError

SCHEMAS = os.path.join(ROOT, "schemas")
AUTHORS = {name: os.path.join(ROOT, "examples", name, "driver") for name in ("vault", "tour")}
HANDLERS = "vault_handlers.c"

TWO_INTERFACES = """
#include "vault_wdm.h"
#include "tour_wdm.h"

static const struct kgen_wdm_interface *const interfaces[] = {&vault_wdm, &tour_wdm};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    return kgen_wdm_start(driver, interfaces, 2);
}
"""

STATUS = "from vault import *\nprint(Vault.open().get_status().used)"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(os.path.join(SCHEMAS, "vault.yaml"), str(tmp_path_factory.mktemp("vault")))


@pytest.fixture(scope="module")
def driver(generated: str) -> str:
    return compile_generated_driver(generated, AUTHORS["vault"], f"{generated}.sys", "mingw-gcc")


@pytest.fixture
def changed(generated: str, tmp_path: Path) -> Callable[[str, str], str]:
    """`changed(hook, status)` is the driver with a hook that returns this status at its end."""

    def make(hook: str, status: str) -> str:
        author = tmp_path / "author"
        shutil.copytree(AUTHORS["vault"], author)
        path = author / HANDLERS
        body = rf"(vault_status {hook}\(.*?)return VAULT_OK;"
        text, found = re.subn(
            body, rf"\1return {status};", path.read_text(encoding="utf-8"), count=1, flags=re.S
        )
        assert found == 1
        path.write_text(text, encoding="utf-8")
        return compile_generated_driver(
            generated, str(author), str(tmp_path / "changed.sys"), "clang"
        )

    return make


def used(wine: Prefix, generated: str) -> str:
    return wine.python("-c", STATUS, path=[os.path.join(generated, "python")]).stdout


def test_start_that_fails_leaves_nothing(
    wine: Prefix, generated: str, driver: str, changed: Callable[[str, str], str]
) -> None:
    start = len(wine.debug_lines())
    with pytest.raises(WineError, match="StartService: error 112"):
        wine.load_driver(changed("vault_hook_start", "VAULT_E_NO_SPACE"), "vault")
    assert [line for line in wine.debug_lines(start) if "violation" in line] == []
    with wine.driver(driver, "vault"):
        assert used(wine, generated) == "0\n"


def test_second_driver_of_the_same_name_does_not_start(
    wine: Prefix, generated: str, driver: str
) -> None:
    start = len(wine.debug_lines())
    with wine.driver(driver, "vault"):
        with pytest.raises(WineError, match="StartService: error 183"):
            wine.load_driver(driver, "vault2")
        assert used(wine, generated) == "0\n"
    assert wine.debug_lines(start)[-1] == "kgshim: unloaded, 0 violations"
    assert [line for line in wine.debug_lines(start) if "violation:" in line] == []


def test_open_that_the_author_refuses(
    wine: Prefix, generated: str, changed: Callable[[str, str], str]
) -> None:
    """Wine opens the handle all the same; the shim lets every call on it fail with the driver's status."""
    code = """
from vault import *
try:
    Vault.open()
except IncompatibleDriverError as error:
    print("Failure(112" in str(error))
"""
    start = len(wine.debug_lines())
    with wine.driver(changed("vault_hook_open", "VAULT_E_NO_SPACE"), "vault"):
        ran = wine.python("-c", code, path=[os.path.join(generated, "python")])
    assert ran.stdout == "True\n"
    assert "kgshim: create failed with c000007f" in wine.debug_lines(start)


def test_exclusive_device_has_one_open(wine: Prefix, tmp_path: Path) -> None:
    text = Path(SCHEMAS, "vault.yaml").read_text(encoding="utf-8")
    schema = tmp_path / "vault.yaml"
    schema.write_text(
        text.replace("sddl: admins}", "sddl: admins, exclusive: true}", 1), encoding="utf-8"
    )
    folder = build(str(schema), str(tmp_path))
    driver = compile_generated_driver(
        folder, AUTHORS["vault"], str(tmp_path / "exclusive.sys"), "clang"
    )
    code = """
from vault import *
with Vault.open() as device:
    try:
        Vault.open()
    except IncompatibleDriverError as error:
        print("Failure(5" in str(error))
    print(device.get_status().used)
with Vault.open() as device:
    print(device.get_status().used)
"""
    start = len(wine.debug_lines())
    with wine.driver(driver, "vault"):
        ran = wine.python("-c", code, path=[os.path.join(folder, "python")])
    assert ran.stdout == "True\n0\n0\n"
    assert " exclusive 1 sddl " in wine.debug_lines(start)[0]


@pytest.mark.parametrize("compiler", ["mingw-gcc", "clang"])
def test_one_driver_carries_two_interfaces(wine: Prefix, tmp_path: Path, compiler: str) -> None:
    """Each with a device, state and handlers of its own; the files that are the same are compiled once."""
    parts = {}
    for name, author in AUTHORS.items():
        folder = build(os.path.join(SCHEMAS, f"{name}.yaml"), str(tmp_path))
        parts[name] = driver_sources(folder, author)
    entry = tmp_path / "entry.c"
    entry.write_text(TWO_INTERFACES, encoding="ascii")
    own = {f"{name}_driver.c" for name in AUTHORS}
    sources = {
        os.path.basename(path): path
        for found, _, _ in parts.values()
        for path in found
        if os.path.basename(path) not in own
    }
    seh = [path for _, found, _ in parts.values() for path in found]
    folders = [folder for _, _, found in parts.values() for folder in found]
    driver = compile_driver(
        [*sources.values(), str(entry)], str(tmp_path / "two.sys"), compiler, folders, seh
    )

    code = """
import tour, vault
with vault.Vault.open() as first, tour.Tour.open() as second:
    first.seal(lifetime=vault.Lifetime.SESSION, flags=vault.SealFlags(0), key=bytes(16), label="x", secret=b"1")
    second.set_level(7)
    print(first.get_status().used, second.get_level())
    print(first.raw("list", b"abc", bytearray(8))[0], second.raw(vault.ioctls.LIST.windows, bytes(4), bytearray(8))[0])
with vault.Vault.open() as first, tour.Tour.open() as second:
    print(first.get_status().used, second.get_level())
"""
    start = len(wine.debug_lines())
    with wine.driver(driver, "two"):
        ran = wine.python(
            "-c",
            "import vault.ioctls\n" + code,
            path=[str(tmp_path / name / "python") for name in AUTHORS],
        )
    assert ran.stdout.splitlines() == [
        "1 7",
        "Failure(24, 0xC0000004) Failure(1, 0xC0000010)",
        "0 7",
    ]
    lines = wine.debug_lines(start)
    assert [line.split()[3] for line in lines if line.startswith("kgshim: device type")] == [
        "8a17",
        "9000",
    ]
    assert [line for line in lines if line.startswith("kgen: ")] == [
        "kgen: refused: vault.list: length",
        "kgen: refused: tour: code",
    ]
    assert lines[-1] == "kgshim: unloaded, 0 violations"
