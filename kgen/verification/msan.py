"""The harness as a program under the sanitizers: valid requests, some of them broken, and any handler."""

from __future__ import annotations

import os
import re
import subprocess
from tempfile import TemporaryDirectory

SANITIZERS = ("memory", "address,undefined")
ROUNDS = 20000


def prove(
    clang: str, folder: str, interface: str, sanitizer: str, subjects: list[str]
) -> list[str]:
    """What the sanitizer found, and the ioctls of which no request succeeded."""
    with TemporaryDirectory() as work:
        program = os.path.join(work, "proof")
        built = subprocess.run(
            [
                clang,
                "-std=gnu11",
                "-O1",
                "-g",
                f"-fsanitize={sanitizer}",
                "-fno-sanitize-recover=all",
                *(f"-I{os.path.join(folder, part)}" for part in ("proof", "core", "include")),
                os.path.join(folder, "proof", f"{interface}_proof.c"),
                "-o",
                program,
            ],
            capture_output=True,
            text=True,
        )
        if built.returncode != 0:
            return [f"does not compile: {' / '.join(built.stderr.strip().splitlines()[:3])}"]
        ran = subprocess.run([program, str(ROUNDS)], capture_output=True, text=True)
    if ran.returncode != 0:
        return [_told(ran.stderr)]
    reached = set(re.findall(r"^reached: (\w+)$", ran.stdout, re.MULTILINE))
    return [f"{name}: no request succeeded" for name in subjects if name not in reached]


def _told(said: str) -> str:
    """The sanitizer's summary, and where in the core or the harness it was."""
    lines = said.strip().splitlines()
    summary = next((line for line in lines if "SUMMARY" in line or "not so:" in line), "")
    places = [os.path.basename(place) for place in re.findall(r"(\S+\.[ch]:\d+)", said)]
    return f"{summary or ' / '.join(lines[:2])} (at {', '.join(dict.fromkeys(places[:6]))})"
