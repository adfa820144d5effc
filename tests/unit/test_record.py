"""A record is what `typing.NamedTuple` makes of the same lines."""

from __future__ import annotations

import pickle
import typing
from collections.abc import Callable

import pytest

from kgen import record


class Made(record.NamedTuple):
    """What it is."""

    name: str
    size: Undefined | None = None  # type: ignore[name-defined]  # noqa: F821 - never evaluated
    others: tuple[str, ...] = ()

    @property
    def double(self) -> str:
        return self.name * 2


class Typed(typing.NamedTuple):
    """What it is."""

    name: str
    size: Undefined | None = None  # type: ignore[name-defined]  # noqa: F821
    others: tuple[str, ...] = ()

    @property
    def double(self) -> str:
        return self.name * 2


def test_it_is_a_named_tuple() -> None:
    for kind in (Made, Typed):
        made = kind("a", others=("b",))
        assert made == ("a", None, ("b",))
        assert made._fields == ("name", "size", "others")
        assert kind._field_defaults == {"size": None, "others": ()}
        assert made._replace(name="c").name == "c"
        assert made._asdict() == {"name": "a", "size": None, "others": ("b",)}
        assert made.double == "aa"
        assert repr(made) == f"{kind.__name__}(name='a', size=None, others=('b',))"
        assert kind.__doc__ == "What it is."
        assert (kind.__module__, kind.__qualname__) == (__name__, kind.__name__)
        assert pickle.loads(pickle.dumps(made)) == made
        assert isinstance(made, tuple)
        assert not hasattr(made, "__dict__")
        assert kind._make(["a", None, ()]) == ("a", None, ())
        match made:
            case kind(name, size, others=others):
                assert (name, size, others) == made


@pytest.mark.parametrize(
    "call",
    [
        lambda kind: kind(),
        lambda kind: kind("a", 1, (), 2),
        lambda kind: kind("a", sise=1),
        lambda kind: kind("a", name="b"),
    ],
)
def test_a_wrong_call_is_told_as_such(call: Callable[[type], object]) -> None:
    told = []
    for kind in (Made, Typed):
        with pytest.raises(TypeError) as raised:
            call(kind)
        told.append(str(raised.value).replace("Typed", "Made"))
    assert told[0] == told[1]


def test_a_field_that_is_not_there_cannot_be_replaced() -> None:
    with pytest.raises(TypeError, match="sise"):
        Made("a")._replace(sise=1)  # type: ignore[call-arg]
