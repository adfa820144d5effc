"""Model: a schema file and those it imports -> Interface. Every name is looked up, every rule of the language checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.device import resolve_linux, resolve_windows
from kgen.model.entities import BitField, Constant, Enum, Error, Flags, Interface, Note, Use
from kgen.model.errno import ERRNO
from kgen.model.errors import BUILTIN
from kgen.model.handles import check_handles, uses_of_windows
from kgen.model.naming import check_names
from kgen.model.objects import check_idle, check_objects, resolve_objects
from kgen.model.pointers import check_pointers
from kgen.model.resolve_ioctls import Ioctls
from kgen.model.resolve_named import note_of
from kgen.model.resolve_types import Types
from kgen.model.scope import Scope
from kgen.schema.nodes import PLAIN_NOTE, StructNode
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.diagnostics import Sink
    from kgen.model.scope import TypeDeclaration
    from kgen.schema.nodes import ErrorNode, File, Name, NoteNode

    LoadImport = Callable[[Name, Sink], File | None]

_CUSTOMER_FIRST, _CUSTOMER_LAST = 0xE0000000, 0xEFFFFFFF
_FIRST_UNNAMED = 0xEF000001
"""The NTSTATUS of the first error of an interface that is not on Windows; a simulator still answers one."""
"""Severity error and the customer bit: NTSTATUS of these values reach Win32 unchanged."""
_DEFAULT_LICENSE = "GPL-2.0-only WITH Linux-syscall-note"
_SPDX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:-]*")


def resolve(file: File, sink: Sink, load_import: LoadImport) -> Interface | None:
    """The interface that `file` describes; None where anything is wrong (all of it is reported).

    `load_import` reads the schema that an `imports:` entry names.
    """
    mark = sink.error_count
    if file.name is None:
        sink.error(
            "KG103",
            file.span,
            "the schema needs the key `interface`",
            label="only a schema that others import has none",
            help="interface: NAME",
        )
        return None
    imported = _imported(file, sink, load_import)
    if sink.failed_since(mark):
        return None
    files = [*imported, file]
    scope = Scope(files, sink)
    types = Types(scope, file.external, sink)
    interface = _interface(file, files, scope, types)
    if sink.failed_since(mark):
        return None
    check_handles(interface, sink)
    check_pointers(interface, sink)
    check_names(interface, sink)
    return None if sink.failed_since(mark) else interface


def _imported(file: File, sink: Sink, load_import: LoadImport) -> list[File]:
    """What `imports` names, each file once. What it holds besides types and constants is left alone."""
    found: list[File] = []
    paths = {file.path}
    for node in file.imports:
        loaded = load_import(node.path, sink)
        if loaded is None:
            continue
        if loaded.path in paths:
            sink.error(
                "KG118",
                node.path.span,
                f"`{shown(node.path.text)}` is imported already"
                if loaded.path != file.path
                else "the schema imports itself",
                label="again" if loaded.path != file.path else None,
            )
            continue
        paths.add(loaded.path)
        found.append(loaded)
        for nested in loaded.imports:
            sink.error(
                "KG126",
                nested.path.span,
                f"`{shown(nested.path.text)}` is imported by a schema that is itself imported",
                help=f"name it under `imports` of {file.path}",
                notes=(DiagnosticNote("imported here", node.path.span),),
            )
    return found


def _interface(file: File, files: list[File], scope: Scope, types: Types) -> Interface:
    assert file.name is not None
    name, sink = file.name.text, scope.sink
    windows = linux = None
    if file.windows is not None:
        windows = resolve_windows(file.windows, name, file.external, scope, sink)
    if file.linux is not None:
        linux = resolve_linux(file.linux, name, file.external, scope, sink)
    if file.ioctls and file.windows is None and file.linux is None:
        sink.error(
            "KG414",
            file.name.span,
            f"`{name}` is on no system, so that its ioctls have no codes",
            help="add `windows: {device_type: 0x8A17, sddl: admins}`, `linux: {magic: 0xBA}` or both",
        )
    _check_license(file, sink)
    errors, broken = _errors(files, file.windows is not None, scope, sink)
    resolve_objects(files, errors, broken, file.external, types)
    declared = (
        node.name for node in _declarations(files) if scope.types.get(node.name.text) is node
    )
    named = [types.named(name) for name in declared]
    ioctls = Ioctls(types, errors, broken, windows, linux)
    resolved = tuple(ioctls.resolve(node) for node in file.ioctls)
    check_objects(resolved, sink)
    types.uses += uses_of_windows(resolved)
    if windows is not None and file.windows is not None and windows.hardware_ids:
        span = file.windows.hardware_ids[0].span
        types.uses.append(Use("pnp_device", span, f"device of interface `{name}`"))
    for capability in _capabilities(windows, linux, file.external):
        types.uses.append(Use(capability, file.name.span, f"interface `{name}`"))
    interface = Interface(
        name=name,
        version=file.version[0] if file.version else (1, 0),
        note=Note(file.doc),
        span=file.name.span,
        path=file.path,
        external=file.external,
        serialised=file.serialised,
        targets=tuple(target.text for target in file.targets),
        license=file.license.text if file.license else _DEFAULT_LICENSE,
        windows=windows,
        linux=linux,
        constants=_constants(files, scope),
        errors=tuple(errors.values()),
        objects=tuple(kind for kind in types.objects.values() if kind is not None),
        enums=tuple(type_ for type_ in named if isinstance(type_, Enum)),
        flags=tuple(type_ for type_ in named if isinstance(type_, Flags)),
        bitfields=tuple(type_ for type_ in named if isinstance(type_, BitField)),
        records=tuple(types.records),
        ioctls=resolved,
        uses=tuple(types.uses),
    )
    _check_since(file, sink)
    if not sink.has_errors:
        own = {node.name.text for node in file.objects}
        check_idle(resolved, [kind for kind in interface.objects if kind.name in own], sink)
    return interface


def _check_license(file: File, sink: Sink) -> None:
    """It becomes one comment line of the uapi header, which tools of the kernel read."""
    if file.license is not None and not _is_spdx(file.license.text):
        sink.error(
            "KG127",
            file.license.span,
            f"`{shown(file.license.text)}` is no SPDX licence expression",
            help=f"such as `{_DEFAULT_LICENSE}`, or `MIT`",
        )


def _is_spdx(text: str) -> bool:
    """Identifiers joined by operators; parentheses are counted, not parsed."""
    words = text.replace("(", " ").replace(")", " ").split(" ")
    words = [word for word in words if word]
    return (
        len(words) % 2 == 1
        and all(_SPDX_ID.fullmatch(word) for word in words[::2])
        and all(word in ("AND", "OR", "WITH") for word in words[1::2])
        and text.count("(") == text.count(")")
    )


def _declarations(files: list[File]) -> Iterator[TypeDeclaration]:
    for file in files:
        yield from file.enums
        yield from file.flags
        yield from file.bitfields
        yield from file.unions
        yield from file.structs


def _capabilities(windows: object, linux: object, external: bool) -> Iterator[str]:
    """What a target has to be capable of for the interface as a whole."""
    if windows is None:
        yield "no_device" if linux is None else "no_windows"
    elif linux is None:
        yield "no_linux"
    if external:
        yield "external"


def _constants(files: list[File], scope: Scope) -> tuple[Constant, ...]:
    found = []
    for file in files:
        for node in file.constants:
            value = scope.constant(node) if node.name.text in scope.constants else None
            if value is not None:
                note = note_of(node.note)
                found.append(
                    Constant(node.name.text, value, note, node.name.span, node.note.c_name)
                )
    return tuple(found)


def _errors(
    files: list[File], on_windows: bool, scope: Scope, sink: Sink
) -> tuple[dict[str, Error], set[str]]:
    """The errors by name, and the names of those that were reported."""
    found: dict[str, Error] = {}
    broken: set[str] = set()
    numbers: dict[int, Error] = {}
    for file in files:
        for node in file.errors:
            own = None if on_windows else _FIRST_UNNAMED + len(found) + len(broken)
            error = _error(node, own, scope, sink)
            if error is None:
                broken.add(node.name.text)
                continue
            first = found.setdefault(error.name, error)
            if first is not error:
                _report_taken(
                    node, f"the error `{error.name}` has a name that is taken", first, sink
                )
                continue
            first = numbers.setdefault(error.ntstatus, error)
            if first is not error:
                what = f"`{error.name}` and `{first.name}` both are {error.ntstatus:#010x}"
                _report_taken(node, what, first, sink)
    return found, broken


def _report_taken(node: ErrorNode, message: str, first: Error, sink: Sink) -> None:
    notes = (DiagnosticNote("declared first", first.span),)
    sink.error("KG121", node.name.span, message, label="declared again", notes=notes)


def _error(node: ErrorNode, own: int | None, scope: Scope, sink: Sink) -> Error | None:
    """`own` is the NTSTATUS of one that names none; None where it has to."""
    name, mark = node.name.text, sink.error_count
    if name in BUILTIN or name in ("ok", "truncated"):
        sink.error(
            "KG156", node.name.span, f"`{name}` is built in and needs no entry", label="drop it"
        )
        return None
    if node.ntstatus is None and own is None:
        what = f"error `{shown(name)}` needs the key `ntstatus`"
        sink.error("KG103", node.name.span, what, label="not complete")
    ntstatus = own if node.ntstatus is None else scope.evaluate(node.ntstatus)
    if (
        node.ntstatus is not None
        and ntstatus is not None
        and not _CUSTOMER_FIRST <= ntstatus <= _CUSTOMER_LAST
    ):
        sink.error(
            "KG156",
            node.ntstatus.span,
            f"{ntstatus:#010x} is no customer NTSTATUS",
            label=f"{_CUSTOMER_FIRST:#x} to {_CUSTOMER_LAST:#x}",
            help="severity error with the customer bit: Win32 gets it unchanged",
        )
    if node.errno.text not in ERRNO:
        near = closest(node.errno.text, ERRNO)
        sink.error(
            "KG156",
            node.errno.span,
            f"Linux has no error `{shown(node.errno.text)}`",
            help=f"did you mean `{near}`?" if near else None,
        )
    if ntstatus is None or sink.failed_since(mark):
        return None
    note = note_of(node.note)
    return Error(name, ntstatus, ntstatus, node.errno.text, note, False, node.name.span)


def _check_since(file: File, sink: Sink) -> None:
    """Nothing is newer than the interface itself."""
    version = file.version[0] if file.version else (1, 0)
    for note in _notes(file):
        if note.since is not None and note.since[0] > version:
            newer = ".".join(map(str, note.since[0]))
            sink.error(
                "KG157",
                note.since[1],
                f"{newer} is newer than the interface, which is {version[0]}.{version[1]}",
                help=f'raise `version` to "{newer}"'
                if file.version
                else f'add `version: "{newer}"`',
            )


def _notes(file: File) -> Iterator[NoteNode]:
    for named in (*file.ioctls, *file.errors, *file.objects, *_declarations([file])):
        yield named.note
    for enum in (*file.enums, *file.flags):
        yield from (value.note for value in enum.values)
    for bitfield in file.bitfields:
        yield from (part.note for part in bitfield.parts)
    for union in file.unions:
        yield from (arm.note for arm in union.arms)
    for struct in (*file.structs, *_inline(file)):
        yield from (field.note for field in struct.fields if field.note is not PLAIN_NOTE)


def _inline(file: File) -> Iterator[StructNode]:
    for ioctl in file.ioctls:
        for message in (ioctl.request, ioctl.reply, ioctl.message):
            if isinstance(message, StructNode):
                yield message
