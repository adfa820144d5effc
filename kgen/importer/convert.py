"""Facts -> the text of a schema that says the same, and what it could not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Sink
from kgen.importer.blame import blame
from kgen.importer.facts import Left
from kgen.importer.laying import lay_over
from kgen.importer.lift import Lifted, lift
from kgen.importer.text import write
from kgen.importer.verify import Verified, sizes, verify
from kgen.record import NamedTuple
from kgen.schema.order import TOP
from kgen.source.format import format_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.diagnostics.diagnostic import Diagnostic
    from kgen.importer.facts import Facts
    from kgen.importer.laying import Laid
    from kgen.importer.overlay import Overlay


_ALIKE = "a type of an overlay has the size and the alignment of the header's"
_APART = "_h"
"""Behind an interface's name, where the header has names that kgen would make of it."""


class Converted(NamedTuple):
    text: str
    left: tuple[Left, ...]
    refused: tuple[Diagnostic, ...]
    """What kgen has against the text; a mistake of kgen's own."""
    wrong: tuple[str, ...]
    """Numbers of the schema that are not the header's; a mistake as well."""
    lifted: Lifted
    """What the text was made of."""


def convert(
    facts: Sequence[Facts], name: str, sink: Sink, overlay: Overlay | None = None
) -> Converted | None:
    """One schema. A record whose layout kgen does not get right is told as bytes (KG713).

    None where the header contradicts the overlay; that is in `sink`.
    """
    opaque: dict[str, str] = {}
    coded: dict[str, int] = {}
    prefixes = overlay.prefixes if overlay is not None else ()
    while True:
        lifted = lift(facts, name, frozenset(opaque), prefixes)
        before = write(lifted.schema)
        laid = lay_over(lifted.schema, overlay, sink, coded) if overlay is not None else None
        if sink.has_errors:
            return None
        text = write(lifted.schema)
        found = verify(text, lifted, facts)
        if not name.endswith(_APART) and any(each.code == "KG302" for each in found.refused):
            name += _APART
            continue
        if laid is not None:
            assert overlay is not None
            more = _told_by_number(found, laid, facts)
            if more.keys() - coded.keys():
                coded |= more
                continue
            if found.refused and not verify(before, lifted, facts).refused:
                for each in blame(found.refused, laid.origins, overlay.span):
                    sink.add(each)
            _report_laid(laid, lifted, found, sink)
            _report_sizes(laid, before, text, [each.abi for each in facts], sink)
            if sink.has_errors:
                return None
        again = {
            each.key: f"{each.message} on {each.abi}"
            for each in reversed(found.differences)
            if not each.is_code and each.key not in opaque
        }
        if not again:
            return _result(formatted(lifted), lifted, found, facts, opaque)
        opaque |= again


def _told_by_number(found: Verified, laid: Laid, facts: Sequence[Facts]) -> dict[str, int]:
    """C names of the codes that an overlay changed, and the size that their number tells; 0 for that of the old message."""
    result = {}
    for name in {each.key for each in found.differences if each.is_code}:
        told = {code.size for each in facts for code in each.codes if code.name == name}
        if name in laid.messages:
            result[name] = 0
        elif len(told) == 1:
            result[name] = told.pop()
    return result


def _report_laid(laid: Laid, lifted: Lifted, found: Verified, sink: Sink) -> None:
    """Report each layout and each code of the header that an overlay changed (KG717)."""
    for each in found.differences:
        span = laid.records.get(lifted.records.get(each.key, "")) if not each.is_code else None
        if each.is_code and each.key in laid.codes:
            message = f"with the overlay `{each.key}` is another code: it {each.message}"
            sink.error("KG717", laid.codes[each.key], message)
        elif span is not None:
            sink.error(
                "KG717",
                span,
                f"with the overlay `{each.key}` is laid out otherwise: it {each.message} on {each.abi}",
                help=_ALIKE,
            )


def _report_sizes(laid: Laid, before: str, after: str, abis: Sequence[str], sink: Sink) -> None:
    """Report each member that an overlay made longer or shorter (KG717): a hole may hide that from what follows."""
    if sink.has_errors:
        return
    was, now = (sizes(text, laid.records, abis) for text in (before, after))
    for (record, member), found in now.items():
        old = was.get((record, member), found)
        if old != found:
            sink.error(
                "KG717",
                laid.records[record],
                f"`{member}` of `{record}` has {_numbers(old)} bytes in the header, "
                f"and {_numbers(found)} with the overlay",
                help=_ALIKE,
            )


def _numbers(found: set[int]) -> str:
    return " or ".join(map(str, sorted(found)))


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
    # What even bytes cannot say: a record without any, which Microsoft's compilers do not have.
    wrong = [
        f"`{each.key}` {each.message} on {each.abi}"
        for each in found.differences
        if each.key not in opaque
    ]
    return Converted(text, tuple(left), found.refused, tuple(wrong), lifted)
