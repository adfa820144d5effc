"""Handlers in Python behind the compiled boundary: the same suites, the same hostile calls, the same answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.simulator.conftest import SANITIZE, Simulated, run
from tests.e2e.simulator.test_c_handlers import TOUR_REFUSALS, written_checks
from tests.support.generated import ROOT
from tests.support.hosts import EXAMPLES, Answers, compare

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(ROOT, "examples", "vault")
VAULT = ("--handlers", "simulate.MemoryVault")

HEAD = """
import gc
import sys
from vault import *
from vault.simulator import *

class Handlers(VaultHandlers):
    def __init__(self):
        self.heard = []
    def hook_start(self):
        self.heard.append("start")
    def hook_stop(self):
        self.heard.append("stop")
    def hook_open(self, open):
        self.heard.append(f"open {open.access} {open.from_kernel} {open.is_32_bit}")
        open.state = 0
    def hook_cleanup(self, open):
        self.heard.append(f"cleanup {open.state}")
    def hook_close(self, open):
        self.heard.append("close")
    def on_get_status(self, call):
        call.open.state += 1
        return Usage(used=call.open.state, free=0, unseals=2)

def refused(call):
    try:
        return call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
"""


def answers(vault: Simulated, code: str, **how: str) -> list[str]:
    return vault.start("-c", HEAD + code, **how).splitlines()


def test_suite_of_the_vault(vault: Simulated) -> None:
    checks, refusals = vault.suite(*VAULT, path=[EXAMPLE], sanitized=True, CFLAGS=SANITIZE)
    assert len(checks) == len(
        written_checks("vault_suite.py", "vault_client_checks.py", "vault_driver_checks.py")
    )
    assert refusals == []


def test_suite_of_the_tour(tour: Simulated) -> None:
    handlers = ("--handlers", "tour_handlers.PythonTour")
    checks, refusals = tour.suite(*handlers, path=[HERE], sanitized=True, CFLAGS=SANITIZE)
    assert set(checks) == written_checks("tour_suite.py")
    said = {line.rpartition(": ")[0].split(":")[0] for line in refusals}
    assert said == {line.split(":")[0] for line in TOUR_REFUSALS}


def test_hostile_calls_to_the_vault(vault: Simulated, tmp_path: Path) -> None:
    """Handlers in Python answer as the model does, and so as those in C do."""
    example = EXAMPLES["vault"]
    interface = example.interface()
    calls = list(example.hostile(interface).all(noise=6000))
    answers = {"python": Answers(*vault.send(calls, tmp_path, *VAULT, path=[EXAMPLE]))}
    found = compare(example, interface, calls, answers)
    assert not found.problems, found.report()
    assert set(found.statuses) >= {"ok", "truncated", "no_space", "wrong_key", "locked"}


def test_the_example_runs(vault: Simulated) -> None:
    lines = vault.start(os.path.join(EXAMPLE, "simulate.py")).splitlines()
    assert lines[1].startswith("WrongKeyError: unseal: The key does not open this slot")
    assert lines[2:] == ["b'4711'", "Usage(used=0, free=16, unseals=1)"]


def test_hooks_and_the_state_of_an_open(vault: Simulated) -> None:
    code = """
handlers = Handlers()
with VaultSimulator(handlers) as simulator:
    with simulator.open(access="r", is_32_bit=True) as one, simulator.open(from_kernel=True) as two:
        print(one.get_status().used, one.get_status().used, two.get_status().used)
    left = simulator.open(access="none")
    print(refused(left.get_status).partition(" (")[0])
print(*handlers.heard, sep="\\n")
print(refused(left.get_status))
print(refused(simulator.open))
"""
    assert answers(vault, code) == [
        "1 2 1",
        "AccessDeniedError: get_status: The caller may not do this",
        "start",
        "open r False True", "open rw True False", "cleanup 1", "close", "cleanup 2", "close",
        "open none False False", "cleanup 0", "close",
        "stop",
        "ValueError: the simulated device is closed",
        "ValueError: the simulator is closed",
    ]  # fmt: skip


def test_a_simulated_device_takes_its_machine_along(vault: Simulated) -> None:
    code = """
handlers = Handlers()
with Vault.simulate(handlers, access="r") as device:
    device.get_status()
print(handlers.heard[-2:])
device = Vault.simulate(Handlers())
heard = device.transport.simulator._forward._handlers.heard
del device
gc.collect()
print(heard[-2:])
"""
    assert answers(vault, code) == ["['close', 'stop']"] * 2


def test_what_a_handler_gets_wrong_is_raised_where_the_call_was_made(vault: Simulated) -> None:
    """A bug of a handler is no answer of a device: a test sees it as it is."""
    code = """
class Wrong(Handlers):
    def on_lock(self, call):
        return 1 / 0
    def on_list(self, call, request):
        return [None, ListReply(total=1, entries=[1]), ListReply(total=0, entries=())][request.first]
    def on_erase(self, call, request):
        raise BusyError
    def on_unseal(self, call, request):
        return UnsealReply(lifetime=Lifetime.ONCE, secret=bytes(1025))
    def on_read_audit(self, call, request, data):
        self.data = data
        if request.offset == 1:
            data.read(0, 1)
        data.write(len(data) - 2 + request.offset, b"123")
    def hook_close(self, open):
        raise RuntimeError("close")

wrong = Wrong()
simulator = VaultSimulator(wrong)
device = simulator.open()
print(refused(device.lock))
print(refused(lambda: device.list(first=0)))
print(refused(lambda: device.list(first=1)))
print(refused(lambda: device.list(first=2)))
print(refused(lambda: device.erase(slot=0)).partition(" (")[0], simulator.refusals[-1])
print(refused(lambda: device.unseal(slot=0, key=bytes(16))))
print(refused(lambda: device.seal(lifetime=1, flags=0, key=bytes(16), label="", secret=b"1")))
for offset in (0, 1):
    print(refused(lambda: device.read_audit(offset=offset, data=bytearray(4))))
print(refused(lambda: len(wrong.data)))
print(refused(device.close))
"""
    assert answers(vault, code) == [
        "ZeroDivisionError: division by zero",
        "TypeError: on_list() returned None, not a ListReply",
        "TypeError: the interface does not allow this reply: on_list.entries[0]: 1 is not a Entry",
        "ListReply(total=0, entries=[])",
        "InternalError: erase: The driver broke its own contract vault.erase: status",
        "TypeError: the interface does not allow this reply: on_unseal.secret: 1025 bytes, at most 1024",
        "NotImplementedError: on_seal",
        "IndexError: 3 bytes at 2 of 4",
        "TypeError: the caller gave this buffer for writing",
        "ValueError: the request that this buffer belongs to is over",
        "RuntimeError: close",
    ]


def test_a_handler_may_call_its_own_device(vault: Simulated) -> None:
    """As in a driver, where the mutex of a serialised interface is the thread's own."""
    code = """
class Curious(Handlers):
    def on_lock(self, call):
        print(self.device.get_status().used)
        raise NotFoundError if self.device.get_status().used == 3 else BusyError
    def hook_cleanup(self, open):
        if open.access == "rw":
            print(self.other.get_status().used)

curious = Curious()
with VaultSimulator(curious) as simulator:
    curious.other = simulator.open(access="r")
    with simulator.open() as curious.device:
        print(curious.device.get_status().used, refused(curious.device.lock).partition(":")[0])
        print(simulator.refusals)
print(curious.heard[-1])
"""
    assert answers(vault, code) == ["2", "1 InternalError", "['vault.lock: status']", "1", "stop"]


def test_a_cut_reply_tells_the_whole(vault: Simulated) -> None:
    """A handler returns all there is, or more than a reply may hold and says how much."""
    code = """
class Full(Handlers):
    def on_list(self, call, request):
        entries = [Entry(slot=i, size=0, lifetime=1, flags=0, label="") for i in range(3)]
        return ListReply(total=(0, 3, 9)[request.first], entries=entries)

with VaultSimulator(Full()) as simulator, simulator.open() as device:
    for first in range(3):
        for room in (8, 8 + 2 * 48, 776):
            reply = bytearray(room)
            failure, done = device.raw("list", first.to_bytes(4, "little"), reply)
            print(failure and failure.code, done, reply[0], reply[4], end="; ")
"""
    cut = "234 8 3 0; 234 104 3 2; None 152 3 3; "
    assert answers(vault, code) == [cut * 2 + "234 8 9 0; 234 104 9 2; 234 152 9 3; "]


def test_a_driver_that_does_not_start_or_open(vault: Simulated) -> None:
    code = """
class Locked(Handlers):
    def hook_open(self, open):
        open.state = 0
        if open.access == "rw":
            raise AccessDeniedError
        if open.access == "w":
            raise KeyError("bug")
class Gone(Handlers):
    def hook_start(self):
        raise GoneError

print(refused(lambda: Vault.simulate(Gone())))
print(refused(lambda: Vault.simulate(Locked())))
print(refused(lambda: Vault.simulate(Locked(), access="w")))
with Vault.simulate(Locked(), access="r") as device:
    print(device.get_status())
"""
    assert answers(vault, code) == [
        r"OSError: [Errno 19] The device was removed: '\\\\.\\Vault'",
        r"PermissionError: [Errno 13] The caller may not do this: '\\\\.\\Vault'",
        "KeyError: 'bug'",
        "Usage(used=1, free=0, unseals=2)",
    ]


def test_a_library_is_compiled_once(vault: Simulated, tmp_path: Path) -> None:
    code = "Vault.simulate(Handlers()).close()"
    cache = tmp_path / "kgen" / "simulators"
    for flags in ("", "", "-O1"):
        answers(vault, code, XDG_CACHE_HOME=str(tmp_path), CFLAGS=flags)
    assert len(list(cache.iterdir())) == 2
    (library, _) = sorted(cache.iterdir())
    # What is compiled needs no compiler.
    answers(vault, f"Vault.simulate(Handlers(), library={str(library)!r}).close()", PATH="", CC="")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Vault.simulate(Handlers())", "SimulatorError: no C compiler: cc, gcc, clang not found. "),
        ("Vault.simulate(library='libnone.so')", "SimulatorError: libnone.so cannot be loaded: "),
        ("Vault.simulate(library=LIBC)", "SimulatorError: libm.so.6 is no library of a simulator"),
        ("Vault.simulate()", "TypeError: a simulator needs handlers, or a library that has its own"),
        ("Vault.simulate(Handlers(), library=C)", "TypeError: {C} has handlers of its own"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(
    vault: Simulated, tmp_path: Path, code: str, expected: str
) -> None:
    built = str(vault.library())
    code = code.replace("=C)", f"={built!r})").replace("LIBC", "'libm.so.6'")
    if "libm" in code:
        (tmp_path / "libm.so.6").symlink_to(run(["gcc", "-print-file-name=libm.so.6"]).strip())
        code = code.replace("'libm.so.6'", repr(str(tmp_path / "libm.so.6")))
    said = answers(vault, f"print(refused(lambda: {code}))", PATH="", XDG_CACHE_HOME=str(tmp_path))
    assert said[0].replace(f"{tmp_path}/", "").startswith(expected.replace("{C}", built))


def test_a_compiler_that_fails_says_why(vault: Simulated, tmp_path: Path) -> None:
    code = "print(refused(lambda: Vault.simulate(Handlers())))"
    said = answers(vault, code, XDG_CACHE_HOME=str(tmp_path), CFLAGS="-include missing.h")
    assert said[0] == "SimulatorError: the simulator does not compile:"
    assert any("missing.h" in line for line in said)
    assert list((tmp_path / "kgen" / "simulators").iterdir()) == []


def test_the_package_is_typed_and_tidy(vault: Simulated, tour: Simulated) -> None:
    """With the simulator in it, and with handlers that an author writes."""
    for simulated, handlers in (
        (vault, f"{EXAMPLE}/simulate.py"),
        (tour, f"{HERE}/tour_handlers.py"),
    ):
        package = f"{simulated.package}/{simulated.name}"
        for command in (["ruff", "check"], ["ruff", "format", "--check"]):
            run([sys.executable, "-m", *command, "--no-cache", package])
        cache = str(simulated.folder / "mypy")
        path = {**os.environ, "MYPYPATH": simulated.package}
        run(
            [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, package, handlers],
            path,
        )
