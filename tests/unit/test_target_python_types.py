"""The generated packages under `mypy --strict`, and a program that uses one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.client.build import ROOT, write_client

RIGHT = """
import uuid

from tour import Figure, Mood, Point, Reading, Tour
from vault import Lifetime, SealFlags, SealReply, SealRequest, Usage, Vault, WrongKeyError


def use(device: Vault, key: bytes) -> int:
    reply: SealReply = device.seal(
        lifetime=Lifetime.ONCE, flags=SealFlags(0), key=key, label="x", secret=bytearray(b"y")
    )
    request = SealRequest(
        lifetime=Lifetime.ONCE, flags=SealFlags.AUDITED, key=key, label="x", secret=b"y"
    )
    again: SealReply = device.call(request)
    usage: Usage = device.get_status()
    new: int | None = usage.unseals
    labels: list[str] = [entry.label for entry in device.list(first=0).entries]
    count: int = device.read_audit(offset=0, data=bytearray(8))
    try:
        secret: bytes = device.unseal(slot=reply.slot, key=key).secret
    except WrongKeyError as error:
        status: int | None = error.ntstatus
    return again.slot + (new or 0) + count + len(labels)


def more(device: Tour) -> None:
    level: int = device.get_level()
    device.set_level(level)
    figure: Figure = Figure.dot(Point(x=1, y=2))
    reading: Reading = Reading(ticks=1, level=level, mood=Mood.GOOD)
    trend: int | None = reading.trend
    with Vault.open(access="r", check=False) as vault:
        vault.lock()
"""
WRONG = """
from vault import SealReply, SealRequest, Vault


def use(device: Vault) -> None:
    device.erase(slot="1")
    device.erase(3)
    device.seal(label="x")
    reply: str = device.get_status()
    SealReply(slit=1)
    SealReply(slot=1).slot = 2
    device.open(access="x")
"""


def mypy(folder: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context",
         "--cache-dir", str(folder / "cache"), *paths],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_clients_and_their_users_are_typed(tmp_path: Path) -> None:
    place = tmp_path / "packages"
    place.mkdir()
    names = ["vault", "tour", "sensor", "mountmgr", "serial", "odds", "radio"]
    for name in names:
        folder = "tests/client/schemas" if name in ("odds", "radio") else "schemas"
        made = write_client(os.path.join(ROOT, folder, f"{name}.yaml"), str(tmp_path / name))
        os.rename(os.path.join(made, name), place / name)
    (place / "right.py").write_text(RIGHT, encoding="utf-8")
    done = mypy(place, *names, "right.py")
    assert done.returncode == 0, done.stdout + done.stderr

    (place / "wrong.py").write_text(WRONG, encoding="utf-8")
    done = mypy(place, "wrong.py")
    found = [line.split(":")[1] for line in done.stdout.splitlines() if ": error: " in line]
    assert sorted(set(found), key=int) == ["6", "7", "8", "9", "10", "11", "12"], done.stdout
