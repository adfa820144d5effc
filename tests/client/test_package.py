"""The package as a whole: what the stub says is so, importing is cheap, a wheel can be made."""

from __future__ import annotations

import ast
import enum
import importlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.client.build import ROOT, write_client


def stub_classes(package: ModuleType) -> list[ast.ClassDef]:
    path = os.path.join(os.path.dirname(str(package.__file__)), "messages.pyi")
    with open(path, encoding="utf-8") as stub:
        tree = ast.parse(stub.read())
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("name", ["vault", "tour", "sensor"])
def test_the_stub_tells_the_truth(name: str, request: pytest.FixtureRequest) -> None:
    package = request.getfixturevalue(name)
    classes = stub_classes(package)
    assert {node.name for node in classes} == set(package.messages.CATALOG.table)
    for node in classes:
        cls: Any = getattr(package, node.name)
        assert cls.__module__ == f"{name}.messages"
        assert cls.__doc__ == ast.get_docstring(node)
        bases = {base.__name__ for base in cls.__mro__}
        assert ast.unparse(node.bases[0]).partition("[")[0] in bases
        if issubclass(cls, enum.Enum):
            assigned = [one for one in node.body if isinstance(one, ast.Assign)]
            values = {ast.unparse(one.targets[0]): ast.literal_eval(one.value) for one in assigned}
            assert values == {key: int(value) for key, value in cls.__members__.items()}
        elif hasattr(cls, "_fields"):
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            assert tuple(ast.unparse(one.target) for one in fields) == cls._fields
            optional = {ast.unparse(one.target) for one in fields if one.value is not None}
            assert optional == cls._optional
        elif issubclass(cls, int):  # the id of an object
            assert [type(one) for one in node.body] == [ast.Expr]
        else:
            arms = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
            assert arms == {name for name, _ in cls._item.arms.values()}


def test_starting_imports_next_to_nothing(tmp_path: Path) -> None:
    """Neither typing nor enum nor cffi, nor any message, until they are used."""
    place = write_client(os.path.join(ROOT, "schemas", "vault.yaml"), str(tmp_path))
    program = (
        "import sys; before = set(sys.modules); from vault import Vault; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {place!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "vault.device" in loaded
    assert not loaded & {"typing", "enum", "cffi", "_cffi_backend", "re", "uuid", "vault.messages"}


def test_a_wheel_can_be_made(tmp_path: Path) -> None:
    place = write_client(os.path.join(ROOT, "schemas", "vault.yaml"), str(tmp_path / "client"))
    program = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    name = done.stdout.split()[-1]
    assert name == "vault-1.1-py3-none-any.whl"
    with zipfile.ZipFile(tmp_path / name) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read("vault-1.1.dist-info/METADATA").decode()
    assert {"vault/py.typed", "vault/messages.pyi", "vault/_runtime/windows.py"} <= names
    assert "Requires-Dist: cffi>=1.15" in metadata
    assert "Summary: Seals small secrets" in metadata


def test_the_table_is_held_against_the_sizes(vault: ModuleType) -> None:
    catalog = type(vault.messages.CATALOG)
    layout_error = importlib.import_module("vault._runtime.errors").LayoutError

    def make(sizes: tuple[int, int], fields: list[tuple[str, int, str]]) -> Any:
        return catalog("test", requests=[], table={"T": ("struct", sizes, fields, "")}).cls("T")

    assert make((8, 8), [("a", 0, "u32"), ("b", 4, "u32")])._fields == ("a", "b")
    with pytest.raises(layout_error, match="T: 8 bytes, the table says 12"):
        make((12, 12), [("a", 0, "u32"), ("b", 4, "u32")])
    with pytest.raises(layout_error, match=r"T\.b: at 6, the field before ends at 4"):
        make((10, 10), [("a", 0, "u32"), ("b", 6, "u32")])
    with pytest.raises(layout_error, match=r"T\.b: at 2, the field before ends at 4"):
        make((6, 6), [("a", 0, "u32"), ("b", 2, "u32")])


@pytest.mark.parametrize("name", ["_kernel32", "_libc", "_setupapi"])
def test_the_compiled_declarations_are_those_in_the_docstring(tmp_path: Path, name: str) -> None:
    """The file is what cffi makes of the C that it shows."""
    import cffi

    path = os.path.join(ROOT, "templates", "runtime", "python", f"{name}.py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    declarations = (ast.get_docstring(ast.parse(text)) or "").partition(":\n\n")[2]
    ffi = cffi.FFI()
    ffi.cdef(declarations)
    ffi.set_source(name, None)
    ffi.emit_python_code(str(tmp_path / "fresh.py"))

    def arguments(source: str) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        class Backend:
            @staticmethod
            def FFI(_name: str, **given: Any) -> None:
                seen.update(given)

        replaced = source.replace("import _cffi_backend", "").replace(
            'import_module("_cffi_backend")', "_cffi_backend"
        )
        exec(replaced, {"_cffi_backend": Backend})
        return seen

    fresh = arguments((tmp_path / "fresh.py").read_text(encoding="utf-8"))
    assert arguments(text) == fresh
