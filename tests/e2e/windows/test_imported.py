"""Interfaces of Windows, imported from mingw-w64's headers with an overlay and nothing else, against Wine's drivers.

Witnesses are the links and the line of the machine under Wine, and Win32 functions.
"""

from __future__ import annotations

import json
import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.imported import MINGW, imported_client
from tests.support.wine import Prefix

MOUNTS = r"""
import ctypes, json
from mountmgr import MountPoint, Mountmgr, TargetName, UnsupportedError
every = MountPoint(**{name: 0 for name in MountPoint._fields if name.endswith(("offset", "length"))})
with Mountmgr.open(access="none") as device:
    points = device.query_points(every).mount_points
    try:
        device.query_dos_volume_path(TargetName(device_name="\\??\\Volume{}"))
    except UnsupportedError as error:
        refused = error.winerror
told = {}
for letter in "CZ":
    name = ctypes.create_unicode_buffer(60)
    assert ctypes.windll.kernel32.GetVolumeNameForVolumeMountPointW(f"{letter}:\\", name, 60)
    told[letter] = name.value
names = [[p.symbolic_link_name, p.device_name, p.unique_id.decode()] for p in points]
print(json.dumps([names, told, refused]))
"""
PORT = r"""
import json
from serial import BaudRate, Events, LineControl, Parity, Purge, Serial, StopBits, Timeouts, ValidationError
line = LineControl(stop_bits=StopBits.TWO, parity=Parity.NONE, word_length=8)
timeouts = Timeouts(read_interval_timeout=1, read_total_timeout_multiplier=2, read_total_timeout_constant=3,
                    write_total_timeout_multiplier=4, write_total_timeout_constant=5)
with Serial.open(r"\\.\COM8") as device:
    before = device.get_baud_rate().baud_rate
    device.set_baud_rate(BaudRate(baud_rate=19200))
    device.set_line_control(line)
    device.set_timeouts(timeouts)
    device.set_wait_mask(events=Events.RXCHAR | Events.RING)
    device.set_chars(device.get_chars().replace(xon_char=0x21, xoff_char=0x23))
    assert device.get_line_control() == line
    assert device.get_timeouts() == timeouts
    assert device.get_wait_mask().events == Events.RXCHAR | Events.RING
    device.purge(what=Purge.RXCLEAR)
    status = device.get_commstatus()
    try:
        device.set_line_control(line.replace(word_length=9))
    except ValidationError as error:
        refused = str(error)
print(json.dumps([before, status.amount_in_in_queue, status.eof_received, refused]))
"""


def answer(wine: Prefix, place: str, program: str) -> Any:
    return json.loads(wine.python("-c", program, path=[place]).stdout)


def test_the_mount_manager(wine: Prefix, tmp_path: Path) -> None:
    """Drive letters, devices and volumes, as the prefix's own folder of links and Win32 have them."""
    # Its texts of wide characters, MOUNTMGR_DEVICE_NAME and another, are listed and have no place in a schema.
    place = imported_client(str(tmp_path), "mountmgr", [f"{MINGW}/ddk/mountmgr.h"], status=1)
    points, told, refused = answer(wine, place, MOUNTS)
    links = Path(wine.path, "dosdevices")
    drives = {path.name[0].upper(): os.readlink(path) for path in links.glob("?:")}
    assert {"C", "Z"} <= set(drives)
    letters = {
        name[-2]: (device, unique.rstrip("\0"))
        for name, device, unique in points
        if name.startswith("\\DosDevices\\")
    }
    assert {letter: unique for letter, (_, unique) in letters.items()} == drives
    volumes = {device: name for name, device, _ in points if name.startswith("\\??\\Volume{")}
    for letter, volume in told.items():
        device, _ = letters[letter]
        assert volumes[device] == "\\??\\" + volume[4:-1]
    assert refused == 50  # Wine does not know the code: the error has its class


@pytest.fixture
def line(wine: Prefix) -> Iterator[int]:
    """A descriptor of the pty that is COM8."""
    far, line = pty.openpty()
    try:
        settings = termios.tcgetattr(line)
        settings[4] = settings[5] = termios.B2400
        termios.tcsetattr(line, termios.TCSANOW, settings)
        wine.map_com_port("COM8", os.ttyname(line))
        yield line
    finally:
        os.close(far)
        os.close(line)


def test_a_serial_port(wine: Prefix, line: int, tmp_path: Path) -> None:
    """What was set through the client is what Linux has for the line, and the other way round."""
    place = imported_client(str(tmp_path), "serial", [f"{MINGW}/ntddser.h"])
    before, waiting, at_end, refused = answer(wine, place, PORT)
    assert (before, waiting, at_end) == (2400, 0, False)
    assert refused == "set_line_control.word_length: 9 is outside 5..8"
    _, _, control, _, in_speed, out_speed, characters = termios.tcgetattr(line)
    assert in_speed == out_speed == termios.B19200
    assert control & termios.CSIZE == termios.CS8
    assert control & termios.CSTOPB
    assert (characters[termios.VSTART], characters[termios.VSTOP]) == (b"\x21", b"\x23")
