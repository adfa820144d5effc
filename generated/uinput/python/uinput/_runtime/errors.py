"""What the exceptions of every interface are made of."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .transport import Failure


class ValidationError(ValueError):
    """A value was refused before anything was sent to the driver.

    `path` names the value as the caller wrote it, such as `seal.entries[3].label`;
    `problem` says what is wrong with it. `str()` gives both.
    """

    def __init__(self, path: str, problem: str) -> None:
        """Take the path of the refused value and what is wrong with it."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Return `path: problem`."""
        return f"{self.path}: {self.problem}"


class LayoutError(ImportError):
    """The table of a message disagrees with the sizes that this Python computes."""


class DeviceError(OSError):
    """The driver or the system refused a call.

    `ioctl` is its name ("" outside of a call). `ntstatus` is the driver's NTSTATUS,
    unsigned, where the system tells it; `winerror` the Win32 code, 0 elsewhere than on
    Windows. `errno` is the nearest POSIX number.
    """

    ioctl: str
    ntstatus: int | None
    winerror: int

    def __init__(
        self,
        message: str = "",
        ioctl: str = "",
        *,
        errno: int | None = None,
        ntstatus: int | None = None,
        winerror: int = 0,
    ) -> None:
        """Take the sentence for people and the numbers for programs."""
        super().__init__(errno, message)
        self.ioctl = ioctl
        self.ntstatus = ntstatus
        self.winerror = winerror

    def __str__(self) -> str:
        """Return the sentence, and the numbers that a search engine knows."""
        numbers = []
        if self.ntstatus is not None:
            numbers.append(f"NTSTATUS 0x{self.ntstatus:08X}")
        if self.winerror:
            numbers.append(f"Win32 error {self.winerror}")
        elif self.errno:
            numbers.append(f"errno {self.errno}")
        place = f"{self.ioctl}: " if self.ioctl else ""
        return f"{place}{self.strerror}" + (
            f" ({', '.join(numbers)})" if numbers else ""
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's arguments: OSError would call it with its own."""
        numbers = {
            "errno": self.errno,
            "ntstatus": self.ntstatus,
            "winerror": self.winerror,
        }
        return _rebuild, (type(self), self.strerror, self.ioctl, numbers)


def _rebuild(
    cls: type[DeviceError], message: str, ioctl: str, numbers: Mapping[str, int]
) -> DeviceError:
    return cls(message, ioctl, **numbers)


class Status:
    """A row of the error table: the class to raise, and its number on every side."""

    __slots__ = ("cls", "errno", "ntstatus", "winerror")

    def __init__(
        self, cls: type[DeviceError], ntstatus: int, winerror: int, errno: str
    ) -> None:
        """Take the class, the NTSTATUS, the Win32 code and the name of the errno."""
        self.cls = cls
        self.ntstatus = ntstatus
        self.winerror = winerror
        self.errno = errno

    @property
    def number(self) -> int | None:
        """The errno on this system, None where it has none of that name."""
        import errno

        number: int | None = getattr(errno, self.errno, None)
        return number

    @property
    def doc(self) -> str:
        """What it means: the first line of the class's docstring."""
        return (self.cls.__doc__ or "").partition("\n")[0].rstrip(".")


_OF_BOUNDARY = ("invalid", "internal")
"""What a boundary answers to any ioctl where others have the same errno."""


class ErrorTable:
    """Every error that an interface can tell apart, and a class for the others."""

    def __init__(
        self,
        base: type[DeviceError],
        bad_reply: type[DeviceError],
        incompatible: type[DeviceError],
        too_old: type[DeviceError],
        statuses: Mapping[str, Status],
    ) -> None:
        """Take the base class, the client's own classes, and the driver's statuses."""
        self.base = base
        self.bad_reply = bad_reply
        self.incompatible = incompatible
        self.too_old = too_old
        self.statuses = statuses

    def from_windows(
        self, ioctl: str, declared: tuple[str, ...], failure: Failure
    ) -> DeviceError:
        """Return the exception of a failed call; the ioctl's own errors stand above all
        others.

        Several NTSTATUS values share one Win32 code, so the NTSTATUS decides where it
        is known.
        """
        rows = self._rows(declared)
        if failure.ntstatus is not None:
            found = next(
                (row for row in rows if row.ntstatus == failure.ntstatus), None
            )
        else:
            found = next((row for row in rows if row.winerror == failure.code), None)
        cls = self.base if found is None else found.cls
        return cls(
            (failure.message or "the driver refused it")
            if found is None
            else found.doc,
            ioctl,
            errno=None if found is None else found.number,
            ntstatus=failure.ntstatus if found is None else found.ntstatus,
            winerror=failure.code,
        )

    def from_errno(
        self,
        ioctl: str,
        declared: tuple[str, ...],
        failure: Failure,
        *,
        own: bool = False,
    ) -> DeviceError:
        """Return the exception of a failed call on a system that speaks errno.

        Several errors share one errno. A driver of its `own` answers nothing that its
        ioctl does not declare, but for what a boundary says, such as `internal`.
        """
        first = (*declared, *(_OF_BOUNDARY if own else ()))
        found = next(
            (row for row in self._rows(first) if row.number == failure.code), None
        )
        if found is None:
            return self.base(
                failure.message or "the system refused it", ioctl, errno=failure.code
            )
        return found.cls(found.doc, ioctl, errno=failure.code, ntstatus=found.ntstatus)

    def _rows(self, declared: tuple[str, ...]) -> list[Status]:
        names = [*declared, *(name for name in self.statuses if name not in declared)]
        return [self.statuses[name] for name in names]
