"""Generated boundaries that are broken on purpose: the fuzzer finds each within a bounded number of inputs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.fuzzers import Fuzzer

RUNS = 300_000
"""Of at most; an input is up to 24 operations, played twice. The seed is fixed, and so is what comes of it."""


class Break(NamedTuple):
    """One change of a generated file, and what is said when it is found: one of these."""

    file: str
    old: str
    new: str
    said: str


CORE, RUNTIME, SIM = "core/tour_core.c", "core/kgen_runtime.h", "sim/kgen_sim.c"

BREAKS = {
    "a tail's length is not compared with its count": Break(
        CORE,
        "if (!kgen_tail_is(length, TOUR_SAY_REQUEST_TAIL, 1, in->text_count))",
        "if (length == 0)",
        "AddressSanitizer: heap-buffer-overflow|tour.say: a handler got a request with a bad text",
    ),
    "a reply is not zeroed": Break(
        RUNTIME,
        "memset(frame->out, 0, kgen_larger(plan->reply, operation->out_size));",
        "(void)frame->out;",
        "a handler got a reply that is not zero",
    ),
    "the end of a range is off by one": Break(
        CORE, "in->m > 80u", "in->m > 81u", "tour.echo_scalars: a handler got a request with a bad m"
    ),
    "a value of an enum is not refused": Break(
        CORE, "if (!is_shade(in->shade))", "if (in->shade > 16)", "request with a bad shade"
    ),
    "an error writes a reply": Break(
        RUNTIME,
        "if (status != KGEN_OK && status != KGEN_TRUNCATED) {",
        "if (status == KGEN_NO_MEMORY) {",
        "Information is 64 on an error|leaves bytes of a reply|tour.echo_scalars: Information",
    ),
    "Information is the caller's room": Break(
        RUNTIME,
        "frame->done = frame->room;",
        "frame->done = frame->room + 8;",
        "is not as the schema says: length|Information|deadly signal",
    ),
    "more is appended than fits": Break(
        RUNTIME,
        "size_t fit = have < room ? kgen_smaller(count, room - have) : 0;",
        "size_t fit = room > 0 ? count : 0;",
        "AddressSanitizer: heap-buffer-overflow|AddressSanitizer: SEGV|memcpy-param-overlap",
    ),
    "a condition between fields is dropped": Break(
        CORE, "if (in->traits == 1 && in->budget == 0u)", "if (in->traits == 7)",
        "a bad not (traits == traits.loud and budget == 0)",
    ),
    "a request is fetched twice": Break(
        SIM,
        "answer = run(irp, &written);",
        "if (irp->plan.capture > 0)\n"
        "            memcpy(irp->scratch, irp->request->in, irp->plan.capture);\n"
        "        answer = run(irp, &written);",
        "a handler got a request with a bad|with other garbage|did not reach its handler|deadly signal",
    ),
    "a secret is not wiped": Break(
        RUNTIME, "kgen_wipe(frame->in, plan->messages);", "(void)frame;", "tour.draw: a secret is left"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_found(tour: Fuzzer, tmp_path: Path, what: str) -> None:
    broken = tour.copy(tmp_path)
    change = BREAKS[what]
    path = broken.folder / change.file
    text = path.read_text(encoding="utf-8")
    assert text.count(change.old) == 1
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")
    broken.make("all")
    ran = broken.run("-seed=1", f"-runs={RUNS}", "-max_total_time=60")
    print(f"{what}: {ran.runs} runs: {ran.said}")
    assert ran.status != 0
    assert ran.finding is not None
    assert any(part in ran.text for part in change.said.split("|")), ran.text[-4000:]
