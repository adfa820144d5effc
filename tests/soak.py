"""The differential run for longer: rounds of random and structured calls to simulator, WDM and KMDF, until all are sent.

    python -m tests.soak [--calls 100000] [--seed N] [--round 5000] [--example NAME]... [--write docs/soak.md]

A round is the calls of one seed, sent to freshly started drivers. What a round found is kept in the test cache, and a
run that was interrupted goes on behind its last whole round, as long as neither driver nor test has changed. The first
difference ends the run with status 1 and the command that repeats it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.cache import cache_root, file_digest
from tests.support.generated import ROOT
from tests.support.hosts import EXAMPLES, HOSTS, Example, Send, compare, hosts
from tests.support.wine import Prefix, WineError

CALLS, ROUND, SEED = 100_000, 5_000, 20261128
WHAT_COUNTS = ("generated", "examples", "schemas", "tests/suites", "tests/support")
"""Folders whose content decides whether a round of an earlier run still says something."""

Statuses = dict[str, int]
MakeHosts = Callable[[Example], dict[str, Send]]


class Kept:
    """The rounds that are done, by example and seed, in a file that is replaced whole."""

    def __init__(self, path: str, key: str) -> None:
        self.path, self.key = path, key
        self.rounds: dict[str, Statuses] = {}
        if os.path.exists(path):
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
            if stored["key"] == key:
                self.rounds = stored["rounds"]

    def add(self, name: str, statuses: Statuses) -> None:
        self.rounds[name] = statuses
        unfinished = f"{self.path}.unfinished"
        text = json.dumps({"key": self.key, "rounds": self.rounds})
        Path(unfinished).write_text(text, encoding="utf-8")
        os.replace(unfinished, self.path)


class Difference(Exception):
    """Hosts, or hosts and model, do not agree, or a host ended; the text says where, and how to see it again."""


def run_round(example: Example, made: dict[str, Send], seed: int, count: int) -> Statuses:
    """How often each status came in the round of a seed."""
    interface = example.interface()
    calls = example.hostile(interface, seed).mixed(count)
    again = f"once more: python -m tests.soak --example {example.name} --seed {seed} --calls {count} --round {count}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            answers = {name: send(calls, Path(folder)) for name, send in made.items()}
    except (
        AssertionError,
        WineError,
    ) as error:  # a sanitizer's report, a rule of the kernel broken
        raise Difference(f"{error}\n{again}") from error
    found = compare(example, interface, calls, answers)
    if found.problems:
        raise Difference(f"{found.report()}\n{again}")
    return dict(found.statuses)


def soak(
    example: Example, make_hosts: MakeHosts, kept: Kept, options: argparse.Namespace
) -> Statuses:
    """Every round of an example that is not kept yet; the statuses of all of them together."""
    made: dict[str, Send] = {}
    total: Counter[str] = Counter()
    for start in range(0, options.calls, options.round):
        count = min(options.round, options.calls - start)
        seed = options.seed + start // options.round
        name, began = f"{example.name} {seed} {count}", time.monotonic()
        if name not in kept.rounds:
            made = made or make_hosts(example)
            kept.add(name, run_round(example, made, seed, count))
        total.update(kept.rounds[name])
        seconds = time.monotonic() - began
        print(f"{example.name}: {start + count:,} of {options.calls:,} calls, seed {seed}, {seconds:.1f} s", flush=True)  # fmt: skip
    return dict(total)


def report(statuses: dict[str, Statuses], options: argparse.Namespace, today: str) -> str:
    """docs/soak.md: what holds on every machine, no times."""
    seeds = f"{options.seed} to {options.seed + (options.calls - 1) // options.round}"
    names = sorted(
        {status for counts in statuses.values() for status in counts},
        key=lambda status: (-max(counts.get(status, 0) for counts in statuses.values()), status),
    )
    rows = [
        f"| `{name}` | " + " | ".join(f"{counts.get(name, 0):,}" for counts in statuses.values()) + " |"
        for name in names
    ]  # fmt: skip
    return TEMPLATE.format(
        today=today,
        calls=f"{options.calls:,}",
        round=f"{options.round:,}",
        seeds=seeds,
        hosts=len(HOSTS),
        examples=" | ".join(f"`{name}`" for name in statuses),
        bars="|".join("---:" for _ in statuses),
        rows="\n".join(rows),
    )


TEMPLATE = """\
# The soak run

`make soak` sends each example's driver the same calls in the simulator (handlers in C, under AddressSanitizer and
UBSan), as a WDM driver in Wine, and as a KMDF driver in Wine over the test double of the framework. Half of the calls
follow from the schema's rules: every length, every capacity, every rule broken, codes that do not exist, handles with
less access. The rest is noise: good requests with bytes changed, and random bytes. Status, `Information`, every byte
of the caller's buffer and the driver's trace are compared between the hosts, and with an independent model of the
schema. `make test` does the same with one sequence of each example.

The last run, of {today}: {calls} calls of each example to each of {hosts} hosts, in rounds of {round} with the seeds
{seeds}. **Differences: 0.** Findings of the sanitizers: 0. Rules of the kernel that a driver broke, as far as the
verifier in front of Wine's kernel sees them: 0.

| status | {examples} |
|---|{bars}|
{rows}

The counts are those of the calls, alike on every host. `make soak SOAK="--calls 1000000 --seed 1"` takes other numbers;
`--example` and `--round` are there as well. An interrupted run goes on where it was; a difference ends the run and
prints the command that repeats its round.
"""


def digest() -> str:
    """Of everything that a round depends on."""
    files = [
        path
        for folder in WHAT_COUNTS
        for path in sorted(glob(os.path.join(ROOT, folder, "**"), recursive=True))
        if os.path.isfile(path) and not path.endswith(".pyc")
    ]
    return sha256("".join(map(file_digest, files)).encode()).hexdigest()


def positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--calls", type=positive, default=CALLS, help="calls of each example")
    parser.add_argument("--round", type=positive, default=ROUND, help="calls of each seed")
    parser.add_argument("--seed", type=int, default=SEED, help="the first seed")
    parser.add_argument("--example", action="append", choices=list(EXAMPLES))
    parser.add_argument("--write", metavar="FILE", help="write the result to a file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    kept = Kept(os.path.join(cache_root(), "soak.json"), digest())
    with Prefix() as wine, tempfile.TemporaryDirectory() as folder:

        def make_hosts(example: Example) -> dict[str, Send]:
            return hosts(example.driver, wine, os.path.join(folder, example.name))

        return run(options, make_hosts, kept)


def run(options: argparse.Namespace, make_hosts: MakeHosts, kept: Kept) -> int:
    """All examples; the exit status."""
    statuses: dict[str, Any] = {}
    for name in options.example or EXAMPLES:
        try:
            statuses[name] = soak(EXAMPLES[name], make_hosts, kept, options)
        except Difference as difference:
            print(difference, file=sys.stderr)
            return 1
    text = report(statuses, options, datetime.date.today().isoformat())
    if options.write:
        Path(options.write).write_text(text, encoding="utf-8")
    print("no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
