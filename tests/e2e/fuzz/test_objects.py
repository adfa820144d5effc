"""Objects of an open: the fuzzer reaches them, knows which are there, and sees what is wrong with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fuzzers import Fuzzer, fuzzer
from tests.support.generated import ROOT

RUNS = 60_000
OBJECTS, CORE = "core/kgen_objects.h", "core/shelf_core.c"

BREAKS = {
    "an id is good for the next object in its slot": (
        OBJECTS, "return id == kgen_object_id(objects, index) ? slot : NULL;", "return slot;",
        "in spite of",
    ),
    "an object is given up twice": (
        OBJECTS, "if (slot->state == KGEN_OBJECT_CLAIMED)", "if (slot->uses == 100)",
        "in spite of|hook: stage",
    ),
    "what a failed request made stays": (
        OBJECTS, "slot->state = good ? KGEN_OBJECT_LIVE : KGEN_OBJECT_GONE;", "slot->state = KGEN_OBJECT_LIVE;",
        "did not reach its handler",
    ),
    "cleanup forgets objects": (
        OBJECTS, "if (objects->slots[i].state == KGEN_OBJECT_LIVE)", "if (i == 0)",
        "objects are left at cleanup|hook: stage",
    ),
    "a reference is not looked at": (
        CORE, "if (!kgen_hold(holds, SHELF_OBJECT_BOX, KGEN_ROLE_REF, in->to))",
        "if (!kgen_hold(holds, SHELF_OBJECT_BOX, KGEN_ROLE_REF, in->from_))",
        "in spite of|did not reach its handler",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    schema = os.path.join(ROOT, "tests", "e2e", "fuzz", "shelf.yaml")
    made = fuzzer(schema, tmp_path_factory.mktemp("shelf"))
    made.make("all", "seeds", "CFLAGS=-O1 -g -Wall -Wextra -Werror")
    return made


def test_nothing_is_found(shelf: Fuzzer) -> None:
    ran = shelf.run("-seed=1", f"-runs={RUNS}")
    assert ran.status == 0, ran.text[-6000:]


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_found_and_replayed(shelf: Fuzzer, tmp_path: Path, what: str) -> None:
    """By the script as well, which takes ids from the replies that it gets."""
    broken = shelf.copy(tmp_path)
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
    ruff = [sys.executable, "-m", "ruff", "format", "--check", "--diff", "--isolated", "--no-cache"]
    done = subprocess.run([*ruff, f"{ran.finding}.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
