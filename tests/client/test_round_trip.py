"""Any value that fits goes over the wire and through a dict, and comes back the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def texts(size: int, codec: str) -> st.SearchStrategy[str]:
    return WORDS.filter(lambda text: len(text.encode(codec)) <= size)


def sequences(item: Any, least: int, most: int) -> st.SearchStrategy[Any]:
    return st.lists(values_of(item.element), min_size=least, max_size=most).map(tuple)


def parts_of(item: Any) -> st.SearchStrategy[Any]:
    parts = {
        name: st.integers(0, (1 << width) - 1) if enum is None else values_of(enum)
        for name, _, width, enum in item.parts
    }
    return st.fixed_dictionaries(parts).map(lambda fields: item.cls(**fields))


def arms_of(item: Any) -> st.SearchStrategy[Any]:
    arms = [
        st.builds(item.cls, st.just(item.tag.cls(tag)), values_of(arm) if arm else st.none())
        for tag, (_, arm) in item.arms.items()
    ]
    return st.one_of(arms)


def fields_of(item: Any) -> st.SearchStrategy[Any]:
    fields = {place.name: values_of(place.item) for place in item.shown}
    return st.fixed_dictionaries(fields).map(lambda values: item.cls(**values))


STRATEGIES: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "Integer": lambda item: st.integers(item.low, item.high),
    "Pointer": lambda _: st.integers(0, 2**64 - 1),
    "Handle": lambda _: st.integers(1, 2**64 - 1),
    "ObjectName": lambda item: st.integers(0, 2**64 - 1).map(item.cls),
    "Boolean": lambda _: st.booleans(),
    "Guid": lambda _: st.uuids(),
    "Enum": lambda item: st.sampled_from(list(item.cls)),
    "FlagSet": lambda item: st.integers(0, 255).map(lambda bits: item.cls(bits & item.mask)),
    "Blob": lambda item: st.binary(min_size=item.size, max_size=item.size),
    "Text": lambda item: texts(item.size - item.unit, item.codec),
    "TextTail": lambda item: texts(item.high * item.unit, item.codec),
    "BytesTail": lambda item: st.binary(min_size=item.low, max_size=min(item.high, 64)),
    "Tail": lambda item: sequences(item, item.low, min(item.high, 4)),
    "Array": lambda item: sequences(item, item.length, item.length),
    "Bits": parts_of,
    "Union": arms_of,
    "StructItem": fields_of,
}


def values_of(item: Any) -> st.SearchStrategy[Any]:
    """Values that an item of the runtime takes, by what it says of itself."""
    return STRATEGIES[type(item).__name__](item)


def messages(package: ModuleType) -> list[Any]:
    catalog = package.messages.CATALOG
    rows = catalog.table.items()
    return [catalog.item(name) for name, row in rows if row[0] in ("struct", "native")]


@pytest.mark.parametrize("name", ["vault", "tour", "odds"])
def test_any_message_comes_back(name: str, request: pytest.FixtureRequest) -> None:
    package = request.getfixturevalue(name)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(messages(package)).flatmap(lambda i: st.tuples(st.just(i), values_of(i)))
    )
    def check(pair: tuple[Any, Any]) -> None:
        item, message = pair
        plain = json.loads(json.dumps(message.to_dict()))
        assert type(message).from_dict(plain) == message
        values = tuple(message)
        if item.problem(message) is not None:
            return  # a `require:` line; every field by itself is right
        buffer = bytearray(item.length(values))
        item.put(buffer, 0, message)
        assert item.get(buffer, 0, len(buffer)) == message

    check()


@pytest.mark.parametrize("name", ["vault", "tour", "odds"])
def test_no_reply_does_more_than_raise_what_is_declared(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Random bytes for a reply: a message, or the one exception for what breaks the interface."""
    package = request.getfixturevalue(name)
    malformed = type(package.messages.CATALOG).__module__.replace("catalog", "arrays")
    malformed_error = __import__(malformed, fromlist=["MalformedError"]).MalformedError

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(messages(package)), st.binary(max_size=120), st.integers(0, 255))
    def check(item: Any, content: bytes, fill: int) -> None:
        buffer = bytearray(content + bytes([fill]) * 40)
        try:
            message = item.get(buffer, 0, len(content))
        except malformed_error:
            return
        assert type(message) is item.cls
        repr(message)
        json.dumps(message.to_dict())

    check()
