"""A generated interface whose core has every mutant in it, and the programs that are made of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.mutation.mutants import PRELUDE, PRELUDE_TEXT, Mutant, Mutator
from tests.support.generated import ROOT
from tests.support.tools import find_tool

RULES = ("kgen_runtime.h", "kgen_wide.h", "kgen_objects.h", "kgen_handles.h")
"""Headers of the core that are the same in each interface, where it has them."""
TIMEOUT = 600
SANITIZERS = {"asan": "-fsanitize=address,undefined", "msan": "-fsanitize=memory"}
BANK = os.path.join(ROOT, "tests", "mutation", "bank.c")


class Program(NamedTuple):
    name: str
    folder: Path
    """As kgen writes it, but for the core."""
    mutants: list[Mutant]

    def library(self) -> Path:
        """The simulator with the example's handlers, under AddressSanitizer and UBSan."""
        author = os.path.join(ROOT, "examples", self.name, "driver")
        self.made("sim", "sanitize", f"HANDLERS={author}")
        return self.folder / "sim" / "build" / f"{self.name}-sanitize.so"

    @property
    def corpus(self) -> Path:
        """What the fuzzer makes of the intact program."""
        return self.folder / "corpus"

    def fuzzer(self, sanitizer: str = "asan") -> Path:
        """The fuzzer with handlers that do anything."""
        self.made("fuzz", "all" if sanitizer == "asan" else sanitizer)
        return self.folder / "fuzz" / "build" / f"{sanitizer}-any" / f"{self.name}_fuzzer"

    def seeds(self) -> Path:
        self.made("fuzz", "seeds")
        return self.folder / "fuzz" / "build" / "seeds"

    def bank(self, sanitizer: str = "asan") -> Path:
        """The fuzzer without libFuzzer: plays files, with one mutant after the other."""
        folder = self.fuzzer(sanitizer).parent
        bank = folder / "bank"
        command = [
            find_tool("clang", "clang"), "-O1", "-g", "-w", SANITIZERS[sanitizer], "-pthread",
            "-o", str(bank), BANK, *sorted(map(str, folder.glob("*.o"))),
        ]  # fmt: skip
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
        return bank

    def made(self, part: str, *goals: str) -> None:
        # The plan of the core is asked by itself as well.
        flags = f"CFLAGS=-O1 -g -w -fvisibility=default -include {self.folder / PRELUDE}"
        command = [find_tool("make", "make"), "-s", "-C", str(self.folder / part), flags, *goals]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=TIMEOUT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def mutated(name: str, out: Path) -> Program:
    """The checked-in output of an example, copied to `out` and mutated there."""
    folder = out / name
    shutil.copytree(os.path.join(ROOT, "generated", name), folder)
    (folder / PRELUDE).write_text(PRELUDE_TEXT, encoding="utf-8")
    core = folder / "core" / f"{name}_core.c"
    mutator = Mutator([str(folder / "include"), str(folder / "core")])
    files = [core, *(core.parent / rules for rules in RULES)]
    texts = {file: mutator.rewrite(str(core), str(file)) for file in files if file.exists()}
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return Program(name, folder, mutator.mutants)
