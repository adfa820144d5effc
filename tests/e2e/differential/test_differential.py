"""One sequence of hostile calls, three hosts: simulator, WDM and KMDF answer alike, and as the independent model does.

Alike is the same status, Information and bytes of every call, and the same lines of trace. `make soak` does the same
for longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.differential.conftest import Made
from tests.suites.hostile import FILL, Call
from tests.support.hosts import EXAMPLES, HOSTS, Answers, compare

NOISE = 6000
LEAST = 5000
"""Calls of each example that a run must make."""

STATUSES = {
    "vault": {
        "ok", "truncated", "unknown_code", "access_denied", "bad_length", "too_big", "short_buffer", "invalid",
        "exists", "no_space", "not_found", "wrong_key", "locked",
    },
    "tour": {
        "ok", "truncated", "unknown_code", "access_denied", "bad_length", "too_big", "short_buffer", "invalid",
        "no_space", "jammed", "worn_out", "internal", "bad_handle", "not_found",
    },
}  # fmt: skip

RULES = {
    "vault": {
        "vault: code",
        "interface_info: length", "interface_info: capacity",
        "seal: length", "seal: capacity", "seal: lifetime: enum", "seal: flags: flags",
        "seal: label: string", "seal: secret_count: count", "seal: secret: length",
        "unseal: length", "unseal: capacity", "unseal: slot: range",
        "list: length", "list: capacity", "list: first: range",
        "erase: length", "erase: slot: range",
        "get_status: length", "get_status: capacity",
        "lock: length",
        "read_audit: length", "read_audit: capacity",
        "load: length", "load: lifetime: enum", "load: reserved: reserved",
    },
    "tour": {
        "tour: code",
        "echo_scalars: c: range", "echo_scalars: d: range", "echo_scalars: k: bool", "echo_scalars: l[0]: bool",
        "echo_scalars: l[1]: bool", "echo_scalars: l[2]: bool", "echo_scalars: m: range", "echo_scalars: status",
        "echo_texts: name: string", "echo_texts: title: string", "echo_texts: lines[0]: string",
        "echo_texts: lines[1]: string",
        "draw: shape: enum", "draw: traits: flags", "draw: shade: enum", "draw: figure: union",
        "draw: figure.dot.x: range", "draw: figure.dot.y: range",
        "draw: figure.line.from_.x: range", "draw: figure.line.from_.y: range",
        "draw: figure.line.to.x: range", "draw: figure.line.to.y: range",
        "draw: figure.line.from_.x != to.x or from_.y != to.y: condition", "draw: figure.word: string",
        "draw: figure.line.from_.x + figure.line.to.x <= 1 << 16: condition",
        "draw: first <= last and last - first < limit: condition",
        "draw: not (traits == traits.loud and budget == 0): condition",
        "trace_points: n: count", "trace_points: points[].x: range", "trace_points: points[].y: range",
        "trace_points: weights_count: count",
        "say: text_count: count", "say: text: string",
        "pack: length: count",
        "write_reading: pad: reserved", "write_reading: pad2: reserved",
        "neither: more_count: count",
        "make_token: weight: range", "make_token: token: full", "make_token: status",
        "weigh: first: object", "weigh: pair.left: object", "weigh: pair.right: object",
        "weigh: more_count: count", "weigh: more[]: object",
        "drop_token: token: object", "drop_token: spare: reserved", "drop_token: status",
        "trade: spare: reserved", "trade: tokens[0]: object", "trade: tokens[1]: object", "trade: basket: full",
        "trade: status",
        "empty: value: object",
        "watch: changed: handle", "lend: event: handle", "lend: file: handle", "lend: section: handle",
        "lend: thread: handle", "lend: process: handle", "lend: step: range", "lend: spare: reserved",
    },
}  # fmt: skip
"""Every rule of every field; of the tour without the lengths, which every ioctl has."""


def broken_rules(traces: Iterable[str]) -> set[str]:
    """Lines of trace as RULES has them: without the interface, and without the number of an element of a tail."""
    plain = {re.sub(r"(points|more)\[\d+\]", r"\1[]", trace) for trace in traces}
    return {re.sub(r"^(vault|tour)\.", "", trace) for trace in plain}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_host_answers_as_the_model(made: Made, name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    interface = example.interface()
    calls = list(example.hostile(interface).all(NOISE))
    assert len(calls) >= LEAST
    machines = made(name)
    assert tuple(machines) == HOSTS
    found = compare(
        example, interface, calls, {name: send(calls, tmp_path) for name, send in machines.items()}
    )
    assert not found.problems, found.report()

    # The calls were hostile enough: every status came, and every rule of every field was broken.
    assert set(found.statuses) == STATUSES[name]
    rules = broken_rules(found.traces)
    if name == "tour":
        rules = {rule for rule in rules if not rule.endswith((": length", ": capacity"))}
    assert rules == RULES[name]


USE = bytes([0, 0, 0, 0, 16]) + bytes(11) + FILL * 4
"""What the vault answers when asked for its use with room for 20 bytes."""


def compared(host: str, **change: object) -> list[str]:
    """The problems found where every host answers two calls rightly, but `host` in the point that `change` names."""
    example = EXAMPLES["vault"]
    interface = example.interface()
    code = interface.ioctls["get_status"].code
    calls = [Call("use", code, b"", FILL * 20), Call("no such code", code ^ 4 << 8, b"", FILL)]
    answers = {}
    for name in HOSTS:
        says: dict[str, Any] = {
            "status": 0,
            "information": 16,
            "out": USE,
            "traces": ["vault: code"],
        }
        if name == host:
            says |= change
        result = (says["status"], 0, says["information"], says["out"])
        refused = (0xC0000010, 1, 0 if name == "simulator" else None, None)
        answers[name] = Answers([result, refused], says["traces"])
    return compare(example, interface, calls, answers).problems


def test_right_answers_differ_in_nothing() -> None:
    assert compared("none") == []


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "change",
    [
        {"status": 0x80000005},
        {"information": 17},
        {"out": USE[:-1] + b"\0"},
        {"out": None},
        {"traces": []},
    ],
)
def test_one_difference_is_found(host: str, change: dict[str, object]) -> None:
    problems = compared(host, **change)
    assert problems
    assert host in problems[0]


def test_a_seed_makes_the_calls() -> None:
    """As the soak draws them: as many as asked for, the same for the same seed, others for another."""
    example = EXAMPLES["vault"]
    interface = example.interface()
    drawn = [example.hostile(interface, seed).mixed(3000) for seed in (1, 1, 2)]
    assert [len(calls) for calls in drawn] == [3000] * 3
    assert drawn[0] == drawn[1] != drawn[2]
