"""The client of a driver that exists: native layout, text elsewhere in a reply, a size in bytes."""

from __future__ import annotations

import struct
from types import ModuleType
from typing import Any

import pytest

NOTHING = {
    "symbolic_link_name_offset": 0,
    "symbolic_link_name_length": 0,
    "unique_id_offset": 0,
    "unique_id_length": 0,
    "device_name_offset": 0,
    "device_name_length": 0,
}
POINT = struct.Struct("=IH2xIH2xIH2x")


class MountManager:
    """Answers as the mount manager does: what does not fit is told by its size alone."""

    system = "windows"

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.capacities: list[int] = []
        self.sent = b""

    def close(self) -> None: ...

    def control(self, code: int, request: Any, reply: Any) -> tuple[Any, int]:
        assert code == 0x006D0008
        self.sent = bytes(request)
        self.capacities.append(len(reply))
        if len(reply) < len(self.answer):
            reply[:4] = self.answer[:4]
            failure = type("Failure", (), {"code": 234, "ntstatus": 0x80000005, "message": ""})
            return failure, 4
        reply[: len(self.answer)] = self.answer
        return None, len(self.answer)


def answer(*names: tuple[str, bytes]) -> bytes:
    at = 8 + 24 * len(names)
    points, texts = b"", b""
    for name, unique in names:
        raw = name.encode("utf-16-le")
        points += POINT.pack(at, len(raw), at + len(raw), len(unique), 0, 0)
        texts += raw + unique
        at += len(raw) + len(unique)
    return struct.pack("=II", at, len(names)) + points + texts


def test_names_are_found_by_their_offsets(mountmgr: ModuleType) -> None:
    driver = MountManager(answer(("\\DosDevices\\C:", b"id1"), ("ä", b"")))
    device = mountmgr.Mountmgr(driver)
    assert device.driver_version is None
    reply = device.query_points(mountmgr.MountPoint(**NOTHING))
    assert driver.sent == bytes(24)
    first, second = reply.mount_points
    assert (first.symbolic_link_name, first.unique_id) == ("\\DosDevices\\C:", b"id1")
    assert (first.device_name, second.symbolic_link_name) == ("", "ä")
    assert first.to_dict()["symbolic_link_name"] == "\\DosDevices\\C:"


def test_a_reply_that_is_too_long_is_asked_for_by_its_size(mountmgr: ModuleType) -> None:
    driver = MountManager(answer(*[(f"name {number}" * 20, b"") for number in range(30)]))
    device = mountmgr.Mountmgr(driver)
    device.first_reply = 64
    assert len(device.query_points(mountmgr.MountPoint(**NOTHING)).mount_points) == 30
    assert driver.capacities == [64, len(driver.answer)]


def test_names_outside_the_reply_are_refused(mountmgr: ModuleType) -> None:
    lying = struct.pack("=II", 32, 1) + POINT.pack(8, 100, 0, 0, 0, 0)
    with pytest.raises(mountmgr.BadReplyError, match=r"points at 8\.\.108 of 32 bytes"):
        mountmgr.Mountmgr(MountManager(lying)).query_points(mountmgr.MountPoint(**NOTHING))
    odd = struct.pack("=II", 32, 1) + POINT.pack(8, 3, 0, 0, 0, 0)
    with pytest.raises(mountmgr.BadReplyError, match="has 3 bytes of utf16"):
        mountmgr.Mountmgr(MountManager(odd)).query_points(mountmgr.MountPoint(**NOTHING))


def test_a_path_is_that_of_the_schema(mountmgr: ModuleType) -> None:
    assert mountmgr.Mountmgr._path == r"\\.\MountPointManager"


def test_content_elsewhere_cannot_be_sent(mountmgr: ModuleType) -> None:
    device = mountmgr.Mountmgr(MountManager(answer()))
    point = mountmgr.MountPoint(**NOTHING, symbolic_link_name="\\DosDevices\\C:")
    with pytest.raises(mountmgr.ValidationError, match="symbolic_link_name: stands elsewhere"):
        device.query_points(point)
