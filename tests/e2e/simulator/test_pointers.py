"""Requests that point to more of the caller's memory: handlers in C under sanitizers, and in Python."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.generated import ROOT
from tests.support.simulated import Simulated, simulated

HERE = os.path.join(ROOT, "tests", "e2e", "pointers")
CALLS = """
import ctypes, sys
from courier import *
from courier.simulator import *

def refused(call):
    try:
        return call()
    except DeviceError as error:
        return type(error).__name__

def packed(*parcels):
    return bytearray(b"".join(bytes(parcel) for parcel in parcels))

class Own(CourierHandlers):
    def on_send(self, call, request, parcels, label):
        assert (request.parcels, request.label) == (0, 0), request
        assert len(parcels) == request.parcel_count and type(label) is bytes
        first = parcels[0].weight if parcels else 0
        return Sum(total=(sum(p.weight for p in parcels) << 32) + sum(label), first=first, steady=True)
    def on_swap(self, call, request, words):
        return Sum(total=sum(sum(divmod(w, 256)) for w in words), first=words[0], steady=True)
    def on_unlock(self, call, request, key):
        return Sum(total=sum(key), first=key[0], steady=True)
    def on_place(self, call, request, extra):
        total = request.level + sum(extra)
        return Sum(total=total, first=extra[0] if extra else 0, steady=True)

ONE, TWO = (Parcel(weight=w, kind=Kind.PLAIN, name="x") for w in (7, 9))
given = {"library": sys.argv[1]} if len(sys.argv) > 1 else {"handlers": Own()}
with CourierSimulator(**given) as simulator, simulator.open() as device:
    def send(*parcels, count=None, label=b""):
        return device.send(
            parcels=packed(*parcels), label=bytearray(label), label_size=len(label),
            parcel_count=len(parcels) if count is None else count,
        )
    print(send(ONE, TWO, label=b"AB"))
    print(send())
    print(device.swap(words=bytearray(b"\\x12\\x34\\x01\\x02"), bytes_=4))
    print(device.unlock(key=bytearray(range(16))))
    print(device.place(Order(level=3, extra=bytearray(b"\\x05\\0\\0\\0\\x06\\0\\0\\0"), extra_count=2)))
    print(device.place(Order(level=3)))
    print(refused(lambda: send(ONE, count=65)))
    wrong = packed(ONE, TWO)
    wrong[16:20] = bytes(4)
    def raw(parcels, count, label=0, size=0):
        return refused(lambda: device.send(
            parcels=parcels, label=label, parcel_count=count, label_size=size))
    print(raw(wrong, 2))
    print(raw(0, 1), raw(1 << 63, 1), raw(2**64 - 8, 1), raw(8, 64))
    print(refused(lambda: device.swap(words=wrong, bytes_=3)))
    with simulator.open(is_32_bit=True) as narrow:
        far = ctypes.create_string_buffer(16)
        assert ctypes.addressof(far) >> 32
        print(refused(lambda: narrow.unlock(key=ctypes.addressof(far))))
    for line in simulator.refusals:
        print(line)
"""
ANSWERS = """\
Sum(total=68719476867, first=7, steady=True)
Sum(total=0, first=0, steady=True)
Sum(total=73, first=4660, steady=True)
Sum(total=120, first=0, steady=True)
Sum(total=14, first=5, steady=True)
Sum(total=3, first=0, steady=True)
InvalidError
InvalidError
FaultError FaultError FaultError FaultError
InvalidError
FaultError
courier.send: parcel_count: count
courier.send: parcels[1].weight: range
courier.send: parcels: pointer
courier.send: parcels: pointer
courier.send: parcels: pointer
courier.send: parcels: pointer
courier.swap: bytes: count
courier.unlock: key: pointer
"""


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = str(tmp_path_factory.mktemp("courier"))
    return simulated(os.path.join(HERE, "courier.yaml"), os.path.join(HERE, "driver"), folder)


def test_handlers_in_c(courier: Simulated) -> None:
    library = str(courier.library("sanitize"))
    assert courier.start("-c", CALLS, library, sanitized=True) == ANSWERS


def test_handlers_in_python(courier: Simulated) -> None:
    assert courier.start("-c", CALLS) == ANSWERS


BREAKS = {
    "the address is left there": (
        "memset((char *)captured + field->offset, 0, sizeof(address));",
        "",
    ),
    "any count": ("count > field->most / field->count_unit", "false"),
    "part of an element": ("return *size % field->element == 0;", "return true;"),
    "all bits of a 32-bit caller": ("caller->is_32_bit && address > UINT32_MAX", "false"),
    "too little memory": ("total += ((uint64_t)size + 7) & ~(uint64_t)7;", "total = 8;"),
    "one over the other": ("used += kgen_round_up(size);", ""),
    "what could not be copied": ("KGEN_RULE_POINTER, KGEN_FAULT)", "KGEN_RULE_POINTER, KGEN_OK)"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_break_is_seen(broken: str, tmp_path: Path) -> None:
    text, other = BREAKS[broken]
    made = simulated(
        os.path.join(HERE, "courier.yaml"), os.path.join(HERE, "driver"), str(tmp_path)
    )
    rules = made.folder / "core" / "kgen_pointers.h"
    source = rules.read_text(encoding="utf-8")
    assert source.count(text) == 1
    rules.write_text(source.replace(text, other), encoding="utf-8")
    library = str(made.library("sanitize"))
    try:
        seen = made.start("-c", CALLS, library, sanitized=True)
    except AssertionError:
        return  # a sanitizer, or the client, ended the program
    assert seen != ANSWERS
