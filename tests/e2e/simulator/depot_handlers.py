"""Handlers of depot.yaml that make what they are asked for, and count what is released."""

from __future__ import annotations

from typing import Any

from depot.messages import JoinReply, WatchReply
from depot.simulator import DepotHandlers


class DepotOfTests(DepotHandlers):  # type: ignore[misc]
    def on_claim(self, call: Any, request: Any, block: Any) -> Any:
        return block.id

    def on_watch(self, call: Any, request: Any, block: Any, cursor: Any) -> Any:
        return WatchReply(cursor=cursor.id, n=1)

    def on_copy(self, call: Any, request: Any, from_block: Any, to_block: Any, blocks: Any) -> None:
        assert len(blocks) == 3

    def on_join(self, call: Any, request: Any, cursor: Any, blocks: Any, block: Any) -> Any:
        assert len(blocks) == len(request.blocks)
        return JoinReply(block=block.id)

    def on_release(self, call: Any, value: Any, block: Any) -> None:
        assert value == block.id

    def on_release_all(self, call: Any, request: Any, blocks: Any) -> None:
        assert [block.id for block in blocks] == list(request.blocks)

    def on_close(self, call: Any, request: Any, cursor: Any) -> None:
        assert cursor.id == request.cursor
