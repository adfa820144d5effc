"""Plug and Play devices in Wine: installed by their INF file, found by SetupAPI, started and removed by Wine's own manager."""

from __future__ import annotations

import os
import shutil

from tests.support.cache import cached, file_digest
from tests.support.toolchain import compile_exe
from tests.support.tools import SUPPORT
from tests.support.wine import Prefix, windows_path

_SOURCE = os.path.join(SUPPORT, "plug.c")
_VERSION = ".10.0...16299"
"""Of Windows, from which on DIRID 13 is known. Wine compares the platform of a section with `NTamd64` alone."""


class Plug:
    """A package of a driver, and the devices of it that are plugged in."""

    def __init__(self, wine: Prefix, folder: str, sys_path: str, inf_path: str) -> None:
        """`folder` is a new one, which holds the package: the two files side by side."""
        os.mkdir(folder)
        self._wine = wine
        self._exe = _plug_exe()
        self._inf = os.path.join(folder, os.path.basename(inf_path))
        shutil.copy(sys_path, os.path.join(folder, os.path.basename(sys_path)))
        with open(inf_path, encoding="utf-8") as file:
            text = file.read()
        assert text.count(f"NTamd64{_VERSION}") == 2
        with open(self._inf, "w", encoding="utf-8") as file:
            file.write(text.replace(_VERSION, ""))

    def plug_in(self, hardware_id: str) -> str:
        """Makes a device, installs its driver, and returns the instance: `ROOT\\SENSOR\\0000`."""
        return self._wine.run(
            self._exe, ["in", hardware_id, windows_path(self._inf)]
        ).stdout.strip()

    def pull_out(self, instance: str) -> None:
        """Removes a device."""
        self._wine.run(self._exe, ["out", instance])


def _plug_exe() -> str:
    def make(folder: str) -> None:
        compile_exe(
            [_SOURCE],
            os.path.join(folder, "plug.exe"),
            libraries=["setupapi", "newdev"],
            flags=["-municode"],
        )

    return os.path.join(cached("plug", [file_digest(_SOURCE)], make), "plug.exe")
