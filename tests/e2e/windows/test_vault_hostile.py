"""The vault driver in Wine under hostile calls: what comes back is what the independent model answers, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.windows.raw import attack
from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Call, Hostile
from tests.suites.vault_model import VaultModel
from tests.support.generated import ROOT, build, compile_generated_driver, inspected
from tests.support.wine import Prefix

SCHEMA = os.path.join(ROOT, "schemas", "vault.yaml")
AUTHOR = os.path.join(ROOT, "examples", "vault", "driver")
SEED = 20260728
NOISE = 6000

KEY = bytes(range(1, 17))
ONCE, SESSION, FOREVER = 1, 2, 3
AUDITED, REPLACE = 1, 2


@pytest.fixture(scope="module")
def interface() -> Interface:
    return Interface(SCHEMA, inspected(SCHEMA))


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("vault"))
    generated = build(SCHEMA, folder)
    return compile_generated_driver(
        generated, AUTHOR, os.path.join(folder, "vault.sys"), "mingw-gcc"
    )


def calls_of(interface: Interface) -> list[Call]:
    def request(ioctl: str, /, **values: object) -> bytes:
        type_ = interface.ioctls[ioctl].request
        assert type_ is not None
        return type_.encode(values)

    def seal(label: str, length: int, lifetime: int = FOREVER, flags: int = 0) -> bytes:
        secret = [(length + 3 * i) & 0xFF for i in range(length)]
        return request("seal", lifetime=lifetime, flags=flags, key=KEY, label=label, secret=secret)

    def record(label: str, length: int) -> bytes:
        return label.encode().ljust(32, b"\0") + length.to_bytes(4, "little") + b"r" * length

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
    hostile = Hostile(interface, good, data, last=["lock"], seed=SEED)
    code = interface.ioctls["seal"].code
    setup = [Call("setup", code, seal(*slot), FILL * 4) for slot in slots]
    return [*setup, *hostile.all(NOISE)]


def test_every_hostile_call_is_answered_as_the_model_answers(
    wine: Prefix, driver: str, interface: Interface, tmp_path: Path
) -> None:
    calls = calls_of(interface)
    statuses, traces = attack(wine, driver, r"\\.\Vault", interface, VaultModel(), calls, tmp_path)

    # The calls were hostile enough: every status came, and every rule of every field was broken.
    assert set(statuses) == {
        "ok", "truncated", "unknown_code", "access_denied", "bad_length", "too_big", "short_buffer", "invalid",
        "exists", "no_space", "not_found", "wrong_key", "locked",
    }  # fmt: skip
    assert set(traces) == {
        "vault: code",
        "vault.interface_info: length", "vault.interface_info: capacity",
        "vault.seal: length", "vault.seal: capacity", "vault.seal: lifetime: enum", "vault.seal: flags: flags",
        "vault.seal: label: string", "vault.seal: secret_count: count", "vault.seal: secret: length",
        "vault.unseal: length", "vault.unseal: capacity", "vault.unseal: slot: range",
        "vault.list: length", "vault.list: capacity", "vault.list: first: range",
        "vault.erase: length", "vault.erase: slot: range",
        "vault.get_status: length", "vault.get_status: capacity",
        "vault.lock: length",
        "vault.read_audit: length", "vault.read_audit: capacity",
        "vault.load: length", "vault.load: lifetime: enum", "vault.load: reserved: reserved",
    }  # fmt: skip
