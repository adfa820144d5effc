"""The hosts of an example's driver: one sequence of calls is sent to each, and the answers are held against each other."""

from __future__ import annotations

import functools
import os
import pickle
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.suites import tour_calls, vault_calls
from tests.suites.boundary import Interface
from tests.suites.hostile import Call, Hostile, Result, alike, judge
from tests.suites.tour_model import TourModel
from tests.suites.vault_model import VaultModel
from tests.support.generated import ROOT, build, compile_generated_driver, inspected
from tests.support.kmdf import compile_kmdf_driver
from tests.support.simulated import simulated
from tests.support.wine import Prefix, windows_path

RAW_CALLS = os.path.join(ROOT, "tests", "suites", "raw_calls.py")
TRACE = "kgen: refused: "
SHOWN = 20
SEND_TIMEOUT = 600

Compile = Callable[[str, str, str, str], str]
FRAMEWORKS: dict[str, Compile] = {"wdm": compile_generated_driver, "kmdf": compile_kmdf_driver}
HOSTS = ("simulator", *FRAMEWORKS)


class Driver(NamedTuple):
    """A schema with its handlers in C, which say the same on every host."""

    schema: str
    author: str
    device: str
    compilers: dict[str, str]
    """For each of FRAMEWORKS."""

    @property
    def name(self) -> str:
        return os.path.basename(self.schema).removesuffix(".yaml")

    def interface(self) -> Interface:
        return _interface(self.schema)


@functools.cache
def _interface(schema: str) -> Interface:
    return Interface(schema, inspected(schema))


class Example(NamedTuple):
    """An example's driver, and the independent model of its handlers."""

    driver: Driver
    model: Callable[[], Any]
    hostile: Callable[..., Hostile]

    @property
    def name(self) -> str:
        return self.driver.name

    @property
    def schema(self) -> str:
        return self.driver.schema

    def interface(self) -> Interface:
        return self.driver.interface()


def _driver(name: str, device: str, wdm: str, kmdf: str) -> Driver:
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    author = os.path.join(ROOT, "examples", name, "driver")
    return Driver(schema, author, device, {"wdm": wdm, "kmdf": kmdf})


_EXAMPLES = (
    Example(
        _driver("vault", r"\\.\Vault", wdm="mingw-gcc", kmdf="clang"),
        VaultModel,
        vault_calls.hostile,
    ),
    Example(
        _driver("tour", r"\\.\KgenTour", wdm="clang", kmdf="mingw-gcc"),
        TourModel,
        tour_calls.hostile,
    ),
)
EXAMPLES = {example.name: example for example in _EXAMPLES}


class Answers(NamedTuple):
    """What a host answered: a result for each call, and what it traced, one line for each refusal."""

    results: list[Result]
    traces: list[str]


Send = Callable[[Sequence[Call], Path], Answers]


def simulator(schema: str, author: str, folder: str) -> Send:
    """The driver under AddressSanitizer and UBSan, in a process of its own: a finding fails the call of what it returns."""
    made = simulated(schema, author, os.path.join(folder, "simulator"))
    library = str(made.library("sanitize"))

    def send(calls: Sequence[Call], scratch: Path) -> Answers:
        return Answers(*made.send(calls, scratch, "--library", library, sanitized=True))

    return send


class InWine(NamedTuple):
    """A driver file, loaded anew into Wine for each sequence of calls."""

    wine: Prefix
    driver: str
    name: str
    device: str

    def __call__(self, calls: Sequence[Call], scratch: Path) -> Answers:
        """DriverViolation where the driver breaks a rule of the kernel on the way or at unload."""
        start = len(self.wine.debug_lines())
        with self.wine.driver(self.driver, self.name):
            results = send_in_wine(self.wine, self.device, calls, scratch)
        lines = self.wine.debug_lines(start)
        return Answers(
            results, [line.removeprefix(TRACE) for line in lines if line.startswith(TRACE)]
        )


def send_in_wine(wine: Prefix, device: str, calls: Sequence[Call], scratch: Path) -> list[Result]:
    """What came back for each call from a driver that is loaded."""
    sent, received = scratch / "calls.pickle", scratch / "results.pickle"
    plain = [(call.access, call.code, call.request, call.out) for call in calls]
    sent.write_bytes(pickle.dumps(plain))
    paths = (windows_path(str(sent)), windows_path(str(received)))
    wine.python(RAW_CALLS, device, *paths, timeout=SEND_TIMEOUT)
    results: list[Result] = pickle.loads(received.read_bytes())
    return results


def hosts(driver: Driver, wine: Prefix, folder: str) -> dict[str, Send]:
    """The driver, built for each of HOSTS."""
    made: dict[str, Send] = {"simulator": simulator(driver.schema, driver.author, folder)}
    for framework, compile_driver in FRAMEWORKS.items():
        generated = build(driver.schema, os.path.join(folder, framework), [framework])
        file = os.path.join(folder, f"{framework}.sys")
        compile_driver(generated, driver.author, file, driver.compilers[framework])
        made[framework] = InWine(wine, file, driver.name, driver.device)
    return made


class Comparison(NamedTuple):
    """How often each status came, each line of trace, and every difference between two hosts or to the model."""

    statuses: Counter[str]
    traces: Counter[str]
    problems: list[str]

    def report(self) -> str:
        return f"{len(self.problems)} differences:\n" + "\n".join(self.problems[:SHOWN])


def differences(calls: Sequence[Call], answers: dict[str, Answers]) -> list[str]:
    """Every call that two hosts did not answer alike, and every host that traced something else."""
    first, *others = answers
    problems = []
    for name in others:
        pairs = zip(calls, answers[first].results, answers[name].results, strict=True)
        problems += [
            f"call {number}, {call.about}: {first} answered {one}, {name} {other}"
            for number, (call, one, other) in enumerate(pairs)
            if not alike(one, other)
        ]
        if answers[name].traces != answers[first].traces:
            problems.append(f"{name}: the trace is not that of {first}")
    return problems


def compare(
    example: Example,
    interface: Interface,
    calls: Sequence[Call],
    answers: dict[str, Answers],
) -> Comparison:
    """Hold the answers of the hosts against each other, and against the model's."""
    first = next(iter(answers))
    verdict = judge(interface, example.model(), calls, answers[first].results)
    problems = differences(calls, answers)
    problems += [f"{first}: {problem}" for problem in verdict.problems]
    if answers[first].traces != verdict.traces:
        problems.append(f"{first}: the trace is not that of the model")
    return Comparison(Counter(verdict.statuses), Counter(verdict.traces), problems)
