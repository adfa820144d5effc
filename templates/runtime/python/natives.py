"""What only records that a compiler lays out have: bit-fields, floats, wide text,
unions without a tag, and layouts that differ between ABIs.
"""
# Values are of the types that a schema says. `Self` is newer than Python 3.10.
# ruff: noqa: ANN401, RUF100, UP035

from __future__ import annotations

import struct
import sys

from .abi import abi_name
from .blobs import Blob, parse_hex
from .errors import LayoutError, ValidationError
from .items import Boolean, Enum, FlagSet, Integer, Item, Scalar
from .values import short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

_LONG_DOUBLES = {"linux-i386": 12, "linux-armhf": 8, "linux-mipsel": 8}
"""Bytes of a `long double` on Linux, where it has not 16."""


def here(what: str, table: Mapping[str, Any]) -> Any:
    """Return the entry of the ABI at hand; a key lists the names of some ABIs."""
    name = abi_name()
    for key, entry in table.items():
        if name in key.split():
            return entry
    raise LayoutError(f"there is no {what} on {name or sys.platform}")


class BitField(Item):
    """`u32 bits 5`: some bits of bytes that it may share with others.

    The bytes are one integer in the machine's byte order, in which the field begins at
    bit `shift` from the least significant one.
    """

    shares = True

    def __init__(self, base: Scalar, width: int, shift: int, size: int) -> None:
        self.base, self.width, self.shift, self.size = base, width, shift, size
        carrier = base.base if isinstance(base, (Enum, FlagSet)) else base
        self.signed = isinstance(carrier, Integer) and carrier.signed
        self.mask = (1 << width) - 1
        self.low = -(1 << width - 1) if self.signed else 0
        self.high = self.low + self.mask

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if self.base.encode is not None:
            self.base.encode(value)
        number = int(value)
        if not self.low <= number <= self.high or isinstance(value, (str, float)):
            raise ValueError
        held = int.from_bytes(buffer[at : at + self.size], sys.byteorder)
        held &= ~(self.mask << self.shift)
        held |= (number & self.mask) << self.shift
        buffer[at : at + self.size] = held.to_bytes(self.size, sys.byteorder)

    def get(self, buffer: bytearray, at: int, _end: int) -> Any:
        held = bytes(memoryview(buffer)[at : at + self.size])
        number = int.from_bytes(held, sys.byteorder) >> self.shift & self.mask
        if number > self.high:
            number -= self.mask + 1
        if isinstance(self.base, Boolean):
            return bool(number)
        return number if self.base.decode is None else self.base.decode(number)

    def problem(self, value: Any) -> tuple[str, str] | None:
        found = self.base.problem(value)
        if found is None and not self.low <= int(value) <= self.high:
            return "", f"{int(value)} is outside {self.low}..{self.high}"
        return found

    def plain(self, value: Any) -> Any:
        return self.base.plain(value)

    def parse(self, plain: Any, path: str) -> Any:
        return self.base.parse(plain, path)


class Float(Scalar):
    """`f32`, `f64`."""

    def __init__(self, name: str) -> None:
        self.format, self.size = ("f", 4) if name == "f32" else ("d", 8)

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, (int, float)):
            return "", f"{value!r} is not a number"
        try:
            struct.pack(f"={self.format}", value)
        except OverflowError:
            return "", f"{value} is too large for {self.size} bytes"
        return None


class WideText(Scalar):
    """`wchar[N]`: text of at most N code units, up to the first NUL if there is one."""

    def __init__(self, length: int) -> None:
        self.unit, order = wide_unit(), "le" if sys.byteorder == "little" else "be"
        self.codec = f"utf-{8 * self.unit}-{order}"
        self.length, self.size = length, length * self.unit
        self.format = f"{self.size}s"
        self.encode, self.decode = self._encode, self._decode

    def _encode(self, value: str) -> bytes:
        raw = value.encode(self.codec, "surrogatepass")
        if len(raw) > self.size or "\0" in value:
            raise ValueError
        return raw

    def _decode(self, raw: bytes) -> str:
        text = raw.decode(self.codec, "surrogatepass" if self.unit == 2 else "replace")
        return text.partition("\0")[0]

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, str):
            return "", f"{value!r} is not a text"
        if "\0" in value:
            return "", "has a NUL inside"
        units = len(value.encode(self.codec, "surrogatepass")) // self.unit
        if units > self.length:
            return "", f"{units} code units, at most {self.length}"
        return None


def wide_unit() -> int:
    """Return the bytes of a `wchar_t`."""
    return 2 if sys.platform == "win32" else 4


def long_double() -> Blob:
    """Return the codec of a `long double`: its bytes, for Python has no such number."""
    name = abi_name()
    return Blob(8 if name.startswith("windows") else _LONG_DOUBLES.get(name, 16))


class NativeUnion:
    """A union without a tag: bytes, and what they are as each arm. Immutable.

    `U.of(arm=value)` makes one, its other bytes zero; `u.arm` reads one; `u.raw` are
    the bytes.
    """

    __slots__ = ("raw",)
    _item: ClassVar[NativeUnionItem]
    raw: bytes

    def __init__(self, raw: bytes = b"") -> None:
        """Take the bytes; what is missing is zero."""
        object.__setattr__(self, "raw", bytes(raw).ljust(self._item.size, b"\0"))

    @classmethod
    def of(cls, **arm: Any) -> Self:
        """Make one that holds the value of one arm."""
        if len(arm) != 1:
            raise TypeError(f"{cls.__name__}.of() takes the value of one arm")
        ((name, value),) = arm.items()
        return cls(cls._item.raw_of(name, value))

    def __getattr__(self, name: str) -> Any:
        """Return what the bytes are as an arm."""
        item = type(self)._item.arms.get(name)
        if item is None:
            raise AttributeError(f"{type(self).__name__} has no arm {name!r}")
        return item.get(bytearray(self.raw), 0, len(self.raw))

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a union does not change."""
        raise AttributeError(f"{type(self).__name__} is immutable; make another one")

    def __dir__(self) -> list[str]:
        """Name the arms too."""
        return [*super().__dir__(), *type(self)._item.arms]

    def __eq__(self, other: object) -> bool:
        """Compare the bytes, with another of the same class only."""
        if not isinstance(other, NativeUnion) or type(self) is not type(other):
            return False
        return self.raw == other.raw

    def __hash__(self) -> int:
        """Hash the bytes."""
        return hash((type(self), self.raw))

    def __repr__(self) -> str:
        """Show the bytes: nothing tells what they are."""
        return f"{type(self).__name__}({short_repr(self.raw)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the name of the class."""
        return type(self), (self.raw,)

    def to_dict(self) -> dict[str, Any]:
        """Return `{"raw": hexadecimal text}`."""
        return {"raw": self.raw.hex()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Make one of what `to_dict` returned, or of `{arm: value}`."""
        made: Self = cls._item.parse(plain, cls.__name__)
        return made


class NativeUnionItem(Item):
    """The codec of one such class."""

    def __init__(self, cls: Any, size: int, arms: dict[str, Item]) -> None:
        self.cls, self.size, self.arms = cls, size, arms

    def raw_of(self, name: str, value: Any) -> bytes:
        """Return the bytes of one arm's value; ValidationError says what is wrong."""
        item = self.arms.get(name)
        path = f"{self.cls.__name__}.{name}"
        if item is None:
            raise ValidationError(path, "there is no such arm")
        wrong = item.problem(value)
        if wrong is not None:
            raise ValidationError(f"{path}{wrong[0]}", wrong[1])
        buffer = bytearray(self.size)
        item.put(buffer, 0, value)
        return bytes(buffer)

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if type(value) is not self.cls or len(value.raw) != self.size:
            raise TypeError
        buffer[at : at + self.size] = value.raw

    def get(self, buffer: bytearray, at: int, _end: int) -> Any:
        return self.cls(bytes(memoryview(buffer)[at : at + self.size]))

    def problem(self, value: Any) -> tuple[str, str] | None:
        if type(value) is not self.cls:
            return "", f"{value!r} is not a {self.cls.__name__}"
        if len(value.raw) != self.size:
            return "", f"{len(value.raw)} bytes, must be {self.size}"
        return None

    def plain(self, value: Any) -> Any:
        return value.to_dict()

    def parse(self, plain: Any, path: str) -> Any:
        if type(plain) is self.cls:
            return plain
        if not isinstance(plain, dict) or len(plain) != 1:
            raise ValidationError(path, f"{plain!r} is not one arm, or `raw`")
        ((name, content),) = plain.items()
        if name == "raw":
            return self.cls(parse_hex(content, path))
        item = self.arms.get(name)
        if item is None:
            raise ValidationError(f"{path}.{name}", "there is no such arm")
        return self.cls(self.raw_of(name, item.parse(content, f"{path}.{name}")))
