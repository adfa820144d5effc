"""What a vault does, seen through its generated Python client; the same text for every driver and system.

Run by the Python of the client's machine, with the package `vault` on its path and a fresh driver loaded:

    python vault_suite.py

One JSON line per check: {"check": name, "ms": n, "failure": null or text}. The checks run in their order; each
begins with an empty vault, and the last one locks it. Where `Vault.open` cannot reach the driver, as with a simulator,
import this module and call `run(connect)`: `connect(access)` opens the device for "r", "w", "rw" or "none".
"""

from __future__ import annotations

import errno
import json
import pickle
import struct
import sys
import threading
import time
import traceback
from typing import Any, Callable, Iterator, NamedTuple

import vault
from vault import Lifetime, SealFlags, Vault

KEY = bytes(range(1, 17))
OTHER_KEY = bytes(range(2, 18))
SLOTS, LONGEST, AUDIT_SIZE = 16, 1024, 2048

# Of the schema, and of the table of built-in statuses: name -> NTSTATUS, Win32 error, errno.
NUMBERS = {
    "AccessDeniedError": (0xC0000022, 5, errno.EACCES),
    "ExistsError": (0xC0000035, 183, errno.EEXIST),
    "InvalidError": (0xC000000D, 87, errno.EINVAL),
    "LockedError": (0xEA170002, 0xEA170002, errno.EPERM),
    "NoSpaceError": (0xC000007F, 112, errno.ENOSPC),
    "NotFoundError": (0xC0000225, 1168, errno.ENOENT),
    "WrongKeyError": (0xEA170001, 0xEA170001, getattr(errno, "EKEYREJECTED", None)),
}

Connect = Callable[[str], Vault]
CHECKS: list[Callable[[Connect], None]] = []


class Sent(NamedTuple):
    """One call as a Recorder saw it; the request is the buffer itself, not a copy."""

    code: int
    request: Any
    capacity: int
    failure: Any


class Recorder:
    """A transport around a transport."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.system = inner.system
        self.sent: list[Sent] = []

    def control(self, code: int, request: Any, reply: Any) -> tuple[Any, int]:
        failure, done = self.inner.control(code, request, reply)
        self.sent.append(Sent(code, request, len(reply or b""), failure))
        return failure, done

    def close(self) -> None:
        self.inner.close()


def check(function: Callable[[Connect], None]) -> Callable[[Connect], None]:
    CHECKS.append(function)
    return function


def refused(expected: str, call: Callable[[], object]) -> Any:
    """The exception of a call that has to fail, with the numbers that belong to it on this system."""
    try:
        result = call()
    except vault.VaultError as error:
        assert type(error).__name__ == expected, f"{expected} expected: {error!r}"
        assert isinstance(error, OSError)
        ntstatus, winerror, number = NUMBERS[expected]
        if sys.platform == "win32":
            assert (error.ntstatus, error.winerror) == (ntstatus, winerror), vars(error)
        else:
            assert (error.errno, error.winerror) == (number, 0), vars(error)
        return error
    raise AssertionError(f"{expected} expected, got {result!r}")


def invalid(path: str, call: Callable[[], object]) -> None:
    """A call that the client itself has to refuse, naming the value."""
    try:
        result = call()
    except vault.ValidationError as error:
        assert error.path == path, f"{path} expected: {error}"
        return
    raise AssertionError(f"{path} should be refused, got {result!r}")


def seal(device: Vault, label: str, secret: bytes = b"open sesame", **changes: Any) -> int:
    values: dict[str, Any] = {"lifetime": Lifetime.FOREVER, "flags": SealFlags(0), "key": KEY}
    return device.seal(label=label, secret=secret, **{**values, **changes}).slot


def record(label: str, secret: bytes) -> bytes:
    """One record of a backup as `load` reads it."""
    return struct.pack("=32sI", label.encode(), len(secret)) + secret


def labels(device: Vault) -> list[str]:
    return [entry.label for entry in device.list(first=0).entries]


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
            load = lambda data=data: device.load(lifetime=Lifetime.FOREVER, key=KEY, data=good + data)  # noqa: E731
            error = refused("InvalidError", load)
            assert error.ioctl == "load", name
            assert labels(device) == ["good"], name
            device.erase(slot=0)
        full = b"".join(record(f"label {i}", b"1") for i in range(SLOTS + 1))
        refused("NoSpaceError", lambda: device.load(lifetime=Lifetime.FOREVER, key=KEY, data=full))
        assert len(labels(device)) == SLOTS


@check
def values_are_checked_before_they_are_sent(connect: Connect) -> None:
    with connect("rw") as device:
        device.transport = recorder = Recorder(device.transport)
        device._control = recorder.control
        invalid("seal.lifetime", lambda: seal(device, "x", lifetime=4))
        invalid("seal.flags", lambda: seal(device, "x", flags=4))
        invalid("seal.key", lambda: seal(device, "x", key=bytes(15)))
        invalid("seal.label", lambda: seal(device, "x" * 32))
        invalid("seal.label", lambda: seal(device, "é" * 16))
        invalid("seal.label", lambda: seal(device, "a\0b"))
        invalid("seal.secret", lambda: seal(device, "x", b""))
        invalid("seal.secret", lambda: seal(device, "x", bytes(LONGEST + 1)))
        invalid("unseal.slot", lambda: device.unseal(slot=SLOTS, key=KEY))
        invalid("unseal.slot", lambda: device.unseal(slot=-1, key=KEY))
        invalid("list.first", lambda: device.list(first=SLOTS + 1))
        invalid("erase.slot", lambda: device.erase(slot=1 << 32))
        invalid("read_audit.offset", lambda: device.read_audit(offset=1 << 64, data=bytearray(1)))
        invalid("read_audit.data", lambda: device.read_audit(offset=0, data=bytearray()))
        invalid("read_audit.data", lambda: device.read_audit(offset=0, data=b"read-only"))
        invalid("load.data", lambda: device.load(lifetime=Lifetime.ONCE, key=KEY, data=b""))
        invalid("load.data", lambda: device.load(lifetime=Lifetime.ONCE, key=KEY, data="text"))
        assert recorder.sent == []


@check
def secrets_are_neither_shown_nor_left_in_memory(connect: Connect) -> None:
    request = vault.SealRequest(
        lifetime=Lifetime.ONCE, flags=SealFlags.AUDITED, key=KEY, label="shown", secret=b"hidden"
    )
    assert repr(request) == (
        "SealRequest(lifetime=<Lifetime.ONCE: 1>, flags=<SealFlags.AUDITED: 1>, key=<secret>, "
        "label='shown', secret=<secret>)"
    )
    with connect("rw") as device:
        device.transport = recorder = Recorder(device.transport)
        device._control = recorder.control
        slot = device.call(request).slot
        assert "hidden" not in repr(device.unseal(slot=slot, key=KEY))
        refused("NotFoundError", lambda: device.unseal(slot=slot, key=KEY))
        for sent in recorder.sent:
            assert sent.request is not None
            assert not any(sent.request), "a request with secrets is still in memory"


@check
def requests_are_values_and_can_be_sent_as_such(connect: Connect) -> None:
    request = vault.SealRequest.from_dict(
        {"lifetime": "forever", "flags": ["audited"], "key": KEY.hex(), "label": "as a value", "secret": "00ff"}
    )  # fmt: skip
    assert pickle.loads(pickle.dumps(request)) == request
    assert vault.SealRequest.from_dict(request.to_dict()) == request
    with connect("rw") as device:
        reply = device.call(request)
        assert device.call(vault.UnsealRequest(slot=reply.slot, key=KEY)).secret == b"\0\xff"
        assert device.call(request.replace(label="another")).slot == reply.slot + 1


@check
def errors_survive_pickling(connect: Connect) -> None:
    with connect("rw") as device:
        error = refused("NotFoundError", lambda: device.erase(slot=1))
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@check
def a_handle_can_do_what_it_was_opened_for(connect: Connect) -> None:
    def write(device: Vault) -> object:
        return seal(device, "x")

    def read(device: Vault) -> object:
        return device.get_status()

    for access, may_read, may_write in (
        ("none", False, False),
        ("r", True, False),
        ("w", False, True),
        ("rw", True, True),
    ):
        with connect(access) as device:
            for call, may in ((read, may_read), (write, may_write)):
                if may:
                    call(device)
                else:
                    refused("AccessDeniedError", lambda: call(device))  # noqa: B023
            if access in ("r", "w"):
                refused("AccessDeniedError", device.lock)
            if may_write:
                device.erase(slot=0)


@check
def threads_may_share_a_device(connect: Connect) -> None:
    problems: list[BaseException] = []

    def work(device: Vault, name: str) -> None:
        try:
            for i in range(20):
                secret = f"{name} {i}".encode() * 9
                slot = seal(device, f"{name} {i}", secret, lifetime=Lifetime.ONCE)
                assert device.unseal(slot=slot, key=KEY).secret == secret
        except BaseException as error:
            problems.append(error)

    with connect("rw") as device:
        threads = [threading.Thread(target=work, args=(device, name)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems, problems
        assert device.get_status().used == 0


@check
def errors_are_told_apart_whatever_other_threads_do(connect: Connect) -> None:
    """The numbers of a refused call are the thread's own; waiting for the interpreter must not spoil them."""
    done = threading.Event()

    def spin() -> None:
        while not done.is_set():
            sum(range(1000))

    with connect("rw") as device:
        slot = seal(device, "here")
        spinners = [threading.Thread(target=spin) for _ in range(2)]
        for spinner in spinners:
            spinner.start()
        try:
            for _ in range(15):
                refused("NotFoundError", lambda: device.erase(slot=slot + 1))
                refused("ExistsError", lambda: seal(device, "here"))
                refused("WrongKeyError", lambda: device.unseal(slot=slot, key=OTHER_KEY))
        finally:
            done.set()
            for spinner in spinners:
                spinner.join()


@check
def a_closed_device_says_so(connect: Connect) -> None:
    device = connect("rw")
    device.close()
    device.close()
    try:
        device.get_status()
    except ValueError as error:
        assert "closed" in str(error)
    else:
        raise AssertionError("a closed device was called")


@check
def a_device_is_not_pickled(connect: Connect) -> None:
    with connect("rw") as device:
        try:
            pickle.dumps(device)
        except TypeError as error:
            assert "cannot be pickled" in str(error)
        else:
            raise AssertionError("an open device was pickled")


@check
def a_locked_vault_gives_nothing_back(connect: Connect) -> None:
    """The last one: nothing unlocks a vault but a new start of its driver."""
    with connect("rw") as device:
        slot = seal(device, "locked in")
        device.lock()
        for key in (KEY, OTHER_KEY):
            refused("LockedError", lambda key=key: device.unseal(slot=slot, key=key))
        refused("LockedError", lambda: device.unseal(slot=slot + 1, key=KEY))
        assert device.list(first=0).total == 1
        device.erase(slot=slot)
        device.lock()


def run(connect: Connect) -> Iterator[dict[str, Any]]:
    """Runs every check in its order and yields what came of each."""
    for function in CHECKS:
        start = time.monotonic()
        failure = None
        try:
            with connect("rw") as device:
                for entry in device.list(first=0).entries:
                    device.erase(slot=entry.slot)
            function(connect)
        except Exception:
            failure = traceback.format_exc()
        ms = round(1000 * (time.monotonic() - start))
        yield {"check": function.__name__, "ms": ms, "failure": failure}


def main() -> int:
    failed = 0
    for result in run(lambda access: Vault.open(access=access)):  # type: ignore[arg-type]
        print(json.dumps(result), flush=True)
        failed += result["failure"] is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
