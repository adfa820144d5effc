"""Schema: which keys each mapping of the language has, with the words an editor shows.

The parser refuses what is not here, `kgen jsonschema` prints it, and docs/language.md is checked against it.
Kinds of value:
  text, name, names (one or a list), integer (a number or an expression), version, boolean,
  type (a type and its clauses), plain_type (no clauses), range, bits, conditions, mode,
  numbers (an integer, or one for each ABI),
  one of several words (`a|b`), shape:X, map:X (name -> X), message (a name, a type or map:field).
"""

from __future__ import annotations

from kgen.record import NamedTuple


class Key(NamedTuple):
    name: str
    kind: str
    doc: str
    required: bool = False


class Shape(NamedTuple):
    doc: str
    keys: tuple[Key, ...]
    short: str | None = None
    """Kind of the value that may stand in place of the mapping."""
    short_key: str = ""
    """The key that the short form stands for."""


_DOC = Key("doc", "text", "What it is, for everybody who reads the generated files.")
_SINCE = Key("since", "version", "Version of the interface that brought it.")
_DEPRECATED = Key("deprecated", "text", "Why it should not be used any more, and what to use.")
_C_NAME = Key("c_name", "text", "Its name in an existing C header (`external: true`).")
_NOTE = (_DOC, _SINCE, _DEPRECATED, _C_NAME)
_ALIGN = Key("align", "integer", "Attribute `aligned`, `__declspec(align)` (`layout: native`).")
_PACKED = Key("packed", "boolean", "Attribute `packed` (`layout: native`).")
_ABIS = Key("abis", "names", "Where it is at all: ABIs, `windows`, `linux` (`layout: native`).")
_RECORD = (
    Key("pack", "integer", "`#pragma pack` in force at its end: 1, 2, 4, 8 or 16."),
    _PACKED,
    _ALIGN,
    _ABIS,
    Key("c_kind", "struct|union|typedef", "The word that C has before `c_name`."),
)
_MEMBER = (
    Key("unnamed", "boolean", "It has no name in C: a bit-field, or a struct or union."),
    _ALIGN,
    _PACKED,
    _ABIS,
)

SHAPES: dict[str, Shape] = {
    "file": Shape(
        "One interface: what a driver and its callers agree on.",
        (
            Key("kgen", "integer", "Version of the language: 1.", True),
            Key("interface", "name", "Name of the interface; every generated name begins with it."),
            Key("version", "version", 'Version of the interface, quoted: "1.2".'),
            _DOC,
            Key(
                "external", "boolean", "The driver exists already: client only, codes as they are."
            ),
            Key(
                "serialised",
                "boolean",
                "Handlers and hooks of one device never run at the same time.",
            ),
            Key("targets", "names", "What `kgen build` writes unless told otherwise."),
            Key("license", "text", "SPDX expression of the generated uapi header."),
            Key("imports", "names", "Schema files whose types and constants are used here."),
            Key("windows", "shape:windows", "The device on Windows."),
            Key("linux", "shape:linux", "The device on Linux."),
            Key("constants", "map:constant", "Named integers."),
            Key("errors", "map:error", "Errors of this interface; common ones need no entry."),
            Key("objects", "map:object", "What a driver makes for an open handle, named by ids."),
            Key("enums", "map:enum", "Integers of which each value has a name."),
            Key("flags", "map:flags", "Integers of which each bit has a name."),
            Key("bitfields", "map:bitfield", "Integers cut into bit ranges."),
            Key("unions", "map:union", "One of several contents, told by a tag."),
            Key("structs", "map:struct", "Fields in the order of memory."),
            Key("ioctls", "map:ioctl", "The control codes."),
        ),
    ),
    "windows": Shape(
        "The device on Windows.",
        (
            Key("device_type", "integer", "DeviceType of CTL_CODE, 0x8000 to 0xFFFF.", True),
            Key("device", "name", "Name below \\Device, and of the symbolic link."),
            Key(
                "sddl",
                "text",
                "Who may open the device: `system`, `admins`, `users_read`, `everyone`, or SDDL text.",
            ),
            Key("class_guid", "text", "Device setup class; made from the name unless given."),
            Key("pool_tag", "text", "Four characters that mark the driver's memory."),
            Key("exclusive", "boolean", "Only one handle at a time."),
            Key("driver", "name", "The driver that carries this interface beside others."),
            Key("path", "text", "What a client opens, where kgen did not make the device."),
            Key("hardware_id", "names", "A Plug and Play device, of these IDs: `Root\\Lamp`."),
            Key(
                "interface_guid",
                "text",
                "Device interface class of a Plug and Play device; made from the name unless given.",
            ),
        ),
    ),
    "linux": Shape(
        "The device on Linux.",
        (
            Key("node", "name", "Name below /dev."),
            Key("magic", "integer", "The type byte of _IOC; `external: true` may do without."),
            Key("mode", "mode", 'Permissions of the node, quoted: "0600".'),
            Key("group", "text", "Group that owns the node."),
            Key("capability", "text", "Capability a caller needs: CAP_SYS_RAWIO."),
            Key("exclusive", "boolean", "Only one open file at a time."),
        ),
    ),
    "constant": Shape(
        "A named integer.",
        (Key("value", "integer", "A number or an expression.", True), _DOC, _C_NAME),
        "integer",
        "value",
    ),
    "error": Shape(
        "An error of this interface.",
        (
            Key("ntstatus", "integer", "A customer NTSTATUS, 0xE0000000 to 0xEFFFFFFF."),
            Key("errno", "text", "Name of the Linux error: EDQUOT.", True),
            _DOC,
            _SINCE,
        ),
    ),
    "object": Shape(
        "What a driver makes for an open handle: callers name it by an id.",
        (
            Key("per_open", "integer", "How many an open handle may have at a time.", True),
            Key("stale", "name", "Error for an id that names none; `bad_handle` unless given."),
            Key("full", "name", "Error where there are `per_open`; `no_space` unless given."),
            _DOC,
            _SINCE,
        ),
    ),
    "enum": Shape(
        "Integers of which each value has a name.",
        (
            Key("type", "name", "The integer that carries it: u32.", True),
            Key("values", "map:enum_value", "Names and values.", True),
            Key("open", "boolean", "Accept values without a name on input too."),
            *_NOTE,
        ),
    ),
    "enum_value": Shape(
        "A value with a name.",
        (Key("value", "integer", "The value.", True), *_NOTE),
        "integer",
        "value",
    ),
    "flags": Shape(
        "Integers of which each bit has a name.",
        (
            Key("type", "name", "The integer that carries them: u32.", True),
            Key("bits", "map:flag_bit", "Names and bit numbers."),
            Key("values", "map:enum_value", "Names and masks, for what exists already."),
            Key("open", "boolean", "Accept bits without a name on input too."),
            *_NOTE,
        ),
    ),
    "flag_bit": Shape(
        "A bit with a name.",
        (Key("bit", "integer", "Number of the bit, from 0.", True), *_NOTE),
        "integer",
        "bit",
    ),
    "bitfield": Shape(
        "An integer cut into bit ranges; bits without a name are reserved.",
        (
            Key("type", "name", "The integer that carries them: u32.", True),
            Key("bits", "map:bit_part", "Names and bit ranges.", True),
            *_NOTE,
        ),
    ),
    "bit_part": Shape(
        "A bit range with a name.",
        (
            Key("at", "bits", "One bit or `low..high`.", True),
            Key("type", "name", "An enum whose values it holds."),
            *_NOTE,
        ),
        "bits",
        "at",
    ),
    "union": Shape(
        "One of several contents, told by a tag that stands before it.",
        (
            Key("tag", "name", "The enum that tells which arm is there; required, but for native."),
            Key("arms", "map:arm", "For each value of the tag a type, or `none`.", True),
            Key("layout", "fixed|native", "`native`: as a C compiler has it, without a tag."),
            *_RECORD,
            *_NOTE,
        ),
    ),
    "arm": Shape(
        "What a union holds for one value of its tag.",
        (Key("type", "type", "A type, or `none`.", True), *_MEMBER, *_NOTE),
        "type",
        "type",
    ),
    "struct": Shape(
        "Fields in the order of memory.",
        (
            Key("fields", "map:field", "Names and types.", True),
            Key(
                "grows", "boolean", "Size-versioned: only ever appended to; old sizes are accepted."
            ),
            Key("layout", "fixed|native", "`native`: as a C compiler lays it out, holes included."),
            Key("require", "conditions", "What must hold between the fields of a request."),
            *_RECORD,
            *_NOTE,
        ),
    ),
    "field": Shape(
        "A field.",
        (Key("type", "type", "A type and what follows it.", True), *_MEMBER, *_NOTE),
        "type",
        "type",
    ),
    "ioctl": Shape(
        "A control code.",
        (
            Key("function", "integer", "Windows function code, 0x800 to 0xFFE."),
            Key("nr", "shape:nr", "Linux number; function - 0x800 unless given."),
            Key("magic", "integer", "Another magic than the interface's (`external: true`)."),
            Key("number", "numbers", "The whole number on Linux, as it is (`external: true`)."),
            Key(
                "abis", "names", "Where it is at all: ABIs, `windows`, `linux` (`external: true`)."
            ),
            Key(
                "device_type",
                "integer",
                "Another DeviceType than the interface's (`external: true`).",
            ),
            Key("access", "names", "Rights of the handle: any, read, write, or [read, write]."),
            Key(
                "method",
                "buffered|in_direct|out_direct|neither",
                "Follows from `data:`; `neither` is written.",
            ),
            Key("in", "message", "What the caller sends."),
            Key("out", "message", "What the driver answers."),
            Key("inout", "message", "One struct that goes both ways."),
            Key(
                "arg", "message", "An integer in place of the pointer, on Linux (`external: true`)."
            ),
            Key(
                "returns",
                "name",
                "What ioctl() itself answers on Linux: an integer, or the `length` of the reply.",
            ),
            Key(
                "coded",
                "shape:coded",
                "What the number on Linux says, where that is not what is moved (`external: true`).",
            ),
            Key("data", "shape:data", "The caller's own buffer, reached in place."),
            Key("errors", "names", "What the handler may answer besides success."),
            Key("short", "shape:short", "What a variable reply does in too small a buffer."),
            Key("idempotent", "boolean", "Calling it again does no harm, so a client may retry."),
            *_NOTE,
        ),
    ),
    "nr": Shape(
        "Linux number of a code, or of many that a parameter tells apart (`external: true`).",
        (
            Key("base", "integer", "The number where the parameter is 0.", True),
            Key("by", "name", "The parameter, which is added.", True),
            Key("max", "integer", "The largest value of the parameter.", True),
        ),
        "integer",
        "base",
    ),
    "coded": Shape(
        "What the number of an existing code says, where that is not what is moved.",
        (
            Key("direction", "none|in|out|both", "Of _IO, _IOW, _IOR or _IOWR."),
            Key("size", "plain_type", "A type; `buffer` is the size of the caller's buffer."),
        ),
    ),
    "data": Shape(
        "The caller's own buffer, reached in place.",
        (
            Key("to", "caller", "The driver writes into it (METHOD_OUT_DIRECT)."),
            Key("from", "caller", "The driver reads from it (METHOD_IN_DIRECT)."),
            Key("type", "plain_type", "Type of an element.", True),
            Key("length", "range", "Elements: `1..4096`.", True),
        ),
    ),
    "short": Shape(
        "What a variable reply does in too small a buffer.",
        (
            Key("truncate", "name", "Answer what fits; this field tells how much there is.", True),
            Key("unit", "elements|bytes", "What that field counts."),
        ),
        "refuse",
        "",
    ),
}
