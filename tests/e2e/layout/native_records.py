"""Random native structs and unions, as a schema and as C: bit-fields, packing, alignment, members without a name."""

from __future__ import annotations

import random
from typing import NamedTuple

SCALARS = {
    "u8": "unsigned char",
    "s8": "signed char",
    "u16": "unsigned short",
    "s16": "short",
    "u32": "unsigned int",
    "s32": "int",
    "u64": "unsigned long long",
    "s64": "long long",
    "long": "long",
    "ulong": "unsigned long",
    "bool": "_Bool",
}
"""What a bit-field may be of, as C spells it."""
OTHERS = {
    "pointer": "void *",
    "intptr": "__INTPTR_TYPE__",
    "uintptr": "__UINTPTR_TYPE__",
    "f32": "float",
    "f64": "double",
    "long_double": "long double",
    "wchar": "__WCHAR_TYPE__",
    "handle event wait": "unsigned long long",
}
WIDTHS = {"8": 8, "16": 16, "32": 32, "64": 64}
PACKS = (1, 2, 4, 8, 16)


class Record(NamedTuple):
    name: str
    kind: str
    pack: int
    schema: list[str]
    """Lines, behind four spaces."""
    c: list[str]


class NativeRecords:
    """So many records; the same seed makes the same ones.

    `agreed`: without what compilers lay out unlike each other: an `aligned` bit-field where `#pragma pack` is, of gcc and
    clang; a struct without members, and a flexible array that something follows, of C and C++.
    """

    def __init__(self, seed: int, count: int, agreed: bool = False) -> None:
        self._agreed = agreed
        self._pack = 0
        self.random = random.Random(seed)
        self.records: list[Record] = []
        self._inside: set[str] = set()
        """Records whose members the one at hand has, by one without a name."""
        self._brings: dict[str, set[str]] = {}
        for number in range(count):
            self.records.append(self._record(f"r{number}"))

    @property
    def schema(self) -> str:
        lines = ["kgen: 1", "interface: natives", "external: true", "linux: {node: n, magic: 0x67}"]
        for kind in ("union", "struct"):
            found = [record for record in self.records if record.kind == kind]
            lines += [f"{kind}s:"] if found else []
            for record in found:
                lines += [f"  {record.name}:", *(f"    {line}" for line in record.schema)]
        return "\n".join([*lines, ""])

    @property
    def c(self) -> str:
        lines = [line for record in self.records for line in record.c]
        sizes = [
            f"char size_of_{each.name}[sizeof({each.kind} {each.name}) + 1];"
            for each in self.records
        ]
        return "\n".join([*lines, *sizes, ""])

    def _maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def _record(self, name: str) -> Record:
        kind = "union" if self._maybe(0.2) else "struct"
        schema, before, attributes = ["layout: native"], [], []
        self._pack = 0
        if self._maybe(0.4):
            self._pack = self.random.choice(PACKS)
            schema.append(f"pack: {self._pack}")
            before.append(f"#pragma pack(push, {self._pack})")
        if self._maybe(0.15):
            schema.append("packed: true")
            attributes.append("packed")
        if self._maybe(0.15):
            align = self.random.choice((2, 4, 8, 16, 32))
            schema.append(f"align: {align}")
            attributes.append(f"aligned({align})")
        self._inside.clear()
        members = [self._member(f"{name}m{number}") for number in range(self.random.randint(0, 7))]
        if self._agreed:  # or all of it might have no bytes
            members.insert(0, (f"{name}m9: u8", f"unsigned char {name}m9;"))
        self._brings[name] = {name, *self._inside}
        has_name = any("unnamed" not in line for line, _ in members)
        if kind == "struct" and has_name and self._maybe(0.15) and not self._agreed:
            type_ = self.random.choice(list(SCALARS))
            members.append((f"{name}t: {{type: '{type_}[]'}}", f"{SCALARS[type_]} {name}t[];"))
        if kind == "union" and not members:
            members.append((f"{name}m0: u8", f"unsigned char {name}m0;"))
        key = "arms" if kind == "union" else "fields"
        schema += [f"{key}:", *(f"  {line}" for line, _ in members)] if members else ["fields: {}"]
        words = f" __attribute__(({', '.join(attributes)}))" if attributes else ""
        c = [
            *before,
            f"{kind}{words} {name} {{",
            *(f"    {line}" for _, line in members),
            "};",
            *(["#pragma pack(pop)"] if before else []),
        ]
        return Record(name, kind, self._pack, schema, c)

    def _member(self, name: str) -> tuple[str, str]:
        keys: list[str] = []
        attributes: list[str] = []
        is_bits = self._maybe(0.5)
        if self._maybe(0.12) and not (is_bits and self._agreed):
            align = self.random.choice((1, 2, 4, 8, 16))
            keys.append(f"align: {align}")
            attributes.append(f"aligned({align})")
        if self._maybe(0.12):
            keys.append("packed: true")
            attributes.append("packed")
        words = f" __attribute__(({', '.join(attributes)}))" if attributes else ""
        if is_bits:
            return self._bits(name, keys, words)
        if self.records and self._maybe(0.25):
            inner = self.random.choice(self.records)
            type_, spelled = inner.name, f"{inner.kind} {inner.name}"
            brought = self._brings[inner.name]
            fits = inner.pack == self._pack and inner.c[-2 - (inner.pack > 0)].find("[];") < 0
            if self._maybe(0.3) and fits and not self._inside & brought:
                self._inside |= brought
                return self._line(name, type_, ["unnamed: true"]), f"{spelled};"
        else:
            every = {**SCALARS, **OTHERS}
            type_ = self.random.choice(list(every))
            spelled = every[type_]
        lengths = ""
        if self._maybe(0.2):
            lengths = self.random.choice(("[1]", "[3]", "[2][2]", "[0]"))
        return self._line(name, type_ + lengths, keys), f"{spelled} {name}{lengths}{words};"

    def _bits(self, name: str, keys: list[str], words: str) -> tuple[str, str]:
        type_ = self.random.choice(list(SCALARS))
        most = 1 if type_ == "bool" else 32 if "long" in type_ else int(type_[1:])
        width = self.random.randint(1, most)
        if self._maybe(0.4):
            width = min(width, self.random.randint(1, 9))
        if self._maybe(0.15):
            keys.append("unnamed: true")
            width = 0 if self._maybe(0.5) else width
            return self._line(
                name, f"{type_} bits {width}", keys
            ), f"{SCALARS[type_]} : {width}{words};"
        return (
            self._line(name, f"{type_} bits {width}", keys),
            f"{SCALARS[type_]} {name} : {width}{words};",
        )

    def _line(self, name: str, type_: str, keys: list[str]) -> str:
        return f"{name}: {{{', '.join([f'type: {chr(39)}{type_}{chr(39)}', *keys])}}}"
