"""What the kernel's own checkpatch.pl says of generated files; it is in linux-source, and so goes with `make test-kasan`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.generated import ROOT
from tests.support.uml_kernel import uml_kernel

SHAPE = {"LEADING_SPACE", "CODE_INDENT", "SUSPECT_CODE_INDENT", "OPEN_BRACE"}
"""One style for Windows and Linux: four spaces."""

KNOWN = {
    "include": SHAPE | {"SPDX_LICENSE_TAG", "NEW_TYPEDEFS", "PREFER_DEFINED_ATTRIBUTE_MACRO"},
    "core": SHAPE | {"SPDX_LICENSE_TAG", "NEW_TYPEDEFS", "ARRAY_SIZE", "VOLATILE", "SPACING"},
    "linux": SHAPE
    | {"SPDX_LICENSE_TAG", "ARRAY_SIZE", "CONSTANT_COMPARISON", "LINUX_VERSION_CODE"},
    "uapi": {"LINE_SPACING"},
}
"""What it may say of the files of each folder, and of the header for programs: docs/linux.md has the reasons."""

LINE = re.compile(r"(?P<file>.+):(?P<line>\d+): (?:ERROR|WARNING|CHECK):(?P<kind>\w+): .*")


def style_problems(names: Sequence[str], scratch: Path) -> list[str]:
    """Of the checked-in files of these interfaces, what is not KNOWN."""
    found = []
    for name in names:
        folder = Path(ROOT, "generated", name)
        for part in ("include", "core", "linux"):
            files = [
                path
                for path in sorted((folder / part).glob("*.[ch]"))
                if not path.name.endswith(("_ioctl.h", "_ioctl_check.h", "_trace.h"))
            ]
            found += _unknown(files, KNOWN[part])
        found += _unknown(_kernel_style(folder / "linux", scratch), KNOWN["uapi"])
    return found


def _kernel_style(folder: Path, scratch: Path) -> Iterator[Path]:
    """The headers in the kernel's own style, where a kernel tree has them: __attribute__ is for uapi alone."""
    target = scratch / "include" / "uapi" / "linux"
    target.mkdir(parents=True, exist_ok=True)
    for pattern in ("*_ioctl.h", "*_ioctl_check.h", "*_trace.h"):
        (path,) = folder.glob(pattern)
        yield Path(shutil.copy(path, target))


def _unknown(files: Sequence[Path] | Iterator[Path], known: set[str]) -> list[str]:
    found = []
    for path in files:
        said = LINE.finditer(checkpatch(path))
        found += [match[0] for match in said if match["kind"] not in known]
    return found


def checkpatch(path: Path) -> str:
    """What it prints of a file, a line for each finding."""
    script = Path(uml_kernel(), "scripts", "checkpatch.pl")
    options = ["--no-tree", "--no-summary", "--terse", "--show-types", "-f"]
    done = subprocess.run(
        ["perl", str(script), *options, str(path)], capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode not in (0, 1) or done.stderr:
        raise RuntimeError(f"checkpatch does not run: {done.stderr}")
    return done.stdout
