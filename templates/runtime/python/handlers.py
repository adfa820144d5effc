"""Handlers in Python: what an author writes, and how a simulator's library calls it."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from _thread import get_ident

from ._typing import Generic, ReplyT_co
from .arrays import Tail
from .call import encoder
from .errors import DeviceError, ValidationError
from .items import Integer
from .kernel_objects import SimulatedHandle
from .library import ffi
from .values import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from typing_extensions import Buffer

    from .arrays import Counter
    from .call import Call
    from .catalog import Catalog
    from .errors import ErrorTable
    from .structs import StructItem
    from .transport import Access

    Answer = Callable[[Any, Any], None]

_OK = 0
_INTERNAL = 0xC00000E5


class SimulatedOpen:
    """An open handle, as the driver sees it. `state` is the driver's own."""

    def __init__(
        self, access: Access, *, from_kernel: bool = False, is_32_bit: bool = False
    ) -> None:
        """Take the rights of the handle, and what kind of caller has it."""
        self.access = access
        self.from_kernel = from_kernel
        self.is_32_bit = is_32_bit
        self.state: Any = None


class SimulatedCall:
    """One request, as long as it is served."""

    __slots__ = ("open", "room")

    def __init__(self, open: SimulatedOpen, room: int) -> None:  # noqa: A002
        """Take the open that it came through.

        `room` is how many elements of a variable reply fit into the caller's buffer.
        """
        self.open = open
        self.room = room


class SimulatedData:
    """The caller's own buffer. The caller may change it at any time: read once."""

    def __init__(self, library: Any, data: Any) -> None:
        """Take the library, and what it hands to a handler."""
        self._library = library
        self._data = data

    def __len__(self) -> int:
        """Return the bytes of the buffer."""
        if self._data == ffi.NULL:
            raise ValueError("the request that this buffer belongs to is over")
        return int(self._library.kgen_sim_data_size(self._data))

    def read(self, offset: int, size: int) -> bytes:
        """Copy bytes from it; IndexError if they are not all inside."""
        self._check(offset, size)
        copy = ffi.new("char[]", max(size, 1))
        if not self._library.kgen_sim_data_read(self._data, offset, copy, size):
            raise TypeError("the caller gave this buffer for writing")
        return bytes(ffi.buffer(copy, size))

    def write(self, offset: int, content: Buffer) -> None:
        """Copy bytes to it; IndexError if they do not all fit."""
        source = ffi.from_buffer(content)
        self._check(offset, len(source))
        written = self._library.kgen_sim_data_write(
            self._data, offset, source, len(source)
        )
        if not written:
            raise TypeError("the caller gave this buffer for reading")

    def _check(self, offset: int, size: int) -> None:
        if min(offset, size) < 0 or offset + size > len(self):
            raise IndexError(f"{size} bytes at {offset} of {len(self)}")


class SimulatedObject(Generic[ReplyT_co]):
    """An object of an open handle, as the driver sees it.

    `state` is the driver's own.
    """

    def __init__(self, id: ReplyT_co) -> None:  # noqa: A002
        """Take the id by which callers name it."""
        self.id = id
        self.state: Any = None

    def __repr__(self) -> str:
        """Show its id."""
        return f"<object {self.id!r}>"


class Handlers:
    """The hooks of a driver. Whatever one raises, but for the interface's errors, is
    raised again by the call that led to it.
    """

    def hook_start(self) -> None:
        """The driver is loaded; an error of the interface refuses it."""

    def hook_stop(self) -> None:
        """The driver is unloaded; nobody has it open."""

    def hook_open(self, open: SimulatedOpen) -> None:  # noqa: A002
        """A handle is opened; an error of the interface refuses it."""

    def hook_cleanup(self, open: SimulatedOpen) -> None:  # noqa: A002
        """The handle was closed: none of its requests runs, and none will."""

    def hook_close(self, open: SimulatedOpen) -> None:  # noqa: A002
        """The open is forgotten next."""


class Forward:
    """Carries what the library calls to handlers, and their answers back."""

    def __init__(
        self,
        library: Any,
        handlers: Handlers,
        calls: Mapping[str, Call[Any]],
        catalog: Catalog,
        errors: ErrorTable,
        bare_requests: frozenset[str],
        objects: Mapping[str, list[tuple[str, int | None]]],
        pointers: Mapping[str, list[str]],
    ) -> None:
        """Take both sides, and the tables of the interface."""
        self._library = library
        self._handlers = handlers
        self._calls = calls
        self._catalog = catalog
        self._bare_requests = bare_requests
        self._rows = objects
        self._pointers = pointers
        self._objects: dict[int, SimulatedObject[Any]] = {}
        self._ntstatus = {row.cls: row.ntstatus for row in errors.statuses.values()}
        self._answers: dict[str, Answer] = {}
        self._opens: dict[int, SimulatedOpen] = {}
        self._opening: dict[int, SimulatedOpen] = {}
        self._raised: dict[int, BaseException] = {}
        self._replies: dict[int, Any] = {}
        hook = ffi.callback("uint32_t(void *, const char *, const void *)", self._hook)
        handle = ffi.callback(
            "uint32_t(void *, struct kgen_sim_message *)", self._handle
        )
        release = ffi.callback(
            "void(void *, const char *, const void *, uint64_t)", self._release
        )
        self._callbacks = hook, handle, release
        self.pointer: Any = ffi.new(
            "struct kgen_sim_handlers *",
            {"hook": hook, "handle": handle, "release": release},
        )

    def opening(self, opened: SimulatedOpen) -> None:
        """Remember who this thread opens the device for."""
        self._opening[get_ident()] = opened

    def finish(self) -> None:
        """Raise what a handler or hook of this thread's last call raised."""
        self._replies.pop(get_ident(), None)
        error = self._raised.pop(get_ident(), None)
        if error is not None:
            raise error

    def _guarded(self, run: Callable[[], None]) -> int:
        try:
            run()
        except DeviceError as error:
            status = self._ntstatus.get(type(error))
            if status is not None:
                return status
            self._raised[get_ident()] = error
        except BaseException as error:  # noqa: BLE001 - `finish` raises it
            self._raised[get_ident()] = error
        else:
            return _OK
        return _INTERNAL

    def _hook(self, _context: Any, name: Any, opened: Any) -> int:
        hook_name = f"hook_{ffi.string(name).decode()}"
        hook: Any = getattr(self._handlers, hook_name)
        key = int(ffi.cast("uintptr_t", opened))
        if not key:
            return self._guarded(hook)
        if hook_name == "hook_open":
            self._opens[key] = self._opening.pop(get_ident())
        known = self._opens[key]
        status = self._guarded(lambda: hook(known))
        if hook_name == "hook_close" or (hook_name == "hook_open" and status != _OK):
            del self._opens[key]
        return status

    def _release(self, _context: Any, kind: Any, opened: Any, number: int) -> None:
        hook: Any = getattr(self._handlers, f"hook_{ffi.string(kind).decode()}_release")
        known = self._opens[int(ffi.cast("uintptr_t", opened))]
        gone = self._objects.pop(number, None)
        if gone is not None:  # else no handler got it
            self._guarded(lambda: hook(known, gone))

    def _handle(self, _context: Any, message: Any) -> int:
        name = ffi.string(message.ioctl).decode()
        return self._guarded(lambda: self._answer(name, message))

    def _answer(self, name: str, message: Any) -> None:
        answer = self._answers.get(name)
        if answer is None:
            answer = self._answers[name] = self._build(self._calls[name])
        call = SimulatedCall(
            self._opens[int(ffi.cast("uintptr_t", message.open))], message.room
        )
        answer(call, message)

    def _build(self, call: Call[Any]) -> Answer:
        """Return the way of one ioctl: decode, call its handler, encode."""
        handler = getattr(self._handlers, f"on_{call.name}")
        item = self._catalog.item
        request = item(call.request) if call.request else None
        reply = item(call.reply) if call.reply else None
        is_bare = call.name in self._bare_requests
        encode = None if reply is None else _encoder(call, reply)
        rows = [
            (self._catalog.cls(name), many)
            for name, many in self._rows.get(call.name, ())
        ]

        elements = [
            self._catalog.element(text) for text in self._pointers.get(call.name, ())
        ]
        holds_all = is_bare and bool(elements)

        def answer(served: SimulatedCall, message: Any) -> None:
            arguments: list[Any] = [served]
            handles = [
                SimulatedHandle(self._library, message.handles + index)
                for index in range(message.handle_count)
            ]
            if request is not None and not (holds_all or (is_bare and handles)):
                raw = bytearray(ffi.buffer(getattr(message, "in"), message.in_size))
                value = request.get(raw, 0, len(raw))
                arguments.append(values_of(value)[0] if is_bare else value)
            data = None
            if message.data != ffi.NULL:
                data = SimulatedData(self._library, message.data)
                arguments.append(data)
            arguments += self._held(rows, message.holds)
            try:
                given = handler(*arguments, *handles, *_pointed(elements, message))
            finally:
                for handle in handles:
                    handle._handle = ffi.NULL
                if data is not None:
                    data._data = ffi.NULL
            if encode is not None:
                self._reply(message, encode(given))
            elif given is not None:
                raise TypeError(f"on_{call.name}() returned {given!r}, not None")

        return answer

    def _held(self, rows: list[tuple[Any, int | None]], holds: Any) -> list[Any]:
        """Return the objects of a request, in the order of its handler's parameters."""
        if not rows:
            return []
        ids = [
            int(self._library.kgen_sim_object_id(holds, index))
            for index in range(self._library.kgen_sim_object_count(holds))
        ]
        rest = len(ids) - sum(1 if many is None else max(many, 0) for _, many in rows)
        found: list[Any] = []
        for cls, many in rows:
            taken = 1 if many is None else many if many >= 0 else rest
            held = tuple(
                self._objects.setdefault(number, SimulatedObject(cls(number)))
                for number in ids[:taken]
            )
            del ids[:taken]
            found.append(held[0] if many is None else held)
        return found

    def _reply(self, message: Any, encoded: bytearray) -> None:
        message.reply = reply = ffi.from_buffer(encoded)
        message.reply_size = len(encoded)
        self._replies[get_ident()] = reply


def _pointed(elements: list[Any], message: Any) -> list[Any]:
    """Return what the pointers of a request pointed to."""
    found: list[Any] = []
    for index, item in enumerate(elements):
        content = message.pointed[index]
        raw = bytearray(ffi.buffer(content.at, content.size))
        is_bytes = isinstance(item, Integer) and item.name == "u8"
        found.append(
            bytes(raw)
            if is_bytes
            else tuple(
                item.get(raw, at, at + item.size)
                for at in range(0, len(raw), item.size)
            )
        )
    return found


def _encoder(call: Call[Any], item: StructItem) -> Callable[[Any], bytearray]:
    """Return what turns the value that a handler returned into the bytes of a reply."""
    encode: Any = encoder(f"on_{call.name}", item)

    def encode_reply(given: Any) -> bytearray:
        if call.bare:
            values: Any = (given,)
        elif type(given) is item.cls:
            values = values_of(given)
        else:
            raise TypeError(
                f"on_{call.name}() returned {given!r}, not a {item.cls.__name__}"
            )
        try:
            encoded: bytearray = encode(values)
        except ValidationError as error:
            # Not as it is: whoever tests a client may expect one of the client's.
            raise TypeError(
                f"the interface does not allow this reply: {error}"
            ) from error
        if isinstance(item._tail, Tail) and item._tail.counter is not None:
            _uncount(call, item, item._tail, item._tail.counter, encoded)
        return encoded

    return encode_reply


def _uncount(
    call: Call[Any], item: StructItem, tail: Tail, counter: Counter, encoded: bytearray
) -> None:
    """Take the tail out of the counts: the library adds it, as far as it fits."""
    size = len(encoded) - item.size
    at = item.size - counter.before
    encoded[at : at + counter.item.size] = bytes(counter.item.size)
    if call.full_size is None:
        return
    field, unit = call.full_size
    place = item._place(field)
    counted = size if unit == "bytes" else size // tail.element.size
    least = item.size if unit == "bytes" else 0
    rest = max(int(item.read(encoded, field)) - counted, least)
    if isinstance(place.item, Integer):  # what its bounds are does not matter yet
        Integer(place.item.name).put(encoded, place.offset, rest)
