"""Target `c`: a client for programs on Windows and Linux in C11 and C++11, header only: a function per ioctl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds
from kgen.model.errors import BUILTIN, boundary_errors
from kgen.model.guids import initialiser
from kgen.model.naming import macro, symbol
from kgen.model.types import Tail
from kgen.record import NamedTuple
from kgen.targets._c_client import ClientCodes, declared_code
from kgen.targets._c_codes import device_path
from kgen.targets._c_linux_codes import parameter_name
from kgen.targets._c_names import (
    Remark,
    error_name,
    member,
    note_facts,
    record_type,
    remark,
    tail_name,
    wrap_arguments,
)
from kgen.targets._c_types import base_integer, element_type, plain_type, stored, value
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Output, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.abi import Layouts
    from kgen.model.entities import Error, Interface, Ioctl, Short, Struct
    from kgen.targets._c_client import Code, Row


class Mapping(NamedTuple):
    number: str
    """`ERROR_NOT_FOUND`, `ENOENT`; a number for an error of the interface's own."""
    status: str


class Variable(NamedTuple):
    """The variable end of a request or reply, which a caller passes apart from the struct."""

    struct: str
    """The type of the message."""
    element: str
    offset: str
    size: int
    """Of an element."""
    times: str
    """` * 48`; empty where an element is one byte."""
    parts: str
    """` / 48`; empty likewise."""
    maximum: int
    make: str
    """The statement that allocates the message, in lines."""
    set: str
    """The statement that writes the count of a request."""
    got: str
    """How many elements a reply has."""
    cut: str
    """The condition that there are more than fitted; empty where a reply is never cut."""


class Function(NamedTuple):
    prototype: str
    remark: Remark
    request_tail: Variable | None
    reply_tail: Variable | None
    condition: str
    """Of the preprocessor, where the code is not everywhere."""
    parameter: str
    """What is added to the number; empty without."""
    limit: int
    """The largest that it may be."""
    code: str
    """The declaration of the variable that has the code, in lines; empty where a name will do."""
    has_locals: bool
    plain: bool
    """No message has a tail: the caller's own structs are passed on."""
    counts: bool
    """Needs a variable for the number of bytes that came back."""
    grows: bool
    """An older driver answers less of the reply."""
    built: str
    """The condition that there was memory for every message."""
    call: str
    """The statement that calls, in lines."""


class Client(NamedTuple):
    name: str
    prefix: str
    guard: str
    own: bool
    """The driver is kgen's too: it tells version and hash."""
    systems: str
    """`Windows and Linux`."""
    teller: str
    """What tells more of a failure."""
    both: bool
    """On both systems."""
    ioctls: list[Row]
    """Rows of the table of codes on Linux, the interface's own first; empty where it is not there."""
    node: str
    info_code: str
    path: str
    """The macro of the device's path; empty where it must be told, or found."""
    guid: str
    """What C initialises the device interface class with; empty for a device with a name."""
    call: str
    """Heads of the functions that all others use, in lines."""
    info: str
    found: str
    open: str
    mappings: list[Mapping]
    errnos: list[Mapping]
    functions: list[Function]


_CLIENT = ("kgen_client.h", "kgen_client_linux.h")
_DEVICES = [Output("c/kgen_devices.h", None, source="runtime/kgen_devices.h")]


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """`c/<interface>_client.h`, and what every such client builds upon."""
    name = interface.name
    return [
        Output(f"c/{name}_client.h", "c/client.h.j2", view(interface, layouts)),
        *(Output(f"c/{file}", None, source=f"runtime/{file}") for file in _CLIENT),
        *(_DEVICES if interface.windows and interface.windows.interface_guid else []),
    ]


def view(interface: Interface, layouts: Layouts) -> Client:
    name = interface.name
    guid = interface.windows.interface_guid if interface.windows else None
    codes = ClientCodes(interface, layouts)
    path = device_path(interface)
    has_path = bool(path) or (codes.node != "" and not codes.on_windows)
    return Client(
        name=name,
        prefix=name.upper(),
        guard=macro(name, "client_h"),
        own=not interface.external,
        systems=codes.systems,
        teller=codes.teller,
        both=codes.on_windows and codes.on_linux,
        ioctls=codes.rows,
        node=codes.node,
        info_code=declared_code(codes.info) if codes.info is not None else "",
        path=macro(name, "device_path") if has_path else "",
        guid=initialiser(guid) if guid else "",
        call=_head(name, "call", _CALL),
        info=_head(name, "info", ["struct kgen_interface_info *info"]),
        found=wrap_arguments(
            f"static inline kgen_status {symbol(name, 'client', 'device')}",
            ["uint32_t index", "char *path", "size_t size"],
        ),
        open=_head(name, "open", ["const char *path", "uint32_t access"], "struct"),
        mappings=_mappings(interface) if codes.on_windows else [],
        errnos=_errnos(interface) if codes.on_linux else [],
        functions=[
            _function(ioctl, name, layouts, codes.of[ioctl.name]) for ioctl in interface.ioctls
        ],
    )


_WIN32 = {
    1: "ERROR_INVALID_FUNCTION",
    5: "ERROR_ACCESS_DENIED",
    6: "ERROR_INVALID_HANDLE",
    24: "ERROR_BAD_LENGTH",
    50: "ERROR_NOT_SUPPORTED",
    87: "ERROR_INVALID_PARAMETER",
    112: "ERROR_DISK_FULL",
    121: "ERROR_SEM_TIMEOUT",
    122: "ERROR_INSUFFICIENT_BUFFER",
    170: "ERROR_BUSY",
    183: "ERROR_ALREADY_EXISTS",
    534: "ERROR_ARITHMETIC_OVERFLOW",
    995: "ERROR_OPERATION_ABORTED",
    998: "ERROR_NOACCESS",
    1117: "ERROR_IO_DEVICE",
    1168: "ERROR_NOT_FOUND",
    1314: "ERROR_PRIVILEGE_NOT_HELD",
    1359: "ERROR_INTERNAL_ERROR",
    1450: "ERROR_NO_SYSTEM_RESOURCES",
    1617: "ERROR_DEVICE_REMOVED",
    1784: "ERROR_INVALID_USER_BUFFER",
}
"""Names of winerror.h for the numbers of the built-in errors."""
_CALL = (
    "kgen_client_code code",
    "const void *in",
    "size_t in_size",
    "void *out",
    "size_t out_size",
    "size_t least",
    "size_t *done",
)


def _head(prefix: str, name: str, parameters: Sequence[str], client: str = "const struct") -> str:
    return wrap_arguments(
        f"static inline kgen_status {symbol(prefix, 'client', name)}",
        [f"{client} {symbol(prefix, 'client')} *client", *parameters],
    )


def _mappings(interface: Interface) -> list[Mapping]:
    """What GetLastError says after each status; the declared ones stand first, a number stands once."""
    found = {error.win32: error for error in reversed(_known(interface))}
    return [
        Mapping(_WIN32.get(win32, f"0x{win32:X}u"), error_name(interface.name, error))
        for win32, error in sorted(found.items())
    ]


def _errnos(interface: Interface) -> list[Mapping]:
    """The same of errno, of which one stands for several: EINVAL is `invalid` unless it is declared."""
    known = _known(interface)
    declared = len(known) - len(boundary_errors(interface))
    known.insert(declared, BUILTIN["invalid"])
    found = {error.errno: error for error in reversed(known)}
    return [
        Mapping(errno, error_name(interface.name, error)) for errno, error in sorted(found.items())
    ]


def _known(interface: Interface) -> list[Error]:
    declared = [error for ioctl in interface.ioctls for error in ioctl.errors]
    return [*interface.errors, *declared, *(BUILTIN[name] for name in boundary_errors(interface))]


def _function(ioctl: Ioctl, prefix: str, layouts: Layouts, code: Code) -> Function:
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    parameters = [f"const struct {symbol(prefix, 'client')} *client"]
    request_tail = reply_tail = None
    number = ioctl.calling.parameter
    parameter = "" if number is None else parameter_name(number.name)
    if number is not None:
        parameters.append(f"unsigned int {parameter}")
    if request is not None:
        parameters.append(f"const {record_type(prefix, request)} *in")
        request_tail = _variable(request, prefix, "request", layouts)
    if request_tail is not None:
        parameters += [f"const {request_tail.element} *in_items", "uint32_t in_count"]
    if reply is not None:
        parameters.append(f"{record_type(prefix, reply)} *out")
        reply_tail = _variable(reply, prefix, "reply", layouts, ioctl.short)
    if reply_tail is not None:
        parameters += [f"{reply_tail.element} *out_items", "uint32_t out_room"]
    if ioctl.data is not None:
        to_caller = ioctl.data.direction == "to"
        parameters += ["void *data" if to_caller else "const void *data", "size_t size"]
        parameters += ["size_t *done"] if to_caller else []
    if ioctl.calling.returns is not None:
        parameters.append("int *answer")
    done = ioctl.data is not None and ioctl.data.direction == "to"
    least = "0"
    if reply is not None:
        least = reply_tail.offset if reply_tail else str(bounds(reply, layouts)[0])
        if reply.native and reply_tail is None:
            least = "sizeof(*out)"
    arguments = [
        "client",
        "code" if code.is_long else code.windows,
        *_sent(request is not None, request_tail),
        *_taken(ioctl, reply is not None, reply_tail),
        least,
        "done" if done else "&done",
    ]
    plain = request_tail is None and reply_tail is None
    head = "    return" if plain else "        status ="
    built = {"request": request_tail, "reply": reply_tail}
    return Function(
        prototype=wrap_arguments(
            f"static inline kgen_status {symbol(prefix, ioctl.name)}", parameters
        ),
        remark=_remark(ioctl, prefix, request_tail, reply_tail),
        condition=code.condition,
        parameter=parameter,
        limit=0 if number is None else number.maximum,
        code=declared_code(code) if code.is_long else "",
        has_locals=code.is_long or not done,
        request_tail=request_tail,
        reply_tail=reply_tail,
        plain=plain,
        counts=not done,
        grows=reply is not None and reply.grows,
        built=" && ".join(f"{name} != NULL" for name, tail in built.items() if tail),
        call=wrap_arguments(f"{head} {symbol(prefix, 'client_call')}", arguments, ";"),
    )


def _sent(request: bool, tail: Variable | None) -> list[str]:
    if tail is not None:
        return ["request", "request_size"]
    return ["in", "sizeof(*in)"] if request else ["NULL", "0"]


def _taken(ioctl: Ioctl, reply: bool, tail: Variable | None) -> list[str]:
    if ioctl.data is not None:
        data = "data" if ioctl.data.direction == "to" else "(void *)(uintptr_t)data"
        return [data, "size"]
    if tail is not None:
        return ["reply", "reply_size"]
    if ioctl.calling.returns is not None:
        return ["answer", "sizeof(*answer)"]
    return ["out", "sizeof(*out)"] if reply else ["NULL", "0"]


def _variable(
    struct: Struct, prefix: str, message: str, layouts: Layouts, short: Short | None = None
) -> Variable | None:
    tail = struct.tail
    if tail is None:
        return None
    assert isinstance(tail.type, Tail)
    counter = next(field for field in struct.fields if field.name == tail.type.counter)
    integer = base_integer(counter.type)
    assert integer is not None
    size = layouts.size_align(tail.type.element)[0]
    scale = size if tail.type.unit == "bytes" else 1
    target = f"{message}->{member(counter)}"
    count = f"in_count * {scale}" if scale > 1 else "in_count"
    written = stored(integer, count)
    if integer.order == "native" and integer.size < 4:
        written = f"({plain_type(integer)})({count})"
    got = value(integer, target)
    offset = tail_name(prefix, struct)
    type_ = record_type(prefix, struct)
    contents = ["in", offset, "in_items"] if message == "request" else ["NULL", "0", "NULL"]
    return Variable(
        struct=type_,
        element=element_type(tail.type, prefix, struct.native),
        offset=offset,
        size=size,
        times=f" * {size}" if size > 1 else "",
        parts=f" / {size}" if size > 1 else "",
        maximum=tail.type.maximum,
        make=wrap_arguments(
            f"    {message} = ({type_} *)kgen_client_message",
            [f"{message}_size", f"sizeof(*{message})", *contents],
            ";",
        ),
        set=f"{target} = {written};",
        got=f"({got} / {scale})" if scale > 1 else got,
        cut=_cut(struct, short, size, offset),
    )


def _cut(struct: Struct, short: Short | None, size: int, offset: str) -> str:
    """On Linux it is no failure that a reply was cut: the field that tells the full size says so."""
    if short is None or short.field is None:
        return ""
    field = next(field for field in struct.fields if field.name == short.field)
    integer = base_integer(field.type)
    assert integer is not None
    total = value(integer, f"out->{member(field)}")
    return f"{total} > fit" if short.unit == "elements" else f"{total} > {offset} + fit * {size}"


def _remark(ioctl: Ioctl, prefix: str, request: Variable | None, reply: Variable | None) -> Remark:
    facts = [note_facts(ioctl.note)]
    if request is not None:
        facts.append("The count in `in` is set here.")
    if reply is not None and ioctl.short is not None:
        if ioctl.short.policy == "truncate":
            facts.append(f"{macro(prefix, 'truncated')}: `out_items` holds what fitted.")
        else:
            facts.append(f"{error_name(prefix, 'short_buffer')}: `out_room` is too small.")
    return remark(ioctl.note.doc, *facts)


TARGET = Target(
    name="c",
    doc="A client in C and C++ for programs on Windows and Linux: a function per ioctl.",
    capabilities=(BOUNDARY - {"data_and_reply"})
    | NATIVE
    | POINTERS
    | {"external", "linux_call", "native_rules", "native_tail", "parameter", "some_abis", "view"},
    needs=("header",),
    outputs=outputs,
)
