"""Enums and flags that keep what a newer driver says. They pickle as their numbers."""
# `Self` is newer than Python 3.10.
# ruff: noqa: RUF100, UP035

from __future__ import annotations

from enum import IntEnum, IntFlag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self


class OpenEnum(IntEnum):
    """An IntEnum that has a member for every integer.

    A value without a name is called `unknown_<number>`. It equals that number and is
    not among the members that iteration gives.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"unknown_{int(value)}"
        member._value_ = int(value)
        return member

    def __reduce_ex__(self, _protocol: object) -> tuple[object, ...]:
        """Pickle the number, which need not have a name."""
        return type(self), (int(self),)


class Flags(IntFlag):
    """An IntFlag that keeps bits without a name."""

    def __reduce_ex__(self, _protocol: object) -> tuple[object, ...]:
        """Pickle the number, which need not have a name."""
        return type(self), (int(self),)
