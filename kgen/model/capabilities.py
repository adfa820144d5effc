"""Model: the constructs that not every target carries, each with the words a user reads."""

from __future__ import annotations

CAPABILITIES: dict[str, str] = {
    "method_neither": "METHOD_NEITHER buffers, captured under an exception handler",
    "method_direct": "`data:` buffers in the caller's own memory",
    "data_and_reply": "a reply beside a `data:` buffer",
    "objects": "objects of an open handle, named by ids",
    "handle": "handles of the caller",
    "windows_handle": "handles of sections, threads and processes",
    "user_ptr": "pointers into the caller's memory",
    "native_layout": "structs laid out as a compiler does, holes included",
    "native_rules": "bit-fields, packing, unions without a tag and the like of structs that are laid out as a compiler does",
    "native_tail": "tails and `data:` buffers of structs that are laid out as a compiler does, and pointers to them",
    "view": "text found elsewhere in a reply by offset and size",
    "no_windows": "an interface without a device on Windows",
    "no_linux": "an interface without a device on Linux",
    "no_device": "an interface without a device",
    "pnp_device": "Plug and Play devices, which clients find by a device interface",
    "machine_word": "integers and pointers as wide as the machine has them",
    "rest": "tails that nothing counts",
    "linux_call": "codes of Linux that pass or answer a number in place of a message",
    "some_abis": "codes that only some ABIs have, or that are another number on each",
    "parameter": "numbers to which a parameter is added",
    "external": "interfaces whose driver exists already",
}
