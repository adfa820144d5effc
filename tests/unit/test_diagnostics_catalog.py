"""The catalogue of codes: complete, used, shown by tests, and its examples do what they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kgen.cli.explain import as_text, explain, list_all
from kgen.diagnostics import Sink, SourceFile
from kgen.diagnostics.codes import codes, explanation, find, short_name
from kgen.source import parse
from tests.errors.expectations import check_file, expectations, fixtures

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"KG\d{3}")
LAYOUT = re.compile(
    r"# (KG\d{3}) ([a-z0-9]+(?:-[a-z0-9]+)*)\n\n"
    r"(?P<title>[A-Z`].*\.)\n\n"
    r"## What it means\n\n(?P<meaning>(?s:.+?))\n\n"
    r"## Example\n\n```(?P<kind>yaml|toml|text)\n(?P<example>(?s:.+?))```\n\n"
    r"## Use instead\n\n```(?:yaml|toml|text)\n(?P<instead>(?s:.+?))```\n"
    r"(?:\nShown by: (?P<test>\S+)\n)?"
)
# What the reader of YAML reports: examples of these are read as they stand.
SOURCE = [code for code in codes() if code < "KG030" or "KG040" <= code < "KG050"]


def layout(code: str) -> re.Match[str]:
    match = LAYOUT.fullmatch(explanation(code) or "")
    assert match, f"{code}.md is not laid out as tests/unit/test_diagnostics_catalog.py says"
    return match


def used_codes() -> dict[str, str]:
    """Each code that stands in kgen's source as a string of its own, and a file that has it."""
    found = {}
    for path in sorted((ROOT / "kgen").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = getattr(node, "value", None)
            if isinstance(value, str) and CODE.fullmatch(value):
                found[value] = path.relative_to(ROOT).as_posix()
    return found


@pytest.mark.parametrize("code", codes())
def test_every_explanation_has_the_same_layout(code: str) -> None:
    match = layout(code)
    assert match[1] == code
    assert all(len(line) <= 100 for line in match["meaning"].splitlines())


def test_every_code_in_use_is_explained() -> None:
    missing = {code: path for code, path in used_codes().items() if code not in codes()}
    assert not missing, f"write kgen/diagnostics/catalog/KGnnn.md for {missing}"


def test_every_explained_code_is_in_use() -> None:
    assert sorted(set(codes()) - set(used_codes())) == []


def test_short_names_are_unique() -> None:
    names = [short_name(explanation(code) or "") for code in codes()]
    assert sorted(names) == sorted(set(names))


def test_every_code_is_shown_by_a_fixture_or_a_test() -> None:
    shown = {
        expected.code
        for path in fixtures()
        for expected in expectations(path.read_text(encoding="utf-8"))
    }
    unshown = [code for code in codes() if code not in shown and not layout(code)["test"]]
    assert not unshown, f"no fixture in tests/errors expects {', '.join(unshown)}"
    twice = [code for code in codes() if code in shown and layout(code)["test"]]
    assert not twice, f"a fixture shows {', '.join(twice)}: remove `Shown by:`"


@pytest.mark.parametrize("code", [code for code in codes() if layout(code)["test"]])
def test_the_test_that_shows_a_code_is_there_and_names_it(code: str) -> None:
    path, _, name = layout(code)["test"].partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in tests, f"{path} has no test {name}"
    assert code in ast.dump(tests[name]), f"{path}::{name} does not speak of {code}"


@pytest.mark.parametrize("code", SOURCE)
def test_examples_of_the_reader_are_what_they_say(code: str) -> None:
    match = layout(code)
    if match["kind"] == "yaml" and not match["test"]:
        assert reported(match["example"]) == {code}
        assert reported(match["instead"]) == set()


WHOLE = [
    code
    for code in codes()
    if code not in SOURCE and layout(code)["example"].startswith("kgen: 1\n")
]


@pytest.mark.parametrize("code", WHOLE)
def test_examples_that_are_whole_schemas_are_what_they_say(code: str, tmp_path: Path) -> None:
    match = layout(code)
    for name, text, expected in [
        ("example", match["example"], {code}),
        ("instead", match["instead"], set()),
    ]:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        assert {found.code for found in check_file(path)} == expected, name


def reported(text: str) -> set[str]:
    sink = Sink()
    parse(SourceFile("example.yaml", text), sink)
    return {found.code for found in sink.sorted()}


@pytest.mark.parametrize("query", ["KG012", "kg012", "KG12", "12", " kg12 ", "duplicate-key"])
def test_a_code_is_found_by_all_its_names(query: str) -> None:
    assert find(query) == "KG012"


@pytest.mark.parametrize("query", ["KG000", "KG9999", "", "x", "../catalog/KG012", "1234"])
def test_what_is_no_code(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert find(query) is None
    assert explain(query) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert f"there is no code `{query}`" in output.err


def test_a_misspelt_name_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("duplicat-key") == 2
    assert "did you mean KG012 duplicate-key?" in capsys.readouterr().err


def test_explain_prints_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("kg12") == 0
    output = capsys.readouterr().out
    assert output.startswith("KG012 duplicate-key\n\nA key is there twice")
    assert "\nUse instead\n\n    kgen: 1\n" in output
    assert "```" not in output
    assert "#" not in output


def test_code_keeps_its_comments_and_the_tests_are_not_shown() -> None:
    text = "# KG999 x\n\nTitle.\n\n```yaml\n# comment\na: 1\n```\n\nShown by: tests/x.py::y\n"
    assert as_text(text) == "KG999 x\n\nTitle.\n\n    # comment\n    a: 1"


def test_the_list_names_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert list_all() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == codes()
    assert "KG012 duplicate-key" in lines
