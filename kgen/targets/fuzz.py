"""Target `fuzz`: a libFuzzer harness of the core, structure-aware, and what a fuzzing farm needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.errors import BUILTIN, boundary_errors
from kgen.model.naming import macro, symbol
from kgen.model.types import Tail
from kgen.model.walk import has_secret
from kgen.record import NamedTuple
from kgen.targets._c_elements import tail_count
from kgen.targets._c_handlers import skeleton
from kgen.targets._c_handles import handle_fields, handle_parameter, takes_handles
from kgen.targets._c_objects import Kind, kinds, named_places
from kgen.targets._fuzz_dictionary import Word, words
from kgen.targets._fuzz_machines import ON_LINUX, is_other
from kgen.targets._fuzz_seeds import (
    CountPlace,
    FieldPlace,
    IdPlace,
    Seed,
    TailPlace,
    count_places,
    id_places,
    places,
    reply_room,
    seeds,
    tail_place,
)
from kgen.targets._fuzz_tables import RecordTable, Row, Tables, Values, messages, value
from kgen.targets._pynames import package_names
from kgen.targets.target import BOUNDARY, NATIVE, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Error, Interface, Ioctl
    from kgen.model.objects import Place


class IoctlTable(NamedTuple):
    name: str
    number: int
    """Its place."""
    code: str
    """Hexadecimal."""
    errors: list[Row]
    settings: list[str]
    fields: list[FieldPlace]
    """Of the request."""
    ids: list[IdPlace]
    """Where the request names objects."""
    made: list[IdPlace]
    """Where the reply does."""
    counts: list[CountPlace]
    tail: TailPlace
    data: bool
    """The caller's other buffer is data, no reply."""
    reply: int
    """Bytes of the caller's buffer, in a seed."""
    wide: int
    """Of a 32-bit caller that has the reply laid out otherwise: bytes that the driver has for it."""


class Given(NamedTuple):
    """A parameter by which a handler gets one object or several."""

    kind: str
    states: str
    """In C, where the pointers to their states are."""
    elements: str
    is_new: bool


class AnyHandler(NamedTuple):
    """A handler that does what the fuzzer's input says."""

    ioctl: str
    head: str
    append: str
    """The function that appends to the tail of its reply; empty where there is none."""
    statements: list[str]
    given: list[Given]
    """The objects that it gets."""


class Fuzz(NamedTuple):
    name: str
    has_handles: bool
    prefix: str
    state_guard: str
    authors: str
    """Folder of the author's own files, from the folder of the fuzzer."""
    package: str
    """Of Python, and its class of simulators."""
    simulator_class: str
    info_code: str
    narrow: list[IoctlTable]
    """Those that 32-bit callers have with other messages."""
    narrow_seeds: list[Seed]
    values: list[Values]
    records: list[RecordTable]
    ioctls: list[IoctlTable]
    objects: list[Kind]
    per_open: list[Row]
    """How many of each an open may have."""
    boundary: list[Row]
    handlers: list[AnyHandler]
    words: list[Word]
    seeds: list[Seed]


_RUNTIME = (
    "kgen_fuzz.c",
    "kgen_fuzz.h",
    "kgen_fuzz_any.c",
    "kgen_fuzz_check.c",
    "kgen_fuzz_input.c",
    "kgen_fuzz_judge.c",
    "kgen_fuzz_mutate.c",
    "kgen_fuzz_mutate.h",
    "kgen_fuzz_narrow.c",
    "kgen_fuzz_objects.c",
    "kgen_fuzz_reply.c",
    "kgen_fuzz_values.c",
)
_SCRIPTS = ("kgen_fuzz.py", "kgen_fuzz_answers.py")


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The harness, handlers that do anything, the dictionary, and the layout of a farm."""
    name = interface.name
    fuzz = view(interface, layouts)
    return [
        Output(f"fuzz/{name}_fuzz.c", "fuzz/fuzz.c.j2", fuzz),
        Output(f"fuzz/any/{name}_handlers.c", "fuzz/handlers.c.j2", fuzz),
        Output(f"fuzz/any/{name}_state.h", "fuzz/state.h.j2", fuzz),
        *(Output(f"fuzz/{file}", None, source=f"runtime/{file}") for file in _RUNTIME),
        Output(f"fuzz/{name}_fuzz.py", "fuzz/fuzz.py.j2", fuzz),
        *(Output(f"fuzz/{file}", None, source=f"runtime/python/{file}") for file in _SCRIPTS),
        Output(f"fuzz/{name}.dict", "fuzz/fuzz.dict.j2", fuzz),
        Output("fuzz/Makefile", "fuzz/Makefile.j2", fuzz),
        Output("fuzz/.clusterfuzzlite/Dockerfile", "fuzz/clusterfuzzlite/Dockerfile.j2", fuzz),
        Output("fuzz/.clusterfuzzlite/build.sh", "fuzz/clusterfuzzlite/build.sh.j2", fuzz),
        Output("fuzz/.clusterfuzzlite/project.yaml", "fuzz/clusterfuzzlite/project.yaml.j2", fuzz),
    ]


def view(interface: Interface, layouts: Layouts) -> Fuzz:
    name = interface.name
    tables = Tables(interface, layouts)
    driver, caller = map(layouts.on, ON_LINUX)
    others = [
        ioctl
        for ioctl in interface.ioctls
        if any(is_other(each, layouts) for each in messages(ioctl))
    ]
    numbers = {ioctl.name: number for number, ioctl in enumerate(interface.ioctls, 1)}
    names = package_names(interface)
    return Fuzz(
        name=name,
        has_handles=takes_handles(interface),
        prefix=name.upper(),
        state_guard=macro(name, "state_h"),
        authors=f"../{interface.authors}",
        package=names.package,
        simulator_class=names.simulator,
        info_code=f"{layouts.info_codes.core:08X}",
        values=list(tables.values.values()),
        records=tables.records,
        ioctls=[
            _ioctl(ioctl, number, tables, driver)
            for number, ioctl in enumerate(interface.ioctls, 1)
        ],
        narrow=[_ioctl(ioctl, numbers[ioctl.name], tables, caller, "_32") for ioctl in others],
        narrow_seeds=[seed for ioctl in others for seed in seeds(ioctl, caller)],
        objects=kinds(interface),
        per_open=[value(kind.name, str(kind.slots)) for kind in kinds(interface)],
        boundary=[_status(BUILTIN[error]) for error in boundary_errors(interface)],
        handlers=[_handler(ioctl, name, layouts) for ioctl in interface.ioctls],
        words=words(interface, layouts),
        seeds=[seed for ioctl in interface.ioctls for seed in seeds(ioctl, driver)],
    )


def _ioctl(
    ioctl: Ioctl, number: int, tables: Tables, layouts: Layouts, suffix: str = ""
) -> IoctlTable:
    """`suffix`: of records that 32-bit callers have laid out otherwise."""
    code = layouts.codes[ioctl.name].core
    assert code is not None
    settings = []
    for way, message in (("request", ioctl.request), ("reply", ioctl.reply)):
        record = message or ioctl.message
        if record is not None:
            form = suffix if is_other(record, layouts) else ""
            settings.append(f".{way} = &record_{record.name}{form}")
    if ioctl.data is not None:
        size = layouts.size_align(ioctl.data.type)[0]
        settings += [
            f".data = KGEN_{'TO' if ioctl.data.direction == 'to' else 'FROM'}_CALLER",
            f".data_min = {ioctl.data.minimum * size}",
            f".data_max = {ioctl.data.maximum * size}",
            f".data_unit = {size}",
        ]
    if ioctl.short is not None and ioctl.short.policy == "truncate":
        settings += [".truncates = true", *_total(ioctl, tables)]
    if any(map(has_secret, messages(ioctl))):
        settings.append(".secret = true")
    if handle_fields(ioctl):
        settings.append(".handles = true")
    errors = _errors(ioctl)
    if errors:
        settings += [f".errors = errors_{ioctl.name}", f".error_count = {len(errors)}"]
    request = ioctl.request or ioctl.message
    return IoctlTable(
        name=ioctl.name,
        number=number,
        code=f"{code:08X}",
        errors=list(map(_status, errors)),
        settings=settings,
        fields=[] if request is None else places(request, layouts),
        ids=id_places(request, layouts),
        made=id_places(ioctl.reply, layouts),
        counts=count_places(ioctl, layouts),
        tail=tail_place(ioctl.reply, layouts),
        data=ioctl.data is not None,
        reply=reply_room(ioctl, layouts),
        wide=reply_room(ioctl, layouts.on(ON_LINUX[0])) if suffix else 0,
    )


def _total(ioctl: Ioctl, tables: Tables) -> list[str]:
    """Where a reply that was cut tells its full size."""
    reply, short = ioctl.reply, ioctl.short
    assert reply is not None
    assert short is not None
    if short.field is None:
        return []
    row = tables.places[reply.name][short.field]
    unit = [".total_in_bytes = true"] if short.unit == "bytes" else []
    return [f".total = &fields_{reply.name}[{row}]", *unit]


def _errors(ioctl: Ioctl) -> list[Error]:
    """What the schema declares, and what objects that it names or makes come to."""
    stale = [place.id.kind.stale for _, place in named_places(ioctl) if place.id.role != "new"]
    full = [place.id.kind.full for _, place in named_places(ioctl) if place.id.role == "new"]
    return list(dict.fromkeys((*ioctl.errors, *stale, *full)))


def _status(error: Error) -> Row:
    return value(error.name, f"0x{error.ntstatus:08X}")


def _handler(ioctl: Ioctl, prefix: str, layouts: Layouts) -> AnyHandler:
    handler = skeleton(ioctl, prefix)
    passed = [name for name in ("in", "out", "data") if name in handler.unused]
    statements = [f"turn.{name} = {name}" for name in passed]
    if "out" in passed:
        statements.append("turn.out_size = sizeof(*out)")
    statements += [f"(void){handle_parameter(field)}" for field in handle_fields(ioctl)]
    reply = ioctl.reply
    append = ""
    if reply is not None and reply.tail is not None:
        append = symbol(prefix, ioctl.name, "append")
        room = symbol(prefix, ioctl.name, "room")
        statements += [f"turn.room = {room}(call)", f"turn.append = append_{ioctl.name}"]
    given = [_given(name, place, ioctl, layouts) for name, place in named_places(ioctl)]
    if given:
        statements += ["turn.given = given", f"turn.given_count = {len(given)}"]
    return AnyHandler(ioctl.name, handler.definition, append, statements, given)


def _given(name: str, place: Place, ioctl: Ioctl, layouts: Layouts) -> Given:
    if not place.is_many:
        return Given(place.id.kind.name, f"(void *)&{name}", "1", place.id.role == "new")
    count = str(place.most)
    if isinstance(place.field.type, Tail):
        assert ioctl.request is not None
        count = tail_count(ioctl.request, place.field.type, "in", layouts)
    return Given(place.id.kind.name, f"(void *){name}", count, False)


TARGET = Target(
    name="fuzz",
    doc="A libFuzzer harness of the boundary, with the author's handlers or any.",
    capabilities=(BOUNDARY | NATIVE) - {"data_and_reply"},
    needs=("sim",),
    outputs=outputs,
)
