"""Runs in Windows CPython, started by run.py: a vault is used, then attacked. One line per call."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

import vault
from vault import Lifetime, SealFlags, Vault

KEY = bytes(range(16))
WRONG_KEY = bytes(16)
WIDTH = 58


def say(call: str, answer: object) -> None:
    print(f"  {call:<{WIDTH}} {answer}", flush=True)


def show(call: str, run: Callable[[], object]) -> Any:
    """Makes a call and shows what came of it."""
    try:
        result = run()
    except (vault.VaultError, vault.ValidationError) as error:
        result = None
        say(call, f"{type(error).__name__}: {error}")
    else:
        say(call, "done" if result is None else result)
    return result


def use(device: Vault) -> None:
    def seal(
        label: str, secret: bytes, lifetime: Lifetime, flags: SealFlags
    ) -> Callable[[], object]:
        return lambda: device.seal(
            lifetime=lifetime, flags=flags, key=KEY, label=label, secret=secret
        )

    audited, plain = SealFlags.AUDITED, SealFlags(0)
    show(
        "seal(label='front door', secret=b'4711', lifetime=ONCE)",
        seal("front door", b"4711", Lifetime.ONCE, audited),
    )
    show(
        "seal(label='treasure map', secret=<1000 bytes>)",
        seal("treasure map", bytes(1000), Lifetime.FOREVER, plain),
    )
    show(
        "seal(label='treasure map', ...) again",
        seal("treasure map", b"fake", Lifetime.FOREVER, plain),
    )
    show("seal(label='x' * 32, ...)", seal("x" * 32, b"1", Lifetime.ONCE, plain))
    listed = device.list(first=0)
    say(
        "list(first=0)",
        f"{listed.total} entries: " + ", ".join(repr(entry.label) for entry in listed.entries),
    )
    show("unseal(slot=0, key=wrong)", lambda: device.unseal(slot=0, key=WRONG_KEY))
    reply = show("unseal(slot=0, key=key)", lambda: device.unseal(slot=0, key=KEY))
    say("    reply.secret, never shown by itself", reply.secret)
    show("unseal(slot=0, key=key) once more", lambda: device.unseal(slot=0, key=KEY))
    trail = bytearray(64)
    length = device.read_audit(offset=0, data=trail)
    say("read_audit(offset=0, data=bytearray(64))", f"{length} bytes: {bytes(trail[:length])!r}")
    show("get_status()", device.get_status)
    with Vault.open(access="r") as reader:
        show("erase(slot=1) on a handle opened for reading", lambda: reader.erase(slot=1))


def attack(device: Vault) -> None:
    """What no client sends: bytes as they are, through DeviceIoControl."""

    def seal(
        label: bytes = b"ok", count: int = 4, lifetime: int = 1, secret: bytes = b"evil"
    ) -> bytes:
        return struct.pack("=II16s32sI", lifetime, 0, KEY, label, count) + secret

    def send(about: str, ioctl: str | int, request: bytes, room: int) -> None:
        reply = bytearray(b"\xee" * room)
        failure, done = device.raw(ioctl, request, reply)
        untouched = reply == b"\xee" * room and done == 0
        answer = "accepted" if failure is None else f"error {failure.code}"
        say(
            f"! {about}",
            f"{answer}, {'not a byte came back' if untouched else f'{done} bytes came back'}",
        )

    send("seal: a label without an end", "seal", seal(label=b"A" * 32), 4)
    send("seal: says 1024 bytes, brings 4", "seal", seal(count=1024), 4)
    send("seal: says 4294967295 bytes, brings 4", "seal", seal(count=0xFFFFFFFF), 4)
    send("seal: a lifetime of 4", "seal", seal(lifetime=4), 4)
    send("seal: cut after 7 bytes", "seal", seal()[:7], 4)
    send("unseal: slot 16 of 16", "unseal", struct.pack("=I16s", 16, KEY), 1032)
    send("unseal: room for 7 bytes", "unseal", struct.pack("=I16s", 1, KEY), 7)
    send("seal by a code without its access bits", 0x8A172004, seal(), 4)


def main() -> None:
    major, minor, micro = sys.version_info[:3]
    with Vault.open() as device:
        version = device.driver_version
        assert version is not None
        print(
            f"Windows CPython {major}.{minor}.{micro} imports the generated client:\n", flush=True
        )
        say(
            "vault = Vault.open()",
            f"the driver speaks vault {version[0]}.{version[1]}, hashes agree",
        )
        use(device)
        print("\nThe same device, called with hostile bytes:\n", flush=True)
        attack(device)


if __name__ == "__main__":
    main()
