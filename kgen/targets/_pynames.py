"""Python target: the names of the generated package. No two things get the same, none is reserved."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

from kgen.model.errors import BUILTIN
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.model import Interface

_STUB_NAMES = frozenset(
    [
        "Final",
        "Flags",
        "Message",
        "NativeUnion",
        "ObjectId",
        "OpenEnum",
        "Request",
        "Sequence",
        "TaggedUnion",
        "UUID",
    ]
)
_ANNOTATIONS = frozenset(
    ["bool", "bytearray", "bytes", "float", "int", "memoryview", "str", "tuple"]
)
_BASE = frozenset([*keyword.kwlist, *_ANNOTATIONS, "self", "cls"])
MESSAGE_MEMBERS = _BASE | {"classmethod", "from_dict", "property", "replace", "to_dict"}
"""What no field can be called: Python's own words and what every message has."""
UNION_MEMBERS = _BASE | {"from_dict", "tag", "to_dict", "value"}
NATIVE_UNION_MEMBERS = _BASE | {"classmethod", "from_dict", "of", "raw", "to_dict"}
DEVICE_MEMBERS = _BASE | frozenset(
    [
        "call",
        "close",
        "devices",
        "driver_version",
        "fileno",
        "first_reply",
        "open",
        "raw",
        "simulate",
        "transport",
    ]
)
ERRORS = ("BadReplyError", "DeviceError", "DriverTooOldError", "IncompatibleDriverError")
"""Classes that every package has, besides the interface's own base class."""
_TAKEN = frozenset([*dir(builtins), *_STUB_NAMES, *ERRORS, "LayoutError", "ValidationError"])


class Scope:
    """The names of one place. What is reserved or taken gets `_` or a number at its end."""

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self._reserved = reserved
        self._taken: set[str] = set()

    def member(self, name: str) -> str:
        """A field, method or parameter: no leading underscore, `_` behind a reserved word."""
        if name[0] != "_" and self.is_free(name):
            self._taken.add(name)
            return name
        wanted = name.lstrip("_") or "field"
        if wanted[0].isdigit():
            wanted = f"n{wanted}"
        while not self.is_free(wanted):
            wanted += "_"
        self._taken.add(wanted)
        return wanted

    def capital(self, name: str) -> str:
        """A class: CapWords."""
        return self._numbered(camel(name))

    def error(self, name: str, prefix: str) -> str:
        """An exception: `WrongKeyError` from `wrong_key`; with the prefix where that is taken."""
        stem = camel(name).removesuffix("Error") or "Other"
        if not self.is_free(f"{stem}Error"):
            stem = f"{prefix}{stem}"
        wanted, number = stem, 1
        while not self.is_free(f"{wanted}Error"):
            number += 1
            wanted = f"{stem}{number}"
        self._taken.add(f"{wanted}Error")
        return f"{wanted}Error"

    def upper(self, name: str) -> str:
        """A constant or enum member: upper case."""
        wanted = name.strip("_").upper() or "VALUE"
        return self._numbered(f"N{wanted}" if wanted[0].isdigit() else wanted)

    def is_free(self, name: str) -> bool:
        """Whether nothing has that name yet."""
        return name not in self._reserved and name not in self._taken

    def _numbered(self, name: str) -> str:
        wanted, number = name, 1
        while not self.is_free(wanted):
            number += 1
            wanted = f"{name}{number}"
        self._taken.add(wanted)
        return wanted


def package_scope() -> Scope:
    """The names that `from <package> import ...` finds."""
    return Scope(_TAKEN)


def package_name(interface: str) -> str:
    """The folder of the package."""
    name = interface.lstrip("_") or "interface"
    return f"{name}_" if keyword.iskeyword(name) or name[0].isdigit() else name


def camel(name: str) -> str:
    """`SealRequest` from `seal_request`, `MountPoint` from `MOUNT_POINT` and from `MountPoint`."""
    words = [word for word in name.split("_") if word]
    text = "".join(w.capitalize() if w.isupper() else w[0].upper() + w[1:] for w in words)
    return f"T{text}" if not text or text[0].isdigit() else text


class PackageNames(NamedTuple):
    """What everything of an interface is called in Python."""

    package: str
    device: str
    base_error: str
    errors: dict[str, str]
    """Class by the name in the schema, as the next two."""
    constants: dict[str, str]
    classes: dict[str, str]
    handlers: str
    simulator: str


def package_names(interface: Interface) -> PackageNames:
    """Name the device first, then errors, constants and types: the order is part of the API."""
    scope = package_scope()
    device = scope.capital(interface.name)
    base_error = scope.error(interface.name, device)
    errors = [error.name for error in (*BUILTIN.values(), *interface.errors)]
    named = (*interface.enums, *interface.flags, *interface.bitfields, *interface.records)
    return PackageNames(
        package=package_name(interface.name),
        device=device,
        base_error=base_error,
        errors={name: scope.error(name, device) for name in errors},
        constants={each.name: scope.upper(each.name) for each in interface.constants},
        classes={
            **{type_.name: scope.capital(type_.name) for type_ in named},
            **{kind.name: scope.capital(f"{kind.name}_id") for kind in interface.objects},
        },
        handlers=scope.capital(f"{interface.name}_handlers"),
        simulator=scope.capital(f"{interface.name}_simulator"),
    )


def import_order(name: str) -> tuple[int, str, str]:
    """Sort key of names in an import, as ruff's isort wants them: numbers by value, no case."""
    return _kind(name), _natural(name.lower()), _natural(name)


def export_order(name: str) -> tuple[int, str]:
    """Sort key of names in `__all__`, as ruff's RUF022 wants them: with case."""
    return _kind(name), _natural(name)


def _kind(name: str) -> int:
    """Constants come first, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[0].isupper() else 2


_DIGITS = re.compile("[0-9]+")


def _natural(name: str) -> str:
    """Text that sorts as the name does with its numbers compared by value."""
    return _DIGITS.sub(_number, name)


def _number(match: re.Match[str]) -> str:
    digits = match[0]
    # One that begins with a zero is compared digit by digit, like a fraction.
    return f"0\0{digits}\0" if digits[0] == "0" else f"0\1{chr(len(digits))}{digits}"
