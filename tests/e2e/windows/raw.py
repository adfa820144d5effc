"""Hostile calls carried into Wine, and the whole answer compared with the model's: replies and traces."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

from tests.suites.boundary import Interface
from tests.suites.hostile import Call, judge
from tests.support.generated import ROOT
from tests.support.wine import Prefix, windows_path

RAW_CALLS = os.path.join(ROOT, "tests", "suites", "raw_calls.py")
TRACE = "kgen: refused: "
SHOWN = 20


def send(wine: Prefix, device: str, calls: list[Call], folder: Path) -> list[tuple[Any, ...]]:
    """What came back for each call, as tests/suites/raw_calls.py has it."""
    sent, received = folder / "calls.pickle", folder / "results.pickle"
    plain = [(call.access, call.code, call.request, call.out) for call in calls]
    sent.write_bytes(pickle.dumps(plain))
    wine.python(RAW_CALLS, device, windows_path(str(sent)), windows_path(str(received)))
    results: list[tuple[Any, ...]] = pickle.loads(received.read_bytes())
    return results


def attack(
    wine: Prefix,
    driver: str,
    device: str,
    interface: Interface,
    handlers: Any,
    calls: list[Call],
    folder: Path,
) -> tuple[Counter[str], Counter[str]]:
    """Sends all calls to a freshly loaded driver. How often each status came, and each line of trace.

    Fails if one answer is not the model's, if the driver did not trace exactly what the model says it refused, or
    if it breaks a rule of the kernel on the way or at unload.
    """
    start = len(wine.debug_lines())
    with wine.driver(driver, interface.name):
        results = send(wine, device, calls, folder)
    assert len(results) == len(calls)
    verdict = judge(interface, handlers, calls, results)
    wrong = verdict.problems
    assert not wrong, f"{len(wrong)} of {len(calls)}:\n" + "\n".join(wrong[:SHOWN])
    lines = wine.debug_lines(start)
    assert [line.removeprefix(TRACE) for line in lines if line.startswith(TRACE)] == verdict.traces
    return Counter(verdict.statuses), Counter(verdict.traces)
