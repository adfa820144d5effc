"""A Plug and Play device: what an interface inherits in place of `Device`."""
# `Self` is newer than Python 3.10.
# ruff: noqa: RUF100, UP035

from __future__ import annotations

import os

from .device import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self

    from .transport import Access


class PluggedDevice(Device):
    """An open device of which a system may have any number, or none.

    It has no name. Its driver publishes it under a device interface class, and there it
    is found for as long as it works.
    """

    _interface_guid: str

    @classmethod
    def devices(cls) -> list[str]:
        """Return the paths of the devices that are there now, each one for `open`.

        The order is the system's. A path stays the same for as long as the device stays
        where it is plugged in.
        """
        if os.name != "nt":
            raise NotImplementedError(f"{cls.__name__}.devices() is for Windows")
        from .interfaces import device_paths

        return device_paths(cls._interface_guid)

    @classmethod
    def open(
        cls, path: str | None = None, *, access: Access = "rw", check: bool = True
    ) -> Self:
        """Open a device: that of the path, one of `devices`, or the only one there is.

        `access` and `check` are those of `Device.open`. Raises ValueError where there
        are several and no `path` says which; FileNotFoundError where there is none, or
        none of this path; and what `Device.open` raises besides.
        """
        if path is None and os.name == "nt":
            path = cls._only()
        return super().open(path, access=access, check=check)

    @classmethod
    def _only(cls) -> str:
        paths = cls.devices()
        if len(paths) > 1:
            raise ValueError(
                f"there are {len(paths)} devices of {cls._interface}: "
                f"pass one of {cls.__name__}.devices() as `path`"
            )
        if not paths:
            from errno import ENOENT

            raise FileNotFoundError(
                ENOENT, f"there is no device of {cls._interface}", cls._interface_guid
            )
        return paths[0]
