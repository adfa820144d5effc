"""The checked-in vectors on three hosts: each answers what the vector says, and all alike in every byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.differential.conftest import Made
from tests.suites.hostile import Call, Result
from tests.suites.vectors import PASSES, alone, call_of, vectors
from tests.support.generated import build
from tests.support.hosts import EXAMPLES, HOSTS, compare
from tests.support.wine import Prefix, windows_path

CONTRACT = "internal"
"""A handler that was reached, and did what it may not."""


def problem(vector: Any, call: Call, result: Result) -> str:
    """What is wrong with an answer, the vector asked alone; empty where nothing is."""
    ntstatus, win32, information, out = result
    if ntstatus not in vector.allowed or win32 not in vector.win32:
        return f"{vector.id}: {vector.expect} expected, came {ntstatus:#x} = error {win32}"
    if vector.expect != PASSES and (information or out not in (None, call.out)):
        return f"{vector.id}: {information} bytes of {out!r} came back with {vector.expect}"
    return ""


def traces(answered: list[Any], results: list[Result]) -> list[str]:
    """What a driver has to trace: each refusal but for want of access; a handler's own fault is not ours to know."""
    found = []
    for vector, (ntstatus, *_) in zip(answered, results, strict=True):
        if vector.expect != PASSES and vector.rule != "access":
            found.append(vector.trace)
        elif vector.expect == PASSES and vector.allowed[ntstatus] == CONTRACT:
            found.append("")
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_host_answers_as_the_vectors_say(made: Made, name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    asked = alone(name)
    assert len(asked) > 400
    calls = [call_of(vector) for vector in asked]
    answers = {host: send(calls, tmp_path) for host, send in made(name).items()}
    assert tuple(answers) == HOSTS
    for host, (results, traced) in answers.items():
        wrong = [problem(*each) for each in zip(asked, calls, results, strict=True)]
        assert not any(wrong), f"{host}: " + "\n".join(filter(None, wrong))
        wanted = traces(asked, results)
        pairs = zip(traced, wanted, strict=True)
        assert [one for one, other in pairs if other and one != other] == [], host
    # Alike among themselves, and as the independent model of boundary and handlers has it: replies too.
    found = compare(example, example.interface(), calls, answers)
    assert not found.problems, found.report()


REPLAY = """
import sys
from importlib import import_module
from kgen_vectors import load, replay

path, package = sys.argv[1:]
device = getattr(import_module(package), package.title())
wrong = []
vectors = load(path)
for vector in vectors:
    wrong += [f"{vector}: {each}" for each in replay(vector, device.open)]
print(len(vectors), wrong)
"""


@pytest.mark.parametrize(
    ("name", "framework"), [("vault", "wdm"), ("tour", "wdm"), ("tour", "kmdf")]
)
def test_a_device_is_tested_as_the_docs_say(
    made: Made, wine: Prefix, tmp_path: Path, name: str, framework: str
) -> None:
    """In Windows' own Python, by the generated client and the modules beside the vectors: with handles of its own."""
    example = EXAMPLES[name]
    generated = build(example.schema, str(tmp_path), ["python", "vectors"])
    file = Path(generated, "vectors", f"{name}_vectors.json")
    driver: Any = made(name)[framework]
    with wine.driver(driver.driver, driver.name):
        ran = wine.python(
            "-c",
            REPLAY,
            windows_path(str(file)),
            name,
            path=[f"{generated}/python", f"{generated}/vectors"],
        )
    assert ran.stdout == f"{len(vectors(name))} []\n"
