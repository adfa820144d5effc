"""The examples' handlers in C, simulated under AddressSanitizer and UBSan: what Wine shows, without a kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.simulator.conftest import Simulated
from tests.suites.tour_model import TOUR_REFUSALS
from tests.support.generated import ROOT


def written_checks(*files: str) -> set[str]:
    """The names of all checks that the files of a suite hold."""
    folder = Path(ROOT, "tests", "suites")
    texts = [(folder / file).read_text(encoding="utf-8") for file in files]
    return {name for text in texts for name in re.findall(r"^@check\ndef (\w+)", text, re.M)}


@pytest.mark.parametrize(
    ("compiler", "goal"), [("gcc", "all"), ("clang", "all"), ("gcc", "sanitize")]
)
def test_suite_of_the_vault(vault: Simulated, compiler: str, goal: str) -> None:
    library = vault.library(goal, CC=compiler, BUILD=f"build-{compiler}")
    built = vault.folder / "sim" / f"build-{compiler}" / library.name
    checks, refusals = vault.suite("--library", str(built), sanitized=goal == "sanitize")
    assert set(checks) == written_checks(
        "vault_suite.py", "vault_client_checks.py", "vault_driver_checks.py"
    )
    # No call of a correct client is refused for its form, and no handler broke its contract.
    assert refusals == []


def test_suite_of_the_tour(tour: Simulated) -> None:
    library = tour.library("sanitize")
    checks, refusals = tour.suite("--library", str(library), sanitized=True)
    assert set(checks) == written_checks("tour_suite.py")
    assert refusals == TOUR_REFUSALS


OFF_BY_ONE = """
vault_status vault_on_get_status(struct vault_call *call, struct vault_usage *out)
{
    (void)call;
    ((volatile unsigned char *)out)[OFFSET] = 1;
    return VAULT_OK;
}
"""


@pytest.mark.parametrize("offset", [15, 16])
def test_a_byte_too_many_is_seen(vault: Simulated, tmp_path: Path, offset: int) -> None:
    """Buffers are of exactly their size: a handler that writes the byte behind its reply does not get by."""
    source = Path(ROOT, "examples", "vault", "driver", "vault_handlers.c").read_text("utf-8")
    head, _, rest = source.partition("vault_status vault_on_get_status(")
    tail = rest[rest.index("\n}\n") + 3 :]
    careless = OFF_BY_ONE.replace("OFFSET", str(offset)).lstrip()
    (tmp_path / "vault_handlers.c").write_text(head + careless + tail, encoding="utf-8")
    state = Path(ROOT, "examples", "vault", "driver", "vault_state.h")
    (tmp_path / "vault_state.h").write_bytes(state.read_bytes())
    library = vault.library("sanitize", HANDLERS=str(tmp_path), BUILD=f"build-{offset}")
    built = library.parent.parent / f"build-{offset}" / library.name
    code = (
        "import sys; from vault import Vault; "
        "print(Vault.simulate(library=sys.argv[1]).get_status())"
    )
    if offset < 16:
        assert vault.start("-c", code, str(built), sanitized=True).startswith("Usage(")
    else:
        with pytest.raises(AssertionError, match="heap-buffer-overflow"):
            vault.start("-c", code, str(built), sanitized=True)
