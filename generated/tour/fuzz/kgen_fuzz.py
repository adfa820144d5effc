"""What a fuzzer's inputs are: seeds become files, and a finding becomes a script for the Python client.

Copied as it is by kgen. The form of an input is that of kgen_fuzz_input.c.
"""

from __future__ import annotations

import os
import struct
import sys
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

from kgen_fuzz_answers import answers

HEAD = struct.Struct("<BBBxIIIII")
HANDLES = 4
LARGEST = 1 << 21
OPEN, CONTROL, CLOSE = range(3)
ACCESS = ("none", "r", "w", "rw")
FROM_KERNEL, IS_32_BIT = 4, 8
# What the caller's buffer holds behind the bytes that the input gives.
UNTOUCHED = 0xA5
WIDTH = 64


class Ioctl(NamedTuple):
    """A code, and the fields of its request: name, offset, bytes. The tail comes last, with None.

    `ids` are where the request names objects: an offset, and the bytes from one to the
    next if there are more up to its end. `made` are those of the reply. `counts` are the
    numbers of a reply that say how long it is, or would be: offset, bytes, and the most;
    `tail` is where its elements begin, and the bytes of one. With `data` the caller's
    other buffer is no reply. `wide` is the size of the reply as the driver has it, where
    that of a 32-bit caller is another.
    """

    name: str
    code: int
    reply: int
    fields: list[tuple[str, int, int | None]]
    ids: Sequence[tuple[int, int]] = ()
    made: Sequence[int] = ()
    counts: Sequence[tuple[int, int, int]] = ()
    tail: tuple[int, int] = (0, 0)
    data: bool = False
    wide: int = 0


class Seed(NamedTuple):
    """A good request, as hexadecimal text in pieces of a field each."""

    ioctl: str
    name: str
    request: list[str]


class Interface(NamedTuple):
    name: str
    package: str
    simulator: str
    handles: bool
    info: int
    """The code that every interface has: which one it is."""
    ioctls: list[Ioctl]
    seeds: list[Seed]
    narrow: Sequence[Ioctl] = ()
    """Those that 32-bit callers have laid out otherwise, and requests of theirs."""
    narrow_seeds: Sequence[Seed] = ()


class Operation(NamedTuple):
    kind: int
    flags: int = 0
    handle: int = 0
    request: bytes = b""
    data: bytes = b""
    answer: bytes = b""
    room: int = 0
    code: int = 0

    def encoded(self) -> bytes:
        parts = self.request, self.data, self.answer
        lengths = map(len, parts)
        head = HEAD.pack(
            self.kind, self.flags, self.handle, *lengths, self.room, self.code
        )
        return head + b"".join(parts)


def decoded(content: bytes) -> list[Operation]:
    """Return the operations of an input; whatever its bytes are, they mean something."""
    found, at = [], 0
    while at < len(content):
        head = content[at : at + HEAD.size].ljust(HEAD.size, b"\0")
        kind, flags, handle, *lengths, room, code = HEAD.unpack(head)
        at += HEAD.size
        parts = []
        for length in lengths:
            parts.append(content[at : at + length])
            at += len(parts[-1])
        request, data, answer = parts
        room %= LARGEST + 1
        handle %= HANDLES
        kind %= 3
        found.append(Operation(kind, flags, handle, request, data, answer, room, code))
    return found


# Seeds


def seeds(interface: Interface) -> dict[str, bytes]:
    """Return the content of each seed by its file name: a request by itself, all in one sequence, answers."""
    files = _seeds(interface, 3)
    if interface.narrow:
        others = {ioctl.name: ioctl for ioctl in interface.narrow}
        form = interface._replace(
            ioctls=[others.get(ioctl.name, ioctl) for ioctl in interface.ioctls],
            seeds=[
                *(seed for seed in interface.seeds if seed.ioctl not in others),
                *interface.narrow_seeds,
            ],
        )
        narrow = _seeds(form, 3 | IS_32_BIT)
        files.update({f"{name}-32": content for name, content in narrow.items()})
    return files


def _seeds(interface: Interface, flags: int) -> dict[str, bytes]:
    """All of one kind of caller."""
    ioctls = {ioctl.name: ioctl for ioctl in interface.ioctls}
    opened, closed = Operation(OPEN, flags=flags), Operation(CLOSE)
    requests: dict[str, Operation] = {}
    for ioctl in interface.ioctls:
        requests[ioctl.name] = Operation(CONTROL, room=ioctl.reply, code=ioctl.code)
    for seed in interface.seeds:
        ioctl = ioctls[seed.ioctl]
        request = bytes.fromhex("".join(seed.request))
        operation = Operation(
            CONTROL, request=request, room=ioctl.reply, code=ioctl.code
        )
        name = seed.ioctl if seed.name == "valid" else f"{seed.ioctl}-{seed.name}"
        requests[name] = operation
    files = {
        name: b"".join(part.encoded() for part in (opened, request, closed))
        for name, request in requests.items()
    }
    info = Operation(CONTROL, room=64, code=interface.info)
    several = [
        opened,
        info,
        *(requests[ioctl.name] for ioctl in interface.ioctls[:21]),
        closed,
    ]
    files["all"] = b"".join(part.encoded() for part in several)
    for ioctl in interface.ioctls:
        request = _named(interface, ioctl)
        told = [
            Operation(CONTROL, 0, 0, request, b"", answer, room, ioctl.code)
            for answer, room in answers(
                ioctl.reply,
                ioctl.counts,
                ioctl.tail,
                has_data=ioctl.data,
                wide=ioctl.wide,
            )
        ]
        for which, first in enumerate(_makers(interface, ioctl)):
            each = 22 // (len(first) + 1)
            for at in range(0, len(told), each):
                middle = [
                    one for last in told[at : at + each] for one in (*first, last)
                ]
                name = f"{ioctl.name}-answers-{which}-{at // each}"
                files[name] = b"".join(
                    part.encoded() for part in (opened, *middle, closed)
                )
    return files


def _makers(interface: Interface, ioctl: Ioctl) -> list[list[Operation]]:
    """Return sequences of requests that make what the request names; it may be gone after it."""
    if not ioctl.ids:
        return [[]]
    made = [
        Operation(CONTROL, 0, 0, _named(interface, one), b"", b"", one.reply, one.code)
        for one in interface.ioctls
        if one.made and not one.ids
    ]
    made *= min(max(2, len(ioctl.ids)), 4)
    of_these = [
        Operation(CONTROL, 0, 0, _named(interface, one), b"", b"", one.reply, one.code)
        for one in interface.ioctls
        if one.made and one.ids and one is not ioctl
    ]
    return [made, *([*made, one] for one in of_these)]


def _named(interface: Interface, ioctl: Ioctl) -> bytes:
    """Return a good request, which names the last objects, each once."""
    for seed in interface.seeds:
        if seed.ioctl == ioctl.name:
            request = bytearray.fromhex("".join(seed.request))
            for number, (offset, _) in enumerate(ioctl.ids, 1):
                if offset + 8 <= len(request):
                    request[offset : offset + 8] = number.to_bytes(8, "little")
            return bytes(request)
    return b""


def write_seeds(interface: Interface, path: str) -> None:
    """Write them into a folder, or into a ZIP file if the path ends so, always the same bytes."""
    files = seeds(interface)
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(files):
                archive.writestr(zipfile.ZipInfo(name), files[name])
        return
    os.makedirs(path, exist_ok=True)
    for name, content in files.items():
        with open(os.path.join(path, name), "wb") as file:
            file.write(content)


# Scripts

SCRIPT = '''"""{title}

    PYTHONPATH=../python python3 {file} build/asan-any/{name}_replay.so

The library judges each answer, and ends the process at a finding. `make replay` loads the sanitizer too.
"""
# ruff: noqa: E501, RUF100

import sys

from cffi import FFI
from {package}.simulator import {simulator}

LIBRARY = sys.argv[1]
ffi = FFI()
ffi.cdef("void kgen_fuzz_watch(bool again);")
ffi.cdef("void kgen_fuzz_tell(const void *answer, size_t size);")
fuzz = ffi.dlopen(LIBRARY)
TOLD: list[object] = []


def tell(answer: bytes) -> None:
    """What the next handler does, if handlers take part that do anything."""
    TOLD[:] = [ffi.from_buffer(bytearray(answer))]
    fuzz.kgen_fuzz_tell(TOLD[0], len(answer))


{linking}def play(again: bool) -> list[tuple[str, int, bytes]]:
    """All calls, to a driver that was just loaded; what its caller saw of each."""
    fuzz.kgen_fuzz_watch(again)
    seen = []
{ids}    with {simulator}(library=LIBRARY) as simulator:
{body}
    return seen


first = play(again=False)
# Other garbage in memory that nobody wrote, and requests that change as soon as they are read.
second = play(again=True)
for number, (one, other) in enumerate(zip(first, second)):
    print(number, one[0], one[1], "bytes")
    assert one == other, (number, one, other)
print("nothing was found")
'''


LINKING = '''IDS: list[bytes] = []


def linked(request: bytes, *places: tuple[int, int]) -> bytearray:
    """The request with ids of earlier replies where it names them, counted from the last."""
    made = bytearray(request)
    for offset, stride in places:
        for at in range(offset, len(made) - 7, stride or len(made)):
            number = int.from_bytes(made[at : at + 8], "little")
            if 0 < number <= len(IDS):
                made[at : at + 8] = IDS[-number]
    return made


def learn(new: bytes) -> None:
    """Remember the last 16 ids that there were."""
    if new:
        IDS[:] = [*IDS, new][-16:]


'''


def script(interface: Interface, content: bytes, title: str, file: str) -> str:
    """Return the program that makes the calls of an input."""
    ioctls = {ioctl.code: ioctl for ioctl in interface.ioctls}
    has_ids = any(ioctl.ids or ioctl.made for ioctl in interface.ioctls)
    narrow = {**ioctls, **{ioctl.code: ioctl for ioctl in interface.narrow}}
    lines: list[str] = []
    opened: dict[int, bool] = {}
    for operation in decoded(content)[:24]:
        is_32_bit = opened.get(operation.handle, False)
        lines += _operation(operation, narrow if is_32_bit else ioctls, opened)
    lines += [f"handle_{handle}.close()" for handle in sorted(opened)]
    while lines and not lines[0]:
        del lines[0]
    if interface.handles:  # what the harness makes before the first call
        kinds = '"event", "file", "section", "thread", "process"'
        made = [f"for kind in ({kinds}):", "    simulator.kernel_object(kind)", ""]
        lines = made + lines
    body = "\n".join(f"        {line}" if line else "" for line in lines or ["pass"])
    return SCRIPT.format(
        title=title,
        file=file,
        name=interface.name,
        package=interface.package,
        simulator=interface.simulator,
        linking=LINKING if has_ids else "",
        ids="    IDS.clear()\n" if has_ids else "",
        body=body,
    )


def _operation(
    operation: Operation, ioctls: dict[int, Ioctl], opened: dict[int, bool]
) -> list[str]:
    """The lines of one; `opened` says of each handle whether it is a 32-bit caller's."""
    handle = f"handle_{operation.handle}"
    if operation.kind == CONTROL:
        if operation.handle not in opened:
            return []
        return _control(operation, ioctls.get(operation.code), handle)
    lines = [f"{handle}.close()"] if operation.handle in opened else []
    opened.pop(operation.handle, None)
    if operation.kind == OPEN:
        opened[operation.handle] = bool(operation.flags & IS_32_BIT)
        lines += [*_bytes("answer", operation.answer, []), "tell(answer)"]
        arguments = [f'"{ACCESS[operation.flags & 3]}"']
        if operation.flags & FROM_KERNEL:
            arguments.append("from_kernel=True")
        if operation.flags & IS_32_BIT:
            arguments.append("is_32_bit=True")
        lines.append(f"{handle} = simulator.connect({', '.join(arguments)})")
    return ["", *lines] if lines else []


def _control(operation: Operation, ioctl: Ioctl | None, handle: str) -> list[str]:
    fields = [] if ioctl is None else ioctl.fields
    name = "no such code" if ioctl is None else ioctl.name
    lines = ["", f"# {name}", *_bytes("request", operation.request, fields)]
    lines += [*_bytes("answer", operation.answer, []), "tell(answer)"]
    lines += _bytes("data", operation.data[: operation.room], [])
    rest = operation.room - len(operation.data[: operation.room])
    lines.append(f"reply = bytearray(data) + bytearray([0x{UNTOUCHED:02X}]) * {rest}")
    linked = [] if ioctl is None else [f", {place}" for place in ioctl.ids]
    lines.append(
        f"sent = {'linked' if linked else 'bytearray'}(request{''.join(linked)})"
    )
    if len(lines[-1]) > 80:
        lines[-1] += "  # fmt: skip"
    lines.append(
        f"failure, done = {handle}.control(0x{operation.code:08X}, sent, reply)"
    )
    for offset in () if ioctl is None else ioctl.made:
        lines.append(f"learn(bytes(reply[:done])[{offset}:{offset + 8}])")
    lines.append('seen.append((str(failure or "ok"), done, bytes(reply)))')
    return lines


def _bytes(
    name: str, content: bytes, fields: list[tuple[str, int, int | None]]
) -> list[str]:
    """An assignment, a line for each field; what no field is for comes last."""
    pieces: list[tuple[str, bytes]] = []
    end = 0
    for field, offset, size in fields:
        end = len(content) if size is None else offset + size
        pieces.append((field, content[offset:end]))
    pieces.append(("", content[end:]))
    lines = [
        f'    "{part}"{"  # " + field if field and at == 0 else ""}'
        for field, piece in pieces
        for at, part in enumerate(_split(piece.hex()))
    ]
    if not lines:
        return [f'{name} = b""']
    short = f"{name} = bytes.fromhex({lines[0].strip()})"
    if len(lines) == 1 and "#" not in short and len(short) <= 80:
        return [short]
    return [f"{name} = bytes.fromhex(", *lines, ")"]


def _split(text: str) -> list[str]:
    return [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]


def main(interface: Interface) -> None:
    """Do what the command line says: `seeds FOLDER`, or `script FINDING FILE`."""
    match = sys.argv[1:]
    if len(match) == 2 and match[0] == "seeds":
        write_seeds(interface, match[1])
    elif len(match) == 3 and match[0] == "script":
        with open(match[1], "rb") as file:
            content = file.read()
        title = f"The calls of {os.path.basename(match[1])} to {interface.name}, which its fuzzer made."
        text = script(interface, content, title, os.path.basename(match[2]))
        with open(match[2], "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    else:
        sys.exit(f"usage: {sys.argv[0]} seeds FOLDER | script FINDING FILE")
