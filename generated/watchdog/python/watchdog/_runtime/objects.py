"""Ids of objects: integers that are told apart by what they name."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from .items import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = 1 << 64


class ObjectId(int):
    """The id of an object that the driver made for one open device.

    It comes from a reply and is good for that device, until a request gives the object
    up or the device is closed. An id that names none is refused by the driver.
    """

    def __repr__(self) -> str:
        """Show which kind it is."""
        return f"{type(self).__name__}({int(self):#x})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the number; it is good only where the device is open."""
        return type(self), (int(self),)


class ObjectName(Scalar):
    """The place of an id in a message: 64 bits, of one kind of object."""

    format = "Q"
    size = 8

    def __init__(self, cls: type[ObjectId]) -> None:
        self.cls = cls
        self.encode = self._checked
        self.decode = cls

    def _checked(self, value: Any) -> int:
        if isinstance(value, self.cls) and 0 <= value < _LIMIT:
            return value
        raise ValueError

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, self.cls):
            return "", f"{value!r} is not a {self.cls.__name__}"
        if not 0 <= value < _LIMIT:
            return "", f"{value!r} is outside 0..{_LIMIT - 1}"
        return None

    def plain(self, value: Any) -> Any:
        return int(value)

    def parse(self, plain: Any, _path: str) -> Any:
        return self.cls(plain) if isinstance(plain, int) else plain
