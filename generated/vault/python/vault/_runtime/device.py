"""The open device: what the class of an interface inherits."""
# `Self` is newer than Python 3.10.
# ruff: noqa: RUF100, UP035

from __future__ import annotations

import os
import sys
from _weakref import ref
from importlib import import_module

from .call import Call, send
from .errors import ValidationError
from .values import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, NoReturn

    from typing_extensions import Buffer, Self

    from ._typing import ReplyT
    from .catalog import Catalog
    from .errors import DeviceError, ErrorTable
    from .structs import StructItem
    from .transport import Access, Failure, Transport

    Control = Callable[[int, Any, Any], tuple[Failure | None, int]]

_INFO_SIZE = 48
_INFO_ABI = 1


class Device:
    """An open device.

    A context manager: leaving it closes the device. Calls may come from several threads
    at once. It does not pickle, and after `os.fork` the child has to open its own: the
    inherited object refuses, so that two processes never share one open by mistake.
    Messages and errors pickle.
    """

    first_reply: int = 4096
    """Bytes that the first try of a variable reply offers, if there may be a second."""

    _interface: str
    _version: tuple[int, int]
    _hash: str
    _path: str | None
    _node: str | None
    _info: Call[None] | None
    _package: str
    _systems: tuple[str, ...]
    _errors: ErrorTable

    def __init__(self, transport: Transport, *, check: bool = True) -> None:
        """Take an open transport and, unless told not to, compare interfaces with the
        driver.

        Raises the interface's IncompatibleDriverError; the transport is closed then.
        """
        simulated = getattr(transport, "simulated", False)
        if transport.system not in self._systems and not simulated:
            raise ValueError(f"{self._interface} has no codes for {transport.system}")
        self.transport = transport
        self.driver_version: tuple[int, int] | None = None
        self._control: Control = transport.control
        self._on_linux = transport.system == "linux"
        _watch(self)
        if check and self._info is not None:
            try:
                self._check(self._info)
            except BaseException:
                self.close()
                raise

    @classmethod
    def open(
        cls, path: str | None = None, *, access: Access = "rw", check: bool = True
    ) -> Self:
        """Open the device of this system.

        `access` is what the handle is opened for: `r`, `w`, `rw`, or `none` for ioctls
        that need neither (on Linux the caller has to be allowed both). `path` stands in
        for the interface's own. With `check=False` a driver of another version is
        accepted. Raises FileNotFoundError where there is no such device,
        PermissionError where the caller may not open it, and IncompatibleDriverError.
        """
        if path is None:
            path = cls._path if os.name == "nt" else cls._node
        transport = cls._transport()
        if path is None:
            raise TypeError(
                f"{cls.__name__}.open() needs a path: the interface names none"
            )
        return cls(transport(path, access), check=check)

    @classmethod
    def _transport(cls) -> Callable[[str, Access], Transport]:
        """Return what opens a device on this system."""
        if os.name == "nt" and "windows" in cls._systems:
            from .windows import WindowsTransport

            return WindowsTransport
        if sys.platform == "linux" and "linux" in cls._systems:
            from .linux import LinuxTransport

            return LinuxTransport
        systems = " and ".join(name.capitalize() for name in cls._systems)
        raise NotImplementedError(
            f"{cls.__name__}.open() is for {systems}; "
            f"elsewhere pass a transport: {cls.__name__}(transport)"
        )

    @classmethod
    def simulate(
        cls,
        handlers: object = None,
        *,
        library: str | None = None,
        access: Access = "rw",
        check: bool = True,
    ) -> Self:
        """Open a device that is in this process: no kernel, no driver installed.

        `handlers` is an object of the package's class of handlers; `library` a file
        that holds handlers in C. The driver is unloaded when the device closes; to open
        it more than once, make the package's simulator. Raises SimulatorError where it
        cannot be had, and what `open` raises.
        """
        try:
            module = import_module(".simulator", cls._package)
        except ModuleNotFoundError as error:
            if error.name != f"{cls._package}.simulator":
                raise
            raise NotImplementedError(
                f"this package has no simulator: add `sim` to the targets of "
                f"{cls._interface}'s schema, and run `kgen build`"
            ) from None
        simulator = module.SIMULATOR(handlers, library=library)
        try:
            transport = simulator.connect(access)
        except BaseException:
            simulator.close()
            raise
        transport.owns = True
        return cls(transport, check=check)

    def fileno(self) -> int:
        """Return the file descriptor of the open device, on Linux.

        It is for `select`, `os.read` and the like; `close` closes it.
        """
        fileno = getattr(self.transport, "fileno", None)
        if fileno is None:
            raise NotImplementedError(f"{self.transport.system} has no file descriptor")
        number: int = fileno()
        return number

    def close(self) -> None:
        """Close the device; a second time does nothing."""
        self.transport.close()

    def __enter__(self) -> Self:
        """Return the device."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the device."""
        self.close()

    def __reduce__(self) -> NoReturn:
        """Refuse: an open handle belongs to its process."""
        raise TypeError(
            f"an open {type(self).__name__} cannot be pickled; open it where it is used"
        )

    def call(self, request: Request[ReplyT]) -> ReplyT:
        """Make the call that a request object belongs to, and return its reply."""
        name = type(request).__name__
        call = self._calls("request").get(name)
        if call is None or not isinstance(request, Request):
            raise ValidationError(
                name, f"is not the request of one ioctl of {self._interface}"
            )
        reply: ReplyT = call.send(self, request)
        return reply

    def raw(
        self,
        ioctl: str | int,
        request: Buffer | None = None,
        reply: Buffer | None = None,
    ) -> tuple[Failure | None, int]:
        """Send bytes as they are, for tests of a driver: nothing is checked.

        `ioctl` is a name or a control code. Returns the failure, if there was one, and
        the number of bytes written to `reply`. On Linux, where the number tells the
        size, a message of another size is sent with the number of that size.
        """
        if isinstance(ioctl, int):
            if self._on_linux:
                known = self._calls("linux").get(ioctl)
                if known is not None:
                    return send(self, known, request, reply)
            return self._control(ioctl, request, reply)
        call = self._calls("name")[ioctl]
        call.require_code(self)
        return send(self, call, request, reply)

    @classmethod
    def _calls(cls, by: str) -> dict[Any, Call[Any]]:
        """Return all calls by their `name`, `linux` or the class of their `request`."""
        known = _calls.get((cls._package, by))
        if known is None:
            found = vars(import_module(".ioctls", cls._package)).values()
            calls = [call for call in found if isinstance(call, Call)]
            if by == "request":
                calls = [call for call in calls if call.parameter is None]
            known = {getattr(call, by): call for call in calls}
            _calls[cls._package, by] = known
        return known

    @property
    def _catalog(self) -> Catalog:
        """The types, imported when the first of them is needed."""
        catalog: Catalog = import_module(".messages", self._package).CATALOG
        return catalog

    def _failed(self, call: Call[Any], failure: Failure) -> DeviceError:
        """Return the exception of a refused call."""
        if self._on_linux:
            own = self._info is not None
            return self._errors.from_errno(call.name, call.errors, failure, own=own)
        return self._errors.from_windows(call.name, call.errors, failure)

    def _known(self, call: Call[Any], item: StructItem, done: int) -> int:
        """Return how much of a reply the driver knows.

        A struct that grows and is in place on Linux came back in full length, zeroed
        where the driver is older.
        """
        if not item.grows or call.linux is None or not self._on_linux:
            return done
        if call.linux.buffer or self.driver_version is None:
            return done
        return min(done, item.size_in(self.driver_version))

    def _bad_reply(self, call: Call[Any], problem: str) -> DeviceError:
        return self._errors.bad_reply(f"the reply {problem}", call.name)

    def _require(self, call: Call[Any], since: tuple[int, int]) -> None:
        if self.driver_version is not None and self.driver_version < since:
            raise self._errors.too_old(
                f"needs {self._interface} {_text(since)}, the driver has "
                f"{_text(self.driver_version)}",
                call.name,
            )

    def _check(self, info: Call[None]) -> None:
        """Ask the driver which interface it has; equal hash or major will do."""
        reply = bytearray(_INFO_SIZE)
        failure, done = send(self, info, None, reply)
        if failure is not None or done != _INFO_SIZE:
            raise self._errors.incompatible(
                f"the driver does not say which interface it has "
                f"({failure or f'{done} bytes'}); open it with check=False to go on",
                info.name,
            )
        from struct import unpack

        abi, major, minor, _features, digest = unpack("=IHHQ32s", reply)
        if abi != _INFO_ABI:
            raise self._errors.incompatible(
                f"unknown interface-info version {abi}", info.name
            )
        self.driver_version = (major, minor)
        if digest.hex() == self._hash:
            return
        if major != self._version[0]:
            why = "they differ in the major version"
        elif minor == self._version[1]:
            why = "but not the same interface: their hashes differ"
        else:
            return
        raise self._errors.incompatible(
            f"the driver has {self._interface} {major}.{minor}, this client "
            f"{_text(self._version)}: {why}",
            info.name,
        )


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


_calls: dict[tuple[str, str], dict[Any, Call[Any]]] = {}
_open: dict[int, ref[Device]] = {}


def _watch(device: Device) -> None:
    """Remember an open device for as long as it lives."""
    key = id(device)

    def forget(_gone: ref[Device]) -> None:
        _open.pop(key, None)

    _open[key] = ref(device, forget)


def _after_fork() -> None:
    for watched in list(_open.values()):
        device = watched()
        if device is not None:
            device._control = _refuse


def _refuse(_code: int, _request: Buffer | None, _reply: Buffer | None) -> NoReturn:
    raise RuntimeError(
        "the device was opened before os.fork(); open it again in this process"
    )


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
