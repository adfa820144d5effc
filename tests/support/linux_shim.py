"""A device below /dev without a kernel: what a program has to preload to find it there.

The table of arguments is made of what docs/abi.md says, and not of what a client has.
"""

from __future__ import annotations

import os
from pathlib import Path

from kgen import abi, model, schema, source
from kgen.abi import Layouts
from kgen.diagnostics import Sink
from kgen.model.entities import Ioctl
from kgen.model.errors import BUILTIN
from kgen.model.types import Tail
from tests.support.generated import ROOT
from tests.support.simulated import Simulated, run
from tests.support.tools import find_tool

SHIM = os.path.join(ROOT, "tests", "support", "linux_shim.c")


def shim(driver: Simulated, schema_path: str, folder: Path) -> str:
    """The library that stands in for the kernel, with the author's handlers in C in it."""
    layouts = laid_out(schema_path)
    linux = layouts.interface.linux
    assert linux is not None
    table, library = folder / "table.h", folder / "shim.so"
    table.write_text(_table(layouts), encoding="ascii")
    parts = [str(driver.folder / part) for part in ("include", "core", "sim")]
    sources = [
        *map(str, sorted(driver.folder.glob("sim/*.c"))),
        str(driver.folder / "core" / f"{driver.name}_core.c"),
        os.path.join(driver.author, f"{driver.name}_handlers.c"),
        SHIM,
    ]
    run([
        find_tool("gcc", "gcc"), "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-shared",
        "-fPIC", "-pthread", f'-DNODE="/dev/{linux.node}"', f'-DTABLE="{table}"',
        *(f"-I{part}" for part in (driver.author, *parts)), *sources, "-o", str(library), "-ldl",
    ])  # fmt: skip
    return str(library)


def laid_out(path: str) -> Layouts:
    """The layouts of a schema that imports nothing, or from its own folder."""
    sink = Sink()

    def load(path: str) -> schema.nodes.File | None:
        nodes = source.load(path, os.path.basename(path), sink)
        return None if nodes is None else schema.parse(nodes, sink)

    def load_import(name: schema.nodes.Name, _: Sink) -> schema.nodes.File | None:
        return load(os.path.join(os.path.dirname(path), name.text))

    file = load(path)
    interface = model.resolve(file, sink, load_import) if file is not None else None
    layouts = abi.lay_out(interface, sink) if interface is not None else None
    assert layouts is not None, [str(each) for each in sink.sorted()]
    return layouts


def _table(layouts: Layouts) -> str:
    info = layouts.info_codes
    rows = [f"{{0x{info.linux:X}, 0x{info.windows:X}, false, 48, false, -1, -1, 0, 0, 0, 0}}"]
    rows += [_row(ioctl, layouts) for ioctl in layouts.interface.ioctls]
    known = (*BUILTIN.values(), *layouts.interface.errors)
    errors = [f"{{0x{error.ntstatus:X}, {error.errno}}}" for error in known]
    return (
        f"static const struct row rows[] = {{{', '.join(rows)}}};\n"
        f"static const struct error errors[] = {{{', '.join(errors)}}};\n"
    )


def _row(ioctl: Ioctl, layouts: Layouts) -> str:
    codes, argument = layouts.codes[ioctl.name], layouts.arguments[ioctl.name]
    parts = {part.role: part for part in argument.parts}
    request = parts.get("request") or parts.get("message")
    reply = parts.get("reply") or parts.get("message")
    data = parts.get("data_buffer")
    sent, answered = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    grows = sent.grows if sent else bool(answered and answered.grows and "reply" in parts)
    count = (0, 0, 0)
    if sent is not None and sent.tail is not None and isinstance(sent.tail.type, Tail):
        tail = sent.tail.type
        counter = next(
            item for item in layouts.record(sent).fields if item.field.name == tail.counter
        )
        element = layouts.size_align(tail.element)[0]
        count = (counter.offset, counter.size, 1 if tail.unit == "bytes" else element)
    values = [
        f"0x{codes.linux:X}",
        f"0x{codes.windows:X}",
        str(grows).lower(),
        reply.size if reply else 0,
        str("reply_buffer" in parts).lower(),
        data.offset if data else -1,
        request.offset if request else -1,
        request.size if request else 0,
        *count,
    ]
    return f"{{{', '.join(map(str, values))}}}"
