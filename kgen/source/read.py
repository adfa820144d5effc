"""Schema file -> text: what can be wrong before YAML is looked at."""

from __future__ import annotations

import codecs
import os
import re

from kgen.diagnostics import Sink, SourceFile, Span

MAX_BYTES = 16 << 20

# Control characters and line separators have no place in a schema. The bidirectional controls
# could show a reviewer another text than the one that kgen reads.
_FORBIDDEN = "[^\t\n\r -~\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_ALLOWED_ASCII = bytes([9, 10, 13, *range(32, 127)])
# By length: UTF-32 in little-endian order begins with the mark of UTF-16.
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read(path: str, display: str, sink: Sink) -> SourceFile | None:
    """The text of `path`, to be shown as `display`; None after reporting why it cannot be read.

    Accepts UTF-8 up to 16 MiB; a byte order mark is ignored. Errors: KG001 to KG006.
    """
    data = _read_bytes(path, display, sink)
    return None if data is None else decode(data, display, sink)


def _read_bytes(path: str, display: str, sink: Sink) -> bytes | None:
    try:
        # Asked first: opening a named pipe would wait for a writer.
        if not os.path.isfile(path) and os.path.exists(path):
            what = "a directory" if os.path.isdir(path) else "not a regular file"
            sink.error("KG002", None, f"`{display}` is {what}", help="name a schema file")
            return None
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        sink.error("KG001", None, f"there is no file `{display}`")
    except (OSError, ValueError) as problem:
        # ValueError: a NUL in the path.
        reason = getattr(problem, "strerror", None) or str(problem)
        sink.error("KG003", None, f"cannot read `{display}`: {reason}")
    else:
        return data
    return None


def decode(data: bytes, display: str, sink: Sink) -> SourceFile | None:
    """The text of a schema from its bytes; None after reporting why they are not one."""
    if len(data) > MAX_BYTES:
        sink.error(
            "KG004",
            _start_of(display),
            "the file is larger than 16 MiB",
            help="split the interface into several schemas",
        )
        return None
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            sink.error(
                "KG006",
                _start_of(display),
                f"the file is {encoding}, not UTF-8",
                help="save the file as UTF-8",
            )
            return None
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        _not_utf8(problem, display, sink)
        return None
    return SourceFile(display, text)


def _start_of(display: str) -> Span:
    """The place of a file whose text is not known."""
    return Span(SourceFile(display, ""), 1, 1, 1, 1)


def check_characters(file: SourceFile, sink: Sink) -> bool:
    """Whether the text holds only characters that a schema may have; reports the first other."""
    # Nearly every schema passes this much faster test.
    if not file.text.encode("utf-8", "surrogatepass").translate(None, _ALLOWED_ASCII):
        return True
    bad = forbidden(file.text)
    if bad is None:
        return True
    sink.error(
        "KG007",
        span_at(file, bad.start()),
        f"{character_name(bad.group())} is not allowed in a schema",
        help="remove it",
    )
    return False


def forbidden(text: str) -> re.Match[str] | None:
    """The first character of a text that must not be in a schema."""
    # Compiled when it is needed, which for a text in ASCII it hardly ever is.
    return re.search(_FORBIDDEN, text)


def _not_utf8(problem: UnicodeDecodeError, display: str, sink: Sink) -> None:
    data, offset = problem.object, problem.start
    file = SourceFile(display, data.decode("utf-8", "replace").removeprefix("\ufeff"))
    # Everything before the offset is valid, so that its characters count as in the shown text.
    span = span_at(file, len(data[:offset].decode("utf-8").removeprefix("\ufeff")))
    sink.error(
        "KG005",
        span,
        f"not UTF-8: byte 0x{data[offset]:02x} at offset {offset}",
        label="not a character in UTF-8",
        help="save the file as UTF-8",
    )


def span_at(file: SourceFile, offset: int, length: int = 1) -> Span:
    """The span of `length` characters at character `offset` of the text, within one line."""
    before = file.text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Span(file, line, column, line, column + length)


def character_name(character: str) -> str:
    """How a message calls a character that it cannot print."""
    return (
        "a NUL character" if character == "\0" else f"the control character U+{ord(character):04X}"
    )
