"""The generated C client on Linux: the programs that run in Wine, through ioctl."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.client.test_linux_transport import MACHINES
from tests.support.generated import ROOT, build, inspected
from tests.support.linux_shim import shim
from tests.support.simulated import run, simulated_example
from tests.support.tools import find_tool

PROGRAMS = os.path.join(ROOT, "tests", "suites", "c_client")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-g")
LANGUAGES = {"c": ("gcc", "gcc", "-std=c11"), "cpp": ("g++", "g++", "-std=c++11")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_call_every_code(language: str, tmp_path: Path) -> None:
    """With the examples' handlers in C behind a library that stands in for the kernel."""
    driver = simulated_example("vault", tmp_path)
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    library = shim(driver, schema, tmp_path)
    generated = build(schema, str(tmp_path), ["c"])
    program = str(tmp_path / f"calls-{language}")
    compiler, package, standard = LANGUAGES[language]
    run([
        find_tool(compiler, package), standard, "-D_GNU_SOURCE", *STRICT,
        *(f"-I{generated}/{part}" for part in ("c", "include")),
        os.path.join(PROGRAMS, f"vault_calls.{language}"), "-o", program,
    ])  # fmt: skip
    done = subprocess.run(
        [program],
        env={**os.environ, "LD_PRELOAD": library},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert re.fullmatch(r"0 of \d\d+ checks failed\n", done.stdout), done.stdout + done.stderr
    assert done.returncode == 0


PRINT_NUMBERS = """
#include <stdio.h>
#include "NAME_client.h"

int main(void)
{
    size_t i;

    for (i = 0; i < sizeof(NAME_client_ioctls) / sizeof(NAME_client_ioctls[0]); i++)
        printf("%u\\n", NAME_client_ioctls[i].number);
    return 0;
}
"""


@pytest.mark.parametrize("name", ["vault", "tour"])
@pytest.mark.parametrize("bits", ["-m64", "-m32"])
def test_numbers_are_those_of_inspect_and_of_the_header(
    name: str, bits: str, tmp_path: Path
) -> None:
    """The table of the client, the header of target `linux`, and what kgen computes: one number each."""
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    generated = build(schema, str(tmp_path), ["c", "linux"])
    expected = [one["codes"]["linux"] for one in inspected(schema)["ioctls"]]
    source, program = tmp_path / "numbers.c", str(tmp_path / "numbers")
    source.write_text(PRINT_NUMBERS.replace("NAME", name), encoding="ascii")
    includes = [f"-I{generated}/{part}" for part in ("c", "include")]
    run([find_tool("gcc", "gcc"), bits, *includes, str(source), "-o", program])
    _, *found = map(int, run([program]).split())
    assert found == expected
    header = Path(generated, "linux", f"{name}_ioctl.h").read_text(encoding="utf-8")
    names = re.findall(rf"^#define ({name.upper()}_IOC_\w+)\s", header, re.M)
    names = [each for each in names if not each.endswith(("_IOC_MAGIC", "_IOC_INTERFACE_INFO"))]
    lines = "".join(f'    printf("%u\\n", (unsigned int){each});\n' for each in names)
    source.write_text(
        f'#include <stdio.h>\n#include "{name}_ioctl.h"\nint main(void)\n{{\n{lines}    return 0;\n}}\n',
        encoding="ascii",
    )
    run([find_tool("gcc", "gcc"), bits, f"-I{generated}/linux", str(source), "-o", program])
    assert sorted(map(int, run([program]).split())) == sorted(expected)


def test_numbers_of_other_machines(tmp_path: Path) -> None:
    """clang for each of them, with its own kernel header: the numbers that inspect prints for that ABI."""
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    ioctls = inspected(schema)["ioctls"]
    assert set(MACHINES) > {"linux-powerpc64le"}
    numbers = {
        abi: [one["codes"].get(abi, one["codes"]["linux"]) for one in ioctls] for abi in MACHINES
    }
    assert numbers["linux-powerpc64le"] != numbers["linux-x86_64"]
    generated = build(schema, str(tmp_path), ["c"])
    table = Path(generated, "c", "vault_client.h").read_text(encoding="utf-8")
    rows = re.findall(r"_IOC\(([^)]*)\)", table)
    lines = "".join(
        f'_Static_assert(_IOC({row}) == {number}u, "number");\n'
        for row, number in zip(rows[1:], numbers["linux-powerpc64le"], strict=True)
    )
    source = tmp_path / "numbers.c"
    source.write_text(f"#include <linux/ioctl.h>\n{lines}", encoding="ascii")
    run([
        find_tool("clang", "clang"), "--target=powerpc64le-linux-gnu", "-fsyntax-only",
        "-isystem", "/usr/powerpc64le-linux-gnu/include", str(source),
    ])  # fmt: skip
