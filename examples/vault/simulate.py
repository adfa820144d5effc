"""A vault in Python, behind the boundary that kgen generates: no driver, no kernel, no Windows.

    PYTHONPATH=generated/vault/python python examples/vault/simulate.py

An application is tested against such a driver; it needs a C compiler, for the boundary itself stays in C.
"""

from __future__ import annotations

from vault import (
    Entry,
    ExistsError,
    InvalidError,
    Lifetime,
    ListReply,
    LockedError,
    NoSpaceError,
    NotFoundError,
    SealFlags,
    SealReply,
    SealRequest,
    ShortBufferError,
    UnsealReply,
    Usage,
    Vault,
    WrongKeyError,
)
from vault.messages import EraseRequest, ListRequest, LoadRequest, ReadAuditRequest, UnsealRequest
from vault.simulator import SimulatedCall, SimulatedData, SimulatedOpen, VaultHandlers

SLOTS = range(16)
LONGEST = 1024
AUDIT_SIZE = 2048


class Sealed:
    """What a slot holds."""

    def __init__(self, request: SealRequest, owner: SimulatedOpen) -> None:
        self.request = request
        self.owner = owner


class MemoryVault(VaultHandlers):
    """Nothing here looks at a range or an enum: the boundary has done so before a handler is called."""

    def __init__(self) -> None:
        self.slots: dict[int, Sealed] = {}
        self.unseals = 0
        self.locked = False
        self.audit = b""

    def hook_cleanup(self, open: SimulatedOpen) -> None:
        for slot, sealed in list(self.slots.items()):
            if sealed.owner is open and sealed.request.lifetime is Lifetime.SESSION:
                del self.slots[slot]

    def on_seal(self, call: SimulatedCall, request: SealRequest) -> SealReply:
        slot = self._find(request.label)
        if slot is not None and not request.flags & SealFlags.REPLACE:
            raise ExistsError
        if slot is None:
            slot = self._empty()
        self.slots[slot] = Sealed(request, call.open)
        return SealReply(slot=slot)

    def on_unseal(self, call: SimulatedCall, request: UnsealRequest) -> UnsealReply:
        if self.locked:
            raise LockedError
        if request.slot not in self.slots:
            raise NotFoundError
        sealed = self.slots[request.slot].request
        if sealed.key != request.key:
            raise WrongKeyError
        if len(sealed.secret) > call.room:
            raise ShortBufferError
        self.unseals += 1
        if sealed.flags & SealFlags.AUDITED:
            self._write_audit(sealed.label)
        if sealed.lifetime is Lifetime.ONCE:
            del self.slots[request.slot]
        return UnsealReply(lifetime=sealed.lifetime, secret=sealed.secret)

    def on_list(self, call: SimulatedCall, request: ListRequest) -> ListReply:
        entries = [
            Entry(
                slot=slot, size=len(sealed.secret), lifetime=sealed.lifetime, flags=sealed.flags, label=sealed.label
            )
            for slot, sealed in ((slot, self.slots[slot].request) for slot in sorted(self.slots))
            if slot >= request.first
        ]  # fmt: skip
        return ListReply(total=len(entries), entries=tuple(entries))

    def on_erase(self, call: SimulatedCall, request: EraseRequest) -> None:
        if self.slots.pop(request.slot, None) is None:
            raise NotFoundError

    def on_get_status(self, call: SimulatedCall) -> Usage:
        used = len(self.slots)
        return Usage(used=used, free=len(SLOTS) - used, unseals=self.unseals)

    def on_lock(self, call: SimulatedCall) -> None:
        self.locked = True

    def on_read_audit(
        self, call: SimulatedCall, request: ReadAuditRequest, data: SimulatedData
    ) -> None:
        data.write(0, self.audit[request.offset :][: len(data)])

    def on_load(self, call: SimulatedCall, request: LoadRequest, data: SimulatedData) -> None:
        """Each record is a label, a length, and so many bytes. Each is read once, and then checked."""
        at = 0
        while at < len(data):
            slot = self._empty()
            label, secret = self._record(data, at)
            if self._find(label) is not None:
                raise InvalidError
            sealed = SealRequest(
                lifetime=request.lifetime, flags=SealFlags(0), key=request.key, label=label, secret=secret
            )  # fmt: skip
            self.slots[slot] = Sealed(sealed, call.open)
            at += 36 + len(secret)

    @staticmethod
    def _record(data: SimulatedData, at: int) -> tuple[str, bytes]:
        try:
            label = data.read(at, 32)
            size = int.from_bytes(data.read(at + 32, 4), "little")
            text, nul, rest = label.partition(b"\0")
            if not nul or any(rest) or not 0 < size <= LONGEST:
                raise InvalidError
            return text.decode(), data.read(at + 36, size)
        except (IndexError, UnicodeDecodeError):
            raise InvalidError from None

    def _find(self, label: str) -> int | None:
        return next((slot for slot, s in self.slots.items() if s.request.label == label), None)

    def _empty(self) -> int:
        for slot in SLOTS:
            if slot not in self.slots:
                return slot
        raise NoSpaceError

    def _write_audit(self, label: str) -> None:
        self.audit += label.encode() + b"\n"
        while len(self.audit) > AUDIT_SIZE:
            self.audit = self.audit.partition(b"\n")[2]


def main() -> None:
    with Vault.simulate(MemoryVault()) as vault:
        key = bytes(range(16))
        slot = vault.seal(
            lifetime=Lifetime.ONCE, flags=SealFlags.AUDITED, key=key, label="front door", secret=b"4711"
        ).slot  # fmt: skip
        print(vault.list(first=0).entries)
        try:
            vault.unseal(slot=slot, key=bytes(16))
        except WrongKeyError as error:
            print(f"{type(error).__name__}: {error}")
        print(vault.unseal(slot=slot, key=key).secret)
        print(vault.get_status())


if __name__ == "__main__":
    main()
