"""Every way to take back or weaken one check of a generated core, behind a number that a program sets when it runs.

The source is read by libclang. A mutant is one changed place: a condition that never holds, a bound that is off by
one, a term left out, memory that is not zeroed. All of them stand in one text, `KGEN_MUTANT(n)` tells whether mutant
`n` is the one that is alive; with number 0 the program is the one that kgen generates.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from clang.cindex import Cursor, CursorKind, Index, TranslationUnit, TypeKind

from tests.mutation.edits import Edits
from tests.support.tools import find_tool

PRELUDE = "kgen_mutant.h"
"""Goes in front of every file of a program with mutants (`-include`)."""
PRELUDE_TEXT = """\
#ifndef KGEN_MUTANT_H
#define KGEN_MUTANT_H
#if defined(KGEN_MUTANT_FIXED)
#define KGEN_MUTANT(n) (KGEN_MUTANT_FIXED == (n))
#else
__attribute__((weak, visibility("default"))) int kgen_mutant;
extern char *getenv(const char *);
extern int atoi(const char *);
__attribute__((weak, constructor)) void kgen_mutant_choose(void)
{
    const char *text = getenv("KGEN_MUTANT");
    if (text)
        kgen_mutant = atoi(text);
}
#define KGEN_MUTANT(n) (kgen_mutant == (n))
#endif
#endif
"""
RELATIONS = {"<", ">", "<=", ">="}
COMPARISONS = {*RELATIONS, "==", "!="}
INTEGERS = {
    TypeKind.UCHAR, TypeKind.USHORT, TypeKind.UINT, TypeKind.ULONG, TypeKind.ULONGLONG,
    TypeKind.SCHAR, TypeKind.CHAR_S, TypeKind.SHORT, TypeKind.INT, TypeKind.LONG, TypeKind.LONGLONG,
}  # fmt: skip
LITERALS = {"0", "true", "false"}
"""Arguments that are no bound."""
EFFECTS = (
    "memset", "memcpy", "kgen_wipe", "kgen_utf8_scrub", "kgen_utf16_scrub", "kgen_trace", "tidy_",
)  # fmt: skip
SIZED = ("memset", "memcpy", "kgen_is_zero", "kgen_wipe")
NUMBERS = {
    "in_min", "in_max", "in_size", "out_min", "out_max", "out_size", "data_min", "data_max", "named", "made",
    "handle_count",
}  # fmt: skip
TRACE_TEXT = {"kgen_rule_name", "kgen_prepend", "kgen_prepend_index", "kgen_place_text"}
"""They write the text of the trace, and check nothing."""
ROW = re.compile(r"\[(OP_\w+)\] =\s*\{(.*?)\n        \},", re.DOTALL)
SETTING = re.compile(r"\.(\w+) = ([^,{}]+),")


class Mutant(NamedTuple):
    number: int
    file: str
    line: int
    function: str
    kind: str
    what: str
    """The piece of source that is another."""

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line} {self.function}"


class Mutator:
    """Numbers the mutants of the files of one program as it reads them."""

    def __init__(self, folders: list[str]) -> None:
        self.arguments = [*(f"-I{folder}" for folder in folders), *_builtin()]
        self.mutants: list[Mutant] = []
        self.edits: Edits
        self.file = ""
        self.function = ""

    def rewrite(self, path: str, file: str | None = None) -> str:
        """The text of `file` with its mutants in it; `path` is what is compiled, and includes it."""
        file = file or path
        unit = Index.create().parse(path, ["-std=c11", *self.arguments])
        errors = [str(one) for one in unit.diagnostics if one.severity >= 3]
        if errors:
            raise ValueError("\n".join(errors))
        with open(file, "rb") as opened:
            self.edits = Edits(opened.read())
        self.file = os.path.basename(file)
        for cursor in unit.cursor.get_children():
            at = cursor.location.file
            if at is None or os.path.realpath(at.name) != os.path.realpath(file):
                continue
            if cursor.kind == CursorKind.FUNCTION_DECL and cursor.is_definition():
                if cursor.spelling in TRACE_TEXT:
                    continue
                self.function = cursor.spelling
                self._walk(cursor, [])
        self._table(unit)
        return self.edits.result()

    # What is found

    def _walk(self, cursor: Cursor, above: list[Cursor]) -> None:
        if _is_macro(cursor, self.edits.source):
            return
        self._visit(cursor, above)
        for child in cursor.get_children():
            self._walk(child, [*above, cursor])

    def _visit(self, cursor: Cursor, above: list[Cursor]) -> None:
        kind = cursor.kind
        parent = above[-1] if above else None
        if kind == CursorKind.IF_STMT:
            self._condition(cursor)
        elif kind == CursorKind.BINARY_OPERATOR:
            self._binary(cursor, above)
        elif kind == CursorKind.COMPOUND_ASSIGNMENT_OPERATOR:
            self._statement(cursor, "not done")
        elif kind == CursorKind.UNARY_OPERATOR:
            self._complement(cursor)
        elif kind == CursorKind.CALL_EXPR:
            self._call(cursor, parent)
        elif kind == CursorKind.RETURN_STMT:
            self._return(cursor, above)
        elif kind == CursorKind.CONDITIONAL_OPERATOR:
            self._conditional(cursor)

    def _add(self, cursor: Cursor, kind: str, what: str = "") -> str:
        """A new mutant at the cursor; the test whether it is alive."""
        number = len(self.mutants) + 1
        text = " ".join((what or self._text(cursor)).split())
        line = cursor.extent.start.line
        self.mutants.append(Mutant(number, self.file, line, self.function, kind, text))
        return f"KGEN_MUTANT({number})"

    def _wrap(self, cursor: Cursor, before: str, after: str) -> None:
        start, end = _span(cursor)
        self.edits.wrap(start, end, before, after)

    def _text(self, cursor: Cursor) -> str:
        return self.edits.text(*_span(cursor))

    def _replace(self, cursor: Cursor, kind: str, by: str, what: str = "") -> None:
        alive = self._add(cursor, kind, what)
        self._wrap(cursor, f"({alive} ? ({by}) : (", "))")

    # Conditions

    def _condition(self, cursor: Cursor) -> None:
        condition = next(iter(cursor.get_children()))
        if _is_macro(condition, self.edits.source):
            return
        alive = self._add(condition, "never true")
        self._wrap(condition, f"!{alive} && (", ")")

    def _binary(self, cursor: Cursor, above: list[Cursor]) -> None:
        left, right = cursor.get_children()
        operator = self._operator(left, right)
        if operator in RELATIONS:
            self._bound(right, self._text(cursor))
        elif operator in ("||", "&&"):
            neutral = "0" if operator == "||" else "1"
            for term in (left, right):
                if not (self._is_chain(term, operator)):
                    self._replace(term, "term left out", neutral)
        elif operator == "=":
            self._assignment(cursor, left, right, above)

    def _is_chain(self, term: Cursor, operator: str) -> bool:
        """The operand is another link of the same chain, whose terms come by themselves."""
        if term.kind != CursorKind.BINARY_OPERATOR:
            return False
        left, right = term.get_children()
        return self._operator(left, right) == operator

    def _operator(self, left: Cursor, right: Cursor) -> str:
        between = self.edits.text(_span(left)[1], _span(right)[0])
        found = re.search(r"(\|\||&&|[<>=!]=|<<|>>|[-+*/%&|^<>=])", between.strip(") (\n"))
        return found[1] if found else ""

    def _arm(self, cursor: Cursor) -> str:
        """The arm of the union whose size is set, in parentheses."""
        text = self._text(cursor)
        if not text.startswith("used = "):
            return ""
        *_, label = re.findall(r"case (\w+):", self.edits.text(0, _span(cursor)[0]))
        return f" ({label})"

    def _bound(self, right: Cursor, what: str = "") -> None:
        more = self._add(right, "one more", what)
        less = self._add(right, "one less", what)
        self._wrap(right, "(", f" + {more} - {less})")

    def _assignment(self, cursor: Cursor, left: Cursor, right: Cursor, above: list[Cursor]) -> None:
        if left.kind != CursorKind.DECL_REF_EXPR:
            self._statement(cursor, "not set", above[-1] if above else None)
        is_status = right.kind == CursorKind.CALL_EXPR
        if right.type.get_canonical().kind in INTEGERS and not is_status:
            self._bound(right, self._text(cursor) + self._arm(cursor))

    def _statement(self, cursor: Cursor, kind: str, parent: Cursor | None = None) -> None:
        if parent is not None and parent.kind not in (
            CursorKind.COMPOUND_STMT, CursorKind.IF_STMT, CursorKind.FOR_STMT, CursorKind.CASE_STMT,
        ):  # fmt: skip
            return
        if parent is not None and parent.kind == CursorKind.FOR_STMT:
            *_, body = parent.get_children()
            if body != cursor:
                return
        start, end = _span(cursor)
        if self.edits.source[end : end + 1] != b";":
            return
        alive = self._add(cursor, kind)
        self.edits.wrap(start, end + 1, f"{{ if (!{alive}) ", " }")

    def _complement(self, cursor: Cursor) -> None:
        text = self._text(cursor)
        if text.startswith("~"):
            alive = self._add(cursor, "one bit less")
            self._wrap(cursor, f"({alive} ? (({text}) & ({text}) - 1) : (", "))")
        elif text.startswith("*"):
            return

    def _conditional(self, cursor: Cursor) -> None:
        _, left, right = cursor.get_children()
        self._replace(cursor, "always the first", self._text(left))
        self._replace(cursor, "always the second", self._text(right))

    # Calls and what is returned

    def _call(self, cursor: Cursor, parent: Cursor | None) -> None:
        name = cursor.spelling
        arguments = list(cursor.get_arguments())
        if name in ("kgen_smaller", "kgen_larger"):
            for argument in arguments:
                one = self._text(argument)
                self._replace(cursor, "one of the two", one, f"{self._text(cursor)}: {one}")
        if name.startswith(EFFECTS):
            self._statement(cursor, "not called", parent)
        for argument in arguments:
            if _is_macro(argument, self.edits.source):
                continue
            size = name in SIZED and argument == arguments[-1]
            if size or (_is_literal(argument) and self._text(argument) not in LITERALS):
                self._bound(argument, f"{self._text(argument)} of {self._text(cursor)}")

    def _return(self, cursor: Cursor, above: list[Cursor]) -> None:
        value = next(iter(cursor.get_children()), None)
        if value is None or _is_macro(value, self.edits.source):
            return
        text = self._text(value)
        if text in ("true", "false"):
            what = text
            if above[-1].kind == CursorKind.IF_STMT:
                what += f" if {self._text(next(iter(above[-1].get_children())))}"
            self._replace(value, "the opposite", "0" if text == "true" else "1", what)
            if self.function.startswith("is_") and text == "false":
                self._replace(value, "one value more", f"value == {self._highest(above)} + 1")
        elif text.startswith("&operations"):
            self._replace(value, "not found", "(void *)0")
        elif self._compares(_bare(value)):
            self._replace(value, "always true", "1")
            self._replace(value, "always false", "0")
        elif text.endswith("KGEN_RULE_STATUS)"):
            self._replace(value, "any status", "status")

    def _compares(self, value: Cursor) -> bool:
        if value.kind != CursorKind.BINARY_OPERATOR:
            return False
        left, right = value.get_children()
        return self._operator(left, right) in COMPARISONS

    def _highest(self, above: list[Cursor]) -> str:
        """C that is the highest of the values that a function lets pass."""
        text = self._text(above[0])
        first, *rest = re.findall(r"case (\w+):", text)
        for label in rest:
            first = f"({first} > {label} ? {first} : {label})"
        return first

    # The table of operations

    def _table(self, unit: TranslationUnit) -> None:
        source = self.edits.source.decode()
        head = source.find("static const struct kgen_operation operations[] = {")
        if head < 0:
            return
        changes = []
        self.function = "operations"
        sizes = _sizes(unit)
        for row in ROW.finditer(source):
            settings = dict(SETTING.findall(row[2]))
            for setting in SETTING.finditer(row[2]):
                if setting[1] in ("in_size", "out_size") and not _may_be_short(
                    settings, setting[1].removesuffix("_size"), sizes
                ):
                    continue
                line = source.count("\n", 0, row.start(2) + setting.start()) + 1
                for kind, value in _settings(setting[1], setting[2]):
                    number = len(self.mutants) + 1
                    what = f"{row[1]} .{setting[1]} = {setting[2]}"
                    self.mutants.append(Mutant(number, self.file, line, "operations", kind, what))
                    target = f"operations[{row[1]}].{setting[1]}"
                    changes.append(f"    if (KGEN_MUTANT({number})) {target} = {value};\n")
        start = source.index("const ", head)
        self.edits.wrap(start, start + 6, "/* ", " */")
        changer = "static void change_operations(void)\n{\n" + "".join(changes) + "}\n\n"
        found = re.search(
            r"static const struct kgen_operation \*find\(uint32_t code\)\n\{\n", source
        )
        assert found is not None, "there is no function that finds an operation"
        self.edits.insert(found.start(), changer)
        self.edits.insert(found.end(), "    change_operations();\n")


def _sizes(unit: TranslationUnit) -> dict[str, int]:
    """Bytes of each struct, by `sizeof` in C."""
    structs = (one for one in unit.cursor.get_children() if one.kind == CursorKind.STRUCT_DECL)
    return {f"sizeof(struct {one.spelling})": one.type.get_size() for one in structs}


def _may_be_short(settings: dict[str, str], way: str, sizes: dict[str, int]) -> bool:
    """A message may have fewer bytes than its struct: nothing else depends on the size of that."""
    least, size = settings[f"{way}_min"], settings[f"{way}_size"]
    return (sizes[least] if least in sizes else int(least)) < sizes[size]


def _settings(name: str, text: str) -> Iterator[tuple[str, str]]:
    """(kind, value) of each change of one setting of an operation."""
    if name == "access":
        for one in text.split(" | "):
            rest = [other for other in text.split(" | ") if other != one]
            yield "right left out", " | ".join(rest) or "0"
    elif name == "data":
        other = "KGEN_TO_CALLER" if text == "KGEN_FROM_CALLER" else "KGEN_FROM_CALLER"
        yield "other direction", other
        yield "no data", "KGEN_NO_DATA"
    elif name == "secret":
        yield "no secret", "false"
    elif name == "data_unit":
        if text != "1":
            yield "any length", "1"
    elif name in NUMBERS:
        yield "one more", f"({text}) + 1"
        yield "one less", f"({text}) - 1"
    elif name not in ("name", "handles"):
        raise ValueError(f"no mutant is known for .{name} = {text}")


def _span(cursor: Cursor) -> tuple[int, int]:
    return cursor.extent.start.offset, cursor.extent.end.offset


def _is_literal(cursor: Cursor) -> bool:
    return _bare(cursor).kind == CursorKind.INTEGER_LITERAL


def _bare(cursor: Cursor) -> Cursor:
    """Without parentheses and implicit casts."""
    while cursor.kind in (CursorKind.UNEXPOSED_EXPR, CursorKind.PAREN_EXPR):
        cursor = next(iter(cursor.get_children()))
    return cursor


def _is_macro(cursor: Cursor, source: bytes) -> bool:
    """A macro with arguments: what is inside has no places of its own."""
    start, end = _span(cursor)
    return re.match(rb"KGEN_[A-Z]+\([^)]", source[start:end]) is not None


def _builtin() -> list[str]:
    clang = find_tool("clang", "clang")
    folder = subprocess.run(
        [clang, "-print-resource-dir"], capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()
    return ["-isystem", os.path.join(folder, "include")]
