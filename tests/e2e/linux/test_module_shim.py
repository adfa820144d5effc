"""The module's adapter as a program under sanitizers, called as a hostile program would call it.

The kernel is `shim/kernel.c`: memory of a caller that ends anywhere, changes between two fetches and fails at any copy.
What is broken in the adapter has to be noticed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.generated import build
from tests.support.toolchain import compile_command, run_tool

HERE = Path(__file__).parent / "shim"
CALLS = "60000"
WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare", "-Werror")
"""As far as the kernel's own rules go."""


FLAGS = ("-std=gnu11", "-D__KERNEL__", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
AS_IN_KERNEL = "-fno-sanitize=pointer-overflow"
"""Pointers wrap around in a kernel, which is built with -fno-strict-overflow; what comes of one is checked."""


def made(folder: Path) -> Path:
    return Path(build(str(HERE / "probe.yaml"), str(folder)))


def sources(generated: Path) -> list[Path]:
    found = [*HERE.glob("*.c"), *(generated / "core").glob("*.c")]
    return sorted(
        [*found, *(generated / "linux").glob("*.c"), generated / "driver" / "probe_module.c"]
    )


def compiled(generated: Path, compiler: str, source: Path, *flags: str) -> str:
    """The object of one source, beside its program."""
    out = str(generated / f"{source.stem}.o")
    includes = [str(HERE), *(str(generated / part) for part in ("include", "core", "linux"))]
    own = [*FLAGS, *([AS_IN_KERNEL] if compiler.startswith("clang") else []), *flags]
    command = compile_command(compiler, [str(source)], includes, warnings=WARNINGS, flags=own)
    run_tool([*command, "-c", "-o", out])
    return out


def ran(
    generated: Path, compiler: str, objects: list[str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    program = str(generated / "program")
    run_tool([*compile_command(compiler, objects, flags=FLAGS, warnings=()), "-o", program])
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang-linux"])
def test_hostile_calls(compiler: str, tmp_path: Path) -> None:
    generated = made(tmp_path)
    objects = [compiled(generated, compiler, source) for source in sources(generated)]
    done = ran(generated, compiler, objects, CALLS)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.startswith("0 failures, ")
    assert int(done.stdout.split()[2]) > 10_000, "most are refused, but not all"


BREAKS = {
    "a count is read again": (
        "    if (ioctl->count_size == 0)\n        return copy_from_user(to",
        "    if (true)\n        return copy_from_user(to",
    ),
    "the size of every number is free": ("if (ioctl->grows)\n", "if (true)\n"),
    "a longer reply is not filled up": (
        "return clear_user(request->answer + written, size - written) ? -EFAULT : 0;",
        "return 0;",
    ),
    "how much was filled is not told": (
        "return put_user((u32)done, (u32 __user *)at) ? -EFAULT : 0;",
        "return 0;",
    ),
    "secrets are left": ("    if (operation->secret)\n", "    if (false)\n"),
    "the capability is not asked with each call": (
        "    if (!may_call(request->device))\n",
        "    if (false)\n",
    ),
    "access is compared after the argument": (
        "if ((request->ioctl->access & ~access) != 0)",
        "if (false)",
    ),
    "memory is left where a request fails": (
        "    settle(request, !error);\n    free_scratch(request);\n",
        "    settle(request, !error);\n    if (!error)\n        free_scratch(request);\n",
    ),
    "an object is made whose id did not arrive": (
        "settle(request, !error);",
        "settle(request, true);",
    ),
    "what is sent back is not probed": ("        error = check_answer(request);\n", "        ;\n"),
    "a reply goes back on an error": (
        "    if (!error)\n        error = reply(request, written);",
        "    if (true)\n        error = reply(request, request->plan.reply);",
    ),
    "a failed copy is an answer": (
        "return copy_from_user(to + rest, from + rest, size - rest) ? -EFAULT : 0;",
        "return copy_from_user(to + rest, from + rest, size - rest);",
    ),
    "a length overflows": (
        "size_add(ioctl->request_size, size_mul((size_t)count, ioctl->count_unit))",
        "ioctl->request_size + (size_t)count * ioctl->count_unit",
    ),
    "a killed caller goes on": (
        "    error = enter_killable(device);\n    if (error)\n        return error;\n",
        "    (void)enter_killable(device);\n",
    ),
    "a refused open keeps the device": (
        "    if (error) {\n        atomic_set(&device->taken, 0);\n",
        "    if (error) {\n",
    ),
    "handles are not given back": (
        "    kgen_release_handles(&request->plan, request->handles);\n",
        "",
    ),
    "the device may be a handle of itself": (
        "return file->f_op == &operations;",
        "return file->f_op == NULL;",
    ),
    "the reply is on the stack, whatever its size": (
        "if (size <= sizeof(request->local))",
        "if (plan->scratch <= sizeof(request->local))",
    ),
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The generated folder, and the objects of all but the file that is broken."""
    generated = made(tmp_path_factory.mktemp("broken"))
    others = [path for path in sources(generated) if path.name != "kgen_linux.c"]
    return generated, [compiled(generated, "gcc", path, "-O0") for path in others]


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_adapter_is_noticed(name: str, others: tuple[Path, list[str]]) -> None:
    generated, objects = others
    text = (generated / "linux" / "kgen_linux.c").read_text(encoding="utf-8")
    good, bad = BREAKS[name]
    assert text.count(good) == 1
    adapter = generated / "broken.c"
    adapter.write_text(text.replace(good, bad), encoding="utf-8")
    broken = compiled(generated, "gcc", adapter, "-O0", "-Wno-error")
    assert ran(generated, "gcc", [*objects, broken], "3000").returncode != 0
