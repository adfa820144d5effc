"""Target `core`: the boundary itself, portable C11 that checks what comes in and finishes what goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import macro, symbol
from kgen.record import NamedTuple
from kgen.targets import _c_objects as objects
from kgen.targets._c_checks import Checks, Function, Membership
from kgen.targets._c_handlers import handler_names, handlers
from kgen.targets._c_names import declaration, wrap_arguments
from kgen.targets._c_narrow import (
    NATIVE_HEADER,
    Thunk,
    has_thunk,
    narrow_view,
    native_headers,
    thunk,
)
from kgen.targets._c_operations import Operation, Run, TailReply, operations, runs
from kgen.targets._c_pointers import takes_pointers
from kgen.targets._c_tidies import Tidies, TidyFunction
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface


class Core(NamedTuple):
    name: str
    prefix: str
    guard: str
    plan: str
    """The two steps, declared, and the heads of their definitions; in lines."""
    plan_head: str
    run: str
    run_head: str
    wide: bool
    """Conditions need 128 bits."""
    operations: list[Operation]
    memberships: list[Membership]
    check_functions: list[Function]
    tidy_functions: list[TidyFunction]
    tails: list[TailReply]
    runs: list[Run]
    native: bool
    """Some message is laid out as a compiler does."""
    narrow: bool
    """Some message of a 32-bit caller is laid out otherwise."""
    thunks: list[Thunk]
    objects: list[objects.Kind]
    has_objects: bool
    pointers: bool


_PLAN = (
    "uint32_t code",
    "uint32_t access",
    "const struct kgen_lengths *lengths",
    "struct kgen_plan *plan",
)
_RUN = (
    "const struct kgen_plan *plan",
    "void *scratch",
    "void *out",
    "struct kgen_data *data",
    "size_t *written",
)


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The core, the header of the handlers, the rules of all interfaces, and the author's own files."""
    name = interface.name
    core, author = view(interface, layouts), handlers(interface, layouts)
    return [
        Output(f"core/{name}_core.h", "core/core.h.j2", core),
        Output(f"core/{name}_core.c", "core/core.c.j2", core),
        Output(f"core/{name}_handlers.h", "core/handlers.h.j2", author),
        Output("core/kgen_runtime.h", None, source="runtime/kgen_runtime.h"),
        *_objects(interface),
        *_native(interface, layouts),
        Output("core/kgen_handles.h", None, source="runtime/kgen_handles.h"),
        Output("core/kgen_pointers.h", None, source="runtime/kgen_pointers.h"),
        Output("core/kgen_wide.h", None, source="runtime/kgen_wide.h"),
        Output(
            f"{interface.authors}/{name}_handlers.c",
            "core/handlers.c.j2",
            author,
            author=True,
            handlers=handler_names(interface),
        ),
        Output(f"{interface.authors}/{name}_state.h", "core/state.h.j2", author, author=True),
    ]


def _objects(interface: Interface) -> list[Output]:
    common = Output("core/kgen_objects.h", None, source="runtime/kgen_objects.h")
    if not interface.objects:
        return [common]
    path = f"core/{interface.name}_objects.h"
    return [common, Output(path, "core/objects.h.j2", objects.view(interface))]


def _native(interface: Interface, layouts: Layouts) -> list[Output]:
    made = []
    for path in native_headers(interface, layouts):
        if path == NATIVE_HEADER:
            made.append(Output(path, None, source="runtime/kgen_native.h"))
        else:
            made.append(Output(path, "core/narrow.h.j2", narrow_view(interface, layouts)))
    return made


def _thunks(interface: Interface, layouts: Layouts) -> list[Thunk]:
    """Those of the ioctls of which a 32-bit caller has other messages."""
    found = []
    for ioctl in interface.ioctls:
        request = ioctl.request or ioctl.message
        reply = ioctl.reply or ioctl.message
        if has_thunk(ioctl, layouts):
            found.append(
                Thunk(
                    f"OP_{ioctl.name.upper()}_32",
                    ioctl.name,
                    *thunk("widen", interface.name, request, layouts),
                    *thunk("narrow", interface.name, reply, layouts),
                )
            )
    return found


def view(interface: Interface, layouts: Layouts) -> Core:
    checks = Checks(interface.name, layouts)
    status = symbol(interface.name, "status")
    run_parameters = [f"struct {symbol(interface.name, 'call')} *call", *_RUN]
    tidies = Tidies(interface.name, layouts)
    steps = runs(interface, layouts, checks, tidies)
    functions = checks.functions
    thunks = _thunks(interface, layouts)
    tests = [rule.test for function in functions for rule in function.rules]
    return Core(
        name=interface.name,
        prefix=interface.name.upper(),
        guard=macro(interface.name, "core_h"),
        plan=declaration(f"{status} {symbol(interface.name, 'plan')}", _PLAN),
        plan_head=wrap_arguments(f"{status} {symbol(interface.name, 'plan')}", _PLAN),
        run=declaration(f"{status} {symbol(interface.name, 'run')}", run_parameters),
        run_head=wrap_arguments(f"{status} {symbol(interface.name, 'run')}", run_parameters),
        wide=any("kgen_wide_" in test for test in tests),
        operations=operations(interface, layouts),
        memberships=list(checks.memberships.values()),
        check_functions=functions,
        tidy_functions=tidies.functions,
        tails=[run.tail for run in steps if run.tail is not None],
        runs=steps,
        native=layouts.has_native,
        narrow=bool(thunks),
        thunks=thunks,
        objects=objects.kinds(interface),
        has_objects=bool(interface.objects),
        pointers=takes_pointers(interface),
    )


TARGET = Target(
    name="core",
    doc="The checked boundary in portable C11, and the handlers that the author writes.",
    capabilities=BOUNDARY | NATIVE | POINTERS,
    needs=("header",),
    outputs=outputs,
)
