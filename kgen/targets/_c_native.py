"""C targets: structs and unions that are laid out as a compiler does, with all that says how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct
from kgen.model.types import Array, Float, MachineWord, Opaque, Tail, Text, innermost
from kgen.record import NamedTuple
from kgen.targets._c_abis import abi_condition
from kgen.targets._c_names import member, record_type
from kgen.targets._c_types import dimensions, element_type

if TYPE_CHECKING:
    from kgen.model.entities import Field
    from kgen.model.packing import NativeRules
    from kgen.model.types import Type


class NativeMember(NamedTuple):
    declaration: str
    """In lines, without the semicolon."""
    condition: str
    """Of the preprocessor, where the member is not everywhere; else empty."""


_FLOATS = {"f32": "float", "f64": "double", "long_double": "long double"}
_OF_C11 = ("int32_t", "uint32_t")
"""What C11 has bit-fields of."""


def has_rules(record: Struct) -> bool:
    """Whether a declaration takes more than one plain member after the other."""
    return record.rules is not None or not record.fields or any(map(_is_special, record.fields))


def ends_open(record: Struct) -> bool:
    """The last member is an array without a length, or a tail, which C++ does not have."""
    last = record.fields[-1].type if record.fields else None
    is_open = isinstance(last, Tail) or (isinstance(last, Array) and last.open)
    return is_open and not record.is_union


def pack(rules: NativeRules | None) -> int:
    return rules.pack if rules is not None else 0


def attributes(record: Struct) -> str:
    """What stands between `struct` and its name, with a blank behind it."""
    rules = record.rules
    if rules is None:
        return ""
    return _words(rules.packed, rules.align)


def native_member(field: Field, interface: str) -> NativeMember:
    """One member, as the schema has it."""
    native = field.native
    declared = _declared(field, interface)
    if native is None:
        return NativeMember(declared, "")
    return NativeMember(declared, abi_condition(native.abis))


def _words(packed: bool, align: int) -> str:
    """Attributes, with a blank behind them: before a type is where every compiler takes them."""
    words = ["KGEN_PACKED"] if packed else []
    words += [f"KGEN_ALIGN({align})"] if align else []
    return "".join(f"{word} " for word in words)


def _declared(field: Field, interface: str) -> str:
    native, type_ = field.native, field.type
    unnamed = native is not None and native.unnamed
    words = _words(native.packed, native.align) if native is not None else ""
    if native is not None and native.bits is not None:
        spelled = _element(type_, interface)
        extension = "" if spelled in _OF_C11 else "KGEN_EXTENSION "
        name = "" if unnamed else f" {member(field)}"
        return f"{extension}{words}{spelled}{name} : {native.bits}"
    if unnamed:
        assert isinstance(type_, Struct)
        packed = "KGEN_PACKED " if native is not None and native.packed else ""
        inline = f"KGEN_EXTENSION {_inline(type_, interface, packed)}"
        if native is None or not native.align:
            return inline
        # gcc takes an attribute of such a member for one of its type, whose size would grow with it.
        aligned = f"KGEN_EXTENSION {_words(False, native.align)}uint8_t kgen_{field.name}[0]"
        return f"{aligned};\n{inline}"
    is_open = isinstance(type_, Array) and type_.open
    extension = "KGEN_EXTENSION " if _is_empty(type_) and not is_open else ""
    spelled = _element(type_, interface)
    space = "" if spelled.endswith("*") else " "
    return f"{extension}{words}{spelled}{space}{member(field)}{_dimensions(type_)}"


def _inline(record: Struct, interface: str, words: str = "") -> str:
    """A struct or union within another one, whose members are reached as if they were of that.

    `words`: attributes of the member, which gcc takes for those of its type alone.
    """
    kind = "union" if record.is_union else "struct"
    lines = [f"{kind} {words}{attributes(record)}{{".replace("  ", " ")]
    for field in record.fields:
        declared = native_member(field, interface)
        text = declared.declaration.replace("\n", "\n    ")
        lines += [f"#if {declared.condition}"] if declared.condition else []
        lines.append(f"    {text};")
        lines += ["#endif"] if declared.condition else []
    return "\n".join([*lines, "}"])


def _element(type_: Type, interface: str) -> str:
    inner = innermost(type_)
    if isinstance(inner, Float):
        return _FLOATS[inner.name]
    if isinstance(inner, Opaque):
        if inner.align == 1:
            return "uint8_t"
        return f"struct KGEN_ALIGN({inner.align}) {{\n    uint8_t bytes[{inner.size}];\n}}"
    return element_type(inner, interface, native=True)


def _dimensions(type_: Type) -> str:
    text = ""
    while isinstance(type_, (Array, Tail)):
        text += "[]" if isinstance(type_, Tail) or type_.open else f"[{type_.length}]"
        type_ = type_.element
    if isinstance(type_, Opaque) and type_.align == 1:
        return f"{text}[{type_.size}]"
    return text + (dimensions(type_) if isinstance(type_, Text) else "")


def _is_empty(type_: Type) -> bool:
    """C11, or C++, has no array without elements."""
    while isinstance(type_, Array):
        if type_.length == 0:
            return True
        type_ = type_.element
    return False


def _is_special(field: Field) -> bool:
    inner = innermost(field.type)
    return (
        field.native is not None
        or _is_empty(field.type)
        or isinstance(inner, (Float, Opaque))
        or (isinstance(inner, MachineWord) and inner.width == "wchar")
    )


def native_type(record: Struct, interface: str) -> str:
    """`struct KGEN_PACKED relic_entry`."""
    kind, _, name = record_type(interface, record).partition(" ")
    extension = "" if record.fields else "KGEN_EXTENSION "
    return f"{extension}{kind} {attributes(record)}{name}"
