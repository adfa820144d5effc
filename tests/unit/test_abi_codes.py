"""Control codes against numbers that other people's headers have had for decades."""

from __future__ import annotations

import pytest

from kgen.abi.abis import ABIS, BY_NAME
from kgen.abi.codes import IOC, LARGEST_SIZE, ctl_code, ioc
from tests.support.layouts import HEAD, layouts_of

# winioctl.h, ntddscsi.h, ntddcdrm.h, mountmgr.h, ntddndis.h, 1394.h, ntifs.h
WINDOWS = [
    ("IOCTL_DISK_GET_DRIVE_GEOMETRY", 0x00070000, (0x07, 0x000, "buffered", ("any",))),
    ("IOCTL_DISK_GET_LENGTH_INFO", 0x0007405C, (0x07, 0x017, "buffered", ("read",))),
    ("IOCTL_DISK_FORMAT_TRACKS", 0x0007C018, (0x07, 0x006, "buffered", ("read", "write"))),
    ("IOCTL_SCSI_PASS_THROUGH_DIRECT", 0x0004D014, (0x04, 0x405, "buffered", ("read", "write"))),
    ("IOCTL_CDROM_RAW_READ", 0x0002403E, (0x02, 0x00F, "out_direct", ("read",))),
    ("IOCTL_NDIS_QUERY_GLOBAL_STATS", 0x00170002, (0x17, 0x000, "out_direct", ("any",))),
    ("IOCTL_MOUNTMGR_QUERY_POINTS", 0x006D0008, (0x6D, 0x002, "buffered", ("any",))),
    ("IOCTL_1394_CLASS", 0x0022021D, (0x22, 0x087, "in_direct", ("any",))),
    ("FSCTL_LOCK_VOLUME", 0x00090018, (0x09, 0x006, "buffered", ("any",))),
    ("FSCTL_PIPE_PEEK", 0x0011400C, (0x11, 0x003, "buffered", ("read",))),
    ("FSCTL_PIPE_TRANSCEIVE", 0x0011C017, (0x11, 0x005, "neither", ("read", "write"))),
    ("IOCTL_SERIAL_SET_BAUD_RATE", 0x001B0004, (0x1B, 0x001, "buffered", ("any",))),
    ("the largest there is", 0xFFFFFFFF, (0xFFFF, 0xFFF, "neither", ("read", "write"))),
]

# uapi/linux/{fs,input,kvm,videodev2}.h, drm/drm.h, asm-generic/ioctls.h and arch/*/include/uapi/asm/ioctls.h
LINUX = [
    ("KVM_GET_API_VERSION", "linux-x86_64", 0x0000AE00, ("none", 0xAE, 0x00, 0)),
    ("KVM_GET_API_VERSION", "linux-s390x", 0x0000AE00, ("none", 0xAE, 0x00, 0)),
    ("KVM_GET_API_VERSION", "linux-powerpc64le", 0x2000AE00, ("none", 0xAE, 0x00, 0)),
    ("KVM_GET_API_VERSION", "linux-mips64el", 0x2000AE00, ("none", 0xAE, 0x00, 0)),
    ("FS_IOC_GETFLAGS", "linux-x86_64", 0x80086601, ("out", ord("f"), 1, 8)),
    ("FS_IOC_GETFLAGS", "linux-i386", 0x80046601, ("out", ord("f"), 1, 4)),
    ("FS_IOC_SETFLAGS", "linux-aarch64", 0x40086602, ("in", ord("f"), 2, 8)),
    ("FS_IOC_GETFLAGS", "linux-powerpc64le", 0x40086601, ("out", ord("f"), 1, 8)),
    ("FS_IOC_SETFLAGS", "linux-powerpc64le", 0x80086602, ("in", ord("f"), 2, 8)),
    ("EVIOCGVERSION", "linux-riscv64", 0x80044501, ("out", ord("E"), 1, 4)),
    ("EVIOCGVERSION", "linux-mipsel", 0x40044501, ("out", ord("E"), 1, 4)),
    ("TIOCGPTN", "linux-armhf", 0x80045430, ("out", ord("T"), 0x30, 4)),
    ("TIOCGPTN", "linux-powerpc64le", 0x40045430, ("out", ord("T"), 0x30, 4)),
    ("TIOCGPTN", "linux-sparc64", 0x40047486, ("out", ord("t"), 134, 4)),
    ("TIOCGPTN", "linux-alpha", 0x40045430, ("out", ord("T"), 0x30, 4)),
    ("TIOCSPTLCK", "linux-x86_64", 0x40045431, ("in", ord("T"), 0x31, 4)),
    ("TIOCSPTLCK", "linux-mips64el", 0x80045431, ("in", ord("T"), 0x31, 4)),
    ("DRM_IOCTL_VERSION", "linux-x86_64", 0xC0406400, ("both", ord("d"), 0, 64)),
    ("DRM_IOCTL_VERSION", "linux-powerpc64le", 0xC0406400, ("both", ord("d"), 0, 64)),
    ("VIDIOC_QUERYCAP", "linux-x86_64", 0x80685600, ("out", ord("V"), 0, 104)),
    ("the largest there is", "linux-sparc64", 0xDFFFFFFF, ("both", 0xFF, 0xFF, LARGEST_SIZE)),
]


@pytest.mark.parametrize(("name", "code", "parts"), WINDOWS)
def test_ctl_code(name: str, code: int, parts: tuple[int, int, str, tuple[str, ...]]) -> None:
    assert ctl_code(*parts) == code


@pytest.mark.parametrize(("name", "abi", "code", "parts"), LINUX)
def test_ioc(name: str, abi: str, code: int, parts: tuple[str, int, int, int]) -> None:
    assert ioc(IOC[BY_NAME[abi].ioc], *parts) == code


def test_the_largest_size_is_that_of_thirteen_bits() -> None:
    assert LARGEST_SIZE == 8191


def test_the_example_of_the_design() -> None:
    """DESIGN section 6: `claim` of `depot`."""
    layouts = layouts_of("""\
kgen: 1
interface: depot
version: "1.2"
windows: {device_type: 0x8337, device: Depot, sddl: admins}
linux: {node: depot, magic: 0xB9, mode: "0600"}
ioctls:
  claim: {function: 0x801, access: write, in: {size: u64}, out: {block: u64}}
""")
    assert layouts.codes["claim"] == (2201460740, 3222321409, (), 2201460740)


def test_codes_where_the_direction_has_three_bits() -> None:
    """`both` has the same bits everywhere, the other three directions have not."""
    layouts = layouts_of(
        HEAD
        + """\
ioctls:
  none: {function: 0x801, access: any}
  in: {function: 0x802, access: any, in: u32}
  out: {function: 0x803, access: any, out: u32}
  both: {function: 0x804, access: any, inout: {a: u32}}
"""
    )
    three = ["linux-powerpc64le", "linux-mips64el", "linux-mipsel", "linux-sparc64", "linux-alpha"]
    assert [abi.name for abi in ABIS if abi.ioc == "three"] == three
    assert layouts.codes["none"].linux == 0x0000B901
    assert layouts.codes["none"].other == tuple((name, 0x2000B901) for name in three)
    assert layouts.codes["in"].linux == 0x4004B902
    assert layouts.codes["in"].other == tuple((name, 0x8004B902) for name in three)
    assert layouts.codes["out"].linux == 0x8004B903
    assert layouts.codes["out"].other == tuple((name, 0x4004B903) for name in three)
    assert layouts.codes["both"].linux == 0xC004B904
    assert layouts.codes["both"].other == ()


def test_a_native_struct_has_another_number_where_it_has_another_size() -> None:
    layouts = layouts_of(
        HEAD
        + """\
structs:
  times: {layout: native, fields: {on: u64, level: u32}}
ioctls:
  get: {function: 0x801, access: any, out: times}
  set: {function: 0x802, access: any, inout: times}
"""
    )
    assert layouts.codes["get"].linux == 0x8010B901
    assert dict(layouts.codes["get"].other)["linux-i386"] == 0x800CB901
    assert dict(layouts.codes["get"].other)["linux-alpha"] == 0x4010B901
    assert layouts.codes["set"].other == (("linux-i386", 0xC00CB902),)


def test_the_info_ioctl() -> None:
    layouts = layouts_of(HEAD)
    assert layouts.info_codes.windows == 0x8A173FFC
    assert layouts.info_codes.linux == 0x8030B9FF
    assert dict(layouts.info_codes.other)["linux-sparc64"] == 0x4030B9FF


def test_an_interface_has_the_codes_of_the_systems_that_it_names() -> None:
    windows = (
        'kgen: 1\ninterface: lamp\nversion: "1.0"\nwindows: {device_type: 0x8A17, sddl: admins}\n'
    )
    linux = 'kgen: 1\ninterface: lamp\nversion: "1.0"\nlinux: {magic: 0xB9}\n'
    ioctls = "ioctls:\n  get: {function: 0x801, access: any, out: u32}\n"
    only_windows, only_linux = layouts_of(windows + ioctls), layouts_of(linux + ioctls)
    assert only_windows.codes["get"] == (0x8A172004, None, (), 0x8A172004)
    assert only_windows.info_codes == (0x8A173FFC, None, (), 0x8A173FFC)
    assert only_windows.arguments == {}
    assert (only_linux.codes["get"].windows, only_linux.codes["get"].linux) == (None, 0x8004B901)
    assert (only_linux.info_codes.windows, only_linux.info_codes.linux) == (None, 0x8030B9FF)
    # CTL_CODE(0x8000 + magic, 0x800 + nr): what a simulator takes in their place.
    assert only_linux.codes["get"].core == 0x80B92004
    assert only_linux.info_codes.core == 0x80B93FFC


def test_an_external_interface_has_its_own_device_types_and_no_info_ioctl() -> None:
    layouts = layouts_of("""\
kgen: 1
interface: disk
version: "1.0"
external: true
windows: {device_type: 0x07}
ioctls:
  geometry: {function: 0, access: any}
  query: {function: 0x500, access: any, device_type: 0x2D}
""")
    assert layouts.codes["geometry"].windows == 0x00070000
    assert layouts.codes["query"].windows == 0x002D1400  # IOCTL_STORAGE_QUERY_PROPERTY
    assert layouts.info_codes == (None, None, (), None)
