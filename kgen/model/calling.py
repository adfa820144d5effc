"""Model: how an existing code of Linux is called, where that does not follow from its messages.

Documentation/driver-api/ioctl.rst says what a new code should be like. Older ones are whole numbers,
pass an integer in place of the pointer, answer in the return value, or have a number that tells
another direction or size than what is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.abis import ABI_NAMES, ABI_WORDS, abi_names, is_there
from kgen.model.called import AS_USUAL, Calling, Parameter
from kgen.model.entities import Enum, Flags, Use
from kgen.model.types import INTEGERS, Boolean, Integer, Tail
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.model.entities import Struct
    from kgen.model.resolve_types import Types
    from kgen.model.types import Type
    from kgen.schema.nodes import CodedNode, Expression, IoctlNode, Name

_LARGEST_NUMBER = 0xFFFFFFFF
_LARGEST_ANSWER = 4
"""Bytes of what ioctl() returns, which is an int and negative only for an error."""
_LARGEST_MAGIC = 0xFF
_LARGEST_NR = 0xFF
_BUFFER = "buffer"
_LENGTH = "length"


def resolve_calling(
    node: IoctlNode,
    request: Struct | None,
    reply: Struct | None,
    message: Struct | None,
    types: Types,
    on_linux: bool,
) -> Calling:
    """What is said of it, each problem reported (KG415)."""
    said = _places(node)
    if not said:
        return AS_USUAL
    resolver = _Resolver(node, types)
    if not resolver.may_be_said(said, on_linux):
        return AS_USUAL
    for word, span in said:
        types.uses.append(Use("linux_call", span, f"`{word}` of ioctl `{node.name.text}`"))
    size, by_buffer = resolver.size(request, reply)
    returns, returns_length = resolver.returns(reply)
    return Calling(
        number=resolver.number(),
        numbers=resolver.numbers(),
        magic=resolver.magic(),
        parameter=resolver.parameter(request or message),
        direction=node.coded.direction if node.coded else None,
        size=size,
        by_buffer=by_buffer,
        by_value=resolver.by_value(request),
        returns=returns,
        returns_length=returns_length,
    )


def resolve_abis(
    node: IoctlNode, calling: Calling, types: Types, on_windows: bool, on_linux: bool
) -> tuple[str, ...]:
    """Where a code is at all, each problem reported (KG415); empty: everywhere."""
    abis = abi_names(node.abis, "KG415", types.sink)
    what = f"`{node.name.text}`"
    if not abis:
        if calling.numbers and node.number is not None:
            types.uses.append(Use("some_abis", node.number.span, f"`number` of ioctl {what}"))
        return tuple(abi for abi, _ in calling.numbers) + ("windows",) * (
            bool(calling.numbers) and on_windows and node.function is not None
        )
    span = node.abis[0].span
    types.uses.append(Use("some_abis", span, f"`abis` of ioctl {what}"))
    if not types.external:
        types.sink.error(
            "KG415",
            span,
            "`abis` is for codes that exist already",
            label="a new interface is the same on every ABI",
            help="drop it, or say `external: true`",
        )
    systems = ("windows",) * on_windows + ("linux",) * on_linux
    there = [abi for abi in ABI_NAMES if is_there(abis, abi)]
    if not any(abi.startswith(systems) for abi in there) and set(abis) <= set(ABI_WORDS):
        types.sink.error(
            "KG415", span, f"{what} is nowhere", label="the interface is not on these systems"
        )
    numbered = {abi for abi, _ in calling.numbers}
    for abi in there if numbered else ():
        if abi.startswith("linux") and abi not in numbered:
            types.sink.error(
                "KG415",
                span,
                f"{what} has no number on {abi}, which `abis` lists",
                help="add it to `number`, or drop `abis`: a code is where it has a number",
            )
    return abis


def _places(node: IoctlNode) -> list[tuple[str, Span]]:
    places: list[tuple[str, Span]] = []
    if node.number is not None:
        places.append(("number", node.number.span))
    if node.magic is not None:
        places.append(("magic", node.magic[1]))
    if node.parameter is not None:
        places.append(("nr", node.parameter.name.span))
    if node.coded is not None:
        places.append(("coded", node.coded.span))
    if node.argument is not None:
        places.append(("arg", node.argument[1]))
    if node.returns is not None:
        places.append(("returns", node.returns.span))
    return places


class _Resolver:
    def __init__(self, node: IoctlNode, types: Types) -> None:
        self.node = node
        self.types = types

    def _error(
        self, span: Span, message: str, label: str | None = None, help: str | None = None
    ) -> None:
        self.types.sink.error("KG415", span, message, label=label, help=help)

    def may_be_said(self, said: list[tuple[str, Span]], on_linux: bool) -> bool:
        for word, span in said:
            if not self.types.external:
                self._error(
                    span,
                    f"`{word}` is for codes that exist already",
                    label="the number of a new one follows from its messages",
                    help="drop it, or say `external: true`",
                )
            elif not on_linux:
                self._error(
                    span,
                    f"`{word}` tells of Linux, where this interface is not",
                    help="add a `linux` block, or drop it",
                )
        return self.types.external and on_linux

    def number(self) -> int | None:
        node = self.node
        if node.number is None:
            return None
        span = node.number.span
        if node.nr is not None or node.coded is not None:
            self._error(
                span,
                f"`number` of `{node.name.text}` is all of it",
                label="`nr` and `coded` are parts of one",
                help="drop either",
            )
        name, expression, place = node.number.rows[0] if node.number.rows else (None, None, span)
        if name is not None or expression is None:
            return None
        return self._whole(expression, place)

    def _whole(self, expression: Expression, span: Span) -> int | None:
        number = self.types.scope.evaluate(expression)
        if number is not None and not 0 <= number <= _LARGEST_NUMBER:
            self._error(span, f"number {number:#x} has more than 32 bits")
        return number

    def numbers(self) -> tuple[tuple[str, int], ...]:
        """The number of each ABI that has one; what an ABI's own name says goes before `linux`."""
        written = self.node.number
        if written is None or (written.rows and written.rows[0][0] is None):
            return ()
        if not written.rows:
            self._error(written.span, f"`number` of `{self.node.name.text}` says nothing")
        said: dict[str, int] = {}
        for name, expression, span in written.rows:
            assert name is not None
            abi_names((name,), "KG415", self.types.sink)
            if name.text.startswith("windows"):
                self._error(
                    name.span,
                    "a code of Windows is made of its parts",
                    help="write `function`, and `abis` where only some ABIs have it",
                )
            number = self._whole(expression, span)
            if number is not None:
                said[name.text] = number
        found = {abi: said.get(abi, said.get("linux")) for abi in ABI_NAMES if abi[0] == "l"}
        return tuple((abi, number) for abi, number in found.items() if number is not None)

    def magic(self) -> int | None:
        node = self.node
        if node.magic is None:
            return None
        expression, span = node.magic
        if node.nr is None:
            self._error(
                span, f"`magic` of `{node.name.text}` is a part of its number", help="add `nr`"
            )
        magic = self.types.scope.evaluate(expression)
        if magic is not None and not 0 <= magic <= _LARGEST_MAGIC:
            self._error(span, f"magic {magic:#x} is no byte")
        return magic

    def parameter(self, message: Struct | None) -> Parameter | None:
        """What is added to the number, which stays one byte."""
        node, written = self.node, self.node.parameter
        if written is None or node.nr is None:
            return None
        name, (expression, span) = written.name, written.maximum
        base, maximum = (self.types.scope.evaluate(each) for each in (node.nr[0], expression))
        if base is not None and maximum is not None and not 1 <= maximum <= _LARGEST_NR - base:
            self._error(
                span,
                f"`{name.text}` up to {maximum} cannot be",
                label=f"with {base} it is 1 to {_LARGEST_NR - base}: the number is a byte",
            )
        if message is not None and any(field.name == name.text for field in message.fields):
            self._error(
                name.span,
                f"`{node.name.text}` has `{name.text}` twice",
                label="a field of its message is called so",
            )
        if node.function is not None:
            self._error(
                name.span,
                "a number with a parameter is of Linux alone",
                help="write two ioctls",
            )
        self.types.uses.append(Use("parameter", name.span, f"`nr` of ioctl `{node.name.text}`"))
        return None if maximum is None else Parameter(name.text, maximum)

    def size(self, request: Struct | None, reply: Struct | None) -> tuple[Type | None, bool]:
        """The type whose size the number says, and whether it says that of the caller's buffer."""
        coded = self.node.coded
        if coded is None:
            return None, False
        if coded.size is None:
            if coded.direction is None:
                self._error(coded.span, "`coded` says nothing", help="add `direction` or `size`")
            return None, False
        if coded.size.head.text == _BUFFER and not coded.size.dimensions:
            self._check_buffer(coded, request, reply)
            return None, True
        type_ = self.types.resolve(coded.size)
        if isinstance(type_, Tail):
            self._error(coded.size.span, "the size of a tail is not known")
        return type_, False

    def _check_buffer(self, coded: CodedNode, request: Struct | None, reply: Struct | None) -> None:
        assert coded.size is not None
        message = request or reply
        node = self.node
        alone = (node.request is None or node.reply is None) and node.data is None
        if message is None or not _ends_in_rest(message) or not alone:
            self._error(
                coded.size.span,
                "the number says the size of a message whose end is the `rest` of it",
                label="there is no such message, or not alone",
                help='such as `out: {name: "utf8[..256] rest"}`',
            )

    def by_value(self, request: Struct | None) -> bool:
        node = self.node
        if node.argument is None:
            return False
        span = node.argument[1]
        for word, other in (
            ("in", node.request),
            ("out", node.reply),
            ("inout", node.message),
            ("data", node.data),
        ):
            if other is not None:
                self._error(
                    span,
                    f"`{node.name.text}` has `arg` beside `{word}`",
                    label="in place of the pointer, so that there is no message",
                )
        if request is not None and not _is_one_integer(request):
            self._error(span, f"`arg` of `{node.name.text}` is one integer, enum or flags")
        return True

    def returns(self, reply: Struct | None) -> tuple[Integer | None, bool]:
        name = self.node.returns
        if name is None:
            return None, False
        if name.text == _LENGTH:
            if reply is None or not _ends_in_rest(reply):
                self._error(name.span, "`length` is that of a reply whose end is the `rest` of it")
            return None, True
        integer = INTEGERS.get(name.text)
        if integer is None or integer.size > _LARGEST_ANSWER or integer.order != "native":
            self._error(
                name.span,
                f"ioctl() cannot answer a `{shown(name.text)}`",
                label="its answer is an int",
                help="write `s32`, `u32`, `u16` or `u8`, or `length` for that of the reply",
            )
            return None, False
        self._check_alone(name)
        return integer, False

    def _check_alone(self, name: Name) -> None:
        node = self.node
        if node.reply is not None or node.message is not None or node.data is not None:
            self._error(
                name.span,
                f"`{node.name.text}` has two answers",
                help="drop `returns`, or the reply",
            )


def _ends_in_rest(struct: Struct) -> bool:
    tail = struct.tail
    return tail is not None and isinstance(tail.type, Tail) and not tail.type.counter


def _is_one_integer(struct: Struct) -> bool:
    return len(struct.fields) == 1 and isinstance(
        struct.fields[0].type, (Integer, Boolean, Enum, Flags)
    )
