"""Model: how an existing code of Linux is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.model.types import Integer, Type


class Parameter(NamedTuple):
    """What a caller adds to the number of a code."""

    name: str
    maximum: int
    """0 is the least."""


class Calling(NamedTuple):
    """How an existing code of Linux is called, where that does not follow from its messages."""

    number: int | None = None
    """The whole number, on every ABI."""
    numbers: tuple[tuple[str, int], ...] = ()
    """ABI and whole number, where that is another on each; no other ABI has the code."""
    magic: int | None = None
    """The type byte of _IOC, where that is not the interface's."""
    parameter: Parameter | None = None
    """There are many numbers, of which the code's own is the first."""
    direction: str | None = None
    """What the number says, `none`, `in`, `out` or `both`; None where it is what is moved."""
    size: Type | None = None
    """Its size is what the number says; None where it is that of what is moved."""
    by_buffer: bool = False
    """The number says the size of the caller's buffer."""
    by_value: bool = False
    """The request is one integer, passed in place of the pointer."""
    returns: Integer | None = None
    """What ioctl() itself answers."""
    returns_length: bool = False
    """It answers the length of the reply."""

    @property
    def is_whole(self) -> bool:
        """Its number is not made of parts."""
        return self.number is not None or bool(self.numbers)


AS_USUAL = Calling()
