"""A Linux kernel of Debian in qemu, with this machine's files as its root: modules in it, and programs and Python beside them.

Emulated, never KVM, and without root: what runs here runs in any container. The root is read-only. One folder is shared,
and is at the same path on both sides.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

from tests.support.initramfs import initramfs
from tests.support.kernel_images import kernel_image
from tests.support.tools import SUPPORT, ended, find_tool

AGENT = os.path.join(SUPPORT, "guest_agent.py")
INIT = os.path.join(SUPPORT, "guest_init")
BOOTS = 3
BOOT_TIMEOUT = 300.0
CALL_TIMEOUT = 120.0
GRACE = 60.0
"""How long a guest may take to say that a program did not end in time."""

END_TIMEOUT = 10.0
"""How long an emulator may take to end after its guest has: it is not ended from here until it has said how."""

SERIAL_TAIL = 8192
NOBODY = 65534

# Checks that these kernels can make at run time, for all memory or for the caches that modules get theirs from.
CHECKS = {
    "6.1": "slub_debug=FZPU,kmalloc-*",
    "6.12": "slub_debug=FZPU,kmalloc-* kfence.sample_interval=100",
}
# On a busy machine time stands still for a guest now and then: nothing here may take that for a fault.
KERNEL_LINE = (
    "console=ttyS0 quiet panic=-1 oops=panic nokaslr tsc=reliable random.trust_cpu=on log_buf_len=16M "
    "no_timer_check nowatchdog rcupdate.rcu_cpu_stall_timeout=120"
)

COMPLAINT = re.compile(
    r"\bBUG\b|WARNING:|\bOops\b|KASAN|KFENCE|KCSAN|UBSAN|Redzone|Poison overwritten|refcount_t|"
    r"general protection|unable to handle|Call Trace|blocked for more than|rcu.*stall|"
    r"possible recursive locking|sleeping function|Object already free|Internal error"
)


class GuestError(Exception):
    """A program in a guest did not do what it should; the text has its output."""


class GuestTimeout(GuestError):
    """A program in a guest did not end in time and was killed."""


class GuestDied(GuestError):
    """The kernel panicked, hung, or ended otherwise; the text has the end of the serial console."""


class KernelComplaint(GuestError):
    """The kernel found something wrong; the text has its log."""


class Result(NamedTuple):
    """What a program left behind."""

    returncode: int
    stdout: str
    stderr: str


class Guest:
    """A kernel that boots at start(). Use it as a context manager, or call close()."""

    def __init__(self, series: str, shared: str) -> None:
        self.series = series
        self.kernel = kernel_image(series)
        self.shared = os.path.realpath(shared)
        self.log: list[str] = []
        """The kernel's, since it booted."""
        self._judged = 0
        self._folder = tempfile.mkdtemp(prefix="guest-")
        self._qemu: subprocess.Popen[bytes] | None = None
        self._port: socket.socket | None = None

    def __enter__(self) -> Guest:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # The machine

    def start(self) -> None:
        """Boots, and waits until the agent says so; GuestDied where it does not.

        Nothing of ours is loaded by then. A kernel under emulation was seen to die of a busy machine: it gets
        another chance.
        """
        for chances in reversed(range(BOOTS)):
            try:
                self._boot()
                return
            except GuestDied:
                self.stop()
                if not chances:
                    raise

    def _boot(self) -> None:
        self.log, self._judged = [], 0
        with open(INIT, encoding="utf-8") as file:
            image = initramfs(self.kernel, file.read())
        with open(self._path("initramfs"), "wb") as out:
            out.write(image)
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._path("agent"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._path("agent"))
            listener.listen(1)
            with open(self._path("qemu"), "wb") as printed:
                self._qemu = subprocess.Popen(
                    self._command(), stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
                )
            self._port = self._accept(listener)
        self._receive(BOOT_TIMEOUT)
        self._judged = len(self.log)

    def _accept(self, listener: socket.socket) -> socket.socket:
        assert self._qemu is not None
        end = time.monotonic() + BOOT_TIMEOUT
        listener.settimeout(1)
        while True:
            try:
                return listener.accept()[0]
            except TimeoutError:
                if self._qemu.poll() is not None or time.monotonic() > end:
                    self._died("does not boot")

    def _command(self) -> list[str]:
        """The emulator ends with the process that started it, whatever becomes of that one."""
        line = [KERNEL_LINE, CHECKS[self.series], f"KGEN_SHARED={self.shared}"]
        line += [f"KGEN_MODULES={self.kernel.modules}", f"KGEN_RELEASE={self.kernel.release}"]
        line += [f"KGEN_PYTHON={sys.executable}", f"KGEN_AGENT={AGENT}"]
        ninep = "local,security_model=none,multidevs=remap"
        return [
            find_tool("setpriv", "util-linux"), "--pdeathsig", "KILL",
            find_tool("qemu-system-x86_64", "qemu-system-x86"),
            "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "512",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", self.kernel.vmlinuz, "-initrd", self._path("initramfs"), "-append", " ".join(line),
            "-serial", f"file:{self._path('serial')}",
            "-device", "virtio-serial-pci,max_ports=2",
            "-chardev", f"socket,id=agent,path={self._path('agent')}", "-device", "virtserialport,chardev=agent",
            "-virtfs", f"{ninep},path=/,mount_tag=root,readonly=on",
            "-virtfs", f"{ninep},path={self.shared},mount_tag=shared",
        ]  # fmt: skip

    def stop(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait()
            self._qemu = None

    def close(self) -> None:
        """Stops, and removes what it had on disk."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def lives(self) -> bool:
        """Whether it has booted, and can be trusted with more."""
        return self._port is not None

    @property
    def pid(self) -> int:
        """The emulator's process."""
        assert self._qemu is not None
        return self._qemu.pid

    def serial_tail(self) -> str:
        """What the kernel said there last; nothing where qemu did not get as far as to make the file."""
        with contextlib.suppress(FileNotFoundError), open(self._path("serial"), "rb") as file:
            return file.read()[-SERIAL_TAIL:].decode("utf-8", "replace")
        return ""

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    # Programs

    def run(
        self,
        *argv: str,
        check: bool = True,
        uid: int = 0,
        timeout: float = CALL_TIMEOUT,
        cwd: str = "/run",
        env: dict[str, str] | None = None,
    ) -> Result:
        """Runs a program, of this machine or of the shared folder, and waits for its end.

        `check` raises GuestError where the exit status is not 0. KernelComplaint where the kernel found something wrong
        meanwhile.
        """
        arguments = {"argv": argv, "env": env or {}, "uid": uid, "cwd": cwd, "timeout": timeout}
        return self._result("run", arguments, " ".join(argv), check)

    def python(
        self,
        *args: str,
        path: Sequence[str] = (),
        check: bool = True,
        uid: int = 0,
        timeout: float = CALL_TIMEOUT,
        cwd: str = "/run",
    ) -> Result:
        """Runs this interpreter, with all that is installed for it, in the guest: ("-c", code) or (script, ...).

        `path` are folders to import from.
        """
        arguments = {"args": args, "path": path, "uid": uid, "cwd": cwd, "timeout": timeout}
        return self._result("python", arguments, " ".join(args), check)

    def _result(self, kind: str, arguments: dict[str, Any], shown: str, check: bool) -> Result:
        ended = self._ask(kind, arguments, arguments["timeout"] + GRACE)
        self.judge()
        if ended is None:
            raise GuestTimeout(f"{shown}: no end after {arguments['timeout']} s{self._log_end()}")
        status, out, err = ended
        result = Result(status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
        if check and status != 0:
            raise GuestError(
                f"{shown}: exit status {status}\n{result.stdout}{result.stderr}{self._log_end()}"
            )
        return result

    # Modules

    @contextlib.contextmanager
    def module(self, path: str, *, trace: bool = True) -> Iterator[None]:
        """Loads a module, with what it traces in the kernel log, and unloads it again."""
        name = os.path.basename(path).removesuffix(".ko").replace("-", "_")
        self.run("insmod", path, *["dyndbg=+p"] * trace)
        try:
            yield
        finally:
            if self.lives:
                self.run("rmmod", name)

    # The kernel log

    def judge(self) -> None:
        """KernelComplaint where the log has one that was not told yet. The kernel is not used any further then."""
        if self.lives:
            fresh, self._judged = self.log[self._judged :], len(self.log)
            if any(COMPLAINT.search(line) for line in fresh):
                self.stop()
                raise KernelComplaint("the kernel complains:\n" + "\n".join(fresh))

    def _log_end(self) -> str:
        return "\n".join(["", "kernel log:", *self.log[-20:]])

    # The agent

    def _ask(self, kind: str, arguments: dict[str, Any], timeout: float) -> Any:
        if self._port is None:
            raise GuestDied("the guest does not run")
        data = pickle.dumps((kind, arguments))
        self._port.sendall(struct.pack(">I", len(data)) + data)
        return self._receive(timeout)

    def _receive(self, timeout: float) -> Any:
        end = time.monotonic() + timeout
        (size,) = struct.unpack(">I", self._read(4, end))
        reply, lines = pickle.loads(self._read(size, end))
        self.log += lines
        return reply

    def _read(self, size: int, end: float) -> bytes:
        assert self._port is not None
        parts = []
        while size > 0:
            self._port.settimeout(max(0.001, end - time.monotonic()))
            try:
                part = self._port.recv(size)
            except TimeoutError:
                self._died("does not answer")
            except ConnectionError:
                part = b""
            if not part:
                self._died("ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _died(self, how: str) -> NoReturn:
        """GuestDied, with all that can be told of how."""
        assert self._qemu is not None
        emulator = self._how_qemu_ended(self._qemu)
        self.stop()
        with open(self._path("qemu"), encoding="utf-8", errors="replace") as file:
            printed = file.read()
        raise GuestDied(
            f"the guest {how}: {emulator}\n{printed}serial console:\n{self.serial_tail()}"
        )

    @staticmethod
    def _how_qemu_ended(qemu: subprocess.Popen[bytes]) -> str:
        """A kernel that panics, resets, or has lost its agent makes qemu end with 0 (-no-reboot).

        The first and the last say so on the serial line; a reset without a word is a triple fault, and may be a module's.
        A signal came from outside, or is a fault of qemu. Nothing is tried again: that could hide a module's fault.
        """
        try:
            return f"qemu {ended(qemu.wait(END_TIMEOUT))}"
        except subprocess.TimeoutExpired:
            return "qemu still ran"


class Guests:
    """A guest for each series, booted when it is first asked for, and anew when it cannot be trusted any more."""

    def __init__(self, shared: str) -> None:
        self._shared = shared
        self._guests: dict[str, Guest] = {}

    def get(self, series: str) -> Guest:
        if series not in self._guests:
            self._guests[series] = Guest(series, self._shared)
        guest = self._guests[series]
        if not guest.lives:
            guest.start()
        return guest

    def close(self) -> None:
        for guest in self._guests.values():
            guest.close()
