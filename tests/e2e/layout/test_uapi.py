"""The header for Linux (`NAME_ioctl.h`): every compiler, sparse, kernel-doc and the kernel's own build take it.

Its numbers are held against what `kgen inspect` says, on each ABI with that kernel's own headers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.abi import ABIS
from tests.e2e.layout import kernel_headers
from tests.e2e.layout.declare import Json
from tests.e2e.layout.test_layout import CLANG, inspected
from tests.support.generated import build
from tests.support.kernel_modules import SERIES, kernel_release
from tests.support.tools import MissingTool, find_tool

ROOT = Path(__file__).parents[3]
BEACON = Path(__file__).parent / "schemas" / "beacon.yaml"
LINUX = [abi.name for abi in ABIS if abi.os == "linux"]
STANDARDS = {"c": ["-std=c11"], "cpp": ["-std=c++11", "-pedantic"]}
"""In a C that is pedantic no struct holds one with a flexible array, as all compilers for Linux let it."""
ASSERT = """
#undef KG_ASSERT
#ifdef __cplusplus
#define KG_ASSERT static_assert
#else
#define KG_ASSERT _Static_assert
#endif
"""


class Made(NamedTuple):
    name: str
    folder: Path
    document: Json

    @property
    def header(self) -> Path:
        return self.folder / "linux" / f"{self.name}_ioctl.h"

    @property
    def check(self) -> Path:
        return self.folder / "linux" / f"{self.name}_ioctl_check.h"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """The vault, the tour without what Windows alone has, and an interface for Linux alone."""
    out = tmp_path_factory.mktemp("uapi")
    shutil.copytree(ROOT / "schemas" / "include", out / "include")
    lines = (ROOT / "schemas" / "tour.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not re.search(r"handle (section|thread|process)\b", line)]
    assert len(kept) == len(lines) - 3
    (out / "tour.yaml").write_text("\n".join([*kept, ""]), encoding="utf-8")
    return [
        Made(path.stem, Path(build(str(path), str(out / "made"), ["linux"])), inspected(path))
        for path in (ROOT / "schemas" / "vault.yaml", out / "tour.yaml", BEACON)
    ]


def proof(made: Made, abi: str) -> str:
    """A source that includes the headers, and asserts what `kgen inspect` says of the numbers."""
    lines = [f'#include "{made.header.name}"', f'#include "{made.check.name}"', ASSERT]
    for ioctl in made.document["ioctls"]:
        number = ioctl["codes"].get(abi, ioctl["codes"]["linux"])
        macro = f"{made.name}_ioc_{ioctl['name']}".upper()
        lines.append(f'KG_ASSERT({macro} == {number}u, "{macro}");')
    assert len(lines) > 6
    return "\n".join([*lines, ""])


def run(*command: str) -> tuple[int, str, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def judge(
    made: Sequence[Made], abi: str, language: str, compiler: Sequence[str], folder: Path
) -> None:
    source = folder / f"uapi.{language}"
    source.write_text("\n".join(proof(each, abi) for each in made), encoding="utf-8")
    flags = [*STANDARDS[language], "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    includes = [f"-I{each.header.parent}" for each in made]
    code, _, complaint = run(*compiler, *flags, *includes, str(source))
    assert code == 0, complaint[:4000]


@pytest.mark.parametrize("language", STANDARDS)
@pytest.mark.parametrize("abi", LINUX)
def test_by_clang_with_the_headers_of_each_kernel(
    made: list[Made], abi: str, language: str, tmp_path: Path
) -> None:
    folder = kernel_headers.folder(abi)
    if folder is None:
        raise MissingTool(f"no kernel headers of {abi}: .ci/setup-system test")
    target = CLANG.get(abi, CLANG["linux-x86_64"])  # alpha is aligned as x86-64 is
    common = [] if folder.endswith("include") else ["-isystem", "/usr/include"]
    compiler = [find_tool("clang", "clang"), target, "-nostdinc", "-isystem", folder, *common]
    judge(made, abi, language, compiler, tmp_path)


@pytest.mark.parametrize("language", STANDARDS)
@pytest.mark.parametrize(("abi", "flags"), [("linux-x86_64", []), ("linux-i386", ["-m32"])])
def test_by_gcc(
    made: list[Made], abi: str, flags: list[str], language: str, tmp_path: Path
) -> None:
    program = find_tool("gcc" if language == "c" else "g++", "g++-multilib")
    judge(made, abi, language, [program, *flags], tmp_path)


def test_wrong_numbers_do_not_pass(made: list[Made], tmp_path: Path) -> None:
    """The judge itself: numbers of powerpc are none of x86."""
    with pytest.raises(AssertionError, match="static assertion failed"):
        judge(made, "linux-powerpc64le", "c", [find_tool("gcc", "gcc")], tmp_path)


@pytest.mark.parametrize(
    ("text", "other", "complaint"),
    [
        ("__u32 slot;", "__u64 slot;", "size or alignment of struct vault_entry"),
        (
            "__u32 slot;\n\t__u32 size;",
            "__u32 size;\n\t__u32 slot;",
            "offset of struct vault_entry",
        ),
        ("0x02, struct vault_unseal_arg", "0x02, struct kgen_buffer", '"number"'),
    ],
)
def test_the_check_finds_another_header(
    made: list[Made], text: str, other: str, complaint: str, tmp_path: Path
) -> None:
    header = made[0].header.read_text(encoding="utf-8")
    assert text in header
    (tmp_path / made[0].header.name).write_text(header.replace(text, other, 1), encoding="utf-8")
    check = shutil.copy(made[0].check, tmp_path)
    code, _, said = run(find_tool("gcc", "gcc"), "-std=c11", "-fsyntax-only", str(check))
    assert code != 0
    assert complaint in said


def test_sparse_has_nothing_to_say(made: list[Made]) -> None:
    flags = ["-Wno-flexible-array-nested", "-Wno-flexible-array-sizeof", "-D__CHECK_ENDIAN__"]
    for each in made:
        sparse = find_tool("sparse", "sparse")
        assert run(sparse, "-Wsparse-all", *flags, str(each.check)) == (0, "", "")


def test_kernel_doc_reads_every_comment(made: list[Made]) -> None:
    """The kernel's own tool: each struct and each member is described, and nothing else is."""
    sources = f"/usr/src/linux-headers-{kernel_release('6.12').replace('-amd64', '-common')}"
    tool = ["perl", f"{sources}/scripts/kernel-doc", "-sphinx-version", "4.0", "-Wall", "-Werror"]
    for each in made:
        code, page, complaint = run(*tool, str(each.header))
        assert (code, complaint) == (0, "")
        described = each.header.read_text(encoding="utf-8").count("\n/**\n")
        assert len(re.findall(r"^\.\. c:(?:struct|union):: ", page, re.M)) == described > 3


@pytest.mark.parametrize("series", SERIES)
def test_in_a_kernel_it_stands_with_the_shared_header_and_the_core(
    made: list[Made], series: str, tmp_path: Path
) -> None:
    """One definition of each struct in a translation unit; gcc with W=1 and sparse say nothing."""
    objects = []
    for each in made:
        for part in ("include", "core", "linux"):
            for path in (each.folder / part).glob("*.[ch]"):
                shutil.copy(path, tmp_path)
        check = f'#include "{each.name}.h"\n#include "{each.check.name}"\n'
        (tmp_path / f"{each.name}_check.c").write_text(check, encoding="utf-8")
        objects += [f"{each.name}_core.o", f"{each.name}_check.o"]
    (tmp_path / "Kbuild").write_text("ccflags-y += -I$(src) -Werror\n", encoding="utf-8")
    kernel = f"/lib/modules/{kernel_release(series)}/build"
    make = [find_tool("make", "make"), "-s", "-C", kernel, f"M={tmp_path}", "W=1", "C=2"]
    assert run(*make, *objects) == (0, "", "")
    assert all((tmp_path / name).is_file() for name in objects)
