"""One ioctl: its codes and messages, and the function that makes a call of it."""
# Values are of the types that a schema says. `Self` is newer than Python 3.10.
# ruff: noqa: ANN401, RUF100, UP035

from __future__ import annotations

from ._typing import Generic, ReplyT_co
from .arrays import MalformedError
from .errors import ValidationError
from .items import REFUSED
from .values import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer, Self

    from .device import Device
    from .number import Number
    from .structs import StructItem
    from .transport import Failure
    from .values import Message

    Encode = Callable[[Any], "bytes | bytearray | None"]
    Run = Callable[..., Any]

_MORE_DATA = 234
"""ERROR_MORE_DATA: the reply was cut, and what fits came with it."""
_TOO_SHORT = (122, 234)
"""ERROR_INSUFFICIENT_BUFFER and ERROR_MORE_DATA: the reply needs a larger buffer."""
_EINVAL = 22
"""What Linux says to too short a buffer, and to much else."""


class Data:
    """The caller's own buffer: `low` to `high` elements of `size` bytes each."""

    __slots__ = ("high", "low", "size", "to_caller")

    def __init__(self, size: int, low: int, high: int, *, to_caller: bool) -> None:
        """Take the bytes of an element, and the bounds of the length in elements."""
        self.size, self.low, self.high, self.to_caller = size, low, high, to_caller

    def problem(self, data: Any) -> str | None:
        """Return what is wrong with a buffer."""
        try:
            view = memoryview(data)
        except TypeError:
            return f"{data!r} is not a buffer"
        if self.to_caller and view.readonly:
            return "is read-only, and the driver writes to it"
        if not view.c_contiguous:
            return "is not contiguous"
        length, rest = divmod(view.nbytes, self.size)
        if rest:
            return f"{view.nbytes} bytes are no multiple of {self.size}"
        if not self.low <= length <= self.high:
            unit = "bytes" if self.size == 1 else "elements"
            return f"{length} {unit}, must be {self.low} to {self.high}"
        return None


class Call(Generic[ReplyT_co]):
    """What the client knows of one ioctl.

    `run(device, values, data)` makes a call: `values` are those of the request's
    fields in their order. It is built on first use, together with the classes of the
    messages.
    """

    __slots__ = (
        "_at",
        "_send",
        "bare",
        "data",
        "errors",
        "full_size",
        "idempotent",
        "linux",
        "name",
        "parameter",
        "reply",
        "request",
        "run",
        "since",
        "windows",
    )
    run: Callable[..., ReplyT_co]

    def __init__(
        self,
        name: str,
        *,
        windows: int | None = None,
        linux: Number | None = None,
        request: str = "",
        reply: str = "",
        bare: bool = False,
        data: Data | None = None,
        errors: tuple[str, ...] = (),
        full_size: tuple[str, str] | None = None,
        idempotent: bool = False,
        since: tuple[int, int] | None = None,
        parameter: tuple[str, int] | None = None,
    ) -> None:
        """Take the control codes, the names of the messages, the declared errors.

        With `bare` the reply's only field is returned instead of the reply. `full_size`
        is the field of a cut reply that tells its full size, and the unit: `elements`
        or `bytes`. `parameter` is what `at` adds to the number, and the largest of it.
        """
        self.name = name
        self.windows = windows
        self.linux = linux
        self.request = request
        self.reply = reply
        self.bare = bare
        self.data = data
        self.errors = errors
        self.full_size = full_size
        self.idempotent = idempotent
        self.since = since
        if linux is not None:
            linux.retry = idempotent
        self.parameter = parameter
        self._at: dict[int, Self] = {}
        self.run = self._first_run
        self._send = send

    def __repr__(self) -> str:
        """Show the name."""
        return f"<ioctl {self.name}>"

    def at(self, value: int) -> Self:
        """Return the call whose number has this value of the parameter."""
        found = self._at.get(value)
        if found is None:
            name, largest = self.parameter or ("parameter", 0)
            if type(value) is bool or not isinstance(value, int):
                raise ValidationError(f"{self.name}.{name}", f"{value!r} is no int")
            if not 0 <= value <= largest:
                wrong = f"{value} is not in 0..{largest}"
                raise ValidationError(f"{self.name}.{name}", wrong)
            self._at[value] = found = self._with_number(value)
        return found

    def _with_number(self, value: int) -> Self:
        return type(self)(
            self.name,
            linux=None if self.linux is None else self.linux.plus(value),
            request=self.request,
            reply=self.reply,
            bare=self.bare,
            data=self.data,
            errors=self.errors,
            full_size=self.full_size,
            idempotent=self.idempotent,
            since=self.since,
        )

    def send(
        self, device: Device, message: Message, data: Buffer | None = None
    ) -> ReplyT_co:
        """Make a call with a request object."""
        cls = device._catalog.cls(self.request)
        if type(message) is not cls:
            raise ValidationError(self.name, f"{message!r} is not a {cls.__name__}")
        return self.run(device, values_of(message), data)

    def require_code(self, device: Device) -> None:
        """Refuse where the system, or this ABI of it, has no such code."""
        if (self.linux if device._on_linux else self.windows) is None:
            system = device.transport.system.capitalize()
            raise NotImplementedError(f"{self.name}: {system} has no such code here")

    def _first_run(
        self, device: Device, values: Any, data: Buffer | None = None
    ) -> Any:
        self.run = run = self._build(device)
        return run(device, values, data)

    def _build(self, device: Device) -> Run:
        item = device._catalog.item
        reply = item(self.reply) if self.reply else None
        request = item(self.request) if self.request else None
        if request is not None and request.secret:
            self._send = _send_and_wipe
        encode = encoder(self.name, request)
        if self.data is not None:
            run = self._with_data(encode, self.data)
        elif reply is None:
            answers = self.linux is not None and self.linux.returns
            run = self._with_answer(encode) if answers else self._without_reply(encode)
        elif reply.as_is and not self.bare and self._send is send:
            run = self._with_plain_reply(encode, reply)
        elif reply.fixed:
            run = self._with_fixed_reply(encode, reply)
        else:
            run = self._with_variable_reply(encode, reply)
        codes = {"windows": self.windows, "linux": self.linux}
        if any(codes[system] is None for system in device._systems):
            run = self._if_there(run)
        return run if self.since is None else self._if_new_enough(run, self.since)

    def _without_reply(self, encode: Encode) -> Run:
        send = self._send

        def run(device: Device, values: Any, _data: Buffer | None = None) -> None:
            failure, _ = send(device, self, encode(values), None)
            if failure is not None:
                raise device._failed(self, failure)

        return run

    def _with_answer(self, encode: Encode) -> Run:
        """Return what the system call itself answers."""
        send = self._send

        def run(device: Device, values: Any, _data: Buffer | None = None) -> int:
            failure, answer = send(device, self, encode(values), None)
            if failure is not None:
                raise device._failed(self, failure)
            return answer

        return run

    def _with_plain_reply(self, encode: Encode, item: StructItem) -> Run:
        """Return the shortest way, for a reply whose values are what the format
        unpacks.

        It does what `_with_fixed_reply` does, with three calls fewer.
        """
        windows, linux, size = self.windows, self.linux, item.size
        unpack, cls = item.format.unpack, item.cls
        make: Any = tuple.__new__

        def run(device: Device, values: Any, _data: Buffer | None = None) -> Any:
            reply = bytearray(size)
            code: Any = linux if device._on_linux else windows
            failure, done = device._control(code, encode(values), reply)
            if failure is not None:
                raise device._failed(self, failure)
            if done != size:
                raise device._bad_reply(self, f"has {done} bytes, not {size}")
            return make(cls, unpack(reply))

        return run

    def _with_fixed_reply(self, encode: Encode, item: StructItem) -> Run:
        send, size, get = self._send, item.size, item.get
        bare, secret = self.bare, item.secret

        def run(device: Device, values: Any, _data: Buffer | None = None) -> Any:
            reply = bytearray(size)
            failure, done = send(device, self, encode(values), reply)
            if failure is not None:
                raise device._failed(self, failure)
            try:
                result = get(reply, 0, device._known(self, item, done))
            except MalformedError as error:
                raise device._bad_reply(self, str(error)) from None
            if secret:
                wipe(reply)
            return values_of(result)[0] if bare else result

        return run

    def _with_variable_reply(self, encode: Encode, item: StructItem) -> Run:
        send, largest, bare = self._send, item.largest, self.bare

        def run(device: Device, values: Any, _data: Buffer | None = None) -> Any:
            capacity = largest
            if self.idempotent and item.is_counted:
                capacity = min(largest, max(device.first_reply, item.size))
            while True:
                reply = bytearray(capacity)
                failure, done = send(device, self, encode(values), reply)
                wanted = self._wanted(device, item, failure, reply, done)
                if not self.idempotent or wanted <= capacity or capacity == largest:
                    break
                # At least twice as much: what grows meanwhile is caught up with.
                capacity = min(largest, max(wanted, 2 * capacity))
            try:
                result = self._result(device, item, failure, reply, done)
            finally:
                if item.secret:
                    wipe(reply)
            return values_of(result)[0] if bare else result

        return run

    def _wanted(
        self,
        device: Device,
        item: StructItem,
        failure: Failure | None,
        reply: bytearray,
        done: int,
    ) -> int:
        """Return the bytes that the whole reply needs, as far as it can be told."""
        if self.full_size is not None and (failure is None or _is_cut(device, failure)):
            field, unit = self.full_size
            if done >= item.end_of(field):
                full: int = item.read(reply, field)
                return full if unit == "bytes" else item.size + full * item.element_size
        too_short = (_EINVAL,) if device._on_linux else _TOO_SHORT
        short = failure is not None and failure.code in too_short
        return 2 * len(reply) if short else 0

    def _result(
        self,
        device: Device,
        item: StructItem,
        failure: Failure | None,
        reply: bytearray,
        done: int,
    ) -> Any:
        """Return what came, also a reply that was cut and says how much there is."""
        cut = failure is not None and _is_cut(device, failure)
        if failure is not None and not (cut and self.full_size):
            raise device._failed(self, failure)
        try:
            return item.get(reply, 0, done)
        except MalformedError as error:
            if failure is not None:
                raise device._failed(self, failure) from None
            raise device._bad_reply(self, str(error)) from None

    def _with_data(self, encode: Encode, spec: Data) -> Run:
        send = self._send

        def run(device: Device, values: Any, data: Buffer | None = None) -> Any:
            wrong = spec.problem(data)
            if wrong is not None:
                raise ValidationError(f"{self.name}.data", wrong)
            failure, done = send(device, self, encode(values), data)
            if failure is not None:
                raise device._failed(self, failure)
            return done // spec.size if spec.to_caller else None

        return run

    def _if_there(self, run: Run) -> Run:
        """Return `run` for a code that not every system, or not every ABI has."""

        def checked(device: Device, values: Any, data: Buffer | None = None) -> Any:
            self.require_code(device)
            return run(device, values, data)

        return checked

    def _if_new_enough(self, run: Run, since: tuple[int, int]) -> Run:
        def checked(device: Device, values: Any, data: Buffer | None = None) -> Any:
            device._require(self, since)
            return run(device, values, data)

        return checked


def _is_cut(device: Device, failure: Failure) -> bool:
    """Return whether what fits of the reply came; on Linux that is no failure."""
    return failure.code == _MORE_DATA and not device._on_linux


def encoder(name: str, item: StructItem | None) -> Encode:
    """Return what turns values into bytes; it raises ValidationError."""
    if item is None:
        return lambda _values: None
    put, length, pack = item.put_values, item.length, item.format.pack

    def encode_plain(values: Any) -> bytes:
        try:
            return pack(*values)
        except REFUSED as error:
            raise _refusal(name, item, values, error) from error

    def encode(values: Any) -> bytearray:
        try:
            request = bytearray(length(values))
            put(request, 0, values)
        except REFUSED as error:
            raise _refusal(name, item, values, error) from error
        return request

    # What holds a secret has to be in memory that can be overwritten.
    return encode_plain if item.plain_values and not item.secret else encode


def _refusal(name: str, item: StructItem, values: Any, error: Exception) -> Exception:
    found = item.values_problem(values)
    return error if found is None else ValidationError(name + found[0], found[1])


def send(
    device: Device, call: Call[Any], request: Any, reply: Buffer | None
) -> tuple[Failure | None, int]:
    """Send bytes by the code of the device's system."""
    code: Any = call.linux if device._on_linux else call.windows
    return device._control(code, request, reply)


def _send_and_wipe(
    device: Device, call: Call[Any], request: Any, reply: Buffer | None
) -> tuple[Failure | None, int]:
    try:
        return send(device, call, request, reply)
    finally:
        wipe(request)


def wipe(buffer: bytearray) -> None:
    """Overwrite a buffer that held a secret."""
    buffer[:] = bytes(len(buffer))
