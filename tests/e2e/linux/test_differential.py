"""Hostile calls to the module: it answers as the independent model does, in every byte and line of trace.

First those that simulator and Windows drivers get too, as far as they can be made on Linux, where the number has the length of
a fixed request; then those that only Linux has. By a 64-bit and by a 32-bit program, which watch the bytes around an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.suites.hostile import FILL, Call
from tests.suites.linux_argument import LinuxAnswer, LinuxCall, Verdict, judge, linux_call
from tests.suites.linux_hostile import LinuxHostile
from tests.suites.vault_calls import record
from tests.suites.vectors import PASSES, alone, call_of
from tests.support.guest import Guest
from tests.support.hosts import EXAMPLES
from tests.support.linux_calls import BITS, send

VAULT = EXAMPLES["vault"]
NOISE = 6000

STATUSES = {
    "ok", "truncated", "access_denied", "too_big", "short_buffer", "bad_length", "invalid", "exists", "no_space",
    "not_found", "wrong_key", "locked",
}  # fmt: skip
RULES = {
    "seal: access", "seal: lifetime: enum", "seal: flags: flags", "seal: label: string",
    "unseal: access", "unseal: capacity", "unseal: slot: range",
    "list: access", "list: capacity", "list: first: range",
    "erase: access", "erase: slot: range",
    "get_status: access", "get_status: capacity",
    "lock: access",
    "read_audit: access", "read_audit: length", "read_audit: capacity",
    "load: access", "load: length", "load: lifetime: enum", "load: reserved: reserved",
}  # fmt: skip
LINUX_RULES = {
    "vault: code", "seal: length", "seal: secret_count: count", "unseal: capacity", "list: capacity",
    "get_status: capacity", "read_audit: length", "load: length",
}  # fmt: skip


def answered(
    guest: Guest, module: str, calls: Sequence[LinuxCall], scratch: Path, bits: int
) -> Verdict:
    with guest.module(module):
        made = send(guest, "/dev/vault", calls, scratch, bits)
    verdict = judge(VAULT.interface(), VAULT.model(), calls, made.answers)
    assert not verdict.problems, f"{len(verdict.problems)}:\n" + "\n".join(verdict.problems[:20])
    assert made.traces == verdict.traces
    return verdict


def rules(verdict: Verdict) -> set[str]:
    return {trace.removeprefix("vault.") for trace in verdict.traces}


@pytest.mark.parametrize("bits", BITS)
def test_it_answers_what_every_host_is_asked(
    guest: Guest, vault_module: str, tmp_path: Path, bits: int
) -> None:
    interface = VAULT.interface()
    asked = list(VAULT.hostile(interface).all(NOISE))
    calls = [made for call in asked if (made := linux_call(interface, call)) is not None]
    assert len(calls) > 7000
    verdict = answered(guest, vault_module, calls, tmp_path, bits)
    assert set(verdict.statuses) == STATUSES
    assert rules(verdict) == RULES


@pytest.mark.parametrize("bits", BITS)
def test_it_survives_what_only_linux_has(
    guest: Guest, vault_module: str, tmp_path: Path, bits: int
) -> None:
    """Numbers that there are not; memory that ends at each byte, or is not there, or not to be written; wild lengths."""
    calls = list(LinuxHostile(VAULT.hostile(VAULT.interface()), {"load": record("once", 10)}).all())
    assert len(calls) > 12000
    assert rules(answered(guest, vault_module, calls, tmp_path, bits)) == LINUX_RULES


def test_it_answers_what_the_vectors_say(guest: Guest, vault_module: str, tmp_path: Path) -> None:
    """The checked-in ones that can be calls on Linux; what they expect is held against what the model answers."""
    interface = VAULT.interface()
    asked = [(vector, linux_call(interface, call_of(vector))) for vector in alone("vault")]
    made = [(vector, call) for vector, call in asked if call is not None]
    assert len(made) > 150
    calls = [call for _, call in made]
    with guest.module(vault_module):
        answers = send(guest, "/dev/vault", calls, tmp_path).answers
    assert judge(interface, VAULT.model(), calls, answers).problems == []
    wrong = [
        f"{vector.id}: {answer.errno}"
        for (vector, _), answer in zip(made, answers, strict=True)
        if vector.expect != PASSES and answer.errno != interface.statuses[vector.expect][2]
    ]
    assert wrong == []


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
