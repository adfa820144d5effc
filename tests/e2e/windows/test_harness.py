"""The harness itself: a driver written by hand, loaded in Wine, called from C and from Windows CPython."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.imports import unimplemented_imports
from tests.support.toolchain import compile_driver, compile_exe
from tests.support.wine import DriverCrashed, DriverViolation, Prefix, WineError, WineTimeout

HERE = Path(__file__).parent / "harness_driver"
SERVICE = "harness"

BUFFERED, IN_DIRECT, OUT_DIRECT, NEITHER = "0x81232000", "0x81232005", "0x8123200A", "0x8123200F"
GET, SET, FAULT, PROBE = "0x81236010", "0x8123A014", "0x81232018", "0x8123201C"
PRIVILEGED = "0x81232028"
SHIM_CONTROL = "0x4B473FF8"
READ, WRITE, READ_WRITE, NO_ACCESS = "0x80000000", "0x40000000", "0xC0000000", "0"


class Fault:
    """enum harness_fault of harness.h, as the four input bytes of FAULT."""

    CRASH, HANG, COMPLETE_TWICE = "01000000", "02000000", "03000000"
    LONG_INFORMATION, ERROR_INFORMATION, OTHER_STATUS = "04000000", "05000000", "06000000"
    POOL_LEAK, POOL_OVERRUN, POOL_TAG, FAIL_CREATE = "07000000", "08000000", "09000000", "0a000000"
    MARK_PENDING, STALE_OUTPUT = "0b000000", "0c000000"


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The harness driver, built by each compiler that can build a driver."""
    folder = tmp_path_factory.mktemp("drivers")
    return {
        compiler: compile_driver(
            [str(HERE / "harness.c")],
            str(folder / f"{compiler}.sys"),
            compiler,
            seh_sources=[str(HERE / "harness_seh.c")],
        )
        for compiler in ("mingw-gcc", "clang")
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_exe(
        [str(HERE / "client.c")], str(tmp_path_factory.mktemp("client") / "client.exe")
    )


@pytest.fixture
def harness(wine: Prefix, drivers: dict[str, str]) -> Iterator[Prefix]:
    """Wine with the harness driver loaded; unloading it finds whatever it did wrong."""
    with wine.driver(drivers["mingw-gcc"], SERVICE):
        yield wine


def calls(
    wine: Prefix, *commands: str, device: str = r"\\.\Harness", timeout: float = 60
) -> list[str]:
    """Runs client.py in Windows CPython; one answer for each command."""
    return wine.python(
        str(HERE / "client.py"), device, *commands, timeout=timeout
    ).stdout.splitlines()


# Programs and drivers


@pytest.mark.parametrize("compiler", ["mingw-gcc", "clang"])
def test_c_client_reaches_every_method_and_waits(
    wine: Prefix, drivers: dict[str, str], client: str, compiler: str
) -> None:
    with wine.driver(drivers[compiler], SERVICE):
        answers = dict(line.split(": ") for line in wine.run(client).stdout.splitlines())
    assert set(answers.values()) == {"ok"}
    assert list(answers) == [
        "buffered", "in_direct", "sum", "out_direct", "neither",
        "pending", "pending too", "woken in order", "cancelled", "nobody waits", "pending at close", "cancelled by close",
    ]  # fmt: skip


def test_python_client_reaches_every_method(harness: Prefix) -> None:
    answers = calls(
        harness,
        f"{BUFFERED}:48414c:3",
        f"{IN_DIRECT}::0",
        f"{OUT_DIRECT}:0a:3",
        f"{NEITHER}:0001:2",
        "0x81232FF0::0",
    )
    assert answers == ["49424d", "error 87", "0a0b0c", "fffe", "error 1"]


def test_system_packages_of_windows_python(wine: Prefix) -> None:
    code = "import sys, json, jinja2, yaml, cffi; print(json.dumps([sys.platform, yaml.safe_load('a: 1'), __name__]))"
    assert json.loads(wine.python("-c", code).stdout) == ["win32", {"a": 1}, "__main__"]


def test_windows_python_imports_from_given_folders(wine: Prefix, tmp_path: Path) -> None:
    (tmp_path / "given.py").write_text("value = 'from the folder'\n", encoding="ascii")
    assert (
        wine.python("-c", "import given; print(given.value)", path=[str(tmp_path)]).stdout
        == "from the folder\n"
    )


def test_failing_program_raises_with_its_output(wine: Prefix) -> None:
    with pytest.raises(WineError, match="exit status 3\nsaid\n"):
        wine.python("-c", "import sys; print('said'); sys.exit(3)")


def test_stale_output_is_recognised(harness: Prefix) -> None:
    """A driver that returns more than it wrote returns the shim's filling, whatever the heap held."""
    assert calls(harness, f"{FAULT}:{Fault.STALE_OUTPUT}:8") == [Fault.STALE_OUTPUT + "cdcdcdcd"]


@pytest.mark.parametrize("access", [NO_ACCESS, READ, WRITE, READ_WRITE])
def test_access_bits_are_enforced(harness: Prefix, access: str) -> None:
    """A right that the handle lacks is error 5 before the driver sees the request."""
    readable, writable = access in (READ, READ_WRITE), access in (WRITE, READ_WRITE)
    answers = calls(harness, f"open:{access}", f"{SET}:07000000:0", f"{GET}::4", f"{BUFFERED}:00:1")
    expected_sum = "07000000" if writable else "00000000"
    assert answers == [
        "open",
        "ok" if writable else "error 5",
        expected_sum if readable else "error 5",
        "01",
    ]


# What Windows guards with SEH, and the shim guards in its place


@pytest.mark.parametrize("compiler", ["mingw-gcc", "clang"])
def test_bad_pointers_raise_and_are_caught(
    wine: Prefix, drivers: dict[str, str], compiler: str
) -> None:
    addresses = {
        "not aligned to four bytes": (0x0000_FFFF, 0x80000002),
        "the first bytes beyond user space": (0x7FFF_FFFF_0000, 0xC0000005),
        "wraps around": (0xFFFF_FFFF_FFFF_FFFC, 0xC0000005),
        "nothing is there: the copy faults, not the probe": (0, 0xC0000005),
    }
    commands = [
        f"{PROBE}:{address.to_bytes(8, 'little').hex()}:4" for address, _ in addresses.values()
    ]
    with wine.driver(drivers[compiler], SERVICE):
        answers = calls(wine, *commands)
    statuses = [int.from_bytes(bytes.fromhex(answer), "little") for answer in answers]
    assert statuses == [status for _, status in addresses.values()]


# Life of a driver


def test_debug_output_tells_the_life_of_device_and_handle(
    wine: Prefix, drivers: dict[str, str]
) -> None:
    start = len(wine.debug_lines())
    with wine.driver(drivers["mingw-gcc"], SERVICE):
        assert calls(wine, f"open:{READ}", "close") == ["open", "closed"]
    created, *rest = wine.debug_lines(start)
    assert created == (
        "kgshim: device type 8123 characteristics 00000100 exclusive 0 "
        "sddl D:P(A;;GA;;;SY)(A;;GA;;;BA) status 00000000"
    )
    assert rest == [
        "harness: create",
        "harness: cleanup",
        "harness: close",
        "kgshim: unloaded, 0 violations",
    ]


def test_device_is_gone_after_unload(wine: Prefix, drivers: dict[str, str]) -> None:
    with wine.driver(drivers["mingw-gcc"], SERVICE):
        assert calls(wine, f"open:{READ}") == ["open"]
    assert calls(wine, f"open:{READ}") == ["error 2"]


def test_failed_create_makes_the_handle_useless(harness: Prefix) -> None:
    """Wine opens the handle all the same; the shim answers every request with the status of the create."""
    answers = calls(
        harness,
        f"{FAULT}:{Fault.FAIL_CREATE}:0",
        f"open:{READ}",
        f"{BUFFERED}:00:1",
        f"open:{READ}",
        f"{BUFFERED}:00:1",
    )
    assert answers == ["ok", "open", "error 170", "open", "01"]


def test_allocation_fails_where_the_test_says(harness: Prefix) -> None:
    fail_next = "0100000000000000"
    answers = calls(harness, f"{SHIM_CONTROL}:{fail_next}:0", f"open:{READ}", f"{BUFFERED}:00:1")
    assert answers == ["ok", "open", "error 1450"]


def test_privileges_are_held_unless_the_test_says_no(harness: Prefix) -> None:
    """Wine grants every privilege; the shim can refuse."""
    deny = "0000000001000000"
    answers = calls(harness, f"{PRIVILEGED}::0", f"{SHIM_CONTROL}:{deny}:0", f"{PRIVILEGED}::0")
    assert answers == ["ok", "ok", "error 1314"]


def test_exclusive_device_has_one_handle(wine: Prefix, tmp_path: Path) -> None:
    """Wine opens the second handle all the same; the shim refuses its requests."""
    driver = compile_driver(
        [str(HERE / "harness.c")], str(tmp_path / "exclusive.sys"), seh_sources=[str(HERE / "harness_seh.c")],
        flags=["-DEXCLUSIVE=TRUE"],
    )  # fmt: skip
    first, ioctl = f"open:{READ}", f"{BUFFERED}:00:1"
    with wine.driver(driver, SERVICE):
        answers = calls(wine, first, ioctl, "close", first, ioctl, "keep", first, ioctl)
    assert answers == ["open", "01", "closed", "open", "01", "kept", "open", "error 5"]


# Drivers that do wrong


@pytest.mark.parametrize(
    ("fault", "violation"),
    [
        (Fault.COMPLETE_TWICE, "a request is completed twice"),
        (Fault.LONG_INFORMATION, "Information is larger than the output buffer"),
        (Fault.ERROR_INFORMATION, "Information is not 0 with an error"),
        (Fault.OTHER_STATUS, "dispatch returned another status than it completed with"),
        (Fault.MARK_PENDING, "the pending mark and the returned status disagree"),
        (Fault.POOL_LEAK, "pool blocks are left at unload"),
        (Fault.POOL_OVERRUN, "a block was written past its end"),
        (Fault.POOL_TAG, "a block is freed with another tag"),
    ],
)
def test_violations_fail_the_unload(
    wine: Prefix, drivers: dict[str, str], fault: str, violation: str
) -> None:
    wine.load_driver(drivers["mingw-gcc"], SERVICE)
    calls(wine, f"{FAULT}:{fault}:8")
    with pytest.raises(DriverViolation) as raised:
        wine.unload_driver(SERVICE)
    assert str(raised.value).count("violation") == 1
    assert violation in str(raised.value)


def test_crash_is_named_and_the_next_driver_runs(wine: Prefix, drivers: dict[str, str]) -> None:
    wine.load_driver(drivers["mingw-gcc"], SERVICE)
    assert calls(wine, f"{FAULT}:{Fault.CRASH}:0") == ["error 5"]
    with pytest.raises(DriverCrashed, match="page fault on write access"):
        wine.unload_driver(SERVICE)
    with wine.driver(drivers["mingw-gcc"], SERVICE):
        assert calls(wine, f"{BUFFERED}:00:1") == ["01"]


def test_hanging_request_times_out_and_the_next_driver_runs(
    wine: Prefix, drivers: dict[str, str]
) -> None:
    with pytest.raises(WineTimeout, match="open"), wine.driver(drivers["mingw-gcc"], SERVICE):
        calls(wine, f"open:{READ}", f"{FAULT}:{Fault.HANG}:0", timeout=10)
    with wine.driver(drivers["mingw-gcc"], SERVICE):
        assert calls(wine, f"{BUFFERED}:00:1") == ["01"]


def test_imports_that_wine_aborts_on_are_named(wine: Prefix, tmp_path: Path) -> None:
    source = tmp_path / "stub.c"
    source.write_text(
        "#include <ntddk.h>\nDRIVER_INITIALIZE DriverEntry;\n"
        "NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)\n"
        '{\n    (void)driver;\n    (void)path;\n    DbgPrint("x");\n    ExRaiseStatus(STATUS_UNSUCCESSFUL);\n}\n',
        encoding="ascii",
    )
    bare = compile_driver([str(source)], str(tmp_path / "bare.sys"), shim=False)
    assert [str(problem) for problem in unimplemented_imports(bare)] == [
        "ntoskrnl.exe!ExRaiseStatus (aborts when called)"
    ]
    with pytest.raises(WineError, match="ExRaiseStatus"):
        wine.load_driver(bare, "stub")
    assert unimplemented_imports(compile_driver([str(source)], str(tmp_path / "shim.sys"))) == []


def test_driver_that_refuses_to_start(wine: Prefix, tmp_path: Path) -> None:
    source = tmp_path / "refuses.c"
    source.write_text(
        "#include <ntddk.h>\nDRIVER_INITIALIZE DriverEntry;\n"
        "NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)\n"
        "{\n    (void)driver;\n    (void)path;\n    return STATUS_DEVICE_BUSY;\n}\n",
        encoding="ascii",
    )
    with pytest.raises(WineError, match="StartService: error "):
        wine.load_driver(compile_driver([str(source)], str(tmp_path / "refuses.sys")), "refuses")


# Devices of Wine itself


def test_mount_manager_answers_windows_python(wine: Prefix) -> None:
    """IOCTL_MOUNTMGR_QUERY_POINTS: a device that nobody here wrote, with offsets and lengths in its reply."""
    (answer,) = calls(wine, f"0x6D0008:{'00' * 24}:8192", device=r"\\.\MountPointManager")
    reply = bytes.fromhex(answer)
    size, number = int.from_bytes(reply[:4], "little"), int.from_bytes(reply[4:8], "little")
    assert size == len(reply)
    names = []
    for point in range(number):
        entry = reply[8 + 24 * point : 32 + 24 * point]
        offset, length = int.from_bytes(entry[:4], "little"), int.from_bytes(entry[4:6], "little")
        names.append(reply[offset : offset + length].decode("utf-16-le"))
    assert "\\DosDevices\\C:" in names


def test_com_port_on_a_pty(wine: Prefix) -> None:
    """IOCTL_SERIAL_SET_BAUD_RATE and GET_BAUD_RATE in Windows; the pty in Linux is the witness."""
    ours, theirs = os.openpty()
    try:
        wine.map_com_port("COM7", os.ttyname(theirs))
        baud = (19200).to_bytes(4, "little").hex()
        answers = calls(
            wine, f"0x1B0004:{baud}:0", "0x1B0050::4", "0x1B0050::3", device=r"\\.\COM7"
        )
        assert answers == ["ok", baud, "error 87"]
        assert termios.tcgetattr(theirs)[4:6] == [termios.B19200, termios.B19200]
    finally:
        os.close(ours)
        os.close(theirs)


# Sessions


def test_sessions_are_apart_and_leave_nothing(drivers: dict[str, str]) -> None:
    """On a loaded machine Wine, just started, was seen to know the device only a moment after the service runs."""
    with Prefix() as first, Prefix() as second:
        with first.driver(drivers["mingw-gcc"], SERVICE):
            answers = [calls(first, f"open:{READ}")]
            while answers[-1] == ["error 2"] and len(answers) < 10:
                time.sleep(1)
                answers.append(calls(first, f"open:{READ}"))
            assert answers[-1] == ["open"], "\n".join([f"{answers}", *first.debug_lines()])
            assert calls(second, f"open:{READ}") == ["error 2"]
        assert first.processes()
        assert second.processes()
    assert first.processes() == second.processes() == []
    assert not os.path.exists(first.path)


def test_killed_session_is_swept_by_the_next(tmp_path: Path) -> None:
    script = "import time; from tests.support.wine import Prefix; p = Prefix(); p.start(); print(p.path, flush=True); time.sleep(60)"
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        path = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert os.path.isdir(path)
    Prefix().close()
    assert not os.path.exists(path)
