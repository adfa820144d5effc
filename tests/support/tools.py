"""Programs of the system that tests need: found, or named with the package that has them. Nothing is skipped."""

from __future__ import annotations

import os
import shutil

SUPPORT = os.path.dirname(os.path.abspath(__file__))


class MissingTool(Exception):
    """Something that the tests need is not installed; the text names the apt package."""


def find_tool(name: str, package: str) -> str:
    """The full path of a program, or MissingTool naming the apt package that has it."""
    found = shutil.which(name)
    if found is None:
        raise MissingTool(
            f"{name} is not installed: apt-get install {package}  (or .ci/setup-system test)"
        )
    return found
