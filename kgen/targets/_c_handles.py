"""C targets: handles of the caller: where they stand in a request, and how a handler gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.types import Handle
from kgen.record import NamedTuple
from kgen.targets._c_names import member, wrap_arguments

if TYPE_CHECKING:
    from kgen.model.entities import Field, Interface, Ioctl

_PARAMETERS = frozenset(["call", "in", "out", "data"])


class HandleRow(NamedTuple):
    """A field of a request, as C initialises what the boundary knows of it."""

    settings: list[str]
    """`.kind = KGEN_HANDLE_EVENT,`; in lines."""


def handle_fields(ioctl: Ioctl) -> list[Field]:
    """The handles of a request, in order; elsewhere there are none (kgen.model.handles)."""
    if ioctl.request is None:
        return []
    return [field for field in ioctl.request.fields if isinstance(field.type, Handle)]


def takes_handles(interface: Interface) -> bool:
    return any(handle_fields(ioctl) for ioctl in interface.ioctls)


def handle_parameter(field: Field) -> str:
    """What a handler calls the object: as the field is called."""
    name = member(field)
    return f"{name}_" if name in _PARAMETERS else name


def handle_row(field: Field, request: str) -> HandleRow:
    """Where a handle is in a request; `request` is the type of that in C."""
    assert isinstance(field.type, Handle)
    place = [request, member(field)]
    rights = " | ".join(f"KGEN_HANDLE_{right.upper()}" for right in field.type.rights)
    settings = [
        f'        .name = "{field.name}",',
        wrap_arguments("        .offset = offsetof", place, ","),
        f"        .kind = KGEN_HANDLE_{field.type.kind.upper()},",
        f"        .access = {rights},",
    ]
    return HandleRow([*settings, *(["        .optional = true,"] if field.type.optional else [])])
