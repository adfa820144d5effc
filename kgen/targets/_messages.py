"""Target `header`: structs and unions as C and C++ declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets._c_abis import abi_condition
from kgen.targets._c_codes import code_name
from kgen.targets._c_linux_codes import existing_name
from kgen.targets._c_names import Remark, member, note_facts, record_type, remark
from kgen.targets._c_native import ends_open, has_rules, native_member, native_type, pack
from kgen.targets._c_types import declare, dimensions, element_type, field_facts

if TYPE_CHECKING:
    from kgen.model.entities import Interface, TaggedUnion


class Member(NamedTuple):
    declaration: str
    comment: str
    """Empty where there is nothing to be said."""
    long: bool
    condition: str = ""
    """Of the preprocessor, where it is not everywhere."""


class Message(NamedTuple):
    """A struct or a union."""

    head: str
    """`struct vault_entry`."""
    remark: Remark
    members: list[Member]
    tail: Member | None
    """The flexible array, which C++ does not have."""
    pack: int = 0
    """What `#pragma pack` says; 0 where nothing is said."""
    condition: str = ""


def messages(interface: Interface) -> list[Message]:
    """Every struct and union, in the order in which C must declare them."""
    roles = _roles(interface)
    return [
        _struct(record, interface.name, roles.get(record.name, ""))
        if isinstance(record, Struct)
        else _union(record, interface.name)
        for record in interface.records
    ]


def _native(record: Struct, prefix: str) -> Message:
    members = []
    for field in record.fields:
        declared = native_member(field, prefix)
        text = declared.declaration.replace("\n", "\n    ")
        made = _member(text, field.note.doc, field_facts(field, prefix))
        members.append(made._replace(condition=declared.condition))
    rules = record.rules
    tail = members.pop() if ends_open(record) else None
    return Message(
        native_type(record, prefix),
        remark(record.note.doc, note_facts(record.note)),
        members,
        tail,
        pack(rules),
        abi_condition(rules.abis) if rules else "",
    )


def _struct(record: Struct, prefix: str, role: str) -> Message:
    if record.native and has_rules(record):
        return _native(record, prefix)
    members = [
        _member(declare(field, prefix, record.native), field.note.doc, field_facts(field, prefix))
        for field in record.fields
    ]
    head = record_type(prefix, record)
    tail = None
    if record.tail is not None:
        tail = members.pop()
        head = head.replace("struct ", f"struct KGEN_CXX_ALIGNED({record.alignment}) ")
        if not members:
            tail = tail._replace(declaration=f"KGEN_ALONE({tail.declaration})")
    role = role if record.inline else ""
    return Message(head, remark(record.note.doc, note_facts(record.note), role), members, tail)


def _union(record: TaggedUnion, prefix: str) -> Message:
    members = [
        _member(
            f"{element_type(arm.type, prefix)} {member(arm)}{dimensions(arm.type)}",
            arm.note.doc,
            note_facts(arm.note),
        )
        for arm in record.arms
        if arm.type is not None
    ]
    facts = f"{macro(prefix, record.tag.name)}_* tells the member."
    return Message(record_type(prefix, record), remark(record.note.doc, facts), members, None)


def _member(declaration: str, doc: str, facts: str) -> Member:
    if not doc and not facts:
        return Member(declaration, "", False)
    text, long = remark(doc, facts, indent=4)
    return Member(declaration, text, long)


def _roles(interface: Interface) -> dict[str, str]:
    """What each message is to its ioctl, by the message's name."""
    roles = {}
    for ioctl in interface.ioctls:
        on_linux_only = interface.external and ioctl.function is None
        named = existing_name if on_linux_only else code_name
        code = named(interface.name, ioctl)
        if ioctl.request is not None:
            roles[ioctl.request.name] = f"What {code} takes."
        if ioctl.reply is not None:
            roles[ioctl.reply.name] = f"What {code} answers."
        if ioctl.message is not None:
            roles[ioctl.message.name] = f"What {code} takes and answers."
    return roles
