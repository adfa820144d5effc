"""Requests that point to more memory, in Wine.

Wine runs drivers in a process of their own, where a caller's addresses mean nothing; but for the page that Windows maps
at one address into every process (KUSER_SHARED_DATA, ntddk.h), which any caller can point to.
"""

from __future__ import annotations

import os

import pytest

from tests.support.generated import ROOT, build, compile_generated_driver
from tests.support.kmdf import compile_kmdf_driver
from tests.support.wine import Prefix

HERE = os.path.join(ROOT, "tests", "e2e", "pointers")
AUTHOR = os.path.join(HERE, "driver")
COMPILE = {"wdm": compile_generated_driver, "kmdf": compile_kmdf_driver}
CALLS = """
import ctypes
from courier import *

SHARED, SYSTEM_ROOT = 0x7FFE0000, 0x30
there = ctypes.string_at(SHARED + SYSTEM_ROOT, 20)

def refused(call):
    try:
        return call()
    except DeviceError as error:
        return type(error).__name__

with Courier.open() as device:
    got = device.swap(words=SHARED + SYSTEM_ROOT, bytes_=20)
    print(there[:6], got.first == there[0] << 8 | there[1], got.total == sum(there), got.steady)
    print(device.unlock(key=SHARED + SYSTEM_ROOT).total == sum(there[:16]))
    print(device.send(parcels=0, label=0, parcel_count=0, label_size=0))
    print(device.place(Order(level=4, extra=0, extra_count=0)).total)
    print(device.place(Order(level=4)).total)
    print(refused(lambda: device.swap(words=SHARED, bytes_=4098)))
    print(refused(lambda: device.swap(words=SHARED, bytes_=3)))
    print(refused(lambda: device.unlock(key=0)))
    print(refused(lambda: device.unlock(key=1 << 63)))
    print(refused(lambda: device.unlock(key=0xFFFF800000000000)))
    print(refused(lambda: device.send(parcels=SHARED, label=0, parcel_count=1, label_size=0)))
    print(refused(lambda: device.send(parcels=SHARED, label=0, parcel_count=65, label_size=0)))
"""
ANSWERS = """\
b'C\\x00:\\x00\\\\\\x00' True True True
True
Sum(total=0, first=0, steady=True)
4
4
InvalidError
InvalidError
FaultError
FaultError
FaultError
InvalidError
InvalidError
"""


@pytest.mark.parametrize("kind", COMPILE)
def test_what_a_request_points_to(
    wine: Prefix, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp(kind))
    made = build(os.path.join(HERE, "courier.yaml"), folder, [kind, "python"])
    driver = COMPILE[kind](made, AUTHOR, f"{folder}/courier.sys", "clang")
    with wine.driver(driver, "courier"):
        ran = wine.python("-c", CALLS, path=[os.path.join(made, "python")])
    assert ran.stdout == ANSWERS
