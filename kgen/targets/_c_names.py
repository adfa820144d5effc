"""C targets: how things of the schema are called in C, and how C is written in lines of 100 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import macro, symbol
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kgen.model.entities import (
        Arm,
        BitField,
        Constant,
        Enum,
        EnumValue,
        Error,
        Field,
        Flag,
        Flags,
        Note,
        ObjectKind,
        Record,
        Struct,
    )
    from kgen.model.types import Integer

WIDTH = 100


class Remark(NamedTuple):
    """A comment: schema text, which the template escapes. `long` ones take lines of their own."""

    text: str
    long: bool


NO_REMARK = Remark("", False)


class Define(NamedTuple):
    """`#define NAME VALUE`; `pad` aligns the values of defines that follow one another."""

    name: str
    pad: str
    value: str
    remark: Remark


def remark(*parts: str, indent: int = 0) -> Remark:
    """One comment of several sentences; empty ones are left out."""
    text = " ".join(part for part in parts if part)
    return Remark(text, "\n" in text or len(text) > WIDTH - 6 - indent)


def note_facts(note: Note) -> str:
    """What a note says besides its doc."""
    facts = ""
    if note.since is not None:
        facts = f"Since {note.since[0]}.{note.since[1]}."
    if note.deprecated is not None:
        reason = note.deprecated.rstrip(".")
        facts = f"{facts} Deprecated: {reason}.".lstrip()
    return facts


def member(field: Field | Arm) -> str:
    """The name of a member of a struct or union."""
    return getattr(field, "c_name", None) or field.name


def record_type(interface: str, record: Record) -> str:
    """`struct vault_entry`, `union tour_figure`."""
    kind = "union" if getattr(record, "is_union", True) else "struct"
    return f"{kind} {record_symbol(interface, record)}"


def record_symbol(interface: str, record: Record) -> str:
    return record.c_name or symbol(interface, record.name)


def constant_name(interface: str, constant: Constant) -> str:
    return constant.c_name or macro(interface, constant.name)


def value_name(interface: str, type_: Enum | Flags, value: EnumValue | Flag) -> str:
    return value.c_name or macro(interface, type_.name, value.name)


def mask_name(interface: str, type_: Flags | BitField) -> str:
    """Every bit that has a name."""
    return macro(interface, type_.name, "mask")


def error_name(interface: str, error: Error | str) -> str:
    return macro(interface, "e", error if isinstance(error, str) else error.name)


def object_name(interface: str, kind: ObjectKind) -> str:
    """A kind of object, as the core counts them."""
    return macro(interface, "object", kind.name)


def tail_name(interface: str, struct: Struct) -> str:
    """The offset of the tail."""
    return macro(interface, struct.name, "tail")


def literal(value: int, type_: Integer | None = None) -> str:
    """An integer constant of C, of the type's signedness and width."""
    if type_ is None:
        signed, wide = value < 0, not -(1 << 31) <= value < 1 << 32
    else:
        signed, wide = type_.signed, type_.size == 8
    if signed:
        if value == -(1 << 63):
            return "(-9223372036854775807ll - 1)"
        if value == -(1 << 31):
            return "(-2147483647 - 1)"
        return str(value) if abs(value) < 1 << 31 else f"{value}ll"
    small = type_ is not None and type_.size < 4
    digits = str(value) if value < 1 << 16 else f"0x{value:X}"
    return f"{digits}{'ull' if wide else '' if small else 'u'}"


def mask_literal(value: int, type_: Integer) -> str:
    """An unsigned constant in hexadecimal."""
    return f"0x{value:X}{'ull' if type_.size == 8 else 'u'}"


def align(defines: Iterable[tuple[str, str, Remark]]) -> list[Define]:
    """Pad the values of defines that stand on consecutive lines to one column."""
    found: list[Define] = []
    run: list[tuple[str, str, Remark]] = []

    def flush() -> None:
        width = max((len(name) for name, _, _ in run), default=0)
        for name, value, note in run:
            found.append(Define(name, " " * (width - len(name) + 1), value, note))
        run.clear()

    for item in defines:
        if item[2].text:
            flush()
        run.append(item)
    flush()
    return found


def declaration(head: str, parameters: Sequence[str]) -> str:
    """`head(parameters);`, in lines."""
    return wrap_arguments(head, parameters, ";", declares=True)


def wrap_arguments(
    head: str, arguments: Sequence[str], end: str = "", declares: bool = False
) -> str:
    """`head(arguments)end` in lines of at most 100 columns, broken as clang-format breaks them."""
    line = f"{head}({', '.join(arguments)}){end}"
    if len(line) <= WIDTH:
        return line
    texts = [f"{argument}," for argument in arguments[:-1]] + [f"{arguments[-1]}){end}"]
    margin = len(head) + 1
    target, equals, call = head.partition(" = ")
    indent = " " * (len(head) - len(head.lstrip()) + 4)
    if equals and len(f"{indent}{call}({', '.join(arguments)}){end}") <= WIDTH:
        return f"{target} =\n{indent}{call}({', '.join(arguments)}){end}"
    hanging = [f"{head}(", *_fill(indent, texts, indent)]
    if margin + max(map(len, texts)) > WIDTH:
        return "\n".join(hanging)
    aligned = _fill(f"{head}(", texts, " " * margin)
    # A call is broken into as few lines as can be, a declaration is aligned whenever it can be.
    is_call = bool(end) and not declares
    return "\n".join(hanging if is_call and len(hanging) < len(aligned) else aligned)


def _fill(first: str, texts: Sequence[str], margin: str) -> list[str]:
    lines, current = [], first
    for text in texts:
        fresh = current in (first, margin)
        if not fresh and len(current) + 1 + len(text) > WIDTH:
            lines.append(current)
            current, fresh = margin, True
        current += text if fresh else f" {text}"
    return [*lines, current]


def wrap_test(test: str, indent: int) -> str:
    """A condition of `if (`, broken after `||` and `&&` where it is longer than a line."""
    margin = indent + len("if (")
    if margin + len(test) + 1 <= WIDTH:
        return test
    parts, depth, start = [], 0, 0
    for at, character in enumerate(test):
        depth += (character == "(") - (character == ")")
        if depth == 0 and test.startswith((" || ", " && "), at):
            parts.append(test[start : at + 3])
            start = at + 4
    lines = _fill(" " * margin, [*parts, f"{test[start:]})"], " " * margin)
    return "\n".join(part for line in lines for part in _broken(line)).lstrip()[:-1]


def _broken(line: str) -> list[str]:
    """A line that is too long, its outermost call with several arguments on several lines."""
    if len(line) <= WIDTH:
        return [line]
    opened: list[int] = []
    found: dict[int, list[int]] = {}
    """For each open parenthesis the commas directly inside, but for one that ends the line."""
    for at, character in enumerate(line):
        if character == "(":
            opened.append(at)
            found[at] = []
        elif character == ")":
            del opened[-1:]
        elif character == "," and opened and at + 1 < len(line):
            found[opened[-1]].append(at)
    call = next((at for at, commas in found.items() if commas), None)
    if call is None:
        return [line]
    ends = [comma + 1 for comma in found[call]]
    first, *rest = (
        line[a:b].strip() for a, b in zip([call + 1, *ends], [*ends, None], strict=True)
    )
    margin = " " * (call + 1)
    head = line[: call + 1] + first
    return [part for piece in (head, *(margin + one for one in rest)) for part in _broken(piece)]


def continued(lines: Sequence[str]) -> str:
    """Lines of one macro, with the backslashes that join them in one column."""
    width = max(map(len, lines[:-1]), default=0)
    return "\n".join([*(f"{line:<{width}} \\" for line in lines[:-1]), lines[-1]])
