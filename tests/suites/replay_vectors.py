"""Replays the vectors of an interface on its simulator.

    python replay_vectors.py depot VECTORS                              handlers that only say that they were reached
    python replay_vectors.py depot VECTORS --handlers depot_handlers.DepotOfTests
    python replay_vectors.py depot VECTORS --library depot.so           handlers in C
    python replay_vectors.py depot VECTORS --abi linux-i386             as a program of 32 bits

The package and kgen_vectors.py are on the path. Prints what was wrong, a line each, then how many vectors there were.
"""

from __future__ import annotations

import argparse
import functools
import importlib
from typing import Any

NARROW = ("linux-i386", "linux-armhf", "windows-x86")


def bare_handlers(module: Any) -> Any:
    """The interface's class of handlers as it is."""
    return next(
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, module.Handlers)
        and found is not module.Handlers
    )()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("vectors")
    parser.add_argument("--handlers")
    parser.add_argument("--library")
    parser.add_argument("--abi")
    options = parser.parse_args()
    kgen_vectors = importlib.import_module("kgen_vectors")
    module = importlib.import_module(f"{options.name}.simulator")
    handlers = None
    if options.handlers is not None:
        place, _, name = options.handlers.rpartition(".")
        handlers = getattr(importlib.import_module(place), name)()
    elif options.library is None:
        handlers = bare_handlers(module)
    vectors = kgen_vectors.load(options.vectors, "windows", options.abi)
    with module.SIMULATOR(handlers, library=options.library) as simulator:
        is_32_bit = options.abi in NARROW
        opened = functools.partial(simulator.open, is_32_bit=is_32_bit)
        for vector in vectors:
            for wrong in kgen_vectors.replay(
                vector, opened, simulator.refusals, simulator.kernel_object
            ):
                print(f"{vector}: {wrong}")
    print(f"{len(vectors)} vectors")


if __name__ == "__main__":
    main()
