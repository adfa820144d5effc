"""Messages of 32-bit callers: the fuzzer sends them, and sees where a thunk widens or narrows them otherwise than it has to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fuzzers import Fuzzer, fuzzer
from tests.support.generated import ROOT

RUNS = 60_000
CORE, NARROW = "core/relic_core.c", "core/relic_narrow.h"
NATIVE, RUNTIME = "core/kgen_native.h", "core/kgen_runtime.h"

BREAKS = {
    "a hole of the reply is not cleared": (
        CORE,
        "    kgen_clear(out, KGEN_END_OF(struct relic_entry, sure), offsetof(struct relic_entry, when));\n",
        "",
        "is not as the schema says: padding|the reply is not what its handler set",
    ),
    "a hole at the end is not cleared": (
        CORE, "kgen_clear(out, KGEN_END_OF(struct relic_cell, level), sizeof(struct relic_cell));", "(void)out;",
        "is not as the schema says: padding|the reply is not what its handler set",
    ),
    "a word is cut to 32 bits": (
        NARROW, "        if (!kgen_is_u32(from->words[i / 3][i % 3]))\n            return false;\n", "",
        "in place of",
    ),
    "a signed word is held for an unsigned one": (
        NARROW, "if (!kgen_is_s32(from->first))", "if (!kgen_is_u32((uint64_t)from->first))",
        "in place of",
    ),
    "the end of 32 bits is off by one": (
        NATIVE, "value <= 0x7FFFFFFF;", "value <= 0x80000000;", "in place of",
    ),
    "a pointer is widened with its sign": (
        NARROW, "to->where = (void *)(uintptr_t)from->where;", "to->where = (void *)(intptr_t)(int32_t)from->where;",
        "another request than was sent",
    ),
    "a member is not widened": (
        NARROW, "    to->count = from->count;\n", "", "another request than was sent",
    ),
    "the elements of an array are one too few": (
        NARROW, "for (i = 0; i < 6; i++)\n        to->words", "for (i = 0; i < 5; i++)\n        to->words",
        "another request than was sent",
    ),
    "the lengths are those of the driver": (
        CORE, "return &operations[OP_TURN_32];", "return &operations[OP_TURN];",
        "in spite of its length|did not reach its handler|AddressSanitizer",
    ),
    "memory is for one of the two": (
        CORE, "            .in_size = KGEN_BOTH(struct relic_note_32, struct relic_note),\n",
        "            .in_size = sizeof(struct relic_note_32),\n",
        "AddressSanitizer: heap-buffer-overflow",
    ),
    "the reply has the driver's size": (
        CORE, "            .out_max = sizeof(struct relic_note_32),\n", "            .out_max = sizeof(struct relic_note),\n",
        "a reply may have|is not as the schema says",
    ),
    "a reply is not narrowed": (
        CORE, "    if (status == RELIC_OK && !relic_narrow_note(out, frame->out))\n", "    if (status != RELIC_OK)\n",
        "the reply is not what its handler set",
    ),
    "a request is not zeroed where it is widened": (
        RUNTIME, "memset((char *)scratch + plan->capture, 0, request - plan->capture);", "(void)scratch;",
        "another request than was sent|with other garbage",
    ),
    "what did not fit leaves": (
        NATIVE, "    return KGEN_OVERFLOW;\n", "    return KGEN_OK;\n", "in place of",
    ),
}  # fmt: skip
"""Each is one change of a generated file, and what is said when it is found: one of these."""
REPLAYED = "a pointer is widened with its sign"


@pytest.fixture(scope="module")
def relic(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    schema = os.path.join(ROOT, "tests", "e2e", "thunks", "relic.yaml")
    made = fuzzer(schema, tmp_path_factory.mktemp("relic"))
    made.make("all", "seeds", "CFLAGS=-O1 -g -Wall -Wextra -Werror")
    return made


def test_nothing_is_found(relic: Fuzzer) -> None:
    ran = relic.run("-seed=1", f"-runs={RUNS}")
    assert ran.status == 0, ran.text[-6000:]


def test_no_byte_leaves_that_nobody_wrote(relic: Fuzzer) -> None:
    relic.make("msan")
    ran = relic.run("-seed=1", "-runs=20000", sanitizer="msan")
    assert ran.status == 0, ran.text[-6000:]


def test_both_ways_of_a_thunk_are_reached(relic: Fuzzer) -> None:
    """A word that fits and one that does not, of every message: each line of the thunks by its count."""
    relic.make("run", "SECONDS=120", "FLAGS=-runs=20000 -seed=1")
    lines = relic.make("coverage").splitlines()
    found = {line.split()[0]: line.split() for line in lines if line.split()[:1]}
    for name, words in found.items():
        if name.endswith("relic_narrow.h"):
            print(" ".join(words))
            assert float(words[9].rstrip("%")) == 100
            break
    else:
        raise AssertionError("the thunks are not in the report")


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_found(relic: Fuzzer, tmp_path: Path, what: str) -> None:
    broken = relic.copy(tmp_path)
    file, old, new, said = BREAKS[what]
    path = broken.folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    broken.make("all")
    ran = broken.run("-seed=1", f"-runs={RUNS}", "-max_total_time=60")
    print(f"{what}: {ran.runs} runs: {ran.said}")
    assert ran.finding is not None
    assert any(part in ran.text for part in said.split("|")), ran.text[-4000:]
    if what == REPLAYED:
        make = ["make", "-C", str(broken.place), "-s", "replay", f"CRASH={ran.finding}"]
        done = subprocess.run(
            [*make, f"PYTHON={sys.executable}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode != 0
        assert ran.said in done.stderr
        assert "is_32_bit=True" in Path(f"{ran.finding}.py").read_text(encoding="utf-8")
