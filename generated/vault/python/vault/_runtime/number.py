"""The number of an ioctl on Linux, and what its one argument is made of."""
# `Self` is newer than Python 3.10.
# ruff: noqa: RUF100, UP035

from __future__ import annotations

import os
from struct import calcsize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from typing_extensions import Self

    CodeT = TypeVar("CodeT", bound=int)

DESCRIPTOR = "=QII"
"""How an argument names memory elsewhere: address, bytes, how many were filled."""
DONE_AT = 12

_SIZE_MASK = 0x3FFF
_THREE_BITS = ("ppc", "powerpc", "mips", "sparc", "alpha")
"""Machines whose asm/ioctl.h has three bits for the direction, and 13 for the size."""
_OF_TWO_BITS = (1, 4, 2, 6)
"""Their directions by those of asm-generic/ioctl.h: none, write, read, both."""


class Number(int):
    """The number of an ioctl, as the machine at hand has it.

    The argument is one struct: the reply, or the descriptor of a buffer for it; the
    descriptor of a `data:` buffer; the request. An `inout` message is its only part.
    """

    reply: int
    """Bytes of a reply that is in place, from offset 0; of a message, all of it."""
    message: bool
    """Whether request and reply are one struct."""
    buffer: bool
    """Whether the descriptor of a buffer for the reply stands at offset 0."""
    data: int | None
    """Offset of the descriptor of a `data:` buffer."""
    request: tuple[int, int] | None
    """Offset of the request, and its bytes up to a tail."""
    size: int
    """Bytes of the argument, up to a tail."""
    tail: bool
    """Whether the request has a tail, which ends the argument."""
    grows: bool
    """Whether the size in the number tells which version of a struct the caller has."""
    by_buffer: bool
    """Whether the number says the size of the caller's buffer."""
    is_fixed: bool
    """Whether it is the same for a message of any size."""
    by_value: str
    """`signed` or `unsigned`: the request is an integer in place of the pointer."""
    returns: bool
    """Whether ioctl() answers a number: how many bytes a reply has, if there is one."""
    retry: bool
    """Whether a call that a signal ended is made again."""

    def __new__(
        cls,
        common: int,
        *,
        whole: bool = False,
        reply: int = 0,
        message: bool = False,
        buffer: bool = False,
        data: int | None = None,
        request: tuple[int, int] | None = None,
        tail: bool = False,
        grows: bool = False,
        coded: bool = False,
        by_buffer: bool = False,
        by_value: str = "",
        returns: bool = False,
    ) -> Self:
        """Take the number as asm-generic/ioctl.h has it, and the parts.

        A `whole` number is the same on every machine; one that is `coded` says a size
        of its own.
        """
        number = super().__new__(cls, common if whole else of_machine(common))
        number.reply, number.message, number.buffer = reply, message, buffer
        number.data, number.request = data, request
        number.size = common >> 16 & _SIZE_MASK
        number.tail, number.grows = tail, grows
        number.is_fixed, number.by_buffer = whole or coded, by_buffer
        number.by_value, number.returns = by_value, returns
        number.retry = False
        return number

    def plus(self, value: int) -> Self:
        """Return the number that is larger by the value of its parameter."""
        number = int.__new__(type(self), self + value)
        number.__dict__.update(self.__dict__)
        return number

    @property
    def is_direct(self) -> bool:
        """Whether the argument is one buffer of the caller's, or none."""
        if self.buffer or self.data is not None:
            return False
        return self.message or not self.reply or self.request is None

    def of_request(self, size: int) -> int:
        """Return the number for a request of that many bytes.

        Of another size than it has, it is another number, which a driver takes only
        where a struct in it grows.
        """
        if self.by_buffer:
            return self._sized(size)
        offset, own = self.request or (0, self.reply)
        if self.is_fixed or size == own or (self.tail and size > own):
            return self
        return self._sized(offset + size)

    def of_reply(self, size: int) -> int:
        """Return the number for room of that many bytes for a reply."""
        if self.by_buffer:
            return self._sized(size)
        is_known = size == self.reply or (size > self.reply and not self.grows)
        return self if is_known or self.is_fixed else self._sized(size)

    def _sized(self, size: int) -> int:
        return self & ~(_SIZE_BITS << 16) | (size & _SIZE_BITS) << 16


def of_machine(common: int, machine: str | None = None) -> int:
    """Return the number on a machine, by that on most of them; None is this machine."""
    if not (_IS_THREE_BITS if machine is None else has_three_bits(machine)):
        return common
    size = common >> 16 & _SIZE_MASK
    return _OF_TWO_BITS[common >> 30] << 29 | size << 16 | common & 0xFFFF


def has_three_bits(machine: str) -> bool:
    """Whether a machine, as `uname -m` calls it, has three bits for the direction."""
    return machine.startswith(_THREE_BITS)


def by_abi(numbers: Mapping[Any, CodeT]) -> CodeT | None:
    """Return the code that an ioctl has on this ABI, None where it has none.

    A key is the bytes of a pointer and the alignment of a 64-bit integer, or lists
    names of ABIs.
    """
    found = numbers.get((calcsize("P"), calcsize("@BQ") - 8))
    if found is None:
        from importlib import import_module

        name = import_module(".abi", __package__).abi_name()
        alike = (number for names, number in numbers.items() if name in names.split())
        found = next(alike, None)
    return found


_IS_THREE_BITS = hasattr(os, "uname") and has_three_bits(os.uname().machine)
_SIZE_BITS = 0x1FFF if _IS_THREE_BITS else 0x3FFF
