"""Target `vectors`: what a call of Windows' form is on Linux, and what the module says to it.

On Linux the number tells the length of a fixed request, the count that of a tail, and an argument has room for a fixed
reply. So some calls cannot be made there, and one of a wrong length has a number that the module does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.argument import Part
from kgen.abi.codes import INFO_SIZE
from kgen.record import NamedTuple
from kgen.targets._handles import CURRENT, wanted
from kgen.targets._tail_count import tail_count
from kgen.targets._vector import PASSES, of_group
from kgen.targets._vector_abis import groups

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl
    from kgen.targets._ids import Before
    from kgen.targets._tail_count import TailCount
    from kgen.targets._vector import Vector
    from kgen.targets._vector_abis import Group

UNKNOWN = "unknown_code"
_LARGEST = (1 << 13) - 1
"""The largest size in a number, on every machine."""
_IN_PLACE = ("reply", "message")
_BUFFERS = ("reply_buffer", "data_buffer")


class Form(NamedTuple):
    """What the argument of an ioctl tells of a call."""

    size: int
    """As the number has it."""
    parts: tuple[Part, ...]
    counted: TailCount | None
    grows: bool
    """The number has any size."""

    def part(self, *roles: str) -> Part | None:
        return next((part for part in self.parts if part.role in roles), None)


class OnLinux:
    """The calls of one interface."""

    def __init__(self, interface: Interface, layouts: Layouts) -> None:
        self._forms = {
            of_group(ioctl.name, group): _form(ioctl, layouts, _linux(group))
            for ioctl in interface.ioctls
            if layouts.codes[ioctl.name].linux is not None
            for group in groups(ioctl, layouts)
            if not group or _linux(group)
        }
        if layouts.info_codes.linux is not None:
            reply = (Part("reply", 0, INFO_SIZE),)
            self._forms["interface_info"] = Form(INFO_SIZE, reply, None, False)
        self._names = {layouts.codes[ioctl.name].core: ioctl.name for ioctl in interface.ioctls}

    def status(self, vector: Vector) -> str | None:
        """What the module answers, `passes` or a status; None where the call cannot be made."""
        form = self._forms.get(of_group(vector.ioctl, vector.abis))
        if form is None or vector.rule == "code" or not _handles_are_alike(vector):
            return None
        if not all(map(self._can_prepare, vector.before)):
            return None
        known = _is_known(form, vector.request, vector.capacity)
        if known is None:
            return None
        return vector.expect if known else UNKNOWN

    def _can_prepare(self, call: Before) -> bool:
        form = self._forms.get(self._names[call.code])
        return form is not None and _is_known(form, call.request, call.capacity) is True


def _linux(group: Group) -> str | None:
    """One of the group's ABIs that is Linux's."""
    return next((name for name in group if name.startswith("linux-")), None)


def _form(ioctl: Ioctl, layouts: Layouts, abi: str | None) -> Form:
    argument = layouts.argument(ioctl, abi) if abi else layouts.arguments[ioctl.name]
    ends = ioctl.request or ioctl.message
    last = ends if ends is not None else ioctl.reply
    in_place = {part.role for part in argument.parts} & {"request", *_IN_PLACE}
    count = tail_count(ends, layouts) if ends is not None else None
    grows = last is not None and last.grows and bool(in_place)
    return Form(argument.size, argument.parts, count, grows)


def _is_known(form: Form, request: bytes, capacity: int) -> bool | None:
    """Whether the number of that call is one of the module's; None where there is no such call."""
    if not _has_room(form, capacity, bool(form.part("request"))):
        return None
    message, own = form.part("message"), form.part("request")
    if message is not None:
        return _is_message(form, message, len(request), capacity)
    if own is not None:
        return _is_request(form, own, request)
    if request:
        return None
    reply = form.part("reply")
    if reply is None:
        return True
    return capacity <= _LARGEST if form.grows else capacity >= reply.size


def _has_room(form: Form, capacity: int, has_request: bool) -> bool:
    """Whether a caller can have that much room for an answer."""
    if form.part(*_BUFFERS) is not None:
        return True
    reply = form.part(*_IN_PLACE)
    if reply is None:
        return capacity == 0
    return not has_request or capacity >= reply.size


def _is_message(form: Form, part: Part, length: int, capacity: int) -> bool | None:
    """A message comes and goes in one piece of memory."""
    if length != capacity or length > part.size or form.counted is not None or form.grows:
        return True if length == capacity == part.size and form.counted is None else None
    return length == part.size


def _is_request(form: Form, part: Part, request: bytes) -> bool | None:
    length = len(request)
    if part.offset + length > _LARGEST and form.counted is None:
        return None
    if form.grows:
        return True
    if form.counted is not None and length >= part.size:
        return True if length == part.size + form.counted.tail(request) else None
    if length == part.size:
        return True
    # As long as the request with the padding behind it: the number cannot tell.
    return None if part.offset + length == form.size else False


def _handles_are_alike(vector: Vector) -> bool:
    """On Linux an event has no rights, any open file is a file, and nothing else is a handle."""
    words = {vector.request[at : at + 8] for at in range(0, len(vector.request) - 7, 8)}
    caller = {number.to_bytes(8, "little") for number in CURRENT.values()}
    if vector.expect == PASSES and words & caller and ".handle.current_" in vector.id:
        return False
    kinds = {one.kind for one in wanted(vector.request)}
    kinds |= {one.kind for call in vector.before for one in wanted(call.request)}
    if vector.rule == "handle":
        return kinds <= {"file"}
    return kinds <= {"event", "file"}
