"""Programs of the system that tests need: found, or named with the package that has them. Nothing is skipped."""

from __future__ import annotations

import os
import shutil
import signal

SUPPORT = os.path.dirname(os.path.abspath(__file__))


class MissingTool(Exception):
    """Something that the tests need is not installed; the text names the apt package."""


def find_tool(name: str, package: str, *folders: str) -> str:
    """The full path of a program, in $PATH or in folders that only root has there; or MissingTool naming its apt package."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise MissingTool(
            f"{name} is not installed: apt-get install {package}  (or .ci/setup-system test)"
        )
    return found


def ended(returncode: int) -> str:
    """How a program ended, in words, of what Popen.returncode says."""
    if returncode >= 0:
        return f"ended with exit status {returncode}"
    return f"was ended by {signal.Signals(-returncode).name}"
