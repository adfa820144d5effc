"""Tracepoints of the vault's module in both kernels, as a person reads them."""

from __future__ import annotations

import re

from tests.e2e.linux.conftest import Built, Python
from tests.support.guest import Guest

EVENTS = "/sys/kernel/tracing/events/vault"
CALLS = """
import fcntl, struct, sys

print(sys.maxsize.bit_length() + 1)
with open("/dev/vault", "r+b", buffering=0) as file:
    def call(number, argument):
        try:
            fcntl.ioctl(file, number, argument)
        except OSError as error:
            print(error.errno)

    call(0x8010BA05, bytearray(16))               # get_status
    call(0x4004BA04, struct.pack("<I", 99))       # erase: no such slot
    call(0xC040BA01, bytearray(64))               # seal: no lifetime is 0
    call(0x0000BA77, 0)                           # nothing of the vault's
"""


def test_calls_and_refusals(guest: Guest, python: Python, module: Built) -> None:
    with guest.module(module("vault")):
        guest.run("sh", "-c", f"echo 1 > {EVENTS}/enable")
        ran = python("-c", CALLS, path=[])
        told = guest.run("cat", "/sys/kernel/tracing/trace").stdout
        form = guest.run("cat", f"{EVENTS}/vault_ioctl/format").stdout
        guest.run("sh", "-c", f"echo 0 > {EVENTS}/enable; echo > /sys/kernel/tracing/trace")
    bits, *errors = ran.stdout.split()
    assert errors == ["22", "22", "25"]
    compat = int(bits == "32")
    lines = re.findall(r": (vault_\w+: .*)", told)
    assert lines == [
        f"vault_ioctl: get_status number=0x8010ba05 compat={compat} answer=0",
        "vault_refused: vault.erase field=slot rule=range",
        f"vault_ioctl: erase number=0x4004ba04 compat={compat} answer=-22",
        "vault_refused: vault.seal field=lifetime rule=enum",
        f"vault_ioctl: seal number=0xc040ba01 compat={compat} answer=-22",
        "vault_refused: vault field= rule=code",
        f"vault_ioctl: 0x77 number=0x0000ba77 compat={compat} answer=-25",
    ]
    assert '{ 5, "get_status" }' in form
