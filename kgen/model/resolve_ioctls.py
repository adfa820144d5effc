"""Model: ioctls, their messages and what the boundary's rules ask of them.

Rules: learn.microsoft.com "Defining I/O Control Codes" and "Security Issues for I/O Control Codes";
Documentation/driver-api/ioctl.rst.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.entities import Data, Error, Ioctl, Short, Struct, Use
from kgen.model.errors import BUILTIN
from kgen.model.resolve_fields import resolve_struct
from kgen.model.resolve_named import note_of
from kgen.model.types import BOOLEAN, GUID, INTEGERS, Integer, Tail
from kgen.schema.nodes import Clauses, FieldNode, Name, NoteNode, StructNode, TypeNode

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.model.entities import Linux, Windows
    from kgen.model.resolve_types import Types
    from kgen.schema.nodes import Expression, IoctlNode, Message

_FIRST_FUNCTION, _LAST_FUNCTION = 0x800, 0xFFE
_LAST_NR = 254
_MAX_DATA = 0x7FFFFFFF


class Ioctls:
    """Resolves the ioctls of one interface and compares them with each other."""

    def __init__(
        self,
        types: Types,
        errors: dict[str, Error],
        windows: Windows | None,
        linux: Linux | None,
    ) -> None:
        self.types = types
        self.errors = errors
        self.windows = windows
        self.linux = linux
        self.external = types.external
        self.sink = types.sink
        self._functions: dict[tuple[int | None, int], Ioctl] = {}
        self._numbers: dict[int, Ioctl] = {}
        self._names: dict[str, Name] = {}

    def resolve(self, node: IoctlNode) -> Ioctl:
        request = self._message(node.request, f"{node.name.text}_request")
        reply = self._message(node.reply, f"{node.name.text}_reply")
        message = self._message(node.message, f"{node.name.text}_message")
        data = self._data(node)
        function = self._number(node.function)
        ioctl = Ioctl(
            name=node.name.text,
            note=note_of(node.note),
            span=node.name.span,
            method=self._method(node, data),
            access=self._access(node),
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
        )
        ioctl = ioctl._replace(short=self._short(node, ioctl))
        self._check_name(node)
        self._check_numbers(ioctl, node)
        self._check_messages(ioctl, node)
        return ioctl

    # Messages

    def _message(self, message: Message | None, name: str) -> Struct | None:
        if message is None:
            return None
        if isinstance(message, Name) and (
            message.text in INTEGERS or message.text in (BOOLEAN.name, GUID.name)
        ):
            message = _scalar_message(message, name)
        if isinstance(message, StructNode):
            self.types.scope.declare(message)
            struct = resolve_struct(message, self.types)
            if struct is not None:
                self.types.records.append(struct)
            return struct
        type_ = self.types.named(message)
        if type_ is not None and not isinstance(type_, Struct):
            self.sink.error(
                "KG150",
                message.span,
                f"`{message.text}` is no struct",
                help="write the fields inline: `{value: " + message.text + "}`",
            )
            return None
        return type_

    def _data(self, node: IoctlNode) -> Data | None:
        if node.data is None:
            return None
        type_ = self.types.resolve(node.data.type)
        low = self.types.scope.evaluate(node.data.low)
        high = self.types.scope.evaluate(node.data.high)
        if type_ is None or low is None or high is None:
            return None
        if not 1 <= low <= high <= _MAX_DATA:
            self.sink.error(
                "KG151",
                node.data.span,
                f"a buffer of {low} to {high} elements cannot be",
                help="at least 1: without a byte there is no buffer to map",
            )
        if isinstance(type_, Tail) or (isinstance(type_, Struct) and type_.tail is not None):
            self.sink.error("KG151", node.data.type.span, "an element has a fixed size")
        self.types.uses.append(
            Use("method_direct", node.data.span, f"`data` of ioctl `{node.name.text}`")
        )
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
            self.sink.error(
                "KG152", node.short.span, f"the reply of `{ioctl.name}` has one size only"
            )
            return None
        name = node.short.field
        if name is not None:
            field = next((f for f in reply.fields if f.name == name.text), None)
            if field is None or not isinstance(field.type, Integer) or field.counts is not None:
                near = closest(name.text, [f.name for f in reply.fields])
                self.sink.error(
                    "KG152",
                    name.span,
                    f"`{name.text}` cannot tell the full size",
                    label="not an integer of the reply besides the count itself",
                    help=f"did you mean `{near}`?" if field is None and near else None,
                )
        return Short(node.short.policy, name.text if name else None, node.short.unit)

    def _check_messages(self, ioctl: Ioctl, node: IoctlNode) -> None:
        if ioctl.message is not None and (ioctl.request is not None or ioctl.reply is not None):
            self.sink.error("KG153", ioctl.span, f"`{ioctl.name}` has `inout` beside `in` or `out`")
        if ioctl.data is not None and (ioctl.reply or ioctl.message) and self.windows is not None:
            self.sink.error(
                "KG153",
                ioctl.data.span,
                f"`{ioctl.name}` has `data` beside a reply",
                label="on Windows the buffer takes the reply's place",
                help="answer in a second ioctl, or in the buffer",
            )
        if ioctl.message is not None and ioctl.message.tail is not None and not self.external:
            self.sink.error(
                "KG153", ioctl.span, "a message that goes both ways has one size: no tail"
            )

    # Codes

    def _number(self, placed: tuple[Expression, Span] | None) -> int | None:
        return None if placed is None else self.types.scope.evaluate(placed[0])

    def _nr(self, node: IoctlNode, function: int | None) -> int | None:
        if self.linux is None:
            return None
        written = self._number(node.nr)
        if written is not None or node.nr is not None:
            return written
        if function is None:
            if node.function is None:
                self.sink.error(
                    "KG410", node.name.span, f"`{node.name.text}` has no number", help="add `nr: 1`"
                )
            return None
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
            self._check_unique(ioctl, self._numbers.setdefault(ioctl.nr, ioctl), "nr")

    def _check_function(self, ioctl: Ioctl, node: IoctlNode) -> None:
        if ioctl.function is None:
            if node.function is None:
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
                help="codes below 0x800 are Microsoft's" if ioctl.function < 0x800 else None,
            )
        if ioctl.device_type is not None and not self.external:
            self.sink.error(
                "KG401", ioctl.span, "an interface has one device type", help="drop `device_type`"
            )
        if not self.external:
            key = (ioctl.device_type, ioctl.function)
            self._check_unique(ioctl, self._functions.setdefault(key, ioctl), "function")

    def _check_unique(self, ioctl: Ioctl, first: Ioctl, what: str) -> None:
        if first is not ioctl:
            self.sink.error(
                "KG411",
                ioctl.span,
                f"`{ioctl.name}` and `{first.name}` have the same {what}",
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

    def _access(self, node: IoctlNode) -> tuple[str, ...]:
        if not node.access and not self.external and self.windows is not None:
            self.sink.error(
                "KG413",
                node.name.span,
                f"`{node.name.text}` does not say which access it needs",
                help="`access: read`, `write`, `[read, write]`, or `any` for every handle",
            )
        for word in node.access:
            if word.text not in ("any", "read", "write"):
                near = closest(word.text, ("any", "read", "write"))
                self.sink.error(
                    "KG413",
                    word.span,
                    f"access is any, read or write, not `{word.text}`",
                    help=f"did you mean `{near}`?" if near else None,
                )
        words = {word.text for word in node.access}
        if "any" in words and len(words) > 1:
            self.sink.error("KG413", node.name.span, "access is `any` or the rights, not both")
        return tuple(right for right in ("read", "write") if right in words) or ("any",)

    # Errors

    def _errors(self, node: IoctlNode) -> tuple[Error, ...]:
        found: list[Error] = []
        for name in node.errors:
            error = self.errors.get(name.text) or BUILTIN.get(name.text)
            if error is None:
                near = closest(name.text, [*self.errors, *BUILTIN])
                self.sink.error(
                    "KG154",
                    name.span,
                    f"there is no error `{name.text}`",
                    label="unknown",
                    help=f"did you mean `{near}`?" if near else "declare it under `errors`",
                )
            elif error not in found:
                self._check_distinct(error, found, name)
                found.append(error)
        return tuple(found)

    def _check_distinct(self, error: Error, others: list[Error], name: Name) -> None:
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

    def _check_name(self, node: IoctlNode) -> None:
        first = self._names.setdefault(node.name.text, node.name)
        if first is not node.name:
            self.sink.error(
                "KG121",
                node.name.span,
                f"the ioctl `{node.name.text}` has a name that is taken",
                notes=(DiagnosticNote("declared first", first.span),),
            )


def _scalar_message(name: Name, struct_name: str) -> StructNode:
    """`in: u32` is short for `in: {value: u32}`."""
    type_ = TypeNode(name, (), None, None, name.span)
    field = FieldNode(Name("value", name.span), type_, Clauses(), NoteNode())
    return StructNode(
        Name(struct_name, name.span), (field,), False, False, (), NoteNode(), inline=True
    )
