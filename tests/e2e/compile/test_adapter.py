"""The adapters as programs under sanitizers: what Wine cannot show of their memory, faults and secrets."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.cli import main
from tests.support.kmdf import WDF_FLAGS
from tests.support.toolchain import compile_command, run_tool

HERE = Path(__file__).parent / "adapter"
SANITIZERS = [
    ("gcc", "address,undefined", "0x0A000007"),
    ("clang-linux", "memory", "0x0A000008"),
]


# The framework's table holds functions of every type as one.
_FRAMEWORK = (*WDF_FLAGS, "-Wno-cast-function-type")


class Kind(NamedTuple):
    """A kind of driver: its target, its part of the program, and what stands for the device in the schema."""

    target: str
    part: str
    device: str
    flags: tuple[str, ...] = ()


KINDS = {
    "wdm": Kind("wdm", "adapter_wdm.c", "device: Hidden"),
    "kmdf": Kind("kmdf", "adapter_kmdf.c", "device: Hidden", _FRAMEWORK),
    "pnp": Kind("kmdf", "adapter_kmdf.c", r"hardware_id: Root\Hidden", ("-DPNP", *_FRAMEWORK)),
}


def generated(kind: Kind, folder: Path) -> Path:
    schema = folder / "hidden.yaml"
    text = (HERE / "hidden.yaml").read_text(encoding="utf-8")
    assert text.count("device: Hidden") == 1
    schema.write_text(text.replace("device: Hidden", kind.device), encoding="utf-8")
    assert main(["build", str(schema), "-o", str(folder), "-q", "--target", kind.target]) == 0
    return folder / "hidden"


def ran(
    kind: Kind, folder: Path, compiler: str, sanitizer: str, windows: str
) -> subprocess.CompletedProcess[str]:
    """What the program says that is made of a generated folder."""
    adapter = folder / kind.target
    machine = [*adapter.glob("*.c"), folder / "core" / "hidden_core.c"]
    sources = [
        str(path)
        for path in machine
        if not path.name.endswith(("_trace.c", "_seh.c"))  # the program has its own
    ]
    sources += [str(HERE / "adapter.c"), str(HERE / kind.part)]
    parts = ("include", "core", "driver", kind.target)
    includes = [str(HERE), *(str(folder / part) for part in parts)]
    program = str(folder / "adapter")
    flags = [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", f"-DNTDDI_VERSION={windows}"]
    flags += kind.flags
    run_tool([*compile_command(compiler, sorted(sources), includes, flags=flags), "-o", program])
    return subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("compiler", "sanitizer", "windows"), SANITIZERS)
def test_adapter(tmp_path: Path, compiler: str, sanitizer: str, windows: str, name: str) -> None:
    folder = generated(KINDS[name], tmp_path)
    done = ran(KINDS[name], folder, compiler, sanitizer, windows)
    assert (done.returncode, done.stdout) == (0, "0 failures\n"), done.stdout[-2000:] + done.stderr


BREAKS = {
    "stop hook forgotten": ("kmdf", "kgen_kmdf_device.c", "device->api->stop(device->state);", "(void)device;"),
    "stop hook of a device that never started": ("kmdf", "kgen_kmdf_device.c", "if (device->started)", "if (device)"),
    "open hook forgotten": ("kmdf", "kgen_kmdf_open.c", "status = device->api->open(device->state, open->state);", "status = STATUS_SUCCESS;"),
    "a name below the device": ("kmdf", "kgen_kmdf_open.c", "->Length != 0", "->Length == 1"),
    "no lock at cleanup": ("kmdf", "kgen_kmdf_open.c", "IoReleaseRemoveLockAndWait(&", "IoReleaseRemoveLock(&"),
    "a fault as another status": ("kmdf", "kgen_kmdf_caller.c", "return STATUS_ACCESS_VIOLATION;\n}", "return STATUS_INVALID_PARAMETER;\n}"),
    "output not locked": ("kmdf", "kgen_kmdf_caller.c", "status = lock_output(", "(void)lock_output("),
    "system buffer not wiped": ("kmdf", "kgen_kmdf_request.c", "kgen_wipe(memory, size);", "(void)memory;"),
    "gone device answered otherwise": ("pnp", "kgen_kmdf_caller.c", "return STATUS_DEVICE_REMOVED;", "return status;"),
    "scratch not freed": ("pnp", "kgen_windows_buffers.c", "ExFreePoolWithTag(buffers->scratch, buffers->pool_tag);", "buffers->scratch = NULL;"),
    "mapping not read-only": ("wdm", "kgen_windows_buffers.c", "priority |= MdlMappingNoWrite;", ""),
    "stop hook forgotten in WDM": ("wdm", "kgen_wdm.c", "device->api->stop(device->state);", ""),
}  # fmt: skip
"""An adapter with one thing wrong: the kind, the file, what stands there, what then stands there."""


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_seen(tmp_path: Path, name: str) -> None:
    kind, file, right, wrong = BREAKS[name]
    folder = generated(KINDS[kind], tmp_path)
    path = folder / KINDS[kind].target / file
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    done = ran(KINDS[kind], folder, *SANITIZERS[0])
    assert done.returncode != 0
