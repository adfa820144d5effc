"""Model: how a compiler is told to lay a struct out: packing, alignment, bit-fields, members without a name."""

from __future__ import annotations

from kgen.record import NamedTuple


class NativeField(NamedTuple):
    """What a member of a native struct or union has besides its type; bytes."""

    bits: int | None = None
    """Width of a bit-field; its type is the declared one."""
    unnamed: bool = False
    align: int = 0
    """Attribute `aligned`, or `__declspec(align)`; 0 for none."""
    packed: bool = False
    abis: tuple[str, ...] = ()
    """Where it is; empty for everywhere."""


class NativeRules(NamedTuple):
    """What a native struct or union has besides its members; bytes."""

    is_union: bool = False
    pack: int = 0
    """`#pragma pack`; 0 for none."""
    packed: bool = False
    align: int = 0
    abis: tuple[str, ...] = ()
    c_kind: str = ""
