"""Replays the vectors of an interface on its simulator, with handlers that only say that they were reached.

    python replay_vectors.py rules3 VECTORS

The package and kgen_vectors.py are on the path. Prints what was wrong, a line each, then how many vectors there were.
"""

from __future__ import annotations

import importlib
import sys


def main(name: str, path: str) -> None:
    kgen_vectors = importlib.import_module("kgen_vectors")
    module = importlib.import_module(f"{name}.simulator")
    handlers = next(
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, module.Handlers)
        and found is not module.Handlers
    )
    vectors = kgen_vectors.load(path)
    with module.SIMULATOR(handlers()) as simulator:
        for vector in vectors:
            for wrong in kgen_vectors.replay(vector, simulator.open, simulator.refusals):
                print(f"{vector}: {wrong}")
    print(f"{len(vectors)} vectors")


if __name__ == "__main__":
    main(*sys.argv[1:])
