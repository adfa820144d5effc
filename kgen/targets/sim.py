"""Target `sim`: the driver as a shared library, and the simulator that opens it from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.errors import BUILTIN
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets import _c_objects as objects
from kgen.targets._c_handles import takes_handles
from kgen.targets._c_names import error_name
from kgen.targets._c_narrow import native_headers
from kgen.targets._c_pointers import takes_pointers
from kgen.targets._pynames import export_order, import_order, package_names
from kgen.targets._sim_handlers import (
    PythonHandlers,
    bare_requests,
    forwarded,
    object_rows,
    pointer_rows,
)
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface
    from kgen.targets._sim_handlers import Forwarded, PythonHandler, PythonHook


class Sim(NamedTuple):
    name: str
    prefix: str
    state_guard: str
    exclusive: bool
    serialised: bool
    statuses: list[str]
    """Rows of a C table."""
    handlers: list[Forwarded]
    objects: list[objects.Kind]
    has_objects: bool
    authors: str
    """Folder of the author's own files, from the folder of the library."""
    device: str
    """Classes of the Python package, as the next two."""
    handlers_class: str
    simulator_class: str
    exports: list[str]
    """Names that the module is there for."""
    methods: list[PythonHandler]
    messages: list[str]
    has_messages: bool
    uuid: bool
    has_data: bool
    pointer_rows: list[tuple[str, list[str]]]
    object_rows: list[tuple[str, list[str]]]
    """By ioctl the objects that its handler gets, as Python tuples."""
    object_hooks: list[PythonHook]
    has_handles: bool
    has_pointers: bool
    bare_requests: list[str]
    """Ioctls whose handler takes a value in place of a request."""


_CORE = (
    "{}_core.c",
    "{}_core.h",
    "{}_handlers.h",
    "kgen_handles.h",
    "kgen_objects.h",
    "kgen_pointers.h",
    "kgen_runtime.h",
    "kgen_wide.h",
)
_INCLUDE = ("{}.h", "kgen_types.h")
_RUNTIME = ("handlers.py", "library.py", "kernel_objects.py", "simulator.py")
_HANDLES = "kgen_sim_handles.c"


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The library of handlers in C, and in the package its twin that forwards to Python."""
    name = interface.name
    sim = view(interface, layouts)
    handles = [_HANDLES] if sim.has_handles else []
    package = f"python/{package_names(interface).package}"
    sources = [
        *(f"core/{file.format(name)}" for file in _CORE),
        *([f"core/{name}_objects.h"] if interface.objects else []),
        *native_headers(interface, layouts),
        *(f"include/{file.format(name)}" for file in _INCLUDE),
        *(f"sim/{file}" for file in (f"{name}_sim.c", "kgen_sim.c", "kgen_sim.h", *handles)),
    ]
    forward = f"{package}/_simulator"
    return [
        Output(f"sim/{name}_sim.c", "sim/sim.c.j2", sim),
        Output("sim/kgen_sim.c", None, source="runtime/kgen_sim.c"),
        Output("sim/kgen_sim.h", None, source="runtime/kgen_sim.h"),
        *(Output(f"sim/{file}", None, source=f"runtime/{file}") for file in handles),
        Output("sim/Makefile", "sim/Makefile.j2", sim),
        Output(f"{package}/simulator.py", "sim/simulator.py.j2", sim),
        *(
            Output(f"{package}/_runtime/{file}", None, source=f"runtime/python/{file}")
            for file in _RUNTIME
        ),
        # A wheel has to hold all that its library is made of.
        *(Output(f"{forward}/{path.rpartition('/')[2]}", None, same=path) for path in sources),
        Output(f"{forward}/{name}_handlers.c", "sim/handlers.c.j2", sim),
        Output(f"{forward}/{name}_state.h", "sim/state.h.j2", sim),
        Output(f"{forward}/kgen_sim_forward.c", None, source="runtime/kgen_sim_forward.c"),
    ]


def _exports(interface: Interface, *own: str) -> list[str]:
    names = ["Handlers", "SimulatedCall", "SimulatedOpen", "Simulator", *own]
    if any(ioctl.data is not None for ioctl in interface.ioctls):
        names.append("SimulatedData")
    if interface.objects:
        names.append("SimulatedObject")
    if takes_handles(interface):
        names += ["KernelObject", "SimulatedHandle"]
    return sorted(names, key=export_order)


def view(interface: Interface, layouts: Layouts) -> Sim:
    name = interface.name
    names = package_names(interface)
    python = PythonHandlers(names)
    methods = [python.view(ioctl) for ioctl in interface.ioctls]
    messages = sorted(python.types.used & set(names.classes.values()), key=import_order)
    return Sim(
        name=name,
        prefix=name.upper(),
        state_guard=macro(name, "state_h"),
        exclusive=_is_exclusive(interface),
        serialised=interface.serialised,
        statuses=_statuses(interface),
        handlers=[forwarded(ioctl, name, layouts) for ioctl in interface.ioctls],
        objects=objects.kinds(interface),
        has_objects=bool(interface.objects),
        authors=f"../{interface.authors}",
        device=names.device,
        handlers_class=names.handlers,
        simulator_class=names.simulator,
        exports=_exports(interface, names.handlers, names.simulator),
        methods=methods,
        messages=messages,
        has_messages=bool(messages),
        uuid="UUID" in python.types.used,
        has_data=any(ioctl.data is not None for ioctl in interface.ioctls),
        object_rows=object_rows(interface, names.classes),
        pointer_rows=pointer_rows(interface, names.classes),
        object_hooks=[python.hook(kind) for kind in interface.objects],
        has_handles=takes_handles(interface),
        has_pointers=takes_pointers(interface),
        bare_requests=bare_requests(interface),
    )


def _is_exclusive(interface: Interface) -> bool:
    if interface.windows is not None:
        return interface.windows.exclusive
    return interface.linux is not None and interface.linux.exclusive


def _statuses(interface: Interface) -> list[str]:
    rows = ["{KGEN_OK, 0x00000000, 0},", "{KGEN_TRUNCATED, 0x80000005, 234},"]
    for error in (*BUILTIN.values(), *interface.errors):
        status = macro("kgen", error.name) if error.builtin else error_name(interface.name, error)
        win32 = str(error.win32) if error.win32 < 1 << 16 else f"0x{error.win32:08X}"
        rows.append(f"{{{status}, 0x{error.ntstatus:08X}, {win32}}},")
    return rows


TARGET = Target(
    name="sim",
    doc="The driver as a shared library, which the Python package opens without a kernel.",
    capabilities=(BOUNDARY - {"data_and_reply"}) | NATIVE | POINTERS,
    needs=("core", "python"),
    outputs=outputs,
)
