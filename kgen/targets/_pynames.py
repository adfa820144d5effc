"""Python target: the names of the generated package. No two things get the same, none is reserved."""

from __future__ import annotations

import builtins
import keyword

_STUB_NAMES = frozenset(
    "Buffer Final Flags Message OpenEnum Request Sequence TaggedUnion UUID".split()
)
_ANNOTATIONS = frozenset(["bool", "bytearray", "bytes", "int", "memoryview", "str", "tuple"])
_BASE = frozenset([*keyword.kwlist, *_ANNOTATIONS, "self", "cls"])
MESSAGE_MEMBERS = _BASE | {"classmethod", "from_dict", "property", "replace", "to_dict"}
"""What no field can be called: Python's own words and what every message has."""
UNION_MEMBERS = _BASE | {"from_dict", "tag", "to_dict", "value"}
DEVICE_MEMBERS = _BASE | frozenset(
    ["call", "close", "driver_version", "first_reply", "open", "raw", "transport"]
)
ERRORS = ("BadReplyError", "DeviceError", "DriverTooOldError", "IncompatibleDriverError")
"""Classes that every package has, besides the interface's own base class."""
_TAKEN = frozenset([*dir(builtins), *_STUB_NAMES, *ERRORS, "LayoutError", "ValidationError"])


class Scope:
    """The names of one place. What is reserved or taken gets `_` or a number at its end."""

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self._taken = set(reserved)

    def member(self, name: str) -> str:
        """A field, method or parameter: no leading underscore, `_` behind a reserved word."""
        wanted = name.lstrip("_") or "field"
        if wanted[0].isdigit():
            wanted = f"n{wanted}"
        while wanted in self._taken:
            wanted += "_"
        self._taken.add(wanted)
        return wanted

    def capital(self, name: str) -> str:
        """A class: CapWords."""
        return self._numbered(camel(name))

    def upper(self, name: str) -> str:
        """A constant or enum member: upper case."""
        wanted = name.strip("_").upper() or "VALUE"
        return self._numbered(f"N{wanted}" if wanted[0].isdigit() else wanted)

    def is_free(self, name: str) -> bool:
        """Whether nothing has that name yet."""
        return name not in self._taken

    def _numbered(self, name: str) -> str:
        wanted, number = name, 1
        while wanted in self._taken:
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


def error_name(name: str) -> str:
    """`WrongKeyError` from `wrong_key`."""
    text = camel(name)
    return text if text.endswith("Error") else f"{text}Error"


def import_order(name: str) -> tuple[int, str]:
    """Sort key of ruff's isort: constants, then classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name
