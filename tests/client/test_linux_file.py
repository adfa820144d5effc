"""The Linux transport: the open file, what it is opened for, who shares it, and when it ends."""

from __future__ import annotations

import errno
import os
import struct
import sys
import threading
from types import ModuleType
from typing import Any

import pytest

from tests.client.linux_kernel import (
    Kernel,
    device,
    kernel,
    linux,
)

__all__ = ["device", "kernel", "linux"]


def test_opening_fails_as_open_does(vault: ModuleType, linux: Any) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        vault.Vault.open()
    assert caught.value.filename == "/dev/vault"
    with pytest.raises(ValueError, match="access 'x' is none of none, r, w, rw"):
        vault.Vault.open(access="x")
    with pytest.raises(vault.IncompatibleDriverError, match="does not say which interface"):
        vault.Vault.open("/dev/null")


@pytest.mark.parametrize(("access", "mode"), [("r", 0), ("w", 1), ("rw", 2), ("none", 3)])
def test_the_file_is_opened_for_what_is_asked(linux: Any, access: Any, mode: int) -> None:
    transport = linux.LinuxTransport("/dev/null", access)
    with open(f"/proc/self/fdinfo/{transport.fileno()}", encoding="ascii") as info:
        flags = next(int(line.split()[1], 8) for line in info if line.startswith("flags:"))
    assert flags & os.O_ACCMODE == mode
    assert flags & os.O_CLOEXEC
    transport.close()
    transport.close()
    with pytest.raises(ValueError, match="/dev/null is closed"):
        transport.fileno()
    with pytest.raises(ValueError, match="/dev/null is closed"):
        transport.control(1, None, None)


def test_elsewhere_there_is_no_transport(
    vault: ModuleType, sensor: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        NotImplementedError, match=r"Sensor.open\(\) is for Windows; .* pass a transport"
    ):
        sensor.Sensor.open("/dev/null")
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotImplementedError, match="is for Windows and Linux; elsewhere"):
        vault.Vault.open()


def test_a_real_kernel_says_no(linux: Any) -> None:
    transport = linux.LinuxTransport("/dev/null")
    failure, done = transport.control(0x8004BA01, None, bytearray(4))
    assert (failure.code, failure.message, done) == (errno.ENOTTY, os.strerror(errno.ENOTTY), 0)
    transport.close()


def test_closing_waits_for_calls_of_other_threads(device: Any, kernel: Kernel) -> None:
    begun, go = threading.Event(), threading.Event()

    def answer(_number: int, _argument: bytearray) -> int:
        begun.set()
        assert go.wait(10)
        os.fstat(file)
        return 0

    kernel.answer = answer
    file = device.fileno()
    failed: list[BaseException] = []

    def call() -> None:
        try:
            device.get_status()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(10)
    device.close()
    os.fstat(file)
    go.set()
    thread.join(10)
    assert failed == []
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_a_child_has_to_open_its_own(device: Any, kernel: Kernel) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            device.get_status()
            os.write(write, b"called")
        except RuntimeError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert b"opened before os.fork()" in os.read(read, 200)
    os.close(read)
    os.close(write)
    device.get_status()


def test_a_file_is_a_handle(tour: ModuleType) -> None:
    item = tour.messages.CATALOG.item("WatchRequest")
    with open(os.devnull, "rb") as file:
        buffer = bytearray(item.size)
        item.put_values(buffer, 0, (1, file))
        assert struct.unpack("=QQ", buffer) == (1, file.fileno())
        assert item.values_problem((1, 0)) == (".changed", "0 is no handle")


def test_elsewhere_there_is_no_descriptor(vault: ModuleType) -> None:
    from tests.client.fake_vault import FakeVault

    with pytest.raises(NotImplementedError, match="windows has no file descriptor"):
        vault.Vault(FakeVault(vault.Vault._hash)).fileno()
