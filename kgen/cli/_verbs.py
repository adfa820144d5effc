"""The verbs, found by a scan of this folder: a new one is a file here, and nothing else.

The file `<verb>.py` (`import_.py`, where Python keeps the name for itself) has a docstring whose
first line is the verb's help, and the two functions of `Verb`. Names with `_` first are no verbs.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class Verb(Protocol):
    """The module of a verb."""

    __doc__: str | None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what the verb takes. `kgen.cli._options` has what several verbs share."""

    def run(self, options: Namespace) -> int:
        """Do it; the exit status: 0 clean, 1 findings, 2 something could not be done."""


def names() -> list[str]:
    """Every verb, sorted."""
    files = os.listdir(os.path.dirname(__file__))
    return sorted(
        name[:-3].rstrip("_") for name in files if name.endswith(".py") and not name.startswith("_")
    )


def load(name: str) -> Verb:
    """The verb of that name, which must be one of `names()`."""
    folder = os.path.dirname(__file__)
    module = name if os.path.exists(os.path.join(folder, f"{name}.py")) else f"{name}_"
    return cast("Verb", import_module(f"kgen.cli.{module}"))


def summary(verb: Verb) -> str:
    """What the verb does, in a line."""
    return (verb.__doc__ or "").strip().partition("\n")[0]
