"""Names of the schema for those of C: snake case, unique, and the same on every import."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from kgen.model.naming import OWN_FUNCTIONS, OWN_MACROS, OWN_TAGS
from kgen.model.scope import WORDS
from kgen.model.types import SIMPLE
from kgen.model.words import INTERFACES
from kgen.schema.tokens import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIBRARY = frozenset(getattr(sys, "stdlib_module_names", ()))
"""Of Python itself: a client of that name would stand in its way."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")
_TYPE_WORDS = frozenset(
    [*SIMPLE, *WORDS, "utf8", "utf16", "ref", "new", "drop", "handle", "user_ptr", "opaque", "none"]
)
_CLAUSES = frozenset(
    [
        "in",
        "by",
        "count",
        "size",
        "at",
        "reserved",
        "secret",
        "optional",
        "rest",
        "bits",
        "since",
        "and",
        "or",
        "not",
        "if",
    ]
)


def snake(name: str) -> str:
    """`GetLengthInfo`, `GET_LENGTH_INFO`, `_GET_LENGTH_INFO` as `get_length_info`."""
    split = name if name.isupper() else _HUMP.sub("_", name)
    result = _OTHER.sub("_", split.lower()).strip("_")
    if not result or not result[0].isalpha():
        result = f"n{result}" if result else "unnamed"
    return result[: LONGEST_NAME - 8].rstrip("_")


def without(prefixes: Sequence[str], c_name: str) -> str:
    """A C name without the longest of the prefixes that it has; whole where no name is left."""
    found = max((each for each in prefixes if c_name.startswith(each)), key=len, default="")
    rest = c_name[len(found) :]
    return rest if rest[:1].isalpha() else c_name


class Names:
    """Hands out names, each once; case does not tell them apart where C has them in capitals."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._taken = set(taken)

    def give(self, name: str, *more: str) -> str:
        """The name, or the first of `name_2`, `name_3` … that is free; `more` are tried before."""
        for each in (name, *more):
            if each not in self._taken:
                self._taken.add(each)
                return each
        number = 2
        while f"{name}_{number}" in self._taken:
            number += 1
        self._taken.add(f"{name}_{number}")
        return f"{name}_{number}"

    def reserve(self, name: str) -> None:
        self._taken.add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._taken


def type_names() -> Names:
    """For structs, unions and enums: no word that a type expression has."""
    return Names(_TYPE_WORDS | _CLAUSES | OWN_TAGS)


def member_names() -> Names:
    """For the fields of one struct."""
    return Names()


def symbols() -> Names:
    """For what becomes a macro: constants, values of enums, codes."""
    return Names(frozenset([*(name.lower() for name in OWN_MACROS), *_TYPE_WORDS]))


def ioctl_names() -> Names:
    return Names(OWN_FUNCTIONS)


def interface_name(header: str) -> str:
    """Of the interface that a header makes: `input` of linux/input.h."""
    stem = snake(header.replace("\\", "/").rpartition("/")[2].partition(".")[0])
    is_taken = stem in INTERFACES or stem in _LIBRARY
    return f"{stem}_h" if is_taken else stem
