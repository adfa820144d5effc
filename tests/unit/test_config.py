"""The configuration: where it is found, what it says, and a diagnostic for each mistake."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen import config, project
from kgen.cli import _run
from kgen.diagnostics import Sink, SourceFile
from kgen.project import Project
from tests.support.workspace import Workspace, fake_target, workspace

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["fake_target", "workspace"]


def load(folder: Path) -> tuple[Project, list[str]]:
    sink = Sink()
    found = config.load(str(folder), sink)
    return found, [f"{item.span}: {item.code} {item.message}" for item in sink.sorted()]


def test_without_configuration_the_folder_is_the_project(tmp_path: Path) -> None:
    found, problems = load(tmp_path)
    assert (found.root, found.schemas, found.targets) == (str(tmp_path), [], [])
    assert found.out == str(tmp_path / "generated")
    assert problems == []


@pytest.mark.parametrize("name", ["kgen.toml", "pyproject.toml"])
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.usefixtures("fake_target")
def test_configuration_is_found_from_below(tmp_path: Path, name: str, plain: bool) -> None:
    schemas = '["a.yaml", "b/*.yaml"]' if plain else '[\n  "a.yaml",\n  "b/*.yaml",\n]'
    head = "" if name == "kgen.toml" else '[project]\nname = "x"\n\n[tool.kgen]\n'
    (tmp_path / name).write_text(f'{head}schemas = {schemas}\nout = "made"\ntargets = ["fake"]\n')
    below = tmp_path / "some" / "folder"
    below.mkdir(parents=True)
    (tmp_path / "some" / "pyproject.toml").write_text('[project]\nname = "of another kind"\n')
    found, problems = load(below)
    assert problems == []
    assert (found.root, found.out) == (str(tmp_path), str(tmp_path / "made"))
    assert (found.schemas, found.targets) == (["a.yaml", "b/*.yaml"], ["fake"])


def test_kgen_toml_goes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "kgen.toml").write_text('out = "first"\n')
    (tmp_path / "pyproject.toml").write_text('[tool.kgen]\nout = "second"\n')
    assert load(tmp_path)[0].out == str(tmp_path / "first")


@pytest.mark.parametrize(
    "text",
    [
        '[tool.kgen]\nout = "x"\n',
        '[tool]\nkgen = {out = "x"}\n',
        '[tool]\nkgen.out = "x"\n',
        'tool.kgen.out = "x"\n',
        '[ tool . "kgen" ]\nout = "x"\n',
        "[tool.kgen] # here\nout = 'x'\n",
        '[tool.kgen]\nout = """x"""\n',
        '[tool.kgen]\r\nout = "x"\r\n',
    ],
)
def test_every_spelling_of_the_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode())
    found, problems = load(tmp_path)
    assert (found.out, problems) == (str(tmp_path / "x"), [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.kgen]\nschema = []\n", "pyproject.toml:2:1: KG092 unknown setting `schema`"),
        ("[tool.kgen]\n\nout = 3\n", "pyproject.toml:3:1: KG091 `out` is a string, found a number"),
        (
            '[tool.x]\nout = 1\n[tool.kgen]\n  schemas = "a"\n',
            "pyproject.toml:4:3: KG091 `schemas` is a list of strings, found a string",
        ),
        ("[tool.kgen]\ntargets = [1]\n", "KG091 `targets` is a list of strings, found a list"),
        ("[tool.kgen]\ntargets = ['wdn']\n", "pyproject.toml:2:1: KG502 there is no target `wdn`"),
        ("[tool]\nkgen = true\n", "KG091 `tool.kgen` is not a table"),
        (
            "[tool.kgen]\ndrivers = 'src/{interfce}'\n",
            "pyproject.toml:2:1: KG091 `{interfce}` of `drivers` stands for nothing",
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    problems = load(tmp_path)[1]
    assert len(problems) == 1
    assert problems[0].endswith(problem)


def test_not_toml(tmp_path: Path) -> None:
    (tmp_path / "kgen.toml").write_text('out = "x"\nschemas = [\n')
    problems = load(tmp_path)[1]
    assert len(problems) == 1
    assert problems[0].startswith("kgen.toml:")
    assert "KG090 this is not TOML:" in problems[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [('schemas = ["a\n', "KG090"), ('schemas = "a"\n', "KG091"), ("x = 1\n", "KG092")],
)
@pytest.mark.parametrize("verb", ["build", "check", "fmt", "inspect"])
def test_a_mistake_goes_before_what_follows_from_it(
    workspace: Workspace, verb: str, text: str, code: str
) -> None:
    (workspace.folder / "kgen.toml").write_text(text)
    ran = workspace.run(verb)
    assert ran.status == 1
    assert f"error[{code}]" in ran.out + ran.err
    assert "no schema" not in ran.out + ran.err


def test_what_is_up_to_date_is_told_without_a_parser(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every setting that there is."""
    monkeypatch.delenv("CI", raising=False)
    settings = {"schemas": '["*.yaml"]', "targets": '["fake"]', "out": '"o"', "drivers": '"d"'}
    assert settings.keys() == {*config.LISTS, *config.TEXTS}
    lines = [f"{key} = {value}\n" for key, value in settings.items()]
    (workspace.folder / "kgen.toml").write_text("".join(lines))
    assert workspace.run("build").status == 0
    monkeypatch.setattr(_run, "run", None)
    assert workspace.run("build").status == workspace.run("check").status == 0


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    sink = Sink()
    config.read(SourceFile("kgen.toml", 'scemas = ["a"]\n'), sink)
    assert [item.help for item in sink.sorted()] == ["did you mean `schemas`?"]


WORDS = st.sampled_from(
    ["[tool.kgen]", "[tool]", "[other]", "[[tool.kgen]]", "[tool.kgen.x]", "kgen", "tool", "out"]
    + ["schemas", "targets", " = ", "=", '"a"', '"a#b"', "'a'", '"', "[", "]", ",", "#", "\n", "\n"]
    + ['["a", "b"]', '["a,b"]', "[]", "1", "true", '"\\n"', '"""', ".", " ", "\t", "\r\n", "é", "-"]
)
LINES = st.sampled_from(
    ["[tool.kgen]", "[other]", 'out = "x"', 'schemas = ["a", "b"]', "# kgen", "x = [", "]", ""]
    + ['targets=["c"]', 'out = "y" # z', 'name = "[tool.kgen]"', 'a.b = "c"', '"out" = "q"']
)


@given(st.lists(WORDS, max_size=12).map("".join) | st.lists(LINES, max_size=6).map("\n".join))
def test_the_plain_reader_agrees_with_a_toml_reader(text: str) -> None:
    for path in ("pyproject.toml", "kgen.toml"):
        plain = project.plain_settings(path, text)
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
        if plain is not None:
            assert plain == (table if path == "kgen.toml" else table["tool"]["kgen"])


def test_the_plain_reader_reads_what_projects_write() -> None:
    text = (
        '# of the team\n[tool.kgen]\nschemas = ["schemas/*.yaml"]\nout = "generated"\n\n[tool.x]\n'
    )
    expected = {"schemas": ["schemas/*.yaml"], "out": "generated"}
    assert project.plain_settings("pyproject.toml", text) == expected
    own = Path(__file__).parents[2] / "pyproject.toml"
    assert project.plain_settings(str(own), own.read_text(encoding="utf-8")) is not None


def test_globs(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "sub/c.yaml", "a[1].yaml", "x.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    root = str(tmp_path)

    def expand(*patterns: str) -> tuple[list[str], list[str]]:
        files, empty = project.expand(patterns, root)
        return [os.path.relpath(path, root).replace(os.sep, "/") for path in files], empty

    assert expand("b.yaml", "*.yaml") == (["b.yaml", "a.yaml", "a[1].yaml"], [])
    assert expand("**/*.yaml")[0] == ["a.yaml", "a[1].yaml", "b.yaml", "sub/c.yaml"]
    assert expand("a[1].yaml", "none/*.yaml") == (["a[1].yaml"], ["none/*.yaml"])
    assert expand("./sub/../b.yaml", "missing.yaml") == (["b.yaml", "missing.yaml"], [])


def test_paths_as_outputs_and_people_see_them() -> None:
    root = os.path.abspath("/project")
    inside, outside = os.path.join(root, "sub", "a.yaml"), os.path.abspath("/other/a.yaml")
    assert project.recorded_path(inside, root) == project.shown_path(inside, root) == "sub/a.yaml"
    assert project.recorded_path(outside, root) == "a.yaml"
    assert project.shown_path(outside, root) == outside.replace(os.sep, "/")


def test_commands_work_from_a_folder_below(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.folder / "kgen.toml").write_text('schemas = ["*.yaml"]\nout = "made"\n')
    below = workspace.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert workspace.run("build").out.startswith("lamp.yaml: 3 written, 0 unchanged in made/lamp\n")
    assert workspace.run("check").status == 0
    assert workspace.run("check", "../lamp.yaml").status == 0
    assert workspace.run("build", "../lamp.yaml", "-o", "here").status == 0
    assert (below / "here/lamp/lamp.h").read_bytes() == (
        workspace.folder / "made/lamp/lamp.h"
    ).read_bytes()


def test_targets_of_the_configuration_go_before_the_schemas(workspace: Workspace) -> None:
    workspace.change("targets: [fake]", "targets: []")
    (workspace.folder / "kgen.toml").write_text('schemas = ["lamp.yaml"]\ntargets = ["fake"]\n')
    assert workspace.run("build").status == 0
    assert (workspace.out / "lamp.h").exists()
    assert "# targets fake\n" in (workspace.out / "kgen.manifest").read_text()
    assert workspace.run("check").status == 0


def test_a_glob_passes_over_types_for_others(workspace: Workspace) -> None:
    types = workspace.folder / "types.yaml"
    types.write_text("# of all\nkgen: 1\nconstants: {brightest: 100}\n")
    (workspace.folder / "kgen.toml").write_text('schemas = ["*.yaml"]\n')
    assert workspace.run("build").status == 0
    assert workspace.run("build").out == "lamp.yaml: 3 files up to date\n"
    named = workspace.run("build", "types.yaml", "--format", "concise")
    assert (named.status, "KG103" in named.out) == (1, True)
    types.write_text("kgen: 1\nioctls: {dim: {function: 0x801, access: write}}\n")
    assert "KG103" in workspace.run("build", "--format", "concise").out


def test_a_mistake_in_the_configuration_stops_the_build(workspace: Workspace) -> None:
    (workspace.folder / "kgen.toml").write_text('schemas = ["lamp.yaml"]\nuot = "x"\n')
    ran = workspace.run("build", "--format", "concise")
    assert (ran.status, ran.out[:14]) == (1, "kgen.toml:2:1:")
    assert not workspace.out.exists()


def test_the_authors_files_go_where_the_configuration_says(tmp_path: Path) -> None:
    project = Project(str(tmp_path), {"drivers": "src/{interface}"})
    assert project.authors("vault") == "../../src/vault"
    project.override(str(tmp_path), [], "elsewhere", [])
    assert project.authors("vault") == "driver", "a build elsewhere leaves nothing in the project"
