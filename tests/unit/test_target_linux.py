"""What the module hands to its templates: where the parts of an argument are, errnos, licences."""

from __future__ import annotations

import pytest

from kgen.targets._linux_module import _module_license, module_view
from tests.support.layouts import HEAD, layouts_of

NOTE = "structs:\n  note: {grows: true, fields: {low: u32, high: u32}}\n"


def settings(ioctl: str, more: str = "") -> list[str]:
    """The rows of the second ioctl, after that of the interface itself, but for its number, code and access."""
    text = f"{HEAD}{more}ioctls:\n  x: {ioctl}\n"
    layouts = layouts_of(text)
    found = module_view(layouts.interface, layouts).ioctls[1].settings
    return [one for one in found if one.split()[0] not in (".number", ".code", ".access")]


@pytest.mark.parametrize(
    ("ioctl", "more", "expected"),
    [
        ("{function: 0x801, access: any}", "", []),
        (
            "{function: 0x801, access: any, in: u32, out: {a: u32, z: u32, b: u64}}",
            "",
            [
                ".parts = KGEN_LINUX_REPLY | KGEN_LINUX_REQUEST",
                ".reply_size = 16",
                ".request = 16",
                ".request_size = 4",
            ],
        ),
        (
            '{function: 0x801, access: any, in: {n: u16be, rest: u16, of: "u32[..9] count n"}}',
            "",
            [
                ".parts = KGEN_LINUX_REQUEST",
                ".request_size = 4",
                ".count = 0",
                ".count_size = 2",
                ".count_unit = 4",
                ".count_order = KGEN_LINUX_BIG_ENDIAN",
            ],
        ),
        (
            '{function: 0x801, access: any, in: {rest: u32, n: u32le, of: "u16[..9] size n"}}',
            "",
            [
                ".parts = KGEN_LINUX_REQUEST",
                ".request_size = 8",
                ".count = 4",
                ".count_size = 4",
                ".count_unit = 1",
                ".count_order = KGEN_LINUX_LITTLE_ENDIAN",
            ],
        ),
        (
            "{function: 0x801, access: any, inout: note}",
            NOTE,
            [
                ".parts = KGEN_LINUX_REPLY | KGEN_LINUX_REQUEST",
                ".grows = true",
                ".reply_size = 8",
                ".request_size = 8",
            ],
        ),
        (
            "{function: 0x801, access: any, in: u32, out: note}",
            NOTE,
            [
                ".parts = KGEN_LINUX_REPLY_BUFFER | KGEN_LINUX_REQUEST",
                ".request = 16",
                ".request_size = 4",
            ],
        ),
        (
            "{function: 0x801, access: any, data: {from: caller, type: u8, length: 1..9}}",
            "",
            [".parts = KGEN_LINUX_DATA_BUFFER"],
        ),
    ],
)
def test_parts_of_an_argument(ioctl: str, more: str, expected: list[str]) -> None:
    assert settings(ioctl, more) == expected


@pytest.mark.parametrize(
    ("spdx", "expected"),
    [
        ("GPL-2.0-only WITH Linux-syscall-note", "GPL"),
        ("GPL-2.0-or-later", "GPL"),
        ("(GPL-2.0-only WITH Linux-syscall-note) OR MIT", "Dual MIT/GPL"),
        ("GPL-2.0-only OR BSD-3-Clause", "Dual BSD/GPL"),
        ("MPL-2.0 OR GPL-2.0-only", "Dual MPL/GPL"),
        ("GPL-2.0-only AND MIT", "GPL"),
        ("MIT", "Proprietary"),
        ("LGPL-2.1-only", "Proprietary"),
        ("LicenseRef-Ours", "Proprietary"),
    ],
)
def test_a_licence_is_what_the_kernel_calls_it(spdx: str, expected: str) -> None:
    assert _module_license(spdx) == expected


def test_statuses_of_one_errno_are_one_case() -> None:
    layouts = layouts_of(
        HEAD.replace("0xB9}", "0xB9, exclusive: true, group: lamp, mode: '0640'}")
        + "errors: {worn: {ntstatus: 0xE9000001, errno: EIO}, shut: {ntstatus: 0xE9000002, errno: EIO}}\n"
        "ioctls:\n  x: {function: 0x801, access: any, errors: [worn]}\n"
        "  y: {function: 0x802, access: any, errors: [shut, busy]}\n"
    )
    view = module_view(layouts.interface, layouts)
    names = {status.errno: status.names for status in view.statuses}
    assert [name.split("_E_")[1] for name in names["EIO"]] == ["INTERNAL", "WORN", "SHUT"]
    # Of two that are one errno, a kernel's EIO is the first.
    assert [(one.name.split("_E_")[1], one.errno) for one in view.returned] == [
        ("WORN", "EIO"),
        ("BUSY", "EBUSY"),
    ]
    assert view.exclusive
    assert (view.mode, view.owner) == ("0640", 'MODE="0640", GROUP="lamp"')
