"""Valid requests made from the model: what an independent model of the boundary accepts, and conditions are met."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from kgen import pipeline
from kgen.diagnostics import Sink
from kgen.project import Project
from kgen.targets._rules import Holds, comparisons
from kgen.targets._solve import edge, solve
from kgen.targets._valid import valid_requests
from kgen.targets._walk import rules
from tests.e2e.compile import test_conditions
from tests.suites.boundary import Interface
from tests.suites.wire_types import Refused
from tests.support.generated import ROOT, inspected


def analysed(path: str) -> pipeline.Analysis:
    sink = Sink()
    analysis = pipeline.diagnose(path, sink, Project(ROOT, {}))
    assert analysis is not None, sink.sorted()
    return analysis


@pytest.mark.parametrize(("name", "least"), [("vault", 9), ("tour", 25)])
def test_requests_are_accepted(name: str, least: int) -> None:
    schema = os.path.join(ROOT, "schemas", f"{name}.yaml")
    model, analysis = Interface(schema, inspected(schema)), analysed(schema)
    made = 0
    for ioctl in analysis.interface.ioctls:
        struct = model.ioctls[ioctl.name].request
        requests = valid_requests(ioctl, analysis.layouts)
        assert bool(requests) == (struct is not None)
        assert len({request.message for request in requests}) == len(requests)
        for request in requests:
            assert struct is not None
            assert struct.least <= len(request.message) <= struct.longest
            model.current = model.open_of(SimpleNamespace(), "rw")
            with ExitStack() as stack:
                if not all(one.type.optional for one in struct.handles):  # which nobody has made
                    with pytest.raises(Refused, match="handle"):
                        struct.take_handles(request.message, (ioctl.name,))
                if model.ioctls[ioctl.name].names:  # of objects that nobody has made
                    stack.enter_context(pytest.raises(Refused, match="object"))
                struct.check(request.message, (ioctl.name,), len(request.message))
            made += 1
    assert made >= least


def test_each_arm_and_each_end_of_a_tail_is_there() -> None:
    analysis = analysed(os.path.join(ROOT, "schemas", "tour.yaml"))
    ioctls = {ioctl.name: ioctl for ioctl in analysis.interface.ioctls}

    def made(name: str) -> dict[str, int]:
        requests = valid_requests(ioctls[name], analysis.layouts)
        return {request.name: len(request.message) for request in requests}

    arms = ("valid", "figure.dot", "figure.line", "figure.word", "figure.grid")
    assert made("draw") == dict.fromkeys(arms, 40)
    assert made("trace_points") == {"valid": 28, "points.1": 12, "points.2": 20, "points.16": 132}
    assert made("write_reading") == {"valid": 32, "size.16": 16, "size.24": 24}
    assert made("ping") == {}


def test_every_condition_is_met_and_broken(tmp_path: Path) -> None:
    """The conditions whose C is compared with exact arithmetic; each side of each, by each of its comparisons."""
    path = tmp_path / "sums.yaml"
    path.write_text(test_conditions.schema(), encoding="utf-8")
    analysis = analysed(str(path))
    missed = []
    for ioctl in analysis.interface.ioctls:
        (request,) = valid_requests(ioctl, analysis.layouts)
        assert ioctl.request is not None
        for rule in rules(ioctl.request, request.message, analysis.layouts):
            if not isinstance(rule, Holds):
                continue
            for comparison in comparisons(rule.condition.predicate):
                for inside in (True, False):
                    found = [
                        solve(request.message, goals)
                        for goals in edge(rule, comparison, inside, near=False)
                    ]
                    assert all(rule.broken(each) != inside for each in found if each is not None)
                    if not any(found):
                        missed.append((comparison.operator, inside, rule.condition.text))
    # Those that no value can decide.
    assert missed == [
        ("<=", True, "f < 0 or e <= -1"),
        ("<=", True, "f < 0 or a <= -1"),
        (">=", False, "f < 0 and e >= 0"),
    ]
