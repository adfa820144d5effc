"""Scalars: how one value becomes bytes, and what is wrong with it if it cannot.

Every item has two ways to look at a value. `encode` is the fast one: it raises one of
REFUSED and does not say why. `problem` is run only then, and words what a person reads.
Both must refuse the same values. `encode` and `decode` are None where the struct module
alone does the right thing.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

import struct
import sys

from .errors import ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .enums import Flags, OpenEnum

    Convert = Callable[[Any], Any]

REFUSED = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    struct.error,
)
"""What an encoder raises at a value that does not fit."""

_LETTERS = {1: "b", 2: "h", 4: "i", 8: "q"}


class Item:
    """One typed place in a message."""

    size = 0
    """Bytes, without those of a tail."""
    shares = False
    """Whether it may share its bytes with other items."""

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        """Write the value at that offset."""
        raise NotImplementedError

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        """Read the value at that offset of a buffer that holds `end` bytes."""
        raise NotImplementedError

    def room(self, _value: Any) -> int:
        """Return the bytes that this value takes beyond `size`."""
        return 0

    def problem(self, value: Any) -> tuple[str, str] | None:
        """Return where inside the value it is wrong, and how; None if it is not."""
        raise NotImplementedError

    def plain(self, value: Any) -> Any:
        """Return the value as JSON can carry it."""
        return value

    def parse(self, plain: Any, _path: str) -> Any:
        """Return the value of what `plain` returned."""
        return plain


class Scalar(Item):
    """A value that is one item of a struct format."""

    format = ""
    encode: Convert | None = None
    decode: Convert | None = None

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        """Write the value at that offset."""
        struct.pack_into(
            "=" + self.format, buffer, at, self.encode(value) if self.encode else value
        )

    def get(self, buffer: bytearray, at: int, _end: int) -> Any:
        """Read the value at that offset."""
        (value,) = struct.unpack_from("=" + self.format, buffer, at)
        return self.decode(value) if self.decode else value


class Integer(Scalar):
    """`u32`, `s16be`, `u8 in 1..5`; without bounds the width alone decides."""

    def __init__(
        self, name: str, low: int | None = None, high: int | None = None
    ) -> None:
        bits = int(name[1:].rstrip("bel"))
        self.name = name
        self.size = size = bits // 8
        self.signed = signed = name[0] == "s"
        natural_low, natural_high = (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        )
        self.low = natural_low if low is None else low
        self.high = natural_high if high is None else high
        order = {"be": "big", "le": "little"}.get(name[-2:], sys.byteorder)
        ranged = (self.low, self.high) != (natural_low, natural_high)
        self.format = _LETTERS[size] if signed else _LETTERS[size].upper()
        if ranged:
            self.encode = self._checked
        if order != sys.byteorder:
            self.format = f"{size}s"
            self.encode = self._swapped
            self.decode = self._unswapped
            self._order: Any = order

    def _checked(self, value: int) -> int:
        if self.low <= value <= self.high:
            return value
        raise ValueError

    def _swapped(self, value: int) -> bytes:
        checked = self._checked(value)
        return checked.to_bytes(self.size, self._order, signed=self.signed)

    def _unswapped(self, raw: bytes) -> int:
        return int.from_bytes(raw, self._order, signed=self.signed)

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, int):
            return "", f"{value!r} is not an integer"
        if not self.low <= value <= self.high:
            return "", f"{value} is outside {self.low}..{self.high}"
        return None


class Boolean(Scalar):
    """One byte, 0 or 1."""

    format = "?"
    size = 1

    def __init__(self) -> None:
        self.encode = {False: False, True: True}.__getitem__

    def problem(self, value: Any) -> tuple[str, str] | None:
        return None if value in (False, True) else ("", f"{value!r} is not a bool")


class Enum(Scalar):
    """An enum; a closed one refuses a number without a name, on input only."""

    def __init__(self, cls: type[OpenEnum], base: Integer, *, is_open: bool) -> None:
        self.cls, self.base, self.is_open = cls, base, is_open
        self.format, self.size = base.format, base.size
        members = {int(member): member for member in cls}
        encode, decode = base.encode, base.decode
        if not is_open:
            numbers = {
                number: encode(number) if encode else number for number in members
            }
            encode = numbers.__getitem__
        self.encode = encode
        known = _Members(cls, members)
        self.decode = (
            known.__getitem__ if decode is None else lambda raw: known[decode(raw)]
        )
        self._members = members

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, int):
            return "", f"{value!r} is not a {self.cls.__name__}"
        if not self.is_open and value not in self._members:
            names = ", ".join(
                f"{member.name} ({number})" for number, member in self._members.items()
            )
            return "", f"{int(value)} is none of {names}"
        return self.base.problem(value)

    def plain(self, value: Any) -> Any:
        member = self._members.get(value)
        return int(value) if member is None else member.name.lower()

    def parse(self, plain: Any, path: str) -> Any:
        if isinstance(plain, str):
            try:
                return self.cls[plain.upper()]
            except KeyError:
                raise ValidationError(
                    path, f"{plain!r} is no {self.cls.__name__}"
                ) from None
        return self.cls(plain) if isinstance(plain, int) else plain


class _Members(dict[int, "OpenEnum"]):
    """Members by number; a number without a name makes one, which is not remembered."""

    def __init__(self, cls: type[OpenEnum], members: dict[int, OpenEnum]) -> None:
        super().__init__(members)
        self.cls = cls

    def __missing__(self, number: int) -> OpenEnum:
        return self.cls(number)


class FlagSet(Scalar):
    """Flags; closed ones refuse a bit without a name, on input only."""

    def __init__(
        self, cls: type[Flags], base: Integer, mask: int, *, is_open: bool
    ) -> None:
        self.cls, self.base, self.mask, self.is_open = cls, base, mask, is_open
        self.format, self.size = base.format, base.size
        self.encode = base.encode if is_open else self._checked
        decode = base.decode
        known = _Combinations(cls)
        self.decode = (
            known.__getitem__ if decode is None else lambda raw: known[decode(raw)]
        )

    def _checked(self, value: int) -> Any:
        if value & ~self.mask:
            raise ValueError
        return value if self.base.encode is None else self.base.encode(value)

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, int):
            return "", f"{value!r} is not a {self.cls.__name__}"
        if not self.is_open and value & ~self.mask:
            return (
                "",
                f"{value & ~self.mask:#x}: bits that {self.cls.__name__} does not name",
            )
        return self.base.problem(value)

    def plain(self, value: Any) -> Any:
        rest = number = int(value)
        names: list[str | int] = []
        for name, member in self.cls.__members__.items():
            bits = int(member)
            if bits and number & bits == bits:
                names.append(name.lower())
                rest &= ~bits
        return [*names, rest] if rest else names

    def parse(self, plain: Any, path: str) -> Any:
        if isinstance(plain, int):
            return self.cls(plain)
        result = 0
        for name in plain:
            if isinstance(name, int):
                result |= name
            elif name.upper() in self.cls.__members__:
                result |= int(self.cls[name.upper()])
            else:
                raise ValidationError(path, f"{name!r} is no {self.cls.__name__}")
        return self.cls(result)


class _Combinations(dict[int, "Flags"]):
    """Combinations seen so far, by number; making one takes ten times as long."""

    def __init__(self, cls: type[Flags]) -> None:
        super().__init__()
        self.cls = cls

    def __missing__(self, number: int) -> Flags:
        made = self.cls(number)
        if len(self) < _REMEMBERED:
            self[number] = made
        return made


_REMEMBERED = 256
