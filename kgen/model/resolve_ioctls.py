"""Model: ioctls, their messages and what the boundary's rules ask of them.

Rules: learn.microsoft.com "Defining I/O Control Codes" and "Security Issues for I/O Control Codes";
Documentation/driver-api/ioctl.rst.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.access import resolve_access
from kgen.model.calling import resolve_abis, resolve_calling
from kgen.model.entities import Data, Error, Ioctl, Short, Struct, Use
from kgen.model.errors import BUILTIN
from kgen.model.objects import implied_errors
from kgen.model.resolve_fields import resolve_struct
from kgen.model.resolve_named import note_of
from kgen.model.resolve_types import MAX_BYTES
from kgen.model.scope import WORDS
from kgen.model.types import Integer, innermost
from kgen.schema.messages import value_message
from kgen.schema.nodes import StructNode, TypeNode
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.diagnostics import Span
    from kgen.model.entities import Field, Linux, Windows
    from kgen.model.resolve_types import Types
    from kgen.schema.nodes import Expression, IoctlNode, Message, Name

_FIRST_FUNCTION, _LAST_FUNCTION = 0x800, 0xFFE
_LAST_NR = 254


class Ioctls:
    """Resolves the ioctls of one interface and compares them with each other."""

    def __init__(
        self,
        types: Types,
        errors: dict[str, Error],
        broken_errors: set[str],
        windows: Windows | None,
        linux: Linux | None,
    ) -> None:
        self.types = types
        self.errors = errors
        self.broken_errors = broken_errors
        self.windows = windows
        self.linux = linux
        self.external = types.external
        self.sink = types.sink
        self._functions: dict[int, Ioctl] = {}
        self._numbers: dict[int, Ioctl] = {}

    def resolve(self, node: IoctlNode) -> Ioctl:
        sent = node.argument[0] if node.argument is not None else node.request
        request = self._message(node, sent, "request")
        reply = self._message(node, node.reply, "reply")
        message = self._message(node, node.message, "message")
        data = self._data(node)
        function = self._number(node.function)
        calling = resolve_calling(node, request, reply, message, self.types, self.linux is not None)
        ioctl = Ioctl(
            name=node.name.text,
            note=note_of(node.note),
            span=node.name.span,
            method=self._method(node, data),
            access=resolve_access(node, self.external, self.sink),
            request=request,
            reply=reply,
            message=message,
            data=data,
            errors=self._errors(node),
            short=None,
            idempotent=node.idempotent,
            function=function,
            nr=self._nr(node, function),
            device_type=self._number(node.device_type),
            c_name=node.note.c_name,
            calling=calling,
            abis=resolve_abis(
                node, calling, self.types, self.windows is not None, self.linux is not None
            ),
        )
        if node.short is not None or (reply is not None and reply.tail is not None):
            ioctl = ioctl._replace(short=self._short(node, ioctl))
        for error in implied_errors(ioctl):
            self._check_distinct(error, ioctl.errors, node.name)
            ioctl = ioctl._replace(errors=(*ioctl.errors, error))
        self._check_numbers(ioctl, node)
        self._check_messages(ioctl, node)
        return ioctl

    # Messages

    def _message(self, node: IoctlNode, message: Message | None, role: str) -> Struct | None:
        if message is None:
            return None
        if not isinstance(message, StructNode):
            if message.text not in WORDS or message.text in self.types.scope.types:
                return self._named(message)
            type_ = TypeNode(message, (), None, None, None)
            message = value_message(node.name, role, message, type_)
        self.types.scope.declare(message)
        struct = resolve_struct(message, self.types)
        if struct is not None:
            self.types.records.append(struct)
        return struct

    def _named(self, name: Name) -> Struct | None:
        type_ = self.types.named(name)
        if type_ is None or isinstance(type_, Struct):
            return type_
        self.sink.error(
            "KG150",
            name.span,
            f"`{name.text}` is no struct",
            help=f"write the fields inline: `{{value: {name.text}}}`",
        )
        return None

    def _data(self, node: IoctlNode) -> Data | None:
        if node.data is None:
            return None
        type_ = self.types.resolve(node.data.type)
        low = self.types.scope.evaluate(node.data.low)
        high = self.types.scope.evaluate(node.data.high)
        if type_ is None or low is None or high is None:
            return None
        if not 1 <= low <= high <= MAX_BYTES:
            self.sink.error(
                "KG151",
                node.data.span,
                f"a buffer of {low} to {high} elements cannot be",
                help="at least 1: without a byte there is no buffer to map" if low < 1 else None,
            )
        self.types.is_element(type_, node.data.type.span)
        what = f"`data` of ioctl `{node.name.text}`"
        self.types.uses.append(Use("method_direct", node.data.span, what))
        if getattr(innermost(type_), "native", False):
            self.types.uses.append(Use("native_tail", node.data.span, what))
        return Data(node.data.direction, type_, low, high, node.data.span)

    def _short(self, node: IoctlNode, ioctl: Ioctl) -> Short | None:
        reply = ioctl.reply or ioctl.message
        variable = reply is not None and reply.tail is not None
        if node.short is None:
            if variable and not self.external and ioctl.reply is not None:
                self.sink.error(
                    "KG152",
                    ioctl.span,
                    f"the reply of `{ioctl.name}` varies; say what a short buffer gets",
                    label="no `short`",
                    help="`short: refuse`, or `short: {truncate: FIELD}`",
                )
            return None
        if reply is None or not variable:
            if reply is not None or (node.reply is None and node.message is None):
                self.sink.error(
                    "KG152",
                    node.short.span,
                    f"the reply of `{ioctl.name}` has one size only"
                    if reply is not None
                    else f"`{ioctl.name}` has no reply",
                    help="drop `short`",
                )
            return None
        name = node.short.field
        if name is not None:
            field = next((f for f in reply.fields if f.name == name.text), None)
            if field is None or not _can_tell(field):
                near = closest(name.text, [f.name for f in reply.fields if _can_tell(f)])
                self.sink.error(
                    "KG152",
                    name.span,
                    f"`{name.text}` cannot tell the full size",
                    label="not an unsigned integer of the reply, besides the count itself",
                    help=f"did you mean `{near}`?" if near else "add a field: `total: u32`",
                )
        return Short(node.short.policy, name.text if name else None, node.short.unit)

    def _check_messages(self, ioctl: Ioctl, node: IoctlNode) -> None:
        if node.message is not None and (node.request is not None or node.reply is not None):
            self.sink.error(
                "KG153",
                ioctl.span,
                f"`{ioctl.name}` has `inout` beside `in` or `out`",
                help="`inout` is one struct both ways; else name what goes in and what comes out",
            )
        if ioctl.data is not None and (ioctl.reply or ioctl.message) and self.windows is not None:
            self.sink.error(
                "KG153",
                ioctl.data.span,
                f"`{ioctl.name}` has `data` beside a reply",
                label="on Windows the buffer takes the reply's place",
                help="answer in a second ioctl, or in the buffer",
            )
        elif ioctl.data is not None and (ioctl.reply or ioctl.message):
            self.types.uses.append(Use("data_and_reply", ioctl.data.span, f"ioctl `{ioctl.name}`"))
        if ioctl.message is not None and ioctl.message.tail is not None and not self.external:
            self.sink.error(
                "KG153",
                ioctl.span,
                f"`{ioctl.message.name}` goes both ways and has a tail",
                label="`inout` has one size",
                help="write it as `in` and as `out`",
            )

    # Codes

    def _number(self, placed: tuple[Expression, Span] | None) -> int | None:
        return None if placed is None else self.types.scope.evaluate(placed[0])

    def _nr(self, node: IoctlNode, function: int | None) -> int | None:
        if self.linux is None or node.number is not None:
            return None
        written = self._number(node.nr)
        if written is not None or node.nr is not None:
            self._check_magic(node, self.linux)
            return written
        if self.external and self.windows is not None and function is not None:
            return None  # a code of Windows only
        if function is None:
            if node.function is None:
                self.sink.error(
                    "KG410", node.name.span, f"`{node.name.text}` has no number", help="add `nr: 1`"
                )
            return None
        self._check_magic(node, self.linux)
        nr = function - _FIRST_FUNCTION
        if 0 <= nr <= _LAST_NR:
            return nr
        self.sink.error(
            "KG410",
            node.name.span,
            f"`{node.name.text}` needs `nr`",
            label=f"function - 0x800 is {nr}, outside 0..{_LAST_NR}",
        )
        return None

    def _check_magic(self, node: IoctlNode, linux: Linux) -> None:
        if linux.magic is None and node.magic is None:
            self.sink.error(
                "KG402",
                node.name.span,
                f"the number of `{node.name.text}` needs a magic",
                help="add `magic` to `linux`, or write the whole `number`",
            )

    def _check_numbers(self, ioctl: Ioctl, node: IoctlNode) -> None:
        if self.windows is not None:
            self._check_function(ioctl, node)
        if ioctl.nr is not None and node.nr is not None and not 0 <= ioctl.nr <= _LAST_NR:
            self.sink.error(
                "KG410",
                node.nr[1],
                f"nr {ioctl.nr} is not 0 to {_LAST_NR}",
                label="255 asks for the interface itself" if ioctl.nr == 255 else None,
            )
        if ioctl.nr is not None and not self.external:
            first = self._numbers.setdefault(ioctl.nr, ioctl)
            # Numbers that follow from one function code are one mistake, which was reported.
            if node.nr is not None or first.function != ioctl.function or self.windows is None:
                self._check_unique(ioctl, first, f"nr {ioctl.nr}")

    def _check_function(self, ioctl: Ioctl, node: IoctlNode) -> None:
        if ioctl.function is None:
            on_linux_only = self.external and (node.nr or node.number) is not None
            if node.function is None and not on_linux_only:
                self.sink.error(
                    "KG410",
                    ioctl.span,
                    f"`{ioctl.name}` has no function code",
                    help="add `function: 0x801`",
                )
            return
        lowest, highest = (0, 0xFFF) if self.external else (_FIRST_FUNCTION, _LAST_FUNCTION)
        if node.function is not None and not lowest <= ioctl.function <= highest:
            self.sink.error(
                "KG410",
                node.function[1],
                f"function {ioctl.function:#x} is not {lowest:#x} to {highest:#x}",
                label="0xfff asks for the interface itself" if ioctl.function == 0xFFF else None,
                help="codes below 0x800 are Microsoft's" if 0 <= ioctl.function < 0x800 else None,
            )
        if ioctl.device_type is not None and not self.external:
            self.sink.error(
                "KG401",
                node.device_type[1] if node.device_type else ioctl.span,
                "an interface has one device type",
                label="given for one ioctl",
                help="drop it: CTL_CODE takes that of `windows`",
            )
        if not self.external:
            first = self._functions.setdefault(ioctl.function, ioctl)
            self._check_unique(ioctl, first, f"function {ioctl.function:#x}")

    def _check_unique(self, ioctl: Ioctl, first: Ioctl, what: str) -> None:
        if first is not ioctl:
            self.sink.error(
                "KG411",
                ioctl.span,
                f"`{ioctl.name}` and `{first.name}` both have {what}",
                label="codes that differ in nothing else are easily confused",
                notes=(DiagnosticNote("the other one", first.span),),
            )

    def _method(self, node: IoctlNode, data: Data | None) -> str:
        follows = "buffered"
        if node.data is not None:
            follows = "out_direct" if node.data.direction == "to" else "in_direct"
        written = node.method
        if written is None:
            return follows
        if written.text == "neither":
            self.types.uses.append(Use("method_neither", written.span, f"ioctl `{node.name.text}`"))
        fits = written.text == follows or (written.text == "neither" and data is None)
        if not fits and not self.external:
            self.sink.error(
                "KG412",
                written.span,
                f"method {written.text} does not go with the messages of `{node.name.text}`",
                label=f"follows from them: {follows}",
            )
        return written.text

    # Errors

    def _errors(self, node: IoctlNode) -> tuple[Error, ...]:
        found: list[Error] = []
        for name in node.errors:
            error = self.errors.get(name.text) or BUILTIN.get(name.text)
            if error is None:
                if name.text in self.broken_errors:
                    continue
                help = self.types.scope.suggestion(name.text, [*self.errors, *BUILTIN])
                help = help or "declare it under `errors`"
                if name.text in ("ok", "truncated"):
                    help = "it is no error; drop it"
                self.sink.error(
                    "KG154",
                    name.span,
                    f"there is no error `{shown(name.text)}`",
                    label="unknown",
                    help=help,
                )
            else:
                self._check_distinct(error, found, name)
                found.append(error)
        return tuple(found)

    def _check_distinct(self, error: Error, others: Iterable[Error], name: Name) -> None:
        if self.external:
            return
        for other in others:
            same = []
            if self.windows is not None and error.win32 == other.win32:
                same.append("Windows")
            if self.linux is not None and error.errno == other.errno:
                same.append(f"Linux ({error.errno})")
            if same:
                self.sink.error(
                    "KG155",
                    name.span,
                    f"a client cannot tell `{error.name}` from `{other.name}` on {' and '.join(same)}",
                    help="give one of them another number, or return only one",
                )


def _can_tell(field: Field) -> bool:
    """Whether a field may hold the full size of a reply that was truncated."""
    is_unsigned = isinstance(field.type, Integer) and not field.type.signed
    return is_unsigned and field.counts is None and not field.reserved
