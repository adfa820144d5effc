"""The layers of DESIGN.md, kept: who imports whom, what stays where, how large a file may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.workspace import Workspace, fake_target, workspace

__all__ = ["fake_target", "workspace"]

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kgen"
FILES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {"cli"},
    {"pipeline"},
    {"audit"},
    {"targets", "lint", "diff", "importer", "inspection", "verification", "emit"},
    {"abi"},
    {"model"},
    {"schema"},
    {"source"},
    {"diagnostics"},
    {"sddl"},
    {"record"},
]
"""From the top. Each may import those below it, and neither a sibling nor one above."""

BESIDE = {
    # Read before any phase runs: the command line and the pipeline ask it, and it knows the targets.
    "project": {"config"},
    "config": {"project", "targets", "diagnostics", "record"},
}

ONLY = {
    "jinja2": ["kgen/emit/"],
    "yaml": ["kgen/source/"],
    "argparse": ["kgen/cli/"],
    "clang": ["kgen/importer/clang.py"],
    "pathlib": [],
    "dataclasses": [],
    "logging": [],
    "importlib.resources": [],
    "importlib.metadata": [],
}
"""Which files may import a module at all; an empty list is nobody (start-up time)."""

LATE = {"json", "difflib", "glob", "tempfile", "subprocess", "shutil", "inspect", "textwrap"}
"""What a build imports inside the function that needs it: an import costs every run."""

MOST_LINES = 400
MOST_FUNCTION_LINES = 60


class Import(NamedTuple):
    file: str
    line: int
    module: str
    late: bool
    """Inside a function."""
    typing_only: bool


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[Import]:
    yield from _imports(ast.parse(path.read_text(encoding="utf-8")), relative(path), False, False)


def _imports(node: ast.AST, file: str, late: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inner = typing_only
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            inner = True
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(file, child.lineno, alias.name, late, typing_only)
        elif isinstance(child, ast.ImportFrom):
            module = child.module or ""
            yield Import(file, child.lineno, module, late, typing_only)
            if module == "kgen":
                for alias in child.names:
                    yield Import(file, child.lineno, f"kgen.{alias.name}", late, typing_only)
        else:
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(child, file, late or function, inner)


ALL = [found for path in FILES for found in imports(path)]


def part(name: str) -> str:
    """The layer of a module or file of kgen: `kgen.abi.layout` and `kgen/abi/layout.py` are abi."""
    steps = name.removesuffix(".py").replace("/", ".").split(".")
    return steps[1] if len(steps) > 1 else ""


def allowed(importer: str) -> set[str]:
    if importer in BESIDE:
        return BESIDE[importer] | {importer}
    for number, layer in enumerate(LAYERS):
        if importer in layer:
            below = set().union(*LAYERS[number + 1 :])
            return below | {importer} | (set(BESIDE) if number < 2 else set())
    return {"cli"}


def test_imports_go_one_way() -> None:
    wrong = [
        f"{found.file}:{found.line}: imports {found.module}"
        for found in ALL
        if found.module.startswith("kgen.")
        and part(found.module) not in allowed(part(found.file))
        and part(found.module) != "__version__"
        # A view is described by the target that makes it; emit only names the type.
        and not (found.typing_only and part(found.file) == "emit" and "targets" in found.module)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_part_of_kgen_has_its_place() -> None:
    known = {*set().union(*LAYERS), *BESIDE, "__init__", "__main__", "_templates"}
    found = {part(relative(path)) for path in FILES}
    assert found <= known


def test_the_pipeline_runs_every_phase_below_it() -> None:
    called = {part(found.module) for found in ALL if found.file == "kgen/pipeline.py"}
    assert {"source", "schema", "model", "abi", "targets", "emit"} <= called


@pytest.mark.parametrize("module", sorted(ONLY))
def test_modules_that_have_one_home(module: str) -> None:
    wrong = [
        f"{found.file}:{found.line}: imports {found.module}"
        for found in ALL
        if (found.module == module or found.module.startswith(f"{module}."))
        and not found.typing_only
        and not any(found.file.startswith(home) for home in ONLY[module])
    ]
    assert not wrong, "\n".join(wrong)


def module_file(module: str) -> str:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return relative(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def build_path() -> set[str]:
    """The files that `kgen build` loads, or may load by name: all targets are among them."""
    reached: set[str] = set()
    new = {"kgen/cli/_run.py", "kgen/cli/_generate.py", "kgen/cli/build.py", "kgen/cli/check.py"}
    new |= {relative(path) for path in (PACKAGE / "targets").glob("*.py")}
    while new:
        reached |= new
        found = {item.module for item in ALL if item.file in new and not item.late}
        new = {module_file(module) for module in found if module.startswith("kgen")} - reached
    return reached


def test_slow_modules_are_imported_where_they_are_used() -> None:
    files = build_path()
    assert {"kgen/source/load.py", "kgen/emit/files.py", "kgen/abi/layout.py"} <= files
    wrong = [
        f"{found.file}:{found.line}: imports {found.module}"
        for found in ALL
        if found.module in LATE and not found.late and not found.typing_only and found.file in files
    ]
    assert not wrong, "\n".join(wrong)


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def test_only_the_command_line_prints_and_ends_the_process() -> None:
    enders = ("print", "sys.exit", "exit", "quit", "os._exit", "input", "sys.stdout.write")
    wrong = [
        f"{relative(path)}:{line}: {name}"
        for path in FILES
        if part(relative(path)) != "cli"
        for line, name, _ in calls(path)
        if name in enders
    ]
    assert not wrong, "\n".join(wrong)


def writes(name: str, call: ast.Call) -> bool:
    if name.startswith("os.") and name.split(".")[1] in (
        "remove", "unlink", "replace", "rename", "rmdir", "mkdir", "makedirs", "symlink", "link", "utime",
    ):  # fmt: skip
        return True
    if name not in ("open", "os.open"):
        return False
    mode = call.args[1] if len(call.args) > 1 else None
    return not (mode is None or (isinstance(mode, ast.Constant) and str(mode.value) in ("r", "rb")))


def test_only_emit_and_the_command_line_write_files() -> None:
    wrong = [
        f"{relative(path)}:{line}: {name}"
        for path in FILES
        if part(relative(path)) not in ("emit", "cli")
        for line, name, call in calls(path)
        if writes(name, call)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_is_one_concept(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) < MOST_LINES
    assert ast.get_docstring(tree), "says its place in the pipeline"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MOST_FUNCTION_LINES, f"{node.name} has {length} lines"
        if isinstance(node, ast.ExceptHandler):
            body = ast.unparse(ast.Module(node.body, []))
            assert node.type is not None, f"line {node.lineno} hides errors"
            assert body != "pass", f"line {node.lineno} hides errors"
            bare = ast.unparse(node.type) in ("Exception", "BaseException")
            # One place turns what nobody expected into a report.
            assert not bare or relative(path) == "kgen/cli/__init__.py", f"line {node.lineno}"


def loaded(workspace: Workspace, *arguments: str) -> set[str]:
    """The modules that a process has loaded after running a command line."""
    program = (
        "import sys; from kgen.cli import main; status = main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(status)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program, *arguments],
        cwd=workspace.folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return set(ran.stderr.split())


@pytest.mark.parametrize("verb", ["build", "check"])
@pytest.mark.parametrize("configured", [True, False])
def test_what_an_up_to_date_command_imports(
    workspace: Workspace, verb: str, configured: bool
) -> None:
    assert workspace.run("build", "lamp.yaml").status == 0
    if configured:
        (workspace.folder / "kgen.toml").write_text('schemas = ["lamp.yaml"]\n')
    found = loaded(workspace, verb, *([] if configured else ["lamp.yaml"]))
    assert {name for name in found if name.startswith("kgen")} == {
        "kgen",
        "kgen.cli",
        "kgen.cli._fast",
        "kgen.cli._plain",
        "kgen.emit",
        "kgen.emit.fresh",
        "kgen.emit.manifest",
        "kgen.project",
    }
    slow = {"typing", "re", "argparse", "tomllib", "tomli", "enum", "jinja2", "yaml", "json"}
    assert not found & slow
