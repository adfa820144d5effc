"""C targets: control codes as C makes them, and what a program opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_FUNCTION
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets._c_abis import abi_condition
from kgen.targets._c_names import WIDTH, Remark, continued, note_facts, remark, wrap_arguments

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl


class Code(NamedTuple):
    text: str
    """`#define IOCTL_VAULT_SEAL KGEN_CTL_CODE(...)`, in lines."""
    name: str
    """`IOCTL_VAULT_SEAL`."""
    alias: str
    """`VAULT_IOC_SEAL`: what it is where the header for Linux is seen."""
    remark: Remark
    condition: str = ""
    """Of the preprocessor, where not every ABI has it."""


_METHODS = {
    "buffered": "KGEN_METHOD_BUFFERED",
    "in_direct": "KGEN_METHOD_IN_DIRECT",
    "out_direct": "KGEN_METHOD_OUT_DIRECT",
    "neither": "KGEN_METHOD_NEITHER",
}
_ACCESS = {"any": "KGEN_ANY_ACCESS", "read": "KGEN_READ_ACCESS", "write": "KGEN_WRITE_ACCESS"}


def device_path(interface: Interface) -> str:
    """What CreateFile takes; empty where the schema does not say."""
    windows = interface.windows
    if windows is None:
        return ""
    return windows.path or (f"\\\\.\\{windows.device}" if windows.device else "")


def code_name(interface: str, ioctl: Ioctl) -> str:
    return ioctl.c_name or f"IOCTL_{macro(interface, ioctl.name)}"


def linux_name(interface: str, ioctl: str) -> str:
    return macro(interface, "ioc", ioctl)


def codes(interface: Interface, layouts: Layouts) -> list[Code]:
    """CTL_CODEs: on Linux alone, those that a simulator takes."""
    found = []
    if not interface.external:
        found.append(_code_of_info(interface))
    for ioctl in interface.ioctls:
        function = layouts.core_function(ioctl)
        if function is None:
            continue
        access = " | ".join(_ACCESS[right] for right in ioctl.access)
        device_type = ""
        if ioctl.device_type is not None:
            device_type = f"0x{ioctl.device_type:X}u"
        found.append(
            _code(
                interface,
                code_name(interface.name, ioctl),
                linux_name(interface.name, ioctl.name),
                [f"0x{function:X}u", _METHODS[ioctl.method], access],
                device_type,
                remark(ioctl.note.doc, note_facts(ioctl.note)),
            )._replace(condition=windows_condition(ioctl))
        )
    return found


def windows_condition(ioctl: Ioctl) -> str:
    """How the preprocessor asks for the ABIs of Windows that have a code; empty for all of them."""
    abis = tuple(abi for abi in ioctl.abis if abi.startswith("windows"))
    return "" if "windows" in abis else abi_condition(abis or ("linux",) * bool(ioctl.abis))


def _code_of_info(interface: Interface) -> Code:
    arguments = [f"0x{INFO_FUNCTION:X}u", _METHODS["buffered"], _ACCESS["any"]]
    name, alias = info_name(interface.name), linux_name(interface.name, "interface_info")
    return _code(interface, name, alias, arguments, "", _INFO_DOC)


_INFO_DOC = remark("Version and interface hash of the driver: struct kgen_interface_info.")


def info_name(interface: str) -> str:
    return f"IOCTL_{macro(interface, 'interface_info')}"


def _code(
    interface: Interface,
    name: str,
    alias: str,
    arguments: list[str],
    device_type: str,
    doc: Remark,
) -> Code:
    device = device_type or macro(interface.name, "device_type")
    text = f"#define {name} KGEN_CTL_CODE({', '.join([device, *arguments])})"
    if len(text) > WIDTH:
        wrapped = wrap_arguments("    KGEN_CTL_CODE", [device, *arguments])
        # The last line has no backslash, but is as long as the others may be.
        text = continued([f"#define {name}", *wrapped.split("\n")])
    return Code(text, name, alias, doc)
