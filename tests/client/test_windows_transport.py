"""The Windows transport against a driver that pends, in Windows CPython in Wine."""

from __future__ import annotations

import os
from pathlib import Path

from tests.client.build import ROOT, write_client
from tests.support.fixtures import wine
from tests.support.toolchain import compile_driver
from tests.support.wine import Prefix

__all__ = ["wine"]

HARNESS = os.path.join(ROOT, "tests", "e2e", "windows", "harness_driver")


def test_windows_transport(wine: Prefix, tmp_path: Path) -> None:
    driver = compile_driver(
        [os.path.join(HARNESS, "harness.c")],
        str(tmp_path / "harness.sys"),
        "mingw-gcc",
        seh_sources=[os.path.join(HARNESS, "harness_seh.c")],
    )
    place = write_client(os.path.join(ROOT, "schemas", "vault.yaml"), str(tmp_path))
    with wine.driver(driver, "harness"):
        script = os.path.join(os.path.dirname(__file__), "windows_transport.py")
        result = wine.python(script, path=[place], timeout=120)
    expected = [f"{check} ok" for check in CHECK_NAMES]
    assert result.stdout.splitlines() == expected, result.stdout + result.stderr


CHECK_NAMES = [
    "bytes_come_back",
    "a_refused_call_tells_its_status",
    "rights_are_those_of_open",
    "opening_fails_as_open_does",
    "one_call_waits_while_others_run",
    "close_ends_a_waiting_call",
    "an_interrupt_ends_a_waiting_call",
    "threads_do_not_mix",
]
