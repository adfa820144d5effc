"""A transport that answers every call with the same bytes and keeps what it was sent."""

from __future__ import annotations

from typing import Any


class Wire:
    """`reply` goes back to every call; `sent` and `capacity` are those of the last one."""

    system = "windows"

    def __init__(self) -> None:
        self.sent = b""
        self.reply = b""
        self.capacity = 0

    def close(self) -> None:
        """Nothing is open."""

    def control(self, code: int, request: Any, reply: Any) -> tuple[Any, int]:
        self.sent = bytes(request or b"")
        self.capacity = 0 if reply is None else len(reply)
        if reply is not None:
            memoryview(reply).cast("B")[: len(self.reply)] = self.reply
        return None, len(self.reply)
