"""Facts -> the text of a schema that says the same, and what it could not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Sink
from kgen.importer.facts import Left
from kgen.importer.lift import Lifted, lift
from kgen.importer.text import write
from kgen.importer.verify import Verified, verify
from kgen.record import NamedTuple
from kgen.schema.order import TOP
from kgen.source.format import format_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.diagnostics.diagnostic import Diagnostic
    from kgen.importer.facts import Facts


class Converted(NamedTuple):
    text: str
    left: tuple[Left, ...]
    refused: tuple[Diagnostic, ...]
    """What kgen has against the text; a mistake of kgen's own."""
    wrong: tuple[str, ...]
    """Numbers of the schema that are not the header's; a mistake as well."""


def convert(facts: Sequence[Facts], name: str) -> Converted:
    """One schema. A record whose layout kgen does not get right is told as bytes (KG713)."""
    opaque: dict[str, str] = {}
    while True:
        lifted = lift(facts, name, frozenset(opaque))
        found = verify(write(lifted.schema), lifted, facts)
        again = {
            each.key: f"{each.message} on {each.abi}"
            for each in reversed(found.differences)
            if not each.is_code and each.key not in opaque
        }
        if not again:
            return _result(formatted(lifted), lifted, found, facts, opaque)
        opaque |= again


def formatted(lifted: Lifted) -> str:
    """The schema as `kgen fmt` has it."""
    sink = Sink()
    text = format_text(write(lifted.schema), "the imported schema", TOP, sink)
    assert text is not None, sink.sorted()
    return text


def _result(
    text: str, lifted: Lifted, found: Verified, facts: Sequence[Facts], opaque: dict[str, str]
) -> Converted:
    left = list(lifted.left)
    for key, why in opaque.items():
        record = next(each.records[key] for each in facts if key in each.records)
        left.append(Left("KG713", record.place, f"`{key}` is told as bytes: it {why}"))
    # Of no bytes at all, as only GNU has it, there is nothing to say; it was noted above.
    wrong = [
        f"`{each.key}` {each.message} on {each.abi}"
        for each in found.differences
        if each.is_code or "has 0 bytes" not in opaque.get(each.key, "")
    ]
    return Converted(text, tuple(left), found.refused, tuple(wrong))
