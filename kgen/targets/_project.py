"""The files of a new project (`kgen init`). No target, for there is no interface yet; made in the same way."""

from __future__ import annotations

from kgen import __version__
from kgen.record import NamedTuple
from kgen.targets.target import Output


class Project(NamedTuple):
    name: str
    """Of the interface: `door_lock`."""
    prefix: str
    """`DOOR_LOCK`."""
    camel: str
    """`DoorLock`: the device, and the class of the Python client."""
    device_type: str
    ntstatus: str
    """The number of its first error."""
    version: str
    """Of kgen."""


def outputs(name: str) -> list[Output]:
    """Every file but the JSON Schema; paths are relative to the project."""
    view = _view(name)
    driver = "driver"
    return [
        Output(f"{name}.yaml", "init/schema.yaml.j2", view),
        Output(f"{driver}/{name}_handlers.c", "init/handlers.c.j2", view),
        Output(f"{driver}/{name}_state.h", "init/state.h.j2", view),
        Output("kgen.toml", "init/kgen.toml.j2", view),
        Output("README.md", "init/README.md.j2", view),
        Output(".gitignore", "init/gitignore.j2", view),
        Output(".github/workflows/kgen.yml", "init/kgen.yml.j2", view),
    ]


def _view(name: str) -> Project:
    from zlib import crc32

    # A device type of its own for each name, so that two first projects can be installed together.
    device_type = 0x8000 | crc32(name.encode("utf-8")) & 0x7FFF
    return Project(
        name=name,
        prefix=name.upper(),
        camel="".join(part[:1].upper() + part[1:] for part in name.split("_")),
        device_type=f"0x{device_type:04X}",
        ntstatus=f"0xE{device_type & 0xFFF:03X}0001",
        version=__version__,
    )
