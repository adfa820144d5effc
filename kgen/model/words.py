"""Model: words that a member of a C struct or a generated file cannot be called, and why.

Members carry no prefix, so that a keyword or a macro of their name breaks every file that includes the
header. Function-like macros are not among them: no generated code puts a `(` behind a member.
"""

from __future__ import annotations

_C = """
alignas alignof auto bool break case char const constexpr continue default do double else enum
extern false float for goto if inline int long nullptr register restrict return short signed sizeof
static static_assert struct switch thread_local true typedef typeof typeof_unqual union unsigned
void volatile while asm
"""
_CPP = """
and and_eq bitand bitor catch char16_t char32_t char8_t class co_await co_return co_yield compl
concept const_cast consteval constinit decltype delete dynamic_cast explicit export friend mutable
namespace new noexcept not not_eq operator or or_eq private protected public reinterpret_cast
requires static_cast template this throw try typeid typename using virtual wchar_t xor xor_eq
"""
_LIBRARY = "environ errno noreturn stderr stdin stdout"
# Of windows.h, winsock.h, rpcndr.h and the kernel's headers.
_WINDOWS = """
cdecl exception_info far h_addr h_errno huge hyper interface near pascal
s_addr s_host s_imp s_impno s_lh s_net small
"""
# Predefined by gcc and clang in their GNU dialects, which the kernel is built in; sys/stat.h and
# signal.h; the kernel's own.
_LINUX = """
hpux i386 linux m68k mips sparc sun unix vax
sa_handler sa_sigaction st_atime st_ctime st_mtime si_addr si_addr_lsb si_arch si_band si_call_addr
si_fd si_int si_lower si_overrun si_pid si_pkey si_ptr si_status si_stime si_syscall si_timerid
si_uid si_upper si_utime si_value sigev_notify_attributes sigev_notify_function
asmlinkage current fallthrough noinline noinline_for_stack noinstr notrace nr_cpu_ids
cpu_active_mask cpu_online_mask cpu_possible_mask cpu_present_mask
"""
# dlgs.h, which windows.h includes: `#define ctl1 0x00a0` and many more.
_DIALOGS = (
    ("chx", 16), ("cmb", 16), ("ctl", 1), ("edt", 16), ("frm", 4), ("grp", 4), ("ico", 4),
    ("lst", 16), ("psh", 16), ("rad", 16), ("rct", 4), ("scr", 8), ("stc", 32),
)  # fmt: skip

MEMBERS: dict[str, str] = {
    **dict.fromkeys(_LINUX.split(), "a macro on Linux"),
    **dict.fromkeys(_WINDOWS.split(), "a macro on Windows"),
    **{f"{k}{n}": "a macro on Windows" for k, last in _DIALOGS for n in range(1, last + 1)},
    **dict.fromkeys(_LIBRARY.split(), "a macro of the C library"),
    **dict.fromkeys(_CPP.split(), "a keyword of C++"),
    **dict.fromkeys(_C.split(), "a keyword of C"),
}
"""Why a field or arm cannot have that name in a new interface."""

DOS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))]
)
"""Lower case. No file or folder of Windows has such a name, and `\\\\.\\NUL` is somebody else's."""

_HEADERS = """
assert complex ctype errno fenv float inttypes limits locale math setjmp signal stdarg stdatomic
stdbool stddef stdint stdio stdlib string tgmath threads time uchar wchar wctype
ntddk ntifs ntdef wdm wdf wdmsec windows windef winbase winioctl winsock
"""
_PYTHON = """
and as assert async await break class continue def del elif else except finally for from global if
import in is lambda nonlocal not or pass raise return try while with yield
"""
INTERFACES: dict[str, str] = {
    **dict.fromkeys(_PYTHON.split(), "a keyword of Python, which names the package"),
    **dict.fromkeys(_HEADERS.split(), "the name of a system header, which `NAME.h` would hide"),
    **dict.fromkeys(sorted(DOS_DEVICES), "a device of Windows, where no folder has that name"),
    "kgen": "what kgen's own names begin with",
    "std": "the name space of C++",
}
"""Why an interface cannot have that name."""
