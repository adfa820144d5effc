"""What the vault's handlers do, once more: the model behind the boundary's model. One open handle at a time."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

from tests.suites.boundary import Failed
from tests.suites.wire_types import Refused, Text

SLOTS, LONGEST, AUDIT_SIZE = 16, 1024, 2048
SESSION, ONCE = 2, 1
_LABEL = Text("utf8", 32)


class VaultModel:
    def __init__(self) -> None:
        self.slots: list[Any] = [None] * SLOTS
        self.unseals = 0
        self.locked = False
        self.audit = b""

    def close(self) -> None:
        """The handle closes: what was sealed for its session goes."""
        self.slots = [None if slot and slot.lifetime == SESSION else slot for slot in self.slots]

    def seal(self, request: Any) -> dict[str, Any]:
        slot = self._by_label(request.label)
        if slot is not None and not request.flags & request.flags.replace:
            raise Failed("exists")
        if slot is None:
            slot = self._empty()
        secret = bytes(request.secret)
        self.slots[slot] = SimpleNamespace(
            lifetime=request.lifetime, flags=request.flags, label=request.label, key=request.key, secret=secret
        )  # fmt: skip
        return {"slot": slot}

    def unseal(self, request: Any, room: int) -> dict[str, Any]:
        slot = self.slots[request.slot]
        if self.locked:
            raise Failed("locked")
        if slot is None:
            raise Failed("not_found")
        if slot.key != request.key:
            raise Failed("wrong_key")
        if len(slot.secret) > room:
            raise Failed("short_buffer")
        self.unseals += 1
        if slot.flags & 1:
            self.audit += slot.label.encode() + b"\n"
            while len(self.audit) > AUDIT_SIZE:
                self.audit = self.audit[self.audit.index(b"\n") + 1 :]
        if slot.lifetime == ONCE:
            self.slots[request.slot] = None
        return {"lifetime": slot.lifetime, "secret": list(slot.secret)}

    def list(self, request: Any, _room: int) -> dict[str, Any]:
        entries = [
            {"slot": i, "size": len(slot.secret), "lifetime": slot.lifetime, "flags": slot.flags, "label": slot.label}
            for i, slot in enumerate(self.slots)
            if slot is not None and i >= request.first
        ]  # fmt: skip
        return {"entries": entries}

    def erase(self, request: Any) -> None:
        if self.slots[request.slot] is None:
            raise Failed("not_found")
        self.slots[request.slot] = None

    def get_status(self) -> dict[str, Any]:
        used = sum(slot is not None for slot in self.slots)
        return {"used": used, "free": SLOTS - used, "unseals": self.unseals}

    def lock(self) -> None:
        self.locked = True

    def read_audit(self, request: Any, out: bytes) -> bytes:
        return self.audit[request.offset : request.offset + len(out)]

    def load(self, request: Any, data: bytes) -> None:
        while data:
            slot = self._empty()
            if len(data) < 36:
                raise Failed("invalid")
            label, size = struct.unpack_from("=32sI", data)
            try:
                text = _LABEL.check(label, ())
            except Refused:
                raise Failed("invalid") from None
            secret, data = data[36 : 36 + size], data[36 + size :]
            if not 0 < size <= LONGEST or len(secret) < size or self._by_label(text) is not None:
                raise Failed("invalid")
            self.slots[slot] = SimpleNamespace(
                lifetime=request.lifetime, flags=0, label=text, key=request.key, secret=secret
            )  # fmt: skip

    def _by_label(self, label: str) -> int | None:
        return next((i for i, slot in enumerate(self.slots) if slot and slot.label == label), None)

    def _empty(self) -> int:
        for i, slot in enumerate(self.slots):
            if slot is None:
                return i
        raise Failed("no_space")
