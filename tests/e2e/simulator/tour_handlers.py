"""What examples/tour/driver does, in Python: each construct of the language goes through a handler and back."""

from __future__ import annotations

import struct

from tour import (
    BasketId,
    Drawing,
    DrawReply,
    DropTokenReply,
    DropTokenRequest,
    Figure,
    FillRequest,
    InternalError,
    InvalidError,
    JammedError,
    LendReply,
    LendRequest,
    LinkMode,
    MakeTokenReply,
    MakeTokenRequest,
    Masks,
    Mood,
    NeitherReply,
    NeitherRequest,
    NoSpaceError,
    NotFoundError,
    PackRequest,
    Point,
    Reading,
    SayReply,
    SayRequest,
    Scalars,
    Segment,
    SumRequest,
    Texts,
    TokenId,
    TracePointsReply,
    TracePointsRequest,
    TradeReply,
    TradeRequest,
    Traits,
    WatchRequest,
    WeighReply,
    WeighRequest,
    WornOutError,
)
from tour.simulator import (
    SimulatedCall,
    SimulatedData,
    SimulatedHandle,
    SimulatedObject,
    SimulatedOpen,
    TourHandlers,
)

MASK32 = (1 << 32) - 1
TWICE, BAD_COUNT = 1, 3
REFUSE, UNDECLARED = 101, 102
ERRORS = {0xEE: JammedError, 0xED: WornOutError, 0xEC: NoSpaceError}


class PythonTour(TourHandlers):
    def __init__(self) -> None:
        self.level = 0
        self.alive = 0
        self.kept: dict[SimulatedOpen, SimulatedHandle] = {}
        self.reading = Reading(ticks=0, level=0, mood=Mood.EVEN)

    def on_ping(self, call: SimulatedCall) -> None:
        call.open.state = (call.open.state or 0) + 1

    def on_old_ping(self, call: SimulatedCall) -> None:
        self.on_ping(call)

    def on_echo_scalars(self, call: SimulatedCall, request: Scalars) -> Scalars:
        if request.a in ERRORS:
            raise ERRORS[request.a]
        return request

    def on_set_level(self, call: SimulatedCall, value: int) -> None:
        self.level = value
        if call.open in self.kept:
            self.kept[call.open].set()

    def hook_cleanup(self, open: SimulatedOpen) -> None:
        if open in self.kept:
            self.kept.pop(open).drop()

    def on_watch(
        self, call: SimulatedCall, request: WatchRequest, changed: SimulatedHandle
    ) -> None:
        if request.changed != 0:
            raise InternalError
        self.hook_cleanup(call.open)
        self.kept[call.open] = changed.keep()
        self.level = request.level

    def on_lend(
        self,
        call: SimulatedCall,
        request: LendRequest,
        event: SimulatedHandle,
        *others: SimulatedHandle,
    ) -> LendReply:
        numbers = (request.event, request.file, request.section, request.thread, request.process)
        if any(numbers):
            raise InternalError
        if request.step == 100:
            raise JammedError
        if event:
            event.set()
        return LendReply(given=tuple(bool(handle) for handle in (event, *others)))

    def on_get_level(self, call: SimulatedCall) -> int:
        return self.level

    def on_echo_texts(self, call: SimulatedCall, request: Texts) -> Texts:
        numbers = [number for row in request.numbers for number in row][::-1]
        units = len(request.title.encode("utf-16-le")) // 2
        return request.replace(
            title=request.title + "x" * (7 - units),
            numbers=(tuple(numbers[:3]), tuple(numbers[3:])),
        )

    def on_draw(self, call: SimulatedCall, request: Drawing) -> DrawReply:
        if request.traits & Traits.RARE:
            raise InvalidError
        if request.budget == MASK32:
            raise NoSpaceError
        mode = LinkMode(
            speed=int(request.figure.tag), duplex=0, shade=request.shade, lanes=request.pin[0]
        )
        return DrawReply(area=area(request.figure), mode=mode, masks=Masks.HIGH)

    def on_read_reading(self, call: SimulatedCall) -> Reading:
        return self.reading

    def on_write_reading(self, call: SimulatedCall, request: Reading) -> None:
        self.reading = request

    def on_trace_points(self, call: SimulatedCall, request: TracePointsRequest) -> TracePointsReply:
        if request.mode == BAD_COUNT:
            raise InternalError
        weights = [point.x * point.y + request.mode for point in request.points]
        every = weights * 2 if request.mode == TWICE else weights
        return TracePointsReply(
            total=len(every), bytes_=8 * len(weights), weights=tuple(every[:16])
        )

    def on_say(self, call: SimulatedCall, request: SayRequest) -> SayReply:
        return SayReply(text=request.text)

    def on_pack(self, call: SimulatedCall, request: PackRequest) -> None:
        self.level = sum(request.words) + 2 * len(request.words)

    def on_fill(self, call: SimulatedCall, request: FillRequest, data: SimulatedData) -> None:
        count = min(len(data) // 4, request.seed % 5000)
        values = ((request.seed + i) & MASK32 for i in range(count))
        data.write(0, struct.pack(f"={count}I", *values))

    def on_sum(self, call: SimulatedCall, request: SumRequest, data: SimulatedData) -> None:
        words = struct.unpack(f"={len(data) // 2}H", data.read(0, len(data)))
        self.level = (request.start + sum(words)) & MASK32

    def on_neither(self, call: SimulatedCall, request: NeitherRequest) -> NeitherReply:
        more = request.more[::-1] + (b"!" if request.first == request.second else b"")
        if len(more) > 64:
            raise InternalError
        return NeitherReply(sum=request.first + request.second, more=more)

    def hook_token_release(self, open: SimulatedOpen, token: SimulatedObject[TokenId]) -> None:
        self.alive -= 1

    def hook_basket_release(self, open: SimulatedOpen, basket: SimulatedObject[BasketId]) -> None:
        self.alive -= 1

    def on_make_token(
        self, call: SimulatedCall, request: MakeTokenRequest, token: SimulatedObject[TokenId]
    ) -> MakeTokenReply:
        token.state = request.weight
        self.alive += 1
        end(request.mode)
        return MakeTokenReply(token=token.id, alive=self.alive)

    def on_weigh(
        self,
        call: SimulatedCall,
        request: WeighRequest,
        first: SimulatedObject[TokenId],
        pair_left: SimulatedObject[TokenId],
        pair_right: SimulatedObject[TokenId],
        more: tuple[SimulatedObject[TokenId], ...],
    ) -> WeighReply:
        tokens = (first, pair_left, pair_right, *more)
        return WeighReply(weight=sum(token.state for token in tokens))

    def on_drop_token(
        self, call: SimulatedCall, request: DropTokenRequest, token: SimulatedObject[TokenId]
    ) -> DropTokenReply:
        end(request.mode)
        return DropTokenReply(alive=self.alive)

    def on_trade(
        self,
        call: SimulatedCall,
        request: TradeRequest,
        tokens: tuple[SimulatedObject[TokenId], ...],
        basket: SimulatedObject[BasketId],
    ) -> TradeReply:
        basket.state = sum(token.state for token in tokens)
        self.alive += 1
        end(request.mode)
        return TradeReply(basket=basket.id, weight=basket.state)

    def on_empty(
        self, call: SimulatedCall, value: BasketId, basket: SimulatedObject[BasketId]
    ) -> int:
        weight: int = basket.state
        return weight


def end(mode: int) -> None:
    if mode == REFUSE:
        raise InvalidError
    if mode == UNDECLARED:
        raise NotFoundError


def area(figure: Figure) -> int:
    match figure.value:
        case Point(x=x, y=y):
            return x * y
        case Segment(from_=first, to=last):
            return first.x + last.y
        case str(word):
            return len(word.encode())
        case tuple(rows):
            return sum(number for row in rows for number in row)
    return 0
