"""Numbers to which a parameter is added, in both clients and in the header."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgen.cli import main
from tests.client.build import import_client
from tests.client.test_linux_transport import Kernel
from tests.support.generated import build, inspected
from tests.support.tools import find_tool

EVENTS = """
kgen: 1
interface: events
external: true
targets: [header, python]
linux: {node: input/event0, magic: 0x45}
structs:
  absinfo:
    layout: native
    fields: {value: s32, minimum: s32, maximum: s32, fuzz: s32, flat: s32, resolution: s32}
ioctls:
  get_abs: {nr: {base: 0x40, by: axis, max: 0x3f}, out: absinfo, c_name: OUR_EVIOCGABS}
  set_abs: {nr: {base: 0xc0, by: request, max: 0x3f}, in: absinfo, c_name: OUR_EVIOCSABS}
"""
REST = """  get_bit:
    nr: {base: 0x20, by: type, max: 0x1f}
    out: {bits: "u8[..96] rest"}
    returns: length
    coded: {size: buffer}
    c_name: OUR_EVIOCGBIT
  transfer: {nr: 1, in: {parts: "u64[..4] rest"}, coded: {size: buffer}}
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parameters") / "events.yaml"
    path.write_text(EVENTS + REST, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def events(schema: Path) -> Any:
    return import_client(str(schema), str(schema.parent / "client"), "events")


class Numbers(Kernel):
    """Remembers the numbers, and fills what they say the size of."""

    def __init__(self, ffi: Any) -> None:
        super().__init__(ffi)
        self.numbers: list[int] = []

    def ioctl(self, file: int, number: Any, argument: Any) -> int:
        self.numbers.append(int(number))
        size = int(number) >> 16 & 0x3FFF
        if int(number) >> 30 == 2:
            self.ffi.memmove(argument, b"\7" * 4, min(4, size))
        return 4


@pytest.fixture
def kernel(events: Any) -> Iterator[Numbers]:
    linux: Any = __import__("events._runtime.linux", fromlist=["linux"])
    before, linux._libc = linux._libc, Numbers(linux.ffi)
    yield linux._libc
    linux._libc = before


def info(events: Any) -> Any:
    names = ("value", "minimum", "maximum", "fuzz", "flat", "resolution")
    return events.Absinfo(**dict.fromkeys(names, 0))


def test_the_python_client_adds_it(events: Any, kernel: Numbers) -> None:
    with events.Events.open("/dev/null") as device:
        assert device.get_abs(axis=2).value == 0x07070707
        assert device.get_abs(0x3F).value == 0x07070707
        device.set_abs(1, info(events))
        assert bytes(device.get_bit(type=3).bits) == b"\7\7\7\7"
        device.transfer(parts=[1, 2, 3])
        device.transfer(parts=[])
    assert kernel.numbers == [
        0x80184542, 0x8018457F, 0x401845C1, 0x80604523, 0x40184501, 0x40004501,
    ]  # fmt: skip


def test_what_is_beyond_is_refused(events: Any, kernel: Numbers) -> None:
    with events.Events.open("/dev/null") as device:
        for wrong in (-1, 0x40, True, "2", None):
            with pytest.raises(events.ValidationError, match=r"get_abs\.axis"):
                device.get_abs(axis=wrong)
    assert kernel.numbers == []


def test_a_request_does_not_tell_it(events: Any, kernel: Numbers) -> None:
    with events.Events.open("/dev/null") as device, pytest.raises(events.ValidationError):
        device.call(info(events))


def test_kgen_call_takes_it_as_a_value(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["call", str(schema), "get_abs", "--device", "/dev/null"]
    assert main([*call, "--json", '{"axis": 3}']) == 1
    assert "UnknownCodeError" in capsys.readouterr().err  # /dev/null has none
    assert main([*call, "--json", "{}"]) == 2
    assert "get_abs.axis: is missing" in capsys.readouterr().err
    assert main([*call, "--json", '{"axis": 64}']) == 2
    assert "get_abs.axis: 64 is not in 0..63" in capsys.readouterr().err


PROGRAM = """
#include <stdarg.h>
#include <stdio.h>
#include "events_client.h"
#include <linux/input.h>

KGEN_STATIC_ASSERT(OUR_EVIOCGABS(5) == EVIOCGABS(5), "get");
KGEN_STATIC_ASSERT(OUR_EVIOCSABS(5) == EVIOCSABS(5), "set");

int __wrap_ioctl(int file, unsigned long number, ...);
int __wrap_ioctl(int file, unsigned long number, ...)
{
    (void)file;
    printf("%lx\\n", number);
    return 0;
}

int main(void)
{
    struct events_client client = {0};
    struct events_absinfo info = {0};

    if (events_get_abs(&client, 5, &info) != EVENTS_OK)
        return 1;
    if (events_set_abs(&client, 0x3F, &info) != EVENTS_OK)
        return 2;
    if (events_get_abs(&client, 0x40, &info) != EVENTS_E_INVALID)
        return 3;
    return 0;
}
"""


def test_the_c_client_and_the_header_have_it(tmp_path: Path) -> None:
    schema = tmp_path / "events.yaml"
    schema.write_text(EVENTS, encoding="utf-8")
    generated = build(str(schema), str(tmp_path), ["c"])
    source, program = tmp_path / "calls.c", str(tmp_path / "calls")
    source.write_text(PROGRAM, encoding="ascii")
    for bits in ("-m64", "-m32"):
        subprocess.run(
            [find_tool("gcc", "gcc"), bits, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wconversion",
             f"-I{generated}/c", f"-I{generated}/include", str(source), "-Wl,--wrap=ioctl", "-o", program],
            check=True,
        )  # fmt: skip
        done = subprocess.run([program], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["80184545", "401845ff"]


def test_inspect_tells_it(schema: Path) -> None:
    ioctl = inspected(str(schema))["ioctls"][0]
    assert ioctl["codes"]["linux"] == 0x80184540
    assert ioctl["calling"]["parameter"] == {"name": "axis", "maximum": 0x3F}
