"""The tour as a WDM driver in Wine, called through the generated C client: all four transfer methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.toolchain import compile_driver, compile_exe
from tests.support.wine import Prefix

HERE = Path(__file__).parent / "tour"
VAULT = Path(__file__).parents[3] / "examples" / "vault" / "driver"
ENTRY = """\
#include "tour_wdm.h"
#include "vault_wdm.h"

static const struct kgen_wdm_interface *const interfaces[] = {&tour_wdm, &vault_wdm};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    return kgen_wdm_start(driver, interfaces, 2);
}
"""
REFUSED = [
    "kgen: refused: tour.echo_scalars: status",
    "kgen: refused: tour.echo_scalars: c: range",
    "kgen: refused: tour.fill: capacity",
    "kgen: refused: tour.fill: status",
    "kgen: refused: tour.neither: length",
]


@pytest.fixture(scope="module")
def client(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folders = [str(generated / "tour" / part) for part in ("include", "c")]
    out = tmp_path_factory.mktemp("client") / "client.exe"
    return compile_exe([str(HERE / "client.c")], str(out), include_dirs=folders)


@pytest.mark.parametrize("compiler", ["mingw-gcc", "clang"])
def test_driver(wine: Prefix, generated: Path, client: str, tmp_path: Path, compiler: str) -> None:
    tour = generated / "tour"
    driver = compile_driver(
        [
            str(tour / "core" / "tour_core.c"),
            str(tour / "driver" / "tour_driver.c"),
            str(tour / "wdm" / "tour_wdm.c"),
            str(tour / "wdm" / "kgen_wdm.c"),
            str(tour / "wdm" / "kgen_windows_buffers.c"),
            str(tour / "wdm" / "kgen_windows_handles.c"),
            str(tour / "wdm" / "kgen_windows_trace.c"),
            str(HERE / "tour_handlers.c"),
        ],
        str(tmp_path / "tour.sys"),
        compiler,
        [str(HERE), *(str(tour / part) for part in ("include", "core", "wdm"))],
        seh_sources=[str(tour / "wdm" / "kgen_wdm_seh.c")],
    )
    start = len(wine.debug_lines())
    with wine.driver(driver, "tour"):
        result = wine.run(client, timeout=60, check=False)
    lines = wine.debug_lines(start)
    assert result.stdout == "0 failures\n", result.stdout + "\n".join(lines)
    assert [line for line in lines if line.startswith("kgen:")] == REFUSED
    assert any("sddl D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGW;;;BU)" in line for line in lines)


def test_two_interfaces_in_one_driver(wine: Prefix, generated: Path, tmp_path: Path) -> None:
    """Each has a device of its own; what is the same for all is linked once."""
    entry = tmp_path / "both_driver.c"
    entry.write_text(ENTRY, encoding="utf-8")
    own = {"tour": HERE, "vault": VAULT}
    shared = (
        "kgen_wdm.c",
        "kgen_windows_buffers.c",
        "kgen_windows_handles.c",
        "kgen_windows_trace.c",
    )
    sources = [str(entry), *(str(generated / "tour" / "wdm" / name) for name in shared)]
    includes: list[str] = []
    for name, author in own.items():
        folder = generated / name
        sources += [str(folder / "core" / f"{name}_core.c"), str(folder / "wdm" / f"{name}_wdm.c")]
        sources.append(str(author / f"{name}_handlers.c"))
        includes += [str(author), *(str(folder / part) for part in ("include", "core", "wdm"))]
    driver = compile_driver(
        sources,
        str(tmp_path / "both.sys"),
        include_dirs=includes,
        seh_sources=[str(generated / "tour" / "wdm" / "kgen_wdm_seh.c")],
    )
    parts = [str(generated / name / part) for name in own for part in ("include", "c")]
    client = compile_exe([str(HERE / "two.cpp")], str(tmp_path / "two.exe"), include_dirs=parts)
    with wine.driver(driver, "both"):
        result = wine.run(client, timeout=60, check=False)
    assert result.stdout == "0 failures\n", result.stdout + "\n".join(wine.debug_lines()[-20:])
