"""What a module comes with, used as a user uses it: `make install`, dkms, and the udev rule."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.linux.conftest import Built
from tests.support.generated import ROOT, build
from tests.support.guest import Guest
from tests.support.kernel_modules import SERIES, kernel_release
from tests.support.toolchain import run_tool
from tests.support.tools import find_tool

SBIN = ("/usr/sbin", "/sbin")
VAULT = os.path.join(ROOT, "schemas", "vault.yaml")

# As udev starts with a system; it listens only by then.
START_UDEV = """
set -e
mkdir -p /run/udev/rules.d
cp "$1" /run/udev/rules.d
/lib/systemd/systemd-udevd --daemon
udevadm control --ping
"""
FORGET_RULES = "rm /run/udev/rules.d/*; udevadm control --exit"


@pytest.mark.parametrize("series", SERIES)
def test_make_install_puts_all_where_it_belongs(series: str, tmp_path: Path) -> None:
    """Below DESTDIR, as for a package; modprobe then finds the module there."""
    folder = build(VAULT, str(tmp_path / "generated"), ["linux"])
    release = kernel_release(series)
    root = tmp_path / "root"
    run_tool([
        "make", "-C", os.path.join(folder, "linux"), f"KDIR=/lib/modules/{release}/build", f"DESTDIR={root}", "install",
    ])  # fmt: skip
    rule = root / "etc" / "udev" / "rules.d" / "60-vault.rules"
    assert (
        rule.read_bytes()
        == Path(ROOT, "generated", "vault", "linux", "60-vault.rules").read_bytes()
    )
    modprobe = find_tool("modprobe", "kmod", *SBIN)
    found = run_tool([modprobe, "-d", str(root), "-S", release, "-n", "-v", "vault"])
    (module,) = (root / "lib" / "modules" / release).rglob("vault.ko*")
    assert found.split() == ["insmod", str(module)]


def test_dkms_builds_what_make_dkms_makes(tmp_path: Path) -> None:
    folder = build(VAULT, str(tmp_path / "generated"), ["linux"])
    release = kernel_release("6.1")
    run_tool([
        "make", "-C", os.path.join(folder, "linux"), f"DESTDIR={tmp_path}", "dkms",
    ])  # fmt: skip
    tree = tmp_path / "dkms"
    tree.mkdir()
    dkms = [
        find_tool("dkms", "dkms", *SBIN), "--sourcetree", str(tmp_path / "usr" / "src"), "--dkmstree", str(tree),
        "--installtree", str(tmp_path / "modules"), "-k", release,
    ]  # fmt: skip
    run_tool([*dkms, "add", "vault/1.1"])
    run_tool([*dkms, "build", "vault/1.1"])
    assert f"vault/1.1, {release}, x86_64: built" in run_tool([*dkms, "status"])
    module = tree / "vault" / "1.1" / release / "x86_64" / "module" / "vault.ko"
    told = run_tool([find_tool("modinfo", "kmod", *SBIN), str(module)])
    assert f"vermagic:       {release} " in told


def test_udev_gives_the_node_its_mode_and_group(
    guest: Guest, module: Built, generated: Built
) -> None:
    """The tour's 0660 of group dialout: a running udev makes it so as the module is loaded."""
    rule = os.path.join(generated("tour"), "linux", "60-tour.rules")
    find_tool("udevadm", "udev", *SBIN)
    shown = ["stat", "-c", "%a %U:%G", "/dev/tour"]
    with guest.module(module("tour")):
        assert guest.run(*shown).stdout == "660 root:root\n"
    guest.run("sh", "-c", START_UDEV, "sh", rule)
    try:
        with guest.module(module("tour")):
            guest.run("udevadm", "settle")
            assert guest.run(*shown).stdout == "660 root:dialout\n"
            told = guest.run("udevadm", "test", "/sys/class/misc/tour")
            assert "60-tour.rules" in told.stderr
    finally:
        guest.run("sh", "-c", FORGET_RULES)
