"""Schema: a schema file's mapping -> File. Shape and spelling are checked here, meaning in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.schema.expression import Parser
from kgen.schema.messages import read_fields, read_ioctl, read_type
from kgen.schema.nodes import (
    PLAIN_NOTE,
    ArmNode,
    BitFieldNode,
    ConstantNode,
    EnumNode,
    ErrorNode,
    File,
    ImportNode,
    LinuxNode,
    ObjectNode,
    PartNode,
    RequireNode,
    StructNode,
    UnionNode,
    ValueNode,
    WindowsNode,
)
from kgen.schema.reader import Reader, check_name
from kgen.schema.tokens import shown
from kgen.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.diagnostics import Sink
    from kgen.schema.nodes import Name
    from kgen.source import Node

LANGUAGE = "1"


def parse(mapping: Mapping, sink: Sink) -> File | None:
    """Read a whole file; None where anything is wrong (all of it is reported)."""
    mark = sink.error_count
    if not _speaks_our_language(mapping, sink):
        return None
    first, _ = mapping.entries[0]
    external = mapping.get("external")
    is_external = isinstance(external, Scalar) and external.text == "true"
    top = Reader(mapping, "file", "the schema", first, is_external, sink)
    file = _FileReader(top, sink).read()
    return None if sink.failed_since(mark) else file


def _speaks_our_language(mapping: Mapping, sink: Sink) -> bool:
    if not mapping.entries:
        sink.error("KG107", mapping.span, "the first key of a schema is `kgen: 1`", label="no keys")
        return False
    key, value = mapping.entries[0]
    if key.text != "kgen":
        sink.error(
            "KG107",
            key.span,
            "the first key of a schema is `kgen: 1`",
            label=f"found `{key.text}`",
            help="put `kgen: 1` above it",
        )
        return False
    if not isinstance(value, Scalar) or value.text != LANGUAGE:
        sink.error(
            "KG107",
            value.span,
            f"this kgen reads version {LANGUAGE} of the language",
            help=f"write `kgen: {LANGUAGE}`, or use a newer kgen",
        )
        return False
    return True


class _FileReader:
    def __init__(self, top: Reader, sink: Sink) -> None:
        self.top = top
        self.external = top.external
        self.sink = sink
        self._native: list[StructNode] = []
        """Unions that are laid out as a compiler does."""

    def read(self) -> File:
        top = self.top
        name = top.word("interface")
        if name is not None:
            check_name(name, "an interface", False, self.sink)
        return File(
            path=top.span.file.path,
            span=top.span,
            name=name,
            version=top.version("version"),
            doc=top.text("doc") or "",
            external=top.boolean("external"),
            serialised=top.boolean("serialised"),
            targets=top.names("targets"),
            license=top.word("license"),
            imports=tuple(ImportNode(path) for path in top.names("imports")),
            windows=self._windows(),
            linux=self._linux(),
            constants=tuple(self._constants()),
            errors=tuple(self._errors()),
            objects=tuple(self._objects()),
            enums=tuple(self._enums()),
            flags=tuple(self._flags()),
            bitfields=tuple(self._bitfields()),
            unions=tuple(self._unions()),
            structs=(*self._native, *self._structs()),
            ioctls=tuple(
                read_ioctl(name, entry)
                for name, entry in self._entries(top, "ioctls", "ioctl", "ioctl")
            ),
        )

    def _entries(
        self, reader: Reader, key: str, shape: str, what: str
    ) -> Iterator[tuple[Name, Reader]]:
        """Name and reader of each entry that must be a mapping."""
        for name, node in reader.named(key):
            check_name(name, _with_article(what), self.external, self.sink)
            label = f"{what} `{shown(name.text)}`"
            if isinstance(node, Mapping):
                yield name, reader.inside(node, shape, label, name)
            else:
                reader.wrong_kind(node, label, "a mapping")

    def _windows(self) -> WindowsNode | None:
        mapping = self.top.child("windows")
        if mapping is None:
            return None
        key = self.top.mapping.key("windows")
        assert key is not None
        reader = self.top.inside(mapping, "windows", "`windows`", key)
        return WindowsNode(
            span=reader.span,
            device_type=reader.integer("device_type"),
            device=reader.word("device"),
            sddl=reader.word("sddl"),
            class_guid=reader.word("class_guid"),
            pool_tag=reader.word("pool_tag"),
            driver=reader.word("driver"),
            path=reader.word("path"),
            exclusive=reader.span_of("exclusive") if reader.boolean("exclusive") else None,
            hardware_ids=reader.names("hardware_id"),
            interface_guid=reader.word("interface_guid"),
        )

    def _linux(self) -> LinuxNode | None:
        mapping = self.top.child("linux")
        if mapping is None:
            return None
        key = self.top.mapping.key("linux")
        assert key is not None
        reader = self.top.inside(mapping, "linux", "`linux`", key)
        if mapping.get("magic") is None and not self.external:
            message = "`linux` needs the key `magic`"
            self.sink.error("KG103", key.span, message, label="not complete")
        return LinuxNode(
            span=reader.span,
            node=reader.word("node"),
            magic=reader.integer("magic"),
            mode=reader.word("mode"),
            group=reader.word("group"),
            capability=reader.word("capability"),
            exclusive=reader.boolean("exclusive"),
        )

    def _constants(self) -> Iterator[ConstantNode]:
        for name, node in self.top.named("constants"):
            check_name(name, "a constant", self.external, self.sink)
            what = f"constant `{shown(name.text)}`"
            if isinstance(node, Mapping):
                reader = self.top.inside(node, "constant", what, name)
                value, note = reader.integer("value"), reader.note()
            else:
                value = self.top.expression(self.top.as_scalar(node, what, "a number"))
                note = PLAIN_NOTE
            if value is not None:
                yield ConstantNode(name, value, note)

    def _errors(self) -> Iterator[ErrorNode]:
        for name, reader in self._entries(self.top, "errors", "error", "error"):
            if self.top.has("windows"):
                reader.require("ntstatus")
            ntstatus, errno = reader.integer("ntstatus"), reader.word("errno")
            note = reader.note()
            if errno is not None:
                yield ErrorNode(name, ntstatus, errno, note)

    def _objects(self) -> Iterator[ObjectNode]:
        for name, reader in self._entries(self.top, "objects", "object", "object"):
            per_open = reader.integer("per_open")
            stale, full, note = reader.word("stale"), reader.word("full"), reader.note()
            if per_open is not None:
                yield ObjectNode(name, per_open, stale, full, note)

    def _enums(self) -> Iterator[EnumNode]:
        for name, reader in self._entries(self.top, "enums", "enum", "enum"):
            values = tuple(self._values(reader, "values", "enum_value", "value", False))
            yield from self._enum(name, reader, values)

    def _flags(self) -> Iterator[EnumNode]:
        for name, reader in self._entries(self.top, "flags", "flags", "flags"):
            bits = tuple(self._values(reader, "bits", "flag_bit", "bit", True))
            masks = tuple(self._values(reader, "values", "enum_value", "value", False))
            has_bits, has_masks = (reader.mapping.get(key) for key in ("bits", "values"))
            if (has_bits is None) == (has_masks is None):
                self.sink.error(
                    "KG110",
                    reader.span,
                    f"{reader.what} has either `bits`, or `values` that are masks",
                    label="both are there" if has_bits else "neither is there",
                )
            yield from self._enum(name, reader, bits + masks)

    def _enum(
        self, name: Name, reader: Reader, values: tuple[ValueNode, ...]
    ) -> Iterator[EnumNode]:
        type_ = reader.word("type")
        if type_ is not None:
            yield EnumNode(name, type_, values, reader.boolean("open"), reader.note())

    def _values(
        self, reader: Reader, key: str, shape: str, value_key: str, is_bit: bool
    ) -> Iterator[ValueNode]:
        for name, node in reader.named(key):
            what = f"`{shown(name.text)}` of {reader.what}"
            check_name(name, "a value", self.external, self.sink)
            if isinstance(node, Mapping):
                inner = reader.inside(node, shape, what, name)
                value, note = inner.integer(value_key), inner.note()
            else:
                value = reader.expression(reader.as_scalar(node, what, "a number"))
                note = PLAIN_NOTE
            if value is not None:
                yield ValueNode(name, value, is_bit, note)

    def _bitfields(self) -> Iterator[BitFieldNode]:
        for name, reader in self._entries(self.top, "bitfields", "bitfield", "bitfield"):
            type_ = reader.word("type")
            parts = tuple(self._parts(reader))
            if type_ is not None:
                yield BitFieldNode(name, type_, parts, reader.note())

    def _parts(self, reader: Reader) -> Iterator[PartNode]:
        for name, node in reader.named("bits"):
            what = f"`{shown(name.text)}` of {reader.what}"
            check_name(name, "a bit range", self.external, self.sink)
            if isinstance(node, Mapping):
                inner = reader.inside(node, "bit_part", what, name)
                bits, enum, note = inner.parsed("at", Parser.bits), inner.word("type"), inner.note()
            else:
                scalar = reader.as_scalar(node, what, "a bit or a range of bits")
                bits, enum, note = reader.parse(scalar, Parser.bits), None, PLAIN_NOTE
            if bits is not None:
                yield PartNode(name, bits[0], bits[1], enum, note)

    def _unions(self) -> Iterator[UnionNode]:
        for name, reader in self._entries(self.top, "unions", "union", "union"):
            if reader.choice("layout", ("fixed", "native")) == "native":
                self._native.append(self._native_union(name, reader))
                continue
            reader.require("tag")
            self._refuse_native(reader)
            tag = reader.word("tag")
            arms = tuple(self._arms(reader))
            if tag is not None:
                yield UnionNode(name, tag, arms, reader.note())

    def _native_union(self, name: Name, reader: Reader) -> StructNode:
        """Of which nothing tells the arm: its arms are fields, all at the start."""
        tag = reader.mapping.key("tag")
        if tag is not None:
            self.sink.error(
                "KG143",
                tag.span,
                f"`{shown(name.text)}` is laid out as a compiler does: it has no tag",
                help="drop `tag`, or drop `layout: native`",
            )
        return StructNode(
            name=name,
            fields=read_fields(reader, "arms"),
            grows=False,
            native=True,
            requires=(),
            note=reader.note(),
            rules=reader.native(),
            is_union=True,
        )

    def _arms(self, reader: Reader) -> Iterator[ArmNode]:
        for name, node in reader.named("arms"):
            what = f"arm `{shown(name.text)}` of {reader.what}"
            note = PLAIN_NOTE
            value: Node | None = node
            if isinstance(node, Mapping):
                inner = reader.inside(node, "arm", what, name)
                note, value = inner.note(), node.get("type")
                self._refuse_native(inner)
            if value is None:
                continue
            scalar = reader.as_scalar(value, what, "a type or `none`")
            if scalar is None:
                continue
            if scalar.text == "none":
                yield ArmNode(name, None, note)
            else:
                type_ = read_type(reader, scalar)
                if type_ is not None:
                    yield ArmNode(name, type_, note)

    def _structs(self) -> Iterator[StructNode]:
        for name, reader in self._entries(self.top, "structs", "struct", "struct"):
            native = reader.choice("layout", ("fixed", "native")) == "native"
            if not native:
                self._refuse_native(reader)
            yield StructNode(
                name=name,
                fields=read_fields(reader, "fields"),
                grows=reader.boolean("grows"),
                native=native,
                requires=tuple(self._requires(reader)),
                note=reader.note(),
                rules=reader.native() if native else None,
            )

    def _refuse_native(self, reader: Reader) -> None:
        """Report what only a compiler's layout has (KG143)."""
        rules = reader.native()
        if rules is not None:
            self.sink.error(
                "KG143",
                rules.span,
                f"{reader.what} has one layout everywhere, and nothing to say of it",
                label="for `layout: native` alone",
                help="write `layout: native`, if it exists already and is laid out so",
            )

    def _requires(self, reader: Reader) -> Iterator[RequireNode]:
        node = reader.mapping.get("require")
        if node is None:
            return
        for item in node.items if isinstance(node, Sequence) else [node]:
            scalar = reader.as_scalar(item, f"`require` of {reader.what}", "conditions")
            expression = reader.parse(scalar, Parser.condition)
            if scalar is not None and expression is not None:
                yield RequireNode(" ".join(scalar.text.split()), expression, scalar.span)


def _with_article(word: str) -> str:
    if word == "flags":
        return word
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
