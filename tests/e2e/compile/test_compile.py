"""Every compiler accepts what kgen generates, with warnings as errors; and clang-format has nothing to change."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.compile.conftest import DRIVERS, INTERFACES
from tests.support.compilers import COMPILERS
from tests.support.toolchain import SEH as SEH_WARNINGS
from tests.support.toolchain import check_syntax, compile_object
from tests.support.tools import find_tool

ROOT = Path(__file__).parents[3]
FREESTANDING = str(Path(__file__).parent / "freestanding")
KERNEL = [row.name for row in COMPILERS.values() if row.ddk]
# Where mingw's windows.h compiles: it does not for Microsoft's C++ ABI, nor for its x86 and arm64.
CLIENTS = [
    (name, language)
    for name in KERNEL
    for language in ("c", "cpp")
    if (name, language) != ("clang-msvc", "cpp")
]
KERNELS_STYLE = ("_ioctl.h", "_ioctl_check.h", "_trace.h")
"""What a Linux kernel tree has: in its style, tabs and all."""
OLDEST = {"c": ["-std=c11"], "cpp": ["-std=c++11"]}
SEH = [row.name for row in COMPILERS.values() if row.seh]


def folders(generated: Path, name: str) -> list[str]:
    return [str(generated / name / part) for part in ("include", "core", "driver", "wdm", "c")]


def including(path: Path, headers: list[str]) -> str:
    """A source that includes headers, twice each, and has a definition of its own."""
    lines = [f'#include "{header}"' for header in headers]
    path.write_text("\n".join([*lines, *lines, "int nothing;", ""]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_headers_stand_together(
    generated: Path, tmp_path: Path, compiler: str, language: str
) -> None:
    source = including(tmp_path / f"all.{language}", [f"{name}.h" for name in INTERFACES])
    includes = [str(generated / name / "include") for name in INTERFACES]
    check_syntax(source, compiler, includes, flags=OLDEST[language])


@pytest.mark.parametrize("interface", DRIVERS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_core(generated: Path, compiler: str, interface: str) -> None:
    includes = folders(generated, interface)
    flags = [] if COMPILERS[compiler].links else ["-ffreestanding", "-isystem", FREESTANDING]
    core = generated / interface / "core" / f"{interface}_core.c"
    check_syntax(str(core), compiler, includes, flags=flags)
    skeleton = generated / interface / "driver" / f"{interface}_handlers.c"
    check_syntax(str(skeleton), compiler, includes, flags=flags)


@pytest.mark.parametrize("interface", DRIVERS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_handlers_in_cpp(generated: Path, tmp_path: Path, compiler: str, interface: str) -> None:
    """Only the author's own files: the core and the adapters are C."""
    flags = [] if COMPILERS[compiler].links else ["-ffreestanding", "-isystem", FREESTANDING]
    source = including(tmp_path / "handlers.cpp", [f"{interface}_handlers.h"])
    check_syntax(source, compiler, folders(generated, interface), flags=[*OLDEST["cpp"], *flags])


def test_wdm_header_in_cpp(generated: Path, tmp_path: Path) -> None:
    """What the C core calls has the names of C. mingw's own wdm.h is no C++."""
    includes = [str(Path(__file__).parent / "adapter"), *folders(generated, "vault")]
    source = including(tmp_path / "driver.cpp", ["vault_wdm.h", "vault_state.h"])
    with open(source, "a", encoding="utf-8") as file:
        file.write("vault_status vault_on_lock(vault_call *call)\n")
        file.write("{\n    return vault_irp(call) ? vault_from_ntstatus(0) : VAULT_OK;\n}\n")
    flags = [*OLDEST["cpp"], "-DNTDDI_VERSION=0x0A000008"]
    target = compile_object(source, str(tmp_path / "driver.o"), "gcc", includes, flags=flags)
    nm = find_tool("nm", "binutils")
    listing = subprocess.run([nm, target], capture_output=True, text=True, check=True)
    assert " T vault_on_lock\n" in listing.stdout
    assert " U vault_from_ntstatus\n" in listing.stdout


@pytest.mark.parametrize("optimisation", ["-O0", "-Os", "-O3"])
def test_core_warns_at_no_level(generated: Path, tmp_path: Path, optimisation: str) -> None:
    """Some warnings of gcc come from its optimizer only."""
    for interface in DRIVERS:
        core = str(generated / interface / "core" / f"{interface}_core.c")
        flags = [optimisation, "-Wshadow", "-Wcast-align", "-Wstrict-prototypes"]
        target = str(tmp_path / f"{interface}.o")
        compile_object(core, target, "gcc", folders(generated, interface), flags=flags)


def test_core_needs_no_library_but_memcpy(generated: Path, tmp_path: Path) -> None:
    """What a 32-bit kernel lacks, 64-bit division above all, would be a call into libgcc."""
    for interface in DRIVERS:
        core = str(generated / interface / "core" / f"{interface}_core.c")
        target = str(tmp_path / f"{interface}.o")
        flags = ["-ffreestanding", "-Os"]
        compile_object(core, target, "gcc-m32", folders(generated, interface), flags=flags)
        listing = subprocess.run(
            [find_tool("nm", "binutils"), "-u", target], capture_output=True, text=True, check=True
        )
        symbols = {line.split()[-1] for line in listing.stdout.splitlines()}
        wanted = {"memcpy", "memset", "strlen", "kgen_trace", "_GLOBAL_OFFSET_TABLE_"}
        foreign = {name for name in symbols if not name.startswith(f"{interface}_on_")}
        assert foreign <= wanted | {"__x86.get_pc_thunk.bx", "__stack_chk_fail_local"}


@pytest.mark.parametrize("interface", DRIVERS)
@pytest.mark.parametrize("compiler", KERNEL)
def test_windows_driver(generated: Path, compiler: str, interface: str) -> None:
    includes = folders(generated, interface)
    wdm = generated / interface / "wdm"
    sources = [
        wdm / "kgen_wdm.c",
        wdm / "kgen_windows_buffers.c",
        wdm / "kgen_windows_trace.c",
        wdm / f"{interface}_wdm.c",
        generated / interface / "driver" / f"{interface}_driver.c",
    ]
    for source in sources:
        check_syntax(str(source), compiler, includes, kernel=True)


@pytest.mark.parametrize("compiler", [name for name in SEH if COMPILERS[name].ddk])
def test_structured_exceptions(generated: Path, tmp_path: Path, compiler: str) -> None:
    """The one file with `__try`; it is there only where a code is METHOD_NEITHER."""
    source = str(generated / "tour" / "wdm" / "kgen_wdm_seh.c")
    compile_object(
        source,
        str(tmp_path / "seh.o"),
        compiler,
        folders(generated, "tour"),
        kernel=True,
        warnings=SEH_WARNINGS,
    )
    assert not (generated / "vault" / "wdm" / "kgen_wdm_seh.c").exists()


@pytest.mark.parametrize(("compiler", "language"), CLIENTS)
def test_client(generated: Path, tmp_path: Path, compiler: str, language: str) -> None:
    source = including(tmp_path / f"all.{language}", [f"{name}_client.h" for name in INTERFACES])
    includes = [folder for name in INTERFACES for folder in folders(generated, name)]
    check_syntax(source, compiler, includes, flags=OLDEST[language])


def test_clang_format_changes_nothing(generated: Path) -> None:
    style = f"--style=file:{ROOT / '.clang-format'}"
    files = [
        str(path)
        for name in INTERFACES
        for path in sorted((generated / name).rglob("*.[ch]"))
        if "python" not in path.parts and not path.name.endswith(KERNELS_STYLE)
    ]
    done = subprocess.run(
        [find_tool("clang-format", "clang-format"), style, "--dry-run", "-Werror", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:4000]
