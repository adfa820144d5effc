"""Random schemas: nested structs, arrays, unions, every scalar, tails, native structs with holes."""

from __future__ import annotations

import random
from typing import NamedTuple

SCALARS = [
    (f"{sign}{bits}{order}", bits // 8)
    for sign in "us"
    for bits in (8, 16, 32, 64)
    for order in ([""] if bits == 8 else ["", "le", "be"])
]
_LARGEST = 400
"""Bytes of one type, so that a message of several fits into an ioctl number."""


class Type(NamedTuple):
    """Size and alignment as this file works them out: only to know where padding has to be written."""

    text: str
    size: int
    align: int


class Field(NamedTuple):
    name: str
    type: str

    def line(self, since: str = "") -> str:
        return f'{self.name}: "{self.type}{since}"'


class RandomSchema:
    """`text` is the schema; the same seed makes the same one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fixed = [Type(name, size, size) for name, size in SCALARS]
        self.fixed += [Type("bool", 1, 1), Type("guid", 16, 4)]
        self.natives: list[Type] = []
        lines = [
            "kgen: 1",
            f"interface: random{seed}",
            'version: "1.1"',
            f"windows: {{device_type: {self.random.randint(0x8000, 0xFFFF):#x}, sddl: admins}}",
            f"linux: {{magic: {self.random.choice([0xB7, 0xB9, 0xFE, 0x21]):#x}}}",
            "enums:",
            *(
                self._integer(f"e{number}", "us", "values: {v0: 0, v1: 1, v2: 2}")
                for number in range(4)
            ),
            "flags:",
            *(self._integer(f"f{number}", "u", "bits: {v0: 0, v1: 7}") for number in range(2)),
            "bitfields:",
            *(self._integer(f"b{number}", "u", "bits: {low: 0..3, one: 5}") for number in range(2)),
        ]
        structs = [self._struct(f"s{number}") for number in range(8)]
        unions, users = zip(*(self._union(number) for number in range(3)), strict=True)
        structs += [*users, *(self._native(f"n{number}") for number in range(6))]
        structs += [self._growing("g0"), self._growing("g1")]
        ioctls = [self._ioctl(number) for number in range(24)]
        self.text = "\n".join(
            [*lines, "unions:", *unions, "structs:", *structs, "ioctls:", *ioctls, ""]
        )

    def _integer(self, name: str, signs: str, body: str) -> str:
        scalar, size = self.random.choice([each for each in SCALARS if each[0][0] in signs])
        self.fixed.append(Type(name, size, size))
        return f"  {name}: {{type: {scalar}, {body}}}"

    def _type(self, pool: list[Type]) -> Type:
        text, size, align = self.random.choice(pool)
        if self.random.random() < 0.15:
            unit, length = self.random.choice([1, 2]), self.random.randint(1, 9)
            text, size, align = f"utf{unit * 8}[{length}]", unit * length, unit
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2])):
            length = self.random.randint(1, 5)
            if size * length <= _LARGEST:
                text, size = f"{text}[{length}]", size * length
        return Type(text, size, align)

    def _types(self, pool: list[Type], most: int) -> list[Type]:
        types = [self._type(pool) for _ in range(self.random.randint(1, most))]
        return types if sum(each.size for each in types) <= _LARGEST else types[:1]

    def _place(
        self, types: list[Type], start: int = 0, prefix: str = "m"
    ) -> tuple[list[Field], int]:
        """Fields for these types in this order, each hole before one a reserved field; and where they end."""
        fields, end = [], start
        for number, type_ in enumerate(types):
            if -end % type_.align:
                fields.append(Field(f"{prefix}r{number}", f"u8[{-end % type_.align}] reserved"))
            fields.append(Field(f"{prefix}{number}", type_.text))
            end += -end % type_.align + type_.size
        return fields, end

    def _whole(
        self, types: list[Type], start: int = 0, prefix: str = "m"
    ) -> tuple[list[Field], int, int]:
        """The same, filled up to the alignment; fields, size and alignment."""
        fields, end = self._place(types, start, prefix)
        align = max(each.align for each in types)
        if -end % align:
            fields.append(Field(f"{prefix}_end", f"u8[{-end % align}] reserved"))
        return fields, end + -end % align, align

    def _struct(self, name: str) -> str:
        fields, size, align = self._whole(self._types(self.fixed, 9))
        self.fixed.append(Type(name, size, align))
        return f"  {name}: {{fields: {{{', '.join(field.line() for field in fields)}}}}}"

    def _native(self, name: str) -> str:
        types = self._types(self.fixed + self.natives * 3, 9)
        self.natives.append(Type(name, sum(each.size + 8 for each in types), 1))
        fields = ", ".join(Field(f"m{at}", each.text).line() for at, each in enumerate(types))
        return f"  {name}: {{layout: native, fields: {{{fields}}}}}"

    def _union(self, number: int) -> tuple[str, str]:
        """A union, and the struct that holds it beside its tag."""
        tag = self.random.choice(
            [each for each in self.fixed if each.text in ("e0", "e1", "e2", "e3")]
        )
        first, second = self._type(self.fixed), self._type(self.fixed)
        align, size = max(first.align, second.align), max(first.size, second.size)
        body = f'tag: {tag.text}, arms: {{v0: none, v1: "{first.text}", v2: "{second.text}"}}'
        held = Type(f"u{number} by m0", size + -size % align, align)
        fields, _, _ = self._whole([tag, held])
        user = ", ".join(field.line() for field in fields)
        return f"  u{number}: {{{body}}}", f"  w{number}: {{fields: {{{user}}}}}"

    def _growing(self, name: str) -> str:
        first, size, _ = self._whole(self._types(self.fixed, 3))
        later, _, _ = self._whole([Type("u64", 8, 8), Type("u32", 4, 4)], size, "n")
        lines = [field.line() for field in first] + [field.line(" since 1.1") for field in later]
        return f"  {name}: {{grows: true, fields: {{{', '.join(lines)}}}}}"

    def _tail(self) -> str:
        """An inline message that ends in a tail, with its count before it."""
        element = self.random.choice(self.fixed)
        count = Type("u64", 8, 8) if element.align == 8 else Type("u32", 4, 4)
        head = self._types(self.fixed, 4) if self.random.random() < 0.8 else []
        fields, _ = self._place([*head, count])
        listed = [field.line() for field in fields[:-1]]
        listed.append(f'tail: "{element.text}[..{self.random.randint(1, 99)}]"')
        return f"{{{', '.join(listed)}}}"

    def _message(self) -> str:
        roll = self.random.random()
        if roll < 0.3:
            return self._tail()
        if roll < 0.45:
            return self.random.choice(["g0", "g1"])
        if roll < 0.6:
            return self.random.choice(self.natives).text
        return self.random.choice(["s0", "s3", "s5", "s7", "w0", "w1", "w2", "u32", "s64", "guid"])

    def _ioctl(self, number: int) -> str:
        access = self.random.choice(["any", "read", "write", "[read, write]"])
        parts = [f"function: {0x800 + number}", f"access: {access}"]
        shape = self.random.choice(
            ["", "in", "out", "in out", "in out", "inout", "data", "data in"]
        )
        if "in" in shape.split():
            parts.append(f"in: {self._message()}")
        if "out" in shape.split():
            reply = self._message()
            parts.append(f"out: {reply}" + ", short: refuse" * reply.startswith("{"))
        if shape == "inout":
            parts.append(f"inout: {self.random.choice(['w0', 'g0', 'n0', 'n1'])}")
        if "data" in shape:
            way = self.random.choice(["to", "from"])
            parts.append(f"data: {{{way}: caller, type: u16, length: 1..100}}")
        return f"  op{number}: {{{', '.join(parts)}}}"
