"""The schemas that the benchmarks build."""

from __future__ import annotations

FIELDS = 10
_MIXED = [
    "u64",
    "u64 in 0..1 << 40",
    "u32",
    "u32 in 1..100",
    "kind",
    "traits",
    "u16",
    "u16",
    "utf8[28]",
    "u8[16]",
]


def plain(name: str, ioctls: int, function: int = 0x800) -> str:
    """So many ioctls, each with a request of its own of ten integers."""
    return _schema(name, ioctls, ["u32"] * FIELDS, "", "", function)


def mixed(name: str, ioctls: int) -> str:
    """The same with docs, replies, and fields as they come: ranges, enums, flags, text, bytes."""
    head = """\
enums:
  kind: {type: u32, values: {one: 1, two: {value: 2, doc: The second one.}, three: 3}}
flags:
  traits: {type: u32, bits: {fast: 0, loud: 1}}
"""
    reply = "    out: {done: u32, left: u32}\n    errors: [busy, not_found]\n    doc: Do it.\n"
    return _schema(name, ioctls, _MIXED, head, reply, 0x800)


def _schema(
    name: str, ioctls: int, types: list[str], declarations: str, more: str, function: int
) -> str:
    lines = [
        "kgen: 1",
        f"interface: {name}",
        'version: "1.0"',
        "targets: [wdm, c, python]",
        f"windows: {{device_type: 0x8A17, device: {name.title()}, sddl: admins}}",
        f"{declarations}structs:",
    ]
    for number in range(ioctls):
        lines.append(f"  rec{number}:\n    fields:")
        lines += [f"      f{at}: {type_}" for at, type_ in enumerate(types)]
    lines.append("ioctls:")
    for number in range(ioctls):
        code = function + number
        lines.append(
            f"  op{number}:\n    function: {code:#x}\n    access: write\n    in: rec{number}\n{more}".rstrip()
        )
    return "\n".join(lines) + "\n"
