"""The generated C clients as Windows programs, in C and in C++, against the generated drivers in Wine."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.generated import ROOT, build, compile_generated_driver
from tests.support.toolchain import compile_exe
from tests.support.wine import Prefix

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(ROOT, "tests", "suites", "c_client")
NOT_CALLED = {"vault": [], "tour": ["echo_texts"]}
"""Calls that a program leaves out: like echo_scalars in all that the client does."""


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_programs_in_c_and_cxx_call_every_code(
    wine: Prefix, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp(name))
    generated = build(os.path.join(ROOT, "schemas", f"{name}.yaml"), folder)
    driver = compile_generated_driver(
        generated,
        os.path.join(ROOT, "examples", name, "driver"),
        os.path.join(folder, "driver.sys"),
        "mingw-gcc",
    )
    include = [os.path.join(generated, part) for part in ("c", "include")]
    calls = re.findall(
        rf"^static inline kgen_status {name}_(?!client_)(\w+)\(",
        Path(generated, "c", f"{name}_client.h").read_text(encoding="utf-8"),
        re.M,
    )
    for language in ("c", "cpp"):
        source = os.path.join(PROGRAMS, f"{name}_calls.{language}")
        program = compile_exe(
            [source], os.path.join(folder, f"{language}.exe"), include_dirs=include
        )
        with wine.driver(driver, name):
            ran = wine.run(program, check=False)
        assert re.fullmatch(r"0 of \d\d+ checks failed\n", ran.stdout), (
            f"{language}:\n{ran.stdout}{ran.stderr}"
        )
        assert ran.returncode == 0
    text = Path(PROGRAMS, f"{name}_calls.c").read_text(encoding="utf-8")
    assert [call for call in calls if f"{name}_{call}(" not in text] == NOT_CALLED[name]


OPEN = """
#include <stdio.h>
#include "vault_client.h"

int main(void)
{
    struct vault_client client;
    kgen_status status = vault_client_open(&client, NULL, KGEN_READ_ACCESS);

    puts(status == VAULT_OK ? "opened" : status == KGEN_OTHER_VERSION ? "refused" : "failed");
    return client.device == INVALID_HANDLE_VALUE && status == VAULT_OK;
}
"""


def test_client_of_another_interface_is_refused(wine: Prefix, tmp_path: Path) -> None:
    """The rule of the Python client: another minor version is understood, another interface is not."""
    schema = os.path.join(ROOT, "schemas", "vault.yaml")
    author = os.path.join(ROOT, "examples", "vault", "driver")
    driver = compile_generated_driver(
        build(schema, str(tmp_path)), author, str(tmp_path / "driver.sys"), "clang"
    )
    bound = ("u8[1..max_secret]", "u8[2..max_secret]")
    changes = {
        "docs": [("Seal a secret into a free slot.", "Put a secret into a slot.")],
        "bound": [bound],
        "minor": [('"1.1"', '"1.2"'), bound],
        "major": [('"1.1"', '"2.0"'), bound],
    }
    answers = {}
    for name, pairs in changes.items():
        text = Path(schema).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        folder = tmp_path / name
        folder.mkdir()
        (folder / "vault.yaml").write_text(text, encoding="utf-8")
        (folder / "open.c").write_text(OPEN, encoding="utf-8")
        generated = build(str(folder / "vault.yaml"), str(folder), ["c"])
        include = [os.path.join(generated, part) for part in ("c", "include")]
        program = compile_exe(
            [str(folder / "open.c")], str(folder / "open.exe"), include_dirs=include
        )
        with wine.driver(driver, "vault"):
            answers[name] = wine.run(program).stdout.strip()
    assert answers == {"docs": "opened", "bound": "refused", "minor": "opened", "major": "refused"}
