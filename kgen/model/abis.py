"""Model: what `abis` may list, and where that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.diagnostics.sink import Sink
    from kgen.schema.nodes import Name

ABI_WORDS = (
    "windows",
    "linux",
    "windows-x64",
    "windows-x86",
    "windows-arm64",
    "linux-x86_64",
    "linux-i386",
    "linux-aarch64",
    "linux-armhf",
    "linux-riscv64",
    "linux-s390x",
    "linux-powerpc64le",
    "linux-mips64el",
    "linux-mipsel",
    "linux-sparc64",
    "linux-alpha",
)
"""`windows` and `linux` stand for all of theirs; kgen.abi has the rows of the others."""
ABI_NAMES = tuple(word for word in ABI_WORDS if "-" in word)


def is_there(abis: Iterable[str], abi: str) -> bool:
    """Whether what lists `abis` exists on an ABI; an empty list is all of them."""
    listed = tuple(abis)
    return not listed or abi in listed or abi.partition("-")[0] in listed


def abi_names(names: tuple[Name, ...], code: str, sink: Sink) -> tuple[str, ...]:
    """The words that stand for ABIs; any other is reported with that code."""
    for name in names:
        if name.text not in ABI_WORDS:
            near = closest(name.text, ABI_WORDS)
            sink.error(
                code,
                name.span,
                f"there is no ABI `{shown(name.text)}`",
                help=f"did you mean `{near}`?" if near else f"known: {', '.join(ABI_WORDS)}",
            )
    return tuple(name.text for name in names)
