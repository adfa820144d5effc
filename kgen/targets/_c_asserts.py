"""C targets: static assertions that prove every code, size, alignment and offset to the compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi import ABIS
from kgen.abi.layout import has_no_bytes
from kgen.model.abis import is_there
from kgen.model.entities import Struct
from kgen.record import NamedTuple
from kgen.targets._c_abis import abi_condition
from kgen.targets._c_codes import code_name, info_name, windows_condition
from kgen.targets._c_linux_codes import code_values
from kgen.targets._c_names import member, record_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.abi import Layouts, RecordLayout
    from kgen.model.entities import Field, Interface, Record


class Offset(NamedTuple):
    member: str
    offset: int


class Assertion(NamedTuple):
    """Layout of one struct or union."""

    type: str
    size: str
    align: int
    offsets: list[Offset]
    tail: str
    """The flexible member; empty where there is none."""
    tail_offset: int


class CodeValue(NamedTuple):
    name: str
    value: str


class Group(NamedTuple):
    """What holds where the preprocessor condition holds; an empty one holds everywhere."""

    condition: str
    layouts: list[Assertion]
    codes: list[CodeValue]


class Assertions(NamedTuple):
    codes: list[CodeValue]
    groups: list[Group]


_CONDITIONS = (
    ("windows-x64", "defined(_WIN64)"),
    ("windows-x86", "defined(_WIN32) && !defined(_WIN64)"),
    ("linux-x86_64", "defined(__linux__) && defined(__x86_64__) && defined(__LP64__)"),
    ("linux-i386", "defined(__linux__) && defined(__i386__)"),
)
"""Where a native layout is proven. Other processors lay the same types out as one of these."""


def _conditions(layouts: Layouts) -> Iterable[tuple[str, str]]:
    """Where something is on some ABIs only, each of them is another."""
    if not layouts.by_name:
        return _CONDITIONS
    return [(abi.name, abi_condition((abi.name,))) for abi in ABIS]


def assertions(interface: Interface, layouts: Layouts) -> Assertions:
    """In order of declaration; what is the same everywhere is said once."""
    fixed = [record for record in interface.records if not _is_native(record)]
    native = [struct for struct in interface.structs if struct.native]
    groups = [
        Group(
            "", [record_assertion(record, layouts, None, interface.name) for record in fixed], []
        ),
        *_conditional_codes(interface, layouts),
    ]
    if native or any(code_values(interface, layouts, abi) for abi, _ in _CONDITIONS):
        groups += [
            Group(
                condition,
                [
                    record_assertion(record, layouts, abi, interface.name)
                    for record in native
                    if not record.rules or is_there(record.rules.abis, abi)
                ],
                [
                    CodeValue(name, f"0x{value:08X}u")
                    for name, value in code_values(interface, layouts, abi)
                ],
            )
            for abi, condition in _conditions(layouts)
        ]
    return Assertions(
        _codes(interface, layouts), [group for group in groups if group.layouts or group.codes]
    )


def _is_native(record: Record) -> bool:
    return isinstance(record, Struct) and record.native


def _codes(interface: Interface, layouts: Layouts) -> list[CodeValue]:
    values = []
    if layouts.info_codes.core is not None:
        values.append(CodeValue(info_name(interface.name), f"0x{layouts.info_codes.core:08X}u"))
    for ioctl in interface.ioctls:
        code = layouts.codes[ioctl.name].core
        if code is not None and not windows_condition(ioctl):
            values.append(CodeValue(code_name(interface.name, ioctl), f"0x{code:08X}u"))
    return values


def _conditional_codes(interface: Interface, layouts: Layouts) -> list[Group]:
    """Codes of Windows that only some of its ABIs have."""
    return [
        Group(condition, [], [CodeValue(code_name(interface.name, ioctl), f"0x{code:08X}u")])
        for ioctl in interface.ioctls
        if (condition := windows_condition(ioctl))
        and (code := layouts.codes[ioctl.name].core) is not None
    ]


def record_assertion(record: Record, layouts: Layouts, abi: str | None, prefix: str) -> Assertion:
    layout = layouts.record(record, abi)
    fixed = [item for item in layout.fields if item.size is not None and _has_offset(item.field)]
    tail = layout.tail
    if (
        fixed
        and getattr(fixed[-1].field.type, "open", False)
        and not getattr(record, "is_union", True)
    ):
        tail = fixed.pop()
    return Assertion(
        record_type(prefix, record),
        _sizeof(layout, _is_native(record)),
        layout.align,
        [Offset(member(item.field), item.offset) for item in fixed],
        member(tail.field) if tail else "",
        tail.offset if tail else 0,
    )


def _has_offset(field: Field) -> bool:
    """A bit-field has none, and what has no name cannot be asked."""
    native = field.native
    return native is None or (native.bits is None and not native.unnamed)


def _sizeof(layout: RecordLayout, is_native: bool) -> str:
    # What sizeof says of a struct with a tail: its fixed part, rounded up to the alignment.
    size = str((layout.size + layout.align - 1) // layout.align * layout.align)
    return f"KGEN_NO_BYTES({size})" if is_native and layout.size and has_no_bytes(layout) else size
