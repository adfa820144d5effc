"""Bit-fields: an integer cut into named parts, as a message class of its own."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from .errors import ValidationError
from .items import Scalar
from .values import restore, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .items import Enum, Integer
    from .values import Message

    Part = tuple[str, int, int, Enum | None]
    """Name, lowest bit, number of bits, and the enum where it is one."""


class Bits(Scalar):
    """Bits without a name are zero on input and dropped on output."""

    def __init__(
        self, cls: type[Message], base: Integer, parts: tuple[Part, ...]
    ) -> None:
        self.cls, self.base, self.parts = cls, base, parts
        self.format, self.size = base.format, base.size
        self.encode, self.decode = self._encode, self._decode

    def _encode(self, value: Any) -> Any:
        if type(value) is not self.cls:
            raise TypeError
        number = 0
        for (_, low, width, enum), part in zip(
            self.parts, values_of(value), strict=True
        ):
            if not 0 <= part < 1 << width:
                raise ValueError
            if enum is not None and enum.encode is not None:
                enum.encode(part)
            number |= part << low
        return number if self.base.encode is None else self.base.encode(number)

    def _decode(self, raw: Any) -> Any:
        number = raw if self.base.decode is None else self.base.decode(raw)
        values = [
            (number >> low) & ((1 << width) - 1) for _, low, width, _ in self.parts
        ]
        for index, (_, _, _, enum) in enumerate(self.parts):
            if enum is not None:
                values[index] = enum.cls(values[index])
        return restore(self.cls, values)

    def problem(self, value: Any) -> tuple[str, str] | None:
        if type(value) is not self.cls:
            return "", f"{value!r} is not a {self.cls.__name__}"
        for (name, _, width, enum), part in zip(
            self.parts, values_of(value), strict=True
        ):
            if not isinstance(part, int):
                return f".{name}", f"{part!r} is not an integer"
            if not 0 <= part < 1 << width:
                return f".{name}", f"{int(part)} is outside 0..{(1 << width) - 1}"
            found = None if enum is None else enum.problem(part)
            if found is not None:
                return f".{name}", found[1]
        return None

    def field_value(self, message: Message, name: str) -> Any:
        """Return one part by its name."""
        return getattr(message, name)

    def plain(self, value: Any) -> dict[str, Any]:
        return {
            name: int(part) if enum is None else enum.plain(part)
            for (name, _, _, enum), part in zip(
                self.parts, values_of(value), strict=True
            )
        }

    def parse(self, plain: Any, path: str) -> Any:
        if type(plain) is self.cls:
            return plain
        enums = {name: enum for name, _, _, enum in self.parts}
        if not isinstance(plain, dict) or plain.keys() != enums.keys():
            raise ValidationError(path, f"{plain!r} does not give {', '.join(enums)}")
        parsed = {}
        for name, value in plain.items():
            enum = enums[name]
            parsed[name] = (
                value if enum is None else enum.parse(value, f"{path}.{name}")
            )
        return self.cls(**parsed)
