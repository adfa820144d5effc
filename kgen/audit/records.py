"""Audit: what a report consists of. The names of fields are the keys of the JSON document: docs/audit.md.

They and their order are frozen. Whoever adds one raises no version; whoever changes one does.
"""

from __future__ import annotations

from kgen.record import NamedTuple

FORMAT = 1


class Principal(NamedTuple):
    """Somebody who is named by the security of the device, and what that lets them do."""

    id: str
    """An alias or SID of SDDL; `root`, `group` or `others` on Linux."""
    name: str
    system: str
    """`windows` or `linux`."""
    administrator: bool
    rights: list[str]
    """Phrases: `everything`, `open for read and write`."""
    open: bool
    """Gets a handle at all, which is enough for a code without access."""
    read: bool
    write: bool
    condition: str | None
    """Under which some of it holds; None where it is sure."""
    note: str
    """What else to know of them; mostly empty."""
    calls: list[str]
    """Names of the ioctls that such a handle can send, those of kgen among them."""
    conditional: list[str]
    """Those of them that it can send under the condition only."""


class Entry(NamedTuple):
    """An entry of an access control list."""

    type: str
    text: str
    """What it says: `allows Administrators: everything`."""
    flags: list[str]
    mask: int
    """As written; generic rights are bits of their own."""
    sid: str
    name: str
    condition: str | None


class Descriptor(NamedTuple):
    """A security descriptor in words."""

    owner: str | None
    group: str | None
    dacl: list[Entry]
    dacl_flags: list[str]
    sacl: list[Entry]
    sacl_flags: list[str]


class WindowsDevice(NamedTuple):
    device: str | None
    r"""`\Device\Vault`; None where the driver is not ours."""
    path: str | None
    """What a program opens; None where it must be told, or is found."""
    interface_guid: str | None
    """The device interface class by which programs find a Plug and Play device."""
    hardware_ids: list[str]
    """For which the system loads the driver of such a device."""
    device_type: int
    exclusive: bool
    sddl: str | None
    """None where the driver is not ours: what it allows is not in the schema."""
    preset: str | None
    """The word of the language that stands for it."""
    descriptor: Descriptor | None


class LinuxDevice(NamedTuple):
    node: str | None
    magic: int | None
    mode: str | None
    """Four octal digits; None where the driver is not ours."""
    group: str | None
    capability: str | None
    exclusive: bool


class Message(NamedTuple):
    """A request or a reply. Lengths in bytes."""

    type: str
    smallest: int
    largest: int
    variable: str | None
    """What makes it longer: `tail` or `growth`; None for one of one size."""
    element: str | None
    """Of the tail."""
    element_size: int | None
    most: int | None
    """Elements of the tail."""


class Buffer(NamedTuple):
    """The caller's own buffer, in its memory. Lengths in bytes."""

    direction: str
    """`to` or `from` the caller."""
    element: str
    element_size: int
    smallest: int
    largest: int


class Memory(NamedTuple):
    """What one request can make the kernel hold, in bytes."""

    copied: int
    """Memory of the driver, at most: the private copy of the request, and of some replies."""
    locked: int
    """Of the caller's own pages, at most: its `data:` buffer."""
    system_buffer: bool
    """The I/O manager allocates the larger of both lengths, as the caller names them, before the driver is asked."""


class Check(NamedTuple):
    """What is refused unless it holds."""

    path: str
    """Of the field; empty for the whole message."""
    rule: str
    """`range`, `enum`, `flags`, `bool`, `string`, `reserved`, `count`, `union`, `handle`, `object`,
    `growth` or `condition`."""
    text: str


class Unchecked(NamedTuple):
    """What reaches the handler as the caller sent it."""

    path: str
    kind: str
    """`number`, `enum`, `flags`, `bits`, `guid`, `bytes`, `text` or `pointer`."""
    text: str


class Carried(NamedTuple):
    """A handle or pointer of the caller, the id of an object, or a secret."""

    path: str
    where: str
    """`request`, `reply` or `message`."""
    text: str


class Failure(NamedTuple):
    """An error that a caller may get."""

    name: str
    ntstatus: int
    errno: str


class Item(NamedTuple):
    """A finding of lint."""

    rule: str
    severity: str
    """`error`, `warning` or `note`."""
    message: str
    ioctl: str | None
    path: str | None
    file: str
    line: int
    column: int
    why: str
    source: str


class Codes(NamedTuple):
    windows: int | None
    linux: int | None


class IoctlReport(NamedTuple):
    name: str
    builtin: bool
    """Of kgen itself: the interface-info code, which every interface of ours answers."""
    doc: str
    since: str | None
    deprecated: str | None
    codes: Codes
    method: str
    access: list[str]
    """`["any"]`, `["read"]`, `["write"]` or `["read", "write"]`."""
    reached_by: list[str]
    """Ids of principals; empty also where the device's security is not known."""
    outsiders: bool
    """Whether somebody reaches it who is no administrator; true where that is not known."""
    request: Message | None
    reply: Message | None
    inout: bool
    """Request and reply are one message."""
    data: Buffer | None
    memory: Memory
    pointers: list[Carried]
    handles: list[Carried]
    objects: list[Carried]
    secrets: list[Carried]
    checks: list[Check]
    unchecked: list[Unchecked]
    duties: list[str]
    """What the handler must see to itself."""
    errors: list[Failure]
    """What the handler may answer, or the boundary for an object; its others are those of the report."""


class ObjectReport(NamedTuple):
    """What callers can make the driver keep for an open handle."""

    name: str
    doc: str
    per_open: int
    """How many an open handle may have; how many handles there are is not limited."""
    made_by: list[str]
    """Names of ioctls."""
    used_by: list[str]
    dropped_by: list[str]


class Report(NamedTuple):
    kgen_audit: int
    interface: str
    version: str
    doc: str
    schema: str
    hash: str
    external: bool
    """The driver exists already: the checks are those of the client, the security is not known."""
    serialised: bool
    """No two handlers of a device run at the same time."""
    windows: WindowsDevice | None
    linux: LinuxDevice | None
    principals: list[Principal]
    objects: list[ObjectReport]
    boundary_errors: list[Failure]
    """What the boundary may answer to any request, in the order of its checks; empty where the driver is not ours."""
    ioctls: list[IoctlReport]
    findings: list[Item]
