"""32-bit callers of a 64-bit driver whose messages have words of the machine: bytes that 32-bit programs write and read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.generated import ROOT, build
from tests.support.simulated import Simulated, run, simulated
from tests.support.tools import find_tool

HERE = os.path.join(ROOT, "tests", "e2e", "thunks")
BITS = (64, 32)
TURN, KEEP, TOLD = 0x8B102004, 0x8B102008, 0x8B10200C
SIZES = {64: 152, 32: 100}
"""Of an entry, as Linux on x86 has it."""
NAMES = {64: 136, 32: 84}
"""Where its name is."""
SEND = """
import sys
from relic.simulator import RelicSimulator
library, bits, code, request, room = sys.argv[1:]
reply = bytearray(b"\\xA5" * int(room))
with RelicSimulator(library=library) as simulator:
    opened = simulator.connect(is_32_bit=bits == "32")
    failure, done = opened.control(int(code), bytes.fromhex(request), reply)
    print(f"{failure.ntstatus if failure else 0:08x}", done, *simulator.refusals, sep="|")
    print(reply.hex())
"""


class Answer(NamedTuple):
    status: str
    information: int
    refusals: list[str]
    reply: bytes


@pytest.fixture(scope="module")
def relic(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = str(tmp_path_factory.mktemp("relic"))
    return simulated(os.path.join(HERE, "relic.yaml"), os.path.join(HERE, "driver"), folder)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """By their bits, with the header for programs."""
    folder = tmp_path_factory.mktemp("programs")
    header = os.path.join(build(os.path.join(HERE, "relic.yaml"), str(folder), ["linux"]), "linux")
    found = {bits: str(folder / f"relic{bits}") for bits in BITS}
    for bits, path in found.items():
        run([
            find_tool("gcc", "gcc-multilib"), f"-m{bits}", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
            f"-I{header}", os.path.join(HERE, "relic.c"), "-o", path,
        ])  # fmt: skip
    return found


@pytest.fixture(scope="module")
def requests(programs: dict[int, str]) -> dict[int, bytes]:
    """What each program sends to `turn`."""
    return {
        bits: subprocess.run([path, "--turn"], capture_output=True, check=True).stdout
        for bits, path in programs.items()
    }


def send(relic: Simulated, bits: int, code: int, request: bytes, room: int) -> Answer:
    """A request of a caller of so many bits, under the sanitizers."""
    library = str(relic.library("sanitize"))
    words = ["-c", SEND, library, str(bits), str(code), request.hex(), str(room)]
    first, reply = relic.start(*words, sanitized=True).splitlines()
    status, information, *refusals = first.split("|")
    return Answer(status, int(information), refusals, bytes.fromhex(reply))


def judged(program: str, reply: bytes) -> str:
    """What the program that sent the request says of a reply: nothing, where it is right."""
    done = subprocess.run([program, "--turned"], input=reply, capture_output=True, check=False)
    return f"{done.returncode} {done.stdout.decode()}"


@pytest.mark.parametrize("bits", BITS)
def test_a_message_there_and_back(
    relic: Simulated, programs: dict[int, str], requests: dict[int, bytes], bits: int
) -> None:
    assert len(requests[bits]) == SIZES[bits]
    answer = send(relic, bits, TURN, requests[bits], SIZES[bits])
    assert answer[:3] == ("00000000", SIZES[bits], [])
    assert judged(programs[bits], answer.reply) == "0 "


@pytest.mark.parametrize("bits", BITS)
def test_the_message_of_the_others_is_refused(
    relic: Simulated, requests: dict[int, bytes], bits: int
) -> None:
    other = 96 - bits
    answer = send(relic, bits, TURN, requests[other], 512)
    assert answer[:3] == ("c0000004", 0, ["relic.turn: length"])
    answer = send(relic, bits, TURN, requests[bits], SIZES[bits] - 1)
    assert answer[:3] == ("c0000023", 0, ["relic.turn: capacity"])


@pytest.mark.parametrize("bits", BITS)
def test_checks_are_the_same(relic: Simulated, requests: dict[int, bytes], bits: int) -> None:
    wrong = bytearray(requests[bits])
    wrong[NAMES[bits] + 5] = 0x41  # no NUL at the end
    answer = send(relic, bits, TURN, bytes(wrong), SIZES[bits])
    assert answer[:3] == ("c000000d", 0, ["relic.turn: name: string"])


def test_a_value_that_does_not_fit(relic: Simulated, requests: dict[int, bytes]) -> None:
    """The handler of an odd message answers a word of 64 bits: nothing of the reply leaves."""
    odd = {bits: b"\x02\x00" + requests[bits][2:] for bits in BITS}
    answer = send(relic, 64, TURN, odd[64], SIZES[64])
    assert answer[:3] == ("00000000", SIZES[64], [])
    answer = send(relic, 32, TURN, odd[32], SIZES[32])
    assert answer[:3] == ("c0000095", 0, ["relic.turn: range"])
    assert not any(answer.reply[SIZES[32] :])
    assert set(answer.reply) <= {0x00} | set(odd[32]) | {0xA5}


def test_a_message_without_a_word_of_the_machine(relic: Simulated) -> None:
    """A note has no word of the machine, and still another layout on Linux."""
    for bits, size in ((64, 24), (32, 16)):
        assert send(relic, bits, KEEP, bytes(size), 0).status == "00000000"
        told = send(relic, bits, TOLD, b"", size)
        assert told[:2] == ("00000000", size)
        assert not any(told.reply), "nothing of the holes that the handler filled"


def test_python_has_the_layout_of_its_own_machine(relic: Simulated) -> None:
    code = """
import sys
from relic import Cell, Entry, Kind, Span
from relic.simulator import RelicSimulator
with RelicSimulator(library=sys.argv[1]) as simulator, simulator.open() as device:
    sent = Entry(
        kind=Kind.PLAIN, stamp=1, tag=2, where=3, spans=[Span(first=4, count=5), Span(first=-6, count=7)],
        words=[[1, 2, 3], [4, 5, 1 << 40]], cells=[Cell(id=n, level=n + 1) for n in (1, 3, 5)],
        name="x", sure=True, when=8,
    )
    answer = device.turn(sent)
    print(answer.stamp, answer.tag, answer.where, answer.sure, answer.when, answer.name)
    print(answer.spans[0].first, answer.words[0][0], answer.cells[0].level)
"""
    assert relic.start("-c", code, str(relic.library())).splitlines() == [
        "18446744073709551614 253 3 False -8 x",
        f"6 {1 << 40} 6",
    ]


BREAKS = {
    "a word is cut to 32 bits": (
        "relic_narrow.h",
        "        if (!kgen_is_u32(from->words[i / 3][i % 3]))\n            return false;\n",
        "",
    ),
    "a member is not widened": ("relic_narrow.h", "    to->when = from->when;\n", ""),
    "a hole is not cleared": (
        "relic_core.c",
        "    kgen_clear(out, KGEN_END_OF(struct relic_entry, sure), offsetof(struct relic_entry, when));\n",
        "",
    ),
    "the lengths are those of the driver": (
        "relic_core.c",
        "return &operations[OP_TURN_32];",
        "return &operations[OP_TURN];",
    ),
    "a reply is not narrowed": (
        "relic_core.c",
        "    if (status == RELIC_OK && !relic_narrow_entry(out, frame->out))\n",
        "    if (status != RELIC_OK)\n",
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_seen(
    relic: Simulated,
    programs: dict[int, str],
    requests: dict[int, bytes],
    what: str,
    tmp_path: Path,
) -> None:
    name, text, other = BREAKS[what]
    broken = simulated(os.path.join(HERE, "relic.yaml"), relic.author, str(tmp_path))
    path = broken.folder / "core" / name
    source = path.read_text(encoding="utf-8")
    assert text in source
    path.write_text(source.replace(text, other, 1), encoding="utf-8")
    seen = []
    for bits in BITS:
        answer = send(broken, bits, TURN, requests[bits], SIZES[bits])
        seen.append((answer[:3], judged(programs[bits], answer.reply)))
    odd = send(broken, 32, TURN, b"\x02\x00" + requests[32][2:], SIZES[32])
    right = [(("00000000", SIZES[bits], []), "0 ") for bits in BITS]
    assert seen != right or odd.status != "c0000095"
