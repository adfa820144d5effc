"""Model: what the types of C, Windows, Linux and other languages are called here."""

from __future__ import annotations

_SIZES = (8, 16, 32, 64)
_NAMES: dict[str, str] = {
    **{name: f"u{n}" for n in _SIZES for name in (f"uint{n}_t", f"uint{n}", f"UINT{n}", f"__u{n}")},
    **{name: f"s{n}" for n in _SIZES for name in (f"int{n}_t", f"int{n}", f"i{n}", f"INT{n}")},
    **{f"__s{n}": f"s{n}" for n in _SIZES},
    **{f"__{order}{n}": f"u{n}{order}" for n in (16, 32, 64) for order in ("le", "be")},
    **dict.fromkeys(("UCHAR", "BYTE", "byte"), "u8"),
    **dict.fromkeys(("USHORT", "WORD", "ushort"), "u16"),
    **dict.fromkeys(("ULONG", "DWORD", "unsigned", "uint", "UINT"), "u32"),
    **dict.fromkeys(("ULONGLONG", "ULONG64", "DWORD64", "QWORD", "ULARGE_INTEGER"), "u64"),
    **dict.fromkeys(("SHORT", "short"), "s16"),
    **dict.fromkeys(("LONG", "INT", "int"), "s32"),
    **dict.fromkeys(("LONGLONG", "LONG64", "LARGE_INTEGER"), "s64"),
    **dict.fromkeys(("boolean", "BOOLEAN", "_Bool"), "bool"),
    **dict.fromkeys(("GUID", "uuid", "UUID"), "guid"),
    **dict.fromkeys(("string", "str", "text"), "utf8[32]"),
    **dict.fromkeys(("WCHAR", "wchar_t", "wstring"), "utf16[32]"),
}
_ADVICE: dict[str, str] = {
    **dict.fromkeys(
        ("char", "CHAR"), "write `u8` or `s8` for a number, `utf8[32]` for a text of 32 bytes"
    ),
    **dict.fromkeys(
        ("long", "size_t", "SIZE_T", "ULONG_PTR", "uintptr_t", "DWORD_PTR", "LONG_PTR", "time_t"),
        "its size differs between systems; write `u64` or `s64`",
    ),
    **dict.fromkeys(
        ("float", "double", "f32", "f64"),
        "drivers do no floating point; send a fixed-point integer or the bits as `u32` or `u64`",
    ),
    **dict.fromkeys(("BOOL", "NTSTATUS", "HRESULT"), "it has 32 bits; write `s32` or `u32`"),
    **dict.fromkeys(("HANDLE", "fd"), "write `handle event`, or another kind of handle"),
    **dict.fromkeys(
        ("PVOID", "pointer", "ptr", "LPVOID", "UNICODE_STRING"),
        "a message carries no pointers: declare an array, a tail or a `data:` buffer",
    ),
    **dict.fromkeys(("none", "void", "nothing"), "leave the key out where there is nothing"),
}


def advice(name: str) -> str | None:
    """What to write instead of a type of another language; None where it is unknown."""
    meant = _NAMES.get(name)
    return f"write `{meant}`" if meant else _ADVICE.get(name)
