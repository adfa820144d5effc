"""Options and fixtures of all tests.

`pytest --update` rewrites what is stored beside the tests: renderings and goldens. What a fixture
expects of a diagnostic is typed by hand and never rewritten.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

UPDATE_COMMAND = "python -m pytest --update"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the stored renderings and goldens"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update") and os.environ.get("CI"):
        raise pytest.UsageError("--update is for people: in CI the stored files are the truth")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--update` run what has something stored, and nothing else."""
    if config.getoption("--update"):
        items[:] = [item for item in items if "update" in getattr(item, "fixturenames", ())]


@pytest.fixture(scope="session")
def update(pytestconfig: pytest.Config) -> bool:
    """Whether stored files are to be rewritten."""
    return bool(pytestconfig.getoption("--update"))


@pytest.fixture
def stored(update: bool) -> Callable[[Path, str], None]:
    """`stored(path, text)` asserts that the file holds the text, or writes it on `--update`."""

    def check(path: Path, text: str) -> None:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if update:
            if text != before or not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            return
        if text != before or not path.exists():
            lines = difflib.unified_diff(
                before.splitlines(keepends=True),
                text.splitlines(keepends=True),
                f"{path.name} (stored)",
                f"{path.name} (now)",
            )
            pytest.fail(f"{''.join(lines)}\nIf this is as it should be: {UPDATE_COMMAND}")

    return check


@pytest.fixture
def no_orphans(update: bool) -> Callable[[Path, str, set[str]], None]:
    """`no_orphans(folder, glob, names)` asserts that a folder stores nothing else; deletes on
    `--update`.
    """

    def check(folder: Path, glob: str, names: set[str]) -> None:
        orphans = [path for path in sorted(folder.glob(glob)) if path.name not in names]
        if update:
            for path in orphans:
                path.unlink()
            return
        listed = ", ".join(path.name for path in orphans)
        assert not orphans, f"nothing makes {listed}; delete: {UPDATE_COMMAND}"

    return check
