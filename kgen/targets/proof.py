"""Target `proof`: the core among unknown requests and handlers that do what they may, for proof tools.

What is unknown is a choice of the tool; lengths are constants, so that it can follow each byte. Which
lengths there are is the bound of the proof: see docs/verify.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import editions
from kgen.abi.lengths import bounds
from kgen.model.naming import symbol
from kgen.model.objects import places
from kgen.model.types import Array, Tail
from kgen.record import NamedTuple
from kgen.targets._c_codes import code_name
from kgen.targets._c_elements import element_size, miscounted, tail_count
from kgen.targets._c_handlers import handlers, skeleton
from kgen.targets._c_handles import handle_fields, handle_parameter, takes_handles
from kgen.targets._c_names import record_type, tail_name
from kgen.targets._c_objects import kinds, named_places
from kgen.targets._c_types import element_type
from kgen.targets._valid import valid_requests
from kgen.targets.target import BOUNDARY, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl, Struct
    from kgen.model.objects import Place
    from kgen.targets._c_objects import Kind

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


class Case(NamedTuple):
    """The lengths of one request."""

    number: int
    name: str
    request: int
    capacity: int
    reply: int
    """The capacity, as far as the reply takes it."""
    holds: int
    """Objects that the request may hold."""
    long: bool
    """The tail of the request is longer than what ESBMC is asked of."""


class Proof(NamedTuple):
    """One ioctl. C fragments, with `in` as the request and `out` as the reply."""

    name: str
    constant: str
    code: str
    definition: str
    """The head of the handler."""
    request: str
    """Size of the request up to its tail; empty where there is none."""
    request_type: str
    tail: str
    """How many bytes the tail of the request has; empty where there is none."""
    counts: str
    """The condition that the count of that tail is none that the schema allows; empty where every one is."""
    reply: str
    """Size of the reply up to its tail; empty where there is none."""
    reply_type: str
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
    )


def _proof(ioctl: Ioctl, prefix: str, slots: int, layouts: Layouts) -> Proof:
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    samples = [found.message for found in valid_requests(ioctl, layouts)]
    samples = [message for message in samples if len(message) <= MOST_SAMPLE]
    cases = _cases(ioctl, request, reply, {len(message) for message in samples}, layouts)
    bytes_, counts = _request_tail(request, layouts)
    items, element = _reply_tail(reply, cases, prefix, layouts)
    return Proof(
        name=ioctl.name,
        constant=f"OP_{ioctl.name.upper()}",
        code=code_name(prefix, ioctl),
        definition=skeleton(ioctl, prefix).definition,
        request=_size(prefix, request, "in"),
        request_type="" if request is None else record_type(prefix, request),
        tail=bytes_,
        counts=counts,
        reply=_size(prefix, reply, "out"),
        reply_type="" if reply is None else record_type(prefix, reply),
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
        + sum(layouts.record(struct).size for struct in (request, reply) if struct is not None)
        + max(case.request + case.reply for case in cases),
        rounds=1
        + (slots if cases[0].holds else 0)
        + max(_elements(request, reply, case, layouts) for case in cases if not case.long),
    )


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


def _cases(
    ioctl: Ioctl, request: Struct | None, reply: Struct | None, samples: set[int], layouts: Layouts
) -> list[Case]:
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
            f"{ioctl.name}_{length}_{room}",
            length,
            room,
            min(room, most),
            min(named, length // 8) + made,
            length > short[-1],
        )
        for number, (length, room) in enumerate(pairs)
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
    capabilities=BOUNDARY - {"data_and_reply"},
    needs=("core",),
    outputs=outputs,
)
