"""What Linux has, through the generated clients, held against the system's own tools. Runs as root in a guest.

    python linux_interfaces.py loop|watchdog|uinput

One JSON line per check, see suite.py. The package of that name is on the path, and the module is loaded.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from suite import Suite

SUITE = Suite()


def raises(name: str, call: Callable[[], object]) -> Any:
    try:
        result = call()
    except OSError as error:
        assert type(error).__name__ == name, f"{name} expected: {error!r}"
        return error
    raise AssertionError(f"{name} expected, got {result!r}")


def text_of(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


# /dev/loop-control and /dev/loopN, against losetup


def losetup(device: str) -> dict[str, Any]:
    columns = "NAME,BACK-FILE,BACK-INO,OFFSET,SIZELIMIT,AUTOCLEAR,RO,LOG-SEC,DIO"
    found = json.loads(run("losetup", "--json", "--output", columns, device))
    entry: dict[str, Any] = found["loopdevices"][0]
    return entry


def backing_file(name: str) -> str:
    path = os.path.join("/run", name)
    with open(path, "wb") as file:
        file.truncate(1 << 20)
    return path


def a_file_becomes_a_device() -> None:
    from loop import Info64, Loop, LoopFlags

    path = backing_file("first")
    with Loop.open() as control:
        index = control.ctl_get_free()
    node = f"/dev/loop{index}"
    with Loop.open(node) as device, open(path, "r+b") as backing:
        raises("LoopError", device.get_status64)
        device.set_fd(fd=backing.fileno())
        before = device.get_status64()
        assert before.inode == os.fstat(backing.fileno()).st_ino
        assert before.number == index
        device.set_status64(
            before.replace(
                offset=4096, sizelimit=65536, flags=LoopFlags.AUTOCLEAR, file_name=b"shown".ljust(64, b"\0")
            )
        )  # fmt: skip
        device.set_block_size(block_size=1024)
        after = device.get_status64()
        shown = losetup(node)
        assert shown["back-file"] == path
        assert (shown["offset"], shown["sizelimit"], shown["back-ino"]) == (
            after.offset, after.sizelimit, after.inode,
        ) == (4096, 65536, before.inode)  # fmt: skip
        assert (shown["autoclear"], shown["ro"], shown["log-sec"]) == (True, False, 1024)
        assert after.flags == LoopFlags.AUTOCLEAR
        assert after.file_name.rstrip(b"\0") == b"shown"
        assert int(run("blockdev", "--getsize64", node)) == 65536
        assert isinstance(after, Info64)
        device.clr_fd()


def everything_in_one_call() -> None:
    from loop import Config, Info64, Loop, LoopFlags

    path = backing_file("second")
    with Loop.open() as control:
        index = control.ctl_get_free()
    nothing = Info64(
        device=0, inode=0, rdevice=0, offset=512, sizelimit=0, number=0, encrypt_type=0, encrypt_key_size=0,
        flags=LoopFlags.READ_ONLY, file_name=bytes(64), crypt_name=bytes(64), encrypt_key=bytes(32), init=(0, 0),
    )  # fmt: skip
    node = f"/dev/loop{index}"
    with Loop.open(node) as device, open(path, "r+b") as backing:
        device.configure(Config(fd=backing.fileno(), block_size=512, info=nothing))
        shown = losetup(node)
        assert (shown["back-file"], shown["offset"], shown["ro"]) == (path, 512, True)
        # The narrower form tells the same, at the places of struct loop_info.
        old = device.get_status()
        assert struct.unpack_from("@i", old.info)[0] == index
        assert struct.unpack_from("@iLLLi", old.info)[4] == 512
        os.truncate(path, 1 << 21)
        device.set_capacity()
        assert int(run("blockdev", "--getsize64", node)) == (1 << 21) - 512
        device.clr_fd()


def numbers_are_answered() -> None:
    from loop import ExistsError, Loop

    with Loop.open() as control:
        assert control.ctl_add(index=77) == 77
        assert os.path.exists("/sys/block/loop77")
        assert isinstance(raises("ExistsError", lambda: control.ctl_add(index=77)), ExistsError)
        control.ctl_remove(index=77)
        assert not os.path.exists("/sys/block/loop77")
        raises("GoneError", lambda: control.ctl_remove(index=77))
        added = control.ctl_add(index=-1)
        assert os.path.exists(f"/sys/block/loop{added}")
        control.ctl_remove(index=added)


# /dev/watchdog0, against sysfs and wdctl

WATCHDOG = "/sys/class/watchdog/watchdog0"


def what_it_is() -> None:
    from watchdog import Options, Watchdog

    with Watchdog.open() as device:
        info = device.get_support()
        os.write(device.fileno(), b"V")
    assert info.identity == text_of(f"{WATCHDOG}/identity") == "Software Watchdog"
    if os.path.exists(f"{WATCHDOG}/options"):  # newer than 6.1
        assert int(info.options) == int(text_of(f"{WATCHDOG}/options"), 16)
    assert Options.SET_TIMEOUT | Options.MAGIC_CLOSE | Options.KEEP_ALIVE_PING in info.options
    columns = run("wdctl", "--noheadings", "--output", "FLAG,STATUS", "/dev/watchdog0")
    assert "Identity:      Software Watchdog" in columns, columns
    shown = {line.split()[0] for line in columns.splitlines() if line and ":" not in line}
    assert {"KEEPALIVEPING", "MAGICCLOSE", "SETTIMEOUT"} <= shown, columns
    with Watchdog.open() as device:
        # Whether it was kept alive is told once.
        assert Options.KEEP_ALIVE_PING in device.get_status()
        assert int(text_of(f"{WATCHDOG}/status"), 16) & 0x8000 == 0
        device.keep_alive()
        assert int(text_of(f"{WATCHDOG}/status"), 16) & 0x8000
        assert Options.KEEP_ALIVE_PING not in device.get_status()
        assert int(device.get_boot_status()) == int(text_of(f"{WATCHDOG}/bootstatus"))
        os.write(device.fileno(), b"V")


def it_is_set_and_kept_alive() -> None:
    from watchdog import Settings, UnsupportedError, Watchdog

    with Watchdog.open() as device:
        assert device.set_timeout(seconds=40).seconds == 40
        assert device.get_timeout().seconds == 40 == int(text_of(f"{WATCHDOG}/timeout"))
        assert "Timeout:       40 seconds" in run("wdctl", "/dev/watchdog0")
        raises("UnsupportedError", device.get_time_left)
        raises("UnknownCodeError", device.get_temp)
        assert issubclass(UnsupportedError, OSError)
        raises("InvalidError", lambda: device.set_timeout(seconds=-1))
        assert text_of(f"{WATCHDOG}/state") == "active"
        device.set_options(settings=Settings.DISABLE_CARD)
        assert text_of(f"{WATCHDOG}/state") == "inactive"
        os.write(device.fileno(), b"V")


# /dev/uinput, against /proc/bus/input/devices and what a reader of the device gets

KEY_A, ABS_X, ABS_MISC, BUS_USB = 30, 0, 0x28, 3
EVENT = struct.Struct("@llHHi")
EFFECT_UNION = struct.calcsize("@24xP")
"""Bytes of the union in struct ff_effect: its longest arm ends with a pointer."""


def listed(name: str) -> dict[str, str]:
    """The paragraph of a device: its lines by their letters."""
    with open("/proc/bus/input/devices", encoding="utf-8") as file:
        blocks = file.read().split("\n\n")
    block = next(block for block in blocks if f'Name="{name}"' in block)
    lines = [line.partition(": ") for line in block.splitlines()]
    return {letter if letter != "B" else value.split("=")[0]: value for letter, _, value in lines}


def device_made(device: Any, name: str, effects: int = 0) -> str:
    """Make it, and return the path of its events."""
    from uinput import EventType, Id, Setup

    device.set_evbit(type=EventType.KEY)
    device.set_keybit(code=KEY_A)
    device.set_phys(phys="kgen/phys0")
    ids = Id(bustype=BUS_USB, vendor=0x1234, product=0x5678, version=9)
    device.dev_setup(Setup(id=ids, name=name, ff_effects_max=effects))
    device.dev_create()
    found = glob.glob(f"/sys/devices/virtual/input/{device.get_sysname().name}/event*")
    return os.path.join("/dev/input", os.path.basename(found[0]))


def it_is_listed_as_it_was_described() -> None:
    from uinput import Absinfo, AbsSetup, EventType, Uinput

    with Uinput.open() as device:
        assert device.get_version().version == 5
        device.set_evbit(type=EventType.ABS)
        device.set_absbit(code=ABS_X)
        limits = Absinfo(value=3, minimum=-100, maximum=200, fuzz=1, flat=2, resolution=7)
        device.abs_setup(AbsSetup(code=ABS_X, absinfo=limits))
        events = device_made(device, "kgen lists")
        found = listed("kgen lists")
        assert found["I"] == "Bus=0003 Vendor=1234 Product=5678 Version=0009"
        assert found["P"] == "Phys=kgen/phys0"
        assert found["S"] == f"Sysfs=/devices/virtual/input/{device.get_sysname().name}"
        assert found["KEY"] == f"KEY={1 << KEY_A:x}"
        assert found["ABS"] == f"ABS={1 << ABS_X:x}"
        assert found["EV"] == f"EV={1 << 0 | 1 << 1 | 1 << 3:x}"
        with open(events, "rb", buffering=0) as reader:
            axis = bytearray(24)
            fcntl.ioctl(reader, 0x80184540, axis)
            assert struct.unpack("=6i", axis) == (3, -100, 200, 1, 2, 7)
            os.write(device.fileno(), EVENT.pack(0, 0, 1, KEY_A, 1) + EVENT.pack(0, 0, 0, 0, 0))
            got = [EVENT.unpack(reader.read(EVENT.size))[2:] for _ in range(2)]
            assert got == [(1, KEY_A, 1), (0, 0, 0)]
        device.dev_destroy()
        assert "kgen lists" not in text_of("/proc/bus/input/devices")


def an_imported_header_asks_it() -> None:
    """linux/input.h as `kgen import` has it: numbers to which an axis, or a type of events, is added."""
    from evdev import Evdev, InputAbsinfo, ValidationError
    from uinput import Absinfo, AbsSetup, EventType, Uinput

    with Uinput.open() as device:
        device.set_evbit(type=EventType.ABS)
        for axis in (ABS_X, ABS_MISC):
            device.set_absbit(code=axis)
            limits = Absinfo(value=axis, minimum=-100, maximum=200, fuzz=1, flat=2, resolution=7)
            device.abs_setup(AbsSetup(code=axis, absinfo=limits))
        with Evdev.open(device_made(device, "kgen asks")) as events:
            assert bytes(events.eviocgname().contents) == b"kgen asks\0"
            for axis in (ABS_X, ABS_MISC):
                found = events.eviocgabs(abs=axis)
                assert (found.value, found.minimum, found.maximum) == (axis, -100, 200)
            changed = {
                "value": 5,
                "minimum": -5,
                "maximum": 50,
                "fuzz": 3,
                "flat": 4,
                "resolution": 0,
            }
            events.eviocsabs(abs=ABS_MISC, request=InputAbsinfo(**changed))
            assert events.eviocgabs(abs=ABS_MISC).to_dict() == changed
            assert events.eviocgabs(abs=ABS_X).maximum == 200
            kinds = int.from_bytes(bytes(events.eviocgbit(ev=0).contents), sys.byteorder)
            assert kinds & 0xFF == 1 << 0 | 1 << EventType.KEY | 1 << EventType.ABS
            keys = int.from_bytes(bytes(events.eviocgbit(ev=EventType.KEY).contents), sys.byteorder)
            assert keys == 1 << KEY_A
            axes = int.from_bytes(bytes(events.eviocgbit(ev=EventType.ABS).contents), sys.byteorder)
            assert axes == 1 << ABS_X | 1 << ABS_MISC
            try:
                events.eviocgabs(abs=0xC0)
            except ValidationError as refused:
                assert "eviocgabs.abs: 192 is not in 0..191" in str(refused)
            else:
                raise AssertionError("an axis that makes another code")


def an_effect_is_uploaded_and_erased() -> None:
    """Structs with a union and a pointer in them, both ways, with the kernel as the other side."""
    from uinput import FF_ERASE, FF_UPLOAD, EffectErase, EffectType, EventType, Uinput

    effect = struct.pack("@HhHHHHHHHH28x", 0x50, -1, 0x4000, 1, 2, 3, 4, 0, 0x1111, 0x2222)
    effect = effect[:14] + bytes(2) + struct.pack("@HH", 0x1111, 0x2222).ljust(EFFECT_UNION, b"\0")
    with Uinput.open() as device:
        device.set_evbit(type=EventType.FF)
        device.set_ffbit(code=EffectType.RUMBLE)
        events = device_made(device, "kgen shakes", effects=4)
        answers: list[Any] = []

        def player() -> None:
            argument = bytearray(effect)
            with open(events, "r+b", buffering=0) as player:
                fcntl.ioctl(player, 0x40004580 | len(argument) << 16, argument)
                answers.append(struct.unpack_from("@h", argument, 2)[0])
                fcntl.ioctl(player, 0x40044581, answers[0])

        thread = threading.Thread(target=player)
        thread.start()
        code, value = asked(device)
        assert code == FF_UPLOAD
        empty = bytes(device._catalog.item("EffectUpload").size)
        blank = device._catalog.item("EffectUpload").get(bytearray(empty), 0, len(empty))
        upload = device.begin_ff_upload(blank.replace(request_id=value))
        assert upload.effect.u.tag is EffectType.RUMBLE
        assert (upload.effect.u.value.strong_magnitude, upload.effect.u.value.weak_magnitude) == (
            0x1111,
            0x2222,
        )
        assert (upload.effect.direction, upload.effect.trigger.interval, upload.effect.replay.delay) == (
            0x4000, 2, 4,
        )  # fmt: skip
        device.end_ff_upload(upload.replace(retval=0))
        code, value = asked(device)
        assert code == FF_ERASE
        erase = device.begin_ff_erase(EffectErase(request_id=value, retval=0, effect_id=0))
        device.end_ff_erase(erase.replace(retval=0))
        thread.join(20)
        assert answers == [erase.effect_id]


def asked(device: Any) -> tuple[int, int]:
    """The next event that asks for an effect: its code and value."""
    from uinput import EV_UINPUT

    while True:
        _, _, kind, code, value = EVENT.unpack(os.read(device.fileno(), EVENT.size))
        if kind == EV_UINPUT:
            return code, value


CHECKS = {
    "loop": (a_file_becomes_a_device, everything_in_one_call, numbers_are_answered),
    "watchdog": (what_it_is, it_is_set_and_kept_alive),
    "uinput": (
        it_is_listed_as_it_was_described,
        an_effect_is_uploaded_and_erased,
        an_imported_header_asks_it,
    ),
}

if __name__ == "__main__":
    for each in CHECKS[sys.argv[1]]:
        SUITE.check(each)
    sys.exit(SUITE.main())
