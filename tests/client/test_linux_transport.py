"""The Linux transport: numbers of every machine, and what goes through ioctl and comes back."""

from __future__ import annotations

import errno
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kgen.abi.abis import ABIS
from tests.client.build import ROOT, write_client
from tests.client.linux_kernel import (
    GET_STATUS,
    INFO,
    KEY,
    LIST,
    LOAD,
    READ_AUDIT,
    SEAL,
    UNSEAL,
    Answer,
    Kernel,
    device,
    kernel,
    linux,
)
from tests.e2e.simulator.test_c_handlers import written_checks
from tests.support.generated import build, inspected
from tests.support.linux_shim import shim
from tests.support.simulated import simulated_example

__all__ = ["device", "kernel", "linux"]


# Numbers


def numbers_on(machine: str, place: str, package: str) -> dict[str, int]:
    """What a client takes for its numbers where `uname -m` says that."""
    program = (
        "import os, sys, json, types\n"
        f"os.uname = lambda: types.SimpleNamespace(machine={machine!r})\n"
        f"from {package} import ioctls\n"
        "calls = [c for c in vars(ioctls).values() if isinstance(c, ioctls.Call)]\n"
        "print(json.dumps({c.name: int(c.linux) for c in calls}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


MACHINES = {
    "linux-x86_64": "x86_64",
    "linux-aarch64": "aarch64",
    "linux-riscv64": "riscv64",
    "linux-s390x": "s390x",
    "linux-powerpc64le": "ppc64le",
    "linux-mips64el": "mips64",
    "linux-sparc64": "sparc64",
    "linux-alpha": "alpha",
}


def test_numbers_are_those_of_the_machine(tmp_path: Path) -> None:
    """On each 64-bit ABI a client has the numbers that `kgen inspect` prints for it."""
    for name in ("vault", "tour"):
        schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
        place = write_client(schema, str(tmp_path / name))
        ioctls = inspected(schema)["ioctls"]
        for abi, machine in MACHINES.items():
            found = numbers_on(machine, place, name)
            assert (
                found.pop("interface_info") & 0xFFFF == ioctls[0]["codes"]["linux"] & 0xFF00 | 255
            )
            expected = {one["name"]: one["codes"].get(abi, one["codes"]["linux"]) for one in ioctls}
            assert found == expected, abi
    wide = {abi.name for abi in ABIS if abi.os == "linux" and abi.pointer == 8}
    assert set(MACHINES) == wide


@pytest.mark.parametrize(
    ("machine", "number"),
    [("i686", 0xC040BA01), ("armv7l", 0xC040BA01), ("ppc", 0xC040BA01), ("mips", 0xC040BA01)],
)
def test_directions_are_moved_and_the_rest_is_not(linux: Any, machine: str, number: int) -> None:
    of_machine = sys.modules["vault._runtime.number"].of_machine  # type: ignore[attr-defined]
    found = of_machine(number, machine)
    assert found == (
        0xC040BA01 if machine in ("i686", "armv7l") else 0xC040BA01 & 0x1FFFFFFF | 6 << 29
    )
    if machine == "ppc":
        assert of_machine(0x0000BA06, machine) == 1 << 29 | 0xBA06
        assert of_machine(0x4004BA04, machine) == 4 << 29 | 0x4BA04
        assert of_machine(0x8010BA05, machine) == 2 << 29 | 0x10BA05


# Arguments


def test_reply_and_request_stand_in_one_struct(
    device: Any, kernel: Kernel, vault: ModuleType
) -> None:
    seen = []

    def answer(number: int, argument: bytearray) -> int:
        # The number says the bytes up to the tail, which comes behind them.
        whole = kernel.at(
            int(kernel.ffi.cast("uintptr_t", kernel.ffi.from_buffer(argument))), 64 + 5
        )
        seen.append((number, bytes(whole)))
        argument[:4] = struct.pack("=I", 7)
        return 0

    kernel.answer = answer
    reply = device.seal(
        lifetime=vault.Lifetime.FOREVER, flags=vault.SealFlags.AUDITED, key=KEY, label="door", secret=b"12345"
    )  # fmt: skip
    assert reply == vault.SealReply(slot=7)
    request = struct.pack("=II16s32sI", 3, 1, KEY, b"door", 5) + b"12345"
    assert seen == [(SEAL, bytes(4) + request)]


def test_a_variable_reply_goes_through_a_buffer(device: Any, kernel: Kernel) -> None:
    entry = struct.pack("=IIII32s", 3, 4, 1, 0, b"label")

    def answer(number: int, argument: bytearray) -> int:
        address, length, done, first = struct.unpack("=QIII", bytes(argument)[:20])
        assert (number, length, done, first) == (LIST, 776, 0, 2)
        kernel.at(address, 56)[:] = struct.pack("=II", 9, 1) + entry
        argument[12:16] = struct.pack("=I", 56)
        return 0

    kernel.answer = answer
    reply = device.list(first=2)
    assert (reply.total, [entry.label for entry in reply.entries]) == (9, ["label"])


def test_a_short_buffer_is_enlarged_where_that_does_no_harm(device: Any, kernel: Kernel) -> None:
    lengths = []

    def answer(_number: int, argument: bytearray) -> int:
        address, length = struct.unpack("=QI", bytes(argument)[:12])
        lengths.append(length)
        fits = min(5, (length - 8) // 48)
        kernel.at(address, 8 + 48 * fits)[:] = struct.pack("=II", 5, fits) + bytes(48 * fits)
        argument[12:16] = struct.pack("=I", 8 + 48 * fits)
        return 0

    kernel.answer = answer
    device.first_reply = 60
    assert len(device.list(first=0).entries) == 5
    assert lengths == [60, 248]


def test_too_short_a_buffer_is_refused_and_then_enlarged(tour: ModuleType) -> None:
    """EINVAL may be that; a call that is not idempotent is not made again."""
    linux: Any = __import__("tour._runtime.linux", fromlist=["linux"])
    kernel = Kernel(linux.ffi)
    kernel.answer = lambda number, argument: errno.EINVAL
    before, linux._libc = linux._libc, kernel
    try:
        with tour.Tour.open("/dev/null", check=False) as device:
            device.first_reply = 24
            with pytest.raises(tour.InvalidError):
                device.trace_points(mode=0, points=[tour.Point(x=1, y=2)])
            assert len(kernel.numbers) > 1
            kernel.numbers.clear()
            with pytest.raises(tour.InvalidError):
                device.say(text="a")
            assert len(kernel.numbers) == 1
    finally:
        linux._libc = before


def test_the_callers_own_buffer_is_reached_in_place(
    device: Any, kernel: Kernel, vault: ModuleType
) -> None:
    def answer(number: int, argument: bytearray) -> int:
        address, length = struct.unpack("=QI", bytes(argument)[:12])
        if number == LOAD:
            assert bytes(kernel.at(address, length)) == b"backup"
            return 0
        assert (number, bytes(argument)[16:]) == (READ_AUDIT, struct.pack("=Q", 5))
        kernel.at(address, 3)[:] = b"abc"
        argument[12:16] = struct.pack("=I", 3)
        return 0

    kernel.answer = answer
    room = bytearray(6)
    assert device.read_audit(offset=5, data=memoryview(room)) == 3
    assert room == b"abc\0\0\0"
    assert device.load(lifetime=vault.Lifetime.ONCE, key=KEY, data=b"backup") is None


def test_an_older_driver_knows_less_of_a_struct_that_grows(
    vault: ModuleType, kernel: Kernel
) -> None:
    digest = bytes.fromhex(vault.Vault._hash)

    def driver(version: tuple[int, int], hash_: bytes) -> Answer:
        def answer(number: int, argument: bytearray) -> int:
            if number == INFO:
                argument[:] = struct.pack("=IHHQ32s", 1, *version, 0, hash_)
            elif version == (1, 0):
                argument[:] = struct.pack("=IIQ", 3, 13, 0)  # zeroed behind what it knows
            else:
                argument[:] = struct.pack("=IIQ", 3, 13, 8)
            return 0

        return answer

    kernel.answer = driver((1, 1), digest)
    with vault.Vault.open("/dev/null") as device:
        assert device.get_status().unseals == 8
    kernel.answer = driver((1, 0), bytes(32))
    with vault.Vault.open("/dev/null") as device:
        assert device.get_status() == vault.Usage(used=3, free=13)
        assert device.driver_version == (1, 0)
    kernel.answer = driver((2, 0), bytes(32))
    with pytest.raises(vault.IncompatibleDriverError):
        vault.Vault.open("/dev/null")


def test_an_older_message_is_sent_with_its_own_size(tour: ModuleType) -> None:
    """A request of an older version has a number of its own, told apart by its size only."""
    linux: Any = __import__("tour._runtime.linux", fromlist=["linux"])
    number: Any = tour.ioctls.WRITE_READING.linux
    kernel = Kernel(linux.ffi)
    before, linux._libc = linux._libc, kernel
    try:
        with tour.Tour.open("/dev/null", check=False) as device:
            old = tour.Reading(ticks=1, level=2, mood=tour.Mood.GOOD)
            device.write_reading(old)
            device.write_reading(old.replace(trend=1))
            device.write_reading(old.replace(trend=1, peak=9))
    finally:
        linux._libc = before
    assert [each >> 16 & 0x3FFF for each in kernel.numbers] == [16, 24, 32]
    assert {each & ~(0x3FFF << 16) for each in kernel.numbers} == {number & ~(0x3FFF << 16)}


def test_raw_bytes_of_another_size_have_another_number(device: Any, kernel: Kernel) -> None:
    kernel.answer = lambda number, argument: 0 if number == UNSEAL else errno.ENOTTY
    assert device.raw("unseal", bytes(20), bytearray(100)) == (None, 0)
    for size in (0, 19, 21):
        failure, done = device.raw("unseal", bytes(size), bytearray(100))
        assert (failure.code, done) == (errno.ENOTTY, 0)
    assert device.raw(UNSEAL, bytes(20), bytearray(100)) == (None, 0)
    # A number of which nothing is known has an argument that is both.
    kernel.answer = lambda number, argument: argument.__setitem__(slice(2, 4), b"xy") or 0  # type: ignore[func-returns-value]
    reply = bytearray(4)
    assert device.raw(0xC0041234, b"ab", reply) == (None, 4)
    assert reply == b"abxy"
    assert device.raw(0xC0041234, b"abcd", None) == (None, 0)


def test_an_argument_is_cleared_afterwards(
    device: Any, kernel: Kernel, linux: Any, vault: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Kept(bytearray):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(linux, "bytearray", Kept, raising=False)
    for result in (0, errno.EIO):
        kernel.answer = lambda number, argument, result=result: result  # type: ignore[misc]
        try:
            device.seal(
                lifetime=vault.Lifetime.ONCE, flags=vault.SealFlags(0), key=KEY, label="", secret=b"hidden"
            )  # fmt: skip
        except vault.VaultError:
            assert result
    assert [len(each) for each in made] == [70, 70]
    assert not any(map(any, made))


# Failures


def test_errno_tells_the_exception(device: Any, kernel: Kernel, vault: ModuleType) -> None:
    def failed(number: int, call: Callable[[], object]) -> Any:
        kernel.answer = lambda _number, _argument: number
        with pytest.raises(vault.VaultError) as caught:
            call()
        assert caught.value.errno == number
        assert caught.value.winerror == 0
        return caught.value

    unseal = lambda: device.unseal(slot=1, key=KEY)  # noqa: E731
    status = device.get_status
    for number, name, call in (
        (errno.EKEYREJECTED, "WrongKeyError", unseal),
        (errno.EPERM, "LockedError", unseal),
        (errno.EPERM, "PrivilegeError", status),
        (errno.ENOENT, "NotFoundError", unseal),
        (errno.EINVAL, "InvalidError", unseal),
        (errno.ENOTTY, "UnknownCodeError", unseal),
        (errno.EACCES, "AccessDeniedError", unseal),
        (errno.EIO, "InternalError", unseal),
        (errno.E2BIG, "TooBigError", unseal),
        (errno.EUCLEAN, "VaultError", unseal),
    ):
        found = failed(number, call)
        assert type(found).__name__ == name
        assert found.ioctl == ("unseal" if call is unseal else "get_status")
    assert found.strerror == os.strerror(errno.EUCLEAN)
    assert (found.ntstatus, str(found)) == (
        None,
        f"unseal: {os.strerror(errno.EUCLEAN)} (errno {errno.EUCLEAN})",
    )


def test_a_signal_ends_a_call_that_may_not_be_repeated(
    device: Any, kernel: Kernel, vault: ModuleType
) -> None:
    answers = iter([errno.EINTR, errno.EINTR, 0])
    kernel.answer = lambda number, argument: next(answers)
    device.get_status()
    assert kernel.numbers == [GET_STATUS] * 3
    kernel.answer = lambda number, argument: errno.EINTR
    with pytest.raises(vault.VaultError) as caught:
        device.erase(slot=1)
    assert caught.value.errno == errno.EINTR


def test_an_interrupt_comes_through(device: Any, kernel: Kernel) -> None:
    def answer(_number: int, _argument: bytearray) -> int:
        signal.raise_signal(signal.SIGINT)
        return errno.EINTR if len(kernel.numbers) < 100 else errno.EIO

    kernel.answer = answer
    # A program that a shell started in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            device.get_status()
    finally:
        signal.signal(signal.SIGINT, before)


# The whole of it, with the examples' handlers in C behind it


def test_suite_of_the_vault(tmp_path: Path) -> None:
    """The checks that run in Wine and in the simulator, through ioctl."""
    driver = simulated_example("vault", tmp_path)
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    library = shim(driver, schema, tmp_path)
    package = os.path.join(build(schema, str(tmp_path), ["python"]), "python")
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "tests", "suites", "vault_suite.py")],
        env={**os.environ, "LD_PRELOAD": library, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures) + done.stderr
    files = ("vault_suite.py", "vault_client_checks.py", "vault_driver_checks.py")
    assert {one["check"] for one in results} == written_checks(*files), done.stderr
