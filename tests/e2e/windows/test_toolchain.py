"""The compilers as the other tests use them: each row works, warnings are errors, drivers link with and without the shim."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.compilers import COMPILERS
from tests.support.toolchain import SEH, CompileError, check_syntax, compile_object, link_driver

HERE = Path(__file__).parent / "harness_driver"


def test_warnings_are_errors(tmp_path: Path) -> None:
    source = tmp_path / "bad.c"
    source.write_text(
        "unsigned char f(int x);\nunsigned char f(int x)\n{\n    return x;\n}\n", encoding="ascii"
    )
    with pytest.raises(CompileError, match="conversion"):
        compile_object(str(source), str(tmp_path / "bad.o"), "mingw-gcc")


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_compiler_checks_c_and_cxx(compiler: str, tmp_path: Path) -> None:
    for suffix, keyword in ((".c", "_Static_assert"), (".cpp", "static_assert")):
        source = tmp_path / f"sizes{suffix}"
        source.write_text(
            f'#include <stdint.h>\n{keyword}(sizeof(uint64_t) == 8, "u64");\n', encoding="ascii"
        )
        check_syntax(str(source), compiler, flags=["-ffreestanding"])


@pytest.mark.parametrize("compiler", [name for name, row in COMPILERS.items() if row.ddk])
def test_kernel_headers_are_clean_with(compiler: str, tmp_path: Path) -> None:
    source = tmp_path / "kernel.c"
    source.write_text(
        "#include <ntddk.h>\nULONG f(ULONG x);\nULONG f(ULONG x)\n{\n    return x + 1u;\n}\n",
        encoding="ascii",
    )
    check_syntax(str(source), compiler, kernel=True)


@pytest.mark.parametrize("compiler", [name for name, row in COMPILERS.items() if row.seh])
def test_structured_exceptions_pass_with(compiler: str, tmp_path: Path) -> None:
    source = tmp_path / "seh.c"
    source.write_text(
        "void raise_it(void);\nint f(void);\nint f(void)\n{\n    __try {\n        raise_it();\n"
        "    } __except (1) {\n        return 1;\n    }\n    return 0;\n}\n",
        encoding="ascii",
    )
    compile_object(str(source), str(tmp_path / "seh.o"), compiler, warnings=SEH)


def test_32_bit_client_compiles() -> None:
    """Debian's 64-bit Wine alone does not run it."""
    check_syntax(str(HERE / "client.c"), "mingw-gcc-x86")


def test_shim_can_be_left_out_of_the_link(tmp_path: Path) -> None:
    source = tmp_path / "empty.c"
    source.write_text(
        "#include <ntddk.h>\nNTSTATUS NTAPI DriverEntry(void);\nNTSTATUS NTAPI DriverEntry(void)\n{\n    return 0;\n}\n",
        encoding="ascii",
    )
    object_file = compile_object(str(source), str(tmp_path / "empty.o"), "clang", kernel=True)
    assert Path(link_driver([object_file], str(tmp_path / "empty.sys"))).stat().st_size > 0
