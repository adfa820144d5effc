"""Clients of imported headers, held against what Linux itself tells. Runs as root in a guest.

    python imported_interfaces.py

One JSON line per check, see suite.py. The packages are on the path, and their devices are there.
"""

from __future__ import annotations

import datetime
import os
import sys
from typing import Any

from linux_interfaces import backing_file, losetup, raises, run, text_of
from suite import Suite

SUITE = Suite()


# linux/loop.h: /dev/loop-control and /dev/loopN, against losetup


def a_file_becomes_a_device() -> None:
    from loop import Config, Loop, LoopFlags

    path = backing_file("imported")
    with Loop.open() as control:
        index = control.ctl_get_free()
        raises("ExistsError", lambda: control.ctl_add(index=index))
    node = f"/dev/loop{index}"
    with Loop.open(node) as device, open(path, "r+b") as backing:
        raises("LoopError", device.get_status64)
        device.set_fd(fd=backing.fileno())
        found = device.get_status64()
        assert (found.inode, found.number) == (os.fstat(backing.fileno()).st_ino, index)
        device.clr_fd()  # by the close, in newer kernels
    with Loop.open(node) as device, open(path, "r+b") as backing:
        info = found.replace(offset=4096, flags=LoopFlags.READ_ONLY, file_name="shown")
        device.configure(Config(fd=backing.fileno(), block_size=1024, info=info))
        shown = losetup(node)
        assert (shown["back-file"], shown["offset"], shown["ro"]) == (path, 4096, True)
        assert shown["log-sec"] == 1024
        found = device.get_status64()
        assert (found.file_name, found.flags) == ("shown", LoopFlags.READ_ONLY)
        device.clr_fd()


# linux/if_tun.h with linux/if.h: /dev/net/tun, against sysfs and ip


def a_network_device_is_made() -> None:
    from tun import Features, Offloads, Tun

    with Tun.open() as device:
        features = device.getfeatures().features
        assert Features.TUN | Features.TAP | Features.NO_PI in features
        made = device.setiff(request(Features.TAP | Features.NO_PI, "kgen%d"))
        name = made.ifr_ifrn.ifrn_name
        assert name == "kgen0"
        sysfs = f"/sys/class/net/{name}"
        kept = device.getiff()
        assert kept.ifr_ifrn.ifrn_name == name
        assert kept.ifr_ifru.ifru_flags & 0xFFFF == int(text_of(f"{sysfs}/tun_flags"), 16)
        assert kept.ifr_ifru.ifru_flags & Features.TAP
        device.setowner(uid=1234)
        device.setgroup(gid=5678)
        assert (text_of(f"{sysfs}/owner"), text_of(f"{sysfs}/group")) == ("1234", "5678")
        device.setoffload(offloads=Offloads.CSUM)
        device.setsndbuf(limit=12345)
        assert device.getsndbuf().limit == 12345
        assert "tap" in run("ip", "-details", "link", "show", name)
        raises("ExistsError", lambda: device.setiff(request(Features.TAP, "other")))
        device.setpersist(persist=1)
    assert os.path.exists(sysfs)
    with Tun.open() as device:
        device.setiff(request(Features.TAP | Features.NO_PI, name))
        device.setpersist(persist=0)
    assert not os.path.exists(sysfs)


def request(flags: int, name: str) -> Any:
    from tun import Ifreq, IfreqIfrIfrn, IfreqIfrIfru

    return Ifreq(
        ifr_ifrn=IfreqIfrIfrn.of(ifrn_name=name), ifr_ifru=IfreqIfrIfru.of(ifru_flags=flags)
    )


# linux/rtc.h: /dev/rtc0, against sysfs and hwclock

CLOCK = "/sys/class/rtc/rtc0"


def moment(found: Any) -> datetime.datetime:
    day = (found.year + 1900, found.mon + 1, found.mday)
    return datetime.datetime(*day, found.hour, found.min, found.sec, tzinfo=datetime.timezone.utc)


def the_clock_is_read_and_set() -> None:
    from rtc import Rtc

    with Rtc.open() as device:
        before = int(text_of(f"{CLOCK}/since_epoch"))
        now = device.rd_time()
        assert before <= moment(now).timestamp() <= int(text_of(f"{CLOCK}/since_epoch"))
        device.set_time(now.replace(year=131, mon=1, mday=28, hour=23, min=59, sec=0))
        assert text_of(f"{CLOCK}/date") == "2031-02-28"
        assert moment(device.rd_time()).day == 28
        device.set_time(now)
    assert run("hwclock", "--utc", "--get", "--rtc", "/dev/rtc0").startswith(
        f"{moment(now):%Y-%m-%d}"
    )


def an_alarm_is_set() -> None:
    from rtc import Rtc

    with Rtc.open() as device:
        alarm = moment(device.rd_time()) + datetime.timedelta(hours=3)
        wanted = device.wkalm_rd()
        time = wanted.time.replace(
            year=alarm.year - 1900, mon=alarm.month - 1, mday=alarm.day, hour=alarm.hour, min=alarm.minute, sec=alarm.second
        )  # fmt: skip
        device.wkalm_set(wanted.replace(enabled=True, pending=False, time=time))
        assert int(text_of(f"{CLOCK}/wakealarm")) == alarm.timestamp()
        device.aie_off()
        assert not device.wkalm_rd().enabled
        device.irqp_set(hz=64)
        assert device.irqp_read().value == 64
        raises("InvalidError", lambda: device.irqp_set(hz=0))


# linux/random.h: /dev/urandom, against /proc/sys/kernel/random


def the_pool_is_added_to() -> None:
    from entropy import Entropy, RandPoolInfo

    with Entropy.open() as device:
        told = int(text_of("/proc/sys/kernel/random/entropy_avail"))
        assert device.getentcnt().bits == told
        device.addentropy(RandPoolInfo(entropy_count=64, buf=range(64)))
        device.addtoentcnt(bits=1)
        raises("InvalidError", lambda: device.addtoentcnt(bits=-1))
        raises("InvalidError", lambda: device.addentropy(RandPoolInfo(entropy_count=-1, buf=())))
        device.reseedcrng()


CHECKS = (
    a_file_becomes_a_device,
    a_network_device_is_made,
    the_clock_is_read_and_set,
    an_alarm_is_set,
    the_pool_is_added_to,
)

if __name__ == "__main__":
    for each in CHECKS:
        SUITE.check(each)
    sys.exit(SUITE.main())
