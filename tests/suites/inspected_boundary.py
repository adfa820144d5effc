"""A boundary that knows nothing but the JSON of `kgen inspect`: what a back-end of one's own would check."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.suites.wire_types import Refused, Where, text

ABI = "windows-x64"
SCALAR = re.compile(r"([us])(8|16|32|64)(le|be)?")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<<": operator.lshift, ">>": operator.rshift,
    "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
NO_LIMIT = {"min": 0, "max": 0}

Json = dict[str, Any]
CURRENT = {"thread": (1 << 64) - 2, "process": (1 << 64) - 1}
"""What stands for the caller itself, which may do everything."""

Handles = Mapping[int, tuple[str, Sequence[str]]]
"""Kind, and what the handle allows, by its place."""


class InspectedBoundary:
    def __init__(self, document: Json) -> None:
        self.name = document["interface"]
        self.types = {each["name"]: each for each in document["types"]}
        self.objects = {each["name"]: each for each in document["objects"]}
        self.ioctls = {each["codes"]["windows"]: each for each in document["ioctls"]}

    def check(
        self,
        code: int,
        request: bytes,
        capacity: int,
        named: frozenset[int] = frozenset(),
        handles: Handles | None = None,
    ) -> Json | None:
        """The ioctl, or None where there is no such code; raises Refused.

        `named` are the places of the request with an id that is good, `handles` those with a handle of the caller.
        """
        self.named, self.handles = named, handles or {}
        ioctl = self.ioctls.get(code)
        if ioctl is None:
            return None
        where: Where = (f"{self.name}.{ioctl['name']}",)
        self._lengths(ioctl, len(request), capacity, where)
        name = ioctl["in"] or ioctl["inout"]
        if name is None:
            return ioctl
        type_ = self.types[name]
        size = type_["layouts"][ABI]["size"]
        if type_["grows"]:
            if any(request[size:]):
                raise Refused("too_big", where, "length")
            request = request.ljust(size, b"\0")
        self._struct(type_, request, 0, where, {})
        return ioctl

    def _lengths(self, ioctl: Json, length: int, capacity: int, where: Where) -> None:
        low, high = (ioctl["request_size"] or NO_LIMIT).values()
        if length < low:
            raise Refused("bad_length", where, "length")
        if length > high:
            raise Refused("too_big" if low < high else "bad_length", where, "length")
        data = ioctl["data"]
        if data is None:
            if capacity < (ioctl["reply_size"] or NO_LIMIT)["min"]:
                raise Refused("short_buffer", where, "capacity")
            return
        least, most = data["min"] * data["element_size"], data["max"] * data["element_size"]
        if capacity > most:
            raise Refused("too_big", where, "length")
        if capacity < least and data["direction"] == "to":
            raise Refused("short_buffer", where, "capacity")
        if capacity < least or capacity % data["element_size"]:
            raise Refused("bad_length", where, "length")

    def _handle(self, field: Json, data: bytes, start: int, where: Where) -> None:
        _, kind, *rights = field["type"].split()
        number = int.from_bytes(data[start : start + 8], "little")
        if number == 0 and "optional" in rights:
            return
        if number == CURRENT.get(kind):
            return
        held, allowed = self.handles.get(start, ("", ()))
        if held != kind:
            raise Refused("bad_handle", where, "handle")
        if not {*rights} - {"optional"} <= {*allowed}:
            raise Refused("access_denied", where, "access")

    def _struct(self, type_: Json, data: bytes, at: int, where: Where, read: Json) -> None:
        """`read` gets the numbers by their path from the struct that began it."""
        own: Json = {}
        for field in type_["layouts"][ABI]["fields"]:
            if field["type"].startswith("handle "):
                self._handle(field, data, at + field["offset"], (*where, field["name"]))
        tails = [field["tail"] for field in type_["layouts"][ABI]["fields"] if field["tail"]]
        for field, member in zip(type_["layouts"][ABI]["fields"], type_["members"], strict=True):
            place, start = (*where, field["name"]), at + field["offset"]
            if member["counts"]:
                own[field["name"]] = self._count(field, member, tails[0], data, start, place)
            elif field["tail"]:
                self._tail(field, member, data, start, place, own)
            elif member["reserved"]:
                if any(data[start : start + field["size"]]):
                    raise Refused("invalid", place, "reserved")
            else:
                self._field(field["type"], member, data, start, place, own, field["name"])
        for condition in type_["conditions"]:
            if all(f"{arm}." in own or arm in own for arm in condition["arms"]) and not _value(
                condition["predicate"], own
            ):
                raise Refused("invalid", (*where, condition["text"]), "condition")
        read.update(own)

    def _count(
        self, field: Json, member: Json, tail: Json, data: bytes, at: int, where: Where
    ) -> int:
        value = _number(field["type"], data, at)
        unit = tail["element_size"] if tail["unit"] == "bytes" else 1
        low, high = member["range"] or [0, 1 << 64]
        low, high = max(low, tail["min"] * unit), min(high, tail["max"] * unit)
        if not low <= value <= high or value % unit:
            raise Refused("invalid", where, "count")
        return value

    def _tail(
        self, field: Json, member: Json, data: bytes, at: int, where: Where, own: Json
    ) -> None:
        tail = field["tail"]
        count = own[tail["counter"]] // (tail["element_size"] if tail["unit"] == "bytes" else 1)
        if len(data) - at != count * tail["element_size"]:
            raise Refused("bad_length", where, "length")
        if tail["text"]:
            text({"utf8": "utf-8", "utf16": "utf-16-le"}[tail["text"]], data[at:], where)
            return
        element = re.sub(r"\[\d+\.\.\d+\]", f"[{count}]", field["type"])
        self._field(element, member, data, at, where, {}, "")

    def _field(
        self, said: str, member: Json, data: bytes, at: int, where: Where, own: Json, path: str
    ) -> None:
        if said.startswith("handle "):
            return
        role, _, object_name = said.rpartition(" ")
        name, *dimensions = re.findall(r"^[a-z_0-9]+|\d+(?=\])", object_name)
        name = f"{role} {name}" if role else name
        if name in ("utf8", "utf16"):
            units = int(dimensions.pop(0))
            name = f"{name}[{units}]"
        if not dimensions:
            self._value(name, member, data, at, where, own, path)
            return
        count = 1
        for dimension in dimensions:
            count *= int(dimension)
        for i in range(count):
            self._value(name, member, data, at + i * self._size(name), (*where, i), own, "")

    def _size(self, name: str) -> int:
        if name in self.types:
            size: int = self.types[name]["layouts"][ABI]["size"]
            return size
        if " " in name:
            return 8
        if name.startswith("utf"):
            return int(name[name.index("[") + 1 : -1]) * (2 if name.startswith("utf16") else 1)
        match = SCALAR.fullmatch(name)
        return {"bool": 1, "guid": 16}[name] if match is None else int(match[2]) // 8

    def _value(
        self, name: str, member: Json, data: bytes, at: int, where: Where, own: Json, path: str
    ) -> None:
        type_ = self.types.get(name)
        if type_ is not None and type_["kind"] == "union":
            self._union(type_, own[member["tag"]], data, at, where, own, path)
        elif type_ is not None and type_["values"] is None and self._is_bits(type_):
            self._bits(type_, data, at, where)
        elif type_ is not None and type_["kind"] == "struct":
            inner: Json = {}
            self._struct(type_, data, at, where, inner)
            own.update({f"{path}.{key}": value for key, value in inner.items()} if path else {})
        elif type_ is not None:
            own[path] = self._named(type_, data, at, where)
        elif " " in name:
            if at not in self.named:
                raise Refused(self.objects[name.split()[1]]["stale"], where, "object")
        elif name.startswith("utf"):
            _padded(name, data[at : at + self._size(name)], where)
        elif name == "bool":
            own[path] = data[at]
            if data[at] > 1:
                raise Refused("invalid", where, "bool")
        elif name != "guid":
            own[path] = _number(name, data, at)
            if member["range"] and not member["range"][0] <= own[path] <= member["range"][1]:
                raise Refused("invalid", where, "range")

    def _is_bits(self, type_: Json) -> bool:
        return any(field["bit_width"] for field in type_["layouts"][ABI]["fields"])

    def _named(self, type_: Json, data: bytes, at: int, where: Where) -> int:
        value = _number(type_["layouts"][ABI]["fields"][0]["type"], data, at)
        values = [each["value"] for each in type_["values"]]
        if type_["open"]:
            return value
        if type_["kind"] == "enum" and value not in values:
            raise Refused("invalid", where, "enum")
        rest = value
        for each in values if type_["kind"] == "flags" else ():
            rest &= ~each
        if type_["kind"] == "flags" and rest:
            raise Refused("invalid", where, "flags")
        return value

    def _bits(self, type_: Json, data: bytes, at: int, where: Where) -> None:
        fields = type_["layouts"][ABI]["fields"]
        value = rest = _number(fields[0]["type"], data, at)
        for field in fields:
            rest &= ~(((1 << field["bit_width"]) - 1) << field["bit_offset"])
        if rest:
            raise Refused("invalid", where, "reserved")
        for field, member in zip(fields, type_["members"], strict=True):
            enum = self.types.get(member["enum"])
            part = value >> field["bit_offset"] & ((1 << field["bit_width"]) - 1)
            known = (
                enum is None or enum["open"] or part in [each["value"] for each in enum["values"]]
            )
            if not known:
                raise Refused("invalid", (*where, field["name"]), "enum")

    def _union(
        self, type_: Json, tag: int, data: bytes, at: int, where: Where, own: Json, path: str
    ) -> None:
        arms = zip(type_["layouts"][ABI]["fields"], type_["members"], strict=True)
        field, member = next(each for each in arms if each[1]["value"] == tag)
        own[f"{path}.{field['name']}."] = True
        if field["type"] != "none":
            place = f"{path}.{field['name']}" if path else ""
            self._field(field["type"], member, data, at, (*where, field["name"]), own, place)
        if any(data[at + field["size"] : at + type_["layouts"][ABI]["size"]]):
            raise Refused("invalid", where, "union")


def _number(name: str, data: bytes, at: int) -> int:
    match = SCALAR.fullmatch(name)
    assert match, name
    order = "big" if match[3] == "be" else "little"
    held = data[at : at + int(match[2]) // 8]
    return int.from_bytes(held, order, signed=match[1] == "s")  # type: ignore[arg-type]


def _padded(name: str, held: bytes, where: Where) -> None:
    unit = 2 if name.startswith("utf16") else 1
    units = [held[i : i + unit] for i in range(0, len(held), unit)]
    end = units.index(bytes(unit)) if bytes(unit) in units else None
    if end is None or any(held[end * unit :]):
        raise Refused("invalid", where, "string")
    text("utf-8" if unit == 1 else "utf-16-le", held[: end * unit], where)


def _value(tree: Any, own: Json) -> Any:
    """What a predicate or an operand comes to."""
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return own[tree]
    said, *terms = tree
    if said in ("and", "or", "not"):
        found = [_value(term, own) for term in terms]
        return {"and": all(found), "or": any(found), "not": not found[0]}[said]
    left, right = (_value(term, own) for term in terms)
    if said in ("/", "%"):
        quotient = abs(left) // right * (1 if left >= 0 else -1)
        return quotient if said == "/" else left - quotient * right
    return OPERATORS[said](left, right)
