"""Target `sim`: each handler as the library forwards it, and as an author writes it in Python."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from kgen.model.naming import symbol
from kgen.model.types import Array, Tail
from kgen.record import NamedTuple
from kgen.targets import _c_objects as objects
from kgen.targets._c_elements import element_size
from kgen.targets._c_handlers import skeleton
from kgen.targets._c_handles import handle_fields, handle_parameter
from kgen.targets._c_names import tail_name, wrap_arguments
from kgen.targets._c_pointers import pointed_count, pointer_fields, pointer_parameter
from kgen.targets._pydevice import Methods, is_bare
from kgen.targets._pydocs import WIDTH, docstring, note_text, one_line, section
from kgen.targets._pytypes import TypeNames

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl, ObjectKind, Struct
    from kgen.model.objects import Place
    from kgen.targets._pynames import PackageNames

_BODY = 8
_PARAMETERS = frozenset(["self", "call", "request", "value", "data"])


class Forwarded(NamedTuple):
    """A handler in C that passes its request on."""

    name: str
    definition: str
    has_request: bool
    has_reply: bool
    has_data: bool
    has_handles: bool
    handle_count: int
    first_handle: str
    """What the handler is given first; the others stand behind it."""
    other_handles: list[str]
    pointed: list[str]
    """`{items, (size_t)in->number * 4}`, of each of its pointers."""
    pointed_count: int
    has_tail: bool
    has_objects: bool
    prepares: list[str]
    """Statements about its objects."""
    tail: str
    """Offset of the reply's tail, as C names it."""
    room: str
    """The author's function that tells how many elements fit."""
    appended: str
    """The statement that appends the elements of the reply."""


class PythonHandler(NamedTuple):
    """A handler in Python, to be overridden."""

    name: str
    parameters: list[str]
    head: str
    """The parameters, as they stand on one line."""
    short_head: bool
    returns: str
    doc: str
    short_doc: bool
    """One line."""


class PythonHook(NamedTuple):
    """The hook that releases objects of a kind."""

    name: str
    kind: str
    cls: str
    """Of the id."""


def forwarded(ioctl: Ioctl, prefix: str, layouts: Layouts) -> Forwarded:
    reply = ioctl.reply or ioctl.message
    tail = None if reply is None or reply.tail is None else reply.tail.type
    offset = appended = ""
    handles = [handle_parameter(field) for field in handle_fields(ioctl)]
    if reply is not None and isinstance(tail, Tail):
        offset = tail_name(prefix, reply)
        items = f"kgen_sim_items(&message, {offset})"
        size = element_size(tail, layouts)
        count = f"kgen_sim_item_count(&message, {offset}, {size})"
        append = f"        {symbol(prefix, ioctl.name, 'append')}"
        appended = wrap_arguments(append, ["call", "out", items, count], ";")
    return Forwarded(
        name=ioctl.name,
        definition=skeleton(ioctl, prefix).definition,
        has_request=(ioctl.request or ioctl.message) is not None,
        has_reply=reply is not None,
        has_data=ioctl.data is not None,
        has_handles=bool(handles),
        handle_count=len(handles),
        first_handle=handles[0] if handles else "",
        other_handles=handles[1:],
        pointed=_pointed(ioctl, layouts),
        pointed_count=len(pointer_fields(ioctl.request)),
        has_tail=tail is not None,
        has_objects=bool(objects.named_places(ioctl)),
        prepares=_prepares(ioctl),
        tail=offset,
        room=symbol(prefix, ioctl.name, "room"),
        appended=appended,
    )


def _pointed(ioctl: Ioctl, layouts: Layouts) -> list[str]:
    found = []
    for field, pointer in pointer_fields(ioctl.request):
        assert ioctl.request is not None
        size = layouts.size_align(pointer.element)[0]
        count = f"(size_t)({pointed_count(pointer, ioctl.request, layouts)})"
        found.append(f"{{{pointer_parameter(field)}, {count} * {size}}}")
    return found


def _prepares(ioctl: Ioctl) -> list[str]:
    """What is made remembers its id, for the hook that releases it."""
    found, made = [], 0
    for name, place in objects.named_places(ioctl):
        if place.id.role == "new":
            found.append(f"{name}->id = kgen_made_id(call->holds, {made});")
            made += 1
        else:
            found.append(f"(void){name};")
    return found


class PythonHandlers:
    """Makes the view of each handler, and remembers which messages they speak of."""

    def __init__(self, names: PackageNames) -> None:
        self._errors = names.errors
        self.types = TypeNames(names.classes)

    def view(self, ioctl: Ioctl) -> PythonHandler:
        request = ioctl.request or ioctl.message
        name = f"on_{ioctl.name}"
        parameters = ["self", "call: SimulatedCall"]
        handles = handle_fields(ioctl)
        pointers = pointer_fields(request)
        if request is not None and not ((handles or pointers) and is_bare(request)):
            parameters.append(self._request(request))
        if ioctl.data is not None:
            parameters.append("data: SimulatedData")
        for parameter, place in objects.named_places(ioctl):
            type_ = f"SimulatedObject[{self.types.cls(place.id.kind.name)}]"
            type_ = f"tuple[{type_}, ...]" if place.is_many else type_
            parameters.append(f"{_parameter(parameter)}: {type_}")
        for field in handles:
            parameters.append(f"{_parameter(handle_parameter(field))}: SimulatedHandle")
        for field, pointer in pointers:
            content = self.types.arm(Array(pointer.element, pointer.maximum))
            parameters.append(f"{_parameter(pointer_parameter(field))}: {content}")
        returns = "None" if ioctl.data is not None else Methods.returns(ioctl, self.types)
        head = ", ".join(parameters)
        doc = self._doc(ioctl)
        return PythonHandler(
            name=name,
            parameters=parameters,
            head=head,
            short_head=len(f"    def {name}({head}) -> {returns}:") <= WIDTH,
            returns=returns,
            doc=doc,
            short_doc="\n" not in doc,
        )

    def hook(self, kind: ObjectKind) -> PythonHook:
        name = f"hook_{kind.name}_release"
        return PythonHook(name, _parameter(kind.name), self.types.cls(kind.name))

    def _request(self, request: Struct) -> str:
        if is_bare(request):
            return f"value: {self.types.annotation(request.fields[-1])}"
        return f"request: {self.types.cls(request.name)}"

    def _doc(self, ioctl: Ioctl) -> str:
        parts = [note_text(ioctl.note) or f"`{ioctl.name}` of the schema."]
        raises = [
            f"{self._errors[error.name]}: {one_line(error.note.doc)}".removesuffix(": ")
            for error in ioctl.errors
        ]
        if raises:
            parts.append(section("Raises", raises))
        return docstring("\n\n".join(parts), _BODY)


def object_rows(interface: Interface, classes: dict[str, str]) -> list[tuple[str, list[str]]]:
    """By ioctl, for each of its objects the class of its id, and how many: one, `n`, or -1 of a tail."""
    return [
        (
            ioctl.name,
            [
                f'("{classes[place.id.kind.name]}", {_how_many(place)})'
                for _, place in objects.named_places(ioctl)
            ],
        )
        for ioctl in interface.ioctls
        if objects.named_places(ioctl)
    ]


def pointer_rows(interface: Interface, classes: dict[str, str]) -> list[tuple[str, list[str]]]:
    """By ioctl, for each of its pointers the type of an element, as the client's table writes it."""
    types = TypeNames(classes)
    return [
        (
            ioctl.name,
            [f'"{types.type_text(each.element)}"' for _, each in pointer_fields(ioctl.request)],
        )
        for ioctl in interface.ioctls
        if pointer_fields(ioctl.request)
    ]


def _how_many(place: Place) -> str:
    if not place.is_many:
        return "None"
    return "-1" if isinstance(place.field.type, Tail) else str(place.most)


def _parameter(name: str) -> str:
    """Not what the handler has already, and no word of Python."""
    taken = {"self", "call", "request", "value", "data"}
    return f"{name}_" if name in taken or keyword.iskeyword(name) else name


def bare_requests(interface: Interface) -> list[str]:
    """The ioctls whose request is one value, and no object."""
    return [i.name for i in interface.ioctls if is_bare(i.request or i.message)]
