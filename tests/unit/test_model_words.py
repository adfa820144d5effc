"""The words that no member may be called: compilers agree that each is one, and that none is missing."""

from __future__ import annotations

import re
import subprocess

import pytest

from kgen.model.words import DOS_DEVICES, INTERFACES, MEMBERS
from tests.support.compilers import COMPILERS
from tests.support.tools import find_tool

WINDOWS = "#include <stdio.h>\n#include <windows.h>\n#include <winioctl.h>\n"
KERNEL = "#include <ntddk.h>\n#include <wdmsec.h>\n"
LINUX = """\
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/ioctl.h>
#include <linux/types.h>
"""
# What no free header breaks on: they are of Microsoft's rpcndr.h, of the Linux kernel's own headers, of
# compilers for processors that this machine has none for, of later standards of C; and `h_addr`, of
# which a macro makes an array without elements.
_UNPROVEN = """
asmlinkage current fallthrough noinline noinline_for_stack noinstr notrace nr_cpu_ids
cpu_active_mask cpu_online_mask cpu_possible_mask cpu_present_mask
h_addr small huge hpux m68k sparc sun vax si_arch si_call_addr si_syscall noreturn
constexpr nullptr typeof_unqual typeof
"""
UNPROVEN = frozenset(_UNPROVEN.split())
FINE = "from in out min max index count open read_only id type value size next lock ctl"


def run(
    name: str, language: str, standard: str, text: str, *more: str
) -> subprocess.CompletedProcess[str]:
    """A compiler's run over a text."""
    compiler = COMPILERS[name]
    program = compiler.cxx if language == "c++" else compiler.cc
    command = [find_tool(program, compiler.package), *compiler.flags, f"-std={standard}"]
    command += [*more, "-x", language, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def harmful_macros(name: str, text: str, *more: str) -> set[str]:
    """Lower-case macros that stand for anything but another name, and take no arguments."""
    made = run(name, "c", "gnu11", text, "-dM", "-E", *more)
    assert made.returncode == 0, made.stderr
    found = re.findall(r"^#define ([a-z][a-z0-9_]*) (.*)$", made.stdout, re.MULTILINE)
    return {
        macro
        for macro, value in found
        # What is renamed is renamed everywhere, and is still a name.
        if not re.fullmatch(r"[A-Za-z_]\w*|__MINGW_NAME_AW\(\w+\)", value) or value in MEMBERS
    }


@pytest.mark.parametrize(
    ("compiler", "text", "more"),
    [
        ("mingw-gcc", WINDOWS, ()),
        ("mingw-gcc-x86", WINDOWS, ()),
        ("mingw-gcc", KERNEL, ("-I/usr/x86_64-w64-mingw32/include/ddk",)),
        ("gcc", LINUX, ()),
        ("gcc-m32", LINUX, ()),
        ("clang-linux-mips64el", "", ()),
        ("clang-linux-s390x", "", ()),
    ],
    ids=["windows", "windows-x86", "kernel", "linux", "linux-i386", "mips", "s390x"],
)
def test_no_macro_is_missing(compiler: str, text: str, more: tuple[str, ...]) -> None:
    assert sorted(harmful_macros(compiler, text, *more) - set(MEMBERS)) == []


COMPILED = [
    ("gcc", "c", "gnu11", LINUX),
    ("gcc-m32", "c", "gnu11", LINUX),
    ("gcc", "c++", "c++20", LINUX),
    ("mingw-gcc", "c", "gnu11", WINDOWS),
    ("clang-linux-mips64el", "c", "gnu11", ""),
]


def refused(words: list[str]) -> set[str]:
    """Those that some compiler does not take as a member, each on a line of its own."""
    found = set()
    for compiler, language, standard, head in COMPILED:
        lines = [
            f"struct s{n} {{ unsigned {word}; }}; static unsigned f{n}(struct s{n} *p) "
            f"{{ return p->{word}; }}"
            for n, word in enumerate(words)
        ]
        first = head.count("\n") + 1
        limit = "-ferror-limit=0" if compiler.startswith("clang") else "-fmax-errors=0"
        text = head + "\n".join(lines) + "\n"
        errors = run(compiler, language, standard, text, "-fsyntax-only", limit).stderr
        for line in re.findall(r"^<stdin>:(\d+):\d+: error", errors, re.MULTILINE):
            if 0 <= int(line) - first < len(words):
                found.add(words[int(line) - first])
    return found


def test_every_word_is_refused_by_a_compiler() -> None:
    words = [word for word in MEMBERS if word not in UNPROVEN and not re.search(r"[1-9]$", word)]
    assert len(words) > 100
    assert sorted(set(words) - refused(words)) == []


def test_names_that_are_fine_compile_everywhere() -> None:
    words = FINE.split()
    assert not set(words) & set(MEMBERS)
    assert refused(words) == set()


def test_reasons_are_given_in_words() -> None:
    reasons = {*MEMBERS.values(), *INTERFACES.values()}
    assert all(re.match(r"(a|the|what) ", reason) for reason in reasons)
    assert {"con", "nul", "com1", "lpt9"} <= DOS_DEVICES
