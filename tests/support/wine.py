"""One running Wine: a clone of the template prefix, its server, the drivers in it, and programs and Windows CPython beside them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from glob import glob
from types import TracebackType
from typing import NamedTuple

from tests.support.cache import cache_root, locked
from tests.support.imports import unimplemented_imports
from tests.support.tools import find_tool
from tests.support.wine_template import PACKAGES, wine_command, wine_environment, wine_template

SERVICE_EXE = "C:\\kgen\\service.exe"
CALL_TIMEOUT = 60.0
START_TRIES = 3
START_POLLS, START_POLL = 200, 0.02
START_TIMEOUT = 60.0
ORPHAN_SECONDS = 900
"""An abandoned session, its drivers with it, ends by itself after this time without a program of ours."""

# warn+debugstr prints what drivers say by DbgPrint; the first process of a prefix hands its channels down to services.
DEBUG_CHANNELS = "-all,warn+debugstr"
_DBGPRINT = re.compile(
    r"^[0-9a-f]{4}:warn:debugstr:vDbgPrintExWithPrefix [0-9a-f]{8}:[0-9a-f]{8}: "
)


class WineError(Exception):
    """Something in Wine did not work; the text has the program's output and the end of the debug log."""


class WineTimeout(WineError):
    """A program did not end in time and was killed: often a driver that never completed its request."""


class DriverCrashed(WineError):
    """The driver's process died. The next load restarts Wine."""


class DriverViolation(WineError):
    """The shim saw the driver break a rule of the kernel; the text lists each."""


class Result(NamedTuple):
    """What a program left behind; line ends are \\n."""

    returncode: int
    stdout: str
    stderr: str


class Prefix:
    """A started Wine with a prefix of its own. Use it as a context manager, or call close().

    Sessions of several processes do not touch each other. Everything has a timeout, and close() leaves no process.
    """

    def __init__(self) -> None:
        template = wine_template()
        with locked("sessions"):
            _sweep_abandoned()
            self.path = tempfile.mkdtemp(prefix="session-", dir=cache_root())
            self._alive = _hold(self.path)
        self._debug_log = os.path.join(self.path, "debug.log")
        self._server: subprocess.Popen[bytes] | None = None
        self._drivers: dict[str, int] = {}
        self._broken = False
        _clone(template, self.path)

    def __enter__(self) -> Prefix:
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

    # The server

    def start(self) -> None:
        """Starts the server and the service manager, both with the debug log as their output."""
        for _ in range(START_TRIES):
            if self._starts():
                break
            self.stop()
        else:
            raise WineError(f"Wine does not start:\n{self._log_end()}")
        self._drivers.clear()
        self._broken = False

    def _starts(self) -> bool:
        """The server first: a program that comes before its folder is there makes another, and nobody meets there."""
        with open(self._debug_log, "ab") as log:
            self._server = subprocess.Popen(
                [find_tool("wineserver", PACKAGES), "-f", f"-p{ORPHAN_SECONDS}"],
                env=wine_environment(self.path), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            self._await_server()
            first = subprocess.Popen(
                [wine_command(), SERVICE_EXE, "ping"],
                env=wine_environment(self.path, DEBUG_CHANNELS), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            status = first.wait(timeout=START_TIMEOUT)
        except subprocess.TimeoutExpired:
            first.kill()
            status = first.wait()
        return status == 0

    def _await_server(self) -> None:
        """Until it listens, where it is one that says in its prefix which folder its socket is in: Debian's."""
        place = os.path.join(self.path, "wineserver")
        for _ in range(START_POLLS):
            if os.path.exists(place):
                with open(place, encoding="utf-8") as file:
                    folder = file.read().strip()
                if glob(os.path.join("/tmp", folder, "server-*", "socket")):
                    return
            time.sleep(START_POLL)

    def stop(self) -> None:
        """Ends every process of the prefix. The prefix stays and can be started again."""
        if self._server is None:
            return
        self._server.terminate()  # writes the registry and ends
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None
        _end_processes(self.path)

    def restart(self) -> None:
        """The way out after a crashed or hanging driver: all drivers are gone, their services stopped."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stops, and removes the prefix from disk."""
        self.stop()
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._alive)

    # Programs

    def run(
        self,
        program: str,
        args: Sequence[str] = (),
        *,
        check: bool = True,
        timeout: float = CALL_TIMEOUT,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
    ) -> Result:
        """Runs a Windows program, given by a path of this machine or a Windows path, and waits for its end.

        `check` raises WineError where the exit status is not 0. WineTimeout kills the program.
        """
        process = self.popen(program, args, cwd=cwd, env=env)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._broken = bool(self._drivers)
            out, err = _kill(process)
            raise WineTimeout(
                f"{program}: no end after {timeout} s\n{_text(out)}{_text(err)}{self._log_end()}"
            ) from None
        result = Result(process.returncode, _text(out), _text(err))
        if check and result.returncode != 0:
            raise WineError(
                f"{program} {' '.join(args)}: exit status {result.returncode}\n"
                f"{result.stdout}{result.stderr}{self._log_end()}"
            )
        return result

    def popen(
        self,
        program: str,
        args: Sequence[str] = (),
        *,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a Windows program with pipes for its output. Who calls this waits for it or kills it."""
        return subprocess.Popen(
            [wine_command(), program, *args], cwd=cwd, env={**wine_environment(self.path), **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def python(
        self,
        *args: str,
        path: Sequence[str] = (),
        check: bool = True,
        timeout: float = CALL_TIMEOUT,
        cwd: str | None = None,
    ) -> Result:
        """Runs Windows CPython with these arguments: ("-c", code), ("-m", module, ...) or (script, ...).

        `path` are folders of this machine to import from. cffi, jinja2 and yaml are installed.
        """
        search = ";".join(windows_path(folder) for folder in path)
        env = {"PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        return self.run(
            "C:\\Python\\python.exe", args, check=check, timeout=timeout, cwd=cwd, env=env
        )

    # Drivers

    def load_driver(self, sys_path: str, service_name: str) -> None:
        """Loads a driver. One that imports what Wine cannot do is refused by name, as calling it would hang."""
        problems = unimplemented_imports(sys_path)
        if problems:
            raise WineError(
                f"{sys_path} cannot run in Wine:\n"
                + "\n".join(f"  {problem}" for problem in problems)
            )
        if self._broken:
            self.restart()
        start = len(self.debug_lines())
        self.run(SERVICE_EXE, ["load", service_name, windows_path(os.path.abspath(sys_path))])
        self._drivers[service_name] = start

    def unload_driver(self, service_name: str) -> None:
        """Unloads a driver and judges it.

        DriverCrashed if its process died before; DriverViolation if the shim saw it break a rule.
        """
        start = self._drivers.pop(service_name)
        stopped = self.run(SERVICE_EXE, ["unload", service_name], check=False)
        lines = self.debug_lines(start)
        if stopped.returncode != 0:
            self._broken = True
            raise DriverCrashed("\n".join([f"{service_name}: {stopped.stderr.strip()}", *lines]))
        violations = [line for line in lines if line.startswith("kgshim: violation")]
        if violations:
            raise DriverViolation("\n".join([service_name, *violations]))

    @contextlib.contextmanager
    def driver(self, sys_path: str, service_name: str) -> Iterator[None]:
        """A driver that is loaded while the block runs. An error of the block comes before those of unloading."""
        self.load_driver(sys_path, service_name)
        try:
            yield
        except BaseException:
            with contextlib.suppress(WineError):
                self.unload_driver(service_name)
            raise
        self.unload_driver(service_name)

    def debug_lines(self, start: int = 0) -> list[str]:
        """What drivers printed by DbgPrint, and Wine about crashes, from line number `start` on."""
        with open(self._debug_log, encoding="utf-8", errors="replace") as log:
            return [_DBGPRINT.sub("", line.rstrip("\r\n")) for line in log][start:]

    # Devices of Wine itself

    def map_com_port(self, name: str, device: str) -> None:
        """Makes a serial device of this machine, a pty for example, the port `name` ("COM7"). Restarts Wine."""
        self.run(
            "reg.exe",
            ["add", "HKLM\\Software\\Wine\\Ports", "/v", name, "/t", "REG_SZ", "/d", device, "/f"],
        )
        self.restart()

    def processes(self) -> list[int]:
        """Ids of the living processes of this prefix."""
        return _processes(self.path)

    def _log_end(self) -> str:
        return "\n".join(["", "debug log:", *self.debug_lines()[-20:]])


def windows_path(path: str) -> str:
    """A path of this machine as Windows programs see it."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace").replace("\r\n", "\n")


def _clone(template: str, target: str) -> None:
    """Links what programs only read, copies what Wine rewrites in place."""
    shutil.copytree(
        os.path.join(template, "drive_c"),
        os.path.join(target, "drive_c"),
        symlinks=True,
        copy_function=os.link,
    )
    shutil.copytree(
        os.path.join(template, "dosdevices"), os.path.join(target, "dosdevices"), symlinks=True
    )
    for name in os.listdir(template):
        if name.endswith(".reg") or name == ".update-timestamp":
            shutil.copy2(os.path.join(template, name), target)


def _kill(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    os.killpg(process.pid, signal.SIGKILL)
    try:
        return process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        return b"", b""


def _processes(prefix: str) -> list[int]:
    """Processes whose environment names this prefix. A zombie has no environment and does not count."""
    wanted = f"WINEPREFIX={prefix}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(entry))
    return found


def _end_processes(prefix: str) -> None:
    """Kills what is left of a prefix whose server is gone, and waits until it is."""
    for pid in _processes(prefix):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not _until(lambda: not _processes(prefix), seconds=10):
        raise WineError(f"processes {_processes(prefix)} of {prefix} do not end")


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _hold(session: str) -> int:
    """Locks a session's folder for as long as this process lives."""
    handle = os.open(os.path.join(session, "alive"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _sweep_abandoned() -> None:
    """Removes sessions whose process was killed, with what still runs in them."""
    for entry in os.scandir(cache_root()):
        if entry.name.startswith("session-"):
            with contextlib.suppress(OSError):
                os.close(_hold(entry.path))
                _end_processes(entry.path)
                shutil.rmtree(entry.path, ignore_errors=True)
