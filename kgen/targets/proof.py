"""Target `proof`: the core among unknown requests and handlers that do what they may, for proof tools.

What is unknown is a choice of the tool; lengths are constants, so that it can follow each byte. Which
lengths there are is the bound of the proof: see docs/verify.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import editions, holes
from kgen.abi.lengths import bounds
from kgen.model.entities import Struct
from kgen.model.naming import symbol
from kgen.model.objects import places
from kgen.model.types import Array, Tail, innermost
from kgen.record import NamedTuple
from kgen.targets._c_codes import code_name
from kgen.targets._c_elements import element_size, miscounted, tail_count
from kgen.targets._c_handlers import handlers, skeleton
from kgen.targets._c_handles import handle_fields, handle_parameter, takes_handles
from kgen.targets._c_names import record_type, tail_name
from kgen.targets._c_narrow import differs, has_thunk, narrow_type
from kgen.targets._c_objects import kinds, named_places
from kgen.targets._c_types import element_type
from kgen.targets._valid import valid_requests
from kgen.targets.target import BOUNDARY, NATIVE, Output, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl
    from kgen.model.objects import Place
    from kgen.targets._c_objects import Kind

_ABIS = ("linux-x86_64", "linux-i386", "linux-armhf")
"""A driver's, and those of its 32-bit callers; ESBMC does not know the alignment of i386, and takes the last."""
MOST_BYTES = 3
MOST_ELEMENTS = 2
"""Of a tail: as many elements as are in so many bytes, and these at least."""
MOST_SAMPLE = 256
"""Bytes of a valid request whose length is among those that are proven."""


class Sample(NamedTuple):
    size: int
    text: str
    """A string of C."""


class Objects(NamedTuple):
    """A parameter of a handler that is several objects."""

    name: str
    most: str
    """How many they are."""


class Form(NamedTuple):
    """An ioctl as 64-bit callers have it, or those of 32 bits."""

    name: str
    abi: str
    layouts: Layouts
    narrow: bool
    in_size: str
    out_size: str
    tidy: str


class Bytes(NamedTuple):
    offset: int
    size: int


class Case(NamedTuple):
    """The lengths of one request."""

    number: int
    name: str
    operation: str
    """`OP_SEAL`, and the function of it."""
    run: str
    narrow: bool
    """Of a 32-bit caller whose messages are laid out otherwise."""
    in_size: str
    out_size: str
    """Bytes of memory for the structs, in C."""
    tidy: str
    """The function that tells whether nothing but members leaves; empty where there is nothing else."""
    request: int
    capacity: int
    reply: int
    """The capacity, as far as the reply takes it."""
    holds: int
    """Objects that the request may hold."""
    beyond: bool
    """ESBMC is not asked it: the tail of the request is long, or the layout one that it does not know."""
    instead: bool
    """ESBMC alone is asked it."""


class Tidy(NamedTuple):
    """Bytes of a native reply that no member has."""

    name: str
    holes: list[Bytes]


class Proof(NamedTuple):
    """One ioctl. C fragments, with `in` as the request and `out` as the reply."""

    name: str
    code: str
    definition: str
    """The head of the handler."""
    tidies: list[Tidy]
    request: str
    """Size of the request up to its tail; empty where there is none."""
    tail: str
    """How many bytes the tail of the request has; empty where there is none."""
    counts: str
    """The condition that the count of that tail is none that the schema allows; empty where every one is."""
    reply: str
    """Size of the reply up to its tail; empty where there is none."""
    items: str
    """What a handler appends, declared; empty where the reply has no tail."""
    append: str
    element: int
    data: bool
    objects: list[str]
    """Parameters of the handler that are one object."""
    several: list[Objects]
    handles: list[str]
    holds: bool
    """The request holds objects or handles while it runs."""
    samples: list[Sample]
    cases: list[Case]
    planned: int
    """The number of the case of a plan for unknown lengths."""
    choices: int
    """How many cases there are, with that one."""
    rounds: int
    """How often a loop over elements goes round at most."""
    bytes: int
    """No memory of a case is larger."""


class View(NamedTuple):
    name: str
    prefix: str
    proofs: list[Proof]
    objects: list[Kind]
    has_objects: bool
    has_handles: bool
    has_native: bool
    has_narrow: bool
    """Some 32-bit callers have other messages."""


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The proof, and what it is made of."""
    return [
        Output(f"proof/{interface.name}_proof.c", "proof/proof.c.j2", view(interface, layouts)),
        Output("proof/kgen_proof.h", None, source="runtime/kgen_proof.h"),
        Output("proof/kgen_proof_holds.h", None, source="runtime/kgen_proof_holds.h"),
        Output(f"proof/{interface.name}_state.h", "core/state.h.j2", handlers(interface, layouts)),
        Output("proof/kgen_proof_runtime.c", None, source="runtime/kgen_proof_runtime.c"),
    ]


def view(interface: Interface, layouts: Layouts) -> View:
    name = interface.name
    slots = sum(kind.per_open for kind in interface.objects)
    return View(
        name,
        name.upper(),
        [_proof(ioctl, name, slots, layouts) for ioctl in interface.ioctls],
        kinds(interface),
        bool(interface.objects),
        takes_handles(interface),
        layouts.has_native,
        any(has_thunk(ioctl, layouts) for ioctl in interface.ioctls),
    )


def _proof(ioctl: Ioctl, prefix: str, slots: int, layouts: Layouts) -> Proof:
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    forms = _forms(ioctl, prefix, layouts)
    samples: list[bytes] = []
    cases: list[Case] = []
    for form in forms:
        valid = [found.message for found in valid_requests(ioctl, form.layouts)]
        valid = [message for message in valid if len(message) <= MOST_SAMPLE]
        cases += _cases(ioctl, form, {len(message) for message in valid}, len(cases))
        samples += valid
    bytes_, counts = _request_tail(request, layouts)
    items, element = _reply_tail(reply, cases, prefix, layouts)
    return Proof(
        name=ioctl.name,
        code=code_name(prefix, ioctl),
        definition=skeleton(ioctl, prefix).definition,
        tidies=[
            Tidy(form.tidy, list(_holes(reply, form.layouts)))
            for form in forms
            if form.tidy and reply is not None
        ],
        request=_size(prefix, request, "in"),
        tail=bytes_,
        counts=counts,
        reply=_size(prefix, reply, "out"),
        items=items,
        append=symbol(prefix, ioctl.name, "append") if items else "",
        element=element,
        data=ioctl.data is not None,
        objects=[name for name, place in named_places(ioctl) if not place.is_many],
        several=[
            Objects(name, _count(ioctl, place, layouts))
            for name, place in named_places(ioctl)
            if place.is_many
        ],
        handles=[handle_parameter(field) for field in handle_fields(ioctl)],
        holds=bool(named_places(ioctl) or handle_fields(ioctl)),
        samples=[Sample(len(message), _string(message)) for message in samples],
        cases=cases,
        planned=len(cases),
        choices=len(cases) + 1,
        bytes=64
        + sum(
            form.layouts.record(struct).size
            for form in forms
            for struct in (request, reply)
            if struct is not None
        )
        + max(case.request + case.reply for case in cases),
        rounds=1
        + (slots if cases[0].holds else 0)
        + max(_elements(request, reply, case, layouts) for case in cases if not case.beyond),
    )


def _forms(ioctl: Ioctl, prefix: str, layouts: Layouts) -> list[Form]:
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    found = []
    for abi in _ABIS:
        on = layouts.on(abi)
        narrow = abi != _ABIS[0]
        if narrow and not has_thunk(ioctl, layouts):
            continue
        name = f"{ioctl.name}_32" if narrow else ioctl.name
        tidy = f"is_tidy_{name}_{abi[6:]}" if reply is not None and any(_holes(reply, on)) else ""
        in_size, out_size = (
            _memory(struct, prefix, narrow, layouts) for struct in (request, reply)
        )
        found.append(Form(name, abi, on, narrow, in_size, out_size, tidy))
    return found


def _memory(struct: Struct | None, prefix: str, narrow: bool, layouts: Layouts) -> str:
    if struct is None:
        return "0"
    type_ = record_type(prefix, struct)
    if narrow and differs(struct, layouts):
        return f"(int)KGEN_BOTH({narrow_type(prefix, struct)}, {type_})"
    return f"sizeof({type_})"


def _holes(struct: Struct, layouts: Layouts, at: int = 0) -> Iterator[Bytes]:
    """Those of nested structs among them; nothing where the layout is the same everywhere."""
    if not struct.native:
        return
    layout = layouts.record(struct)
    for item in layout.fields:
        inner = innermost(item.field.type)
        if isinstance(inner, Struct) and item.size is not None:
            size = layouts.record(inner).size
            for place in range(item.offset, item.offset + item.size, size):
                yield from _holes(inner, layouts, at + place)
    for hole in holes(layout):
        yield Bytes(at + hole.offset, hole.size)


def _count(ioctl: Ioctl, place: Place, layouts: Layouts) -> str:
    """How many objects a handler gets of a place of its request."""
    tail = place.field.type
    if not isinstance(tail, Tail):
        return str(place.most)
    assert ioctl.request is not None
    return tail_count(ioctl.request, tail, "in", layouts)


def _size(prefix: str, struct: Struct | None, variable: str) -> str:
    if struct is None:
        return ""
    return f"sizeof(*{variable})" if struct.tail is None else tail_name(prefix, struct)


def _request_tail(request: Struct | None, layouts: Layouts) -> tuple[str, str]:
    if request is None or request.tail is None:
        return "", ""
    tail = request.tail.type
    assert isinstance(tail, Tail)
    size = element_size(tail, layouts)
    counter = next(field for field in request.fields if field.name == tail.counter)
    count = tail_count(request, tail, "in", layouts)
    return f"(size_t)({count}) * {size}", miscounted(counter, tail, "in", size)


def _reply_tail(
    reply: Struct | None, cases: list[Case], prefix: str, layouts: Layouts
) -> tuple[str, int]:
    if reply is None or reply.tail is None:
        return "", 0
    tail = reply.tail.type
    assert isinstance(tail, Tail)
    size = element_size(tail, layouts)
    room = max(case.reply for case in cases) - bounds(reply, layouts)[0]
    return f"{element_type(tail, prefix)} items[{room // size + 1}]", size


def _cases(ioctl: Ioctl, form: Form, samples: set[int], first: int) -> list[Case]:
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    layouts = form.layouts
    short = _lengths(request, layouts)
    named, made = sum(place.most for place in places(request)), len(places(ioctl.reply))
    requests = sorted({*short, *samples})
    most = 0 if reply is None else bounds(reply, layouts)[1]
    rooms = _lengths(reply, layouts)
    # Every length of either, with the longest of the other; and both at their shortest.
    pairs = [(length, rooms[-1]) for length in requests]
    pairs += [(short[-1], room) for room in rooms[:-1]]
    pairs += [(requests[0], rooms[0])] if len(requests) > 1 and len(rooms) > 1 else []
    return [
        Case(
            number,
            f"{form.name}_{length}_{room}",
            f"OP_{form.name.upper()}",
            f"run_{form.name}",
            form.narrow,
            form.in_size,
            form.out_size,
            form.tidy,
            length,
            room,
            min(room, most),
            min(named, length // 8) + made,
            length > short[-1] or form.abi == "linux-i386",
            form.abi == "linux-armhf",
        )
        for number, (length, room) in enumerate(pairs, first)
    ]


def _lengths(struct: Struct | None, layouts: Layouts) -> list[int]:
    """The lengths of a message that are proven, in bytes."""
    if struct is None:
        return [0]
    low, high = bounds(struct, layouts)
    if struct.tail is not None:
        assert isinstance(struct.tail.type, Tail)
        size = element_size(struct.tail.type, layouts)
        last = low + max(MOST_ELEMENTS, MOST_BYTES // size) * size
        whole = range(low, min(last, high) + 1, size)
        return sorted({*whole, *([low + size - 1, low + size + 1] if size > 1 else [])})
    if struct.grows:
        sizes = [edition.size for edition in editions(layouts.record(struct))]
        return sorted({*sizes, *(size + 1 for size in sizes), sizes[-1] + MOST_BYTES})
    return [low]


def _elements(request: Struct | None, reply: Struct | None, case: Case, layouts: Layouts) -> int:
    """The most elements of a tail in this case, those of arrays in them counted as well."""
    found = 0
    for struct, length in ((request, case.request), (reply, case.reply)):
        if struct is not None and struct.tail is not None:
            assert isinstance(struct.tail.type, Tail)
            size = element_size(struct.tail.type, layouts)
            inner = 1
            element = struct.tail.type.element
            while isinstance(element, Array):
                inner *= element.length
                element = element.element
            found = max(found, (length - bounds(struct, layouts)[0]) // size * inner)
    return found


def _string(message: bytes) -> str:
    return '"' + "".join(f"\\{byte:03o}" for byte in message) + '"'


TARGET = Target(
    name="proof",
    doc="The core among unknown requests and handlers, for the tools that `kgen verify` runs.",
    capabilities=(BOUNDARY | NATIVE) - {"data_and_reply"},
    needs=("core",),
    outputs=outputs,
)
