"""Stand-ins for what only a type checker needs.

Importing `typing` costs about as much as starting Python does; a client imports it for
nobody.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, Protocol, TypeVar

    from typing_extensions import dataclass_transform, deprecated

    ReplyT = TypeVar("ReplyT")
    ReplyT_co = TypeVar("ReplyT_co", covariant=True)
else:
    ReplyT = ReplyT_co = None

    class Generic:
        """Subscripting gives the class itself."""

        def __class_getitem__(cls, _parameter: object) -> type:
            """Return the class, whatever the parameter."""
            return cls

    Protocol = object

    def dataclass_transform(**_options: object) -> object:
        """Tell a type checker that annotations are parameters; do nothing else."""
        return lambda cls: cls

    def deprecated(message: str) -> object:
        """Make a method warn its caller; a type checker warns before it is called."""

        def mark(method: Callable[..., object]) -> object:
            def warned(*args: object, **values: object) -> object:
                from warnings import warn

                warn(message, DeprecationWarning, stacklevel=2)
                return method(*args, **values)

            warned.__doc__, warned.__name__ = method.__doc__, method.__name__
            warned.__qualname__, warned.__wrapped__ = method.__qualname__, method
            return warned

        return mark


class HasHandle(Protocol):
    """An object that has a handle of this process, such as a PyHANDLE of pywin32."""

    @property
    def handle(self) -> int:
        """The number."""


class HasFileno(Protocol):
    """An open file, elsewhere than on Windows."""

    def fileno(self) -> int:
        """Return the file descriptor."""


__all__ = [
    "Generic",
    "HasFileno",
    "HasHandle",
    "Protocol",
    "ReplyT",
    "ReplyT_co",
    "dataclass_transform",
    "deprecated",
]
