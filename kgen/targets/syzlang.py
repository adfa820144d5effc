"""Target `syzlang`: what syzkaller has to know of an interface to fuzz its device in a kernel.

The description takes the numbers from a file of constants beside it, as the compiler of syzkaller wants them: that file
is otherwise extracted from the sources of a kernel, which do not have the interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import symbol
from kgen.record import NamedTuple
from kgen.targets._c_codes import linux_name
from kgen.targets._syz_types import TEXT, Block, Line, Values, Words
from kgen.targets.target import BOUNDARY, POINTERS, Output, Target

if TYPE_CHECKING:
    from kgen.abi import Argument, Codes, Layouts
    from kgen.abi.argument import Part
    from kgen.model.entities import Interface, Ioctl


class Call(NamedTuple):
    text: str
    """`ioctl$VAULT_IOC_SEAL(fd fd_vault, cmd const[VAULT_IOC_SEAL], arg ptr[inout, vault_seal_arg])`."""
    doc: str
    """Text of the schema."""


class Resource(NamedTuple):
    name: str
    doc: str


class Constant(NamedTuple):
    name: str
    value: str
    """`3225467393`, and after that the processors where it is another: `, mips64le:ppc64le:...`."""


class Syzlang(NamedTuple):
    name: str
    doc: str
    node: str
    texts: str
    """The strings of fixed size; empty where there are none."""
    resources: list[Resource]
    calls: list[Call]
    flags: list[Values]
    blocks: list[Block]
    constants: list[Constant]


_THREE_BITS = (("mips64le", "linux-mips64el"), ("ppc64le", "linux-powerpc64le"))
"""syzkaller's processors whose ioctl numbers differ, and kgen's ABIs of them."""
_NUMBERS = {
    "AT_FDCWD": "18446744073709551516",
    "O_RDONLY": "0",
    "O_RDWR": "2",
    "O_WRONLY": "1",
    "__NR_ioctl": "54, amd64:16, arm64:riscv64:29, mips64le:5015",
    "__NR_openat": "56, 386:295, amd64:257, arm:322, mips64le:5247, ppc64le:286, s390x:288",
}
"""Of Linux, as every file of constants that uses them has them."""


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    """The description, for `sys/linux/`, and the constants that it names."""
    name, view = interface.name, _view(interface, layouts)
    return [
        Output(f"syzlang/dev_{name}.txt", "syzlang/description.txt.j2", view),
        Output(f"syzlang/dev_{name}.txt.const", "syzlang/constants.j2", view),
    ]


def _view(interface: Interface, layouts: Layouts) -> Syzlang:
    name, linux = interface.name, interface.linux
    assert linux is not None
    words = Words(name, layouts)
    numbers = {linux_name(name, "interface_info"): layouts.info_codes}
    calls = [_call(linux_name(name, "interface_info"), name, "ptr[out, array[int8, 48]]", "")]
    for ioctl in interface.ioctls:
        if ioctl.nr is not None:
            code = linux_name(name, ioctl.name)
            numbers[code] = layouts.codes[ioctl.name]
            argument = _argument(ioctl, layouts.arguments[ioctl.name], words)
            calls.append(_call(code, name, argument, ioctl.note.doc))
    constants = {
        **_NUMBERS,
        **{key: str(value) for key, value in words.constants.items()},
        **{key: _number(codes) for key, codes in numbers.items()},
    }
    return Syzlang(
        name=name,
        doc=interface.note.doc,
        node=linux.node or name,
        texts=f'{name}_strings = "{TEXT}"' if words.has_texts else "",
        resources=[Resource(each, doc) for each, doc in words.resources.items()],
        calls=calls,
        flags=list(words.flags.values()),
        blocks=list(words.blocks.values()),
        constants=[Constant(key, constants[key]) for key in sorted(constants)],
    )


def _call(code: str, name: str, argument: str, doc: str) -> Call:
    return Call(f"ioctl${code}(fd fd_{name}, cmd const[{code}], arg {argument})", doc)


def _number(codes: Codes) -> str:
    other = dict(codes.other)
    three = [other.get(abi, codes.linux) for _, abi in _THREE_BITS]
    if three[0] == codes.linux:
        return str(codes.linux)
    return f"{codes.linux}, {':'.join(arch for arch, _ in _THREE_BITS)}:{three[0]}"


def _argument(ioctl: Ioctl, argument: Argument, words: Words) -> str:
    if not argument.parts:
        return "const[0]"
    way = {"in": "in", "out": "out", "both": "inout"}[argument.direction]
    single = len(argument.parts) == 1 and not argument.parts[0].role.endswith("_buffer")
    if single:
        struct = ioctl.request or ioctl.reply or ioctl.message
        assert struct is not None
        return f"ptr[{way}, {words.message(struct)}]"
    name = symbol(words.prefix, ioctl.name, "arg")
    lines: list[Line] = []
    end = 0
    for part in argument.parts:
        lines += _padding(lines, part.offset - end)
        lines += _part(ioctl, part, words)
        end = part.offset + part.size
    open_ended = ioctl.request is not None and ioctl.request.tail is not None
    lines += [] if open_ended else _padding(lines, argument.size - end)
    words.blocks[name] = Block(name, "", lines, False, "packed")
    return f"ptr[{way}, {name}]"


def _padding(lines: list[Line], size: int) -> list[Line]:
    if size == 0:
        return []
    return [Line(f"padding{len(lines)}", f"array[const[0, int8], {size}]")]


def _part(ioctl: Ioctl, part: Part, words: Words) -> list[Line]:
    if part.role == "request":
        assert ioctl.request is not None
        return [Line("request", f"{words.message(ioctl.request)} (in)")]
    if part.role == "reply":
        assert ioctl.reply is not None
        return [Line("reply", f"{words.message(ioctl.reply)} (out)")]
    if part.role == "reply_buffer":
        assert ioctl.reply is not None
        return _buffer("reply", f"ptr64[out, {words.message(ioctl.reply)}]")
    assert ioctl.data is not None
    way = "out" if ioctl.data.direction == "to" else "in"
    bounds = f"{ioctl.data.minimum}:{ioctl.data.maximum}"
    return _buffer("data", f"ptr64[{way}, array[{words.type(ioctl.data.type)}, {bounds}]]")


def _buffer(name: str, pointer: str) -> list[Line]:
    return [
        Line(name, f"{pointer} (in)"),
        Line(f"{name}_length", f"bytesize[{name}, int32] (in)"),
        Line(f"{name}_done", "const[0, int32] (in)"),
    ]


TARGET = Target(
    name="syzlang",
    doc="A description of the interface for syzkaller, which fuzzes the device in a kernel.",
    capabilities=(BOUNDARY - {"no_linux", "windows_handle"}) | POINTERS,
    needs=(),
    outputs=outputs,
)
