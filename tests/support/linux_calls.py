"""Calls of tests/suites/linux_argument.py, made in a guest by a 64-bit or a 32-bit program."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.suites.linux_argument import LinuxAnswer, LinuxCall
from tests.support.cache import cached, file_digest
from tests.support.guest import Guest
from tests.support.toolchain import compile_command, run_tool
from tests.support.tools import SUPPORT

SOURCE = os.path.join(SUPPORT, "linux_calls.c")
BITS = (64, 32)
COMPILERS = {64: "gcc", 32: "gcc-m32"}
MODES = {"none": 0, "r": 1, "w": 2, "rw": 3}
NO_BUFFER = 0xFFFFFFFF
RECORD = struct.Struct("=8I2Q")
RESULT = struct.Struct("=2I")
SEND_TIMEOUT = 600
REFUSED = ": refused: "


def program(bits: int, source: str = SOURCE, include: Sequence[str] = ()) -> str:
    """A static program for a guest, compiled once per machine and change."""
    name = os.path.basename(source).removesuffix(".c")
    headers = [str(path) for folder in include for path in sorted(Path(folder).glob("*.h"))]
    key = [str(bits), __file__, *(file_digest(path) for path in (source, *headers))]

    def make(folder: str) -> None:
        # The interface's own header is one of the kernel: not pedantic.
        found = [word for folder in include for word in ("-isystem", folder)]
        command = compile_command(COMPILERS[bits], [source], flags=["-pthread", *found])
        run_tool([*command, "-static", "-o", os.path.join(folder, name)])

    return os.path.join(cached(f"linux-{name}", key, make), name)


class Made(NamedTuple):
    """An answer for each call, and what the module traced, one line for each refusal."""

    answers: list[LinuxAnswer]
    traces: list[str]


def send(
    guest: Guest, device: str, calls: Sequence[LinuxCall], scratch: Path, bits: int = 64
) -> Made:
    """What came back for each call from a device whose module is loaded."""
    sent, received = scratch / "calls", scratch / "results"
    sent.write_bytes(packed(calls))
    start = len(guest.log)
    guest.run(program(bits), device, str(sent), str(received), timeout=SEND_TIMEOUT)
    return Made(unpacked(calls, received.read_bytes()), traced(guest.log[start:]))


def traced(log: Sequence[str]) -> list[str]:
    """What a module traced, of the lines of the kernel log."""
    return [line.partition(REFUSED)[2] for line in log if REFUSED in line]


def packed(calls: Sequence[LinuxCall]) -> bytes:
    """The calls as the program reads them."""
    return b"".join(map(_record, calls))


def unpacked(calls: Sequence[LinuxCall], data: bytes) -> list[LinuxAnswer]:
    """What the program wrote, an answer for each call."""
    answers = []
    at = 0
    for call in calls:
        answer, at = _answer(call, data, at)
        answers.append(answer)
    assert at == len(data)
    return answers


def _mapped(call: LinuxCall) -> tuple[int, int]:
    argument = len(call.argument) if call.mapped is None else call.mapped
    buffer = len(call.buffer) if call.buffer_mapped is None else call.buffer_mapped
    return argument, buffer


def _record(call: LinuxCall) -> bytes:
    flags = (call.address is not None) | (call.buffer_address is not None) << 1
    flags |= ("argument" in call.read_only) << 2 | ("buffer" in call.read_only) << 3
    mapped, buffer_mapped = _mapped(call)
    at = NO_BUFFER if call.buffer_at is None else call.buffer_at
    head = RECORD.pack(
        MODES[call.access], call.number, flags, len(call.argument), mapped, len(call.buffer), buffer_mapped, at,
        call.address or 0, call.buffer_address or 0,
    )  # fmt: skip
    return head + call.argument + call.buffer


def _answer(call: LinuxCall, data: bytes, at: int) -> tuple[LinuxAnswer, int]:
    status, stray = RESULT.unpack_from(data, at)
    at += RESULT.size
    mapped, buffer_mapped = _mapped(call)
    argument = data[at : at + mapped] if call.address is None else b""
    at += mapped
    buffer = data[at : at + buffer_mapped] if call.buffer_address is None else b""
    return LinuxAnswer(status, bool(stray), argument, buffer), at + buffer_mapped
