"""Target `core`: objects as handlers get them, and the memory that an open has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import macro, symbol
from kgen.model.objects import places
from kgen.record import NamedTuple
from kgen.targets._c_names import Remark, declaration, member, object_name, remark, wrap_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.model.entities import Interface, Ioctl, ObjectKind
    from kgen.model.objects import Place

_TAKEN = frozenset(["call", "data", "in", "out"])
"""The other parameters of a handler."""


class Kind(NamedTuple):
    """A kind of object, in C."""

    name: str
    constant: str
    """`VAULT_OBJECT_BLOCK`."""
    first: int
    """Its first slot."""
    slots: int
    release: str
    """Head of the author's hook, in lines."""
    release_declaration: str
    release_call: str
    """The hook, called."""
    remark: Remark


class Objects(NamedTuple):
    name: str
    guard: str
    kinds: list[Kind]
    kind_count: int
    total: int
    begin: str
    """Head of the function that makes a table, in lines."""


def view(interface: Interface) -> Objects:
    name, found = interface.name, kinds(interface)
    begin = [
        f"struct {symbol(name, 'objects')} *objects",
        "void *device",
        "void *open",
        "struct kgen_lock *lock",
        "uint32_t number",
    ]
    return Objects(
        name=name,
        guard=macro(name, "objects_h"),
        kinds=found,
        kind_count=len(found),
        total=sum(kind.slots for kind in found),
        begin=wrap_arguments(f"static inline void {symbol(name, 'objects_begin')}", begin),
    )


def kinds(interface: Interface) -> list[Kind]:
    """In the order of their slots."""
    found, first = [], 0
    for kind in interface.objects:
        found.append(_kind(kind, first, interface.name))
        first += kind.per_open
    return found


def _kind(kind: ObjectKind, first: int, prefix: str) -> Kind:
    hook = symbol(prefix, "hook", kind.name, "release")
    parameters = [
        f"struct {symbol(prefix, 'device')} *device",
        f"struct {symbol(prefix, 'open')} *open",
        f"struct {symbol(prefix, kind.name)} *{kind.name}",
    ]
    return Kind(
        name=kind.name,
        constant=object_name(prefix, kind),
        first=first,
        slots=kind.per_open,
        release=wrap_arguments(f"void {hook}", parameters),
        release_declaration=declaration(f"void {hook}", parameters),
        release_call=f"{hook}(device, open, state);",
        remark=remark(kind.note.doc),
    )


def hook_names(interface: Interface) -> list[str]:
    return [symbol(interface.name, "hook", kind.name, "release") for kind in interface.objects]


def parameters(ioctl: Ioctl, prefix: str) -> dict[str, str]:
    """Declarations by name: what a handler gets of objects, the request's first."""
    return {name: _declare(place, name, prefix) for name, place in _named(ioctl)}


def arguments(ioctl: Ioctl, prefix: str) -> list[str]:
    """What the core passes for them, from what the request holds."""
    found, at = [], 0
    for place in places(ioctl.request):
        held = "call->holds->states"
        if place.is_many:
            type_ = f"struct {symbol(prefix, place.id.kind.name)} *const *"
            found.append(f"({type_})(void *){f'&{held}[{at}]' if at else held}")
        else:
            found.append(f"{held}[{at}]")
        at += place.most
    found += [f"kgen_made(call->holds, {n})" for n, _ in enumerate(places(ioctl.reply))]
    return found


def named_places(ioctl: Ioctl) -> list[tuple[str, Place]]:
    """The places where messages of an ioctl name objects, with the name of a handler's parameter."""
    return list(_named(ioctl))


def _named(ioctl: Ioctl) -> Iterator[tuple[str, Place]]:
    taken = set(_TAKEN)
    for place in (*places(ioctl.request), *places(ioctl.reply)):
        words = [member(field) for field in place.path]
        name = words[0] if len(words) == 1 else "_".join(word.strip("_") for word in words)
        # The one value of a message says nothing by its name.
        name = place.id.kind.name if words == ["value"] else name
        while name in taken:
            name += "_"
        taken.add(name)
        yield name, place


def _declare(place: Place, name: str, prefix: str) -> str:
    type_ = f"struct {symbol(prefix, place.id.kind.name)}"
    return f"{type_} *const *{name}" if place.is_many else f"{type_} *{name}"
