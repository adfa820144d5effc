"""The vectors of an interface: for each constraint the calls that break it alone, and those just inside.

Made from model and layouts. The generated C is held against them, so nothing here knows how it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_SIZE
from kgen.abi.lengths import bounds, data_bounds, request_bounds
from kgen.model.objects import places
from kgen.record import NamedTuple
from kgen.targets._edges import edges
from kgen.targets._handles import without as without_handles
from kgen.targets._ids import Calls, Example, ids, without
from kgen.targets._rules import Holds, comparisons, read
from kgen.targets._solve import Whether, edge, solve
from kgen.targets._valid import (
    LARGEST,
    connected,
    settle,
    valid_requests,
)
from kgen.targets._vector import Caller, Gap, of_group
from kgen.targets._vector_abis import groups, on
from kgen.targets._vector_plan import access, capacities, codes, lengths
from kgen.targets._walk import rules, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl, Struct
    from kgen.model.predicates import Comparison
    from kgen.targets._edges import Edge
    from kgen.targets._rules import Rule
    from kgen.targets._solve import Goal
    from kgen.targets._valid import Request
    from kgen.targets._vector import Vector
    from kgen.targets._vector_abis import Group

_USUAL_DATA = 8
"""Elements of a `data:` buffer where its length is not what is tried."""


class Vectors(NamedTuple):
    vectors: list[Vector]
    gaps: list[Gap]
    """In the order of the schema, as the vectors are."""


def vectors(interface: Interface, layouts: Layouts) -> Vectors:
    """The same for the same schema. Every vector breaks one rule alone, unless its `also` says more."""
    found = Vectors([], [])
    info = layouts.info_codes.core
    assert info is not None
    known = {info}
    for ioctl in interface.ioctls:
        code = layouts.codes[ioctl.name].core
        assert code is not None
        known.add(code)
    made = [
        _Ioctl(interface.name, ioctl, on(group, layouts), frozenset(known), group)
        for ioctl in interface.ioctls
        for group in groups(ioctl, layouts)
    ]
    # A call that makes an object for another is the same for all callers.
    examples = {each.ioctl.name: each.example for each in made if not each.group}
    calls = Calls(interface, layouts, examples)
    for each in made:
        each.add_to(found, calls)
    found.vectors.extend(_interface_info(interface.name, info, frozenset(known)))
    return found


def _interface_info(interface: str, code: int, known: frozenset[int]) -> Iterator[Vector]:
    caller = Caller(interface, "interface_info", code, "rw", INFO_SIZE)
    caller.add("valid", b"")
    codes(caller, known, b"")
    access(caller, frozenset(), b"")
    for size in (1, 8):
        caller.add(f"length.{size}", bytes(size), "bad_length", "length")
    for capacity in (0, INFO_SIZE // 2, INFO_SIZE - 1):
        caller.add(f"capacity.{capacity}", b"", "short_buffer", "capacity", capacity=capacity)
    caller.add(f"capacity.{INFO_SIZE + 1}", b"", capacity=INFO_SIZE + 1)
    yield from caller.found.values()


class _Ioctl:
    """Makes the vectors of one ioctl."""

    def __init__(
        self,
        interface: str,
        ioctl: Ioctl,
        layouts: Layouts,
        known: frozenset[int],
        group: Group,
    ) -> None:
        self.ioctl = ioctl
        self.group = group
        self.layouts = layouts
        self.known = known
        code = layouts.codes[ioctl.name].core
        assert code is not None
        self.caller = Caller(interface, ioctl.name, code, "rw", _room(ioctl, layouts))
        self.requests = valid_requests(ioctl, layouts)
        self.good = self.requests[0].message if self.requests else b""
        self.vain: set[tuple[int, int, bool, tuple[int, ...]]] = set()
        """Conditions that a comparison could not decide, whatever the numbers that may change."""
        self.missing: dict[str, str] = {}
        """Why there is no vector of this id, as far as it is known yet."""

    @property
    def example(self) -> Example:
        return Example(self.ioctl, self.caller.code, self.good, self.caller.room)

    def add_to(self, found: Vectors, calls: Calls) -> None:
        ioctl, struct = self.ioctl, self.ioctl.request or self.ioctl.message
        requests, good = self.requests, self.good
        if struct is not None and not requests:
            self.missing[f"{ioctl.name}.valid"] = "no request was found that keeps every rule"
        else:
            self.caller.add("valid", good)
        if struct is not None:
            self.fields(struct, requests)
        gaps: list[Gap] = []
        if struct is None or requests:
            gaps += lengths(self.caller, ioctl, good, self.layouts)
            gaps += capacities(self.caller, ioctl, good, self.layouts)
        codes(self.caller, self.known, good)
        is_good = struct is None or bool(requests)
        access(self.caller, frozenset(ioctl.access) - {"any"}, good, is_good=is_good)
        self.full(calls)
        found.vectors.extend(
            vector._replace(id=of_group(vector.id, self.group), abis=self.group)
            for vector in self.prepared(calls)
        )
        gaps[:0] = [Gap(name, why) for name, why in self.missing.items()]
        found.gaps.extend(gap._replace(id=of_group(gap.id, self.group)) for gap in gaps)

    def fields(self, struct: Struct, requests: list[Request]) -> None:
        self.longest(struct)
        for request in requests:
            if request.name != "valid":
                self.caller.add(request.name, request.message)
        for request in requests:
            for rule in rules(struct, request.message, self.layouts, ends=True):
                if isinstance(rule, Holds):
                    # One of the message itself may ask for another number of elements.
                    if request.arms or not rule.place:
                        self.condition(struct, rule, request.message)
                elif request.arms:
                    self.rule(struct, rule, request.message)

    def full(self, calls: Calls) -> None:
        """A handle that has all the objects that it may have."""
        for place in places(self.ioctl.reply):
            kind, name = place.id.kind, f"{place.field.name}.full"
            prepared = calls.full(self.good, kind)
            if prepared is None:
                self.missing[f"{self.ioctl.name}.{name}"] = (
                    f"no call was found that makes one {kind.name} after the other"
                )
                continue
            self.caller.add(name, prepared.request, kind.full.name, "full", place.field.name)
            self.caller.prepare(name, prepared)

    def prepared(self, calls: Calls) -> Iterator[Vector]:
        """The vectors, with the calls that give the ids of their requests."""
        for vector in self.caller.found.values():
            # What is checked before a byte is read asks for no object, and for no handle.
            early = vector.rule in ("code", "access", "capacity")
            if early or vector.trace == self.caller.trace("", "length"):
                yield vector._replace(request=without_handles(without(vector.request)))
                continue
            if vector.before or not ids(vector.request):
                yield vector
                continue
            prepared = calls.before(vector.request)
            if prepared is None:
                self.missing[vector.id] = "no calls were found that make its objects"
                continue
            yield vector._replace(
                request=prepared.request, before=prepared.before, fill=prepared.fill
            )

    def longest(self, struct: Struct) -> None:
        _, high = bounds(struct, self.layouts)
        if high > LARGEST:
            name = f"{self.ioctl.name}.length.{high}"
            self.missing[name] = f"no valid request is made longer than {LARGEST} bytes"

    # A rule of one value

    def rule(self, struct: Struct, rule: Rule, message: bytes) -> None:
        low, high = request_bounds(struct, self.layouts)
        tried = set()
        for one in edges(rule, message):
            if one.message in tried or not low <= len(one.message) <= high:
                continue
            tried.add(one.message)
            path = f"{rule.path}." if rule.path else ""
            self.edge(struct, rule, one, message, f"{path}{rule.rule}.{one.name}")

    def edge(self, struct: Struct, rule: Rule, edge: Edge, message: bytes, name: str) -> None:
        if self.has(name):
            return
        pinned = _difference(message, edge.message)
        nearly = not edge.inside
        made = settle(struct, edge.message, self.layouts, pinned, nearly=nearly) or edge.message
        self.take(name, struct, made, None if edge.inside else rule)

    def has(self, name: str) -> bool:
        return f"{self.ioctl.name}.{name}" in self.caller.found

    def take(self, name: str, struct: Struct, message: bytes, meant: Rule | None) -> bool:
        """Take the message if it is refused for the rule that is meant, or, without one, passes."""
        broken = violations(struct, message, self.layouts)
        key = f"{self.ioctl.name}.{name}"
        first = broken[0] if broken else None
        if first is None or meant is None:
            right = first is meant
        else:
            right = (first.path, first.rule) == (meant.path, meant.rule)
        if right:
            self.caller.add_broken(name, message, broken)
            self.missing.pop(key, None)
        else:
            why = "keeps every rule" if first is None else f"breaks {self.text(first)} as well"
            self.missing.setdefault(key, f"what was found {why}")
        return right

    def text(self, rule: Rule) -> str:
        return f"`{rule.path}` ({rule.rule})" if rule.path else rule.rule

    # A condition

    def condition(self, struct: Struct, rule: Holds, message: bytes) -> None:
        """Each of its comparisons decides, one way and the other, and only just where that can be."""
        every = rules(struct, message, self.layouts)
        known = [other for other in every if isinstance(other, Holds)]
        others = [other for other in connected([rule], known) if other.path != rule.path]
        kept: list[Goal] = [Whether(other, True) for other in others]
        place = f"{rule.place}." if rule.place else ""
        for number, comparison in enumerate(comparisons(rule.condition.predicate), 1):
            for inside in (True, False):
                name = f"{place}require_{rule.number}.{'inside' if inside else 'outside'}_{number}"
                key = (id(rule.condition), number, inside, _fixed(rule, message))
                if self.has(name) or key in self.vain:
                    continue
                made = _decided(message, rule, comparison, inside, kept)
                for suffix, one in zip(("", "_other"), made, strict=False):
                    # A comparison may break it with another one alone: that is one vector.
                    if inside or not self.caller.has(one):
                        self.take(name + suffix, struct, one, None if inside else rule)
                if not made:
                    self.vain.add(key)
                    why = f"that {'keeps' if inside else 'breaks'} `{rule.condition.text}`"
                    self.missing.setdefault(
                        f"{self.ioctl.name}.{name}",
                        f"no request was found {why} by its comparison {number}",
                    )


def _fixed(rule: Holds, message: bytes) -> tuple[int, ...]:
    """The tags and counts that a condition reads: a message has its own."""
    return tuple(read(message, slot.at, slot.type) for slot in rule.slots.values() if slot.fixed)


def _decided(
    message: bytes, rule: Holds, comparison: Comparison, inside: bool, kept: list[Goal]
) -> list[bytes]:
    """Messages in which the comparison alone decides whether the rule holds: by as little as there is, if that is found."""
    (goals,) = edge(rule, comparison, inside, near=False)
    far = solve(message, [*goals, *kept])
    if far is None and kept and not inside:
        kept = []  # what breaks it may break another one, always
        far = solve(message, goals)
    if far is None:
        return []
    just = edge(rule, comparison, inside, near=True)
    near = (solve(far, [*goals, *kept]) for goals in just)
    return [one for one in near if one is not None] or [far]


def _difference(one: bytes, other: bytes) -> range:
    """From the first byte that is not the same to the last."""
    places = [i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    return range(places[0], places[-1] + 1) if places else range(0)


def _room(ioctl: Ioctl, layouts: Layouts) -> int:
    """A buffer that is large enough for the reply, and a `data:` buffer that is not too large."""
    if ioctl.data is not None:
        unit, low, high = data_bounds(ioctl, layouts)
        return min(max(low, _USUAL_DATA * unit), high)
    reply = ioctl.reply or ioctl.message
    if reply is None:
        return 0
    low, high = bounds(reply, layouts)
    return min(high, low + LARGEST)
