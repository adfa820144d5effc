"""The Wine prefix that every session starts as a clone of: Windows CPython in C:\\Python, the service helper in C:\\kgen."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from tests.support.cache import cached, file_digest
from tests.support.imports import wine_modules_dir
from tests.support.toolchain import compile_exe
from tests.support.tools import SUPPORT, MissingTool, find_tool
from tests.support.windows_python import windows_python

SERVICE_SOURCE = os.path.join(SUPPORT, "service.c")
PACKAGES = "wine wine64"
BOOT_TIMEOUT = 180
DISABLED = "mscoree,mshtml,winedbg.exe,winemenubuilder.exe="
"""Parts of Wine that would ask for downloads, stop a crashed driver for a second, or write into the user's home."""


def wine_command() -> str:
    """Wine's loader. Debian calls it wine; other systems may have wine64 only."""
    return shutil.which("wine") or find_tool("wine64", PACKAGES)


def wine_environment(prefix: str, debug: str = "-all") -> dict[str, str]:
    """The environment of every Wine process: the prefix, no display, no settings of the user's own Wine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WINE", "PYTHON", "PIP_"))
    }
    kept.pop("DISPLAY", None)
    kept.pop("WAYLAND_DISPLAY", None)
    return {
        **kept,
        "WINEPREFIX": prefix,
        "WINEARCH": "win64",
        "WINEDEBUG": debug,
        "WINEDLLOVERRIDES": DISABLED,
    }


def wine_template() -> str:
    """The folder of the template prefix, made on first use, which takes about 15 seconds."""
    version = subprocess.run(
        [wine_command(), "--version"], env=wine_environment("/nonexistent"), stdout=subprocess.PIPE, text=True,
        timeout=BOOT_TIMEOUT, check=True,
    ).stdout  # fmt: skip
    kernel = os.stat(os.path.join(wine_modules_dir(), "ntoskrnl.exe"))
    python = windows_python()
    key = [
        version,
        str(kernel.st_mtime_ns),
        os.path.basename(python),
        file_digest(SERVICE_SOURCE),
        file_digest(__file__),
    ]
    return cached("wine-prefix", key, lambda folder: _make(folder, python))


def _make(folder: str, python: str) -> None:
    log_path = os.path.join(folder, "creation.log")
    with open(log_path, "wb") as log:
        # The processes that wineboot leaves behind keep its output open: a file, as a pipe would never end.
        _wine(folder, log.fileno(), ["wineboot.exe", "--init"])
        _end_server(folder)
    if not os.path.exists(os.path.join(folder, "drive_c", "windows", "system32", "ntoskrnl.exe")):
        with open(log_path, encoding="utf-8", errors="replace") as log_text:
            raise MissingTool(
                f"wineboot made no prefix (apt-get install {PACKAGES}):\n{log_text.read()}"
            )

    drive = os.path.join(folder, "drive_c")
    shutil.copytree(python, os.path.join(drive, "Python"))
    os.mkdir(os.path.join(drive, "kgen"))
    service = os.path.join(drive, "kgen", "service.exe")
    compile_exe([SERVICE_SOURCE], service, libraries=["advapi32"], flags=["-municode"])
    with open(log_path, "ab") as log:
        _wine(folder, log.fileno(), [service, "ping"])
        # CPython wants pipes. Nothing of a running prefix inherits them.
        compiled = subprocess.run(
            [wine_command(), "C:\\Python\\python.exe", "-m", "compileall", "-q", "C:\\Python\\Lib"],
            env=wine_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=BOOT_TIMEOUT, check=True,
        )  # fmt: skip
        log.write(compiled.stdout)
        _end_server(folder)
    _make_portable(folder)


def _wine(prefix: str, output: int, arguments: Sequence[str]) -> None:
    subprocess.run(
        [wine_command(), *arguments], env=wine_environment(prefix), stdin=subprocess.DEVNULL, stdout=output,
        stderr=output, timeout=BOOT_TIMEOUT, check=True,
    )  # fmt: skip


def _end_server(prefix: str) -> None:
    """Ends every process of the prefix and waits until the registry is written."""
    server = find_tool("wineserver", PACKAGES)
    for option in ("-k", "-w"):
        subprocess.run(
            [server, option], env=wine_environment(prefix), timeout=BOOT_TIMEOUT, check=False
        )


def _make_portable(prefix: str) -> None:
    """Removes what ties the prefix to the user's home or to the date of Wine's installation."""
    for folder, subfolders, _ in os.walk(os.path.join(prefix, "drive_c", "users")):
        for name in subfolders:
            path = os.path.join(folder, name)
            if os.path.islink(path):  # Documents, Desktop ... point into the home of the user
                os.remove(path)
                os.mkdir(path)
    # Wine would otherwise redo the prefix when the date of its wine.inf changes.
    with open(os.path.join(prefix, ".update-timestamp"), "w", encoding="ascii") as file:
        file.write("disable\n")
