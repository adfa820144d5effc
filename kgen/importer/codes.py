"""Codes of a header -> ioctls, and the device that they belong to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from kgen.abi.abis import BY_NAME
from kgen.abi.codes import ACCESS, IOC, LARGEST_NR, LARGEST_SIZE, METHODS
from kgen.importer.facts import Left
from kgen.importer.merge import word
from kgen.importer.names import Names, ioctl_names, snake, without
from kgen.importer.text import Raw
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kgen.importer.facts import Code, Facts

_PREFIXES = ("IOCTL_", "FSCTL_")
_RIGHTS: dict[int, Any] = {0: Raw("any"), 1: Raw("read"), 2: Raw("write"), 3: ["read", "write"]}
_PLAIN = ("u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64")
_DIRECTIONS = {"in": "in", "out": "out", "both": "inout"}
assert (ACCESS["read"], ACCESS["write"]) == (1, 2)


class Body(NamedTuple):
    device: dict[str, Any]
    """The block `windows:` or `linux:`."""
    structs: dict[str, Any]
    """What messages need that the header does not name."""
    ioctls: dict[str, Any]


class _Ioc(NamedTuple):
    """A number of Linux taken apart, as its ABI writes it."""

    direction: str
    magic: int
    nr: int
    size: int


def _taken_apart(number: int, abi: str) -> _Ioc | None:
    encoding = IOC[BY_NAME[abi].ioc]
    bits = number >> (16 + encoding.size_bits)
    directions = {value: name for name, value in encoding.directions.items()}
    if bits not in directions:
        return None
    size = number >> 16 & (1 << encoding.size_bits) - 1
    return _Ioc(directions[bits], number >> 8 & 0xFF, number & 0xFF, size)


class Codes:
    """The codes that the facts of each ABI have."""

    def __init__(
        self,
        facts: Sequence[Facts],
        interface: str,
        by_key: Mapping[str, str],
        types: Names,
        records: Mapping[str, Any],
        prefixes: tuple[str, ...] = (),
    ) -> None:
        self.left: list[Left] = []
        self.without: list[str] = []
        """Codes that are left out, and listed."""
        self._interface = interface
        self._by_key = by_key
        self._types = types
        self._records = records
        self._prefixes = prefixes
        self._structs: dict[str, Any] = {}
        self._wrapped: dict[str, str] = {}
        self._abis = [each.abi for each in facts]
        self._codes: dict[str, dict[str, Code]] = {}
        for each in facts:
            for code in each.codes:
                self._codes.setdefault(code.name, {})[each.abi] = code
        self._windows = bool(self._abis) and BY_NAME[self._abis[0]].os == "windows"

    def lift(self) -> Body:
        names = ioctl_names()
        common = self._common()
        ioctls = {}
        for name, by_abi in self._codes.items():
            own = next((name[len(p) :] for p in _PREFIXES if name.startswith(p)), name)
            short = without(self._prefixes, own)
            given = names.give(snake(short), snake(own), snake(name))
            entry: dict[str, Any] = {}
            code = next(iter(by_abi.values()))
            if code.doc:
                entry["doc"] = code.doc
            found = (
                self._of_windows(by_abi, common)
                if self._windows
                else self._of_linux(by_abi, common, given)
            )
            if found is None:
                self._leave_out(name, by_abi)
                continue
            entry |= found
            if len(by_abi) != len(self._abis) and not isinstance(found.get("number"), dict):
                entry["abis"] = list(by_abi)
            entry["c_name"] = Raw(name)
            ioctls[given] = entry
        device = self._device(common)
        return Body(device, self._structs, ioctls)

    def _leave_out(self, name: str, by_abi: Mapping[str, Code]) -> None:
        """A code of Windows that is another on each ABI, or of Linux with a parameter that is more than added."""
        text = ", ".join(f"0x{code.value:X} on {abi}" for abi, code in by_abi.items())
        place = next(iter(by_abi.values())).place
        self.left.append(Left("KG712", place, f"`{name}` is not the same code everywhere: {text}"))
        self.without.append(name)

    def _device(self, common: int | None) -> dict[str, Any]:
        if self._windows:
            return {"windows": {"device_type": Raw(f"0x{common or 0:X}")}}
        block: dict[str, Any] = {"node": self._interface}
        if common is not None:
            block["magic"] = Raw(f"0x{common:02X}")
        return {"linux": block}

    def _common(self) -> int | None:
        """The device type, or the magic, that most codes have."""
        counts: Counter[int] = Counter()
        for by_abi in self._codes.values():
            abi, code = next(iter(by_abi.items()))
            if self._windows:
                counts[code.value >> 16] += 1
            else:
                parts = _taken_apart(code.value, abi)
                if parts is not None and parts.magic:
                    counts[parts.magic] += 1
        return counts.most_common(1)[0][0] if counts else None

    def _of_windows(self, by_abi: Mapping[str, Code], common: int | None) -> dict[str, Any] | None:
        numbers = {abi: code.value for abi, code in by_abi.items()}
        if len(set(numbers.values())) != 1:
            return None
        number = next(iter(numbers.values()))
        methods = {value: name for name, value in METHODS.items()}
        entry: dict[str, Any] = {"function": Raw(f"0x{number >> 2 & 0xFFF:X}")}
        if number >> 16 != common:
            entry["device_type"] = Raw(f"0x{number >> 16:X}")
        entry["access"] = _RIGHTS[number >> 14 & 3]
        if number & 3:
            entry["method"] = Raw(methods[number & 3])
        return entry

    def _of_linux(
        self, by_abi: Mapping[str, Code], common: int | None, name: str
    ) -> dict[str, Any] | None:
        parts = {abi: _taken_apart(code.value, abi) for abi, code in by_abi.items()}
        first_abi, code = next(iter(by_abi.items()))
        first = parts[first_abi]
        message = self._message(by_abi, name)
        same = {
            None if part is None else (part.direction, part.magic, part.nr)
            for part in parts.values()
        }
        follows = (
            first is not None
            and not code.plain
            and len(same) == 1
            and all(part is not None and part.size <= LARGEST_SIZE for part in parts.values())
        )
        own: dict[str, Any] = {}
        if first is not None and first.magic != common:
            own["magic"] = Raw(f"0x{first.magic:02X}")
        if first is not None and code.parametric and follows:
            return {**self._parametric(first), "nr": self._nr(first, code, None), **own}
        if code.parametric:  # as VBG_IOCTL_HGCM_CALL(s), another nr on each ABI
            return None
        direction = "none" if first is None else first.direction
        said = {_DIRECTIONS[direction]: message} if message and direction != "none" else {}
        sizes_hold = all(
            part is not None and part.size == by_abi[abi].size for abi, part in parts.items()
        )
        is_said = direction == "none" or (first is not None and first.size and said)
        if first is not None and follows and sizes_hold and is_said:
            entry: dict[str, Any] = {"nr": self._nr(first, code, message), **own, **said}
            return entry if direction != "none" or not first.size else self._numbered(by_abi, {})
        untyped = first is not None and code.type is None and first.size and direction != "none"
        if (
            first is not None
            and follows
            and untyped
            and len({p.size for p in parts.values() if p}) == 1
        ):
            return {
                "nr": self._nr(first, code, None),
                **own,
                _DIRECTIONS[direction]: {"contents": Raw(f"u8[{first.size}]")},
            }
        return None if code.by else self._numbered(by_abi, said)

    def _nr(self, parts: _Ioc, code: Code, message: Any) -> Any:
        """The number, with the parameter that is added to it: as far as a byte goes."""
        base = Raw(f"0x{parts.nr:X}")
        if not code.by:
            return base
        fields = message if isinstance(message, dict) else self._records.get(message, {})
        by = snake(code.by)
        taken = fields.get("fields", fields)
        most = LARGEST_NR - parts.nr
        return {"base": base, "by": f"{by}_nr" if by in taken else by, "max": Raw(f"0x{most:X}")}

    def _numbered(self, by_abi: Mapping[str, Code], said: dict[str, Any]) -> dict[str, Any]:
        """A plain number, or one for each ABI."""
        numbers = {abi: Raw(f"0x{code.value:X}") for abi, code in by_abi.items()}
        same = len(set(numbers.values())) == 1
        return {"number": next(iter(numbers.values())) if same else numbers, **said}

    @staticmethod
    def _parametric(parts: _Ioc) -> dict[str, Any]:
        key = {"in": "in", "out": "out", "both": "out", "none": "out"}[parts.direction]
        entry: dict[str, Any] = {
            "nr": Raw(f"0x{parts.nr:X}"),
            key: {"contents": Raw(f"u8[..{LARGEST_SIZE}] rest")},
        }
        if parts.direction == "out":
            entry["returns"] = Raw("length")
        entry["coded"] = {"size": Raw("buffer")}
        if parts.direction in ("both", "none"):
            entry["coded"]["direction"] = Raw(parts.direction)
        return entry

    def _message(self, by_abi: Mapping[str, Code], name: str) -> Any:
        """What goes into `in`, `out` or `inout`; None without a type."""
        types = {abi: code.type for abi, code in by_abi.items() if code.type is not None}
        if len(types) != len(by_abi):
            return None
        text = word(types, self._by_key.__getitem__)
        if text is None:
            code = next(iter(by_abi.values()))
            message = f"`{name}` takes another type on each ABI"
            self.left.append(Left("KG713", code.place, message))
            return None
        if text in self._records and "fields" in self._records[text]:
            return Raw(text)
        if text in _PLAIN:
            return {"value": Raw(text)}
        if text not in self._wrapped:
            stem = "_".join(snake(text).split("_"))
            given = self._types.give(f"{stem}_value")
            self._wrapped[text] = given
            self._structs[given] = {"layout": Raw("native"), "fields": {"value": Raw(text)}}
        return Raw(self._wrapped[text])
