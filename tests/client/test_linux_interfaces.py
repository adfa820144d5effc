"""The schemas of what Linux has: codes, values and layouts against the system's own headers; what a client does."""

from __future__ import annotations

import errno
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.client.build import ROOT, import_client
from tests.client.test_linux_transport import Kernel
from tests.support.generated import inspected
from tests.support.tools import find_tool

NAMES = ("loop", "watchdog", "uinput")
CODES = {"loop": r"LOOP_[A-Z0-9_]+", "watchdog": r"WDIOC_[A-Z]+", "uinput": r"UI_[A-Z_]+"}
NO_CODES = {
    "LOOP_SET_STATUS_SETTABLE_FLAGS", "LOOP_SET_STATUS_CLEARABLE_FLAGS", "LOOP_CONFIGURE_SETTABLE_FLAGS",
    "UI_FF_UPLOAD", "UI_FF_ERASE",
}  # fmt: skip
ABIS = {"linux-x86_64": (), "linux-i386": ("-m32",)}


def path_of(name: str) -> str:
    return os.path.join(ROOT, "schemas", "linux", f"{name}.yaml")


# Against the headers


def facts(document: dict[str, Any], abi: str) -> dict[str, int]:
    """What the schema says, by the C expression that says it."""
    found: dict[str, int] = {}
    for ioctl in document["ioctls"]:
        codes = ioctl["codes"]
        parameter = "(0)" if (ioctl["calling"] or {}).get("size") == "buffer" else ""
        found[ioctl["c_name"] + parameter] = codes.get(abi, codes["linux"])
    for constant in document["constants"]:
        found[constant["c_name"]] = constant["value"]
    for type_ in document["types"]:
        for value in type_["values"] or []:
            found[value["c_name"]] = value["value"]
        if type_["kind"] == "struct" and type_["c_name"]:
            layout, name = type_["layouts"][abi], f"struct {type_['c_name']}"
            found[f"sizeof({name})"] = layout["size"]
            for field in layout["fields"]:
                member = field["c_name"] or field["name"]
                found[f"offsetof({name}, {member})"] = field["offset"]
                found[f"sizeof((({name} *)0)->{member})"] = field["size"]
    return found


@pytest.mark.parametrize("abi", ABIS)
@pytest.mark.parametrize("name", NAMES)
def test_a_compiler_reads_the_same_in_the_header(name: str, abi: str, tmp_path: Path) -> None:
    expected = facts(inspected(path_of(name)), abi)
    assert len(expected) > 30
    lines = [f'    printf("%lld\\n", (long long)(unsigned int)({each}));' for each in expected]
    program = tmp_path / "facts.c"
    program.write_text(
        f"#include <stddef.h>\n#include <stdio.h>\n#include <linux/{name}.h>\n"
        "int main(void)\n{\n" + "\n".join(lines) + "\n    return 0;\n}\n",
        encoding="ascii",
    )
    made = str(tmp_path / "facts")
    subprocess.run([find_tool("gcc", "gcc"), *ABIS[abi], "-o", made, str(program)], check=True)
    done = subprocess.run([made], capture_output=True, text=True, check=True)
    values = [int(line) for line in done.stdout.split()]
    assert dict(zip(expected, values, strict=True)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_code_of_the_header_is_there(name: str) -> None:
    header = Path("/usr/include/linux", f"{name}.h").read_text(encoding="utf-8")
    defined = set(re.findall(rf"^#define\s+({CODES[name]})\b", header, re.M)) - NO_CODES
    ioctls = inspected(path_of(name))["ioctls"]
    assert {ioctl["c_name"] for ioctl in ioctls} == defined
    assert len(ioctls) == len(defined)


# What a client does with them


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    folder = str(tmp_path_factory.mktemp("linux"))
    return {name: import_client(path_of(name), os.path.join(folder, name), name) for name in NAMES}


class Calls(Kernel):
    """Remembers numbers with what was passed, and answers."""

    def __init__(self, ffi: Any) -> None:
        super().__init__(ffi)
        self.values: list[tuple[int, int]] = []
        self.result = 0

    def ioctl(self, file: int, number: Any, argument: Any) -> int:
        self.values.append((int(number), int(self.ffi.cast("intptr_t", argument))))
        failed = super().ioctl(file, number, argument) if self.answer is not _PLAIN else 0
        return failed or self.result


_PLAIN = object()


@pytest.fixture
def opened(packages: dict[str, ModuleType]) -> Iterator[Any]:
    """Opens a client whose kernel is a `Calls`."""
    undo = []

    def opened(name: str) -> tuple[Any, Calls]:
        linux: Any = sys.modules.get(f"{name}._runtime.linux") or __import__(
            f"{name}._runtime.linux", fromlist=["linux"]
        )
        kernel = Calls(linux.ffi)
        kernel.answer = _PLAIN  # type: ignore[assignment]
        undo.append((linux, linux._libc))
        linux._libc = kernel
        device: Any = getattr(packages[name], name.capitalize()).open("/dev/null")
        return device, kernel

    yield opened
    for linux, before in undo:
        linux._libc = before


def test_integers_stand_in_place_of_the_pointer(opened: Any) -> None:
    loop, kernel = opened("loop")
    loop.set_fd(fd=7)
    loop.set_block_size(block_size=4096)
    kernel.result = 3
    assert loop.ctl_add(index=-1) == 3
    assert loop.ctl_get_free() == 3
    assert kernel.values == [(0x4C00, 7), (0x4C09, 4096), (0x4C80, -1), (0x4C82, 0)]


def test_enums_stand_there_too(opened: Any, packages: dict[str, ModuleType]) -> None:
    uinput, kernel = opened("uinput")
    uinput.set_evbit(type=packages["uinput"].EventType.KEY)
    uinput.set_propbit(code=5)
    assert kernel.values == [(0x40045564, 1), (0x4004556E, 5)]
    with pytest.raises(packages["uinput"].ValidationError, match=r"set_keybit\.code"):
        uinput.set_keybit(code=1 << 31)


def test_a_number_with_a_parameter_says_the_room(opened: Any) -> None:
    uinput, kernel = opened("uinput")

    def answer(number: int, argument: bytearray) -> int:
        assert number == 0x8100552C
        argument[:8] = b"input12\0"
        return 0

    kernel.answer, kernel.result = answer, 8
    assert uinput.get_sysname().name == "input12"


def test_text_is_passed_with_its_nul(opened: Any, packages: dict[str, ModuleType]) -> None:
    uinput, kernel = opened("uinput")
    seen = []

    def answer(number: int, argument: bytearray) -> int:
        address = kernel.values[-1][1]
        seen.append((number, bytes(kernel.at(address, 6))))
        return 0

    kernel.answer = answer
    size = struct.calcsize("P")
    uinput.set_phys(phys="phys0")
    assert seen == [(0x4000556C | size << 16, b"phys0\0")]
    with pytest.raises(packages["uinput"].ValidationError, match="at most 1024, a NUL"):
        uinput.set_phys(phys="x" * 1024)


def test_a_number_may_say_what_is_not_so(opened: Any, packages: dict[str, ModuleType]) -> None:
    watchdog, kernel = opened("watchdog")
    watchdog.keep_alive()
    assert kernel.values == [(0x80045705, 0)]

    def answer(number: int, argument: bytearray) -> int:
        assert number == 0x80045704
        assert bytes(argument) == struct.pack("=i", 1)
        return errno.EOPNOTSUPP

    kernel.answer = answer
    with pytest.raises(packages["watchdog"].UnsupportedError):
        watchdog.set_options(settings=packages["watchdog"].Settings.DISABLE_CARD)


def test_one_value_comes_back_bare(opened: Any, packages: dict[str, ModuleType]) -> None:
    watchdog, kernel = opened("watchdog")
    kernel.answer = lambda number, argument: argument.__setitem__(slice(0, 4), b"\x80\x81\0\0") or 0  # type: ignore[func-returns-value]
    options = packages["watchdog"].Options
    assert (
        watchdog.get_status() == options.SET_TIMEOUT | options.MAGIC_CLOSE | options.KEEP_ALIVE_PING
    )


def test_a_union_in_a_native_struct(packages: dict[str, ModuleType]) -> None:
    uinput = packages["uinput"]
    effect = uinput.Effect(
        id=-1,
        direction=0x4000,
        trigger=uinput.Trigger(button=1, interval=2),
        replay=uinput.Replay(length=3, delay=4),
        u=uinput.EffectData.rumble(uinput.RumbleEffect(strong_magnitude=5, weak_magnitude=6)),
    )
    item = uinput.messages.CATALOG.item("Effect")
    buffer = bytearray(item.size)
    item.put(buffer, 0, effect)
    assert buffer == struct.pack("@HhHHHHHHH0P", 0x50, -1, 0x4000, 1, 2, 3, 4, 5, 6).ljust(
        16, b"\0"
    )[:14] + bytes(2) + struct.pack("@HH", 5, 6).ljust(item.size - 16, b"\0")
    assert item.get(buffer, 0, len(buffer)) == effect
    assert uinput.Effect.from_dict(effect.to_dict()) == effect


ONE_SYSTEM = """
kgen: 1
interface: either
external: true
windows: {device_type: 0x22}
linux: {node: either, magic: 0x67}
ioctls:
  here: {nr: 1}
  there: {function: 1}
"""


def test_a_code_of_another_system_is_refused(tmp_path: Path) -> None:
    schema = tmp_path / "either.yaml"
    schema.write_text(ONE_SYSTEM, encoding="utf-8")
    either: Any = import_client(str(schema), str(tmp_path), "either")
    with either.Either.open("/dev/null") as device:
        with pytest.raises(NotImplementedError, match="there: Linux has no such code"):
            device.there()
        with pytest.raises(either.UnknownCodeError):
            device.here()
