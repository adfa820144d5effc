"""Requests that point to more of the caller's memory, in a kernel: programs of 64 and of 32 bits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.generated import ROOT, build
from tests.support.guest import Guest
from tests.support.kernel_modules import build_module
from tests.support.linux_calls import BITS, program, traced

HERE = os.path.join(ROOT, "tests", "e2e", "pointers")
REFUSED = [
    *["courier.send: parcel_count: count"] * 2,
    *["courier.send: parcels: pointer"] * 6,
    "courier.send: parcels[1].weight: range",
    "courier.send: parcels[1].kind: enum",
    "courier.send: parcels[1].name: string",
    "courier.send: label_size: count",
    *["courier.swap: bytes: count"] * 2,
    "courier.unlock: key: pointer",
    "courier.place: extra_count: count",
]


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("courier")
    return build(os.path.join(HERE, "courier.yaml"), str(folder), ["linux"])


def test_programs_of_all_bits(guest: Guest, courier: str) -> None:
    folder = os.path.join(courier, f"build-{guest.series}")
    module, _ = build_module(courier, guest.kernel.release, folder, os.path.join(HERE, "driver"))
    with guest.module(module):
        for bits in BITS:
            path = program(bits, os.path.join(HERE, "courier.c"), [os.path.join(courier, "linux")])
            start = len(guest.log)
            ran = guest.run(path, "/dev/courier", "200", check=False)
            assert (ran.returncode, ran.stdout) == (0, ""), f"{bits} bits: {ran.stdout}"
            refused = REFUSED[:8] + REFUSED[7:] if bits == 32 else REFUSED
            assert traced(guest.log[start:]) == refused
