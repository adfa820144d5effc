"""Generated fuzzers: built by their own Makefile, and run for so many inputs or so long."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.generated import ROOT, build
from tests.support.tools import find_tool

TIMEOUT = 300


class Ran(NamedTuple):
    """What a run of libFuzzer came to."""

    status: int
    text: str
    runs: int
    finding: Path | None
    """The input that it stopped at."""

    @property
    def said(self) -> str:
        """What the harness says of the finding, or the sanitizer."""
        found = re.search(
            r"== kgen_fuzz: (.*)|ERROR: \w+Sanitizer: (\S+)|runtime error: (.*)|(WARNING: Mem\S+ \S+)",
            self.text,
        )
        return next(filter(None, found.groups()), "") if found else ""


class Fuzzer(NamedTuple):
    """A generated interface with target `fuzz`."""

    name: str
    folder: Path
    """The interface's."""

    @property
    def place(self) -> Path:
        return self.folder / "fuzz"

    def make(self, *arguments: str, **environment: str) -> str:
        find_tool("clang", "clang libclang-rt-14-dev")
        command = [find_tool("make", "make"), "-C", str(self.place), "-s", *arguments]
        done = subprocess.run(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", errors="replace", timeout=TIMEOUT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (
            f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-8000:]}"
        )
        return done.stdout + done.stderr

    def start(
        self, *flags: str, sanitizer: str = "asan", handlers: str = "any"
    ) -> subprocess.Popen[str]:
        """A run of the fuzzer, which was made before, from the seeds on."""
        folder = self.place / "build" / f"{sanitizer}-{handlers}"
        findings = folder / "findings"
        findings.mkdir(exist_ok=True)
        seeds = sorted((self.place / "build" / "seeds").glob("[a-z]*"))
        command = [
            str(folder / f"{self.name}_fuzzer"), "-print_final_stats=1", "-max_len=16384",
            f"-artifact_prefix={findings}/", f"-dict={self.place / self.name}.dict", *flags,
            # By name, not as a folder: libFuzzer would write its corpus there.
            f"-seed_inputs={','.join(map(str, seeds))}",
        ]  # fmt: skip
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
        )  # fmt: skip

    def run(self, *flags: str, sanitizer: str = "asan", handlers: str = "any") -> Ran:
        return finished(self.start(*flags, sanitizer=sanitizer, handlers=handlers))

    def copy(self, folder: Path) -> Fuzzer:
        """The same elsewhere, with what was built already."""
        shutil.copytree(self.folder, folder / self.name)
        return Fuzzer(self.name, folder / self.name)


def finished(process: subprocess.Popen[str]) -> Ran:
    text, _ = process.communicate(timeout=TIMEOUT)
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    finding = re.search(r"Test unit written to (\S+)", text)
    return Ran(
        process.returncode, text, int(runs[1]) if runs else 0, Path(finding[1]) if finding else None
    )


def fuzzer(schema: str, folder: Path) -> Fuzzer:
    """A schema with target `fuzz`, built into a folder."""
    made = Path(build(schema, str(folder), ["fuzz"]))
    return Fuzzer(made.name, made)


def fuzzer_of_example(name: str, folder: Path) -> Fuzzer:
    return fuzzer(os.path.join(ROOT, "schemas", f"{name}.yaml"), folder)
