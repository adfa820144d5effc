"""Hostile calls to the modules of vault and tour in a kernel that checks itself, with every copy and allocation failing in turn.

    python -m tests.kasan [--write docs/kasan.md]

The kernel is tests/support/uml_kernel.py's. Exit status 1 where it complains, or the module does not answer as the model does.
"""

from __future__ import annotations

import argparse
import datetime
import errno
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.suites.linux_argument import LinuxCall, argument_of, judge, linux_call
from tests.suites.linux_hostile import LinuxHostile
from tests.suites.vault_calls import record
from tests.support.checkpatch import style_problems
from tests.support.generated import ROOT, build
from tests.support.guest import COMPLAINT
from tests.support.hosts import EXAMPLES, Example
from tests.support.kernel_modules import build_module
from tests.support.linux_calls import packed, program, unpacked
from tests.support.toolchain import run_tool
from tests.support.uml import Ran, run_uml
from tests.support.uml_kernel import module_options, uml_kernel

VAULT, TOUR = EXAMPLES["vault"], EXAMPLES["tour"]
NOISE = 6000
STORM, SEED = 20000, 20261128
ROUNDS = 200
FAULTY = 1500
"""Of the calls those that are made with each copy and allocation failing."""

HARNESS = os.path.join(ROOT, "tests", "e2e", "linux", "harness_module")
COURIER = os.path.join(ROOT, "tests", "e2e", "pointers")
RACES = os.path.join(ROOT, "tests", "e2e", "linux", "race")
START, MARK = "kgen: the calls begin", "kgen: the control begins"
"""What the kernel complains of before the first is its own affair: User-Mode Linux has a word with lockdep as it forks."""

STEPS = """\
fault() {{ for kind in failslab fail_page_alloc fail_usercopy; do
    [ ! -e /sys/kernel/debug/$kind/$1 ] || echo $2 >/sys/kernel/debug/$kind/$1
done; }}
anew() {{ if [ -e /dev/$1 ]; then rmmod $1; fi; insmod ./$1.ko; }}
fault ignore-gfp-wait N
fault min-order 0
fault verbose 0
echo "{start}" >/dev/kmsg
uname -r
anew vault; ./linux_calls /dev/vault hostile hostile.results
anew vault; ./linux_calls /dev/vault asked asked.results
anew vault; ./storm /dev/vault {storm} {seed} {numbers}
anew vault; ./linux_calls /dev/vault faulty faulty.results fail
rmmod vault
anew tour; ./linux_calls /dev/tour tour_asked tour_asked.results
anew tour; ./linux_calls /dev/tour tour_faulty tour_faulty.results fail
rmmod tour
anew courier; ./courier /dev/courier {rounds} fail
rmmod courier
echo scan >/sys/kernel/debug/kmemleak; sleep 6; echo scan >/sys/kernel/debug/kmemleak
cat /sys/kernel/debug/kmemleak >leaks
echo "{mark}" >/dev/kmsg
insmod ./kgen_harness.ko deed=overflow
"""


class Found(NamedTuple):
    """What a run came to."""

    release: str
    calls: Counter[str]
    """How many of each kind."""
    storm: Counter[int]
    faults: Counter[int]
    """How often each errno came, 0 among them, of random calls and of calls with a fault."""
    problems: list[str]


def all_calls() -> dict[str, list[LinuxCall]]:
    """Those that only Linux has, those that every host is asked, and those of both with faults."""
    hostile = VAULT.hostile(VAULT.interface())
    own = list(LinuxHostile(hostile, {"load": record("once", 10)}).all())
    asked, tour = _asked(VAULT), _asked(TOUR)
    mixed = [*asked, *(call for call in own if "number" not in call.about)]
    return {
        "hostile": own, "asked": asked, "faulty": _some(mixed), "tour_asked": tour, "tour_faulty": _some(tour),
    }  # fmt: skip


def _asked(example: Example) -> list[LinuxCall]:
    """What every host is asked, as far as it can be a call on Linux."""
    interface = example.interface()
    calls = example.hostile(interface).all(NOISE)
    return [made for call in calls if (made := linux_call(interface, call))]


def _some(calls: Sequence[LinuxCall]) -> list[LinuxCall]:
    return list(calls[:: max(1, len(calls) // FAULTY)])


def prepare(folder: Path, calls: dict[str, list[LinuxCall]]) -> None:
    """Modules, programs and calls, in the folder that the kernel sees."""
    tree = uml_kernel()
    drivers = [(example.schema, example.driver.author) for example in (VAULT, TOUR)]
    drivers.append((os.path.join(COURIER, "courier.yaml"), os.path.join(COURIER, "driver")))
    for schema, author in drivers:
        generated = build(schema, str(folder / "generated"))
        place = f"{generated}-build"
        made, _ = build_module(generated, tree, place, author, module_options(tree))
        shutil.copy(made, folder)
    shutil.copytree(HARNESS, folder / "harness")
    run_tool(["make", "-C", tree, "ARCH=um", f"M={folder / 'harness'}", "modules"])
    shutil.copy(folder / "harness" / "kgen_harness.ko", folder)
    shutil.copy(program(64), folder)
    header = str(folder / "generated" / VAULT.name / "linux")
    shutil.copy(program(64, os.path.join(RACES, "storm.c"), [header]), folder)
    header = str(folder / "generated" / "courier" / "linux")
    shutil.copy(program(64, os.path.join(COURIER, "courier.c"), [header]), folder)
    for name, some in calls.items():
        (folder / name).write_bytes(packed(some))


def steps() -> str:
    interface = VAULT.interface()
    numbers = [argument_of(interface, ioctl).number() for ioctl in interface.ioctls.values()]
    words = " ".join(map(str, numbers))
    return STEPS.format(
        rounds=ROUNDS, storm=STORM, seed=SEED, numbers=words, start=START, mark=MARK
    )


def _place(log: Sequence[str], mark: str) -> int:
    """Where a mark is in the log; its end where it is not."""
    return next((number for number, line in enumerate(log) if mark in line), len(log))


def look(ran: Ran, folder: Path, calls: dict[str, list[LinuxCall]]) -> Found:
    """Everything that is wrong; that the kernel would have noticed is part of it."""
    problems: list[str] = []
    first, last = (_place(ran.log, mark) for mark in (START, MARK))
    if any(COMPLAINT.search(line) for line in ran.log[first:last]):
        problems.append("the kernel complains:\n" + "\n".join(ran.log[first:last]))
    if not any("KASAN: slab-out-of-bounds in harness_init" in line for line in ran.log[last:]):
        problems.append("an overflow that was made on purpose went unseen")
    leaks = (folder / "leaks").read_text(encoding="utf-8")
    problems += leaks and [f"memory is lost:\n{leaks}"]
    for name, example in (("hostile", VAULT), ("asked", VAULT), ("tour_asked", TOUR)):
        answers = unpacked(calls[name], (folder / f"{name}.results").read_bytes())
        problems += judge(example.interface(), example.model(), calls[name], answers).problems
    storm: Counter[int] = Counter()
    faults: Counter[int] = Counter()
    release, *lines = ran.output.splitlines()
    for line in lines:
        kind, *counted = line.rsplit(" ", 2)
        found = faults if kind == "fault" else storm
        error, count = counted if kind == "fault" else line.split()
        found[int(error)] += int(count)
    return Found(
        release, Counter({name: len(some) for name, some in calls.items()}), storm, faults, problems
    )


def report(found: Found, today: str) -> str:
    """docs/kasan.md: what holds on every machine, no times."""

    def row(error: int) -> str:
        name = f"`{errno.errorcode[error]}`" if error else "0"
        return f"| {name} | {found.storm[error]:,} | {found.faults[error]:,} |"

    rows = [row(error) for error in sorted({*found.storm, *found.faults})]
    return TEMPLATE.format(
        today=today, release=found.release, rows="\n".join(rows), faults=f"{found.faults.total():,}",
        storm=f"{found.storm.total():,}", **{name: f"{count:,}" for name, count in found.calls.items()},
    )  # fmt: skip


TEMPLATE = """\
# The Linux module in a kernel that checks itself

`make test-kasan` builds Debian's linux-source {release} as User-Mode Linux: with KASAN and UBSAN, lockdep, kmemleak,
checked lists and copies, and fault injection. That takes minutes, once; no root, and no hypervisor. The modules of vault
and tour, with the handlers of `examples/`, are built against it with the same instrumentation, and loaded. The vault's gets

- the {hostile} calls that only Linux has: numbers that there are not, an argument or a buffer that ends at each byte,
  addresses that are none, lengths that are wild. Every answer and every byte is as the independent model has it;
- the {asked} calls that the simulator and the Windows drivers are asked too, judged in the same way;
- {storm} random calls of three threads;
- {faulty} of those calls with faults: with the first copy or allocation of the kernel failing, then the second, and so
  on until none is left to fail (`/proc/thread-self/fail-nth`).

The tour's, with tails, unions and objects, gets the {tour_asked} calls that every host is asked, and {tour_faulty} of them with
faults. Descriptors (eventfds and files) are not among them; a guest of `make test` passes those. A third module, `courier` of
`tests/e2e/pointers`, gets requests that point to more memory: all of it there, some of it not, rewritten meanwhile, and with each
copy and allocation of such a call failing.

The last run, of {today}: **no complaint of the kernel, no byte beyond what was asked for, no memory lost.** {faults} copies
and allocations were made to fail. After all that the run overflows a heap object on purpose, which KASAN has to
name, and did.

| errno | random calls | calls with a fault |
|---|---:|---:|
{rows}

Where an allocation fails that has another way, the call goes on: so 0 and the errors of handlers come with faults as well.
The same command puts the generated files through checkpatch.pl of that source: [linux.md](linux.md#the-kernels-style).
This kernel has one processor and no 32-bit programs: real races and `compat_ioctl` are what `make test` has, in Debian's own
kernels.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kasan")
    parser.add_argument("--write", metavar="FILE", help="write the result to a file")
    options = parser.parse_args(arguments)
    calls = all_calls()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, calls)
        ran = run_uml(steps(), name)
        if ran.status != 0:
            print(
                f"exit status {ran.status}:\n{ran.output}",
                *ran.log[-20:],
                sep="\n",
                file=sys.stderr,
            )
            return 1
        found = look(ran, folder, calls)
        problems = [*found.problems, *style_problems(list(EXAMPLES), folder / "style")]
    if problems:
        print("\n".join(problems[:20]), file=sys.stderr)
        return 1
    if options.write:
        text = report(found, datetime.date.today().isoformat())
        Path(options.write).write_text(text, encoding="utf-8")
    print("no complaint")
    return 0


if __name__ == "__main__":
    sys.exit(main())
