"""Hostile calls to the module: it answers as the independent model does, in every byte and line of trace.

First those that simulator and Windows drivers get too, as far as they can be made on Linux, where the number has the length of
a fixed request; then those that only Linux has. By a 64-bit and by a 32-bit program, which watch the bytes around an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.differential.test_differential import RULES, broken_rules
from tests.e2e.linux.conftest import Built
from tests.suites.hostile import FILL, Call
from tests.suites.linux_argument import (
    LinuxAnswer,
    LinuxCall,
    Verdict,
    argument_of,
    judge,
    linux_call,
)
from tests.suites.linux_hostile import LinuxHostile
from tests.suites.vault_calls import record
from tests.suites.vectors import PASSES, alone, call_of
from tests.support.generated import inspected
from tests.support.guest import Guest
from tests.support.hosts import EXAMPLES, Example
from tests.support.linux_calls import BITS, send

VAULT = EXAMPLES["vault"]
NOISE = 6000
LEAST = 7000

STATUSES = {
    "vault": {
        "ok", "truncated", "access_denied", "too_big", "short_buffer", "bad_length", "invalid", "exists", "no_space",
        "not_found", "wrong_key", "locked",
    },
    "tour": {
        "ok", "truncated", "access_denied", "too_big", "short_buffer", "bad_length", "invalid", "no_space", "jammed",
        "worn_out", "internal", "bad_handle", "not_found",
    },
}  # fmt: skip
HANDLES = ("watch:", "lend:")
"""Ioctls with handles are not among the calls: a handle is another thing on every system."""

LENGTHS = (": length", ": capacity")
LINUX_RULES = {
    "vault: code", "seal: length", "seal: secret_count: count", "unseal: capacity", "list: capacity",
    "get_status: capacity", "read_audit: length", "load: length",
}  # fmt: skip


def answered(
    guest: Guest,
    module: str,
    example: Example,
    calls: Sequence[LinuxCall],
    scratch: Path,
    bits: int,
) -> Verdict:
    with guest.module(module):
        made = send(guest, f"/dev/{example.name}", calls, scratch, bits)
    verdict = judge(example.interface(), example.model(), calls, made.answers)
    assert not verdict.problems, f"{len(verdict.problems)}:\n" + "\n".join(verdict.problems[:20])
    assert made.traces == verdict.traces
    return verdict


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_answers_what_every_host_is_asked(
    guest: Guest, module: Built, name: str, tmp_path: Path, bits: int
) -> None:
    example = EXAMPLES[name]
    interface = example.interface()

    def made(call: Call) -> LinuxCall | None:
        return linux_call(interface, call)

    asked = example.hostile(interface).all(NOISE, made)
    calls = [call for call in map(made, asked) if call is not None]
    assert len(calls) > LEAST
    verdict = answered(guest, module(name), example, calls, tmp_path, bits)
    assert set(verdict.statuses) == STATUSES[name]

    # Every rule of every field was broken, but for those of lengths that Linux has in the number, and of a count
    # without its tail behind it; and access was refused by every ioctl that asks for some.
    broken = broken_rules(verdict.traces)
    access = {rule for rule in broken if rule.endswith(": access")}
    asking = [ioctl for ioctl in interface.ioctls.values() if ioctl.access]
    assert access == {
        f"{ioctl.name}: access" for ioctl in asking if ioctl.name + ":" not in HANDLES
    }
    fields = {rule for rule in broken - access if not rule.endswith(LENGTHS)}
    wanted = {rule for rule in RULES[name] if not rule.endswith((*LENGTHS, ": code"))}
    missing = {rule for rule in wanted - fields if not rule.startswith(HANDLES)}
    assert fields <= wanted
    assert all(rule.endswith(": count") for rule in missing), missing


@pytest.mark.parametrize("bits", BITS)
def test_it_survives_what_only_linux_has(
    guest: Guest, module: Built, tmp_path: Path, bits: int
) -> None:
    """Numbers that there are not; memory that ends at each byte, or is not there, or not to be written; wild lengths."""
    calls = list(LinuxHostile(VAULT.hostile(VAULT.interface()), {"load": record("once", 10)}).all())
    assert len(calls) > 12000
    verdict = answered(guest, module("vault"), VAULT, calls, tmp_path, bits)
    assert broken_rules(verdict.traces) == LINUX_RULES


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_answers_what_the_vectors_say(
    guest: Guest, module: Built, name: str, tmp_path: Path
) -> None:
    """The checked-in ones that can be calls on Linux; what they expect is held against what the model answers."""
    example = EXAMPLES[name]
    interface = example.interface()
    asked = [(vector, linux_call(interface, call_of(vector))) for vector in alone(name)]
    made = [(vector, call) for vector, call in asked if call is not None]
    assert len(made) > 150
    calls = [call for _, call in made]
    with guest.module(module(name)):
        answers = send(guest, f"/dev/{name}", calls, tmp_path).answers
    assert judge(interface, example.model(), calls, answers).problems == []
    wrong = [
        f"{vector.id}: {answer.errno}"
        for (vector, _), answer in zip(made, answers, strict=True)
        if vector.expect != PASSES and answer.errno != interface.statuses[vector.expect][2]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_model_has_the_numbers_of_kgen(name: str) -> None:
    interface = EXAMPLES[name].interface()
    numbers = {
        row["name"]: row["codes"]["linux"] for row in inspected(EXAMPLES[name].schema)["ioctls"]
    }
    ours = {
        ioctl.name: argument_of(interface, ioctl).number() for ioctl in interface.ioctls.values()
    }
    assert ours == numbers


USE = b"".join(number.to_bytes(4, "little") for number in (0, 16, 0, 0))
"""What the vault answers when asked for its use."""


def compared(**change: object) -> list[str]:
    """The problems found where the module answers two calls rightly, but in the point that `change` names."""
    interface = VAULT.interface()
    get_status, listing = interface.ioctls["get_status"], interface.ioctls["list"]
    asked = [
        Call("use", get_status.code, b"", FILL * 20),
        Call("list", listing.code, bytes(4), FILL * 20),
    ]
    calls = [made for call in asked if (made := linux_call(interface, call)) is not None]
    listed = bytes(8) + (20).to_bytes(4, "little") + (8).to_bytes(4, "little") + bytes(8)
    right = [
        LinuxAnswer(0, False, USE + bytes(4), b""),
        LinuxAnswer(0, False, listed, bytes(8) + FILL * 12),
    ]
    changed = [right[0], right[1]._replace(**change)]  # type: ignore[arg-type]
    return judge(interface, VAULT.model(), calls, changed).problems


def test_right_answers_differ_in_nothing() -> None:
    assert compared() == []


@pytest.mark.parametrize(
    "change",
    [
        {"errno": 14},
        {"stray": True},
        {"argument": bytes(24)},
        {"buffer": bytes(8) + FILL * 11 + b"\0"},
        {"buffer": FILL * 20},
    ],
)
def test_one_difference_is_found(change: dict[str, object]) -> None:
    (problem,) = compared(**change)
    assert "call 1, list" in problem
