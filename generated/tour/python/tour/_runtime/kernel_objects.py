"""Objects of a simulated machine: a program has handles of them, a driver gets them."""
# The library is as cffi shows it.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from .library import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .simulator import Simulator

# As in kgen_handles.h.
_RIGHTS = {
    "modify": 0x01,
    "wait": 0x02,
    "read": 0x04,
    "write": 0x08,
    "query": 0x10,
    "suspend": 0x20,
    "terminate": 0x40,
    "duplicate": 0x80,
}
_KINDS = {
    "event": ("modify", "wait"),
    "file": ("read", "write"),
    "section": ("read", "write"),
    "thread": ("query", "wait", "suspend", "terminate"),
    "process": ("query", "wait", "read", "write", "duplicate", "terminate"),
}


class KernelObject:
    """An object that a program has a handle of; `Simulator.kernel_object` makes one."""

    def __init__(
        self, simulator: Simulator, kind: str, rights: Iterable[str] | None
    ) -> None:
        """Take the machine, the kind, and what the handle allows: None is all."""
        if kind not in _KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(_KINDS)}")
        known = _KINDS[kind]
        given = known if rights is None else tuple(rights)
        for right in given:
            if right not in known:
                raise ValueError(f"{right!r} of {kind} is none of {', '.join(known)}")
        self.kind = kind
        self._simulator = simulator
        made = ffi.new("struct kgen_sim_kernel_object **")
        access = sum({_RIGHTS[right] for right in given})
        self._library, driver = simulator._machine()
        number = self._library.kgen_sim_kernel_object_make(
            driver, tuple(_KINDS).index(kind), access, made
        )
        if made[0] == ffi.NULL:
            raise MemoryError
        self.handle = int(number)
        """What a program passes; of no use once it is closed."""
        self._made = made[0]

    def __repr__(self) -> str:
        """Return kind and handle."""
        return f"<{self.kind} {self.handle:#x}>"

    def close(self) -> None:
        """Close the handle. A driver that kept the object has it still."""
        self._library.kgen_sim_kernel_object_close(self._object())

    @property
    def references(self) -> int:
        """How often the driver holds the object at this moment."""
        return int(self._library.kgen_sim_kernel_object_references(self._object()))

    @property
    def is_set(self) -> bool:
        """Whether the event is signalled."""
        return bool(self._library.kgen_sim_event_is_set(self._object("event")))

    def set(self) -> None:
        """Signal the event."""
        self._library.kgen_sim_event_change(self._object("event"), 1)

    def clear(self) -> None:
        """Reset the event."""
        self._library.kgen_sim_event_change(self._object("event"), 0)

    def _object(self, kind: str = "") -> Any:
        self._simulator._machine()
        if kind not in ("", self.kind):
            raise TypeError(f"{self!r} is no {kind}")
        return self._made


class SimulatedHandle:
    """An object of the caller's, as a handler gets it; false where it gave none.

    It ends with the request. What `keep` returns does not, until it is dropped.
    """

    def __init__(self, library: Any, handle: Any) -> None:
        """Take the library, and what it hands to a handler."""
        self._library = library
        self._handle = handle

    def __bool__(self) -> bool:
        """Return whether there is an object."""
        return bool(self._live().object != ffi.NULL)

    def set(self) -> None:
        """Signal the event; the schema says `handle event modify`."""
        self._library.kgen_sim_handle_set(self._live())

    def keep(self) -> SimulatedHandle:
        """Return a reference of the driver's own, for which it calls `drop`."""
        kept = ffi.new("struct kgen_handle *")
        self._library.kgen_sim_handle_keep(self._live(), kept)
        return SimulatedHandle(self._library, kept)

    def drop(self) -> None:
        """Give back what `keep` returned."""
        self._library.kgen_sim_handle_drop(self._live())
        self._handle = ffi.NULL

    def _live(self) -> Any:
        if self._handle == ffi.NULL:
            raise ValueError("the object was given back")
        return self._handle
