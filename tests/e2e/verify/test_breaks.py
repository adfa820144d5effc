"""A core that is broken in one place is found: which tool sees which break, and the proofs are not vacuous."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.cli import main
from kgen.verification import TOOLS, find, proofs, run_all

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """vault, with the harness of its proofs."""
    folder = tmp_path_factory.mktemp("generated")
    schema = str(ROOT / "schemas" / "vault.yaml")
    assert main(["build", schema, "--target", "proof", "-o", str(folder)]) == 0
    return folder / "vault"


def answers(folder: Path, ioctl: str, tool: str) -> list[str]:
    """What one kind of proof says of an ioctl."""
    left_out = [
        name for name in TOOLS if not (name in tool or (name == "msan" and "memory" in tool))
    ]
    found = proofs(str(folder), "vault", find(None, left_out), [ioctl])
    verdicts = run_all([item for item in found if item.tool == tool], 1, lambda *_: None)
    assert verdicts
    return [text for verdict in verdicts for text in verdict.findings]


class Break(NamedTuple):
    """One place of the generated text, weakened."""

    name: str
    file: str
    text: str
    broken: str
    ioctl: str
    tool: str
    says: str
    """What is told of it: one of these, where " or " stands between them."""


BREAKS = [
    Break(
        "length check of a tail dropped",
        "core/vault_core.c",
        "    if (!kgen_tail_is(length, VAULT_SEAL_REQUEST_TAIL, 1, in->secret_count))\n",
        "    if (in->secret_count == 0)\n",
        "seal",
        "esbmc",
        "bounds violated",
    ),
    Break(
        "count bound dropped",
        "core/vault_core.c",
        "    if (in->secret_count < 1u || in->secret_count > 1024u)\n",
        "    if (in->lifetime == 77)\n",
        "seal",
        "esbmc",
        "secret_count",
    ),
    Break(
        "reply not zeroed",
        "core/kgen_runtime.h",
        "        memset(frame->out, 0, kgen_larger(plan->reply, operation->out_size));\n",
        "        frame->cut = false;\n",
        "get_status",
        "esbmc",
        "kgen_proof_is_zero(out",
    ),
    Break(
        "reply longer than the room for it",
        "core/kgen_runtime.h",
        "    frame->done = frame->room;\n",
        "    frame->done = frame->room + 1;\n",
        "get_status",
        "esbmc",
        "",
    ),
    Break(
        "off by one in the room of a tail",
        "core/kgen_runtime.h",
        "    return (frame->room - tail) / element;\n",
        "    return (frame->room - tail) / element + 1;\n",
        "unseal",
        "esbmc",
        "bounds violated or written <= expected->reply",
    ),
    Break(
        "secret not wiped",
        "core/kgen_runtime.h",
        "        kgen_wipe(frame->in, plan->messages);\n",
        "        kgen_wipe(frame->in, 0);\n",
        "load",
        "esbmc",
        "kgen_proof_is_zero(scratch",
    ),
    Break(
        "size overflows",
        "core/kgen_runtime.h",
        "    plan->scratch = kgen_round_up(kgen_larger(lengths->in, operation->in_size));\n",
        "    plan->scratch = kgen_round_up((uint8_t)(lengths->in * 8));\n",
        "seal",
        "esbmc",
        "found.scratch",
    ),
    Break(
        "reply not zeroed, seen by what was never written",
        "core/kgen_runtime.h",
        "        memset(frame->out, 0, kgen_larger(plan->reply, operation->out_size));\n",
        "        frame->cut = false;\n",
        "get_status",
        "eva",
        "leaves",
    ),
    Break(
        "request read beyond its end, and never written",
        "core/vault_core.c",
        "    if (in->slot > 15u)\n",
        "    if (in[1].slot > 15u)\n",
        "erase",
        "eva",
        "",
    ),
    Break(
        "reply not zeroed, as a program",
        "core/kgen_runtime.h",
        "        memset(frame->out, 0, kgen_larger(plan->reply, operation->out_size));\n",
        "        frame->cut = false;\n",
        "list",
        "memory",
        "",
    ),
    Break(
        "no request passes",
        "core/vault_core.c",
        "    if (in->slot > 15u)\n",
        "    if (in->slot <= 0xFFFFFFFFu)\n",
        "erase",
        "esbmc twin",
        "no request succeeds",
    ),
]


@pytest.mark.parametrize("seeded", BREAKS, ids=lambda seeded: seeded.name)
def test_a_break_is_found(generated: Path, tmp_path: Path, seeded: Break) -> None:
    folder = tmp_path / "vault"
    shutil.copytree(generated, folder)
    path = folder / seeded.file
    text = path.read_text()
    assert seeded.text in text, "the place moved"
    path.write_text(text.replace(seeded.text, seeded.broken))
    found = answers(folder, seeded.ioctl, seeded.tool)
    assert found
    assert any(says in found[0] for says in seeded.says.split(" or ")), found


@pytest.mark.parametrize("tool", ["esbmc", "esbmc twin", "eva"])
def test_what_is_whole_holds(generated: Path, tool: str) -> None:
    assert answers(generated, "erase", tool) == []
