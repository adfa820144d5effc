"""Guests themselves: a module built here is loaded there, and nothing that a kernel complains of goes unseen."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.support.guest import (
    COMPLAINT,
    NOBODY,
    Guest,
    GuestDied,
    GuestError,
    Guests,
    GuestTimeout,
    KernelComplaint,
)
from tests.support.kernel_modules import SERIES
from tests.support.toolchain import run_tool
from tests.support.tools import ended
from tests.support.uml import in_own_session

SOURCES = os.path.join(os.path.dirname(__file__), "harness_module")


def built(release: str, folder: Path) -> str:
    shutil.copytree(SOURCES, folder)
    run_tool(["make", "-C", f"/lib/modules/{release}/build", f"M={folder}", "modules"])
    return str(folder / "kgen_harness.ko")


def test_a_module_is_loaded_and_unloaded(guest: Guest, tmp_path: Path) -> None:
    module = built(guest.kernel.release, tmp_path / "module")
    with guest.module(module):
        assert "kgen_harness: does nothing" in guest.log
        assert "kgen_harness " in guest.run("lsmod").stdout
    assert guest.log[-1] == "kgen_harness: ends"
    assert "kgen_harness " not in guest.run("lsmod").stdout


def test_programs_and_scripts_are_run_as_who_and_where_they_should(
    guest: Guest, tmp_path: Path
) -> None:
    assert guest.run("uname", "-r").stdout.strip() == guest.kernel.release
    assert guest.run("id", "-u", uid=NOBODY).stdout == f"{NOBODY}\n"
    assert guest.run("sh", "-c", "echo $MINE", env={"MINE": "yes"}).stdout == "yes\n"
    script = tmp_path / "script.py"
    script.write_text("import beside, sys\nprint(beside.WORD, sys.argv[1:])\nsys.exit(3)\n")
    (tmp_path / "beside.py").write_text("WORD = 'here'\n")
    result = guest.python(str(script), "one", check=False, cwd=str(tmp_path))
    assert (result.returncode, result.stdout) == (3, "here ['one']\n")
    script.write_text("raise ValueError('changed meanwhile')\n")
    with pytest.raises(GuestError, match="changed meanwhile"):
        guest.python(str(script))
    guest.python("-c", "open('made', 'w').write('there')", cwd=str(tmp_path))
    assert (tmp_path / "made").read_text() == "there"


def test_a_program_that_does_not_end_is_killed(guest: Guest) -> None:
    with pytest.raises(GuestTimeout, match="sleep 600: no end after"):
        guest.run("sleep", "600", timeout=0.5)
    assert "sleep 600" not in guest.run("ps", "axo", "args").stdout


@pytest.mark.parametrize("series", SERIES)
def test_a_heap_overflow_is_a_complaint(guests: Guests, series: str, tmp_path: Path) -> None:
    guest = guests.get(series)
    module = built(guest.kernel.release, tmp_path / "module")
    with pytest.raises(KernelComplaint, match=r"(?s)BUG kmalloc-\S+.*Redzone.*harness_init"):
        guest.run("insmod", module, "deed=overflow")
    assert not guest.lives


def test_a_crash_is_the_end_of_a_guest(guests: Guests, tmp_path: Path) -> None:
    guest = guests.get("6.12")
    module = built(guest.kernel.release, tmp_path / "module")
    with pytest.raises(
        GuestDied, match=r"(?s)exit status 0\nserial console:.*NULL pointer.*harness_init"
    ):
        guest.run("insmod", module, "deed=crash")
    with pytest.raises(GuestDied, match="does not run"):
        guest.run("true")
    assert not guest.lives


def test_how_a_guest_ended_is_told(guests: Guests) -> None:
    """By a signal from outside; by the end of its agent; and a panic, above, ends qemu with 0."""
    guest = guests.get("6.12")
    os.kill(guest.pid, signal.SIGKILL)
    with pytest.raises(GuestDied, match=r"ended: qemu was ended by SIGKILL\n"):
        guest.run("true")
    guest = guests.get("6.12")
    lost = r"(?s)ended: qemu ended with exit status 0\n.*guest_init: the agent ended: 137"
    with pytest.raises(GuestDied, match=lost):
        guest.run("sh", "-c", "kill -KILL $PPID")


def test_a_kernel_that_ends_its_group_does_not_end_its_test() -> None:
    status, console = in_own_session(["sh", "-c", "echo panic; kill -TERM 0"])
    assert (status, console) == (-signal.SIGTERM, "panic\n")
    assert ended(status) == "was ended by SIGTERM"


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: CPU: 1 PID: 77 at /tmp/module/vault.c:12 harness_init+0x1/0x2 [vault]",
        "BUG: KFENCE: out-of-bounds read in run+0x1/0x2 [vault]",
        "BUG: sleeping function called from invalid context at mm/slab.h:1",
        "UBSAN: array-index-out-of-bounds in /tmp/module/vault.c:12:3",
        "refcount_t: underflow; use-after-free.",
        "INFO: task python:77 blocked for more than 120 seconds.",
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    ],
)
def test_what_a_kernel_says_is_known_for_a_complaint(line: str) -> None:
    assert COMPLAINT.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "vault: loading out-of-tree module taints kernel.",
        "vault: module verification failed: signature and/or required key missing - tainting kernel",
        "vault: refused: seal.label: not UTF-8",
        "softdog: initialized. soft_noboot=0 soft_margin=60 sec soft_panic=0 (nowayout=0)",
    ],
)
def test_what_is_none_is_not(line: str) -> None:
    assert not COMPLAINT.search(line)
