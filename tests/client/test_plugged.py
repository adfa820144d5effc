"""The client of a Plug and Play device: which one `open` takes. That they are found is shown in Wine (test_pnp.py)."""

from __future__ import annotations

from types import ModuleType

import pytest


def only(sensor: ModuleType, monkeypatch: pytest.MonkeyPatch, paths: list[str]) -> str:
    monkeypatch.setattr(sensor.Sensor, "devices", lambda: paths)
    path: str = sensor.Sensor._only()
    return path


def test_the_only_device(sensor: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(sensor, monkeypatch, [r"\\?\root#sensor#0000"]) == r"\\?\root#sensor#0000"


def test_none(sensor: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match="there is no device of sensor"):
        only(sensor, monkeypatch, [])


def test_several(sensor: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = r"there are 2 devices of sensor: pass one of Sensor\.devices\(\) as `path`"
    with pytest.raises(ValueError, match=expected):
        only(sensor, monkeypatch, ["one", "two"])


def test_it_is_for_windows(sensor: ModuleType) -> None:
    with pytest.raises(NotImplementedError, match=r"Sensor\.devices\(\) is for Windows"):
        sensor.Sensor.devices()
    with pytest.raises(NotImplementedError, match=r"Sensor\.open\(\) is for Windows"):
        sensor.Sensor.open("one")
