"""A Plug and Play device in Wine: installed by its generated INF file, started and removed by Wine's manager, found by its class.

Plug and Play is Wine's own here; the framework is a test double, as in test_kmdf.py.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.generated import ROOT, build
from tests.support.kmdf import compile_kmdf_driver
from tests.support.plug import Plug
from tests.support.toolchain import compile_exe
from tests.support.wine import SERVICE_EXE, Prefix

HERE = Path(__file__).parent
AUTHOR = os.path.join(ROOT, "examples", "sensor", "driver")
SCHEMA = os.path.join(ROOT, "schemas", "sensor.yaml")
ID = r"Root\KgenSensor"
GUID = "907955a8-969b-5398-801c-ee7f1a234d22"
UNLOADED = "kgshim: unloaded, 0 violations"
SURPRISE = 0x4B473FF4
"""Of kmdf_lite.h: a device is gone while it is open, which no bus of Wine can do."""


class Sensors:
    """The package of the driver, whose hooks say when they are called."""

    def __init__(self, wine: Prefix, folder: Path, compiler: str) -> None:
        self.wine = wine
        self.generated = build(SCHEMA, str(folder), ["kmdf", "c", "python"])
        driver = compile_kmdf_driver(
            self.generated, _talking(folder), str(folder / "sensor.sys"), compiler
        )
        inf = os.path.join(self.generated, "kmdf", "sensor.inf")
        self.plug = Plug(wine, str(folder / "package"), driver, inf)

    def python(self, code: str) -> list[str]:
        """Runs a program that has all names of the client, and returns the lines that it prints."""
        ran = self.wine.python(
            "-c", f"from sensor import *\n{code}", path=[os.path.join(self.generated, "python")]
        )
        return ran.stdout.splitlines()

    def unload(self) -> None:
        """What the system does some time after the last device is gone."""
        self.wine.run(SERVICE_EXE, ["unload", "sensor"])


def _talking(folder: Path) -> str:
    author = folder / "author"
    shutil.copytree(AUTHOR, author)
    path = author / "sensor_handlers.c"
    text, hooks = re.subn(
        r"(sensor_hook_(\w+)\([^)]*\)\n\{\n)",
        r'\1    DbgPrint("hook: \2\\n");\n',
        path.read_text(encoding="utf-8"),
    )
    assert hooks == 5
    path.write_text('#include "sensor_windows.h"\n' + text, encoding="utf-8")
    return str(author)


@pytest.fixture(scope="module", params=["mingw-gcc", "clang"])
def sensors(
    wine: Prefix, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Sensors]:
    made = Sensors(wine, tmp_path_factory.mktemp("pnp"), request.param)
    yield made
    wine.restart()


def test_life_of_two_devices(sensors: Sensors) -> None:
    """From the INF file to the removal, each device with state of its own, and every hook in its turn."""
    start = len(sensors.wine.debug_lines())
    none = "print(Sensor.devices())\ntry:\n    Sensor.open()\nexcept FileNotFoundError as error:\n"
    none += "    print(error)"
    assert sensors.python(none) == [
        "[]",
        f"[Errno 2] there is no device of sensor: '{GUID.upper()}'",
    ]
    first = sensors.plug.plug_in(ID)
    one = "with Sensor.open() as sensor:\n    sensor.calibrate(shift=-150)\n"
    one += "    print(sensor.measure(), sensor.measure().number, len(sensor.history().samples))"
    assert sensors.python(one) == ["Sample(millikelvin=293000, number=1) 2 2"]
    second = sensors.plug.plug_in(ID)
    assert (first, second) == (r"ROOT\SENSOR\0000", r"ROOT\SENSOR\0001")
    several = "opened = [Sensor.open(path) for path in Sensor.devices()]\n"
    several += "print(*(sensor.measure() for sensor in opened), sep='\\n')\n"
    several += "for sensor in opened:\n    sensor.close()\n"
    several += "print(*Sensor.devices(), sep='\\n')\n"
    several += "try:\n    Sensor.open()\nexcept ValueError as error:\n    print(error)"
    paths = [rf"\\?\root#sensor#{number}#{{{GUID}}}" for number in ("0000", "0001")]
    assert sensors.python(several) == [
        "Sample(millikelvin=293200, number=3)",
        "Sample(millikelvin=293150, number=1)",
        *paths,
        "there are 2 devices of sensor: pass one of Sensor.devices() as `path`",
    ]
    sensors.plug.pull_out(first)
    assert sensors.python("print(*Sensor.devices(), Sensor.open().measure())") == [
        f"{paths[1]} Sample(millikelvin=293250, number=2)"
    ]
    sensors.plug.pull_out(second)
    assert sensors.python("print(Sensor.devices())") == ["[]"]
    sensors.unload()
    opened = ["hook: open", "hook: cleanup", "hook: close"]
    added = ["hook: start", "wdf: started, type 8a31 status 00000000"]
    removed = ["wdf: gone, 0 open", "wdf: removed, 0 open", "hook: stop"]
    assert sensors.wine.debug_lines(start) == [
        *added, *opened, *added, "hook: open", "hook: open", *opened[1:], *opened[1:],
        *removed, *opened, *removed, UNLOADED,
    ]  # fmt: skip


def test_a_device_that_is_gone(sensors: Sensors) -> None:
    """Requests through a handle that is still open are told so; nothing is freed before it closes."""
    start = len(sensors.wine.debug_lines())
    instance = sensors.plug.plug_in(ID)
    gone = f"""
sensor = Sensor.open()
print(sensor.measure().number)
print(sensor.raw({SURPRISE:#x}))
for call in (sensor.measure, sensor.history, lambda: sensor.calibrate(shift=1)):
    try:
        call()
    except GoneError as error:
        print(f"{{error.ntstatus:x}}")
failure, done = sensor.raw(0x8A31AFFF)
print(f"{{failure.ntstatus:x}}", done)
print(Sensor.devices())
sensor.close()
"""
    assert sensors.python(gone) == [
        "1", "(None, 0)", "c00002b6", "c00002b6", "c00002b6", "c00002b6 0", "[]",
    ]  # fmt: skip
    sensors.plug.pull_out(instance)
    sensors.unload()
    lines = sensors.wine.debug_lines(start)
    assert lines[-6:] == [
        "wdf: gone, 1 open", "hook: cleanup", "hook: close", "wdf: removed, 0 open", "hook: stop", UNLOADED,
    ]  # fmt: skip


def test_start_that_fails(wine: Prefix, tmp_path: Path) -> None:
    """The hook refuses the device: it is not there, and nothing of it is left."""
    author = tmp_path / "sensors" / "author"
    sensors = Sensors(wine, _folder(tmp_path / "sensors"), "clang")
    handlers = author / "sensor_handlers.c"
    text, found = re.subn(
        r"(sensor_hook_start\(.*?)return SENSOR_OK;",
        r"\1return SENSOR_E_NO_MEMORY;",
        handlers.read_text(encoding="utf-8"),
        count=1,
        flags=re.S,
    )
    assert found == 1
    handlers.write_text(text, encoding="utf-8")
    driver = compile_kmdf_driver(
        sensors.generated, str(author), str(tmp_path / "sensor.sys"), "clang"
    )
    plug = Plug(
        wine,
        str(tmp_path / "package"),
        driver,
        os.path.join(sensors.generated, "kmdf", "sensor.inf"),
    )
    start = len(wine.debug_lines())
    instance = plug.plug_in(ID)
    assert sensors.python("print(Sensor.devices())") == ["[]"]
    plug.pull_out(instance)
    sensors.unload()
    assert wine.debug_lines(start) == ["hook: start", UNLOADED]
    wine.restart()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("abi", ["windows-x64", "windows-x86"])
def test_the_c_client_compiles(sensors: Sensors, tmp_path: Path, abi: str) -> None:
    _client(sensors, tmp_path, abi)


def _client(sensors: Sensors, folder: Path, abi: str = "windows-x64") -> str:
    includes = [os.path.join(sensors.generated, part) for part in ("include", "c")]
    return compile_exe(
        [str(HERE / "sensor_calls.c")],
        str(folder / "calls.exe"),
        abi,
        includes,
        libraries=["setupapi"],
    )


def test_the_c_client(sensors: Sensors, tmp_path: Path) -> None:
    """259: no more items. 2: there is none. 15250: there are several."""
    client = _client(sensors, tmp_path)

    def said() -> list[str]:
        return sensors.wine.run(client).stdout.splitlines()

    assert said() == ["devices 0, then 259", "not opened: 1, 2"]
    first = sensors.plug.plug_in(ID)
    assert said() == ["devices 1, then 259", "short 1", "measured 0: 1", "history 1: 1"]
    second = sensors.plug.plug_in(ID)
    assert said() == ["devices 2, then 259", "short 1", "not opened: 1, 15250"]
    for instance in (first, second):
        sensors.plug.pull_out(instance)
    sensors.unload()
