"""A back-end of its own: `kgen inspect --format json` -> C declarations and static assertions.

It shares nothing with kgen's templates, so that a compiler judges what the document says. What the
document has no key for (which structs are native or grow, device type, magic) is read from the YAML.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

Json = dict[str, Any]

PRELUDE = """\
#include <stddef.h>
#include <stdint.h>
typedef uint64_t kg_u64 __attribute__((aligned(8)));
typedef int64_t kg_s64 __attribute__((aligned(8)));
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } kg_guid;
struct kg_buffer { kg_u64 pointer; uint32_t length, done; };
#define KG_CTL_CODE(type, function, method, access) \\
    (((uint32_t)(type) << 16) | ((access) << 14) | ((function) << 2) | (method))
#define KG_NEED(condition) _Static_assert(condition, #condition)
"""

METHODS = {"buffered": 0, "in_direct": 1, "out_direct": 2, "neither": 3}
ACCESS = {"any": 0, "read": 1, "write": 2}
_TYPE = re.compile(r"(\w+)(?:(?: \w+)+|\(.*\))?((?:\[[\d.]+\])*)")


class Facts(NamedTuple):
    """What a schema says beside the document."""

    native: frozenset[str]
    grows: frozenset[str]
    device_type: int
    magic: int
    numbers: dict[str, int]


def facts(path: Path) -> Facts:
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    structs = schema.get("structs", {})
    return Facts(
        frozenset(name for name, body in structs.items() if body.get("layout") == "native"),
        frozenset(name for name, body in structs.items() if body.get("grows")),
        schema.get("windows", {}).get("device_type", 0),
        schema.get("linux", {}).get("magic", 0),
        {
            name: body.get("nr", body.get("function", 0) - 0x800)
            for name, body in schema["ioctls"].items()
        },
    )


def declare(document: Json, told: Facts, abi: str) -> str:
    """C for one interface: every type, each with its assertions, then every control code."""
    unit = _Unit(document, told, abi)
    for type_ in document["types"]:
        unit.type(type_)
    for ioctl in document["ioctls"]:
        if abi.startswith("windows-"):
            unit.windows_code(ioctl)
        else:
            unit.linux_code(ioctl)
    return "\n".join(unit.lines) + "\n"


class _Unit:
    def __init__(self, document: Json, told: Facts, abi: str) -> None:
        self.prefix = document["interface"]
        self.types = {type_["name"]: type_ for type_ in document["types"]}
        self.told = told
        self.abi = abi
        self.lines: list[str] = []

    def type(self, type_: Json) -> None:
        layout = type_["layouts"][self.abi]
        name = f"{self.prefix}_{type_['name']}"
        fields = layout["fields"]
        if type_["kind"] in ("enum", "flags") or _is_bitfield(type_):
            scalar = fields[0]["type"]
            self.lines.append(f"typedef {_scalar(scalar, False)} {name};")
            self.lines.append(f"typedef {_scalar(scalar, True)} {name}_native;")
            self._need(f"sizeof({name}) == {layout['size']}")
            self._need(f"_Alignof({name}) == {layout['align']}")
            return
        native = type_["name"] in self.told.native
        what = f"{type_['kind']} {name}"
        members = [self._member(field, native) for field in fields if field["type"] != "none"]
        strict = type_["kind"] == "struct" and not native and not _has_tail(fields)
        if strict:  # the compiler itself says that there is no padding
            self.lines.append(
                '#pragma GCC diagnostic push\n#pragma GCC diagnostic error "-Wpadded"'
            )
        self.lines += [f"{what} {{", *(f"    {member};" for member in members), "};"]
        if strict:
            self.lines.append("#pragma GCC diagnostic pop")
        if not _has_tail(fields):
            self._need(f"sizeof({what}) == {layout['size']}")
        self._need(f"_Alignof({what}) == {layout['align']}")
        for field in fields:
            if field["type"] != "none":
                self._field(what, field, layout)

    def _field(self, what: str, field: Json, layout: Json) -> None:
        name = f"m_{field['name']}"
        self._need(f"offsetof({what}, {name}) == {field['offset']}")
        if field["tail"] is None:
            self._need(f"sizeof((({what} *)0)->{name}) == {field['size']}")
            return
        self._need(f"offsetof({what}, {name}) == {layout['size']}")
        self._need(f"sizeof((({what} *)0)->{name}[0]) == {field['tail']['element_size']}")

    def _member(self, field: Json, native: bool) -> str:
        match = _TYPE.fullmatch(field["type"])
        assert match, field["type"]
        head, lengths = match[1], re.findall(r"\[([\d.]+)\]", match[2])
        if head in ("utf8", "utf16"):
            lengths = [*lengths[1:], lengths[0]]
            head = {"utf8": "u8", "utf16": "u16"}[head]
        dimensions = "".join("[]" if ".." in length else f"[{length}]" for length in lengths)
        return f"{self._name(head, native)} m_{field['name']}{dimensions}"

    def _name(self, head: str, native: bool) -> str:
        type_ = self.types.get(head)
        if type_ is None:
            return _scalar(head, native)
        name = f"{self.prefix}_{head}"
        if type_["kind"] in ("enum", "flags") or _is_bitfield(type_):
            return name + "_native" * native
        return f"{type_['kind']} {name}"

    def _need(self, condition: str) -> None:
        self.lines.append(f"KG_NEED({condition});")

    def windows_code(self, ioctl: Json) -> None:
        code = ioctl["codes"]["windows"]
        if code is None:
            return
        access = "|".join(str(ACCESS[right]) for right in ioctl["access"])
        parts = (
            f"{self.told.device_type}, {ioctl['function']}, {METHODS[ioctl['method']]}, {access}"
        )
        self._need(f"KG_CTL_CODE({parts}) == {code}u")

    def linux_code(self, ioctl: Json) -> None:
        code = ioctl["codes"].get(self.abi, ioctl["codes"]["linux"])
        if code is None:
            return
        direction, size = self._argument(ioctl)
        number = self.told.numbers[ioctl["name"]]
        self._need(f"_IOC({direction}, {self.told.magic}, {number}, {size}) == {code}u")

    def _argument(self, ioctl: Json) -> tuple[str, str]:
        """The rule of DESIGN ("Linux argument"), once more, with a compiler to place the parts."""
        if ioctl["inout"]:
            return "_IOC_READ|_IOC_WRITE", self._record_size(ioctl["inout"])
        grows = {role for role in ("in", "out") if ioctl[role] in self.told.grows}
        alone = not ioctl["in"] and not ioctl["data"]
        through_buffer = ioctl["out"] and (
            self._tail(ioctl["out"]) or ("out" in grows and not alone)
        )
        parts = []
        if ioctl["out"]:
            struct = f"struct {self.prefix}_{ioctl['out']}"
            parts.append(("reply", "struct kg_buffer" if through_buffer else struct))
        if ioctl["data"]:
            parts.append(("data", "struct kg_buffer"))
        if ioctl["in"]:
            aligned = "_Alignas(8) " if "in" in grows else ""
            parts.append(("request", f"{aligned}struct {self.prefix}_{ioctl['in']}"))
        if not parts:
            return "_IOC_NONE", "0"
        name = f"struct {self.prefix}_{ioctl['name']}_argument"
        members = " ".join(f"{type_} {part};" for part, type_ in parts)
        self.lines.append(f"{name} {{ {members} }};")
        size = f"sizeof({name})"
        if ioctl["in"] and (self._tail(ioctl["in"]) or "in" in grows):
            size = f"offsetof({name}, request) + {self._record_size(ioctl['in'])}"
        roles = [part for part, _ in parts]
        if roles == ["request"]:
            return "_IOC_WRITE", size
        if roles == ["reply"] and not through_buffer:
            return "_IOC_READ", size
        return "_IOC_READ|_IOC_WRITE", size

    def _tail(self, name: str) -> str | None:
        fields = self.types[name]["layouts"][self.abi]["fields"]
        return fields[-1]["name"] if _has_tail(fields) else None

    def _record_size(self, name: str) -> str:
        struct, tail = f"struct {self.prefix}_{name}", self._tail(name)
        return f"offsetof({struct}, m_{tail})" if tail else f"sizeof({struct})"


def _has_tail(fields: list[Json]) -> bool:
    return bool(fields) and fields[-1]["tail"] is not None


def _is_bitfield(type_: Json) -> bool:
    fields = next(iter(type_["layouts"].values()))["fields"]
    return bool(fields) and fields[0]["bit_width"] is not None


def _scalar(name: str, native: bool) -> str:
    if name == "bool":
        return "uint8_t"
    if name == "guid":
        return "kg_guid"
    if name in ("handle", "user_ptr", "ref", "drop", "new"):
        return "kg_u64"
    match = re.fullmatch(r"([us])(8|16|32|64)(le|be)?", name)
    assert match, name
    if match[2] == "64" and not native:
        return f"kg_{match[1]}64"
    return f"{'u' if match[1] == 'u' else ''}int{match[2]}_t"
