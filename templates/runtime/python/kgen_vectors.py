"""Vectors of a kgen interface: loaded, and replayed against a simulator or a device.

In a test, with the generated package and this folder on the path:

    VECTORS = load("generated/vault/vectors/vault_vectors.json")

    @pytest.mark.parametrize("vector", VECTORS, ids=str)
    def test_boundary(vector):
        with VaultSimulator(VaultHandlers()) as simulator:
            assert replay(vector, simulator.open, simulator.refusals) == []

Against a device on Linux, `load(path, "linux")` has the vectors that can be calls there:
`replay(vector, Vault.open)`.

It needs nothing but Python. The format of the file is public: docs/vectors.md of kgen.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

import errno
import json
import os
import sys
import sysconfig
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

PASSES = "passes"
WORD = 8
"""Bytes of an id, and of a handle."""
FILL = 0xA5
"""What the caller's buffer holds before a call."""


class Call(NamedTuple):
    """One request as bytes."""

    code: int
    request: bytes
    capacity: int
    """Bytes of the caller's other buffer: for the reply, or the `data:` buffer."""
    fill: tuple[tuple[int, int, int], ...] = ()
    """(at, call, offset): the id of an object at `at` of the request is the one at
    `offset` of what that call of `before` answered."""
    times: int = 1
    other: bool = False
    """It is made on a second handle, which stays open."""
    handles: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    """(at, kind, rights): a handle of this process at `at` of the request, to an object
    of that kind, and what it allows."""
    ioctl: str = ""
    """Its name, where the code is that of one."""


class Vector(NamedTuple):
    """One call, and what the boundary has to say to it."""

    id: str
    ioctl: str
    access: str
    """Of the handle: `none`, `r`, `w` or `rw`."""
    call: Call
    expect: str
    """`passes`: it gets to the handler; else the status that it is refused with."""
    rule: str
    trace: str
    """What the driver tells its developer, with the ioctl, the field and the rule."""
    also: tuple[str, ...]
    """What else is broken, where no request breaks this rule alone."""
    before: tuple[Call, ...]
    """Calls to be made first, for the objects that the request names."""
    allowed: dict[int, str]
    """Statuses that may come back: name by NTSTATUS."""
    win32: frozenset[int]
    """The same as Win32 errors."""
    errnos: frozenset[int]
    """The same as errno, on Linux; 0 for success."""
    system: str
    """`windows`, which simulators are too, or `linux`."""

    def __str__(self) -> str:
        """Return the id."""
        return self.id


def load(path: str, system: str = "windows", abi: str | None = None) -> list[Vector]:
    """Return the vectors of a file; ValueError where it is of another format.

    For `linux` they are those that can be calls there, with what is expected there.
    `abi` names the caller where messages are not the same for all: "linux-i386" is a
    32-bit program on Linux. It is that of this Python where nothing else is said.
    """
    if system not in ("windows", "linux"):
        raise ValueError(f"system {system!r} is none of windows, linux")
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    if document.get("kgen_vectors") != 1:
        raise ValueError(f"{path} holds no vectors of format 1")
    caller = own_abi() if abi is None else abi
    rows = [row for row in document["vectors"] if caller in row.get("abis", (caller,))]
    if system == "linux":
        rows = [{**row, "expect": row["linux"]} for row in rows if "linux" in row]
    return [_vector(row, document, system) for row in rows]


def own_abi() -> str:
    """Return the name of the ABI of this Python, as the file has it."""
    if sys.platform == "win32":
        return _ON_WINDOWS.get(sysconfig.get_platform(), "windows-x64")
    machine = os.uname().machine.lower()
    return f"linux-{_MACHINES.get(machine, (machine, machine))[sys.maxsize < 1 << 32]}"


_X86 = ("x86_64", "i386")
_ARM = ("aarch64", "armhf")
_MACHINES = {
    "x86_64": _X86,
    "amd64": _X86,
    "i386": _X86,
    "i686": _X86,
    "aarch64": _ARM,
    "arm64": _ARM,
    "armv7l": _ARM,
    "armv8l": _ARM,
    "ppc64le": ("powerpc64le", "powerpc64le"),
}
"""By what the system says of the machine: of a 64-bit Python there, and of a 32-bit one."""
_ON_WINDOWS = {"win32": "windows-x86", "win-arm64": "windows-arm64"}


def _vector(
    row: dict[str, Any], document: dict[str, Any], system: str = "windows"
) -> Vector:
    ioctls = {known["code"]: name for name, known in document["ioctls"].items()}
    passes = row["expect"] == PASSES
    ioctl = document["ioctls"][row["ioctl"]]
    names = ioctl["answers"] if passes else [row["expect"]]
    numbers = [(name, document["statuses"][name]) for name in names]
    # Other systems do not know the names of all of them.
    errnos = [number["errno"] for _, number in numbers if system == "linux"]
    return Vector(
        row["id"],
        row["ioctl"],
        row["access"],
        _call(row, ioctls),
        row["expect"],
        row.get("rule", ""),
        row.get("trace", ""),
        tuple(row.get("also", ())),
        tuple(_call(each, ioctls) for each in row.get("before", ())),
        {number["ntstatus"]: name for name, number in numbers},
        frozenset(number["win32"] for _, number in numbers),
        frozenset(getattr(errno, name) if name else 0 for name in errnos),
        system,
    )


def _call(row: dict[str, Any], ioctls: dict[int, str]) -> Call:
    repeated, times = row.get("repeat", ("", 0))
    request = bytes.fromhex(row["request"]) + bytes.fromhex(repeated) * times
    fill = tuple((at, call, offset) for at, call, offset in row.get("fill", ()))
    times, other = row.get("times", 1), row.get("other", False)
    handles = tuple(
        (at, kind, tuple(rights)) for at, kind, rights in row.get("handles", ())
    )
    code, ioctl = row["code"], ioctls.get(row["code"], "")
    return Call(code, request, row["capacity"], fill, times, other, handles, ioctl)


def replay(
    vector: Vector,
    connect: Any,
    refusals: list[str] | None = None,
    kernel_object: Callable[[str, tuple[str, ...]], Any] | None = None,
) -> list[str]:
    """Make the call on a new handle and return what is wrong with the answer: nothing.

    `connect` opens the device, as `Vault.open` or the `open` of a simulator does.
    `refusals` is the simulator's list of what the driver traced; with it, place and
    rule are compared too. A handler in Python that raises NotImplementedError was
    reached, which is all that a vector that passes asks for.

    `kernel_object` makes an object of a kind and a handle that allows so much, as the
    method of a simulator does; without it they are of this process.
    """
    make = kernel_object or _OBJECTS[vector.system]
    buffer = bytearray([FILL]) * vector.call.capacity
    with ExitStack() as stack:

        def opened() -> Any:
            device = stack.enter_context(connect(access=vector.access, check=False))
            _check_system(device, vector.system)
            return device

        def filled(call: Call) -> bytes:
            request = _filled(call, replies)
            for at, kind, rights in call.handles:
                made = make(kind, rights)
                stack.callback(made.close)
                request[at : at + WORD] = made.handle.to_bytes(WORD, "little")
            return bytes(request)

        device = opened()
        other = opened() if any(call.other for call in vector.before) else device
        replies: list[bytearray] = []
        for number, call in enumerate(vector.before):
            on = other if call.other else device
            failure = _prepare(call, vector, on, filled, replies)
            if failure is not None:
                return [f"call {number} before it ended in {failure}"]
        traced = len(refusals) if refusals is not None else 0
        request = filled(vector.call)
        try:
            failure, done = _sent(device, vector, vector.call, request, buffer)
        except NotImplementedError:
            return [] if vector.expect == PASSES else ["the handler was reached"]
    wrong = _status(vector, failure)
    if vector.expect != PASSES:
        if done:
            wrong.append(f"{done} bytes came back")
        # On Linux a message that comes back is sent from that buffer.
        sent = request if vector.system == "linux" else b""
        if any(byte != FILL for byte in buffer) and bytes(buffer) != sent:
            wrong.append("the caller's buffer was written")
    if refusals is not None:
        wrong += _trace(vector, refusals[traced:], failure)
    return wrong


def windows_object(kind: str, rights: tuple[str, ...]) -> Any:
    """Return an object of this process, with its `handle` and `close`."""
    from kgen_vectors_windows import WindowsObject

    return WindowsObject(kind, rights)


def linux_object(kind: str, rights: tuple[str, ...]) -> Any:
    """Return an eventfd or an open file, with its `handle` and `close`."""
    from kgen_vectors_linux import LinuxObject

    return LinuxObject(kind, rights)


_OBJECTS = {"windows": windows_object, "linux": linux_object}


def _check_system(device: Any, system: str) -> None:
    """Say so where the vectors are those of another system."""
    spoken = getattr(getattr(device, "transport", None), "system", system)
    if spoken != system:
        raise ValueError(f"the device speaks {spoken}: load(path, {spoken!r})")


def _sent(
    device: Any, vector: Vector, call: Call, request: bytes, reply: bytearray
) -> Any:
    """On Linux the client knows the number and the argument of an ioctl."""
    if vector.system == "linux":
        return device.raw(call.ioctl, request, reply or None)
    return device.raw(call.code, request, reply)


def _prepare(
    call: Call,
    vector: Vector,
    device: Any,
    filled: Callable[[Call], bytes],
    replies: list[bytearray],
) -> Any:
    """Make a call for the object that it gives, and keep the answer."""
    reply = bytearray(call.capacity)
    for _ in range(call.times):
        try:
            failure, _done = _sent(device, vector, call, filled(call), reply)
        except NotImplementedError as error:
            return f"a handler that is not there: {error}"
        if failure is not None:
            return failure
    replies.append(reply)
    return None


def _filled(call: Call, replies: list[bytearray]) -> bytearray:
    request = bytearray(call.request)
    for at, number, offset in call.fill:
        request[at : at + WORD] = replies[number][offset : offset + WORD]
    return request


def _status(vector: Vector, failure: Any) -> list[str]:
    if vector.system == "linux":
        right = (0 if failure is None else failure.code) in vector.errnos
    elif failure is None:
        right = 0 in vector.allowed
    elif failure.ntstatus is None:
        right = failure.code in vector.win32
    else:
        right = failure.ntstatus in vector.allowed
    names = ", ".join(vector.allowed.values())
    return [] if right else [f"{failure or 'success'} in place of {names}"]


def _trace(vector: Vector, traced: list[str], failure: Any) -> list[str]:
    """Compare the trace; what it says of a handler's answer is not ours."""
    if vector.expect == PASSES:
        blamed = failure is not None and vector.allowed.get(failure.ntstatus) in (
            "internal",
            "overflow",
        )
        wanted = traced[:1] if blamed else []
    else:
        # The system refuses a handle that lacks the access before it asks the driver.
        wanted = [] if vector.rule == "access" else [vector.trace]
    return [] if traced == wanted else [f"{traced} traced in place of {wanted}"]
