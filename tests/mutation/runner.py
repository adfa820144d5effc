"""Sends calls to a simulator with each mutant alive, one after the other, each in a process of its own.

    python runner.py PACKAGE LIBRARY VECTORS RESULTS NUMBER...

VECTORS is a pickle of (access, calls, whether they are about handles), the fields of each call as `Call` of kgen_vectors.py has them; RESULTS one of {number: what told it apart}. A mutant that the calls
do not tell from the intact program has no entry. The core's plan is asked by itself as well: where a call lacks an
access, the I/O manager, whom the simulator plays, refuses it before the driver sees it.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import signal
import sys
from typing import Any

SECONDS = 20
"""A mutant may loop for ever."""
SAME, DIFFERS, BROKE = 0, 1, 2
FILL = 0xA5


class Core:
    """The core's plan, which the library shows to whoever looks for it."""

    def __init__(self, package: str, library: str) -> None:
        self.library = ctypes.CDLL(library)
        self.plan = getattr(self.library, f"{package}_plan")
        self.alive = ctypes.c_int.in_dll(self.library, "kgen_mutant")

    def answer(self, access: str, code: int, request: bytearray, capacity: int) -> tuple[int, ...]:
        """Status; how much is captured, and how much of a reply may be written."""
        rights = ("r" in access) | ("w" in access) << 1
        is_direct = code & 3 in (1, 2)
        lengths = (ctypes.c_size_t * 3)(
            len(request), capacity * (not is_direct), capacity * is_direct
        )
        plan = (ctypes.c_size_t * 16)()
        status: int = self.plan(code, rights, lengths, plan)
        return (status, plan[1], plan[2]) if status == 0 else (status,)


def answers(
    module: Any, library: str, core: Core, vectors: list[Any], expected: list[Any] | None
) -> list[Any]:
    """What comes back for each vector; with `expected`, only as far as it is that."""
    results: list[Any] = []
    with module.SIMULATOR(None, library=library) as simulator:
        for access, calls, lends in vectors:
            # A 32-bit program's handles are other numbers.
            programs = (False, True) if lends else (False,)
            results.append([answer(simulator, core, access, calls, is_32) for is_32 in programs])
            if expected is not None and results[-1] != expected[len(results) - 1]:
                break
    return results


def answer(
    simulator: Any, core: Core, access: str, calls: list[Any], is_32_bit: bool
) -> tuple[Any, ...]:
    """Status, Information, bytes and trace of the last call, what the plan says of it, and how often objects are held after it, which events are set."""
    device = simulator.connect(access, is_32_bit=is_32_bit)
    objects = []
    other = device
    if any(call[5] for call in calls):
        other = simulator.connect(access, is_32_bit=is_32_bit)
    replies: list[bytearray] = []
    try:
        for code, request, capacity, fill, times, is_other, handles, *_ in calls:
            sent = bytearray(request)
            for at, kind, rights in handles:
                objects.append(simulator.kernel_object(kind, rights))
                sent[at : at + 8] = objects[-1].handle.to_bytes(8, "little")
            for at, number, offset in fill:
                sent[at : at + 8] = replies[number][offset : offset + 8]
            for _ in range(times):
                seen, reply = len(simulator.refusals), bytearray([FILL]) * capacity
                failure, information = (other if is_other else device).control(code, sent, reply)
            replies.append(reply)
        status = None if failure is None else failure.ntstatus
        planned = core.answer(access, code, sent, capacity)
        refusals = simulator.refusals[seen:]
    finally:
        device.close()
        if other is not device:
            other.close()
        held = [(one.references, one.kind == "event" and one.is_set) for one in objects]
        for one in objects:
            one.close()
    return status, information, bytes(reply), refusals, planned, held


def alone(work: Any) -> int:
    """The exit status of `work` in a process of its own; BROKE where that ended otherwise."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os._exit(work())
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else BROKE


def main() -> int:
    package, library, vectors_path, results_path, *numbers = sys.argv[1:]
    module = importlib.import_module(f"{package}.simulator")
    with open(vectors_path, "rb") as file:
        vectors = pickle.load(file)
    core = Core(package, library)
    expected = answers(module, library, core, vectors, None)
    found = {}

    def work() -> int:
        return SAME if answers(module, library, core, vectors, expected) == expected else DIFFERS

    assert alone(work) == SAME, "the intact program answers otherwise the second time"
    for number in map(int, numbers):
        core.alive.value = number
        status = alone(work)
        if status != SAME:
            found[number] = "answer" if status == DIFFERS else "sanitizer"
        core.alive.value = 0
    with open(results_path, "wb") as file:
        pickle.dump(found, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
