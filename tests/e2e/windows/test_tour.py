"""The tour on Windows: every construct of the language and every transfer method, in Wine and Windows CPython."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.suites.tour_model import TOUR_REFUSALS
from tests.support.generated import ROOT, build, compile_generated_driver
from tests.support.wine import Prefix

SCHEMA = os.path.join(ROOT, "schemas", "tour.yaml")
SUITE = os.path.join(ROOT, "tests", "suites", "tour_suite.py")
AUTHOR = os.path.join(ROOT, "examples", "tour", "driver")
SEH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seh_driver")
COMPILERS = ("mingw-gcc", "clang")

BAD_POINTERS = """
import ctypes, struct, sys
from tour import Tour, ioctls
control = ctypes.WinDLL("kernel32", use_last_error=True).DeviceIoControl
control.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p,
                    ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p]
with Tour.open() as device:
    transport = device.transport
    from tour._runtime.windows import ffi
    handle = int(ffi.cast("uintptr_t", transport._handle))
    good = struct.pack("<III", 1, 2, 0)
    reply = ctypes.create_string_buffer(76)
    done = ctypes.c_uint32(0)
    for request, out in ((8, reply), (None, reply), (good, 8), (good, None), (0x7FFFFFFF0000, reply), (good, 0x7FFFFFFF0000)):
        ctypes.set_last_error(0)
        control(handle, ioctls.NEITHER.windows, request, 12, out, 76, ctypes.byref(done), None)
    print(device.neither(first=1, second=2, more=b"still here").more.decode())
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(SCHEMA, str(tmp_path_factory.mktemp("tour")))


@pytest.fixture(scope="module", params=COMPILERS)
def driver(generated: str, request: pytest.FixtureRequest) -> str:
    return compile_generated_driver(
        generated, AUTHOR, f"{generated}.{request.param}.sys", request.param
    )


def test_suite_of_the_tour(wine: Prefix, generated: str, driver: str) -> None:
    start = len(wine.debug_lines())
    with wine.driver(driver, "tour"):
        ran = wine.python(SUITE, path=[os.path.join(generated, "python")], check=False)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures)
    assert ran.returncode == 0, ran.stderr
    text = Path(SUITE).read_text(encoding="utf-8")
    assert [one["check"] for one in results] == re.findall(r"^@check\ndef (\w+)", text, re.M)

    # The driver's broken contracts, and the newer caller's message, are all that the boundary stopped.
    created, *lines, unloaded = wine.debug_lines(start)
    assert created.endswith(
        "exclusive 0 sddl D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGW;;;BU) status 00000000"
    )
    assert unloaded == "kgshim: unloaded, 0 violations"
    assert lines == [f"kgen: refused: {line}" for line in TOUR_REFUSALS]


def test_bad_pointers_of_method_neither_harm_nobody(
    wine: Prefix, generated: str, driver: str
) -> None:
    """As far as Wine goes: it hands copies to the driver, and refuses what it cannot copy itself."""
    with wine.driver(driver, "tour"):
        ran = wine.python("-c", BAD_POINTERS, path=[os.path.join(generated, "python")])
    assert ran.stdout == "ereh llits\n"


@pytest.mark.parametrize("compiler", COMPILERS)
def test_faults_of_the_callers_memory_are_caught(
    wine: Prefix, generated: str, compiler: str, tmp_path: Path
) -> None:
    """The one file with `__try`, with addresses that Wine never hands to a driver."""
    author = shutil.copytree(AUTHOR, tmp_path / "author")
    shutil.copytree(SEH, author, dirs_exist_ok=True)
    driver = compile_generated_driver(generated, str(author), str(tmp_path / "seh.sys"), compiler)
    start = len(wine.debug_lines())
    with wine.driver(driver, "tour"):
        lines = wine.debug_lines(start)
    said = [line.removeprefix("seh: ") for line in lines if line.startswith("seh: ")]
    faults = [
        "in, null", "in, first page", "in, beyond user space", "in, into it", "in, wraps", "out, null",
        "out, read-only", "out, beyond user space", "out, wraps", "probe, null", "probe, read-only",
        "probe, beyond user space",
    ]  # fmt: skip
    good = [
        "in, odd address",
        "out, odd address",
        "out, a driver",
        "probe, odd address",
        "probe, a driver",
    ]
    assert sorted(said) == sorted(
        [
            *(f"{name}: c0000005" for name in faults),
            *(f"{name}: 00000000" for name in good),
            "here is now herthethe",
        ]
    )
