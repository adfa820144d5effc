"""Target `vectors`: for each constraint the calls that break it alone and those just inside, as data (docs/vectors.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_SIZE
from kgen.model.errors import BUILTIN
from kgen.record import NamedTuple
from kgen.targets._c_narrow import has_thunk
from kgen.targets._handles import wanted, without
from kgen.targets._vector_abis import groups
from kgen.targets._vector_linux import OnLinux
from kgen.targets._vectors import vectors
from kgen.targets.target import BOUNDARY, NATIVE, Output, Target

if TYPE_CHECKING:
    from typing import Any

    from kgen.abi import Argument, Layouts
    from kgen.model.entities import Interface, Ioctl
    from kgen.targets._ids import Before
    from kgen.targets._vector import Gap, Vector

FORMAT = 1
_SHORTEST_RUN = 32
"""Bytes that repeat at the end of a request, before they are told by their number."""
_LONGEST_PERIOD = 64


class File(NamedTuple):
    """Rows are members of JSON objects and arrays, a line each, with the comma that follows."""

    format: int
    name: str
    version: str
    hash: str
    statuses: list[str]
    ioctls: list[str]
    vectors: list[str]
    gaps: list[str]


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The vectors, and the module that loads and replays them."""
    return [
        Output(
            f"vectors/{interface.name}_vectors.json",
            "vectors/vectors.json.j2",
            view(interface, layouts),
        ),
        *(
            Output(f"vectors/{name}", None, source=f"runtime/python/{name}")
            for name in ("kgen_vectors.py", "kgen_vectors_linux.py", "kgen_vectors_windows.py")
        ),
    ]


def view(interface: Interface, layouts: Layouts) -> File:
    found = vectors(interface, layouts)
    linux = OnLinux(interface, layouts)
    return File(
        format=FORMAT,
        name=interface.name,
        version=f"{interface.version[0]}.{interface.version[1]}",
        hash=layouts.hash,
        statuses=_members(_statuses(interface)),
        ioctls=_members(_ioctls(interface, layouts)),
        vectors=_lines([_text(_vector(each, linux.status(each))) for each in found.vectors]),
        gaps=_lines([_text(_gap(each)) for each in found.gaps]),
    )


def _statuses(interface: Interface) -> dict[str, dict[str, Any]]:
    """Every status that may come back, with its number on every side."""
    rows: dict[str, dict[str, Any]] = {
        "ok": {"ntstatus": 0, "win32": 0, "errno": None},
        "truncated": {"ntstatus": 0x80000005, "win32": 234, "errno": None},
    }
    for error in (*BUILTIN.values(), *interface.errors):
        rows[error.name] = {
            "ntstatus": error.ntstatus,
            "win32": error.win32,
            "errno": error.errno,
        }
    return rows


def _ioctls(interface: Interface, layouts: Layouts) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for ioctl in interface.ioctls:
        codes = layouts.codes[ioctl.name]
        rows[ioctl.name] = {"code": codes.core, "answers": _answers(ioctl, layouts)}
        if codes.linux is not None:
            argument = layouts.arguments[ioctl.name]
            rows[ioctl.name] |= {"linux": codes.linux, "argument": _parts(argument)}
            rows[ioctl.name] |= _on_abis(ioctl, layouts)
    rows["interface_info"] = {"code": layouts.info_codes.core, "answers": ["ok"]}
    if layouts.info_codes.linux is not None:
        parts = [["reply", 0, INFO_SIZE]]
        rows["interface_info"] |= {"linux": layouts.info_codes.linux, "argument": parts}
    return rows


def _parts(argument: Argument) -> list[list[Any]]:
    return [[*part] for part in argument.parts]


def _on_abis(ioctl: Ioctl, layouts: Layouts) -> dict[str, Any]:
    """Number and argument where messages are not the same on every machine."""
    names = [name for group in groups(ioctl, layouts) for name in group if "linux" in name]
    rows = {
        name: {
            "linux": layouts.codes[ioctl.name].on(name),
            "argument": _parts(layouts.argument(ioctl, name)),
        }
        for name in names
    }
    return {"abis": rows} if rows else {}


def _answers(ioctl: Ioctl, layouts: Layouts) -> list[str]:
    """What a handler that was reached may lead to; `internal`: it broke its own contract."""
    answers = ["ok"]
    if ioctl.short is not None:
        answers.append("truncated" if ioctl.short.policy == "truncate" else "short_buffer")
    if has_thunk(ioctl, layouts):  # what the handler says may not fit into 32 bits
        answers.append("overflow")
    answers += [error.name for error in ioctl.errors if error.name not in answers]
    return [*answers, "internal"]


def _vector(vector: Vector, on_linux: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": vector.id,
        "ioctl": vector.ioctl,
        "code": vector.code,
        "access": vector.access,
        **_sent(vector.request, vector.capacity, vector.fill),
        "expect": vector.expect,
    }
    if vector.rule:
        row |= {"rule": vector.rule, "trace": vector.trace}
    if vector.also:
        row["also"] = list(vector.also)
    if vector.before:
        row["before"] = [_before(call) for call in vector.before]
    if on_linux is not None:
        row["linux"] = on_linux
    if vector.abis:
        row["abis"] = list(vector.abis)
    return row


def _sent(request: bytes, capacity: int, fill: tuple[tuple[int, int, int], ...]) -> dict[str, Any]:
    head, repeated = _folded(without(request))
    row: dict[str, Any] = {"request": head.hex()}
    if repeated is not None:
        row["repeat"] = [repeated[0].hex(), repeated[1]]
    handles = wanted(request)
    if handles:
        row["handles"] = [[one.at, one.kind, list(one.rights)] for one in handles]
    if fill:
        row["fill"] = [list(each) for each in fill]
    return {**row, "capacity": capacity}


def _before(call: Before) -> dict[str, Any]:
    row = {"code": call.code, **_sent(call.request, call.capacity, call.fill)}
    if call.times > 1:
        row["times"] = call.times
    if call.other:
        row["other"] = True
    return row


def _gap(gap: Gap) -> dict[str, Any]:
    return {"id": gap.id, "why": gap.why}


def _folded(request: bytes) -> tuple[bytes, tuple[bytes, int] | None]:
    """The request as its beginning, and bytes that follow so many times; None where it does not end in a run."""
    best = (0, 0)
    for period in range(1, _LONGEST_PERIOD + 1):
        length = _run(request, period) // period * period
        if length > best[0]:
            best = (length, period)
        if best[0] > len(request) - _SHORTEST_RUN:
            break
    length, period = best
    if length < _SHORTEST_RUN or length < 4 * period:
        return request, None
    return request[:-length], (request[len(request) - period :], length // period)


def _run(request: bytes, period: int) -> int:
    """Bytes at the end that repeat with this period; 0 where none do."""

    def repeats(length: int) -> bool:
        return request[-length:-period] == request[len(request) - length + period :]

    good, size = period, len(request)
    while good * 2 <= size and repeats(good * 2):
        good *= 2
    bad = min(good * 2, size + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if repeats(middle) else (good, middle)
    return good if good > period else 0


def _members(rows: dict[str, dict[str, Any]]) -> list[str]:
    return _lines([f"{_text(name)}: {_text(row)}" for name, row in rows.items()])


def _lines(rows: list[str]) -> list[str]:
    return [f"{row}," for row in rows[:-1]] + rows[-1:]


def _text(value: Any) -> str:
    import json

    return json.dumps(value)


TARGET = Target(
    name="vectors",
    doc="Calls that break each constraint alone, and calls just inside, as data for tests.",
    capabilities=(BOUNDARY | NATIVE) - {"data_and_reply"},
    needs=(),
    outputs=outputs,
)
