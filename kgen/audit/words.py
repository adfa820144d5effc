"""Audit: sizes, codes and callers of an ioctl as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.audit.records import Buffer, IoctlReport, Message, Report

_METHODS = {
    "buffered": "METHOD_BUFFERED",
    "in_direct": "METHOD_IN_DIRECT",
    "out_direct": "METHOD_OUT_DIRECT",
    "neither": "METHOD_NEITHER",
}


def code_words(ioctl: IoctlReport) -> Iterator[tuple[str, str]]:
    """System and number, with the transfer method."""
    if ioctl.codes.windows is not None:
        yield "windows", f"{ioctl.codes.windows:#010x} {_METHODS[ioctl.method]}"
    if ioctl.codes.linux is not None:
        yield "linux", f"{ioctl.codes.linux:#010x}"


def access_words(ioctl: IoctlReport) -> str:
    return {"any": "any handle", "read": "read", "write": "write"}.get(
        " and ".join(ioctl.access), "read and write"
    )


def reach_words(ioctl: IoctlReport, report: Report) -> str:
    """Names of callers, those who are no administrators last."""
    if report.external:
        return "whoever may open the device, which is not in this schema"
    words = []
    for system, shown in (("windows", "Windows"), ("linux", "Linux")):
        callers = [caller for caller in report.principals if caller.system == system]
        reached = [caller for caller in callers if caller.id in ioctl.reached_by]
        ordered = sorted(reached, key=lambda caller: not caller.administrator)
        names = [
            caller.name + (" (on a condition)" if ioctl.name in caller.conditional else "")
            for caller in ordered
        ]
        if callers:
            words.append(f"on {shown} {', '.join(names) or 'nobody'}")
    return "; ".join(words) or "nobody"


def bytes_words(size: int) -> str:
    """`1,084 bytes`."""
    return f"{size:,} byte{'' if size == 1 else 's'}"


def message_words(message: Message) -> str:
    if message.smallest == message.largest:
        return f"{message.type}, {bytes_words(message.largest)}"
    size = f"{message.type}, {message.smallest:,} to {bytes_words(message.largest)}"
    if message.most is None:
        return f"{size}, as versions of it go"
    return f"{size}, with up to {message.most:,} x {message.element} of {bytes_words(message.element_size or 0)}"


def buffer_words(data: Buffer) -> str:
    way = "written by the driver" if data.direction == "to" else "read by the driver"
    return (
        f"the caller's own buffer, {way} in place: {data.smallest:,} to {bytes_words(data.largest)},"
        f" whole elements of {data.element}"
    )


def memory_words(ioctl: IoctlReport, report: Report) -> str:
    memory = ioctl.memory
    found = []
    if memory.copied and not report.external:
        found.append(f"{bytes_words(memory.copied)} at most for the driver's private copy")
    if memory.locked:
        found.append(f"{bytes_words(memory.locked)} of the caller's pages locked at most")
    if memory.system_buffer:
        found.append("the system buffer of Windows, as large as the caller says")
    return "; ".join(found) or "nothing"
