"""The targets, found by a scan of this folder: a new one is a file here and a template folder.

Only the targets that a build asks for are imported.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.targets.target import Target


def names() -> list[str]:
    """The name of every target there is, sorted."""
    files = os.listdir(os.path.dirname(__file__))
    return sorted(
        name[:-3]
        for name in files
        if name.endswith(".py") and not name.startswith("_") and name != "target.py"
    )


def load(name: str) -> Target:
    """The target of that name, which must be one of `names()`."""
    target: Target = import_module(f"kgen.targets.{name}").TARGET
    return target


def select(wanted: Iterable[str]) -> list[Target]:
    """The wanted targets and all that they need, what is needed first, each once."""
    chosen: dict[str, Target] = {}

    def add(name: str) -> None:
        if name in chosen:
            return
        target = load(name)
        for needed in target.needs:
            add(needed)
        chosen[name] = target

    for name in wanted:
        add(name)
    return list(chosen.values())
