"""ESBMC: bounds, overflow and what the harness claims, for every request and handler at once."""

from __future__ import annotations

import os
import re
import subprocess

RUNTIME = {"utf8": 5, "utf16": 9}
"""The functions of the runtime that proofs of an interface replace, and how often their loops go round at most: over 4
characters, or the 8 bytes of 4 characters, and once more."""
TIMEOUT = 600
"""Seconds; then a proof is no proof."""

_CHECKS = ["--overflow-check", "--ub-shift-check"]
_NO_CHECKS = [
    "--no-standard-checks",
    "--no-bounds-check",
    "--no-pointer-check",
    "--no-div-by-zero-check",
    "--no-unwinding-assertions",
]
_LOOP = re.compile(r"Loop (\d+):\s*\n file (\S+) line (\d+) column \d+ function (\w+)")
_ROUNDS = {"kgen_wide.h": 130, "kgen_handles.h": 9}
"""Of loops that do not depend on the schema, at most."""


class Checker:
    """ESBMC on one folder of generated text."""

    def __init__(self, path: str, folder: str, interface: str) -> None:
        self._path = path
        self._folder = folder
        self._interface = interface
        self._harness = os.path.join(folder, "proof", f"{interface}_proof.c")
        self._loops: list[tuple[str, str, int]] | None = None

    def prove(self, subject: str) -> list[str]:
        """What is wrong; empty where all is proven."""
        said = self._run(subject, [*_CHECKS, *self._unwind(subject)])
        if "VERIFICATION SUCCESSFUL" in said:
            return []
        return [self._counterexample(said)]

    def twin(self, subject: str) -> list[str]:
        """The claim that the end is not reached: it has to be refuted, or the proof says nothing."""
        said = self._run(subject, ["-DKGEN_PROOF_TWIN", *_NO_CHECKS, *self._unwind(subject)])
        if "VERIFICATION FAILED" in said and f"reached: {subject}" in said:
            return []
        if "VERIFICATION SUCCESSFUL" in said:
            return ["no request succeeds: what was proven of them says nothing"]
        return [f"no answer: {_end(said)}"]

    def _run(self, subject: str, options: list[str]) -> str:
        source = self._harness
        if subject in RUNTIME:
            source = os.path.join(self._folder, "proof", "kgen_proof_runtime.c")
        return self._ask(source, ["--quiet", "--function", f"kgen_prove_{subject}", *options])

    def _ask(self, source: str, options: list[str]) -> str:
        command = [self._path, source, "-DKGEN_PROOF_ESBMC", "--array-flattener"]
        command += [
            f"-I{os.path.join(self._folder, part)}" for part in ("proof", "core", "include")
        ]
        try:
            ran = subprocess.run(
                [*command, *options], capture_output=True, text=True, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired:
            return f"nothing after {TIMEOUT} s"
        return ran.stdout + ran.stderr

    def _unwind(self, subject: str) -> list[str]:
        """How often loops go round whose number of rounds the tool does not see; it checks that."""
        if subject in RUNTIME:
            return ["--unwind", str(RUNTIME[subject])]
        rounds, bytes_ = self._number("rounds", subject) + 1, self._number("bytes", subject) + 1
        if self._loops is None:
            self._loops = self._unknown_loops()
        limits = [f"{number}:{limit or rounds}" for number, _, limit in self._loops]
        return ["--unwind", str(bytes_), *(["--unwindset", ",".join(limits)] if limits else [])]

    def _number(self, what: str, subject: str) -> int:
        with open(self._harness, encoding="utf-8") as file:
            found = re.search(rf"kgen_{what}_{subject} = (\d+)", file.read())
        return int(found.group(1)) if found else 1

    def _unknown_loops(self) -> list[tuple[str, str, int]]:
        """Loops of the core whose end is no constant: number, function, rounds (0: of the proof)."""
        said = self._ask(self._harness, ["--function", "kgen_prove_plan", "--show-loops"])
        found = []
        for number, file, line, function in _LOOP.findall(said):
            name = os.path.basename(file)
            if name in _ROUNDS:
                found.append((number, function, _ROUNDS[name]))
            elif name == "kgen_objects.h" or (
                name == f"{self._interface}_core.c" and not _is_counted(file, int(line))
            ):
                found.append((number, function, 0))
        return found

    def _counterexample(self, said: str) -> str:
        violated = re.search(
            r"Violated property:\s*\n\s*file (\S+) line (\d+)[^\n]*function (\w+)\n(.*?)\n\s*\n",
            said,
            re.DOTALL,
        )
        if violated is None:
            return f"no answer: {_end(said)}"
        file, line, function, what = violated.groups()
        text = "; ".join(part.strip() for part in what.splitlines() if part.strip())
        case = re.search(rf"function ({self._interface}_\w+|\w+_\d+_\d+) thread", said)
        lengths = ""
        for name in re.findall(r"function (\w+_\d+_\d+) thread", said):
            _, request, capacity = name.rsplit("_", 2)
            lengths = f", request of {request} bytes, room for {capacity}"
        values = "; ".join(_values(said)) if case or lengths else ""
        shown = f"{os.path.basename(file)}:{line}: {text} (in {function}{lengths})"
        return f"{shown}\n    {values}" if values else shown


def _values(said: str) -> list[str]:
    """The captured request and what else a counterexample says of values, as ESBMC prints it."""
    found = re.findall(
        r"^  ((?:scratch|in|code|access|capacity)\b[^\n]* = [^\n]{1,400})$", said, re.MULTILINE
    )
    return list(dict.fromkeys(text.strip() for text in found))[-4:]


def _is_counted(file: str, number: int) -> bool:
    """The line begins a loop of a number of rounds that is written there."""
    with open(file, encoding="utf-8") as opened:
        line = opened.read().splitlines()[number - 1]
    return re.search(r"for \(i = 0; i < \d+;", line) is not None


def _end(said: str) -> str:
    return " / ".join(said.strip().splitlines()[-3:])
