"""A kernel that checks itself (see uml_kernel.py), started: a process of this machine like any other, without root."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from typing import NamedTuple

from tests.support.tools import ended
from tests.support.uml_kernel import uml_kernel

RUN_TIMEOUT = 1800

INIT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/
/usr/bin/mount -t proc proc /proc
/usr/bin/mount -t sysfs sysfs /sys
/usr/bin/mount -t debugfs debugfs /sys/kernel/debug
/usr/bin/mount -t devtmpfs devtmpfs /dev
/usr/bin/mount -t hostfs -o {shared} none {shared}
cd {shared}
( set -e
{steps}
) >{shared}/output 2>&1
echo $? >{shared}/status
dmesg >{shared}/log
/bin/busybox poweroff -f
"""


class Ran(NamedTuple):
    """What the steps printed, with their status; and the kernel log."""

    status: int
    output: str
    log: list[str]


def run_uml(steps: str, shared: str) -> Ran:
    """Boots, runs shell commands in the folder `shared`, which can be written there, and ends. All else is read-only.

    RuntimeError where the kernel ends otherwise, with its console; subprocess.TimeoutExpired where it does not end.
    """
    shared = os.path.realpath(shared)
    init = os.path.join(shared, "init")
    with open(init, "w", encoding="utf-8") as file:
        file.write(INIT.format(shared=shared, steps=steps))
    os.chmod(init, 0o755)
    status, console = in_own_session([
        os.path.join(uml_kernel(), "linux"), "mem=1G", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
        f"init={init}", "panic=-1", "con=null", "ssl=null", "con0=fd:0,fd:1", "quiet",
    ])  # fmt: skip
    try:
        answer, output, log = (_read(shared, name) for name in ("status", "output", "log"))
    except FileNotFoundError as error:
        how = f"the kernel did not come to its end: it {ended(status)}"
        raise RuntimeError(f"{how}\n{console[-8192:]}") from error
    return Ran(int(answer), output, log.splitlines())


def in_own_session(command: list[str]) -> tuple[int, str]:
    """How it ended, as Popen.returncode has it, and its console.

    It has a session of its own: as it panics, it ends all processes of its group (os_dump_core in arch/um), which would
    be who waits for it. What remains of its programs goes with it.
    """
    with tempfile.TemporaryFile() as console:
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
        )  # fmt: skip
        try:
            status = running.wait(RUN_TIMEOUT)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        console.seek(0)
        return status, console.read().decode("utf-8", "replace")


def _read(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
        return file.read()
