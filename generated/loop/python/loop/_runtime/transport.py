"""What carries a call to a driver: the seam for systems, simulators, recorders."""

from __future__ import annotations

from ._typing import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Buffer

    Access = Literal["none", "r", "w", "rw"]


class Failure:
    """What a refused call came back with, in the numbers of the system."""

    __slots__ = ("code", "message", "ntstatus")

    def __init__(
        self, code: int, ntstatus: int | None = None, message: str = ""
    ) -> None:
        """Take the Win32 code or errno, the NTSTATUS if known, the system's words."""
        self.code = code
        self.ntstatus = ntstatus
        self.message = message

    def __repr__(self) -> str:
        """Show the numbers."""
        status = "" if self.ntstatus is None else f", 0x{self.ntstatus:08X}"
        return f"Failure({self.code}{status})"


class Transport(Protocol):
    """An open device.

    Any object with these three members will do. Calls come from any thread, several at
    once.
    """

    system: str
    """`windows` or `linux`: whose control codes and error numbers it speaks."""

    def control(
        self, code: int, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Send one request and wait for its reply.

        `reply` is filled from its start; the number of bytes that the driver wrote
        comes back, also with a failure that carries data (Windows: ERROR_MORE_DATA).
        For a `data:` buffer that the driver reads, `reply` is that buffer, and may be
        read-only. Neither buffer is used any more once this returns or raises. Raises
        ValueError after `close`.
        """

    def close(self) -> None:
        """Close the device; a second time does nothing."""
