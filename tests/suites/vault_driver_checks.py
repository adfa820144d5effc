"""What a driver of the vault does."""

from __future__ import annotations

import struct
import time

import vault
from vault import Lifetime, SealFlags, Vault
from vault_tools import (
    AUDIT_SIZE,
    KEY,
    LONGEST,
    OTHER_KEY,
    SLOTS,
    Connect,
    Recorder,
    check,
    labels,
    record,
    refused,
    seal,
)


@check
def the_driver_tells_which_interface_it_has(connect: Connect) -> None:
    with connect("rw") as device:
        assert device.driver_version == (1, 1)


@check
def what_is_sealed_is_unsealed_unchanged(connect: Connect) -> None:
    with connect("rw") as device:
        for length in (1, 2, 16, 255, LONGEST):
            secret = bytes((7 * i + length) & 0xFF for i in range(length))
            slot = seal(device, f"{length} bytes", secret)
            reply = device.unseal(slot=slot, key=KEY)
            assert (reply.lifetime, reply.secret) == (Lifetime.FOREVER, secret)
            assert reply == device.unseal(slot=slot, key=KEY)


@check
def slots_are_numbered_from_zero_and_given_again(connect: Connect) -> None:
    with connect("rw") as device:
        assert [seal(device, f"label {i}") for i in range(SLOTS)] == list(range(SLOTS))
        device.erase(slot=5)
        device.erase(slot=3)
        assert [seal(device, f"again {i}") for i in range(2)] == [3, 5]


@check
def a_full_vault_takes_no_more(connect: Connect) -> None:
    with connect("rw") as device:
        for i in range(SLOTS):
            seal(device, f"label {i}")
        error = refused("NoSpaceError", lambda: seal(device, "one more"))
        assert error.ioctl == "seal"
        assert str(error).startswith("seal: There is no room left (")
        assert seal(device, "label 9", b"new", flags=SealFlags.REPLACE) == 9


@check
def a_label_is_taken_once_unless_it_replaces(connect: Connect) -> None:
    with connect("rw") as device:
        slot = seal(device, "twice", b"first")
        refused("ExistsError", lambda: seal(device, "twice", b"second"))
        assert device.unseal(slot=slot, key=KEY).secret == b"first"
        assert seal(device, "twice", b"third", flags=SealFlags.REPLACE, key=OTHER_KEY) == slot
        assert device.unseal(slot=slot, key=OTHER_KEY).secret == b"third"
        assert device.get_status().used == 1


@check
def only_its_key_opens_a_slot(connect: Connect) -> None:
    with connect("rw") as device:
        slot = seal(device, "mine")
        before = device.get_status().unseals
        for wrong in (OTHER_KEY, bytes(16), KEY[:15] + b"\xff"):
            refused("WrongKeyError", lambda wrong=wrong: device.unseal(slot=slot, key=wrong))
        assert device.get_status().unseals == before
        assert device.unseal(slot=slot, key=KEY).secret == b"open sesame"


@check
def an_empty_slot_is_not_found(connect: Connect) -> None:
    with connect("rw") as device:
        for slot in (0, 7, SLOTS - 1):
            refused("NotFoundError", lambda slot=slot: device.unseal(slot=slot, key=KEY))
            refused("NotFoundError", lambda slot=slot: device.erase(slot=slot))


@check
def once_is_gone_after_one_unseal(connect: Connect) -> None:
    with connect("rw") as device:
        slot = seal(device, "once", lifetime=Lifetime.ONCE)
        refused("WrongKeyError", lambda: device.unseal(slot=slot, key=OTHER_KEY))
        assert device.unseal(slot=slot, key=KEY).lifetime is Lifetime.ONCE
        refused("NotFoundError", lambda: device.unseal(slot=slot, key=KEY))


@check
def a_session_secret_goes_with_the_handle_that_sealed_it(connect: Connect) -> None:
    with connect("rw") as device:
        seal(device, "stays")
        with connect("rw") as other:
            seal(other, "goes too", lifetime=Lifetime.SESSION)
            seal(other, "left behind")
            seal(other, "goes", lifetime=Lifetime.SESSION)
            seal(device, "of another session", lifetime=Lifetime.SESSION)
            assert device.unseal(slot=1, key=KEY).lifetime is Lifetime.SESSION
        deadline = time.monotonic() + 5  # a close reaches the driver a little later
        while len(labels(device)) > 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert labels(device) == ["stays", "left behind", "of another session"]


@check
def the_list_says_what_may_be_known_without_a_key(connect: Connect) -> None:
    with connect("rw") as device:
        assert device.list(first=0).to_dict() == {"total": 0, "entries": []}
        seal(device, "", b"\0" * 9, lifetime=Lifetime.ONCE)
        seal(device, "é" * 15 + "!", b"1", flags=SealFlags.AUDITED | SealFlags.REPLACE)
        seal(device, "third", b"x" * LONGEST, flags=SealFlags.AUDITED)
        device.erase(slot=1)
        reply = device.list(first=0)
        assert reply.total == 2
        assert reply.entries == (
            vault.Entry(slot=0, size=9, lifetime=Lifetime.ONCE, flags=SealFlags(0), label=""),
            vault.Entry(
                slot=2, size=LONGEST, lifetime=Lifetime.FOREVER, flags=SealFlags.AUDITED, label="third"
            ),
        )  # fmt: skip
        assert [entry.slot for entry in device.list(first=1).entries] == [2]
        assert device.list(first=SLOTS) == vault.ListReply(total=0, entries=())


@check
def a_list_that_does_not_fit_is_asked_for_again(connect: Connect) -> None:
    with connect("rw") as device:
        for i in range(SLOTS):
            seal(device, f"label {i}")
        whole = device.list(first=0)
        assert (whole.total, len(whole.entries)) == (SLOTS, SLOTS)
        device.transport = recorder = Recorder(device.transport)
        device._control = recorder.control
        for first_reply, capacities in ((1, [8, 776]), (8 + 48 * 3, [152, 776]), (776, [776])):
            device.first_reply = first_reply
            recorder.sent.clear()
            assert device.list(first=0) == whole
            assert [sent.capacity for sent in recorder.sent] == capacities


@check
def the_status_counts(connect: Connect) -> None:
    with connect("rw") as device:
        before = device.get_status()
        assert (before.used, before.free) == (0, SLOTS)
        slots = [seal(device, f"label {i}") for i in range(3)]
        for slot in slots:
            device.unseal(slot=slot, key=KEY)
        after = device.get_status()
        assert (after.used, after.free) == (3, SLOTS - 3)
        assert after.unseals == (before.unseals or 0) + 3


@check
def the_audit_trail_is_copied_into_the_callers_buffer(connect: Connect) -> None:
    with connect("rw") as device:
        start = audit_length(device)
        seal(device, "not audited")
        slots = [seal(device, name, flags=SealFlags.AUDITED) for name in ("one", "two", "très")]
        device.unseal(slot=0, key=KEY)
        for slot in slots:
            device.unseal(slot=slot, key=KEY)
        trail = "one\ntwo\ntrès\n".encode()
        for size in (1, 5, len(trail), len(trail) + 1, 1 << 20):
            buffer = bytearray(b"\xee" * size)
            done = device.read_audit(offset=start, data=buffer)
            assert done == min(size, len(trail))
            assert buffer == trail[:size] + b"\xee" * (size - done)
        for offset in (start + len(trail), start + len(trail) + 1, 1 << 63):
            assert device.read_audit(offset=offset, data=bytearray(4)) == 0
        part = memoryview(bytearray(8))[2:6]
        assert device.read_audit(offset=start + 4, data=part) == 4
        assert bytes(part) == b"two\n"


def audit_length(device: Vault) -> int:
    return device.read_audit(offset=0, data=bytearray(2 * AUDIT_SIZE))


@check
def the_oldest_audit_lines_make_room(connect: Connect) -> None:
    with connect("rw") as device:
        lines = [f"a line of thirty-one bytes {i:04d}" for i in range(100)]
        for line in lines:
            slot = seal(device, line, flags=SealFlags.AUDITED, lifetime=Lifetime.ONCE)
            device.unseal(slot=slot, key=KEY)
        buffer = bytearray(AUDIT_SIZE + 1)
        done = device.read_audit(offset=0, data=buffer)
        assert done == AUDIT_SIZE
        assert buffer[:done].decode().splitlines() == lines[-AUDIT_SIZE // 32 :]


@check
def a_backup_is_loaded_from_the_callers_memory(connect: Connect) -> None:
    with connect("rw") as device:
        secrets = {"first": b"1", "second": b"2" * LONGEST, "": b"nameless"}
        backup = b"".join(record(label, secret) for label, secret in secrets.items())
        for data in (backup, bytearray(backup), memoryview(b"-" + backup)[1:]):
            device.load(lifetime=Lifetime.FOREVER, key=OTHER_KEY, data=data)
            assert labels(device) == list(secrets)
            for slot, secret in enumerate(secrets.values()):
                assert device.unseal(slot=slot, key=OTHER_KEY).secret == secret
                device.erase(slot=slot)


def load(device: Vault, data: bytes) -> None:
    device.load(lifetime=Lifetime.FOREVER, key=KEY, data=data)


@check
def a_bad_backup_is_refused_where_it_goes_wrong(connect: Connect) -> None:
    good = record("good", b"yes")
    bad = {
        "cut in a header": record("cut", b"12345")[:35],
        "cut in a secret": record("cut", b"12345")[:-1],
        "empty secret": record("empty", b""),
        "long secret": record("long", b"x" * (LONGEST + 1)),
        "taken label": good,
        "label without an end": struct.pack("=32sI", b"x" * 32, 1) + b"1",
        "label that is no UTF-8": struct.pack("=32sI", b"\xc0\x80", 1) + b"1",
        "something behind the label": struct.pack("=32sI", b"a\0b", 1) + b"1",
    }
    with connect("rw") as device:
        for name, data in bad.items():
            error = refused("InvalidError", lambda data=data: load(device, good + data))
            assert error.ioctl == "load", name
            assert labels(device) == ["good"], name
            device.erase(slot=0)
        full = b"".join(record(f"label {i}", b"1") for i in range(SLOTS + 1))
        refused("NoSpaceError", lambda: load(device, full))
        assert len(labels(device)) == SLOTS
