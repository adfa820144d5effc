"""What kgen costs, in multiples of starting Python: `make bench`. docs/performance.md says how to read it.

The installed command is measured, from a fresh virtual environment. All commands take turns in one
run, so that a busy machine slows all of them; what counts is the CPU time of the child processes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

from schemas import mixed, plain

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENT = os.path.join(ROOT, "docs", "performance.md")
BIN = "Scripts" if os.name == "nt" else "bin"


class Case(NamedTuple):
    """A command, and the goals that it has to meet; None where it is measured only."""

    name: str
    schemas: tuple[str, ...]
    verb: str
    fresh: bool
    """Without any output of an earlier run."""
    against: str
    """The case that its time is divided by."""
    goal: float | None
    rss: float | None
    """Largest peak of resident memory, in MiB."""


CASES = (
    Case("python -c pass", (), "", False, "python -c pass", None, None),
    Case("build 10", ("ten",), "build", True, "python -c pass", 10, None),
    Case("build 1,000", ("big",), "build", True, "python -c pass", 40, 80),
    Case("build 1,000, up to date", ("big",), "build", False, "python -c pass", 3, None),
    Case("check 1,000", ("big",), "check", False, "python -c pass", 3, None),
    Case(
        "build 5 x 1,000",
        tuple(f"big{n}" for n in range(5)),
        "build",
        True,
        "build 1,000",
        5.5,
        250,
    ),
    Case("build 1,000 of all kinds", ("mixed",), "build", True, "python -c pass", None, None),
)


class Sample(NamedTuple):
    cpu: float
    """Milliseconds, user and system."""
    rss: float
    """MiB."""


class Bench:
    """A virtual environment with kgen in it, and the schemas."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.python = os.path.join(folder, "venv", BIN, "python")
        self.kgen = os.path.join(folder, "venv", BIN, "kgen")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name != "CI" and not name.startswith(("PYTHON", "KGEN"))
        }
        self.environment["KGEN_CACHE_DIR"] = os.path.join(folder, "cache")

    def prepare(self) -> None:
        """Build the wheel, install it as a user would, and write the schemas."""
        wheel = os.path.join(self.folder, "wheel")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
        run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheel, ROOT])
        run([sys.executable, "-m", "venv", os.path.join(self.folder, "venv")])
        installed = os.path.join(wheel, os.listdir(wheel)[0])
        run([self.python, *pip[1:], "install", installed])
        texts = {"ten": plain("ten", 10), "big": plain("big", 1000), "mixed": mixed("mixed", 1000)}
        texts.update((f"big{n}", plain(f"big{n}", 1000)) for n in range(5))
        for name, text in texts.items():
            with open(os.path.join(self.folder, f"{name}.yaml"), "w", encoding="utf-8") as file:
                file.write(text)

    def measure(self, case: Case, number: int) -> Sample:
        """Run a case once, in the round of that number."""
        out = os.path.join(self.folder, f"out-{'-'.join(case.schemas)}")
        if case.fresh:
            # Not one that was emptied: some file systems are slow to use again what was just freed.
            out += f"-{number}"
        command = [self.python, "-c", "pass"]
        if case.verb:
            paths = [os.path.join(self.folder, f"{name}.yaml") for name in case.schemas]
            command = [self.kgen, case.verb, "-q", "-o", out, *paths]
        return sample(command, self.environment, self.folder)


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def sample(command: list[str], environment: dict[str, str], folder: str) -> Sample:
    """CPU time and peak memory of one child process."""
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Sample((usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / unit)


def measure_all(bench: Bench, rounds: int) -> dict[str, list[Sample]]:
    """Every case once a round, in turn; a first round warms up and does not count."""
    found: dict[str, list[Sample]] = {case.name: [] for case in CASES}
    for number in range(rounds + 1):
        for case in CASES:
            taken = bench.measure(case, number)
            if number:
                found[case.name].append(taken)
        progress(f"round {number} of {rounds}")
    progress("")
    return found


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def table(found: dict[str, list[Sample]]) -> tuple[list[str], bool]:
    """The lines of a Markdown table, and whether every goal is met."""
    lines = [
        "| case | CPU ms | ratio | goal | peak MiB | goal | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    cpu = {name: statistics.median(each.cpu for each in taken) for name, taken in found.items()}
    met = True
    for case in CASES:
        ratio = cpu[case.name] / cpu[case.against]
        rss = max(each.rss for each in found[case.name])
        missed = (case.goal is not None and ratio > case.goal) or (
            case.rss is not None and rss > case.rss
        )
        met = met and not missed
        verdict = "missed" if missed else "met" if case.goal is not None else ""
        per = "" if case.against == "python -c pass" else f" of {case.against}"
        goals = [f"{goal:g}" if goal is not None else "" for goal in (case.goal, case.rss)]
        lines.append(
            f"| {case.name} | {cpu[case.name]:.1f} | {ratio:.2f}{per} | {goals[0]} "
            f"| {rss:.0f} | {goals[1]} | {verdict} |"
        )
    return lines, met


def record(lines: list[str], rounds: int) -> None:
    """Put the result into the document, between its two marks."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    result = "\n".join([f"{python}, {os.cpu_count()} cores, {rounds} rounds:", "", *lines])
    head, begin, rest = text.partition("<!-- result -->\n")
    _, end, tail = rest.partition("<!-- end of result -->")
    if not begin or not end:
        sys.exit(f"{DOCUMENT} has no place for the result")
    with open(DOCUMENT, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"{head}{begin}{result}\n{end}{tail}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each case is run")
    parser.add_argument("--record", action="store_true", help="write docs/performance.md anew")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kgen-bench-") as folder:
        bench = Bench(folder)
        bench.prepare()
        lines, met = table(measure_all(bench, options.rounds))
    print("\n".join(lines))
    if options.record:
        record(lines, options.rounds)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
