"""Structs: all scalars in one precompiled format, everything else beside it."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from itertools import pairwise
from struct import Struct as Format

from .arrays import MalformedError, Sequence, Tail, Union
from .blobs import decode_text, text_codec
from .conditions import holds
from .errors import LayoutError, ValidationError
from .items import Item, Scalar
from .values import Message, restore, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .items import Convert

    Condition = tuple[str, str]
    """As the schema writes it, and as `conditions.holds` wants it."""
    View = tuple[str, str, str, str]
    """Name, encoding, and the fields that hold offset and size."""


class Place:
    """One field of a struct: where it is, and what a caller sees of it."""

    __slots__ = ("item", "name", "offset", "role", "since")

    def __init__(
        self, name: str, offset: int, item: Item, role: str, since: str
    ) -> None:
        """Take `role`: `value`, `secret`, `reserved`, or `counter` and `tag`, which are
        derived; `since` is the version that brought it, where a struct has several."""
        self.name, self.offset, self.item = name, offset, item
        self.role, self.since = role, since

    @property
    def optional(self) -> bool:
        """Whether an older version of the struct does without it."""
        return bool(self.since)

    @property
    def may_be_none(self) -> bool:
        """Whether a caller may leave it out."""
        is_optional: bool = getattr(self.item, "is_optional", False)
        return self.optional or is_optional

    @property
    def visible(self) -> bool:
        """Whether a caller gives and gets it."""
        return self.role in ("value", "secret")

    @property
    def end(self) -> int:
        """The offset behind it, without the elements of a tail."""
        return self.offset + self.item.size


class StructItem(Item):
    """The codec of one message class; `first_size` is that of its first version."""

    def __init__(
        self,
        cls: type[Message],
        size: int,
        first_size: int,
        places: list[Place],
        views: tuple[View, ...],
        conditions: tuple[Condition, ...],
        *,
        holes: bool,
    ) -> None:
        self.cls, self.size, self.first_size = cls, size, first_size
        self.places, self.views, self.conditions = places, views, conditions
        self.shown = [place for place in places if place.visible]
        self.index = {place.name: index for index, place in enumerate(self.shown)}
        self.format = Format(self._format(holes=holes))
        if self.format.size != size:
            raise LayoutError(
                f"{cls.__name__}: {self.format.size} bytes, the table says {size}"
            )
        scalars = [
            i for i, place in enumerate(self.shown) if isinstance(place.item, Scalar)
        ]
        all_scalar = len(scalars) == len(self.shown) and not views
        self.scalars = None if all_scalar else scalars
        self.encoders = self._converters("encode", scalars)
        self.decoders = self._converters("decode", scalars)
        self.parts = [
            (index, place.offset, place.item)
            for index, place in enumerate(self.shown)
            if not isinstance(place.item, Scalar)
        ]
        self.grows = first_size != size
        self._editions = _edition_sizes(places, size)
        self._versions: dict[int, StructItem] = {}
        self._measure_tail()
        self.secret: bool = bool(cls._secret) or any(map(_is_secret, self.parts))
        self.direct = not (self.decoders or self.parts or views)
        """Whether what the format unpacks are the values."""
        self.as_is = self.direct and not self.grows and not self.secret
        self.plain_values = not (
            self.encoders or self.parts or conditions or self.grows or views
        )
        """Whether the format packs the values as they are."""

    def _measure_tail(self) -> None:
        last = self.parts[-1][2] if self.parts else None
        at_end = bool(self.shown) and self.shown[-1] is self.places[-1]
        self._tail = last if at_end and last is not None and _varies(last) else None
        self.element_size: int = 0
        room = 0
        self.is_counted = True
        if isinstance(self._tail, Tail):
            self.is_counted = self._tail.counter is not None
            self.element_size = self._tail.element.size
            room = self._tail.high * self.element_size
        elif isinstance(self._tail, StructItem):
            self.element_size = self._tail.element_size
            room = self._tail.largest - self._tail.size
        items = [place.item for place in self.places]
        self.elsewhere = bool(self.views) or any(map(_has_views, items))
        self.fixed = self._tail is None and not self.elsewhere
        self.largest: int = self.size + room + (_ELSEWHERE if self.elsewhere else 0)

    def _format(self, *, holes: bool) -> str:
        text, at = "=", 0
        for place in self.places:
            if place.item.shares:
                continue
            if place.offset < at or (place.offset > at and not holes):
                raise LayoutError(
                    f"{self.cls.__name__}.{place.name}: at {place.offset}, "
                    f"the field before ends at {at}"
                )
            text += f"{place.offset - at}x" if place.offset > at else ""
            item = place.item
            if isinstance(item, Scalar) and place.visible:
                text += item.format
            else:
                text += f"{item.size}x"
            at = place.end
        return text + (f"{self.size - at}x" if holes and self.size > at else "")

    def _converters(self, which: str, scalars: list[int]) -> list[tuple[int, Convert]]:
        found = (
            (i, getattr(self.shown[at].item, which)) for i, at in enumerate(scalars)
        )
        return [(i, convert) for i, convert in found if convert is not None]

    def length(self, values: Any) -> int:
        """Return the bytes of a message with these values."""
        if self.grows:
            given = [
                p.end
                for p, value in zip(self.shown, values, strict=False)
                if value is not None
            ]
            needed = max([self.first_size, *given])
            return next(size for size in self._editions if size >= needed)
        if self._tail is None:
            return self.size
        return self.size + self._tail.room(values[len(self.shown) - 1])

    def size_in(self, version: tuple[int, int]) -> int:
        """Return the bytes that it has in that version of the interface."""
        known = [p.end for p in self.places if _version(p.since) <= version]
        return max(known, default=self.first_size)

    def put_values(self, buffer: bytearray, at: int, values: Any) -> None:
        """Write the visible fields in their order; raises one of REFUSED."""
        if self.views and self._view_given(values) is not None:
            raise ValueError
        if self.grows and values and values[-1] is None:
            self._put_short(buffer, at, values)
            return
        scalars = values if self.scalars is None else [values[i] for i in self.scalars]
        if self.encoders:
            scalars = list(scalars)
            for index, encode in self.encoders:
                scalars[index] = encode(scalars[index])
        self.format.pack_into(buffer, at, *scalars)
        for index, offset, item in self.parts:
            item.put(buffer, at + offset, values[index])
        if self.conditions:
            message = restore(self.cls, values)
            if not all(holds(predicate, message) for _, predicate in self.conditions):
                raise ValueError

    def _view_given(self, values: Any) -> str | None:
        """Return the name of content elsewhere that came along: it is read only."""
        given = zip(self.views, values[len(self.shown) :], strict=False)
        return next((view[0] for view, value in given if value is not None), None)

    def _prefix(self, end: int) -> StructItem:
        """Return the codec of an older version, of that many bytes."""
        known = self._versions.get(end)
        if known is None:
            places = [place for place in self.places if place.end <= end]
            known = StructItem(
                self.cls, places[-1].end, places[-1].end, places, (), (), holes=True
            )
            self._versions[end] = known
        return known

    def _put_short(self, buffer: bytearray, at: int, values: Any) -> None:
        older = self._prefix(self.length(values))
        older.put_values(buffer, at, values[: len(older.shown)])

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if type(value) is not self.cls:
            raise TypeError
        self.put_values(buffer, at, value)

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        if end - at < self.size:
            return self._get_short(buffer, at, end)
        if self.direct:
            return restore(self.cls, self.format.unpack_from(buffer, at))
        return self._read(buffer, at, end)

    def _read(self, buffer: bytearray, at: int, end: int) -> Any:
        values = list(self.format.unpack_from(buffer, at))
        for index, decode in self.decoders:
            values[index] = decode(values[index])
        for index, offset, item in self.parts:
            values.insert(index, item.get(buffer, at + offset, end))
        for _, encoding, offset_name, size_name in self.views:
            start, size = values[self.index[offset_name]], values[self.index[size_name]]
            values.append(_content_at(buffer, start, size, end, encoding))
        return restore(self.cls, values)

    def _get_short(self, buffer: bytearray, at: int, end: int) -> Any:
        got = end - at
        if got < self.first_size or not self.grows:
            raise MalformedError(f"has {got} bytes where {self.first_size} are due")
        older = self._prefix(got)
        values = values_of(older.get(buffer, at, at + older.size))
        return restore(self.cls, (*values, *[None] * (len(self.shown) - len(values))))

    def room(self, value: Any) -> int:
        return self.length(value) - self.size

    def problem(self, value: Any) -> tuple[str, str] | None:
        if type(value) is not self.cls:
            return "", f"{value!r} is not a {self.cls.__name__}"
        return self.values_problem(values_of(value))

    def values_problem(self, values: tuple[Any, ...]) -> tuple[str, str] | None:
        """Return where these values are wrong, and how."""
        missing = False
        for place, value in zip(self.shown, values, strict=False):
            if value is None and place.optional:
                missing = True
                continue
            if missing:
                return f".{place.name}", "is given, but a field before it is not"
            found = place.item.problem(value)
            if found is not None:
                text = (
                    found[1]
                    if place.role != "secret"
                    else _without_value(found[1], value)
                )
                return f".{place.name}{found[0]}", text
        elsewhere = self._view_given(values) if self.views else None
        if elsewhere is not None:
            return f".{elsewhere}", "stands elsewhere in a reply and cannot be sent"
        message = restore(self.cls, values)
        for text, predicate in self.conditions:
            if not holds(predicate, message):
                return "", f"`{text}` does not hold"
        return None

    def field_value(self, message: Any, name: str) -> Any:
        """Return what a field holds on the wire, derived ones included."""
        index = self.index.get(name)
        if index is not None:
            return values_of(message)[index]
        for place in self.shown:
            value = values_of(message)[self.index[place.name]]
            counter = place.item.counter if isinstance(place.item, Tail) else None
            if isinstance(place.item, Tail) and counter and counter.name == name:
                return place.item.count(value)
            if isinstance(place.item, Union) and place.item.tag_name == name:
                return int(value.tag)
        return 0

    def end_of(self, name: str) -> int:
        """Return the offset behind a field."""
        return self._place(name).end

    def read(self, buffer: bytearray, name: str) -> Any:
        """Return the value of one field of a message at the start of a buffer."""
        place = self._place(name)
        return place.item.get(buffer, place.offset, len(buffer))

    def _place(self, name: str) -> Place:
        return next(place for place in self.places if place.name == name)

    def plain(self, value: Any) -> dict[str, Any]:
        pairs = zip(self.shown, values_of(value), strict=False)
        plain = {p.name: p.item.plain(v) for p, v in pairs if v is not None}
        seen = values_of(value)[len(self.shown) :]
        return {
            **plain,
            **{
                v[0]: text
                for v, text in zip(self.views, seen, strict=True)
                if text is not None
            },
        }

    def parse(self, plain: Any, path: str) -> Any:
        if type(plain) is self.cls:
            return plain
        if not isinstance(plain, dict):
            raise ValidationError(path, f"{plain!r} is not a mapping")
        items = {place.name: place.item for place in self.shown}
        fields = {}
        for name, value in plain.items():
            if name in items:
                fields[name] = items[name].parse(value, f"{path}.{name}")
            elif name not in self.cls._optional:
                raise ValidationError(f"{path}.{name}", "there is no such field")
        for name in items:
            if name not in fields and name not in self.cls._optional:
                raise ValidationError(f"{path}.{name}", "is missing")
        return self.cls(**fields)


_ELSEWHERE = 1 << 20
"""Bytes that text elsewhere in a message may take; nothing in a schema bounds it."""


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if text else (0, 0)


def _has_views(item: Item) -> bool:
    while isinstance(item, Sequence):
        item = item.element
    return isinstance(item, StructItem) and item.elsewhere


def _is_secret(part: tuple[int, int, Item]) -> bool:
    item = part[2]
    return isinstance(item, StructItem) and item.secret


def _varies(item: Item) -> bool:
    if isinstance(item, StructItem):
        return item._tail is not None
    return isinstance(item, Tail)


def _edition_sizes(places: list[Place], size: int) -> list[int]:
    """Return the size of each version of a struct, the oldest first."""
    ends = [
        place.end
        for place, following in pairwise(places)
        if place.since != following.since
    ]
    return [*ends, size]


def _content_at(
    buffer: bytearray, start: int, size: int, end: int, encoding: str
) -> str | bytes:
    """Return text or bytes that stand elsewhere in a message."""
    if start + size > end:
        raise MalformedError(f"points at {start}..{start + size} of {end} bytes")
    raw = bytes(memoryview(buffer)[start : start + size])
    if encoding == "bytes":
        return raw
    codec, unit = text_codec(encoding)
    if size % unit:
        raise MalformedError(f"has {size} bytes of {encoding}")
    return decode_text(raw, codec)


def _without_value(problem: str, value: Any) -> str:
    """Return the problem without the secret that it may quote."""
    return problem.replace(repr(value), "the value")
