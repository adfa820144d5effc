"""Headers of Linux, imported with an overlay and nothing else, driven in the guests by 64-bit and 32-bit programs."""

from __future__ import annotations

import json
import os

import pytest

from tests.e2e.linux.conftest import Python
from tests.support.generated import ROOT
from tests.support.guest import Guest
from tests.support.imported import LINUX, imported_client

SUITE = os.path.join(ROOT, "tests", "suites", "imported_interfaces.py")
HEADERS = {"loop": ["loop.h"], "tun": ["if_tun.h", "if.h"], "rtc": ["rtc.h"]}
MODULES = {"loop": ["loop", "max_loop=0"], "tun": ["tun"]}
CHECKS = {"loop": 1, "tun": 1, "rtc": 2}


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = str(tmp_path_factory.mktemp("imported"))
    return {
        name: imported_client(folder, name, [os.path.join(LINUX, each) for each in headers])
        for name, headers in HEADERS.items()
    }


@pytest.mark.parametrize("name", HEADERS)
def test_client(guest: Guest, python: Python, name: str, clients: dict[str, str]) -> None:
    module = MODULES.get(name)
    if module is not None:
        guest.run("modprobe", *module)
    ran = python(SUITE, name, path=[clients[name], os.path.dirname(SUITE)])
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures) + ran.stderr
    assert len(results) == CHECKS[name], ran.stderr
    if module is not None:
        guest.run("rmmod", module[0])
