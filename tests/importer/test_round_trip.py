"""A sample of `make corpus`: real headers, and the headers that kgen makes of their import, by the same compilers.

What is compared is what benchmarks/roundtrip.py says; that it notices a difference of each kind is shown here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpora import LINUX, WINDOWS
from benchmarks.corpus import answer, imported
from benchmarks.roundtrip import round_trip
from tests.support.tools import find_tool

PACKAGES = {
    "gcc": "gcc",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "i686-w64-mingw32-gcc": "gcc-mingw-w64-i686-win32",
}
SAMPLE = [
    (LINUX, name)
    for name in (
        "linux/btrfs.h", "linux/fs.h", "linux/input.h", "linux/kvm.h", "linux/loop.h", "linux/random.h",
        "linux/videodev2.h", "sound/asound.h",
    )
] + [(WINDOWS, name) for name in ("ntddcdvd.h", "ntdddisk.h", "usbioctl.h", "winioctl.h")]  # fmt: skip
SOURCE = """\
#include <linux/ioctl.h>
#define LIMIT 7
enum kind { KIND_A, KIND_B = 5 };
struct item { char name[6]; unsigned low : 3, high : 5; long size; };
#define ITEM_GET _IOR('i', 1, struct item)
#define ITEM_STOP _IO('i', 2)
"""
BREAKS = {
    "code ITEM_STOP": ("0x69u, 2u", "0x69u, 3u"),
    "constant LIMIT": ("LIMIT 7u", "LIMIT 8u"),
    "constant KIND_B": ("KIND_B = 5", "KIND_B = 6"),
    "sizeof struct item": ("long size;", "long size[2];"),
    "alignof struct item": ("struct item {", "struct KGEN_ALIGN(32) item {"),
    "offset struct item.size": ("long size;", "long before; long size;"),
    "bits struct item.high": ("high : 5", "more : 1; uint32_t high : 5"),
}


@pytest.mark.parametrize(("corpus", "name"), SAMPLE, ids=lambda each: getattr(each, "name", each))
def test_a_header_and_the_one_of_its_import_are_the_same(corpus: object, name: str) -> None:
    for tool, package in PACKAGES.items():
        find_tool(tool, package)
    chosen = WINDOWS if corpus is WINDOWS else LINUX
    alone = chosen._replace(others=())
    found = answer((alone, f"{alone.root}/{name}"))
    assert (found.broken, found.wrong) == ("", ())
    assert [trip.abi for trip in found.trips] == list(alone.abis)
    for trip in found.trips:
        assert trip.differences == ()
        assert trip.same == trip.asked
        assert trip.asked["constant"] > 0
    assert not [text for code, text in found.left if code == "KG713"]


@pytest.mark.parametrize("what", BREAKS)
def test_a_difference_is_noticed(what: str, tmp_path: Path) -> None:
    from kgen.cli import main

    header, schema = tmp_path / "item.h", tmp_path / "item.yaml"
    header.write_text(SOURCE, encoding="utf-8")
    found = imported(str(header), ("linux-x86_64",))
    assert not isinstance(found, str)
    (facts,), result = found
    schema.write_text(result.text, encoding="utf-8")
    assert main(["build", str(schema), "--target", "header", "-o", str(tmp_path), "-q"]) == 0
    made = next(path for path in tmp_path.rglob("item.h") if path != header)
    good = made.read_text(encoding="utf-8")
    assert round_trip(str(header), str(made), facts, (), tmp_path).differences == ()
    old, new = BREAKS[what]
    assert old in good
    # What proves the header to its compiler would notice as well.
    bad = good.replace(old, new).partition("/* ---- Proof")[0] + "#endif\n"
    made.write_text(bad, encoding="utf-8")
    differences = round_trip(str(header), str(made), facts, (), tmp_path).differences
    assert any(text.startswith(f"{what} is ") for text in differences), differences
