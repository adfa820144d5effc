"""The generated client of schemas/vault.yaml against a vault in memory."""

from __future__ import annotations

import inspect
import os
import pickle
import threading
from types import ModuleType
from typing import Any

import pytest

from tests.client.fake_vault import BAD_LENGTH, SEAL, UNKNOWN_CODE, FakeVault

KEY = bytes(range(16))
OTHER_KEY = bytes(16)


@pytest.fixture
def driver(vault: ModuleType) -> FakeVault:
    return FakeVault(vault.Vault._hash)


@pytest.fixture
def device(vault: ModuleType, driver: FakeVault) -> Any:
    return vault.Vault(driver)


def seal(vault: ModuleType, device: Any, secret: bytes = b"1234", **other: object) -> Any:
    values = {
        "lifetime": vault.Lifetime.FOREVER,
        "flags": vault.SealFlags.AUDITED | vault.SealFlags.REPLACE,
        "key": KEY,
        "label": "door",
        "secret": secret,
    }
    return device.seal(**{**values, **other})


def test_what_goes_in_comes_out(vault: ModuleType, device: Any, driver: FakeVault) -> None:
    assert seal(vault, device) == vault.SealReply(slot=0)
    assert driver.slots[0] == (3, 3, KEY, b"door".ljust(32, b"\0"), b"1234")
    reply = device.unseal(slot=0, key=KEY)
    assert reply.lifetime is vault.Lifetime.FOREVER
    assert reply.secret == b"1234"
    assert device.erase(slot=0) is None
    assert driver.slots == {}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes_is_taken(
    vault: ModuleType, device: Any, driver: FakeVault, kind: Any
) -> None:
    seal(vault, device, kind(b"abc"), key=kind(KEY))
    assert driver.slots[0].content == b"abc"
    assert driver.slots[0].key == KEY


def test_a_request_object_calls_too(vault: ModuleType, device: Any) -> None:
    request = vault.SealRequest(
        lifetime=vault.Lifetime.ONCE, flags=vault.SealFlags(0), key=KEY, label="x", secret=b"y"
    )
    assert device.call(request) == vault.SealReply(slot=0)
    assert device.call(vault.EraseRequest(slot=0)) is None
    with pytest.raises(vault.ValidationError, match="SealReply: is not the request"):
        device.call(vault.SealReply(slot=0))


# Values are checked before they are sent


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        ({"secret": bytes(1025)}, "seal.secret", "1025 bytes, at most 1024"),
        ({"secret": b""}, "seal.secret", "0 bytes, at least 1"),
        ({"secret": "text"}, "seal.secret", "the value is not bytes"),
        ({"key": bytes(15)}, "seal.key", "15 bytes, must be 16"),
        ({"key": 16}, "seal.key", "the value is not bytes"),
        ({"label": "ä" * 16}, "seal.label", "32 bytes, at most 31"),
        ({"label": "a\0b"}, "seal.label", "has a NUL inside"),
        ({"label": "\ud800"}, "seal.label", "character 0 is a lone surrogate"),
        ({"label": b"door"}, "seal.label", "b'door' is not a str"),
        ({"lifetime": 4}, "seal.lifetime", "4 is none of ONCE (1), SESSION (2), FOREVER (3)"),
        ({"lifetime": "once"}, "seal.lifetime", "'once' is not a Lifetime"),
        ({"flags": 4}, "seal.flags", "0x4: bits that SealFlags does not name"),
        ({"flags": -1}, "seal.flags", ": bits that SealFlags does not name"),
        ({"flags": None}, "seal.flags", "None is not a SealFlags"),
    ],
)
def test_a_wrong_value_is_named(
    vault: ModuleType, device: Any, driver: FakeVault, change: Any, path: str, problem: str
) -> None:
    sent = len(driver.capacities)
    with pytest.raises(vault.ValidationError) as caught:
        seal(vault, device, **change)
    assert caught.value.path == path
    assert problem in caught.value.problem
    assert str(caught.value) == f"{path}: {caught.value.problem}"
    assert isinstance(caught.value, ValueError)
    assert len(driver.capacities) == sent


@pytest.mark.parametrize("slot", [-1, 16, 1 << 32, 1.0, "1", None])
def test_a_number_out_of_range_is_refused(vault: ModuleType, device: Any, slot: Any) -> None:
    with pytest.raises(vault.ValidationError, match=r"^erase\.slot: "):
        device.erase(slot=slot)


def test_the_largest_values_pass(vault: ModuleType, device: Any) -> None:
    assert seal(vault, device, bytes(1024), label="x" * 31).slot == 0
    assert device.unseal(slot=0, key=KEY).secret == bytes(1024)


# Errors


def test_declared_errors_are_classes(vault: ModuleType, device: Any) -> None:
    seal(vault, device)
    with pytest.raises(vault.WrongKeyError) as caught:
        device.unseal(slot=0, key=OTHER_KEY)
    error = caught.value
    assert isinstance(error, vault.VaultError)
    assert isinstance(error, OSError)
    assert (error.ioctl, error.ntstatus, error.winerror) == ("unseal", 0xEA170001, 0xEA170001)
    assert str(error) == (
        "unseal: The key does not open this slot (NTSTATUS 0xEA170001, Win32 error 3927375873)"
    )
    device.lock()
    with pytest.raises(vault.LockedError):
        device.unseal(slot=0, key=KEY)


def test_errors_are_told_apart_without_an_ntstatus(
    vault: ModuleType, device: Any, driver: FakeVault
) -> None:
    driver.tells_ntstatus = False
    with pytest.raises(vault.NotFoundError) as caught:
        device.erase(slot=3)
    assert caught.value.ntstatus == 0xC0000225
    assert caught.value.winerror == 1168


def test_an_unknown_error_is_still_one_of_the_interface(
    vault: ModuleType, driver: FakeVault
) -> None:
    class Odd(FakeVault):
        def _erase(self, request: bytes, capacity: int) -> bytes:
            from tests.client.fake_vault import Refused

            raise Refused((4242, 0xC0FFEE00))

    with pytest.raises(vault.VaultError) as caught:
        vault.Vault(Odd(vault.Vault._hash)).erase(slot=0)
    assert type(caught.value) is vault.VaultError
    assert (caught.value.winerror, caught.value.ntstatus) == (4242, 0xC0FFEE00)


def test_errors_pickle(vault: ModuleType, device: Any) -> None:
    with pytest.raises(vault.NotFoundError) as caught:
        device.erase(slot=3)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is vault.NotFoundError
    assert str(again) == str(caught.value)
    assert (again.ioctl, again.ntstatus) == ("erase", 0xC0000225)


# Replies that vary


def test_a_cut_reply_is_asked_for_again(vault: ModuleType, device: Any, driver: FakeVault) -> None:
    for number in range(5):
        seal(vault, device, label=f"n{number}")
    device.first_reply = 8 + 2 * 48
    driver.capacities.clear()
    reply = device.list(first=0)
    assert driver.capacities == [8 + 2 * 48, 8 + 5 * 48]
    assert reply.total == 5
    assert [entry.label for entry in reply.entries] == ["n0", "n1", "n2", "n3", "n4"]
    assert reply.entries[0] == vault.Entry(
        slot=0,
        size=4,
        lifetime=vault.Lifetime.FOREVER,
        flags=vault.SealFlags(3),
        label="n0",
    )


def test_a_reply_that_grows_meanwhile_ends(vault: ModuleType, driver: FakeVault) -> None:
    class Growing(FakeVault):
        def _list(self, request: bytes, capacity: int) -> bytes:
            seal(vault, device)
            return super()._list(request, capacity)

        _lock = None  # type: ignore[assignment]

    growing = Growing(vault.Vault._hash)
    growing._lock = threading.RLock()  # type: ignore[assignment]
    device = vault.Vault(growing)
    device.first_reply = 8
    reply = device.list(first=0)
    assert reply.total >= len(reply.entries) >= 1
    assert growing.capacities[-1] <= 8 + 16 * 48


def test_what_is_not_idempotent_is_sent_once_with_room_for_all(
    vault: ModuleType, device: Any, driver: FakeVault
) -> None:
    seal(vault, device)
    driver.capacities.clear()
    device.unseal(slot=0, key=KEY)
    assert driver.capacities == [8 + 1024]


def test_a_short_reply_of_an_older_driver_lacks_what_is_new(
    vault: ModuleType, device: Any, driver: FakeVault
) -> None:
    assert device.get_status() == vault.Usage(used=0, free=16, unseals=0)
    driver.status_size = 8
    reply = device.get_status()
    assert (reply.used, reply.free, reply.unseals) == (0, 16, None)
    assert reply.to_dict() == {"used": 0, "free": 16}
    driver.status_size = 15
    assert device.get_status().unseals is None
    driver.status_size = 7
    with pytest.raises(vault.BadReplyError, match="has 7 bytes where 8 are due"):
        device.get_status()


def test_a_count_beyond_the_reply_is_refused(vault: ModuleType, driver: FakeVault) -> None:
    class Lying(FakeVault):
        def _unseal(self, request: bytes, capacity: int) -> bytes:
            return b"\1\0\0\0\5\0\0\0abcd"

    with pytest.raises(vault.BadReplyError, match="counts 5 where 4 bytes came"):
        vault.Vault(Lying(vault.Vault._hash)).unseal(slot=0, key=KEY)


def test_what_the_client_does_not_know_is_kept(vault: ModuleType, driver: FakeVault) -> None:
    class Newer(FakeVault):
        def _unseal(self, request: bytes, capacity: int) -> bytes:
            return b"\7\0\0\0\0\0\0\0"

    reply = vault.Vault(Newer(vault.Vault._hash)).unseal(slot=0, key=KEY)
    assert reply.lifetime == 7
    assert isinstance(reply.lifetime, vault.Lifetime)
    assert reply.lifetime.name == "unknown_7"
    assert list(vault.Lifetime) == [1, 2, 3]
    assert int(vault.SealFlags(0x11)) == 0x11


# The caller's own buffer


def test_data_goes_into_the_callers_buffer(device: Any, driver: FakeVault) -> None:
    buffer = bytearray(10)
    assert device.read_audit(offset=3, data=buffer) == 10
    assert buffer == driver.audit[3:13]
    assert device.read_audit(offset=1020, data=memoryview(buffer)) == 4


def test_data_comes_from_the_callers_buffer(
    vault: ModuleType, device: Any, driver: FakeVault
) -> None:
    device.load(lifetime=vault.Lifetime.ONCE, key=KEY, data=memoryview(b"records"))
    assert driver.loaded == b"records"
    # The reserved field is there, and zero.
    assert len(driver.requests[-1]) == 24


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"read-only", "is read-only"),
        (bytearray(), "0 bytes, must be 1 to 1048576"),
        (bytearray(1048577), "1048577 bytes, must be 1 to 1048576"),
        (memoryview(bytearray(8))[::2], "is not contiguous"),
        (7, "7 is not a buffer"),
        (None, "None is not a buffer"),
    ],
)
def test_a_wrong_buffer_is_refused(vault: ModuleType, device: Any, data: Any, problem: str) -> None:
    with pytest.raises(vault.ValidationError, match=problem) as caught:
        device.read_audit(offset=0, data=data)
    assert caught.value.path == "read_audit.data"


# Secrets


def test_secrets_are_not_shown(vault: ModuleType) -> None:
    request = vault.SealRequest(
        lifetime=vault.Lifetime.ONCE,
        flags=vault.SealFlags(0),
        key=KEY,
        label="door",
        secret=b"hidden",
    )
    assert "hidden" not in repr(request)
    assert "key=<secret>" in repr(request)
    assert request.to_dict()["secret"] == b"hidden".hex()


def test_buffers_with_secrets_are_overwritten(
    vault: ModuleType, device: Any, driver: FakeVault
) -> None:
    seal(vault, device, b"hidden")
    device.unseal(slot=0, key=KEY)
    with pytest.raises(vault.WrongKeyError):
        device.unseal(slot=0, key=OTHER_KEY)
    assert len(driver.requests) == 3
    for buffer in [*driver.requests, *driver.replies[2:]]:
        assert not any(buffer)


# The device


def test_leaving_closes(vault: ModuleType, driver: FakeVault) -> None:
    with vault.Vault(driver) as device:
        device.lock()
    assert driver.closed == 1
    with pytest.raises(ValueError, match="closed"):
        device.lock()


def test_a_driver_of_another_major_version_is_refused(vault: ModuleType) -> None:
    driver = FakeVault("00" * 32, (2, 0))
    with pytest.raises(vault.IncompatibleDriverError, match=r"vault 2\.0, this client 1\.1"):
        vault.Vault(driver)
    assert driver.closed == 1
    assert vault.Vault(FakeVault("00" * 32, (2, 0)), check=False).driver_version is None


def test_a_driver_of_another_minor_version_is_accepted(vault: ModuleType) -> None:
    assert vault.Vault(FakeVault("00" * 32, (1, 0))).driver_version == (1, 0)
    assert vault.Vault(FakeVault("00" * 32, (1, 9))).driver_version == (1, 9)


def test_the_same_version_of_another_interface_is_refused(vault: ModuleType) -> None:
    with pytest.raises(vault.IncompatibleDriverError, match="their hashes differ"):
        vault.Vault(FakeVault("00" * 32, (1, 1)))


def test_a_driver_that_does_not_say_what_it_is_is_refused(vault: ModuleType) -> None:
    class Silent(FakeVault):
        def _answer(self, code: int, request: bytes, reply: object, capacity: int) -> bytes:
            from tests.client.fake_vault import Refused

            raise Refused(UNKNOWN_CODE)

    with pytest.raises(vault.IncompatibleDriverError, match="check=False"):
        vault.Vault(Silent("00" * 32))


def test_raw_bytes_go_out_unchecked(vault: ModuleType, device: Any) -> None:
    failure, done = device.raw("seal", b"short", bytearray(4))
    assert (failure.code, failure.ntstatus) == BAD_LENGTH
    assert done == 0
    failure, done = device.raw(SEAL, bytes(60), bytearray(4))
    assert failure is None
    assert done == 4


def test_an_open_device_does_not_pickle(device: Any) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(device)


def test_after_a_fork_the_child_has_to_open_its_own(device: Any, driver: FakeVault) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            device.lock()
            os.write(write, b"locked")
        except RuntimeError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read) as answer:
        assert "opened before os.fork()" in answer.read()
    device.lock()
    assert driver.locked


def test_calls_of_many_threads_do_not_mix(vault: ModuleType, device: Any) -> None:
    slots = [seal(vault, device, bytes([number]) * (number + 1)).slot for number in range(8)]
    wrong: list[object] = []

    def read(slot: int) -> None:
        for _ in range(200):
            secret = device.unseal(slot=slot, key=KEY).secret
            if secret != bytes([slot]) * (slot + 1):
                wrong.append(secret)

    threads = [threading.Thread(target=read, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# The package


def test_constants_and_docs_are_carried_over(vault: ModuleType) -> None:
    assert vault.SLOT_COUNT == 16
    assert vault.MAX_SECRET == 1024
    assert vault.__version__ == "1.1"
    assert vault.Entry.__doc__ == "What may be known of a slot without its key."
    doc = inspect.getdoc(vault.Vault.unseal)
    assert doc is not None
    assert doc.startswith("Give back the secret of a slot.\n")
    assert "WrongKeyError: The key does not open this slot." in doc


def test_everything_named_is_there(vault: ModuleType) -> None:
    for name in vault.__all__:
        assert getattr(vault, name) is not None
    assert set(vault.__all__) < set(dir(vault))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = vault.Nothing
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = vault.messages.Nothing
    assert "SealRequest" in dir(vault.messages)
