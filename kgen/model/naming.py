"""Model: names of the generated C, so that two that would collide are found before anything is written.

Symbol shapes (`vault` is the interface; upper case for macros):

    VAULT_MAX_SECRET             constant
    VAULT_LIFETIME_ONCE          value of an enum, bit of flags
    VAULT_SEAL_FLAGS_MASK        every bit of flags, or of a bitfield, that has a name
    VAULT_LINK_MODE_SPEED_SHIFT  part of a bitfield; also _MASK
    VAULT_SEAL_REQUEST_TAIL      offset of a struct's tail
    VAULT_E_WRONG_KEY            error
    IOCTL_VAULT_SEAL             control code, as the core knows it
    VAULT_IOC_SEAL               control code on Linux
    struct vault_entry           struct; union vault_target
    struct vault_seal_arg        what an ioctl takes on Linux
    vault_seal                   function of the C client
    vault_on_seal                handler
    vault_seal_request_secret    accessor of a tail
    vault_block_id               type of an object's id; struct vault_block is the author's state of it
    vault_hook_block_release     hook of an object
    VAULT_OBJECT_BLOCK           an object, to the core
    vault_unseal_room            room for the tail of a reply; also _append

A symbol of the second table below is kgen's own in every interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note
from kgen.model.entities import Field, Struct
from kgen.model.errors import BUILTIN
from kgen.model.words import INTERFACES, MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Arm, BitField, Enum, Flags, Interface, Ioctl

    Symbol = tuple[str, str, Span]
    """The name in C, what it is for people, and where it comes from."""

OWN_TAGS = frozenset(["call", "client", "device", "open"])
"""`struct vault_call`: the call, the client's handle, and the driver's state per device and open."""
_FUNCTIONS = """
plan run status wdm kmdf linux kmdf_device irp wdfrequest from_ntstatus from_errno
client_call client_class client_close client_device client_info client_ioctls client_open
client_status
hook_start hook_stop hook_open hook_cleanup hook_close
"""
OWN_FUNCTIONS = frozenset(_FUNCTIONS.split())
"""`vault_plan`: functions, types and variables."""
_MACROS = """
VERSION_MAJOR VERSION_MINOR INTERFACE_HASH DEVICE_TYPE DEVICE_PATH CLIENT_PATH OK TRUNCATED
H CORE_H HANDLERS_H STATE_H CLIENT_H WDM_H KMDF_H LINUX_H IOC_INTERFACE_INFO IOC_MAGIC IOCTL_CHECK_H TRACE_H
"""
OWN_MACROS = frozenset([*_MACROS.split(), *(f"E_{name}".upper() for name in BUILTIN)])
"""`VAULT_VERSION_MAJOR`: macros, enumerators, and the guards of headers."""
_TABLE = "the table of objects"
_OWN_IOCTL = "interface_info"


def macro(interface: str, *words: str) -> str:
    """`VAULT_LIFETIME_ONCE` from `vault`, `lifetime`, `once`."""
    return "_".join((interface, *words)).upper()


def symbol(interface: str, *words: str) -> str:
    """`vault_entry` from `vault`, `entry`."""
    return "_".join((interface, *words))


def own_macros(interface: str) -> set[str]:
    names = {macro(interface, name) for name in OWN_MACROS}
    return names | {f"IOCTL_{macro(interface, _OWN_IOCTL)}"}


def check_names(interface: Interface, sink: Sink) -> None:
    """Report what cannot be written in C: taken names (KG301, KG302), reserved words (KG304)."""
    for name_space, own in (
        (macros, own_macros(interface.name)),
        (functions, {symbol(interface.name, name) for name in OWN_FUNCTIONS}),
        (tags, {symbol(interface.name, name) for name in OWN_TAGS}),
    ):
        _check_space(name_space(interface), own, sink)
    _check_members(interface, sink)
    # The C++ client has a name space of that name.
    reason = INTERFACES.get(interface.name) or MEMBERS.get(interface.name)
    if reason is None and interface.name.startswith("kgen_"):
        reason = INTERFACES["kgen"]
    if reason is not None:
        sink.error(
            "KG304",
            interface.span,
            f"an interface cannot be called `{interface.name}`: it is {reason}",
            help=f"such as `{interface.name}_device`" if interface.name != "kgen" else None,
        )


def _check_space(symbols: Iterator[Symbol], own: set[str], sink: Sink) -> None:
    seen: dict[str, tuple[str, Span]] = {}
    for name, what, span in symbols:
        if name in own:
            _report_own(what, name, span, sink)
        elif name in seen:
            first, first_span = seen[name]
            sink.error(
                "KG301",
                span,
                f"{what} and {first} both become `{name}` in C",
                label="rename one of them",
                notes=(Note("the other one", first_span),),
            )
        else:
            seen[name] = (what, span)


def _report_own(what: str, name: str, span: Span, sink: Sink) -> None:
    sink.error(
        "KG302",
        span,
        f"{what} would become `{name}`, which kgen makes for every interface",
        label="rename it",
    )


def _check_members(interface: Interface, sink: Sink) -> None:
    for kind in interface.objects:
        if kind.name in MEMBERS:
            sink.error(
                "KG304",
                kind.span,
                f"an object cannot be called `{kind.name}`: it is {MEMBERS[kind.name]}",
            )
    for record in interface.records:
        members: tuple[Field | Arm, ...]
        members = record.fields if isinstance(record, Struct) else record.arms
        for member in members:
            name = member.name
            if interface.external:
                name = _c_name(member) or name
            if name in MEMBERS and member.type is not None and not _exists(member, name, interface):
                help = f"write `c_name: {name}_`" if interface.external else f"write `{name}_`"
                if not isinstance(record, Struct):
                    help = f"give the value of `{record.tag.name}` another name, as `{name}_`"
                sink.error(
                    "KG304",
                    member.span,
                    f"`{name}` is {MEMBERS[name]}, and no member of a struct",
                    help=help,
                )


def _exists(member: Field | Arm, name: str, interface: Interface) -> bool:
    """Whether a header that exists may well have that name: no macro where it is used, or no keyword of C."""
    if not interface.external:
        return False
    why = MEMBERS[name]
    if why.endswith("on Windows"):
        return interface.windows is None
    if why.endswith("on Linux"):
        return interface.linux is None
    return why == "a keyword of C++" and _c_name(member) is not None


def _c_name(member: Field | Arm) -> str | None:
    return member.c_name if isinstance(member, Field) else None


def macros(interface: Interface) -> Iterator[Symbol]:
    """Macros and enumerators, of everything but kgen's own."""
    prefix = interface.name
    for constant in interface.constants:
        name = constant.c_name or macro(prefix, constant.name)
        yield name, f"constant `{constant.name}`", constant.span
    yield from _value_macros(interface)
    for error in interface.errors:
        if error.span is not None:
            yield macro(prefix, "e", error.name), f"error `{error.name}`", error.span
    if interface.objects:
        yield macro(prefix, "objects_h"), _TABLE, interface.span
    for kind in interface.objects:
        yield macro(prefix, "object", kind.name), f"object `{kind.name}`", kind.span
    for struct in interface.structs:
        if struct.tail is not None:
            yield macro(prefix, struct.name, "tail"), f"the tail of `{struct.name}`", struct.span
    for ioctl in interface.ioctls:
        what = f"ioctl `{ioctl.name}`"
        yield ioctl.c_name or f"IOCTL_{macro(prefix, ioctl.name)}", what, ioctl.span
        if interface.linux is not None and (not ioctl.c_name or ioctl.function is not None):
            yield macro(prefix, "ioc", ioctl.name), what, ioctl.span


def _value_macros(interface: Interface) -> Iterator[Symbol]:
    prefix = interface.name
    named: list[Enum | Flags] = [*interface.enums, *interface.flags]
    for type_ in named:
        for value in type_.values:
            name = value.c_name or macro(prefix, type_.name, value.name)
            yield name, f"`{type_.name}.{value.name}`", value.span
    masked: list[Flags | BitField] = [*interface.flags, *interface.bitfields]
    for flags in masked:
        yield macro(prefix, flags.name, "mask"), f"the mask of `{flags.name}`", flags.span
    for bitfield in interface.bitfields:
        for part in bitfield.parts:
            for suffix in ("shift", "mask"):
                name = macro(prefix, bitfield.name, part.name, suffix)
                yield name, f"`{bitfield.name}.{part.name}`", part.span


def functions(interface: Interface) -> Iterator[Symbol]:
    """Functions, whichever target declares them."""
    for ioctl in interface.ioctls:
        yield from _of_ioctl(interface.name, ioctl)
    if interface.objects:
        for word in ("object_kinds", "objects_begin", "objects_end"):
            yield symbol(interface.name, word), _TABLE, interface.span
    for kind in interface.objects:
        what = f"object `{kind.name}`"
        yield symbol(interface.name, "release", kind.name), what, kind.span
        yield symbol(interface.name, kind.name, "id"), f"the id of {what}", kind.span
        yield symbol(interface.name, "hook", kind.name, "release"), f"the hook of {what}", kind.span
    for struct in interface.structs:
        if struct.tail is not None:
            tail = struct.tail.c_name or struct.tail.name
            name = f"{struct.c_name or symbol(interface.name, struct.name)}_{tail}"
            yield name, f"the tail of `{struct.name}`", struct.tail.span


def _of_ioctl(prefix: str, ioctl: Ioctl) -> Iterator[Symbol]:
    what = f"ioctl `{ioctl.name}`"
    yield symbol(prefix, ioctl.name), what, ioctl.span
    yield symbol(prefix, "on", ioctl.name), f"the handler of {what}", ioctl.span
    if ioctl.reply is not None and ioctl.reply.tail is not None:
        for suffix in ("room", "append"):
            yield symbol(prefix, ioctl.name, suffix), f"the reply of {what}", ioctl.span


def tags(interface: Interface) -> Iterator[Symbol]:
    """What follows `struct` and `union`."""
    for record in interface.records:
        name = record.c_name or symbol(interface.name, record.name)
        yield name, f"`{record.name}`", record.span
    if interface.linux is not None and not interface.external:
        for ioctl in filter(_has_own_argument, interface.ioctls):
            what = f"the argument of ioctl `{ioctl.name}`"
            yield symbol(interface.name, ioctl.name, "arg"), what, ioctl.span
    if interface.objects:
        yield symbol(interface.name, "objects"), _TABLE, interface.span
    for kind in interface.objects:
        yield symbol(interface.name, kind.name), f"the state of object `{kind.name}`", kind.span


def _has_own_argument(ioctl: Ioctl) -> bool:
    """On Linux it takes a struct of its own, not just a message (kgen.abi.argument)."""
    if ioctl.data is not None or (ioctl.reply is not None and ioctl.reply.tail is not None):
        return True
    return ioctl.request is not None and ioctl.reply is not None
