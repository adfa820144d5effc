"""The examples' fuzzers, each built once for all tests of a process."""

from __future__ import annotations

import pytest

from tests.support.fuzzers import Fuzzer, fuzzer_of_example


def _made(name: str, factory: pytest.TempPathFactory) -> Fuzzer:
    made = fuzzer_of_example(name, factory.mktemp("fuzz"))
    made.make("all", "seeds", "CFLAGS=-O1 -g -Wall -Wextra -Werror")
    return made


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return _made("vault", tmp_path_factory)


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return _made("tour", tmp_path_factory)
