"""`make run`: from the schema of the vault to its driver, loaded and called. README.md tells what happens.

Needs what `.ci/setup-system run` installs. No display, no root: Wine's own ntoskrnl runs the driver, in a prefix
that is gone afterwards. What was built stays in build/vault to be looked at.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TypeVar

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, ROOT)

from tests.support.generated import build, compile_generated_driver, inspected  # noqa: E402
from tests.support.tools import MissingTool  # noqa: E402
from tests.support.windows_python import windows_python  # noqa: E402
from tests.support.wine import Prefix  # noqa: E402
from tests.support.wine_template import wine_template  # noqa: E402

SCHEMA = os.path.join("schemas", "vault.yaml")
BUILD = os.path.join("build", "vault")
TRACE = "kgen: refused: "
HOSTILE = "  ! "
CREATED = "kgshim: device type "

Made = TypeVar("Made")


def step(name: str, make: Callable[[], Made], say: Callable[[Made], str]) -> Made:
    """Makes something, and says in one line what it is and how long it took."""
    start = time.monotonic()
    made = make()
    print(f"{name:<9} {say(made):<79} {time.monotonic() - start:5.1f} s", flush=True)
    return made


def files_in(folder: str) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


def show_schema() -> str:
    document = inspected(SCHEMA)
    return f"{SCHEMA}: {len(document['ioctls'])} ioctls, interface hash {document['hash'][:12]}"


def describe(driver: str) -> str:
    return (
        f"{driver}: {os.path.getsize(driver) // 1024} KiB, no warning from -Wall -Wextra -Wpedantic"
    )


def talk(wine: Prefix, generated: str) -> int:
    """Lets session.py talk to the driver; behind each hostile call stands what the driver said to its developer."""
    heard = len(wine.debug_lines())
    session = os.path.join(HERE, "session.py")
    ran = wine.python(session, path=[os.path.join(generated, "python")], check=False)
    said = iter([line for line in wine.debug_lines(heard) if line.startswith(TRACE)])
    for line in ran.stdout.splitlines():
        print(line)
        if line.startswith(HOSTILE):
            print(f"{'':<8}{next(said, 'the driver says nothing')}")
    sys.stderr.write(ran.stderr)
    return ran.returncode


def main() -> int:
    os.chdir(ROOT)
    start = time.monotonic()
    step("schema", show_schema, lambda text: text)
    generated = step(
        "generate", lambda: build(SCHEMA, "build"), lambda made: f"{made}: {files_in(made)} files"
    )
    driver = step(
        "compile",
        lambda: compile_generated_driver(
            generated, os.path.join(HERE, "driver"), f"{BUILD}.sys", "mingw-gcc"
        ),
        describe,
    )
    step(
        "Windows",
        lambda: (wine_template(), windows_python()),
        lambda _: "Wine's prefix and CPython for Windows",
    )
    with Prefix() as wine:
        step(
            "load",
            lambda: wine.load_driver(driver, "vault"),
            lambda _: r"\Device\Vault, " + security(wine),
        )
        print()
        status = talk(wine, generated)
        print()
        step(
            "unload",
            lambda: wine.unload_driver("vault"),
            lambda _: "clean: " + wine.debug_lines()[-1].partition(" ")[2],
        )
    if status == 0:
        print(
            f"\n{time.monotonic() - start:.0f} seconds in all. What happened, file by file: examples/vault/README.md"
        )
    return status


def security(wine: Prefix) -> str:
    """Who may open the device, as the driver told the kernel."""
    (line,) = (line for line in wine.debug_lines() if line.startswith(CREATED))
    return line[line.index("sddl") : line.index(" status")]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingTool as error:
        sys.exit(str(error))
