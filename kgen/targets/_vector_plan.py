"""Vectors of what is checked before a byte is read: the code, the access, and each length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds, data_bounds, request_bounds
from kgen.targets._vector import (
    LARGEST_BUFFER,
    LONGEST,
    Gap,
)
from kgen.targets._walk import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl
    from kgen.targets._vector import Caller

_EVERY = 256
"""Bytes: a request that is no longer is cut at every one of them; a longer one where fields begin and end."""
_PERIOD = 64
_RIGHTS = {"none": frozenset[str](), "r": frozenset({"read"}), "w": frozenset({"write"})}
_FIRST_CUSTOM_DEVICE = 0x8000
"""Codes of other devices are the system's own."""


def codes(caller: Caller, known: frozenset[int], request: bytes) -> None:
    """Codes beside this one: another method, another access, the next function, the next device."""
    code = caller.code
    near = {f"method_{code & 3 ^ bits}": code ^ bits for bits in (1, 2, 3)}
    near |= {f"access_{code >> 14 & 3 ^ bits}": code ^ bits << 14 for bits in (1, 2, 3)}
    near |= {"function_before": code - 4, "function_after": code + 4}
    near |= {"device_before": code - (1 << 16), "device_after": code + (1 << 16)}
    for name, other in near.items():
        if other not in known and _FIRST_CUSTOM_DEVICE <= other >> 16 <= 0xFFFF:
            caller.add(f"code.{name}", request, "unknown_code", "code", code=other)


def access(caller: Caller, needed: frozenset[str], request: bytes, *, is_good: bool = True) -> None:
    """Handles with less than the code asks for, and with just that."""
    for handle, rights in _RIGHTS.items():
        if needed <= rights and is_good:
            caller.add(f"access.{handle}", request, access=handle)
        elif not needed <= rights:
            caller.add(f"access.{handle}", request, "access_denied", "access", access=handle)


def lengths(caller: Caller, ioctl: Ioctl, good: bytes, layouts: Layouts) -> Iterator[Gap]:
    """A good request cut at every byte, and made longer."""
    struct = ioctl.request or ioctl.message
    low, high = request_bounds(struct, layouts)
    for size in _cuts(ioctl, good, layouts):
        cut = good[:size]
        if caller.has(cut):
            continue
        if size < low:
            caller.add(f"length.{size}", cut, "bad_length", "length")
        elif struct is not None:
            caller.add_broken(f"length.{size}", cut, violations(struct, cut, layouts))
    if high >= LONGEST:
        yield Gap(f"{caller.name}.length.{high + 1}", f"no vector is longer than {LONGEST} bytes")
        return
    for size in (high + 1, high + 8):
        status = "too_big" if low < high else "bad_length"
        caller.add(f"length.{size}", _longer(good, size), status, "length")


def _longer(good: bytes, size: int) -> bytes:
    """Goes on as it ends, so that a long request is written briefly: its content does not matter."""
    if len(good) < _PERIOD:
        return good.ljust(size, b"\0")
    return (good + good[-_PERIOD:] * ((size - len(good)) // _PERIOD + 1))[:size]


def _cuts(ioctl: Ioctl, good: bytes, layouts: Layouts) -> list[int]:
    if len(good) <= _EVERY:
        return list(range(len(good)))
    struct = ioctl.request or ioctl.message
    assert struct is not None
    starts = [item.offset for item in layouts.record(struct).fields]
    near = {start + step for start in (*starts, len(good)) for step in (-1, 0, 1)}
    return sorted(size for size in {0, 1, *near} if 0 <= size < len(good))


def capacities(caller: Caller, ioctl: Ioctl, good: bytes, layouts: Layouts) -> Iterator[Gap]:
    """Buffers for the reply that are too small, just large enough, and larger; lengths of a `data:` buffer."""
    if ioctl.data is not None:
        yield from _data(caller, ioctl, good, layouts)
        return
    reply = ioctl.reply or ioctl.message
    low, high = (0, 0) if reply is None else bounds(reply, layouts)
    for capacity in sorted({0, low // 2, low - 1} if low else ()):
        caller.add(f"capacity.{capacity}", good, "short_buffer", "capacity", capacity=capacity)
    for capacity in sorted({low, high, high + 1, high + 8}):
        if capacity < LARGEST_BUFFER:
            caller.add(f"capacity.{capacity}", good, capacity=capacity)


def _data(caller: Caller, ioctl: Ioctl, good: bytes, layouts: Layouts) -> Iterator[Gap]:
    assert ioctl.data is not None
    unit, low, high = data_bounds(ioctl, layouts)
    to_caller = ioctl.data.direction == "to"
    for length in sorted({0, low - 1, low, low + 1, high - 1, high, high + 1, high + unit}):
        name = f"data.{length}"
        if length < 0:
            continue
        if length >= LARGEST_BUFFER:
            yield Gap(f"{caller.name}.{name}", f"no buffer is larger than {LARGEST_BUFFER} bytes")
        elif length > high:
            caller.add(name, good, "too_big", "length", capacity=length)
        elif length < low and to_caller:
            caller.add(name, good, "short_buffer", "capacity", capacity=length)
        elif length < low or length % unit:
            caller.add(name, good, "bad_length", "length", capacity=length)
        else:
            caller.add(name, good, capacity=length)
