"""Model: the errors that need no entry in a schema, with their numbers on every side.

NTSTATUS values: ntstatus.h. Win32: what RtlNtStatusToDosError makes of them. errno: Linux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Error, Note

if TYPE_CHECKING:
    from kgen.model.entities import Interface

_TABLE = """
unknown_code  C0000010    1 ENOTTY     The driver does not know this control code.
invalid       C000000D   87 EINVAL     A value is outside what the schema allows.
short_buffer  C0000023  122 EINVAL     The reply does not fit into the caller's buffer.
bad_length    C0000004   24 EINVAL     The request has another length than the schema says.
too_big       C0000206 1784 E2BIG      The request says more than this driver knows.
overflow      C0000095  534 EOVERFLOW  A number does not fit.
fault         C0000005  998 EFAULT     The caller's memory cannot be read or written.
no_memory     C000009A 1450 ENOMEM     The driver is out of memory.
access_denied C0000022    5 EACCES     The caller may not do this.
privilege     C0000061 1314 EPERM      The caller lacks a privilege.
unsupported   C00000BB   50 EOPNOTSUPP The driver cannot do this.
timeout       C00000B5  121 ETIMEDOUT  It took too long.
cancelled     C0000120  995 ECANCELED  The request was cancelled.
busy          80000011  170 EBUSY      It is in use.
not_found     C0000225 1168 ENOENT     There is no such thing.
exists        C0000035  183 EEXIST     There is one already.
no_space      C000007F  112 ENOSPC     There is no room left.
bad_handle    C0000008    6 EBADF      The handle or id is not valid.
gone          C00002B6 1617 ENODEV     The device was removed.
io            C0000185 1117 EIO        The device failed.
protocol      C0000186 1117 EPROTO     The device answered out of order.
internal      C00000E5 1359 EIO        The driver broke its own contract.
"""


def _builtin(line: str) -> Error:
    name, ntstatus, win32, errno, doc = line.split(maxsplit=4)
    return Error(name, int(ntstatus, 16), int(win32), errno, Note(doc), True, None)


BUILTIN: dict[str, Error] = {
    error.name: error for error in map(_builtin, _TABLE.strip().splitlines())
}
"""By name. `ok` and `truncated` are no errors and not among them."""

BOUNDARY: tuple[str, ...] = (
    "unknown_code",
    "access_denied",
    "bad_length",
    "short_buffer",
    "too_big",
    "invalid",
    "fault",
    "no_memory",
    "internal",
)
"""What the boundary itself may answer to any request, in the order of its checks."""


_OF_CAPABILITY = (
    ("handle", "bad_handle"),
    ("pnp_device", "gone"),
    ("machine_word", "overflow"),
)


def boundary_errors(interface: Interface) -> tuple[str, ...]:
    """Those, and what only the boundary of an interface that needs a capability answers."""
    used = {use.capability for use in interface.uses}
    return (*BOUNDARY, *(error for capability, error in _OF_CAPABILITY if capability in used))
