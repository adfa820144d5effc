"""The vault's module while several threads are at it: memory rewritten or taken away under a call, and random calls."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.e2e.linux.conftest import Built
from tests.suites.linux_argument import argument_of
from tests.support.guest import Guest
from tests.support.hosts import EXAMPLES
from tests.support.linux_calls import BITS, program

HERE = Path(__file__).parent / "race"
ROUNDS = 1500
RACES = {
    "a request that is rewritten",
    "a request that is taken away",
    "data that is rewritten",
    "data that is taken away",
    "a descriptor that is rewritten",
    "a reply that is taken away",
}
CALLS = 12000
SEED = 20261128

CORE = {0, errno.EPERM, errno.E2BIG, errno.EACCES, errno.EFAULT, errno.EINVAL, errno.ENOTTY}
"""Answers that random calls have to come upon; those below they may."""
AUTHORS = {errno.ENOENT, errno.EEXIST, errno.ENOSPC, errno.EKEYREJECTED}


def compiled(name: str, bits: int, generated: str) -> str:
    return program(bits, str(HERE / f"{name}.c"), [os.path.join(generated, "linux")])


@pytest.mark.parametrize("bits", BITS)
def test_what_is_checked_is_what_is_used(
    guest: Guest, generated: Built, module: Built, bits: int
) -> None:
    """Every race goes both ways, and no value gets past its check."""
    with guest.module(module("vault"), trace=False):
        ran = guest.run(compiled("race", bits, generated("vault")), "/dev/vault", str(ROUNDS))
    counts = {}
    for line in ran.stdout.splitlines():
        name, passed, refused = line.rsplit(" ", 2)
        counts[name] = (int(passed), int(refused))
    assert set(counts) == RACES
    assert all(sum(both) >= ROUNDS and min(both) > 0 for both in counts.values()), counts


@pytest.mark.parametrize("bits", BITS)
def test_random_calls_of_several_threads(
    guest: Guest, generated: Built, module: Built, bits: int
) -> None:
    interface = EXAMPLES["vault"].interface()
    numbers = [argument_of(interface, ioctl).number() for ioctl in interface.ioctls.values()]
    words = ["/dev/vault", str(CALLS), str(SEED), *map(str, numbers)]
    with guest.module(module("vault"), trace=False):
        ran = guest.run(compiled("storm", bits, generated("vault")), *words)
    came = {int(error): int(count) for error, count in map(str.split, ran.stdout.splitlines())}
    assert CORE <= set(came) <= CORE | AUTHORS
    assert sum(came.values()) == 3 * CALLS
