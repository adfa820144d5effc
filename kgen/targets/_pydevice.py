"""Python target: views of the ioctls, for the device class and for the list of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.types import Array, Integer, Tail, Text
from kgen.record import NamedTuple
from kgen.targets._pydocs import WIDTH, docstring, note_text, one_line, section
from kgen.targets._pynames import DEVICE_MEMBERS, Scope
from kgen.targets._pytypes import BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.abi import Codes, Layouts
    from kgen.model.entities import Field, Ioctl, Note, Struct
    from kgen.model.types import Type
    from kgen.targets._pytables import Tables
    from kgen.targets._pytypes import TypeNames

_BODY = 8


class ParameterView(NamedTuple):
    name: str
    annotation: str


class MethodView(NamedTuple):
    """A method of the device class."""

    name: str
    call: str
    """The constant in `ioctls`."""
    positional: list[ParameterView]
    keywords: list[ParameterView]
    has_keywords: bool
    returns: str
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
        self.tables = tables
        self.errors = errors
        """Class by the error's name in the schema."""
        self._members = Scope(DEVICE_MEMBERS)
        self._constants = Scope(frozenset(["INFO", "TYPE_CHECKING"]))

    def ioctl(self, ioctl: Ioctl) -> tuple[MethodView, CallView]:
        constant = self._constants.upper(ioctl.name)
        returns = self.returns(ioctl, self.names)
        return self._method(ioctl, constant, returns), self._call(ioctl, constant, returns)

    # The call

    def _call(self, ioctl: Ioctl, constant: str, returns: str) -> CallView:
        arguments = code_arguments(self.layouts.codes[ioctl.name])
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
        lines = [head, *(f"    {argument}," for argument in arguments)]
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
        positional: list[ParameterView] = []
        keywords: list[ParameterView] = []
        values: list[str] = []
        taken = Scope()
        takes_object = request is not None and not request.inline
        if request is not None and takes_object:
            positional.append(ParameterView("request", self.names.cls(request.name)))
            taken.member("request")
        elif request is not None:
            fields = self.tables.fields[request.name]
            chosen = positional if is_bare(request) else keywords
            for field in visible(request):
                name = taken.member(fields[field.name])
                annotation = self.names.annotation(field, parameter=True)
                chosen.append(ParameterView(name, annotation))
                values.append(name)
        data = taken.member("data") if ioctl.data is not None else ""
        if ioctl.data is not None:
            annotation = BYTES if ioctl.data.direction == "from" else "bytearray | memoryview"
            keywords.append(ParameterView(data, annotation))
        name = self._members.member(ioctl.name)
        doc = self._doc(ioctl, request, data)
        head = _head(name, positional, keywords, returns)
        body = _body(constant, values, data, takes_object, returns != "None")
        return MethodView(
            name=name,
            call=constant,
            positional=positional,
            keywords=keywords,
            has_keywords=bool(keywords),
            returns=returns,
            doc=doc,
            short_doc="\n" not in doc,
            arguments=_arguments(values),
            short_arguments=_is_short(values),
            values=values,
            data=data,
            has_data=bool(data),
            takes_object=takes_object,
            returns_value=returns != "None",
            short_head=len(head) <= WIDTH,
            short_body=len(body) <= WIDTH or takes_object,
            long_head=_is_long_head(positional + keywords, returns),
            long_call=takes_object and len(body) > WIDTH,
        )

    def _doc(self, ioctl: Ioctl, request: Struct | None, data: str) -> str:
        parameters = []
        if request is not None and request.inline:
            names = self.tables.fields[request.name]
            for field in visible(request):
                text = _described(names[field.name], field.note, _bounds(field))
                parameters += [text] if text else []
        if ioctl.data is not None:
            low, high = ioctl.data.minimum, ioctl.data.maximum
            what = (
                "The caller's buffer" if ioctl.data.direction == "to" else "What the driver reads"
            )
            unit = "bytes" if _is_byte(ioctl.data.type) else "elements"
            parameters.append(f"{data}: {what}: {low} to {high} {unit}.")
        raises = []
        for error in ioctl.errors:
            doc = one_line(error.note.doc)
            raises.append(f"{self.errors[error.name]}: {doc}" if doc else self.errors[error.name])
        returns = _return_doc(ioctl)
        parts = [
            note_text(ioctl.note) or f"`{ioctl.name}` of the schema.",
            section("Args", parameters),
            section("Returns", [returns] if returns else []),
            section("Raises", raises),
        ]
        return docstring("\n\n".join(part for part in parts if part), _BODY)


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


def code_arguments(codes: Codes) -> list[str]:
    """The control codes as keyword arguments; nothing for a system that has none."""
    pairs = (("windows", codes.windows), ("linux", codes.linux))
    return [f"{system}=0x{code:08X}" for system, code in pairs if code is not None]


def string_tuple(names: Iterable[str]) -> str:
    """A Python tuple of strings."""
    words = [f'"{name}"' for name in names]
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _head(
    name: str, positional: list[ParameterView], keywords: list[ParameterView], returns: str
) -> str:
    parts = ["self", *(f"{p.name}: {p.annotation}" for p in positional)]
    if keywords:
        parts += ["*", *(f"{p.name}: {p.annotation}" for p in keywords)]
    return f"    def {name}({', '.join(parts)}) -> {returns}:"


def _is_long_head(parameters: list[ParameterView], returns: str) -> bool:
    lines = [f"        {p.name}: {p.annotation}," for p in parameters]
    return any(len(line) > WIDTH for line in [*lines, f"    ) -> {returns}:"])


def _body(constant: str, values: list[str], data: str, takes_object: bool, returns: bool) -> str:
    given = "request" if takes_object else f"({_arguments(values)})"
    call = f"_ioctls.{constant}.{'send' if takes_object else 'run'}(self, {given}"
    return f"        {'return ' if returns else ''}{call}{', ' + data if data else ''})"


def _arguments(values: list[str]) -> str:
    return ", ".join(values) + ("," if len(values) == 1 else "")


def _is_short(values: list[str]) -> bool:
    # The comma of a tuple of one is no sign to the formatter that it should be spread out.
    return len(values) == 0 or (len(values) == 1 and len(values[0]) <= WIDTH - 16)


def _described(name: str, note: Note, bounds: str) -> str:
    if not note.doc:
        return f"{name}: {bounds}" if bounds else ""
    return f"{name}: {one_line(note.doc)} {bounds}".rstrip()


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
