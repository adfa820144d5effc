"""What the client of the vault does before a call, around it, and with several threads."""

from __future__ import annotations

import pickle
import threading

import vault
from vault import Lifetime, SealFlags, Vault
from vault_tools import (
    KEY,
    LONGEST,
    OTHER_KEY,
    SLOTS,
    Connect,
    Recorder,
    check,
    invalid,
    refused,
    seal,
)


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
