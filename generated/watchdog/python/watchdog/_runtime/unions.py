"""Tagged unions: a value and the tag that says what it is."""
# `Self` is newer than Python 3.10.
# ruff: noqa: RUF100, UP035

from __future__ import annotations

from .values import short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

    from .arrays import Union


class TaggedUnion:
    """One arm of several. Made by the class method of that arm; immutable.

    `tag` is the enum value of the arm, `value` what it holds: None for an arm that
    holds nothing, the raw bytes for a tag that this client does not know.
    """

    __slots__ = ("tag", "value")
    _item: ClassVar[Union]
    tag: Any
    value: Any

    def __init__(self, tag: int, value: object = None) -> None:
        """Take a tag and its value; the class methods of the arms read better."""
        object.__setattr__(self, "tag", tag)
        object.__setattr__(self, "value", value)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a union does not change."""
        raise AttributeError(f"{type(self).__name__} is immutable; make another one")

    def __eq__(self, other: object) -> bool:
        """Compare tag and value, with another of the same class only."""
        if not isinstance(other, TaggedUnion) or type(self) is not type(other):
            return False
        return bool(self.tag == other.tag and self.value == other.value)

    def __hash__(self) -> int:
        """Hash tag and value."""
        return hash((type(self), self.tag, self.value))

    def __repr__(self) -> str:
        """Show the arm as it would be written."""
        arm = self._item.arm_name(self.tag)
        if arm is None:
            return f"{type(self).__name__}({self.tag!r}, {short_repr(self.value)})"
        value = "" if self.value is None else short_repr(self.value)
        return f"{type(self).__name__}.{arm}({value})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the name of the class."""
        return type(self), (self.tag, self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return `{arm: value}` in plain values that JSON can carry."""
        plain: dict[str, Any] = self._item.plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Make one of what `to_dict` returned; ValidationError says what is wrong."""
        made: Self = cls._item.parse(plain, cls.__name__)
        return made


def add_arm(cls: type[TaggedUnion], name: str, tag: int, *, holds: bool) -> None:
    """Give a union class the class method of one arm."""

    def with_value(cls: type[TaggedUnion], value: object, /) -> TaggedUnion:
        return cls(
            cls._item.tag.cls(tag), tuple(value) if type(value) is list else value
        )

    def without_value(cls: type[TaggedUnion]) -> TaggedUnion:
        return cls(cls._item.tag.cls(tag))

    method = with_value if holds else without_value
    method.__name__, method.__qualname__ = name, f"{cls.__name__}.{name}"
    setattr(cls, name, classmethod(method))
