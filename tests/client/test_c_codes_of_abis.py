"""Codes of Linux that exist already, in C: the header's macros and what the client passes, on two ABIs and in Windows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.generated import build, inspected
from tests.support.tools import find_tool

SCHEMA = r"""
kgen: 1
interface: gadget
external: true
targets: [c]
windows: {device_type: 0x22, path: \\.\Gadget}
linux: {node: gadget0, magic: 0x67}
structs:
  entry: {layout: native, fields: {inode: ulong, flags: u32}}
ioctls:
  call: {number: {linux-x86_64: 0xC0006707, linux-i386: 0xC0006706}, c_name: GADGET_CALL}
  stamp: {number: {linux: 0x6708, linux-i386: 0x6709}, out: entry}
  trap: {nr: 10, function: 0x800, abis: [linux-x86_64, windows-x64], inout: entry, doc: Of wide ones.}
  relic: {nr: 11, abis: linux-i386, out: entry}
  attach: {number: 0x4C00, arg: {fd: s32}}
  small: {number: 0x4C01, arg: {level: u8}}
  low: {number: 0x4C02, arg: {level: s16}}
  wide: {number: 0x4C03, arg: {level: u64}}
  find: {number: 0x4C82, returns: s32}
  add: {number: 0x4C80, arg: {index: s32}, returns: s32}
  lies: {nr: 7, out: {a: u32}, coded: {size: pointer}}
  longs: {nr: 8, magic: 0x68, coded: {size: "long[3]", direction: both}}
  plain: {nr: 13, function: 0x802, in: {a: u32}}
  windows: {function: 0x803, out: {a: u32}}
"""
NAMES = {
    "call": "GADGET_CALL",
    **{
        name: f"GADGET_IOC_{name.upper()}"
        for name in ("stamp", "trap", "relic", "attach", "find", "lies", "longs", "plain")
    },
}
CALLS = """
#include <stdarg.h>
#include <stdio.h>
#include "gadget_client.h"

static int answered;

int __wrap_ioctl(int file, unsigned long number, ...);
int __wrap_ioctl(int file, unsigned long number, ...)
{
    va_list rest;
    char *argument;

    (void)file;
    va_start(rest, number);
    argument = va_arg(rest, char *);
    va_end(rest);
    if ((number >> 8 & 0xFF) == 0x4C) {
        printf("%lx %ld\\n", number, (long)(intptr_t)argument);
        return answered;
    }
    printf("%lx\\n", number);
    if (argument != NULL)
        argument[0] = 9;
    return 0;
}

int main(void)
{
    struct gadget_client client = {0};
    struct gadget_attach_request attach = {-2};
    struct gadget_small_request small = {200};
    struct gadget_low_request low = {-300};
    struct gadget_wide_request wide = {77};
    struct gadget_add_request add = {-1};
    struct gadget_entry entry = {0};
    struct gadget_lies_reply lies = {0};
    struct gadget_plain_request plain = {5};
    int answer = 0, bad = 0;

    bad += gadget_call(&client) != GADGET_OK;
    bad += gadget_stamp(&client, &entry) != GADGET_OK || entry.inode != 9;
#if defined(__LP64__)
    bad += gadget_trap(&client, &entry, &entry) != GADGET_OK;
#else
    bad += gadget_relic(&client, &entry) != GADGET_OK || entry.inode != 9;
#endif
    bad += gadget_attach(&client, &attach) != GADGET_OK;
    bad += gadget_small(&client, &small) != GADGET_OK;
    bad += gadget_low(&client, &low) != GADGET_OK;
    bad += gadget_wide(&client, &wide) != GADGET_OK;
    answered = 12;
    bad += gadget_find(&client, &answer) != GADGET_OK || answer != 12;
    answered = 13;
    bad += gadget_add(&client, &add, &answer) != GADGET_OK || answer != 13;
    bad += gadget_lies(&client, &lies) != GADGET_OK || lies.a != 9;
    bad += gadget_longs(&client) != GADGET_OK;
    bad += gadget_plain(&client, &plain) != GADGET_OK;
    printf("%d\\n", bad);
    return 0;
}
"""
STRICT = ["-Wall", "-Wextra", "-Werror", "-Wpedantic", "-Wconversion", "-Wundef"]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "gadget.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def includes(schema: Path) -> list[str]:
    generated = build(str(schema), str(schema.parent / "out"), ["c"])
    return [f"-I{generated}/c", f"-I{generated}/include"]


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("abi", "bits"), [("linux-x86_64", "-m64"), ("linux-i386", "-m32")])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_what_a_program_passes(
    abi: str, bits: str, compiler: str, schema: Path, includes: list[str], tmp_path: Path
) -> None:
    source, program = tmp_path / "calls.c", str(tmp_path / "calls")
    source.write_text(CALLS, encoding="ascii")
    tool = find_tool(compiler, compiler)
    run(
        [tool, bits, "-std=c11", *STRICT, *includes, str(source), "-Wl,--wrap=ioctl", "-o", program]
    )
    codes = {
        each["name"]: each["codes"].get(abi, each["codes"]["linux"])
        for each in inspected(str(schema))["ioctls"]
    }
    fourth = "trap" if bits == "-m64" else "relic"
    *lines, bad = run([program]).splitlines()
    assert lines == [
        *(f"{codes[name]:x}" for name in ("call", "stamp", fourth)),
        "4c00 -2", "4c01 200", "4c02 -300", "4c03 77", "4c82 0", "4c80 -1",
        *(f"{codes[name]:x}" for name in ("lies", "longs", "plain")),
    ]  # fmt: skip
    assert bad == "0"


@pytest.mark.parametrize(("abi", "bits"), [("linux-x86_64", "-m64"), ("linux-i386", "-m32")])
def test_a_macro_is_there_where_its_abi_has_the_code(
    abi: str, bits: str, schema: Path, includes: list[str], tmp_path: Path
) -> None:
    source = tmp_path / "macros.c"
    codes = {each["name"]: each["codes"] for each in inspected(str(schema))["ioctls"]}
    lines = ['#include "gadget.h"']
    for name, macro in NAMES.items():
        number = codes[name].get(abi, codes[name]["linux"])
        if number is None:
            lines.append(f"#if defined({macro})\n#error {macro}\n#endif")
        else:
            lines.append(f'KGEN_STATIC_ASSERT({macro} == {number}u, "{macro}");')
    assert sum(line.startswith("#if") for line in lines) == 1
    source.write_text("\n".join(lines) + "\n", encoding="ascii")
    run([find_tool("gcc", "gcc"), bits, *STRICT, *includes, "-fsyntax-only", str(source)])


@pytest.mark.parametrize(("tool", "has_trap"), [("x86_64", True), ("i686", False)])
def test_on_windows_there_is_what_windows_has(
    tool: str, has_trap: bool, includes: list[str], tmp_path: Path
) -> None:
    source = tmp_path / "windows.c"
    source.write_text(
        '#include "gadget_client.h"\n'
        f"#if {'!' if has_trap else ''}defined(IOCTL_GADGET_TRAP) || defined(GADGET_IOC_PLAIN)\n"
        "#error codes\n#endif\n"
        "int main(void)\n{\n    struct gadget_client client = {0};\n"
        "    struct gadget_windows_reply reply;\n    return gadget_windows(&client, &reply);\n}\n",
        encoding="ascii",
    )
    compiler = find_tool(f"{tool}-w64-mingw32-gcc", "gcc-mingw-w64")
    run([compiler, *STRICT, *includes, "-fsyntax-only", str(source)])


def test_the_headers_compile_as_cxx(includes: list[str], tmp_path: Path) -> None:
    source = tmp_path / "client.cpp"
    source.write_text('#include "gadget_client.h"\n', encoding="ascii")
    for name in ("g++", "clang++"):
        run([find_tool(name, name), "-std=c++11", "-Wall", "-Wextra", "-Werror", *includes,
             "-fsyntax-only", str(source)])  # fmt: skip
