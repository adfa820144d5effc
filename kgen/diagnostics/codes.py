"""The catalogue: what each diagnostic code means. One Markdown file per code, read when asked for.

A file begins with `# KG012 duplicate-key` and one sentence; then come the sections "What it
means", "Example" and "Use instead". A line `Shown by: TEST` names the test that raises a code
which no schema fixture can raise; it is not shown to users.
"""

from __future__ import annotations

import os
import re

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalog")
_CODE = re.compile(r"(?:KG)?0*(\d{1,3})", re.IGNORECASE)
_TITLE = re.compile(r"# (KG\d{3}) ([a-z0-9-]+)\n")


def codes() -> list[str]:
    """Every code there is, sorted."""
    return sorted(name[:-3] for name in os.listdir(_FOLDER) if name.endswith(".md"))


def explanation(code: str) -> str | None:
    """The Markdown text of a code; None if there is no such code."""
    path = os.path.join(_FOLDER, f"{code}.md")
    if not _CODE.fullmatch(code) or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def short_name(text: str) -> str:
    """The short name in an explanation: `duplicate-key`."""
    match = _TITLE.match(text)
    assert match, "every file of the catalogue begins with its title"
    return match[2]


def find(query: str) -> str | None:
    """The code that a user means by `KG012`, `kg12`, `12` or `duplicate-key`."""
    match = _CODE.fullmatch(query.strip())
    if match:
        code = f"KG{int(match[1]):03}"
        return code if explanation(code) is not None else None
    wanted = query.strip().lower()
    for code in codes():
        if short_name(explanation(code) or "") == wanted:
            return code
    return None
