"""Python target: what differs between ABIs, and the keys by which a client finds what is true of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kgen.model.types import Array

if TYPE_CHECKING:
    from kgen.abi import Abi
    from kgen.model.entities import Field, Interface

_Value = TypeVar("_Value")


def names_abis(interface: Interface) -> bool:
    """Whether something is told of ABIs by their names."""
    return has_rules(interface) or any(ioctl.abis for ioctl in interface.ioctls)


def has_rules(interface: Interface) -> bool:
    """Whether layouts may depend on more than the sizes of a machine's words."""
    return any(use.capability == "native_rules" for use in interface.uses)


def keyed(found: dict[Abi, _Value], by_name: bool) -> dict[str, _Value]:
    """The values by Python's text of a key: sizes of the machine's words, or names of all ABIs alike."""
    if not by_name:
        by_words: dict[str, _Value] = {}
        for abi, value in found.items():
            by_words.setdefault(f"({abi.pointer}, {abi.align64}, {abi.long})", value)
        return by_words
    values: dict[str, _Value] = {}
    alike: dict[str, list[str]] = {}
    for abi, value in found.items():
        text = repr(value)
        values[text] = value
        alike.setdefault(text, []).append(abi.name)
    return {f'"{" ".join(names)}"': values[text] for text, names in alike.items()}


def has_content(field: Field) -> bool:
    """Whether there are bytes of it to be seen: no array without elements, and no bits without a name."""
    if field.native is not None and field.native.unnamed and field.native.bits is not None:
        return False
    type_ = field.type
    while isinstance(type_, Array) and type_.length:
        type_ = type_.element
    return not isinstance(type_, Array)
