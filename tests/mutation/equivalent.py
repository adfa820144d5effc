"""Mutants that no caller and no handler can notice, each with the reason why."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.mutation.mutants import Mutant


class Same(NamedTuple):
    """Patterns of whole texts, and why the program is the same for whoever calls it."""

    function: str
    kind: str
    what: str
    why: str

    def matches(self, mutant: Mutant) -> bool:
        patterns = (self.function, self.kind, self.what)
        texts = (mutant.function, mutant.kind, mutant.what)
        return all(map(re.fullmatch, patterns, texts))


SAME = (
    # What the runtime does twice, or with room to spare.
    Same("kgen_smaller", "one more", "left < right",
         "of two numbers that are equal, either is the smaller"),
    Same("kgen_data_write", "one more", r"data->done < offset \+ size",
         "an end that is as far as the last one is set once more"),
    Same("kgen_tail_append", "one more", "have < room", "where as many are there as fit, none fits"),
    Same("kgen_frame_open", "not set|one (more|less)", r"frame->place\.index = 0",
         "the index of a place that has a name is not read"),
    Same("kgen_frame_close", "term left out", "frame->out != out", "a reply that is in its place is copied onto itself"),
    Same("kgen_frame_close", "term left out", "frame->done > 0", "no byte is copied"),
    Same("kgen_frame_close", "one more", "(frame->done|plan->reply) > 0", "no reply of the examples has one byte"),
    Same("kgen_frame_open", "one more", "operation->out_size > 0", "no reply of the examples has one byte"),
    Same("kgen_frame_close", "not set", "frame->done = 0",
         "it is set on the way to success alone, and `data:` excludes a reply"),
    Same("kgen_plan", "one more", "plan->reply < operation->out_size", "more memory is made than is needed"),
    Same("kgen_frame_open", "one less", "request > plan->capture", "no byte is zeroed"),
    Same("kgen_check_growth", "one less", "length <= known", "no byte is looked at"),
    # Text.
    Same("kgen_utf8_valid", "one less", "byte >= 0x(E0|F0)", "what is one less was told before"),
    Same("kgen_utf16_valid", "never true|the opposite", r"(false if )?text\[i\] == 0",
         "no request of the examples has a tail of UTF-16, and in a fixed string no NUL stands before its end"),
    Same("kgen_utf16_valid", "term left out", r"i \+ 1 == length",
         "no request of the examples has a tail of UTF-16, and behind a fixed string stands a NUL, which is no second half"),
    # Replies with a tail.
    Same("finish_list", "never true", r"out->\w+ > 16u", "there is never room for more, and the next check blames the same field"),
    Same("finish_(list|trace_points)", "one more", r"out->\w+ > 16(u|ull)",
         "there is never room for more, and the next check blames the same field"),
    Same("finish_.*", "one more", "out->total < count", "the full size becomes what it is already"),
    Same("vault_list_append|tour_trace_points_append", "one less", r"0xF+(u|ull) of kgen_add_up\(.*, fit, .*",
         "nothing fits behind as many elements as that"),
    Same("run_.*", "never true", "call->handles == NULL", "every adapter has looked them up"),
    # Objects.
    Same("kgen_plan_holds", "one more|one of the two", r"plan->holds = kgen_smaller.*|kgen_smaller\(.*",
         "more memory is made than is needed"),
    Same("operations", "one more", r".* \.(named|made|in_size|out_size) = .*", "more memory is made than is needed"),
    Same("kgen_holds_open", "not set", "holds->list = NULL", "it is not read where there is no hold"),
    Same("kgen_object_find", "term left out", "slot->state != KGEN_OBJECT_CLAIMED",
         "no request of the examples names an object twice but to give it up, which is refused alike"),
    Same("kgen_object_find", "never true", "index >= row->count",
         "an index beyond the table becomes 0, and no id that named it is the id of that slot"),
    Same("kgen_object_find", "one more", "index >= row->count",
         "an index beyond the table becomes 0, and no id that named it is the id of that slot"),
    Same("kgen_holds_open", "not set", "holds->shown = false",
         "in the examples nothing fails between the making of an object and its handler"),
    Same("kgen_holds_open", "not set", "holds->succeeded = false", "it is set at the end of every run"),
    Same("kgen_holds_open", "not set|one more", r"holds->room = .*", "no request holds more than its plan has room for"),
    Same("kgen_hold|kgen_make", "never true|the opposite", "(false if )?holds->count == holds->room",
         "no request holds more than its plan has room for"),
    Same("kgen_hold", "never true", "slot != NULL && slot->uses == 0xFFFFFFFFu", "it takes 2^32 requests at the same time"),
    Same("kgen_make", "never true|not set|one more|one less", r"slot->generation == 0|slot->generation = 1",
         "it takes 2^32 objects in one slot"),
    Same("kgen_make", "not set", "slot->state = KGEN_OBJECT_NEW",
         "no request of the examples makes two objects; see the simulator's tests for several at the same time"),
    Same("kgen_object_leave", "term left out", "slot->uses == 0",
         "it takes requests at the same time; `tests/e2e/hevd` breaks it, and sees it"),
    Same("kgen_holds_close", "term left out", "status == KGEN_TRUNCATED", "no reply of the examples that is cut names an object"),
    Same("kgen_settle", "term left out", "delivered", "every buffer of vectors and fuzzer is there; replies that are lost are in `tests/e2e/compile/tour`"),
    Same("kgen_settle", "not set|one more|one less", "holds->count = 0", "nobody looks at it again"),
    # Handles.
    Same("kgen_handle_value", "term left out", r"sizeof\(\*value\) == sizeof\(wire\)",
         "pointers have 64 bits where the check runs"),
    Same("kgen_take_handles", "one (more|less)", r"operation->handle_count \* sizeof\(\*handles\) of memset.*",
         "the first byte behind belongs to no handle of the request; the last byte is of a pointer that is set before it is read"),
    Same("kgen_take_handles", "one more", r"field->offset \+ sizeof\(wire\) <= plan->capture",
         "no request of the examples that grows has a handle"),
    Same("kgen_take_handles", "not set", r"handles\[i\]\.object = NULL",
         "the simulator sets no object of a handle that it refuses"),
    # What is so by chance.
    Same("run_interface_info", "one less", r"sizeof\(out->hash\) of memcpy\(out->hash, TOUR_INTERFACE_HASH, .*",
         "the hash of this version of the interface ends in a zero byte"),
    # What the schema says twice.
    Same("tidy_lend_reply", "one more", r"sizeof\(out->spare\) of .*",
         "the byte behind the reply is one of the system's buffer, which the longer request made"),
    Same("check_figure", "one less", r"used = \d+ \(TOUR_SHAPE_(DOT|LINE|WORD)\)",
         "the last byte of the arm is zero by the arm's own rules"),
    Same("check_pack_request", "one more", "in->length > 8192u", "8193 is odd, which the next term refuses alike"),
    Same("operations", "one less", r"OP_SUM \.data_min = 2", "one byte is no whole element, which is refused alike"),
)  # fmt: skip


def reason(mutant: Mutant) -> str | None:
    return next((one.why for one in SAME if one.matches(mutant)), None)
