"""Generated clients of interfaces that kgen did not make, against drivers that are not kgen's: those of Wine.

Witnesses are independent of both: Linux, which sees the other side of each device, and Win32 functions.
"""

from __future__ import annotations

import json
import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.generated import ROOT, build
from tests.support.wine import Prefix

PORT = r"\\.\COM7"
HEAD = r"""
import ctypes, json, struct
from ctypes import wintypes
kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
def tell(value):
    print(json.dumps(value))
"""
QUERY = r"""
from mountmgr import MountPoint, Mountmgr
NOTHING = dict.fromkeys([name for name in MountPoint._fields if name.endswith(("offset", "length"))], 0)
"""
OPEN_PORT = r"""
from serial import *
device = Serial.open(r"\\.\COM7")
kernel32.CreateFileW.restype = wintypes.HANDLE
"""


def client(tmp_path_factory: pytest.TempPathFactory, name: str) -> str:
    folder = str(tmp_path_factory.mktemp(name))
    return os.path.join(
        build(os.path.join(ROOT, "schemas", f"{name}.yaml"), folder, ["python"]), "python"
    )


# The mount manager


@pytest.fixture(scope="module")
def mountmgr(tmp_path_factory: pytest.TempPathFactory) -> str:
    return client(tmp_path_factory, "mountmgr")


def ask(wine: Prefix, folder: str, code: str) -> Any:
    return json.loads(wine.python("-c", HEAD + code, path=[folder]).stdout)


def test_mount_points_are_those_of_the_prefix(wine: Prefix, mountmgr: str) -> None:
    """Drive letters and devices as Wine's own folder of links has them, and as Win32 functions tell."""
    code = (
        QUERY
        + r"""
with Mountmgr.open(access="none") as device:
    reply = device.query_points(MountPoint(**NOTHING))
names = {}
for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    target = ctypes.create_unicode_buffer(300)
    if kernel32.QueryDosDeviceW(f"{letter}:", target, 300):
        volume = ctypes.create_unicode_buffer(60)
        kernel32.GetVolumeNameForVolumeMountPointW(f"{letter}:\\", volume, 60)
        names[letter] = [target.value, volume.value]
tell([[[p.symbolic_link_name, p.device_name, p.unique_id.hex()] for p in reply.mount_points], names])
"""
    )
    points, names = ask(wine, mountmgr, code)
    letters = {
        link[-2]: (device, unique)
        for link, device, unique in points
        if link.startswith("\\DosDevices\\")
    }
    volumes = {device: link for link, device, _ in points if link.startswith("\\??\\Volume{")}
    assert len(letters) + len(volumes) == len(points)

    links = Path(wine.path) / "dosdevices"
    drives = {
        path.name[0].upper(): os.readlink(path)
        for path in links.iterdir()
        if path.name.endswith(":")
    }
    assert {"C", "Z"} <= set(drives)
    assert {
        letter: bytes.fromhex(unique).rstrip(b"\0").decode()
        for letter, (_, unique) in letters.items()
    } == drives

    assert set(names) == set(letters)
    for letter, (target, volume) in names.items():
        device, _ = letters[letter]
        assert target == device
        assert volume == volumes[device].replace("\\??\\", "\\\\?\\") + "\\"


def test_mount_points_are_asked_for_until_they_fit(wine: Prefix, mountmgr: str) -> None:
    code = (
        QUERY
        + r"""
with Mountmgr.open(access="none") as device:
    whole = device.query_points(MountPoint(**NOTHING))
    control, rooms = device.transport.control, []
    def counted(code, request, reply):
        rooms.append(len(reply))
        return control(code, request, reply)
    device._control = counted
    for device.first_reply in (32, 33, 200, whole.size - 1, whole.size, 1 << 16):
        assert device.query_points(MountPoint(**NOTHING)) == whole
tell([whole.size, rooms])
"""
    )
    size, rooms = ask(wine, mountmgr, code)
    assert rooms == [32, size, 33, size, 200, size, size - 1, 2 * (size - 1), size, 1 << 16]


def test_mount_points_of_one_drive(wine: Prefix, mountmgr: str) -> None:
    """A request with a name behind its struct, as bytes; the reply through the client's own types."""
    code = (
        QUERY
        + r"""
from mountmgr.messages import CATALOG
with Mountmgr.open(access="none") as device:
    name = "\\DosDevices\\C:".encode("utf-16-le")
    reply = bytearray(4096)
    failure, done = device.raw("query_points", struct.pack("=IHxxIHxxIHxx", 24, len(name), 0, 0, 0, 0) + name, reply)
    assert failure is None, failure
    points = CATALOG.item("MountPoints").get(reply, 0, done).mount_points
    short = [device.raw("query_points", bytes(size), bytearray(4096))[0].code for size in (0, 23)]
    tell([[point.symbolic_link_name for point in points], short])
"""
    )
    assert ask(wine, mountmgr, code) == [["\\DosDevices\\C:"], [87, 87]]


# A serial port


class Port(NamedTuple):
    """Wine with COM7 on a pty: `line` is the descriptor that Wine opens too, `far` the other end."""

    wine: Prefix
    folder: str
    far: int
    line: int

    def ask(self, code: str) -> Any:
        return ask(self.wine, self.folder, OPEN_PORT + code)

    def settings(self) -> list[Any]:
        return termios.tcgetattr(self.line)


@pytest.fixture(scope="module")
def port(wine: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    folder = client(tmp_path_factory, "serial")
    far, line = pty.openpty()
    try:
        wine.map_com_port("COM7", os.ttyname(line))
        yield Port(wine, folder, far, line)
    finally:
        os.close(far)
        os.close(line)


@pytest.mark.parametrize("baud", [50, 9600, 115200])
def test_baud_rate_and_stop_bits_are_those_of_the_line(port: Port, baud: int) -> None:
    stop = "TWO" if baud == 9600 else "ONE"
    answers = port.ask(f"""
device.set_baud_rate(BaudRate(baud_rate={baud}))
control = LineControl(stop_bits=StopBits.{stop}, parity=Parity.NONE, word_length=8)
device.set_line_control(control)
tell([device.get_baud_rate().baud_rate, device.get_line_control() == control])
""")
    assert answers == [baud, True]
    _, _, control, _, in_speed, out_speed, _ = port.settings()
    assert in_speed == out_speed == getattr(termios, f"B{baud}")
    assert bool(control & termios.CSTOPB) == (stop == "TWO")
    assert control & termios.CSIZE == termios.CS8


def test_line_set_by_linux_is_seen(port: Port) -> None:
    settings = port.settings()
    settings[4] = settings[5] = termios.B2400
    settings[2] |= termios.CSTOPB
    settings[6][termios.VSTART], settings[6][termios.VSTOP] = b"\x21", b"\x23"
    termios.tcsetattr(port.line, termios.TCSANOW, settings)
    answers = port.ask("""
line, chars = device.get_line_control(), device.get_chars()
tell([device.get_baud_rate().baud_rate, line.stop_bits.name, line.parity.name, line.word_length,
      chars.xon_char, chars.xoff_char])
""")
    assert answers == [2400, "TWO", "NONE", 8, 0x21, 0x23]


def test_what_is_set_is_got(port: Port) -> None:
    answers = port.ask("""
timeouts = Timeouts(read_interval_timeout=1, read_total_timeout_multiplier=2, read_total_timeout_constant=0x7FFFFFFF,
                    write_total_timeout_multiplier=4, write_total_timeout_constant=0xFFFFFFFF)
device.set_timeouts(timeouts)
events = EventMask.RX_CHAR | EventMask.CTS | EventMask.RING
device.set_wait_mask(events=events)
device.set_queue_size(QueueSize(in_size=512, out_size=512))
chars = device.get_chars().replace(xon_char=0x11, xoff_char=0x13)
device.set_chars(chars)
for flow in (0, 3):
    device.set_handflow(device.get_handflow().replace(flow_replace=flow))
device.set_break_on()
device.set_break_off()
tell([device.get_timeouts() == timeouts, device.get_wait_mask().events == events, device.get_chars() == chars])
""")
    assert answers == [True, True, True]
    settings = port.settings()
    assert (settings[6][termios.VSTART], settings[6][termios.VSTOP]) == (b"\x11", b"\x13")
    assert settings[0] & termios.IXON
    assert settings[0] & termios.IXOFF


def test_queue_counts_what_the_far_end_sent_until_it_is_purged(port: Port) -> None:
    os.write(port.far, b"12345\n")
    answers = port.ask("""
import time
def waiting():
    return device.get_status().amount_in_in_queue
end = time.monotonic() + 5
while waiting() < 6 and time.monotonic() < end:
    time.sleep(0.01)
before = waiting()
device.purge(what=PurgeMask.TX_CLEAR)
kept = waiting()
device.purge(what=PurgeMask.RX_CLEAR)
tell([before, kept, waiting(), device.get_status().errors])
""")
    assert answers == [6, 6, 0, 0]


def test_properties_are_those_that_win32_tells(port: Port) -> None:
    """GetCommProperties, GetCommTimeouts and GetCommMask on a handle of their own, after the client's is closed."""
    answers = port.ask(r"""
with device:
    properties, timeouts, mask = device.get_properties(), device.get_timeouts(), int(device.get_wait_mask().events)
values = list(properties.to_dict().values())
handle = wintypes.HANDLE(kernel32.CreateFileW(r"\\.\COM7", 0xC0000000, 0, None, 3, 0, None))
buffer = (ctypes.c_ubyte * 64)(64)
assert kernel32.GetCommProperties(handle, buffer)
told = list(struct.unpack("=HHIIIIIIIIIHHIIII", bytes(buffer)[:60]))
tell([values[:17], told])
""")
    values, told = answers
    assert values == told


def test_wrong_lengths_are_refused_by_the_port(port: Port) -> None:
    """The lengths of the schema are the ones, and the only ones, that the driver of Wine takes."""
    answers = port.ask("""
def codes(name, size, request):
    found = []
    for length in (0, size - 1, size, size + 1):
        buffer = bytes(length) if request else None
        failure, done = device.raw(name, buffer, None if request else bytearray(length))
        found.append(failure.code if failure else done)
    return found
tell([codes("get_baud_rate", 4, False), codes("get_line_control", 3, False), codes("get_timeouts", 20, False),
      codes("get_chars", 6, False), codes("get_handflow", 16, False), codes("get_wait_mask", 4, False),
      codes("get_properties", 64, False), codes("get_status", 20, False), codes("set_timeouts", 20, True)])
""")
    *replies, request = answers
    sizes = [4, 3, 20, 6, 16, 4, 64, 20]
    # INVALID_PARAMETER or BUFFER_TOO_SMALL, whichever this driver says for the code.
    assert all(codes[0] in (87, 122) and codes[1] in (87, 122) for codes in replies), replies
    assert [codes[2] for codes in replies] == sizes
    assert request[1] in (87, 122)
    assert request[2] == 0


def test_what_a_pty_cannot_do_is_an_exception(port: Port) -> None:
    answers = port.ask("""
found = []
for call in (device.set_dtr, device.clear_dtr, device.set_rts, device.clear_rts):
    try:
        call()
    except UnsupportedError as error:
        found.append([error.ioctl, error.winerror, error.ntstatus])
tell(found)
""")
    assert answers == [
        [name, 50, 0xC00000BB] for name in ("set_dtr", "clear_dtr", "set_rts", "clear_rts")
    ]
