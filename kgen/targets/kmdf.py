"""Target `kmdf`: the interface in a driver of the Kernel-Mode Driver Framework: control device, opens, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import macro
from kgen.targets import wdm
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface

_SOURCES = ("kgen_kmdf_caller.c", "kgen_kmdf_device.c", "kgen_kmdf_open.c", "kgen_kmdf_request.c")
"""What a device of either kind needs; then what makes a control device, or a Plug and Play device."""
_CONTROL = "kgen_kmdf_control.c"
_PNP = "kgen_kmdf_pnp.c"


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The adapter, what is the same in every driver, DriverEntry, and files for three ways to build."""
    name = interface.name
    kmdf = view(interface, layouts)
    return [
        Output(f"kmdf/{name}_kmdf.h", "kmdf/kmdf.h.j2", kmdf),
        Output(f"kmdf/{name}_kmdf.c", "kmdf/kmdf.c.j2", kmdf),
        Output(f"kmdf/{name}_windows.h", "kmdf/windows.h.j2", kmdf),
        *(Output(f"kmdf/{file}", None, source=f"runtime/{file}") for file in _files(kmdf)),
        *(wdm.handle_outputs("kmdf") if kmdf.handles else []),
        Output(
            _entry(interface.authors, kmdf),
            "kmdf/pnp_driver.c.j2" if kmdf.pnp else "kmdf/driver.c.j2",
            kmdf,
            author=True,
        ),
        Output(
            f"kmdf/{kmdf.driver}.inf",
            "kmdf/pnp_driver.inf.j2" if kmdf.pnp else "wdm/driver.inf.j2",
            kmdf,
        ),
        Output(f"kmdf/{kmdf.driver}.vcxproj", "kmdf/driver.vcxproj.j2", kmdf),
        Output("kmdf/CMakeLists.txt", "kmdf/CMakeLists.txt.j2", kmdf),
        Output("kmdf/BUILDING.md", "kmdf/BUILDING.md.j2", kmdf),
    ]


def view(interface: Interface, layouts: Layouts) -> wdm.Wdm:
    """What a WDM driver says of the interface is what this one says, but for its own files."""
    name = interface.name
    kmdf = wdm.view(interface, layouts)
    sources = [
        f"../core/{name}_core.c",
        _entry(kmdf.authors, kmdf),
        f"{kmdf.authors}/{name}_handlers.c",
        f"{name}_kmdf.c",
        *_sources(kmdf),
        *([wdm.HANDLE_SOURCE] if kmdf.handles else []),
    ]
    return kmdf._replace(
        guard=macro(name, "kmdf_h"),
        sources=sources,
        windows_sources=[source.replace("/", "\\") for source in sources],
    )


def _sources(kmdf: wdm.Wdm) -> list[str]:
    """What is the same in every driver with such a device."""
    return [*_SOURCES, _PNP if kmdf.pnp else _CONTROL, *wdm.WINDOWS_SOURCES]


def _files(kmdf: wdm.Wdm) -> list[str]:
    return ["kgen_kmdf.h", "kgen_kmdf_contexts.h", "kgen_windows.h", *_sources(kmdf)]


def _entry(authors: str, kmdf: wdm.Wdm) -> str:
    """Beside that of a WDM driver, so that both can be built of one author's folder."""
    return f"{authors}/{kmdf.driver}_kmdf_driver.c"


TARGET = Target(
    name="kmdf",
    doc="A driver of the Kernel-Mode Driver Framework: control or Plug and Play device, opens, requests.",
    capabilities=(BOUNDARY - {"data_and_reply", "no_windows"}) | NATIVE | POINTERS,
    needs=("core",),
    outputs=outputs,
)
