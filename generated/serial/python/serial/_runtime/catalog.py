"""From the table of an interface's types to its classes, one at a time, when it is
first used.

A table maps class names to rows (see `_MAKERS`). The type of a field is written as in
the schema, with all names resolved: `u32 in 0..63`, `u8[16] secret`, `Entry[0..64]
count entries_count`.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

import collections
from itertools import pairwise

from .arrays import Array, BytesTail, Counter, Sequence, Tail, TextRest, TextTail, Union
from .bits import Bits
from .blobs import Blob, Guid, Handle, Pointer, Text
from .enums import Flags, OpenEnum
from .errors import LayoutError
from .items import Boolean, Enum, FlagSet, Integer, Item
from .objects import ObjectId, ObjectName
from .structs import Place, StructItem
from .unions import TaggedUnion, add_arm
from .values import Message, Request

_MARGIN = "\n" + 12 * " "
# What named tuples use for their fields; it reads one in a third of a property's time.
_field = vars(collections)["_tuplegetter"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = tuple[Any, ...]


class Catalog:
    """The types of one interface."""

    def __init__(
        self, module: str, *, requests: list[str], table: Mapping[str, Row]
    ) -> None:
        """Take the module that owns the classes, which are requests, and all types."""
        self.module = module
        self.requests = frozenset(requests)
        self.table = table
        self._items: dict[str, Item] = {}

    def item(self, name: str) -> Any:
        """Return the codec of a class by its name; it is made on first use."""
        item = self._items.get(name)
        if item is None:
            kind, *row = self.table[name]
            # Docs stand indented in the table.
            row = [w.replace(_MARGIN, "\n") if isinstance(w, str) else w for w in row]
            # Two threads may both come here; both return what the first one stores.
            item = self._items.setdefault(name, _MAKERS[kind](self, name, *row))
        return item

    def cls(self, name: str) -> Any:
        """Return a class by its name."""
        return self.item(name).cls

    def _class(self, name: str, base: type, doc: str, fields: Mapping[str, str]) -> Any:
        """Make a message class; the doc of a field is its type."""
        body: dict[str, Any] = {
            "__doc__": doc,
            "__module__": self.module,
            "__slots__": (),
            "_fields": tuple(fields),
        }
        for index, (field, text) in enumerate(fields.items()):
            body[field] = _field(index, text)
        return type(name, (base,), body)

    def _enum_class(self, base: Any, name: str, members: Any, doc: str) -> Any:
        cls = base(name, members, module=self.module)
        cls.__doc__ = doc
        return cls

    def enum(self, name: str, base: str, is_open: bool, members: Any, doc: str) -> Enum:
        """Make an IntEnum class."""
        cls = self._enum_class(OpenEnum, name, members, doc)
        return Enum(cls, Integer(base), is_open=is_open)

    def flags(
        self, name: str, base: str, is_open: bool, members: Any, doc: str
    ) -> FlagSet:
        """Make an IntFlag class."""
        cls = self._enum_class(Flags, name, members, doc)
        mask = 0
        for _, bits in members:
            mask |= bits
        return FlagSet(cls, Integer(base), mask, is_open=is_open)

    def id(self, name: str, doc: str) -> ObjectName:
        """Make the class of an object's id."""
        body = {"__doc__": doc, "__module__": self.module, "__slots__": ()}
        return ObjectName(type(name, (ObjectId,), body))

    def bits(self, name: str, base: str, parts: Any, doc: str) -> Bits:
        """Make the class of a bit-field."""
        widths = {part: enum or f"{width} bits" for part, _, width, enum in parts}
        cls = self._class(name, Message, doc, widths)
        rows = tuple(
            (n, low, width, self.item(e) if e else None) for n, low, width, e in parts
        )
        item = cls._item = Bits(cls, Integer(base), rows)
        return item

    def union(self, name: str, size: Any, tag: str, arms: Any, doc: str) -> Union:
        """Make the class of a tagged union; `size` may be one for each ABI."""
        cls: Any = type(
            name,
            (TaggedUnion,),
            {"__doc__": doc, "__module__": self.module, "__slots__": ()},
        )
        items = {
            number: (arm, self._type(text)[0] if text else None)
            for number, arm, text in arms
        }
        here = _here(name, size) if isinstance(size, dict) else size
        item = cls._item = Union(cls, here, self.item(tag), items)
        for number, arm, text in arms:
            add_arm(cls, arm, number, holds=bool(text))
        return item

    def struct(
        self,
        name: str,
        sizes: Any,
        fields: Any,
        doc: str,
        views: Any = (),
        conditions: Any = (),
    ) -> StructItem:
        """Make the class of a struct; `sizes`: its first version's, and now."""
        return self._struct(name, sizes, fields, doc, views, conditions, holes=False)

    def native(
        self, name: str, layouts: Any, doc: str, views: Any = (), conditions: Any = ()
    ) -> StructItem:
        """Make the class of a struct laid out as a compiler of this ABI does."""
        sizes, fields = _here(name, layouts)
        return self._struct(name, sizes, fields, doc, views, conditions, holes=True)

    def native_union(self, name: str, layouts: Any, doc: str) -> Any:
        """Make the class of a union that has no tag."""
        natives, (sizes, arms) = _natives(), _here(name, layouts)
        body = {"__doc__": doc, "__module__": self.module, "__slots__": ()}
        cls: Any = type(name, (natives.NativeUnion,), body)
        items = {arm: self._type(text)[0] for arm, _, text in arms}
        item = cls._item = natives.NativeUnionItem(cls, sizes[1], items)
        return item

    def _struct(
        self,
        name: str,
        sizes: Any,
        fields: Any,
        doc: str,
        views: Any,
        conditions: Any,
        *,
        holes: bool,
    ) -> StructItem:
        offsets = {field[0]: field[1] for field in fields}
        counters, tags = _derived(fields)
        places = []
        for field, offset, text in fields:
            item, clauses = self._type(text, offset, offsets, counters)
            role = "value"
            if field in counters:
                role = "counter"
            elif field in tags:
                role = "tag"
            elif "reserved" in clauses:
                role = "reserved"
            elif "secret" in clauses:
                role = "secret"
            places.append(Place(field, offset, item, role, _after(clauses, "since")))
        texts = {field: text for field, _, text in fields}
        shown = {place.name: texts[place.name] for place in places if place.visible}
        shown.update(
            (view[0], f"{view[1]} at {view[2]} size {view[3]}") for view in views
        )
        base = Request if name in self.requests else Message
        cls = self._class(name, base, doc, shown)
        left_out = [
            place.name for place in places if place.visible and place.may_be_none
        ]
        cls._optional = frozenset(left_out + [view[0] for view in views])
        cls._secret = frozenset(
            place.name for place in places if place.role == "secret"
        )
        item = cls._item = StructItem(
            cls, sizes[1], sizes[0], places, views, conditions, holes=holes
        )
        return item

    def element(self, text: str) -> Any:
        """Return the item of a type of one value."""
        return self._type(text)[0]

    def _type(
        self,
        text: str,
        at: int = 0,
        offsets: Mapping[str, int] | None = None,
        counters: Mapping[str, str] | None = None,
    ) -> tuple[Any, list[str]]:
        """Return the item of a type as the table writes it, and its clauses."""
        words = text.split()
        clauses = words[1:]
        name, *dimensions = words[0].replace("]", "").split("[")
        low, high = _range(_after(clauses, "in"))
        item = self._element(name, dimensions, clauses, low, high)
        tail = dimensions.pop(0) if dimensions and ".." in dimensions[0] else ""
        for dimension in reversed(dimensions):
            item = Array(item, int(dimension))
        if tail:
            if offsets is None or counters is None:
                raise LayoutError(f"{text!r} has no counter")
            counter = None
            if "rest" not in clauses:
                unit = "size" if "size" in clauses else "count"
                field = _after(clauses, unit)
                counter_item, _ = self._type(counters[field])
                before = at - offsets[field]
                by_bytes = unit == "size"
                counter = Counter(field, counter_item, before, by_bytes=by_bytes)
            is_bytes = name == "u8" and low is None
            item = _tail(name, item, _range(tail), counter, is_bytes=is_bytes)
        elif isinstance(item, Union) and offsets is not None:
            tag = _after(clauses, "by")
            item = item.by(tag, at - offsets[tag])
        elif "bits" in clauses:
            width, shift, size = map(int, clauses[clauses.index("bits") + 1 :][:3])
            item = _natives().BitField(item, width, shift, size)
        return item, clauses

    def _element(
        self,
        name: str,
        dimensions: list[str],
        clauses: list[str],
        low: int | None,
        high: int | None,
    ) -> Item:
        """Return the item of an element, which may take the last dimension with it."""
        closed = bool(dimensions) and ".." not in dimensions[-1]
        if name in ("utf8", "utf16"):
            fixed = ".." not in dimensions[0]
            return Text(name, int(dimensions.pop(0))) if fixed else Item()
        if name == "u8" and closed and low is None:
            return Blob(int(dimensions.pop()))
        if name == "wchar" and closed:
            wide: Item = _natives().WideText(int(dimensions.pop()))
            return wide
        if name == "handle":
            return Handle(is_optional="optional" in clauses)
        return self._scalar(name, low, high)

    def _scalar(self, name: str, low: int | None, high: int | None) -> Item:
        if name in self.table:
            item: Item = self.item(name)
            return item
        if name == "bool":
            return Boolean()
        if name == "guid":
            return Guid()
        if name == "pointer":
            return Pointer()
        if name in _NATIVES:
            native: Item = _native_scalar(name)
            return native
        if name in _MACHINE_WORDS:
            from struct import calcsize

            sign, letter = _MACHINE_WORDS[name]
            return Integer(f"{sign}{8 * calcsize(letter)}", low, high)
        return Integer(name, low, high)


def _abi() -> tuple[int, int, int]:
    """Return the bytes of a pointer, the alignment of a u64, the bytes of a `long`."""
    from struct import calcsize

    return calcsize("P"), calcsize("@BQ") - 8, calcsize("l")


def _here(name: str, table: Any) -> Any:
    """Return the entry of this ABI: by its sizes, or by its name."""
    if () in table:
        return table[()]
    abi = _abi()
    if abi in table:
        return table[abi]
    return _natives().here(name, table)


def _natives() -> Any:
    """Return what only native records need, which not every package has."""
    from importlib import import_module

    return import_module(".natives", __package__)


def _native_scalar(name: str) -> Any:
    natives = _natives()
    if name == "wchar":
        return Integer(f"u{8 * natives.wide_unit()}")
    return natives.long_double() if name == "long_double" else natives.Float(name)


def _derived(fields: Any) -> tuple[dict[str, str], set[str]]:
    """Return the types of the counters by name, and the names of the tags."""
    types = {field[0]: field[2] for field in fields}
    counters, tags = {}, set()
    for _, _, text in fields:
        words = text.split()
        for clause, name in pairwise(words):
            if clause in ("count", "size"):
                counters[name] = types[name]
            elif clause == "by":
                tags.add(name)
    return counters, tags


def _after(words: list[str], clause: str) -> str:
    return words[words.index(clause) + 1] if clause in words else ""


def _range(text: str) -> tuple[int | None, int | None]:
    low, dots, high = text.partition("..")
    return (int(low), int(high)) if dots else (None, None)


def _tail(
    name: str, element: Item, bounds: Any, counter: Counter | None, *, is_bytes: bool
) -> Sequence:
    low, high = bounds
    if name in ("utf8", "utf16") and not isinstance(element, Text):
        kind = TextRest if counter is None else TextTail
        return kind(name, low, high, counter)
    if is_bytes and isinstance(element, Integer):
        return BytesTail(element, low, high, counter)
    return Tail(element, low, high, counter)


_NATIVES = ("wchar", "f32", "f64", "long_double")
_MACHINE_WORDS = {
    "long": ("s", "l"),
    "ulong": ("u", "l"),
    "intptr": ("s", "P"),
    "uintptr": ("u", "P"),
    "address": ("u", "P"),
}
"""Sign, and the letter of `struct` that tells the size."""

_MAKERS: dict[str, Any] = {
    "enum": Catalog.enum,
    "flags": Catalog.flags,
    "id": Catalog.id,
    "bits": Catalog.bits,
    "union": Catalog.union,
    "struct": Catalog.struct,
    "native": Catalog.native,
    "native_union": Catalog.native_union,
}
