"""Hostile calls that only Linux has, made from an interface's model: numbers, memory that is not there, addresses, descriptors.

What is refused for its memory must change nothing: the good calls that come between tell, as the model is asked for those alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from errno import E2BIG, EFAULT, EINVAL, ENOTTY

from tests.suites.boundary import Ioctl
from tests.suites.hostile import FILL, Call, Hostile
from tests.suites.linux_argument import LARGEST, LinuxCall, argument_of, linux_call

KERNEL_ADDRESSES = (0xFFFF888000000000, 0xFFFFFFFF81000000, (1 << 64) - 8, (1 << 64) - 1)
NO_ADDRESSES = (0, 1, 0xFFF, 1 << 47, (1 << 47) - 4096, 1 << 63, *KERNEL_ADDRESSES)
"""None of them is memory of a program; the fourth is no address at all (47 bits are a program's)."""

WILD = (0x7FFFFFFF, 0x80000000, 0xFFFFFFC3, 0xFFFFFFC4, 0xFFFFFFC5, 0xFFFFFFFE, 0xFFFFFFFF)
GROWN = 64


class LinuxHostile:
    """Calls to one interface, of the good requests of `hostile`."""

    def __init__(self, hostile: Hostile, data: dict[str, bytes]) -> None:
        """`data` is of one piece for each ioctl that reads a data buffer: all of it is taken, or nothing."""
        self.hostile = hostile
        self.data = data
        self.interface = hostile.interface

    def all(self) -> Iterator[LinuxCall]:
        """Every call that follows from a rule, in order; the model has to be asked in this order."""
        for call in self.hostile.setup:
            yield self._made(call)
        yield from self.numbers()
        for ioctl in self.hostile.ioctls:
            yield from self.counts(ioctl)
            for good in self.good(ioctl):
                yield from self.memory(ioctl, good)
                yield from self.addresses(ioctl, good)
                yield good
        yield from self.grown()

    def good(self, ioctl: Ioctl) -> list[LinuxCall]:
        """Calls that are right, of each good request."""
        requests = self.hostile.good[ioctl.name]
        return [self._made(self._call(ioctl, request)) for request in requests]

    def _call(self, ioctl: Ioctl, request: bytes) -> Call:
        if argument_of(self.interface, ioctl).grows:
            assert ioctl.reply is not None
            return self.hostile.call(ioctl, request, ioctl.reply.size, "good")
        call = self.hostile.call(ioctl, request, about="good")
        return call._replace(out=self.data.get(ioctl.name, call.out))

    def _made(self, call: Call) -> LinuxCall:
        made = linux_call(self.interface, call)
        assert made is not None, call.about
        return made

    # Numbers

    def numbers(self) -> Iterator[LinuxCall]:
        """Every number of the magic that there is not: other directions, sizes and nrs; every bit of each changed."""
        arguments = [argument_of(self.interface, ioctl) for ioctl in self.hostile.ioctls + self.hostile.last]  # fmt: skip
        magic = arguments[0].magic
        known = {argument.number() for argument in arguments} | {2 << 30 | 48 << 16 | magic << 8 | 255}  # fmt: skip
        growing = [argument for argument in arguments if argument.grows]
        wrong = {number ^ 1 << bit for number in known for bit in range(32)}
        sizes = (0, 4, 64, LARGEST)
        for nr in range(256):
            for direction in range(4):
                wrong |= {direction << 30 | size << 16 | magic << 8 | nr for size in sizes}
        for argument in arguments:
            wrong |= {argument.number(size) for size in range(argument.size + 16)}
        for number in sorted(wrong - known):
            if not any(number == argument.number(number >> 16 & LARGEST) for argument in growing):
                trace = f"{self.interface.name}: code"
                yield LinuxCall(f"number {number:#x}", number, FILL * 64, errno=ENOTTY, trace=trace)

    # What the caller says of lengths

    def counts(self, ioctl: Ioctl) -> Iterator[LinuxCall]:
        """Every count of a tail with as much behind it; and counts of which there is not a byte."""
        struct = ioctl.request
        if struct is None or struct.tail is None:
            return
        (count,) = [field for field in struct.fields if field.name == struct.tail.count]
        unit = 1 if struct.tail.by_bytes else struct.tail.step
        good = self.hostile.good[ioctl.name][0]
        start = argument_of(self.interface, ioctl).request
        assert start is not None

        def counted(number: int, size: int) -> bytes:
            head = good[: count.at] + count.type.encode(number) + good[count.at + count.type.size :]
            return head[: struct.size] + FILL * size

        for number in range(struct.tail.high + 10):
            request = counted(number, number * unit)
            yield self._made(self.hostile.call(ioctl, request, about=f"{number} in its tail"))
        for number in WILD:
            if number <= count.type.most:
                meant = self.hostile.call(ioctl, counted(number, 1 << 20), about=f"{number:#x} in its tail")  # fmt: skip
                at = start + struct.size
                yield self._made(self.hostile.call(ioctl, good))._replace(
                    about=meant.about, argument=self._argument(start, counted(number, 0)), mapped=at, meant=meant
                )  # fmt: skip

    @staticmethod
    def _argument(start: int, request: bytes) -> bytes:
        return FILL * start + request

    def grown(self) -> Iterator[LinuxCall]:
        """A reply that grows, of every size that a caller may know."""
        for ioctl in self.hostile.ioctls:
            if argument_of(self.interface, ioctl).grows:
                for size in [*range(GROWN), 4095, 4096, 4097, LARGEST]:
                    meant = self.hostile.call(ioctl, b"", size, f"{size} bytes known")
                    call = self._made(meant)
                    if ioctl.reply is not None and size >= ioctl.reply.least:
                        yield from self._unmapped(call, range(size) if size <= GROWN else (16, 17, size - 1))  # fmt: skip
                    yield call

    # Memory that is not there

    def memory(self, ioctl: Ioctl, good: LinuxCall) -> Iterator[LinuxCall]:
        """Argument and buffer end at each byte; cannot be written; are longer than they are."""
        argument = argument_of(self.interface, ioctl)
        needed = argument.reply or 0
        if argument.request is not None and good.meant is not None:
            needed = argument.request + len(good.meant.request)
        yield from self._unmapped(good, range(needed))
        if argument.reply is not None or argument.buffer is not None:
            yield self._refused(good, "argument read-only", read_only="argument")
        if argument.buffer is None:
            return
        needed = len(good.buffer)
        if ioctl.reply is not None:
            needed = min(needed, ioctl.reply.longest)
        if ioctl.data is None or ioctl.data[0] == "from":
            steps = range(needed)
            for mapped in steps:
                yield self._refused(good, f"{mapped} bytes of the buffer", buffer_mapped=mapped)
        if ioctl.data is None:
            yield self._refused(good, "buffer read-only", read_only="buffer")
            if good.meant is not None:
                for mapped in (needed, needed + 1):
                    yield self._described(good, 0xFFFFFFFF, buffer_mapped=min(mapped, len(good.buffer)))  # fmt: skip
        yield from self._lengths(ioctl, good)

    def _lengths(self, ioctl: Ioctl, good: LinuxCall) -> Iterator[LinuxCall]:
        """Lengths of a descriptor that are refused before memory is."""
        where = f"{self.interface.name}.{ioctl.name}"
        if ioctl.data is not None:
            _, most = ioctl.data_bounds
            for length in (most + 1, *WILD):
                yield self._described(good, length, meant=None, errno=E2BIG, trace=f"{where}: length", buffer_mapped=0)  # fmt: skip
        elif ioctl.reply is not None:
            for length in range(ioctl.reply.size):
                yield self._described(good, length, meant=None, errno=EINVAL, trace=f"{where}: capacity", buffer_mapped=0)  # fmt: skip

    @staticmethod
    def _described(good: LinuxCall, length: int, **changes: object) -> LinuxCall:
        """With another length in the descriptor of the buffer."""
        assert good.buffer_at is not None
        at = good.buffer_at + 8
        argument = good.argument[:at] + length.to_bytes(4, "little") + good.argument[at + 4 :]
        about = f"{good.about}: a buffer of {length:#x}"
        return good._replace(argument=argument, about=about, **changes)  # type: ignore[arg-type]

    def addresses(self, ioctl: Ioctl, good: LinuxCall) -> Iterator[LinuxCall]:
        """Addresses that are none of the caller's."""
        for address in NO_ADDRESSES if good.argument else ():
            yield self._refused(good, f"argument at {address:#x}", address=address)
        if good.buffer_at is None:
            return
        wraps = self._described(good, 0xFFFFFFFF)
        yield self._refused(wraps, "around", buffer_address=(1 << 64) - 4096)
        if ioctl.data is None or ioctl.data[0] == "from":
            for address in NO_ADDRESSES:
                yield self._refused(good, f"buffer at {address:#x}", buffer_address=address)

    def _unmapped(self, good: LinuxCall, sizes: range | tuple[int, ...]) -> Iterator[LinuxCall]:
        for size in sizes:
            yield self._refused(good, f"{size} bytes of the argument", mapped=size)

    @staticmethod
    def _refused(good: LinuxCall, about: str, **changes: object) -> LinuxCall:
        changed = good._replace(about=f"{good.about}: {about}", **changes)  # type: ignore[arg-type]
        return changed._replace(meant=None, errno=EFAULT)
