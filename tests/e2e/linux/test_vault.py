"""The vault on Linux: generated module and generated Python client, in the guests. The suite is the one that runs in Wine."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tests.e2e.linux.conftest import Built, Python
from tests.support.generated import ROOT
from tests.support.guest import Guest

SUITE = os.path.join(ROOT, "tests", "suites", "vault_suite.py")

ACCESS = ("seal", "seal", "get_status", "get_status", "lock", "lock")
"""What the suite calls on files that were not opened for it. Windows itself refuses those; here the core does."""


def test_suite_of_the_vault(guest: Guest, python: Python, generated: Built, module: Built) -> None:
    """Every ioctl with good values, every declared error, access rights, growing replies, data buffers."""
    client = os.path.join(generated("vault"), "python")
    start = len(guest.log)
    with guest.module(module("vault")):
        ran = python(SUITE, path=[client])
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
    assert not failures, "\n".join(failures)
    assert ran.returncode == 0, ran.stderr
    files = ("vault_driver_checks.py", "vault_client_checks.py", "vault_suite.py")
    text = "".join(Path(SUITE).with_name(name).read_text(encoding="utf-8") for name in files)
    assert sorted(one["check"] for one in results) == sorted(
        re.findall(r"^@check\ndef (\w+)", text, re.M)
    )
    assert results[-1]["check"] == "a_locked_vault_gives_nothing_back"
    # No call of a correct client is refused for its form, and no handler broke its contract.
    refused = [line for line in guest.log[start:] if line.startswith("vault: refused")]
    assert sorted(refused) == sorted(f"vault: refused: vault.{ioctl}: access" for ioctl in ACCESS)
