"""The argument of an ioctl on Linux, and the calls of hostile.py as such: another reading of docs/abi.md, which shares no code with kgen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.suites.boundary import Answer, Interface, Ioctl
from tests.suites.hostile import Call

BUFFER_SIZE = 16
"""Of {u64 pointer, u32 length, u32 done}."""

WRITE, READ = 1, 2
LARGEST = (1 << 14) - 1
INFO_NR, INFO_SIZE = 255, 48


class Argument(NamedTuple):
    """Where the parts of the argument of one ioctl are, in bytes; None where it has no such part."""

    magic: int
    nr: int
    direction: int
    size: int
    """As the number says."""

    reply: int | None = None
    """The bytes of a reply in place, which is at 0."""
    buffer: int | None = None
    """The offset of the descriptor of memory elsewhere."""
    request: int | None = None
    grows: bool = False

    def number(self, size: int | None = None) -> int:
        return (
            self.direction << 30
            | (self.size if size is None else size) << 16
            | self.magic << 8
            | self.nr
        )


def argument_of(interface: Interface, ioctl: Ioctl) -> Argument:
    """By the table in docs/abi.md: the reply, the data buffer, the request."""
    row = interface.schema["ioctls"][ioctl.name]
    nr = row.get("nr", row["function"] - 0x800)
    magic = interface.schema["linux"]["magic"]
    request, reply = ioctl.request, ioctl.reply
    if row.get("inout") is not None:
        assert request is not None
        return Argument(magic, nr, READ | WRITE, request.size, reply=request.size, request=0)
    grows = any(part is not None and part.first_size is not None for part in (request, reply))
    assert not grows or (request is None) != (reply is None), "a part beside one that grows is not modelled"  # fmt: skip
    direction, at, align = 0, 0, 1
    in_place = buffer = None
    if reply is not None and reply.tail is None:
        in_place, at, align, direction = reply.size, reply.size, reply.align, READ
    elif reply is not None or ioctl.data is not None:
        assert reply is None or ioctl.data is None, "two buffers are not modelled"
        buffer, at, align, direction = 0, BUFFER_SIZE, 8, READ | WRITE
    start = None
    if request is not None:
        start = -(-at // request.align) * request.align
        at, align, direction = start + request.size, max(align, request.align), direction | WRITE
    size = at if request is not None and request.tail is not None else -(-at // align) * align
    return Argument(magic, nr, direction, size, in_place, buffer, start, grows)


class LinuxCall(NamedTuple):
    """One ioctl as a program makes it; see tests/support/linux_calls.c, which does."""

    about: str
    number: int
    argument: bytes
    """With the length of the buffer, and no address of it."""
    buffer: bytes = b""
    buffer_at: int | None = None
    """Where in the argument the address of `buffer` belongs."""
    access: str = "rw"
    mapped: int | None = None
    """How many bytes of the argument there are before memory ends; all."""
    buffer_mapped: int | None = None
    address: int | None = None
    """In place of that of the argument."""
    buffer_address: int | None = None
    read_only: str = ""
    """Of "argument", "buffer": what cannot be written."""
    meant: Call | None = None
    """The same call as the model takes it; without one it is refused with `errno`, and changes nothing."""
    errno: int = 0
    trace: str = ""


class LinuxAnswer(NamedTuple):
    """What came back; `stray` tells whether a byte before the argument or the buffer changed."""

    errno: int
    stray: bool
    argument: bytes
    buffer: bytes


def linux_call(interface: Interface, call: Call) -> LinuxCall | None:
    """A call as it is made on Linux; None where it cannot be made, as a length that the number tells."""
    if call.code == interface.info_code:
        magic = interface.schema["linux"]["magic"]
        info = Argument(magic, INFO_NR, READ, INFO_SIZE, reply=INFO_SIZE)
        possible = len(call.out) == INFO_SIZE and not call.request
        return _call(info, call, b"", None) if possible else None
    ioctl = interface.by_code.get(call.code)
    if ioctl is None or not _has_own_length(ioctl, call.request):
        return None
    argument = argument_of(interface, ioctl)
    alone = argument.grows and argument.request is None
    if argument.buffer is None and not alone and len(call.out) != (argument.reply or 0):
        return None
    if argument.grows and max(len(call.out), len(call.request)) > LARGEST:
        return None
    return _call(argument, call, call.request, ioctl)


def _has_own_length(ioctl: Ioctl, request: bytes) -> bool:
    """Whether a request is as long as it has to be by itself: by its type, and by the count of its tail."""
    struct = ioctl.request
    if struct is None:
        return not request
    if struct.handles:
        return False  # a handle is another thing on every system
    if struct.first_size is not None:
        return True
    if len(request) < struct.size or struct.tail is None:
        return len(request) == struct.size
    (count,) = [field for field in struct.fields if field.name == struct.tail.count]
    unit = 1 if struct.tail.by_bytes else struct.tail.step
    return len(request) == struct.size + unit * count.type.read(request[count.at :])


def _call(argument: Argument, call: Call, request: bytes, ioctl: Ioctl | None) -> LinuxCall:
    sent = bytearray(argument.size)
    size = argument.size
    buffer = b""
    if argument.grows:
        sent = bytearray(call.out if argument.request is None else request)
        size = len(sent)
    elif argument.reply is not None:
        sent[: argument.reply] = call.out
    if argument.buffer is not None:
        buffer = call.out
        at = argument.buffer + 8
        sent[at : at + 8] = len(buffer).to_bytes(4, "little") + b"\xa5" * 4
    if argument.request is not None:
        sent[argument.request : argument.request + len(request)] = request
    name = ioctl.name if ioctl is not None else "interface_info"
    return LinuxCall(
        call.about or name, argument.number(size), bytes(sent), buffer, argument.buffer, call.access, meant=call
    )  # fmt: skip


def expected(interface: Interface, handlers: Any, call: LinuxCall) -> tuple[LinuxAnswer, str, str]:
    """What has to come back, the status, and the line of trace, empty without one."""
    unchanged = LinuxAnswer(call.errno, False, call.argument, call.buffer)
    meant = call.meant
    if meant is None:
        return unchanged, "", call.trace
    answer = interface.answer(handlers, meant.code, meant.request, meant.out, meant.access)
    errno = interface.statuses[answer.status][2]
    if errno:
        return unchanged._replace(errno=errno), answer.status, _trace(interface, meant, answer)
    argument, buffer = bytearray(call.argument), bytearray(call.buffer)
    reply = answer.reply
    if call.buffer_at is not None:
        buffer[: len(reply)] = reply
        done = call.buffer_at + 12
        argument[done : done + 4] = len(reply).to_bytes(4, "little")
    elif reply:
        ioctl = interface.by_code.get(meant.code)
        if ioctl is not None and argument_of(interface, ioctl).grows:
            reply = reply.ljust(len(argument), b"\0")
        argument[: len(reply)] = reply
    return unchanged._replace(argument=bytes(argument), buffer=bytes(buffer)), answer.status, ""


def _trace(interface: Interface, call: Call, answer: Answer) -> str:
    """Here the core refuses access itself, and says so."""
    if answer.status == "access_denied":
        return f"{interface.name}.{interface.by_code[call.code].name}: access"
    return answer.trace


class Verdict(NamedTuple):
    """How often each status came, what has to be traced, and what was wrong."""

    statuses: dict[str, int]
    traces: list[str]
    problems: list[str]


def judge(
    interface: Interface,
    handlers: Any,
    calls: Sequence[LinuxCall],
    answers: Sequence[LinuxAnswer],
) -> Verdict:
    """Compare what came back with what the model answers, call by call in their order."""
    verdict = Verdict({}, [], [])
    for number, (call, answer) in enumerate(zip(calls, answers, strict=True)):
        wanted, status, trace = expected(interface, handlers, call)
        verdict.statuses[status] = verdict.statuses.get(status, 0) + 1
        if trace:
            verdict.traces.append(trace)
        wanted = _as_mapped(call, wanted)
        if answer != wanted:
            verdict.problems.append(f"call {number}, {call.about}: {_difference(wanted, answer)}")
    return verdict


def _as_mapped(call: LinuxCall, answer: LinuxAnswer) -> LinuxAnswer:
    """Of what was not mapped nothing comes back."""
    argument = b"" if call.address is not None else answer.argument[: call.mapped]
    buffer = b"" if call.buffer_address is not None else answer.buffer[: call.buffer_mapped]
    return answer._replace(argument=argument, buffer=buffer)


def _difference(wanted: LinuxAnswer, answer: LinuxAnswer) -> str:
    if wanted.errno != answer.errno:
        return f"errno {wanted.errno} expected, came {answer.errno}"
    if answer.stray:
        return "bytes were written that are not the call's"
    for name in ("argument", "buffer"):
        one, other = getattr(wanted, name), getattr(answer, name)
        if one != other:
            pairs = enumerate(zip(one, other, strict=False))
            first = next((i for i, (x, y) in pairs if x != y), min(len(one), len(other)))
            return f"byte {first} of the {name} is {other[first : first + 8].hex()}, not {one[first : first + 8].hex()}"
    return ""
