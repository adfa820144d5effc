"""Headers -> facts of one ABI."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import TYPE_CHECKING, Any

from kgen.importer import probe
from kgen.importer.clang import OWN, PRELUDES, arguments, parse
from kgen.importer.facts import Code, Facts, Left, Place, Value
from kgen.importer.parameters import roles
from kgen.importer.records import Reader
from kgen.importer.scan import Scan, scan
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.abi.abis import Abi
    from kgen.importer.clang import Parsed
    from kgen.importer.scan import Macro


class Request(NamedTuple):
    """What to import, as the command line says it."""

    folders: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    """Patterns of further headers whose declarations come along."""
    codes: tuple[str, ...] = ()
    """Patterns of macros that are codes, though written as plain numbers."""
    before: tuple[str, ...] = ()
    """Headers to include first, in place of those that kgen tries."""


class Broken(NamedTuple):
    """A header that does not compile: file, line, column and message of each error."""

    errors: tuple[tuple[str, int, int, str], ...]


def read_facts(cindex: Any, header: str, abi: Abi, request: Request) -> Facts | Broken:
    """What a header says on an ABI, or why it does not compile there."""
    texts: dict[str, Scan] = {}

    def scan_of(path: str) -> Scan:
        if path == OWN:  # a macro of the header has declared a record within an expression
            return scan("")
        if path not in texts:
            with open(path, encoding="utf-8", errors="replace") as stream:
                texts[path] = scan(stream.read())
        return texts[path]

    path = os.path.abspath(header).replace("\\", "/")
    wanted = scan_of(path)
    args = arguments(abi, path, request.folders, request.macros)
    best: Parsed | None = None
    most = 0
    # Nobody needs to know FILE_DEVICE_MODEM before a macro that mentions it is used.
    codes = wanted.codes
    preludes = (request.before,) if request.before else PRELUDES[abi.os]
    for prelude in preludes:
        parsed = parse(cindex, path, prelude, probe.lines(wanted), args)
        values = 0 if parsed.errors else probe.count(cindex, parsed.unit, codes)
        if best is None or (len(parsed.errors), -values) < (len(best.errors), -most):
            best, chosen, most = parsed, prelude, values
        if not parsed.errors and values == len(codes):
            break
    assert best is not None
    if best.errors:
        return Broken(parse(cindex, path, chosen, "", args).errors)
    scans = [wanted]
    files = {path}
    if request.include:
        files |= {
            included.include.name
            for included in best.unit.get_includes()
            if any(_matches(included.include.name, pattern) for pattern in request.include)
        }
        scans = [scan_of(name) for name in sorted(files)]
        whole = _together(scans)
        best = parse(cindex, path, chosen, probe.lines(whole), args)
    facts = _Facts(cindex, best.unit, abi, files, scan_of, request).read()
    return facts._replace(before=tuple(chosen))


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, f"*/{pattern}")


def _together(scans: Sequence[Scan]) -> Scan:
    macros = {macro.name: macro for each in scans for macro in each.macros}
    return Scan(
        "",
        tuple(macros.values()),
        tuple(one for each in scans for one in each.enumerators),
        {},
        {},
        frozenset().union(*(each.used for each in scans)),
    )


class _Facts:
    def __init__(
        self, cindex: Any, unit: Any, abi: Abi, files: set[str], scan_of: Any, request: Request
    ) -> None:
        self._cindex = cindex
        self._unit = unit
        self._abi = abi
        self._files = files
        self._scan_of = scan_of
        self._request = request
        self._reader = Reader(cindex, scan_of, abi)
        self._constants: dict[str, Value] = {}
        self._codes: dict[str, Code] = {}
        self._left: list[Left] = []

    def read(self) -> Facts:
        found = probe.read(self._cindex, self._unit)
        self._declarations(found)
        for path in sorted(self._files):
            for macro in self._scan_of(path).macros:
                if macro.name in found:
                    self._macro(path, macro, found[macro.name])
        return Facts(
            self._abi.name,
            self._reader.records,
            self._reader.enums,
            tuple(self._constants.values()),
            tuple(self._codes.values()),
            tuple(self._left + self._reader.left),
        )

    def _declarations(self, found: dict[str, probe.Found]) -> None:
        kinds = self._cindex.CursorKind
        wanted = []
        for cursor in self._unit.cursor.get_children():
            kind = cursor.kind
            if kind == kinds.TYPEDEF_DECL:
                self._reader.name(cursor)
            elif kind in (kinds.STRUCT_DECL, kinds.UNION_DECL, kinds.ENUM_DECL):
                file = cursor.location.file
                if file is not None and file.name in self._files and cursor.is_definition():
                    wanted.append(cursor)
        for cursor in wanted:
            if cursor.kind == kinds.ENUM_DECL:
                self._enum(cursor, found)
            elif "(" not in cursor.type.spelling:
                self._reader.record(cursor)

    def _enum(self, cursor: Any, found: dict[str, probe.Found]) -> None:
        """An enum; without a name, or made of codes, its values stand alone."""
        key = self._reader.enum(cursor)
        enum = self._reader.enums[key]
        codes = [each for each in enum.values if each.name in found and found[each.name].is_code]
        for value in codes:
            self._code(value, found[value.name])
        if codes or not enum.c_name:
            del self._reader.enums[key]
            others = [each for each in enum.values if each not in codes]
            self._constants.update({each.name: each for each in others})

    def _macro(self, path: str, macro: Macro, found: probe.Found) -> None:
        name = macro.name
        if name in self._constants or name in self._codes:
            return
        place = Place(path, macro.line, macro.column)
        doc = self._scan_of(path).doc(macro.line)
        if macro.parameters is not None:
            if found.is_code:
                self._parametric(Value(name, 0, place, doc), macro, found)
        elif found.value is not None:
            value = Value(name, found.value, place, doc, "0x" in macro.body.lower())
            if found.is_code or self._is_named(name):
                self._code(value, found)
            elif not any(name == v.name for e in self._reader.enums.values() for v in e.values):
                self._constants[name] = value
        elif found.is_lost:
            message = f"`{name}` comes to no number: something that it is made of is not declared"
            self._left.append(Left("KG718", place, message))
        elif found.kind == "other":
            self._left.append(Left("KG711", place, f"`{name}` is no integer"))

    def _is_named(self, name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._request.codes)

    def _code(self, value: Value, found: probe.Found) -> None:
        type_, size = None, 0
        if found.argument is not None:
            type_ = self._reader.type(found.argument, value.name, "argument")
            size = found.argument.get_size()
        number = value.value & 0xFFFFFFFF
        self._codes[value.name] = Code(
            value.name, number, type_, size, not found.is_code, False, "", value.place, value.doc
        )

    def _parametric(self, value: Value, macro: Macro, found: probe.Found) -> None:
        """A code with parameters: its size, what is added to its number, or there is no saying it."""
        names = macro.parameters or ()
        words = roles(len(names), found.points)
        if words is None or any(
            not word and re.search(rf"\b{re.escape(name)}\b", macro.body)
            for word, name in zip(words, names, strict=True)
        ):
            shown = ", ".join(names)
            self._left.append(
                Left("KG712", value.place, f"`{value.name}({shown})` is a number for each argument")
            )
            return
        self._code(value._replace(value=found.points[0] or 0), found)
        code = self._codes[value.name]
        by = next((name for word, name in zip(words, names, strict=True) if word == "nr"), "")
        if "size" in words:
            code = code._replace(type=None, size=0, parametric=True)
        self._codes[value.name] = code._replace(by=by)
