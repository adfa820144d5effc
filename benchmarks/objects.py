"""Read what a compiler put into the sections of an object file: ELF of 32 or 64 bits, or COFF, little-endian."""

from __future__ import annotations

import struct


def sections(data: bytes) -> dict[str, bytes]:
    """The contents of each section by its name; names of COFF have eight characters at most here."""
    return _elf(data) if data[:4] == b"\x7fELF" else _coff(data)


def _elf(data: bytes) -> dict[str, bytes]:
    """Elf32_Shdr and Elf64_Shdr of elf.h."""
    is_wide = data[4] == 2
    start, size, count, names_at = (
        (struct.unpack_from("<Q", data, 0x28)[0], *struct.unpack_from("<HHH", data, 0x3A))
        if is_wide
        else (struct.unpack_from("<I", data, 0x20)[0], *struct.unpack_from("<HHH", data, 0x2E))
    )
    rows = []
    for number in range(count):
        at = start + number * size
        name = struct.unpack_from("<I", data, at)[0]
        place = struct.unpack_from("<QQ" if is_wide else "<II", data, at + (24 if is_wide else 16))
        rows.append((name, data[place[0] : place[0] + place[1]]))
    names = rows[names_at][1]
    return {names[at : names.index(b"\0", at)].decode(): content for at, content in rows}


def _coff(data: bytes) -> dict[str, bytes]:
    """IMAGE_FILE_HEADER and IMAGE_SECTION_HEADER of winnt.h."""
    count, optional = struct.unpack_from("<H", data, 2)[0], struct.unpack_from("<H", data, 16)[0]
    found = {}
    for at in range(20 + optional, 20 + optional + 40 * count, 40):
        size, start = struct.unpack_from("<II", data, at + 16)
        found[data[at : at + 8].rstrip(b"\0").decode("ascii")] = data[start : start + size]
    return found
