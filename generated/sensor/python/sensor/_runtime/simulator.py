"""A machine with one driver, in this process: loads it, opens it, carries calls."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100, UP035

from __future__ import annotations

import os
from _thread import RLock
from importlib import import_module
from weakref import WeakSet

from .handlers import Forward, Handlers, SimulatedOpen
from .kernel_objects import KernelObject
from .library import SimulatorError, compiled, ffi, load, needs_handlers
from .transport import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Any, ClassVar

    from typing_extensions import Buffer, Self

    from .device import Device
    from .transport import Access

__all__ = ["Simulator", "SimulatorError"]

_RIGHTS = {"none": 0, "r": 1, "w": 2, "rw": 3}
_SOURCES = "_simulator"


class Simulator:
    """A machine with a driver loaded, which is unloaded by `close`.

    The driver's handlers are an object of the interface's class of handlers, or in C in
    a library that `make -C sim` builds. With handlers in Python the boundary is
    compiled when it is first needed, by the C compiler of this machine; or it comes in
    a library as well. Raises SimulatorError where neither is to be had, and OSError
    where the driver refuses to start.
    """

    _device: type[Device]
    _bare_requests: frozenset[str] = frozenset()
    _pointers: ClassVar[Mapping[str, list[str]]] = {}
    _objects: ClassVar[Mapping[str, list[tuple[str, int | None]]]] = {}

    def __init__(self, handlers: Handlers | None, library: str | None) -> None:
        """Load the driver."""
        self._stopped = True
        self.refusals: list[str] = []
        """What the driver told its developer: ioctl, field and rule of each refusal."""
        device = self._device
        package = device._package
        if handlers is None and library is None:
            raise TypeError("a simulator needs handlers, or a library that has its own")
        if library is None:
            folder = os.path.dirname(import_module(package).__file__ or "")
            library = compiled(os.path.join(folder, _SOURCES), device._interface)
        self._library = load(library)
        if needs_handlers(self._library) == (handlers is None):
            has = "needs handlers" if handlers is None else "has handlers of its own"
            raise TypeError(f"{library} {has}")
        self._forward: Forward | None = None
        if handlers is not None:
            self._forward = Forward(
                self._library,
                handlers,
                _calls(package),
                import_module(".messages", package).CATALOG,
                device._errors,
                self._bare_requests,
                self._objects,
                self._pointers,
            )
        self._lock = RLock()
        self._transports: WeakSet[SimulatedTransport] = WeakSet()
        self._handles = 0
        self._driver = self._start()
        self._stopped = False

    def _start(self) -> Any:
        driver = ffi.new("struct kgen_sim_device **")
        handlers = ffi.NULL if self._forward is None else self._forward.pointer
        ntstatus = self._library.kgen_sim_start(handlers, driver)
        self._finish()
        if ntstatus != 0:
            raise self._refusal(ntstatus)
        return driver[0]

    def connect(
        self,
        access: Access = "rw",
        *,
        from_kernel: bool = False,
        is_32_bit: bool = False,
    ) -> SimulatedTransport:
        """Open the device without a client around it; raises what `open` does."""
        if self._stopped:
            raise ValueError("the simulator is closed")
        if access not in _RIGHTS:
            raise ValueError(f"access {access!r} is none of {', '.join(_RIGHTS)}")
        if self._forward is not None:
            opened = SimulatedOpen(access, from_kernel=from_kernel, is_32_bit=is_32_bit)
            self._forward.opening(opened)
        caller = ffi.new(
            "struct kgen_sim_caller *", (_RIGHTS[access], from_kernel, is_32_bit)
        )
        handle = ffi.new("struct kgen_sim_open **")
        ntstatus = self._library.kgen_sim_open(self._driver, caller, handle)
        self._finish()
        if ntstatus != 0:
            raise self._refusal(ntstatus)
        transport = SimulatedTransport(self, handle[0])
        with self._lock:
            self._transports.add(transport)
            self._handles += 1
        return transport

    def kernel_object(
        self, kind: str = "event", rights: Iterable[str] | None = None
    ) -> KernelObject:
        """Make an object that programs of this machine have a handle of.

        Pass it, or its `handle`, where a call takes a handle. `kind` is event, file,
        section, thread or process; `rights` are what the handle allows, in the words of
        the schema, everything unless they are given.
        """
        return KernelObject(self, kind, rights)

    def _machine(self) -> tuple[Any, Any]:
        if self._stopped:
            raise ValueError("the simulator is closed")
        return self._library, self._driver

    def close(self) -> None:
        """Close what is open, as the end of a process does, and unload the driver.

        Where another thread's call still runs, the driver is unloaded after it.
        """
        if self._stopped:
            return
        with self._lock:
            self._stopped = True
            self._handles += 1
            transports = list(self._transports)
        try:
            for transport in transports:
                transport.close()
        finally:
            self._release()

    def __enter__(self) -> Self:
        """Return the simulator."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __del__(self) -> None:
        """Close what was left running."""
        self.close()

    def _control(self, handle: Any, request: Any) -> int:
        ntstatus: int = self._library.kgen_sim_control(handle, request)
        refused = ffi.string(request.refused).decode()
        if refused:
            self.refusals.append(refused)
        self._finish()
        return ntstatus

    def _win32(self, ntstatus: int) -> int:
        return int(self._library.kgen_sim_win32(ntstatus))

    def _close(self, handle: Any) -> None:
        self._library.kgen_sim_close(handle)
        try:
            self._finish()
        finally:
            self._release()

    def _release(self) -> None:
        """Unload the driver with its last handle, if the simulator is closed."""
        with self._lock:
            self._handles -= 1
            last = self._stopped and self._handles == 0
        if last:
            self._library.kgen_sim_stop(self._driver)
            self._finish()

    def _finish(self) -> None:
        if self._forward is not None:
            self._forward.finish()

    def _refusal(self, ntstatus: int) -> OSError:
        """Return what opening a device raises on this system."""
        rows = self._device._errors.statuses.values()
        row = next(row for row in rows if row.ntstatus == ntstatus)
        path = self._device._path or self._device._interface
        if os.name == "nt":
            return OSError(None, row.doc, path, row.winerror)
        return OSError(row.number, row.doc, path)


class SimulatedTransport:
    """One open handle of a simulated device, for all threads."""

    system = "windows"
    simulated = True

    def __init__(self, simulator: Simulator, handle: Any) -> None:
        """Take the machine, and the handle that its library gave."""
        self.simulator = simulator
        self.owns = False
        """Whether the simulator closes along with it."""
        self._handle = handle
        self._lock = RLock()
        self._closed = False
        self._calls = 0

    def control(
        self, code: int, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Send a request and wait for its reply; see `Transport.control`.

        What a handler in Python raises, but for the interface's errors, is raised here.
        """
        with self._lock:
            if self._closed:
                raise ValueError("the simulated device is closed")
            self._calls += 1
        try:
            source = ffi.NULL if request is None else ffi.from_buffer(request)
            target = ffi.NULL if reply is None else ffi.from_buffer(reply)
            sent = ffi.new(
                "struct kgen_sim_request *",
                {
                    "code": code,
                    "in": source,
                    "in_size": 0 if request is None else len(source),
                    "out": target,
                    "out_size": 0 if reply is None else len(target),
                },
            )
            ntstatus = self.simulator._control(self._handle, sent)
        finally:
            self._leave()
        if ntstatus == 0:
            return None, int(sent.information)
        failure = Failure(self.simulator._win32(ntstatus), ntstatus)
        return failure, int(sent.information)

    def close(self) -> None:
        """Close the handle when the calls of other threads are done."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            last = self._calls == 0
        if last:
            self._free()

    def _leave(self) -> None:
        with self._lock:
            self._calls -= 1
            last = self._closed and self._calls == 0
        if last:
            self._free()

    def _free(self) -> None:
        self.simulator._close(self._handle)
        if self.owns:
            self.simulator.close()

    def __del__(self) -> None:
        """Close what was left open."""
        self.close()


def _calls(package: str) -> dict[str, Any]:
    from .call import Call

    found = vars(import_module(".ioctls", package)).values()
    return {call.name: call for call in found if isinstance(call, Call)}
