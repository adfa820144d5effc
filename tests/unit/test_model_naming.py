"""The table of C names: what the targets write into their files is in it, so that collisions are found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgen.diagnostics import Sink
from kgen.model import naming
from kgen.pipeline import diagnose, generate
from kgen.project import Project

ROOT = Path(__file__).parents[2]


def known(name: str) -> tuple[set[str], set[str], set[str]]:
    """Macros, functions and tags that the table has for a schema of the repository."""
    analysis = diagnose(str(ROOT / "schemas" / f"{name}.yaml"), Sink(), Project(str(ROOT), {}))
    assert analysis is not None
    interface = analysis.interface
    macros = {symbol for symbol, _, _ in naming.macros(interface)} | naming.own_macros(name)
    functions = {symbol for symbol, _, _ in naming.functions(interface)}
    functions |= {naming.symbol(name, own) for own in naming.OWN_FUNCTIONS}
    tags = {symbol for symbol, _, _ in naming.tags(interface)}
    tags |= {naming.symbol(name, own) for own in naming.OWN_TAGS}
    return macros, functions, tags


def written(name: str) -> str:
    """The C of every target, without comments."""
    made = generate(str(ROOT / "schemas" / f"{name}.yaml"), Sink(), Project(str(ROOT), {}))
    assert made is not None
    files = {**made.files, **made.skeletons}
    text = "\n".join(
        content.decode() for path, content in files.items() if path.endswith((".h", ".c"))
    )
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", ["vault", "tour", "sensor"])
def test_every_symbol_of_the_generated_c_is_known(name: str) -> None:
    macros, functions, tags = known(name)
    text = written(name)
    upper = name.upper()
    defined = set(re.findall(rf"#define ((?:IOCTL_)?{upper}_\w+)", text))
    defined |= set(re.findall(rf"^ +({upper}_\w+) = ", text, re.MULTILINE))
    assert len(defined) > 20
    assert sorted(defined - macros) == []
    called = set(re.findall(rf"\b({name}_\w+)\(", text))
    called |= set(re.findall(rf"^(?:static )?const .*\b({name}_\w+) = ", text, re.MULTILINE))
    assert len(called) > 20
    assert sorted(called - functions) == []
    declared = set(re.findall(rf"\b(?:struct|union) ({name}_\w+)", text))
    assert sorted(declared - tags) == []


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_the_table_has_nothing_that_no_target_writes(name: str) -> None:
    """But for what Linux will need, whose names are kept from the first release."""
    macros, functions, tags = known(name)
    text = written(name)
    words = set(re.findall(r"\w+", text))
    assert {
        m
        for m in macros - words
        if "_IOC_" not in m
        and f"{name.upper()}_E_" not in m
        and not m.endswith(("_LINUX_H", "_IOCTL_CHECK_H", "_TRACE_H"))
    } == set()
    # A device with a name has a path, and one of Plug and Play a class.
    plugged = {f"{name}_client_class", f"{name}_client_device"}
    assert functions - words <= {f"{name}_from_errno", f"{name}_linux", *plugged}
    # The tour is built for no Linux kernel.
    assert {tag for tag in tags - words if not tag.endswith("_arg")} == set()
