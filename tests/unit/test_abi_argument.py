"""The Linux argument: the rule of DESIGN section 4, frozen by a golden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgen.abi import Argument, Layouts
from tests.support.layouts import HEAD, layouts_of, layouts_of_file

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "linux_argument.txt"


def argument(ioctl: str, structs: str = "") -> Argument:
    return layouts_of(f"{HEAD}{structs}ioctls:\n  op: {ioctl}\n").arguments["op"]


def lines(layouts: Layouts) -> list[str]:
    found = [f"interface {layouts.interface.name}"]
    for ioctl in layouts.interface.ioctls:
        argument, codes = layouts.arguments[ioctl.name], layouts.codes[ioctl.name]
        found.append(f"  {codes.linux:#010x} {ioctl.name}: {argument.direction}, {argument.size}")
        found += [f"    {part.offset:4} {part.size:4} {part.role}" for part in argument.parts]
    return found


def test_the_arguments_of_the_examples_stay_as_they_are(
    stored: Callable[[Path, str], None],
) -> None:
    """A change here breaks every program that was built before it."""
    text = [
        "# The Linux argument of every ioctl of the examples: number, direction, size; offset, size, role.",
        "# Frozen: a line may be added with an ioctl, none may change.",
    ]
    for name in ("vault", "tour"):
        text += lines(layouts_of_file(ROOT / "schemas" / f"{name}.yaml"))
    stored(GOLDEN, "\n".join(text) + "\n")


def test_nothing() -> None:
    assert argument("{function: 0x801, access: any}") == ("none", 0, ())


def test_one_message_is_the_argument_itself() -> None:
    assert argument("{function: 0x801, access: any, in: u64}") == ("in", 8, (("request", 0, 8),))
    assert argument("{function: 0x801, access: any, out: u8}") == ("out", 1, (("reply", 0, 1),))
    found = argument("{function: 0x801, access: any, inout: {a: u32, b: u32}}")
    assert found == ("both", 8, (("message", 0, 8),))


def test_the_reply_comes_first_and_the_whole_is_aligned() -> None:
    found = argument("{function: 0x801, access: any, in: u64, out: u32}")
    assert found == ("both", 16, (("reply", 0, 4), ("request", 8, 8)))
    found = argument("{function: 0x801, access: any, in: u32, out: u64}")
    assert found == ("both", 16, (("reply", 0, 8), ("request", 8, 4)))


def test_a_requests_tail_ends_the_struct_and_is_not_in_the_size() -> None:
    found = argument('{function: 0x801, access: any, in: {a: u64, b: "u8[..9]"}}')
    assert found == ("in", 12, (("request", 0, 12),))
    found = argument('{function: 0x801, access: any, in: {b: "u64[..9]"}, out: u32}')
    assert found == ("both", 16, (("reply", 0, 4), ("request", 8, 8)))


def test_a_replys_tail_goes_through_a_buffer() -> None:
    found = argument('{function: 0x801, access: any, out: {b: "u8[..9]"}, short: refuse}')
    assert found == ("both", 16, (("reply_buffer", 0, 16),))
    found = argument(
        '{function: 0x801, access: any, in: {a: u8}, out: {b: "u8[..9]"}, short: refuse}'
    )
    assert found == ("both", 24, (("reply_buffer", 0, 16), ("request", 16, 1)))


@pytest.mark.parametrize("way", ["to", "from"])
def test_data_goes_through_a_buffer(way: str) -> None:
    data = f"data: {{{way}: caller, type: u8, length: 1..9}}"
    assert argument(f"{{function: 0x801, access: any, {data}}}") == (
        "both",
        16,
        (("data_buffer", 0, 16),),
    )
    assert argument(f'{{function: 0x801, access: any, in: {{b: "u8[..9]"}}, {data}}}') == (
        "both",
        20,
        (("data_buffer", 0, 16), ("request", 16, 4)),
    )


GROWING = """\
structs:
  early: {grows: true, fields: {a: u32}}
  late: {grows: true, fields: {a: u32, b: u32 since 1.1, c: u64 since 1.2}}
"""


@pytest.mark.parametrize(("struct", "size"), [("early", 4), ("late", 16)])
def test_a_growing_struct_alone_is_the_argument(struct: str, size: int) -> None:
    for role, direction, part in [
        ("in", "in", "request"),
        ("out", "out", "reply"),
        ("inout", "both", "message"),
    ]:
        found = argument(f"{{function: 0x801, access: any, {role}: {struct}}}", GROWING)
        assert found == (direction, size, ((part, 0, size),))


@pytest.mark.parametrize(("struct", "size"), [("early", 4), ("late", 16)])
def test_a_growing_request_begins_where_it_always_began(struct: str, size: int) -> None:
    """Its alignment rises with a later version; its place must not, and nothing is added after it."""
    found = argument(f"{{function: 0x801, access: any, in: {struct}, out: u32}}", GROWING)
    assert found == ("both", 8 + size, (("reply", 0, 4), ("request", 8, size)))


@pytest.mark.parametrize("struct", ["early", "late"])
def test_a_growing_reply_beside_a_request_goes_through_a_buffer(struct: str) -> None:
    """In place, the request after it could not be found by a driver of another version."""
    found = argument(f"{{function: 0x801, access: any, in: u32, out: {struct}}}", GROWING)
    assert found == ("both", 24, (("reply_buffer", 0, 16), ("request", 16, 4)))


def test_an_existing_driver_has_the_tail_of_a_reply_in_place() -> None:
    layouts = layouts_of("""\
kgen: 1
interface: lamp
version: "1.0"
external: true
linux: {magic: 0xB9}
structs:
  list: {layout: native, fields: {n: u32, items: "u64[..9] count n"}}
ioctls:
  get: {nr: 1, out: list}
  find: {nr: 2, in: {first: u32}, out: list}
""")
    assert layouts.arguments["get"] == ("out", 8, (("reply", 0, 8),))
    assert layouts.arguments["find"].parts == (("reply_buffer", 0, 16), ("request", 16, 4))
    get = next(each for each in layouts.interface.ioctls if each.name == "get")
    assert layouts.argument(get, "linux-i386") == ("out", 4, (("reply", 0, 4),))
