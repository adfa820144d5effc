"""Runs the suite of an interface against its simulator, in a process of its own.

    python simulated.py vault --library vault.so      handlers in C
    python simulated.py vault --handlers simulate.MemoryVault [--library ...]
    python simulated.py vault --library vault.so --calls CALLS RESULTS

Prints what the suite does on the machine of a driver. With CALLS the calls of raw_calls.py are sent instead; the
results are a pickle of what that one writes, and of the lines of trace. The package is on the path already.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pickle
import sys
from typing import Any


def connector(simulator: Any) -> Any:
    return lambda access: simulator.open(access=access)


def run(package: str, simulator: Any) -> Any:
    suite = importlib.import_module(f"{package}_suite")
    suite.SUITE.system = "windows"
    if package != "tour":
        return suite.run(connector(simulator))
    suite.connect = connector(simulator)
    suite.make_object = simulator.kernel_object
    return suite.SUITE.run(simulator.open())


def send(simulator: Any, calls_path: str, results_path: str) -> None:
    with open(calls_path, "rb") as file:
        calls = pickle.load(file)
    opened: dict[str, Any] = {}
    results = []
    for access, code, request, out in calls:
        if access not in opened:
            opened[access] = simulator.connect(access)
        buffer = bytearray(out)
        failure, information = opened[access].control(code, request, buffer)
        status = (0, 0) if failure is None else (failure.ntstatus, failure.code)
        results.append((*status, information, None if buffer == out else bytes(buffer)))
    for transport in opened.values():
        transport.close()
    with open(results_path, "wb") as file:
        pickle.dump((results, simulator.refusals), file)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("--library")
    parser.add_argument("--handlers")
    parser.add_argument("--calls", nargs=2)
    options = parser.parse_args()
    handlers = None
    if options.handlers:
        module, _, name = options.handlers.rpartition(".")
        handlers = getattr(importlib.import_module(module), name)()
    module = importlib.import_module(f"{options.package}.simulator")
    failed = 0
    with module.SIMULATOR(handlers, library=options.library) as simulator:
        if options.calls:
            send(simulator, *options.calls)
            return 0
        for result in run(options.package, simulator):
            print(json.dumps(result), flush=True)
            failed += result["failure"] is not None
        print(json.dumps({"refusals": simulator.refusals}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
