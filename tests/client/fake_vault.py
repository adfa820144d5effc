"""A vault in memory that speaks the wire format byte by byte, and knows nothing of the client.

It stands in for driver and I/O manager: control codes and access as numbers, messages unpacked by
hand, lengths and reply sizes checked as the generated boundary does.
"""

from __future__ import annotations

import struct
import threading
from typing import NamedTuple

INFO, SEAL, UNSEAL, LIST = 0x8A173FFC, 0x8A17A004, 0x8A176008, 0x8A17600C
ERASE, GET_STATUS, LOCK, READ_AUDIT, LOAD = (
    0x8A17A010,
    0x8A176014,
    0x8A17E018,
    0x8A17601E,
    0x8A17A021,
)
SLOTS = 16

INVALID = (87, 0xC000000D)
BAD_LENGTH = (24, 0xC0000004)
SHORT_BUFFER = (122, 0xC0000023)
MORE_DATA = (234, 0x80000005)
NOT_FOUND = (1168, 0xC0000225)
NO_SPACE = (112, 0xC000007F)
WRONG_KEY = (0xEA170001, 0xEA170001)
LOCKED = (0xEA170002, 0xEA170002)
UNKNOWN_CODE = (1, 0xC0000010)


class Failure:
    """What the client's transport answers with; any object with these members will do."""

    message = ""

    def __init__(self, code: int, ntstatus: int | None) -> None:
        self.code = code
        self.ntstatus = ntstatus


class Secret(NamedTuple):
    lifetime: int
    flags: int
    key: bytes
    label: bytes
    content: bytes


class Refused(Exception):
    """The driver fails the call; `data` goes back with it."""

    def __init__(self, status: tuple[int, int], data: bytes = b"") -> None:
        super().__init__(status)
        self.status = status
        self.data = data


class FakeVault:
    """A transport with a driver behind it."""

    system = "windows"

    def __init__(self, interface_hash: str, version: tuple[int, int] = (1, 1)) -> None:
        self.info = struct.pack("=IHHQ32s", 1, *version, 0, bytes.fromhex(interface_hash))
        self.slots: dict[int, Secret] = {}
        self.audit = bytes(range(256)) * 4
        self.loaded = b""
        self.unseals = 0
        self.locked = False
        self.status_size = 16
        self.tells_ntstatus = True
        self.closed = 0
        self.capacities: list[int] = []
        self.requests: list[bytearray] = []
        self.replies: list[bytearray] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        self.closed += 1

    def control(
        self, code: int, request: bytearray | None, reply: bytearray | memoryview | None
    ) -> tuple[Failure | None, int]:
        if self.closed:
            raise ValueError("the fake vault is closed")
        capacity = 0 if reply is None else memoryview(reply).nbytes
        self.capacities.append(capacity)
        if isinstance(request, bytearray):
            self.requests.append(request)
        if isinstance(reply, bytearray):
            self.replies.append(reply)
        try:
            with self._lock:
                answer = self._answer(code, bytes(request or b""), reply, capacity)
            status = None
        except Refused as refused:
            status, answer = refused.status, refused.data
        if answer and code != LOAD:
            memoryview(reply).cast("B")[: len(answer)] = answer  # type: ignore[arg-type]
        if status is None:
            return None, len(answer)
        return Failure(status[0], status[1] if self.tells_ntstatus else None), len(answer)

    def _answer(self, code: int, request: bytes, reply: object, capacity: int) -> bytes:
        if code == LOAD:
            self.loaded = bytes(reply)  # type: ignore[call-overload]
            return b""
        handlers = {
            SEAL: self._seal,
            UNSEAL: self._unseal,
            LIST: self._list,
            ERASE: self._erase,
            GET_STATUS: self._get_status,
            LOCK: self._lock_it,
            READ_AUDIT: self._read_audit,
        }
        if code == INFO:
            return self.info
        if code not in handlers:
            raise Refused(UNKNOWN_CODE)
        return handlers[code](request, capacity)

    def _seal(self, request: bytes, _capacity: int) -> bytes:
        if len(request) < 60:
            raise Refused(BAD_LENGTH)
        lifetime, flags, key, label, count = struct.unpack_from("=II16s32sI", request)
        if len(request) != 60 + count:
            raise Refused(BAD_LENGTH)
        if len(self.slots) == SLOTS:
            raise Refused(NO_SPACE)
        slot = min(set(range(SLOTS)) - set(self.slots))
        self.slots[slot] = Secret(lifetime, flags, key, label, request[60:])
        return struct.pack("=I", slot)

    def _unseal(self, request: bytes, capacity: int) -> bytes:
        slot, key = struct.unpack("=I16s", request)
        if self.locked:
            raise Refused(LOCKED)
        if slot not in self.slots:
            raise Refused(NOT_FOUND)
        secret = self.slots[slot]
        if key != secret.key:
            raise Refused(WRONG_KEY)
        if capacity < 8 + len(secret.content):
            raise Refused(SHORT_BUFFER)
        self.unseals += 1
        return struct.pack("=II", secret.lifetime, len(secret.content)) + secret.content

    def _list(self, request: bytes, capacity: int) -> bytes:
        (first,) = struct.unpack("=I", request)
        found = [(slot, secret) for slot, secret in sorted(self.slots.items()) if slot >= first]
        fits = found[: (capacity - 8) // 48]
        data = struct.pack("=II", len(found), len(fits))
        for slot, secret in fits:
            data += struct.pack("=IIII32s", slot, len(secret.content), *secret[:2], secret.label)
        if len(fits) < len(found):
            raise Refused(MORE_DATA, data)
        return data

    def _erase(self, request: bytes, _capacity: int) -> bytes:
        (slot,) = struct.unpack("=I", request)
        if self.slots.pop(slot, None) is None:
            raise Refused(NOT_FOUND)
        return b""

    def _get_status(self, _request: bytes, capacity: int) -> bytes:
        used = len(self.slots)
        whole = struct.pack("=IIQ", used, SLOTS - used, self.unseals)
        return whole[: min(capacity, self.status_size)]

    def _lock_it(self, _request: bytes, _capacity: int) -> bytes:
        self.locked = True
        return b""

    def _read_audit(self, request: bytes, capacity: int) -> bytes:
        (offset,) = struct.unpack("=Q", request)
        return self.audit[offset : offset + capacity]
