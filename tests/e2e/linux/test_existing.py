"""What Linux has: the clients of loop, watchdog and uinput in the guests, against the tools that everybody uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kgen.cli import main
from tests.client.build import write_client
from tests.e2e.linux.conftest import Python
from tests.support.generated import ROOT
from tests.support.guest import Guest, Guests

SUITE = os.path.join(ROOT, "tests", "suites", "linux_interfaces.py")
MODULES = {
    "loop": (("loop", "max_loop=0"),),
    "watchdog": (("softdog", "soft_noboot=1"),),
    "uinput": (("uinput",), ("evdev",)),
}
CHECKS = {"loop": 3, "watchdog": 2, "uinput": 3}


def imported(folder: Path) -> str:
    """The client of linux/input.h, of which no line was written by hand."""
    schema = folder / "evdev.yaml"
    header = "/usr/include/linux/input.h"
    assert main(["import", header, "--interface", "evdev", "-o", str(schema)]) == 0
    return write_client(str(schema), str(folder / "evdev"))


@pytest.mark.parametrize("name", MODULES)
def test_client(guest: Guest, python: Python, name: str, tmp_path: Path) -> None:
    place = write_client(os.path.join(ROOT, "schemas", "linux", f"{name}.yaml"), str(tmp_path))
    places = [place, *([imported(tmp_path)] if name == "uinput" else [])]
    for module in MODULES[name]:
        guest.run("modprobe", *module)
    ran = python(SUITE, name, path=[*places, os.path.dirname(SUITE)])
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures) + ran.stderr
    assert len(results) == CHECKS[name], ran.stderr
    for module in reversed(MODULES[name]):
        guest.run("rmmod", module[0])


CALLS = """
import contextlib, io, json, sys
from kgen.cli import main
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["call", *arguments])
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


def test_the_command_line_calls_a_watchdog(guests: Guests) -> None:
    """Of the same device by the same client: what `kgen call` prints is what sysfs says."""
    guest = guests.get("6.12")
    schema = os.path.join(ROOT, "schemas", "linux", "watchdog.yaml")
    guest.run("modprobe", "softdog", "soft_noboot=1")
    device = ["--device", "/dev/watchdog0"]
    calls = [
        [schema, "get_support", *device],
        [schema, "set_timeout", *device, "--json", '{"seconds": 33}'],
        [schema, "get_temp", *device],
    ]
    ran = guest.python("-c", CALLS, json.dumps(calls), path=[ROOT])
    support, timeout, refused = map(json.loads, ran.stdout.splitlines())
    found = json.loads(support[1])
    identity = guest.run("cat", "/sys/class/watchdog/watchdog0/identity").stdout.strip()
    assert found["identity"] == identity == "Software Watchdog"
    assert found["options"] == ["set_timeout", "magic_close", "keep_alive_ping"]
    assert (timeout[0], json.loads(timeout[1])) == (0, {"seconds": 33})
    assert guest.run("cat", "/sys/class/watchdog/watchdog0/timeout").stdout == "33\n"
    assert refused[:2] == [1, ""]
    assert refused[2].startswith("UnknownCodeError: get_temp: ")
    guest.run("sh", "-c", "printf V >/dev/watchdog0")
    guest.run("rmmod", "softdog")
