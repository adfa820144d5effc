"""Model: objects of an open handle, and where a message may name one.

A request uses (`ref`) or gives up (`drop`) objects of its caller's open; a reply names one that is
`new`. Each is found at one place of a message, so that a handler gets it as a parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.model.entities import Field, ObjectKind, Struct, TaggedUnion
from kgen.model.errors import BUILTIN
from kgen.model.resolve_named import note_of
from kgen.model.types import Array, ObjectId, Tail, UserPointer, innermost
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Error, Ioctl, Record
    from kgen.model.resolve_types import Types
    from kgen.model.types import Type
    from kgen.schema.nodes import File, Name, ObjectNode

MOST = 4096
"""Objects of one open, of all kinds together: a slot is 12 bits of an id. And ids in one request."""


class Place(NamedTuple):
    """Where a message holds the id of an object, or several."""

    path: tuple[Field, ...]
    """From the message to the field."""
    id: ObjectId
    most: int
    """Ids there can be: elements of an array or tail, else 1."""

    @property
    def field(self) -> Field:
        return self.path[-1]

    @property
    def is_many(self) -> bool:
        return isinstance(self.field.type, (Array, Tail))


def places(struct: Struct | None) -> list[Place]:
    """The ids in a message, in the order of memory; those of structs in it stand where these do."""
    return list(_places(struct, ())) if struct is not None else []


def _places(struct: Struct, outer: tuple[Field, ...]) -> Iterator[Place]:
    for field in struct.fields:
        path = (*outer, field)
        inner = innermost(field.type)
        if isinstance(inner, ObjectId):
            yield Place(path, inner, _elements(field.type))
        elif isinstance(field.type, Struct):
            yield from _places(field.type, path)


def _elements(type_: Type) -> int:
    if isinstance(type_, Tail):
        return type_.maximum * _elements(type_.element)
    if isinstance(type_, Array):
        return type_.length * _elements(type_.element)
    return 1


# Declarations


def resolve_objects(
    files: list[File], errors: dict[str, Error], broken: set[str], external: bool, types: Types
) -> None:
    """Fill `types.objects`. `broken` are names of errors of which something was said already."""
    total = 0
    for file in files:
        for node in file.objects:
            kind = _object(node, errors, broken, types)
            types.objects[node.name.text] = kind
            before, total = total, total + (kind.per_open if kind else 0)
            if external:
                types.sink.error(
                    "KG160",
                    node.name.span,
                    f"`{node.name.text}` would belong to a driver that is not kgen's",
                    help="with `external: true` an id is an integer",
                )
            elif before <= MOST < total:
                types.sink.error(
                    "KG160",
                    node.per_open.span,
                    f"an open would have {total} objects of all kinds",
                    label=f"{MOST} at most",
                )


def _object(
    node: ObjectNode, errors: dict[str, Error], broken: set[str], types: Types
) -> ObjectKind | None:
    count = types.scope.evaluate(node.per_open)
    if count is not None and not 1 <= count <= MOST:
        types.sink.error(
            "KG160",
            node.per_open.span,
            f"an open cannot have {count} of `{node.name.text}`",
            label=f"1 to {MOST}",
        )
        return None
    stale = _error(node.stale, "bad_handle", errors, broken, types)
    full = _error(node.full, "no_space", errors, broken, types)
    if count is None or stale is None or full is None:
        return None
    note = note_of(node.note)
    return ObjectKind(node.name.text, count, stale, full, note, node.name.span)


def _error(
    name: Name | None, default: str, errors: dict[str, Error], broken: set[str], types: Types
) -> Error | None:
    if name is None:
        return BUILTIN[default]
    found = errors.get(name.text) or BUILTIN.get(name.text)
    if found is None and name.text not in broken:
        types.sink.error(
            "KG154",
            name.span,
            f"there is no error `{name.text}`",
            label="unknown",
            help=types.scope.suggestion(name.text, [*errors, *BUILTIN])
            or "declare it under `errors`",
        )
    return found


# Use


def implied_errors(ioctl: Ioctl) -> list[Error]:
    """What the boundary answers for the objects of an ioctl, besides what the ioctl declares."""
    found = [place.id.kind.stale for place in places(ioctl.request)]
    found += [place.id.kind.full for place in places(ioctl.reply)]
    return [error for error in dict.fromkeys(found) if error not in ioctl.errors]


def check_objects(ioctls: Iterable[Ioctl], sink: Sink) -> None:
    """Report ids that stand where none can."""
    for ioctl in ioctls:
        if ioctl.request is not None:
            _check_message(ioctl.request, "request", ioctl, sink)
            ids = sum(place.most for place in places(ioctl.request))
            if ids > MOST:
                sink.error(
                    "KG160",
                    ioctl.span,
                    f"a request of `{ioctl.name}` could name {ids} objects",
                    label=f"{MOST} at most",
                )
        if ioctl.reply is not None:
            _check_message(ioctl.reply, "reply", ioctl, sink)
        if ioctl.message is not None:
            _check_message(ioctl.message, "message", ioctl, sink)
        if ioctl.data is not None:
            _check_type(ioctl.data.type, ioctl.data.span, sink)


def check_idle(ioctls: Iterable[Ioctl], kinds: Iterable[ObjectKind], sink: Sink) -> None:
    """Report objects that nothing makes or takes. For ioctls of which nothing else is wrong."""
    every = [
        place.id for ioctl in ioctls for place in (*places(ioctl.request), *places(ioctl.reply))
    ]
    made = {id_.kind.name for id_ in every if id_.role == "new"}
    taken = {id_.kind.name for id_ in every if id_.role != "new"}
    for kind in kinds:
        if kind.name not in made:
            _report_idle(kind, "made", f"a reply with `new {kind.name}`", sink)
        elif kind.name not in taken:
            wanted = f"a request with `ref {kind.name}` or `drop {kind.name}`"
            _report_idle(kind, "taken", wanted, sink)


def _report_idle(kind: ObjectKind, what: str, wanted: str, sink: Sink) -> None:
    sink.error("KG164", kind.span, f"no `{kind.name}` is ever {what}", label=f"needs {wanted}")


def _check_message(struct: Struct, way: str, ioctl: Ioctl, sink: Sink) -> None:
    for field, id_, within in _every(struct, ""):
        what = f"`{id_.role} {id_.kind.name}`"
        belongs = "reply" if id_.role == "new" else "request"
        user = DiagnosticNote(f"the {way} of this ioctl", ioctl.span)
        notes = () if struct.inline else (user,)
        if way != belongs:
            sink.error(
                "KG162",
                field.span,
                f"{what} stands in a {belongs}",
                label="this goes both ways" if way == "message" else f"this is a {way}",
                help=f"write the messages of `{ioctl.name}` as `in` and as `out`"
                if way == "message"
                else None,
                notes=notes,
            )
            continue
        if way == "reply" and not within and field.type is not id_:
            within = "an array"
        elif way == "reply" and within == _NESTED:
            within = "a struct of the reply"
        elif within == _NESTED:
            continue
        if within:
            sink.error(
                "KG163",
                field.span,
                f"{what} cannot stand in {within}",
                label="a handler could not get it",
                help="make it a field of the message itself",
                notes=notes,
            )


_NESTED = "a struct"


def _every(record: Record, within: str) -> Iterator[tuple[Field, ObjectId, str]]:
    """Each id in a message or part of it, with what it stands in that is no place for it."""
    if isinstance(record, TaggedUnion):
        for arm in record.arms:
            inner = None if arm.type is None else innermost(arm.type)
            if isinstance(inner, (Struct, TaggedUnion)):
                yield from _every(inner, "a union")
            elif isinstance(inner, ObjectId):
                yield Field(arm.name, inner, arm.note, arm.span), inner, "a union"
        return
    if record.grows:
        within = "a struct that grows"
    for field in record.fields:
        inner = innermost(field.type)
        if isinstance(inner, ObjectId):
            yield field, inner, within
        elif isinstance(inner, UserPointer):
            pointed = innermost(inner.element)
            if isinstance(pointed, (Struct, TaggedUnion)):
                yield from _every(pointed, "a buffer")
        elif isinstance(inner, (Struct, TaggedUnion)):
            nested = field.type is inner and within in ("", _NESTED)
            yield from _every(inner, _NESTED if nested else within or "an element of an array")


def _check_type(type_: Type, span: Span, sink: Sink) -> None:
    """The elements of a `data` buffer: the boundary does not look into them."""
    inner = innermost(type_)
    ids = [inner] if isinstance(inner, ObjectId) else []
    if isinstance(inner, (Struct, TaggedUnion)):
        ids = [id_ for _, id_, _ in _every(inner, "")]
    for id_ in ids[:1]:
        sink.error(
            "KG163",
            span,
            f"`{id_.role} {id_.kind.name}` cannot stand in a buffer",
            label="its content is not checked",
        )
