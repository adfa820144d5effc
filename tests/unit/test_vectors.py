"""Target `vectors`: what each vector says is what an independent model of the boundary says, and no rule is left out."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kgen.targets._vectors import vectors as make
from kgen.targets.vectors import _folded, view
from tests.e2e.differential.test_differential import RULES, broken_rules
from tests.suites.boundary import Answer, Interface
from tests.suites.linux_argument import linux_call
from tests.suites.vectors import PASSES, alone, call_of, expected, on_linux, replayer, vectors
from tests.support.generated import ROOT, inspected
from tests.unit.test_valid_requests import analysed

NAMES = ("vault", "tour")
ELSEWHERE = {
    "echo_scalars: status",
    "trace_points: weights_count: count",
    "echo_scalars: l[1]: bool",
    "make_token: status",
    "drop_token: status",
    "trade: status",
}
"""What a handler breaks, and an element between the first and the last."""


def document(name: str) -> dict[str, Any]:
    path = Path(ROOT, "generated", name, "vectors", f"{name}_vectors.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_vector_is_what_the_model_answers(name: str) -> None:
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    interface = Interface(schema, inspected(schema))
    wrong = []
    for vector in alone(name):
        answer = expected(interface, vector)
        if vector.ioctl == "interface_info" and answer.status == "ok":
            answer = Answer(PASSES)  # the core has no handler to ask
        trace = "" if vector.rule == "access" else vector.trace
        if (answer.status, answer.trace) != (vector.expect, trace):
            wrong.append(f"{vector.id}: {answer.status} {answer.trace}")
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_on_linux_it_is_the_same_call_or_another_number(name: str) -> None:
    """Held against a reading of docs/abi.md that shares no code with kgen."""
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    interface = Interface(schema, inspected(schema))
    asked = {vector.id: vector for vector in on_linux(name)}
    for vector in alone(name):
        there = asked.get(vector.id)
        if vector.rule == "code":
            assert there is None
        elif linux_call(interface, call_of(vector)) is not None:
            assert there is not None, vector.id
            assert there.expect == vector.expect
        elif there is not None and there.expect != vector.expect:
            assert there.expect == "unknown_code", vector.id
            assert vector.rule in ("length", "capacity"), vector.id
            assert there.errnos == {errno.ENOTTY}


def test_vectors_are_for_one_system() -> None:
    class Device:
        class transport:
            system = "linux"

    vector = vectors("vault")[0]
    with pytest.raises(ValueError, match=r"speaks linux: load\(path, 'linux'\)"):
        replayer().replay(vector, lambda **_: contextlib.nullcontext(Device()))
    with pytest.raises(ValueError, match="'plan9' is none of windows, linux"):
        replayer().load("", "plan9")


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_broken(name: str) -> None:
    """Each that the hostile calls break."""
    broken = broken_rules(row["trace"] for row in document(name)["vectors"] if "rule" in row)
    assert broken >= RULES[name] - ELSEWHERE


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("vault", []),
        ("tour", ["draw.figure.line.from_.x.range.most", "draw.figure.line.to.x.range.most"]),
    ],
)
def test_a_vector_breaks_one_rule(name: str, also: list[str]) -> None:
    """But where a value is so far out that no request breaks its range alone."""
    assert [row["id"] for row in document(name)["vectors"] if "also" in row] == also


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_is_one_call_with_a_name(name: str) -> None:
    rows = document(name)["vectors"]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["id"].startswith(f"{row['ioctl']}.")
        assert ("rule" in row) == ("trace" in row) == (row["expect"] != PASSES)
    refused = Counter(
        (
            row["code"],
            row["access"],
            row["request"],
            str(row.get("repeat")),
            row["capacity"],
            str(row.get("before")),
            str(row.get("fill")),
            str(row.get("handles")),
        )
        for row in rows
        if row["expect"] != PASSES
    )
    assert set(refused.values()) == {1}


@pytest.mark.parametrize("name", NAMES)
def test_a_request_is_cut_at_every_byte(name: str) -> None:
    cuts: dict[str, set[int]] = {}
    valid = {}
    for vector in vectors(name):
        if vector.id == f"{vector.ioctl}.valid":
            valid[vector.ioctl] = vector.call.request
        cuts.setdefault(vector.ioctl, set()).add(len(vector.call.request))
    assert valid.keys() == document(name)["ioctls"].keys()
    for ioctl, request in valid.items():
        assert cuts[ioctl] >= set(range(len(request)))
        assert max(cuts[ioctl]) > len(request)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_uncovered(name: str) -> None:
    assert document(name)["uncovered"] == []


def test_handles_are_made_by_whoever_sends_the_request() -> None:
    found = {vector.id: vector for vector in vectors("tour")}

    def wants(name: str) -> tuple[str, Any, str]:
        vector = found[f"watch.{name}"]
        return vector.expect, vector.call.handles, vector.rule

    every = ("read", "write")
    assert wants("valid") == (PASSES, ((8, "event", ("modify",)),), "")
    assert wants("changed.handle.of_file") == ("bad_handle", ((8, "file", every),), "handle")
    assert wants("changed.access.without_modify") == (
        "access_denied",
        ((8, "event", ("wait",)),),
        "handle",
    )
    assert found["watch.changed.access.without_modify"].trace == "tour.watch: changed: access"
    # What is refused before a byte is read wants none.
    assert wants("access.r") == ("access_denied", (), "access")
    assert wants("length.15")[1] == ()
    assert found["lend.process.handle.current_process"].expect == PASSES
    assert found["lend.thread.handle.current_process"].expect == "bad_handle"


def test_a_handle_is_full_of_what_takes_objects_to_make() -> None:
    """Each of the calls that make one gives up objects of its own."""
    (full,) = (vector for vector in vectors("tour") if vector.id == "trade.basket.full")
    token, trade = full.before[0].code, full.before[-1].code
    assert [call.code for call in full.before] == [token] * 2 + [token, token, trade] * 2
    assert [call.fill for call in full.before if call.code == trade] == [
        ((8, 2, 0), (16, 3, 0)),
        ((8, 5, 0), (16, 6, 0)),
    ]
    assert full.call.fill == ((8, 0, 0), (16, 1, 0))


NARROW = """
kgen: 1
interface: narrow
version: "1.0"
windows: {device_type: 0x9002, device: Narrow, sddl: admins}
structs:
  never: {fields: {a: u32 in 0..3, b: u32}, require: [a > 3]}
  coupled: {fields: {a: u32 in 0..10, b: u32}, require: [a <= 10, a + b == 12]}
ioctls:
  never: {function: 0x801, access: read, in: never}
  coupled: {function: 0x802, access: any, in: coupled}
  large: {function: 0x803, access: any, in: {items: "u8[..1 << 24]"}}
  buffer: {function: 0x804, access: any, data: {to: caller, type: u64, length: 1..1 << 24}}
"""


def test_what_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = tmp_path / "narrow.yaml"
    path.write_text(NARROW, encoding="utf-8")
    analysis = analysed(str(path))
    found = make(analysis.interface, analysis.layouts)
    gaps = {gap.id: gap.why for gap in found.gaps}
    assert gaps["never.valid"] == "no request was found that keeps every rule"
    assert "coupled.require_1.outside_1" in gaps
    assert gaps["large.length.16777220"] == "no valid request is made longer than 65536 bytes"
    lengths = (134217727, 134217728, 134217729, 134217736)
    assert set(gaps) == {
        "never.valid",
        "coupled.require_1.outside_1",
        "large.length.16777220",
        "large.length.16777221",
        *(f"buffer.data.{length}" for length in lengths),
    }
    ids = {vector.id: vector for vector in found.vectors}
    # What needs no valid request is there all the same.
    assert ids["never.access.none"].expect == "access_denied"
    assert ids["coupled.a.range.above"].also == ("narrow.coupled: a <= 10: condition",)
    assert ids["coupled.require_2.inside_1"].expect == PASSES


@pytest.mark.parametrize("change", [{"expect": "invalid"}, {"trace": "vault.seal: flags: flags"}])
def test_a_wrong_vector_is_noticed(change: dict[str, str]) -> None:
    kgen_vectors = replayer()

    class Failure:
        ntstatus, code = 0xC0000004, 24

    class Device:
        def __enter__(self) -> Device:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def raw(self, code: int, request: bytes, reply: bytearray) -> tuple[Failure, int]:
            refusals.append("vault.seal: length")
            return Failure(), 0

    refusals: list[str] = []
    document_ = document("vault")
    (row,) = (row for row in document_["vectors"] if row["id"] == "seal.length.0")
    right = kgen_vectors._vector(row, document_)
    wrong = kgen_vectors._vector({**row, **change}, document_)
    assert kgen_vectors.replay(right, lambda **_: Device(), refusals) == []
    assert kgen_vectors.replay(wrong, lambda **_: Device(), refusals) != []


def test_ids_of_objects_come_from_calls() -> None:
    analysis = analysed(os.path.join(ROOT, "tests", "e2e", "simulator", "depot.yaml"))
    found = make(analysis.interface, analysis.layouts)
    assert found.gaps == []
    ids = {vector.id: vector for vector in found.vectors}
    claim, watch = (analysis.layouts.codes[name].windows for name in ("claim", "watch"))

    def before(name: str) -> list[tuple[int | None, bool, int]]:
        return [(call.code, call.other, call.times) for call in ids[name].before]

    assert before("release.value.object.zero") == []
    assert before("release.valid") == [(claim, False, 1)]
    assert ids["release.valid"].fill == ((0, 0, 0),)
    assert before("close.cursor.object.foreign") == [(claim, True, 1), (watch, True, 1)]
    assert ids["close.cursor.object.foreign"].expect == "bad_handle"
    assert ids["copy.to.block.object.zero"].expect == "lost"
    # Each that is given up is one of its own; what is used may be the same.
    assert before("release_all.blocks.20") == [(claim, False, 1)] * 20
    assert before("join.blocks.16") == [(claim, False, 1), (watch, False, 1)]
    assert before("claim.value.full") == [(claim, False, 24)]
    assert (ids["claim.value.full"].expect, ids["claim.value.full"].rule) == ("quota", "full")
    # Nothing is made for what is refused before a byte is read.
    assert before("copy.length.0") == before("copy.access.none") == []


EXCLUSIVE = """
kgen: 1
interface: alone
version: "1.0"
windows: {device_type: 0x9003, sddl: admins, exclusive: true}
objects: {it: {per_open: 1}}
ioctls:
  make: {function: 0x801, access: any, out: new it}
  use: {function: 0x802, access: any, in: {one: ref it, two: "drop it[2]"}}
"""


def test_objects_that_cannot_be_had_are_named(tmp_path: Path) -> None:
    """Of a device that is opened once; and more at a time than an open may have."""
    path = tmp_path / "alone.yaml"
    path.write_text(EXCLUSIVE, encoding="utf-8")
    analysis = analysed(str(path))
    gaps = {gap.id for gap in make(analysis.interface, analysis.layouts).gaps}
    assert {"use.valid", "use.one.object.foreign"} <= gaps


def test_the_documentation_names_every_key() -> None:
    page = Path(ROOT, "docs", "vectors.md").read_text(encoding="utf-8")
    analysis = analysed(os.path.join(ROOT, "tests", "e2e", "simulator", "depot.yaml"))
    seen = view(analysis.interface, analysis.layouts)
    rows = [json.loads(row.rstrip(",")) for row in seen.vectors]
    calls = [call for row in rows for call in row.get("before", ())]
    named = {key for row in [*rows, *calls, document("vault")] for key in row}
    assert named >= {"before", "fill", "other", "times", "also", "repeat", "uncovered"}
    assert sorted(key for key in named if f"`{key}`" not in page) == []
    rules = {row["rule"] for row in rows if "rule" in row}
    assert sorted(rule for rule in rules if f"`{rule}`" not in page) == []
    example = re.search(r"```json\n(.*?)```", page, re.S)
    assert example is not None
    shown, real = json.loads(example[1]), document("vault")
    assert list(shown) == list(real)
    assert all(row in real["vectors"] for row in shown["vectors"])
    assert shown["statuses"].items() <= real["statuses"].items()
    assert shown["ioctls"].items() <= real["ioctls"].items()


@pytest.mark.parametrize(
    ("head", "unit", "times"),
    [
        (b"", b"\0", 4096),
        (b"abc", b"k", 40),
        (b"\1\2", b"\1\2\3\4", 1000),
        (b"x" * 9, bytes(range(64)), 16385),
        (b"a", b"ab", 16),
    ],
)
def test_a_long_end_is_told_briefly(head: bytes, unit: bytes, times: int) -> None:
    request = head + unit * times
    first, repeated = _folded(request)
    assert repeated is not None
    assert first + repeated[0] * repeated[1] == request
    assert len(first) + len(repeated[0]) <= len(head) + 2 * len(unit)


@pytest.mark.parametrize("request_", [b"", b"ab", bytes(31), bytes(range(256)), b"ab" * 15 + b"c"])
def test_a_short_end_is_told_as_it_is(request_: bytes) -> None:
    assert _folded(request_) == (request_, None)
