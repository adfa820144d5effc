"""HEVD's use after free, and its helper object, against a driver whose handlers trust what they get.

Runs as vault_suite.py does, with the package `hevd_objects` on the path. No check touches the driver's memory itself:
whether one did is the sanitizer's to say, and that of a verifier.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

from hevd_objects import BadHandleError, HevdObjects, NoSpaceError, ioctls
from suite import Suite

SUITE = Suite()
check = SUITE.check
Connect = Callable[[str], HevdObjects]
PER_OPEN = 4
NAME_SIZE = 32


OK, BAD_HANDLE, TOO_BIG, INVALID, BAD_LENGTH = 0, 0xC0000008, 0xC0000206, 0xC000000D, 0xC0000004


def sent(device: HevdObjects, call: Any, request: bytes) -> int:
    """Past the client's own checks: any bytes. The NTSTATUS."""
    failure, _ = device.raw(call.windows, request, bytearray(4))
    return OK if failure is None else failure.ntstatus


def stale(device: HevdObjects, thing: int) -> None:
    """Nothing can be done with this id: neither used nor freed."""
    request = struct.pack("=Q", thing)
    assert [sent(device, call, request) for call in (ioctls.USE, ioctls.FREE)] == [BAD_HANDLE] * 2


def raises(error: type[Exception], call: Callable[[], object]) -> None:
    try:
        result = call()
    except error:
        return
    raise AssertionError(f"{error.__name__} expected, got {result!r}")


@check
def use_after_free(connect: Connect) -> None:
    """HevdAllocate, HevdFree, HevdUse: the global pointer that is not cleared."""
    with connect("rw") as device:
        thing = device.allocate(7).thing
        assert device.use(thing=thing) == 7
        device.free(thing=thing)
        stale(device, thing)


@check
def memory_that_is_used_again(connect: Connect) -> None:
    """HevdAllocateFakeObject: something else lies where the freed object was."""
    with connect("rw") as device:
        thing = device.allocate(1).thing
        device.free(thing=thing)
        fakes = [device.allocate(0x41414141).thing for _ in range(PER_OPEN)]
        assert thing not in fakes
        stale(device, thing)
        for fake in fakes:
            device.free(thing=fake)
        for number in range(50):
            other = device.allocate(number).thing
            stale(device, thing)
            assert device.use(thing=other) == number
            device.free(thing=other)


@check
def an_object_of_another_handle(connect: Connect) -> None:
    with connect("rw") as owner, connect("rw") as thief:
        thing = owner.allocate(7).thing
        stale(thief, thing)
        thief.allocate(8)
        stale(thief, thing)
        assert owner.use(thing=thing) == 7
    with connect("rw") as later:
        stale(later, thing)


@check
def an_object_of_another_kind(connect: Connect) -> None:
    with connect("rw") as device:
        thing, helper = device.allocate(7).thing, device.create_helper().helper
        stale(device, helper)
        assert sent(device, ioctls.SET_NAME, struct.pack("=QI", thing, 0)) == BAD_HANDLE


@check
def ids_that_were_made_up(connect: Connect) -> None:
    """Addresses, small numbers, and every id that is one bit away from a good one."""
    with connect("rw") as device:
        thing = device.allocate(7).thing
        made_up = {0, 1, 2, (1 << 64) - 1, 1 << 63, 0xFFFFF80000001000, 0x41414141}
        made_up |= {thing ^ 1 << bit for bit in range(64)}
        for number in sorted(made_up):
            stale(device, number)
        assert device.use(thing=thing) == 7


@check
def an_id_is_no_address(connect: Connect) -> None:
    """HEVD answers with the address of its helper object; an id counts, and tells nothing."""
    with connect("rw") as device:
        made = []
        for _ in range(3):
            helper = device.create_helper().helper
            made.append(helper)
            device.destroy_helper(helper=helper)
        generations = [helper >> 32 for helper in made]
        assert generations[1] == generations[0] + 1
        assert generations[2] == generations[0] + 2
        assert len({helper & 0xFFFFFFFF for helper in made}) == 1


@check
def a_length_of_the_callers(connect: Connect) -> None:
    """HEVD's helper object is written with the caller's length, and read with the one before."""
    with connect("rw") as device:
        helper = device.create_helper().helper
        device.set_name(helper=helper, name=b"n" * NAME_SIZE)
        assert device.get_name(helper=helper).name == b"n" * NAME_SIZE
        for count, size, status in (
            (NAME_SIZE + 1, NAME_SIZE + 1, TOO_BIG),
            (NAME_SIZE + 1, NAME_SIZE, INVALID),
            (0xFFFFFFFF, NAME_SIZE, INVALID),
            (NAME_SIZE, 8, BAD_LENGTH),
        ):
            request = struct.pack("=QI", helper, count) + b"A" * size
            assert sent(device, ioctls.SET_NAME, request) == status
        assert device.get_name(helper=helper).name == b"n" * NAME_SIZE
        device.destroy_helper(helper=helper)
        raises(BadHandleError, lambda: device.get_name(helper=helper))


@check
def more_than_there_may_be(connect: Connect) -> None:
    """And what is left when the handle closes is released: the next one has as many again."""
    for _ in range(3):
        with connect("rw") as device:
            for number in range(PER_OPEN):
                device.allocate(number)
            raises(NoSpaceError, lambda device=device: device.allocate(9))


def run(connect: Connect) -> Iterator[dict[str, Any]]:
    return SUITE.run(connect)


if __name__ == "__main__":
    sys.exit(SUITE.main(lambda access: HevdObjects.open(access=access)))
