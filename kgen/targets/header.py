"""Target `header`: codes, constants and messages for C and C++, in user mode and in the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import BitField, Enum, Flags, Struct
from kgen.model.errors import boundary_errors
from kgen.model.naming import macro, symbol
from kgen.record import NamedTuple
from kgen.targets._c_asserts import Assertions, assertions
from kgen.targets._c_codes import Code, codes, device_path
from kgen.targets._c_linux_codes import LinuxCode, linux_codes
from kgen.targets._c_names import (
    NO_REMARK,
    Define,
    Remark,
    align,
    constant_name,
    continued,
    error_name,
    literal,
    mask_literal,
    mask_name,
    member,
    note_facts,
    record_symbol,
    record_type,
    remark,
    tail_name,
    value_name,
    wrap_arguments,
)
from kgen.targets._c_types import (
    element_type,
    integer_type,
)
from kgen.targets._messages import Message, messages
from kgen.targets.target import BOUNDARY, Output, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgen.abi import Layouts
    from kgen.model.entities import Interface
    from kgen.model.types import Integer


class Status(NamedTuple):
    name: str
    """`VAULT_ERROR_BUSY`."""
    value: str
    """`KGEN_BUSY`; of its own errors `KGEN_OWN + 1`."""
    remark: Remark


class ObjectIds(NamedTuple):
    name: str
    """`vault_block_id`."""
    remark: Remark


class Values(NamedTuple):
    """The named values of an enum, of flags, or the parts of a bitfield."""

    remark: Remark
    defines: list[Define]
    enumerators: bool = False
    """C's own, as an existing header has them: a macro would stand for members of that name, too."""


class Tail(NamedTuple):
    """How to reach the variable end of a struct in C and C++ alike."""

    offset_name: str
    signature: str
    element: str


class Header(NamedTuple):
    name: str
    version: str
    doc: Remark
    guard: str
    prefix: str
    version_major: int
    version_minor: int
    hash: str
    """The definition of the interface hash, in lines."""
    constants: list[Define]
    statuses: list[Status]
    ntstatuses: list[Define]
    values: list[Values]
    ids: list[ObjectIds]
    messages: list[Message]
    tail_offsets: list[Define]
    tails: list[Tail]
    windows: bool
    own_device_type: bool
    """All codes have the interface's own device type."""
    device_type: str
    path: str
    """What a program opens on Windows; empty where it must be told."""
    codes: list[Code]
    aliases: list[Define]
    """What the codes are where the header for Linux is seen."""
    linux_codes: list[LinuxCode]
    """Of an interface that exists already."""
    linux: bool
    """There is a header for Linux as well, which the kernel's code is compiled with."""
    assertions: Assertions


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """`include/<interface>.h`, and the types that every such header builds upon."""
    return [
        Output(f"include/{interface.name}.h", "header/header.h.j2", view(interface, layouts)),
        Output("include/kgen_types.h", None, source="runtime/kgen_types.h"),
    ]


def view(interface: Interface, layouts: Layouts) -> Header:
    name, windows = interface.name, interface.windows
    major, minor = interface.version
    digest = layouts.hash
    escapes = [f"\\x{digest[at : at + 2]}" for at in range(0, len(digest), 2)]
    own_codes = codes(interface, layouts) if interface.ioctls else []
    tailed = [struct for struct in interface.structs if struct.tail is not None]
    return Header(
        name=name,
        version=f"{major}.{minor}",
        doc=remark(interface.note.doc),
        guard=macro(name, "h"),
        prefix=name.upper(),
        version_major=major,
        version_minor=minor,
        hash=continued(
            [
                f"#define {macro(name, 'interface_hash')}",
                f'    "{"".join(escapes[:16])}"',
                f'    "{"".join(escapes[16:])}"',
            ]
        ),
        constants=constants(interface),
        statuses=_statuses(interface),
        ntstatuses=_ntstatuses(interface),
        values=named_values(interface),
        ids=_ids(interface),
        messages=messages(interface),
        tail_offsets=align(
            (tail_name(name, struct), f"{layouts.record(struct).size}u", NO_REMARK)
            for struct in tailed
        ),
        tails=[_tail(struct, name) for struct in tailed],
        windows=windows is not None,
        own_device_type=all(ioctl.device_type is None for ioctl in interface.ioctls),
        device_type=f"0x{layouts.device_type:X}u",
        path=device_path(interface),
        codes=own_codes,
        aliases=align((code.name, code.alias, NO_REMARK) for code in own_codes),
        linux_codes=linux_codes(interface, layouts),
        linux=interface.linux is not None and not interface.external,
        assertions=assertions(interface, layouts),
    )


def constants(interface: Interface) -> list[Define]:
    return align(
        (
            constant_name(interface.name, constant),
            f"({literal(constant.value)})" if constant.value < 0 else literal(constant.value),
            remark(constant.note.doc, note_facts(constant.note)),
        )
        for constant in interface.constants
    )


def _statuses(interface: Interface) -> list[Status]:
    """What the boundary answers, what handlers may return besides, and the interface's own errors."""
    prefix = interface.name
    found = [
        Status(macro(prefix, "ok"), "KGEN_OK", NO_REMARK),
        Status(macro(prefix, "truncated"), "KGEN_TRUNCATED", NO_REMARK),
    ]
    returned = (error.name for ioctl in interface.ioctls for error in ioctl.errors if error.builtin)
    for name in dict.fromkeys((*boundary_errors(interface), *returned)):
        found.append(Status(error_name(prefix, name), f"KGEN_{name.upper()}", NO_REMARK))
    for number, error in enumerate(interface.errors):
        value = f"KGEN_OWN + {number}" if number else "KGEN_OWN"
        doc = remark(error.note.doc, note_facts(error.note), indent=4)
        found.append(Status(error_name(prefix, error), value, doc))
    return found


def _ntstatuses(interface: Interface) -> list[Define]:
    return align(
        (
            f"STATUS_{macro(interface.name, error.name)}",
            f"((NTSTATUS)0x{error.ntstatus:08X}L)",
            NO_REMARK,
        )
        for error in interface.errors
    )


def named_values(
    interface: Interface, spelled: Callable[[Integer], str] = integer_type
) -> list[Values]:
    """Of enums, flags and bitfields; `spelled` is what C calls an integer there."""
    return [
        *(
            _enum(enum, interface.name, spelled)._replace(
                enumerators=interface.external and _are_int(enum)
            )
            for enum in interface.enums
        ),
        *(_flags(flags, interface.name, spelled) for flags in interface.flags),
        *(_bitfield(bitfield, interface.name, spelled) for bitfield in interface.bitfields),
    ]


def _are_int(enum: Enum) -> bool:
    """C11 has enumerators of int alone."""
    return all(-(1 << 31) <= value.value < 1 << 31 for value in enum.values)


def _ids(interface: Interface) -> list[ObjectIds]:
    return [
        ObjectIds(
            symbol(interface.name, kind.name, "id"),
            remark(
                kind.note.doc,
                note_facts(kind.note),
                f"At most {kind.per_open} of them per open handle.",
            ),
        )
        for kind in interface.objects
    ]


def _heading(
    type_: Enum | Flags | BitField, what: str, spelled: Callable[[Integer], str]
) -> Remark:
    facts = f"{type_.name}: {what} {spelled(type_.type)}."
    return remark(facts, type_.note.doc, note_facts(type_.note))


def _enum(enum: Enum, prefix: str, spelled: Callable[[Integer], str]) -> Values:
    return Values(
        _heading(enum, "a value of a", spelled),
        align(
            (
                value_name(prefix, enum, value),
                f"({literal(value.value, enum.type)})"
                if value.value < 0
                else literal(value.value, enum.type),
                remark(value.note.doc, note_facts(value.note)),
            )
            for value in enum.values
        ),
    )


def _flags(flags: Flags, prefix: str, spelled: Callable[[Integer], str]) -> Values:
    defines = [
        (
            value_name(prefix, flags, flag),
            mask_literal(flag.mask, flags.type),
            remark(flag.note.doc, note_facts(flag.note)),
        )
        for flag in flags.values
    ]
    every = (
        mask_name(prefix, flags),
        mask_literal(flags.mask, flags.type),
        remark("Every bit that has a name."),
    )
    return Values(_heading(flags, "bits of a", spelled), align([*defines, every]))


def _bitfield(bitfield: BitField, prefix: str, spelled: Callable[[Integer], str]) -> Values:
    defines = []
    for part in bitfield.parts:
        mask = ((1 << part.width) - 1) << part.low
        facts = f"{macro(prefix, part.enum.name)}_*." if part.enum else ""
        name = macro(prefix, bitfield.name, part.name)
        defines += [
            (f"{name}_SHIFT", str(part.low), remark(part.note.doc, facts, note_facts(part.note))),
            (f"{name}_MASK", mask_literal(mask, bitfield.type), NO_REMARK),
        ]
    every = (
        mask_name(prefix, bitfield),
        mask_literal(bitfield.mask, bitfield.type),
        remark("Every bit that has a name."),
    )
    return Values(_heading(bitfield, "bit ranges of a", spelled), align([*defines, every]))


def _tail(struct: Struct, prefix: str) -> Tail:
    tail = struct.tail
    assert tail is not None
    element = f"const {element_type(tail.type, prefix, struct.native)} *"
    base = record_symbol(prefix, struct)
    signature = wrap_arguments(
        f"static inline {element}{base}_{member(tail)}",
        [f"const {record_type(prefix, struct)} *message"],
    )
    return Tail(tail_name(prefix, struct), signature, element)


TARGET = Target(
    name="header",
    doc="The shared C and C++ header: codes, constants, messages, and proofs of their layout.",
    capabilities=BOUNDARY
    | {
        "external",
        "linux_call",
        "machine_word",
        "native_layout",
        "native_rules",
        "native_tail",
        "no_device",
        "parameter",
        "rest",
        "some_abis",
        "user_ptr",
        "view",
    },
    needs=(),
    outputs=outputs,
)
