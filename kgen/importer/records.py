"""Read the records and enums of a header as clang lays them out on one ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.importer.facts import Enum, Left, Member, Place, Record, Type, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgen.abi.abis import Abi
    from kgen.importer.scan import Scan

_WORDS = {
    "CHAR_U": (False, ""), "CHAR_S": (False, ""), "UCHAR": (False, ""), "USHORT": (False, ""), "UINT": (False, ""),
    "ULONG": (False, "long"), "ULONGLONG": (False, ""), "SCHAR": (True, ""),
    "SHORT": (True, ""), "INT": (True, ""), "LONG": (True, "long"), "LONGLONG": (True, ""),
    "CHAR16": (False, ""), "CHAR32": (False, ""),
}  # fmt: skip
_FLOATS = {"FLOAT": "f32", "DOUBLE": "f64", "LONGDOUBLE": "long_double"}
_OWN_WORDS: dict[str, Type] = {
    **dict.fromkeys(["union _LARGE_INTEGER", "LARGE_INTEGER"], ("int", 8, True, "")),
    **dict.fromkeys(["union _ULARGE_INTEGER", "ULARGE_INTEGER"], ("int", 8, False, "")),
    **dict.fromkeys(["struct _GUID", "GUID"], ("guid",)),
}
"""Records of Windows that the language has a word for."""
_POINTERS = ("POINTER", "BLOCKPOINTER", "OBJCOBJECTPOINTER", "NULLPTR")
_ARRAYS = ("CONSTANTARRAY", "INCOMPLETEARRAY")
_ALIAS = "typedef"
_WIDE = "wchar_t"
"""In C a typedef, which headers of Windows use for the units of texts."""


class Reader:
    """The records of one translation unit, by key."""

    def __init__(self, cindex: Any, scan_of: Callable[[str], Scan], abi: Abi) -> None:
        self.records: dict[str, Record] = {}
        self.enums: dict[str, Enum] = {}
        self.left: list[Left] = []
        self._kinds = cindex.CursorKind
        self._scan_of = scan_of
        self._names: dict[str, str] = {}
        """Name of the typedef by the spelling of its record, where those are what people write."""
        self._typedefs = abi.os == "windows"
        self._counts_unnamed = self._typedefs or abi.triple.startswith(("arm", "aarch64"))
        """Whether an unnamed bit-field counts for the alignment of its record."""

    def name(self, cursor: Any) -> None:
        """Take notice of a typedef of a record or enum."""
        if not self._typedefs:
            return
        under = cursor.underlying_typedef_type
        declared = under.get_declaration()
        if declared.kind in (
            self._kinds.STRUCT_DECL, self._kinds.UNION_DECL, self._kinds.ENUM_DECL
        ) and under.kind.name == "ELABORATED":  # fmt: skip
            spelling = under.get_canonical().spelling
            if " " in spelling:
                self._names.setdefault(spelling, cursor.spelling)

    def place(self, cursor: Any) -> Place:
        where = cursor.location
        return Place(where.file.name if where.file else "", where.line, where.column)

    def doc(self, place: Place, cursor: Any = None) -> str:
        last = cursor.extent.end.line if cursor is not None else None
        return self._scan_of(place.file).doc(place.line, last) if place.file else ""

    def type(self, type_: Any, owner: str, member: str) -> Type:
        """The fact of a type; records and enums that it holds are read first."""
        if self._typedefs:
            type_, is_wide = _written(type_)
            if is_wide:
                return ("wchar", type_.get_size())
        return self._behind(type_, owner, member)

    def _behind(self, type_: Any, owner: str, member: str) -> Type:
        if type_.kind.name not in _ARRAYS:
            type_ = type_.get_canonical()
        kind = type_.kind.name
        size = type_.get_size()
        if kind in _WORDS:
            signed, word = _WORDS[kind]
            return ("int", size, signed, word)
        if kind == "BOOL":
            return ("bool",)
        if kind == "WCHAR":
            return ("wchar", size)
        if kind in _POINTERS:
            return ("pointer",)
        if kind in _FLOATS:
            return ("float", _FLOATS[kind])
        if kind == "CONSTANTARRAY":
            return ("array", type_.element_count, self.type(type_.element_type, owner, member))
        if kind == "INCOMPLETEARRAY":
            return ("array", None, self.type(type_.element_type, owner, member))
        if kind == "RECORD" and self._typedefs and type_.spelling in _OWN_WORDS:
            return _OWN_WORDS[type_.spelling]
        if kind == "RECORD" and size >= 0:  # below 0: it is declared alone
            return ("record", self.record(type_.get_declaration(), owner, member))
        if kind == "ENUM":
            return ("enum", self.enum(type_.get_declaration(), owner, member))
        return ("opaque", max(size, 0), max(type_.get_align(), 1))

    def _named(self, cursor: Any, owner: str, member: str) -> tuple[str, str, str]:
        """Key, name in C and the word before it."""
        spelling = cursor.type.get_canonical().spelling
        if "(" in spelling:
            return f"{owner}::{member}", "", ""
        word, _, tag = spelling.rpartition(" ")
        if not word:
            return tag, tag, _ALIAS
        if spelling in self._names:
            alias = self._names[spelling]
            return alias, alias, _ALIAS
        return spelling, tag, word

    def enum(self, cursor: Any, owner: str = "", member: str = "") -> str:
        key, name, word = self._named(cursor, owner, member)
        if key in self.enums:
            return key
        carrier = cursor.enum_type.get_canonical()
        signed, size = _WORDS[carrier.kind.name][0], carrier.get_size()
        values = []
        for each in cursor.get_children():
            if each.kind == self._kinds.ENUM_CONSTANT_DECL:
                place = self.place(each)
                value = each.enum_value
                if not signed:
                    value &= (1 << 8 * size) - 1
                values.append(Value(each.spelling, value, place, self.doc(place)))
        place = self.place(cursor)
        self.enums[key] = Enum(key, name, word, size, signed, tuple(values), place, self.doc(place))
        return key

    def record(self, cursor: Any, owner: str = "", member: str = "") -> str:
        key, name, word = self._named(cursor, owner, member)
        if key in self.records:
            return key
        type_ = cursor.type
        attributes = [child.kind for child in cursor.get_children()]
        members = self._members(cursor, key)
        place = self.place(cursor)
        natural = max((each for each, _ in members), default=1)
        self.records[key] = Record(
            key,
            "union" if cursor.kind == self._kinds.UNION_DECL else "struct",
            name,
            word,
            type_.get_size(),
            type_.get_align(),
            natural,
            self._kinds.PACKED_ATTR in attributes,
            self._kinds.ALIGNED_ATTR in attributes,
            tuple(each for _, each in members),
            place,
            self.doc(place),
        )
        return key

    def _members(self, cursor: Any, key: str) -> list[tuple[int, Member]]:
        """Alignment without packing, and the member."""
        result = []
        for number, field in enumerate(cursor.type.get_fields()):
            declared = field.type
            natural = declared.get_canonical().get_align()
            own = declared.get_align()
            align = own if own != natural and own > 0 else None
            attributes = [child.kind for child in field.get_children()]
            packed = self._kinds.PACKED_ATTR in attributes
            if self._kinds.ALIGNED_ATTR in attributes:
                align = self._aligned(field, natural)
            place = self.place(field)
            named = field.spelling and "(" not in field.spelling
            member = field.spelling if named else ""
            fact = Member(
                member,
                self.type(declared, key, member or str(number)),
                field.get_field_offsetof(),
                field.get_bitfield_width() if field.is_bitfield() else None,
                align,
                packed or (align is not None and align < natural),
                natural,
                place,
                self.doc(place),
            )
            counted = 1 if fact.packed else natural
            if fact.bits is None or named or self._counts_unnamed:
                result.append((max(counted, align or 1), fact))
            else:
                result.append((1, fact))
        return result

    def _aligned(self, field: Any, natural: int) -> int:
        """Of the attribute, whose value libclang does not tell: the text says it, or the offset does."""
        import re

        for child in field.get_children():
            if child.kind == self._kinds.ALIGNED_ATTR:
                text = " ".join(token.spelling for token in child.get_tokens())
                numbers = re.findall(r"\b\d+\b", text)
                if numbers:
                    return int(numbers[-1])
        offset = field.get_field_offsetof() // 8
        lowest = offset & -offset if offset else int(field.semantic_parent.type.get_align())
        return max(natural, min(lowest, int(field.semantic_parent.type.get_align())))


def _written(type_: Any) -> tuple[Any, bool]:
    """What is behind the typedefs of a type, and whether one of them is that of wide characters."""
    while True:
        kind = type_.kind.name
        if kind == "ELABORATED":
            type_ = type_.get_named_type()
        elif kind == "TYPEDEF":
            declared = type_.get_declaration()
            if declared.spelling == _WIDE:
                return type_.get_canonical(), True
            type_ = declared.underlying_typedef_type
        else:
            return type_, False
