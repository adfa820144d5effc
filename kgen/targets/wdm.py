"""Target `wdm`: the interface in a Windows driver without a framework: device, opens, buffers, IRPs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.errors import BUILTIN, boundary_errors
from kgen.model.guids import derived_guid, initialiser
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets._c_codes import code_name, info_name
from kgen.targets._c_handles import takes_handles
from kgen.targets._c_names import error_name, wrap_arguments
from kgen.targets._c_pointers import takes_pointers
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Error, Interface, Windows


class Status(NamedTuple):
    name: str
    """`VAULT_E_BUSY`."""
    ntstatus: str
    """`STATUS_DEVICE_BUSY`."""


class Code(NamedTuple):
    """A code, and what this kit's CTL_CODE makes of the same arguments."""

    assertion: str


class Wdm(NamedTuple):
    name: str
    prefix: str
    guard: str
    driver: str
    device: str
    device_type: str
    """`0x8A17`."""
    sddl: str
    class_name: str
    """Of the device setup class: 31 characters at most."""
    class_guid: str
    """As INF files and people write it."""
    class_guid_value: str
    """As C initialises it."""
    exclusive: bool
    pnp: bool
    """A Plug and Play device, without a name: target `kmdf` alone."""
    hardware_ids: list[str]
    interface_guid: str
    """As INF files and people write it; empty unless `pnp`, and likewise the next."""
    interface_guid_value: str
    """As C initialises it."""
    serialised: bool
    has_objects: bool
    objects_begin: str
    """The statement that makes the table of an open's objects, in lines."""
    neither: bool
    user_memory: bool
    """Something of the caller's memory is reached where it is."""
    """Some code is METHOD_NEITHER."""
    handles: bool
    pointers: bool
    """Some code has handles of the caller."""
    pool_tag: str
    """As a number, the first letter in the lowest byte."""
    pool_tag_text: str
    codes: list[Code]
    statuses: list[Status]
    returned: list[Status]
    """What a handler may make of an NTSTATUS."""
    schema: str
    project_guid: str
    """Of the project file."""
    authors: str
    """Folder of the author's own files, from the folder of the adapter."""
    windows_authors: str
    """The same with backslashes."""
    sources: list[str]
    """From the folder of the adapter."""
    windows_sources: list[str]
    """The same with backslashes."""


HANDLE_SOURCE = "kgen_windows_handles.c"
_NTSTATUS = {
    "unknown_code": "STATUS_INVALID_DEVICE_REQUEST",
    "invalid": "STATUS_INVALID_PARAMETER",
    "short_buffer": "STATUS_BUFFER_TOO_SMALL",
    "bad_length": "STATUS_INFO_LENGTH_MISMATCH",
    "too_big": "STATUS_INVALID_BUFFER_SIZE",
    "overflow": "STATUS_INTEGER_OVERFLOW",
    "fault": "STATUS_ACCESS_VIOLATION",
    "no_memory": "STATUS_INSUFFICIENT_RESOURCES",
    "access_denied": "STATUS_ACCESS_DENIED",
    "privilege": "STATUS_PRIVILEGE_NOT_HELD",
    "unsupported": "STATUS_NOT_SUPPORTED",
    "timeout": "STATUS_IO_TIMEOUT",
    "cancelled": "STATUS_CANCELLED",
    "busy": "STATUS_DEVICE_BUSY",
    "not_found": "STATUS_NOT_FOUND",
    "exists": "STATUS_OBJECT_NAME_COLLISION",
    "no_space": "STATUS_DISK_FULL",
    "bad_handle": "STATUS_INVALID_HANDLE",
    "gone": "STATUS_DEVICE_REMOVED",
    "io": "STATUS_IO_DEVICE_ERROR",
    "protocol": "STATUS_DEVICE_PROTOCOL_ERROR",
    "internal": "STATUS_INTERNAL_ERROR",
}
WINDOWS_SOURCES = ("kgen_windows_buffers.c", "kgen_windows_trace.c")
"""Files of templates/runtime that are the same in every kind of Windows driver."""
_ACCESS = {"any": "FILE_ANY_ACCESS", "read": "FILE_READ_ACCESS", "write": "FILE_WRITE_ACCESS"}


_BEGIN = (
    "&opened->objects",
    "device",
    "&opened->state",
    "&opened->lock.base",
    "(uint32_t)InterlockedIncrement(&opens)",
)


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The adapter, what is the same in every driver, DriverEntry, and files for three ways to build."""
    name = interface.name
    wdm = view(interface, layouts)
    seh = [Output("wdm/kgen_wdm_seh.c", None, source="runtime/kgen_wdm_seh.c")]
    handles = handle_outputs("wdm") if wdm.handles else []
    return [
        Output(f"wdm/{name}_wdm.h", "wdm/wdm.h.j2", wdm),
        Output(f"wdm/{name}_wdm.c", "wdm/wdm.c.j2", wdm),
        Output(f"wdm/{name}_windows.h", "wdm/windows.h.j2", wdm),
        Output("wdm/kgen_wdm.h", None, source="runtime/kgen_wdm.h"),
        Output("wdm/kgen_wdm.c", None, source="runtime/kgen_wdm.c"),
        *(seh if wdm.user_memory else []),
        *(
            Output(f"wdm/{file}", None, source=f"runtime/{file}")
            for file in ("kgen_windows.h", *WINDOWS_SOURCES)
        ),
        *handles,
        Output(f"{interface.authors}/{wdm.driver}_driver.c", "wdm/driver.c.j2", wdm, author=True),
        Output(f"wdm/{wdm.driver}.inf", "wdm/driver.inf.j2", wdm),
        Output(f"wdm/{wdm.driver}.vcxproj", "wdm/driver.vcxproj.j2", wdm),
        Output("wdm/CMakeLists.txt", "wdm/CMakeLists.txt.j2", wdm),
        Output("wdm/BUILDING.md", "wdm/BUILDING.md.j2", wdm),
    ]


def view(interface: Interface, layouts: Layouts) -> Wdm:
    name, windows = interface.name, interface.windows
    if windows is None:
        raise ValueError(f"{name} has no `windows:` block")
    statuses, returned = _statuses(interface)
    authors = f"../{interface.authors}"
    sources = _sources(interface, authors, windows)
    return Wdm(
        name=name,
        prefix=name.upper(),
        guard=macro(name, "wdm_h"),
        driver=windows.driver,
        device=windows.device or name,
        device_type=f"0x{windows.device_type:X}",
        sddl=windows.sddl,
        class_name=windows.driver[:31],
        class_guid=windows.class_guid,
        class_guid_value=initialiser(windows.class_guid),
        exclusive=windows.exclusive,
        pnp=bool(windows.hardware_ids),
        hardware_ids=list(windows.hardware_ids),
        interface_guid=windows.interface_guid or "",
        interface_guid_value=initialiser(windows.interface_guid) if windows.interface_guid else "",
        serialised=interface.serialised,
        has_objects=bool(interface.objects),
        objects_begin=wrap_arguments(f"    {name}_objects_begin", _BEGIN, ";"),
        neither=_has_neither(interface),
        user_memory=_reads_callers(interface),
        handles=takes_handles(interface),
        pointers=takes_pointers(interface),
        pool_tag=f"0x{int.from_bytes(windows.pool_tag.encode(), 'little'):08X}",
        pool_tag_text=windows.pool_tag,
        codes=_codes(interface),
        statuses=statuses,
        returned=returned,
        schema=interface.path,
        project_guid=derived_guid(f"{windows.driver}.vcxproj").upper(),
        authors=authors,
        windows_authors=authors.replace("/", "\\"),
        sources=sources,
        windows_sources=[source.replace("/", "\\") for source in sources],
    )


def _codes(interface: Interface) -> list[Code]:
    prefix = interface.name
    info = _code(info_name(prefix), "0xFFF", "METHOD_BUFFERED", "FILE_ANY_ACCESS")
    codes = [info]
    for ioctl in interface.ioctls:
        access = " | ".join(_ACCESS[right] for right in ioctl.access)
        method = f"METHOD_{ioctl.method.upper()}"
        name = code_name(prefix, ioctl)
        codes.append(_code(name, f"0x{ioctl.function:X}", method, access))
    return codes


def _code(name: str, function: str, method: str, access: str) -> Code:
    return Code(wrap_arguments("ASSERT_CODE", [name, function, method, access], ";"))


def _statuses(interface: Interface) -> tuple[list[Status], list[Status]]:
    prefix = interface.name
    errors = {name: BUILTIN[name] for name in boundary_errors(interface)}
    declared = {error.name: error for ioctl in interface.ioctls for error in ioctl.errors}
    declared.update({error.name: error for error in interface.errors})
    errors.update(declared)
    every = [_status(prefix, error) for error in errors.values()]
    returned = [_status(prefix, error) for error in declared.values()]
    return every, returned


def _status(prefix: str, error: Error) -> Status:
    ntstatus = _NTSTATUS[error.name] if error.builtin else f"STATUS_{macro(prefix, error.name)}"
    return Status(error_name(prefix, error), ntstatus)


def handle_outputs(folder: str) -> list[Output]:
    """What looks up the caller's handles, in a driver of either kind."""
    return [
        Output(
            f"{folder}/{HANDLE_SOURCE[:-1]}{suffix}",
            None,
            source=f"runtime/{HANDLE_SOURCE[:-1]}{suffix}",
        )
        for suffix in "ch"
    ]


def _reads_callers(interface: Interface) -> bool:
    return _has_neither(interface) or takes_pointers(interface)


def _has_neither(interface: Interface) -> bool:
    return any(ioctl.method == "neither" for ioctl in interface.ioctls)


def _sources(interface: Interface, authors: str, windows: Windows) -> list[str]:
    name = interface.name
    return [
        f"../core/{name}_core.c",
        f"{authors}/{windows.driver}_driver.c",
        f"{authors}/{name}_handlers.c",
        f"{name}_wdm.c",
        "kgen_wdm.c",
        *(["kgen_wdm_seh.c"] if _reads_callers(interface) else []),
        *WINDOWS_SOURCES,
        *([HANDLE_SOURCE] if takes_handles(interface) else []),
    ]


TARGET = Target(
    name="wdm",
    doc="A Windows driver without a framework: device, opens, buffers and requests.",
    capabilities=(BOUNDARY - {"data_and_reply", "no_windows", "pnp_device"}) | NATIVE | POINTERS,
    needs=("core",),
    outputs=outputs,
)
