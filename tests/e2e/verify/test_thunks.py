"""Messages of 32-bit callers are proven as well: what is whole holds, and a thunk that is broken in one place is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kgen.cli import main
from kgen.verification import TOOLS, find, proofs, run_all

ROOT = Path(__file__).parents[3]
CORE, NARROW, RUNTIME = "core/relic_core.c", "core/relic_narrow.h", "core/kgen_runtime.h"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    schema = str(ROOT / "tests" / "e2e" / "thunks" / "relic.yaml")
    assert main(["build", schema, "--target", "proof", "-o", str(folder)]) == 0
    return folder / "relic"


def answers(folder: Path, tools: tuple[str, ...], *ioctls: str) -> list[str]:
    """What these kinds of proof say, of some ioctls or of all."""
    used = {"memory": "msan", "address,undefined": "msan", "esbmc twin": "esbmc"}
    left_out = set(TOOLS) - {used.get(tool, tool) for tool in tools}
    found = proofs(str(folder), "relic", find(None, left_out), ioctls)
    verdicts = run_all([item for item in found if item.tool in tools], 2, lambda *_: None)
    assert verdicts
    return [text for verdict in verdicts for text in verdict.findings]


BREAKS = {
    "a hole is not cleared": (
        CORE,
        "kgen_clear(out, KGEN_END_OF(struct relic_note, id), offsetof(struct relic_note, stamp));",
        "(void)out;",
        ("told", "esbmc", "is_tidy"),
    ),
    "the driver's struct is elsewhere": (
        CORE,
        "    frame->in = kgen_behind(in, sizeof(struct relic_note_32));\n",
        "    frame->in = kgen_behind(in, sizeof(struct relic_note_32) + 8);\n",
        ("keep", "esbmc", "bounds violated"),
    ),
    "a request is not zeroed where it is widened": (
        RUNTIME,
        "memset((char *)scratch + plan->capture, 0, request - plan->capture);",
        "(void)scratch;",
        ("turn", "eva", "reads"),
    ),
    "an element behind an array is widened": (
        NARROW,
        "for (i = 0; i < 6; i++)\n        to->words",
        "for (i = 0; i < 7; i++)\n        to->words",
        ("turn", "eva", "out of bounds index"),
    ),
    "memory is for one of the two": (
        CORE,
        "            .in_size = KGEN_BOTH(struct relic_note_32, struct relic_note),\n",
        "            .in_size = sizeof(struct relic_note_32),\n",
        ("keep", "address,undefined", "scratch"),
    ),
}
"""One change of the generated text, and which tool says what of which ioctl."""


def test_what_is_whole_holds(generated: Path) -> None:
    assert answers(generated, ("eva", "memory", "address,undefined")) == []


def test_esbmc_is_asked_too(generated: Path) -> None:
    """A reply that is narrowed, and the plan of any code for callers of both kinds."""
    assert answers(generated, ("esbmc", "esbmc twin"), "told") == []
    assert answers(generated, ("esbmc",), "plan") == []


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_found(generated: Path, tmp_path: Path, what: str) -> None:
    file, old, new, (ioctl, tool, says) = BREAKS[what]
    folder = tmp_path / "relic"
    shutil.copytree(generated, folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = answers(folder, (tool,), *([] if "," in tool else [ioctl]))
    assert any(says in text for text in found), found
