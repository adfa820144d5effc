"""Model: what is true of an interface. Resolved and frozen; nothing is optional because not yet known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.model.called import AS_USUAL, Calling
from kgen.model.types import Integer, Tail, natural_alignment
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.diagnostics.span import Span
    from kgen.model.packing import NativeField, NativeRules
    from kgen.model.predicates import Condition
    from kgen.model.types import Type

Version = tuple[int, int]  # major, minor


class Range(NamedTuple):
    """Both ends belong to it."""

    low: int
    high: int


class Note(NamedTuple):
    """What any named thing may carry."""

    doc: str = ""
    since: Version | None = None
    deprecated: str | None = None
    """Why, or what to use instead; None where it is not deprecated."""


class Constant(NamedTuple):
    name: str
    value: int
    note: Note
    span: Span
    c_name: str | None = None
    """The C spelling of an imported name; None where kgen makes it."""


class Error(NamedTuple):
    """A status that a handler may return, with its number on every side."""

    name: str
    ntstatus: int
    win32: int
    """The Win32 code that the NTSTATUS becomes; a customer NTSTATUS reaches Win32 unchanged."""
    errno: str
    note: Note
    builtin: bool
    span: Span | None


class ObjectKind(NamedTuple):
    """What a driver makes for an open handle, and callers name by ids; freed at its cleanup."""

    name: str
    per_open: int
    """How many an open may have at a time."""
    stale: Error
    """The answer to an id that names none of this open."""
    full: Error
    """The answer where there are `per_open` already."""
    note: Note
    span: Span


class EnumValue(NamedTuple):
    name: str
    value: int
    note: Note
    span: Span
    c_name: str | None = None


class Enum(NamedTuple):
    name: str
    type: Integer
    values: tuple[EnumValue, ...]
    open: bool
    """An unknown value is accepted on input too."""
    note: Note
    span: Span
    c_name: str | None = None

    @property
    def alignment(self) -> int:
        return self.type.size


class Flag(NamedTuple):
    name: str
    mask: int
    note: Note
    span: Span
    c_name: str | None = None


class Flags(NamedTuple):
    name: str
    type: Integer
    values: tuple[Flag, ...]
    open: bool
    note: Note
    span: Span
    c_name: str | None = None

    @property
    def alignment(self) -> int:
        return self.type.size

    @property
    def mask(self) -> int:
        """Every bit that has a name."""
        result = 0
        for flag in self.values:
            result |= flag.mask
        return result


class BitPart(NamedTuple):
    """Bits `low` to `low + width - 1` of a BitField; bit 0 is the least significant."""

    name: str
    low: int
    width: int
    enum: Enum | None
    note: Note
    span: Span


class BitField(NamedTuple):
    """An integer cut into named bit ranges. Bits without a name are reserved: zero both ways."""

    name: str
    type: Integer
    parts: tuple[BitPart, ...]
    note: Note
    span: Span

    @property
    def alignment(self) -> int:
        return self.type.size

    @property
    def mask(self) -> int:
        """Every bit that has a name."""
        result = 0
        for part in self.parts:
            result |= ((1 << part.width) - 1) << part.low
        return result


class Arm(NamedTuple):
    """What a union holds while its tag is `value`; `type` is None where that is nothing."""

    value: EnumValue
    type: Type | None
    note: Note
    span: Span

    @property
    def name(self) -> str:
        return self.value.name


class TaggedUnion(NamedTuple):
    """As large as its largest arm; the bytes beyond the active arm are zero both ways."""

    name: str
    tag: Enum
    arms: tuple[Arm, ...]
    note: Note
    span: Span
    c_name: str | None = None
    aligned: int = 0  # what `alignment` answers, once it was computed

    @property
    def alignment(self) -> int:
        held = (arm.type for arm in self.arms if arm.type is not None)
        return self.aligned or max(map(natural_alignment, held), default=1)


class Field(NamedTuple):
    name: str
    type: Type
    note: Note
    span: Span
    limit: Range | None = None
    """Range of an integer's value, or of each element's value of an integer array."""
    reserved: bool = False
    """Zero on input (else refused), zero on output."""
    counts: str | None = None
    """Name of the tail that this field counts."""
    implied: bool = False
    """Not written by the author: the count field of a tail."""
    tag: str | None = None
    """Name of the field that is the tag of this union."""
    secret: bool = False
    c_name: str | None = None
    native: NativeField | None = None


Record = Union["Struct", TaggedUnion]


class View(NamedTuple):
    """Content elsewhere in the message: `size` bytes at `offset` from its start (names of fields)."""

    name: str
    encoding: str
    """`utf8`, `utf16` or `bytes`."""
    offset: str
    size: str
    note: Note
    span: Span


class Struct(NamedTuple):
    name: str
    fields: tuple[Field, ...]
    note: Note
    span: Span
    grows: bool = False
    """Size-versioned: fields are only ever appended, and older sizes are accepted."""
    native: bool = False
    """Laid out as a C compiler of the target does, holes included (`layout: native`)."""
    conditions: tuple[Condition, ...] = ()
    views: tuple[View, ...] = ()
    inline: bool = False
    """Written inside an ioctl: `<ioctl>_request`, `<ioctl>_reply` or `<ioctl>_message`."""
    c_name: str | None = None
    aligned: int = 0
    rules: NativeRules | None = None
    """Of a native struct that has more to say than its members; always there for a native union."""

    @property
    def is_union(self) -> bool:
        return self.rules is not None and self.rules.is_union

    @property
    def alignment(self) -> int:
        """In a new struct; a native one is measured per ABI (kgen.abi.layout)."""
        return self.aligned or max((natural_alignment(f.type) for f in self.fields), default=1)

    @property
    def tail(self) -> Field | None:
        """The variable end, if there is one: always the last field."""
        last = self.fields[-1] if self.fields else None
        return last if last is not None and type(last.type) is Tail else None


class Data(NamedTuple):
    """The caller's own buffer, reached in place: the caller may change it while it is read."""

    direction: str
    """`to` or `from` the caller."""
    type: Type
    minimum: int
    maximum: int
    """Elements."""
    span: Span


class Short(NamedTuple):
    """What a variable reply does when the caller's buffer is too small."""

    policy: str
    """`refuse` or `truncate`."""
    field: str | None
    """Tells the full size when truncated."""
    unit: str
    """Unit of `field`: `elements` or `bytes`."""


class Ioctl(NamedTuple):
    name: str
    note: Note
    span: Span
    method: str
    """`buffered`, `in_direct`, `out_direct` or `neither`."""
    access: tuple[str, ...]
    """(`any`,), (`read`,), (`write`,) or (`read`, `write`)."""
    request: Struct | None = None
    reply: Struct | None = None
    message: Struct | None = None
    """`inout`: one struct both ways; request and reply are None then."""
    data: Data | None = None
    errors: tuple[Error, ...] = ()
    """What the handler may return besides ok; the boundary's own errors are not among them."""
    short: Short | None = None
    idempotent: bool = False
    function: int | None = None
    """Windows function code; None where there is no `windows:` block."""
    nr: int | None = None
    """Linux number; None where there is no `linux:` block."""
    device_type: int | None = None
    c_name: str | None = None
    calling: Calling = AS_USUAL
    abis: tuple[str, ...] = ()
    """Where it is at all, by names of ABIs and systems; empty: everywhere."""


class Windows(NamedTuple):
    device_type: int
    device: str | None
    """Name below \\Device and of the symbolic link; None where a client must be told the path."""
    sddl: str
    class_guid: str
    """Own device setup class, derived from the interface's name; 8-4-4-4-12 upper case."""
    pool_tag: str  # four characters
    exclusive: bool
    driver: str
    """The driver that carries this interface; its own name unless written."""
    path: str | None
    """What a client opens."""
    span: Span
    """Where it says who may open the device; of the block where it does not."""
    hardware_ids: tuple[str, ...]
    """Of a Plug and Play device, as its INF names them; empty for a device with a name."""
    interface_guid: str | None
    """Device interface class by which clients find the device; 8-4-4-4-12 upper case."""


class Linux(NamedTuple):
    node: str | None
    magic: int | None
    """None where every code is a whole number."""
    mode: int
    group: str | None
    capability: str | None
    exclusive: bool
    span: Span
    """Where it says who may open the device; of the block where it does not."""


class Use(NamedTuple):
    """A construct that a target may not be able to carry."""

    capability: str
    """A name of kgen.model.capabilities."""
    span: Span
    what: str  # for the message: `ioctl seal`


class Interface(NamedTuple):
    name: str
    version: Version
    note: Note
    span: Span
    path: str
    """The schema, as shown to people."""
    external: bool
    """The driver exists already: client only, codes and layouts as they are."""
    serialised: bool
    """Handlers of one device never run at the same time."""
    targets: tuple[str, ...]
    license: str
    windows: Windows | None
    linux: Linux | None
    constants: tuple[Constant, ...]
    errors: tuple[Error, ...]
    """Declared in this schema; builtin ones are in kgen.model.errors."""
    objects: tuple[ObjectKind, ...]
    """As declared: that is the order in which cleanup releases them."""
    enums: tuple[Enum, ...]
    flags: tuple[Flags, ...]
    bitfields: tuple[BitField, ...]
    records: tuple[Record, ...]
    """Structs and unions, inline messages among them; each stands after those it uses."""
    ioctls: tuple[Ioctl, ...]
    """As declared; the interface-info ioctl is not among them (kgen.abi.codes)."""
    uses: tuple[Use, ...]
    authors: str = "driver"
    """Folder of the author's own files, from the interface's output folder, with forward slashes."""

    @property
    def structs(self) -> tuple[Struct, ...]:
        return tuple(record for record in self.records if isinstance(record, Struct))

    @property
    def unions(self) -> tuple[TaggedUnion, ...]:
        return tuple(record for record in self.records if isinstance(record, TaggedUnion))
