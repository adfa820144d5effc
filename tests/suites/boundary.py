"""What a correct boundary answers: an independent model, for schemas of new interfaces.

It reads the schema's YAML with a parser of its own and shares no code with kgen; of kgen it takes the control codes
of `kgen inspect`. Layout is the sum of the sizes, as new structs have no padding. Given a call, it tells the status,
the reply and the line of trace that a driver has to answer with; a handler model says what a valid request does.
"""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import yaml

from tests.suites.objects import Kind, ObjectId, Open
from tests.suites.wire_structs import Field, Struct, Tail
from tests.suites.wire_types import (
    Array,
    Bits,
    Bool,
    Enum,
    Flags,
    Handle,
    Plain,
    Refused,
    Reserved,
    Scalar,
    TaggedUnion,
    Text,
    Where,
)

GROWTH_LIMIT = 4096
ROLES = ("ref", "drop", "new")
DATA_METHODS = {"from": "in_direct", "to": "out_direct"}

# The decided table: name -> NTSTATUS, Win32 error, errno.
STATUSES = {
    "ok": (0, 0, 0),
    "truncated": (0x80000005, 234, 0),
    "unknown_code": (0xC0000010, 1, 25),
    "invalid": (0xC000000D, 87, 22),
    "short_buffer": (0xC0000023, 122, 22),
    "bad_length": (0xC0000004, 24, 22),
    "too_big": (0xC0000206, 1784, 7),
    "fault": (0xC0000005, 998, 14),
    "access_denied": (0xC0000022, 5, 13),
    "bad_handle": (0xC0000008, 6, 9),
    "not_found": (0xC0000225, 1168, 2),
    "exists": (0xC0000035, 183, 17),
    "no_space": (0xC000007F, 112, 28),
    "internal": (0xC00000E5, 1359, 5),
}


class Failed(Exception):
    """What a handler model raises: the name of a status."""


class Broken(Exception):
    """What a handler model raises where the handler breaks its contract: the path below the ioctl, and the rule."""


class Answer(NamedTuple):
    """What comes back: `reply` is what the caller's reply or data buffer begins with afterwards."""

    status: str
    reply: bytes = b""
    trace: str = ""


class Ioctl(NamedTuple):
    name: str
    code: int
    access: frozenset[str]
    method: str
    request: Struct | None
    reply: Struct | None
    data: tuple[str, int, int, int] | None  # direction, element size, least and most elements
    truncate: str
    errors: frozenset[str]
    names: tuple[ObjectId, ...] = ()
    makes: tuple[tuple[str, Kind], ...] = ()
    """Objects that the request names; and those that the reply names, by their fields."""

    @property
    def data_bounds(self) -> tuple[int, int]:
        assert self.data is not None
        _, size, low, high = self.data
        return size * low, size * high


class Interface:
    """One schema, with what `kgen inspect --format json` says of its codes and its hash."""

    def __init__(self, path: str, inspected: dict[str, Any]) -> None:
        self.schema = _load(path)
        self.name: str = self.schema["interface"]
        self.hash: str = inspected["hash"]
        self.version = tuple(int(part) for part in self.schema["version"].split("."))
        self.scope: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        self.objects: dict[str, Kind] = {}
        self.current: Open
        """The open whose request is being answered."""
        self._constants()
        self._enums()
        self._objects()
        self.statuses = dict(STATUSES)
        for name, error in self.schema.get("errors", {}).items():
            number = getattr(errno, error.get("errno", "EIO"))
            self.statuses[name] = (error["ntstatus"], error["ntstatus"], number)
        codes = {row["name"]: row["codes"]["windows"] for row in inspected["ioctls"]}
        self.ioctls = {
            name: self._ioctl(name, row, codes[name]) for name, row in self.schema["ioctls"].items()
        }
        self.by_code = {ioctl.code: ioctl for ioctl in self.ioctls.values()}
        device_type = self.schema["windows"]["device_type"]
        self.info_code = device_type << 16 | 0xFFF << 2

    # Reading the schema

    def value(self, expression: Any) -> int:
        """An exact integer expression; Python's operators are those of the language."""
        return (
            eval(str(expression), {}, self.scope)
            if isinstance(expression, str)
            else int(expression)
        )

    def _constants(self) -> None:
        for name, body in self.schema.get("enums", {}).items():
            self.scope[name] = SimpleNamespace(**_values(body["values"]))
        waiting = {
            n: b["value"] if isinstance(b, dict) else b
            for n, b in self.schema.get("constants", {}).items()
        }
        while waiting:
            name = next(iter(waiting))
            expression = waiting.pop(name)
            try:
                self.scope[name] = self.value(expression)
            except NameError:
                waiting[name] = expression

    def _enums(self) -> None:
        for name, body in self.schema.get("enums", {}).items():
            self.types[name] = Enum(body["type"], _values(body["values"]), body.get("open", False))
        for name, body in self.schema.get("flags", {}).items():
            values = {n: 1 << bit for n, bit in _values(body.get("bits", {}), "bit").items()}
            values.update(_values(body.get("values", {})))
            self.types[name] = Flags(body["type"], values, body.get("open", False))
        for name, body in self.schema.get("bitfields", {}).items():
            parts = {}
            for part, at in body["bits"].items():
                low, _, high = str(at["at"] if isinstance(at, dict) else at).partition("..")
                parts[part] = (int(low), int(high or low))
            self.types[name] = Bits(body["type"], parts)

    def _objects(self) -> None:
        first = 0
        for name, body in self.schema.get("objects", {}).items():
            count = self.value(body["per_open"])
            self.objects[name] = Kind(
                name, first, count, body.get("stale", "bad_handle"), body.get("full", "no_space")
            )
            first += count

    def open_of(self, handlers: Any, access: str) -> Open:
        """The open of a handle, which comes to be with its first call."""
        opens: dict[str, Open] = vars(handlers).setdefault("opens", {})
        if access not in opens:
            slots = sum(kind.count for kind in self.objects.values())
            opens[access] = Open(len(opens) + 1, slots)
        return opens[access]

    def _named(self, name: str) -> Any:
        """A type by its name, made when it is first asked for."""
        role, _, object_name = name.partition("__")
        if role in ROLES and object_name in self.objects:
            return ObjectId(self.objects[object_name], role, self)
        if name not in self.types:
            if name in self.schema.get("structs", {}):
                self.types[name] = self._struct(self.schema["structs"][name])
            elif name in self.schema.get("unions", {}):
                self.types[name] = self._union(self.schema["unions"][name])
            elif name == "bool":
                self.types[name] = Bool()
            elif name == "guid":
                self.types[name] = Plain(16, 4)
            else:
                return Scalar(name)
        return self.types[name]

    def _union(self, body: dict[str, Any]) -> TaggedUnion:
        tags = self.types[body["tag"]].values
        arms = {}
        for name, arm in body["arms"].items():
            expression = arm["type"] if isinstance(arm, dict) else arm
            arms[tags[name]] = (
                name,
                None if expression == "none" else self._type(expression.split()),
            )
        return TaggedUnion(arms)

    def _type(self, words: list[str]) -> Any:
        """The type of a field without a tail: `u16[2][3]`, `utf8[8][2]`, `u32 in 0..limit`."""
        if words[0] == "handle":
            return Handle(optional="optional" in words)
        name, *dimensions = re.split(r"[\[\]]+", words[0].rstrip("]"))
        if "reserved" in words:
            whole = self._type([words[0]])
            return Reserved(whole.size, whole.align)
        if name in ("utf8", "utf16"):
            type_: Any = Text(name, self.value(dimensions.pop(0)))
        elif name == "u8" and dimensions:
            type_ = Plain(self.value(dimensions.pop()))
        elif "in" in words:
            expression = " ".join(words[words.index("in") + 1 :])
            low, high = re.split(r"\.\.", re.split(r" (?:since|secret|by)\b", expression)[0])
            type_ = Scalar(name, self.value(low), self.value(high))
        else:
            type_ = self._named(name)
        for length in reversed(dimensions):
            type_ = Array(type_, self.value(length))
        return type_

    def _struct(self, body: dict[str, Any]) -> Struct:
        fields: list[Field] = []
        at, tail, tail_name, first_size = 0, None, "", None
        for name, long in body["fields"].items():
            words = _words(long["type"] if isinstance(long, dict) else long)
            if body.get("grows") and "since" in words and first_size is None:
                first_size = at
            if ".." in words[0]:
                tail_name, tail = name, self._tail(name, words)
                if not tail.count:
                    count = Scalar("u64" if tail.element.align == 8 else "u32")
                    fields.append(Field(f"{name}_count", at, count))
                    tail = tail._replace(count=f"{name}_count")
                continue
            tag = words[words.index("by") + 1] if "by" in words else ""
            type_ = self._type(words)
            assert at % type_.align == 0, f"{name} is not aligned"
            fields.append(Field(name, at, type_, tag))
            at += type_.size
        if body.get("grows") and first_size is None:
            first_size = at
        made = Struct(fields, tail, tail_name, first_size)
        made.conditions = list(body.get("require", []))
        made.constants = self.scope
        return made

    def _tail(self, name: str, words: list[str]) -> Tail:
        match = re.fullmatch(r"(\w+)\[(.*)\.\.(.*)\]", words[0])
        assert match, words
        count, by_bytes = "", False
        for clause in ("count", "size"):
            if clause in words:
                count, by_bytes = words[words.index(clause) + 1], clause == "size"
        encoding = {"utf8": "utf-8", "utf16": "utf-16-le"}.get(match[1], "")
        element = (
            Scalar({"utf-8": "u8", "utf-16-le": "u16"}[encoding])
            if encoding
            else self._named(match[1])
        )
        low = self.value(match[2]) if match[2] else 0
        return Tail(element, low, self.value(match[3]), count, by_bytes, encoding)

    def _message(self, said: Any) -> Struct | None:
        if said is None:
            return None
        if isinstance(said, dict):
            return self._struct({"fields": said})
        if said in self.schema.get("structs", {}):
            made: Struct = self._named(said)
            return made
        return self._struct({"fields": {"value": said}})

    def _ioctl(self, name: str, row: dict[str, Any], code: int) -> Ioctl:
        both = row.get("inout")
        data = None
        method = row.get("method", "buffered")
        if "data" in row:
            direction = "from" if "from" in row["data"] else "to"
            low, high = re.split(r"\.\.", str(row["data"]["length"]))
            data = (
                direction,
                self._type([row["data"]["type"]]).size,
                self.value(low),
                self.value(high),
            )
            method = DATA_METHODS[direction]
        request = self._message(row.get("in", both))
        reply = self._message(row.get("out", both))
        access = row["access"] if isinstance(row["access"], list) else [row["access"]]
        short = row.get("short")
        return Ioctl(
            name, code, frozenset(access) - {"any"}, method,
            request, reply, data,
            short["truncate"] if isinstance(short, dict) else "",
            frozenset(row.get("errors", [])), tuple(_ids(request)),
            tuple((f.name, f.type.kind) for f in (reply.fields if reply else ()) if isinstance(f.type, ObjectId)),
        )  # fmt: skip

    # Answering

    def answer(
        self, handlers: Any, code: int, request: bytes, out: bytes, access: str = "rw"
    ) -> Answer:
        """What comes back for a call; `out` is the caller's reply or data buffer as it is before."""
        ioctl = self.by_code.get(code)
        self.current = self.open_of(handlers, access)
        if any(code >> bit & 1 and right not in access for bit, right in ((14, "r"), (15, "w"))):
            return Answer("access_denied")  # by the I/O manager: the driver sees nothing
        if code == self.info_code:
            return self._info(request, len(out))
        if ioctl is None:
            return Answer("unknown_code", trace=f"{self.name}: code")
        where: Where = (f"{self.name}.{ioctl.name}",)
        try:
            self._lengths(ioctl, request, out, where)
            values = None
            if ioctl.request is not None:
                ioctl.request.take_handles(request, where)
                values = ioctl.request.check(request, where, len(request))
            made = [self._make(kind, (*where, field)) for field, kind in ioctl.makes]
        except Refused as refused:
            list(self.current.settle(False))
            return Answer(refused.status, trace=f"{place(refused.where)}: {refused.rule}")
        answer = self._served(ioctl, handlers, values, made, out, where)
        for state in self.current.settle(answer.status in ("ok", "truncated")):
            handlers.release(state)
        return answer

    def _make(self, kind: Kind, where: Where) -> Any:
        state = self.current.make(kind)
        if state is None:
            raise Refused(kind.full, where, "full")
        return state

    def _served(
        self,
        ioctl: Ioctl,
        handlers: Any,
        values: Any,
        made: list[Any],
        out: bytes,
        where: Where,
    ) -> Answer:
        try:
            return self._handle(ioctl, getattr(handlers, ioctl.name), values, made, out)
        except Broken as broken:
            path, rule = broken.args
            return Answer("internal", trace=f"{place((*where, *path))}: {rule}")
        except Failed as failed:
            status = failed.args[0]
            implied = {id_.kind.stale for id_ in ioctl.names} | {k.full for _, k in ioctl.makes}
            assert status in ioctl.errors | implied | {"short_buffer"}, (
                f"{ioctl.name} does not declare {status}"
            )
            return Answer(status)

    def _info(self, request: bytes, capacity: int) -> Answer:
        where = f"{self.name}.interface_info"
        if request:
            return Answer("bad_length", trace=f"{where}: length")
        if capacity < 48:
            return Answer("short_buffer", trace=f"{where}: capacity")
        return Answer("ok", struct.pack("<IHHQ", 1, *self.version, 0) + bytes.fromhex(self.hash))

    def _lengths(self, ioctl: Ioctl, request: bytes, out: bytes, where: Where) -> None:
        least = most = 0
        if ioctl.request is not None:
            least, most = ioctl.request.least, ioctl.request.longest
            if ioctl.request.first_size is not None:
                most = GROWTH_LIMIT
        if len(request) < least:
            raise Refused("bad_length", where, "length")
        if len(request) > most:
            raise Refused("too_big" if least < most else "bad_length", where, "length")
        if ioctl.data is None:
            if ioctl.reply is not None and len(out) < ioctl.reply.least:
                raise Refused("short_buffer", where, "capacity")
            return
        low, high = ioctl.data_bounds
        if len(out) > high:
            raise Refused("too_big", where, "length")
        if len(out) < low and ioctl.data[0] == "to":
            raise Refused("short_buffer", where, "capacity")
        if len(out) < low or len(out) % ioctl.data[1]:
            raise Refused("bad_length", where, "length")

    def _handle(
        self, ioctl: Ioctl, handler: Any, values: Any, made: list[Any], out: bytes
    ) -> Answer:
        arguments = [] if ioctl.request is None else [values]
        arguments += made
        if ioctl.data is not None:
            return Answer("ok", handler(*arguments, out) or b"")
        reply = ioctl.reply
        if reply is None:
            handler(*arguments)
            return Answer("ok")
        if reply.tail is None:
            given = dict(_plain(handler(*arguments)))
            for (field, _), at in zip(ioctl.makes, self.current.made, strict=True):
                given[field] = self.current.id(at)
            return Answer("ok", reply.encode(given)[: len(out)])
        room = min((len(out) - reply.size) // reply.tail.step, reply.tail.high)
        given = handler(*arguments, room)
        items = given[reply.tail_name]
        count = len(items)
        if reply.tail.encoding:
            count = len(items.encode(reply.tail.encoding)) // reply.tail.step
        if count <= room:
            if ioctl.truncate:
                given[ioctl.truncate] = len(items)
            return Answer("ok", reply.encode(given))
        if not ioctl.truncate:
            return Answer("short_buffer")
        given[ioctl.truncate] = len(items)
        given[reply.tail_name] = items[:room]
        return Answer("truncated", reply.encode(given))


def place(where: Where) -> str:
    """A path as the trace writes it: `vault.list: entries[3].slot`."""
    ioctl, *rest = where
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    return f"{ioctl}: {path[1:]}" if rest else str(ioctl)


def _plain(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else vars(values)


def _words(said: str) -> list[str]:
    """A type with its clauses; `ref token` is one word, `ref__token`."""
    words = said.split()
    if words[0] in ROLES:
        words[:2] = ["__".join(words[:2])]
    return words


def _ids(struct: Struct | None) -> Iterator[ObjectId]:
    """The objects that a message names."""
    for type_ in [field.type for field in struct.fields] if struct else ():
        inner = getattr(type_, "element", type_)
        if isinstance(inner, Struct):
            yield from _ids(inner)
        elif isinstance(inner, ObjectId):
            yield inner
    if struct and struct.tail and isinstance(struct.tail.element, ObjectId):
        yield struct.tail.element


def _values(said: dict[str, Any], key: str = "value") -> dict[str, int]:
    return {name: int(body[key] if isinstance(body, dict) else body) for name, body in said.items()}


def _load(path: str) -> dict[str, Any]:
    """The schema, with what it imports laid under it."""
    with open(path, encoding="utf-8") as file:
        schema: dict[str, Any] = yaml.safe_load(file)
    for name in schema.get("imports", []):
        imported = _load(os.path.join(os.path.dirname(path), name))
        for section in ("constants", "objects", "enums", "flags", "bitfields", "unions", "structs"):
            schema[section] = {**imported.get(section, {}), **schema.get(section, {})}
    return schema
