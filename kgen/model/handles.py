"""Model: handles of the caller: what they may be of, what the driver may do with them, where they may stand.

A handle means something in the caller's process alone. So it is looked up once, while the request is captured, with
the type, the access and the mode of the caller: "Failure to Validate Object Handles", learn.microsoft.com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.model.entities import Use
from kgen.model.types import Handle, innermost
from kgen.model.walk import leaves, leaves_of
from kgen.schema.expression import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Field, Interface, Ioctl, Struct
    from kgen.model.resolve_types import Types
    from kgen.model.types import Type
    from kgen.schema.nodes import TypeNode

HANDLE_RIGHTS: dict[str, tuple[str, ...]] = {
    "event": ("modify", "wait"),
    "file": ("read", "write"),
    "section": ("read", "write"),
    "thread": ("query", "wait", "suspend", "terminate"),
    "process": ("query", "wait", "read", "write", "duplicate", "terminate"),
}
"""By kind, what a driver may ask for; the first is what it gets where nothing is said."""
ON_LINUX = ("event", "file")
"""Kinds that a descriptor of Linux stands for: an eventfd, and any file."""
MOST_HANDLES = 8
"""In one request: the adapters hold what they reference in memory of a fixed size."""


def resolve_handle(node: TypeNode, types: Types) -> Handle | None:
    """`handle KIND RIGHT...`; None where something was reported."""
    assert node.argument is not None
    kind = node.argument.text
    types.uses.append(Use("handle", node.span, f"a handle of kind `{kind}`"))
    if kind not in HANDLE_RIGHTS:
        near = closest(kind, HANDLE_RIGHTS)
        types.sink.error(
            "KG120",
            node.argument.span,
            f"a handle is of kind {', '.join(HANDLE_RIGHTS)}, not `{kind}`",
            help=f"did you mean `{near}`?" if near else None,
        )
        return None
    known = HANDLE_RIGHTS[kind]
    mark = types.sink.error_count
    for right in node.rights:
        if right.text not in known:
            near = closest(right.text, [*known, *CLAUSES])
            types.sink.error(
                "KG138",
                right.span,
                f"what a driver does with a handle of kind `{kind}` is {', '.join(known)}, "
                f"not `{right.text}`",
                help=f"did you mean `{near}`?" if near else None,
            )
    if types.sink.failed_since(mark):
        return None
    said = {right.text for right in node.rights} or {known[0]}
    return Handle(kind, tuple(right for right in known if right in said))


def make_optional(type_: Type, span: Span, sink: Sink) -> Type:
    """The type of a field that says `optional`."""
    if isinstance(type_, Handle):
        return type_._replace(optional=True)
    sink.error(
        "KG138",
        span,
        "only a handle is `optional`",
        label="0 then stands for none",
        help="give an enum a value for `none`, or a union an arm",
    )
    return type_


def uses_of_windows(ioctls: Iterable[Ioctl]) -> Iterator[Use]:
    """Handles that have to be there and are of a kind that Linux does not know; an optional one is 0 there."""
    for ioctl in ioctls:
        for field in ioctl.request.fields if ioctl.request is not None else ():
            kind = field.type
            if isinstance(kind, Handle) and not kind.optional and kind.kind not in ON_LINUX:
                yield Use("windows_handle", field.span, f"handle `{field.name}`")


def check_handles(interface: Interface, sink: Sink) -> None:
    """A new interface has its handles in requests, and there directly."""
    if interface.external or all(use.capability != "handle" for use in interface.uses):
        return
    reported: set[Span] = set()
    for ioctl in interface.ioctls:
        if ioctl.request is not None:
            _check_request(ioctl.request, reported, sink)
        for struct, what in ((ioctl.reply, "a reply"), (ioctl.message, "what goes both ways")):
            for field in _with_handles(struct):
                _report(field, what, reported, sink)
        for field in _with_handles(ioctl.data.type if ioctl.data is not None else None):
            _report(field, "a buffer", reported, sink)


def _check_request(request: Struct, reported: set[Span], sink: Sink) -> None:
    direct = [field for field in request.fields if isinstance(field.type, Handle)]
    for field in request.fields:
        for inner in _in_field(field):
            if inner is not field or not isinstance(field.type, Handle):
                where = "an array" if inner is field else f"another type (`{field.name}`)"
                _report(inner, where, reported, sink)
    for field in direct:
        assert isinstance(field.type, Handle)
        is_newer = request.grows and field.note.since is not None
        if is_newer and not field.type.optional and field.span not in reported:
            reported.add(field.span)
            sink.error(
                "KG139",
                field.span,
                f"`{field.name}` is newer than `{request.name}` and has to be there",
                label="an older caller does not send it",
                help="add `optional`",
            )
    if len(direct) > MOST_HANDLES and direct[MOST_HANDLES].span not in reported:
        reported.add(direct[MOST_HANDLES].span)
        sink.error(
            "KG139",
            direct[MOST_HANDLES].span,
            f"`{request.name}` has {len(direct)} handles",
            label=f"at most {MOST_HANDLES}",
        )


def _report(field: Field, what: str, reported: set[Span], sink: Sink) -> None:
    if field.span in reported:
        return
    reported.add(field.span)
    sink.error(
        "KG139",
        field.span,
        f"`{field.name}` is a handle in {what}",
        label="a handle is a field of a request itself",
        help="only there the boundary looks it up for the handler",
    )


def _with_handles(type_: Type | None) -> Iterator[Field]:
    """The fields below a type that are handles."""
    return (field for field in leaves(type_) if isinstance(innermost(field.type), Handle))


def _in_field(field: Field) -> Iterator[Field]:
    return (one for one in leaves_of(field) if isinstance(innermost(one.type), Handle))
