"""docs/: every example is built, every table is fresh, every link leads somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen import __version__, config, pipeline, targets
from kgen.cli import CLEAN, ERROR, FINDINGS, INTERRUPTED, READER_GONE, _verbs, main
from kgen.cli._run import make_parser
from kgen.diagnostics import Sink
from kgen.diagnostics.render import FORMATS
from kgen.model.device import SDDL_PRESETS
from kgen.model.errors import BOUNDARY, BUILTIN
from kgen.project import DEFAULT_OUT, Project
from kgen.schema.order import TOP
from kgen.schema.shapes import SHAPES, Key
from kgen.source.format import format_text

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = ("language.md", "getting-started.md", "cli.md", "ci.md")
Stored = Callable[[Path, str], None]


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


# Examples: ```yaml is a schema, ```yaml fragment a part of one, ```yaml refused CODE is refused,
# ```yaml file NAME is there for the ones below it, ```yaml head is put above the fragments.


class Example(NamedTuple):
    page: str
    line: int
    role: str
    argument: str
    text: str


def examples(page: str) -> list[Example]:
    found = []
    text = read(page)
    for match in re.finditer(
        r"^```yaml ?(\w*) ?([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    ):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Example(page, line, *match.groups()))
    return found


EXAMPLES = [example for page in PAGES for example in examples(page)]
HEAD = next(example.text for example in EXAMPLES if example.role == "head")


def complete(example: Example) -> str:
    """A fragment below the head's lines, but for those whose key it has itself."""
    if example.role != "fragment":
        return example.text
    keys = re.findall(r"^(\w+):", example.text, re.MULTILINE)
    head = [line for line in HEAD.splitlines() if line.partition(":")[0] not in keys]
    return "\n".join(head) + "\n" + example.text


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.role in ("", "fragment", "refused")],
    ids=lambda example: f"{example.page}:{example.line}",
)
def test_example(example: Example, tmp_path: Path) -> None:
    for other in EXAMPLES:
        if other.role == "file" and other.page == example.page:
            (tmp_path / other.argument).write_text(other.text, encoding="utf-8")
    path = tmp_path / "schema.yaml"
    path.write_text(complete(example), encoding="utf-8")
    sink = Sink()
    project = Project(str(tmp_path), {})
    analysis = pipeline.diagnose(str(path), sink, project)
    codes = {found.code for found in sink.sorted()}
    if example.role == "refused":
        assert codes == {example.argument}
        return
    assert analysis is not None, [f"{found.span}: {found.message}" for found in sink.sorted()]
    used = {use.capability for use in analysis.interface.uses}
    wanted = [name for name in targets.names() if used <= targets.load(name).capabilities]
    if analysis.interface.windows is None:
        wanted = [name for name in wanted if name != "wdm"]
    generated = pipeline.generate(str(path), sink, Project(str(tmp_path), {"targets": wanted}))
    assert generated is not None, [found.message for found in sink.sorted()]


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.role in ("", "fragment", "refused", "file")],
    ids=lambda example: f"{example.page}:{example.line}",
)
def test_example_is_formatted(example: Example) -> None:
    assert format_text(example.text, "example", TOP, Sink()) == example.text


def test_there_are_examples_of_each_kind() -> None:
    assert {example.role for example in EXAMPLES} >= {"", "head", "fragment", "refused", "file"}
    assert len([example for example in EXAMPLES if example.page == "language.md"]) >= 30


# The tutorial: what it says to run is run, and prints what it says.


def test_getting_started_works_as_written(tmp_path: Path) -> None:
    kgen = tmp_path / "bin" / "kgen"
    kgen.parent.mkdir()
    kgen.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m kgen "$@"\n')
    kgen.chmod(0o755)
    path = f"{kgen.parent}{os.pathsep}{os.environ['PATH']}"
    printed = ""
    ran = 0
    for match in re.finditer(
        r"^```(\w+) (run|file|output) ?([^\n]*)\n(.*?)^```$",
        read("getting-started.md"),
        re.M | re.S,
    ):
        role, argument, text = match[2], match[3], match[4]
        if role == "file":
            (tmp_path / argument).write_text(text, encoding="utf-8")
        elif role == "output":
            assert printed == text
        else:
            done = subprocess.run(
                ["sh", "-e", "-c", text], cwd=tmp_path, env={**os.environ, "PATH": path},
                capture_output=True, encoding="utf-8", timeout=120, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            printed = done.stdout
            ran += 1
    assert ran == 2
    handlers = (tmp_path / "sensor/driver/sensor_handlers.c").read_text()
    shown = re.search(r"^```c\n(.*?)^```$", read("getting-started.md"), re.M | re.S)
    assert shown is not None
    assert shown[1] in handlers


def test_the_change_of_the_tutorial_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "-q", "sensor", "--dir", "."]) == 0
    assert main(["build", "-q"]) == 0
    schema = tmp_path / "sensor.yaml"
    before = schema.read_text()
    head, out, reply = before.partition("    out:\n      number: u32\n")
    schema.write_text(head + out + "      loads: u32\n" + reply)
    assert main(["check", "-q"]) == 1
    assert main(["build", "-q"]) == 0
    assert main(["check", "-q", "--full"]) == 0
    schema.write_text(head + out + "      loads: u8\n" + reply)
    assert main(["build", "-q"]) == 1


def test_ci_shows_the_step_that_init_writes(tmp_path: Path) -> None:
    from kgen.cli.init import make

    written = make("sensor")[".github/workflows/kgen.yml"].decode()
    shown = next(e.text for e in EXAMPLES if e.role == "ci" and "workflows" in e.argument)
    assert shown == written.replace(f"kgen=={__version__}", "kgen==VERSION")


# Tables, between `<!-- name -->` and `<!-- end -->`


def table(*rows: tuple[str, ...]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


VALUES = {
    "text": "text",
    "name": "name",
    "names": "one, or a list",
    "integer": "integer",
    "version": "version",
    "boolean": "`true` or `false`",
    "type": "type and clauses",
    "plain_type": "type",
    "numbers": "integer, or ABIs, each with its integer",
    "range": "`A..B`",
    "bits": "`N` or `A..B`",
    "conditions": "one, or a list",
    "mode": "text",
    "message": "struct, fields or type",
}


def value_of(key: Key) -> str:
    form, _, shape = key.kind.partition(":")
    if form == "map":
        return "names, each with " + (
            "its fields" if shape == "" else f"its {shape.replace('_', ' ')}"
        )
    if form == "shape":
        return "integer, or a mapping" if SHAPES[shape].short == "integer" else "a mapping"
    return VALUES.get(key.kind) or " or ".join(f"`{word}`" for word in key.kind.split("|"))


def keys_table(name: str) -> str:
    shape = SHAPES[name]
    rows = [(f"Key of {name.replace('_', ' ')}", "Value", "")]
    for key in shape.keys:
        required = " Required." if key.required else ""
        rows.append((f"`{key.name}`", value_of(key), key.doc + required))
    short = f"\n\nThe short form stands for `{shape.short_key}`." if shape.short_key else ""
    return table(*rows) + short


def errors_table(_: str) -> str:
    rows = [("Name", "NTSTATUS", "Win32", "errno", "Means")]
    for error in BUILTIN.values():
        rows.append(
            (
                f"`{error.name}`",
                f"0x{error.ntstatus:08X}",
                str(error.win32),
                error.errno,
                error.note.doc,
            )
        )
    return table(*rows)


def presets_table(_: str) -> str:
    return table(
        ("Word", "SDDL"), *((f"`{word}`", f"`{text}`") for word, text in SDDL_PRESETS.items())
    )


def boundary_list(_: str) -> str:
    *names, last = (f"`{name}`" for name in BOUNDARY)
    return f"{', '.join(names)} or {last}."


def options_of(parser: ArgumentParser) -> list[Action]:
    hidden = ("help", "quiet", "no_color", "version")
    return [
        action
        for action in parser._actions
        if action.dest not in hidden
        and action.help != SUPPRESS
        and not isinstance(action, _SubParsersAction)
    ]


def subparsers() -> dict[str, ArgumentParser]:
    parser = make_parser(_verbs.names())
    found = next(action for action in parser._actions if isinstance(action, _SubParsersAction))
    return dict(found.choices)


def spelled(action: Action) -> str:
    value = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest
    )
    if not action.option_strings:
        text = str(value)
        return (
            f"`[{text} ...]`"
            if action.nargs == "*"
            else f"`[{text}]`"
            if action.nargs == "?"
            else f"`{text}`"
        )
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    return names if action.nargs == 0 else f"{names} `{value}`"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def verb_table(verb: str) -> str:
    rows = [("Argument", "")]
    rows += [
        (spelled(action), sentence(action.help or "")) for action in options_of(subparsers()[verb])
    ]
    summary = _verbs.summary(_verbs.load(verb))
    return summary if len(rows) == 1 else f"{summary}\n\n{table(*rows)}"


def config_table(_: str) -> str:
    meanings = {
        "schemas": "paths and globs of the schemas",
        "targets": "build these in place of the schemas' own",
        "out": f"folder of the outputs, one folder per interface in it (default: `{DEFAULT_OUT}`)",
        "drivers": "folder of the authors' own files, `{interface}` stands for the name "
        "(default: `driver` in the folder of each interface)",
    }
    kinds = {**dict.fromkeys(config.LISTS, "list of texts"), **dict.fromkeys(config.TEXTS, "text")}
    return table(
        ("Key", "Value", ""), *((f"`{key}`", kind, meanings[key]) for key, kind in kinds.items())
    )


TABLES = {
    "config": config_table,
    "keys": keys_table,
    "errors": errors_table,
    "presets": presets_table,
    "boundary": boundary_list,
    "verb": verb_table,
}
MARKED = re.compile(r"<!-- (\w+)(?:: (\w+))? -->\n(.*?)<!-- end -->", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_fresh(page: str, stored: Stored) -> None:
    def made(match: re.Match[str]) -> str:
        mark = match[0].partition("\n")[0]
        return f"{mark}\n{TABLES[match[1]](match[2])}\n<!-- end -->"

    stored(DOCS / page, MARKED.sub(made, read(page)))


def marks(page: str, name: str) -> list[str]:
    return [match[2] for match in MARKED.finditer(read(page)) if match[1] == name]


def test_every_key_of_the_language_is_documented() -> None:
    assert sorted(marks("language.md", "keys")) == sorted(SHAPES)


def test_every_format_and_status_is_documented() -> None:
    text = read("cli.md")
    for name in FORMATS:
        assert f"\n| `{name}` |" in text
    for status in (CLEAN, FINDINGS, ERROR, INTERRUPTED, READER_GONE):
        assert f"\n| {status} |" in text


def test_the_json_document_is_the_one_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "lamp.yaml").write_text(
        "kgen: 1\ninterface: lamp\nwindows: {device_type: 0x8A17}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["build", "--format", "json", "schemas/lamp.yaml"]) == 1
    shown = re.search(r"^```json\n(.*?)^```$", read("cli.md"), re.M | re.S)
    assert shown is not None
    assert json.loads(capsys.readouterr().out) == json.loads(shown[1])


def test_every_verb_is_documented() -> None:
    assert sorted(marks("cli.md", "verb")) == _verbs.names()
    text = read("cli.md")
    for verb in _verbs.names():
        assert f"\n### {verb}\n" in text


def test_every_clause_and_type_is_documented() -> None:
    from kgen.model.scope import WORDS
    from kgen.model.types import INTEGERS

    text = read("language.md")
    for word in WORDS - set(INTEGERS):
        assert f"`{word}" in text, word
    for clause in ("in", "by", "count", "size", "at", "reserved", "secret", "since"):
        assert re.search(rf"^\| .*`{clause}[ `].* \|", text, re.MULTILINE), clause


# Links


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = read(page)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    titles = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        file, _, anchor = link.partition("#")
        if file.startswith("https://"):
            continue
        assert not file or (DOCS / file).exists(), link
        assert file or anchor in titles, link
