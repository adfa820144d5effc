"""Headers of the system, imported with the overlays of examples/import, and built for Python."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kgen.cli import main
from tests.support.generated import ROOT, build

MINGW = "/usr/share/mingw-w64/include"
LINUX = "/usr/include/linux"
OVERLAYS = os.path.join(ROOT, "examples", "import")


def imported_client(
    folder: str, name: str, headers: Sequence[str], *more: str, status: int = 0
) -> str:
    """Where the client of interface `name` can be imported from; nothing between is written by hand.

    `status` is that of `kgen import`, 1 where a header has something that no schema says.
    """
    schema = os.path.join(folder, f"{name}.yaml")
    overlay = os.path.join(OVERLAYS, f"{name}.overlay.yaml")
    words = [*headers, *more, "--interface", name, "--for", overlay, "-o", schema]
    assert main(["import", *words]) == status
    return os.path.join(build(schema, os.path.join(folder, name), ["python"]), "python")
