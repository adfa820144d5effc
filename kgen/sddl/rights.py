"""SDDL: access rights. Two-letter codes, masks, what the generic ones come to for a device, and words.

A device is opened like a file: generic rights map to those of files (wdm.h, FILE_GENERIC_READ and its kin;
IoGetFileObjectGenericMapping). FILE_READ_DATA and FILE_WRITE_DATA are what a control code asks for as
FILE_READ_ACCESS and FILE_WRITE_ACCESS (devioctl.h: the same bits).
"""

from __future__ import annotations

READ_DATA = 0x0001
WRITE_DATA = 0x0002
DELETE = 0x0001_0000
WRITE_DAC = 0x0004_0000
WRITE_OWNER = 0x0008_0000
READ_CONTROL = 0x0002_0000
ALL = 0x001F_01FF
"""FILE_ALL_ACCESS."""
_READ = 0x0012_0089
_WRITE = 0x0012_0116
_EXECUTE = 0x0012_00A0

GENERIC = {0x1000_0000: ALL, 0x2000_0000: _EXECUTE, 0x4000_0000: _WRITE, 0x8000_0000: _READ}
"""What each generic right comes to for a device."""

CODES = {
    "GA": 0x1000_0000,
    "GX": 0x2000_0000,
    "GW": 0x4000_0000,
    "GR": 0x8000_0000,
    "RC": READ_CONTROL,
    "SD": DELETE,
    "WD": WRITE_DAC,
    "WO": WRITE_OWNER,
    "FA": ALL,
    "FR": _READ,
    "FW": _WRITE,
    "FX": _EXECUTE,
    "KA": 0x000F_003F,
    "KR": 0x0002_0019,
    "KW": 0x0002_0006,
    "KX": 0x0002_0019,
    "CC": 0x0001,
    "DC": 0x0002,
    "LC": 0x0004,
    "SW": 0x0008,
    "RP": 0x0010,
    "WP": 0x0020,
    "DT": 0x0040,
    "LO": 0x0080,
    "CR": 0x0100,
    "NW": 0x0001,
    "NR": 0x0002,
    "NX": 0x0004,
}
"""Of an access mask; NW, NR and NX are those of a mandatory label."""

LABEL = {0x0001: "write", 0x0002: "read", 0x0004: "execute"}
"""What a mandatory label forbids to whoever is below it."""


def specific(mask: int) -> int:
    """The mask with every generic right replaced by what it means for a device."""
    found = mask & ALL
    for generic, meaning in GENERIC.items():
        if mask & generic:
            found |= meaning
    return found


def rights_words(mask: int) -> list[str]:
    """What a mask of specific rights allows, as phrases: `open for read`, `change who may open it`."""
    if mask & ALL == ALL:
        return ["everything"]
    both = mask & (READ_DATA | WRITE_DATA)
    opens = {
        READ_DATA | WRITE_DATA: "open for read and write",
        READ_DATA: "open for read",
        WRITE_DATA: "open for write",
    }
    words = []
    if both:
        words.append(opens[both])
    elif mask:
        words.append("open, but neither for read nor for write")
    if mask & WRITE_DAC:
        words.append("change who may open it")
    if mask & WRITE_OWNER:
        words.append("take ownership")
    return words or ["nothing"]
