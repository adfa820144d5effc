"""One ioctl: its codes and messages, and the function that carries a call from values to reply."""

from __future__ import annotations

from ._typing import Generic, ReplyT_co
from .arrays import BadReply
from .errors import ValidationError
from .items import REFUSED
from .values import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

    from .device import Device
    from .structs import StructItem
    from .transport import Failure
    from .values import Message

    Encode = Callable[[Any], "bytearray | None"]
    Run = Callable[..., Any]

_MORE_DATA = 234
"""ERROR_MORE_DATA: the reply was cut, and what fits came with it."""
_TOO_SHORT = (122, 234)
"""ERROR_INSUFFICIENT_BUFFER and ERROR_MORE_DATA: the reply needs a larger buffer."""
_GROWTH = 4


class Data:
    """The caller's own buffer of an ioctl: `low` to `high` elements of `size` bytes each."""

    __slots__ = ("high", "low", "size", "to_caller")

    def __init__(self, size: int, low: int, high: int, *, to_caller: bool) -> None:
        """Take the bytes of an element, and the bounds of the length in elements."""
        self.size, self.low, self.high, self.to_caller = size, low, high, to_caller

    def problem(self, data: Any) -> str | None:
        """Return what is wrong with a buffer."""
        try:
            view = memoryview(data)
        except TypeError:
            return f"{data!r} is not a buffer"
        if self.to_caller and view.readonly:
            return "is read-only, and the driver writes to it"
        if not view.c_contiguous:
            return "is not contiguous"
        length, rest = divmod(view.nbytes, self.size)
        if rest:
            return f"{view.nbytes} bytes are no multiple of {self.size}"
        if not self.low <= length <= self.high:
            unit = "bytes" if self.size == 1 else "elements"
            return f"{length} {unit}, must be {self.low} to {self.high}"
        return None


class Call(Generic[ReplyT_co]):
    """What the client knows of one ioctl.

    `run(device, values, data)` makes a call: `values` are those of the request's fields in their
    order. It is built on first use, together with the classes of the messages.
    """

    __slots__ = (
        "_send",
        "bare",
        "data",
        "errors",
        "full_size",
        "idempotent",
        "linux",
        "name",
        "reply",
        "request",
        "run",
        "since",
        "windows",
    )
    run: Callable[..., ReplyT_co]

    def __init__(
        self,
        name: str,
        *,
        windows: int | None = None,
        linux: int | None = None,
        request: str = "",
        reply: str = "",
        bare: bool = False,
        data: Data | None = None,
        errors: tuple[str, ...] = (),
        full_size: tuple[str, str] | None = None,
        idempotent: bool = False,
        since: tuple[int, int] | None = None,
    ) -> None:
        """Take the control codes, the names of the message classes, and the declared errors.

        With `bare` the reply's only field is returned instead of the reply. `full_size` is the
        field of a cut reply that tells its full size, and the unit: `elements` or `bytes`.
        """
        self.name = name
        self.windows = windows
        self.linux = linux
        self.request = request
        self.reply = reply
        self.bare = bare
        self.data = data
        self.errors = errors
        self.full_size = full_size
        self.idempotent = idempotent
        self.since = since
        self.run = self._first_run
        self._send = send

    def __repr__(self) -> str:
        """Show the name."""
        return f"<ioctl {self.name}>"

    def send(
    device: Device, call: Call[Any], request: Any, reply: Buffer | None
) -> tuple[Failure | None, int]:
    """Send bytes by the code of the device's system."""
    code = call.linux if device._on_linux else call.windows
    return device._control(code, request, reply)


def _send_and_wipe(
    device: Device, call: Call[Any], request: Any, reply: Buffer | None
) -> tuple[Failure | None, int]:
    try:
        return send(device, call, request, reply)
    finally:
        wipe(request)


def wipe(buffer: bytearray) -> None:
    """Overwrite a buffer that held a secret."""
    buffer[:] = bytes(len(buffer))
