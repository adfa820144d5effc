"""Target `linux`: the uapi header, which a maintainer of Linux expects: numbers, values and messages.

Rules: Documentation/driver-api/ioctl.rst, process/botching-up-ioctls.rst, doc-guide/kernel-doc.rst. What an ioctl
takes is one struct (kgen.abi.argument), and its number is made of that struct by _IO, _IOR, _IOW or _IOWR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.argument import BUFFER_ALIGN
from kgen.abi.codes import INFO_NR
from kgen.model.entities import Struct
from kgen.model.naming import macro, symbol
from kgen.record import NamedTuple
from kgen.targets._c_asserts import Assertion, Offset, record_assertion
from kgen.targets._c_codes import linux_name
from kgen.targets._c_names import WIDTH, member, note_facts, record_type
from kgen.targets._uapi_types import plain_facts, uapi_declaration, uapi_facts, uapi_type
from kgen.targets.header import constants, named_values
from kgen.targets.target import Output

if TYPE_CHECKING:
    from kgen.abi import Argument, Layouts
    from kgen.abi.argument import Part
    from kgen.model.entities import Interface, Ioctl, Record, TaggedUnion
    from kgen.targets._c_names import Define
    from kgen.targets.header import Values


class Member(NamedTuple):
    declaration: str
    comment: str
    """`@slot: In 0..15.`, with text of the schema."""
    hidden: bool
    """A flexible array, which C++ does not have."""


class Message(NamedTuple):
    """A struct or union of the schema, or the argument of an ioctl."""

    head: str
    """`struct vault_entry`."""
    summary: str
    """`struct vault_entry - What may be known of a slot.`, with text of the schema."""
    details: str
    """Further paragraphs."""
    members: list[Member]
    attribute: str
    """What follows the closing brace: an alignment that C++ would not see, or nothing."""


class Number(NamedTuple):
    text: str
    """`#define VAULT_IOC_SEAL _IOWR(VAULT_IOC_MAGIC, 0x01, struct vault_seal_arg)`, in lines."""
    comment: str
    """`VAULT_IOC_SEAL - Seal a secret.`, with text of the schema."""


class Proof(NamedTuple):
    """An ioctl's number, where its direction has two bits and where it has three."""

    name: str
    two: str
    three: str


class NativeProof(NamedTuple):
    name: str
    value: str


class NativeGroup(NamedTuple):
    """Layouts and numbers of one ABI."""

    condition: str
    layouts: list[Assertion]
    proofs: list[NativeProof]


class Uapi(NamedTuple):
    name: str
    version: str
    license: str
    doc: str
    guard: str
    check_guard: str
    prefix: str
    magic: str
    constants: list[Define]
    values: list[Values]
    messages: list[Message]
    arguments: list[Message]
    numbers: list[Number]
    layouts: list[Assertion]
    proofs: list[Proof]
    groups: list[NativeGroup]
    """What holds on one ABI, where native structs are."""


def uapi_outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """`linux/<interface>_ioctl.h`, and what proves its layouts and numbers to a compiler."""
    name, view = interface.name, _view(interface, layouts)
    return [
        Output(f"linux/{name}_ioctl.h", "linux/ioctl.h.j2", view),
        Output(f"linux/{name}_ioctl_check.h", "linux/ioctl_check.h.j2", view),
    ]


def _view(interface: Interface, layouts: Layouts) -> Uapi:
    name, linux = interface.name, interface.linux
    assert linux is not None
    roles = _roles(interface)
    arguments = _Arguments(interface, layouts)
    taken = [
        (ioctl, layouts.arguments[ioctl.name]) for ioctl in interface.ioctls if ioctl.nr is not None
    ]
    structs = [
        arguments.struct(ioctl, argument) for ioctl, argument in taken if arguments.is_own(argument)
    ]
    native = [ioctl for ioctl, _ in taken if is_native(ioctl)]
    info = _number(
        linux_name(name, "interface_info"),
        f"_IOR({name.upper()}_IOC_MAGIC, 0x{INFO_NR:02x}, struct kgen_interface_info)",
        "Version and interface hash of the driver.",
    )
    return Uapi(
        name=name,
        version=f"{interface.version[0]}.{interface.version[1]}",
        license=interface.license,
        doc=interface.note.doc,
        guard=f"_UAPI_LINUX_{macro(name, 'ioctl_h')}",
        check_guard=macro(name, "ioctl_check_h"),
        prefix=name.upper(),
        magic=f"0x{linux.magic:02X}",
        constants=constants(interface),
        values=named_values(interface, lambda type_: uapi_type(type_, name)),
        messages=[
            _message(record, interface, layouts, roles.get(record.name, ""))
            for record in interface.records
        ],
        arguments=[message for message, _ in structs],
        numbers=[info, *(arguments.number(ioctl, argument) for ioctl, argument in taken)],
        layouts=[
            *(
                record_assertion(record, layouts, None, name)
                for record in interface.records
                if not getattr(record, "native", False)
            ),
            *(assertion for _, assertion in structs if assertion is not None),
        ],
        proofs=_proofs(interface, layouts),
        groups=[
            _native_group(abi, condition, interface, native, layouts) for abi, condition in _NATIVE
        ]
        if layouts.has_native
        else [],
    )


def _number(name: str, value: str, comment: str) -> Number:
    text = f"#define {name} {value}"
    return Number(
        text if len(text) <= WIDTH else f"#define {name} \\\n\t{value}", f"{name} - {comment}"
    )


def _roles(interface: Interface) -> dict[str, str]:
    """What each inline message is to its ioctl, by the message's name."""
    roles = {}
    for ioctl in interface.ioctls:
        code = linux_name(interface.name, ioctl.name)
        for message, what in (
            (ioctl.request, "takes"),
            (ioctl.reply, "answers"),
            (ioctl.message, "takes and answers"),
        ):
            if message is not None and message.inline:
                roles[message.name] = f"What {code} {what}."
    return roles


def _message(record: Record, interface: Interface, layouts: Layouts, role: str) -> Message:
    prefix = interface.name
    head = record_type(prefix, record)
    doc, _, rest = record.note.doc.strip().partition("\n\n")
    summary = " ".join(filter(None, (doc, note_facts(record.note), role)))
    if isinstance(record, Struct):
        members, attribute = _struct_members(record, prefix, layouts)
    else:
        members, attribute = _union_members(record, prefix), ""
        summary = f"{summary} {macro(prefix, record.tag.name)}_* tells the member.".lstrip()
    return Message(
        head, f"{head} - {summary or 'A part of messages.'}", rest.strip(), members, attribute
    )


def _struct_members(record: Struct, prefix: str, layouts: Layouts) -> tuple[list[Member], str]:
    members = []
    for field in record.fields:
        text = " ".join(filter(None, (field.note.doc.strip(), uapi_facts(field, prefix))))
        declaration = uapi_declaration(field, prefix, record.native)
        members.append(Member(declaration, f"@{member(field)}: {text}", field is record.tail))
    if record.native:
        return members, ""
    layout = layouts.record(record)
    seen = max((item.align for item in layout.fields if item.size is not None), default=1)
    return members, f" __attribute__((aligned({layout.align})))" if seen < layout.align else ""


def _union_members(record: TaggedUnion, prefix: str) -> list[Member]:
    members = []
    for arm in record.arms:
        if arm.type is not None:
            text = " ".join(filter(None, (arm.note.doc.strip(), note_facts(arm.note))))
            comment = f"@{member(arm)}: {text or plain_facts(arm.type, prefix)}"
            members.append(Member(uapi_declaration(arm, prefix), comment, False))
    return members


PART_NAMES = {
    "reply": "reply",
    "reply_buffer": "reply",
    "data_buffer": "data",
    "request": "request",
    "message": "message",
}
"""What the parts of an argument are called in its struct."""
_REPLY_BUFFER = "Where the driver puts its reply, {}."


class _Arguments:
    """What the ioctls of one interface take."""

    def __init__(self, interface: Interface, layouts: Layouts) -> None:
        self._name = interface.name
        self._layouts = layouts

    def is_own(self, argument: Argument) -> bool:
        """The argument is a struct of its own, and not just a message."""
        return len(argument.parts) > 1 or any(
            part.role.endswith("_buffer") for part in argument.parts
        )

    def number(self, ioctl: Ioctl, argument: Argument) -> Number:
        name = linux_name(self._name, ioctl.name)
        place = f"{self._name.upper()}_IOC_MAGIC, 0x{ioctl.nr:02x}"
        if argument.direction == "none":
            return _number(name, f"_IO({place})", self._comment(ioctl))
        encoder = {"in": "_IOW", "out": "_IOR", "both": "_IOWR"}[argument.direction]
        type_, remark = self._type(ioctl, argument), ""
        if not is_native(ioctl) and self._sizeof(ioctl, argument) != argument.size:
            remark = f"\n\nTakes a {type_}. The size in the number ends with its last member."
            type_ = f"__u8[{argument.size}]"
        return _number(name, f"{encoder}({place}, {type_})", f"{self._comment(ioctl)}{remark}")

    def struct(self, ioctl: Ioctl, argument: Argument) -> tuple[Message, Assertion | None]:
        """The struct and what proves its layout; that of one with native parts is the compiler's to say."""
        head = self._type(ioctl, argument)
        members: list[Member] = []
        offsets: list[Offset] = []
        end = 0
        native = is_native(ioctl)
        for part in argument.parts:
            members += self._padding(members, 0 if native else part.offset - end)
            name = PART_NAMES[part.role]
            type_ = self._part_type(ioctl, part)
            text = self._part_text(ioctl, part)
            members.append(Member(f"{type_} {name}", f"@{name}: {text}", False))
            offsets.append(Offset(name, part.offset))
            end = part.offset + part.size
        if not native and self._sizeof(ioctl, argument) == argument.size:
            members += self._padding(members, argument.size - end)
        code = linux_name(self._name, ioctl.name)
        message = Message(head, f"{head} - What {code} takes.", "", members, "")
        if native:
            return message, None
        size, align = self._sizeof(ioctl, argument), self._align(ioctl, argument)
        return message, Assertion(head, str(size), align, offsets, "", 0)

    def _padding(self, members: list[Member], size: int) -> list[Member]:
        if size == 0:
            return []
        number = sum("padding" in item.declaration for item in members)
        name = f"padding{number + 1 if number else ''}"
        return [Member(f"__u8 {name}[{size}]", f"@{name}: Zero.", False)]

    def _type(self, ioctl: Ioctl, argument: Argument) -> str:
        if self.is_own(argument):
            return f"struct {symbol(self._name, ioctl.name, 'arg')}"
        record = ioctl.request or ioctl.reply or ioctl.message
        assert record is not None
        return record_type(self._name, record)

    def _part_type(self, ioctl: Ioctl, part: Part) -> str:
        record = self._record(ioctl, part)
        return "struct kgen_buffer" if record is None else record_type(self._name, record)

    def _record(self, ioctl: Ioctl, part: Part) -> Struct | None:
        return {"reply": ioctl.reply, "request": ioctl.request, "message": ioctl.message}.get(
            part.role
        )

    def _part_text(self, ioctl: Ioctl, part: Part) -> str:
        if part.role == "reply_buffer":
            assert ioctl.reply is not None
            return _REPLY_BUFFER.format(f"a {record_type(self._name, ioctl.reply)}")
        if part.role == "data_buffer":
            assert ioctl.data is not None
            size = self._layouts.size_align(ioctl.data.type)[0]
            low, high = ioctl.data.minimum * size, ioctl.data.maximum * size
            what = "fills" if ioctl.data.direction == "to" else "reads"
            return f"What the driver {what}, {low} to {high} bytes."
        return "What the driver answers." if part.role == "reply" else "What it is asked for."

    def _align(self, ioctl: Ioctl, argument: Argument) -> int:
        """As the compiler has it: a struct that grows is at a multiple of 8, and aligned as it is now."""
        aligns = []
        for part in argument.parts:
            record = self._record(ioctl, part)
            aligns.append(BUFFER_ALIGN if record is None else self._layouts.record(record).align)
        return max(aligns, default=1)

    def _sizeof(self, ioctl: Ioctl, argument: Argument) -> int:
        align = self._align(ioctl, argument)
        return (argument.size + align - 1) // align * align

    def _comment(self, ioctl: Ioctl) -> str:
        """The doc, and the errors of its own."""
        doc = " ".join(filter(None, (ioctl.note.doc.strip(), note_facts(ioctl.note))))
        errors = [
            f"{error.errno}: {error.note.doc.strip() or error.name}" for error in ioctl.errors
        ]
        return "\n\n".join(
            filter(None, (doc or f"`{ioctl.name}`.", "\n".join(f"- {each}" for each in errors)))
        )


def is_native(ioctl: Ioctl) -> bool:
    """A compiler says how large the argument is."""
    messages = (ioctl.request, ioctl.reply, ioctl.message)
    return any(message is not None and message.native for message in messages)


def _native_group(
    abi: str, condition: str, interface: Interface, ioctls: list[Ioctl], layouts: Layouts
) -> NativeGroup:
    proofs = []
    for ioctl in ioctls:
        codes = layouts.codes[ioctl.name]
        number = dict(codes.other).get(abi, codes.linux)
        proofs.append(NativeProof(linux_name(interface.name, ioctl.name), f"0x{number:08x}u"))
    natives = [struct for struct in interface.structs if struct.native]
    return NativeGroup(
        condition,
        [record_assertion(struct, layouts, abi, interface.name) for struct in natives],
        proofs,
    )


def _proofs(interface: Interface, layouts: Layouts) -> list[Proof]:
    rows = [("interface_info", layouts.info_codes)]
    rows += [
        (ioctl.name, layouts.codes[ioctl.name])
        for ioctl in interface.ioctls
        if not is_native(ioctl)
    ]
    found = []
    for name, codes in rows:
        if codes.linux is not None:
            three = dict(codes.other).get(_THREE, codes.linux)
            found.append(
                Proof(linux_name(interface.name, name), f"0x{codes.linux:08x}u", f"0x{three:08x}u")
            )
    return found


_THREE = "linux-powerpc64le"
"""An ABI whose numbers have three bits for the direction; where nothing is native, all such have the same."""
_NATIVE = (
    ("linux-x86_64", "defined(__x86_64__) && defined(__LP64__)"),
    ("linux-i386", "defined(__i386__)"),
    ("linux-aarch64", "defined(__aarch64__)"),
    ("linux-armhf", "defined(__arm__)"),
)
"""Where layouts and numbers of native structs are proven."""
