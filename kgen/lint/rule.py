"""Lint: what a rule is, and what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.abi import Layouts
    from kgen.diagnostics import Span

ERROR = "error"
WARNING = "warning"
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)
"""From the worst."""


class Place(NamedTuple):
    """Where a rule is broken, and how."""

    message: str
    """One phrase in lower case, with names in backticks."""
    span: Span
    ioctl: str | None = None
    """None where it is the device, or the whole interface."""
    path: str | None = None
    """Of the field in the ioctl's message."""


class Rule(NamedTuple):
    name: str
    """Stable: what a schema and a CI job call it."""
    severity: str
    """`error`; or `warning`: there may be a reason for it, which somebody should be able to say; or `note`."""
    why: str
    """A sentence or two, for whoever meets the finding."""
    source: str
    """The document that the rule is from."""
    check: Callable[[Layouts], Iterator[Place]]


class Finding(NamedTuple):
    rule: Rule
    severity: str
    message: str
    span: Span
    ioctl: str | None
    path: str | None


RULES: dict[str, Rule] = {}
"""Every rule by its name."""

_DOCS = {
    "K/": "https://learn.microsoft.com/en-us/windows-hardware/drivers/kernel/",
    "S/": "https://learn.microsoft.com/en-us/windows-hardware/drivers/driversecurity/",
    "D/": "https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/",
    "L/": "https://docs.kernel.org/",
}


def rule(
    name: str, severity: str, *, why: str, source: str
) -> Callable[[Callable[[Layouts], Iterator[Place]]], Callable[[Layouts], Iterator[Place]]]:
    """Register a function as a rule. `source` is an address, or begins with the short form of one."""
    address = _DOCS.get(source[:2], source[:2]) + source[2:]

    def register(
        check: Callable[[Layouts], Iterator[Place]],
    ) -> Callable[[Layouts], Iterator[Place]]:
        RULES[name] = Rule(name, severity, why, address, check)
        return check

    return register
