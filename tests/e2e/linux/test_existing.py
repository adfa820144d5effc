"""What Linux has: the clients of loop, watchdog and uinput in the guests, against the tools that everybody uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.client.build import write_client
from tests.support.generated import ROOT
from tests.support.guest import Guest

SUITE = os.path.join(ROOT, "tests", "suites", "linux_interfaces.py")
MODULES = {
    "loop": (("loop", "max_loop=0"),),
    "watchdog": (("softdog", "soft_noboot=1"),),
    "uinput": (("uinput",), ("evdev",)),
}
CHECKS = {"loop": 3, "watchdog": 2, "uinput": 2}


@pytest.mark.parametrize("name", MODULES)
def test_client(guest: Guest, name: str, tmp_path: Path) -> None:
    place = write_client(os.path.join(ROOT, "schemas", "linux", f"{name}.yaml"), str(tmp_path))
    for module in MODULES[name]:
        guest.run("modprobe", *module)
    ran = guest.python(SUITE, name, path=[place, os.path.dirname(SUITE)], check=False)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures) + ran.stderr
    assert len(results) == CHECKS[name], ran.stderr
    for module in reversed(MODULES[name]):
        guest.run("rmmod", module[0])
