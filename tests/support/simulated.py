"""Drivers as shared libraries, in processes of their own: with a sanitizer a finding ends the process."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.suites.hostile import Call, Result
from tests.support.generated import ROOT, build
from tests.support.tools import find_tool

RUNNER = os.path.join(ROOT, "tests", "suites", "simulated.py")
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all"
TIMEOUT = 300


class Simulated(NamedTuple):
    """A generated interface with target `sim`, and how its simulators are run."""

    name: str
    folder: Path
    author: str
    """The folder of the handlers in C."""

    @property
    def package(self) -> str:
        return str(self.folder / "python")

    def library(self, *goals: str, **variables: str) -> Path:
        """The library of the author's handlers, by the generated Makefile."""
        given = [f"{key}={value}" for key, value in {"HANDLERS": self.author, **variables}.items()]
        run([find_tool("make", "make"), "-C", str(self.folder / "sim"), "-s", *given, *goals])
        suffix = "-sanitize.so" if goals == ("sanitize",) else ".so"
        return self.folder / "sim" / "build" / f"{self.name}{suffix}"

    def start(
        self, *arguments: str, path: Sequence[str] = (), sanitized: bool = False, **environment: str
    ) -> str:
        """Run Python with the package on its path; what it printed."""
        variables = {
            **os.environ,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PYTHONPATH": os.pathsep.join([self.package, *path]),
            **environment,
        }
        if sanitized:
            asan = run([find_tool("gcc", "gcc"), "-print-file-name=libasan.so"]).strip()
            # Python's small objects as well are then in memory that the sanitizer watches.
            variables |= {
                "LD_PRELOAD": asan,
                "PYTHONMALLOC": "malloc",
                "ASAN_OPTIONS": "detect_leaks=0",
            }
        return run([sys.executable, *arguments], env=variables)

    def suite(self, *arguments: str, **how: Any) -> tuple[list[str], list[str]]:
        """The checks of the interface's suite, all of them passed; and what the driver traced."""
        lines = self.start(RUNNER, self.name, *arguments, **how).splitlines()
        *results, last = [json.loads(line) for line in lines]
        failures = [f"{one['check']}\n{one['failure']}" for one in results if one["failure"]]
        assert not failures, "\n".join(failures)
        refusals: list[str] = last["refusals"]
        return [one["check"] for one in results], refusals

    def send(
        self, calls: Sequence[Call], folder: Path, *arguments: str, **how: Any
    ) -> tuple[list[Result], list[str]]:
        """Send calls, each to the same device: what came back, and what the driver traced."""
        sent, received = folder / "calls.pickle", folder / "results.pickle"
        sent.write_bytes(pickle.dumps([(c.access, c.code, c.request, c.out) for c in calls]))
        self.start(RUNNER, self.name, "--calls", str(sent), str(received), *arguments, **how)
        answers: tuple[list[Result], list[str]] = pickle.loads(received.read_bytes())
        return answers


def run(command: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=TIMEOUT,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-8000:]}"
    return done.stdout


def compile_program(driver: Simulated, source: str, folder: Path) -> str:
    """A program in C with the simulator of a driver in it, under the sanitizers; its path."""
    program = str(folder / "program")
    parts = [str(driver.folder / part) for part in ("include", "core", "sim")]
    sources = [
        *map(str, sorted(driver.folder.glob("sim/*.c"))),
        str(driver.folder / "core" / f"{driver.name}_core.c"),
        os.path.join(driver.author, f"{driver.name}_handlers.c"),
        source,
    ]
    run([
        find_tool("gcc", "gcc"), "-std=gnu11", "-O1", "-g", "-pthread", *SANITIZE.split(),
        *(f"-I{part}" for part in (driver.author, *parts)), *sources, "-o", program,
    ])  # fmt: skip
    return program


def simulated(schema: str, author: str, folder: str) -> Simulated:
    """A schema with target `sim`, built into a folder."""
    made = Path(build(schema, folder, ["sim"]))
    return Simulated(made.name, made, author)


def simulated_example(name: str, folder: Path) -> Simulated:
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    return simulated(schema, os.path.join(ROOT, "examples", name, "driver"), str(folder))
