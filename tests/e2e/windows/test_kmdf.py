"""Generated KMDF drivers in Wine, over a test double of the framework: what is asked of the WDM drivers, with the same handlers.

The expectations are those of the WDM tests, the suites of vault and tour; tests/e2e/differential sends hostile calls.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.windows import test_tour, test_vault
from tests.suites.tour_model import TOUR_REFUSALS
from tests.support.generated import ROOT, build, compile_generated_driver
from tests.support.kmdf import compile_kmdf_driver
from tests.support.wine import Prefix, WineError

COMPILERS = ("mingw-gcc", "clang")
NAMES = ("vault", "tour")
AUTHORS = {name: os.path.join(ROOT, "examples", name, "driver") for name in NAMES}
SCHEMAS = {name: os.path.join(ROOT, "schemas", f"{name}.yaml") for name in NAMES}
TRACES = {
    "vault": [],
    "tour": [
        *(f"kgen: refused: {trace}" for trace in TOUR_REFUSALS),
    ],
}


class Drivers:
    """The generated folders, and a driver of each for each compiler that is asked for."""

    def __init__(self, folder: str) -> None:
        self.generated = {name: build(SCHEMAS[name], folder, ["kmdf", "python"]) for name in NAMES}
        self.made: dict[tuple[str, str], str] = {}

    def get(self, name: str, compiler: str) -> str:
        if (name, compiler) not in self.made:
            folder = self.generated[name]
            self.made[name, compiler] = compile_kmdf_driver(
                folder, AUTHORS[name], f"{folder}.{compiler}.sys", compiler
            )
        return self.made[name, compiler]

    def client(self, name: str) -> str:
        return os.path.join(self.generated[name], "python")


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Drivers:
    return Drivers(str(tmp_path_factory.mktemp("kmdf")))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", NAMES)
def test_suite(wine: Prefix, drivers: Drivers, name: str, compiler: str) -> None:
    """Every ioctl and every declared error, through the generated Python client."""
    suite = os.path.join(ROOT, "tests", "suites", f"{name}_suite.py")
    start = len(wine.debug_lines())
    with wine.driver(drivers.get(name, compiler), name):
        ran = wine.python(suite, path=[drivers.client(name)], check=False)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures)
    assert ran.returncode == 0, ran.stderr
    assert len(results) >= 16
    created, *lines, unloaded = wine.debug_lines(start)
    assert re.fullmatch(
        r"kgshim: device type \w+ characteristics 00000100 exclusive 0 sddl \S+ status 00000000",
        created,
    )
    assert lines == TRACES[name]
    assert unloaded == test_vault.UNLOADED


def test_bad_pointers_of_method_neither_harm_nobody(wine: Prefix, drivers: Drivers) -> None:
    """As far as Wine goes: it hands copies to the driver, and refuses what it cannot copy itself."""
    with wine.driver(drivers.get("tour", "clang"), "tour"):
        ran = wine.python("-c", test_tour.BAD_POINTERS, path=[drivers.client("tour")])
    assert ran.stdout == "ereh llits\n"


def test_without_memory_a_call_fails_and_nothing_is_lost(wine: Prefix, drivers: Drivers) -> None:
    code = """
import struct
FAIL_NEXT = struct.pack("=II", 1, 0)
with Vault.open() as device:
    state = bytearray(12)
    blocks = []
    for _ in range(2):
        device.raw(0x4B473FF8, None, state)
        blocks.append(struct.unpack("=III", state)[1])
        device.raw(0x4B473FF8, FAIL_NEXT, None)
        try:
            seal(device, "large", Lifetime.ONCE, bytes(1000))
        except NoMemoryError as error:
            print(error.ntstatus == 0xC000009A)
    print(blocks[0] == blocks[1])
    print(seal(device, "large", Lifetime.ONCE, bytes(1000)))
    device.raw(0x4B473FF8, FAIL_NEXT, None)
    try:
        Vault.open()
    except IncompatibleDriverError as error:
        print("Failure(1450" in str(error))
    print(device.get_status().used)
"""
    start = len(wine.debug_lines())
    with wine.driver(drivers.get("vault", "clang"), "vault"):
        answers = test_vault.client(wine, drivers.client("vault"), code)
    assert answers == ["True", "True", "True", "SealReply(slot=0)", "True", "1"]
    assert wine.debug_lines(start)[-1] == test_vault.UNLOADED


TWO_INTERFACES = """
static const struct kgen_kmdf_interface *const interfaces[] = {
    &tour_kmdf,
    &vault_kmdf,
};
"""


def test_start_that_fails_leaves_nothing(wine: Prefix, drivers: Drivers, tmp_path: Path) -> None:
    """The second of two interfaces does not start: the first is undone, and its device never opened."""
    author = tmp_path / "author"
    shutil.copytree(AUTHORS["vault"], author)
    for path in Path(AUTHORS["tour"]).glob("tour_[hs]*"):
        shutil.copy(path, author)
    handlers = author / "vault_handlers.c"
    text = handlers.read_text(encoding="utf-8")
    hook = r"(vault_status vault_hook_start\(.*?)return VAULT_OK;"
    changed, found = re.subn(hook, r"\1return VAULT_E_NO_SPACE;", text, count=1, flags=re.S)
    assert found == 1
    handlers.write_text(changed, encoding="utf-8")
    skeleton = Path(drivers.generated["vault"], "driver", "vault_kmdf_driver.c").read_text(
        encoding="utf-8"
    )
    entry, found = re.subn(
        r"static const struct.*?};\n", TWO_INTERFACES.lstrip(), skeleton, count=1, flags=re.S
    )
    assert found == 1
    entry = entry.replace('"vault_kmdf.h"', '"vault_kmdf.h"\n#include "tour_kmdf.h"')
    (author / "vault_kmdf_driver.c").write_text(entry, encoding="utf-8")
    both = tmp_path / "both"
    for name in NAMES:
        shutil.copytree(drivers.generated[name], both, dirs_exist_ok=True)
    failing = compile_kmdf_driver(str(both), str(author), str(tmp_path / "both.sys"), "clang")
    handlers.write_text(text, encoding="utf-8")
    working = compile_kmdf_driver(str(both), str(author), str(tmp_path / "works.sys"), "clang")

    start = len(wine.debug_lines())
    with pytest.raises(WineError, match="StartService: error 112"):
        wine.load_driver(failing, "both")
    assert [line for line in wine.debug_lines(start) if "violation" in line] == []
    look = "import tour, vault\nprint(tour.Tour.open().get_level(), vault.Vault.open().get_status().used)"
    with wine.driver(working, "both"):
        ran = wine.python("-c", look, path=[drivers.client(name) for name in NAMES])
    assert ran.stdout == "0 0\n"
    assert wine.debug_lines(start)[-1] == test_vault.UNLOADED


def test_hooks_come_alike_under_both_frameworks(
    wine: Prefix, drivers: Drivers, tmp_path: Path
) -> None:
    """The same handlers, which call the kernel: each hook, and the code of each request, by DbgPrint."""
    author = tmp_path / "author"
    shutil.copytree(AUTHORS["vault"], author)
    path = author / "vault_handlers.c"
    text, hooks = re.subn(
        r"(vault_hook_(\w+)\([^)]*\)\n\{\n)",
        r'\1    DbgPrint("hook: \2\\n");\n',
        path.read_text(encoding="utf-8"),
    )
    text, handlers = re.subn(
        r"(vault_on_get_status\([^)]*\)\n\{\n)",
        r'\1    DbgPrint("hook: %x\\n", (unsigned)IoGetCurrentIrpStackLocation(vault_irp(call))'
        r"->Parameters.DeviceIoControl.IoControlCode);\n",
        text,
    )
    assert (hooks, handlers) == (5, 1)
    path.write_text('#include "vault_windows.h"\n' + text, encoding="utf-8")
    wdm = build(SCHEMAS["vault"], str(tmp_path), ["wdm"])
    made = [
        compile_generated_driver(wdm, str(author), str(tmp_path / "wdm.sys"), "clang"),
        compile_kmdf_driver(
            drivers.generated["vault"], str(author), str(tmp_path / "kmdf.sys"), "clang"
        ),
    ]
    use = "with Vault.open() as device:\n    code = ioctls.GET_STATUS.windows\n"
    use += "    device.get_status()\n    print(f'{code:x}')"
    for driver in made:
        start = len(wine.debug_lines())
        with wine.driver(driver, "vault"):
            (code,) = test_vault.client(
                wine, drivers.client("vault"), "from vault import ioctls\n" + use
            )
        said = [line.removeprefix("hook: ") for line in wine.debug_lines(start)]
        assert said == [
            test_vault.CREATED, "start", "open", code, "cleanup", "close", "stop", test_vault.UNLOADED,
        ]  # fmt: skip
