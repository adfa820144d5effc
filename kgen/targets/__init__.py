"""The targets, found by a scan of this folder: a new one is a file here and a template folder.

Only the targets that a build asks for are imported.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from kgen.diagnostics import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.diagnostics import Sink, Span
    from kgen.model import Interface
    from kgen.targets.target import Target


def names() -> list[str]:
    """The name of every target there is, sorted."""
    return sorted(
        name[:-3]
        for folder in __path__
        for name in os.listdir(folder)
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


def check_names(wanted: Iterable[tuple[str, Span | None]], sink: Sink) -> bool:
    """Whether each is the name of a target; what is not is reported (KG502)."""
    known = names()
    mark = sink.error_count
    for name, span in wanted:
        if name not in known:
            near = closest(name, known)
            help = f"did you mean `{near}`?" if near else f"the targets are {', '.join(known)}"
            sink.error("KG502", span, f"there is no target `{name}`", help=help)
    return not sink.failed_since(mark)


def check_support(interface: Interface, chosen: Iterable[Target], sink: Sink) -> bool:
    """Whether every target can express all that the interface uses; else KG501 at its place."""
    from kgen.model.capabilities import CAPABILITIES

    mark = sink.error_count
    for use in interface.uses:
        lacking = [target.name for target in chosen if use.capability not in target.capabilities]
        if lacking:
            sink.error(
                "KG501",
                use.span,
                f"{use.what}: {CAPABILITIES[use.capability]} cannot be built for "
                + ", ".join(f"`{name}`" for name in lacking),
                label=f"needs the capability `{use.capability}`",
            )
    return not sink.failed_since(mark)
