"""The C that kgen makes of the example schemas, through the command that users run."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.cli import main
from tests.support.fixtures import wine

__all__ = ["generated", "wine"]

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder per interface, as `kgen build` leaves them."""
    out = tmp_path_factory.mktemp("generated")
    for names, targets in ((DRIVERS, ("wdm", "c")), (CLIENTS, ("c",))):
        schemas = [str(OWN.get(name) or ROOT / "schemas" / f"{name}.yaml") for name in names]
        chosen = [word for target in targets for word in ("--target", target)]
        assert main(["build", *schemas, *chosen, "-o", str(out), "-q"]) == 0
    return out


OWN = {
    "relic": ROOT / "tests" / "e2e" / "thunks" / "relic.yaml",
    "native": ROOT / "tests" / "e2e" / "compile" / "native.yaml",
}
"""Messages that are laid out as a compiler does: of a driver, and of what exists already."""
DRIVERS = ("vault", "tour", "relic")
CLIENTS = ("serial", "mountmgr", "native")
INTERFACES = (*DRIVERS, *CLIENTS)
