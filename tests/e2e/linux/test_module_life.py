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
        ran = guest.python(SCRIPT, magic(), "tour", check=False)
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


def test_one_module_with_two_devices(guest: Guest, tmp_path: Path) -> None:
    """As docs/linux.md says: both are listed in the author's file, and linked by another."""
    examples = [os.path.join(ROOT, "examples", name, "driver") for name in ("tour", "vault")]
    own = tmp_path / "own"
    own.mkdir()
    entry = Path(examples[1], "vault_module.c").read_text(encoding="utf-8")
    entry = entry.replace("    &vault_linux,\n", "    &vault_linux,\n    &tour_linux,\n")
    entry = entry.replace(
        '#include "vault_linux.h"\n', '#include "tour_linux.h"\n#include "vault_linux.h"\n'
    )
    (own / "vault_module.c").write_text(entry, encoding="utf-8")
    (own / "vault.kbuild").write_text(
        "vault-y += tour_linux.o tour_core.o tour_handlers.o kgen_linux_handles.o\n",
        encoding="utf-8",
    )
    module, _ = build_module(
        os.path.join(ROOT, "generated", "vault"),
        guest.kernel.release,
        str(tmp_path / "build"),
        " ".join([*examples, str(own)]),
        ["W=1", f"MORE={os.path.join(ROOT, 'generated', 'tour')}"],
    )
    with guest.module(module):
        ran = guest.python(SCRIPT, magic(), "vault", check=False)
        assert ran.stdout.endswith(" 0 failed\n"), ran.stdout + ran.stderr
        assert guest.run("stat", "-c", "%a", "/dev/vault", "/dev/tour").stdout == "600\n660\n"
    assert not guest.run("sh", "-c", "ls /dev/tour /dev/vault", check=False).stdout
