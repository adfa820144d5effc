"""The vault on Windows: generated driver and generated Python client, in Wine and Windows CPython."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.generated import ROOT, build, compile_generated_driver
from tests.support.wine import Prefix

SCHEMA = os.path.join(ROOT, "schemas", "vault.yaml")
AUTHOR = os.path.join(ROOT, "examples", "vault", "driver")
SUITE = os.path.join(ROOT, "tests", "suites", "vault_suite.py")
COMPILERS = ("mingw-gcc", "clang")
CREATED = (
    "kgshim: device type 8a17 characteristics 00000100 exclusive 0 "
    "sddl D:P(A;;GA;;;SY)(A;;GA;;;BA) status 00000000"
)
UNLOADED = "kgshim: unloaded, 0 violations"

SEAL = """
def seal(device, label, lifetime, secret=b"1"):
    return device.seal(lifetime=lifetime, flags=SealFlags(0), key=bytes(16), label=label, secret=secret)
"""
HEAD = f"""
import sys
from vault import *
{SEAL}
"""


class Built(NamedTuple):
    client: str
    drivers: dict[str, str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = str(tmp_path_factory.mktemp("vault"))
    generated = build(SCHEMA, folder)
    drivers = {
        compiler: compile_generated_driver(
            generated, AUTHOR, os.path.join(folder, f"{compiler}.sys"), compiler
        )
        for compiler in COMPILERS
    }
    return Built(os.path.join(generated, "python"), drivers)


def client(wine: Prefix, folder: str, code: str) -> list[str]:
    """What a program prints that has imported the client in `folder`."""
    return wine.python("-c", HEAD + code, path=[folder]).stdout.splitlines()


@pytest.mark.parametrize("compiler", COMPILERS)
def test_suite_of_the_vault(wine: Prefix, built: Built, compiler: str) -> None:
    """Every ioctl with good values, every declared error, access rights, growing replies, data buffers."""
    start = len(wine.debug_lines())
    with wine.driver(built.drivers[compiler], "vault"):
        ran = wine.python(SUITE, path=[built.client], check=False)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures)
    assert ran.returncode == 0, ran.stderr
    files = ("vault_driver_checks.py", "vault_client_checks.py", "vault_suite.py")
    text = "".join(Path(SUITE).with_name(name).read_text(encoding="utf-8") for name in files)
    assert sorted(one["check"] for one in results) == sorted(
        re.findall(r"^@check\ndef (\w+)", text, re.M)
    )
    assert results[-1]["check"] == "a_locked_vault_gives_nothing_back"
    # No call of a correct client is refused for its form, and no handler broke its contract.
    lines = wine.debug_lines(start)
    assert [line for line in lines if not line.startswith("kgen: ")] == [CREATED, UNLOADED]
    assert [line for line in lines if line.startswith("kgen: ")] == []


def test_client_of_another_interface_is_refused(wine: Prefix, built: Built, tmp_path: Path) -> None:
    """Of the same version with another bound; of a newer minor; of another major; with other words only."""
    bound = ("u8[1..max_secret]", "u8[2..max_secret]")
    newest = "unseals: {type: u64 since 1.1, doc: Secrets handed out since the driver started.}"
    changes = {
        "bound": [bound],
        "minor": [('"1.1"', '"1.2"'), (newest, f"{newest}\n      erased: u64 since 1.2")],
        "major": [('"1.1"', '"2.0"'), bound],
        "docs": [("Seal a secret into a free slot.", "Put a secret into a slot that is free.")],
    }
    folders = {}
    for name, pairs in changes.items():
        text = Path(SCHEMA).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        schema = tmp_path / name / "vault.yaml"
        schema.parent.mkdir()
        schema.write_text(text, encoding="utf-8")
        folders[name] = os.path.join(build(str(schema), str(tmp_path / name), ["python"]), "python")
    code = """
try:
    with Vault.open() as device:
        print("opened", device.driver_version)
except IncompatibleDriverError as error:
    print(error)
with Vault.open(check=False) as device:
    print(device.get_status())
"""
    with wine.driver(built.drivers["mingw-gcc"], "vault"):
        answers = {name: client(wine, folder, code) for name, folder in folders.items()}
    status = "Usage(used=0, free=16, unseals=0)"
    says = "interface_info: the driver has vault 1.1, this client"
    assert answers == {
        "bound": [f"{says} 1.1: but not the same interface: their hashes differ", status],
        "minor": ["opened (1, 1)", "Usage(used=0, free=16, unseals=0, erased=None)"],
        "major": [f"{says} 2.0: they differ in the major version", status],
        "docs": ["opened (1, 1)", status],
    }


def test_end_of_a_process_ends_its_sessions(wine: Prefix, built: Built) -> None:
    """A process that just ends leaves what it sealed for good, and nothing of its session."""
    code = """
import os
device = Vault.open()
seal(device, "session", Lifetime.SESSION)
seal(device, "forever", Lifetime.FOREVER)
print([entry.label for entry in device.list(first=0).entries], flush=True)
os._exit(0)
"""
    look = "print([entry.label for entry in Vault.open().list(first=0).entries])"
    with wine.driver(built.drivers["mingw-gcc"], "vault"):
        assert client(wine, built.client, code) == ["['session', 'forever']"]
        assert client(wine, built.client, look) == ["['forever']"]
    with wine.driver(built.drivers["mingw-gcc"], "vault"):
        assert client(wine, built.client, look) == ["[]"]


def test_no_device_no_client(wine: Prefix, built: Built) -> None:
    code = """
try:
    Vault.open()
except FileNotFoundError as error:
    print(error.winerror, error.filename)
"""
    assert client(wine, built.client, code) == [r"2 \\.\Vault"]


def test_refusal_is_traced_for_the_developer_only(wine: Prefix, built: Built) -> None:
    code = """
import struct
with Vault.open() as device:
    request = bytearray(struct.pack("=II16s32sI", 1, 0, b"k" * 16, b"label", 1) + b"s")
    request[24 + 9] = 1
    reply = bytearray(b"\\xee" * 4)
    print(*device.raw("seal", request, reply), reply.hex())
"""
    start = len(wine.debug_lines())
    with wine.driver(built.drivers["clang"], "vault"):
        assert client(wine, built.client, code) == ["Failure(87, 0xC000000D) 0 eeeeeeee"]
    assert wine.debug_lines(start) == [
        CREATED,
        "kgen: refused: vault.seal: label: string",
        UNLOADED,
    ]


def test_without_memory_a_call_fails_and_nothing_is_lost(wine: Prefix, built: Built) -> None:
    """The shim makes one allocation fail: of a request that needs the pool, then of an open."""
    code = """
import struct
FAIL_NEXT = struct.pack("=II", 1, 0)
with Vault.open() as device, Vault.open() as other:
    state = bytearray(12)
    blocks = []
    for _ in range(2):
        device.raw(0x4B473FF8, None, state)
        blocks.append(struct.unpack("=III", state)[1])
        device.raw(0x4B473FF8, FAIL_NEXT, None)
        try:
            seal(device, "large", Lifetime.ONCE, bytes(1000))
        except NoMemoryError as error:
            print(error)
    assert blocks[0] == blocks[1], blocks
    print(seal(device, "large", Lifetime.ONCE, bytes(1000)))
    device.raw(0x4B473FF8, FAIL_NEXT, None)
    try:
        Vault.open()
    except IncompatibleDriverError as error:
        print(str(error)[:70])
    print(other.get_status().used)
"""
    failure = "seal: The driver is out of memory (NTSTATUS 0xC000009A, Win32 error 1450)"
    with wine.driver(built.drivers["mingw-gcc"], "vault"):
        answers = client(wine, built.client, code)
    assert answers == [
        failure,
        failure,
        "SealReply(slot=0)",
        "interface_info: the driver does not say which interface it has (Failur",
        "1",
    ]


def test_author_files_are_the_authors(built: Built, tmp_path: Path) -> None:
    """Building again, over a folder with the author's files in it, leaves them as they are."""
    generated = Path(build(SCHEMA, str(tmp_path)))
    for path in Path(AUTHOR).iterdir():
        shutil.copy(path, generated / "driver" / path.name)
    build(SCHEMA, str(tmp_path))
    for path in Path(AUTHOR).iterdir():
        assert (generated / "driver" / path.name).read_bytes() == path.read_bytes()


def test_make_run_shows_a_vault_used_and_attacked() -> None:
    """examples/vault/run.py, as `make run` starts it."""
    example = os.path.join(ROOT, "examples", "vault", "run.py")
    ran = subprocess.run(
        [sys.executable, example], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=120,
        check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [re.sub(r"\s{2,}", " | ", line) for line in ran.stdout.splitlines()]
    answers = dict(
        line.removeprefix(" | ").split(" | ", 1) for line in lines if line.count(" | ") == 2
    )
    assert (
        answers["unseal(slot=0, key=key)"]
        == "UnsealReply(lifetime=<Lifetime.ONCE: 1>, secret=<secret>)"
    )
    assert answers["unseal(slot=0, key=wrong)"].startswith("WrongKeyError: ")
    hostile = [line for line in lines if line.startswith(" | ! ")]
    assert len(hostile) == 8
    assert all(line.endswith("not a byte came back") for line in hostile)
    assert sum(line.startswith(" | kgen: refused: vault") for line in lines) == len(hostile)
    assert any("clean: unloaded, 0 violations" in line for line in lines)
