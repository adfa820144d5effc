"""Target `core`: messages of a 32-bit caller whose layout is another than the driver's, and thunks between the two.

Only a `layout: native` struct has two layouts on one machine. Rules: System V ABI for Intel386 and AMD64, Microsoft's
for x86 and x64; the kernel's arch/x86/include/asm/compat.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct
from kgen.model.naming import macro, symbol
from kgen.model.types import Array, Boolean, Integer, MachineWord, Text, innermost
from kgen.record import NamedTuple
from kgen.targets._c_asserts import Group, record_assertion
from kgen.targets._c_elements import loop
from kgen.targets._c_names import member, record_type, wrap_arguments
from kgen.targets._c_types import base_integer, declare, dimensions

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Field, Interface, Ioctl
    from kgen.model.types import Type


class Step(NamedTuple):
    """What is done to one member."""

    loop: str
    """How often, with `i` as the index; empty where there is no loop."""
    test: str
    """Narrowing fails where it holds; may be empty."""
    statement: str
    """May be empty where there is a test."""


class Narrow(NamedTuple):
    """A struct of a 32-bit caller."""

    type: str
    """`struct relic_entry_32`."""
    wide: str
    """`struct relic_entry`."""
    members: list[str]
    widen_head: str
    widen: list[Step]
    widen_loops: bool
    narrow_head: str
    narrow: list[Step]
    narrow_loops: bool


class Thunk(NamedTuple):
    """Around the ordinary function of an ioctl: what widens its request and narrows its reply."""

    constant: str
    """`OP_SUBMIT_32`."""
    name: str
    request: str
    """Type of the request as the driver has it; empty where that is the caller's too, or there is none."""
    widen: str
    reply: str
    narrow: str


class View(NamedTuple):
    name: str
    guard: str
    records: list[Narrow]
    groups: list[Group]


PAIRS = (
    ("windows-x64", "windows-x86", "defined(_WIN64)"),
    ("linux-x86_64", "linux-i386", "defined(__linux__) && defined(__x86_64__)"),
    ("linux-aarch64", "linux-armhf", "defined(__linux__) && defined(__aarch64__)"),
)
"""A driver's ABI, that of its 32-bit callers, and how C asks for it."""
NATIVE_HEADER = "core/kgen_native.h"
_WORDS = {
    "long": "int32_t",
    "ulong": "uint32_t",
    "pointer": "uint32_t",
    "intptr": "int32_t",
    "uintptr": "uint32_t",
}


def narrow_type(interface: str, struct: Struct) -> str:
    return f"{record_type(interface, struct)}_32"


def narrow_structs(interface: Interface, layouts: Layouts) -> list[Struct]:
    """Those that a 32-bit caller has laid out otherwise, in order of declaration."""
    if not layouts.has_native:
        return []
    return [struct for struct in interface.structs if differs(struct, layouts)]


def differs(struct: Struct | None, layouts: Layouts) -> bool:
    """Whether a 32-bit caller has another layout of it, on any system."""
    return struct is not None and any(
        shape(struct, layouts, wide) != shape(struct, layouts, narrow) for wide, narrow, _ in PAIRS
    )


def has_thunk(ioctl: Ioctl, layouts: Layouts) -> bool:
    return any(differs(item, layouts) for item in (ioctl.request, ioctl.reply, ioctl.message))


def native_headers(interface: Interface, layouts: Layouts) -> list[str]:
    """What the core includes besides: for native structs, and for those that 32-bit callers have otherwise."""
    if not layouts.has_native:
        return []
    narrow = any(has_thunk(ioctl, layouts) for ioctl in interface.ioctls)
    return [NATIVE_HEADER, *([f"core/{interface.name}_narrow.h"] if narrow else [])]


def narrow_view(interface: Interface, layouts: Layouts) -> View:
    structs = narrow_structs(interface, layouts)
    names = {struct.name for struct in structs}
    return View(
        name=interface.name,
        guard=macro(interface.name, "narrow_h"),
        records=[_narrow(struct, interface.name, names, layouts) for struct in structs],
        groups=[
            Group(
                condition,
                [
                    record_assertion(struct, layouts, abi, interface.name)._replace(
                        type=narrow_type(interface.name, struct)
                    )
                    for struct in structs
                ],
                [],
            )
            for _, abi, condition in PAIRS
        ],
    )


def thunk(way: str, interface: str, struct: Struct | None, layouts: Layouts) -> tuple[str, str]:
    """Type and thunk of a message; both empty where it needs none."""
    if struct is None or not differs(struct, layouts):
        return "", ""
    return record_type(interface, struct), thunk_name(way, interface, struct)


def thunk_name(way: str, interface: str, struct: Struct) -> str:
    """The function that widens, or narrows, one struct."""
    return symbol(interface, way, struct.name)


def shape(struct: Struct, layouts: Layouts, abi: str) -> object:
    """All that two layouts may differ in, nested structs included."""
    layout = layouts.record(struct, abi)
    members = []
    for item in layout.fields:
        type_ = innermost(item.field.type)
        inner = shape(type_, layouts, abi) if isinstance(type_, Struct) else None
        members.append((item.offset, item.size, inner))
    return layout.size, layout.align, tuple(members)


def _narrow(struct: Struct, interface: str, others: set[str], layouts: Layouts) -> Narrow:
    narrow, wide = narrow_type(interface, struct), record_type(interface, struct)
    widen = [_widen(field, struct, interface, others, layouts) for field in struct.fields]
    back = [_back(field, struct, interface, others, layouts) for field in struct.fields]
    return Narrow(
        type=narrow,
        wide=wide,
        members=[_declare(field, interface, others) for field in struct.fields],
        widen_head=wrap_arguments(
            f"static inline void {thunk_name('widen', interface, struct)}",
            [f"{wide} *to", f"const {narrow} *from"],
        ),
        widen=widen,
        widen_loops=any(step.loop for step in widen),
        narrow_head=wrap_arguments(
            f"static inline bool {thunk_name('narrow', interface, struct)}",
            [f"{narrow} *to", f"const {wide} *from"],
        ),
        narrow=back,
        narrow_loops=any(step.loop for step in back),
    )


def _declare(field: Field, interface: str, others: set[str]) -> str:
    type_ = innermost(field.type)
    name = f"{member(field)}{dimensions(field.type)}"
    if isinstance(type_, MachineWord):
        return f"{_WORDS[type_.name]} {name}"
    if isinstance(type_, Struct) and type_.name in others:
        return f"{narrow_type(interface, type_)} {name}"
    integer = base_integer(type_)
    if integer is not None and integer.size == 8 and integer.order == "native":
        return f"kgen_narrow_{'s' if integer.signed else 'u'}64 {name}"
    return declare(field, interface, native=True)


def _is_other(type_: Type, others: set[str]) -> bool:
    return isinstance(type_, MachineWord) or (isinstance(type_, Struct) and type_.name in others)


def _copy(field: Field) -> Step:
    """A member that is the same in both but for its place."""
    name = member(field)
    if isinstance(field.type, (Integer, Boolean)) or base_integer(field.type) is not None:
        return Step("", "", f"to->{name} = from->{name};")
    at = "" if isinstance(field.type, (Array, Text)) else "&"
    return Step("", "", f"memcpy({at}to->{name}, {at}from->{name}, sizeof(to->{name}));")


def _widen(
    field: Field, struct: Struct, interface: str, others: set[str], layouts: Layouts
) -> Step:
    type_ = innermost(field.type)
    if not _is_other(type_, others):
        return _copy(field)
    times, index = loop(field.type, struct, "from", layouts)
    to, source = f"to->{member(field)}{index}", f"from->{member(field)}{index}"
    if isinstance(type_, Struct):
        return Step(times, "", f"{thunk_name('widen', interface, type_)}(&{to}, &{source});")
    if isinstance(type_, MachineWord) and type_.is_pointer:
        return Step(times, "", f"{to} = (void *)(uintptr_t){source};")
    return Step(times, "", f"{to} = {source};")


def _back(field: Field, struct: Struct, interface: str, others: set[str], layouts: Layouts) -> Step:
    type_ = innermost(field.type)
    if not _is_other(type_, others):
        return _copy(field)
    times, index = loop(field.type, struct, "from", layouts)
    to, source = f"to->{member(field)}{index}", f"from->{member(field)}{index}"
    if isinstance(type_, Struct):
        return Step(times, f"!{thunk_name('narrow', interface, type_)}(&{to}, &{source})", "")
    assert isinstance(type_, MachineWord)
    value = f"(uintptr_t){source}" if type_.is_pointer else source
    test = f"!kgen_is_{'s' if type_.signed else 'u'}32({value})"
    return Step(times, test, f"{to} = ({_WORDS[type_.name]}){value};")
