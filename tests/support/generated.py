"""What kgen makes, as tests and examples use it: schemas built into a folder, the folder built into a driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from glob import glob
from typing import Any

from tests.support.toolchain import compile_driver

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KGEN_TIMEOUT = 60


def kgen(*arguments: str, cwd: str = ROOT) -> str:
    """Runs this tree's kgen, and returns what it printed; AssertionError with all of it if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "kgen", *arguments], cwd=cwd, env={**os.environ, "PYTHONPATH": ROOT},
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=KGEN_TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"kgen {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def build(schema: str, out: str, targets: Sequence[str] = ()) -> str:
    """Builds a schema, and returns the folder of its interface in `out`; `targets` stand in for the schema's own."""
    kgen("build", "--quiet", "--out", out, *(f"--target={name}" for name in targets), schema)
    return os.path.join(out, os.path.splitext(os.path.basename(schema))[0])


def inspected(schema: str) -> dict[str, Any]:
    """The resolved interface, as `kgen inspect --format json` prints it."""
    document: dict[str, Any] = json.loads(kgen("inspect", "--format", "json", schema))
    return document


def driver_sources(generated: str, author: str) -> tuple[list[str], list[str], list[str]]:
    """Sources, sources with `__try`, and include folders of a WDM driver.

    A file of the folder `author` stands in for the skeleton of the same name.
    """
    assert os.path.isdir(author), f"no folder {author}"
    own = {os.path.basename(path): path for path in glob(os.path.join(author, "*.c"))}
    skeletons = {
        os.path.basename(path): path for path in glob(os.path.join(generated, "driver", "*.c"))
    }
    authors = {**skeletons, **own}
    machine = [
        path for part in ("core", "wdm") for path in glob(os.path.join(generated, part, "*.c"))
    ]
    seh = [path for path in machine if path.endswith("_seh.c")]
    sources = [path for path in machine if path not in seh]
    others = ("_kmdf_driver.c", "_module.c")
    sources += [path for name, path in authors.items() if not name.endswith(others)]
    folders = [
        author,
        *(os.path.join(generated, part) for part in ("include", "core", "wdm", "driver")),
    ]
    return sorted(sources), seh, folders


def compile_generated_driver(generated: str, author: str, out: str, compiler: str) -> str:
    """Builds a generated WDM driver with its author's handlers for Wine, and returns `out`."""
    sources, seh, folders = driver_sources(generated, author)
    return compile_driver(sources, out, compiler, folders, seh)
