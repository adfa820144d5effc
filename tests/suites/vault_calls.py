"""Hostile calls to the vault: its good requests, and what stands behind them."""

from __future__ import annotations

from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Call, Hostile

SEED = 20260728

KEY = bytes(range(1, 17))
ONCE, SESSION, FOREVER = 1, 2, 3
AUDITED, REPLACE = 1, 2


def record(label: str, length: int) -> bytes:
    """One record of a backup, as `load` reads it."""
    return label.encode().ljust(32, b"\0") + length.to_bytes(4, "little") + b"r" * length


def hostile(interface: Interface, seed: int = SEED) -> Hostile:
    def request(ioctl: str, /, **values: object) -> bytes:
        type_ = interface.ioctls[ioctl].request
        assert type_ is not None
        return type_.encode(values)

    def seal(label: str, length: int, lifetime: int = FOREVER, flags: int = 0) -> bytes:
        secret = [(length + 3 * i) & 0xFF for i in range(length)]
        return request("seal", lifetime=lifetime, flags=flags, key=KEY, label=label, secret=secret)

    slots = [
        ("long", 1024, FOREVER, AUDITED),
        ("short", 3, FOREVER, 0),
        ("one byte", 1, SESSION, AUDITED),
    ]
    good = {
        "seal": [
            seal("new", 5),
            seal("é" * 15, 1024, ONCE, AUDITED | REPLACE),
            seal("", 1, SESSION),
        ],
        "unseal": [request("unseal", slot=slot, key=KEY) for slot in (0, 1, 2, 15)],
        "list": [request("list", first=first) for first in (0, 2, 16)],
        "erase": [request("erase", slot=slot) for slot in (12, 15)],
        "read_audit": [request("read_audit", offset=offset) for offset in (0, 3, 1 << 40)],
        "load": [request("load", lifetime=FOREVER, key=KEY)],
    }
    data = {"load": record("loaded", 10) + record("loaded too", 100) + record("new", 1)}
    code = interface.ioctls["seal"].code
    setup = [Call("setup", code, seal(*slot), FILL * 4) for slot in slots]
    return Hostile(interface, good, data, setup=setup, last=["lock"], seed=seed)
