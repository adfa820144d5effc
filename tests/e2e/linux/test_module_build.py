"""Generated modules, built against the headers of both kernels by the steps of their BUILDING.md."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.compile.test_hostile_schema import SCHEMA
from tests.support.generated import ROOT, build
from tests.support.kernel_modules import SERIES, build_module, kernel_release

EXAMPLES = ("vault", "tour")
NOISE = ("Skipping BTF generation",)
"""What kbuild says of a machine that has headers alone."""


def complaints(printed: str) -> list[str]:
    """What compiler, sparse or modpost have to say."""
    words = re.compile(r"warning|error|sparse:|undefined|WARNING|ERROR")
    lines = [line for line in printed.splitlines() if words.search(line)]
    return [line for line in lines if not line.startswith(NOISE)]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_builds_without_a_warning(name: str, series: str, tmp_path: Path) -> None:
    release = kernel_release(series)
    handlers = os.path.join(ROOT, "examples", name, "driver")
    generated = os.path.join(ROOT, "generated", name)
    options = ["W=1", "C=1", f"DESTDIR={tmp_path / 'root'}"]
    module, printed = build_module(generated, release, str(tmp_path / "build"), handlers, options)
    assert complaints(printed) == []
    assert "CHECK " in printed, "sparse ran"
    told = subprocess.run(["modinfo", module], capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^vermagic: +{re.escape(release)} ", told, re.M)
    assert re.search(r"^license: +(Dual \w+/)?GPL$", told, re.M)
    assert sorted(path.name for path in Path(generated, "linux").iterdir() if path.is_dir()) == []


def test_a_warning_is_noticed(tmp_path: Path) -> None:
    """What gcc and sparse each find alone, in an author's file."""
    folder = build(os.path.join(ROOT, "schemas", "vault.yaml"), str(tmp_path), ["linux"])
    source = Path(folder, "driver", "vault_handlers.c")
    wrong = """
static int left_out(void);
void *vault_stray(char __user *at);
void *vault_stray(char __user *at)
{
    return (void *)at;
}
"""
    text = source.read_text(encoding="utf-8")
    source.write_text(f"#include <linux/compiler.h>\n{text}{wrong}", encoding="utf-8")
    options = ["W=1", "C=1"]
    _, printed = build_module(
        folder, kernel_release("6.1"), str(tmp_path / "build"), options=options
    )
    found = "\n".join(complaints(printed))
    assert "left_out" in found
    assert "cast removes address space" in found


def test_the_sources_for_dkms_are_whole(tmp_path: Path) -> None:
    """`make dkms` makes a folder that builds by itself, as dkms builds it."""
    folder = build(os.path.join(ROOT, "schemas", "vault.yaml"), str(tmp_path), ["linux"])
    root = tmp_path / "root"
    command = ["make", "-s", "-C", os.path.join(folder, "linux"), f"DESTDIR={root}", "dkms"]
    subprocess.run(command, check=True)
    sources = root / "usr" / "src" / "vault-1.1"
    assert not [path for path in sources.iterdir() if path.is_symlink()]
    settings = dict(
        line.split("=", 1)
        for line in (sources / "dkms.conf").read_text().splitlines()
        if "=" in line
    )
    assert settings["PACKAGE_NAME"] == '"vault"'
    assert settings["PACKAGE_VERSION"] == '"1.1"'
    kernel = f"/lib/modules/{kernel_release('6.12')}/build"
    done = subprocess.run(
        ["make", "-C", kernel, f"M={sources}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (sources / "vault.ko").is_file()


def test_no_text_of_a_schema_becomes_code(tmp_path: Path) -> None:
    """Docs that would end a comment or a string, and names that are words of C."""
    schema = tmp_path / "odd.yaml"
    text = SCHEMA.replace("windows:", "linux: {magic: 0xB9}\nwindows:", 1)
    schema.write_text(text.replace("[wdm, c]", "[linux]"), encoding="utf-8")
    folder = build(str(schema), str(tmp_path))
    options = ["W=1", "C=1"]
    module, printed = build_module(
        folder, kernel_release("6.12"), str(tmp_path / "build"), options=options
    )
    assert complaints(printed) == []
    told = subprocess.run(["modinfo", module], capture_output=True, text=True, check=True).stdout
    assert '#error "escaped" /* ??/' in told, "the text is there, as text"
