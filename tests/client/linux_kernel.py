"""A kernel for the Linux transport: what ioctl is called with, and what a test has it answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, cast

import pytest

KEY = bytes(range(16))
INFO, SEAL, UNSEAL, LIST, GET_STATUS, READ_AUDIT, LOAD = (
    0x8030BAFF, 0xC040BA01, 0xC028BA02, 0xC018BA03, 0x8010BA05, 0xC018BA07, 0xC028BA08,
)  # fmt: skip
Answer = Callable[[int, bytearray], int]


class Kernel:
    """Stands in for libc: `answer(number, argument)` changes the argument; returns 0 or an errno."""

    def __init__(self, ffi: Any) -> None:
        self.ffi = ffi
        self.numbers: list[int] = []
        self.answer: Answer = lambda number, argument: 0
        self.size = 256

    def ioctl(self, _file: int, number: Any, argument: Any) -> int:
        number = int(number)
        self.numbers.append(number)
        memory = bytearray()
        if argument != self.ffi.NULL:
            memory = self.ffi.buffer(argument, number >> 16 & 0x3FFF)
        self.ffi.errno = found = self.answer(number, memory)
        return -1 if found else 0

    def at(self, address: int, size: int) -> Any:
        """Memory of the caller."""
        return self.ffi.buffer(self.ffi.cast("char *", address), size)


@pytest.fixture
def linux(vault: ModuleType) -> Any:
    return cast(Any, __import__("vault._runtime.linux", fromlist=["linux"]))


@pytest.fixture
def kernel(linux: Any, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(linux.ffi)
    monkeypatch.setattr(linux, "_libc", kernel)
    return kernel


@pytest.fixture
def device(vault: ModuleType, kernel: Kernel) -> Iterator[Any]:
    """A vault whose driver is `kernel.answer`."""
    with vault.Vault.open("/dev/null", check=False) as device:
        yield device
