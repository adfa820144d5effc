"""Scalars that are bytes in a message: texts, blobs, GUIDs, handles, addresses."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

import os
import sys

from .errors import ValidationError
from .items import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID


class Guid(Scalar):
    """A GUID, its first three parts in the machine's byte order."""

    format = "16s"
    size = 16

    def __init__(self) -> None:
        from operator import attrgetter
        from uuid import UUID

        self.cls = UUID
        self.encode = attrgetter("bytes_le" if sys.byteorder == "little" else "bytes")
        little = sys.byteorder == "little"
        self.decode = (
            (lambda raw: UUID(bytes_le=raw))
            if little
            else (lambda raw: UUID(bytes=raw))
        )

    def problem(self, value: Any) -> tuple[str, str] | None:
        return (
            None
            if isinstance(value, self.cls)
            else ("", f"{value!r} is not a uuid.UUID")
        )

    def plain(self, value: UUID) -> str:
        return str(value)

    def parse(self, plain: Any, path: str) -> Any:
        try:
            return self.cls(plain) if isinstance(plain, str) else plain
        except ValueError:
            raise ValidationError(path, f"{plain!r} is no GUID") from None


class Text(Scalar):
    """`utf8[N]`, `utf16[N]`: NUL-padded, at least one NUL."""

    def __init__(self, encoding: str, length: int) -> None:
        self.codec, self.unit = text_codec(encoding)
        self.length = length
        self.size = length * self.unit
        self.format = f"{self.size}s"
        self.encode, self.decode = self._encode, self._decode

    def _encode(self, value: str) -> bytes:
        raw = value.encode(self.codec)
        if len(raw) > self.size - self.unit or "\0" in value:
            raise ValueError
        return raw

    def _decode(self, raw: bytes) -> str:
        return decode_text(raw, self.codec).partition("\0")[0]

    def problem(self, value: Any) -> tuple[str, str] | None:
        wrong = text_problem(value, self.codec)
        if wrong is not None:
            return "", wrong
        if "\0" in value:
            return "", "has a NUL inside"
        units = len(value.encode(self.codec)) // self.unit
        if units >= self.length:
            return "", f"{units} {_UNITS[self.unit]}, at most {self.length - 1}"
        return None


class Blob(Scalar):
    """`u8[N]`: exactly N bytes."""

    def __init__(self, length: int) -> None:
        self.size = length
        self.format = f"{length}s"
        self.encode = self._encode

    def _encode(self, value: bytes) -> bytes:
        if len(value) != self.size or not isinstance(
            value, (bytes, bytearray, memoryview)
        ):
            raise ValueError
        return bytes(value)

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            return "", f"{value!r} is not bytes"
        if len(value) != self.size:
            return "", f"{len(value)} bytes, must be {self.size}"
        return None

    def plain(self, value: Any) -> str:
        return bytes(value).hex()

    def parse(self, plain: Any, path: str) -> Any:
        return parse_hex(plain, path)


_UNITS = {1: "bytes", 2: "UTF-16 units"}


def text_codec(encoding: str) -> tuple[str, int]:
    """Return Python's name of the codec and the bytes of one code unit."""
    if encoding == "utf8":
        return "utf-8", 1
    return ("utf-16-le" if sys.byteorder == "little" else "utf-16-be"), 2


def decode_text(raw: bytes, codec: str) -> str:
    """Decode what a driver sent; what is no text becomes lone surrogates."""
    return raw.decode(codec, "surrogateescape" if codec == "utf-8" else "surrogatepass")


def text_problem(value: Any, codec: str) -> str | None:
    """Return what is wrong with a text of any length."""
    if not isinstance(value, str):
        return f"{value!r} is not a str"
    try:
        value.encode(codec)
    except UnicodeEncodeError as error:
        return f"character {error.start} is a lone surrogate"
    return None


def parse_hex(plain: Any, path: str) -> Any:
    """Return the bytes of hexadecimal text; anything else as it is."""
    if not isinstance(plain, str):
        return plain
    try:
        return bytes.fromhex(plain)
    except ValueError:
        raise ValidationError(path, "is not hexadecimal text") from None


class Handle(Scalar):
    """A handle of this process: a number, or an object that has one as `handle`.

    Elsewhere than on Windows an object with `fileno()` will do: there it is a file
    descriptor.
    """

    format = "Q"
    size = 8

    def __init__(self, *, is_optional: bool) -> None:
        self.is_optional = is_optional
        self.encode = self._encode

    def _encode(self, value: Any) -> int:
        wrong, number = self._number(value)
        if wrong:
            raise ValueError
        return number & _ALL_BITS

    def _number(self, value: Any) -> tuple[str, int]:
        """Return what is wrong, and the number; the system has negative ones."""
        if value is None and self.is_optional:
            return "", 0
        number = _number_of(value)
        if not isinstance(number, int):
            return f"{value!r} is neither a number nor has one as `handle`", 0
        if number == 0 and not self.is_optional:
            return "0 is no handle", 0
        fits = -(1 << 31) <= number <= _ALL_BITS
        return "" if fits else f"{number} is no handle", number

    def problem(self, value: Any) -> tuple[str, str] | None:
        wrong, _ = self._number(value)
        return ("", wrong) if wrong else None

    def plain(self, value: Any) -> int | None:
        number = _number_of(value)
        return None if number is None else int(number)


_ALL_BITS = (1 << 64) - 1
_IS_WINDOWS = os.name == "nt"


def _number_of(value: Any) -> Any:
    number = getattr(value, "handle", value)
    if number is value and not _IS_WINDOWS and hasattr(value, "fileno"):
        return value.fileno()
    return number


class Pointer(Scalar):
    """The address of a buffer of the caller, or a number that is one; 64 bits."""

    format = "Q"
    size = 8

    def __init__(self) -> None:
        self.encode = self._encode

    @staticmethod
    def _encode(value: Any) -> int:
        if isinstance(value, int):
            return value
        from ._kernel32 import ffi

        # The buffer outlives the call: the request's values are kept until it ends.
        return int(ffi.cast("uintptr_t", ffi.from_buffer(value)))

    def problem(self, value: Any) -> tuple[str, str] | None:
        if isinstance(value, int):
            fits = 0 <= value < 1 << 64
            return None if fits else ("", f"{value} is no address")
        if isinstance(value, (bytearray, memoryview)):
            return None
        return "", f"{value!r} is neither a buffer nor an address"
