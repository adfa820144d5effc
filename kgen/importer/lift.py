"""Facts -> a schema: names, types, records and constants. What has no place in one is said, not dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.importer.codes import Codes
from kgen.importer.facts import Left
from kgen.importer.merge import MergedMember, MergedRecord, merge_record
from kgen.importer.names import (
    Names,
    interface_name,
    member_names,
    snake,
    symbols,
    type_names,
    without,
)
from kgen.importer.text import Raw
from kgen.model.words import MEMBERS
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.importer.facts import Enum, Facts, Value


class Lifted(NamedTuple):
    schema: dict[str, Any]
    """As YAML has it."""
    left: tuple[Left, ...]
    records: dict[str, str]
    """Name in the schema by the key of a fact."""
    members: dict[str, tuple[str, ...]]
    """Names of a record's fields, by its key, in the order of the schema."""
    without: frozenset[str]
    """Codes that are left out, and listed."""


class Lift:
    """One schema of the facts of each ABI."""

    def __init__(
        self,
        facts: Sequence[Facts],
        name: str,
        opaque: frozenset[str],
        prefixes: tuple[str, ...] = (),
    ) -> None:
        self._facts = facts
        self._abis = [each.abi for each in facts]
        self._name = name
        self._opaque = opaque
        """Keys of the records of which only size and alignment are told."""
        self._prefixes = prefixes
        self._types = type_names()
        self._symbols = symbols()
        self._by_key: dict[str, str] = {}
        self._left: list[Left] = [left for each in facts for left in each.left]
        self._members: dict[str, tuple[str, ...]] = {}

    def lift(self) -> Lifted:
        records = self._united("records")
        enums = self._united("enums")
        for key in [*records, *enums]:
            self._by_key[key] = self._types.give(*self._type_names(key))
        merged = {
            key: merge_record(each, self._abis, self._by_key.__getitem__)
            for key, each in records.items()
        }
        _share_packs(merged)
        structs = {self._by_key[key]: self._record(each) for key, each in merged.items()}
        codes = Codes(self._facts, self._name, self._by_key, self._types, structs, self._prefixes)
        body = codes.lift()
        self._left += codes.left
        constants = self._constants()
        # The C client carries no tail that nothing counts.
        counted = not any("coded" in entry for entry in body.ioctls.values())
        schema: dict[str, Any] = {
            "kgen": Raw("1"),
            "interface": self._name,
            "external": True,
            "targets": Raw("[c, python]" if counted else "[python]"),
            **body.device,
            "constants": constants,
            "enums": {self._by_key[key]: self._enum(key, each) for key, each in enums.items()},
            "unions": {name: each for name, each in structs.items() if "arms" in each},
            "structs": {
                **{name: each for name, each in structs.items() if "fields" in each},
                **body.structs,
            },
            "ioctls": body.ioctls,
        }
        kept = {key: value for key, value in schema.items() if value != {}}
        left = tuple(dict.fromkeys(self._left))
        return Lifted(kept, left, dict(self._by_key), self._members, frozenset(codes.without))

    def _united(self, part: str) -> dict[str, dict[str, Any]]:
        """By key what each ABI has, in the order of the first that has it."""
        result: dict[str, dict[str, Any]] = {}
        for facts in self._facts:
            for key, each in getattr(facts, part).items():
                result.setdefault(key, {})[facts.abi] = each
        return result

    def _type_names(self, key: str) -> tuple[str, str]:
        """Without the prefix, and whole."""
        parts = [part.rpartition(" ")[2] for part in key.split("::")]
        short = [snake(without(self._prefixes, part)) for part in parts]
        return "_".join(short), "_".join(map(snake, parts))

    def _record(self, merged: MergedRecord) -> dict[str, Any]:
        record = merged.record
        names = member_names()
        given = []
        fields: dict[str, Any] = {}
        if record.key in self._opaque:
            fields = self._contents(record.key)
        else:
            for number, each in enumerate(merged.members, 1):
                c_name = each.member.name or f"unnamed_{number}"
                own = snake(c_name)
                name = names.give(snake(without(self._prefixes, c_name)), own, f"{own}_")
                given.append(name)
                fields[name] = _field(each, name)
        self._members[record.key] = tuple(given)
        result: dict[str, Any] = {}
        _note(result, record.doc)
        result["layout"] = Raw("native")
        if merged.pack is not None and record.key not in self._opaque:
            result["pack"] = merged.pack
        if record.packed and record.key not in self._opaque:
            result["packed"] = True
        if merged.align is not None and record.key not in self._opaque:
            result["align"] = merged.align
        if merged.abis:
            result["abis"] = list(merged.abis)
        if record.c_name:
            result["c_name"] = Raw(record.c_name)
            if record.c_kind != record.kind:
                result["c_kind"] = Raw(record.c_kind)
        result["arms" if record.kind == "union" else "fields"] = fields
        return result

    def _contents(self, key: str) -> dict[str, Any]:
        """A record as bytes, as many as it has on each ABI."""
        found: dict[str, list[str]] = {}
        for facts in self._facts:
            if key in facts.records:
                record = facts.records[key]
                found.setdefault(f"opaque({record.size}, {record.align})", []).append(facts.abi)
        if len(found) == 1:
            return {"contents": Raw(next(iter(found)))}
        return {
            f"contents_{number}": {"type": Raw(text), "abis": abis}
            for number, (text, abis) in enumerate(found.items(), 1)
        }

    def _enum(self, key: str, enums: dict[str, Enum]) -> dict[str, Any]:
        enum = next(iter(enums.values()))
        names = Names()
        values: dict[str, Any] = {}
        prefix = f"{self._by_key[key]}_"
        for value in enum.values:
            name = self._value_name(value.name, prefix, names)
            values[name] = _value(value, name)
            self._symbols.reserve(f"{prefix}{name}")
        for abi, other in enums.items():
            self._differs(
                {each.name: each for each in enum.values}, {e.name: e for e in other.values}, abi
            )
        result: dict[str, Any] = {}
        _note(result, enum.doc)
        result["type"] = Raw(f"{'s' if enum.signed else 'u'}{8 * enum.size}")
        result["open"] = True
        if enum.c_name:
            result["c_name"] = Raw(enum.c_name)
        result["values"] = values
        return result

    @staticmethod
    def _value_name(c_name: str, prefix: str, names: Names) -> str:
        whole = snake(c_name)
        short = whole.removeprefix(prefix)
        if short != whole and short[:1].isalpha() and short not in names:
            return names.give(short)
        return names.give(whole)

    def _constants(self) -> dict[str, Any]:
        found: dict[str, dict[str, Value]] = {}
        for facts in self._facts:
            for value in facts.constants:
                found.setdefault(value.name, {})[facts.abi] = value
        result = {}
        for name, by_abi in found.items():
            first = next(iter(by_abi.values()))
            if len(by_abi) != len(self._abis) or len({v.value for v in by_abi.values()}) != 1:
                text = ", ".join(f"{value.value} on {abi}" for abi, value in by_abi.items())
                message = f"`{name}` is not the same everywhere: {text}"
                self._left.append(Left("KG714", first.place, message))
                continue
            whole = snake(name)
            own = snake(without(self._prefixes, name))
            given = self._symbols.give(own, whole, f"{whole}_value")
            result[given] = _value(first, given)
        return result

    def _differs(self, first: dict[str, Value], other: dict[str, Value], abi: str) -> None:
        for name, value in other.items():
            if name not in first or first[name].value != value.value:
                message = f"`{name}` is {value.value} on {abi}, and not so elsewhere"
                self._left.append(Left("KG714", value.place, message))


def _share_packs(merged: dict[str, MergedRecord]) -> None:
    """What is written inside another record is packed as that one is, whether it shows or not."""
    for _ in range(3):
        for key, outer in list(merged.items()):
            inside = [
                each.member.type[1]
                for each in outer.members
                if not each.member.name and each.member.type[0] == "record"
            ]
            packs = {merged[each].pack for each in (key, *inside)} - {None}
            if len(packs) == 1:
                pack = packs.pop()
                for each in (key, *inside):
                    merged[each] = merged[each]._replace(pack=pack)


def _note(entry: dict[str, Any], doc: str) -> None:
    if doc:
        entry["doc"] = doc


def _value(value: Value, name: str) -> Any:
    is_hex = value.value >= 0 and (value.hexadecimal or value.value > 0xFFFF)
    number = Raw(f"0x{value.value:X}" if is_hex else str(value.value))
    entry: dict[str, Any] = {"value": number}
    _note(entry, value.doc)
    entry["c_name"] = Raw(value.name)
    return entry


def _field(merged: MergedMember, name: str) -> Any:
    member = merged.member
    word = merged.word if member.bits is None else f"{merged.word} bits {member.bits}"
    entry: dict[str, Any] = {"type": Raw(word)}
    _note(entry, member.doc)
    if not member.name:
        entry["unnamed"] = True
    if member.align is not None:
        entry["align"] = member.align
    if member.packed:
        entry["packed"] = True
    if merged.abis:
        entry["abis"] = list(merged.abis)
    # `virtual` is taken from a header that has it, and not from an author.
    if member.name and (member.name != name or name in MEMBERS):
        entry["c_name"] = Raw(member.name)
    return entry if len(entry) > 1 else entry["type"]


def lift(
    facts: Sequence[Facts],
    name: str,
    opaque: frozenset[str] = frozenset(),
    prefixes: tuple[str, ...] = (),
) -> Lifted:
    """One schema of a header's facts on each ABI, of the interface `name`; its names are without the prefixes."""
    return Lift(facts, name or interface_name(""), opaque, prefixes).lift()
