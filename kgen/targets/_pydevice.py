"""Python target: views of the ioctls, for the device class and for the list of calls."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from kgen.model.types import Array, Integer, Tail, Text
from kgen.record import NamedTuple
from kgen.targets._pydocs import (
    WIDTH,
    docstring,
    note_text,
    one_line,
    printed_quotes,
    section,
)
from kgen.targets._pynames import DEVICE_MEMBERS, Scope
from kgen.targets._pynumbers import codes
from kgen.targets._pytypes import BYTES, TypeNames, is_optional

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.abi import Layouts
    from kgen.model.entities import Data, Field, Ioctl, Struct
    from kgen.model.types import Type
    from kgen.targets._pytables import Tables

_BODY = 8
_HEAD_WIDTH = WIDTH - len("    def () -> :")
_BODY_WIDTH = WIDTH - len("        return _ioctls..send(self, (), )")
_DEPRECATION_WIDTH = WIDTH - len("    @deprecated()") - 8
"""Less than fits, for what stands in the string may have to be escaped."""
_PARAMETERS = frozenset([*keyword.kwlist, "data", "request", "self"])
"""What a parameter of a method cannot be called, or what another is called."""
_BUFFERS = {"from": BYTES, "to": "bytearray | memoryview"}


class MethodView(NamedTuple):
    """A method of the device class."""

    name: str
    call: str
    """The constant in `ioctls`, with what is added to its number."""
    head: str
    """The parameters, as they stand on one line."""
    parameters: list[str]
    returns: str
    is_deprecated: bool
    deprecation: str
    """Why not, or what instead."""
    long_deprecation: bool
    doc: str
    short_doc: bool
    """One line."""
    arguments: str
    """What is between the parentheses of the tuple of values."""
    short_arguments: bool
    """The formatter keeps the tuple on one line although the call is not."""
    values: list[str]
    data: str
    """The parameter with the caller's buffer."""
    has_data: bool
    takes_object: bool
    """The request is a struct of its own: it is passed as an object."""
    returns_value: bool
    short_head: bool
    short_body: bool
    """Fits on one line."""
    long_head: bool
    """A line of it is longer than a line may be, and the formatter is told to leave it."""
    long_call: bool


class CallView(NamedTuple):
    """An ioctl as the runtime knows it."""

    constant: str
    name: str
    reply_type: str
    arguments: list[str]
    """Keyword arguments with their values."""
    errors: list[str]
    has_errors: bool
    short_errors: bool
    """Fit on one line."""
    errors_text: str
    is_long: bool
    """A line of it is longer than a line may be, and the formatter is told to leave it."""


class Methods:
    """Makes both views of every ioctl."""

    def __init__(
        self, layouts: Layouts, names: TypeNames, tables: Tables, errors: dict[str, str]
    ) -> None:
        self.layouts = layouts
        self.names = names
        """Spells the parameters."""
        self.replies = TypeNames(names.classes)
        """Spells what methods return."""
        self.tables = tables
        self.errors = errors
        """Class by the error's name in the schema."""
        self._members = Scope(DEVICE_MEMBERS)
        self._constants = Scope(frozenset(["INFO", "TYPE_CHECKING"]))

    def ioctl(self, ioctl: Ioctl) -> tuple[MethodView, CallView]:
        constant = self._constants.upper(ioctl.name)
        returns = self.returns(ioctl, self.replies)
        return self._method(ioctl, constant, returns), self._call(ioctl, constant, returns)

    # The call

    def _call(self, ioctl: Ioctl, constant: str, returns: str) -> CallView:
        arguments = codes(ioctl, self.layouts)
        if ioctl.calling.parameter is not None:
            arguments.append(
                f'parameter=("{ioctl.calling.parameter.name}", {ioctl.calling.parameter.maximum})'
            )
        request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
        if request is not None:
            arguments.append(f'request="{self.names.classes[request.name]}"')
        if reply is not None:
            arguments.append(f'reply="{self.names.classes[reply.name]}"')
        if is_bare(reply):
            arguments.append("bare=True")
        if ioctl.data is not None:
            size = self.layouts.size_align(ioctl.data.type)[0]
            bounds = f"{size}, {ioctl.data.minimum}, {ioctl.data.maximum}"
            arguments.append(f"data=Data({bounds}, to_caller={ioctl.data.direction == 'to'})")
        if ioctl.short is not None and ioctl.short.field is not None and reply is not None:
            field = self.tables.fields[reply.name][ioctl.short.field]
            arguments.append(f'full_size=("{field}", "{ioctl.short.unit}")')
        if ioctl.idempotent:
            arguments.append("idempotent=True")
        since = ioctl.note.since
        if since is not None:
            arguments.append(f"since={since}")
        errors = [error.name for error in ioctl.errors]
        errors_text = string_tuple(errors)
        head = f"{constant}: Final[Call[{returns}]] = Call("
        lines = [head, *"\n".join(f"    {argument}," for argument in arguments).split("\n")]
        return CallView(
            constant=constant,
            name=ioctl.name,
            reply_type=returns,
            arguments=arguments,
            errors=errors,
            has_errors=bool(errors),
            short_errors=len(f"    errors={errors_text},") <= WIDTH,
            errors_text=errors_text,
            is_long=any(len(line) > WIDTH for line in lines),
        )

    @staticmethod
    def returns(ioctl: Ioctl, names: TypeNames) -> str:
        """The annotation of what a call gives back."""
        reply = ioctl.reply or ioctl.message
        if ioctl.calling.returns is not None:
            return "int"
        if ioctl.data is not None:
            return "int" if ioctl.data.direction == "to" else "None"
        if reply is None:
            return "None"
        if is_bare(reply):
            return names.annotation(reply.fields[-1])
        return names.cls(reply.name)

    # The method

    def _method(self, ioctl: Ioctl, constant: str, returns: str) -> MethodView:
        request = ioctl.request or ioctl.message
        takes_object = request is not None and not request.inline
        parameters = ["self"]
        values: list[str] = []
        described: list[str] = []
        call = constant
        if ioctl.calling.parameter is not None:
            name, maximum = ioctl.calling.parameter
            name = f"{name}_" if name in _PARAMETERS else name
            parameters.append(f"{name}: int")
            described.append(f"{name}: 0 to {maximum}; the number tells it.")
            call = f"{constant}.at({name})"
        if request is not None and takes_object:
            parameters.append(f"request: {self.names.cls(request.name)}")
        elif request is not None:
            self._add_fields(request, parameters, values, described)
        data = ""
        if ioctl.data is not None:
            data = "data_" if "data" in values else "data"
            parameters += [] if "*" in parameters else ["*"]
            parameters.append(f"{data}: {_BUFFERS[ioctl.data.direction]}")
            described.append(f"{data}: {_data_doc(ioctl.data)}")
        name = self._members.member(ioctl.name)
        doc = self._doc(ioctl, described)
        deprecation = one_line(ioctl.note.deprecated or "") or f"{name} is deprecated"
        deprecation = printed_quotes(deprecation, deprecation.count('"'))
        arguments = _arguments(values)
        head = ", ".join(parameters)
        body = len(call) + len(data) + (7 if takes_object else len(arguments))
        return MethodView(
            name=name,
            call=call,
            head=head,
            parameters=parameters,
            returns=returns,
            is_deprecated=ioctl.note.deprecated is not None,
            deprecation=deprecation,
            long_deprecation=len(repr(deprecation)) > _DEPRECATION_WIDTH,
            doc=doc,
            short_doc="\n" not in doc,
            arguments=arguments,
            short_arguments=_is_short(values),
            values=values,
            data=data,
            has_data=bool(data),
            takes_object=takes_object,
            returns_value=returns != "None",
            short_head=len(name) + len(head) + len(returns) <= _HEAD_WIDTH,
            short_body=body <= _BODY_WIDTH or takes_object,
            long_head=_is_long_head(parameters, returns),
            long_call=takes_object and body > _BODY_WIDTH,
        )

    def _add_fields(
        self, request: Struct, parameters: list[str], values: list[str], described: list[str]
    ) -> None:
        names = self.tables.fields[request.name]
        if not is_bare(request):
            parameters.append("*")
        for field in visible(request):
            name = names[field.name]
            values.append(name)
            if type(field.type) is Integer and field.limit is None:
                parameters.append(f"{name}: int")
                if not field.note.doc:
                    continue
            else:
                default = " = None" if is_optional(field) else ""
                annotation = self.names.annotation(field, parameter=True)
                parameters.append(f"{name}: {annotation}{default}")
            text = f"{one_line(field.note.doc)} {_bounds(field)}".strip()
            if text:
                described.append(f"{name}: {text}")
        if parameters[-1] == "*":
            parameters.pop()

    def _doc(self, ioctl: Ioctl, described: list[str]) -> str:
        parts = [note_text(ioctl.note) or f"`{ioctl.name}` of the schema."]
        if ioctl.access != ("any",):
            parts.append(f"Needs a device opened to {' and '.join(ioctl.access)}.")
        if described:
            parts.append(section("Args", described))
        returns = _return_doc(ioctl)
        if returns:
            parts.append(section("Returns", [returns]))
        if ioctl.errors:
            raises = [
                f"{self.errors[error.name]}: {one_line(error.note.doc)}".removesuffix(": ")
                for error in ioctl.errors
            ]
            parts.append(section("Raises", raises))
        return docstring("\n\n".join(parts), _BODY)


def visible(struct: Struct) -> list[Field]:
    """The fields that a caller gives or gets: what is reserved, counts or tags is not among them."""
    derived = {field.tag for field in struct.fields}
    return [
        field
        for field in struct.fields
        if not field.reserved and field.counts is None and field.name not in derived
    ]


def is_bare(struct: Struct | None) -> bool:
    """Whether a message is one value: `out: u32`, which is short for `out: {value: u32}`."""
    return (
        struct is not None
        and struct.inline
        and [field.name for field in struct.fields] in (["value"], ["value_count", "value"])
    )


def string_tuple(names: Iterable[str]) -> str:
    """A Python tuple of strings."""
    words = [f'"{name}"' for name in names]
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _is_long_head(parameters: list[str], returns: str) -> bool:
    if len(returns) + len("    ) -> :") > WIDTH:
        return True
    return any(len(parameter) + _BODY + len(",") > WIDTH for parameter in parameters)


def _data_doc(data: Data) -> str:
    what = "The caller's buffer" if data.direction == "to" else "What the driver reads"
    unit = "bytes" if _is_byte(data.type) else "elements"
    return f"{what}: {data.minimum} to {data.maximum} {unit}."


def _arguments(values: list[str]) -> str:
    return ", ".join(values) + ("," if len(values) == 1 else "")


def _is_short(values: list[str]) -> bool:
    # The comma of a tuple of one is no sign to the formatter that it should be spread out.
    return len(values) == 0 or (len(values) == 1 and len(values[0]) <= WIDTH - 16)


def _bounds(field: Field) -> str:
    if type(field.type) is Integer and field.limit is None:
        return ""
    if isinstance(field.type, Tail):
        unit = "bytes" if _is_byte(field.type.element) else "elements"
        if field.type.text is not None:
            unit = "bytes of UTF-8" if field.type.text == "utf8" else "UTF-16 units"
        return f"{field.type.minimum} to {field.type.maximum} {unit}."
    if field.limit is not None:
        return f"{field.limit.low} to {field.limit.high}."
    if isinstance(field.type, Array) and _is_byte(field.type.element):
        return f"{field.type.length} bytes."
    if isinstance(field.type, Text):
        unit = "bytes of UTF-8" if field.type.encoding == "utf8" else "UTF-16 units"
        return f"At most {field.type.length - 1} {unit}."
    return ""


def _is_byte(type_: Type) -> bool:
    return isinstance(type_, Integer) and type_.size == 1


def _return_doc(ioctl: Ioctl) -> str:
    if ioctl.data is not None and ioctl.data.direction == "to":
        unit = "bytes" if _is_byte(ioctl.data.type) else "elements"
        return f"How many {unit} the driver wrote."
    if ioctl.short is not None and ioctl.short.policy == "truncate":
        return f"What fits; `{ioctl.short.field}` tells how much there is."
    return ""
