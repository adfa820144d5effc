"""Which ABIs a header is read for, unless the command line says it."""

from __future__ import annotations

import re

from kgen.abi.abis import BY_NAME, Abi

_USUAL = {
    "windows": ("windows-x64", "windows-x86"),
    "linux": ("linux-x86_64", "linux-i386"),
}
_WINDOWS = re.compile(
    r"\b(CTL_CODE|ULONG|DWORD|PVOID|NTSTATUS|UCHAR|WCHAR|HANDLE|LARGE_INTEGER|DEFINE_GUID|UINT32|WINAPI"
    r"|_WIN32|__MINGW\w*|DECLSPEC\w*|FILE_DEVICE_\w+)\b|#\s*include\s*[<\"](windows|winioctl|ntd\w+|wdm)\.h"
)
_LINUX = re.compile(
    r"\b(_IOC?|_IOR|_IOW|_IOWR|__u8|__u16|__u32|__u64|__s32|__le\d\d|__be\d\d)\b|#\s*include\s*<(linux|asm|sys)/"
)


def system_of(text: str) -> str:
    """`windows` or `linux`: whose words a header has more of."""
    return "windows" if len(_WINDOWS.findall(text)) > len(_LINUX.findall(text)) else "linux"


def usual_abis(text: str) -> list[Abi]:
    """Those of 64 and of 32 bits of the header's system on x86."""
    return [BY_NAME[name] for name in _USUAL[system_of(text)]]
