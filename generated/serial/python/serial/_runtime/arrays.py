"""Arrays, tails and unions: the items of a message that have items of their own."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from struct import Struct

from .blobs import decode_text, parse_hex, text_codec, text_problem
from .errors import ValidationError
from .items import Integer, Item, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .items import Enum
    from .unions import TaggedUnion


class MalformedError(Exception):
    """A reply breaks the interface; the argument says how."""


class Sequence(Item):
    """Elements one after the other: what arrays and tails have in common."""

    def __init__(self, element: Item) -> None:
        self.element = element
        self.plain_format = ""
        if isinstance(element, Scalar) and not element.encode and not element.decode:
            self.plain_format = element.format

    def put_all(self, buffer: bytearray, at: int, values: Any) -> None:
        """Write every element from that offset on."""
        if self.plain_format:
            Struct(f"={self.plain_format * len(values)}").pack_into(buffer, at, *values)
            return
        put, step = self.element.put, self.element.size
        for value in values:
            put(buffer, at, value)
            at += step

    def get_all(
        self, buffer: bytearray, at: int, length: int, end: int
    ) -> tuple[Any, ...]:
        """Read that many elements from that offset on."""
        if self.plain_format:
            return Struct(f"={self.plain_format * length}").unpack_from(buffer, at)
        get, step = self.element.get, self.element.size
        return tuple([get(buffer, at + index * step, end) for index in range(length)])

    def length_problem(self, length: int) -> str | None:
        """Return what is wrong with that number of elements."""
        raise NotImplementedError

    def problem(self, value: Any) -> tuple[str, str] | None:
        if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
            return "", f"{value!r} is not a sequence"
        wrong = self.length_problem(len(value))
        if wrong is not None:
            return "", wrong
        for index, element in enumerate(value):
            found = self.element.problem(element)
            if found is not None:
                return f"[{index}]{found[0]}", found[1]
        return None

    def plain(self, value: Any) -> Any:
        return [self.element.plain(element) for element in value]

    def parse(self, plain: Any, path: str) -> Any:
        if not isinstance(plain, (list, tuple)):
            raise ValidationError(path, f"{plain!r} is not a list")
        return tuple(
            self.element.parse(one, f"{path}[{i}]") for i, one in enumerate(plain)
        )


class Array(Sequence):
    """`T[N]`: always that many."""

    def __init__(self, element: Item, length: int) -> None:
        super().__init__(element)
        self.length = length
        self.size = element.size * length

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if len(value) != self.length or isinstance(value, (str, bytes)):
            raise ValueError
        self.put_all(buffer, at, value)

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        return self.get_all(buffer, at, self.length, end)

    def length_problem(self, length: int) -> str | None:
        return (
            None
            if length == self.length
            else f"{length} elements, must be {self.length}"
        )


class Counter:
    """The integer that holds the length of a tail, `before` bytes before it."""

    __slots__ = ("before", "by_bytes", "item", "name")

    def __init__(
        self, name: str, item: Integer, before: int, *, by_bytes: bool
    ) -> None:
        """Take `by_bytes` where it counts bytes instead of elements."""
        self.name, self.item, self.before, self.by_bytes = name, item, before, by_bytes


class Tail(Sequence):
    """`T[A..B]`: the variable end of a message. Its counter is its own affair."""

    noun = "elements"

    def __init__(
        self, element: Item, low: int, high: int, counter: Counter | None
    ) -> None:
        """Take no counter where the tail is the rest of the message."""
        super().__init__(element)
        self.low, self.high, self.counter = low, high, counter
        self.factor = element.size if counter is not None and counter.by_bytes else 1

    def count(self, value: Any) -> int:
        """Return what the counter holds for this value."""
        return self.room(value) // self.element.size * self.factor

    def put_count(self, buffer: bytearray, at: int, length: int) -> None:
        """Check the length and write the counter."""
        if not self.low <= length <= self.high:
            raise ValueError
        if self.counter is None:
            return
        self.counter.item.put(buffer, at - self.counter.before, length * self.factor)

    def get_count(self, buffer: bytearray, at: int, end: int) -> int:
        """Read the counter, and hold it against the bytes that came."""
        if self.counter is None:
            return min((end - at) // self.element.size, self.high)
        count: int = self.counter.item.get(buffer, at - self.counter.before, end)
        length, rest = divmod(count, self.factor)
        if rest or length > self.high or at + length * self.element.size > end:
            raise MalformedError(f"counts {count} where {end - at} bytes came")
        return length

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        self.put_count(buffer, at, len(value))
        self.put_all(buffer, at, value)

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        return self.get_all(buffer, at, self.get_count(buffer, at, end), end)

    def room(self, value: Any) -> int:
        return len(value) * self.element.size

    def length_problem(self, length: int) -> str | None:
        if length > self.high:
            return f"{length} {self.noun}, at most {self.high}"
        if length < self.low:
            return f"{length} {self.noun}, at least {self.low}"
        return None


class BytesTail(Tail):
    """`u8[A..B]`: bytes."""

    noun = "bytes"

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError
        size = memoryview(value).nbytes
        self.put_count(buffer, at, size)
        buffer[at : at + size] = value

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        return bytes(memoryview(buffer)[at : at + self.get_count(buffer, at, end)])

    def room(self, value: Any) -> int:
        return memoryview(value).nbytes

    def problem(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            return "", f"{value!r} is not bytes"
        wrong = self.length_problem(memoryview(value).nbytes)
        return None if wrong is None else ("", wrong)

    def plain(self, value: Any) -> Any:
        return bytes(value).hex()

    def parse(self, plain: Any, path: str) -> Any:
        return parse_hex(plain, path)


class TextTail(Tail):
    """`utf8[A..B]`, `utf16[A..B]`: text without NUL, counted in code units."""

    def __init__(
        self, encoding: str, low: int, high: int, counter: Counter | None
    ) -> None:
        self.codec, self.unit = text_codec(encoding)
        super().__init__(Integer(f"u{8 * self.unit}"), low, high, counter)
        self.noun = "bytes" if self.unit == 1 else "UTF-16 units"

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        raw = value.encode(self.codec)
        if "\0" in value:
            raise ValueError
        self.put_count(buffer, at, len(raw) // self.unit)
        buffer[at : at + len(raw)] = raw

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        size = self.get_count(buffer, at, end) * self.unit
        return decode_text(bytes(memoryview(buffer)[at : at + size]), self.codec)

    def room(self, value: Any) -> int:
        return len(value.encode(self.codec))

    def problem(self, value: Any) -> tuple[str, str] | None:
        wrong = text_problem(value, self.codec)
        if wrong is None and "\0" in value:
            wrong = "has a NUL inside"
        if wrong is None:
            wrong = self.length_problem(len(value.encode(self.codec)) // self.unit)
        return None if wrong is None else ("", wrong)

    def plain(self, value: Any) -> Any:
        return value

    def parse(self, plain: Any, _path: str) -> Any:
        return plain


class TextRest(TextTail):
    """Text that ends a message, and ends with its first NUL: nothing counts it.

    The NUL is one of its code units, and need not be there in a reply.
    """

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        super().put(buffer, at, value)
        self.put_count(buffer, at, self.room(value) // self.unit)

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        return super().get(buffer, at, end).partition("\0")[0]

    def room(self, value: Any) -> int:
        return super().room(value) + self.unit

    def length_problem(self, length: int) -> str | None:
        wrong = super().length_problem(length + 1)
        return wrong and f"{wrong}, a NUL behind it among them"


class Union(Item):
    """As large as its largest arm; it writes and reads its tag itself, `before` bytes
    before it.

    `arms` maps a tag's number to the arm's name and item; None for an arm that holds
    nothing.
    """

    def __init__(
        self,
        cls: type[TaggedUnion],
        size: int,
        tag: Enum,
        arms: dict[int, tuple[str, Item | None]],
    ) -> None:
        self.cls, self.size, self.tag, self.arms = cls, size, tag, arms
        self.tag_name, self.before = "", 0

    def by(self, tag_name: str, before: int) -> Union:
        """Return this union with its tag in that field, that many bytes before it."""
        bound = Union(self.cls, self.size, self.tag, self.arms)
        bound.tag_name, bound.before = tag_name, before
        return bound

    def arm_name(self, tag: int) -> str | None:
        """Return the name of the arm of that tag, None for a tag without one."""
        arm = self.arms.get(tag)
        return None if arm is None else arm[0]

    def put(self, buffer: bytearray, at: int, value: Any) -> None:
        if type(value) is not self.cls:
            raise TypeError
        if value.tag not in self.arms and self._is_raw(value):
            self.tag.put(buffer, at - self.before, value.tag)
            buffer[at : at + len(value.value)] = value.value
            return
        item = self.arms[value.tag][1]
        self.tag.put(buffer, at - self.before, value.tag)
        if item is not None:
            item.put(buffer, at, value.value)
        elif value.value is not None:
            raise ValueError

    def _is_raw(self, value: Any) -> bool:
        """Return whether an open tag that has no arm came with raw bytes."""
        raw = value.value
        return self.tag.is_open and type(raw) is bytes and len(raw) <= self.size

    def get(self, buffer: bytearray, at: int, end: int) -> Any:
        tag = self.tag.get(buffer, at - self.before, end)
        if tag not in self.arms:
            return self.cls(tag, bytes(memoryview(buffer)[at : at + self.size]))
        item = self.arms[tag][1]
        return self.cls(tag, None if item is None else item.get(buffer, at, end))

    def problem(self, value: Any) -> tuple[str, str] | None:
        if type(value) is not self.cls:
            return "", f"{value!r} is not a {self.cls.__name__}"
        arm = self.arms.get(value.tag)
        if arm is None and self._is_raw(value):
            return self.tag.problem(value.tag)
        if arm is None:
            return "", f"{value.tag!r} has no arm in {self.cls.__name__}"
        name, item = arm
        if item is None:
            return None if value.value is None else (f".{name}", "holds nothing")
        found = item.problem(value.value)
        return None if found is None else (f".{name}{found[0]}", found[1])

    def plain(self, value: Any) -> Any:
        arm = self.arms.get(value.tag)
        if arm is None:
            return {str(int(value.tag)): bytes(value.value).hex()}
        name, item = arm
        return {name: None if item is None else item.plain(value.value)}

    def parse(self, plain: Any, path: str) -> Any:
        if type(plain) is self.cls:
            return plain
        if isinstance(plain, dict) and len(plain) == 1:
            ((wanted, content),) = plain.items()
            for number, (name, item) in self.arms.items():
                if name == wanted:
                    value = (
                        None if item is None else item.parse(content, f"{path}.{name}")
                    )
                    return self.cls(self.tag.cls(number), value)
            if self.tag.is_open and isinstance(wanted, str) and wanted.isdecimal():
                return self.cls(self.tag.cls(int(wanted)), parse_hex(content, path))
        raise ValidationError(path, f"{plain!r} is not one arm of {self.cls.__name__}")
