"""Whatever a schema says, the generated Python is what the formatter and the linter would leave."""

from __future__ import annotations

import keyword
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from tests.client.build import ROOT, Unresolved, write_client

RUFF = [sys.executable, "-m", "ruff"]
SCHEMAS = [
    "schemas/vault.yaml",
    "schemas/tour.yaml",
    "schemas/sensor.yaml",
    "schemas/mountmgr.yaml",
    "schemas/serial.yaml",
    "tests/client/schemas/odds.yaml",
    "tests/client/schemas/radio.yaml",
    "tests/client/schemas/types_only.yaml",
]

PYTHON_WORDS = [
    "self", "cls", "lambda", "from", "is", "none", "data", "request", "value", "tag", "count",
    "index", "type", "id", "list", "bytes", "str", "tuple", "property", "replace", "to_dict",
    "from_dict", "open", "close", "call", "raw", "transport", "message", "flags", "warning",
    "timeout", "x_1", "x_01", "x_10", "x_2", "mro", "name", *keyword.softkwlist,
]  # fmt: skip
NAMES = st.one_of(
    st.sampled_from([word for word in PYTHON_WORDS if word.islower() and word != "_"]),
    st.from_regex(r"[a-z][a-z0-9_]{0,94}", fullmatch=True),
)
LETTERS = st.text(st.sampled_from("ab \n\"'\\`.\t{}%#é日\u202e"), max_size=140)
LONG = st.integers(60, 110).map(lambda length: "x" * (length // 2) + " " + "y" * (length // 2))
DOCS = st.one_of(LETTERS, LONG, st.text(max_size=60))
BYTE_TYPES = ["u8", "s8", "bool", "u8[7]", "u8 in 1..5", "s8[2][2]", "utf8[9]", "utf8[9][3]"]
WIDE_TYPES = ["u32", "s16be", "u64le", "guid", "u32[2][2]", "utf16[4]", "s64 in -5..5"]


def quoted(text: str) -> str:
    """A YAML string that says exactly this, but for what no YAML file may carry."""
    safe = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
    for plain, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        safe = safe.replace(plain, escape)
    return f'"{safe}"'


def mapping(entries: list[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{quoted(name)}: {value}" for name, value in entries) + "}"


@st.composite
def schemas(draw: st.DrawFn) -> str:
    """An external interface, where holes between fields are allowed, with odd names and docs."""

    def names(least: int, most: int) -> list[str]:
        unique = st.lists(NAMES, min_size=least, max_size=most, unique_by=str.lower)
        return draw(unique)

    def fields(types: list[str]) -> str:
        entries = []
        for name in names(1, 5):
            value = draw(st.sampled_from(types))
            doc = draw(DOCS)
            entries.append((name, f"{{type: {quoted(value)}, doc: {quoted(doc)}}}"))
        return mapping(entries)

    lines = [
        "kgen: 1",
        "interface: odd",
        f"version: {quoted('1.0')}",
        "external: true",
        f"doc: {quoted(draw(DOCS))}",
        "targets: [python]",
        "windows: {device_type: 0x9000, device: Odd}",
    ]
    values = [(name, str(draw(st.integers(0, 2**63)))) for name in names(1, 4)]
    members = [
        (name, f"{{value: {i}, doc: {quoted(draw(DOCS))}}}") for i, name in enumerate(names(1, 4))
    ]
    lines.append(f"constants: {mapping(values)}")
    enum, struct = (f"{kind}_{name[:90]}" for kind, name in zip("es", names(2, 2), strict=True))
    enum_doc, struct_doc = quoted(draw(DOCS)), quoted(draw(DOCS))
    fields_ = fields(BYTE_TYPES + WIDE_TYPES)
    lines += [
        f"enums: {{{enum}: {{type: u16, doc: {enum_doc}, values: {mapping(members)}}}}}",
        f"structs: {{{struct}: {{layout: native, doc: {struct_doc}, fields: {fields_}}}}}",
    ]
    lines.append("ioctls:")
    for number, name in enumerate(names(1, 5)):
        parts = [f"function: {number}", "access: any", f"doc: {quoted(draw(DOCS))}"]
        if draw(st.booleans()):
            parts.append("in: " + draw(st.sampled_from([fields(BYTE_TYPES), struct])))
        if draw(st.booleans()):
            parts.append(f"deprecated: {quoted(draw(DOCS) + '!')}")
        if draw(st.booleans()):
            parts.append("out: " + draw(st.sampled_from(["u32", fields(BYTE_TYPES)])))
        lines.append(f"  {quoted(name)}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def run(*command: str, cwd: str) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def check_format(place: str) -> None:
    run(*RUFF, "format", "--no-cache", "--check", "--diff", ".", cwd=place)
    run(*RUFF, "check", "--no-cache", "--output-format", "concise", ".", cwd=place)


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_pass_ruff_and_its_formatter(name: str, tmp_path: Path) -> None:
    check_format(write_client(os.path.join(ROOT, name), str(tmp_path)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_pass_without_their_own_configuration(name: str, tmp_path: Path) -> None:
    place = write_client(os.path.join(ROOT, name), str(tmp_path))
    run(*RUFF, "format", "--no-cache", "--isolated", "--check", ".", cwd=place)
    run(*RUFF, "check", "--no-cache", "--isolated", ".", cwd=place)


# Without shrinking: an example is short enough, and each takes a run of ruff.
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(schemas(), min_size=4, max_size=4))
def test_any_schema_gives_what_the_formatter_would_leave(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    for number, text in enumerate(texts):
        path = folder / f"odd{number}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            place = write_client(str(path), str(folder / f"client{number}"))
        except Unresolved as refused:
            if not refused.codes <= {"KG121", "KG302", "KG304"}:
                raise
            reject()  # a name that the language or C has taken
        # The runtime is the same in each, and the examples check it.
        for name in os.listdir(os.path.join(place, "odd", "_runtime")):
            os.remove(os.path.join(place, "odd", "_runtime", name))
    check_format(str(folder))
