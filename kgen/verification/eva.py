"""Frama-C Eva: no access out of bounds, and no byte read or sent that was never written."""

from __future__ import annotations

import os
import re
import subprocess

from kgen.verification.baseline import is_known

_OPTIONS = [
    "-eva",
    "-machdep",
    "gcc_x86_64",
    "-c11",
    "-eva-slevel",
    "40",
    "-eva-auto-loop-unroll",
    "80",
    "-eva-domains",
    "symbolic-locations,equality",
    "-eva-split-return",
    "full",
]
_ALARM = re.compile(r"^\[eva:alarm\] ([^:\n]+):(\d+): Warning: \n((?:  .*\n)+)", re.MULTILINE)


def prove(path: str, folder: str, interface: str, subject: str) -> list[str]:
    """The alarms that nobody has reviewed; empty where there are none."""
    if subject == "plan":
        return []  # nothing of it is memory
    folders = " ".join(f"-I{os.path.join(folder, part)}" for part in ("proof", "core", "include"))
    ran = subprocess.run(
        [
            path,
            *_OPTIONS,
            f"-cpp-extra-args={folders} '-D_Alignof(x)=__alignof__(x)'",
            "-main",
            f"kgen_prove_{subject}",
            os.path.join(folder, "proof", f"{interface}_proof.c"),
        ],
        capture_output=True,
        text=True,
    )
    said = ran.stdout + ran.stderr
    if ran.returncode != 0:
        return [f"no answer: {' / '.join(said.strip().splitlines()[-3:])}"]
    findings = []
    for file, line, text in _ALARM.findall(said):
        alarm = " ".join(part.strip() for part in text.splitlines())
        if not is_known(os.path.basename(file), _line(file, folder, int(line)), alarm):
            findings.append(f"{os.path.basename(file)}:{line}: {alarm}")
    if not re.search(rf'Frama_C_show_each_reached: *\n? *\{{\{{ "{subject}" \}}\}}', said):
        findings.append("no request succeeds: what was shown of them says nothing")
    return list(dict.fromkeys(findings))


def _line(file: str, folder: str, number: int) -> str:
    """The text at a place that Eva names; empty for files of Frama-C's own."""
    for part in ("core", "proof", "include"):
        path = os.path.join(folder, part, os.path.basename(file))
        if os.path.exists(path):
            with open(path, encoding="utf-8") as opened:
                lines = opened.read().splitlines()
            return lines[number - 1] if number <= len(lines) else ""
    return ""
