"""Schema: what the author wrote, with a span on every node. Names are not looked up yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.diagnostics.span import Span
    from kgen.source.nodes import Scalar

    Name = Union[Scalar, "Word"]
    """A text with its place: a whole scalar as it was read, or a Word."""


class Word(NamedTuple):
    """A part of a scalar's text, or a name that follows from another."""

    text: str
    span: Span


class Literal(NamedTuple):
    value: int
    text: str
    span: Span


class Ref(NamedTuple):
    """A name or dotted path: `max_read`, `what.range.first`."""

    path: tuple[str, ...]
    span: Span


class Unary(NamedTuple):
    """`-`, `~` or `not`."""

    operator: str
    operand: Expression
    span: Span


class Binary(NamedTuple):
    """Arithmetic, a comparison, `and` or `or`."""

    operator: str
    left: Expression
    right: Expression
    span: Span


Expression = Union[Literal, Ref, Unary, Binary]


class Dimension(NamedTuple):
    """`[4]` (low None, variable False), `[..64]` (low None) or `[1..64]`."""

    low: Expression | None
    high: Expression
    variable: bool
    span: Span
    open: bool = False
    """`[]`: a flexible array member."""


class TypeNode(NamedTuple):
    """`u32`, `utf8[32]`, `entry[..64]`, `handle event wait`, `user_ptr(u8, 4096)`."""

    head: Name
    dimensions: tuple[Dimension, ...]
    argument: Name | None
    """What follows `ref`, `drop`, `new` or `handle`, or the element of `user_ptr`."""
    maximum: Expression | None
    whole: Span | None
    """None where the head is all there is, which is most types: spans are made when asked for."""
    rights: tuple[Word, ...] = ()
    """What follows the kind of a handle."""
    align: Expression | None = None
    """The second number of `opaque(SIZE, ALIGN)`, of which `maximum` is the first."""

    @property
    def span(self) -> Span:
        return self.head.span if self.whole is None else self.whole


class NoteNode(NamedTuple):
    doc: str = ""
    since: tuple[tuple[int, int], Span] | None = None
    deprecated: str | None = None
    c_name: str | None = None


PLAIN_NOTE = NoteNode()
"""Nothing was said; compared by identity where most things say nothing."""


class Clauses(NamedTuple):
    """What may follow a type."""

    limit: tuple[Expression, Expression, Span] | None = None
    tag: Name | None = None
    counter: Name | None = None
    size: Name | None = None
    offset: Name | None = None
    reserved: Span | None = None
    secret: Span | None = None
    optional: Span | None = None
    rest: Span | None = None
    bits: tuple[Expression, Span] | None = None
    since: tuple[tuple[int, int], Span] | None = None


PLAIN_CLAUSES = Clauses()


class NativeNode(NamedTuple):
    """What only a native struct, union or field says of itself."""

    span: Span
    pack: tuple[Expression, Span] | None = None
    align: tuple[Expression, Span] | None = None
    packed: bool = False
    unnamed: bool = False
    abis: tuple[Name, ...] = ()
    c_kind: str | None = None


class FieldNode(NamedTuple):
    name: Name
    type: TypeNode
    clauses: Clauses
    note: NoteNode
    native: NativeNode | None = None


class ConstantNode(NamedTuple):
    name: Name
    value: Expression
    note: NoteNode


class ErrorNode(NamedTuple):
    name: Name
    ntstatus: Expression | None
    errno: Name
    note: NoteNode


class ObjectNode(NamedTuple):
    name: Name
    per_open: Expression
    stale: Name | None
    full: Name | None
    note: NoteNode


class ValueNode(NamedTuple):
    """A value of an enum, a bit (`is_bit`) or a mask of flags."""

    name: Name
    value: Expression
    is_bit: bool
    note: NoteNode


class EnumNode(NamedTuple):
    name: Name
    type: Name
    values: tuple[ValueNode, ...]
    is_open: bool
    note: NoteNode


class PartNode(NamedTuple):
    """Bits `low..high` of a bitfield, or one bit where high is None."""

    name: Name
    low: Expression
    high: Expression | None
    enum: Name | None
    note: NoteNode


class BitFieldNode(NamedTuple):
    name: Name
    type: Name
    parts: tuple[PartNode, ...]
    note: NoteNode


class ArmNode(NamedTuple):
    name: Name
    type: TypeNode | None
    note: NoteNode


class UnionNode(NamedTuple):
    name: Name
    tag: Name
    arms: tuple[ArmNode, ...]
    note: NoteNode


class RequireNode(NamedTuple):
    text: str
    expression: Expression
    span: Span


class StructNode(NamedTuple):
    name: Name
    fields: tuple[FieldNode, ...]
    grows: bool
    native: bool
    requires: tuple[RequireNode, ...]
    note: NoteNode
    inline: bool = False
    rules: NativeNode | None = None
    is_union: bool = False
    """A native union, all of whose fields are at its start."""


class DataNode(NamedTuple):
    direction: str
    type: TypeNode
    low: Expression
    high: Expression
    span: Span


class ShortNode(NamedTuple):
    policy: str
    field: Name | None
    unit: str
    span: Span


if TYPE_CHECKING:
    Message = Union[Name, StructNode]
    """A named struct, or one written inline. A type becomes an inline struct of one field, `value`."""


class CodedNode(NamedTuple):
    direction: str | None
    size: TypeNode | None
    span: Span


class NumberNode(NamedTuple):
    """The whole number of a code."""

    span: Span
    rows: tuple[tuple[Name | None, Expression, Span], ...]
    """ABI, number and the place of that; one row without an ABI where it is the same everywhere."""


class ParameterNode(NamedTuple):
    """What is added to the number of a code."""

    name: Name
    maximum: tuple[Expression, Span]


class IoctlNode(NamedTuple):
    name: Name
    function: tuple[Expression, Span] | None
    nr: tuple[Expression, Span] | None
    device_type: tuple[Expression, Span] | None
    access: tuple[Name, ...]
    method: Name | None
    request: Message | None
    reply: Message | None
    message: Message | None
    data: DataNode | None
    errors: tuple[Name, ...]
    short: ShortNode | None
    idempotent: bool
    note: NoteNode
    number: NumberNode | None
    magic: tuple[Expression, Span] | None
    coded: CodedNode | None
    argument: tuple[Message, Span] | None
    """What is passed in place of the pointer."""
    returns: Name | None
    abis: tuple[Name, ...] = ()
    """Where it is at all."""
    parameter: ParameterNode | None = None


class WindowsNode(NamedTuple):
    span: Span
    device_type: Expression | None
    device: Name | None
    sddl: Name | None
    class_guid: Name | None
    pool_tag: Name | None
    driver: Name | None
    path: Name | None
    exclusive: Span | None
    """Where it is said; None where it is not, or is false."""
    hardware_ids: tuple[Name, ...]
    interface_guid: Name | None


class LinuxNode(NamedTuple):
    span: Span
    node: Name | None
    magic: Expression | None
    mode: Name | None
    group: Name | None
    capability: Name | None
    exclusive: bool


class ImportNode(NamedTuple):
    path: Name


class File(NamedTuple):
    """One schema file. `name` and `version` are None in a file that only holds types to import."""

    path: str
    span: Span
    name: Name | None
    version: tuple[tuple[int, int], Span] | None
    doc: str
    external: bool
    serialised: bool
    targets: tuple[Name, ...]
    license: Name | None
    imports: tuple[ImportNode, ...]
    windows: WindowsNode | None
    linux: LinuxNode | None
    constants: tuple[ConstantNode, ...]
    errors: tuple[ErrorNode, ...]
    objects: tuple[ObjectNode, ...]
    enums: tuple[EnumNode, ...]
    flags: tuple[EnumNode, ...]
    bitfields: tuple[BitFieldNode, ...]
    unions: tuple[UnionNode, ...]
    structs: tuple[StructNode, ...]
    ioctls: tuple[IoctlNode, ...]
