"""Target `linux`: the kernel module around the core: where each argument's parts are, and files to build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.errors import BUILTIN, boundary_errors
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets._c_handles import takes_handles
from kgen.targets._c_names import WIDTH, error_name, wrap_arguments
from kgen.targets._c_narrow import has_thunk
from kgen.targets._c_pointers import takes_pointers
from kgen.targets._linux_rows import NarrowArgument, Row, narrow_arguments, rows
from kgen.targets.target import Output

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface


class Status(NamedTuple):
    names: list[str]
    """`VAULT_E_INVALID`; several statuses may be one errno."""
    errno: str


class Returned(NamedTuple):
    name: str
    errno: str


class Module(NamedTuple):
    name: str
    prefix: str
    guard: str
    version: str
    description: str
    long_description: bool
    """It takes a line of its own."""
    license: str
    """As MODULE_LICENSE knows it."""
    node: str
    mode: str
    """Octal."""
    owner: str
    """`MODE="0660", GROUP="dialout"`."""
    capability: str
    """Empty where callers need none."""
    exclusive: bool
    serialised: bool
    has_objects: bool
    objects_begin: str
    """The statement that makes the table of an open's objects, in lines."""
    handles: bool
    pointers: bool
    ioctls: list[Row]
    narrow: bool
    """Some argument of a 32-bit caller is another."""
    narrow_arguments: list[NarrowArgument]
    statuses: list[Status]
    internal: str
    """The errno of a status that is none."""
    returned: list[Returned]
    """What a handler may make of an errno."""
    objects: str
    """Of the module, as Kbuild takes them."""
    sources: list[str]
    """From the folder of the adapter."""
    authors: str
    """Folder of the author's own files, from the folder of the adapter."""


_SOURCES = ("kgen_linux.c", "kgen_linux_trace.c")
"""Files of templates/runtime that are the same in every module."""
_HANDLES = "kgen_linux_handles.c"
_BEGIN = (
    "&opened->objects",
    "device",
    "&opened->state",
    "&opened->lock.base",
    "(uint32_t)atomic_inc_return(&opens)",
)


def module_outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The adapter, what is the same in every module, its init and exit, and files to build and install it."""
    name = interface.name
    view = module_view(interface, layouts)
    handles = [_HANDLES, f"{_HANDLES[:-1]}h"] if view.handles else []
    return [
        Output(f"linux/{name}_linux.h", "linux/linux.h.j2", view),
        Output(f"linux/{name}_linux.c", "linux/linux.c.j2", view),
        *(
            Output(f"linux/{file}", None, source=f"runtime/{file}")
            for file in ("kgen_linux.h", *_SOURCES, *handles)
        ),
        Output(f"{interface.authors}/{name}_module.c", "linux/module.c.j2", view, author=True),
        Output("linux/Kbuild", "linux/Kbuild.j2", view),
        Output("linux/Makefile", "linux/Makefile.j2", view),
        Output("linux/dkms.conf", "linux/dkms.conf.j2", view),
        Output(f"linux/60-{name}.rules", "linux/udev.rules.j2", view),
        Output("linux/BUILDING.md", "linux/BUILDING.md.j2", view),
    ]


def module_view(interface: Interface, layouts: Layouts) -> Module:
    name, linux = interface.name, interface.linux
    if linux is None:
        raise ValueError(f"{name} has no `linux:` block")
    statuses, returned = _statuses(interface)
    authors = f"../{interface.authors}"
    sources = [
        f"../core/{name}_core.c",
        f"{authors}/{name}_module.c",
        f"{authors}/{name}_handlers.c",
        f"{name}_linux.c",
        *_SOURCES,
        *([_HANDLES] if takes_handles(interface) else []),
    ]
    description = interface.note.doc.strip().split("\n", 1)[0] or name
    owner = f'MODE="{linux.mode:04o}"'
    if linux.group is not None:
        owner += f', GROUP="{linux.group}"'
    return Module(
        name=name,
        prefix=name.upper(),
        guard=macro(name, "linux_h"),
        version=f"{interface.version[0]}.{interface.version[1]}",
        description=description,
        long_description=len(f'MODULE_DESCRIPTION("{description}");') > WIDTH,
        license=_module_license(interface.license),
        node=linux.node or name,
        mode=f"0{linux.mode:o}",
        owner=owner,
        capability=linux.capability or "",
        exclusive=linux.exclusive,
        serialised=interface.serialised,
        has_objects=bool(interface.objects),
        objects_begin=wrap_arguments(f"    {name}_objects_begin", _BEGIN, ";"),
        handles=takes_handles(interface),
        pointers=takes_pointers(interface),
        ioctls=rows(interface, layouts),
        narrow=any(has_thunk(ioctl, layouts) for ioctl in interface.ioctls),
        narrow_arguments=narrow_arguments(interface, layouts),
        statuses=statuses,
        internal=BUILTIN["internal"].errno,
        returned=returned,
        objects=" ".join(source.rpartition("/")[2][:-1] + "o" for source in sources),
        sources=sources,
        authors=authors,
    )


def _module_license(license: str) -> str:
    """What include/linux/module.h has for an SPDX expression; anything else is proprietary to the kernel."""
    words = set(license.replace("(", " ").replace(")", " ").split())
    if not any(word.startswith("GPL-2.0") for word in words):
        return "Proprietary"
    for other in ("MIT", "BSD", "MPL"):
        if "OR" in words and any(word.startswith(other) for word in words):
            return f"Dual {other}/GPL"
    return "GPL"


def _statuses(interface: Interface) -> tuple[list[Status], list[Returned]]:
    prefix = interface.name
    errors = {name: BUILTIN[name] for name in boundary_errors(interface)}
    declared = {error.name: error for ioctl in interface.ioctls for error in ioctl.errors}
    declared.update({error.name: error for error in interface.errors})
    errors.update(declared)
    by_errno: dict[str, list[str]] = {}
    for error in errors.values():
        by_errno.setdefault(error.errno, []).append(error_name(prefix, error))
    returned: dict[str, Returned] = {}
    for error in declared.values():
        returned.setdefault(error.errno, Returned(error_name(prefix, error), error.errno))
    return [Status(names, errno) for errno, names in by_errno.items()], list(returned.values())
