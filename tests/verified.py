"""`make verify-all`: proves the core of every example anew, and writes docs/verified.md of it."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "kgen", "verify", "--force", "--format", "json"]


def page(document: dict) -> str:
    """The answers as a table; times in seconds."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for proof in document["proofs"]:
        told = "**FINDING**" if proof["findings"] else f"{proof['seconds']:.1f} s"
        told = "not asked" if proof["note"] else told
        rows.setdefault((proof["interface"], proof["subject"]), {})[proof["tool"]] = told
    tools = list(dict.fromkeys(proof["tool"] for proof in document["proofs"]))
    bad = [proof for proof in document["proofs"] if proof["findings"]]
    lines = [
        "# What was proven, last time",
        "",
        f"Written by `make verify-all` on {datetime.date.today()}: {len(document['proofs'])} answers, "
        f"{len(bad)} with findings, {os.cpu_count()} processors. [verify.md](verify.md) says what they mean.",
        "Times are of the clock, of a machine that may have been busy.",
        "",
        f"| ioctl | {' | '.join(tools)} |",
        f"|---|{'---|' * len(tools)}",
    ]
    for (interface, subject), told in rows.items():
        cells = " | ".join(told.get(tool, "") for tool in tools)
        lines.append(f"| {interface}.{subject} | {cells} |")
    for proof in bad:
        lines += ["", f"{proof['interface']}.{proof['subject']}, {proof['tool']}:", ""]
        lines += [f"    {finding}" for finding in proof["findings"]]
    return "\n".join([*lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, required=True)
    options = parser.parse_args()
    ran = subprocess.run(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if ran.returncode not in (0, 1):
        return ran.returncode
    options.write.write_text(page(json.loads(ran.stdout)), encoding="utf-8")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
