"""Model: pointers of the caller: what counts what they point to, and where they may stand.

What is behind a pointer is captured once, in the caller's context, together with the request that holds it; nothing
that points further is followed. "Errors in Referencing User-Space Addresses", learn.microsoft.com;
Documentation/driver-api/ioctl.rst, "Structure layout".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note, closest
from kgen.model.entities import Struct
from kgen.model.types import Integer, UserPointer, innermost
from kgen.model.walk import leaves, leaves_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Field, Interface
    from kgen.model.types import Type
    from kgen.schema.nodes import FieldNode, Name, StructNode

MOST_POINTERS = 8
"""In one request: the adapters hold what they captured in memory of a fixed size."""


def check_counters(
    node: StructNode, fields: dict[str, Field], broken: set[str], sink: Sink
) -> None:
    """What counts is an unsigned integer of the same struct, before the pointer or behind it (KG132)."""
    for written in node.fields:
        named = written.clauses.counter or written.clauses.size
        field = fields.get(written.name.text)
        if named is None or field is None or not isinstance(field.type, UserPointer):
            continue
        counter = fields.get(named.text)
        if counter is not None:
            _check_counter(counter, field.type, named, sink)
        elif named.text not in broken:
            _no_counter(written, named, fields, sink)


def _no_counter(written: FieldNode, named: Name, fields: dict[str, Field], sink: Sink) -> None:
    near = closest(named.text, [name for name in fields if name != written.name.text])
    sink.error(
        "KG132",
        named.span,
        f"there is no field `{named.text}` beside `{written.name.text}`",
        help=f"did you mean `{near}`?" if near else None,
    )


def _check_counter(counter: Field, pointer: UserPointer, named: Name, sink: Sink) -> None:
    declared = (Note("declared here", counter.span),)
    integer = counter.type
    if not isinstance(integer, Integer) or integer.signed:
        what = f"`{named.text}` cannot count: it is no unsigned integer"
        sink.error("KG132", named.span, what, notes=declared)
    elif counter.reserved or counter.counts is not None:
        why = "it is reserved" if counter.reserved else f"it counts `{counter.counts}`"
        sink.error("KG132", named.span, f"`{named.text}` cannot count: {why}", notes=declared)
    elif pointer.maximum > integer.maximum:
        sink.error(
            "KG132",
            named.span,
            f"`{named.text}` cannot count to {pointer.maximum}",
            label=f"{integer.name} ends at {integer.maximum}",
            notes=declared,
        )


def check_pointers(interface: Interface, sink: Sink) -> None:
    """A new interface has its pointers in requests, and there directly (KG145)."""
    if interface.external or all(use.capability != "user_ptr" for use in interface.uses):
        return
    places = _Places(sink)
    for ioctl in interface.ioctls:
        if ioctl.request is not None:
            places.request(ioctl.request)
        places.elsewhere(ioctl.reply, "a reply")
        places.elsewhere(ioctl.message, "what goes both ways")
        places.elsewhere(ioctl.data.type if ioctl.data is not None else None, "a buffer")


class _Places:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._reported: set[Span] = set()

    def request(self, request: Struct) -> None:
        direct = [field for field in request.fields if isinstance(field.type, UserPointer)]
        for field in request.fields:
            for inner in _pointers(field):
                if inner is not field:
                    self._misplaced(inner, f"another type (`{field.name}`)")
                elif field not in direct:
                    self._misplaced(inner, "an array")
        for field in direct:
            assert isinstance(field.type, UserPointer)
            if request.grows and field.note.since is not None and not field.type.counter:
                self._report(
                    field,
                    f"`{field.name}` is newer than `{request.name}` and nothing counts it",
                    "an older caller does not send it",
                    "add `count FIELD`: a field that is newer too is 0 then",
                )
        if len(direct) > MOST_POINTERS:
            what = f"`{request.name}` has {len(direct)} pointers"
            self._report(direct[MOST_POINTERS], what, f"at most {MOST_POINTERS}", None)

    def elsewhere(self, type_: Type | None, what: str) -> None:
        for field in leaves(type_):
            if isinstance(innermost(field.type), UserPointer):
                self._misplaced(field, what)

    def _misplaced(self, field: Field, what: str) -> None:
        self._report(
            field,
            f"`{field.name}` is a pointer in {what}",
            "a pointer is a field of a request itself",
            "only there the boundary captures what it points to",
        )

    def _report(self, field: Field, text: str, label: str, help_: str | None) -> None:
        if field.span in self._reported:
            return
        self._reported.add(field.span)
        self._sink.error("KG145", field.span, text, label=label, help=help_)


def _pointers(field: Field) -> Iterator[Field]:
    return (one for one in leaves_of(field) if isinstance(innermost(one.type), UserPointer))
