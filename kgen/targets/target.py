"""What a target is: a name, what it can express, and the files it makes of an interface.

A target turns the model and its layouts into plain views. It renders nothing and opens no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from kgen.abi import Layouts
    from kgen.model import Interface

    class View(Protocol):
        """Any NamedTuple: its fields are the names that the template sees."""

        def _asdict(self) -> dict[str, Any]: ...


class Output(NamedTuple):
    """One file of a target.

    The template sees the fields of `view` as plain names, and `stamp` (see `kgen.emit`).
    A file that does not vary has no template: `source` is then copied byte for byte, or what
    is `same` in another place.
    """

    path: str
    """Relative to the interface's output folder, with forward slashes."""
    template: str | None
    """Below `templates/`, for example `core/core.c.j2`; None for a copied file."""
    view: View | None = None
    author: bool = False
    """The author's own file: written only where none exists, and never again."""
    source: str | None = None
    """Below `templates/`, for example `runtime/kgen_boundary.h`; only without a template."""
    same: str | None = None
    """The path of an earlier output that this is a copy of; only without a template."""
    handlers: tuple[str, ...] = ()
    """The functions that the author has to define; `kgen build` names those that are new."""


BOUNDARY = frozenset(
    {
        "data_and_reply",
        "handle",
        "method_direct",
        "method_neither",
        "no_linux",
        "no_windows",
        "objects",
        "pnp_device",
        "windows_handle",
    }
)
"""What the checked core carries. A target around it carries that, less what its system has no place for."""


NATIVE = frozenset({"machine_word", "native_layout"})
"""What the core carries besides: messages as existing programs have them, with thunks for 32-bit callers."""


POINTERS = frozenset({"user_ptr"})
"""What the core carries besides: what a request points to, which an adapter captures."""


class Target(NamedTuple):
    """A kind of output. The file `kgen/targets/<name>.py` exports one as `TARGET`."""

    name: str
    doc: str
    """One sentence, as `kgen build --help` shows it."""
    capabilities: frozenset[str]
    """What of the language it can express; anything else that a schema uses is KG501."""
    needs: tuple[str, ...]
    """Targets whose files this one includes; they are built along with it."""
    outputs: Callable[[Interface, Layouts], list[Output]]
