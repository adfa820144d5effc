"""The messages of the generated client of schemas/vault.yaml: values like any other."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from types import ModuleType
from typing import Any

import pytest

KEY = bytes(range(16))


def test_messages_compare_hash_copy_and_pickle(vault: ModuleType) -> None:
    entry = vault.Entry(
        slot=1, size=2, lifetime=vault.Lifetime.ONCE, flags=vault.SealFlags(0), label="a"
    )
    assert entry == entry.replace(label="a")
    assert entry != entry.replace(label="b")
    assert vault.SealReply(slot=1) != vault.EraseRequest(slot=1)
    assert len({entry, entry.replace(slot=1), entry.replace(slot=2)}) == 2
    assert copy.deepcopy(entry) == entry
    assert pickle.loads(pickle.dumps(entry)) == entry
    with pytest.raises(AttributeError):
        entry.slot = 5


def test_enums_pickle_whatever_they_are(vault: ModuleType) -> None:
    values = [vault.Lifetime.ONCE, vault.Lifetime(77), vault.SealFlags(3), vault.SealFlags(0x81)]
    for value in values:
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert type(again) is type(value)
        assert copy.deepcopy(value) == value


def test_messages_take_their_fields_and_no_others(vault: ModuleType) -> None:
    with pytest.raises(TypeError, match="misses 'slot'"):
        vault.SealReply()
    with pytest.raises(TypeError, match="has no field 'slit'"):
        vault.SealReply(slit=1)
    with pytest.raises(TypeError, match=r"SealReply\(\) takes its fields by name: slot"):
        vault.SealReply(1)
    with pytest.raises(AttributeError, match="'SealReply' object has no attribute 'count'"):
        _ = vault.SealReply(slot=1).count
    assert vault.Usage(used=1, free=2).unseals is None
    assert str(inspect.signature(vault.Usage)) == "(*, used, free, unseals=None)"


def test_messages_pass_through_json(vault: ModuleType) -> None:
    request = vault.SealRequest(
        lifetime=vault.Lifetime.SESSION,
        flags=vault.SealFlags.AUDITED,
        key=KEY,
        label="door",
        secret=b"\0\xff",
    )
    plain = json.loads(json.dumps(request.to_dict()))
    assert plain == {
        "lifetime": "session",
        "flags": ["audited"],
        "key": KEY.hex(),
        "label": "door",
        "secret": "00ff",
    }
    assert vault.SealRequest.from_dict(plain) == request


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lifetime": "never"}, "SealRequest.lifetime: 'never' is no Lifetime"),
        ({"flags": ["loud"]}, "SealRequest.flags: 'loud' is no SealFlags"),
        ({"key": "xy"}, "SealRequest.key: is not hexadecimal text"),
        ({"extra": 1}, "SealRequest.extra: there is no such field"),
    ],
)
def test_a_wrong_dict_is_named(vault: ModuleType, change: Any, message: str) -> None:
    plain = {"lifetime": 1, "flags": [], "key": KEY.hex(), "label": "", "secret": "00"}
    with pytest.raises(vault.ValidationError) as caught:
        vault.SealRequest.from_dict({**plain, **change})
    assert str(caught.value) == message


def test_a_dict_with_a_hole_is_refused(vault: ModuleType) -> None:
    with pytest.raises(vault.ValidationError, match=r"SealReply\.slot: is missing"):
        vault.SealReply.from_dict({})
