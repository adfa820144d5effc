"""A list of checks that a program runs in order, one JSON line each: {"check", "ms", "failure"}."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[..., None]


class Suite:
    """Checks are functions of the same arguments, and fail by raising."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.system = "windows" if sys.platform == "win32" else "linux"
        """Whose error numbers the device answers with; one that is simulated has those of Windows anywhere."""

    def check(self, function: Check) -> Check:
        """As a decorator: take the function as the next check."""
        self.checks.append(function)
        return function

    def run(self, *arguments: Any, before: Check | None = None) -> Iterator[dict[str, Any]]:
        """Run every check, each after `before`, and yield what came of it."""
        for function in self.checks:
            start = time.monotonic()
            failure = None
            try:
                if before is not None:
                    before(*arguments)
                function(*arguments)
            except Exception:
                failure = traceback.format_exc()
            ms = round(1000 * (time.monotonic() - start))
            yield {"check": function.__name__, "ms": ms, "failure": failure}

    def main(self, *arguments: Any, before: Check | None = None) -> int:
        """Run, print, and return the exit status."""
        failed = 0
        for result in self.run(*arguments, before=before):
            print(json.dumps(result), flush=True)
            failed += result["failure"] is not None
        return 1 if failed else 0
