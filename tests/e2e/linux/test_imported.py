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
HEADERS = {
    "loop": ["loop.h"],
    "tun": ["if_tun.h", "if.h"],
    "rtc": ["rtc.h"],
    "entropy": ["random.h"],
}
MODULES = (("loop", "max_loop=0"), ("tun",))
CHECKS = 5


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = str(tmp_path_factory.mktemp("imported"))
    return [
        imported_client(folder, name, [os.path.join(LINUX, each) for each in headers])
        for name, headers in HEADERS.items()
    ]


def test_clients(guest: Guest, python: Python, clients: list[str]) -> None:
    for module in MODULES:
        guest.run("modprobe", *module)
    ran = python(SUITE, path=[*clients, os.path.dirname(SUITE)])
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures) + ran.stderr
    assert len(results) == CHECKS, ran.stderr
    for name, *_ in MODULES:
        guest.run("rmmod", name)
