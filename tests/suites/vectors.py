"""The checked-in vectors of an example, as the calls and the verdict of tests/suites/hostile.py have them."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType
from typing import Any

from tests.suites.boundary import Answer, Interface
from tests.suites.hostile import FILL, Call
from tests.support.generated import ROOT

PASSES = "passes"


class Reached(Exception):
    """The handler was called."""


class Bare:
    """A handler model for every ioctl, which does nothing but to say so."""

    def __getattr__(self, name: str) -> Any:
        def handler(*_: Any) -> Any:
            raise Reached

        return handler


def replayer() -> ModuleType:
    """The module that every user of the target gets."""
    path = os.path.join(ROOT, "generated", "vault", "vectors", "kgen_vectors.py")
    spec = importlib.util.spec_from_file_location("kgen_vectors", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vectors(name: str, folder: str = os.path.join(ROOT, "generated")) -> list[Any]:
    path = os.path.join(folder, name, "vectors", f"{name}_vectors.json")
    loaded: list[Any] = replayer().load(path)
    return loaded


def on_linux(name: str) -> list[Any]:
    """Those that can be calls on Linux, with what is expected there."""
    path = os.path.join(ROOT, "generated", name, "vectors", f"{name}_vectors.json")
    loaded: list[Any] = replayer().load(path, "linux")
    return loaded


MAKERS = ("make_token", "trade")


def alone(name: str) -> list[Any]:
    """Those that need no calls before them and no handle, and leave no object on a handle that others share."""
    return [
        vector
        for vector in vectors(name)
        if not (
            vector.before
            or vector.call.handles
            or (vector.expect == PASSES and (vector.ioctl in MAKERS or ".current_" in vector.id))
        )
    ]


def call_of(vector: Any) -> Call:
    assert vector.before == (), "needs calls before it"
    code, request, capacity = vector.call[:3]
    return Call(vector.id, code, request, FILL * capacity, vector.access)


def expected(interface: Interface, vector: Any) -> Answer:
    """What the independent model answers; the status `passes` where the request is valid."""
    call = call_of(vector)
    try:
        return interface.answer(Bare(), call.code, call.request, call.out, call.access)
    except Reached:
        return Answer(PASSES)
