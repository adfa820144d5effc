"""HEVD's classes of bugs against a generated boundary, with handlers that check nothing.

Each attack is sent to the simulator under AddressSanitizer and UBSan, to a WDM driver and to a KMDF driver in Wine.
Each has a control: without the check that stops it, the same handlers and the same attack end in a sanitizer's
report, or in bytes that are not the caller's. docs/hevd.md tells what is not stopped.
"""

from __future__ import annotations

import re
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.hevd.attacks import ATTACKS, OBJECT, Shot
from tests.e2e.hevd.weakened import CUTS, RUNTIME, weaken
from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Call, Hostile, Result
from tests.support.generated import ROOT, build, compile_generated_driver, inspected
from tests.support.hosts import HOSTS, Answers, Driver, InWine, Send, differences, hosts
from tests.support.simulated import Simulated, compile_program
from tests.support.simulated import simulated as simulated_driver
from tests.support.wine import Prefix

HERE = Path(__file__).parent
DRIVER = Driver(
    str(HERE / "hevd.yaml"),
    str(HERE / "careless"),
    r"\\.\KgenHevd",
    {"wdm": "mingw-gcc", "kmdf": "clang"},
)
RACE_TIMEOUT = 300
OF_OBJECTS = ("use after free", "arbitrary read and write (helper object)")
"""Classes of test_hevd_objects.py."""

SEED, NOISE = 20261128, 3000


@pytest.fixture(scope="module")
def interface() -> Interface:
    return DRIVER.interface()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(build(DRIVER.schema, str(tmp_path_factory.mktemp("simulated")), ["sim"]))


# Every attack, on every host

SHOTS = [(name, shot) for name, shots in ATTACKS.items() for shot in shots]


@pytest.fixture(scope="module")
def calls(interface: Interface) -> list[Call]:
    return [shot.call(interface) for _, shot in SHOTS]


@pytest.fixture(scope="module")
def made(wine: Prefix, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Send]:
    return hosts(DRIVER, wine, str(tmp_path_factory.mktemp("hevd")))


@pytest.fixture(scope="module")
def answers(
    made: dict[str, Send], calls: list[Call], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Answers]:
    """All attacks one after the other to one driver on each host, which lives to answer the last one."""
    folder = tmp_path_factory.mktemp("answers")
    return {name: send(calls, folder) for name, send in made.items()}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_stopped(
    interface: Interface, answers: dict[str, Answers], name: str, host: str
) -> None:
    for (attack, shot), result in zip(SHOTS, answers[host].results, strict=True):
        if attack == name:
            assert_answered(interface, shot, result)


def assert_answered(interface: Interface, shot: Shot, result: Result) -> None:
    """Status, Information and the caller's whole buffer are what the attack says."""
    ntstatus, win32, information, out = result
    assert (ntstatus, win32) == interface.statuses[shot.status][:2], shot
    assert (information or 0) == len(shot.reply), shot
    before = FILL * shot.room
    after = before if out is None else out
    assert after == shot.reply + before[len(shot.reply) :], shot


def test_the_trace_says_why(answers: dict[str, Answers]) -> None:
    said = [f"hevd.{shot.ioctl}: {shot.trace}" for _, shot in SHOTS if shot.trace]
    for host in HOSTS:
        assert answers[host].traces == said, host


def test_hosts_answer_alike(calls: list[Call], answers: dict[str, Answers]) -> None:
    assert differences(calls, answers) == []


def test_what_nobody_thought_of(
    made: dict[str, Send], interface: Interface, tmp_path: Path
) -> None:
    """Every length, every rule, and noise: the careless handlers come to no harm, and hosts answer alike."""
    good: dict[str, list[bytes]] = {}
    for _, shot in SHOTS:
        if shot.status == "ok":
            good.setdefault(shot.ioctl, []).append(shot.request)
    data = {"double_fetch_data": struct.pack("<I", 16) + b"A" * OBJECT}
    calls = list(Hostile(interface, good, data, seed=SEED).all(NOISE))
    assert len(calls) > 10_000
    answers = {name: send(calls, tmp_path) for name, send in made.items()}
    assert differences(calls, answers) == []
    came = Counter(ntstatus for ntstatus, *_ in answers["simulator"].results)
    for status in ("ok", "invalid", "bad_length", "too_big", "short_buffer", "unknown_code"):
        assert came[interface.statuses[status][0]] > 50, status


# The controls

REPORTS = {
    "buffer overflow (stack)": "stack-buffer-overflow",
    "buffer overflow (pool)": "heap-buffer-overflow",
    "integer overflow": "buffer-overflow|negative-size-param",
    "arbitrary write": "index 16 out of bounds|heap-buffer-overflow",
    "arbitrary increment": "index 3 out of bounds",
    "memory disclosure": "heap-buffer-overflow",
    "NULL pointer dereference": "null pointer",
    "type confusion": "heap-buffer-overflow",
}


def weakened_answers(
    simulated: Path, folder: Path, name: str, interface: Interface, **variables: str
) -> list[Result]:
    """What the weakened driver answers to the attack that its missing check would have stopped."""
    made = Simulated("hevd", weaken(simulated, folder / "hevd", CUTS[name]), DRIVER.author)
    library = str(made.library("sanitize", **variables))
    shots = [shot.call(interface) for shot in ATTACKS[name]]
    results, _ = made.send(shots, folder, "--library", library, sanitized=True)
    return results


@pytest.mark.parametrize("name", REPORTS)
def test_without_the_check_a_sanitizer_stops_it(
    simulated: Path, tmp_path: Path, interface: Interface, name: str
) -> None:
    with pytest.raises(AssertionError, match=REPORTS[name]):
        weakened_answers(simulated, tmp_path, name, interface)


def test_without_zeroes_the_reply_is_what_memory_held(
    simulated: Path, tmp_path: Path, interface: Interface
) -> None:
    results = weakened_answers(simulated, tmp_path, "uninitialised memory (pool)", interface)
    ntstatus, _, information, out = results[0]
    assert (ntstatus, information) == (0, 104)
    assert out[40:104] == b"\xdb" * 64  # what the simulator fills memory with


def test_without_the_enum_the_reply_is_what_the_stack_held(
    simulated: Path, tmp_path: Path, interface: Interface
) -> None:
    flags = "-O0 -g -ftrivial-auto-var-init=pattern"
    name = "uninitialised memory (stack)"
    results = weakened_answers(simulated, tmp_path, name, interface, CFLAGS=flags, CC="gcc")
    ntstatus, _, information, out = results[0]
    assert (ntstatus, information, out) == (0, 4, b"\xfe" * 4)


def test_without_zeroes_wine_shows_the_kernels_memory(
    wine: Prefix, tmp_path: Path, interface: Interface
) -> None:
    """The same control as a driver: what comes back was somebody else's."""
    name = "uninitialised memory (pool)"
    whole = Path(build(DRIVER.schema, str(tmp_path / "whole"), ["wdm"]))
    cuts = [cut for cut in CUTS[name] if cut.file == RUNTIME]
    driver = compile_generated_driver(
        str(weaken(whole, tmp_path / "hevd", cuts)),
        DRIVER.author,
        str(tmp_path / "hevd.sys"),
        "mingw-gcc",
    )
    call = ATTACKS[name][0].call(interface)
    send = InWine(wine, driver, "hevd", DRIVER.device)
    results = send([call] * 50, tmp_path).results
    leaked = [out for _, _, _, out in results if any(out[40:104])]
    assert leaked


def test_with_any_access_any_handle_does(tmp_path: Path) -> None:
    """What HEVD's codes say of themselves: FILE_ANY_ACCESS. A schema has to write it down."""
    text = Path(DRIVER.schema).read_text(encoding="utf-8")
    head, body = text.split("  arbitrary_write:\n")
    schema = tmp_path / "hevd.yaml"
    schema.write_text(
        head + "  arbitrary_write:\n" + body.replace("access: write", "access: any", 1)
    )
    made = simulated_driver(str(schema), DRIVER.author, str(tmp_path))
    shots = [shot for shot in ATTACKS["weak access"] if shot.ioctl == "arbitrary_write"]
    calls = [shot.call(Interface(str(schema), inspected(str(schema)))) for shot in shots]
    library = str(made.library("sanitize"))
    results, _ = made.send(calls, tmp_path, "--library", library, sanitized=True)
    assert [call.access for call in calls] == ["none", "r", "w"]
    assert [ntstatus for ntstatus, *_ in results] == [0, 0, 0]


# Races and addresses, which take a program


def race_program(generated: Path, folder: Path) -> str:
    driver = Simulated("hevd", generated, DRIVER.author)
    return compile_program(driver, str(HERE / "race.c"), folder)


def start(program: str, what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, what], capture_output=True, text=True, timeout=RACE_TIMEOUT, check=False
    )


@pytest.fixture(scope="module")
def program(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return race_program(simulated, tmp_path_factory.mktemp("race"))


def test_double_fetch_is_stopped(program: str) -> None:
    """The count changes all the time; every request is refused, or carried out with the count that was checked."""
    ran = start(program, "neither")
    assert (ran.returncode, ran.stdout) == (0, "both, 0 wrong\n"), ran.stderr


def test_without_the_capture_a_sanitizer_stops_it(simulated: Path, tmp_path: Path) -> None:
    weak = weaken(simulated, tmp_path / "hevd", CUTS["double fetch"])
    ran = start(race_program(weak, tmp_path), "neither")
    assert ran.returncode != 0
    assert "buffer-overflow" in ran.stderr or "out of bounds" in ran.stderr


def test_double_fetch_of_a_data_buffer_is_not_stopped(program: str) -> None:
    """As docs/hevd.md says: memory that stays the caller's is the handler's to copy once."""
    ran = start(program, "data")
    assert ran.returncode != 0
    assert "buffer-overflow" in ran.stderr


def test_null_is_not_written_to_an_address_of_the_kernel(program: str) -> None:
    ran = start(program, "pointers")
    assert (ran.returncode, ran.stdout) == (0, "c0000005 0\n" * 4), ran.stderr


def test_without_the_probe_the_address_is_written_to(simulated: Path, tmp_path: Path) -> None:
    weak = weaken(simulated, tmp_path / "hevd", CUTS["write NULL"])
    ran = start(race_program(weak, tmp_path), "pointers")
    assert ran.returncode != 0
    assert "SEGV" in ran.stderr or "null pointer" in ran.stderr


def test_every_attack_has_a_control() -> None:
    elsewhere = {
        "double fetch", "write NULL", "uninitialised memory (pool)", "uninitialised memory (stack)",
    }  # fmt: skip
    assert set(CUTS) == set(REPORTS) | elsewhere
    assert set(ATTACKS) - set(CUTS) == {"weak access"}


def test_every_attack_is_in_the_docs() -> None:
    page = Path(ROOT, "docs", "hevd.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|", page, re.MULTILINE)
    assert sorted(rows) == sorted([*ATTACKS, *OF_OBJECTS])
