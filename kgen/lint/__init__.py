"""Lint: rules of good interfaces that a schema may break for a reason. Reads model and layouts, renders nothing.

What a schema may never break is a diagnostic of the model or of abi. A rule is one function of this folder,
registered by `kgen.lint.rule.rule`; the modules are imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.lint import device, fields, ioctls
from kgen.lint.rule import ERROR, NOTE, RULES, SEVERITIES, WARNING, Finding, Rule

if TYPE_CHECKING:
    from kgen.abi import Layouts

__all__ = ["ERROR", "NOTE", "RULES", "SEVERITIES", "WARNING", "Finding", "Rule", "findings"]

_MODULES = (device, ioctls, fields)


def findings(layouts: Layouts) -> list[Finding]:
    """What every rule finds: of the device first, then by ioctl, in the order of the schema.

    In an interface whose driver exists already nothing can be changed, so that everything is a note.
    """
    interface = layouts.interface
    order = {ioctl.name: number for number, ioctl in enumerate(interface.ioctls)}
    found = [
        Finding(rule, NOTE if interface.external else rule.severity, *place)
        for rule in RULES.values()
        for place in rule.check(layouts)
    ]
    return sorted(found, key=lambda each: -1 if each.ioctl is None else order[each.ioctl])
