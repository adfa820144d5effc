"""Handles of this process on Linux, for vectors that want some: descriptors."""

from __future__ import annotations

import os

_MODES = {
    ("read",): os.O_RDONLY,
    ("write",): os.O_WRONLY,
    ("read", "write"): os.O_RDWR,
}


class LinuxObject:
    """An eventfd, which has no rights, or the null device, opened for so much."""

    def __init__(self, kind: str, rights: tuple[str, ...]) -> None:
        """Make it; there is nothing else that a driver takes for a handle."""
        if kind == "event":
            self.handle = os.eventfd(0, os.EFD_CLOEXEC)
        elif kind == "file":
            self.handle = os.open(os.devnull, _MODES[rights] | os.O_CLOEXEC)
        else:
            raise ValueError(f"a {kind} has no descriptor")

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.handle)
