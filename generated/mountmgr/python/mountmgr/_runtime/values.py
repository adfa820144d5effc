"""What requests, replies and structs are made of.

A message is an immutable value: a tuple underneath, so that making one costs the same
for any number of fields, but with named fields only, and equal only to its own kind.
"""
# Values are of the types that a schema says. `Self` is newer than Python 3.10.
# ruff: noqa: ANN401, RUF100, UP035

from __future__ import annotations

from ._typing import Generic, ReplyT_co, dataclass_transform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

    from .items import Item

    _Tuple = object
else:
    _Tuple = tuple

_SHORT = 24
"""Bytes or characters of a value that a repr shows."""
_FEW = 3
"""Elements of an array that a repr shows."""


class _Signature:
    """What `inspect.signature` finds on a message class; made when somebody asks."""

    def __get__(self, instance: object, cls: type[Message]) -> object:
        """Return one keyword parameter for each field."""
        from inspect import Parameter, Signature

        optional = cls._optional
        return Signature(
            [
                Parameter(
                    name,
                    Parameter.KEYWORD_ONLY,
                    default=None if name in optional else Parameter.empty,
                )
                for name in cls._fields
            ]
        )


class _NoField:
    """A method of tuples, which a message has only as a field of that name."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name."""
        self.name = name

    def __get__(self, instance: object, cls: type) -> object:
        """Refuse, in Python's own words."""
        raise AttributeError(f"{cls.__name__!r} object has no attribute {self.name!r}")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Message(_Tuple):
    """A struct, request or reply: named fields, checked when it is sent."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _optional: ClassVar[frozenset[str]] = frozenset()
    _secret: ClassVar[frozenset[str]] = frozenset()
    _item: ClassVar[Item]
    if not TYPE_CHECKING:
        __signature__ = _Signature()
        count = _NoField()
        index = _NoField()

        def __new__(cls, *unnamed: object, **fields: object) -> Self:
            """Make one of all its fields; what a newer version added may be missing."""
            if unnamed:
                raise TypeError(
                    f"{cls.__name__}() takes its fields by name: "
                    + ", ".join(cls._fields)
                )
            if len(fields) != len(cls._fields) or not fields.keys() >= set(cls._fields):
                fields = _complete(cls, fields)
            values = [fields[name] for name in cls._fields]
            return restore(cls, [tuple(v) if type(v) is list else v for v in values])

    def __eq__(self, other: object) -> bool:
        """Compare all fields, with another of the same class only."""
        return type(self) is type(other) and values_of(self) == values_of(other)

    def __ne__(self, other: object) -> bool:
        """Compare all fields, with another of the same class only."""
        return not self == other

    def __hash__(self) -> int:
        """Hash all fields."""
        return hash((type(self), values_of(self)))

    def __repr__(self) -> str:
        """Show every field: long values by their length, secret ones not at all."""
        shown = (
            f"{name}={'<secret>' if name in self._secret else short_repr(value)}"
            for name, value in zip(self._fields, values_of(self), strict=True)
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the name of the class; both processes need the same package."""
        return restore, (type(self), values_of(self))

    def replace(self, **changes: object) -> Self:
        """Return a copy with other values in the named fields."""
        return type(self)(
            **{**dict(zip(self._fields, values_of(self), strict=True)), **changes}
        )

    def __bytes__(self) -> bytes:
        """Return the bytes that a driver gets; ValidationError says what is wrong.

        Several, one behind the other, are what a pointer of a request points to.
        """
        from .call import encoder

        item: Any = self._item
        encode: Any = encoder(type(self).__name__, item)
        return bytes(encode(values_of(self)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can carry, secrets included.

        Enums become their names, flags lists of names, bytes hexadecimal text, GUIDs
        text, unions `{arm: value}`. What has no name stays a number. Absent fields are
        left out.
        """
        plain: dict[str, Any] = self._item.plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Make one of what `to_dict` returned; ValidationError says what is wrong."""
        made: Self = cls._item.parse(plain, cls.__name__)
        return made


class Request(Message, Generic[ReplyT_co]):
    """What an ioctl takes; the parameter is what it gives back."""

    __slots__ = ()


def values_of(message: Any) -> tuple[Any, ...]:
    """Return the fields of a message in their order."""
    return tuple(message)


def restore(cls: Any, values: Any) -> Any:
    """Make a message of its fields in their order."""
    return tuple.__new__(cls, values)


def _complete(cls: type[Message], fields: dict[str, object]) -> dict[str, object]:
    unknown = [name for name in fields if name not in cls._fields]
    if unknown:
        raise TypeError(f"{cls.__name__}() has no field {unknown[0]!r}")
    missing = [n for n in cls._fields if n not in fields and n not in cls._optional]
    if missing:
        raise TypeError(f"{cls.__name__}() misses {', '.join(map(repr, missing))}")
    return {name: fields.get(name) for name in cls._fields}


def short_repr(value: object) -> str:
    """Return the repr of one value, cut to what a reader takes in."""
    if isinstance(value, (bytes, bytearray, memoryview)) and len(value) > _SHORT:
        return f"<{len(value)} bytes>"
    if isinstance(value, str) and len(value) > 2 * _SHORT:
        return f"{value[: 2 * _SHORT]!r}..."
    if type(value) is tuple:
        few = [short_repr(element) for element in value[:_FEW]]
        if len(value) > _FEW:
            few.append(f"... {len(value) - _FEW} more")
        return f"[{', '.join(few)}]"
    return repr(value)
