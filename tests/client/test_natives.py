"""Records that a compiler lays out, in Python: a compiler has filled each, and the client reads and writes the same bytes."""

from __future__ import annotations

import math
import os
import pickle
import struct
import subprocess
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kgen.abi import ABIS
from tests.client.build import import_client
from tests.support.generated import build
from tests.support.tools import find_tool

SCHEMA = os.path.join(os.path.dirname(__file__), "schemas", "radio.yaml")
LITTLE = [abi for abi in ABIS if abi.triple and not abi.big_endian]
MARK = b"<kgen radio>".ljust(64, b".")
VALUES = """\
    .running = 1, .channel = 0xABC, .offset = -200, .mode = 2, .caps = 3, .level = -7,
    .big = 0x123456789ABCDEFull, .tune = { .step = 0x11223344 }, .stamp = 0x0102030405060708ull,
    .cookie = 0xDEADBEEF, .blob = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
    .gain = -2.5, .gains = { 0.5f, 3.0f }, .label = { 'k', 0xE4 }, .a = 5, .b = 0x1234,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("radio")


@pytest.fixture(scope="module")
def radio(folder: Path) -> ModuleType:
    made = import_client(SCHEMA, str(folder), "radio")
    for name in ("natives", "catalog", "items", "errors"):
        import_module(f"radio._runtime.{name}")
    return made


@pytest.fixture(scope="module")
def include(folder: Path) -> str:
    return os.path.join(build(SCHEMA, str(folder / "header"), ["header"]), "include")


def filled(include: str, folder: Path, *compiler: str, extra: str = "") -> bytes:
    """The object file of a compiler, from where its `struct radio_state` begins."""
    source, object_ = folder / "radio.c", folder / "radio.o"
    source.write_text(
        '#include "radio.h"\n'
        "const struct { char mark[64]; struct radio_state value; } probe = {\n"
        f'    "{MARK.decode()}",\n    {{\n{VALUES}{extra}    }},\n}};\n',
        encoding="utf-8",
    )
    command = [*compiler, "-std=c11", f"-I{include}", "-c", str(source), "-o", str(object_)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    content = object_.read_bytes()
    return content[content.index(MARK) + len(MARK) :]


def state(item: Any, made: Any, **changes: Any) -> Any:
    values = {
        "running": True,
        "channel": 0xABC,
        "offset": -200,
        "mode": made("Mode").AM,
        "caps": made("Caps").STEREO | made("Caps").RDS,
        "level": -7,
        "big": 0x123456789ABCDEF,
        "tune": made("Tuning").of(step=0x11223344),
        "stamp": 0x0102030405060708,
        "cookie": 0xDEADBEEF,
        "blob": bytes(range(1, 13)),
        "gain": -2.5,
        "gains": (0.5, 3.0),
        "exact": bytes(dict(zip(item.index, item.shown, strict=True))["exact"].item.size),
        "label": "kä",
        "inner": made("Inner")(a=5, b=0x1234),
        **changes,
    }
    return item.cls(**values)


def written(item: Any, value: Any) -> bytes:
    buffer = bytearray(b"\0" * item.size)
    item.put(buffer, 0, value)
    return bytes(buffer)


@pytest.mark.parametrize("abi", LITTLE, ids=lambda abi: abi.name)
def test_a_compiler_of_each_abi_has_the_same_bytes(
    abi: Any, radio: ModuleType, include: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that takes itself for one on that ABI; its numbers are in this machine's byte order."""
    natives, catalog = radio._runtime.natives, radio._runtime.catalog
    sizes = {"P": abi.pointer, "l": abi.long, "@BQ": 8 + abi.align64}
    calcsize = struct.calcsize
    monkeypatch.setattr(struct, "calcsize", lambda form: sizes.get(form) or calcsize(form))
    monkeypatch.setattr(natives, "abi_name", lambda: abi.name)
    monkeypatch.setattr(natives, "wide_unit", lambda: 2 if abi.os == "windows" else 4)
    fresh = catalog.Catalog("there", requests=[], table=radio.messages.CATALOG.table)
    item = fresh.item("State")
    has_high = abi.name in ("linux-i386", "linux-armhf")
    changes = {"high": 77} if has_high else {}
    value = state(item, fresh.cls, **changes)
    compiler = [find_tool("clang", "clang"), f"--target={abi.triple}", "-ffreestanding", "-w"]
    if abi.os == "windows":
        compiler += ["-fms-extensions", "-fno-ms-compatibility"]
    extra = "    .high = 77,\n" if has_high else ""
    content = filled(include, tmp_path, *compiler, extra=extra)[: item.size]
    assert written(item, value) == content
    assert item.get(bytearray(content), 0, len(content)) == value


def test_gcc_has_the_same_bytes_here(radio: ModuleType, include: str, tmp_path: Path) -> None:
    item = radio.messages.CATALOG.item("State")
    value = state(item, radio.messages.CATALOG.cls)
    content = filled(include, tmp_path, find_tool("gcc", "gcc"))[: item.size]
    assert written(item, value) == content


def test_a_bit_field_leaves_its_neighbours_alone(radio: ModuleType) -> None:
    item = radio.messages.CATALOG.item("State")
    made = radio.messages.CATALOG.cls
    for changes in ({"offset": 0}, {"channel": 0}, {"running": False}, {"big": 0}, {"level": 15}):
        value = state(item, made, **changes)
        assert item.get(bytearray(written(item, value)), 0, item.size) == value


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"channel": 4096}, (".channel", "4096 is outside 0..4095")),
        ({"channel": "4"}, (".channel", "'4' is not an integer")),
        ({"offset": -257}, (".offset", "-257 is outside -256..255")),
        ({"running": 2}, (".running", "2 is not a bool")),
        ({"caps": 4}, (".caps", "0x4: bits that Caps does not name")),
        ({"gain": "loud"}, (".gain", "'loud' is not a number")),
        ({"gains": (1e39, 0.0)}, (".gains[0]", "1e+39 is too large for 4 bytes")),
        ({"label": "kgen!"}, (".label", "5 code units, at most 4")),
        ({"label": "a\0b"}, (".label", "has a NUL inside")),
        ({"label": b"kgen"}, (".label", "b'kgen' is not a text")),
        ({"blob": b"short"}, (".blob", "5 bytes, must be 12")),
        ({"tune": b"raw"}, (".tune", "b'raw' is not a Tuning")),
    ],
)
def test_what_does_not_fit_is_named(
    changes: dict[str, Any], problem: tuple[str, str], radio: ModuleType
) -> None:
    item = radio.messages.CATALOG.item("State")
    value = state(item, radio.messages.CATALOG.cls, **changes)
    assert item.problem(value) == problem
    with pytest.raises(radio._runtime.items.REFUSED):
        written(item, value)


def test_values_go_through_json_and_pickle(radio: ModuleType) -> None:
    item = radio.messages.CATALOG.item("State")
    value = state(item, radio.messages.CATALOG.cls, gain=math.inf)
    assert item.cls.from_dict(value.to_dict()) == value
    assert pickle.loads(pickle.dumps(value.tune)) == value.tune


def test_a_union_is_bytes_and_each_of_its_arms(radio: ModuleType) -> None:
    tuning = radio.Tuning
    one = tuning.of(spread=1.5)
    assert one.raw == struct.pack("=f4x", 1.5)
    assert (one.spread, one.step) == (1.5, 0x3FC00000)
    assert tuning(one.raw) == one == tuning.from_dict({"spread": 1.5})
    assert tuning.from_dict(one.to_dict()) == one
    assert hash(one) == hash(tuning(one.raw))
    assert one != tuning.of(step=1)
    assert one != one.raw
    assert repr(one) == f"Tuning({one.raw!r})"
    assert {"step", "spread", "raw"} <= set(dir(one))
    assert tuning.of(name="ab").name == "ab"
    with pytest.raises(AttributeError, match="has no arm 'volume'"):
        _ = one.volume
    with pytest.raises(AttributeError, match="immutable"):
        one.step = 1
    with pytest.raises(TypeError, match="takes the value of one arm"):
        tuning.of(step=1, spread=1.0)
    for plain in ({"volume": 1}, {"step": 1, "spread": 1.0}, [1], {"step": -1}):
        with pytest.raises(radio.ValidationError):
            tuning.from_dict(plain)
    long = tuning(bytes(9))
    assert radio.messages.CATALOG.item("Tuning").problem(long) == ("", "9 bytes, must be 8")


def test_what_is_elsewhere_only_is_not_here(radio: ModuleType) -> None:
    state_class = radio.State
    assert "high" not in state_class._fields
    assert not {"none", "more", "end_1"} & set(state_class._fields)
    with pytest.raises(radio._runtime.errors.LayoutError, match="no WindowsOnly on linux-"):
        _ = radio.WindowsOnly


@pytest.mark.parametrize(
    ("machine", "pointer", "name"),
    [
        ("x86_64", 8, "linux-x86_64"),
        ("x86_64", 4, "linux-i386"),
        ("i686", 4, "linux-i386"),
        ("aarch64", 8, "linux-aarch64"),
        ("aarch64", 4, "linux-armhf"),
        ("armv7l", 4, "linux-armhf"),
        ("mips64", 8, "linux-mips64el"),
        ("s390x", 8, "linux-s390x"),
        ("m68k", 4, ""),
    ],
)
def test_the_name_of_an_abi(
    machine: str, pointer: int, name: str, radio: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    abi = radio._runtime.abi
    uname = type("uname", (), {"machine": machine})
    monkeypatch.setattr(abi.os, "uname", lambda: uname)
    monkeypatch.setattr(abi.struct, "calcsize", lambda _: pointer)
    assert abi.abi_name() == name


@pytest.mark.parametrize(
    ("platform", "pointer", "name"),
    [
        ("win-amd64", 8, "windows-x64"),
        ("win32", 4, "windows-x86"),
        ("win-arm64", 8, "windows-arm64"),
    ],
)
def test_the_name_of_an_abi_of_windows(
    platform: str, pointer: int, name: str, radio: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    abi = radio._runtime.abi
    monkeypatch.setattr(abi.sys, "platform", "win32")
    monkeypatch.setattr("sysconfig.get_platform", lambda: platform)
    monkeypatch.setattr(abi.struct, "calcsize", lambda _: pointer)
    assert abi.abi_name() == name
    natives = radio._runtime.natives
    assert natives.wide_unit() == 2
    assert natives.long_double().size == 8
