"""C targets: pointers of the caller: where they stand in a request, and how a handler gets what they point to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.types import Integer, UserPointer
from kgen.record import NamedTuple
from kgen.targets._c_elements import field_value, narrow
from kgen.targets._c_names import member, wrap_arguments
from kgen.targets._c_types import element_type

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Field, Interface, Ioctl, Struct

_TAKEN = frozenset(["call", "in", "out", "data", "at", "length", "holds", "i", "message", "status"])
_ORDERS = {"le": "LITTLE", "be": "BIG"}


class PointerRow(NamedTuple):
    """A field of a request, as C initialises what the boundary knows of it."""

    settings: list[str]
    """`.most = 4096,`; in lines."""


def pointer_fields(request: Struct | None) -> list[tuple[Field, UserPointer]]:
    """The pointers of a request, in order; elsewhere there are none (kgen.model.pointers)."""
    if request is None:
        return []
    return [(field, field.type) for field in request.fields if isinstance(field.type, UserPointer)]


def takes_pointers(interface: Interface) -> bool:
    return any(pointer_fields(ioctl.request) for ioctl in interface.ioctls)


def pointer_parameter(field: Field) -> str:
    """What a handler calls what is pointed to: as the field is called."""
    name = member(field)
    return f"{name}_" if name in _TAKEN else name


def pointer_declaration(field: Field, pointer: UserPointer, prefix: str) -> str:
    """`const struct vault_entry *entries`."""
    return f"const {element_type(pointer.element, prefix)} *{pointer_parameter(field)}"


def handler_parameters(ioctl: Ioctl, prefix: str) -> dict[str, str]:
    """By name, what a handler gets of what its request points to."""
    return {
        pointer_parameter(field): pointer_declaration(field, pointer, prefix)
        for field, pointer in pointer_fields(ioctl.request)
    }


def arguments(ioctl: Ioctl) -> list[str]:
    return [pointed(index) for index in range(len(pointer_fields(ioctl.request)))]


def pointed(index: int) -> str:
    """The copy of what the pointer points to that stands there among those of the request."""
    return f"call->pointed->at[{index}]"


def pointed_count(pointer: UserPointer, request: Struct, layouts: Layouts) -> str:
    """How many elements there are, of which the count was checked."""
    if not pointer.counter:
        return str(pointer.maximum)
    counter, integer = _counter(pointer, request)
    count = narrow(integer, field_value(counter, "in"))
    size = layouts.size_align(pointer.element)[0] if pointer.unit == "bytes" else 1
    return f"{count} / {size}" if size > 1 else count


def _counter(pointer: UserPointer, request: Struct) -> tuple[Field, Integer]:
    counter = next(field for field in request.fields if field.name == pointer.counter)
    assert isinstance(counter.type, Integer)
    return counter, counter.type


def pointer_row(
    field: Field, pointer: UserPointer, request: Struct, type_: str, layouts: Layouts
) -> PointerRow:
    """Where a pointer is in a request; `type_` is the type of that in C."""
    size = layouts.size_align(pointer.element)[0]
    settings = [
        f'        .name = "{field.name}",',
        wrap_arguments("        .offset = offsetof", [type_, member(field)], ","),
        f"        .most = {pointer.maximum * size},",
        f"        .element = {size},",
    ]
    if pointer.counter:
        counter, integer = _counter(pointer, request)
        settings += [
            f'        .counter = "{counter.name}",',
            wrap_arguments("        .count = offsetof", [type_, member(counter)], ","),
            f"        .count_size = {integer.size},",
            f"        .count_unit = {size if pointer.unit == 'elements' else 1},",
        ]
        if integer.order in _ORDERS:
            settings.append(f"        .count_order = KGEN_COUNT_{_ORDERS[integer.order]},")
    return PointerRow(settings)
