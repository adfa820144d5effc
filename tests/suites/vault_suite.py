"""What a vault does, seen through its generated Python client; the same text for every driver and system.

Run by the Python of the client's machine, with the package `vault` on its path and a fresh driver loaded:

    python vault_suite.py

One JSON line per check, see suite.py. The checks run in their order; each begins with an empty vault, and the last
one locks it. Where `Vault.open` cannot reach the driver, as with a simulator, put this folder on the path, import
this module and call `run(connect)`: `connect(access)` opens the device for "r", "w", "rw" or "none".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import vault_client_checks
import vault_driver_checks
from vault import Vault
from vault_tools import KEY, OTHER_KEY, SUITE, Connect, check, refused, seal

__all__ = ["main", "run", "vault_client_checks", "vault_driver_checks"]


@check
def a_locked_vault_gives_nothing_back(connect: Connect) -> None:
    """The last one: nothing unlocks a vault but a new start of its driver."""
    with connect("rw") as device:
        slot = seal(device, "locked in")
        device.lock()
        for key in (KEY, OTHER_KEY):
            refused("LockedError", lambda key=key: device.unseal(slot=slot, key=key))
        refused("LockedError", lambda: device.unseal(slot=slot + 1, key=KEY))
        assert device.list(first=0).total == 1
        device.erase(slot=slot)
        device.lock()


def empty(connect: Connect) -> None:
    with connect("rw") as device:
        for entry in device.list(first=0).entries:
            device.erase(slot=entry.slot)


def run(connect: Connect) -> Iterator[dict[str, Any]]:
    return SUITE.run(connect, before=empty)


def main() -> int:
    return SUITE.main(lambda access: Vault.open(access=access), before=empty)


if __name__ == "__main__":
    sys.exit(main())
