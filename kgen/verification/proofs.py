"""The proofs of one interface: one per ioctl and tool, their twins, and how they are run side by side."""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.verification import esbmc, eva, msan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from kgen.verification.tools import Tools

    Prove = Callable[[], list[str]]


NOT_ASKED = "not asked, as the request holds objects or handles"
"""Of ESBMC, which does not come to an end with objects, and aborts at handles."""


class Proof(NamedTuple):
    """One question to one tool."""

    tool: str
    interface: str
    subject: str
    """An ioctl; `plan` for any code at all; of the runtime `utf8` and `utf16`; `all` of a program."""
    key: str
    """Of the text that it is about, the tools and the question: the same key has the same answer."""
    prove: Prove
    note: str = ""
    """Why the tool is not asked this."""


class Verdict(NamedTuple):
    """What a tool answered."""

    tool: str
    interface: str
    subject: str
    seconds: float
    """Of the clock; 0 where the answer was known."""
    findings: tuple[str, ...]
    """`place: what is wrong`, with what the tool says of how; empty where it is proven."""
    note: str = ""
    """Why the tool was not asked; then nothing is proven."""


def proofs(folder: str, interface: str, tools: Tools, only: Collection[str] = ()) -> list[Proof]:
    """The proofs of the generated text in `folder`; those of the ioctls `only`, where some are named.

    Raises ValueError where `only` has a name that is no ioctl of the interface.
    """
    harness = os.path.join(folder, "proof", f"{interface}_proof.c")
    with open(harness, encoding="utf-8") as file:
        text = file.read()
    subjects = re.findall(r"^void kgen_prove_(\w+)\(void\)$", text, re.MULTILINE)
    held = set(re.findall(r"^    kgen_holds_(\w+) = 1,$", text, re.MULTILINE))
    unknown = sorted(set(only) - set(subjects))
    if unknown:
        raise ValueError(f"`{interface}` has no ioctl `{unknown[0]}`; it has {', '.join(subjects)}")
    chosen = [subject for subject in subjects if not only or subject in only]
    digest = _digest(folder, tools)
    return [
        Proof(
            tool,
            interface,
            subject,
            f"{digest} {tool} {subject}",
            prove,
            NOT_ASKED if subject in held and tool.startswith("esbmc") else "",
        )
        for tool, subject, prove in _questions(folder, interface, tools, chosen, not only)
    ]


def _questions(
    folder: str, interface: str, tools: Tools, subjects: list[str], runtime: bool
) -> Iterator[tuple[str, str, Prove]]:
    if tools.esbmc:
        checker = esbmc.Checker(tools.esbmc, folder, interface)
        for subject in [*subjects, *(esbmc.RUNTIME if runtime else ())]:
            yield "esbmc", subject, lambda subject=subject: checker.prove(subject)  # type: ignore[misc]
            yield "esbmc twin", subject, lambda subject=subject: checker.twin(subject)  # type: ignore[misc]
    if tools.eva:
        for subject in subjects:
            yield (
                "eva",
                subject,
                lambda subject=subject: eva.prove(  # type: ignore[misc]
                    tools.eva, folder, interface, subject
                ),
            )
    if tools.msan:
        expected = [subject for subject in subjects if subject != "plan"]
        for sanitizer in msan.SANITIZERS:
            yield (
                sanitizer,
                "all",
                lambda sanitizer=sanitizer: msan.prove(  # type: ignore[misc]
                    tools.msan, folder, interface, sanitizer, expected
                ),
            )


def run_all(
    questions: Iterable[Proof], jobs: int, answered: Callable[[Proof, Verdict], None]
) -> list[Verdict]:
    """Run them, `jobs` at a time; `answered` is told of each when it is there, in this thread."""
    verdicts = []
    with ThreadPoolExecutor(jobs) as pool:
        pending = [(question, pool.submit(_run, question)) for question in questions]
        try:
            for question, future in pending:
                verdict = future.result()
                answered(question, verdict)
                verdicts.append(verdict)
        finally:
            pool.shutdown(cancel_futures=True)
    return verdicts


def _run(question: Proof) -> Verdict:
    if question.note:
        return Verdict(question.tool, question.interface, question.subject, 0.0, (), question.note)
    start = time.monotonic()
    findings = question.prove()
    seconds = time.monotonic() - start
    return Verdict(question.tool, question.interface, question.subject, seconds, tuple(findings))


def _digest(folder: str, tools: Tools) -> str:
    """Of every file that a proof is made of, of this package, and of the tools."""
    total = sha256(tools.versions.encode())
    for part in ("core", "include", "proof"):
        for name in sorted(os.listdir(os.path.join(folder, part))):
            _add(total, os.path.join(folder, part, name), name)
    here = os.path.dirname(os.path.abspath(__file__))
    for name in sorted(os.listdir(here)):
        if name.endswith(".py"):
            _add(total, os.path.join(here, name), name)
    return total.hexdigest()


def _add(total, path: str, name: str) -> None:  # type: ignore[no-untyped-def]
    with open(path, "rb") as file:
        total.update(f"{name} {sha256(file.read()).hexdigest()}\n".encode())
