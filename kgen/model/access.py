"""Model: the rights that an ioctl asks of the caller's handle.

Rules: learn.microsoft.com "Security Issues for I/O Control Codes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink
    from kgen.schema.nodes import IoctlNode

_RIGHTS = ("any", "read", "write")
_ACCESS_SLIPS = {
    **dict.fromkeys(("rw", "readwrite", "read_write", "read|write", "both"), "[read, write]"),
    **dict.fromkeys(("read, write", "read,write", "read write", "read | write"), "[read, write]"),
    **dict.fromkeys(("none", "all", "everyone", "file_any_access"), "any"),
    **dict.fromkeys(("r", "ro", "readonly", "file_read_access"), "read"),
    **dict.fromkeys(("w", "wo", "writeonly", "file_write_access"), "write"),
}


def resolve_access(node: IoctlNode, external: bool, sink: Sink) -> tuple[str, ...]:
    """(`any`,) or the rights in their order; each problem reported (KG413)."""
    if not node.access and not external:
        sink.error(
            "KG413",
            node.name.span,
            f"`{node.name.text}` does not say which access it needs",
            help="`access: read`, `write`, `[read, write]`, or `any` for every handle",
        )
    words = {word.text: word for word in node.access}
    for word in node.access:
        if word.text not in _RIGHTS:
            meant = _ACCESS_SLIPS.get(word.text.lower()) or closest(word.text, _RIGHTS)
            sink.error(
                "KG413",
                word.span,
                f"access is any, read or write, not `{shown(word.text)}`",
                help=f"write `{meant}`" if meant else None,
            )
    if "any" in words and len(words) > 1:
        sink.error(
            "KG413",
            words["any"].span,
            "access is `any` or the rights, not both",
            help="drop `any`: it asks for less than the others",
        )
    return tuple(right for right in ("read", "write") if right in words) or ("any",)
