"""An independent model of objects behind hevd_objects.yaml, and random calls whose ids it foretells."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import NamedTuple

from tests.suites.hostile import FILL, Call, Result

PER_OPEN, NAME_SIZE = 4, 32
FIRST = {"thing": 0, "helper": PER_OPEN}
"""Slots of a kind, in the order of the schema."""

OK = (0, 0)
BAD_HANDLE, NO_SPACE, ACCESS_DENIED = (0xC0000008, 6), (0xC000007F, 112), (0xC0000022, 5)


class Slot:
    def __init__(self) -> None:
        self.generation = 0
        self.content: bytes | None = None
        """Of an object that is there: a thing's value, a helper's name."""


class Handle:
    """An open: slots, and its number, which is a part of each id."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.slots = [Slot() for _ in range(2 * PER_OPEN)]

    def id(self, index: int) -> int:
        return self.slots[index].generation << 32 | self.number << 12 | index

    def find(self, kind: str, number: int) -> Slot | None:
        for index in range(FIRST[kind], FIRST[kind] + PER_OPEN):
            slot = self.slots[index]
            if slot.content is not None and self.id(index) == number:
                return slot
        return None

    def make(self, kind: str, content: bytes) -> int | None:
        for index in range(FIRST[kind], FIRST[kind] + PER_OPEN):
            slot = self.slots[index]
            if slot.content is None:
                slot.generation += 1
                slot.content = content
                return self.id(index)
        return None


class Expected(NamedTuple):
    call: Call
    result: Result


class Sequence:
    """Calls on two handles of one device: what is sent, and what has to come back."""

    def __init__(self, codes: dict[str, int], seed: int) -> None:
        self.codes = codes
        self.random = random.Random(seed)
        self.handles: dict[str, Handle] = {}
        self.ids = [0]
        """All that were ever given out."""

    def calls(self, count: int) -> Iterator[Expected]:
        for _ in range(count):
            access = self.random.choice(("rw", "rw", "w"))
            if access not in self.handles:
                self.handles[access] = Handle(len(self.handles) + 1)
            kind = self.random.choice(("thing", "helper"))
            yield self.random.choice((self.make, self.give_up, self.look, self.name))(kind, access)

    def some_id(self, access: str) -> int:
        """One that is good on this handle, half of the time; else any there ever was, or one with a bit changed."""
        handle = self.handles[access]
        good = [handle.id(i) for i, slot in enumerate(handle.slots) if slot.content is not None]
        if good and self.random.random() < 0.5:
            return self.random.choice(good)
        number = self.random.choice(self.ids)
        return number ^ 1 << self.random.randrange(64) if self.random.random() < 0.3 else number

    def answer(
        self, ioctl: str, access: str, request: bytes, room: int, status: tuple[int, int], reply: bytes = b""
    ) -> Expected:  # fmt: skip
        out = FILL * room
        after = reply + out[len(reply) :]
        call = Call(ioctl, self.codes[ioctl], request, out, access)
        return Expected(call, (*status, len(reply), None if after == out else after))

    def make(self, kind: str, access: str) -> Expected:
        request = self.random.randbytes(4) if kind == "thing" else b""
        ioctl = "allocate" if kind == "thing" else "create_helper"
        made = self.handles[access].make(kind, request)
        if made is None:
            return self.answer(ioctl, access, request, 8, NO_SPACE)
        self.ids.append(made)
        return self.answer(ioctl, access, request, 8, OK, struct.pack("<Q", made))

    def give_up(self, kind: str, access: str) -> Expected:
        number = self.some_id(access)
        slot = self.handles[access].find(kind, number)
        if slot is not None:
            slot.content = None
        ioctl = "free" if kind == "thing" else "destroy_helper"
        status = BAD_HANDLE if slot is None else OK
        return self.answer(ioctl, access, struct.pack("<Q", number), 0, status)

    def look(self, kind: str, access: str) -> Expected:
        number = self.some_id(access)
        ioctl, room = ("use", 4) if kind == "thing" else ("get_name", 4 + NAME_SIZE)
        request = struct.pack("<Q", number)
        slot = self.handles[access].find(kind, number)
        if access == "w":
            return self.answer(ioctl, access, request, room, ACCESS_DENIED)
        if slot is None or slot.content is None:
            return self.answer(ioctl, access, request, room, BAD_HANDLE)
        counted = struct.pack("<I", len(slot.content)) if kind == "helper" else b""
        return self.answer(ioctl, access, request, room, OK, counted + slot.content)

    def name(self, _kind: str, access: str) -> Expected:
        number = self.some_id(access)
        text = self.random.randbytes(self.random.randrange(NAME_SIZE + 1))
        slot = self.handles[access].find("helper", number)
        if slot is not None:
            slot.content = text
        request = struct.pack("<QI", number, len(text)) + text
        return self.answer("set_name", access, request, 0, OK if slot else BAD_HANDLE)
