"""The checked-in vectors in the guests, replayed as the docs say: by the generated client, of a 64-bit and a 32-bit Python."""

from __future__ import annotations

import os

import pytest

from tests.e2e.linux.conftest import Built, Python
from tests.suites.vectors import on_linux
from tests.support.generated import ROOT
from tests.support.guest import Guest
from tests.support.linux_calls import traced

REPLAY = """
import sys
from importlib import import_module
from kgen_vectors import load, replay

path, package = sys.argv[1:]
device = getattr(import_module(package), package.title())
wrong = []
vectors = load(path, "linux")
for vector in vectors:
    wrong += [f"{vector}: {each}" for each in replay(vector, device.open)]
print(len(vectors), *wrong, sep="\\n")
"""
LEAST = {"vault": 300, "tour": 1000}
NO_TRACE = ("passes", "unknown_code")
"""What a handler says, and a number, which the module traces by itself."""

OF_HANDLERS: dict[str, set[str]] = {
    "vault": set(),
    "tour": {"tour.trace_points: weights_count: count"},
}
"""What a handler breaks where its request is good."""


@pytest.mark.parametrize("name", LEAST)
def test_a_device_is_tested_as_the_docs_say(
    guest: Guest, python: Python, generated: Built, module: Built, name: str
) -> None:
    folder = os.path.join(ROOT, "generated", name, "vectors")
    start = len(guest.log)
    with guest.module(module(name)):
        ran = python(
            "-c",
            REPLAY,
            os.path.join(folder, f"{name}_vectors.json"),
            name,
            path=[os.path.join(generated(name), "python"), folder],
        )
    asked = on_linux(name)
    assert len(asked) > LEAST[name]
    assert ran.stdout == f"{len(asked)}\n", ran.stdout + ran.stderr
    # Refused for the reason that the vector names.
    told = [line for line in traced(guest.log[start:]) if not line.endswith(": code")]
    wanted = [vector.trace for vector in asked if vector.expect not in NO_TRACE]
    assert [line for line in told if line not in OF_HANDLERS[name]] == wanted
