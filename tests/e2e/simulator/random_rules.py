"""Random schemas full of rules: ranges, enums, flags, bit ranges, texts, unions, tails, conditions, growth, data buffers."""

from __future__ import annotations

import random

from tests.e2e.layout.random_schema import SCALARS, Field, Type

_ORDERED = [each for each in SCALARS if each[1] > 1]
_IOCTLS = 14

# What every one has: conditions over all that a condition may name, and bit ranges that hold an enum.
_ENUM = "  part: {type: u8, values: {one: 1, four: 4, six: 6}}"
_FLAGS = "  marks: {type: u8, bits: {a: 0, b: 5}}"
_BITS = "  mode: {type: u16be, bits: {kind: {at: 2..4, type: part}, n: 8..12}}"
_UNION = "  choice: {tag: part, arms: {one: none, four: inner, six: u32}}"
_STRUCTS = """\
  inner: {fields: {x: u16, y: u16}}
  outer:
    fields: {kind: part, on: bool, marks: marks, r: u8 reserved, what: choice by kind, mode: mode, s: s16}
    require:
      - what.four.x < what.four.y or on == 1
      - what.six != 5
      - marks != marks.a or on == 0
      - not (kind == part.one and s < 0)
      - (marks & 33) != 33
  holder: {fields: {n: u32, deep: outer}, require: [deep.what.six > n, deep.what.four.x != n]}"""


class RandomRules:
    """`text` is the schema; the same seed makes the same one. Sizes are known only to write the padding."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.name = f"rules{seed}"
        self.named: list[Type] = []
        self.values: dict[str, int] = {}
        """How many values an enum has."""
        sections = {
            "enums": [_ENUM, *(self._enum(f"e{number}") for number in range(4))],
            "flags": [_FLAGS, *(self._flags(f"f{number}") for number in range(2))],
            "bitfields": [_BITS, *(self._bits(f"b{number}") for number in range(2))],
        }
        unions, structs = [_UNION], [_STRUCTS]
        for number in range(3):
            structs.append(self._struct(f"s{number}"))
            union, user = self._union(number)
            unions.append(union)
            structs.append(user)
        structs += [self._growing(f"g{number}") for number in range(2)]
        sections |= {"unions": unions, "structs": structs}
        sections["ioctls"] = [self._ioctl(number) for number in range(_IOCTLS)]
        sections["ioctls"] += [
            "  hold: {function: 0x900, access: write, in: holder}",
            '  many: {function: 0x901, access: any, in: {n: u32, outers: "outer[1..9] count n"}}',
        ]
        lines = ["kgen: 1", f"interface: {self.name}", 'version: "1.1"', "targets: [sim, vectors]"]
        lines.append(f"windows: {{device_type: {0x9100 + seed:#x}, sddl: admins}}")
        for section, rows in sections.items():
            lines += [f"{section}:", *rows]
        self.text = "\n".join([*lines, ""])

    # Types

    def _enum(self, name: str) -> str:
        scalar, size = self.random.choice(SCALARS)
        low = -100 if scalar[0] == "s" else 0
        values = sorted(self.random.sample(range(low, 120), self.random.randint(1, 5)))
        if self.random.random() < 0.3:
            values.append((1 << (size * 8 - (scalar[0] == "s"))) - 1)
        self.named.append(Type(name, size, size))
        self.values[name] = len(values)
        listed = ", ".join(f"v{at}: {value}" for at, value in enumerate(values))
        # Only a closed one may be a tag.
        is_open = "open: true, " if name == "e3" else ""
        return f"  {name}: {{type: {scalar}, {is_open}values: {{{listed}}}}}"

    def _flags(self, name: str) -> str:
        scalar, size = self.random.choice([each for each in SCALARS if each[0][0] == "u"])
        bits = self.random.sample(range(size * 8), self.random.randint(1, 5))
        self.named.append(Type(name, size, size))
        listed = ", ".join(f"v{at}: {bit}" for at, bit in enumerate(bits))
        return f"  {name}: {{type: {scalar}, bits: {{{listed}}}}}"

    def _bits(self, name: str) -> str:
        scalar, size = self.random.choice([each for each in _ORDERED if each[0][0] == "u"])
        self.named.append(Type(name, size, size))
        return f"  {name}: {{type: {scalar}, bits: {{low: 0..2, one: 4, high: 6..{size * 8 - 2}}}}}"

    def _field_type(self) -> Type:
        roll = self.random.random()
        if roll < 0.3:
            return self._range()
        if roll < 0.4:
            unit, length = self.random.choice([1, 2]), self.random.randint(1, 12)
            made = Type(f"utf{unit * 8}[{length}]", unit * length, unit)
        elif roll < 0.5:
            return Type(f"u8[{(length := self.random.randint(1, 5))}] reserved", length, 1)
        elif roll < 0.6:
            made = Type("bool", 1, 1)
        elif roll < 0.7:
            made = Type("guid", 16, 4)
        else:
            made = self.random.choice(self.named)
        if self.random.random() < 0.25 and made.size <= 40:
            length = self.random.randint(1, 4)
            made = Type(f"{made.text}[{length}]", made.size * length, made.align)
        return made

    def _range(self) -> Type:
        scalar, size = self.random.choice(SCALARS)
        least = -(1 << (size * 8 - 1)) if scalar[0] == "s" else 0
        most = least + (1 << size * 8) - 1
        edges = [least, least + 1, 0, 1, 7, 100, most - 1, most, self.random.randint(least, most)]
        low, high = sorted(self.random.sample(sorted(set(edges)), 2))
        dimensions = self.random.choice(["", "", "[2]", "[2][3]"])
        count = {"": 1, "[2]": 2, "[2][3]": 6}[dimensions]
        return Type(f"{scalar}{dimensions} in {low}..{high}", size * count, size)

    def _fields(
        self, types: list[Type], start: int = 0, prefix: str = "m"
    ) -> tuple[list[Field], int, int]:
        """Fields for these types, with every hole declared; where they end, and their alignment."""
        fields, end = [], start
        for number, type_ in enumerate(types):
            if -end % type_.align:
                fields.append(Field(f"{prefix}r{number}", f"u8[{-end % type_.align}] reserved"))
                end += -end % type_.align
            fields.append(Field(f"{prefix}{number}", type_.text))
            end += type_.size
        align = max(each.align for each in types)
        if -end % align:
            fields.append(Field(f"{prefix}_end", f"u8[{-end % align}] reserved"))
        return fields, end + -end % align, align

    def _listed(self, fields: list[Field]) -> str:
        return ", ".join(field.line() for field in fields)

    def _struct(self, name: str) -> str:
        numbers = [self._number() for _ in range(3)]
        types = [self._field_type() for _ in range(4)]
        fields, size, align = self._fields([*numbers, *types])
        conditions = self._conditions(["m0", "m1", "m2"])
        self.named.append(Type(name, size, align))
        return f"  {name}: {{fields: {{{self._listed(fields)}}}, require: [{conditions}]}}"

    def _number(self) -> Type:
        scalar, size = self.random.choice(SCALARS)
        return Type(scalar, size, size)

    def _conditions(self, names: list[str]) -> str:
        a, b, c = self.random.sample(names, 3)
        some = [
            f"{a} <= {b}",
            f"{a} != {b} or {c} > 3",
            f"{a} + {b} < {self.random.randint(3, 100)}",
            f"not ({a} == {b} and {c} < 5)",
            f"{a} % 4 == {self.random.randint(0, 3)}",
            f"{a} - {c} <= {self.random.randint(0, 50)} and {b} >= 0",
            f"({a} & 0xF) != 3",
            f"{a} * 2 >= {c}",
        ]
        return ", ".join(
            f'"{each}"' for each in self.random.sample(some, self.random.randint(1, 2))
        )

    def _union(self, number: int) -> tuple[str, str]:
        """A union of a closed enum, and the struct that holds it beside its tag."""
        tag = self.named[self.random.randrange(3)]
        arms = [self._arm() for _ in range(self.values[tag.text] - 1)]
        arms.append(self.random.choice(self.named))
        held = [arm for arm in arms if arm is not None]
        size, align = max(arm.size for arm in held), max(arm.align for arm in held)
        listed = ", ".join(f'v{at}: "{arm.text if arm else "none"}"' for at, arm in enumerate(arms))
        union = Type(f"u{number} by m0", size + -size % align, align)
        fields, whole, align = self._fields([tag, union])
        self.named.append(Type(f"w{number}", whole, align))
        return f"  u{number}: {{tag: {tag.text}, arms: {{{listed}}}}}", (
            f"  w{number}: {{fields: {{{self._listed(fields)}}}}}"
        )

    def _arm(self) -> Type | None:
        if self.random.random() < 0.2:
            return None
        return self.random.choice([*self.named, Type("bool", 1, 1), Type("utf8[5]", 5, 1)])

    def _growing(self, name: str) -> str:
        first, size, _ = self._fields([self._field_type(), self._number()])
        later, _, _ = self._fields([Type("u64", 8, 8), self._range()], size, "n")
        lines = [field.line() for field in first] + [field.line(" since 1.1") for field in later]
        return f"  {name}: {{grows: true, fields: {{{', '.join(lines)}}}}}"

    # Messages

    def _tail(self) -> str:
        roll = self.random.random()
        least, most = self.random.randint(0, 3), self.random.randint(3, 40)
        if roll < 0.3:
            return f'{{m0: u32, tail: "utf{self.random.choice([8, 16])}[{least}..{most}]"}}'
        element = self.random.choice(self.named)
        wide = element.align == 8
        by, unit = ("size", element.size) if roll < 0.6 else ("count", 1)
        counter = self.random.choice(["u64"] if wide else ["u32", "u32be"])
        head = f"n: {counter}" + (
            f" in 0..{unit * (most - 1)}" if self.random.random() < 0.3 else ""
        )
        return f'{{{head}, tail: "{element.text}[{least}..{most}] {by} n"}}'

    def _ioctl(self, number: int) -> str:
        access = self.random.choice(["any", "read", "write", "[read, write]"])
        parts = [f"function: {0x800 + number}", f"access: {access}"]
        structs = [each.text for each in self.named if each.text[0] in "sw"] + ["g0", "g1"]
        shape = number % 7
        if shape < 4:
            parts.append(f"in: {structs[number % len(structs)]}")
        elif shape < 6:
            parts.append(f"in: {self._tail()}")
        if shape == 6:
            way = self.random.choice(["to", "from"])
            low = self.random.randint(1, 3)
            parts.append(f"data: {{{way}: caller, type: u32, length: {low}..{low + 60}}}")
        elif self.random.random() < 0.4:
            parts.append(f"out: {self.random.choice(structs)}")
        if shape == 3:
            parts.append("method: neither")
        return f"  op{number}: {{{', '.join(parts)}}}"
