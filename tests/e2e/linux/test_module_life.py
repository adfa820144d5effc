"""The tour's module in both kernels: node, opens, access, capability, handles, objects, by raw calls."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.generated import ROOT
from tests.support.guest import NOBODY, Guest
from tests.support.kernel_modules import build_module

AUTHOR = os.path.join(ROOT, "examples", "tour", "driver")
SCRIPT = os.path.join(os.path.dirname(__file__), "module_life.py")


def magic() -> str:
    text = Path(ROOT, "schemas", "tour.yaml").read_text(encoding="utf-8")
    (found,) = re.findall(r"magic: (0x[0-9A-F]+)", text)
    return str(found)


def test_a_device_and_its_callers(guest: Guest, tmp_path: Path) -> None:
    folder = os.path.join(ROOT, "generated", "tour")
    module, _ = build_module(folder, guest.kernel.release, str(tmp_path / "build"), AUTHOR)
    with guest.module(module):
        ran = guest.python(SCRIPT, magic(), check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        count = Path(SCRIPT).read_text(encoding="utf-8").count("\n@check\n")
        assert ran.stdout == f"{count} checks, 0 failed\n"
        opens = "import os; os.open('/dev/tour', os.O_RDWR)"
        assert (
            "PermissionError: [Errno 13]"
            in guest.python("-c", opens, check=False, uid=NOBODY).stderr
        )
        guest.run("chmod", "666", "/dev/tour")
        # The mode is wide now, and the capability is missing still.
        assert (
            "PermissionError: [Errno 1]"
            in guest.python("-c", opens, check=False, uid=NOBODY).stderr
        )
    assert not guest.run("sh", "-c", "ls /dev/tour", check=False).stdout
