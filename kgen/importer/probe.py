"""Ask clang what macros come to: lines behind the header, each of which may fail alone.

A value is an initialiser that clang evaluates. For codes, CTL_CODE and _IOC are then defined anew as calls of
functions: a macro whose expansion holds such a call makes a code, however many helpers lie between, and
the call's argument still has the type that sizeof was asked of.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from kgen.importer.parameters import points
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.importer.scan import Scan

_VALUE, _CODE, _POINT = "kgen_value_", "kgen_code_", "kgen_at_"
_THERE = "kgen_there_"
_ALONE = """\
#define kgen_alone(value) kgen_alone_(value)
#define kgen_alone_(value) value
"""
"""Takes no list: `#define GUID_OF_X 0x1F2E, 7, 12` is no value, and neither is its first number."""
_AGAIN = """\
unsigned int kgen_call(unsigned long long, unsigned long long, unsigned long long, unsigned long long);
unsigned long long kgen_size(const volatile void *);
#undef CTL_CODE
#define CTL_CODE(type, function, method, access) kgen_call(type, function, method, access)
#undef _IOC
#define _IOC(direction, type, nr, size) kgen_call(direction, type, nr, size)
#undef _IOC_TYPECHECK
#define _IOC_TYPECHECK(type) kgen_size((__typeof__(type) *)0)
"""
_INT = 1
"""CXEval_Int (clang-c/Index.h)."""


class Found(NamedTuple):
    """What a name of the header comes to."""

    value: int | None
    kind: str
    """`int`, `other` (text, a float), or empty: no expression at all."""
    is_code: bool
    argument: Any
    """Type of libclang that the size in a code is of; None."""
    points: tuple[int | None, ...]
    """Of a macro with parameters its values at kgen.importer.parameters.points."""
    is_lost: bool
    """It is defined, makes a code by its text, and comes to no number."""


def lines(scan: Scan) -> str:
    """What stands behind the header."""
    plain = [macro for macro in scan.macros if macro.may_be_value and macro.parameters is None]
    with_parameters = [
        macro
        for macro in scan.macros
        if macro.may_be_value and macro.parameters and macro.name not in scan.used
    ]
    result = [_ALONE.rstrip()]
    result += [
        f"__typeof__({each.name}) {_VALUE}{each.name} = kgen_alone({each.name});" for each in plain
    ]
    for macro in with_parameters:
        for at, point in enumerate(points(len(macro.parameters or ()))):
            call = f"{macro.name}({', '.join(map(str, point))})"
            result.append(f"unsigned long long {_POINT}{at}_{macro.name} = {call};")
    result += [f"#ifdef {each}\nint {_THERE}{each};\n#endif" for each in sorted(scan.codes)]
    result.append(_AGAIN)
    result += [f"unsigned long long {_CODE}{each.name} = {each.name};" for each in plain]
    for macro in with_parameters:
        ones = ", ".join(["1"] * len(macro.parameters or ()))
        result.append(f"unsigned long long {_CODE}{macro.name} = {macro.name}({ones});")
    for each in scan.enumerators:
        result.append(f"unsigned long long {_CODE}{each.name} = {each.expression};")
    return "\n".join(result) + "\n"


class Evaluator:
    """clang_Cursor_Evaluate, which the Python bindings lack."""

    def __init__(self, cindex: Any) -> None:
        self._cindex = cindex
        lib = cindex.conf.lib
        self._evaluate = lib.clang_Cursor_Evaluate
        self._evaluate.argtypes, self._evaluate.restype = [cindex.Cursor], ctypes.c_void_p
        for name, result in (
            ("getKind", ctypes.c_int),
            ("getAsLongLong", ctypes.c_longlong),
            ("getAsUnsigned", ctypes.c_ulonglong),
            ("isUnsignedInt", ctypes.c_uint),
            ("dispose", None),
        ):
            function = getattr(lib, f"clang_EvalResult_{name}")
            function.argtypes, function.restype = [ctypes.c_void_p], result
            setattr(self, f"_{name}", function)

    _getKind: Any
    _getAsLongLong: Any
    _getAsUnsigned: Any
    _isUnsignedInt: Any
    _dispose: Any

    def integer(self, cursor: Any) -> int | None:
        """The value of a variable's initialiser; None if it is no constant integer."""
        result = self._evaluate(cursor)
        if not result:
            return None
        try:
            if self._getKind(result) != _INT:
                return None
            if self._isUnsignedInt(result):
                return int(self._getAsUnsigned(result))
            return int(self._getAsLongLong(result))
        finally:
            self._dispose(result)


def count(cindex: Any, unit: Any, names: frozenset[str]) -> int:
    """How many of the macros come to an integer: what needs another header comes to none."""
    evaluator = Evaluator(cindex)
    kind = cindex.CursorKind.VAR_DECL
    return sum(
        evaluator.integer(cursor) is not None
        for cursor in unit.cursor.get_children()
        if cursor.kind == kind and cursor.spelling.removeprefix(_VALUE) in names
    )


def read(cindex: Any, unit: Any) -> dict[str, Found]:
    """What each name comes to."""
    evaluator = Evaluator(cindex)
    kind = cindex.CursorKind.VAR_DECL
    parts: dict[str, dict[str, Any]] = {}
    for cursor in unit.cursor.get_children():
        if cursor.kind != kind:
            continue
        name = cursor.spelling
        if not name.startswith("kgen_"):
            continue
        for prefix in (_VALUE, _CODE, _THERE):
            if name.startswith(prefix):
                parts.setdefault(name[len(prefix) :], {})[prefix] = cursor
        if name.startswith(_POINT):
            at, _, macro = name[len(_POINT) :].partition("_")
            parts.setdefault(macro, {})[f"{_POINT}{at}"] = cursor
    return {name: _found(cindex, evaluator, found) for name, found in parts.items()}


def _found(cindex: Any, evaluator: Evaluator, parts: dict[str, Any]) -> Found:
    value, kind = None, ""
    if _VALUE in parts:
        value, kind = _value(cindex, evaluator, parts[_VALUE])
    is_code, argument = False, None
    if _CODE in parts:
        call = _call(cindex, parts[_CODE], "kgen_call")
        is_code = call is not None
        argument = _argument(cindex, call) if call is not None else None
    asked = [cursor for name, cursor in parts.items() if name.startswith(_POINT) and is_code]
    found = tuple(evaluator.integer(cursor) for cursor in asked)
    return Found(value, kind, is_code, argument, found, _THERE in parts and value is None)


def _value(cindex: Any, evaluator: Evaluator, cursor: Any) -> tuple[int | None, str]:
    kinds = cindex.TypeKind
    type_ = cursor.type.get_canonical()
    if type_.kind in (kinds.FLOAT, kinds.DOUBLE, kinds.LONGDOUBLE, kinds.CONSTANTARRAY):
        return None, "other"
    if type_.kind == kinds.POINTER:
        return None, "other" if type_.get_pointee().kind in (kinds.CHAR_S, kinds.SCHAR) else ""
    value = evaluator.integer(cursor)
    if value is None:
        return None, ""
    size = type_.get_size()
    signed = type_.kind in (
        kinds.CHAR_S, kinds.SCHAR, kinds.SHORT, kinds.INT, kinds.LONG, kinds.LONGLONG, kinds.WCHAR
    )  # fmt: skip
    if not signed and size > 0:
        value &= (1 << 8 * size) - 1
    return value, "int"


def _call(cindex: Any, cursor: Any, name: str) -> Any:
    """The first call of that function in an expression; None."""
    for child in cursor.walk_preorder():
        if child.kind == cindex.CursorKind.CALL_EXPR and child.spelling == name:
            return child
    return None


def _argument(cindex: Any, call: Any) -> Any:
    children = list(call.get_arguments())
    if len(children) != 4:
        return None
    size = _call(cindex, children[3], "kgen_size")
    kinds = cindex.CursorKind
    if size is not None:
        for child in size.walk_preorder():
            if child.kind == kinds.CSTYLE_CAST_EXPR:
                return child.type.get_canonical().get_pointee()
        return None
    found = [
        child
        for child in children[3].walk_preorder()
        if child.kind not in (kinds.UNEXPOSED_EXPR, kinds.PAREN_EXPR, kinds.CSTYLE_CAST_EXPR)
    ]
    if [child.kind for child in found] == [kinds.CXX_UNARY_EXPR, kinds.TYPE_REF]:
        return found[1].type.get_canonical()
    return None
