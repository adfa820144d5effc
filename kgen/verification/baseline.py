"""Alarms of Frama-C Eva that were reviewed and are false; any other is a finding."""

from __future__ import annotations

from kgen.record import NamedTuple


class Known(NamedTuple):
    """One alarm: the file and the text of the line that it stands at, and what Eva says."""

    file: str
    line: str
    alarm: str
    why: str


BASELINE = (
    Known(
        "kgen_runtime.h",
        "memcpy((char *)frame->out + tail + (size_t)have * element, from, fit * element);",
        "function memcpy: precondition 'valid_dest' got status unknown.",
        "intervals do not hold that `fit` is at most `room - have`; ESBMC proves this copy",
    ),
    Known(
        "kgen_handles.h",
        "kept->host->release(kept->object);",
        "out of bounds read. assert \\valid_read(&(kept->host)->release);",
        "intervals do not hold that object and host are set together, as kgen_take_handle alone does:"
        " the host first, the object through it; the sanitizers run this call",
    ),
)


def is_known(file: str, line: str, alarm: str) -> bool:
    """`file` is a name without folder, `line` the text that stands there."""
    return any(
        (known.file, known.line, known.alarm) == (file, line.strip(), alarm) for known in BASELINE
    )
