"""What holds on the other ABIs of a system, of which no compiler is at hand but clang."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.packages import unpacked
from kgen.abi.abis import BY_NAME
from kgen.diagnostics import Sink
from kgen.importer.clang import load
from kgen.importer.convert import Converted, convert
from kgen.importer.facts import Facts, together
from kgen.importer.names import interface_name
from kgen.importer.read import Broken, Request, read_facts
from kgen.importer.verify import Difference, verify


class Elsewhere(NamedTuple):
    """One header on one other ABI."""

    abi: str
    broken: str = ""
    """Why it does not compile there; empty where it does."""
    records: int = 0
    codes: int = 0
    unlike: tuple[str, ...] = ()
    """Records and codes that the schema of the usual ABIs does not have right there: the header differs by processor."""
    wrong: tuple[str, ...] = ()
    """The same of the schema that was read on every ABI."""
    wrong_records: int = 0
    """How many of these are records."""


_LIBRARIES = {
    "linux-aarch64": "arm64", "linux-armhf": "armhf", "linux-riscv64": "riscv64", "linux-s390x": "s390x",
    "linux-powerpc64le": "ppc64el", "linux-mips64el": "mips64el", "linux-mipsel": "mipsel", "linux-sparc64": "sparc64",
}  # fmt: skip
"""Debian's word for the processor in libc6-dev-*-cross."""


@functools.cache
def libraries() -> str:
    """The C library's headers for each ABI; some of Linux include them."""
    return unpacked([f"libc6-dev-{arch}-cross" for arch in _LIBRARIES.values()])


def facts_of(
    header: str, abi: str, folders: Sequence[str] = (), before: Sequence[str] = ()
) -> Facts | str:
    """What a header says on an ABI; or why it does not compile."""
    request = Request(folders=tuple(folders), before=tuple(before))
    found = read_facts(load(), header, BY_NAME[abi], request)
    if isinstance(found, Broken):
        place, line, _, message = found.errors[0]
        return f"{os.path.basename(place)}:{line}: {message}" if place else message
    return together([found], abi)


def _there(header: str, abi: str, before: Sequence[str]) -> Facts | str:
    """The same on another ABI: behind what was first elsewhere, or if that is not to be had, as the import does it."""
    folders = [f"{libraries()}/usr/{BY_NAME[abi].triple}/include"] if abi in _LIBRARIES else []
    found = facts_of(header, abi, folders, before)
    return facts_of(header, abi, folders) if isinstance(found, str) else found


def on_others(
    header: str, usual: Sequence[Facts], result: Converted, others: Sequence[str]
) -> tuple[Elsewhere, ...]:
    """Hold the schema against clang on each other ABI; and where it is not the same, one that was read there, too."""
    found = {abi: _there(header, abi, usual[0].before) for abi in others}
    facts = [each for each in found.values() if not isinstance(each, str)]
    unlike = verify(result.text, result.lifted, facts).differences
    wrong: tuple[Difference, ...] = ()
    lost: dict[str, str] = {}
    if unlike:
        whole = convert([*usual, *facts], interface_name(header), Sink())
        assert whole is not None
        wrong = (
            tuple(
                Difference(each.code, abi, f"{each.message}: the schema of all is refused")
                for each in whole.refused
                for abi in found
            )
            or verify(whole.text, whole.lifted, facts).differences
        )
        lost = {
            left.message.split("`")[1]: left.message for left in whole.left if left.code == "KG713"
        }
    return tuple(_of(abi, each, unlike, wrong, lost) for abi, each in found.items())


def _of(
    abi: str,
    facts: Facts | str,
    unlike: Sequence[Difference],
    wrong: Sequence[Difference],
    lost: dict[str, str],
) -> Elsewhere:
    if isinstance(facts, str):
        return Elsewhere(abi, facts)
    here = [each for each in wrong if each.abi == abi]
    told = [key for key in lost if key in facts.records]
    bad = {each.key for each in here if not each.is_code} | set(told)
    return Elsewhere(
        abi,
        "",
        len(facts.records),
        len(facts.codes),
        tuple(dict.fromkeys(f"`{each.key}` {each.message}" for each in unlike if each.abi == abi)),
        tuple(
            dict.fromkeys(
                [*(f"`{each.key}` {each.message}" for each in here), *(lost[key] for key in told)]
            )
        ),
        len(bad),
    )
