"""Target `core`: one row of lengths and one run function per ioctl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds, request_bounds
from kgen.model.entities import Struct
from kgen.model.naming import symbol
from kgen.model.objects import places
from kgen.model.types import Tail
from kgen.model.walk import has_secret
from kgen.record import NamedTuple
from kgen.targets import _c_objects as objects
from kgen.targets import _c_pointers as pointers
from kgen.targets._c_codes import code_name, info_name
from kgen.targets._c_elements import element_size, field_value, miscounted, tail_count
from kgen.targets._c_handles import handle_fields, handle_row
from kgen.targets._c_names import (
    error_name,
    literal,
    member,
    object_name,
    record_type,
    tail_name,
    wrap_arguments,
)
from kgen.targets._c_narrow import differs, has_thunk
from kgen.targets._c_types import base_integer, element_type, plain_type, stored

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Field, Interface, Ioctl
    from kgen.model.objects import Place
    from kgen.targets._c_checks import Checks
    from kgen.targets._c_handles import HandleRow
    from kgen.targets._c_pointers import PointerRow
    from kgen.targets._c_tidies import Tidies


class Operation(NamedTuple):
    constant: str
    """`OP_SEAL`."""
    code: str
    name: str
    """For the trace: `vault.seal`."""
    settings: list[str]
    """`.in_min = 60`."""
    handles: list[HandleRow]
    """Of the caller, in the request."""
    name_of_handles: str
    """`handles_of_watch`."""
    pointers: list[PointerRow]
    """Of the caller, in the request."""
    name_of_pointers: str
    narrow: bool
    """Of a 32-bit caller, whose messages are laid out otherwise."""


class TailReply(NamedTuple):
    """A reply whose length the handler decides. C fragments, with `out` as the reply."""

    counter: str
    """The field that counts, as the trace names it."""
    broken: str
    """The condition that the count is none that the schema allows; empty where every count is."""
    elements: str
    """How many elements there are."""
    offset: str
    size: int
    """Of an element, in bytes."""
    times: str
    """` * 48`; empty where an element is one byte."""
    refuses: bool
    """A buffer that is too short is an error; else the reply is truncated."""
    room: str
    """The author's function that tells how many elements fit."""
    append: str
    """The head of the author's function that appends elements."""
    appended: str
    """The statement that copies as many elements as fit."""
    finish: str
    """The head of the function that ends the reply."""
    tidy: str
    count_up: str
    """Statement: add `count` elements, or the `fit` of a truncated reply, to the count."""
    total_up: str
    """Truncated: the statement that adds `count` elements to the full size."""
    total: str
    """Truncated: the full size."""
    got: str
    """Truncated: what of it is in the reply."""
    total_least: str
    """Truncated: the statement that makes the full size what is in the reply."""


class Make(NamedTuple):
    """An object that a request makes, and the reply names."""

    test: str
    """Makes it."""
    refuse: str
    """The statement that returns where there are too many."""
    name: str
    """The statement that puts its id into the reply."""


class Run(NamedTuple):
    constant: str
    """`OP_SEAL`."""
    name: str
    call: str
    """`status = ` and the handler, called."""
    handles: bool
    """The handler gets objects of handles of the caller."""
    request: str
    """Type of the request; empty where there is none."""
    check: str
    """The statement that calls the check function and declares the status; empty where nothing is to be checked."""
    makes: list[Make]
    made: bool
    begins: bool
    """Something comes before the handler that may refuse, besides the check."""
    reply: str
    tidy: str
    """The tidy function, called, of a reply of one size."""
    finish: str
    """What ends a good reply; empty where there is none."""
    errors: list[str]
    passes: bool
    """Some status of the handler is returned as it is."""
    tail: TailReply | None


def operations(interface: Interface, layouts: Layouts) -> list[Operation]:
    info = "struct kgen_interface_info"
    found = [
        Operation(
            "OP_INTERFACE_INFO",
            info_name(interface.name),
            f"{interface.name}.interface_info",
            [f".{name} = sizeof({info})" for name in ("out_min", "out_max", "out_size")],
            [],
            "",
            [],
            "",
            False,
        )
    ]
    for ioctl in interface.ioctls:
        found.append(_operation(ioctl, interface.name, layouts, narrow=False))
        if has_thunk(ioctl, layouts):
            found.append(_operation(ioctl, interface.name, layouts, narrow=True))
    return found


def _operation(ioctl: Ioctl, prefix: str, layouts: Layouts, narrow: bool) -> Operation:
    settings = _settings(ioctl, prefix, layouts, narrow)
    suffix = "_32" if narrow else ""
    name_of_handles = f"handles_of_{ioctl.name}{suffix}"
    name_of_pointers = f"pointers_of_{ioctl.name}{suffix}"
    handles: list[HandleRow] = []
    pointed: list[PointerRow] = []
    request = ioctl.request
    if request is not None:
        is_other = narrow and differs(request, layouts)
        type_ = f"{record_type(prefix, request)}{'_32' if is_other else ''}"
        handles = [handle_row(field, type_) for field in handle_fields(ioctl)]
        pointed = [
            pointers.pointer_row(field, pointer, request, type_, layouts)
            for field, pointer in pointers.pointer_fields(request)
        ]
    if handles:
        settings += [f".handles = {name_of_handles}", f".handle_count = {len(handles)}"]
    if pointed:
        settings += [f".pointers = {name_of_pointers}", f".pointer_count = {len(pointed)}"]
    return Operation(
        f"OP_{ioctl.name.upper()}{suffix}",
        code_name(prefix, ioctl),
        f"{prefix}.{ioctl.name}",
        settings,
        handles,
        name_of_handles,
        pointed,
        name_of_pointers,
        narrow,
    )


def _settings(ioctl: Ioctl, prefix: str, layouts: Layouts, narrow: bool) -> list[str]:
    rights = [f"KGEN_{right.upper()}_ACCESS" for right in ioctl.access if right != "any"]
    settings = [f".access = {' | '.join(rights)}"] if rights else []
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    if request is not None:
        low_high = request_bounds(request, layouts)
        settings += _lengths("in", *low_high, request, prefix, layouts, narrow)
    if reply is not None:
        settings += _lengths("out", *bounds(reply, layouts), reply, prefix, layouts, narrow)
    if ioctl.data is not None:
        size = layouts.size_align(ioctl.data.type)[0]
        direction = "TO" if ioctl.data.direction == "to" else "FROM"
        settings += [
            f".data = KGEN_{direction}_CALLER",
            f".data_min = {ioctl.data.minimum * size}",
            f".data_max = {ioctl.data.maximum * size}",
            f".data_unit = {size}",
        ]
    named = sum(place.most for place in places(ioctl.request))
    settings += [f".named = {named}"] if named else []
    made = len(places(ioctl.reply))
    settings += [f".made = {made}"] if made else []
    if any(message is not None and has_secret(message) for message in (request, reply)):
        settings.append(".secret = true")
    return settings


def _lengths(
    way: str, low: int, high: int, message: Struct, prefix: str, layouts: Layouts, narrow: bool
) -> list[str]:
    """Lengths of a message; a native one has the size that the compiler says it has."""
    type_ = record_type(prefix, message)
    least, most, size = str(low), str(high), f"sizeof({type_})"
    if message.native:
        least = most = size
    if narrow and differs(message, layouts):
        least = most = f"sizeof({type_}_32)"
        size = f"KGEN_BOTH({type_}_32, {type_})"
    return [f".{way}_min = {least}", f".{way}_max = {most}", f".{way}_size = {size}"]


def runs(interface: Interface, layouts: Layouts, checks: Checks, tidies: Tidies) -> list[Run]:
    return [_run(ioctl, interface.name, layouts, checks, tidies) for ioctl in interface.ioctls]


def _run(ioctl: Ioctl, prefix: str, layouts: Layouts, checks: Checks, tidies: Tidies) -> Run:
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    arguments = ["call"]
    check = tidy = ""
    if request is not None:
        arguments.append("in")
        function = checks.function(request)
        if function is not None:
            passed = ["&call->frame.place", "in"]
            if function.length:
                passed.append("call->frame.length")
            passed += ["call->holds"] if function.holds else []
            passed += [pointers.pointed(index) for index in function.pointers]
            head = f"    {symbol(prefix, 'status')} status = check_{request.name}"
            check = wrap_arguments(head, passed, ";").lstrip()
    if reply is not None:
        arguments.append("out")
        if tidies.function(reply) is not None:
            tidy = f"tidy_{reply.name}(out)"
    if ioctl.data is not None:
        arguments.append("call->frame.data")
    arguments += objects.arguments(ioctl, prefix)
    makes = [_make(place, number, prefix) for number, place in enumerate(places(ioctl.reply))]
    handles = len(handle_fields(ioctl))
    arguments += [f"&call->handles[{index}]" for index in range(handles)]
    arguments += pointers.arguments(ioctl)
    tail = None
    if reply is not None and reply.tail is not None:
        tail = _tail_reply(ioctl, reply, prefix, tidy, layouts)
    errors = [error_name(prefix, error) for error in ioctl.errors]
    if tail is not None and tail.refuses and error_name(prefix, "short_buffer") not in errors:
        errors.append(error_name(prefix, "short_buffer"))
    finish = ""
    if tail is not None:
        finish = f"finish_{ioctl.name}(&call->frame, out)"
    elif reply is not None:
        finish = "kgen_frame_reply(&call->frame)"
    return Run(
        constant=f"OP_{ioctl.name.upper()}",
        name=ioctl.name,
        call=_wrapped_call(
            symbol(prefix, "on", ioctl.name), arguments, prefix, bool(check or makes or handles)
        ),
        makes=makes,
        made=bool(makes),
        handles=handles > 0,
        begins=bool(makes or handles),
        request=record_type(prefix, request) if request else "",
        check=check,
        reply=record_type(prefix, reply) if reply else "",
        tidy="" if tail else tidy,
        finish=finish,
        errors=errors,
        passes=bool(errors) or not finish,
        tail=tail,
    )


def _wrapped_call(handler: str, arguments: list[str], prefix: str, declared: bool) -> str:
    """The statement, behind its indentation; the first of a function declares the status."""
    head = "    " if declared else f"    {symbol(prefix, 'status')} "
    return wrap_arguments(f"{head}status = {handler}", arguments, ";")[len(head) :]


def _make(place: Place, number: int, prefix: str) -> Make:
    kind = place.id.kind
    field = f'KGEN_FIELD(&call->frame.place, "{place.field.name}")'
    full = error_name(prefix, kind.full)
    return Make(
        test=f"!kgen_make(call->holds, {object_name(prefix, kind)})",
        refuse=wrap_arguments("        return kgen_refuse_full", [field, full], ";").lstrip(),
        name=f"out->{member(place.field)} = kgen_made_id(call->holds, {number});",
    )


def _tail_reply(ioctl: Ioctl, reply: Struct, prefix: str, tidy: str, layouts: Layouts) -> TailReply:
    tail, short = reply.tail, ioctl.short
    assert tail is not None
    assert isinstance(tail.type, Tail)
    assert short is not None
    fields = {field.name: field for field in reply.fields}
    counter = fields[tail.type.counter]
    size = element_size(tail.type, layouts)
    offset = tail_name(prefix, reply)
    refuses = short.policy == "refuse"
    elements = tail_count(reply, tail.type, "out", layouts)
    added = "count" if refuses else "fit"
    parts = {"total_up": "", "total": "", "got": "", "total_least": ""}
    if short.field is not None:
        parts = _total(fields[short.field], short.unit, offset, size)
    return TailReply(
        counter=counter.name,
        broken=miscounted(counter, tail.type, "out", size),
        elements=elements,
        offset=offset,
        size=size,
        times=f" * {size}" if size > 1 else "",
        refuses=refuses,
        room=symbol(prefix, ioctl.name, "room"),
        append=wrap_arguments(*append_parts(ioctl, reply, prefix)),
        appended=wrap_arguments(
            f"    {'(void)' if refuses else 'size_t fit = '}kgen_tail_append",
            ["&call->frame", offset, str(size), elements, "items", "count"],
            ";",
        ),
        finish=wrap_arguments(
            f"static {symbol(prefix, 'status')} finish_{ioctl.name}",
            ["struct kgen_frame *frame", f"{record_type(prefix, reply)} *out"],
        ),
        tidy=tidy,
        count_up=_add_up(
            counter, field_value(counter, "out"), added, size if tail.type.unit == "bytes" else 1
        ),
        **parts,
    )


def append_parts(ioctl: Ioctl, reply: Struct, prefix: str) -> tuple[str, list[str]]:
    """Head and parameters of the function with which a handler fills the tail of its reply."""
    assert reply.tail is not None
    return f"void {symbol(prefix, ioctl.name, 'append')}", [
        f"struct {symbol(prefix, 'call')} *call",
        f"{record_type(prefix, reply)} *out",
        f"const {element_type(reply.tail.type, prefix)} *items",
        "uint32_t count",
    ]


def _total(field: Field, unit: str, offset: str, size: int) -> dict[str, str]:
    """In bytes, the full size is that of the whole reply; in elements, of the tail."""
    now, scale, got = field_value(field, "out"), 1, "count"
    if unit == "bytes":
        now, scale, got = f"{now} != 0 ? {now} : {offset}", size, "frame->done"
    return {
        "total_up": _add_up(field, now, "count", scale),
        "total": field_value(field, "out"),
        "got": got,
        "total_least": _set(field, got),
    }


def _add_up(field: Field, now: str, more: str, scale: int) -> str:
    """`out->x = now + more * scale`, which stays at the largest value rather than begin again."""
    integer = base_integer(field.type)
    assert integer is not None
    added = f"(uint64_t){more} * {scale}" if scale > 1 else more
    most = literal(integer.maximum, integer)
    return _set(field, f"kgen_add_up({now}, {added}, {most})")


def _set(field: Field, expression: str) -> str:
    integer = base_integer(field.type)
    assert integer is not None
    target = f"out->{member(field)}"
    if integer.order == "native":
        return f"{target} = ({plain_type(integer)}){expression};"
    return f"{target} = {stored(integer, expression)};"
