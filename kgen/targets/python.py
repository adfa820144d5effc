"""Target `python`: a typed package that needs cffi and nothing of kgen.

<package>/device.py     the device class, a method per ioctl
<package>/ioctls.py     codes, messages and errors of every ioctl
<package>/errors.py     the exceptions
<package>/messages.py   the table of all types; classes are made of it on first use
<package>/messages.pyi  what a type checker and an editor see of them
<package>/_runtime/     the same files in every package, copied
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct
from kgen.model.errors import BUILTIN
from kgen.record import NamedTuple
from kgen.targets._pyabis import has_rules, names_abis
from kgen.targets._pydevice import Methods, string_tuple
from kgen.targets._pydocs import docstring, note_text, one_line
from kgen.targets._pynames import ERRORS, export_order, import_order, package_names
from kgen.targets._pynumbers import info_codes, runtime_names
from kgen.targets._pytables import Tables, member
from kgen.targets._pytypes import TypeNames
from kgen.targets.target import BOUNDARY, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model import Interface
    from kgen.model.entities import Enum, Error, Flags
    from kgen.targets._pydevice import CallView, MethodView
    from kgen.targets._pytables import ClassView, Member, TypeView

_RUNTIME = (
    "__init__.py",
    "_kernel32.py",
    "_libc.py",
    "_typing.py",
    "arrays.py",
    "bits.py",
    "blobs.py",
    "call.py",
    "catalog.py",
    "conditions.py",
    "device.py",
    "enums.py",
    "errors.py",
    "items.py",
    "linux.py",
    "number.py",
    "objects.py",
    "plain.py",
    "structs.py",
    "transport.py",
    "unions.py",
    "values.py",
    "windows.py",
)
_NATIVES = ("natives.py",)
"""What only native records have."""
_ABIS = ("abi.py",)
"""What tells ABIs apart by their names."""
_PLUGGED = ("_setupapi.py", "interfaces.py", "plugged.py")
"""What finds a device by its interface class."""


_LARGEST_WIN32 = 0xFFFF


class ErrorView(NamedTuple):
    """An exception, and its row in the error table."""

    name: str
    cls: str
    doc: str
    ntstatus: str
    win32: str
    errno: str


class PackageView(NamedTuple):
    """What every file of the package may need."""

    interface: str
    package: str
    version: str
    version_pair: str
    doc: str
    short_doc: bool
    """One line."""
    summary: str
    """The first paragraph of the doc, on one line."""
    device: str
    """Name of the device class."""
    base_error: str
    hash: str
    path: str
    """What is opened on Windows; empty where the schema does not say, as `node` is."""
    node: str
    number_names: str
    """What the codes take from the runtime's `number`."""
    is_plugged: bool
    """Found by its device interface class."""
    names_abis: bool
    """Something is not the same on ABIs that the sizes of words do not tell apart."""
    has_natives: bool
    """Has records of which C says more than their members."""
    interface_guid: str
    has_info: bool
    has_calls: bool
    """Has a code, that of its own information among them."""
    info_arguments: list[str]
    systems: str
    """The systems that the interface has codes for, as a Python tuple."""
    constants: list[tuple[str, int]]
    """Name and value."""
    constant_stubs: list[Member]
    classes: list[ClassView]
    types: list[TypeView]
    requests: list[str]
    methods: list[MethodView]
    calls: list[CallView]
    has_data: bool
    has_deprecated: bool
    errors: list[ErrorView]
    error_names: list[str]
    error_exports: list[str]
    """The same, in the order of `__all__`."""
    message_names: list[str]
    has_messages: bool
    all_names: list[str]
    stub: ImportsView
    device_imports: ImportsView
    ioctl_imports: ImportsView


class ImportsView(NamedTuple):
    """What a file takes from elsewhere."""

    messages: list[str]
    has_messages: bool
    uuid: bool
    sequence: bool
    has_handle: bool
    final: bool
    message: bool
    request: bool
    union: bool
    native_union: bool
    enum: bool
    flags: bool
    id: bool
    values: bool
    """Message or Request."""
    enums: bool
    """OpenEnum or Flags."""
    both_values: bool
    both_enums: bool
    stdlib: bool
    """Final or UUID."""
    any: bool
    """Anything but the bases."""
    after_stdlib: bool
    """The standard library, and then what is the package's own."""


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """Every file below `python/`."""
    view = _package(interface, layouts)
    folder = f"python/{view.package}"
    made = [
        Output(f"{folder}/__init__.py", "python/__init__.py.j2", view),
        Output(f"{folder}/device.py", "python/device.py.j2", view),
        Output(f"{folder}/errors.py", "python/errors.py.j2", view),
        Output(f"{folder}/ioctls.py", "python/ioctls.py.j2", view),
        Output(f"{folder}/messages.py", "python/messages.py.j2", view),
        Output(f"{folder}/messages.pyi", "python/messages.pyi.j2", view),
    ]
    copied = [
        Output(f"{folder}/_runtime/{name}", None, source=f"runtime/python/{name}")
        for name in (
            *_RUNTIME,
            *(_PLUGGED if view.is_plugged else ()),
            *(_NATIVES if view.has_natives else ()),
            *(_ABIS if view.names_abis else ()),
        )
    ]
    return [
        Output("python/pyproject.toml", "python/pyproject.toml.j2", view),
        *made,
        Output(f"{folder}/py.typed", None, source="runtime/python/py.typed"),
        *copied,
    ]


def _package(interface: Interface, layouts: Layouts) -> PackageView:
    names = package_names(interface)
    classes = names.classes
    errors = _errors(interface, names.errors)
    constants = [
        (names.constants[constant.name], constant.value, note_text(constant.note))
        for constant in interface.constants
    ]
    stub_names, device_names = TypeNames(classes), TypeNames(classes)
    tables = Tables(layouts, stub_names)
    methods = Methods(layouts, device_names, tables, names.errors)
    types = _types(interface, tables, methods)
    ioctls = [methods.ioctl(ioctl) for ioctl in interface.ioctls]
    every_name = [*classes.values(), *(name for name, _, _ in constants)]
    message_names = sorted(every_name, key=import_order)
    error_names = [*ERRORS, "ValidationError", names.base_error, *(error.cls for error in errors)]
    doc = note_text(interface.note) or f"Client of the {interface.name} driver."
    text = docstring(doc, 4)
    interface_guid = interface.windows.interface_guid if interface.windows else None
    return PackageView(
        interface=interface.name,
        package=names.package,
        version=f"{interface.version[0]}.{interface.version[1]}",
        version_pair=str(interface.version),
        doc=text,
        short_doc="\n" not in text,
        summary=one_line(doc.partition("\n\n")[0]),
        device=names.device,
        base_error=names.base_error,
        hash=layouts.hash,
        path=_path(interface),
        node=_node(interface),
        number_names=runtime_names(layouts),
        is_plugged=interface_guid is not None,
        names_abis=names_abis(interface),
        has_natives=has_rules(interface),
        interface_guid=interface_guid or "",
        has_info=not interface.external,
        has_calls=bool(interface.ioctls) or not interface.external,
        info_arguments=info_codes(layouts),
        systems=_systems(interface),
        constants=[(name, value) for name, value, _ in constants],
        constant_stubs=[member(f"{name}: Final = {value}", doc) for name, value, doc in constants],
        classes=[stub for stub, _ in types],
        types=[table for _, table in types],
        requests=sorted(stub.name for stub, _ in types if stub.base.startswith("Request[")),
        methods=[method for method, _ in ioctls],
        calls=[call for _, call in ioctls],
        has_deprecated=any(method.is_deprecated for method, _ in ioctls),
        has_data=any(ioctl.data is not None for ioctl in interface.ioctls),
        errors=errors,
        error_names=sorted(error_names, key=import_order),
        error_exports=sorted(error_names, key=export_order),
        message_names=message_names,
        has_messages=bool(message_names),
        all_names=sorted([names.device, *error_names, *message_names], key=export_order),
        stub=_imports(stub_names.used, message_names, types, bool(constants)),
        device_imports=_imports(device_names.used | methods.replies.used, message_names, [], False),
        ioctl_imports=_imports(methods.replies.used, message_names, [], False),
    )


def _path(interface: Interface) -> str:
    windows = interface.windows
    if windows is None:
        return ""
    if windows.path is not None:
        return windows.path
    return "" if windows.device is None else rf"\\.\{windows.device}"


def _node(interface: Interface) -> str:
    linux = interface.linux
    return "" if linux is None or linux.node is None else f"/dev/{linux.node}"


def _systems(interface: Interface) -> str:
    blocks = (("windows", interface.windows), ("linux", interface.linux))
    return string_tuple(name for name, block in blocks if block is not None)


def _types(
    interface: Interface, tables: Tables, methods: Methods
) -> list[tuple[ClassView, TypeView]]:
    answers = {
        ioctl.request.name: methods.returns(ioctl, tables.names)
        for ioctl in interface.ioctls
        if ioctl.request is not None and ioctl.request.inline and ioctl.data is None
    }
    named: list[Enum | Flags] = [*interface.enums, *interface.flags]
    made = [tables.enum(enum) for enum in named]
    made += [tables.object_id(kind) for kind in interface.objects]
    made += [tables.bits(bits) for bits in interface.bitfields]
    for record in interface.records:
        if isinstance(record, Struct):
            answer = answers.get(record.name)
            made.append(tables.struct(record, f"Request[{answer}]" if answer else "Message"))
        else:
            made.append(tables.union(record))
    return made


def _errors(interface: Interface, classes: dict[str, str]) -> list[ErrorView]:
    return [_error(each, classes[each.name]) for each in (*BUILTIN.values(), *interface.errors)]


def _error(error: Error, cls: str) -> ErrorView:
    return ErrorView(
        name=error.name,
        cls=cls,
        doc=docstring(note_text(error.note) or f"`{error.name}` of the schema.", 4),
        ntstatus=f"0x{error.ntstatus:08X}",
        win32=f"0x{error.win32:08X}" if error.win32 > _LARGEST_WIN32 else str(error.win32),
        errno=error.errno,
    )


def _imports(
    used: set[str],
    message_names: list[str],
    types: list[tuple[ClassView, TypeView]],
    constants: bool,
) -> ImportsView:
    bases = {stub.base.partition("[")[0] for stub, _ in types}
    messages = [name for name in message_names if name in used]
    return ImportsView(
        messages=messages,
        has_messages=bool(messages),
        uuid="UUID" in used,
        sequence="Sequence" in used,
        has_handle="HasHandle" in used,
        final=constants,
        message="Message" in bases,
        request="Request" in bases,
        union="TaggedUnion" in bases,
        native_union="NativeUnion" in bases,
        enum="OpenEnum" in bases,
        flags="Flags" in bases,
        id="ObjectId" in bases,
        values=bool(bases & {"Message", "Request"}),
        enums=bool(bases & {"OpenEnum", "Flags"}),
        both_values=bases >= {"Message", "Request"},
        both_enums=bases >= {"OpenEnum", "Flags"},
        stdlib=constants or "UUID" in used,
        any=bool(used),
        after_stdlib=bool(used & {"Sequence", "UUID"}) and bool(messages or "HasHandle" in used),
    )


TARGET = Target(
    name="python",
    doc="A typed Python package, the client of the driver.",
    capabilities=(BOUNDARY - {"data_and_reply"})
    | {
        "external",
        "linux_call",
        "machine_word",
        "native_layout",
        "native_rules",
        "native_tail",
        "no_device",
        "parameter",
        "rest",
        "some_abis",
        "user_ptr",
        "view",
    },
    needs=(),
    outputs=outputs,
)
