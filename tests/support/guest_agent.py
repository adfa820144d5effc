"""Runs in a guest: does what its host asks for, a program or a Python script at a time, each in a process of its own.

    python guest_agent.py PORT

A message is its length, 4 bytes big-endian, and a pickle, over the virtio-serial port. A request is (kind, arguments of
do_KIND); the reply is ((status, stdout, stderr) or None for a program that did not end in time, new lines of the kernel
log). Scripts run in a fork of this interpreter, which has imported what they need: starting Python takes a second here.
"""

from __future__ import annotations

import argparse  # noqa: F401
import ctypes  # noqa: F401
import enum  # noqa: F401
import errno
import fcntl  # noqa: F401
import importlib  # noqa: F401
import json  # noqa: F401
import mmap  # noqa: F401
import os
import pickle
import random  # noqa: F401
import runpy
import signal
import struct
import sys
import tempfile
import threading  # noqa: F401
import time
import traceback
import typing  # noqa: F401
import uuid  # noqa: F401
from collections.abc import Callable, Sequence

# Only to have them: what the clients and the suites import.
import _cffi_backend  # noqa: F401
import cffi  # noqa: F401

LOST = "(the kernel log was overwritten before it was read: lines are lost)"
Reply = tuple[int, bytes, bytes] | None


class KernelLog:
    """Reads /dev/kmsg: one record each read, "level,number,microseconds,flags;text" and continuations."""

    def __init__(self) -> None:
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)

    def new_lines(self) -> list[str]:
        lines = []
        while True:
            try:
                record = os.read(self._file, 8192)
            except BlockingIOError:
                return lines
            except OSError as error:
                if error.errno != errno.EPIPE:
                    raise
                lines.append(LOST)
                continue
            lines.append(record.decode("utf-8", "replace").partition(";")[2].split("\n")[0])


def do_run(argv: Sequence[str], env: dict[str, str], uid: int, cwd: str, timeout: float) -> Reply:
    """A program."""

    def program() -> int:
        os.environ.update(env)
        os.execvp(argv[0], argv)

    return _in_child(program, uid, cwd, timeout)


def do_python(
    args: Sequence[str], path: Sequence[str], uid: int, cwd: str, timeout: float
) -> Reply:
    """What Python does with ("-c", code, ...) or (script, ...), with folders to import from."""

    def script() -> int:
        sys.path[0:1] = path
        if args[0] == "-c":
            sys.argv = ["-c", *args[2:]]
            exec(compile(args[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = list(args)
            sys.path.insert(0, os.path.dirname(args[0]))
            runpy.run_path(args[0], run_name="__main__")
        return 0

    return _in_child(script, uid, cwd, timeout)


def _in_child(body: Callable[[], int], uid: int, cwd: str, timeout: float) -> Reply:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            _be_child(body, uid, cwd, out.fileno(), err.fileno())
        status = _wait(pid, timeout)
        if status is None:
            return None
        out.seek(0)
        err.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), err.read()


def _be_child(body: Callable[[], int], uid: int, cwd: str, out: int, err: int) -> None:
    status = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 64)
        os.chdir(cwd)
        if uid != 0:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        status = body()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int, timeout: float) -> int | None:
    end = time.monotonic() + timeout
    pause = 0.001
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        if time.monotonic() > end:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _read(port: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(port, size - len(data))
        if not part:
            raise SystemExit("the host has gone")
        data += part
    return data


def _write(port: int, message: object) -> None:
    data = pickle.dumps(message)
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(port, data) :]


def main(port_path: str) -> None:
    port = os.open(port_path, os.O_RDWR)
    log = KernelLog()
    kinds = {"run": do_run, "python": do_python}
    _write(port, (None, log.new_lines()))
    while True:
        (size,) = struct.unpack(">I", _read(port, 4))
        kind, arguments = pickle.loads(_read(port, size))
        reply = kinds[kind](**arguments)
        _write(port, (reply, log.new_lines()))


if __name__ == "__main__":
    main(sys.argv[1])
