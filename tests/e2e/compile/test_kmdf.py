"""The KMDF driver of the example schemas, against declarations of the framework: both CPUs, each compiler."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.generated import ROOT, build
from tests.support.kmdf import WDF_FLAGS, kmdf_sources
from tests.support.toolchain import check_syntax, run_tool
from tests.support.tools import find_tool

COMPILERS = ("mingw-gcc", "mingw-gcc-x86", "clang", "clang-x86", "clang-msvc")
NAMES = ("vault", "tour", "sensor")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kmdf")
    for name in NAMES:
        build(os.path.join(ROOT, "schemas", f"{name}.yaml"), str(out), ["kmdf"])
    return out


@pytest.mark.parametrize(
    ("compiler", "name"),
    [
        ("mingw-gcc-x86", "vault"),
        *((compiler, name) for name in ("tour", "sensor") for compiler in COMPILERS),
    ],
)
def test_driver(generated: Path, compiler: str, name: str) -> None:
    """With DriverEntry and the handlers of a skeleton."""
    folder = generated / name
    sources, folders = kmdf_sources(str(folder), str(folder / "driver"))
    assert {os.path.basename(path) for path in sources} == {
        f"{name}_core.c",
        f"{name}_handlers.c",
        f"{name}_kmdf.c",
        f"{name}_kmdf_driver.c",
        "kgen_kmdf_caller.c",
        f"kgen_kmdf_{'pnp' if name == 'sensor' else 'control'}.c",
        "kgen_kmdf_device.c",
        "kgen_kmdf_open.c",
        "kgen_kmdf_request.c",
        "kgen_windows_buffers.c",
        "kgen_windows_trace.c",
        *(["kgen_windows_handles.c"] if name == "tour" else []),
    }
    for source in sources:
        check_syntax(source, compiler, folders, kernel=True, flags=WDF_FLAGS)


def test_clang_format_changes_nothing(generated: Path) -> None:
    files = [str(path) for path in sorted(generated.glob("*/kmdf/*.[ch]"))]
    files += [str(path) for path in sorted(generated.glob("*/driver/*_kmdf_driver.c"))]
    assert len(files) == 44
    style = f"--style=file:{os.path.join(ROOT, '.clang-format')}"
    run_tool([find_tool("clang-format", "clang-format"), style, "--dry-run", "-Werror", *files])


@pytest.mark.parametrize("name", ["vault", "sensor"])
def test_project_files_name_the_sources(generated: Path, name: str) -> None:
    """What is compiled here is what the files for Microsoft's tools compile."""
    folder = generated / name
    sources, _ = kmdf_sources(str(folder), str(folder / "driver"))
    wanted = {os.path.relpath(path, folder / "kmdf") for path in sources}
    for file in ("CMakeLists.txt", f"{name}.vcxproj", "BUILDING.md"):
        text = (folder / "kmdf" / file).read_text(encoding="utf-8").replace("\\", "/")
        assert [path for path in sorted(wanted) if path not in text] == [], file
