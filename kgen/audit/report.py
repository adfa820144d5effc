"""Audit: model, layouts and findings -> the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen import lint
from kgen.abi.codes import INFO_SIZE
from kgen.abi.lengths import bounds, request_bounds
from kgen.audit.boundary import facts
from kgen.audit.duties import duties
from kgen.audit.records import (
    FORMAT,
    Buffer,
    Carried,
    Codes,
    Failure,
    IoctlReport,
    Item,
    Memory,
    Message,
    ObjectReport,
    Report,
)
from kgen.audit.security import callers, linux_device, windows_device
from kgen.inspection.document import version_text
from kgen.inspection.types import type_text
from kgen.model.errors import BUILTIN, boundary_errors
from kgen.model.objects import places
from kgen.model.types import Handle, ObjectId, Tail, UserPointer, innermost
from kgen.model.walk import members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kgen.abi import Layouts
    from kgen.audit.records import Check, Principal, Unchecked
    from kgen.lint import Finding
    from kgen.model.entities import Data, Error, Interface, Ioctl, ObjectKind, Struct
    from kgen.model.walk import Member

INFO = "interface_info"
"""The code that tells the interface hash; every interface of ours answers it."""
_ALIGNMENT = 8
_HOLD = 20
"""Bytes that a request takes for each object that it names, on 64 bits (KGEN_HOLD_SIZE)."""


def report(layouts: Layouts) -> Report:
    """Everything that is known of an interface's attack surface."""
    interface = layouts.interface
    codes = {ioctl.name: list(ioctl.access) for ioctl in interface.ioctls}
    info = layouts.info_codes
    answers_info = info.windows is not None or info.linux is not None
    if answers_info:
        codes[INFO] = ["any"]
    principals = [caller.with_calls(codes) for caller in callers(interface)]
    ioctls = [_ioctl(ioctl, layouts, principals) for ioctl in interface.ioctls]
    if answers_info:
        ioctls.append(_info(layouts, principals))
    return Report(
        kgen_audit=FORMAT,
        interface=interface.name,
        version=version_text(interface.version),
        doc=interface.note.doc,
        schema=interface.path,
        hash=layouts.hash,
        external=interface.external,
        serialised=interface.serialised,
        windows=windows_device(interface),
        linux=linux_device(interface),
        principals=principals,
        objects=[_object(kind, interface) for kind in interface.objects],
        boundary_errors=_of_boundary(interface),
        ioctls=ioctls,
        findings=[_item(finding) for finding in lint.findings(layouts)],
    )


def _ioctl(ioctl: Ioctl, layouts: Layouts, principals: list[Principal]) -> IoctlReport:
    interface = layouts.interface
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    checks: list[Check] = []
    unchecked: list[Unchecked] = []
    if request is not None:
        checks, unchecked = facts(request)
    codes = layouts.codes[ioctl.name]
    reached = [each for each in principals if ioctl.name in each.calls]
    note = ioctl.note
    found = IoctlReport(
        name=ioctl.name,
        builtin=False,
        doc=note.doc,
        since=version_text(note.since) if note.since else None,
        deprecated=note.deprecated,
        codes=Codes(codes.first("windows"), codes.first("linux")),
        method=ioctl.method,
        access=list(ioctl.access),
        reached_by=[each.id for each in reached],
        outsiders=interface.external or any(not each.administrator for each in reached),
        request=_message(request, layouts, request_bounds) if request else None,
        reply=_message(reply, layouts, bounds) if reply else None,
        inout=ioctl.message is not None,
        data=_buffer(ioctl.data, layouts) if ioctl.data else None,
        memory=_memory(ioctl, layouts),
        pointers=_carried(ioctl, lambda member: isinstance(_held(member), UserPointer)),
        handles=_carried(ioctl, lambda member: isinstance(_held(member), Handle)),
        objects=_carried(ioctl, lambda member: isinstance(_held(member), ObjectId)),
        secrets=_carried(ioctl, lambda member: member.field.secret),
        checks=checks,
        unchecked=unchecked,
        duties=[],
        errors=_errors(dict.fromkeys((*ioctl.errors, *_of_objects(ioctl)))),
    )
    return found if interface.external else found._replace(duties=duties(found, interface))


def _info(layouts: Layouts, principals: list[Principal]) -> IoctlReport:
    codes = layouts.info_codes
    reached = [each for each in principals if INFO in each.calls]
    return IoctlReport(
        name=INFO,
        builtin=True,
        doc="Tells the version and the hash of the interface; answered by the generated code alone.",
        since=None,
        deprecated=None,
        codes=Codes(codes.windows, codes.linux),
        method="buffered",
        access=["any"],
        reached_by=[each.id for each in reached],
        outsiders=any(not each.administrator for each in reached),
        request=None,
        reply=Message("interface_info", INFO_SIZE, INFO_SIZE, None, None, None, None),
        inout=False,
        data=None,
        memory=Memory(0, 0, codes.windows is not None),
        pointers=[],
        handles=[],
        objects=[],
        secrets=[],
        checks=[],
        unchecked=[],
        duties=[],
        errors=[],
    )


def _object(kind: ObjectKind, interface: Interface) -> ObjectReport:
    users: dict[str, list[str]] = {"new": [], "ref": [], "drop": []}
    for ioctl in interface.ioctls:
        found = [*places(ioctl.request), *places(ioctl.reply)]
        for role in dict.fromkeys(place.id.role for place in found if place.id.kind == kind):
            users[role].append(ioctl.name)
    return ObjectReport(
        kind.name, kind.note.doc, kind.per_open, users["new"], users["ref"], users["drop"]
    )


def _of_objects(ioctl: Ioctl) -> Iterator[Error]:
    """What the boundary answers to an id that names nothing, and where there are too many objects."""
    for place in (*places(ioctl.request), *places(ioctl.reply)):
        yield place.id.kind.full if place.id.role == "new" else place.id.kind.stale


def _message(
    struct: Struct, layouts: Layouts, measure: Callable[[Struct, Layouts], tuple[int, int]]
) -> Message:
    smallest, largest = measure(struct, layouts)
    tail = struct.tail.type if struct.tail is not None else None
    if isinstance(tail, Tail):
        size = layouts.size_align(tail.element)[0]
        smallest += tail.minimum * size
        element = tail.text or type_text(tail.element)
        return Message(struct.name, smallest, largest, "tail", element, size, tail.maximum)
    variable = "growth" if struct.grows else None
    return Message(struct.name, smallest, largest, variable, None, None, None)


def _buffer(data: Data, layouts: Layouts) -> Buffer:
    size = layouts.size_align(data.type)[0]
    return Buffer(
        data.direction, type_text(data.type), size, data.minimum * size, data.maximum * size
    )


def _memory(ioctl: Ioctl, layouts: Layouts) -> Memory:
    """As `kgen_plan` and the adapters have it (templates/runtime/kgen_runtime.h)."""
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    copied = request_bounds(request, layouts)[1] if request is not None else 0
    copied += -copied % _ALIGNMENT
    if reply is not None:
        largest = bounds(reply, layouts)[1]
        copied += largest * (ioctl.method == "neither")
        # Where the caller's buffer is shorter than the struct, the reply is built beside the request.
        copied += largest * reply.grows
    holds = sum(place.most for place in (*places(ioctl.request), *places(ioctl.reply)))
    if holds:
        copied += -copied % _ALIGNMENT + holds * _HOLD
        copied += -copied % _ALIGNMENT
    locked = ioctl.data.maximum * layouts.size_align(ioctl.data.type)[0] if ioctl.data else 0
    system_buffer = ioctl.method != "neither" and layouts.codes[ioctl.name].windows is not None
    return Memory(copied, locked, system_buffer)


def _held(member: Member) -> object:
    return innermost(member.field.type)


def _carried(ioctl: Ioctl, wanted: Callable[[Member], bool]) -> list[Carried]:
    return [
        Carried(member.path, where, type_text(member.field.type))
        for where, member in _everything(ioctl)
        if wanted(member)
    ]


def _everything(ioctl: Ioctl) -> Iterator[tuple[str, Member]]:
    roles = (("request", ioctl.request), ("reply", ioctl.reply), ("message", ioctl.message))
    for where, struct in roles:
        if struct is not None:
            for member in members(struct):
                yield where, member


def _of_boundary(interface: Interface) -> list[Failure]:
    if interface.external:
        return []
    return _errors(BUILTIN[name] for name in boundary_errors(interface))


def _errors(errors: Iterable[Error]) -> list[Failure]:
    return [Failure(error.name, error.ntstatus, error.errno) for error in errors]


def _item(finding: Finding) -> Item:
    span = finding.span
    return Item(
        rule=finding.rule.name,
        severity=finding.severity,
        message=finding.message,
        ioctl=finding.ioctl,
        path=finding.path,
        file=span.file.path,
        line=span.line,
        column=span.column,
        why=finding.rule.why,
        source=finding.rule.source,
    )
