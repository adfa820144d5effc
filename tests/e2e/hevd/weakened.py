"""A generated driver with some of its checks taken out: the control that shows what an attack does without them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

CORE, RUNTIME, SIMULATOR = "core/hevd_core.c", "core/kgen_runtime.h", "sim/kgen_sim.c"
OBJECTS = "core/kgen_objects.h"
NEVER = "#define NEVER(...) (false)\n"
"""`if NEVER(condition)`"""


class Cut(NamedTuple):
    """A place in a generated file, which is there once, and what is written there instead."""

    file: str
    pattern: str
    instead: str


def no_check(name: str, begin: str) -> Cut:
    """The condition that begins so, in the function that checks a request or a union, never holds."""
    function = rf"static hevd_status check_{name}\([^{{]*\{{(?:(?!\n\}}).)*?if "
    return Cut(CORE, rf"({function})(\({re.escape(begin)})", r"\1NEVER\2")


def no_tail_check(name: str, count: str) -> list[Cut]:
    """No bound of a tail's count, no longest request, and no comparison of count and length."""
    return [
        no_check(name, f"in->{count} > "),
        no_check(name, "!kgen_tail_is("),
        Cut(RUNTIME, r"if (\(lengths->in > operation->in_max\))", r"if NEVER\1"),
    ]


CUTS: dict[str, list[Cut]] = {
    "buffer overflow (stack)": no_tail_check("buffer_overflow_stack_request", "bytes_count"),
    "buffer overflow (pool)": no_tail_check("buffer_overflow_pool_request", "bytes_count"),
    "integer overflow": no_tail_check("integer_overflow_request", "length"),
    "double fetch": [
        Cut(
            SIMULATOR,
            r"run\(&call, &irp->plan, irp->scratch, ",
            r"run(&call, &irp->plan, (void *)(uintptr_t)irp->request->in, ",
        )
    ],
    "arbitrary write": [no_check("arbitrary_write_request", "in->where > ")],
    "arbitrary increment": [no_check("arbitrary_increment_request", "!is_counter(")],
    "write NULL": [
        Cut(SIMULATOR, r"if (\(!is_callers\(irp, irp->request->out, written\)\))", r"if NEVER\1")
    ],
    "memory disclosure": [
        Cut(
            RUNTIME, r"kgen_smaller\(lengths->out, operation->out_max\)", "lengths->out"
        )
    ],
    "uninitialised memory (pool)": [Cut(RUNTIME, r"memset\(frame->out, 0, ", "(void)(")],
    "uninitialised memory (stack)": [no_check("uninitialized_memory_stack_request", "!is_magic(")],
    "NULL pointer dereference": [no_check("null_pointer_dereference_request", "!is_magic(")],
    "type confusion": [no_check("content", "!kgen_utf8_padded(")],
}  # fmt: skip


ANY_ID = Cut(
    OBJECTS, r"return id == kgen_object_id\(objects, index\) \? slot : NULL;", "return slot;"
)
ANY_STATE = Cut(
    OBJECTS,
    r"if (\(slot->state != KGEN_OBJECT_LIVE && slot->state != KGEN_OBJECT_CLAIMED\))",
    r"if NEVER\1",
)
NO_REFERENCES = Cut(
    OBJECTS,
    r"return slot->state == KGEN_OBJECT_GONE && slot->uses == 0;",
    "return slot->state == KGEN_OBJECT_GONE;",
)


def weaken(generated: Path, out: Path, cuts: list[Cut]) -> Path:
    """A copy of a generated folder with these cuts; AssertionError where one's place is not there, or is twice."""
    shutil.copytree(generated, out)
    for cut in cuts:
        path = out / cut.file
        text, found = re.subn(cut.pattern, cut.instead, path.read_text("utf-8"), flags=re.DOTALL)
        assert found == 1, f"{cut.file}: {cut.pattern} is there {found} times"
        path.write_text(text if text.startswith(NEVER) else NEVER + text, encoding="utf-8")
    return out
